import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arp, ethernet, icmp, ipAddress, ipv4, ipv6, tcp, tcpOptions, udp } from './index.ts';
import { BAD_HEADER_LENGTH, BAD_TOTAL_LENGTH, BAD_VERSION, HEADER_CUT, problemText, TOO_SHORT } from './problem.ts';

const memory = (length = 128): DataView => new DataView(new ArrayBuffer(length));
const octets = (count: number) => fc.uint8Array({ minLength: count, maxLength: count });
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u8 = fc.integer({ min: 0, max: 0xff });
const offset = fc.integer({ min: 0, max: 20 });
const at = (view: DataView, from: number, count: number): Uint8Array => new Uint8Array(view.buffer, from, count);

describe('what is written is what is read', () => {
  test('Ethernet', () =>
    fc.assert(
      fc.property(offset, octets(6), octets(6), u16, (start, destination, source, type) => {
        const view = memory();
        const payload = ethernet.emit(view, start, destination, source, type);
        expect(ethernet.locate(view, start, payload)).toBe(payload);
        expect(at(view, ethernet.destinationAt(start), 6)).toEqual(destination);
        expect(at(view, ethernet.sourceAt(start), 6)).toEqual(source);
        expect(ethernet.type(view, start)).toBe(type);
      }),
    ));

  test('ARP', () =>
    fc.assert(
      fc.property(offset, u16, octets(6), int32, octets(6), int32, (start, operation, from, sender, to, target) => {
        const view = memory();
        const end = arp.emit(view, start, operation, from, sender, to, target);
        expect(arp.locate(view, start, end)).toBe(end);
        expect([arp.operation(view, start), arp.senderProtocol(view, start), arp.targetProtocol(view, start)]).toEqual([
          operation,
          sender,
          target,
        ]);
        expect(at(view, arp.senderHardwareAt(start), 6)).toEqual(from);
        expect(at(view, arp.targetHardwareAt(start), 6)).toEqual(to);
        expect([arp.hardwareType(view, start), arp.protocolType(view, start)]).toEqual([1, 0x0800]);
      }),
    ));

  test('IPv4, with a checksum that holds', () =>
    fc.assert(
      fc.property(offset, int32, int32, u8, fc.integer({ min: 0, max: 60 }), u16, fc.boolean(), u8, (...values) => {
        const [start, source, destination, protocol, length, id, dontFragment, ttl] = values;
        const view = memory();
        const flags = dontFragment ? ipv4.DONT_FRAGMENT : 0;
        const payload = ipv4.emit(view, start, source, destination, protocol, length, id, flags, ttl);
        expect(ipv4.locate(view, start, payload + length)).toBe(payload);
        expect(ipv4.payloadEnd(view, start, 128)).toBe(payload + length);
        expect([
          ipv4.version(view, start),
          ipv4.headerLength(view, start),
          ipv4.totalLength(view, start),
          ipv4.identification(view, start),
          ipv4.flagsAndOffset(view, start),
          ipv4.timeToLive(view, start),
          ipv4.protocol(view, start),
          ipv4.source(view, start),
          ipv4.destination(view, start),
          ipv4.isFragment(view, start),
        ]).toEqual([4, 20, 20 + length, id, flags, ttl, protocol, source, destination, false]);
        let sum = 0;
        for (let i = 0; i < 20; i += 2) sum += view.getUint16(start + i);
        expect(((sum & 0xffff) + (sum >>> 16)) & 0xffff).toBe(0xffff);
      }),
    ));

  test('IPv4 with a type of service, whose mark of congestion changes nothing else', () =>
    fc.assert(
      fc.property(offset, int32, int32, u8, fc.integer({ min: 0, max: 3 }), (...values) => {
        const [start, source, destination, tos, ecn] = values;
        const view = memory();
        ipv4.emit(view, start, source, destination, 6, 40, 1, 0, 64, tos);
        expect([ipv4.typeOfService(view, start), ipv4.dscp(view, start)]).toEqual([tos, tos >> 2]);
        ipv4.setEcn(view, start, ecn);
        expect([ipv4.ecn(view, start), ipv4.dscp(view, start)]).toEqual([ecn, tos >> 2]);
        const changed = ipv4.checksum(view, start);
        ipv4.emit(view, start, source, destination, 6, 40, 1, 0, 64, (tos & ~3) | ecn);
        expect(changed).toBe(ipv4.checksum(view, start));
      }),
    ));

  test('IPv6', () =>
    fc.assert(
      fc.property(offset, octets(16), octets(16), u8, u16, u8, fc.integer({ min: 0, max: 0xfffff }), (...values) => {
        const [start, source, destination, next, length, hops, label] = values;
        const view = memory();
        const [from, to] = [source, destination].map((each) => ipAddress.ipv6At(new DataView(each.buffer), 0));
        const payload = ipv6.emit(view, start, from!, to!, next, length, hops, label, 0xa5);
        expect(ipv6.locate(view, start, payload)).toBe(payload);
        expect([
          ipv6.version(view, start),
          ipv6.trafficClass(view, start),
          ipv6.flowLabel(view, start),
          ipv6.payloadLength(view, start),
          ipv6.nextHeader(view, start),
          ipv6.hopLimit(view, start),
        ]).toEqual([6, 0xa5, label, length, next, hops]);
        expect(at(view, ipv6.sourceAt(start), 16)).toEqual(source);
        expect(at(view, ipv6.destinationAt(start), 16)).toEqual(destination);
      }),
    ));

  test('ICMP', () =>
    fc.assert(
      fc.property(offset, u8, u8, int32, (start, type, code, rest) => {
        const view = memory();
        const payload = icmp.emit(view, start, type, code, rest);
        expect(icmp.locate(view, start, payload)).toBe(payload);
        expect([
          icmp.type(view, start),
          icmp.code(view, start),
          icmp.checksum(view, start),
          icmp.rest(view, start),
        ]).toEqual([type, code, 0, rest]);
        expect((icmp.identifier(view, start) << 16) | icmp.sequence(view, start)).toBe(rest);
        expect(icmp.nextHopMtu(view, start)).toBe(rest & 0xffff);
      }),
    ));

  test('UDP', () =>
    fc.assert(
      fc.property(offset, u16, u16, fc.integer({ min: 0, max: 60 }), (start, from, to, length) => {
        const view = memory();
        const payload = udp.emit(view, start, from, to, length);
        expect(udp.locate(view, start, 128)).toBe(payload);
        expect(udp.payloadEnd(view, start, 128)).toBe(payload + length);
        expect([udp.sourcePort(view, start), udp.destinationPort(view, start), udp.length(view, start)]).toEqual([
          from,
          to,
          8 + length,
        ]);
      }),
    ));

  test('TCP, every control bit and every option', () =>
    fc.assert(
      fc.property(
        offset,
        fc.record({
          from: u16,
          to: u16,
          seq: int32,
          ack: int32,
          flags: fc.integer({ min: 0, max: 0x1ff }),
          window: u16,
          urgent: u16,
        }),
        fc.record({
          mss: u16,
          scale: u8,
          tsval: int32,
          tsecr: int32,
          blocks: fc.array(int32, { minLength: 2, maxLength: 2 }),
        }),
        (start, header, wanted) => {
          const view = memory();
          let end = start + tcp.HEADER;
          end = tcpOptions.emitMss(view, end, wanted.mss);
          end = tcpOptions.emitWindowScale(view, end, wanted.scale);
          end = tcpOptions.emitSackPermitted(view, end);
          end = tcpOptions.emitTimestamps(view, end, wanted.tsval, wanted.tsecr);
          end = tcpOptions.emitSack(view, end, Int32Array.from(wanted.blocks), 1);
          const { from, to, seq, ack, flags, window, urgent } = header;
          const payload = tcp.emit(view, start, from, to, seq, ack, flags, window, urgent, end - start - tcp.HEADER);
          expect(payload).toBe(end);
          expect(tcp.locate(view, start, 128)).toBe(payload);
          expect({
            from: tcp.sourcePort(view, start),
            to: tcp.destinationPort(view, start),
            seq: tcp.seq(view, start),
            ack: tcp.ack(view, start),
            flags: tcp.flags(view, start),
            window: tcp.window(view, start),
            urgent: tcp.urgentPointer(view, start),
          }).toEqual(header);
          const read = tcpOptions.read(view, start + tcp.HEADER, payload, tcpOptions.makeTcpOptions());
          expect(read).toMatchObject({
            mss: wanted.mss,
            windowScale: wanted.scale,
            sackPermitted: true,
            timestamps: true,
            tsval: wanted.tsval,
            tsecr: wanted.tsecr,
            sackCount: 1,
            malformed: false,
          });
          expect([...read.sackBlocks.subarray(0, 2)]).toEqual(wanted.blocks);
        },
      ),
    ));
});

