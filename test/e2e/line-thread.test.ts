/** The list of a long capture is written by a thread, in the command as it is packed: the same octets, in the same order, and the same ends. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { capturesIn, GOLDEN_CAPTURES } from '../captures.ts';
import { type Packed, packCommand } from './packed.ts';

/** Octets of a capture that is long enough, and more. */
const LONG = 36_000_000;
const MAGIC = 0xa1b2c3d4;
const ETHERNET = 1;

let packed: Packed;
let folder = '';
let command = '';
let capture = '';

beforeAll(async () => {
  packed = await packCommand();
  ({ folder, command } = packed);
  capture = join(folder, 'long.pcap');
  writeLong(capture);
}, 60_000);

afterAll(() => packed.remove());

/** Golden captures behind one another, again and again. */
function writeLong(path: string): void {
  const bodies = capturesIn(GOLDEN_CAPTURES)
    .map((one) => readFileSync(one))
    .filter((octets) => octets.length > 24 && octets.readUInt32LE(0) === MAGIC && octets.readUInt32LE(20) === ETHERNET);
  expect(bodies.length).toBeGreaterThan(3);
  const file = openSync(path, 'w');
  let written = writeSync(file, bodies[0]!.subarray(0, 24));
  while (written < LONG) for (const body of bodies) written += writeSync(file, body.subarray(24));
  closeSync(file);
}

const read = (line: string): SpawnSyncReturns<Buffer> =>
  spawnSync('bash', ['-c', `set -o pipefail; node ${command} read ${line}`], { maxBuffer: 1 << 30, timeout: 60_000 });

test('all lines, as they are without the thread, and no more than are asked for', () => {
  const { stdout, status, stderr } = read(capture);
  expect([status, stderr.toString()]).toEqual([0, '']);
  // What comes through a pipe is written as it comes.
  const piped = read(`- < <(cat ${capture})`).stdout;
  expect(piped.length).toBeGreaterThan(1_000_000);
  expect(stdout.equals(piped)).toBe(true);
  const some = read(`${capture} -c 12345`).stdout;
  expect(some.equals(piped.subarray(0, some.length))).toBe(true);
  expect(some.toString('latin1').split('\n')).toHaveLength(12_346);
}, 90_000);

test('where no thread may begin, or it does not in time, the program writes the lines itself', () => {
  const { stdout } = read(`- < <(cat ${capture})`);
  const forbid = join(folder, 'forbid.cjs');
  writeFileSync(forbid, "if (!require('node:worker_threads').isMainThread) throw new Error('no threads here');\n");
  for (const options of ['--experimental-permission --allow-fs-read=* --no-warnings', `--require ${forbid}`]) {
    const alone = spawnSync('node', [command, 'read', capture], {
      maxBuffer: 1 << 30,
      timeout: 60_000,
      env: { ...process.env, NODE_OPTIONS: options },
    });
    expect([alone.status, alone.stderr.toString()]).toEqual([0, '']);
    expect(alone.stdout.equals(stdout)).toBe(true);
  }
}, 90_000);

test('what is wrong is said behind the lines', () => {
  const damaged = join(folder, 'damaged.pcap');
  writeFileSync(damaged, readFileSync(capture).subarray(0, LONG - 1));
  const { stdout, status } = read(`${damaged} 2>&1`);
  expect(status).toBe(2);
  const lines = stdout.toString('latin1').trimEnd().split('\n');
  expect(lines.at(-1)).toContain('ends in the middle of packet');
  expect(lines.at(-2)).toMatch(new RegExp(`^ *${lines.length - 1} `));
}, 60_000);

test('a reader that goes away ends it quietly; what cannot be written is said once', () => {
  const gone = read(`${capture} | head -1`);
  expect([gone.status, gone.stderr.toString()]).toEqual([0, '']);
  const full = read(`${capture} > /dev/full`);
  expect([full.status, full.stderr.toString()]).toEqual([
    1,
    'tcplab: write to standard output: ENOSPC, no space is left on the device\n',
  ]);
}, 60_000);

test.runIf(availableParallelism() > 1)(
  'the thread is there for a long capture alone, and for the usual list',
  () => {
    const threads = (line: string): boolean => read(`${line} 2>&1 > /dev/null`).stdout.includes('line-worker.js');
    process.env.NODE_DEBUG = 'worker';
    try {
      expect(threads(capture)).toBe(true);
      expect(threads(capturesIn(GOLDEN_CAPTURES)[0]!)).toBe(false);
      expect(threads(`${capture} --columns number,info`)).toBe(false);
      expect(threads(`- < ${capture}`)).toBe(true);
    } finally {
      delete process.env.NODE_DEBUG;
    }
  },
  60_000,
);
