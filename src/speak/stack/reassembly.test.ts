import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seeded } from '../../core/random.ts';
import { MILLISECOND, SECOND } from '../../core/time.ts';
import { sum, verifies } from '../../wire/checksum.ts';
import { type Frame, FramePool } from '../../wire/frame.ts';
import { Ipv6 } from '../../wire/ip-address.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as extensions from '../../wire/ipv6-extensions.ts';
import { makeCounters } from './counters.ts';
import { sendInFragments } from './fragmentation.ts';
import { IP_AT } from './frame-layout.ts';
import type { Interface } from './interface.ts';
import { type Datagram, DEFAULT_REASSEMBLY_OPTIONS, type Fragment, Reassembly } from './reassembly.ts';

const iface = {} as Interface;
const pool = new FramePool(4_096, 65_600);
const SIX = [new Ipv6(0x2001_0db8, 0, 0, 1), new Ipv6(0x2001_0db8, 0, 0, 2)] as const;

/** A packet of `length` octets of payload, each from its place, of a protocol that has no header of its own. */
function packet(version: 4 | 6, length: number, options: readonly number[] = []): { frame: Frame; end: number } {
  const frame = pool.take()!;
  const { view } = frame;
  let at = IP_AT;
  if (version === 6) at = ipv6.emit(view, at, SIX[0], SIX[1], 99, length, 64);
  else {
    at = ipv4.emit(view, at, 1, 2, 99, options.length + length, 7, 0, 64);
    frame.bytes.set(options, at);
    at += options.length;
    ipv4.setOptions(view, IP_AT, at);
  }
  for (let i = 0; i < length; i++) frame.bytes[at + i] = (i * 7 + (i >> 8)) & 255;
  return { frame, end: at + length };
}

/** All fragments of a packet, each in a frame of its own. */
function cut(whole: { frame: Frame; end: number }, mtu: number, identification = 77): Frame[] {
  const frames: Frame[] = [];
  sendInFragments(whole.frame, IP_AT, whole.end, mtu, identification, {
    take: () => pool.take(),
    send: (frame, length) => {
      frame.start = IP_AT;
      frame.length = length;
      frames.push(frame);
    },
  });
  return frames;
}

/** What a host reads from a fragment. */
function read(frame: Frame): Fragment {
  const { view, start } = frame;
  const end = start + frame.length;
  const common = { iface, frame, ip: start, end };
  if (ipv4.version(view, start) === 4) {
    const at = start + ipv4.headerLength(view, start);
    return {
      ...common,
      source: ipv4.source(view, start),
      destination: ipv4.destination(view, start),
      identification: ipv4.identification(view, start),
      protocol: ipv4.protocol(view, start),
      offset: ipv4.fragmentOffset(view, start),
      more: (ipv4.flagsAndOffset(view, start) & ipv4.MORE_FRAGMENTS) !== 0,
      headerEnd: at,
      nextAt: start + 9,
      at,
    };
  }
  const header = start + ipv6.HEADER;
  return {
    ...common,
    source: SIX[0],
    destination: SIX[1],
    identification: extensions.fragmentIdentification(view, header),
    protocol: view.getUint8(header),
    offset: extensions.fragmentOffset(view, header),
    more: extensions.moreFragments(view, header),
    headerEnd: header,
    nextAt: start + 6,
    at: header + extensions.FRAGMENT_HEADER,
  };
}

function reassembly(options: Partial<typeof DEFAULT_REASSEMBLY_OPTIONS> = {}) {
  const counters = makeCounters();
  const expired: Datagram[] = [];
  const table = new Reassembly({ ...DEFAULT_REASSEMBLY_OPTIONS, ...options }, counters, seeded(1), (datagram) =>
    expired.push(datagram),
  );
  return { table, counters, expired };
}

const release = (...frames: Frame[]): void => {
  for (const frame of frames) frame.pool.release(frame);
};

