import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as ethernet from './ethernet.ts';
import { LOOPBACK6 } from './ip-address.ts';
import * as ipv4 from './ipv4.ts';
import * as ipv6 from './ipv6.ts';
import { locateSegment } from './plain-segment.ts';
import * as tcp from './tcp.ts';

const MAC = new Uint8Array(6);

/** A frame with a TCP segment of `payload` octets and `options` octets of options. */
function frameOf(isIpv6: boolean, payload: number, options: number): DataView {
  const view = new DataView(new ArrayBuffer(200 + payload));
  const length = tcp.HEADER + options + payload;
  const ip = ethernet.emit(view, 0, MAC, MAC, isIpv6 ? ethernet.TYPE_IPV6 : ethernet.TYPE_IPV4);
  const at = isIpv6
    ? ipv6.emit(view, ip, LOOPBACK6, LOOPBACK6, ipv6.TCP, length, 64)
    : ipv4.emit(view, ip, 1, 2, ipv4.TCP, length, 3, ipv4.DONT_FRAGMENT, 64);
  tcp.emit(view, at, 1, 2, 3, 4, tcp.ACK, 5, 0, options);
  return new DataView(view.buffer, 0, at + length);
}

/** What the headers' own rules say: where the TCP header begins, when all of it is there and nothing stands between. */
function byRules(view: DataView, end: number): number {
  if (end < ethernet.HEADER) return -1;
  const type = ethernet.type(view, 0);
  const ip = ethernet.HEADER;
  const is6 = type === ethernet.TYPE_IPV6;
  if (!is6 && type !== ethernet.TYPE_IPV4) return -1;
  const at = (is6 ? ipv6 : ipv4).locate(view, ip, end);
  if (at < 0) return -1;
  if (is6 ? ipv6.nextHeader(view, ip) !== ipv6.TCP : ipv4.protocol(view, ip) !== ipv4.TCP) return -1;
  if (!is6 && (ipv4.isFragment(view, ip) || at !== ip + ipv4.HEADER)) return -1;
  // A jumbogram, or a packet that ends behind its header: its length does not say which.
  if (is6 && ipv6.payloadLength(view, ip) === 0) return -1;
  return tcp.locate(view, at, (is6 ? ipv6 : ipv4).payloadEnd(view, ip, end)) < 0 ? -1 : at;
}

test('a plain segment is found, over either IP, with and without options, cut behind its header or not', () => {
  for (const isIpv6 of [false, true]) {
    for (const options of [0, 12, 40]) {
      const view = frameOf(isIpv6, 10, options);
      const start = ethernet.HEADER + (isIpv6 ? ipv6.HEADER : ipv4.HEADER);
      expect(locateSegment(view, 0, view.byteLength)).toBe(start);
      expect(locateSegment(view, 0, start + tcp.HEADER + options)).toBe(start);
      expect(locateSegment(view, 0, start + tcp.HEADER + options - 1)).toBe(-1);
    }
  }
});

test('IPv6 whose length is 0 is none: where it ends is not told', () => {
  const view = frameOf(true, 10, 0);
  view.setUint16(ethernet.HEADER + 4, 0);
  expect(locateSegment(view, 0, view.byteLength)).toBe(-1);
});

test('whatever octets are changed, wherever it is cut: it is one to the headers’ own rules, and the other way round', () => {
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.constantFrom(0, 8, 40),
      fc.array(fc.tuple(fc.nat(90), fc.nat(255)), { maxLength: 4 }),
      fc.nat(140),
      (isIpv6, options, changes, end) => {
        const view = frameOf(isIpv6, 20, options);
        for (const [at, octet] of changes) if (at < view.byteLength) view.setUint8(at, octet);
        const stop = Math.min(end, view.byteLength);
        expect(locateSegment(view, 0, stop)).toBe(byRules(view, stop));
      },
    ),
    { numRuns: 20_000 },
  );
});
