/**
 * A packet cut into fragments that a link carries. Read first: RFC 791 §3.2 (fragmentation), RFC 8200 §4.5; RFC 6864 (identification). Not here: whether it may be cut (the
 * caller knows), putting together (reassembly.ts).
 */
import { finish, sum } from '../../wire/checksum.ts';
import type { Frame } from '../../wire/frame.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { emitFragment, FRAGMENT, FRAGMENT_HEADER } from '../../wire/ipv6-extensions.ts';
import { IP_AT } from './frame-layout.ts';

/** What cutting needs: frames, and somebody who sends the pieces. */
export interface PieceOutput {
  /** A frame for an IP packet of `octets`; undefined when none is free. */
  take(octets: number): Frame | undefined;
  /** Sends the IP packet of `length` octets at IP_AT. Takes the frame over. */
  send(frame: Frame, length: number): void;
}

/**
 * Sends the packet at `ip`, which ends at `end`, in fragments of up to `mtu` octets. Answers how many there were; 0 when a frame was missing: what was sent of it is in vain.
 * @param identification the same for all of them and, while any may live, for no other packet between the same ends
 */
export function sendInFragments(
  packet: Pick<Frame, 'view' | 'bytes'>,
  ip: number,
  end: number,
  mtu: number,
  identification: number,
  output: PieceOutput,
): number {
  return ipv4.version(packet.view, ip) === 4
    ? cut4(packet, ip, end, mtu, identification, output)
    : cut6(packet, ip, end, mtu, identification, output);
}

function cut4(
  { view, bytes }: Pick<Frame, 'view' | 'bytes'>,
  ip: number,
  end: number,
  mtu: number,
  identification: number,
  output: PieceOutput,
): number {
  const payload = ip + ipv4.headerLength(view, ip);
  // It may be a fragment itself, on its way through a router.
  const offset = ipv4.fragmentOffset(view, ip);
  const last = (ipv4.flagsAndOffset(view, ip) & ipv4.MORE_FRAGMENTS) === 0;
  let count = 0;
  let header = payload - ip;
  for (let at = payload; at < end; ) {
    const room = (mtu - header) & ~7;
    const length = end - at <= mtu - header ? end - at : room;
    const frame = length > 0 ? output.take(header + length) : undefined;
    if (frame === undefined) return 0;
    const to = frame.view;
    frame.bytes.set(bytes.subarray(ip, ip + ipv4.HEADER), IP_AT);
    if (count === 0) frame.bytes.set(bytes.subarray(ip + ipv4.HEADER, payload), IP_AT + ipv4.HEADER);
    else copyOptions(bytes, ip + ipv4.HEADER, payload, frame.bytes, IP_AT + ipv4.HEADER, IP_AT + header);
    const more = at + length < end || !last ? ipv4.MORE_FRAGMENTS : 0;
    to.setUint8(IP_AT, 0x40 | (header >> 2));
    to.setUint16(IP_AT + 2, header + length);
    to.setUint16(IP_AT + 4, identification);
    to.setUint16(IP_AT + 6, more | ((offset + at - payload) >> 3));
    to.setUint16(IP_AT + 10, 0);
    to.setUint16(IP_AT + 10, finish(sum(to, IP_AT, header)));
    frame.bytes.set(bytes.subarray(at, at + length), IP_AT + header);
    output.send(frame, header + length);
    if (count++ === 0) header = ipv4.HEADER + copiedLength(bytes, ip + ipv4.HEADER, payload);
    at += length;
  }
  return count;
}

/** Calls `each` for every option that all fragments have (RFC 791 §3.1: the copied flag). */
function copied(bytes: Uint8Array, from: number, to: number, each: (at: number, length: number) => void): void {
  for (let i = from; i < to; ) {
    const kind = bytes[i]!;
    if (kind === 0) return;
    const length = kind === 1 ? 1 : i + 1 < to ? bytes[i + 1]! : 0;
    if (length < 1 || (kind !== 1 && length < 2) || i + length > to) return;
    if (kind & 0x80) each(i, length);
    i += length;
  }
}

/** Octets of the options that all fragments have, filled up to a multiple of four. */
function copiedLength(bytes: Uint8Array, from: number, to: number): number {
  let length = 0;
  copied(bytes, from, to, (_, octets) => {
    length += octets;
  });
  return (length + 3) & ~3;
}

function copyOptions(bytes: Uint8Array, from: number, to: number, into: Uint8Array, start: number, stop: number): void {
  let at = start;
  copied(bytes, from, to, (option, length) => {
    into.set(bytes.subarray(option, option + length), at);
    at += length;
  });
  // End of options.
  into.fill(0, at, stop);
}

/** A packet of our own, without extension headers. */
function cut6(
  { view, bytes }: Pick<Frame, 'view' | 'bytes'>,
  ip: number,
  end: number,
  mtu: number,
  identification: number,
  output: PieceOutput,
): number {
  const payload = ip + ipv6.HEADER;
  const headers = ipv6.HEADER + FRAGMENT_HEADER;
  const room = (mtu - headers) & ~7;
  let count = 0;
  for (let at = payload; at < end; count++) {
    const length = end - at <= mtu - headers ? end - at : room;
    const frame = length > 0 ? output.take(headers + length) : undefined;
    if (frame === undefined) return 0;
    const to = frame.view;
    frame.bytes.set(bytes.subarray(ip, payload), IP_AT);
    to.setUint16(IP_AT + 4, FRAGMENT_HEADER + length);
    to.setUint8(IP_AT + 6, FRAGMENT);
    const more = at + length < end;
    const next = ipv6.nextHeader(view, ip);
    const dataAt = emitFragment(to, IP_AT + ipv6.HEADER, next, at - payload, more, identification);
    frame.bytes.set(bytes.subarray(at, at + length), dataAt);
    output.send(frame, headers + length);
    at += length;
  }
  return count;
}
