/** Large segments of a link with offload on their way through a router: cut for links that do not cut, whole for those that do, refused where a piece would be too long. */
import { expect, test } from 'vitest';
import { virtualDriver } from '../../../test/network.ts';
import { finish, fold, pseudoHeader4, pseudoHeader6, sum, verifies } from '../../wire/checksum.ts';
import { type Frame, FramePool } from '../../wire/frame.ts';
import * as icmp from '../../wire/icmp.ts';
import * as icmpv6 from '../../wire/icmpv6.ts';
import { type Ipv6, parseAddress } from '../../wire/ip-address.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { DESTINATION_OPTIONS } from '../../wire/ipv6-extensions.ts';
import * as tcp from '../../wire/tcp.ts';
import * as udp from '../../wire/udp.ts';
import { type PipeOptions, pipe } from '../link/pipe.ts';
import { AF_INET, SOCK_DGRAM, socket } from '../socket/bsd.ts';
import { IP_AT } from './frame-layout.ts';
import { Host, type HostOptions } from './host.ts';

const pool = new FramePool(8, 65_600);
const OFFLOAD = { medium: 'ip', mtu: 1_500, gsoMax: 65_535, checksumOffload: true } as const;
const octetAt = (i: number): number => (i * 7 + (i >> 8)) & 255;

interface Large {
  six?: boolean;
  protocol?: number;
  length: number;
  size: number;
  options?: number;
  flags?: number;
  mayFragment?: boolean;
  /** A header of destination options is before it: its octets. */
  extension?: readonly number[];
}

/** Destination options before TCP, one of them of a kind that nobody knows and whose packets are to be dropped: by whom they are for, not on the way. */
const EXTENSION = [ipv6.TCP, 0, 0x9e, 0, 1, 2, 0, 0];

/** A segment or datagram that stands for several, as a kernel hands it over: its checksum field holds the pseudo-header's sum. */
function large({
  six = false,
  protocol = ipv4.TCP,
  length,
  size,
  options = 12,
  flags = tcp.ACK,
  mayFragment,
  extension = [],
}: Large) {
  const frame = pool.take()!;
  const { view } = frame;
  const header = protocol === ipv4.TCP ? tcp.HEADER + options : udp.HEADER;
  const octets = header + length;
  const next = extension.length === 0 ? protocol : DESTINATION_OPTIONS;
  const behind = extension.length + octets;
  const ipEnd = six
    ? ipv6.emit(view, IP_AT, parseAddress('fd01::2') as Ipv6, parseAddress('fd02::2') as Ipv6, next, behind, 9)
    : ipv4.emit(
        view,
        IP_AT,
        parseAddress('10.0.1.2') as number,
        parseAddress('10.0.2.2') as number,
        protocol,
        octets,
        0xfffe,
        mayFragment ? 0 : ipv4.DONT_FRAGMENT,
        9,
      );
  frame.bytes.set(extension, ipEnd);
  const at = ipEnd + extension.length;
  if (protocol === ipv4.TCP) tcp.emit(view, at, 1_000, 2_000, -2_000, 77, flags, 500, 0, options);
  else udp.emit(view, at, 1_000, 2_000, length);
  for (let i = 0; i < length; i++) view.setUint8(at + header + i, octetAt(i));
  const pseudo = six
    ? pseudoHeader6(view, IP_AT, protocol, octets)
    : pseudoHeader4(view.getInt32(IP_AT + 12), view.getInt32(IP_AT + 16), protocol, octets);
  view.setUint16(at + (protocol === ipv4.TCP ? 16 : 6), fold(pseudo));
  frame.start = IP_AT;
  frame.length = at + octets - IP_AT;
  frame.checksum = 'partial';
  frame.segmentSize = size;
  return frame;
}

/** A router between a link with offload and another. */
function router(right: PipeOptions, options: Partial<HostOptions> = {}) {
  const driver = virtualDriver();
  const [left, a] = pipe(OFFLOAD);
  const [there, b] = pipe({ medium: 'ip', ...right });
  const host = new Host({ driver, forwarding: true, ...options });
  host.plug(a, { address: ['10.0.1.1/24', 'fd01::1/64'] });
  host.plug(b, { address: ['10.0.2.1/24', 'fd02::1/64'] });
  const through = async (frame: Frame) => {
    left.send(frame, driver.now);
    driver.wake();
    await driver.advance(0);
    const on: Frame[] = [];
    for (let one = there.receive(driver.now); one !== undefined; one = there.receive(driver.now)) on.push(one);
    return { on, back: left.receive(driver.now) };
  };
  return { host, through };
}

