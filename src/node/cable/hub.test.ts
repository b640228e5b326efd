import { afterEach, expect, test, vi } from 'vitest';
import { datagram, describe, message, segment } from '../../../test/cable/frames.ts';
import { Ipv6, LOOPBACK6 } from '../../wire/ip-address.ts';
import * as tcp from '../../wire/tcp.ts';
import { Channel, joinedChannels } from './channel.ts';
import { Hub, type HubOptions } from './hub.ts';
import { helloBody, KIND, MEMBER, MESSAGE_HEADER, WATCHER } from './message.ts';

afterEach(() => {
  vi.useRealTimers();
});

const LIMIT = { octets: 1 << 20, frames: 1_000 };

/** Waits until everything that is on the way inside this process has arrived. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

interface Heard {
  channel: Channel;
  heard: string[];
  closed: boolean;
}

function join(hub: Hub, role: number, again = false): Heard {
  const [mine, theirs] = joinedChannels([LIMIT, LIMIT]);
  hub.accept(theirs);
  const heard: Heard = { channel: mine, heard: [], closed: false };
  mine.receiver = {
    message: (kind, view, bytes, at, end) => {
      if (kind === KIND.FRAME) heard.heard.push(describe(bytes, at, end - at));
      else if (kind === KIND.SEEN) heard.heard.push(`seen ${describe(bytes, at + 8, end - at - 8)}`);
      else if (kind === KIND.CLAIMED) heard.heard.push(['taken', 'granted', 'too many'][view.getUint8(at + 4)]!);
      else if (kind === KIND.GONE) heard.heard.push(`gone ${view.getUint16(at)}`);
      else if (kind === KIND.DROPPED) heard.heard.push(`dropped ${view.getUint32(at)}`);
      else if (kind === KIND.REFUSED)
        heard.heard.push(`refused: ${new TextDecoder().decode(bytes.subarray(at + 2, end))}`);
      else heard.heard.push(`kind ${kind}`);
    },
    closed: () => {
      heard.closed = true;
    },
  };
  mine.post(KIND.HELLO, helloBody(role, again));
  return heard;
}

const say = (who: Heard, bytes: Uint8Array): boolean => who.channel.frame(KIND.FRAME, bytes, 0, bytes.length);
const claim = (who: Heard, protocol: number, port: number): void =>
  who.channel.post(KIND.CLAIM, Uint8Array.of(0, 0, 0, 1, protocol, port >>> 8, port & 255));

async function cable(
  options: Partial<HubOptions> = {},
): Promise<{ hub: Hub; a: Heard; b: Heard; c: Heard; watcher: Heard }> {
  const hub = new Hub(options);
  const [a, b, c] = [join(hub, MEMBER), join(hub, MEMBER), join(hub, MEMBER)];
  const watcher = join(hub, WATCHER);
  await settled();
  for (const one of [a, b, c, watcher]) one.heard.length = 0;
  return { hub, a, b, c, watcher };
}

test('a frame goes to who has claimed its port, the answer to who sent from there, and a watcher sees each once', async () => {
  const { a, b, c, watcher } = await cable();
  claim(a, 6, 7456);
  await settled();
  say(b, segment(40_000, 7456, tcp.SYN));
  await settled();
  say(a, segment(7456, 40_000, tcp.SYN | tcp.ACK));
  await settled();
  expect(a.heard).toEqual(['granted', '40000>7456 SYN']);
  expect(b.heard).toEqual(['7456>40000 SYN,ACK']);
  expect(c.heard).toEqual([]);
  expect(watcher.heard).toEqual(['seen 40000>7456 SYN', 'seen 7456>40000 SYN,ACK']);
});

test('a frame to a port that nobody has comes back to its sender, and the refusal after it', async () => {
  const { hub, a, b, watcher } = await cable();
  say(a, segment(40_000, 7456, tcp.SYN));
  await settled();
  say(a, segment(7456, 40_000, tcp.RST | tcp.ACK));
  await settled();
  expect(a.heard).toEqual(['40000>7456 SYN', '7456>40000 RST,ACK']);
  expect(watcher.heard).toEqual(['seen 40000>7456 SYN', 'seen 7456>40000 RST,ACK']);
  expect(hub.statistics.returned).toBe(1);
  // The refusal was sent from 7456, and yet that port is nobody's.
  say(b, segment(41_000, 7456, tcp.SYN));
  await settled();
  expect(b.heard).toEqual(['41000>7456 SYN']);
});

test('a port is one program’s per protocol, until it is released or the program is gone', async () => {
  const { a, b, c } = await cable();
  claim(a, 6, 80);
  claim(b, 6, 80);
  claim(b, 17, 80);
  claim(a, 6, 80);
  await settled();
  expect(a.heard).toEqual(['granted', 'granted']);
  expect(b.heard).toEqual(['taken', 'granted']);
  a.channel.post(KIND.RELEASE, Uint8Array.of(6, 0, 80));
  await settled();
  claim(b, 6, 80);
  await settled();
  b.channel.close();
  await settled();
  claim(c, 6, 80);
  await settled();
  expect(b.heard).toEqual(['taken', 'granted', 'granted']);
  expect(c.heard).toEqual(['gone 80', 'granted']);
});

test('a member has so many ports and no more; asking again costs nothing, and what it gives back it may have again', async () => {
  const { a, b } = await cable({ claims: 2 });
  for (const port of [80, 81, 80, 82]) claim(a, 6, port);
  claim(b, 6, 82);
  claim(b, 6, 80);
  await settled();
  expect(a.heard).toEqual(['granted', 'granted', 'granted', 'too many']);
  expect(b.heard).toEqual(['granted', 'taken']);
  // A port it never had gives it no room.
  for (const port of [82, 99]) a.channel.post(KIND.RELEASE, Uint8Array.of(6, 0, port));
  claim(a, 17, 53);
  a.channel.post(KIND.RELEASE, Uint8Array.of(6, 0, 80));
  claim(a, 17, 53);
  claim(a, 17, 54);
  await settled();
  expect(a.heard.slice(4)).toEqual(['too many', 'granted', 'too many']);
});

test('UDP by port, ICMP errors by what they quote, other ICMP back to its sender, other addresses to all others', async () => {
  const { a, b, c } = await cable();
  claim(a, 17, 53);
  await settled();
  say(b, datagram(5_000, 53, 'who'));
  say(a, message(3, 3, 0, datagram(5_000, 53, 'who')));
  say(c, message(8, 0, 0x0001_0001));
  say(c, datagram(6_000, 9, 'all', 0x0a000001));
  await settled();
  expect(a.heard).toEqual(['granted', '5000>53 "who"', '6000>9 "all"']);
  expect(b.heard).toEqual(['icmp 3/3', '6000>9 "all"']);
  expect(c.heard).toEqual(['icmp 8/0']);
});

test('IPv6 between programs: to ::1 by port, refused by its own sender, ICMPv6 errors by what they quote; other addresses to all others', async () => {
  const { a, b, c } = await cable();
  claim(a, 17, 53);
  claim(a, 6, 7456);
  await settled();
  say(b, segment(40_000, 7456, tcp.SYN, 0, 0, LOOPBACK6));
  say(b, datagram(5_000, 53, 'who', LOOPBACK6));
  await settled();
  say(a, segment(7456, 40_000, tcp.SYN | tcp.ACK, 0, 1, LOOPBACK6));
  say(a, message(1, 4, 0, datagram(5_000, 53, 'who', LOOPBACK6), LOOPBACK6));
  say(c, segment(41_000, 9, tcp.SYN, 0, 0, LOOPBACK6));
  say(c, message(128, 0, 0x0001_0001, undefined, LOOPBACK6));
  // In two fragments: the first has the ports, and whoever gets it knows what to do with the other.
  const whole = datagram(5_001, 53, 'in two', LOOPBACK6);
  const piece = (offset: number, from: number, to: number): Uint8Array => {
    const header = whole.slice(0, 54);
    header[20] = 44;
    new DataView(header.buffer).setUint16(18, 8 + to - from);
    return Uint8Array.from([
      ...header,
      17,
      0,
      0,
      offset | (to < whole.length - 54 ? 1 : 0),
      0,
      0,
      0,
      9,
      ...whole.slice(54 + from, 54 + to),
    ]);
  };
  say(b, piece(0, 0, 8));
  say(b, piece(8, 8, 14));
  say(c, datagram(6_000, 53, 'all', new Ipv6(0xfd00_0000 | 0, 0, 0, 9)));
  await settled();
  expect(new Set(a.heard)).toEqual(
    new Set([
      'granted',
      '40000>7456 SYN',
      '5000>53 "who"',
      'fragment from 0 on',
      'fragment from 8 on',
      '6000>53 "all"',
    ]),
  );
  expect(b.heard).toEqual(['7456>40000 SYN,ACK', 'icmpv6 1/4', '6000>53 "all"']);
  expect(new Set(c.heard)).toEqual(new Set(['41000>9 SYN', 'icmpv6 128/0', 'fragment from 8 on']));
});

test('a watcher that is too slow loses frames, is told how many where they are missing, and delays nobody', async () => {
  const { hub, a, b, watcher } = await cable({ watcherQueue: { octets: 1 << 20, frames: 3 } });
  claim(b, 17, 53);
  await settled();
  // Ten frames in one turn, before anything could be written to the watcher.
  for (let i = 0; i < 10; i++) say(a, datagram(5_000, 53, `${i}`));
  await settled();
  say(a, datagram(5_000, 53, 'later'));
  await settled();
  expect(b.heard).toHaveLength(1 + 11);
  expect(watcher.heard).toEqual([...[0, 1, 2].map((i) => `seen 5000>53 "${i}"`), 'dropped 7', 'seen 5000>53 "later"']);
  expect(hub.statistics.droppedForWatchers).toBe(7);
});

test('the count of dropped frames stands where they are missing, also when the watcher never catches up', async () => {
  const { hub, a } = await cable({ watcherQueue: { octets: 1 << 20, frames: 2 } });
  const written: string[] = [];
  let finish = (): void => {};
  const theirs = new Channel(
    LIMIT,
    (octets, done) => {
      finish = done;
      for (let at = 0; at < octets.length; ) {
        const end = at + MESSAGE_HEADER + new DataView(octets.buffer, octets.byteOffset + at).getUint32(0);
        const kind = octets[at + 4];
        if (kind === KIND.SEEN) written.push(describe(octets, at + 13, end - at - 13));
        if (kind === KIND.DROPPED) written.push(`dropped ${octets[end - 1]}`);
        at = end;
      }
    },
    () => {},
  );
  hub.accept(theirs);
  const hello = helloBody(WATCHER, false);
  theirs.feed(Uint8Array.of(0, 0, 0, hello.length, KIND.HELLO, ...hello));
  for (const burst of ['a', 'b', 'c']) {
    for (let i = 0; i < 3; i++) say(a, datagram(5_000, 53, `${burst}${i}`));
    await settled();
    finish();
    await settled();
  }
  finish();
  const seen = (text: string): string => `5000>53 "${text}"`;
  // The welcome is being written while the first burst comes; each burst of three finds room for two.
  expect(written).toEqual([
    ...['a0', 'a1'].map(seen),
    'dropped 1',
    ...['b0', 'b1'].map(seen),
    'dropped 1',
    ...['c0', 'c1'].map(seen),
    'dropped 1',
  ]);
});

test('a member that does not take its frames loses the newest, as on a network', async () => {
  const { hub, a, b } = await cable({ memberQueue: { octets: 1 << 20, frames: 3 } });
  claim(b, 17, 53);
  await settled();
  // The hub's end of b was made with the test's own limit of 1,000 frames.
  for (let i = 0; i < 1_000; i++) say(a, datagram(5_000, 53, ''));
  say(a, datagram(5_000, 53, 'one too many for the way there'));
  await settled();
  expect(b.heard).toHaveLength(1 + 1_000);
  expect(hub.statistics.frames).toBe(1_000);
});

test('while programs come over from a lost hub, an unknown port is waited for; then those who asked are told it is gone', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const hub = new Hub({ settleTime: 2_000 });
  const a = join(hub, MEMBER, true);
  await settled();
  say(a, segment(40_000, 7456, tcp.ACK));
  a.channel.post(KIND.ASK, Uint8Array.of(7456 >>> 8, 7456 & 255));
  await settled();
  expect(a.heard).toEqual([`kind ${KIND.WELCOME}`]);
  expect(hub.statistics.droppedWhileSettling).toBe(1);
  vi.advanceTimersByTime(2_000);
  await settled();
  expect(a.heard).toEqual([`kind ${KIND.WELCOME}`, 'gone 7456']);
  say(a, segment(40_000, 7456, tcp.ACK));
  await settled();
  expect(a.heard.at(-1)).toBe('40000>7456 ACK');
});

test('nonsense is answered with a reason and the door, and the others go on', async () => {
  const { hub, a, b } = await cable({ programs: 8 });
  const odd = (kind: number, body: Uint8Array): Heard => {
    const one = join(hub, MEMBER);
    one.channel.post(kind, body);
    return one;
  };
  const [short, long, unknown, portless] = [
    odd(KIND.FRAME, new Uint8Array(13)),
    odd(KIND.CLAIM, new Uint8Array(8)),
    odd(77, new Uint8Array(0)),
    odd(KIND.CLAIM, Uint8Array.of(0, 0, 0, 1, 1, 0, 80)),
  ];
  await settled();
  for (const one of [short, long, unknown, portless]) {
    expect(one.heard.at(-1)).toMatch(/^refused: a message of kind \d+ with \d+ octets is not one of this cable's$/);
    expect(one.closed).toBe(true);
  }
  const watcher = join(hub, WATCHER);
  say(watcher, datagram(1, 2, ''));
  await settled();
  expect(watcher.heard.at(-1)).toMatch(/^refused: a watcher only listens/);
  const full = Array.from({ length: 5 }, () => join(hub, MEMBER));
  await settled();
  expect(full.at(-1)!.heard).toEqual(['refused: there are 8 programs on this cable already']);
  say(a, datagram(5_000, 53, ''));
  await settled();
  expect(a.heard).toEqual(['5000>53 ""']);
  expect(b.closed).toBe(false);
  // A packet that is no packet is nobody's, and hurts nobody.
  for (let i = 0; i < 2_000; i++)
    say(
      a,
      Uint8Array.from({ length: 14 + (i % 60) }, (_, j) => (i * 31 + j * 17) & 255),
    );
  await settled();
  expect(a.closed).toBe(false);
});

test('a program of another version, one that says nothing, and one that is no tcplab program are told so', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const hub = new Hub({ helloTimeout: 5_000 });
  const greet = (body: Uint8Array): Heard => {
    const [mine, theirs] = joinedChannels([LIMIT, LIMIT]);
    hub.accept(theirs);
    const heard: Heard = { channel: mine, heard: [], closed: false };
    mine.receiver = {
      message: (_kind, _view, bytes, at, end) =>
        heard.heard.push(new TextDecoder().decode(bytes.subarray(at + 2, end))),
      closed: () => {
        heard.closed = true;
      },
    };
    if (body.length > 0) mine.post(KIND.HELLO, body);
    return heard;
  };
  const hello = helloBody(MEMBER, false);
  hello[7] = 9;
  const [other, stranger, silent] = [greet(hello), greet(new Uint8Array(20)), greet(new Uint8Array(0))];
  await settled();
  expect(silent.closed).toBe(false);
  vi.advanceTimersByTime(5_000);
  await settled();
  expect(silent.closed).toBe(true);
  expect(other.heard).toEqual(['this cable speaks version 1 and the program version 9']);
  expect(stranger.heard).toEqual(['the first message is not the greeting of a tcplab program']);
  expect(silent.heard).toEqual(['no greeting came']);
  expect(hub.statistics.refused).toBe(3);
});

test('options out of range are refused', () => {
  expect(() => new Hub({ programs: 0 })).toThrow('hub.programs is a whole number from 1');
  expect(() => new Hub({ helloTimeout: Number.NaN })).toThrow('hub.helloTimeout is a number of milliseconds from 1');
  expect(() => new Hub({ memberQueue: { octets: 0, frames: 1 } })).toThrow('hub.memberQueue.octets is a whole number');
});
