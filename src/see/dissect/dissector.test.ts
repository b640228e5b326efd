/** Layers: which there are, where they end, what happens to those that are broken or cut. */
import { expect, test } from 'vitest';
import {
  ethernetFrame,
  host,
  icmpMessage,
  ipv4Packet,
  ipv6Packet,
  packetOf,
  tcpSegment,
  udpDatagram,
  Wire,
} from '../../../test/packets.ts';
import { ACK, PSH, RST, SYN } from '../../wire/tcp.ts';
import { LINKTYPE, type Packet } from '../capture/packet.ts';
import { details } from './details/index.ts';
import { Dissector } from './dissector.ts';
import { type Dissection, fieldTexts, findField } from './index.ts';
import { bothNeeds, NEEDS_EVERYTHING, needsOfField } from './needs.ts';
import { listLine } from './packet-list.ts';

const value = (dissection: Dissection, name: string): string => fieldTexts(findField(name)!, dissection).join(',');
const valuesOf = (packet: Packet, ...names: string[]): string[] => {
  const dissection = new Dissector().dissect(packet);
  return names.map((name) => value(dissection, name));
};

const SEGMENT = tcpSegment([1000, 7456], SYN, { seq: 7, options: [2, 4, 5, 0xb4] });
const IP = ipv4Packet('10.0.0.1', '10.0.0.2', 6, SEGMENT);

test.each([
  ['Ethernet', LINKTYPE.ETHERNET, ethernetFrame(0x0800, IP), 'eth:ethertype:ip:tcp'],
  ['NULL from a little-endian machine', LINKTYPE.NULL, [2, 0, 0, 0, ...IP], 'null:ip:tcp'],
  ['NULL from a big-endian machine', LINKTYPE.NULL, [0, 0, 0, 2, ...IP], 'null:ip:tcp'],
  ['LOOP', LINKTYPE.LOOP, [0, 0, 0, 2, ...IP], 'null:ip:tcp'],
  ['SLL', LINKTYPE.LINUX_SLL, [0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0, ...IP], 'sll:ethertype:ip:tcp'],
  [
    'SLL2',
    LINKTYPE.LINUX_SLL2,
    [8, 0, 0, 0, 0, 0, 0, 3, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 0, 0, ...IP],
    'sll:ethertype:ip:tcp',
  ],
  ['raw IP, 101', LINKTYPE.RAW, IP, 'raw:ip:tcp'],
  ['raw IP, 12', LINKTYPE.RAW_BSD, IP, 'raw:ip:tcp'],
  ['raw IP, 14', LINKTYPE.RAW_OPENBSD, IP, 'raw:ip:tcp'],
  ['raw IPv4', LINKTYPE.IPV4, IP, 'ip:tcp'],
  ['raw IPv6', LINKTYPE.IPV6, ipv6Packet('2001:db8::1', '::2', 6, SEGMENT), 'ipv6:tcp'],
])('%s carries IP', (_name, linkType, octets, path) => {
  expect(valuesOf(packetOf(octets, { linkType }), 'frame.protocols', 'tcp.dstport', 'tcp.seq_raw')).toEqual([
    path,
    '7456',
    '7',
  ]);
});

test('fields of SLL2 and of Ethernet', () => {
  const sll2 = [8, 0, 0, 0, 0, 0, 0, 3, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 0, 0, ...IP];
  const names = ['sll.etype', 'sll.ifindex', 'sll.hatype', 'sll.pkttype', 'sll.halen', 'sll.src.eth'];
  const values = ['0x0800', '3', '1', '4', '6', '02:00:00:00:00:01'];
  expect(valuesOf(packetOf(sll2, { linkType: LINKTYPE.LINUX_SLL2 }), ...names)).toEqual(values);
  const ethernet = packetOf(ethernetFrame(0x0800, IP));
  expect(valuesOf(ethernet, 'eth.src', 'eth.addr', 'eth.type')).toEqual([
    '02:00:00:00:00:01',
    '02:00:00:00:00:02,02:00:00:00:00:01',
    '0x0800',
  ]);
});

