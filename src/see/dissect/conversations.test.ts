/** tcp.stream, relative numbers and scaled windows: each rule as tshark 4.0.17 has it. */
import { expect, test } from 'vitest';
import { host, ipv6Packet, packetOf, tcpSegment, udpDatagram, Wire } from '../../../test/packets.ts';
import { seeded } from '../../core/random.ts';
import { halfSipHash } from '../../core/siphash.ts';
import { ACK, FIN, PSH, RST, SYN } from '../../wire/tcp.ts';
import { LINKTYPE } from '../capture/packet.ts';
import { Dissector } from './dissector.ts';
import { fieldTexts, findField } from './index.ts';

const SCALE = (shift: number): number[] => [3, 3, shift, 1];

/** A conversation between a client (10.0.0.1:51234) and a server (10.0.0.2:7456). */
class Talk {
  readonly dissector = new Dissector();
  readonly #wire = new Wire();
  /** Octets of a frame that are captured. */
  snapLength = 65_535;

  /** A segment's `stream seq ack window scale`, tshark's fields. */
  send(from: 'client' | 'server', flags: number, seq: number, ack = 0, window = 500, options: number[] = []): string {
    const [a, b] = from === 'client' ? [1, 2] : [2, 1];
    const ports: [number, number] = from === 'client' ? [51234, 7456] : [7456, 51234];
    const segment = tcpSegment(ports, flags, { seq, ack, window, options });
    const packet = this.#wire.frame(host(a), host(b), 6, segment);
    packet.capturedLength = Math.min(packet.capturedLength, this.snapLength);
    const dissection = this.dissector.dissect(packet);
    return ['tcp.stream', 'tcp.seq', 'tcp.ack', 'tcp.window_size', 'tcp.window_size_scalefactor']
      .map((name) => fieldTexts(findField(name)!, dissection).join())
      .join(' ')
      .trimEnd();
  }

  /** SYN, SYN-ACK, then an ACK from each side with a window field of 500: their windows and factors. */
  scales(client: number[], server: number[]): string[] {
    this.send('client', SYN, 1000, 0, 500, client);
    this.send('server', SYN | ACK, 5000, 1001, 500, server);
    return this.windows();
  }

  windows(): string[] {
    const last = (text: string): string => text.split(' ').slice(3).join(' ');
    return [last(this.send('client', ACK, 1001, 5001)), last(this.send('server', ACK, 5001, 1001))];
  }
}

test('a SYN is 0, and what follows counts from it', () => {
  const talk = new Talk();
  expect(talk.send('client', SYN, 1000)).toBe('0 0 0 500');
  expect(talk.send('server', SYN | ACK, 5000, 1001)).toBe('0 0 1 500');
  expect(talk.send('client', ACK, 1001, 5001)).toBe('0 1 1 500 -2');
});

test('without a SYN each end begins at 1, by what it sends or what the other acknowledges', () => {
  const talk = new Talk();
  expect(talk.send('client', ACK, 1001, 5001)).toBe('0 1 1 500 -1');
  expect(talk.send('server', ACK, 5001, 1101)).toBe('0 1 101 500 -1');
});

test('a SYN whose options were cut off leaves scaling open, one without the option ends it', () => {
  const talk = new Talk();
  talk.scales([], []);
  expect(talk.windows()).toEqual(['500 -2', '500 -2']);
  const cut = new Talk();
  cut.snapLength = 54;
  cut.send('client', SYN, 1000, 0, 500, SCALE(7));
  cut.send('server', SYN | ACK, 5000, 1001, 500, SCALE(7));
  expect(cut.windows()).toEqual(['500 -1', '500 -1']);
});

test('without the ACK bit the acknowledgment number is shown as it stands', () => {
  const talk = new Talk();
  talk.scales([], []);
  expect(talk.send('client', PSH, 1001, 5001)).toBe('0 1 5001 500 -2');
  expect(talk.send('client', RST, 1001, 0)).toBe('0 1 0 500 -2');
});

test('numbers wrap: those of an older connection are shown as huge', () => {
  const talk = new Talk();
  talk.send('client', SYN, 1000);
  expect(talk.send('client', SYN, 2000)).toBe('1 0 0 500');
  expect(talk.send('server', SYN | ACK, 5000, 1001)).toBe('1 0 4294966297 500');
});

test('a SYN with another number on known ports begins a new stream; the same one, and a new SYN-ACK, do not', () => {
  const talk = new Talk();
  talk.scales([], []);
  talk.send('client', FIN | ACK, 1001, 5001);
  expect(talk.send('client', SYN, 1000)).toBe('0 0 0 500');
  expect(talk.send('server', SYN | ACK, 9000, 1001)).toBe('0 0 1 500');
  expect(talk.send('server', ACK, 9001, 1001)).toBe('0 1 1 500 -2');
  expect(talk.send('client', SYN, 99000)).toBe('1 0 0 500');
  expect(talk.send('server', SYN | ACK, 77000, 99001)).toBe('1 0 1 500');
  expect(talk.dissector.streams.map(({ ends }) => ends[0].port)).toEqual([51234, 51234]);
  expect(talk.send('server', SYN, 60000)).toBe('2 0 0 500');
  expect(talk.dissector.streams[2]?.ends[0].port).toBe(7456);
});

