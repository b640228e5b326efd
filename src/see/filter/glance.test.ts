/** What octets tell is what the dissection tells: for every header field, on every frame of the captures there are, and on spoiled ones. */
import { describe, expect, test } from 'vitest';
import { capturesIn, eachPacket, GOLDEN_CAPTURES, sharedCaptures } from '../../../test/captures.ts';
import { needs } from '../../../test/needs.ts';
import { below, seeded } from '../../core/random.ts';
import { makePacket, type Packet } from '../capture/index.ts';
import { Dissector, FIELDS, type Field, type FieldValue } from '../dissect/index.ts';
import { compileFilter, decider, type Filter, PASSES, UNDECIDED } from './index.ts';

/** Expressions of several kinds for each field that octets tell, with a value that the captures have. */
function expressionsOf(field: Field, value: FieldValue | undefined): string[] {
  const { name, type } = field;
  if (value === undefined || type === 'protocol') return [name, `not ${name}`];
  const literal = typeof value === 'boolean' ? String(Number(value)) : literalOf(field, value);
  const all = [name, `${name} == ${literal}`, `${name} != ${literal}`, `${name} ~= ${literal}`];
  if (type === 'boolean') return all;
  all.push(`${name} > ${literal}`, `all ${name} <= ${literal}`, `${name} in {${literal}}`);
  if (type === 'unsigned') all.push(`${name} & ${literal}`, `${name} & 1 == 1`, `${name} in {0..${literal}}`);
  if (type === 'ipv4') all.push(`${name} == ${literal}/20`, `${name} & 255.0.0.0 == 10.0.0.0`);
  if (type === 'ipv6') all.push(`${name} == ${literal}/49`);
  return all;
}

function literalOf({ type, format }: Field, value: FieldValue): string {
  if (type === 'string') return JSON.stringify(value);
  if (type !== 'ipv6') return format(value);
  const digits = [...(value as Uint8Array)].map((octet) => octet.toString(16).padStart(2, '0')).join('');
  return digits.match(/.{4}/g)!.join(':');
}

const MIXED = [
  'tcp.port == 80 and tcp.payload contains "x"',
  'tcp.port == 80 or tcp.payload contains "e"',
  'not (udp or tcp.port == 80) xor frame.len > 100',
  'ip.src == ip.dst or tcp.flags.syn == 1',
  'frame.len > 100 and frame.number < 50',
  'tcp.flags & 0x12 == 2 && !icmp && ip.addr == 10.0.0.0/8',
  'not arp and not tcp',
  'tcp.port == 80 and tcp.stream == 0',
];

/** Every expression there is, from the values of the first captures that have them. */
const FILTERS: readonly Filter[] = (() => {
  const samples = new Map<string, FieldValue>();
  for (const path of capturesIn(GOLDEN_CAPTURES)) {
    const dissector = new Dissector();
    eachPacket(path, (packet) => {
      const dissection = dissector.dissect(packet);
      for (const field of FIELDS) {
        const values: FieldValue[] = [];
        if (!samples.has(field.name)) field.collect(dissection, values);
        const [value] = values;
        if (value !== undefined) samples.set(field.name, typeof value === 'object' ? value.slice() : value);
      }
    });
  }
  const told = FIELDS.filter(
    ({ header, packet, type, name }) =>
      header !== undefined ||
      (packet !== undefined && type === 'unsigned') ||
      /^(?:eth|sll|ip|ipv6|arp|tcp|udp)$/.test(name),
  );
  return [...told.flatMap((field) => expressionsOf(field, samples.get(field.name))), ...MIXED].map((text) =>
    compileFilter(text),
  );
})();

interface Tally {
  decided: number;
  packets: number;
}