test('padding behind an IP packet is not payload, and lengths are by the IP header when the capture cut the packet', () => {
  const padded = packetOf(ethernetFrame(0x0800, [...IP, 0, 0, 0, 0, 0, 0]));
  expect(valuesOf(padded, 'tcp.len', 'frame.protocols')).toEqual(['0', 'eth:ethertype:ip:tcp']);
  const whole = ethernetFrame(
    0x0800,
    ipv4Packet('10.0.0.1', '10.0.0.2', 6, tcpSegment([1, 2], ACK, { data: new Array(1000).fill(65) })),
  );
  const cut = packetOf(whole.slice(0, 60), { originalLength: whole.length });
  expect(valuesOf(cut, 'tcp.len', 'frame.cap_len', 'data.len')).toEqual(['1000', '60', '6']);
});

test('an IPv4 total length of zero is an offload packet that reaches to the end', () => {
  const packet = ipv4Packet('10.0.0.1', '10.0.0.2', 6, tcpSegment([1, 2], ACK, { data: [1, 2, 3] }));
  packet[2] = 0;
  packet[3] = 0;
  expect(valuesOf(packetOf(ethernetFrame(0x0800, packet)), 'ip.len', 'tcp.len')).toEqual(['43', '3']);
});

test('of a cut or forged header the good outer layers and the octets that are there stay', () => {
  const whole = ethernetFrame(0x0800, IP);
  const line = (octets: number[], originalLength = octets.length): string =>
    listLine(new Dissector().dissect(packetOf(octets, { originalLength }))).replace(/^ *1 0\.0+ +/, '');
  expect(line(whole.slice(0, 46), 58)).toBe(
    '10.0.0.1 → 10.0.0.2     TCP 58 1000 → 7456[Packet size limited during capture]',
  );
  expect(line(whole.slice(0, 30), 58)).toBe(
    '10.0.0.1 → 02:00:00:00:00:02 IPv4 58 [Packet size limited during capture]',
  );
  const short = ethernetFrame(0x0800, ipv4Packet('10.0.0.1', '10.0.0.2', 6, SEGMENT.slice(0, 12)));
  expect(line(short)).toBe('10.0.0.1 → 10.0.0.2     TCP 46 1000 → 7456[Malformed Packet]');
  const bogus = [...whole];
  bogus[46] = 0x20;
  expect(line(bogus)).toBe(
    '10.0.0.1 → 10.0.0.2     TCP 58 1000 → 7456 [SYN] Seq=0 Win=65535, bogus TCP header length (8, must be at least 20)',
  );
  const lying = [...whole];
  lying[17] = 10;
  expect(line(lying)).toBe(
    '02:00:00:00:00:01 → 02:00:00:00:00:02 IPv4 58 Bogus IP length (10, less than header length 20)',
  );
});

test('what a quoted segment carries is data, but for the cause of a reset', () => {
  const wire = new Wire();
  const quoted = (flags: number): string => {
    const segment = tcpSegment([1000, 7456], flags, { seq: 111, data: [65, 66] });
    const quote = ipv4Packet('10.0.0.1', '10.0.0.2', 6, segment);
    const packet = wire.frame('10.0.0.2', '10.0.0.1', 1, icmpMessage(3, 3, 0, quote));
    return value(new Dissector().dissect(packet), 'data.data');
  };
  expect(quoted(ACK)).toBe('4142');
  expect(quoted(RST)).toBe('');
});

