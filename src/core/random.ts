/**
 * Where chance comes from. Simulations use `seeded`, which gives the same run for the same seed; a host on a real
 * network is handed a cryptographic source by its platform (node/, browser/). Nothing here is secret.
 */

/** A source of chance. */
export interface Random {
  /** 32 random bits, as an int32. */
  next(): number;
}

/**
 * A generator that repeats itself for the same seed: sfc32 (C. Doty-Humphrey's small fast counting generator), 128 bits of state.
 * @param seed any number; its low 32 bits count
 */
export function seeded(seed: number): Random {
  let a = 0x9e3779b9 | 0;
  let b = 0x243f6a88 | 0;
  let c = seed | 0;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum;
  };
  for (let i = 0; i < 12; i++) next();
  return { next };
}

/** A whole number in `[0, below)`; `below` from 1 to 2^31. The bias is below 2^-31 times `below`. */
export function below(random: Random, limit: number): number {
  return Math.floor(((random.next() >>> 0) / 0x1_0000_0000) * limit);
}

/** True with probability `share` (0 to 1). */
export function chance(random: Random, share: number): boolean {
  return share > 0 && (random.next() >>> 0) / 0x1_0000_0000 < share;
}
