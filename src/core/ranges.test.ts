import { expect, test } from 'vitest';
import { TcplabError } from './errors.ts';
import { given } from './given.ts';
import { inRange, milliseconds, wholeNumber } from './ranges.ts';

test('a whole number in its range passes, anything else is told with the range', () => {
  expect([wholeNumber('frames', 1, 1, 5), wholeNumber('frames', 5, 1, 5)]).toEqual([1, 5]);
  for (const wrong of [0, 6, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3', null, undefined])
    expect(() => wholeNumber('frames', wrong, 1, 5)).toThrow(
      new TcplabError('EINVAL', `frames is a whole number from 1 to 5, not ${given(wrong)}`),
    );
});

test('a time may have a fraction, and be without end where its range is', () => {
  expect([milliseconds('wait', 0.5, 0, 1), milliseconds('wait', Infinity, 0, Infinity)]).toEqual([0.5, Infinity]);
  for (const wrong of [-1, 2, Number.NaN, '1'])
    expect(() => milliseconds('wait', wrong, 0, 1)).toThrow(
      `wait is a number of milliseconds from 0 to 1, not ${given(wrong)}`,
    );
});

test('options take the place of defaults, but for those that are undefined', () => {
  const defaults = { tries: 3, wait: 1_000, name: 'it' };
  const ranges = { prefix: 'x.', whole: { tries: [1, 9] }, times: { wait: [0, 5_000] } } as const;
  const without: object = { tries: undefined };
  expect(inRange(defaults, { wait: 0.5, name: 'that', ...without }, ranges)).toEqual({
    tries: 3,
    wait: 0.5,
    name: 'that',
  });
  expect(() => inRange(defaults, { tries: 10 }, ranges)).toThrow('x.tries is a whole number from 1 to 9, not 10');
  expect(() => inRange(defaults, { wait: 5_001 }, ranges)).toThrow('x.wait is a number of milliseconds');
});
