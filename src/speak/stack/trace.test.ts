import { describe, expect, test } from 'vitest';
import { expectAccounted } from '../../../test/accounts.ts';
import { forge, type Network, network } from '../../../test/network.ts';
import { MILLISECOND, SECOND } from '../../core/time.ts';
import * as tcp from '../../wire/tcp.ts';
import { AF_INET, bytes, SOCK_DGRAM, SOCK_STREAM, type StreamSocket, socket } from '../socket/bsd.ts';
import { DROPS } from '../tcp/index.ts';
import type { Host } from './host.ts';
import { mib } from './mib.ts';
import type { SegmentReceived, SegmentSent } from './trace.ts';
import { receivedText, sentText } from './trace-text.ts';

const SERVER = '10.0.0.2';

interface Seen {
  readonly sent: SegmentSent[];
  readonly received: SegmentReceived[];
}

function watch(host: Host): Seen {
  const seen: Seen = { sent: [], received: [] };
  host.trace({ sent: (event) => seen.sent.push(event), received: (event) => seen.received.push(event) });
  return seen;
}

const whys = ({ sent }: Seen): string[] => sent.map(({ why }) => why);
const verdicts = ({ received }: Seen): string[] => received.map(({ verdict }) => verdict);

/** Both ends of a connection from the client's port 40,000 to the server's 7456. */
async function joined(net: Network, options: object = {}): Promise<[client: StreamSocket, server: StreamSocket]> {
  const listener = socket(net.server, AF_INET, SOCK_STREAM, options);
  await listener.bind([SERVER, 7456]);
  await listener.listen(1);
  const client = socket(net.client, AF_INET, SOCK_STREAM, options);
  await client.bind(['10.0.0.1', 40_000]);
  const accepted = listener.accept();
  await client.connect([SERVER, 7456]);
  const [server] = await accepted;
  listener.close();
  return [client, server];
}

test('a connection says why it sends each segment, and what it was before and after', async () => {
  const net = network();
  const client = watch(net.client);
  const server = watch(net.server);
  await net.driver.run(async () => {
    const [one, other] = await joined(net);
    await one.sendall(bytes('Hola server, are you bored?'));
    await other.recv(100);
    await net.driver.sleep(SECOND);
    one.close();
    await net.driver.sleep(SECOND);
    other.close();
  });
  expect(whys(client)).toEqual(['active open', 'SYN,ACK received', 'new data', 'close', 'FIN received']);
  expect(whys(server)).toEqual(['SYN received', 'quick ACK', 'FIN received', 'close']);
  expect(new Set([...verdicts(client), ...verdicts(server)])).toEqual(new Set(['accepted']));
  const [syn, , data, fin] = client.sent;
  expect([syn!.before!.state, syn!.after!.state]).toEqual(['SYN-SENT', 'SYN-SENT']);
  expect(data!.after!.snd.nxt - data!.before!.snd.nxt).toBe(27);
  expect(data!.after).toMatchObject({ flight: 27, timers: { delayedAck: undefined, persist: undefined } });
  expect(data!.before!.timers.retransmission).toBeUndefined();
  expect(data!.after!.timers.retransmission).toBeGreaterThan(0.99 * SECOND);
  expect([fin!.before!.snd.finSent, fin!.after!.snd.finSent]).toEqual([false, true]);
  // The same number at both ends of the cable, and no other frame's.
  const marks = [...client.sent, ...server.sent].map(({ mark }) => mark);
  expect(new Set(marks).size).toBe(marks.length);
  expect(server.received.map(({ mark }) => mark)).toEqual(client.sent.map(({ mark }) => mark));
});

test('a watcher who has gone hears nothing, and one who was never there costs no number', async () => {
  const net = network();
  const seen: string[] = [];
  const end = net.client.trace({ sent: ({ why }) => seen.push(why) });
  const frames: number[] = [];
  net.client.tap((_iface, frame, _now, direction) => direction === 'out' && frames.push(frame.mark));
  await net.driver.run(async () => {
    const [one] = await joined(net);
    end();
    await one.sendall(bytes('unheard'));
  });
  expect(seen).toEqual(['active open', 'SYN,ACK received']);
  // ARP has no number; nor has what was not traced.
  expect(frames).toEqual([0, 1, 2, 0]);
});