/** Where the header behind IP's stands; both versions' lengths and checksums are looked at. */
function transportOf({ view, start, length, checksum }: Frame): number {
  const six = ipv4.version(view, start) === 6;
  const ipEnd = start + (six ? ipv6.HEADER : ipv4.HEADER);
  const isExtended = six && ipv6.nextHeader(view, start) === DESTINATION_OPTIONS;
  const at = ipEnd + (isExtended ? EXTENSION.length : 0);
  const octets = start + length - at;
  const protocol = isExtended ? ipv6.TCP : six ? ipv6.nextHeader(view, start) : ipv4.protocol(view, start);
  if (six) expect(ipv6.payloadLength(view, start)).toBe(start + length - ipEnd);
  else {
    expect(ipv4.totalLength(view, start)).toBe(length);
    expect(verifies(sum(view, start, ipv4.HEADER))).toBe(true);
  }
  const pseudo = six
    ? pseudoHeader6(view, start, protocol, octets)
    : pseudoHeader4(view.getInt32(start + 12), view.getInt32(start + 16), protocol, octets);
  if (checksum === 'partial') expect(view.getUint16(at + (protocol === ipv4.TCP ? 16 : 6))).toBe(fold(pseudo));
  else expect(verifies(sum(view, at, octets, pseudo))).toBe(true);
  expect(six ? ipv6.hopLimit(view, start) : ipv4.timeToLive(view, start)).toBe(8);
  return at;
}

for (const six of [false, true])
  for (const checksumOffload of [false, true])
    test(`IPv${six ? 6 : 4}: a segment of several is cut; checksums ${checksumOffload ? 'left to the link' : 'made'}`, async () => {
      const { host, through } = router({ mtu: 9_000, checksumOffload });
      const flags = tcp.ACK | tcp.PSH | tcp.FIN | tcp.CWR | tcp.ECE;
      const { on, back } = await through(large({ six, length: 3_500, size: 1_000, flags }));
      expect(back).toBeUndefined();
      const seen = on.map((frame) => {
        const { view, start, length, checksum, segmentSize } = frame;
        const at = transportOf(frame);
        const payload = tcp.locate(view, at, start + length);
        const offset = tcp.seq(view, at) + 2_000;
        for (let i = payload; i < start + length; i++) expect(view.getUint8(i)).toBe(octetAt(offset + i - payload));
        const id = six ? undefined : ipv4.identification(view, start);
        return { offset, octets: start + length - payload, flags: tcp.flags(view, at), checksum, segmentSize, id };
      });
      const checksum = checksumOffload ? 'partial' : 'complete';
      const piece = (offset: number, octets: number, bits: number, id: number) => ({
        offset,
        octets,
        flags: tcp.ACK | tcp.ECE | bits,
        checksum,
        segmentSize: 0,
        id: six ? undefined : id,
      });
      expect(seen).toEqual([
        //= RFC 3168 §6.1.2: the congestion window was reduced once
        piece(0, 1_000, tcp.CWR, 0xfffe),
        piece(1_000, 1_000, 0, 0xffff),
        piece(2_000, 1_000, 0, 0),
        piece(3_000, 500, tcp.PSH | tcp.FIN, 1),
      ]);
      expect(host.counters.ipForwarded).toBe(1);
    });

