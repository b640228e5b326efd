/** RFC 9293 §3.6, RFC 6191 and RFC 1337: how connections end, what their programs learn of it, and what may follow in their place. */
import { expect, test } from 'vitest';
import { MINUTE, SECOND } from '../../src/core/time.ts';
import { AF_INET, SOCK_STREAM, type StreamSocket, socket } from '../../src/speak/socket/bsd.ts';
import type { ConnectionOptions } from '../../src/speak/tcp/index.ts';
import * as tcp from '../../src/wire/tcp.ts';
import { TIMESTAMPS } from '../../src/wire/tcp-options.ts';
import { auditedNetwork } from '../audited-network.ts';
import { forge, type Network } from '../network.ts';
import { established, finWait2, timeWait } from './wire.ts';

const SERVER = '10.0.0.2';

interface Pair extends Network {
  readonly own: StreamSocket;
  readonly theirs: StreamSocket;
  readonly listener: StreamSocket;
}

/** A connection from port 5000 of the client to port 80 of the server. */
async function connected(client: Partial<ConnectionOptions> = {}, backlog = 5): Promise<Pair> {
  const net = auditedNetwork({}, true);
  const listener = socket(net.server, AF_INET, SOCK_STREAM);
  await listener.bind([SERVER, 80]);
  await listener.listen(backlog);
  const own = await connect(net, client);
  const [theirs] = await listener.accept();
  return { ...net, own, theirs, listener };
}

async function connect({ client }: Network, options: Partial<ConnectionOptions> = {}): Promise<StreamSocket> {
  const own = socket(client, AF_INET, SOCK_STREAM, options);
  await own.bind(['10.0.0.1', 5_000]);
  await own.connect([SERVER, 80]);
  return own;
}

const states = ({ server }: Network): string[] => [...server.tcp.all()].map(({ tcb }) => tcb.state);

//= RFC 9293 §3.6 MUST-12: an end in order, a reset
test('a program learns whether its peer closed or aborted', async () => {
  const closed = await connected();
  const end = closed.own.recv(10);
  closed.theirs.close();
  expect((await end).length).toBe(0);
  const aborted = await connected();
  const broken = aborted.own.recv(10);
  aborted.theirs.abort();
  await expect(broken).rejects.toMatchObject({ code: 'ECONNRESET' });
});

//= RFC 9293 §3.6.1 MAY-1, SHLD-3: both directions; octets that nobody will read are answered with a reset
test('a program that has gone hears no more, and who speaks to it is told so', async () => {
  const unread = await connected();
  await unread.own.sendall(new Uint8Array(10));
  await unread.driver.advance(SECOND);
  unread.theirs.close();
  await expect(unread.own.recv(10)).rejects.toMatchObject({ code: 'ECONNRESET' });
  const late = await connected();
  late.theirs.close();
  expect((await late.own.recv(10)).length).toBe(0);
  await late.own.sendall(new Uint8Array(10));
  await late.driver.advance(SECOND);
  await expect(late.own.sendall(new Uint8Array(1))).rejects.toThrow();
  expect(states(late)).toEqual([]);
});

//= RFC 9293 §3.6.1 MUST-13: 2 MSL of two minutes each, however TIME-WAIT is reached
test('whoever closes first waits for four minutes', () => {
  const first = timeWait();
  first.wire`+239.9 > nothing`;
  expect(first.tcb.state).toBe('TIME-WAIT');
  first.wire`+.2 > nothing`;
  expect(first.tcb.state).toBe('CLOSED');
  const later = finWait2();
  later.wire`
    +300 < F. 1:1(0) ack 2 win 1000
    +0   > .  2:2(0) ack 2
    +239 > nothing
  `;
  expect(later.tcb.state).toBe('TIME-WAIT');
  // Both at once: the acknowledgment of our FIN leads here from CLOSING.
  const both = established();
  both.wire`
    +0 close()
    +0 > F. 1:1(0) ack 1
    +0 < F. 1:1(0) ack 1 win 1000
    +0 > .  2:2(0) ack 2
    +0 < .  2:2(0) ack 2 win 1000
    +239 > nothing
  `;
  expect(both.tcb.state).toBe('TIME-WAIT');
});

/** The server has closed first: its connection is in TIME-WAIT, the client's is gone. */
async function waiting(client: Partial<ConnectionOptions> = {}, backlog = 5): Promise<Pair> {
  const pair = await connected(client, backlog);
  pair.theirs.close();
  await pair.own.recv(1);
  pair.own.close();
  await pair.driver.advance(SECOND);
  expect(states(pair)).toEqual(['TIME-WAIT']);
  return pair;
}

//= RFC 9293 §3.6.1 MAY-2: (1), numbers begin beyond those of the old connection
test('a new connection takes the place of one in TIME-WAIT', async () => {
  const pair = await waiting();
  const [old] = pair.server.tcp.all();
  const last = old!.tcb.snd.nxt;
  const own = await connect(pair);
  const [theirs] = await pair.listener.accept();
  expect(states(pair)).toEqual(['ESTABLISHED']);
  const [heir] = pair.server.tcp.all();
  expect((heir!.tcb.iss - last) | 0).toBeGreaterThan(0);
  expect(pair.server.counters.tcpTimeWaitReused).toBe(1);
  expect(heir!.predecessor).toBeUndefined();
  await own.sendall(new Uint8Array(3));
  expect((await theirs.recv(10)).length).toBe(3);
});

