/**
 * The language construct by construct: each with an expression that fails where the construct is not understood, and the frames that pass of a small capture (a connection to port 7456 and one that
 * is refused; frame 4 says "Hello, world"). What is accepted beyond Wireshark 4.0, each trap with its hint, and what is not accepted, with the place and the nearest name.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { CaptureReader, makePacket } from '../capture/index.ts';
import { CARRIED, whyForeign } from '../dissect/foreign-names.ts';
import { Dissector } from '../dissect/index.ts';
import { compileFilter, FilterError } from './index.ts';

const LO = readFileSync(fileURLToPath(new URL('../../../test/golden/captures/lo.pcapng', import.meta.url)));

/** The frames that pass, and the hints. */
function answer(expression: string): { frames: string; hints: string } {
  const filter = compileFilter(expression);
  const reader = new CaptureReader();
  reader.push(new Uint8Array(LO));
  reader.end();
  const dissector = new Dissector();
  const packet = makePacket();
  const frames: number[] = [];
  while (reader.next(packet)) if (filter.test(dissector.dissect(packet))) frames.push(packet.number);
  return { frames: frames.join(' '), hints: filter.hints.join(' ') };
}

const ALL = '1 2 3 4 5 6 7 8 9 10';

describe('each construct', () => {
  test.each([
    ['==', 'tcp.len == 12', '4'],
    ['eq', 'tcp.len eq 12', '4'],
    ['!=', 'tcp.len != 0', '4'],
    ['ne', 'tcp.len ne 0', '4'],
    ['>', 'tcp.len > 11', '4'],
    ['gt', 'tcp.len gt 11', '4'],
    ['<', 'frame.number < 2', '1'],
    ['lt', 'frame.number lt 2', '1'],
    ['>=', 'frame.number >= 10', '10'],
    ['ge', 'frame.number ge 10', '10'],
    ['<=', 'frame.number <= 1', '1'],
    ['le', 'frame.number le 1', '1'],
    ['contains text', 'tcp.payload contains "wor"', '4'],
    ['contains octets', 'tcp.payload contains 77:6f', '4'],
    ['matches, whatever the case', 'tcp.payload matches "^HEL+O"', '4'],
    ['~', 'tcp.payload ~ "w.rld$"', '4'],
    ['& tests bits', 'tcp.flags & 0x01', '6 7'],
    ['&&', 'tcp.len > 0 && tcp', '4'],
    ['and', 'tcp.len > 0 and tcp', '4'],
    ['||', 'tcp.len > 0 || frame.number == 1', '1 4'],
    ['or', 'tcp.len > 0 or frame.number == 1', '1 4'],
    ['!', '! tcp.len == 0', '4'],
    ['not', 'not tcp.len == 0', '4'],
    ['in, a range and a value', 'tcp.len in {10..13, 99}', '4'],
    ['in, the ends of a range', 'tcp.len in {12..20, 5..11} and tcp.len in {1..12}', '4'],
    ['a slice from the start', 'tcp.payload[0:5] == "Hello"', '4'],
    ['a slice from the end', 'tcp.payload[-5:] == "world"', '4'],
    ['an octet', 'tcp.payload[0] == 0x48', '4'],
    ['a list of octets', 'tcp.payload[0:2] == 48:65', '4'],
    ['which of several layers', 'tcp.len#1 == 12', '4'],
    ['a layer that is not there', 'tcp.len#2', ''],
    ['any', 'any tcp.port == 7456', ALL],
    ['all', 'all tcp.port == 7456', ''],
    ['===: all', 'tcp.port === 7456', ''],
    ['~=: any differs', 'tcp.port ~= 7456', ALL],
    ['!==: any differs', 'tcp.port !== 7456', ALL],
    ['calculation', 'tcp.len + 1 > 12', '4'],
    ['a field and a field', 'tcp.srcport == tcp.dstport', ''],
    ['a field and a field that is equal', 'ip.src == ip.dst', ALL],
    ['a network', 'ip.addr == 127.0.0.0/8', ALL],
    ['another network', 'ip.addr == 128.0.0.0/8', ''],
    ['len()', 'len(tcp.payload) == 12', '4'],
    ['count()', 'count(tcp.option_kind) > 4', '1 2 9'],
    ['max()', 'max(tcp.option_len) == 10', '1 2 3 4 5 6 7 8 9'],
    ['min()', 'min(tcp.option_len) == 2', '1 2 9'],
    ['string()', 'string(tcp.len) == "12"', '4'],
    ['upper()', 'upper(tcp.payload) contains "HELLO"', undefined],
    ['lower()', 'lower(tcp.flags.str) contains "f"', '6 7'],
    ['a hexadecimal number', 'tcp.len == 0xc', '4'],
    ['an octal number', 'tcp.len == 014', '4'],
    ['a binary number', 'tcp.len == 0b1100', '4'],
    ['the name of a value', 'tcp.checksum.status == "Unverified"', ALL],
    ['True', 'tcp.flags.fin == True', '6 7'],
    ['a protocol by itself', 'udp', ''],
    ['a field by itself', 'tcp.options.mss_val', '1 2 9'],
    ['brackets', '(tcp.len == 12 or tcp.len == 0) and frame.number == 4', '4'],
  ])('%s: %s', (_what, expression, frames) => {
    if (frames === undefined) expect(() => answer(expression)).toThrow(FilterError);
    else expect(answer(expression).frames).toBe(frames);
  });
});