test('what an ICMP error quotes counts as fields, but is no traffic', () => {
  const dissector = new Dissector();
  const wire = new Wire();
  const quote = ipv4Packet('10.0.0.1', '10.0.0.2', 6, tcpSegment([1000, 7456], SYN, { seq: 111 }));
  dissector.dissect(wire.frame('10.0.0.1', '10.0.0.2', 6, tcpSegment([1000, 7456], SYN, { seq: 111 })));
  const error = dissector.dissect(wire.frame('10.0.0.2', '10.0.0.1', 1, icmpMessage(3, 3, 0, quote)));
  expect(error.segment).toBeUndefined();
  expect(value(error, 'ip.src')).toBe('10.0.0.2,10.0.0.1');
  expect(value(error, 'frame.protocols')).toBe('eth:ethertype:ip:icmp:ip:tcp');
  // tshark shows the raw number, in tcp.seq, and no length.
  expect(['tcp.stream', 'tcp.seq', 'tcp.seq_raw', 'tcp.len'].map((name) => value(error, name))).toEqual([
    '0',
    '111',
    '',
    '',
  ]);
  expect(listLine(error)).toMatch(/10\.0\.0\.2 → 10\.0\.0\.1 {5}ICMP 82 Destination unreachable \(Port unreachable\)$/);
  const eight = dissector.dissect(wire.frame('10.0.0.2', '10.0.0.1', 1, icmpMessage(11, 0, 0, quote.slice(0, 28))));
  expect(['tcp.srcport', 'tcp.seq', 'tcp.flags'].map((name) => value(eight, name))).toEqual(['1000', '111', '']);
});

test('the frame that completes a datagram shows what it carries, whatever the order of the fragments', () => {
  const datagram = udpDatagram([35147, 7300], new Array(3000).fill(90));
  const dissector = new Dissector();
  const wire = new Wire();
  const fragment = (from: number, to: number, more: boolean): Dissection =>
    dissector.dissect(
      wire.frame('10.0.0.1', '10.0.0.2', 17, datagram.slice(from, to), {
        id: 5,
        fragment: (more ? 0x2000 : 0) | (from / 8),
      }),
    );
  expect(listLine(fragment(0, 1480, true))).toMatch(
    /IPv4 1514 Fragmented IP protocol \(proto=UDP 17, off=0, ID=0005\)$/,
  );
  expect(value(fragment(2960, 3008, false), 'udp.srcport')).toBe('');
  const last = fragment(1480, 2960, true);
  expect(listLine(last)).toMatch(/UDP 1514 35147 → 7300 Len=3000$/);
  expect(['udp.length', 'frame.protocols', 'udp.stream'].map((name) => value(last, name))).toEqual([
    '3008',
    'eth:ethertype:ip:udp:data',
    '0',
  ]);
  expect(value(fragment(1480, 2960, true), 'udp.srcport')).toBe('');
});

test('fragments that contradict one another are told, and none behind the end makes a datagram whole', () => {
  const dissector = new Dissector();
  const wire = new Wire();
  const datagram = udpDatagram([1, 2], new Array(56).fill(90));
  const fragment = (from: number, to: number, more: boolean, octets = datagram): Dissection =>
    dissector.dissect(
      wire.frame('10.0.0.1', '10.0.0.2', 17, octets.slice(from, to), {
        id: 6,
        fragment: (more ? 0x2000 : 0) | (from / 8),
      }),
    );
  const other = [...datagram, ...new Array<number>(64).fill(91)];
  fragment(64, 88, true, other);
  fragment(0, 24, true);
  fragment(16, 24, true, new Array<number>(24).fill(91));
  // As many blocks came as there are, of which three are behind the end.
  expect(value(fragment(48, 64, false), 'udp.srcport')).toBe('');
  fragment(48, 56, false);
  const whole = fragment(24, 48, true);
  const names = ['fragment', 'fragment.error', 'fragment.overlap', 'fragment.overlap.conflict'];
  expect(
    [...names, 'fragment.multipletails', 'fragment.toolongfragment'].map((name) => value(whole, `ip.${name}`)),
  ).toEqual(['2,6,4', '3,5,1', '1,1', '1', '1', '1']);
  expect(value(whole, 'udp.payload')).toBe('5a'.repeat(56));
  expect(details(whole).join('\n')).toMatch(/\[Frame: 1, payload: 64-87 \(24 bytes\)\]\n *\[Fragment too long: True\]/);
});