test('no length check answers with more than is there, whatever the octets', () => {
  const locates = [ethernet.locate, arp.locate, ipv4.locate, ipv6.locate, icmp.locate, udp.locate, tcp.locate];
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 0, maxLength: 80 }), offset, (bytes, start) => {
      const view = new DataView(bytes.buffer);
      for (const locate of locates) {
        const payload = locate(view, Math.min(start, bytes.length), bytes.length);
        expect(payload).toBeLessThanOrEqual(bytes.length);
        if (payload < 0) expect(problemText(payload)).not.toBe('unknown problem');
      }
    }),
    { numRuns: 2_000 },
  );
});

test('the option reader stays inside the header, whatever the octets', () => {
  const into = tcpOptions.makeTcpOptions();
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 0, maxLength: 40 }), (bytes) => {
      const read = tcpOptions.read(new DataView(bytes.buffer), 0, bytes.length, into);
      expect(read.sackCount).toBeLessThanOrEqual(tcpOptions.MAX_SACK_BLOCKS);
    }),
    { numRuns: 5_000 },
  );
});

test('options of wrong length or unknown kind are stepped over; an impossible length ends the reading', () => {
  const read = (...bytes: number[]) =>
    tcpOptions.read(new DataView(Uint8Array.from(bytes).buffer), 0, bytes.length, tcpOptions.makeTcpOptions());
  expect(read(2, 3, 5, 3, 3, 7)).toMatchObject({ mss: -1, windowScale: 7, malformed: false });
  expect(read(254, 4, 1, 2, 2, 4, 5, 180)).toMatchObject({ mss: 1460 });
  expect(read(2, 4, 5, 180, 8, 1, 0, 0)).toMatchObject({ mss: 1460, malformed: true });
  expect(read(2, 4, 5, 180, 3, 9, 0, 0)).toMatchObject({ mss: 1460, windowScale: -1, malformed: true });
  expect(read(0, 2, 4, 5, 180, 0, 0, 0).mss).toBe(-1);
});