test('a reset that was seen first sets the base one before its number', () => {
  const talk = new Talk();
  expect(talk.send('client', RST, 1000)).toBe('0 1 0 500 -1');
  expect(talk.send('client', SYN, 1000)).toBe('1 0 0 500');
});

test('a window scale counts where both offered', () => {
  expect(new Talk().scales(SCALE(7), SCALE(5))).toEqual(['64000 128', '16000 32']);
  expect(new Talk().scales(SCALE(7), [])).toEqual(['500 -2', '500 -2']);
  expect(new Talk().scales([], SCALE(7))).toEqual(['500 -2', '500 -2']);
  expect(new Talk().scales(SCALE(0), SCALE(0))).toEqual(['500 1', '500 1']);
  expect(new Talk().scales(SCALE(20), SCALE(15))).toEqual(['8192000 16384', '8192000 16384']);
});

test('the window of a SYN is never scaled', () => {
  const talk = new Talk();
  talk.scales(SCALE(5), SCALE(5));
  expect(talk.send('server', SYN | ACK, 5000, 1001)).toBe('0 0 1 500');
});

test('with half a handshake captured, the half that was seen counts', () => {
  const synOnly = new Talk();
  synOnly.send('client', SYN, 1000, 0, 500, SCALE(7));
  expect(synOnly.windows()).toEqual(['64000 128', '500 -1']);
  const synAckOnly = new Talk();
  synAckOnly.send('server', SYN | ACK, 5000, 1001, 500, SCALE(7));
  expect(synAckOnly.windows()).toEqual(['500 -1', '64000 128']);
  const without = new Talk();
  without.send('server', SYN | ACK, 5000, 1001);
  expect(without.windows()).toEqual(['500 -2', '500 -2']);
});

test('a repeated SYN may add the option but not take it away', () => {
  const added = new Talk();
  added.send('client', SYN, 1000);
  expect(added.scales(SCALE(7), SCALE(6))).toEqual(['64000 128', '32000 64']);
  const dropped = new Talk();
  dropped.send('client', SYN, 1000, 0, 500, SCALE(7));
  expect(dropped.scales([], SCALE(6))).toEqual(['64000 128', '32000 64']);
});

test('a simultaneous open scales when both SYNs had the option', () => {
  const both = new Talk();
  both.send('client', SYN, 1000, 0, 500, SCALE(7));
  both.send('server', SYN, 5000, 0, 500, SCALE(6));
  expect(both.windows()).toEqual(['64000 128', '32000 64']);
  const one = new Talk();
  one.send('client', SYN, 1000, 0, 500, SCALE(7));
  one.send('server', SYN, 5000);
  expect(one.windows()).toEqual(['500 -2', '500 -2']);
  // The second had it, and not its SYN-ACK, since the first had not.
  const second = new Talk();
  second.send('client', SYN, 1000);
  second.send('server', SYN, 5000, 0, 500, SCALE(6));
  expect(second.windows()[1]).toBe('32000 64');
  second.send('client', SYN | ACK, 1000, 5001);
  second.send('server', SYN | ACK, 5000, 1001);
  expect(second.windows()).toEqual(['500 -2', '500 -2']);
});

test('both ends may be the same address and port', () => {
  const dissector = new Dissector();
  const wire = new Wire();
  const seqs = [
    tcpSegment([5000, 5000], SYN, { seq: 1 }),
    tcpSegment([5000, 5000], SYN | ACK, { seq: 1, ack: 2 }),
    tcpSegment([5000, 5000], ACK, { seq: 2, ack: 2 }),
  ].map((segment) => dissector.dissect(wire.frame(host(1), host(1), 6, segment)).segment?.relativeSeq);
  expect(seqs).toEqual([0, 0, 1]);
  expect(dissector.conversations.tcpStreams).toBe(1);
});

