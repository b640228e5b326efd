/** Captures through pipes: a named one, standard input and standard output. Files are in src/node/capture-file.test.ts. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCapture } from '../../src/node/capture-file.ts';
import { makePacket } from '../../src/see/capture/index.ts';
import { needs } from '../needs.ts';

const CAPTURE = fileURLToPath(new URL('../golden/captures/kernel__keepalive.pcap', import.meta.url));
const octets = readFileSync(CAPTURE);
/** Where each record of it ends. */
const ends: number[] = [];
for (let at = 24; at < octets.length; ends.push(at)) at += 16 + octets.readUInt32LE(at + 8);

const MODULE = new URL('../../src/node/capture-file.ts', import.meta.url).href;
const PACKETS = new URL('../../src/see/capture/index.ts', import.meta.url).href;

/** The arguments of Node that run `program`, a TypeScript module. */
const running = (program: string): string[] => [
  ...['--import', import.meta.resolve('tsx'), '--input-type=module', '-e'],
  program,
];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tcplab-capture-pipes-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('reading', () => {
  needs({ tools: ['mkfifo'] })('a named pipe gives each packet before the next is written', async () => {
    const path = join(folder, 'fifo');
    spawnSync('mkfifo', [path]);
    const file = openCapture(path);
    expect(file.isRegular).toBe(false);
    expect(() => file.readChunk()).toThrow('is not a regular file: read it with for await');
    // For writing and reading: for writing alone, opening would wait for the reader, which is this thread.
    const writer = openSync(path, 'r+');
    let written = writeSync(writer, octets, 0, ends[0]);
    const packet = makePacket();
    for await (const reader of file) {
      while (reader.next(packet));
      expect(written).toBe(ends[reader.packets - 1]);
      const end = ends[reader.packets];
      if (end === undefined) closeSync(writer);
      else written += writeSync(writer, octets, written, end - written);
    }
    expect(file.reader.packets).toBe(ends.length);
    expect(file.reader.problem).toBeUndefined();
  });

  // A file that is standard input stays open: it is not ours.
  const program = `
    import { fstatSync } from 'node:fs';
    import { readCapture } from '${MODULE}';
    const isFile = fstatSync(0).isFile();
    const reader = await readCapture('-', () => {});
    if (isFile) fstatSync(0);
    console.log(reader.packets, reader.problem?.message ?? 'fine');`;

  for (const [what, command] of [
    ['a pipe', 'cat "$0" | "$@"'],
    ['a file', '"$@" < "$0"'],
  ] as const) {
    needs({ tools: ['sh'] })(`standard input as ${what}`, () => {
      const args = ['-c', command, CAPTURE, process.execPath, ...running(program)];
      const { stdout, stderr } = spawnSync('sh', args, { encoding: 'utf8' });
      expect(stderr).toBe('');
      expect(stdout).toBe(`${ends.length} fine\n`);
    });
  }
});

describe('writing to standard output', () => {
  // What writes to process.stdout first makes a pipe one that does not block.
  const program = `
    import { makePacket } from '${PACKETS}';
    import { writeCapture } from '${MODULE}';
    const bytes = new Uint8Array(1000);
    const packet = { ...makePacket(), bytes, capturedLength: 1000, originalLength: 1000 };
    process.stdout.write('');
    const writer = writeCapture('-', { format: 'pcap' });
    try {
      for (let i = 0; i < 2000; i++) writer.write(packet);
      writer.close();
    } catch (error) {
      console.error(error.message);
    }`;

  test('waits for a reader that is slower', async () => {
    const child = spawn(process.execPath, running(program), { stdio: ['ignore', 'pipe', 'inherit'] });
    let read = 0;
    child.stdout.on('data', (data: Buffer) => {
      read += data.length;
    });
    await once(child, 'close');
    expect(read).toBe(24 + 2000 * 1016);
  });

  test('says so when the reader is gone', async () => {
    const child = spawn(process.execPath, running(program), { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stderr.on('data', (data: Buffer) => {
      said += data;
    });
    child.stdout.once('data', () => child.stdout.destroy());
    await once(child, 'close');
    expect(said).toBe('cannot write standard output: EPIPE, nobody reads it any more\n');
  });
});
