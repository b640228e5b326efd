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
  expect(exchanges).toMatchObject({ queryFrame: 0, repeatedFrame: 12 });
  exchanges.ask(1, 7, 14, 5 * SECOND + 1);
  expect(exchanges.repeatedFrame).toBe(0);
  exchanges.ask(1, 7, 15, 10 * SECOND + 1);
  expect(exchanges.repeatedFrame).toBe(0);
});

test('six thousand queries, a thousand of them in flight: all are told their answers', () => {
  const exchanges = new DnsExchanges();
  let answered = 0;
  for (let i = 0; i < 7000; i++) {
    const frame = 2 * i + 1;
    if (i < 6000) exchanges.ask(i + 1, (i * 40_503) & 0xffff, frame, frame);
    if (i < 1000) continue;
    const asked = i - 1000;
    exchanges.answer(asked + 1, (asked * 40_503) & 0xffff, frame + 1, frame + 1);
    if (exchanges.queryFrame === 2 * asked + 1) answered++;
  }
  expect(answered).toBe(6000);
  expect(exchanges.forgotten).toBe(0);
  expect(exchanges.octets).toBe(16_384 * 24);
});

test('where there is no room, what was answered gives way first, then the oldest, which is counted', () => {
  const exchanges = new DnsExchanges({ queries: 8 });
  const isKnown = (conversation: number): boolean => {
    exchanges.answer(conversation, 7, 1000, 0);
    return exchanges.queryFrame > 0 || exchanges.repeatedFrame > 0;
  };
  for (let i = 1; i <= 8; i++) exchanges.ask(i, 7, i, 0);
  exchanges.answer(5, 7, 9, 0);
  exchanges.answer(3, 7, 10, 0);
  exchanges.ask(9, 7, 11, 0);
  exchanges.ask(10, 7, 12, 0);
  expect(exchanges.forgotten).toBe(0);
  exchanges.ask(11, 7, 13, 0);
  expect(exchanges.forgotten).toBe(1);
  expect([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].filter(isKnown)).toEqual([2, 4, 6, 7, 8, 9, 10, 11]);
  expect(() => new DnsExchanges({ queries: 7 })).toThrow(/queries/);
  expect(new DnsExchanges({ queries: 9 }).limit).toBe(16);
});
