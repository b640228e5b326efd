/**
 * Keyed hashes: numbers that nobody can guess without the key. SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input
 * PRF") is the pseudorandom function behind initial sequence numbers and port choice; HalfSipHash-1-3, its sibling on 32-bit words and a
 * tenth of the cost here, spreads keys over hash tables, where a leak costs time and not a connection.
 * Read first: RFC 6528 §3, RFC 6056 §3.3. Both hash whole 32-bit words, taken as little-endian octets.
 */
import type { Random } from './random.ts';

/** A key of 128 bits, as four int32. */
export type SipKey = Int32Array<ArrayBuffer>;

/** A key drawn from `random`; as secret as that is. */
export const drawKey = (random: Random): SipKey =>
  Int32Array.of(random.next(), random.next(), random.next(), random.next());

/** Where `sipHash` leaves its upper half: an answer of two numbers would be an allocation a call. */
const result = { high: 0 };

/** The upper 32 bits of the last `sipHash`, as an int32. */
export const highHalf = (): number => result.high;

/** SipHash-2-4 over the first `count` words of `words`. Returns the low 32 bits, as an int32. */
export function sipHash(key: SipKey, words: Int32Array, count: number): number {
  const k0l = key[0]!;
  const k0h = key[1]!;
  const k1l = key[2]!;
  const k1h = key[3]!;
  let v0l = k0l ^ 0x70736575;
  let v0h = k0h ^ 0x736f6d65;
  let v1l = k1l ^ 0x6e646f6d;
  let v1h = k1h ^ 0x646f7261;
  let v2l = k0l ^ 0x6e657261;
  let v2h = k0h ^ 0x6c796765;
  let v3l = k1l ^ 0x79746573;
  let v3h = k1h ^ 0x74656462;
  // Words go in two by two; the last block carries an odd word and, in its top octet, the length; then four rounds end it.
  const blocks = (count >>> 1) + 1;
  for (let block = 0; block <= blocks; block++) {
    let ml = 0;
    let mh = 0;
    let rounds = 2;
    if (block === blocks) {
      v2l ^= 0xff;
      rounds = 4;
    } else {
      const i = 2 * block;
      if (i < count) ml = words[i]!;
      mh = i + 1 < count ? words[i + 1]! : (4 * count) << 24;
      v3l ^= ml;
      v3h ^= mh;
    }
    for (let round = 0; round < rounds; round++) {
      // v0 += v1; v1 <<<= 13; v1 ^= v0; v0 <<<= 32
      let low = (v0l + v1l) | 0;
      v0h = (v0h + v1h + (low >>> 0 < v1l >>> 0 ? 1 : 0)) | 0;
      v0l = low;
      let h = (v1h << 13) | (v1l >>> 19);
      let l = (v1l << 13) | (v1h >>> 19);
      v1h = h ^ v0h;
      v1l = l ^ v0l;
      h = v0h;
      v0h = v0l;
      v0l = h;
      // v2 += v3; v3 <<<= 16; v3 ^= v2
      low = (v2l + v3l) | 0;
      v2h = (v2h + v3h + (low >>> 0 < v3l >>> 0 ? 1 : 0)) | 0;
      v2l = low;
      h = (v3h << 16) | (v3l >>> 16);
      l = (v3l << 16) | (v3h >>> 16);
      v3h = h ^ v2h;
      v3l = l ^ v2l;
      // v0 += v3; v3 <<<= 21; v3 ^= v0
      low = (v0l + v3l) | 0;
      v0h = (v0h + v3h + (low >>> 0 < v3l >>> 0 ? 1 : 0)) | 0;
      v0l = low;
      h = (v3h << 21) | (v3l >>> 11);
      l = (v3l << 21) | (v3h >>> 11);
      v3h = h ^ v0h;
      v3l = l ^ v0l;
      // v2 += v1; v1 <<<= 17; v1 ^= v2; v2 <<<= 32
      low = (v2l + v1l) | 0;
      v2h = (v2h + v1h + (low >>> 0 < v1l >>> 0 ? 1 : 0)) | 0;
      v2l = low;
      h = (v1h << 17) | (v1l >>> 15);
      l = (v1l << 17) | (v1h >>> 15);
      v1h = h ^ v2h;
      v1l = l ^ v2l;
      h = v2h;
      v2h = v2l;
      v2l = h;
    }
    if (block < blocks) {
      v0l ^= ml;
      v0h ^= mh;
    }
  }
  result.high = v0h ^ v1h ^ v2h ^ v3h;
  return v0l ^ v1l ^ v2l ^ v3l;
}

/** HalfSipHash-1-3 over `count` words of `words` from `from`, with a key of 64 bits as two int32. Returns 32 bits, as an int32. */
export function halfSipHash(keyLow: number, keyHigh: number, words: Int32Array, from: number, count: number): number {
  let v0 = keyLow;
  let v1 = keyHigh;
  let v2 = keyLow ^ 0x6c796765;
  let v3 = keyHigh ^ 0x74656462;
  // One round for each word and for the length, three to end.
  for (let i = 0; i < count + 4; i++) {
    const word = i < count ? words[from + i]! : i === count ? (4 * count) << 24 : 0;
    if (i === count + 1) v2 ^= 0xff;
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
  }
  return v1 ^ v3;
}
