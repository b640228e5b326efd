/** The engine's room for new objects stays as it was found, where a program asks for that; it grows otherwise. */
import { expect, test } from 'vitest';
import { script, TEST_LIMIT } from './program.ts';

/** Room before and after many objects were made. */
async function rooms(...args: string[]): Promise<number[]> {
  const { out } = await script('test/e2e/new-space.ts', args).end();
  return out.trim().split(' ').slice(0, 2).map(Number);
}

test(
  'what lives on makes no more room for new objects',
  async () => {
    // Of its two halves the second may come into use meanwhile.
    const [before, after] = await rooms('small');
    expect(after).toBeLessThanOrEqual(2 * before!);
    const [asEver, grown] = await rooms();
    expect(grown).toBeGreaterThan(2 * asEver!);
  },
  TEST_LIMIT,
);
