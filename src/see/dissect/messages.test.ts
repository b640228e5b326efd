/** Messages over several segments: whatever way they are cut, lost or late, and however many there are. What tshark says of them is compared in made-captures.test.ts. */
import { expect, test } from 'vitest';
import { host, tcpSegment, Wire } from '../../../test/packets.ts';
import { below, seeded } from '../../core/random.ts';
import { utf8 } from '../../core/text-sink.ts';
import { ACK, FIN, PSH, RST, SYN } from '../../wire/tcp.ts';
import type { DissectorOptions } from './dissector.ts';
import { columns, type Dissection, Dissector, details, fieldTexts, findField } from './index.ts';
import { addRecordNames } from './tls-records.ts';

/** What one end sends to another, segment by segment. */
class Sender {
  readonly dissector: Dissector;
  readonly #wire = new Wire();
  readonly #ports: [number, number];
  seq = 1000;

  constructor(port: number, options: DissectorOptions = {}, dissector = new Dissector(options), from = 1024) {
    this.dissector = dissector;
    this.#ports = [from, port];
  }

  /** Sends a segment; `at` puts it elsewhere than behind the last one, and of one that is `cut` so many octets are not captured, and it is not counted. */
  send(data: ArrayLike<number> | string, flags = PSH | ACK, at = this.seq, cut = 0): Dissection {
    const octets = typeof data === 'string' ? utf8(data) : data;
    const segment = tcpSegment(this.#ports, flags, { seq: at, ack: 1, data: Array.from(octets) });
    if (at === this.seq && cut === 0) this.seq += octets.length + (flags & SYN ? 1 : 0);
    const packet = this.#wire.frame(host(1), host(2), 6, segment);
    return this.dissector.dissect({ ...packet, capturedLength: packet.capturedLength - cut });
  }

  /** Nobody sees these. */
  lose(octets: number): void {
    this.seq += octets;
  }
}

const texts = (dissection: Dissection, name: string): string => fieldTexts(findField(name)!, dissection).join();

/** tcp.segment, and tcp.reassembled.length. */
const whole = (dissection: Dissection): string =>
  `${texts(dissection, 'tcp.segment')} ${texts(dissection, 'tcp.reassembled.length')}`;

/** A question of DNS with its length before it, `size` octets in all. */
function question(id: number, size: number): number[] {
  const label = size - 2 - 12 - 6;
  const name = [label, ...new Array<number>(label).fill(0x61), 0];
  const message = [id >>> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, 1, 0, 1];
  return [message.length >>> 8, message.length & 255, ...message];
}

test('wherever they are cut, messages of DNS are found, each once and in order', () => {
  const random = seeded(7);
  for (let round = 0; round < 50; round++) {
    const sender = new Sender(53);
    const sizes = Array.from({ length: 40 }, () => 21 + below(random, 43));
    const octets = sizes.flatMap((size, id) => question(id, size));
    const found: string[] = [];
    for (let at = 0; at < octets.length; ) {
      const step = 1 + below(random, round < 10 ? 4 : 100);
      const dissection = sender.send(octets.slice(at, at + step));
      found.push(...fieldTexts(findField('dns.id')!, dissection));
      at += step;
    }
    expect(found.map(Number)).toEqual(sizes.map((_, id) => id));
    expect(sender.dissector.messages.octets).toBe(0);
  }
});

const RESPONSE = 'HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n';

test('octets that come late are put in their place, and those that were there are not taken again', () => {
  const sender = new Sender(80);
  sender.send(RESPONSE);
  const hole = sender.seq;
  sender.lose(10);
  expect(texts(sender.send('b'.repeat(10)), 'tcp.segment_data')).toBe('62'.repeat(10));
  expect(whole(sender.send('x'.repeat(10), ACK, hole - 10))).toBe(' ');
  const late = sender.send('a'.repeat(10), ACK, hole);
  expect(columns(late).info).toMatch(/\[TCP segment of a reassembled PDU\]$/);
  const again = sender.send('z'.repeat(10), ACK, hole);
  expect(columns(again).info).toMatch(/Len=10$/);
  const last = sender.send('c'.repeat(10));
  expect(whole(last)).toBe('1,4,2,6 69');
  expect(texts(last, 'tcp.reassembled.data')).toMatch(/(61){10}(62){10}(63){10}$/);
});

test('segments that bring what others brought, too, are told, and whether it is the same', () => {
  const overlapping = (late: string): Dissection => {
    const sender = new Sender(80);
    sender.send(RESPONSE);
    sender.send('a'.repeat(10));
    const hole = sender.seq;
    sender.lose(5);
    sender.send('c'.repeat(5));
    sender.lose(5);
    sender.send('e'.repeat(5));
    return sender.send(late, ACK, hole - 5);
  };
  const told = (dissection: Dissection): string[] =>
    ['tcp.segment', 'tcp.segment.error', 'tcp.segment.overlap', 'tcp.segment.overlap.conflict'].map((name) =>
      texts(dissection, name),
    );
  // Both gaps are filled at once, and what follows is overlapped, too.
  const same = overlapping('aaaaabbbbbcccccddddde');
  expect(told(same)).toEqual(['1,2,5,3,4', '', '1,1,1', '']);
  expect(texts(same, 'tcp.reassembled.data')).toMatch(/(61){10}(62){5}(63){5}(64){5}(65){5}$/);
  expect(details(same).join('\n')).toMatch(/\[Frame: 5, payload: 44-64 \(21 bytes\)\]\n *\[Segment overlap: True\]/);
  // Of two that contradict one another the one that begins first is read.
  const other = overlapping('aaaaabbbbbCcccddddddE');
  expect(told(other)).toEqual(['1,2,5', '3,4', '1,1,1', '1,1']);
  expect(texts(other, 'tcp.reassembled.data')).toMatch(/(61){10}(62){5}43(63){3}(64){6}45(65){4}$/);
  expect(details(other).join('\n')).toContain('[Conflicting data in segment overlap: True]');
});

test('the hello of a client is told where it is whole, however it is cut', () => {
  const name = utf8('a.example');
  const list = [0, name.length, ...name];
  const extension = [0, 0, 0, list.length + 3, 0, list.length + 1, 0, ...list];
  const body = [3, 3, ...new Array<number>(32).fill(7), 0, 0, 2, 0x13, 1, 1, 0, 0, extension.length, ...extension];
  const hello = [22, 3, 1, 0, body.length + 4, 1, 0, 0, body.length, ...body];
  for (let cut = 5; cut < hello.length; cut++) {
    const sender = new Sender(443);
    expect(columns(sender.send(hello.slice(0, cut))).protocol).toBe('TCP');
    const { protocol, info } = columns(sender.send(hello.slice(cut)));
    expect([protocol, info]).toEqual(['TLS', 'Client Hello (SNI=a.example)']);
  }
});

/** The list's columns of what a client (`>`) and a server (`<`) send. */
function talk(...turns: string[]): string[] {
  const dissector = new Dissector();
  const wire = new Wire();
  const seqs = { '>': 1000, '<': 5000 };
  return turns.map((turn) => {
    const side = turn[0] as '>' | '<';
    const data = Array.from(turn.slice(1), (letter) => letter.charCodeAt(0));
    const segment = tcpSegment(side === '>' ? [1024, 3128] : [3128, 1024], PSH | ACK, { seq: seqs[side], data });
    seqs[side] += data.length;
    const ends = side === '>' ? ([host(1), host(2)] as const) : ([host(2), host(1)] as const);
    const { protocol, info } = columns(dissector.dissect(wire.frame(...ends, 6, segment)));
    return `${protocol} ${info}`;
  });
}

/** A Server Hello in its record. */
const SERVER_HELLO = `\x16\x03\x03\0\x2a\x02\0\0\x26\x03\x03${'r'.repeat(32)}\0\x13\x01\0`;

test('the line names what is behind a hello, and messages of a handshake that can be read', () => {
  const record = (type: number, octets: string): string =>
    `${String.fromCharCode(type)}\x03\x03\0${String.fromCharCode(octets.length)}${octets}`;
  const message = (type: number, size: number): string =>
    `${String.fromCharCode(type)}\0\0${String.fromCharCode(size)}${'x'.repeat(size)}`;
  const certificate = record(22, message(11, 20));
  const changed = record(20, '\x01') + record(22, message(20, 12));
  const names = 'Certificate, Server Key Exchange, Server Hello Done';
  const keys = record(22, message(12, 9) + message(14, 0));
  expect(talk(`<${SERVER_HELLO}${certificate}${keys}`)).toEqual([`TLSv1.2 Server Hello, ${names}`]);
  // However they are cut: each is told where it is whole.
  expect(talk(`<${SERVER_HELLO}${certificate.slice(0, 9)}`, `<${certificate.slice(9)}${keys}`)).toEqual([
    'TLSv1.2 Server Hello',
    `TLSv1.2 ${names}`,
  ]);
  expect(talk(`>${record(22, message(16, 30))}${changed}`)).toEqual([
    'TLSv1.2 Client Key Exchange, Change Cipher Spec, Encrypted Handshake Message',
  ]);
  expect(talk(`<${SERVER_HELLO}${record(20, '\x01')}${record(23, 'x')}${record(23, 'y')}`)).toEqual([
    'TLSv1.2 Server Hello, Change Cipher Spec, Application Data, Application Data',
  ]);
  // What is encrypted may begin like anything.
  expect(talk(`>${record(22, `\x10${'y'.repeat(20)}`)}`)[0]).toMatch(/^TCP /);
});

test('of many records the line names as many as tshark has room for, and no more are looked at', () => {
  const record = (type: number, octets: string): string =>
    `${String.fromCharCode(type)}\x03\x03${String.fromCharCode(octets.length >>> 8, octets.length & 255)}${octets}`;
  const told = (name: string): string => name.repeat(500).slice(0, 4095);
  expect(talk(`<${record(22, '\x04\0\0\0'.repeat(4000))}`)).toEqual([`TLSv1.2 ${told('New Session Ticket, ')}`]);
  expect(talk(`<${SERVER_HELLO}${record(23, 'x').repeat(300)}`)).toEqual([
    `TLSv1.2 ${`Server Hello, ${told('Application Data, ')}`.slice(0, 4095)}`,
  ]);
  // Of the messages with the shortest name the most have room: 410.
  const finished = '\x14\0\0\0';
  for (const records of [record(23, 'x').repeat(1000), record(22, finished.repeat(1000))]) {
    const names: string[] = [];
    const octets = Uint8Array.from(records, (letter) => letter.charCodeAt(0));
    addRecordNames(names, new DataView(octets.buffer), 0, octets.length);
    expect(names.length).toBe(410);
  }
  expect(talk(`<${SERVER_HELLO}${record(22, finished.repeat(1000))}`)).toEqual([
    `TLSv1.2 ${`Server Hello, ${told('Finished, ')}`.slice(0, 4095)}`,
  ]);
});

test('what a proxy sends behind a 2xx to CONNECT is no body of it, however it is cut', () => {
  const asked = 'CONNECT a.b:443 HTTP/1.1\r\n\r\n';
  const agreed = 'HTTP/1.1 200 Connection established\r\nContent-Length: 9\r\n\r\n';
  const line = 'HTTP HTTP/1.1 200 Connection established ';
  expect(talk(`>${asked}`, `<${agreed}`, `<${SERVER_HELLO}`).slice(1)).toEqual([line, 'TLSv1.2 Server Hello']);
  const cut = [`>${asked.slice(0, 5)}`, `>${asked.slice(5)}`, `<${agreed.slice(0, 3)}`, `<${agreed.slice(3)}`];
  expect(talk(...cut, `<${SERVER_HELLO}`).slice(3)).toEqual([line, 'TLSv1.2 Server Hello']);
  // A refusal has a body, and what is asked for later is no matter of CONNECT.
  const refused = 'HTTP/1.1 407 Who\r\nContent-Length: 3\r\n\r\n';
  expect(talk(`>${asked}`, `<${refused}`, '<abc').at(-1)).toBe('HTTP HTTP/1.1 407 Who ');
  const body = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n';
  expect(talk(`>${asked}`, `<${agreed}`, '>GET / HTTP/1.1\r\n\r\n', `<${body}`, '<abc').at(-1)).toBe(
    'HTTP HTTP/1.1 200 OK ',
  );
});

test('a response to HEAD has no body, whatever it says of one', () => {
  for (const body of ['Content-Length: 3', 'Transfer-Encoding: chunked', 'Server: a']) {
    const response = `HTTP/1.1 404 No\r\n${body}\r\n\r\n`;
    const lines = talk('>HEAD / HTTP/1.1\r\n\r\n', `<HTTP/1.1 100 Wait\r\n\r\n${response}`, `<${response}`);
    expect(lines.slice(1)).toEqual(['HTTP HTTP/1.1 100 Wait HTTP/1.1 404 No ', 'HTTP HTTP/1.1 404 No ']);
  }
});

test('the line tells what a body is where the message ends, of the types that Wireshark names as they are', () => {
  const response = (fields: string, body: string): string =>
    `<HTTP/1.1 200 OK\r\n${fields}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const page = response('Content-Type: Text/HTML; charset=x', 'abc');
  expect(talk(page, page.slice(0, -1), '<c')).toEqual([
    'HTTP HTTP/1.1 200 OK  (text/html)',
    'TCP HTTP/1.1 200 OK  [TCP segment of a reassembled PDU]',
    'HTTP HTTP/1.1 200 OK  (text/html)',
  ]);
  const two = page + response('content-type:text/css', 'a').slice(1);
  expect(talk(two)).toEqual(['HTTP HTTP/1.1 200 OK  (text/html)HTTP/1.1 200 OK  (text/css)']);
  const silent = [
    response('Content-Type: text/html', ''),
    response('Content-Type: text/htmlx', 'a'),
    response('Content-Type: image/png', 'a'),
    response('Content-Type: text/html\r\nContent-Encoding: br', 'a'),
    // Gzip of nothing.
    response('Content-Encoding: gzip\r\nContent-Type: text/html', 'a'.repeat(20)),
  ];
  expect(talk(...silent)).toEqual(silent.map(() => 'HTTP HTTP/1.1 200 OK '));
});

test('a target of many thousand octets is one, and the list has room for some of it', () => {
  const request = `GET /${'a'.repeat(12_000)} HTTP/1.1\r\nHost: a\r\n\r\n`;
  const pieces = request.match(/[\s\S]{1,1448}/g)!.map((piece) => `>${piece}`);
  expect(talk(...pieces).at(-1)).toBe(`HTTP GET /${'a'.repeat(4090)}`);
  // No half character is left of one that has no room.
  expect(talk(`>GET /${'a'.repeat(4089)}\xc3\xbc HTTP/1.1\r\n\r\n`)).toEqual([`HTTP GET /${'a'.repeat(4089)}`]);
});

test('a message of which the capture kept the beginning is told as far as it goes, and as cut', () => {
  const CUT = '[Packet size limited during capture]';
  const kept = (octets: string, count: number): string => {
    const sender = new Sender(80);
    const { protocol, info } = columns(sender.send(octets, PSH | ACK, sender.seq, octets.length - count));
    return `${protocol} ${info}`;
  };
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 30\r\n\r\n';
  const page = head + 'a'.repeat(30);
  // A start line that is not whole says nothing.
  expect(kept(page, 16)).toMatch(/^TCP .* Len=\d+$/);
  for (let count = 17; count <= head.length; count++) expect(kept(page, count)).toBe(`HTTP HTTP/1.1 200 OK ${CUT}`);
  for (let count = head.length + 1; count < page.length; count++)
    expect(kept(page, count)).toBe(`HTTP HTTP/1.1 200 OK  (text/html)${CUT}`);
  expect(kept(page, page.length)).toBe('HTTP HTTP/1.1 200 OK  (text/html)');
  const two = `GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n`;
  expect(kept(two, two.length - 1)).toBe(`HTTP GET /a HTTP/1.1 GET /b HTTP/1.1 ${CUT}`);
  // What is packed, or in chunks, has a type where it is whole.
  const packed = head.replace('\r\n\r\n', '\r\nContent-Encoding: gzip\r\n\r\n') + 'a'.repeat(30);
  expect(kept(packed, packed.length - 1)).toBe(`HTTP HTTP/1.1 200 OK ${CUT}`);
  const chunks = `${head.replace('Content-Length: 30', 'Transfer-Encoding: chunked')}1e\r\n${'a'.repeat(30)}\r\n0\r\n\r\n`;
  expect(kept(chunks, chunks.length - 1)).toBe(`HTTP HTTP/1.1 200 OK ${CUT}`);
});

test('behind a lost beginning nothing is put together, and what begins later is', () => {
  const sender = new Sender(80);
  sender.send('HTTP/1.1 200 OK\r\nA: b\r\n');
  sender.lose(10);
  expect(texts(sender.send('C: d\r\n\r\n'), 'tcp.segment_data')).toBe('');
  sender.send(RESPONSE);
  expect(whole(sender.send('a'.repeat(30)))).toBe('3,4 69');
});

test('a connection that begins anew forgets what went on', () => {
  const sender = new Sender(80);
  sender.send(RESPONSE);
  sender.send([], SYN, 500_000);
  sender.seq = 500_001;
  expect(whole(sender.send('a'.repeat(30)))).toBe(' ');
  expect(sender.dissector.messages.octets).toBe(0);
});

test('a FIN ends the message that nothing else does, and one that comes again is told the first', () => {
  const sender = new Sender(80);
  sender.send('HTTP/1.1 200 OK\r\n\r\n');
  sender.send('hello');
  expect(whole(sender.send([], FIN | ACK))).toBe('1,2,3 24');
  const again = sender.send([], FIN | ACK);
  expect(whole(again)).toBe(' ');
  expect(texts(again, 'tcp.fin_retransmission')).toBe('3');
  const counted = new Sender(80);
  counted.send(RESPONSE);
  expect(whole(counted.send('hello', FIN | ACK))).toBe(' ');
});

test('a FIN behind octets that were lost ends no message', () => {
  const sender = new Sender(80);
  sender.send('HTTP/1.1 200 OK\r\n\r\n');
  sender.lose(5);
  expect(whole(sender.send([], FIN | ACK))).toBe(' ');
});

test('with a segment of which octets were not captured a message is given up', () => {
  const sender = new Sender(80);
  sender.send(RESPONSE);
  expect(texts(sender.send('a'.repeat(20), PSH | ACK, sender.seq, 5), 'tcp.segment_data')).toBe('');
  sender.lose(20);
  expect(whole(sender.send('a'.repeat(10)))).toBe(' ');
});

test('so many messages go on at once, the oldest gives way, and that is counted', () => {
  const dissector = new Dissector({ messages: 10 });
  const senders = Array.from({ length: 12 }, (_, i) => new Sender(80, {}, dissector, 2000 + i));
  for (const sender of senders) sender.send(RESPONSE);
  expect(dissector.messages.abandoned).toBe(2);
  const ends = senders.map((sender) => texts(sender.send('a'.repeat(30)), 'tcp.reassembled.length'));
  expect(ends).toEqual(['', '', ...new Array<string>(10).fill('69')]);
  expect(dissector.messages.octets).toBe(0);
});

test('octets and lists of segments that have no room are let go, counted, and the message still has its end', () => {
  const dissector = new Dissector({ messageOctets: 4096 });
  const sender = new Sender(80, {}, dissector);
  sender.send('HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n');
  let most = 0;
  for (let i = 0; i < 999; i++) {
    sender.send(new Uint8Array(1000));
    most = Math.max(most, dissector.messages.octets);
  }
  const last = sender.send(new Uint8Array(1000));
  expect(texts(last, 'tcp.reassembled.length')).toBe('1000044');
  expect(texts(last, 'tcp.segment') + texts(last, 'tcp.segment.count') + texts(last, 'tcp.reassembled.data')).toBe('');
  expect(dissector.messages.unkept).toBe(1);
  expect(most).toBeLessThanOrEqual(4096);
});

test('lengths of any size, and what is no length, leave the table bounded', () => {
  const random = seeded(11);
  const dissector = new Dissector({ messages: 20, messageOctets: 100_000 });
  const senders = [53, 80, 88, 139, 179, 389, 443, 445, 7000].flatMap((port) =>
    Array.from({ length: 5 }, (_, i) => new Sender(port, {}, dissector, 3000 + i)),
  );
  const beginnings = [[22, 3, 1], [0x30, 0x84], [0xff, 0xff], [0, 0], ...['HTTP/1.1 200 OK\r\n', 'GET / '].map(utf8)];
  for (let i = 0; i < 20_000; i++) {
    const sender = senders[below(random, senders.length)]!;
    const begins = below(random, 4) === 0 ? beginnings[below(random, beginnings.length)]! : [];
    const octets = [...begins, ...Array.from({ length: below(random, 40) }, () => below(random, 256))];
    const at = below(random, 5) === 0 ? sender.seq - below(random, 100) : sender.seq;
    if (below(random, 10) === 0) sender.lose(below(random, 50));
    const dissection = sender.send(octets, below(random, 50) === 0 ? FIN | ACK : ACK, at);
    for (const name of ['tcp.segment_data', 'tcp.segment', 'tcp.reassembled.data']) texts(dissection, name);
    expect(dissector.messages.octets).toBeLessThanOrEqual(100_000);
  }
  for (let i = 0; i < senders.length; i++) senders[i]!.send([], SYN, 900_000_000 + i);
  expect(dissector.messages.octets).toBe(0);
});

test('a segment that brings the rest of a head has no more room than others', () => {
  const dissector = new Dissector();
  for (let i = 0; i < 100; i++) {
    const sender = new Sender(53, {}, dissector, 2000 + i);
    sender.send([0xff]);
    sender.send([0xff, ...new Array<number>(60_000).fill(0x61)]);
    expect(dissector.messages.octets).toBeLessThanOrEqual(dissector.messages.memory);
  }
  expect(dissector.messages.unkept).toBeGreaterThan(0);
  expect(dissector.messages.abandoned).toBe(0);
});

const RECORD = [23, 3, 3, 0x40, 0x10, ...new Array<number>(9000).fill(0x61)];

test('what ended takes no memory, and of what goes on the oldest makes room', () => {
  for (const end of [FIN | ACK, RST, 0]) {
    const dissector = new Dissector();
    const begun = Array.from({ length: 500 }, (_, i) => new Sender(443, {}, dissector, 2000 + i));
    for (const sender of begun) {
      sender.send(RECORD);
      if (end > 0) sender.send([], end);
    }
    const { messages } = dissector;
    if (end > 0) expect([messages.octets, messages.unkept]).toEqual([0, 0]);
    else expect(messages.unkept).toBeGreaterThan(0);
    const sender = new Sender(53, {}, dissector);
    const octets = question(7, 30);
    sender.send(octets.slice(0, 10));
    expect(texts(sender.send(octets.slice(10)), 'dns.id')).toBe('0x0007');
    if (end > 0) continue;
    // The oldest was let go of, the newest was not; both have their ends.
    const ends = [0, 499].map((i) => whole(begun[i]!.send(new Uint8Array(0x4015 - RECORD.length))));
    expect(ends).toEqual([' 16405', '1,2 16405']);
  }
});

test('however many messages come and go, there is no more memory for them than those had that went on at once', () => {
  for (const end of ['whole', 'begun anew', 'oldest', 'no octets'] as const) {
    const dissector = new Dissector({ messages: 10, messageOctets: end === 'no octets' ? 30_000 : 200_000 });
    for (let i = 0; i < 300; i++) {
      const sender = new Sender(443, {}, dissector, 2000 + (end === 'begun anew' ? 0 : i));
      sender.seq = 100_000 * i;
      sender.send([], SYN);
      sender.send(RECORD);
      if (end === 'whole') expect(whole(sender.send(new Uint8Array(0x4015 - RECORD.length)))).toMatch(/ 16405$/);
    }
    // Pages are made 64 KiB at a time; ten messages take two times that.
    expect(dissector.messages.room).toBeLessThanOrEqual(3 * 65_536);
  }
});

test('behind a FIN the octets of the message that it ended are no longer kept', () => {
  const sender = new Sender(80);
  sender.send('HTTP/1.1 200 OK\r\n\r\n');
  sender.send('hello');
  const { messages } = sender.dissector;
  expect(messages.octets).toBeGreaterThan(0);
  expect(texts(sender.send([], FIN | ACK), 'tcp.reassembled.data')).toMatch(/68656c6c6f$/);
  expect(messages.octets).toBe(0);
});

test('a message that is longer than all the memory makes no other go', () => {
  const dissector = new Dissector({ messageOctets: 20_000 });
  const small = new Sender(53, {}, dissector, 2000);
  const octets = question(7, 30);
  small.send(octets.slice(0, 10));
  const long = new Sender(88, {}, dissector, 2001);
  long.send([0, 1, 0, 0]);
  for (let i = 0; i < 3; i++) long.send(new Uint8Array(10_000));
  expect(dissector.messages.unkept).toBe(1);
  expect(texts(small.send(octets.slice(10)), 'dns.id')).toBe('0x0007');
});

test('a head that goes on octet by octet takes as much as it has octets, and that is counted', () => {
  const sender = new Sender(80);
  const { messages } = sender.dissector;
  sender.send('GET /');
  for (let i = 0; i < 2000; i++) sender.send('a');
  // The line in one piece, and the list of segments.
  expect(messages.octets).toBeGreaterThan(12 * 2000 + 2000);
  expect(messages.octets).toBeLessThanOrEqual(24 * 2048 + 2048);
  const none = new Sender(80, { messageOctets: 0 });
  none.send('GET /');
  none.send('a HTTP/1.1\r\n\r\n');
  expect([none.dissector.messages.octets, none.dissector.messages.abandoned]).toEqual([0, 1]);
});

test('a gap takes no memory; too many are no message any more, and that is counted', () => {
  const sender = new Sender(88);
  const { messages } = sender.dissector;
  sender.send([0, 0x7f, 0xff, 0xff, 1, 2]);
  const start = sender.seq;
  sender.lose(1_900_000);
  sender.send([1]);
  expect(messages.octets).toBeLessThan(1000);
  for (let i = 0; i < 255; i++) {
    sender.lose(1);
    sender.send([1]);
  }
  expect(messages.abandoned).toBe(0);
  // What is put in the middle of a gap makes two of it; at its edge it makes none.
  expect(texts(sender.send([7], ACK, start), 'tcp.segment_data')).toBe('07');
  sender.send([7], ACK, start + 10);
  expect([messages.abandoned, messages.octets]).toEqual([1, 0]);
});

test('details without octets of messages that tell their sizes', () => {
  const sender = new Sender(88, { needs: { layers: 'all', history: 'segments' } });
  sender.send([0, 0, 0, 8, 1, 2]);
  const last = sender.send([3, 4, 5, 6, 7, 8]);
  expect(whole(last)).toBe('1,2 12');
  expect(details(last).join('\n')).toContain('[2 Reassembled TCP Segments (12 bytes): #1(6), #2(6)]');
});
