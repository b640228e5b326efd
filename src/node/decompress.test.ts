import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as zlib from 'node:zlib';
import { gzipSync } from 'node:zlib';
import { Decompress } from 'fzstd';
import { describe, expect, test } from 'vitest';
import { needs } from '../../test/needs.ts';
import { CaptureReader, makePacket } from '../see/capture/index.ts';
import { plainOctets } from './decompress.ts';
import { ZstdUnits } from './zstd-units.ts';

const CAPTURE = readFileSync(
  fileURLToPath(new URL('../../test/golden/captures/kernel__zero-window-silly.pcap', import.meta.url)),
);

const zstd = (octets: Uint8Array, ...options: string[]): Buffer => {
  const { status, stdout } = spawnSync('zstd', ['-q', '-c', ...options], { input: octets, maxBuffer: 1 << 30 });
  expect(status).toBe(0);
  return stdout;
};

async function* pieces(octets: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const memory = new Uint8Array(size);
  for (let at = 0; at < octets.length; at += size) {
    const piece = octets.subarray(at, at + size);
    // The same memory each time, as a file is read.
    memory.set(piece);
    yield memory.subarray(0, piece.length);
  }
}

/** What comes of `octets`: all of it, how they ended, and the most that came at once. */
async function undo(
  octets: Uint8Array,
  size = 1000,
): Promise<{ plain: Buffer; message: string | undefined; most: number }> {
  const made: Uint8Array[] = [];
  const source = plainOctets(pieces(octets, size), Decompress);
  for (;;) {
    const { value, done } = await source.next();
    if (done === true) {
      const most = made.reduce((longest, { length }) => Math.max(longest, length), 0);
      return { plain: Buffer.concat(made), message: value?.message, most };
    }
    made.push(value.slice());
  }
}

function packetsIn(plain: Uint8Array): number {
  const reader = new CaptureReader();
  const packet = makePacket();
  reader.push(plain);
  while (reader.next(packet));
  return reader.packets;
}

const same = (plain: Buffer): boolean => plain.equals(CAPTURE);

test('what is not compressed passes as it is, however little comes at once', async () => {
  for (const size of [1, 3, 4, 5, 1000, 1 << 20]) {
    const { plain, message } = await undo(CAPTURE, size);
    expect(same(plain)).toBe(true);
    expect(message).toBeUndefined();
  }
  expect((await undo(Uint8Array.of(0x1f, 0x8b), 1)).plain).toHaveLength(2);
});

describe('gzip', () => {
  test('one member or several, in pieces of any size; what follows the last is no matter', async () => {
    const halves = [CAPTURE.subarray(0, 5000), CAPTURE.subarray(5000)];
    const members = Buffer.concat(halves.map((half) => gzipSync(half)));
    for (const file of [gzipSync(CAPTURE), members, Buffer.concat([members, Buffer.alloc(100)])]) {
      for (const size of [1, 7, 1000, 1 << 20]) {
        const { plain, message } = await undo(file, size);
        expect(same(plain)).toBe(true);
        expect(message).toBeUndefined();
      }
    }
  });

  test('cut short anywhere, it gives all that can be had, and says where it ends', async () => {
    const file = gzipSync(CAPTURE);
    let packets = 0;
    for (let length = 20; length < file.length; length += 97) {
      const { plain, message } = await undo(file.subarray(0, length));
      expect(message).toBe(`the file's gzip data end too early, at offset ${length} of the compressed file`);
      expect(plain.equals(CAPTURE.subarray(0, plain.length))).toBe(true);
      const here = packetsIn(plain);
      expect(here).toBeGreaterThanOrEqual(packets);
      packets = here;
    }
    expect(packets).toBeGreaterThan(packetsIn(CAPTURE) * 0.9);
  });

  needs({ tools: ['sh', 'gzip', 'head'] })('as much as gzip itself makes of a file that is cut short', async () => {
    const file = gzipSync(CAPTURE);
    for (const length of [500, 1500, file.length - 8, file.length - 1]) {
      const cut = file.subarray(0, length);
      const { stdout } = spawnSync('gzip', ['-dc'], { input: cut });
      expect((await undo(cut)).plain.length).toBeGreaterThanOrEqual(stdout.length);
    }
  });

  test('damage is told, behind what came before it', async () => {
    const file = gzipSync(CAPTURE);
    file[file.length - 6]! ^= 1;
    const { plain, message } = await undo(file);
    expect(same(plain)).toBe(true);
    expect(message).toMatch(
      /^the file's gzip data are damaged before offset \d+ of the compressed file: incorrect data check$/,
    );
    // In its middle, seen when more of it has come: what the octets before it hold is had all the same.
    for (const size of [100, 1 << 20]) {
      const spoilt = gzipSync(CAPTURE);
      const middle = spoilt.length >> 1;
      spoilt.fill(0xff, middle, middle + 40);
      const { plain: first, message: why } = await undo(spoilt, size);
      const { plain: sound } = await undo(gzipSync(CAPTURE).subarray(0, middle));
      expect(first.subarray(0, sound.length).equals(sound)).toBe(true);
      expect(why).toContain('are damaged before offset');
    }
    const second = Buffer.concat([gzipSync(CAPTURE), gzipSync(CAPTURE).fill(0xff, 12, 40)]);
    const both = await undo(second);
    expect(both.plain.subarray(0, CAPTURE.length).equals(CAPTURE)).toBe(true);
    expect(both.message).toContain('are damaged before offset');
  });

  test('a bomb goes off a little at a time', async () => {
    const { most, plain } = await undo(gzipSync(Buffer.alloc(32 << 20)), 1 << 20);
    expect(plain).toHaveLength(32 << 20);
    expect(most).toBeLessThanOrEqual(131_072);
  });
});

