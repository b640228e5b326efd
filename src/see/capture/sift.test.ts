/** Sifting answers what reading packet by packet does: the same packets, counted and copied the same, however the file is cut into chunks and wherever it is damaged. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { capturesIn, GOLDEN_CAPTURES } from '../../../test/captures.ts';
import { below, seeded } from '../../core/random.ts';
import { CaptureCopy, type CaptureCopyOptions } from './capture-copy.ts';
import { CaptureReader } from './capture-reader.ts';
import { makePacket } from './packet.ts';
import { FAILS, type Judge, makeRecords, PASSES, UNDECIDED } from './sift.ts';

/** Runs of each verdict, long and short, by what the frame has in it; of those left undecided `passesAfterAll` tells. */
const judge: Judge = (view, at, end) => {
  const octet = end > at ? view.getUint8(end - 1) : 0;
  return octet < 100 ? PASSES : octet < 200 ? FAILS : UNDECIDED;
};
const passesAfterAll = (octet: number): boolean => octet % 2 === 0;

interface Outcome {
  readonly copied: string;
  readonly packets: number;
  readonly numbers: string;
  readonly problem: string | undefined;
}

/** Copies what passes, `most` at the most. */
function outcome(
  file: Uint8Array,
  { sifts = false, chunk = file.length, most = Number.POSITIVE_INFINITY, maxRecord, ...options }: CopyOptions = {},
): Outcome {
  const out: Uint8Array[] = [];
  const copy = new CaptureCopy((octets) => out.push(octets.slice()), options);
  const reader = new CaptureReader(maxRecord === undefined ? {} : { maxRecord });
  const source = copy.from(reader);
  const packet = makePacket();
  const records = makeRecords();
  const numbers: number[] = [];
  let left = most;
  for (let from = 0; from < file.length && left > 0; from += chunk) {
    // Memory of its own that is spoiled afterwards: nothing may be looked at later.
    const part = file.slice(from, from + chunk);
    reader.push(part);
    while (left > 0) {
      if (sifts) reader.sift(judge, records, source.takesRecords ? left : 0);
      if (records.packets > 0) {
        source.writeRecords(records);
        left -= records.packets;
      } else if (!reader.next(packet)) break;
      else {
        const { view, at, capturedLength, linkType } = packet;
        const verdict = judge(view, at, at + capturedLength, linkType);
        if (verdict === FAILS || (verdict === UNDECIDED && !passesAfterAll(view.getUint8(at + capturedLength - 1))))
          continue;
        numbers.push(packet.number);
        source.write(packet);
        left--;
      }
    }
    part.fill(0xaa);
  }
  if (left > 0) reader.end();
  copy.end();
  return {
    copied: Buffer.concat(out).toString('hex'),
    packets: copy.packets,
    numbers: sifts ? '' : numbers.join(),
    problem: reader.problem?.message,
  };
}

type CopyOptions = CaptureCopyOptions & { sifts?: boolean; chunk?: number; most?: number; maxRecord?: number };

/** Both ways; what `numbers` says is known of one only. */
function same(file: Uint8Array, options: CopyOptions): Outcome {
  const plain = outcome(file, options);
  expect(outcome(file, { ...options, sifts: true })).toEqual({ ...plain, numbers: '' });
  return plain;
}

/** The golden captures as pcap. */
const FILES: readonly Uint8Array[] = capturesIn(GOLDEN_CAPTURES).map((path) => {
  const out: Uint8Array[] = [];
  const copy = new CaptureCopy((octets) => out.push(octets.slice()), { format: 'pcap' });
  const reader = new CaptureReader();
  const source = copy.from(reader);
  const packet = makePacket();
  reader.push(readFileSync(path));
  // pcap has one link type.
  let linkType: number | undefined;
  while (reader.next(packet)) {
    linkType ??= packet.linkType;
    if (packet.linkType === linkType) source.write(packet);
  }
  copy.end();
  return new Uint8Array(Buffer.concat(out));
});

const WAYS: readonly CopyOptions[] = [
  { format: 'pcap' },
  { format: 'pcap', snaplen: 60 },
  { format: 'pcapng' },
  { format: 'pcap', bufferSize: 200 },
];

test('what is copied, whole and in chunks of any size', () => {
  for (const file of FILES)
    for (const way of WAYS) for (const chunk of [file.length, 4096, 333, 60]) same(file, { ...way, chunk });
});

test('no more than are wanted, and those behind them not passed over', () => {
  let met = 0;
  for (const file of FILES)
    for (const way of WAYS)
      for (let most = 1; most <= 12; most++) {
        const { packets } = same(file, { ...way, most });
        expect(packets).toBeLessThanOrEqual(most);
        if (packets === most) met++;
      }
  expect(met).toBeGreaterThan(100);
});

test('damaged and cut files end at the same place, for the same reason', () => {
  const random = seeded(11);
  let damaged = 0;
  for (let i = 0; i < 1_500; i++) {
    const file = FILES[below(random, FILES.length)]!.slice(0, 20_000);
    for (let n = below(random, 4); n > 0; n--) file[below(random, file.length)] = below(random, 256);
    const part = file.subarray(0, below(random, 3) === 0 ? below(random, file.length) : file.length);
    const { problem } = same(part, { format: 'pcap', chunk: 100 + below(random, 4_000) });
    if (problem !== undefined) damaged++;
  }
  expect(damaged).toBeGreaterThan(300);
});

test('packets longer than they may be', () => {
  for (const file of FILES) same(file, { format: 'pcap', maxRecord: 100 });
});

test('lengths that stand the wrong way round, as before version 2.4', () => {
  for (const each of FILES) {
    const file = each.slice();
    const view = new DataView(file.buffer);
    view.setUint16(6, 3, true);
    for (let at = 24, n = 0; at < file.length; n++) {
      const captured = view.getUint32(at + 8, true);
      if (n % 3 === 0) view.setUint32(at + 8, captured + 1_000, true);
      if (n % 3 === 0) view.setUint32(at + 12, captured, true);
      at += 16 + captured;
    }
    expect(same(file, { format: 'pcap' }).problem).toBeUndefined();
  }
});

test('packets keep their numbers behind what was passed over', () => {
  for (const file of FILES) {
    const reader = new CaptureReader();
    const packet = makePacket();
    const records = makeRecords();
    reader.push(file);
    reader.end();
    let count = 0;
    for (;;) {
      reader.sift(judge, records, 2);
      count += records.passedOver + records.packets;
      expect(reader.packets).toBe(count);
      if (!reader.next(packet)) break;
      expect(packet.number).toBe(++count);
    }
    const all = new CaptureReader();
    all.push(file);
    while (all.next(packet));
    expect(count).toBe(all.packets);
  }
});

test('records are refused where they cannot go over as they are', () => {
  const file = FILES[0]!;
  for (const options of [{ format: 'pcapng' }, { format: 'pcap', snaplen: 60 }] as const) {
    const reader = new CaptureReader();
    const source = new CaptureCopy(() => {}, options).from(reader);
    reader.push(file);
    reader.next(makePacket());
    expect(source.takesRecords).toBe(false);
    expect(() => source.writeRecords(makeRecords())).toThrow(/write packets where takesRecords is false/);
  }
});
