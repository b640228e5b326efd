/** RFC 9293 §3.4.1 and §3.5, RFC 6528, RFC 6056: the numbers and ports a connection begins with, and how it comes to be. */
import { expect, test } from 'vitest';
import { SECOND } from '../../src/core/time.ts';
import { AF_INET, SOCK_STREAM, socket } from '../../src/speak/socket/bsd.ts';
import * as tcp from '../../src/wire/tcp.ts';
import { auditedNetwork } from '../audited-network.ts';
import { forge, type Network, type NetworkOptions } from '../network.ts';
import { established, listening, synReceived, synSent } from './wire.ts';

/** Two hosts, and the ports and initial sequence number of every SYN that the client sends. */
function watched(options: NetworkOptions = {}): Network & { syns: { from: number; to: number; iss: number }[] } {
  const syns: { from: number; to: number; iss: number }[] = [];
  const net = auditedNetwork({
    ...options,
    onFrame: ({ view, start }, _now, from) => {
      const at = start + 34;
      if (from !== 'client' || view.getUint16(start + 12) !== 0x800 || tcp.flags(view, at) !== tcp.SYN) return;
      syns.push({ from: tcp.sourcePort(view, at), to: tcp.destinationPort(view, at), iss: tcp.seq(view, at) });
    },
  });
  return { ...net, syns };
}

/** The client asks for a connection from `port` (0: any) to `to`, and is refused. */
async function knock({ client }: Network, port: number, to = 1): Promise<void> {
  const own = socket(client, AF_INET, SOCK_STREAM);
  await own.bind(['10.0.0.1', port]);
  await own.connect(['10.0.0.2', to]).catch(() => {});
  own.close();
}

//= RFC 9293 §3.4.1 MUST-8: a step in four microseconds
test('initial sequence numbers follow the clock', async () => {
  const net = watched();
  for (let i = 0; i < 3; i++) {
    await knock(net, 5_000);
    await net.driver.advance(10 * SECOND);
  }
  const [first, second, third] = net.syns.map(({ iss }) => iss);
  expect([(second! - first!) | 0, (third! - second!) | 0]).toEqual([2_500_000, 2_500_000]);
});

//= RFC 9293 §3.4.1 SHLD-1
//= RFC 6528 §3: of addresses, ports and a key
test('each pair of ends has numbers of its own', async () => {
  const net = watched();
  for (const port of [5_000, 5_001, 5_002]) await knock(net, port);
  await knock(net, 5_000, 2);
  const numbers = net.syns.map(({ iss }) => iss);
  expect(numbers).toHaveLength(4);
  for (const [i, a] of numbers.entries())
    for (const b of numbers.slice(i + 1)) expect(Math.abs((a - b) | 0)).toBeGreaterThan(65_535);
});

//= RFC 9293 §3.4.1 MUST-9: a key of 128 bits that the host draws for itself
test('who knows the numbers of one host knows nothing of those of another', async () => {
  const distances = new Set<number>();
  for (let seed = 1; seed <= 4; seed++) {
    const net = watched({ seed });
    await knock(net, 5_000);
    await knock(net, 5_001);
    const [a, b] = net.syns.map(({ iss }) => iss);
    distances.add((b! - a!) | 0);
  }
  expect(distances.size).toBe(4);
});

//= RFC 6056 §3.3: each destination has its own unguessable beginning, and ports do not come back soon
test('ports for connections do not tell one destination those of another', async () => {
  const net = watched();
  for (const to of [1, 1, 2, 1]) {
    const own = socket(net.client, AF_INET, SOCK_STREAM);
    await own.connect(['10.0.0.2', to]).catch(() => {});
    own.close();
  }
  const [a = 0, b = 0, other = 0, c = 0] = net.syns.map(({ from }) => from);
  expect([b - a, c - b]).toEqual([1, 1]);
  expect(Math.abs(other - b)).toBeGreaterThan(10);
});

//= RFC 9293 §3.5 MUST-10
test('SYNs that cross make one connection, and its octets flow', () => {
  const { tcb, wire } = synSent();
  wire`
    +.1 < S  0:0(0) win 4000 <mss 1000>
    +0  > S. 0:0(0) ack 1
    +.1 < S. 0:0(0) ack 1 win 4000 <mss 1000>
    +0  > .  1:1(0) ack 1
    +0  < P. 1:11(10) ack 1 win 4000
    +0  > .  1:1(0) ack 11
    +0  send(100) = 100
    +0  > P. 1:101(100) ack 11
  `;
  expect([tcb.state, tcb.passive]).toEqual(['ESTABLISHED', false]);
});