/** The values that fields have in the last of the frames with these fragments of protocol 253, for which no layer is known. */
function valuesOfFragments(
  names: readonly string[],
  fragments: readonly (readonly [id: number, from: number, more: boolean, octets: readonly number[]])[],
  needs = NEEDS_EVERYTHING,
): string[] {
  const dissector = new Dissector({ needs });
  const wire = new Wire();
  let last: Dissection | undefined;
  for (const [id, from, more, octets] of fragments)
    last = dissector.dissect(
      wire.frame('10.0.0.1', '10.0.0.2', 253, octets, { id, fragment: (more ? 0x2000 : 0) | (from / 8) }),
    );
  return names.map((name) => value(last!, name));
}

const FILLED = new Array<number>(8).fill(9);
/** A whole datagram, whose memory the next one has. */
const BEFORE = [
  [1, 0, true, [...FILLED, ...FILLED]],
  [1, 16, false, FILLED],
] as const;

test('a block that came in part is no part of a datagram unless it ends there', () => {
  const told = (...fragments: Parameters<typeof valuesOfFragments>[1]): string[] =>
    valuesOfFragments(['ip.reassembled.data', 'ip.fragment.multipletails'], [...BEFORE, ...fragments]);
  const tail = [2, 16, false, [1, 2, 3, 4]] as const;
  const otherTail = [2, 8, false, [5, 6, 7]] as const;
  const first = [2, 0, true, new Array<number>(8).fill(0)] as const;
  expect(told(tail, otherTail, first)).toEqual(['', '']);
  expect(told(tail, otherTail, first, [2, 8, true, FILLED])).toEqual([
    `${'00'.repeat(8)}${'09'.repeat(8)}01020304`,
    '1',
  ]);
  expect(told(otherTail, first)).toEqual([`${'00'.repeat(8)}050607`, '']);
});

test('octets behind the end of a datagram contradict none', () => {
  const told = (octets: readonly number[]): string[] =>
    valuesOfFragments(
      ['ip.fragment.overlap', 'ip.fragment.overlap.conflict', 'ip.reassembled.data'],
      [...BEFORE, [2, 8, false, [1, 2, 3]], [2, 8, true, octets], [2, 0, true, FILLED]],
    );
  expect(told([1, 2, 3, 7, 7, 7, 7, 7])).toEqual(['1', '', `${'09'.repeat(8)}010203`]);
  expect(told([1, 2, 4, 7, 7, 7, 7, 7])).toEqual(['1', '1', `${'09'.repeat(8)}010203`]);
});

test('fields of fragments need no layer behind the header', () => {
  const names = ['ip.fragments', 'ip.fragment', 'ip.fragment.count', 'ip.reassembled.length', 'ip.reassembled.data'];
  const needs = names.map((name) => needsOfField(findField(name)!)).reduce((a, b) => bothNeeds(a, b));
  const octets = '09'.repeat(24);
  expect(valuesOfFragments(names, BEFORE, needs)).toEqual([octets, '1,2', '2', '24', octets]);
});

test('incomplete datagrams are bounded, the oldest give way and are counted', () => {
  const dissector = new Dissector({ datagrams: 2 });
  const wire = new Wire();
  const part = (id: number, offset: number): Dissection =>
    dissector.dissect(
      wire.frame('10.0.0.1', '10.0.0.2', 17, udpDatagram([1, 2], new Array(8).fill(0)).slice(offset, offset + 8), {
        id,
        fragment: (offset === 0 ? 0x2000 : 0) | (offset / 8),
      }),
    );
  for (const id of [1, 2, 3]) part(id, 0);
  expect(dissector.datagrams.abandoned).toBe(1);
  expect(value(part(3, 8), 'udp.dstport')).toBe('2');
  expect(value(part(1, 8), 'udp.dstport')).toBe('');
});

test('an echo reply names its request, once', () => {
  const dissector = new Dissector();
  const wire = new Wire();
  dissector.dissect(wire.frame('10.0.0.1', '10.0.0.2', 1, icmpMessage(8, 0, 0x0001_0002, [1])));
  const reply = (): Dissection =>
    dissector.dissect(wire.frame('10.0.0.2', '10.0.0.1', 1, icmpMessage(0, 0, 0x0001_0002, [1])));
  expect(listLine(reply())).toMatch(/Echo \(ping\) reply {4}id=0x0001, seq=2\/512, ttl=64 \(request in 1\)$/);
  expect(value(reply(), 'icmp.resp_to')).toBe('');
});

