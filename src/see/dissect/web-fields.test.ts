/** Fields of HTTP and TLS against tshark: every message that is whole in a frame, and none that is not; and what nobody sends. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { needs, SHARED } from '../../../test/needs.ts';
import { ethernetFrame, ipv4Packet, packetOf, tcpSegment, Wire } from '../../../test/packets.ts';
import { capturedPackets } from '../../../test/truth.ts';
import { utf8 } from '../../core/text-sink.ts';
import { ACK, PSH, SYN } from '../../wire/tcp.ts';
import { FIELDS } from './fields/index.ts';
import { Dissector, fieldTexts, findField } from './index.ts';

const COMPARED = FIELDS.filter(({ name, type }) => type !== 'protocol' && /^(http|tls)\./.test(name));

/** Captures with such messages; without those where tshark goes by what it calls a retransmission. */
const isTaken = (file: string): boolean =>
  /http|tls|ssl|https|wpaauth|syn_retransmit/i.test(file) && !/tls-subjectaltname|PPI/.test(file);

/** Text without what is no ASCII, and without controls, which tshark prints as they are. */
const asPlain = (text: string): string => text.replace(/[^\x20-\x7e]|\\x[0-9a-f]{2}|\\[abfv]/g, '');

function differences(path: string): string[] {
  const names = COMPARED.flatMap(({ name }) => ['-e', name]);
  const options = ['-n', '-r', path, '-T', 'fields', '-E', 'occurrence=a', '-E', 'aggregator=,', ...names];
  const { stdout } = spawnSync('tshark', options, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const rows = stdout.replace(/\n$/, '').split('\n');
  const dissector = new Dissector();
  return capturedPackets(path).flatMap((packet, i) => {
    const dissection = dissector.dissect(packet);
    const row = (rows[i] ?? '').split('\t');
    return COMPARED.flatMap((field, k) => {
      const [got, want] = [fieldTexts(field, dissection).join(','), row[k] ?? ''];
      // Bodies are read as UTF-8, by tshark as ASCII; packed ones are not unpacked.
      const isBody = field.name === 'http.file_data';
      return got === want || (isBody && (got === '' || asPlain(got) === asPlain(want)))
        ? []
        : [`${path} ${i + 1} ${field.name}: ${got} instead of ${want}`];
    });
  });
}

needs({ shared: true, tools: ['tshark'] })(
  'http.* and tls.* are those of tshark',
  () => {
    const found = ['synthetic', 'third-party'].flatMap((folder) =>
      readdirSync(`${SHARED}/captures/${folder}`)
        .filter(isTaken)
        .map((file) => `${SHARED}/captures/${folder}/${file}`),
    );
    expect(found.length).toBeGreaterThan(5);
    expect(found.flatMap(differences)).toEqual([]);
  },
  120_000,
);

/** The values of a field in a frame whose segment is this text. */
function valuesOf(name: string, text: string): string[] {
  const data = [...text].map((character) => character.charCodeAt(0));
  const segment = tcpSegment([80, 1000], PSH | ACK, { seq: 1, data });
  const packet = packetOf(ethernetFrame(0x0800, ipv4Packet('10.0.0.1', '10.0.0.2', 6, segment)));
  const dissection = new Dissector().dissect(packet);
  return fieldTexts(FIELDS.find((field) => field.name === name)!, dissection);
}

/** What client and server send, frame by frame, a second after one another; of each the values of fields. */
function talk(names: readonly string[], ...turns: readonly string[]): string[] {
  const dissector = new Dissector();
  const seqs = { '>': 1, '<': 1 };
  return turns.map((turn, i) => {
    const side = turn[0] === '>' ? '>' : '<';
    const data = Array.from(utf8(turn.slice(1)));
    const segment = tcpSegment(side === '>' ? [1000, 80] : [80, 1000], PSH | ACK, { seq: seqs[side], data });
    seqs[side] += data.length;
    const ends = side === '>' ? (['10.0.0.1', '10.0.0.2'] as const) : (['10.0.0.2', '10.0.0.1'] as const);
    const packet = {
      ...packetOf(ethernetFrame(0x0800, ipv4Packet(ends[0], ends[1], 6, segment))),
      number: i + 1,
      seconds: i,
    };
    const dissection = dissector.dissect(packet);
    return names.map((name) => fieldTexts(FIELDS.find((field) => field.name === name)!, dissection).join()).join(' ');
  });
}

const GET = '>GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const OK = '<HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

test('a response is told its request, and how long it took: from the last request to its last octet', () => {
  const told = (...turns: string[]): string[] => talk(['http.request_in', 'http.time'], ...turns);
  expect(told(GET, OK.slice(0, -1), `<${OK.slice(-1)}`)).toEqual([' ', ' ', '1 2.000000000']);
  // An interim response answers, and another follows; behind that nothing was asked.
  expect(told(GET, '<HTTP/1.1 100 Continue\r\n\r\n', OK, OK).slice(1)).toEqual(['1 1.000000000', '1 2.000000000', ' ']);
  expect(told(GET, `<HTTP/1.1 100 Continue\r\n\r\n${OK.slice(1)}${OK.slice(1)}`)[1]).toBe(
    '1,1 1.000000000,1.000000000',
  );
  // Of requests in a row the last one counts, as in Wireshark.
  expect(told(GET, GET, OK, OK).slice(2)).toEqual(['2 1.000000000', ' ']);
});

test('a response of a connection that begins anew answers no request of the one before', () => {
  const dissector = new Dissector();
  const wire = new Wire();
  const send = (side: '>' | '<', flags: number, seq: number, text = ''): string => {
    const segment = tcpSegment(side === '>' ? [1000, 80] : [80, 1000], flags, { seq, data: Array.from(utf8(text)) });
    const ends: [string, string] = side === '>' ? ['10.0.0.1', '10.0.0.2'] : ['10.0.0.2', '10.0.0.1'];
    const dissection = dissector.dissect(wire.frame(...ends, 6, segment));
    return fieldTexts(findField('http.request_in')!, dissection).join();
  };
  send('>', PSH | ACK, 1, GET.slice(1));
  send('>', SYN, 500_000);
  send('<', SYN | ACK, 700_000);
  expect(send('<', PSH | ACK, 700_001, OK.slice(1))).toBe('');
  send('>', PSH | ACK, 500_001, GET.slice(1));
  expect(send('<', PSH | ACK, 700_001 + OK.length - 1, OK.slice(1))).toBe('5');
});

test('what a message carries is told without the sizes of its chunks, and not when it is packed', () => {
  const told = (head: string, body: string): string =>
    talk(['http.file_data'], `<HTTP/1.1 200 OK\r\n${head}\r\n\r\n${body}`)[0]!;
  expect(told('Content-Length: 3', 'grün')).toBe('gr\ufffd');
  expect(told('Content-Length: 5', 'grün')).toBe('grün');
  expect(told('Content-Length: 4', 'a\nb\0')).toBe('a\\nb');
  expect(told('Transfer-Encoding: chunked', '3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nA: b\r\n\r\n')).toBe('abcde');
  expect(told('Content-Encoding: gzip\r\nContent-Length: 2', 'xx')).toBe('');
  expect(told('Content-Length: 0', '')).toBe('');
});

test('a first line of blanks that lead nowhere is read at once', () => {
  const text = `HTTP/1.1 200${' '.repeat(15_000)}\rx\r\nContent-Length: 0\r\n\r\n`;
  expect(valuesOf('http.response.code', text)).toEqual(['200']);
});

test('texts are read as UTF-8, and what is none is told as such', () => {
  const octets = (text: string): string => String.fromCharCode(...utf8(text));
  expect(valuesOf('http.request.uri', octets('GET /grüße HTTP/1.1\r\nHost: a\r\n\r\n'))).toEqual(['/grüße']);
  expect(valuesOf('http.request.uri', 'GET /gr\xfc\xdfe HTTP/1.1\r\nHost: a\r\n\r\n')).toEqual(['/gr��e']);
  expect(valuesOf('http.request.uri', 'GET /a\xc2\x9bb HTTP/1.1\r\nHost: a\r\n\r\n')).toEqual(['/a\\x9bb']);
});

test('a value keeps its last letter, whatever its octets are', () => {
  const text = 'HTTP/1.1 302 Found\r\nLocation: /voil\xc3\xa0\r\nContent-Length: 0\r\n\r\n';
  expect(valuesOf('http.location', text)).toEqual(['/voilà']);
});
