/** What networks and silence say of a connection that goes on, and who is told: asynchronous reports (RFC 9293 §3.9.1.8), ICMP (§3.9.2.2), advice to IP (§3.8.3). */
import { expect, test } from 'vitest';
import { SECOND } from '../../src/core/time.ts';
import { AF_INET, SOCK_STREAM, socket } from '../../src/speak/index.ts';
import * as arp from '../../src/wire/arp.ts';
import * as ethernet from '../../src/wire/ethernet.ts';
import * as icmp from '../../src/wire/icmp.ts';
import * as ipv4 from '../../src/wire/ipv4.ts';
import * as tcp from '../../src/wire/tcp.ts';
import { Alone, listen } from '../alone.ts';
import { auditedNetwork } from '../audited-network.ts';

const BACK = [80, 40_000] as const;

/** A host with a connection that has sent ten octets, which nobody has acknowledged. */
async function sending() {
  const alone = new Alone();
  const { host } = alone;
  const opened = await alone.connected();
  host.tcp.send(opened.connection, new Uint8Array(10), 0, 10);
  const data = (await alone.sent()).find(({ length }) => length === 10)!;
  return { ...opened, alone, host, data };
}

//= RFC 9293 §3.9.2.2 MUST-54, MUST-56, SHLD-25
//= RFC 9293 §3.9.1.8 MUST-47
test.each([
  [icmp.DESTINATION_UNREACHABLE, 0, 'ENETUNREACH'],
  [icmp.DESTINATION_UNREACHABLE, 1, 'EHOSTUNREACH'],
  [icmp.DESTINATION_UNREACHABLE, 5, 'EOPNOTSUPP'],
  [icmp.TIME_EXCEEDED, 0, 'EHOSTUNREACH'],
  [icmp.TIME_EXCEEDED, 1, 'EHOSTUNREACH'],
  [icmp.PARAMETER_PROBLEM, 0, 'EPROTO'],
] as const)(
  'ICMP %d code %d ends nothing, and is told to the program of the connection it is about: %s',
  async (type, code, meaning) => {
    const { alone, connection, owner, data } = await sending();
    expect(await alone.error(type, code, data)).toEqual([]);
    expect(connection.tcb.state).toBe('ESTABLISHED');
    expect(owner.reports).toEqual([{ reason: 'icmp', code: meaning, icmpType: type, icmpCode: code }]);
    expect(connection.softError).toBe(meaning);
    // So does a connection that is being made.
    const opening = new Alone();
    const { connection: young, owner: asked, syn } = await opening.connect();
    await opening.error(type, code, syn);
    expect(young.tcb.state).toBe('SYN-SENT');
    expect(asked.reports).toHaveLength(1);
  },
);

//= RFC 9293 §3.9.2.2 MUST-54
test('an ICMP error about what is not in flight, or about another connection, is not believed', async () => {
  const { alone, owner, data } = await sending();
  const about = (change: (view: DataView, at: number) => void): typeof data => {
    const bytes = data.bytes.slice();
    change(new DataView(bytes.buffer), ipv4.HEADER);
    return { ...data, bytes };
  };
  await alone.error(
    3,
    1,
    about((view, at) => view.setInt32(at + 4, data.seq - 1)),
  );
  await alone.error(
    3,
    1,
    about((view, at) => view.setInt32(at + 4, data.seq + 11)),
  );
  await alone.error(
    3,
    1,
    about((view, at) => view.setUint16(at, 40_001)),
  );
  expect(owner.reports).toEqual([]);
  await alone.error(3, 1, data);
  expect(owner.reports).toHaveLength(1);
});

//= RFC 9293 §3.9.2.2 SHLD-26
test.each([
  [icmp.PROTOCOL_UNREACHABLE, 'ENOPROTOOPT'],
  [icmp.PORT_UNREACHABLE, 'ECONNREFUSED'],
] as const)(
  'destination unreachable, code %d, ends a connection that is being made, with %s; one that is there hears of it',
  async (code, meaning) => {
    const alone = new Alone();
    const { connection, owner, syn } = await alone.connect();
    await alone.error(icmp.DESTINATION_UNREACHABLE, code, syn);
    expect([connection.tcb.state, connection.error, owner.reports]).toEqual(['CLOSED', meaning, []]);
    const there = await sending();
    await there.alone.error(icmp.DESTINATION_UNREACHABLE, code, there.data);
    expect(there.connection.tcb.state).toBe('ESTABLISHED');
    expect(there.owner.reports).toMatchObject([{ reason: 'icmp', code: meaning }]);

    const passive = new Alone();
    passive.listen(80);
    const [answer] = await passive.segment({ ports: [40_000, 80], flags: tcp.SYN, seq: 5 });
    expect(passive.host.tcp.size).toBe(1);
    await passive.error(icmp.DESTINATION_UNREACHABLE, code, answer!);
    expect(passive.host.tcp.size).toBe(0);
  },
);