test('a link that cuts gets it whole, unless a piece would be too long for it', async () => {
  for (const six of [false, true]) {
    const whole = await router(OFFLOAD).through(large({ six, length: 20_000, size: 1_400 }));
    expect(whole.on.map(({ length, segmentSize, checksum }) => [length > 20_000, segmentSize, checksum])).toEqual([
      [true, 1_400, 'partial'],
    ]);
    transportOf(whole.on[0]!);
    for (const right of [{ ...OFFLOAD, mtu: 1_300 }, { mtu: 1_300 }]) {
      const { host, through } = router(right);
      const { on, back } = await through(large({ six, length: 20_000, size: 1_400 }));
      expect(on).toEqual([]);
      const { view, start } = back!;
      const at = start + (six ? ipv6.HEADER : ipv4.HEADER);
      expect(
        six ? [icmp.type(view, at), icmpv6.mtu(view, at)] : [icmp.type(view, at), icmp.nextHopMtu(view, at)],
      ).toEqual([six ? icmpv6.PACKET_TOO_BIG : icmp.DESTINATION_UNREACHABLE, 1_300]);
      expect(host.counters.ipTooLong).toBe(1);
    }
  }
});

test('where it may be, each piece that is too long goes in fragments', async () => {
  const { on } = await router({ mtu: 1_300 }).through(large({ length: 4_000, size: 1_400, mayFragment: true }));
  expect(on.map(({ view, start }) => [ipv4.fragmentOffset(view, start) > 0, ipv4.identification(view, start)])).toEqual(
    [
      [false, 0xfffe],
      [true, 0xfffe],
      [false, 0xffff],
      [true, 0xffff],
      [false, 0],
    ],
  );
});

test('what a host sends after a segment of several has a number that no piece of it will have', async () => {
  const driver = virtualDriver();
  const [there, here] = pipe(OFFLOAD);
  const host = new Host({ driver });
  const iface = host.plug(here, { address: '10.0.1.1/24' });
  for (const segmentSize of [1_000, 0]) {
    const frame = host.frames.takeFor(5_000)!;
    frame.segmentSize = segmentSize;
    host.transmit(iface, frame, iface.address, iface.address + 1, ipv4.TCP, 3_520, iface.address + 1, driver.now);
  }
  const numbers = [there.receive(0)!, there.receive(0)!].map(({ view, start }) => ipv4.identification(view, start));
  // Four pieces.
  expect((numbers[1]! - numbers[0]!) & 0xffff).toBe(4);
});

test('those who watch know what is made of a packet by its number: passed on whole, in pieces, in fragments', async () => {
  for (const [right, count] of [[OFFLOAD, 1] as const, [{}, 3] as const, [{ mtu: 1_300 }, 5] as const]) {
    const frame = large({ length: 4_000, size: 1_400, mayFragment: true });
    frame.mark = 77;
    const { on } = await router(right).through(frame);
    expect(on.map(({ mark }) => mark)).toEqual(Array(count).fill(77));
  }
});

test('what says that it stands for several and does not is passed on as it is', async () => {
  const { on } = await router(OFFLOAD).through(large({ length: 700, size: 1_000 }));
  expect(on.map(({ segmentSize }) => segmentSize)).toEqual([0]);
  transportOf(on[0]!);
});

for (const right of [{}, { checksumOffload: true }, OFFLOAD])
  test(`behind extension headers: ${right === OFFLOAD ? 'whole' : 'cut'}, as without them; checksums ${'checksumOffload' in right ? 'left to the link' : 'made'}`, async () => {
    const { host, through } = router(right);
    const { on, back } = await through(large({ six: true, length: 3_500, size: 1_400, extension: EXTENSION }));
    expect(back).toBeUndefined();
    expect(on.map((frame) => frame.start + frame.length - transportOf(frame) - 32)).toEqual(
      right === OFFLOAD ? [3_500] : [1_400, 1_400, 700],
    );
    expect(on.map(({ bytes, start }) => [...bytes.subarray(start + 40, start + 48)])).toEqual(on.map(() => EXTENSION));
    const one = await through(large({ six: true, length: 100, size: 0, extension: EXTENSION }));
    transportOf(one.on[0]!);
    expect(host.counters.ipUnfinished).toBe(0);
  });

