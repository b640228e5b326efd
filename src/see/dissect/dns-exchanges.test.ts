/** Which query of DNS a response answers, as tshark 4.0.17 tells it of the same messages. */
import { expect, test } from 'vitest';
import { DnsExchanges } from './dns-exchanges.ts';

const SECOND = 1e9;

test('a response is told the frame and the time of its query, by conversation and identifier', () => {
  const exchanges = new DnsExchanges();
  exchanges.ask(1, 7, 10, 0);
  exchanges.ask(2, 7, 11, 5);
  exchanges.answer(1, 7, 12, 30);
  expect(exchanges).toMatchObject({ queryFrame: 10, queryTime: 30, repeatedFrame: 0 });
  exchanges.answer(2, 8, 13, 40);
  expect(exchanges).toMatchObject({ queryFrame: 0, repeatedFrame: 0 });
});

test('a query that comes again within five seconds is the same one, later or answered it is another', () => {
  const exchanges = new DnsExchanges();
  exchanges.ask(1, 7, 10, 0);
  exchanges.ask(1, 7, 11, 5 * SECOND - 1);
  expect(exchanges.repeatedFrame).toBe(10);
  exchanges.answer(1, 7, 12, 5 * SECOND);
  expect(exchanges).toMatchObject({ queryFrame: 10, queryTime: 5 * SECOND });
  exchanges.answer(1, 7, 13, 5 * SECOND);
  expect(exchanges).toMatchObject({ queryFrame: 10, repeatedFrame: 12 });
  exchanges.ask(1, 7, 14, 5 * SECOND + 1);
  expect(exchanges.repeatedFrame).toBe(0);
  exchanges.ask(1, 7, 15, 10 * SECOND + 1);
  expect(exchanges.repeatedFrame).toBe(0);
});
