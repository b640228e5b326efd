/** Capture filters: what is refused and what is said of it, hints, sentences, limits, and what no text can do. */
import { describe, expect, test } from 'vitest';
import { CAPTURE_FILTERS } from '../../../../test/bpf-expressions.ts';
import { below, seeded } from '../../../core/random.ts';
import { FilterError } from '../filter-error.ts';
import { MAX_EXPRESSION_LENGTH, MAX_NESTING } from '../limits.ts';
import { compileCaptureFilter, compileSocketFilter, listing, runBpf } from './index.ts';

const ETHERNET = 1;

/** What is said of an expression: the message without its code, or none. */
function complaint(expression: string, linkType: number = ETHERNET): string {
  try {
    compileCaptureFilter(expression, linkType);
  } catch (error) {
    if (error instanceof FilterError) return error.message;
    throw error;
  }
  return 'none';
}

describe('errors point at the place and say what to do', () => {
  test.each([
    [
      'tcp prot 80',
      'After tcp comes host, net, port, proto or nothing. Did you mean port?\n    tcp prot 80\n        ^~~~',
    ],
    ['port', 'Unexpected end of the capture filter. After port comes a port: 80, http.\n    port\n        ^'],
    [
      'prot 80',
      '"prot" is neither a keyword nor qualified (host, net, port, ...). Did you mean port?\n    prot 80\n    ^~~~',
    ],
    ['10.0.0.1', '10.0.0.1 alone says nothing. Write what it is: host 10.0.0.1.\n    10.0.0.1\n    ^~~~~~~~'],
    ['tcp and 80', '80 alone says nothing. Write what it is: port 80.\n    tcp and 80\n            ^~'],
    [
      'tcp[13]',
      'tcp[13] is a number, neither true nor false: compare it, as in tcp[13] != 0.\n    tcp[13]\n    ^~~~~~~',
    ],
    [
      'tcp[tcpflag] = 2',
      '"tcpflag" was unexpected here. Here stands a number, len, or octets such as tcp[13].\n    tcp[tcpflag] = 2\n        ^~~~~~~',
    ],
    ['tcp[tcpflags] & tcp-synn != 0', '"tcp-synn" is no name of a value. Did you mean tcp-syn?'],
    ['tcp[0:3] = 5', '1, 2 or 4 octets can be read at once, not 3.'],
    ['tcp[-1] = 5', 'An offset cannot be negative.'],
    ['gateway 10.0.0.1', 'gateway is not supported: what goes through a gateway has its hardware address'],
    ['ip6 broadcast', 'ip6 broadcast does not exist; there are ether broadcast, ip broadcast.'],
    ['host example.org', 'Names are not looked up, except localhost: write the address of example.org.'],
    ['host 10.0.0.0/8', 'A host has no mask; a network is written net 10.0.0.0/8.'],
    ['net 10.0.0.1/8', '10.0.0.1 has bits beyond the mask of its network'],
    ['net 10.0.0.0/33', 'The prefix of an IPv4 network is at most 32, not 33.'],
    ['host 300.1.1.1', '"300.1.1.1" is not a valid IPv4 address.'],
    ['port 99999', 'A port has 16 bits, at most 65535, not 99999.'],
    ['port 80-90', '"-" was unexpected here.'],
    ['port nosuch', 'No port is called nosuch: write its number.'],
    ['ip proto nosuch', 'No protocol of IP is called so'],
    ['ip proto 256', 'A protocol of IP has 8 bits, at most 255, not 256.'],
    ['tcp host 10.0.0.1', 'tcp has no hosts: write tcp and host.'],
    ['icmp port 7', 'icmp has no ports'],
    ['ether 02:00:00:00:00:01', 'After ether comes host, net, port, proto or nothing: ether host 02:'],
    ['host 02:00:00:00:00:01', 'A hardware address needs ether before it'],
    ['ip6 host 10.0.0.1', 'An IPv4 address cannot stand in ip6.'],
    ['ip host ::1', 'An IPv6 address cannot stand in ip.'],
    ['vlan 4096', 'A VLAN has 12 bits, at most 4095, not 4096.'],
    ['mpls and arp', 'Behind mpls only ip and ip6 can be told apart'],
    ['inbound', 'Ethernet does not say which way a packet went'],
    ['len / 0 = 1', 'This divides by zero.'],
    ['len << 32 = 1', 'A number of 32 bits is shifted by 31 at most.'],
    ['len = 4294967296', '4294967296 is more than 32 bits hold'],
    ['len = 09', '09 is no number: with a leading 0 it is octal'],
    ['(tcp', 'The ")" that closes this "(" is missing.'],
    ['tcp)', '")" was unexpected here.'],
    ['tcp udp', '"udp" was unexpected here. Parts are joined by and or or.'],
    ['tcp and', 'Unexpected end of the capture filter.'],
    ['wlan type data', 'type is of IEEE 802.11: Ethernet has no such headers.'],
    ['type bacon', 'A type is one of mgt, management, ctl, control, data.\n    type bacon\n         ^~~~~'],
    ['type mgt subtype becon', 'Did you mean beacon?\n    type mgt subtype becon\n                     ^~~~~'],
    ['type mgt subtype ack', 'A subtype is one of assoc-req'],
    ['type 2', 'A type has the bits 0xc: 0, 4, 8 and so on; or mgt'],
    ['subtype 8', 'The number of a subtype needs its type before it'],
    ['dir up', 'A direction is one of nods, tods, fromds, dstods.'],
    ['addr1 02:00:00:00:00:01', 'A hardware address needs ether before it'],
    ['addr1 10.0.0.1', 'addr1 is an address of IEEE 802.11: write wlan addr1 and the address.'],
    ['wlan addr1 02:00:00:00:00:01', 'addr1 is an address of IEEE 802.11'],
    ['radio[0] = 1', 'Ethernet has nothing before it that a radio says'],
    ['radio', 'radio alone says nothing: it goes before [offset].'],
    ['stp[0] = 1', 'Octets of stp cannot be read by name; link[...] reads them.'],
    ['geneve 16777216', 'A network of Geneve has 24 bits, at most 16777215, not 16777216.'],
    ['arp protochain 6', 'arp protochain does not exist'],
    ['iso proto nosuch', 'No protocol of OSI is called so: clnp, esis, isis'],
    ['isis proto clnp', 'After isis proto comes the number of a kind of PDU'],
    ['ether proto nosuch', 'No EtherType is called so: ip, arp'],
    ['decnet host 10.1', 'Addresses of DECnet are not looked for'],
    ['ifindex 1', 'Ethernet does not say which interface a packet was on'],
    ['rset x', "rset is of the log of OpenBSD's packet filter"],
    ['vpi 1', 'vpi is of ATM'],
    ['tcp.port == 80', 'This is a display filter, which -Y takes. As a capture filter it is written tcp port 80'],
    ['ip.addr == 10.0.0.0/8', 'As a capture filter it is written net 10.0.0.0/8'],
    ['tcp.flags.syn == 1', 'As a capture filter it is written tcp[tcpflags] & tcp-syn != 0'],
    ['tcp and ip.src == 10.0.0.1', '"ip.src" belongs to display filters, which -Y takes'],
    ['tcp.payload contains "x"', 'belongs to display filters'],
    ['tcp.port in {80, 443}', 'belongs to display filters'],
  ])('%s', (expression, said) => {
    expect(complaint(expression)).toContain(said);
  });

  test('of what a link type does not say', () => {
    expect(complaint('tcp', 239)).toContain(
      'What link type 239 carries is not known to capture filters: they can ask for',
    );
    expect(complaint('llc', 113)).toContain('Linux cooked v1 has no LLC that could be asked for');
    expect(complaint('vlan', 239)).toContain('link type 239 has no VLAN tags');
    expect(complaint('ether host 02:00:00:00:00:01', 113)).toContain('Linux cooked v1 has no hardware addresses');
    expect(complaint('vlan', 101)).toContain('raw IP has no VLAN tags');
  });
});