test('what is to be finished or cut, and holds nothing that could be, is dropped and counted', async () => {
  const { host, through } = router({});
  const unknown = (frame: Frame): Frame => {
    frame.view.setUint8(IP_AT + 6, 50);
    return frame;
  };
  // Its sender is not told that it is too long: each piece of it would fit.
  expect(await through(unknown(large({ six: true, length: 3_000, size: 1_000 })))).toEqual({ on: [], back: undefined });
  expect(await through(unknown(large({ six: true, length: 100, size: 0 })))).toEqual({ on: [], back: undefined });
  expect(host.counters.ipUnfinished).toBe(2);
  const none = large({ protocol: ipv4.UDP, length: 100, size: 0 });
  none.view.setUint16(IP_AT + ipv4.HEADER + 6, 0);
  expect((await through(none)).on).toEqual([]);
  expect(host.counters.ipUnfinished).toBe(3);
});

for (const protocol of [ipv4.TCP, ipv4.UDP])
  for (const right of [{}, { checksumOffload: true }, OFFLOAD])
    test(`no new checksum vouches for harmed octets: ${protocol === ipv4.TCP ? 'TCP' : 'UDP'} for ${JSON.stringify(right)}`, async () => {
      const { host, through } = router(right);
      const complete = (): Frame => {
        const frame = large({ protocol, length: 3_000, size: 1_000 });
        const at = IP_AT + ipv4.HEADER;
        const field = at + (protocol === ipv4.TCP ? 16 : 6);
        frame.view.setUint16(field, finish(sum(frame.view, at, IP_AT + frame.length - at)));
        frame.checksum = 'complete';
        return frame;
      };
      const harmed = complete();
      harmed.bytes[IP_AT + 2_000]! ^= 4;
      expect((await through(harmed)).on).toEqual([]);
      const { tcpBadChecksum, udpBadChecksum, ipForwarded } = host.counters;
      expect([tcpBadChecksum, udpBadChecksum, ipForwarded]).toEqual(protocol === ipv4.TCP ? [1, 0, 0] : [0, 1, 0]);
      const { on } = await through(complete());
      expect(on).toHaveLength(protocol === ipv4.TCP && right === OFFLOAD ? 1 : 3);
      for (const frame of on) transportOf(frame);
    });

test('datagrams without a checksum have none in pieces either', async () => {
  for (const right of [{}, OFFLOAD]) {
    const frame = large({ protocol: ipv4.UDP, length: 2_500, size: 1_000 });
    frame.view.setUint16(IP_AT + ipv4.HEADER + 6, 0);
    frame.checksum = 'complete';
    const { on } = await router(right).through(frame);
    const seen = on.map(({ view, start, checksum }) => [udp.checksum(view, start + ipv4.HEADER), checksum]);
    expect(seen).toEqual([0, 0, 0].map((none) => [none, 'complete']));
  }
});

test('frames that are missing cost pieces, and are counted', async () => {
  const { host, through } = router({}, { frames: 2, largeFrames: 1 });
  const { on } = await through(large({ length: 10_000, size: 1_400 }));
  // The large one holds the whole.
  expect(on.length).toBe(2);
  expect(host.frames.takeFor(60_000)).toBeDefined();
  expect(host.counters.ipNoFrame).toBe(1);
});

for (const six of [false, true])
  test(`datagrams in one piece (UDP_SEGMENT), IPv${six ? 6 : 4}: cut on the way, even for a link that cuts TCP`, async () => {
    for (const right of [{}, OFFLOAD]) {
      const { on } = await router(right).through(large({ six, protocol: ipv4.UDP, length: 2_500, size: 1_000 }));
      expect(on.map((frame) => udp.length(frame.view, transportOf(frame)))).toEqual([1_008, 1_008, 508]);
    }
  });

test('datagrams in one piece that are for us are several', async () => {
  const { host, through } = router({});
  const sck = socket(host, AF_INET, SOCK_DGRAM);
  await sck.bind(['', 2_000]);
  const frame = large({ protocol: ipv4.UDP, length: 2_500, size: 1_000 });
  frame.view.setInt32(IP_AT + 16, parseAddress('10.0.1.1') as number);
  frame.view.setUint16(IP_AT + 10, 0);
  frame.view.setUint16(IP_AT + 10, finish(sum(frame.view, IP_AT, ipv4.HEADER)));
  await through(frame);
  const lengths: number[] = [];
  for (let i = 0; i < 3; i++) lengths.push((await sck.recv(9_000)).length);
  expect(lengths).toEqual([1_000, 1_000, 500]);
  sck.close();
});