test('its numbers begin beyond the old ones even where the clock is behind them', async () => {
  const pair = await connected();
  // More than the clock of numbers makes in that time.
  await pair.theirs.sendall(new Uint8Array(200_000));
  for (let got = 0; got < 200_000; ) got += (await pair.own.recv(65_536)).length;
  pair.theirs.close();
  await pair.own.recv(1);
  pair.own.close();
  await pair.driver.advance(1_000);
  const [old] = pair.server.tcp.all();
  const last = old!.tcb.snd.nxt;
  await connect(pair);
  const [heir] = pair.server.tcp.all();
  expect((heir!.tcb.iss - last) | 0).toBeGreaterThan(0);
});

//= RFC 9293 §3.6.1 MAY-2: (2), back to TIME-WAIT when the SYN turns out to be an old duplicate
test('an old SYN does not end TIME-WAIT: its sender knows nothing of it', async () => {
  const pair = await waiting();
  const [old] = pair.server.tcp.all();
  const { snd, rcv } = old!.tcb;
  forge(pair, { sourcePort: 5_000, port: 80, flags: tcp.SYN, seq: old!.tcb.rcv.nxt + 1_000 });
  await pair.driver.advance(SECOND);
  expect(pair.server.counters.tcpTimeWaitReused).toBe(1);
  // Nobody had the connection any more, so it was folded to its numbers meanwhile and unfolded: another object, the same connection.
  const [back, ...others] = pair.server.tcp.all();
  expect([back!.tcb.state, back!.tcb.snd.nxt, back!.tcb.rcv.nxt, others]).toEqual(['TIME-WAIT', snd.nxt, rcv.nxt, []]);
  await pair.driver.advance(3 * MINUTE);
  expect(states(pair)).toEqual(['TIME-WAIT']);
  await pair.driver.advance(2 * MINUTE);
  expect(states(pair)).toEqual([]);
  expect(pair.server.tcp.active).toBe(0);
});

test('where there is no room for a new connection the old one stays in TIME-WAIT', async () => {
  const pair = await waiting({}, 0);
  const other = socket(pair.client, AF_INET, SOCK_STREAM);
  await other.connect([SERVER, 80]);
  await pair.driver.advance(SECOND);
  const [old] = pair.server.tcp.all();
  forge(pair, { sourcePort: 5_000, port: 80, flags: tcp.SYN, seq: old!.tcb.rcv.nxt + 1_000 });
  await pair.driver.advance(SECOND);
  expect(states(pair).toSorted()).toEqual(['ESTABLISHED', 'TIME-WAIT']);
});

//= RFC 9293 §3.6.1 SHLD-4
//= RFC 6191 §2: each of its cases
test.each([
  // The old connection with timestamps or without, the SYN's clock and number against the old ones: whether it is granted.
  [true, 1, -1_000, true],
  [true, 0, 1, true],
  [true, 0, 0, false],
  [true, -1, 1_000, false],
  [true, undefined, 1, true],
  [true, undefined, 0, false],
  [false, 1, -1_000, true],
  [false, -1, -1_000, true],
  [false, undefined, 1, true],
  [false, undefined, 0, false],
] as const)(
  'TIME-WAIT (timestamps %s), a SYN %s in its clock and %s beyond: granted is %s',
  async (timestamps, clock, beyond, granted) => {
    const pair = await waiting();
    const [old] = pair.server.tcp.all();
    const { tcb } = old!;
    tcb.ts.on = timestamps;
    const tsval = tcb.ts.recent + (clock ?? 0);
    const bytes = [24, 16, 8, 0].map((shift) => (tsval >>> shift) & 255);
    const options = clock === undefined ? [] : [1, 1, TIMESTAMPS, 10, ...bytes, 0, 0, 0, 0];
    // The last number of the old connection is its FIN's, one before RCV.NXT.
    forge(pair, { sourcePort: 5_000, port: 80, flags: tcp.SYN, seq: tcb.rcv.nxt - 1 + beyond, options });
    await pair.driver.advance(1_000);
    expect(pair.server.counters.tcpTimeWaitReused).toBe(granted ? 1 : 0);
    expect(pair.server.counters.tcpTimeWaitKept).toBe(granted ? 0 : 1);
  },
);

//= RFC 6191 §2: "would be enabled for the new incarnation" is its listener's to say
test('a listener that wants no timestamps takes no SYN on the strength of them', async () => {
  const pair = await waiting();
  const [old] = pair.server.tcp.all();
  const { rcv, ts } = old!.tcb;
  const listener = pair.server.tcp.ports.at(80).find(({ listening }) => listening)!;
  listener.options = { ...listener.options, timestamps: false };
  const tsval = (ts.recent + 1_000) | 0;
  const bytes = [24, 16, 8, 0].map((shift) => (tsval >>> shift) & 255);
  const options = [1, 1, TIMESTAMPS, 10, ...bytes, 0, 0, 0, 0];
  forge(pair, { sourcePort: 5_000, port: 80, flags: tcp.SYN, seq: rcv.nxt - 1_000, options });
  await pair.driver.advance(1_000);
  expect(pair.server.counters).toMatchObject({ tcpTimeWaitReused: 0, tcpTimeWaitKept: 1 });
});
