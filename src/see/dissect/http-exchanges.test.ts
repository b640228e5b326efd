/** How many requests are remembered, which gives way, and when one is forgotten. Which request a response answers: web-fields.test.ts. */
import { expect, test } from 'vitest';
import { HttpExchanges } from './http-exchanges.ts';

test('of so many connections the last request is kept, the one known longest gives way, and is counted unless it was answered', () => {
  const exchanges = new HttpExchanges({ requests: 2 });
  const answered = (connection: number): number | undefined => exchanges.answer(connection, true)?.frame;
  exchanges.ask(1, 10, 0);
  exchanges.ask(2, 11, 0);
  // Another request of a connection takes the place of the one before.
  exchanges.ask(1, 12, 0);
  expect(exchanges.forgotten).toBe(0);
  exchanges.ask(3, 13, 0);
  expect(exchanges.forgotten).toBe(1);
  expect([1, 2, 3].map(answered)).toEqual([undefined, 11, 13]);
  exchanges.ask(4, 14, 0);
  expect(exchanges.forgotten).toBe(1);
  expect([3, 4].map(answered)).toEqual([undefined, 14]);
});

test('without room nothing is kept, and a limit out of its range is refused', () => {
  const exchanges = new HttpExchanges({ requests: 0 });
  exchanges.ask(1, 10, 0);
  expect([exchanges.answer(1, true), exchanges.forgotten]).toEqual([undefined, 0]);
  expect(() => new HttpExchanges({ requests: -1 })).toThrow(/requests/);
});

test('a forgotten connection has no request, and leaves room for another', () => {
  const exchanges = new HttpExchanges({ requests: 1 });
  exchanges.ask(1, 10, 0);
  exchanges.forget(1);
  expect(exchanges.answer(1, true)).toBeUndefined();
  exchanges.ask(2, 11, 0);
  expect([exchanges.answer(2, true)?.frame, exchanges.forgotten]).toEqual([11, 0]);
});
