/** What TCP asks of IP and takes from it: Differentiated Services field, time to live, options, source routes, addresses (RFC 9293 §3.9.1.9, §3.9.2). */
import { expect, test } from 'vitest';
import { SECOND } from '../../src/core/time.ts';
import { AF_INET, SOCK_STREAM, socket } from '../../src/speak/index.ts';
import { parseIpv4 } from '../../src/wire/address.ts';
import * as icmp from '../../src/wire/icmp.ts';
import * as ipv4 from '../../src/wire/ipv4.ts';
import * as options from '../../src/wire/ipv4-options.ts';
import * as tcp from '../../src/wire/tcp.ts';
import { Alone, HOST, PEER, type Sent } from '../alone.ts';

const BACK = [80, 40_000] as const;
const THERE = [40_000, 80] as const;
const FAR = '198.51.100.7';

/** A connection's whole life, each packet that the host sends in it: handshake, octets, retransmission, acknowledgment, FIN, TIME-WAIT. */
async function life(
  alone: Alone,
  change?: (connection: Awaited<ReturnType<Alone['connect']>>['connection']) => void,
): Promise<Sent[]> {
  const { host } = alone;
  const { connection, syn } = await alone.connect();
  const sent = [syn];
  const say = async (segment: Parameters<Alone['segment']>[0]): Promise<void> =>
    void sent.push(...(await alone.segment(segment)));
  await say({ ports: BACK, flags: tcp.SYN | tcp.ACK, seq: 1_000, ack: syn.seq + 1, mss: 1_460 });
  change?.(connection);
  host.tcp.send(connection, new Uint8Array(10), 0, 10);
  sent.push(...(await alone.sent(1.5 * SECOND)));
  await say({ ports: BACK, flags: tcp.ACK, seq: 1_001, ack: syn.seq + 11, data: 5 });
  host.tcp.receive(connection, new Uint8Array(5), 0, 5);
  host.tcp.leave(connection);
  await say({ ports: BACK, flags: tcp.ACK | tcp.FIN, seq: 1_006, ack: syn.seq + 12 });
  await say({ ports: BACK, flags: tcp.ACK | tcp.FIN, seq: 1_006, ack: syn.seq + 12 });
  expect(connection.tcb.state).toBe('TIME-WAIT');
  expect(sent.length).toBeGreaterThanOrEqual(7);
  return sent;
}

//= RFC 9293 §3.9.1.9 MUST-48, SHLD-22
//= RFC 9293 §3.9.2 MUST-49, SHLD-23: one value for the whole life of a connection
test('every packet of a connection has the Differentiated Services field and the time to live that the program has asked for', async () => {
  for (const [typeOfService, timeToLive] of [
    [0, 64],
    [0xb8, 1],
    [0xff, 255],
  ] as const) {
    const alone = new Alone({ connection: { typeOfService, timeToLive } });
    const sent = await life(alone);
    // The two bits of ECN are not the program's.
    expect(new Set(sent.map((packet) => packet.typeOfService))).toEqual(new Set([typeOfService & 0xfc]));
    expect(new Set(sent.map((packet) => packet.timeToLive))).toEqual(new Set([timeToLive]));
  }
  expect(() => new Alone({ connection: { timeToLive: 0 } })).toThrow('timeToLive');
  expect(() => new Alone({ connection: { typeOfService: 256 } })).toThrow('typeOfService');
});

//= RFC 9293 §3.9.1.9 SHLD-21
test('a program may change both while the connection is there', async () => {
  const alone = new Alone();
  const sent = await life(alone, (connection) =>
    alone.host.tcp.configure(connection, { typeOfService: 0x28, timeToLive: 3 }),
  );
  const seen = sent.map(({ typeOfService, timeToLive }) => `${typeOfService} ${timeToLive}`);
  expect(new Set(seen.slice(0, 2))).toEqual(new Set(['0 64']));
  expect(new Set(seen.slice(2))).toEqual(new Set(['40 3']));
});