test.each([
  ['tcp or udp and ip6', 'and and or weigh the same'],
  ['1 = 2', 'No packet of this link layer (Ethernet) passes this filter.'],
  ['ip broadcast', 'ip broadcast knows no mask of a network here'],
])('%s: hint', (expression, hint) => {
  expect(compileCaptureFilter(expression, ETHERNET).hints.join()).toContain(hint);
});

test('hints are for what is strange only', () => {
  for (const expression of ['tcp port 80', '(tcp or udp) and ip6', 'tcp and udp or arp', ''])
    expect([expression, compileCaptureFilter(expression, ETHERNET).hints]).toEqual([expression, []]);
});

test.each([
  ['', 'Packets: all of them.'],
  [
    'tcp port 7456 and host 10.0.0.1',
    'Packets where the source or the destination port of TCP is 7456 and the source or the destination address of IPv4, ARP or RARP is 10.0.0.1.',
  ],
  ['tcp[tcpflags] & tcp-syn != 0', 'Packets where the TCP flag SYN is set.'],
  ['tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn', 'of the TCP flags SYN, ACK exactly SYN are set'],
  ['tcp[tcpflags] & (tcp-syn|tcp-fin) = 0', 'none of the TCP flags FIN, SYN is set'],
  ['ip[8] & 7 = 1', 'octet 8 of IPv4 bit by bit and 7 is 1'],
  ['not (arp or icmp)', 'Packets where it is not true that (there is ARP or there is ICMP).'],
  ['net 10 or ip6 net fe80::/10', 'the source or the destination address of IPv4, ARP or RARP is in the network 10 or'],
  ['less 100', 'Packets where the packet has at most 100 octets.'],
  ['ip6 protochain \\udp', 'Packets where udp is in the chain of headers behind IPv6.'],
  ['geneve 5 and ip', 'there is Geneve 5 (what stands to the right of this is looked for behind it) and there is IPv4'],
  ['llc ui', 'Packets where there is LLC of the format UI.'],
  ['l1', 'Packets where there is IS-IS of level 1.'],
  ['ether dst 02:00:00:00:00:01', 'Packets where the destination hardware address is 02:00:00:00:00:01.'],
])('%s: sentence', (expression, sentence) => {
  expect(compileCaptureFilter(expression, ETHERNET).sentence).toContain(sentence);
});

