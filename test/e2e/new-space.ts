/** Makes more new objects than there is room for, of which some live on, and prints how large that room was before and is after, in octets. */
import { getHeapSpaceStatistics } from 'node:v8';
import { keepNewSpaceSmall } from '../../src/cli/new-space.ts';

/** Objects made, and of how many one lives on. */
const OBJECTS = 2_000_000;
const ONE_IN = 20;

const room = (): number => getHeapSpaceStatistics().find((one) => one.space_name === 'new_space')!.space_size;

if (process.argv[2] === 'small') keepNewSpaceSmall();
const before = room();
const kept: object[] = [];
for (let i = 0; i < OBJECTS; i++) {
  const one = { number: i, text: String(i) };
  if (i % ONE_IN === 0) kept.push(one);
}
console.log(before, room(), kept.length);