//= RFC 9293 §3.5 MUST-10: both ends are ours
test('two programs that connect to one another are connected', async () => {
  const net = auditedNetwork({ link: { delay: 10 } });
  const left = socket(net.client, AF_INET, SOCK_STREAM);
  const right = socket(net.server, AF_INET, SOCK_STREAM);
  await left.bind(['10.0.0.1', 5_000]);
  await right.bind(['10.0.0.2', 6_000]);
  await net.driver.run(async () => {
    await Promise.all([left.connect(['10.0.0.2', 6_000]), right.connect(['10.0.0.1', 5_000])]);
    await left.sendall(new Uint8Array(3));
    expect((await right.recv(10)).length).toBe(3);
  });
  expect([net.client.tcp.size, net.server.tcp.size]).toEqual([1, 1]);
});

//= RFC 9293 §3.5 MUST-11: who opened actively is told of a refusal, who listens is not
test('in SYN-RECEIVED a reset means a refusal to the one that asked, and nothing to the one that listened', async () => {
  const active = synSent();
  active.wire`
    +0 < S  0:0(0) win 4000 <mss 1000>
    +0 > S. 0:0(0) ack 1
    +0 < R  1:1(0)
    +0 > nothing
  `;
  expect(active.tcb).toMatchObject({ state: 'CLOSED', error: 'ECONNREFUSED' });
  const passive = synReceived();
  passive.wire`
    +0 < R  1:1(0)
    +0 > nothing
  `;
  expect(passive.tcb).toMatchObject({ state: 'CLOSED', error: undefined });
  // The listener goes on: the next handshake is as good as the first.
  const net = auditedNetwork();
  const listener = socket(net.server, AF_INET, SOCK_STREAM);
  await listener.bind(['10.0.0.2', 80]);
  await listener.listen(1);
  forge(net, { sourcePort: 5_000, port: 80, flags: tcp.SYN });
  await net.driver.advance(SECOND);
  expect(net.server.tcp.size).toBe(0);
  await socket(net.client, AF_INET, SOCK_STREAM).connect(['10.0.0.2', 80]);
  await listener.accept();
});

//= RFC 9293 §3.10.7.4: fourth, a SYN into SYN-RECEIVED
test('in SYN-RECEIVED a new SYN ends what listened, and is asked about by what opened', () => {
  const passive = synReceived();
  passive.wire`
    +0 < S  5:5(0) win 4000
    +0 > nothing
  `;
  expect(passive.tcb).toMatchObject({ state: 'CLOSED', error: undefined });
  const active = synSent();
  active.wire`
    +0 < S  0:0(0) win 4000 <mss 1000>
    +0 > S. 0:0(0) ack 1
    +0 < S  5:5(0) win 4000
    +0 > .  1:1(0) ack 1
  `;
  expect(active.tcb.state).toBe('SYN-RECEIVED');
});

//= RFC 9293 §3.5.3 SHLD-2
test('a reset may carry octets', () => {
  const { tcb, wire } = established();
  wire`
    +0 < R. 1:31(30) ack 1
    +0 > nothing
  `;
  expect(tcb).toMatchObject({ state: 'CLOSED', error: 'ECONNRESET', readable: 0 });
  const full = established({ rcvWnd: 1_000 });
  full.wire`
    +0 < .  1:1001(1000) ack 1 win 4000
    +0 > .  1:1(0) ack 1001 win 0
    +0 < R. 1001:1031(30) ack 1
    +0 > nothing
  `;
  expect(full.tcb.state).toBe('CLOSED');
  const half = listening();
  half.wire`
    +0 < S  0:0(0) win 4000 <mss 1000>
    +0 > S. 0:0(0) ack 1
    +0 < R  1:31(30)
    +0 > nothing
  `;
  expect(half.tcb.state).toBe('CLOSED');
});

//= RFC 9293 §3.10.4: SYN-RECEIVED
test('where the program closes before the handshake is done, the SYN,ACK goes again first, then the FIN', () => {
  const { tcb, wire } = synReceived();
  wire`
    +0  close()
    +0  > F. 1:1(0) ack 1
    +1  > S. 0:0(0) ack 1
    +.1 < .  1:1(0) ack 1 win 10000
    +0  > F. 1:1(0) ack 1
    +.1 < .  1:1(0) ack 2 win 10000
  `;
  expect(tcb.state).toBe('FIN-WAIT-2');
});