test('TCP and UDP, IPv4 and IPv6 have conversations of their own; direction does not matter', () => {
  const dissector = new Dissector();
  const raw = (octets: number[], linkType: number): string => {
    const dissection = dissector.dissect(packetOf(octets, { linkType }));
    const texts = ['tcp.stream', 'udp.stream'].map((name) => fieldTexts(findField(name)!, dissection).join());
    return texts.join('|');
  };
  const a = '2001:db8::1';
  const b = '2001:db8::2';
  const wire = new Wire();
  const ip4 = (from: number, to: number, protocol: number, payload: number[]): string => {
    const packet = wire.frame(host(from), host(to), protocol, payload);
    return raw([...packet.bytes], LINKTYPE.ETHERNET);
  };
  expect(raw(ipv6Packet(a, b, 6, tcpSegment([1, 2], SYN)), LINKTYPE.IPV6)).toBe('0|');
  expect(ip4(1, 2, 6, tcpSegment([1, 2], SYN))).toBe('1|');
  expect(ip4(1, 2, 17, udpDatagram([1, 2], []))).toBe('|0');
  expect(raw(ipv6Packet(b, a, 17, udpDatagram([2, 1], [])), LINKTYPE.IPV6)).toBe('|1');
  expect(raw(ipv6Packet(b, a, 6, tcpSegment([2, 1], ACK)), LINKTYPE.IPV6)).toBe('0|');
  expect(ip4(2, 1, 6, tcpSegment([2, 1], ACK))).toBe('1|');
  expect(ip4(2, 1, 6, tcpSegment([1, 2], ACK))).toBe('2|');
  expect(dissector.streams[0]?.ends).toEqual([
    { address: a, port: 1 },
    { address: b, port: 2 },
  ]);
});

test('many conversations are told apart, and the table ends where its limit is', () => {
  const dissector = new Dissector({ conversations: 5000 });
  const wire = new Wire();
  const stream = (n: number): string => {
    const segment = tcpSegment([n & 0xffff, 80], SYN, { seq: n });
    const dissection = dissector.dissect(wire.frame(host(n % 251), host(300 + (n % 7)), 6, segment));
    return fieldTexts(findField('tcp.stream')!, dissection).join();
  };
  for (let n = 0; n < 5000; n++) expect(stream(n)).toBe(String(n));
  expect(stream(5000)).toBe('');
  expect(dissector.conversations.untracked).toBe(1);
  for (let n = 4999; n >= 0; n -= 7) expect(stream(n)).toBe(String(n));
});

test('a limit that makes no sense is refused with its name and range', () => {
  expect(() => new Dissector({ conversations: 0 })).toThrow(/conversations/);
  expect(() => new Dissector({ datagrams: -1 })).toThrow(/datagrams/);
  expect(() => new Dissector({ unacknowledged: 1.5 })).toThrow(/unacknowledged/);
});

/** The hash that everybody can compute: with the key that stands in this file, addresses can be chosen that fall on few places of the table. */
test('who does not know the key cannot make conversations fall on one place of the table', () => {
  const wire = new Wire();
  // Conversations that share their place under the fixed key: found by trying, as an attacker would.
  const fixed = new Dissector();
  const chosen: number[] = [];
  const syn = (n: number): number[] => tcpSegment([n & 0xffff, 80], SYN, { seq: 1 });
  const frame = (n: number): ReturnType<Wire['frame']> => wire.frame(host(1 + (n >>> 16)), host(0), 6, syn(n));
  for (let n = 0; chosen.length < 400; n++) {
    const words = Int32Array.of(1, (80 << 16) | (n & 0xffff), 0x0a000000, 0x0a000001 + (n >>> 16));
    if ((halfSipHash(0x243f6a88, 0x85a308d3 | 0, words, 0, 4) & 1023) === 5) chosen.push(n);
  }
  const work = (dissector: Dissector): number => {
    for (const n of chosen) dissector.dissect(frame(n));
    expect(dissector.conversations.tcpStreams).toBe(chosen.length);
    return dissector.conversations.looks / chosen.length;
  };
  expect(work(fixed)).toBeGreaterThan(100);
  expect(work(new Dissector({ random: seeded(1) }))).toBeLessThan(5);
});

test('a connection through a SOCKS proxy has a number that no packet has, once its first octets come', () => {
  const dissector = new Dissector({ needs: { layers: 'headers', history: 'streams' } });
  const wire = new Wire();
  const send = (ports: [number, number], data: number[]): number => {
    const back = ports[0] === 1080;
    const segment = tcpSegment(ports, ACK, { seq: 1, ack: 1, data });
    return dissector.dissect(wire.frame(host(back ? 2 : 1), host(back ? 1 : 2), 6, segment)).streams[3]!;
  };
  send([2000, 1080], [4, 1, 0, 80, 1, 2, 3, 4, 0]);
  expect(send([2001, 7], [1])).toBe(1);
  send([1080, 2000], [0, 90, 0, 0, 0, 0, 0, 0]);
  expect(send([2002, 7], [1])).toBe(2);
  expect(send([1080, 2000], [1])).toBe(0);
  expect(send([2003, 7], [1])).toBe(4);
  expect(send([1080, 2000], [1])).toBe(0);
  expect(send([2004, 7], [1])).toBe(5);
  expect(dissector.streams[3]!.ends).toEqual([
    { address: '', port: 0 },
    { address: '', port: 0 },
  ]);
  // What the proxy refuses has none.
  send([2010, 1080], [4, 1, 0, 80, 1, 2, 3, 4, 0]);
  send([1080, 2010], [0, 91, 0, 0, 0, 0, 0, 0]);
  send([2010, 1080], [1]);
  expect(send([2011, 7], [1])).toBe(7);
});