test('whatever is cut, in whatever order it comes, some of it twice, is put together again', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<4 | 6>(4, 6),
      fc.integer({ min: 1, max: 6_000 }),
      fc.integer({ min: 96, max: 1_600 }),
      fc.array(fc.nat(), { minLength: 1, maxLength: 60 }),
      (version, length, mtu, order) => {
        const whole = packet(version, length);
        const frames = cut(whole, mtu);
        for (const frame of frames) frame.mark = 77;
        expect(frames.every((frame) => frame.length <= mtu)).toBe(true);
        const shuffled = frames.map((frame, i) => ({ frame, key: order[i % order.length]! }));
        shuffled.sort((a, b) => a.key - b.key);
        const { table } = reassembly();
        let found: Datagram | undefined;
        for (const { frame, key } of shuffled) {
          const result = table.add(read(frame), 0);
          if (result !== undefined) found = result;
          else if (key % 3 === 0) expect(table.add(read(frame), 0)).toBeUndefined();
        }
        const into = pool.take()!;
        const end = found!.write(into, IP_AT);
        expect([end, into.mark]).toEqual([whole.end, 77]);
        const ours = (bytes: Uint8Array, from: number): Uint8Array => bytes.slice(from, end);
        const headers = IP_AT + (version === 4 ? ipv4.HEADER : ipv6.HEADER);
        expect(Buffer.compare(ours(into.bytes, headers), ours(whole.frame.bytes, headers))).toBe(0);
        if (version === 4) expect(verifies(sum(into.view, IP_AT, ipv4.HEADER))).toBe(true);
        else expect(Buffer.compare(ours(into.bytes, IP_AT), ours(whole.frame.bytes, IP_AT))).toBe(0);
        expect([table.size, table.octets]).toEqual([0, 0]);
        release(into, whole.frame, ...frames);
      },
    ),
    { numRuns: 100 },
  );
});

test('options with the copied flag stand in every fragment, others in the first alone', () => {
  const options = [1, 131, 7, 8, 10, 0, 0, 9, 68, 4, 5, 0];
  const frames = cut(packet(4, 200, options), 96);
  expect(ipv4.headerLength(frames[0]!.view, IP_AT)).toBe(32);
  expect(ipv4.headerLength(frames[1]!.view, IP_AT)).toBe(28);
  expect([...frames[1]!.bytes.slice(IP_AT + 20, IP_AT + 28)]).toEqual([131, 7, 8, 10, 0, 0, 9, 0]);
  for (const frame of frames) expect(verifies(sum(frame.view, IP_AT, ipv4.headerLength(frame.view, IP_AT)))).toBe(true);
});

//= RFC 5722 §4
test.each([4, 6] as const)('IPv%i: fragments that overlap spoil the datagram, and what is to come of it', (version) => {
  const { table, counters } = reassembly();
  const frames = cut(packet(version, 400), 160);
  expect(table.add(read(frames[0]!), 0)).toBeUndefined();
  const overlapping = { ...read(frames[1]!) };
  overlapping.offset -= 8;
  expect(table.add(overlapping, 0)).toBeUndefined();
  expect([counters.ipFragmentOverlaps, table.octets]).toEqual([1, 0]);
  for (const frame of frames) expect(table.add(read(frame), 0)).toBeUndefined();
  expect(counters.ipReassembled).toBe(0);
  // When its time is over another may begin.
  table.timeout(61 * SECOND);
  expect(table.size).toBe(0);
  for (const frame of frames.slice(1)) table.add(read(frame), 61 * SECOND);
  expect(table.add(read(frames[0]!), 61 * SECOND)).toBeDefined();
});

test('a copy with other octets in it is an overlap', () => {
  const { table, counters } = reassembly();
  const frames = cut(packet(4, 400), 160);
  table.add(read(frames[0]!), 0);
  frames[0]!.bytes[IP_AT + 40]! ^= 1;
  table.add(read(frames[0]!), 0);
  expect(counters.ipFragmentOverlaps).toBe(1);
});

test('a last fragment before the end of another, and one beyond it, are refused', () => {
  const { table, counters } = reassembly();
  const frames = cut(packet(4, 400), 160);
  table.add(read(frames[2]!), 0);
  table.add({ ...read(frames[1]!), more: false }, 0);
  expect(counters.ipFragmentOverlaps).toBe(1);
  const { table: other, counters: others } = reassembly();
  other.add(read(frames.at(-1)!), 0);
  other.add({ ...read(frames[1]!), offset: 800 }, 0);
  expect(others.ipFragmentOverlaps).toBe(1);
});

test('what cannot be: beyond the longest packet, uneven, empty, or without the header of what it carries', () => {
  const { table, counters } = reassembly();
  const [first, second] = cut(packet(4, 400), 160).map(read);
  const wrong: Fragment[] = [
    { ...second!, offset: 65_528, more: false },
    { ...second!, end: second!.end - 4 },
    { ...second!, end: second!.at },
    { ...first!, protocol: ipv4.TCP, end: first!.at + 16 },
    { ...second!, protocol: ipv4.TCP, offset: 8 },
  ];
  for (const each of wrong) table.add(each, 0);
  expect([counters.ipFragmentMalformed, table.size]).toEqual([wrong.length, 0]);
});

