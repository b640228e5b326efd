/** What is kept of a message: octets and segments in its order at the end, in whatever order they came; and no more to look through than there are gaps. */
import { expect, test } from 'vitest';
import { below, seeded } from '../../core/random.ts';
import { holeIn, MessageStore, makeMessage, PIECE } from './message.ts';

/** A message of so many octets, of which nothing came yet. */
const empty = (size: number) => makeMessage(undefined, undefined, 0, 0, size, 0, true);

test('in whatever order they come, octets and segments are put in the message’s', () => {
  const random = seeded(3);
  const store = new MessageStore();
  for (let round = 0; round < 300; round++) {
    const size = 1 + below(random, 120);
    const message = empty(size);
    const view = new DataView(new ArrayBuffer(size));
    for (let i = 0; i < size; i++) view.setUint8(i, below(random, 256));
    const came = new Array<boolean>(size).fill(false);
    for (let frame = 1; message.came < size; frame++) {
      const from = below(random, size);
      const to = from + 1 + below(random, size - from);
      const hole = holeIn(message, from, to);
      const first = came.indexOf(false, from);
      if (first < 0 || first >= to) expect(hole).toBeUndefined();
      else {
        const next = came.indexOf(true, first);
        expect(hole).toEqual([first, Math.min(to, next < 0 ? size : next)]);
        expect(store.add(message, frame, view, hole![0], hole![0], hole![1], 1 << 20)).toBe(true);
        came.fill(true, ...hole!);
      }
    }
    store.arrange(message);
    store.release(message);
    expect(message.octets).toEqual(new Uint8Array(view.buffer));
    for (let i = 0, offset = 0; i < message.pieceCount; offset += message.pieces[PIECE * i++ + 2]!)
      expect(message.pieces[PIECE * i + 1]).toBe(offset);
    expect([message.solid, message.runCount]).toEqual([size, 0]);
  }
});

test('segments that are next to one another are one run, from whichever side they come', () => {
  const view = new DataView(new ArrayBuffer(10_000));
  const store = new MessageStore();
  const behind = empty(10_000);
  const ahead = empty(10_000);
  for (let i = 0; i < 5000; i++) {
    store.add(behind, i, view, i, i, i + 1, 1 << 20);
    store.add(ahead, i, view, 9999 - i, 9999 - i, 10_000 - i, 1 << 20);
  }
  expect([behind.solid, behind.runCount, ahead.solid, ahead.runCount]).toEqual([5000, 0, 0, 1]);
  expect(holeIn(ahead, 0, 10_000)).toEqual([0, 5000]);
});
