import { expect, test } from 'vitest';
import { Queue, type Queued } from './queue.ts';
import { seeded } from './random.ts';

interface Member extends Queued<Member> {
  readonly name: number;
}

const namesIn = (queue: Queue<Member>): number[] => {
  const names: number[] = [];
  for (let member = queue.first; member !== undefined; member = member.after) names.push(member.name);
  return names;
};

test('in order of arrival, whoever leaves from wherever, and comes again', () => {
  const random = seeded(1);
  const queue = new Queue<Member>();
  const members = Array.from({ length: 8 }, (_, name): Member => ({ name, before: undefined, after: undefined }));
  let expected: number[] = [];
  for (let i = 0; i < 1_000; i++) {
    const name = random.next() & 7;
    if (expected.includes(name)) {
      queue.remove(members[name]!);
      expected = expected.filter((each) => each !== name);
      expect([members[name]!.before, members[name]!.after]).toEqual([undefined, undefined]);
    } else {
      queue.append(members[name]!);
      expected.push(name);
    }
    expect(namesIn(queue)).toEqual(expected);
  }
});