//= RFC 9293 §3.9.1.9 MAY-9
test('a program may see the field of the packet that came last', async () => {
  const alone = new Alone();
  const { connection, syn } = await alone.connected();
  expect(connection.receivedTypeOfService).toBe(0);
  await alone.segment({ ports: BACK, flags: tcp.ACK, seq: 1_001, ack: syn.seq + 1, typeOfService: 0x2e });
  expect(connection.receivedTypeOfService).toBe(0x2e);
});

/** NOP and a source route with the pointer behind its last address. */
const route = (type: number, ...addresses: string[]): number[] => [
  options.NOP,
  type,
  3 + 4 * addresses.length,
  4 + 4 * addresses.length,
  ...addresses.flatMap((address) => address.split('.').map(Number)),
];

//= RFC 9293 §3.9.2 MUST-50
test.each([
  ['one that nobody knows', [0x9e, 4, 1, 2]],
  ['a timestamp and a record route', [0x44, 8, 5, 0, 0, 0, 0, 0, 7, 7, 4, 0, 0, 0, 0, 0]],
  ['one of no length', [0x9e, 0, 1, 2]],
  ['one that runs out of the header', [0x9e, 40, 1, 2]],
  ['one without room for its length', [options.NOP, options.NOP, options.NOP, 0x9e]],
  ['a source route of half an address', [options.LOOSE_SOURCE_ROUTE, 5, 4, 1, 1, 0, 0, 0]],
  ['a source route without any', [options.LOOSE_SOURCE_ROUTE, 3, 4, 0]],
  ['a source route behind the end', [options.END, options.LOOSE_SOURCE_ROUTE, 7, 8]],
] as const)('IP options that mean nothing are ignored: %s', async (_name, ipOptions) => {
  const alone = new Alone();
  alone.listen(80);
  const [answer, ...rest] = await alone.segment({ ports: THERE, flags: tcp.SYN, seq: 5, ipOptions });
  expect(rest).toEqual([]);
  expect([answer!.flags, answer!.ack, answer!.options.length]).toEqual([tcp.SYN | tcp.ACK, 6, 0]);
});

//= RFC 9293 §3.9.2.1 MUST-53
test.each([options.LOOSE_SOURCE_ROUTE, options.STRICT_SOURCE_ROUTE])(
  'a connection that came by a source route is answered along it, all its life: %d',
  async (type) => {
    const alone = new Alone();
    const listener = alone.listen(80);
    // Through .11, then .12, as they are on our side.
    const ipOptions = route(type, '10.0.0.11', '10.0.0.12');
    const [answer] = await alone.segment({ from: FAR, ports: THERE, flags: tcp.SYN, seq: 5, mss: 1_460, ipOptions });
    const check = (packet: Sent | undefined): void => {
      expect(packet!.to).toBe(parseIpv4('10.0.0.12'));
      expect([...packet!.options]).toEqual([options.NOP, type, 11, 4, 10, 0, 0, 11, ...FAR.split('.').map(Number)]);
      // The checksum is for whom the segment is, not for the gateway.
      expect(packet!.isFor(parseIpv4(FAR))).toBe(true);
    };
    check(answer);
    expect(answer!.ports).toEqual([80, 40_000]);
    await alone.segment({ from: FAR, ports: THERE, flags: tcp.ACK, seq: 6, ack: answer!.seq + 1 });
    const { connection } = alone.accept(listener);
    alone.host.tcp.send(connection, new Uint8Array(3_000), 0, 3_000);
    const data = await alone.sent();
    data.forEach(check);
    // The option takes its room from the payload.
    expect(data.map(({ length }) => length)).toEqual([1_448, 1_448, 104]);
    expect(data[0]!.bytes.length).toBe(1_500);
    // Nobody else's way changes.
    const [other] = await alone.segment({ from: FAR, ports: [40_001, 80], flags: tcp.SYN, seq: 5 });
    expect([other!.to, other!.options.length]).toEqual([parseIpv4(FAR), 0]);
  },
);

