import { expect, test } from 'vitest';
import { Wire } from '../../../test/tcp-wire.ts';
import { MILLISECOND } from '../../core/time.ts';
import { connectionSettings, DEFAULT_SETTINGS, receive, send } from './index.ts';

/** Sends and reads as fast as both ends allow, a burst every 20 milliseconds of a path with that round trip. */
function stream(wire: Wire, rounds: number): void {
  const chunk = new Uint8Array(1 << 20);
  for (let i = 0; i < rounds; i++) {
    send(wire.a, chunk, 0, chunk.length, wire.now);
    while (wire.step(wire.a)) {}
    wire.now += 20 * MILLISECOND;
    while (receive(wire.b, chunk, 0, chunk.length, wire.now) > 0) {}
    while (wire.step(wire.b)) {}
  }
}

test('buffers grow when a round trip carries more than they hold, up to their maximum', () => {
  const wire = new Wire().handshake();
  expect([wire.b.space.receive, wire.a.space.send]).toEqual([262_144, 262_144]);
  stream(wire, 60);
  expect(wire.b.space.receive).toBeGreaterThan(1_000_000);
  expect(wire.b.space.receive).toBeLessThanOrEqual(4_194_304);
  expect(wire.a.space.send).toBe(4_194_304);
});

test('a program that reads slowly does not get a larger buffer', () => {
  const wire = new Wire().handshake();
  const chunk = new Uint8Array(10_000);
  for (let i = 0; i < 50; i++) {
    send(wire.a, chunk, 0, chunk.length, wire.now);
    wire.settle();
    wire.now += 20 * MILLISECOND;
    receive(wire.b, chunk, 0, chunk.length, wire.now);
  }
  expect(wire.b.space.receive).toBe(262_144);
});

test('a size without a maximum is kept', () => {
  expect(connectionSettings(DEFAULT_SETTINGS, { receiveBuffer: 8 })).toMatchObject({
    receiveBuffer: 8,
    receiveBufferMaximum: 8,
    sendBufferMaximum: 4_194_304,
  });
  expect(
    connectionSettings(DEFAULT_SETTINGS, { receiveBuffer: 8, receiveBufferMaximum: 80 }).receiveBufferMaximum,
  ).toBe(80);
  const wire = new Wire({}, { receiveBuffer: 50_000 }).handshake();
  stream(wire, 60);
  expect(wire.b.space.receive).toBe(50_000);
});
