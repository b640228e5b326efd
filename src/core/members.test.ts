import { expect, test } from 'vitest';
import { type Member, Members } from './members.ts';
import { below, seeded } from './random.ts';

test('those that were taken in and not let go are in, each once', () => {
  const members = new Members<Member>();
  const all = Array.from({ length: 50 }, (): Member => ({ place: -1 }));
  const inside = new Set<Member>();
  const random = seeded(1);
  for (let step = 0; step < 2_000; step++) {
    const one = all[below(random, all.length)]!;
    if (inside.has(one)) {
      members.delete(one);
      inside.delete(one);
    } else {
      members.delete(one);
      members.add(one);
      inside.add(one);
    }
    expect(members.size).toBe(inside.size);
    expect(new Set(members)).toEqual(inside);
    expect([...members].every(({ place }, i) => place === i)).toBe(true);
    expect(one.place >= 0).toBe(inside.has(one));
  }
});
