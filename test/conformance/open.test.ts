/** OPEN (RFC 9293 §3.9.1.1): whose address, whose port, and towards whom. */
import { expect, test } from 'vitest';
import { SECOND } from '../../src/core/time.ts';
import { AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, socket } from '../../src/speak/index.ts';
import { formatIpv4 } from '../../src/wire/address.ts';
import * as tcp from '../../src/wire/tcp.ts';
import { Alone, HOST, PEER } from '../alone.ts';

const SECOND_HOME = '172.16.0.2';
const SYN_ACK = tcp.SYN | tcp.ACK;

/** A host with two addresses. */
const twoHomed = (): Alone => new Alone({}, `${SECOND_HOME}/24`);

//= RFC 9293 §3.9.1.1 MUST-41
test('a second passive open of a port is an error, and changes nothing of the first, nor of what came from it', async () => {
  const alone = new Alone();
  const { host } = alone;
  const first = socket(host, AF_INET, SOCK_STREAM);
  await first.bind([HOST, 80]);
  await first.listen(1);
  const [answer] = await alone.segment({ ports: [40_000, 80], flags: tcp.SYN, seq: 5 });
  const before = [...host.tcp.all()].map(({ tcb }) => tcb.state);
  for (const address of [HOST, '']) {
    const second = socket(host, AF_INET, SOCK_STREAM);
    await expect(second.bind([address, 80])).rejects.toMatchObject({ code: 'EADDRINUSE' });
    second.close();
  }
  expect([...host.tcp.all()].map(({ tcb }) => tcb.state)).toEqual(before);
  await alone.segment({ ports: [40_000, 80], flags: tcp.ACK, seq: 6, ack: answer!.seq + 1 });
  const [accepted, from] = await first.accept();
  expect(from).toEqual([PEER, 40_000]);
  // Each passive open that is granted is a record of its own.
  const [other] = await alone.segment({ ports: [40_001, 80], flags: tcp.SYN, seq: 5 });
  expect(other!.flags).toBe(SYN_ACK);
  expect(host.tcp.size).toBe(2);
  accepted.abort();
});

//= RFC 9293 §3.9.1.1 MUST-42
test('a port can be listened on while connections from it are being opened, by us and by others', async () => {
  const alone = new Alone();
  const { host } = alone;
  const client = socket(host, AF_INET, SOCK_STREAM);
  client.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  await client.bind([HOST, 5_000]);
  client.connect([PEER, 80]).catch(() => {});
  const [syn] = await alone.sent();
  expect([syn!.flags, syn!.ports]).toEqual([tcp.SYN, [5_000, 80]]);
  const server = socket(host, AF_INET, SOCK_STREAM);
  server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  await server.bind([HOST, 5_000]);
  await server.listen(1);
  const [answer] = await alone.segment({ ports: [40_000, 5_000], flags: tcp.SYN, seq: 5 });
  expect(answer!.flags).toBe(SYN_ACK);
  // One in SYN-RECEIVED is in nobody's way either: its listener goes, another comes.
  expect([...host.tcp.all()].map(({ tcb }) => tcb.state)).toEqual(['SYN-SENT', 'SYN-RECEIVED']);
  const [second] = await alone.segment({ ports: [40_001, 5_000], flags: tcp.SYN, seq: 5 });
  expect(second!.flags).toBe(SYN_ACK);
  client.abort();
  server.close();
});

//= RFC 9293 §3.9.1.1 MUST-43
test('a program may say which of its addresses a connection comes from, and which it listens on', async () => {
  const alone = twoHomed();
  const client = socket(alone.host, AF_INET, SOCK_STREAM);
  await client.bind([SECOND_HOME, 0]);
  client.connect([PEER, 80]).catch(() => {});
  const [syn] = await alone.sent();
  expect([formatIpv4(syn!.from), formatIpv4(syn!.to)]).toEqual([SECOND_HOME, PEER]);
  client.abort();
  const server = socket(alone.host, AF_INET, SOCK_STREAM);
  await server.bind([SECOND_HOME, 81]);
  await server.listen(1);
  const there = { from: '172.16.0.9', ports: [40_000, 81], flags: tcp.SYN, seq: 5, way: 1 } as const;
  const [answer] = await alone.segment({ ...there, to: SECOND_HOME });
  expect([answer!.flags, formatIpv4(answer!.from)]).toEqual([SYN_ACK, SECOND_HOME]);
  const [refusal] = await alone.segment({ ...there, to: HOST });
  expect(refusal!.flags).toBe(tcp.RST | tcp.ACK);
  const nobody = socket(alone.host, AF_INET, SOCK_STREAM);
  await expect(nobody.bind(['10.0.0.77', 0])).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
});

//= RFC 9293 §3.9.1.1 MUST-44
test.each([
  ['172.16.0.9', SECOND_HOME, 1],
  [PEER, HOST, 0],
  ['198.51.100.1', HOST, 0],
] as const)(
  'without a word from the program the way to %s gives the address before the SYN goes out: %s',
  async (to, from, way) => {
    const alone = twoHomed();
    const client = socket(alone.host, AF_INET, SOCK_STREAM);
    client.connect([to, 80]).catch(() => {});
    const [syn] = await alone.sent();
    expect([syn!.flags, formatIpv4(syn!.from), syn!.way]).toEqual([tcp.SYN, from, way]);
    expect(client.getsockname()[0]).toBe(from);
    client.abort();
  },
);

//= RFC 9293 §3.9.1.1 MUST-45
test('a connection keeps the address that its first segment had, whichever way segments go', async () => {
  const alone = twoHomed();
  const listener = alone.listen(80);
  // Called by the address of one interface over the other.
  const segment = { from: '172.16.0.9', to: HOST, ports: [40_000, 80], way: 1 } as const;
  const sent = await alone.segment({ ...segment, flags: tcp.SYN, seq: 5 });
  const ack = sent[0]!.seq + 1;
  sent.push(...(await alone.segment({ ...segment, flags: tcp.ACK, seq: 6, ack })));
  const { connection } = alone.accept(listener);
  alone.host.tcp.send(connection, new Uint8Array(10), 0, 10);
  sent.push(...(await alone.sent(2 * SECOND)));
  sent.push(...(await alone.segment({ ...segment, flags: tcp.ACK, seq: 6, ack: ack + 10, data: 5 })));
  alone.host.tcp.abort(connection);
  sent.push(...(await alone.sent()));
  expect(sent.length).toBeGreaterThanOrEqual(5);
  expect(new Set(sent.map(({ from }) => formatIpv4(from)))).toEqual(new Set([HOST]));
});

//= RFC 9293 §3.9.1.1 MUST-46
test.each(['255.255.255.255', '10.0.0.255', '172.16.0.255', '224.0.0.1', '240.0.0.1'])(
  'an open towards %s, which is nobody, is an error',
  async (to) => {
    const alone = twoHomed();
    const client = socket(alone.host, AF_INET, SOCK_STREAM);
    await expect(client.connect([to, 80])).rejects.toMatchObject({ code: 'ENETUNREACH' });
    expect(await alone.sent()).toEqual([]);
    expect(alone.host.tcp.size).toBe(0);
  },
);
