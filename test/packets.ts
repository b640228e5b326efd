/** Packets for tests, put together by hand: layers as arrays of octets, innermost first. Checksums of IPv4 and ICMP are right, TCP's and UDP's are left 0. */
import { readFileSync } from 'node:fs';
import { CaptureReader, makePacket, type Packet } from '../src/see/capture/index.ts';
import { formatIpv4, parseIpv4 } from '../src/wire/address.ts';
import { finish, sum } from '../src/wire/checksum.ts';
import * as icmp from '../src/wire/icmp.ts';
import { type Ipv6, parseAddress } from '../src/wire/ip-address.ts';
import * as ipv4 from '../src/wire/ipv4.ts';
import * as ipv6 from '../src/wire/ipv6.ts';
import * as tcp from '../src/wire/tcp.ts';
import * as udp from '../src/wire/udp.ts';

/** Octets of a layer and what it carries. */
export type Octets = readonly number[];

const address6 = (text: string): Ipv6 => parseAddress(text) as Ipv6;

const written = (size: number, write: (view: DataView) => void): number[] => {
  const bytes = new Uint8Array(size);
  write(new DataView(bytes.buffer));
  return [...bytes];
};

/** A TCP segment; numbers that are not given are 0, the window 65535. */
export function tcpSegment(
  ports: readonly [number, number],
  flags: number,
  values: { seq?: number; ack?: number; window?: number; options?: Octets; data?: Octets } = {},
): number[] {
  const { seq = 0, ack = 0, window = 65_535, options = [], data = [] } = values;
  const header = written(tcp.HEADER, (view) => {
    tcp.emit(view, 0, ports[0], ports[1], seq | 0, ack | 0, flags, window, 0, options.length);
  });
  return [...header, ...options, ...data];
}

/** A UDP datagram. */
export const udpDatagram = (ports: readonly [number, number], data: Octets): number[] => [
  ...written(udp.HEADER, (view) => udp.emit(view, 0, ports[0], ports[1], data.length)),
  ...data,
];

/** An ICMP message. */
export function icmpMessage(type: number, code: number, rest: number, data: Octets): number[] {
  const bytes = Uint8Array.from([...written(icmp.HEADER, (view) => icmp.emit(view, 0, type, code, rest)), ...data]);
  const view = new DataView(bytes.buffer);
  view.setUint16(2, finish(sum(view, 0, bytes.length)));
  return [...bytes];
}

/** An IPv4 packet; `fragment` is the word of flags and offset. */
export function ipv4Packet(
  from: string,
  to: string,
  protocol: number,
  payload: Octets,
  values: { id?: number; fragment?: number } = {},
): number[] {
  const { id = 1, fragment = ipv4.DONT_FRAGMENT } = values;
  const header = written(ipv4.HEADER, (view) => {
    ipv4.emit(view, 0, parseIpv4(from), parseIpv4(to), protocol, payload.length, id, fragment, 64);
  });
  return [...header, ...payload];
}

/** An IPv6 packet. */
export const ipv6Packet = (from: string, to: string, next: number, payload: Octets): number[] => [
  ...written(ipv6.HEADER, (view) => {
    ipv6.emit(view, 0, address6(from), address6(to), next, payload.length, 64);
  }),
  ...payload,
];

/** An Ethernet frame from 02:00:00:00:00:01 to 02:00:00:00:00:02. */
export const ethernetFrame = (type: number, payload: Octets): number[] => [
  ...[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, type >>> 8, type & 255],
  ...payload,
];

/** A packet of a capture, alone in its memory, so that reading outside it throws. */
export function packetOf(
  octets: Octets,
  values: { number?: number; nanoseconds?: number; seconds?: number; linkType?: number; originalLength?: number } = {},
): Packet {
  const bytes = Uint8Array.from(octets);
  return {
    ...makePacket(),
    number: 1,
    originalLength: bytes.length,
    ...values,
    bytes,
    view: new DataView(bytes.buffer),
    at: 0,
    capturedLength: bytes.length,
  };
}

/** One side of a TCP conversation over Ethernet and IPv4: frames as one after another, numbered, a millisecond apart. */
export class Wire {
  /** The next frame's number. */
  number = 1;

  /** A frame from one end to the other. */
  frame(
    from: string,
    to: string,
    protocol: number,
    payload: Octets,
    values: { id?: number; fragment?: number } = {},
  ): Packet {
    const number = this.number++;
    return packetOf(ethernetFrame(0x0800, ipv4Packet(from, to, protocol, payload, values)), {
      number,
      nanoseconds: number * 1_000_000,
    });
  }
}

/** Every packet of a capture file, each in memory of its own. */
export function packetsOf(file: string): Packet[] {
  const reader = new CaptureReader();
  reader.push(new Uint8Array(readFileSync(file)));
  reader.end();
  const packets: Packet[] = [];
  const packet = makePacket();
  while (reader.next(packet)) {
    const bytes = packet.bytes.slice(packet.at, packet.at + packet.capturedLength);
    packets.push({ ...packet, bytes, view: new DataView(bytes.buffer), at: 0 });
  }
  return packets;
}

/** `10.0.0.7` for 7. */
export const host = (n: number): string => formatIpv4(0x0a00_0000 + n);