describe('reasons', () => {
  /** What the client says of its segments when of its frames those with these indexes are lost. */
  async function lossy(lost: readonly number[], octets: number): Promise<string[]> {
    const net = network({
      impairment: ({ random }) => ({ random, out: { drop: (index) => lost.includes(index) } }),
      link: { delay: 10 },
    });
    const seen = watch(net.client);
    await net.driver.run(async () => {
      const [one, other] = await joined(net);
      const reading = (async () => {
        for (let left = octets; left > 0; ) left -= (await other.recv(left)).length;
      })();
      await one.sendall(new Uint8Array(octets));
      await reading;
    });
    return whys(seen);
  }

  test('a SYN that is lost, and one octet that is', async () => {
    expect(await lossy([1], 1)).toEqual(['active open', 'handshake timeout', 'SYN,ACK received', 'new data']);
    expect((await lossy([3], 1)).slice(2)).toEqual(['new data', 'retransmission timeout']);
  });

  test('fast retransmit, limited transmit and a partial acknowledgment', async () => {
    const all = await lossy([5, 7], 40_000);
    expect(all).toContain('limited transmit');
    expect(all.filter((why) => why === 'fast retransmit')).toHaveLength(1);
    expect(all.filter((why) => why === 'partial acknowledgment')).toHaveLength(1);
    expect(all.indexOf('fast retransmit')).toBeLessThan(all.indexOf('partial acknowledgment'));
    expect(all).not.toContain('retransmission timeout');
  });

  test('everything lost: what follows the first segment is sent again, too', async () => {
    const all = await lossy([3, 4, 5, 6], 4 * 1_448);
    expect(all.slice(2)).toEqual([
      ...['new data', 'new data', 'new data', 'new data'],
      ...['retransmission timeout', 'after a timeout', 'after a timeout', 'after a timeout'],
    ]);
  });

  test('a closed window is asked about, and told of when it opens', async () => {
    const net = network();
    const client = watch(net.client);
    const server = watch(net.server);
    await net.driver.run(async () => {
      const [one, other] = await joined(net, { receiveBuffer: 2_000 });
      const sending = one.sendall(new Uint8Array(5_000));
      await net.driver.sleep(3 * SECOND);
      for (let left = 5_000; left > 0; ) left -= (await other.recv(left)).length;
      await sending;
    });
    expect(whys(client)).toContain('zero-window probe');
    expect(whys(server)).toContain('window closed');
    expect(whys(server)).toContain('window update');
    expect(verdicts(server)).toContain('window closed');
    expectAccounted(net.server);
  });

  test('a peer that says nothing is asked for a sign of life', async () => {
    const net = network();
    const client = watch(net.client);
    await net.driver.run(async () => {
      await joined(net, { keepAlive: true, keepAliveIdle: 1_000, keepAliveInterval: 1_000 });
      await net.driver.sleep(1_500 * MILLISECOND);
    });
    expect(whys(client)).toContain('keep-alive');
  });
});

describe('what is dropped is named, counted and, where the RFC asks for it, answered', () => {
  /** What the server makes of a forged segment in an established connection, and why it answers. */
  async function forged(
    make: (numbers: { seq: number; ack: number }) => Omit<Parameters<typeof forge>[1], 'port'>,
    options: object = { timestamps: false },
  ): Promise<[verdict: string, answers: string[]]> {
    const net = network({ impairment: ({ random }) => ({ random }) });
    let result: [string, string[]] = ['', []];
    await net.driver.run(async () => {
      const [, other] = await joined(net, options);
      const seen = watch(net.server);
      const [connection] = net.server.tcp.all();
      const { rcv, snd } = connection!.tcb;
      forge(net, { port: 7456, window: 65_535, ...make({ seq: rcv.nxt, ack: snd.nxt }) });
      await net.driver.sleep(10 * MILLISECOND);
      // To an octet that it never sent, the client has answers of its own.
      result = [verdicts(seen)[0]!, whys(seen).slice(0, 1)];
      other.abort();
    });
    expectAccounted(net.server);
    return result;
  }
  const { ACK, FIN, RST, SYN } = tcp;
  const data = new Uint8Array(10);

  test.each<[string, string[], Parameters<typeof forged>[0], object?]>([
    ['old sequence', ['unacceptable segment'], ({ seq, ack }) => ({ flags: ACK, seq: seq - 100, ack, data })],
    ['beyond the window', ['unacceptable segment'], ({ seq, ack }) => ({ flags: ACK, seq: seq + 2 ** 20, ack, data })],
    ['RST out of the window', [], ({ seq }) => ({ flags: RST, seq: seq - 1 })],
    ['RST not exact', ['challenge for a RST'], ({ seq }) => ({ flags: RST, seq: seq + 1 })],
    ['SYN in the window', ['challenge for a SYN'], ({ seq }) => ({ flags: SYN, seq: seq + 1 })],
    ['no ACK', [], ({ seq }) => ({ flags: 0, seq, data })],
    ['ACK of the future', ['challenge for an ACK'], ({ seq, ack }) => ({ flags: ACK, seq, ack: ack + 1 })],
    ['ACK of the past', ['challenge for an ACK'], ({ seq, ack }) => ({ flags: ACK, seq, ack: ack - 2 ** 20 })],
    ['no timestamp', [], ({ seq, ack }) => ({ flags: ACK, seq, ack, data }), {}],
    ['accepted', ['quick ACK'], ({ seq, ack }) => ({ flags: ACK, seq, ack, data })],
    ['accepted', ['out of order'], ({ seq, ack }) => ({ flags: ACK, seq: seq + 1, ack, data })],
    ['accepted', ['FIN received'], ({ seq, ack }) => ({ flags: ACK | FIN, seq, ack })],
  ])('%s, and it answers with %s', async (verdict, answers, make, options) => {
    expect(await forged(make, options)).toEqual([verdict, answers]);
  });

  test('without a connection', async () => {
    const net = network({ impairment: ({ random }) => ({ random }) });
    const seen = watch(net.server);
    await net.driver.run(async () => {
      // The way back is known already: nothing waits for ARP.
      await socket(net.client, AF_INET, SOCK_DGRAM).sendto(bytes('x'), [SERVER, 9]);
      await net.driver.sleep(MILLISECOND);
      forge(net, { port: 7, flags: ACK, ack: 5 });
      forge(net, { port: 7, flags: RST });
      await net.driver.sleep(MILLISECOND);
    });
    expect(verdicts(seen)).toEqual(['no connection', 'no connection']);
    expect(whys(seen)).toEqual(['no connection']);
    expect(seen.sent[0]!.connection).toBeUndefined();
    expectAccounted(net.server);
    expect(mib(net.server)).toMatchObject({ tcpInSegs: 2, tcpOutSegs: 1, tcpOutRsts: 1, udpNoPorts: 1 });
  });
});

