/** Spoils files: a few octets, a length, a piece cut out, doubled or put in from elsewhere, an early end. Repeatable by its source of chance. */
import { below, chance, type Random } from '../../src/core/random.ts';

/** Numbers that lengths, counts and times go wrong with. */
const EXTREMES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffc, 0xffff_ffff];

/**
 * A spoilt copy of a file.
 * @param other pieces of it are put into the file
 */
export function mutateFile(random: Random, file: Uint8Array, other: Uint8Array): Uint8Array {
  let octets = file.slice();
  for (let times = 1 + below(random, 6); times > 0 && octets.length > 8; times--)
    octets = spoilt(random, octets, other);
  return octets;
}

function spoilt(random: Random, octets: Uint8Array<ArrayBuffer>, other: Uint8Array): Uint8Array<ArrayBuffer> {
  // Headers are where most harm is done, and the first is seldom hit by chance.
  const at = chance(random, 0.3) ? below(random, Math.min(64, octets.length)) : below(random, octets.length);
  const view = new DataView(octets.buffer);
  switch (below(random, 8)) {
    case 0:
      octets[at]! ^= 1 << below(random, 8);
      return octets;
    case 1:
      octets[at] = random.next();
      return octets;
    case 2: {
      const word = Math.min(at & ~3, octets.length - 4);
      view.setUint32(word, EXTREMES[below(random, EXTREMES.length)]!, chance(random, 0.5));
      return octets;
    }
    case 3: {
      // A length that is a little off.
      const word = Math.min(at & ~3, octets.length - 4);
      const little = chance(random, 0.7);
      view.setUint32(word, (view.getUint32(word, little) + below(random, 33) - 16) >>> 0, little);
      return octets;
    }
    case 4:
      return octets.slice(0, Math.max(5, at));
    case 5:
      return joined(octets.subarray(0, at), octets.subarray(at + below(random, 64)));
    case 6:
      return joined(octets.subarray(0, at), octets.subarray(Math.max(0, at - below(random, 256))));
    default: {
      const from = below(random, other.length);
      return joined(octets.subarray(0, at), other.subarray(from, from + below(random, 512)), octets.subarray(at));
    }
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