test('bounded in datagrams, octets and fragments; the oldest makes room', () => {
  const { table, counters } = reassembly({ datagrams: 4, octets: 1_000, fragments: 3 });
  const frames = cut(packet(4, 400), 160);
  const one = read(frames[0]!);
  for (let identification = 0; identification < 10_000; identification++) table.add({ ...one, identification }, 0);
  expect([table.size, counters.ipReassemblyEvicted]).toEqual([4, 9_996]);
  for (let identification = 0; identification < 100; identification++) {
    for (const frame of frames.slice(0, 2)) table.add({ ...read(frame), identification }, 0);
    expect(table.octets).toBeLessThanOrEqual(1_000);
  }
  const small = reassembly({ fragments: 3 });
  for (let i = 0; i < 5; i++) small.table.add({ ...one, offset: i * 800 }, 0);
  expect([small.table.octets, small.counters.ipFragmentOverlaps]).toEqual([0, 1]);
});

test('time is bounded; the sender is told when the first fragment was there', () => {
  const { table, counters, expired } = reassembly({ lifetime: 500 });
  const frames = cut(packet(6, 400), 160);
  table.add(read(frames[1]!), 0);
  table.add({ ...read(frames[0]!), identification: 5 }, MILLISECOND);
  expect(table.nextTimeout()).toBe(500 * MILLISECOND);
  expect(table.timeout(499 * MILLISECOND)).toBe(false);
  expect(table.timeout(501 * MILLISECOND)).toBe(true);
  expect([counters.ipReassemblyTimeouts, expired.length, expired[0]!.identification]).toEqual([2, 1, 5]);
});

//= RFC 3168 §5.3
test.each([4, 6] as const)(
  'IPv%i: a mark of congestion on any fragment is on the packet, if that may be marked',
  (version) => {
    const ecnOf = ({ view }: Frame, at: number): number =>
      version === 4 ? ipv4.ecn(view, at) : ipv6.trafficClass(view, at) & 3;
    for (const [first, later, marked] of [
      [ipv4.ECT_0, ipv4.ECT_0, ipv4.ECT_0],
      [ipv4.ECT_0, ipv4.CE, ipv4.CE],
      [ipv4.NOT_ECT, ipv4.CE, ipv4.NOT_ECT],
    ] as const) {
      const { table } = reassembly();
      const frames = cut(packet(version, 2_000), 1_200);
      frames.forEach(({ view, start }, i) => {
        if (version === 4) ipv4.setEcn(view, start, i === 0 ? first : later);
        else ipv6.setEcn(view, start, i === 0 ? first : later);
      });
      const [datagram] = frames.flatMap((frame) => table.add(read(frame), 0) ?? []);
      const whole = pool.take()!;
      datagram!.write(whole, IP_AT);
      expect(ecnOf(whole, IP_AT)).toBe(marked);
      if (version === 4) expect(verifies(sum(whole.view, IP_AT, ipv4.HEADER))).toBe(true);
      release(whole, ...frames);
    }
  },
);

//= RFC 791 §3.2
//= RFC 8200 §4.5
test.each([4, 6] as const)(
  'IPv%i: fragments of different packets do not mix: each by its ends and its number',
  (version) => {
    const { table, counters } = reassembly();
    const frames = cut(packet(version, 2_000), 1_200);
    const first = { ...read(frames[0]!), source: version === 4 ? 1 : SIX[0], destination: version === 4 ? 2 : SIX[1] };
    expect(table.add(first, 0)).toBeUndefined();
    const last = { ...read(frames[1]!), source: first.source, destination: first.destination };
    const others: Partial<Fragment>[] = [{ identification: last.identification + 1 }];
    if (version === 4) others.push({ source: 9 }, { destination: 9 }, { protocol: 98 });
    else
      for (let word = 0; word < 4; word++) {
        const changed = ({ a, b, c, d }: Ipv6): Ipv6 => {
          const words = [a, b, c, d];
          words[word] = words[word]! ^ 0x100;
          return new Ipv6(words[0]!, words[1]!, words[2]!, words[3]!);
        };
        others.push({ source: changed(SIX[0]) }, { destination: changed(SIX[1]) });
      }
    for (const other of others) expect(table.add({ ...last, ...other }, 0)).toBeUndefined();
    expect(table.size).toBe(1 + others.length);
    expect(table.add(last, 0)?.length).toBe((version === 4 ? 20 : 40) + 2_000);
    expect(counters.ipFragmentOverlaps).toBe(0);
    release(...frames);
  },
);
