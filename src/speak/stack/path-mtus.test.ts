import { expect, test } from 'vitest';
import { MINUTE } from '../../core/time.ts';
import { parseAddress } from '../../wire/ip-address.ts';
import { MAX_PATHS, PathMtus } from './path-mtus.ts';

test('what is known of a way is forgotten after ten minutes, and the oldest when there are too many', () => {
  const paths = new PathMtus();
  expect(paths.of(1, 0)).toBe(0);
  paths.learn(1, 1_400, 0);
  expect([paths.of(1, 10 * MINUTE - 1), paths.of(2, 0)]).toEqual([1_400, 0]);
  expect([paths.of(1, 10 * MINUTE), paths.size]).toEqual([0, 0]);
  for (let i = 0; i <= MAX_PATHS; i++) paths.learn(i, 1_000, 0);
  expect([paths.size, paths.of(0, 0), paths.of(1, 0)]).toEqual([MAX_PATHS, 0, 1_000]);
});

//= RFC 8201 §4
test('less than every link takes is not believed of IPv6, and is not less than 552 of IPv4', () => {
  const paths = new PathMtus();
  const six = parseAddress('2001:db8::1');
  expect([paths.learn(six, 1_279, 0), paths.of(six, 0)]).toEqual([false, 0]);
  expect([paths.learn(six, 1_280, 0), paths.of(six, 0), paths.ofSegments(six, 0)]).toEqual([true, 1_280, 1_260]);
  for (const mtu of [0, 68, 551]) {
    paths.learn(1, mtu, 0);
    expect([paths.of(1, 0), paths.ofSegments(1, 0)]).toEqual([552, 552]);
  }
});

test('where a router takes less than 552, packets may be cut, until that is forgotten or another says more', () => {
  const paths = new PathMtus();
  const narrow = (now: number): boolean[] => [1, 2].map((to) => paths.isNarrow(to, now));
  paths.learn(2, 552, 0);
  expect(narrow(0)).toEqual([false, false]);
  paths.learn(1, 296, 0);
  expect(narrow(10 * MINUTE - 1)).toEqual([true, false]);
  expect(narrow(10 * MINUTE)).toEqual([false, false]);
  for (const mtu of [296, 0, 576]) paths.learn(1, mtu, 0);
  expect(narrow(0)).toEqual([false, false]);
  paths.learn(2, 68, 0);
  expect(narrow(0)).toEqual([false, true]);
});