//= RFC 9293 §3.9.2.2 MUST-55
test('a Source Quench is nothing', async () => {
  const { alone, host, connection, owner, data } = await sending();
  const before = { ...connection.tcb.congestion };
  const { icmpErrorsIn } = host.counters;
  expect(await alone.error(icmp.SOURCE_QUENCH, 0, data)).toEqual([]);
  expect(connection.tcb.congestion).toEqual(before);
  expect(owner.reports).toEqual([]);
  expect([connection.softError, host.counters.icmpErrorsIn]).toEqual([undefined, icmpErrorsIn]);
});

//= RFC 9293 §3.9.1.8 MUST-47, SHLD-20
//= RFC 9293 §3.8.3 SHLD-9
test('retransmissions without an answer and urgent data are told, too; an owner that does not want to know hears nothing', async () => {
  const { alone, connection, owner } = await sending();
  await alone.sent(2.9 * SECOND);
  expect(owner.reports).toEqual([]);
  await alone.sent(5 * SECOND);
  expect(owner.reports).toEqual([{ reason: 'retransmissions', count: 3 }]);
  await alone.segment({ ports: BACK, flags: tcp.ACK, seq: 1_001, ack: connection.tcb.snd.nxt });
  await alone.segment({ ports: BACK, flags: tcp.ACK | tcp.URG, seq: 1_001, ack: connection.tcb.snd.nxt, urgent: 7 });
  expect(owner.reports.slice(1)).toEqual([{ reason: 'urgent', octets: 7 }]);

  const deaf = await sending();
  deaf.connection.owner = { connectionEvents: () => {} };
  await deaf.alone.error(3, 1, deaf.data);
  await deaf.alone.sent(20 * SECOND);
  expect([deaf.connection.tcb.state, deaf.connection.softError]).toEqual(['ESTABLISHED', 'EHOSTUNREACH']);
});

//= RFC 9293 §3.8.3 MUST-20: (b), advice to IP
test('after R1 the next hop has to prove that it is still there', async () => {
  const questions: number[] = [];
  let cut = false;
  const net = auditedNetwork({
    impairment: (driver) => ({
      random: driver.random,
      out: { drop: (_index, { view, start }) => cut && ethernet.type(view, start) === ethernet.TYPE_IPV4 },
    }),
    onFrame: ({ view, start }, now, from) => {
      if (from !== 'client' || ethernet.type(view, start) !== ethernet.TYPE_ARP) return;
      if (cut && arp.operation(view, start + ethernet.HEADER) === arp.REQUEST) questions.push(now);
    },
    host: { arp: { lifetime: 3_600_000 } },
  });
  const { driver, client } = net;
  listen(net.server, 80);
  const owner = { connectionEvents: () => {} };
  const connection = client.tcp.connect(
    client.interfaces[1]!,
    0x0a00_0001,
    40_000,
    0x0a00_0002,
    80,
    client.connectionSettings,
    owner,
  )!;
  await driver.advance(SECOND);
  expect(connection.tcb.state).toBe('ESTABLISHED');
  cut = true;
  client.tcp.send(connection, new Uint8Array(10), 0, 10);
  const begun = driver.now;
  await driver.advance(6 * SECOND);
  expect(questions).toEqual([]);
  await driver.advance(2 * SECOND);
  expect(questions).toHaveLength(1);
  expect(questions[0]! - begun).toBeGreaterThan(6.9 * SECOND);
});

//= RFC 9293 §3.9.1.8 MUST-47, SHLD-20
test("a socket's program is told when it asks to be", async () => {
  const alone = new Alone();
  const client = socket(alone.host, AF_INET, SOCK_STREAM);
  client.connect(['10.0.0.1', 80]).catch(() => {});
  const [syn] = await alone.sent();
  await alone.error(icmp.DESTINATION_UNREACHABLE, 0, syn!);
  const reports: unknown[] = [];
  client.onReport = (report) => reports.push(report);
  await alone.error(icmp.DESTINATION_UNREACHABLE, 1, syn!);
  client.onReport = undefined;
  await alone.error(icmp.DESTINATION_UNREACHABLE, 0, syn!);
  expect(reports).toEqual([{ reason: 'icmp', code: 'EHOSTUNREACH', icmpType: 3, icmpCode: 1 }]);
  client.abort();
});
