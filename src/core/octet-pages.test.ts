/** Chains hold what was added to them, whatever else comes and goes, and pages that were given back are the next ones taken. */
import { expect, test } from 'vitest';
import { type Chain, makeChain, OctetPages, octetsTaken } from './octet-pages.ts';
import { below, seeded } from './random.ts';

/** The octets of a chain, read in parts of `part`. */
function octetsOf(pages: OctetPages, chain: Chain, part: number): Uint8Array {
  const octets = new Uint8Array(chain.length);
  pages.rewind(chain);
  for (let at = 0; at < octets.length; at += part)
    pages.read(new DataView(octets.buffer), at, Math.min(part, octets.length - at));
  return octets;
}

test('chains that grow and end in turns keep their octets, and take no more pages than are needed at once', () => {
  const random = seeded(5);
  const pages = new OctetPages();
  const chains = Array.from({ length: 40 }, () => ({ chain: makeChain(), came: [] as number[] }));
  const source = new DataView(Uint8Array.from({ length: 1000 }, () => below(random, 256)).buffer);
  let most = 0;
  for (let i = 0; i < 3000; i++) {
    const one = chains[below(random, chains.length)]!;
    if (one.came.length > 3000) {
      expect(octetsOf(pages, one.chain, 1 + below(random, 700))).toEqual(Uint8Array.from(one.came));
      pages.clear(one.chain);
      expect([one.chain.length, octetsTaken(one.chain)]).toEqual([0, 0]);
      one.came.length = 0;
    } else {
      const from = below(random, 1000);
      const to = from + below(random, 1001 - from);
      pages.add(one.chain, source, from, to);
      for (let at = from; at < to; at++) one.came.push(source.getUint8(at));
    }
    most = Math.max(
      most,
      chains.reduce((sum, { chain }) => sum + octetsTaken(chain), 0),
    );
  }
  // Made 64 KiB at a time.
  expect(pages.octets).toBeGreaterThanOrEqual(most);
  expect(pages.octets - most).toBeLessThan(65_536);
});

test('words come back as words', () => {
  const pages = new OctetPages();
  const chain = makeChain();
  const words = Int32Array.from({ length: 500 }, (_, i) => i * 123_456_789);
  for (const word of words) pages.addWord(chain, word);
  expect(new Int32Array(octetsOf(pages, chain, 2000).buffer)).toEqual(words);
});