describe('zstd', () => {
  const it = needs({ tools: ['zstd'] });
  it('what has been undone is kept by nobody', async () => {
    if ('createZstdDecompress' in zlib) return;
    let held = 0;
    /** fzstd, and how many arrays it holds on to. */
    class Watched extends Decompress {
      override push(octets: Uint8Array, final?: boolean): void {
        super.push(octets, final);
        held = Math.max(held, (this as unknown as { c: readonly Uint8Array[] }).c.length);
      }
    }
    // Forty blocks.
    const large = Buffer.concat(Array.from({ length: 5_000_000 / CAPTURE.length }, () => CAPTURE));
    const source = plainOctets(pieces(zstd(large), 1000), Watched);
    let octets = 0;
    for await (const made of source) octets += made.length;
    expect(octets).toBe(large.length);
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThan(5);
  });

  it('at every level, in several frames, with frames to skip, in pieces of any size', async () => {
    const skippable = Buffer.from('5a2a4d1805000000ffffffffff', 'hex');
    const halves = [CAPTURE.subarray(0, 5000), CAPTURE.subarray(5000)].map((half) => zstd(half));
    const files = [
      ...['-1', '-3', '-19', '--no-check'].map((level) => zstd(CAPTURE, level)),
      Buffer.concat([skippable, halves[0]!, skippable, halves[1]!, skippable]),
    ];
    for (const file of files) {
      for (const size of [1, 7, 1000, 1 << 20]) {
        const { plain, message } = await undo(file, size);
        expect(message).toBeUndefined();
        expect(same(plain)).toBe(true);
      }
    }
  });

  it('a large one, in many blocks', async () => {
    const large = Buffer.concat(Array.from({ length: 60 }, () => CAPTURE));
    for (const level of ['-3', '-19']) expect((await undo(zstd(large, level))).plain.equals(large)).toBe(true);
  });

  it('cut short anywhere, it gives the blocks that are whole', async () => {
    const blocks = Buffer.concat(Array.from({ length: 20 }, (_, i) => Buffer.concat([CAPTURE, Buffer.alloc(i, i)])));
    const file = zstd(blocks);
    let most = 0;
    for (let length = 20; length < file.length; length += 997) {
      const { plain, message } = await undo(file.subarray(0, length));
      expect(message).toMatch(
        /^the file's zstd data end too early, in what begins at offset \d+ of the compressed file$/,
      );
      expect(plain.equals(blocks.subarray(0, plain.length))).toBe(true);
      most = Math.max(most, plain.length);
    }
    expect(most).toBeGreaterThan(blocks.length / 2);
  });

  it('a bomb goes off a block at a time, and its blocks are few octets', async () => {
    const zeroes = Buffer.alloc(16 << 20);
    const bomb = zstd(zeroes);
    expect(bomb.length).toBeLessThan(4_000);
    const { most, plain } = await undo(bomb, 1 << 20);
    expect(plain.equals(zeroes)).toBe(true);
    expect(most).toBeLessThanOrEqual(131_072);
  });
});

describe('what a Zstandard stream may not claim', () => {
  const fault = (hex: string): string | undefined => {
    const units = new ZstdUnits(8 << 20);
    for (const _ of units.push(Buffer.from(hex, 'hex')));
    return units.fault;
  };
  const FRAME = '28b52ffd';
  test('is named', () => {
    expect(fault(`${FRAME}00d8`)).toContain('it needs a window of 137438953472 octets, more than the 8388608');
    expect(fault(`${FRAME}e0ffffffffffffff00`)).toContain('it needs a window of 72057594037927');
    expect(fault(`${FRAME}0100ff`)).toBe('it needs a dictionary');
    expect(fault(`${FRAME}0800`)).toBe('a frame has its reserved bit set');
    expect(fault(`${FRAME}0000070000`)).toBe('a block is of the reserved type');
    expect(fault(`${FRAME}0000ffffff`)).toContain('a block is of the reserved type');
    expect(fault(`${FRAME}0000faffff`)).toContain('a block claims 2097151 octets');
    expect(fault(`${FRAME}00000100000000000000`)).toBe('what follows is no Zstandard frame');
    expect(fault(`${FRAME}0000010000${FRAME}0000010000`)).toBeUndefined();
  });
});
