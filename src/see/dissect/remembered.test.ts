/** How much is remembered of a conversation: a capture may have a million. Octets of tables are counted, no process is measured. */
import { expect, test } from 'vitest';
import { host, ipv6Packet, packetOf, tcpSegment, udpDatagram, Wire } from '../../../test/packets.ts';
import { ACK, FIN, PSH, SYN } from '../../wire/tcp.ts';
import { LINKTYPE } from '../capture/packet.ts';
import { Dissector } from './dissector.ts';
import type { DissectionNeeds } from './needs.ts';

const CONVERSATIONS = 8_192;

/** What is remembered of each of many conversations when they are over. */
function octetsEach(history: DissectionNeeds['history'], talk: (dissector: Dissector, n: number) => void): number {
  const dissector = new Dissector({ needs: { layers: 'all', history } });
  for (let n = 0; n < CONVERSATIONS; n++) talk(dissector, n);
  const { tcpStreams, udpStreams } = dissector.conversations;
  expect(tcpStreams + udpStreams).toBe(CONVERSATIONS);
  return dissector.octets / CONVERSATIONS;
}

const wire = new Wire();

/** A whole connection: handshake, octets one way, closed by both. */
function connection(dissector: Dissector, n: number): void {
  const send = (back: boolean, flags: number, seq: number, ack: number, data: number[] = []): void => {
    const ports: [number, number] = back ? [80, 1024 + n] : [1024 + n, 80];
    const segment = tcpSegment(ports, flags, { seq, ack, data });
    dissector.dissect(back ? wire.frame(host(2), host(1), 6, segment) : wire.frame(host(1), host(2), 6, segment));
  };
  send(false, SYN, 100, 0);
  send(true, SYN | ACK, 500, 101);
  send(false, PSH | ACK, 101, 501, [1, 2, 3]);
  send(true, FIN | ACK, 501, 104);
  send(false, FIN | ACK, 104, 502);
  send(true, ACK, 502, 105);
}

/** A SYN that nobody answers. */
function question(dissector: Dissector, n: number): void {
  dissector.dissect(wire.frame(host(1), host(n >>> 8), 6, tcpSegment([1024, n & 0xff], SYN, { seq: n })));
}

/** Rows come in pages, and lists of what waits for an acknowledgment are as large for few as for many. */
const SLACK = 1.05;

test('the list, and fields of headers and streams: 44 octets', () => {
  for (const history of ['streams', 'segments'] as const) {
    expect(octetsEach(history, connection)).toBeLessThan(44 * SLACK);
    expect(octetsEach(history, question)).toBeLessThan(44 * SLACK);
  }
  const datagram = (dissector: Dissector, n: number): void => {
    dissector.dissect(wire.frame(host(1), host(2), 17, udpDatagram([1024 + n, 7], [])));
  };
  expect(octetsEach('segments', datagram)).toBeLessThan(44 * SLACK);
});

test('with times 16 more, with acknowledgments 16 more of what is over', () => {
  expect(octetsEach('times', connection)).toBeLessThan(60 * SLACK);
  expect(octetsEach('all', connection)).toBeLessThan(76 * SLACK);
});

test('of segments that nobody acknowledged no more is remembered than the limit says', () => {
  const limited = new Dissector({ unacknowledged: 100 });
  for (let n = 0; n < CONVERSATIONS; n++) question(limited, n);
  expect(limited.acknowledgments.forgotten).toBe(CONVERSATIONS - 100);
  expect(limited.octets / CONVERSATIONS).toBeLessThan(80 * SLACK);
});

test('an IPv6 address takes 16 octets, and one that many conversations have no more', () => {
  const from =
    (addresses: number) =>
    (dissector: Dissector, n: number): void => {
      const source = `2001:db8::${(n % addresses).toString(16)}`;
      const port = 1024 + Math.floor(n / addresses);
      const packet = ipv6Packet(source, '2001:db8:1::1', 6, tcpSegment([port, 80], SYN));
      dissector.dissect(packetOf(packet, { linkType: LINKTYPE.IPV6 }));
    };
  expect(octetsEach('segments', from(10))).toBeLessThan(47 * SLACK);
  expect(octetsEach('segments', from(CONVERSATIONS))).toBeLessThan((44 + 18) * SLACK);
});

test('when what may be remembered is full, later conversations have no stream, and no more is taken', () => {
  const memory = 1 << 20;
  for (const [history, each] of [
    ['segments', 44],
    ['times', 60],
    ['all', 76],
  ] as const) {
    const dissector = new Dissector({ needs: { layers: 'all', history }, memory });
    for (let n = 0; n < 60_000; n++)
      dissector.dissect(wire.frame(host(n >>> 12), host(2), 6, tcpSegment([1024 + (n & 0xfff), 80], ACK)));
    expect(dissector.conversations.count).toBe(Math.ceil(memory / each));
    expect(dissector.conversations.untracked).toBe(60_000 - dissector.conversations.count);
    expect(dissector.octets).toBeLessThan(1.1 * memory + 16_384);
  }
});