test('a peer that has written itself down as the first gateway is not gone through twice', async () => {
  const alone = new Alone();
  alone.listen(80);
  const ipOptions = route(options.LOOSE_SOURCE_ROUTE, FAR, '10.0.0.11');
  const [answer] = await alone.segment({ from: FAR, ports: THERE, flags: tcp.SYN, seq: 5, ipOptions });
  expect(answer!.to).toBe(parseIpv4('10.0.0.11'));
  expect([...answer!.options]).toEqual([options.NOP, options.LOOSE_SOURCE_ROUTE, 7, 4, ...FAR.split('.').map(Number)]);
  const alonePeer = route(options.LOOSE_SOURCE_ROUTE, FAR);
  const [direct] = await alone.segment({
    from: FAR,
    ports: [40_001, 80],
    flags: tcp.SYN,
    seq: 5,
    ipOptions: alonePeer,
  });
  expect([direct!.to, direct!.options.length]).toEqual([parseIpv4(FAR), 0]);
});

test.each(['224.0.0.1', '10.0.0.255', '0.0.0.0', HOST])(
  'a source route that comes by %s, which is no gateway, is none',
  async (last) => {
    const alone = new Alone();
    alone.listen(80);
    const ipOptions = route(options.LOOSE_SOURCE_ROUTE, '10.0.0.11', last);
    const [answer] = await alone.segment({ ports: THERE, flags: tcp.SYN, seq: 5, ipOptions });
    expect([answer!.options.length, answer!.to]).toEqual([0, parseIpv4(PEER)]);
    const client = socket(alone.host, AF_INET, SOCK_STREAM, { sourceRoute: { via: ['10.0.0.255'] } });
    await expect(client.connect([FAR, 80])).rejects.toMatchObject({ code: 'ENETUNREACH' });
  },
);

//= RFC 9293 §3.9.2.1 SHLD-24
test('another source route that comes later takes its place, if the segment that brings it is next', async () => {
  const alone = new Alone();
  const listener = alone.listen(80);
  const segment = { from: FAR, ports: THERE, flags: tcp.ACK, seq: 6 };
  const [answer] = await alone.segment({
    ...segment,
    flags: tcp.SYN,
    seq: 5,
    ipOptions: route(options.LOOSE_SOURCE_ROUTE, '10.0.0.11'),
  });
  const ack = answer!.seq + 1;
  await alone.segment({ ...segment, ack });
  const { connection } = alone.accept(listener);
  const ipOptions = route(options.LOOSE_SOURCE_ROUTE, '10.0.0.12', '10.0.0.13');
  const first = async (): Promise<number> => {
    alone.host.tcp.send(connection, new Uint8Array(1), 0, 1);
    const sent = await alone.sent();
    return sent.at(-1)!.to & 255;
  };
  // A stranger's guess: not next, acknowledging what was never sent, a reset.
  await alone.segment({ ...segment, seq: 7, ack, ipOptions });
  await alone.segment({ ...segment, ack: ack + 1, ipOptions });
  expect(await first()).toBe(11);
  await alone.segment({ ...segment, ack: ack + 1, ipOptions });
  expect(await first()).toBe(13);
  expect(connection.tcb.ipOptions).toBe(12);
});