test('each wrong bound has its name', () => {
  const view = memory(64);
  expect(ipv4.locate(view, 0, 19)).toBe(TOO_SHORT);
  expect(ipv4.locate(view, 0, 64)).toBe(BAD_VERSION);
  view.setUint8(0, 0x44);
  expect(ipv4.locate(view, 0, 64)).toBe(BAD_HEADER_LENGTH);
  view.setUint8(0, 0x4f);
  expect(ipv4.locate(view, 0, 40)).toBe(HEADER_CUT);
  view.setUint8(0, 0x45);
  view.setUint16(2, 19);
  expect(ipv4.locate(view, 0, 64)).toBe(BAD_TOTAL_LENGTH);
  view.setUint8(12, 0x40);
  expect(tcp.locate(view, 0, 64)).toBe(BAD_HEADER_LENGTH);
  view.setUint8(12, 0xf0);
  expect(tcp.locate(view, 0, 40)).toBe(HEADER_CUT);
  view.setUint16(4, 7);
  expect(udp.locate(view, 0, 64)).toBe(BAD_TOTAL_LENGTH);
});

test('Ethernet padding behind an IPv4 packet is not payload', () => {
  const view = memory(60);
  const payload = ipv4.emit(view, 0, 1, 2, ipv4.TCP, 5, 0, 0, 64);
  expect(ipv4.payloadEnd(view, 0, 60)).toBe(payload + 5);
});