describe('beyond Wireshark 4.0', () => {
  test.each([
    ['names of ports', 'tcp.port == http or tcp.len == 12', '4'],
    ['true in lower case', 'tcp.flags.fin == true', '6 7'],
    ['localhost', 'ip.src == localhost', ALL],
    ['times with a unit', 'tcp.time_relative < 1ms', '1 2 3 9 10'],
    ['xor', 'tcp.len == 12 xor frame.number == 4', ''],
    ['= for ==', 'tcp.len = 12', '4'],
  ])('%s: %s', (_what, expression, frames) => {
    expect(answer(expression).frames).toBe(frames);
  });
});

describe('each trap has its hint', () => {
  test.each(['http.request', 'not http.response', 'tcp.connection.syn', 'tcp.segments', 'arp.isgratuitous'])(
    '%s has none: it is never false',
    (expression) => {
      expect(compileFilter(expression).hints).toEqual([]);
    },
  );

  test.each([
    'ip.addr = 1.2.3.4 & tcp',
    'tcp & tcp.port == 80',
    'http.request & tcp',
    'ip.addr == 1.2.3.4 & tcp & udp',
    'ip.addr == 1.2.3.4 & tcp.port == 80',
  ])('%s: && is meant', (expression) => {
    expect(() => compileFilter(expression)).toThrow(
      /^(?:(?!& has to).)+ & has to do with bits: for both of two conditions write &&\.\n/,
    );
  });

  test.each([
    [
      '!= wants all to differ',
      'tcp.port != 7456',
      '',
      'For packets of which any tcp.port is another write tcp.port ~= 7456.',
    ],
    ['a flag by itself asks for presence', 'tcp.flags.syn', ALL, 'For those where it is set write tcp.flags.syn == 1.'],
    [
      'and so its negation finds nothing',
      'not tcp.flags.syn',
      '',
      'For those where it is set write tcp.flags.syn == 1.',
    ],
    [
      'count is never 0',
      'count(tcp.options.mss_val) == 0',
      '',
      'For packets without it write not tcp.options.mss_val.',
    ],
    ['=', 'tcp.len = 12', '4', '= is read as ==. Wireshark 4.0 takes only ==.'],
    [
      'two digits are hexadecimal where octets are wanted',
      'tcp.payload[0] == 48',
      '4',
      '48 is one octet in hexadecimal here, 72 in decimal.',
    ],
  ])('%s: %s', (_what, expression, frames, hint) => {
    const { frames: found, hints } = answer(expression);
    expect(found).toBe(frames);
    expect(hints).toContain(hint);
  });
});

test.each([
  ['ssl', 'tls'],
  ['ssl.handshake.type == 1', 'tls.handshake.type'],
  ['bootp.option.dhcp == 1', 'dhcp.option.dhcp'],
  ['pkt_comment contains "a"', 'frame.comment'],
])('the old name in %s is read as %s, with a hint', (expression, name) => {
  const { fields, hints } = compileFilter(expression);
  expect(fields.map((field) => field.name)).toEqual([name]);
  expect(hints).toEqual([`${expression.split(' ', 1)[0]} is an old name: it is read as ${name}.`]);
});

test('every filter that is advised in place of a protocol is one', () => {
  for (const name of Object.keys(CARRIED)) {
    const instead = /found otherwise: (.*)\.$/.exec(whyForeign(name)!)?.[1];
    if (instead !== undefined) expect(() => compileFilter(instead)).not.toThrow();
  }
});

describe('what is not accepted points at the place and says what is near', () => {
  test.each([
    ['tcp.prot == 7456', 'Did you mean tcp.port?', 0, 8],
    ['tcp and tcp.srcprt == 1', 'Did you mean tcp.srcport?', 8, 10],
    ['tcp.nosuch == 4', 'Left side of "==" expression must be a field or function, not tcp.nosuch.', 0, 10],
    ['tcp.port ==', 'Unexpected end of filter expression.', 11, 1],
    ['@tcp.port == 80', 'is not supported', 0, 1],
    ['_ws.col.info == "x"', 'not _ws.col.info. It is a column of the list', 0, 12],
    ['tcp and _ws.col.Info', 'neither a field nor a protocol name. It is a column of the list', 8, 12],
    ['tcp.analysis.retransmission', 'no field of a filter here; tcplab explain FILE tells it', 0, 27],
    ['tcp or ftp', 'tcplab does not take ftp apart. These frames are found otherwise: tcp.port == 21.', 7, 3],
    ['ftp.request.command == "USER"', 'tcplab does not take ftp apart.', 0, 19],
    ['ip.geoip.country == "China"', 'Where addresses are in the world is not looked up.', 0, 16],
    ['lenght(tcp) > 1', "Function 'lenght' does not exist.", 0, 6],
    ['tcp.port in {443, tcp}', '"tcp" is neither a number', 18, 3],
    ['tcp.port in {443, ip.src}', 'not of compatible types', 18, 6],
  ])('%s', (expression, said, at, length) => {
    let problem: unknown;
    try {
      compileFilter(expression);
    } catch (error) {
      problem = error;
    }
    expect(problem).toBeInstanceOf(FilterError);
    const [message = '', echoed, caret] = (problem as FilterError).message.split('\n');
    expect(message).toContain(said);
    expect(echoed).toBe(`    ${expression}`);
    expect(caret).toBe(`    ${' '.repeat(at)}^${'~'.repeat(length - 1)}`);
  });
});

test('octets of different lengths have the bits of the shorter in common', () => {
  expect(answer('tcp.payload[0:2] & ff == 48').frames).toBe('4');
  expect(answer('tcp.payload[0:2] & ff:00:ff == 48:00').frames).toBe('4');
});