//= RFC 9293 §3.9.2.1 MUST-51, MUST-52
test('a program may say through which gateways its connection goes; what packets bring changes nothing of that', async () => {
  const alone = new Alone();
  const client = socket(alone.host, AF_INET, SOCK_STREAM, {
    sourceRoute: { via: ['10.0.0.11', '192.0.2.3'] },
    timestamps: false,
  });
  client.connect([FAR, 80]).catch(() => {});
  const [syn] = await alone.sent();
  const check = (packet: Sent): void => {
    expect(packet.to).toBe(parseIpv4('10.0.0.11'));
    expect([...packet.options]).toEqual([
      options.NOP,
      options.LOOSE_SOURCE_ROUTE,
      11,
      4,
      192,
      0,
      2,
      3,
      ...FAR.split('.').map(Number),
    ]);
    expect(packet.isFor(parseIpv4(FAR))).toBe(true);
  };
  check(syn!);
  const back = {
    from: FAR,
    ports: [80, syn!.ports[0]] as const,
    ipOptions: route(options.LOOSE_SOURCE_ROUTE, '10.0.0.12'),
  };
  const [ack] = await alone.segment({ ...back, flags: tcp.SYN | tcp.ACK, seq: 9, ack: syn!.seq + 1, mss: 1_460 });
  check(ack!);
  await alone.segment({ ...back, flags: tcp.ACK, seq: 10, ack: syn!.seq + 1 });
  await client.send(new Uint8Array(1_460));
  const data = await alone.sent();
  data.forEach(check);
  expect(data[0]!.bytes.length).toBe(1_500);

  for (const via of [[], Array.from({ length: 10 }, () => '10.0.0.11'), ['nowhere']])
    await expect(
      socket(alone.host, AF_INET, SOCK_STREAM, { sourceRoute: { via } }).connect([FAR, 80]),
    ).rejects.toMatchObject({ code: 'EINVAL' });
  client.abort();
});

test('a source route that goes on from here is refused, as is any where the host was told so', async () => {
  const alone = new Alone();
  alone.listen(80);
  const onward = route(options.LOOSE_SOURCE_ROUTE, '10.0.0.11');
  onward[3] = 4;
  const [refusal, ...rest] = await alone.segment({ ports: THERE, flags: tcp.SYN, ipOptions: onward });
  expect([refusal!.protocol, refusal!.bytes[20], refusal!.bytes[21], rest]).toEqual([
    ipv4.ICMP,
    icmp.DESTINATION_UNREACHABLE,
    icmp.SOURCE_ROUTE_FAILED,
    [],
  ]);
  expect(alone.host.counters.ipSourceRouted).toBe(1);
  const strict = new Alone({ sourceRoutes: false });
  strict.listen(80);
  const ipOptions = route(options.LOOSE_SOURCE_ROUTE, '10.0.0.11');
  expect(await strict.segment({ ports: THERE, flags: tcp.SYN, ipOptions })).toEqual([]);
  expect(strict.host.counters.ipSourceRouted).toBe(1);
});

//= RFC 9293 §3.9.2.3 MUST-63
test.each(['0.0.0.0', '224.0.0.5', '240.0.0.1', '255.255.255.255', '10.0.0.255', '127.0.0.1', HOST])(
  'a SYN from %s, which no other host has, is nothing',
  async (from) => {
    const alone = new Alone();
    alone.listen(80);
    expect(await alone.segment({ from, ports: THERE, flags: tcp.SYN, seq: 5 })).toEqual([]);
    expect(alone.host.tcp.size).toBe(0);
    expect(await alone.segment({ from, ports: [40_000, 81], flags: tcp.SYN, seq: 5 })).toEqual([]);
  },
);

//= RFC 9293 §3.9.2.3 MUST-57
test.each(['255.255.255.255', '10.0.0.255', '224.0.0.1'])(
  'a SYN to %s, which is not for this host alone, is dropped without a word',
  async (to) => {
    const alone = new Alone();
    alone.listen(80);
    expect(await alone.segment({ to, ports: THERE, flags: tcp.SYN, seq: 5 })).toEqual([]);
    expect(await alone.segment({ to, ports: [40_000, 81], flags: tcp.SYN, seq: 5 })).toEqual([]);
    expect(alone.host.tcp.size).toBe(0);
  },
);

//= RFC 9293 §3.10.7.4 MUST-58, MUST-59
test('segments that have come together are all processed before one acknowledgment goes out', async () => {
  const alone = new Alone({ connection: { delayedAck: 0 } });
  const { connection, syn } = await alone.connected();
  await alone.sent();
  for (let i = 0; i < 10; i++) {
    const seq = 1_001 + 100 * i;
    alone.put(alone.packet({ ports: BACK, flags: tcp.ACK, seq, ack: syn.seq + 1, data: 100 }));
  }
  const answers = await alone.sent();
  expect(answers.map(({ ack }) => ack)).toEqual([2_001]);
  expect(connection.tcb.readable).toBe(1_000);
});
