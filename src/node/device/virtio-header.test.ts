/** What a system leaves unfinished by the header before a packet, and what is left to it: finished here where nobody could further on, refused where nobody can at all. */
import { expect, test } from 'vitest';
import { finish, fold, pseudoHeader4, sum, verifies } from '../../wire/checksum.ts';
import * as ethernet from '../../wire/ethernet.ts';
import { type Frame, FramePool } from '../../wire/frame.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as tcp from '../../wire/tcp.ts';
import * as udp from '../../wire/udp.ts';
import { readVirtioHeader, VIRTIO_HEADER, writeVirtioHeader } from './virtio-header.ts';

const pool = new FramePool(8, 4_000);
const START = 32;
const NEEDS_CSUM = 1;
const TCPV4 = 1;
const UDP_L4 = 5;
const PAYLOAD = 200;

/** A segment at `at` whose checksum is the pseudo-header's sum; where it ends. */
function emitSegment({ view, bytes }: Frame, at: number): number {
  const from = ipv4.emit(view, at, 0x0a000001, 0x0a000002, ipv4.TCP, tcp.HEADER + PAYLOAD, 1, 0, 64);
  const data = tcp.emit(view, from, 1_000, 2_000, 1, 1, tcp.ACK, 500, 0, 0);
  bytes.fill(0xa5, data, data + PAYLOAD);
  view.setUint16(from + 16, fold(pseudoHeader4(0x0a000001, 0x0a000002, ipv4.TCP, tcp.HEADER + PAYLOAD)));
  return data + PAYLOAD;
}

const isSegmentSound = ({ view }: Frame, at: number): boolean => {
  const octets = tcp.HEADER + PAYLOAD;
  return verifies(sum(view, at + 20, octets, pseudoHeader4(0x0a000001, 0x0a000002, ipv4.TCP, octets)));
};

/** A frame whose octets `write` puts in, from START on; it says where they end. */
function framed(write: (frame: Frame) => number): Frame {
  const frame = pool.take()!;
  frame.start = START;
  frame.length = write(frame) - START;
  return frame;
}

/** Reads it behind such a header; `from` and `field` as the system says them. */
function read(frame: Frame, medium: 'ethernet' | 'ip', from: number, field: number, gso = 0, size = 0): boolean {
  const { view } = frame;
  const at = START - VIRTIO_HEADER;
  view.setUint8(at, NEEDS_CSUM);
  view.setUint8(at + 1, gso);
  view.setUint16(at + 4, size, true);
  view.setUint16(at + 6, from, true);
  view.setUint16(at + 8, field, true);
  const taken = readVirtioHeader(frame, medium);
  pool.release(frame);
  return taken;
}

const bare = (): Frame => framed((frame) => emitSegment(frame, START));

/** VXLAN: a segment in a frame in a datagram that has no checksum of its own. */
const IN_TUNNEL = START + 20 + 8 + 8 + 14;
const tunnelled = (): Frame =>
  framed((frame) => {
    const end = emitSegment(frame, IN_TUNNEL);
    const at = ipv4.emit(frame.view, START, 1, 2, ipv4.UDP, end - START - 20, 1, 0, 64);
    udp.emit(frame.view, at, 5_555, 4_789, end - at - 8);
    return end;
  });

test('that of the packet’s own TCP is left partial', () => {
  const frame = bare();
  const before = frame.bytes.slice(START, START + frame.length);
  expect(read(frame, 'ip', 20, 16)).toBe(true);
  expect(frame.checksum).toBe('partial');
  expect(frame.bytes.slice(START, START + frame.length)).toEqual(before);
});

test('that of a segment in a tunnel is finished, and the datagram around it keeps its own', () => {
  const frame = tunnelled();
  expect(read(frame, 'ip', IN_TUNNEL + 20 - START, 16)).toBe(true);
  expect(frame.checksum).toBe('complete');
  expect(isSegmentSound(frame, IN_TUNNEL)).toBe(true);
  expect(udp.checksum(frame.view, START + 20)).toBe(0);
});

test('that of a segment behind a VLAN tag is finished', () => {
  const frame = framed((one) => {
    ethernet.emit(one.view, START, new Uint8Array(6), new Uint8Array(6), 0x8100);
    one.view.setUint32(START + 14, 0x0007_0800);
    return emitSegment(one, START + 18);
  });
  expect(read(frame, 'ethernet', 18 + 20, 16)).toBe(true);
  expect(frame.checksum).toBe('complete');
  expect(isSegmentSound(frame, START + 18)).toBe(true);
});

test('what cannot be is refused: beyond the end, a checksum of another kind, segments of a tunnel to be cut, cutting of an unknown kind', () => {
  const { length } = bare();
  expect(read(bare(), 'ip', 65_535, 65_535)).toBe(false);
  expect(read(bare(), 'ip', length - 9, 8)).toBe(false);
  expect(read(bare(), 'ip', length - 8, 6)).toBe(true);
  expect(read(bare(), 'ip', length - 7, 6)).toBe(false);
  expect(read(bare(), 'ip', 20, 8)).toBe(false);
  expect(read(tunnelled(), 'ip', IN_TUNNEL + 20 - START, 16, TCPV4, 100)).toBe(false);
  expect(read(bare(), 'ip', 20, 16, TCPV4, 100)).toBe(true);
  expect(read(bare(), 'ip', 20, 16, UDP_L4, 100)).toBe(true);
  expect(read(bare(), 'ip', 20, 16, 3, 100)).toBe(false);
});

/** The header that is written for it; undefined when it is refused. */
function written(frame: Frame): unknown {
  const { view } = frame;
  const taken = writeVirtioHeader(frame, 'ip');
  pool.release(frame);
  if (!taken) return undefined;
  const at = START - VIRTIO_HEADER;
  const [headers, size, from, field] = [2, 4, 6, 8].map((offset) => view.getUint16(at + offset, true));
  return { flags: view.getUint8(at), gso: view.getUint8(at + 1), headers, size, from, field };
}

test('a segment that the system is to cut and that has come to harm gets no new checksum', () => {
  const whole = (checksum: Frame['checksum'], harm = 0): Frame => {
    const frame = bare();
    const pseudo = frame.view.getUint16(START + 36);
    if (checksum !== 'partial')
      frame.view.setUint16(START + 36, finish(sum(frame.view, START + 20, frame.length - 20)));
    frame.bytes[START + 100]! ^= harm;
    frame.checksum = checksum;
    frame.segmentSize = 50;
    expect(pseudo).not.toBe(0);
    return frame;
  };
  const header = { flags: NEEDS_CSUM, gso: TCPV4, headers: 40, size: 50, from: 20, field: 16 };
  const pseudo = fold(pseudoHeader4(0x0a000001, 0x0a000002, ipv4.TCP, tcp.HEADER + PAYLOAD));
  for (const checksum of ['partial', 'verified', 'complete'] as const) {
    const frame = whole(checksum);
    expect(written(frame)).toEqual(header);
    expect(frame.view.getUint16(START + 36)).toBe(pseudo);
  }
  expect(written(whole('complete', 1))).toBeUndefined();
});

test('what is left to the system is what it could find', () => {
  const other = bare();
  other.checksum = 'partial';
  other.view.setUint8(START + 9, ipv4.ICMP);
  expect(written(other)).toBeUndefined();
  const datagrams = tunnelled();
  datagrams.segmentSize = 100;
  expect(written(datagrams)).toBeUndefined();
  const cut = bare();
  cut.checksum = 'partial';
  cut.length = 30;
  expect(written(cut)).toBeUndefined();
});
