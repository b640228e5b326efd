/** Comments of packets: in either byte order, of every block that has them, and judged by tshark. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { needs } from '../../../test/needs.ts';
import { block, hex } from '../../../test/pcapng-blocks.ts';
import { CaptureReader, makePacket, type Packet, packetComments } from './index.ts';

const END = '0000 0000';
const HEADER = [block(0x0a0d0d0a, '4d3c2b1a 0100 0000 ffffffffffffffff'), block(1, '0100 0000 00000000')];
const FILE = hex(
  ...HEADER,
  // None; two, padded, with another option between them; one that is empty, one that a zero ends.
  block(6, '00000000 00000000 01000000 05000000 05000000 aabbccdd ee000000'),
  block(
    6,
    `00000000 00000000 01000000 05000000 05000000 aabbccdd ee000000 01000200 68690000 02000400 01000000 01000300 796f7500 ${END}`,
  ),
  block(6, `00000000 00000000 01000000 04000000 04000000 aabbccdd 01000000 01000400 61006200 ${END}`),
  // The obsolete block, and one that has no options.
  block(2, `0000 ffff 00000000 01000000 04000000 04000000 aabbccdd 01000400 6f6c6421 ${END}`),
  block(3, '04000000 aabbccdd'),
  // A section in the other byte order.
  '0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c',
  '00000001 00000014 0001 0000 00000000 00000014',
  `00000006 00000030 00000000 00000000 00000001 00000004 00000004 aabbccdd 00010004 c3a4c3b6 ${END} 00000030`,
);

function commentsOf(file: Uint8Array, copied: (packet: Packet) => Packet = (packet) => packet): string[] {
  const reader = new CaptureReader();
  const packet = makePacket();
  const comments: string[] = [];
  reader.push(file);
  reader.end();
  while (reader.next(packet)) comments.push(packetComments(copied(packet)).join());
  expect(reader.problem).toBeUndefined();
  return comments;
}

test('each comment of each packet', () => {
  expect(commentsOf(FILE)).toEqual(['', 'hi,you', ',a', 'old!', '', 'äö']);
});

test('a packet that was copied without its block, or came from no pcapng file, has none', () => {
  const alone = (packet: Packet): Packet => {
    const bytes = packet.bytes.slice(packet.at, packet.at + packet.capturedLength);
    return { ...packet, bytes, view: new DataView(bytes.buffer), at: 0 };
  };
  expect(commentsOf(FILE, alone).join('')).toBe('');
  const cut = (packet: Packet): Packet => {
    const bytes = packet.bytes.slice(0, packet.at + packet.capturedLength);
    return { ...packet, bytes, view: new DataView(bytes.buffer) };
  };
  expect(commentsOf(FILE, cut).join('')).toBe('');
  expect(packetComments(makePacket())).toEqual([]);
  // A record of pcap that would be a block with a comment, were it one.
  const data = '00000000 00000000 00000000 01000200 68690000 00000000 00000000';
  const header = 'd4c3b2a1 0200 0400 00000000 00000000 ffff0000 01000000';
  expect(commentsOf(hex(header, '06000000 00000000 1c000000 1c000000', data))).toEqual(['']);
});

needs({ tools: ['tshark'] })('tshark finds the same', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tcplab-comments-'));
  try {
    const path = join(folder, 'comments.pcapng');
    writeFileSync(path, FILE);
    const args = ['-n', '-r', path, '-T', 'fields', '-e', 'frame.comment'];
    expect(commentsOf(FILE)).toEqual(execFileSync('tshark', args, { encoding: 'utf8' }).split('\n').slice(0, -1));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