const RADIOTAP = 127;

test.each([
  ['type mgt', 'Packets where the type of the IEEE 802.11 frame is mgt.'],
  ['type ctl subtype ack', 'the subtype of the IEEE 802.11 frame is ack'],
  ['dir dstods', 'the direction of the IEEE 802.11 frame is dstods'],
  ['wlan addr4 02:00:00:00:00:01', 'the fourth hardware address is 02:00:00:00:00:01'],
])('%s: sentence, on IEEE 802.11', (expression, sentence) => {
  expect(compileCaptureFilter(expression, RADIOTAP).sentence).toContain(sentence);
});

test('what a program for the kernel reads of its scratch words is set on every way there, or the kernel refuses it', () => {
  for (const linkType of [ETHERNET, RADIOTAP])
    for (const expression of [
      'geneve or tcp',
      'not geneve and udp',
      'tcp port 80',
      'wlan host 02:00:00:00:00:01',
      'ip[ip[0] & 0xf] = 1',
    ]) {
      const program = compileSocketFilter(expression, linkType, false).program;
      // For each instruction the words that are set on all ways to it, as bits: linux/net/core/filter.c, check_load_and_stores.
      const set = program.map(() => 0xffff);
      set[0] = 0;
      for (const [i, { code, jt, jf, k }] of program.entries()) {
        const now = set[i]!;
        if (code === 0x60 || code === 0x61) expect([expression, i, (now >> k) & 1]).toEqual([expression, i, 1]);
        const after = code === 0x02 || code === 0x03 ? now | (1 << k) : now;
        const next =
          code === 0x06 ? [] : code === 0x05 ? [i + 1 + k] : (code & 7) === 5 ? [i + 1 + jt, i + 1 + jf] : [i + 1];
        for (const to of next) set[to]! &= after;
      }
    }
});

test('a program is listed as tcpdump -d does', () => {
  expect(listing(compileCaptureFilter('ip[8] < len - 5', ETHERNET).program)).toEqual([
    '(000) ldh      [12]',
    '(001) jeq      #0x800           jt 2\tjf 10',
    '(002) ldb      [22]',
    '(003) st       M[0]',
    '(004) ld       #pktlen',
    '(005) sub      #0x5',
    '(006) tax',
    '(007) ld       M[0]',
    '(008) jge      x                jt 10\tjf 9',
    '(009) ret      #262144',
    '(010) ret      #0',
  ]);
});

