/** Loopback frames for the tests of the cable, whole with checksums. */
import { finish, pseudoHeader, sum } from '../../src/wire/checksum.ts';
import * as ethernet from '../../src/wire/ethernet.ts';
import type { Frame, FramePool } from '../../src/wire/frame.ts';
import * as icmp from '../../src/wire/icmp.ts';
import { type IpAddress, LOOPBACK6 } from '../../src/wire/ip-address.ts';
import * as ipv4 from '../../src/wire/ipv4.ts';
import * as ipv6 from '../../src/wire/ipv6.ts';
import { FRAGMENT } from '../../src/wire/ipv6-extensions.ts';
import * as tcp from '../../src/wire/tcp.ts';
import * as udp from '../../src/wire/udp.ts';

export const LOOPBACK = 0x7f000001;

/** A frame whose packet is from the local host, of the version that `to` has, and carries `length` octets. */
function frame(
  protocol: number,
  length: number,
  to: IpAddress,
): { bytes: Uint8Array<ArrayBuffer>; view: DataView; at: number } {
  const four = typeof to === 'number';
  const bytes = new Uint8Array(ethernet.HEADER + (four ? ipv4.HEADER : ipv6.HEADER) + length);
  const view = new DataView(bytes.buffer);
  const type = four ? ethernet.TYPE_IPV4 : ethernet.TYPE_IPV6;
  const ip = ethernet.emit(view, 0, new Uint8Array(6), new Uint8Array(6), type);
  const at = four
    ? ipv4.emit(view, ip, LOOPBACK, to, protocol, length, 1, 0, 64)
    : ipv6.emit(view, ip, LOOPBACK6, to, protocol, length, 64);
  return { bytes, view, at };
}

const localHost = (to: IpAddress): IpAddress => (typeof to === 'number' ? LOOPBACK : LOOPBACK6);

/** A UDP datagram. */
export function datagram(
  from: number,
  to: number,
  text: string,
  address: IpAddress = LOOPBACK,
): Uint8Array<ArrayBuffer> {
  const data = new TextEncoder().encode(text);
  const length = udp.HEADER + data.length;
  const { bytes, view, at } = frame(ipv4.UDP, length, address);
  bytes.set(data, udp.emit(view, at, from, to, data.length));
  view.setUint16(at + 6, finish(sum(view, at, length, pseudoHeader(localHost(address), address, ipv4.UDP, length))));
  return bytes;
}

/** A TCP segment without data. */
export function segment(
  from: number,
  to: number,
  flags: number,
  seq: number = 0,
  ack: number = 0,
  address: IpAddress = LOOPBACK,
): Uint8Array<ArrayBuffer> {
  const { bytes, view, at } = frame(ipv4.TCP, tcp.HEADER, address);
  tcp.emit(view, at, from, to, seq, ack, flags, 65_535, 0, 0);
  const pseudo = pseudoHeader(localHost(address), address, ipv4.TCP, tcp.HEADER);
  view.setUint16(at + 16, finish(sum(view, at, tcp.HEADER, pseudo)));
  return bytes;
}

/** An ICMP message of the version that `address` has; `quote` is a frame whose packet stands behind the header, up to eight octets of what it carries. */
export function message(
  type: number,
  code: number,
  rest: number,
  quote?: Uint8Array,
  address: IpAddress = LOOPBACK,
): Uint8Array<ArrayBuffer> {
  const four = typeof address === 'number';
  const header = ethernet.HEADER + (four ? ipv4.HEADER : ipv6.HEADER);
  const quoted = quote?.subarray(ethernet.HEADER, header + 8) ?? new Uint8Array(0);
  const length = icmp.HEADER + quoted.length;
  const { bytes, view, at } = frame(four ? ipv4.ICMP : ipv6.ICMPV6, length, address);
  bytes.set(quoted, icmp.emit(view, at, type, code, rest));
  const pseudo = four ? 0 : pseudoHeader(LOOPBACK6, address, ipv6.ICMPV6, length);
  view.setUint16(at + 2, finish(sum(view, at, length, pseudo)));
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
  const ip = ethernet.HEADER;
  const six = ethernet.type(view, 0) === ethernet.TYPE_IPV6;
  const at = six ? ipv6.locate(view, ip, length) : ipv4.locate(view, ip, length);
  if ((!six && ethernet.type(view, 0) !== ethernet.TYPE_IPV4) || at < 0) return 'odd';
  const protocol = six ? ipv6.nextHeader(view, ip) : ipv4.protocol(view, ip);
  if (six && protocol === FRAGMENT) return `fragment from ${view.getUint16(at + 2) & 0xfff8} on`;
  const ports = `${view.getUint16(at)}>${view.getUint16(at + 2)}`;
  if (protocol === ipv4.UDP)
    return `${ports} ${JSON.stringify(new TextDecoder().decode(bytes.subarray(start + at + udp.HEADER, start + length)))}`;
  if (protocol === (six ? ipv6.ICMPV6 : ipv4.ICMP))
    return `${six ? 'icmpv6' : 'icmp'} ${view.getUint8(at)}/${view.getUint8(at + 1)}`;
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
