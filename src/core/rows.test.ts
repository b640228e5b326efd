/** A table that grows by pages, and how its rows are found. */
import { expect, test } from 'vitest';
import { below, seeded } from './random.ts';
import { RowIndex } from './row-index.ts';
import { int32Rows, Rows } from './rows.ts';

test('what was written stays where it is while the table grows', () => {
  const rows = int32Rows(3);
  rows.reserve(0);
  const first = rows.page(0);
  for (let row = 0; row < 5_000; row++) {
    rows.reserve(row);
    for (let i = 0; i < 3; i++) rows.page(row)[rows.at(row) + i] = 3 * row + i;
  }
  expect(rows.page(0)).toBe(first);
  for (let row = 0; row < 5_000; row += 7) expect(rows.page(row)[rows.at(row) + 2]).toBe(3 * row + 2);
  expect(rows.octets).toBeLessThan(5_000 * 12 * 1.25);
});

test('rows are as they are made until somebody writes them', () => {
  const rows = new Rows(1, (words) => new Float64Array(words).fill(-1));
  rows.reserve(2_000);
  expect(rows.page(2_000)[rows.at(2_000)]).toBe(-1);
});

/** Rows of a number and a link, found by a hash of the number. */
class Numbers {
  readonly rows = int32Rows(2);
  readonly hash: (value: number) => number;
  readonly index: RowIndex;
  count = 0;
  looks = 0;

  constructor(hash: (value: number) => number) {
    this.hash = hash;
    this.index = new RowIndex(this.rows, 1, (row) => hash(this.value(row)));
  }

  value(row: number): number {
    return this.rows.page(row)[this.rows.at(row)]!;
  }

  add(value: number): void {
    const row = this.count++;
    this.rows.reserve(row);
    this.rows.page(row)[this.rows.at(row)] = value;
    this.index.add(this.hash(value));
  }

  find(value: number): number {
    for (let row = this.index.first(this.hash(value)); row >= 0; row = this.index.next(row)) {
      this.looks++;
      if (this.value(row) === value) return row;
    }
    return -1;
  }
}

const spread = (value: number): number => Math.imul(value, 0x9e3779b1) ^ (Math.imul(value, 0x85ebca6b) >>> 13);

test('each row is found at every size of the index, and none that is not there', () => {
  const numbers = new Numbers(spread);
  const random = seeded(3);
  const values = [...new Set(Array.from({ length: 3_000 }, () => below(random, 1 << 30)))];
  expect(numbers.find(1)).toBe(-1);
  values.forEach((value, row) => {
    expect(numbers.find(value)).toBe(-1);
    numbers.add(value);
    for (let i = 0; i < 5; i++) {
      const some = below(random, row + 1);
      expect(numbers.find(values[some]!)).toBe(some);
    }
  });
  values.forEach((value, row) => {
    expect(numbers.find(value)).toBe(row);
  });
});

test('a look costs no more when there are many rows, and the index takes eight octets a row', () => {
  const numbers = new Numbers(spread);
  for (let value = 0; value < 100_000; value++) numbers.add(value);
  for (let value = 0; value < 100_000; value++) numbers.find(value);
  expect(numbers.looks / 100_000).toBeLessThan(2.5);
  // One of the two words is in the row.
  expect(numbers.index.octets / 100_000).toBeLessThan(4.1);
});

test('rows of one hash are all found', () => {
  const numbers = new Numbers(() => 5);
  for (let value = 0; value < 100; value++) numbers.add(value);
  for (let value = 0; value < 100; value++) expect(numbers.find(value)).toBe(value);
});
