/**
 * Reads, sums up and copies spoilt captures, from number FROM up to but not including TO: `node tools/run.mjs test/hostile/mutated-captures.ts FROM TO`. What goes wrong ends it with the
 * number, which repeats it. At the end it prints, as JSON, what came of the files and the most memory that the process had. Files of ../shared are among them where it is.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Decompress } from 'fzstd';
import { TcplabError } from '../../src/core/errors.ts';
import { below, type Random, seeded } from '../../src/core/random.ts';
import { plainOctets } from '../../src/node/decompress.ts';
import { CaptureCopy, CaptureReader, CaptureSummary, makePacket, type Packet } from '../../src/see/capture/index.ts';
import { mutateFile } from './mutate-file.ts';

/** Octets taken of a file: enough for many packets, and quick. */
const LONGEST = 20_000;

const root = fileURLToPath(new URL('../..', import.meta.url));
const folders = [
  'test/golden/captures',
  ...['own', 'synthetic', 'third-party'].map((name) => `../shared/captures/${name}`),
];

function corpus(): Uint8Array[] {
  const files: Uint8Array[] = [];
  for (const folder of folders) {
    let names: string[] = [];
    try {
      names = readdirSync(root + folder);
    } catch {
      // A clone without ../shared.
    }
    for (const name of names.filter((one) => !one.endsWith('.md')).sort()) {
      const stored = readFileSync(`${root}${folder}/${name}`);
      const octets = name.endsWith('.gz') ? gunzipSync(stored) : stored;
      if (octets.length > 8) files.push(new Uint8Array(octets).slice(0, LONGEST));
    }
  }
  return files;
}

/** Compressed ones, of every twentieth file; those in Zstandard where its program is. */
function compressed(files: readonly Uint8Array[]): Uint8Array[] {
  const some = files.filter((_, i) => i % 20 === 0);
  const zstd = some
    .map((octets) => spawnSync('zstd', ['-q', '-c'], { input: octets }))
    .filter(({ status }) => status === 0);
  return [
    ...some.map((octets) => new Uint8Array(gzipSync(octets))),
    ...zstd.map(({ stdout }) => new Uint8Array(stdout)),
  ];
}

const outcomes: Record<string, number> = {};
const count = (what: string): void => {
  outcomes[what] = (outcomes[what] ?? 0) + 1;
};

function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

function checkPacket(packet: Packet, octets: number): void {
  const { at, capturedLength, recordAt, recordLength, bytes, seconds, nanoseconds } = packet;
  check(
    recordAt >= 0 && recordAt <= at && at + capturedLength <= recordAt + recordLength,
    'a packet outside its record',
  );
  check(recordAt + recordLength <= bytes.length, 'a record outside the octets');
  check(Number.isInteger(seconds) && Number.isInteger(nanoseconds), 'a time that is no whole number');
  check(nanoseconds >= 0 && nanoseconds < 1_000_000_000, 'nanoseconds of a second or more');
  check(packet.number <= octets / 12 + 1, 'more packets than the octets can hold');
}

/** The reader's packets from `pieces`; each is checked, summed up and copied. */
function readInto(
  reader: CaptureReader,
  pieces: Iterable<Uint8Array>,
  octets: number,
  use: (packet: Packet) => void,
): void {
  const packet = makePacket();
  for (const piece of pieces) {
    reader.push(piece);
    while (reader.next(packet)) {
      checkPacket(packet, octets);
      use(packet);
    }
  }
  reader.end();
  check(reader.done, 'no end');
}

function* cut(octets: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size);
}

function tryFile(random: Random, octets: Uint8Array): void {
  const size = 1 + below(random, 8000);
  const summed = new CaptureReader();
  const summary = new CaptureSummary(summed);
  readInto(summed, cut(octets, size), octets.length, (packet) => summary.add(packet));
  check(summary.packets === summed.packets, 'packets that were not summed up');
  count(summed.problem?.kind ?? 'sound');

  const format = below(random, 2) === 0 ? 'pcap' : 'pcapng';
  const chunks: Uint8Array[] = [];
  const copy = new CaptureCopy((chunk) => chunks.push(chunk.slice()), {
    format,
    captures: below(random, 2) === 0 ? 'one' : 'several',
    ...(below(random, 3) === 0 && { snaplen: 1 + below(random, 200) }),
  });
  const copied = new CaptureReader();
  try {
    const source = copy.from(copied);
    readInto(copied, cut(octets, size), octets.length, (packet) => source.write(packet));
    copy.end();
  } catch (error) {
    // The one thing that pcap cannot hold.
    if (!(error instanceof TcplabError) || error.code !== 'TCPLAB_LINK_TYPE' || format !== 'pcap') throw error;
    count('of several link types');
    return;
  }
  check(copy.packets === summed.packets, `${copy.packets} packets copied of ${summed.packets}`);
  const written = new Uint8Array(Buffer.concat(chunks));
  const again = new CaptureReader();
  readInto(again, [written], written.length, () => {});
  const problem = again.problem;
  check(problem === undefined, `the ${format} copy cannot be read: ${problem?.message}`);
  check(again.packets === summed.packets, `${again.packets} packets in the copy of ${summed.packets}`);
}

async function tryCompressed(random: Random, octets: Uint8Array): Promise<void> {
  async function* raw(): AsyncGenerator<Uint8Array> {
    yield* cut(octets, 1 + below(random, 8000));
  }
  const reader = new CaptureReader();
  const packet = makePacket();
  const source = plainOctets(raw(), Decompress);
  let total = 0;
  for (;;) {
    const { value, done } = await source.next();
    if (done === true) {
      reader.end(value);
      break;
    }
    total += value.length;
    reader.push(value);
    while (reader.next(packet)) checkPacket(packet, total);
    if (reader.problem !== undefined) break;
  }
  await source.return(undefined);
  check(reader.done, 'no end');
  count(`compressed: ${reader.problem?.kind ?? 'sound'}`);
}

const [from = 0, to = 1000] = process.argv.slice(2).map(Number);
const files = corpus();
const packed = compressed(files);
for (let number = from; number < to; number++) {
  const random = seeded(number);
  const isPacked = number % 10 === 0;
  const pool = isPacked ? packed : files;
  const octets = mutateFile(random, pool[below(random, pool.length)]!, pool[below(random, pool.length)]!);
  try {
    if (isPacked) await tryCompressed(random, octets);
    else tryFile(random, octets);
  } catch (error) {
    process.stderr.write(`mutated file ${number}: ${(error as Error).stack}\n`);
    process.exit(1);
  }
}
console.log(
  JSON.stringify({ files: to - from, outcomes, megabytes: Math.round(process.resourceUsage().maxRSS / 1024) }),
);
