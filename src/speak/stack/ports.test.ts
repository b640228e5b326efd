import { expect, test } from 'vitest';
import { seeded } from '../../core/random.ts';
import { type Bound, Ports } from './ports.ts';

/** No connection at all. */
const NONE = { has: () => false };

const bound = (address: number, port: number, more: Partial<Bound> = {}): Bound => ({
  address,
  port,
  reuse: false,
  listening: false,
  ...more,
});

test('an address and all addresses conflict, two addresses do not', () => {
  const ports = new Ports<Bound>([40_000, 40_009], seeded(1));
  const first = bound(1, 80);
  ports.bind(first);
  expect(ports.isFree(1, 80, false)).toBe(false);
  expect(ports.isFree(0, 80, false)).toBe(false);
  expect(ports.isFree(2, 80, false)).toBe(true);
  const any = bound(0, 90);
  ports.bind(any);
  expect(ports.isFree(1, 90, false)).toBe(false);
  expect(ports.find(1, 80)).toBe(first);
  expect(ports.find(2, 80)).toBeUndefined();
  expect(ports.find(7, 90)).toBe(any);
  ports.unbind(first);
  expect(ports.isFree(0, 80, false)).toBe(true);
});

test('lingering connections keep a port, unless it is to be used again', () => {
  const ports = new Ports<Bound>([40_000, 40_009], seeded(1));
  ports.connected(80);
  ports.connected(80);
  ports.disconnected(80);
  expect(ports.isFree(0, 80, false)).toBe(false);
  expect(ports.isFree(0, 80, true)).toBe(true);
  ports.disconnected(80);
  expect(ports.isFree(0, 80, false)).toBe(true);
  ports.bind(bound(0, 80, { reuse: true, listening: true }));
  expect(ports.isFree(0, 80, true)).toBe(false);
});

test('chooses every port of its range once, then none', () => {
  const ports = new Ports<Bound>([40_000, 40_009], seeded(1));
  const chosen = new Set<number>();
  for (let i = 0; i < 10; i++) {
    const port = ports.chooseUnused(0);
    chosen.add(port);
    ports.bind(bound(0, port));
  }
  expect([...chosen].sort()).toEqual(Array.from({ length: 10 }, (_, i) => 40_000 + i));
  expect(ports.chooseUnused(0)).toBe(0);
  expect(ports.chooseFor(1, 2, 3, NONE)).toBe(0);
});

test('ports for connections: consecutive for one peer, elsewhere for another, never a bound one', () => {
  const ports = new Ports<Bound>([10_000, 59_999], seeded(1));
  const first = ports.chooseFor(1, 2, 80, NONE);
  const second = ports.chooseFor(1, 2, 80, NONE);
  expect(second).toBe(first + 1);
  expect(Math.abs(ports.chooseFor(1, 3, 80, NONE) - second)).toBeGreaterThan(1);
  expect(new Ports<Bound>([10_000, 59_999], seeded(2)).chooseFor(1, 2, 80, NONE)).not.toBe(first);
  ports.bind(bound(0, first + 3));
  const used = new Set([first, second]);
  for (let i = 0; i < 4; i++) used.add(ports.chooseFor(1, 2, 80, { has: (_, port) => used.has(port) }));
  expect(used.has(first + 3)).toBe(false);
});

test('refuses a range that is none', () => {
  expect(() => new Ports<Bound>([5, 4], seeded(1))).toThrow('from 5 to 4');
});