describe('limits', () => {
  test('length', () => {
    expect(complaint(`tcp${' '.repeat(MAX_EXPRESSION_LENGTH - 2)}`)).toContain('is the limit');
  });

  test.each([
    ['parentheses', (n: number) => `${'('.repeat(n)}tcp${')'.repeat(n)}`],
    ['not', (n: number) => `${'not '.repeat(n)}tcp`],
    ['identifiers', (n: number) => `port ${'('.repeat(n)}80${')'.repeat(n)}`],
    ['signs', (n: number) => `${'-'.repeat(n)}1 = 1`],
    ['calculations', (n: number) => `len${' + 1'.repeat(n)} = 1`],
    ['octets', (n: number) => `${'ip['.repeat(n)}0${']'.repeat(n)} = 1`],
  ])('nesting of %s', (_, nested) => {
    expect(complaint(nested(MAX_NESTING))).not.toContain('nested more than');
    expect(complaint(nested(MAX_NESTING + 1))).toContain('nested more than');
    expect(complaint(nested(MAX_NESTING * 10))).toContain('nested more than');
  });

  test('words to put by', () => {
    const deep = (n: number): string => `${'(len + '.repeat(n)}len${')'.repeat(n)} = 1`;
    expect(complaint(deep(10))).toBe('none');
    expect(complaint(deep(11))).toContain('too deep for the 11 words');
  });

  test('instructions', () => {
    expect(complaint(`port 1${' or 2'.repeat(100)}`)).toBe('none');
    expect(complaint(`port 1${' or 2'.repeat(1000)}`)).toContain('more than 4096 instructions');
  });

  test('a jump reaches however far it must', () => {
    const filter = compileCaptureFilter(`port 1${' or 2'.repeat(60)} or 7456`, ETHERNET);
    expect(filter.program.length).toBeGreaterThan(1000);
    for (const [i, { jt, jf, code, k }] of filter.program.entries()) {
      if (code === 6) continue;
      expect(i + 1 + Math.max(jt, jf) + (code === 5 ? k : 0)).toBeLessThan(filter.program.length);
      expect(Math.max(jt, jf)).toBeLessThan(256);
    }
    const packet = new DataView(new ArrayBuffer(60));
    packet.setUint16(12, 0x0800);
    packet.setUint8(14, 0x45);
    packet.setUint8(23, 6);
    packet.setUint16(36, 7456);
    expect(runBpf(filter.program, packet, 0, 60, 60)).toBeGreaterThan(0);
    packet.setUint16(36, 7457);
    expect(runBpf(filter.program, packet, 0, 60, 60)).toBe(0);
  });
});

const PIECES = CAPTURE_FILTERS.join(' ').match(/[\w.:-]+|\s|[^\w\s]/g)!;
const CHARS = '()[]{}"\'\\#.,:;-+*/%&|^!=<>~ 019afzé漢\u0000\n\ud800🦈';

/** An expression with up to six places changed. */
function spoil(seed: number): string {
  const random = seeded(seed);
  const pick = <T>(from: ArrayLike<T>): T => from[below(random, from.length)]!;
  let text = pick(CAPTURE_FILTERS);
  for (let i = below(random, 6); i >= 0; i--) {
    const at = below(random, text.length + 1);
    const to = Math.min(text.length, at + below(random, 8));
    const inserts = [() => pick(CHARS), () => pick(PIECES), () => text.slice(at, to) + text.slice(at, to), () => ''];
    text = text.slice(0, at) + pick(inserts)() + text.slice(below(random, 2) === 0 ? at : to);
  }
  return text;
}

test('30,000 spoiled expressions are programs that end, or FilterErrors with a place inside', () => {
  const octets = Uint8Array.from({ length: 80 }, (_, i) => (i * 37) & 255);
  octets.set([8, 0, 0x45], 12);
  octets[23] = 6;
  const view = new DataView(octets.buffer);
  let programs = 0;
  for (let seed = 1; seed <= 30_000; seed++) {
    const expression = spoil(seed);
    try {
      const { program, sentence } = compileCaptureFilter(expression, ETHERNET);
      runBpf(program, view, 0, 80, 80);
      if (sentence === '') throw new Error('no sentence');
      programs++;
    } catch (error) {
      if (!(error instanceof FilterError)) throw new Error(`seed ${seed}: ${expression}`, { cause: error });
      if (error.at < 0 || error.length < 0 || error.at + error.length > expression.length || error.reason === '')
        throw new Error(`seed ${seed}: ${expression}: place ${error.at}+${error.length}`);
    }
  }
  expect(programs).toBeGreaterThan(1_500);
  expect(programs).toBeLessThan(27_000);
}, 300_000);