test('the MIB counts as RFC 4022 defines', async () => {
  const net = network({
    link: { delay: 10 },
    impairment: ({ random }) => ({ random, out: { drop: (index) => index === 3 } }),
  });
  const { client, server, driver } = net;
  await driver.run(async () => {
    const [one, other] = await joined(net);
    expect([mib(client).tcpCurrEstab, mib(server).tcpCurrEstab]).toEqual([1, 1]);
    await one.sendall(bytes('lost once'));
    await other.recv(100);
    one.shutdown(1);
    await driver.sleep(SECOND);
    // CLOSE-WAIT counts, too; FIN-WAIT-2 does not.
    expect([mib(client).tcpCurrEstab, mib(server).tcpCurrEstab]).toEqual([0, 1]);
    other.close();
    await driver.sleep(SECOND);
    const refused = socket(client, AF_INET, SOCK_STREAM);
    await expect(refused.connect([SERVER, 9])).rejects.toThrow('ECONNREFUSED');
    const [third, fourth] = await (async () => {
      const listener = socket(server, AF_INET, SOCK_STREAM);
      await listener.bind([SERVER, 7457]);
      await listener.listen(1);
      const again = socket(client, AF_INET, SOCK_STREAM);
      await again.connect([SERVER, 7457]);
      const [accepted] = await listener.accept();
      listener.close();
      return [again, accepted] as const;
    })();
    third.abort();
    await driver.sleep(SECOND);
    fourth.close();
  });
  expect(mib(client)).toMatchObject({
    ...{ tcpRtoAlgorithm: 5, tcpRtoMin: 1_000, tcpRtoMax: 60_000, tcpMaxConn: 262_144 },
    ...{ tcpActiveOpens: 3, tcpPassiveOpens: 0, tcpAttemptFails: 1, tcpEstabResets: 1, tcpCurrEstab: 0 },
    // SYN, ACK, octets, FIN, ACK; SYN; SYN, ACK, RST.
    ...{ tcpOutSegs: 9, tcpHCOutSegs: 9, tcpRetransSegs: 1, tcpInErrs: 0, tcpOutRsts: 1 },
  });
  expect(mib(server)).toMatchObject({
    ...{ tcpActiveOpens: 0, tcpPassiveOpens: 2, tcpAttemptFails: 0, tcpEstabResets: 1, tcpCurrEstab: 0 },
    ...{ tcpInSegs: 9, tcpHCInSegs: 9, tcpRetransSegs: 0, tcpOutRsts: 1 },
  });
  for (const host of [client, server]) expectAccounted(host);
});

test('an event in words', async () => {
  const net = network();
  const lines: string[] = [];
  net.server.trace({
    sent: (event) => lines.push(sentText(event)),
    received: (event) => lines.push(receivedText(event)),
  });
  await net.driver.run(async () => {
    await joined(net);
  });
  expect(lines).toEqual([
    'accepted | LISTEN -> SYN-RECEIVED una 0 nxt 1 wnd 65535 cwnd 0 flight 1 rcv.nxt 1 rcv.wnd 65535',
    'SYN received: it grants the connection that the peer asked for (RFC 9293 §3.10.7.2) | SYN-RECEIVED una 0 nxt 1 wnd 65535 cwnd 0 flight 1 rcv.nxt 1 rcv.wnd 65535',
    'accepted | SYN-RECEIVED -> ESTABLISHED una 1 nxt 1 wnd 262144 cwnd 14480 flight 0 rcv.nxt 1 rcv.wnd 65535',
  ]);
  for (const words of Object.values(DROPS)) expect(words).toMatch(/^(is|came|has|acknowledges|lies|brought|ends) /);
});
