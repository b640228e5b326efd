/** DNS messages put together by hand: by another hand than the resolver's. */
import { parseAddress } from '../src/wire/ip-address.ts';

/** The octets of a name, without pointers. */
export const nameOctets = (name: string): number[] => [
  ...name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]),
  0,
];

/** Owner (`@`: that of the question, by a pointer), type, seconds, data, and class where it is not IN. */
export type DnsRecord = [name: string, type: number, ttl: number, data: number[], kind?: number];

export const four = (text: string): number[] => text.split('.').map(Number);

export const six = (text: string): number[] => {
  const view = new DataView(new ArrayBuffer(16));
  (parseAddress(text) as { write(view: DataView, at: number): void }).write(view, 0);
  return [...new Uint8Array(view.buffer)];
};

/** An answer to a question. */
export function answer(
  question: Uint8Array,
  records: DnsRecord[],
  { code = 0, truncated = false, authority = [] }: { code?: number; truncated?: boolean; authority?: DnsRecord[] } = {},
): Uint8Array<ArrayBuffer> {
  const record = ([name, type, ttl, data, kind = 1]: DnsRecord): number[] => [
    ...(name === '@' ? [0xc0, 12] : nameOctets(name)),
    0,
    type,
    0,
    kind,
    ttl >>> 24,
    (ttl >>> 16) & 255,
    (ttl >>> 8) & 255,
    ttl & 255,
    data.length >> 8,
    data.length & 255,
    ...data,
  ];
  const counts = [
    ...[0, 1],
    ...[records.length >> 8, records.length & 255],
    ...[authority.length >> 8, authority.length & 255],
    ...[0, 0],
  ];
  const head = [question[0]!, question[1]!, 0x81 | (truncated ? 2 : 0), 0x80 | code, ...counts];
  return Uint8Array.from([...head, ...question.subarray(12), ...records.flatMap(record), ...authority.flatMap(record)]);
}

/** An SOA record that lives for `ttl` seconds and says that nothing holds for `minimum`. */
export const soa = (ttl: number, minimum: number): DnsRecord => [
  'test',
  6,
  ttl,
  [
    ...nameOctets('ns.test'),
    ...nameOctets('who.test'),
    ...new Array<number>(16).fill(0),
    ...[minimum >>> 24, (minimum >>> 16) & 255, (minimum >>> 8) & 255, minimum & 255],
  ],
];