test('layers nest to a limit: what lies deeper is data', () => {
  let quote = ipv4Packet('10.0.0.1', '10.0.0.2', 17, udpDatagram([1, 2], []));
  for (let i = 0; i < 80; i++) quote = ipv4Packet('10.0.0.1', '10.0.0.2', 1, icmpMessage(3, 3, 0, quote));
  const dissection = new Dissector().dissect(packetOf(ethernetFrame(0x0800, quote)));
  expect(dissection.depth).toBe(128);
  expect(value(dissection, 'frame.protocols')).toMatch(/^eth:ethertype:ip:icmp:ip:icmp.*:data$/);
});

test('a segment is handed over with numbers from its conversation', () => {
  const dissector = new Dissector();
  const wire = new Wire();
  dissector.dissect(
    wire.frame('10.0.0.1', '10.0.0.2', 6, tcpSegment([1000, 7456], SYN, { seq: 100, options: [3, 3, 7, 1] })),
  );
  dissector.dissect(
    wire.frame(
      '10.0.0.2',
      '10.0.0.1',
      6,
      tcpSegment([7456, 1000], SYN | ACK, { seq: -5, ack: 101, options: [3, 3, 2, 1] }),
    ),
  );
  const data = tcpSegment([1000, 7456], PSH | ACK, { seq: 101, ack: -4, window: 10, data: [72, 105] });
  const { segment } = dissector.dissect(wire.frame('10.0.0.1', '10.0.0.2', 6, data));
  expect(segment).toMatchObject({
    frame: 3,
    time: 2_000_000,
    from: 0,
    identification: 1,
    seq: 101,
    ack: -4,
    relativeSeq: 1,
    relativeAck: 1,
    windowField: 10,
    window: 1280,
    windowKnown: true,
    length: 2,
  });
  expect(segment?.stream.index).toBe(0);
  expect(segment?.stream.ends).toEqual([
    { address: '10.0.0.1', port: 1000 },
    { address: '10.0.0.2', port: 7456 },
  ]);
});

test('streams on the same ports are numbered on, and what is kept of them has a limit', () => {
  const dissector = new Dissector({ streams: 3, unacknowledged: 4 });
  const wire = new Wire();
  const send = (from: number, ports: [number, number], flags: number, seq: number, ack: number): Dissection =>
    dissector.dissect(wire.frame(host(from), host(3 - from), 6, tcpSegment(ports, flags, { seq, ack })));
  for (let i = 0; i < 100; i++) {
    const syn = send(1, [1000, 80], SYN, 1000 * i, 0);
    expect(syn.segment?.stream.index).toBe(i);
    expect(syn.segment?.stream.ends[0]).toEqual({ address: '10.0.0.1', port: 1000 });
  }
  expect(dissector.streams.map(({ index }) => index)).toEqual([0, 1, 2]);
  expect(dissector.unlisted).toBe(97);
  // An older stream's SYN, which nothing can acknowledge any more, takes no place that another could need.
  expect(dissector.acknowledgments.forgotten).toBe(0);
  expect(send(2, [80, 1000], SYN | ACK, 7, 99_001).acks).toMatchObject({ acksFrame: 100, initialRtt: -1 });
  expect(send(1, [1000, 80], ACK, 99_001, 8).acks).toMatchObject({ acksFrame: 101, initialRtt: 2_000_000 });
  expect(() => new Dissector({ streams: -1 })).toThrow(/streams/);
});

test('an interface name from a capture commands no terminal and begins no line', () => {
  const packet = packetOf(ethernetFrame(0x0800, IP));
  packet.origin = { interfaceName: 'x\u001b[31m\nFrame 2: forged' };
  const [title = ''] = details(new Dissector().dissect(packet));
  expect(title).toContain(' on interface x\\x1b[31m\\nFrame 2: forged, id 0');
});
