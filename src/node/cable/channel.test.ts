import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { freshFolder } from '../../../test/cable/children.ts';
import { below, seeded } from '../../core/random.ts';
import { Channel, joinedChannels, LINGER, socketChannel } from './channel.ts';
import { LONGEST_BODY } from './message.ts';

afterEach(() => {
  vi.useRealTimers();
});

const LIMIT = { octets: 1_000, frames: 100 };

/** A channel whose writes are kept, and finish when told. */
function slow(limit = LIMIT): { channel: Channel; written: Uint8Array[]; finish: () => void; ended: boolean[] } {
  const written: Uint8Array[] = [];
  const ended: boolean[] = [];
  let finish = (): void => {};
  const channel = new Channel(
    limit,
    (bytes, done) => {
      written.push(bytes.slice());
      finish = done;
    },
    (now) => ended.push(now),
  );
  return { channel, written, finish: () => finish(), ended };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('messages come out as they went in, in whatever pieces the octets arrive', async () => {
  const random = seeded(7456);
  const { channel, written } = slow({ octets: 1 << 20, frames: 1_000 });
  const sent: number[][] = [];
  for (let i = 0; i < 300; i++) {
    const body = Uint8Array.from({ length: below(random, 400) }, () => below(random, 256));
    sent.push([i & 255, ...body]);
    if (i & 1) channel.post(i & 255, body);
    else expect(channel.frame(i & 255, body, 0, body.length)).toBe(true);
  }
  await turn();
  expect(written).toHaveLength(1);
  const octets = written[0]!;
  for (const most of [1, 3, 50, 5_000, octets.length]) {
    const got: number[][] = [];
    const { channel: other } = slow();
    other.receiver = {
      message: (kind, view, bytes, at, end) => {
        if (end > at) expect(view.getUint8(at)).toBe(bytes[at]);
        got.push([kind, ...bytes.subarray(at, end)]);
      },
      closed: () => {},
    };
    for (let at = 0; at < octets.length; ) {
      const size = 1 + below(random, most);
      other.feed(octets.slice(at, at + size));
      at += size;
    }
    expect(got).toEqual(sent);
  }
});

test('what waits is bounded in octets and in frames, and what is being written stays as it is', async () => {
  const { channel, written, finish } = slow({ octets: 1_000, frames: 3 });
  const frame = new Uint8Array(300).fill(1);
  const put = (): boolean => channel.frame(4, frame, 0, frame.length);
  expect([put(), put(), put(), put()]).toEqual([true, true, true, false]);
  await turn();
  frame.fill(2);
  expect([put(), put(), put(), put()]).toEqual([true, true, true, false]);
  await turn();
  expect(written).toHaveLength(1);
  finish();
  await turn();
  expect(written.map((octets) => [octets.length, octets[5], octets.at(-1)])).toEqual([
    [915, 1, 1],
    [915, 2, 2],
  ]);
  const byFrames = slow({ octets: 1_000, frames: 2 }).channel;
  expect([0, 0, 0].map(() => byFrames.frame(4, frame, 0, 1))).toEqual([true, true, false]);
});

test('messages that are not frames go past the limit, and an end that never reads them is closed', () => {
  const { channel, ended } = slow();
  let reason = '';
  channel.receiver = {
    message: () => {},
    closed: (why) => {
      reason = why;
    },
  };
  for (let i = 0; i < 2_000 && !channel.closed; i++) channel.post(8, new Uint8Array(1_000));
  expect(reason).toBe('it does not read what it is sent');
  expect(ended).toEqual([true]);
});

test('a message longer than any can be ends the channel with a reason, and nothing more is read', () => {
  const { channel } = slow();
  const heard: string[] = [];
  channel.receiver = { message: (kind) => heard.push(`kind ${kind}`), closed: (why) => heard.push(why) };
  const octets = new Uint8Array(15);
  octets[4] = 9;
  new DataView(octets.buffer).setUint32(5, LONGEST_BODY + 1);
  channel.feed(octets);
  channel.feed(octets);
  expect(heard).toEqual([
    'kind 9',
    `it sent a message of ${LONGEST_BODY + 1} octets, and none has more than ${LONGEST_BODY}`,
  ]);
});

test('closing lets out what was sent before it, also while a write is under way', async () => {
  const { channel, written, finish, ended } = slow();
  channel.post(1, Uint8Array.of(1));
  await turn();
  channel.post(2, Uint8Array.of(2));
  channel.close();
  channel.post(3, Uint8Array.of(3));
  expect(ended).toEqual([]);
  finish();
  finish();
  expect(written.map((octets) => octets[5])).toEqual([1, 2]);
  expect(ended).toEqual([false]);

  const [a, b] = joinedChannels([LIMIT, LIMIT]);
  const heard: string[] = [];
  b.receiver = { message: (kind) => heard.push(`kind ${kind}`), closed: () => heard.push('closed') };
  a.post(7, Uint8Array.of(0));
  a.close();
  expect(heard).toEqual(['kind 7', 'closed']);
  expect(b.closed).toBe(true);
});

test('an end that has stopped reading when its channel is closed holds the socket a while, and no longer', async () => {
  const path = join(freshFolder(), 'socket');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const silent = connect(path);
  silent.pause();
  const socket = await new Promise<Socket>((resolve) => server.once('connection', resolve));
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const channel = socketChannel(socket, { octets: 8 << 20, frames: 1_000 });
  const frame = new Uint8Array(60_000);
  for (let i = 0; i < 100; i++) channel.frame(4, frame, 0, frame.length);
  await turn();
  channel.close();
  vi.advanceTimersByTime(LINGER - 1);
  expect(socket.writableLength).toBeGreaterThan(5_000_000);
  expect(socket.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  expect(socket.destroyed).toBe(true);
  silent.destroy();
  server.close();
});