/** Asks each filter about each packet in all ways. */
function compare(packets: (onPacket: (packet: Packet) => void) => void, filters: readonly Filter[]): Tally {
  const tally = { decided: 0, packets: 0 };
  const dissector = new Dissector();
  const cheap = filters.map((filter) => decider(filter));
  packets((packet) => {
    const dissection = dissector.dissect(packet);
    const answers = filters.map((filter) => filter.test(dissection));
    filters.forEach(({ text, glance, judge }, i) => {
      const verdict = glance?.(packet) ?? UNDECIDED;
      if (verdict !== UNDECIDED) tally.decided++;
      if (verdict !== UNDECIDED && (verdict === PASSES) !== answers[i])
        throw new Error(`${text}, frame ${packet.number}: ${verdict} by its octets, ${answers[i]} by its dissection`);
      const { view, at, capturedLength, linkType } = packet;
      const judged = judge?.(view, at, at + capturedLength, linkType) ?? verdict;
      if (judged !== verdict)
        throw new Error(`${text}, frame ${packet.number}: ${judged} without a packet, ${verdict} with`);
      if (cheap[i]!(packet) !== answers[i]) throw new Error(`${text}, frame ${packet.number}: not ${answers[i]}`);
    });
    tally.packets++;
  });
  return tally;
}

describe('decisions from octets are those of the dissection', () => {
  test.each(capturesIn(GOLDEN_CAPTURES))('%s', (path) => {
    compare((onPacket) => eachPacket(path, onPacket), FILTERS);
  });

  needs({ shared: true })(
    'on every capture of ../shared',
    () => {
      for (const path of sharedCaptures()) {
        // A part of the filters for each, another for the next: all of them go over many captures.
        let n = 0;
        const shift = path.length;
        const some = FILTERS.filter((_, i) => (i + shift) % 7 === 0);
        compare((onPacket) => eachPacket(path, (packet) => n++ < 2_000 && onPacket(packet)), some);
      }
    },
    600_000,
  );

  test('on 6,000 spoiled frames', () => {
    const random = seeded(4);
    const frames: { octets: Uint8Array; linkType: number }[] = [];
    for (const path of capturesIn(GOLDEN_CAPTURES))
      eachPacket(path, ({ bytes, at, capturedLength, linkType }) => {
        if (capturedLength < 200) frames.push({ octets: bytes.slice(at, at + capturedLength), linkType });
      });
    const packet = makePacket();
    const { decided, packets } = compare(
      (onPacket) => {
        for (let n = 1; n <= 6_000; n++) {
          const { octets, linkType } = frames[below(random, frames.length)]!;
          packet.bytes = octets.slice(0, below(random, 4) === 0 ? below(random, octets.length + 1) : undefined);
          for (let i = below(random, 3); i > 0 && packet.bytes.length > 0; i--)
            packet.bytes[below(random, Math.min(60, packet.bytes.length))] = below(random, 256);
          packet.view = new DataView(packet.bytes.buffer);
          packet.capturedLength = packet.bytes.length;
          packet.originalLength = packet.bytes.length + below(random, 2) * below(random, 1500);
          onPacket(Object.assign(packet, { number: n, linkType }));
        }
      },
      FILTERS.filter((_, i) => i % 5 === 0),
    );
    expect(packets).toBe(6_000);
    expect(decided).toBeGreaterThan(60_000);
  }, 300_000);
});

test('nearly every ordinary frame is decided without its dissection', () => {
  for (const text of ['tcp.port == 7456', 'ip.addr == 127.0.0.1', 'tcp.flags.syn == 1 && !udp', 'frame.len > 60']) {
    const { decided, packets } = compare(
      (onPacket) => eachPacket(`${GOLDEN_CAPTURES}/lo.pcapng`, onPacket),
      [compileFilter(text)],
    );
    expect([text, decided]).toEqual([text, packets]);
  }
  expect(compileFilter('tcp.port == 7456').judge).toBeDefined();
  expect(compileFilter('tcp.port == 7456 and frame.len > 60').judge).toBeUndefined();
  expect(compileFilter('tcp.stream == 1 and tcp.port == 80').judge).toBeUndefined();
  expect(compileFilter('tcp.stream == 1 and tcp.port == 80').glance).toBeUndefined();
  expect(compileFilter('tcp.payload contains "x"').glance).toBeUndefined();
});
