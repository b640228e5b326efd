/** Loopback frames for the tests of the cable, whole with checksums. */
import { finish, pseudoHeader4, sum } from '../../src/wire/checksum.ts';
import * as ethernet from '../../src/wire/ethernet.ts';
import type { Frame, FramePool } from '../../src/wire/frame.ts';
import * as icmp from '../../src/wire/icmp.ts';
import * as ipv4 from '../../src/wire/ipv4.ts';
import * as tcp from '../../src/wire/tcp.ts';
import * as udp from '../../src/wire/udp.ts';

export const LOOPBACK = 0x7f000001;

function frame(
  protocol: number,
  length: number,
  to: number,
): { bytes: Uint8Array<ArrayBuffer>; view: DataView; at: number } {
  const bytes = new Uint8Array(ethernet.HEADER + ipv4.HEADER + length);
  const view = new DataView(bytes.buffer);
  const ip = ethernet.emit(view, 0, new Uint8Array(6), new Uint8Array(6), ethernet.TYPE_IPV4);
  return { bytes, view, at: ipv4.emit(view, ip, LOOPBACK, to, protocol, length, 1, 0, 64) };
}

/** A UDP datagram. */
export function datagram(from: number, to: number, text: string, address: number = LOOPBACK): Uint8Array<ArrayBuffer> {
  const data = new TextEncoder().encode(text);
  const { bytes, view, at } = frame(ipv4.UDP, udp.HEADER + data.length, address);
  bytes.set(data, udp.emit(view, at, from, to, data.length));
  const pseudo = pseudoHeader4(LOOPBACK, address, ipv4.UDP, udp.HEADER + data.length);
  view.setUint16(at + 6, finish(sum(view, at, udp.HEADER + data.length, pseudo)));
  return bytes;
}

/** A TCP segment without data. */
export function segment(
  from: number,
  to: number,
  flags: number,
  seq: number = 0,
  ack: number = 0,
): Uint8Array<ArrayBuffer> {
  const { bytes, view, at } = frame(ipv4.TCP, tcp.HEADER, LOOPBACK);
  tcp.emit(view, at, from, to, seq, ack, flags, 65_535, 0, 0);
  view.setUint16(at + 16, finish(sum(view, at, tcp.HEADER, pseudoHeader4(LOOPBACK, LOOPBACK, ipv4.TCP, tcp.HEADER))));
  return bytes;
}

/** An ICMP message; `quote` is a frame whose packet stands behind the header. */
export function message(type: number, code: number, rest: number, quote?: Uint8Array): Uint8Array<ArrayBuffer> {
  const quoted = quote?.subarray(ethernet.HEADER, ethernet.HEADER + ipv4.HEADER + 8) ?? new Uint8Array(0);
  const { bytes, view, at } = frame(ipv4.ICMP, icmp.HEADER + quoted.length, LOOPBACK);
  bytes.set(quoted, icmp.emit(view, at, type, code, rest));
  view.setUint16(at + 2, finish(sum(view, at, icmp.HEADER + quoted.length)));
  return bytes;
}

/** Octets in a frame of a pool, as a host hands them to a port. */
export function pooled(pool: FramePool, bytes: Uint8Array): Frame {
  const taken = pool.take()!;
  taken.bytes.set(bytes, taken.start);
  taken.length = bytes.length;
  return taken;
}

/** Ports and flags (or text) of a frame, short: `7456>40000 SYN`, `9>53 "hello"`. */
export function describe(bytes: Uint8Array, start = 0, length: number = bytes.length): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, length);
  const at = ipv4.locate(view, ethernet.HEADER, length);
  if (ethernet.type(view, 0) !== ethernet.TYPE_IPV4 || at < 0) return 'odd';
  const ports = `${view.getUint16(at)}>${view.getUint16(at + 2)}`;
  if (ipv4.protocol(view, ethernet.HEADER) === ipv4.UDP)
    return `${ports} ${JSON.stringify(new TextDecoder().decode(bytes.subarray(start + at + udp.HEADER, start + length)))}`;
  if (ipv4.protocol(view, ethernet.HEADER) === ipv4.ICMP) return `icmp ${view.getUint8(at)}/${view.getUint8(at + 1)}`;
  const names = [
    ['SYN', tcp.SYN],
    ['FIN', tcp.FIN],
    ['RST', tcp.RST],
    ['PSH', tcp.PSH],
    ['ACK', tcp.ACK],
  ] as const;
  const flags = tcp.flags(view, at);
  return `${ports} ${names
    .filter(([, bit]) => flags & bit)
    .map(([name]) => name)
    .join(',')}`;
}
