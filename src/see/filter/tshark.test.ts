/** Which frames pass: the same as in tshark, whose answers are kept in test/golden/filter-frames.txt (`npx vitest run -u` with tshark writes it anew). */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { needs } from '../../../test/needs.ts';
import { CaptureReader, makePacket } from '../capture/index.ts';
import { Dissector } from '../dissect/index.ts';
import { compileFilter } from './index.ts';

const GOLDEN = fileURLToPath(new URL('../../../test/golden/filter-frames.txt', import.meta.url));
const capture = (name: string): string =>
  fileURLToPath(new URL(`../../../test/golden/captures/${name}`, import.meta.url));

/** Expressions by the capture they are tried on. */
const TABLE: Readonly<Record<string, readonly string[]>> = {
  'lo.pcapng': [
    '',
    'tcp',
    'tcp.port == 7456',
    'tcp.port != 7456',
    'tcp.port ~= 7456',
    'tcp.port !== 7456',
    'tcp.port === 7456',
    'any tcp.port != 7456',
    'all tcp.port > 1023',
    'all tcp.port == tcp.port',
    'tcp.flags.syn',
    'not tcp.flags.syn',
    'tcp.flags.syn == True and tcp.flags.ack == 0',
    'tcp.flags & 0x02',
    'tcp.flags & 2 == 2',
    '!tcp.flags & 2',
    'tcp.flags & 2 + 16',
    'tcp.len > 0 or tcp.flags.syn == 1 and tcp.ack == 0',
    'not tcp.len == 0 and tcp.ack == 1',
    '! tcp.len == 12 || tcp.flags.syn == 1 && frame.number == 1',
    'frame.number < tcp.len < 20',
    '{tcp.len + 1} * 2 > 12',
    'tcp.len + 1 * 2 == 14',
    'tcp.len - 13 == -1',
    'tcp.len / 5',
    'tcp.len - 12',
    'tcp.len / 0 == 6',
    'tcp.port == 0x1d20 and tcp.port == 016440 and tcp.port == 0b1110100100000',
    'tcp.port in {7000..7455, 7457 .. 7999, 80}',
    'tcp.port not in {80, 443}',
    'all tcp.port in {7456}',
    'tcp.port in {80, tcp.srcport}',
    'tcp.payload[0:5] == "Hello"',
    'tcp.payload[-5:] == "world"',
    'tcp.payload[0,2-3] == 48:6c:6c',
    'tcp.payload[2:3][1] == 6c',
    'tcp.payload[100:2] == 48:65',
    "tcp.payload[0] == 'H'",
    'tcp.payload contains "hello"',
    'tcp.payload contains 48:65:6c',
    'tcp.payload matches "^HELLO"',
    'tcp.payload ~ r"h\\w+o"',
    'tcp.payload matches "(?-i)hello"',
    'tcp[13] & 2',
    'tcp[0:2] > 1d:20',
    'tcp.payload > ff:ff',
    'tcp[0] < 00:00',
    'tcp.flags.str > "z"',
    'tcp[-1] == 00',
    'tcp[20:2]',
    'tcp[60]',
    'eth[-2:] == 08:00',
    'len(tcp) == 32',
    'len(eth) + len(ip) == 34',
    'len(frame) > 70',
    'ip contains "world"',
    'tcp contains "world"',
    'tcp.flags.str contains "S"',
    'len(tcp.payload) == tcp.len',
    'count(tcp.port) == 2',
    'count(tcp.options.mss_val) == 0',
    'max(tcp.port) + 1 > 34348',
    'min(tcp.srcport, 50) == 50',
    'string(frame.number) matches "^1"',
    'lower(tcp.flags.str) contains "s"',
    'ip.addr == 127.0.0.0/8 && ip.addr != 10.0.0.0/8',
    'ip.addr > 127.0.0.0/8',
    'ip.src == ip.dst',
    'ip.addr & 255.0.0.0 == 127.0.0.0',
    'ip.src[0:2] == 7f:00',
    'eth.src == 00-00-00-00-00-00 and eth.src[0:3] == 00:00:00',
    'ip.proto == TCP and eth.type == "IPv4"',
    'frame.time_relative in {0..0.0001}',
    'frame.time >= "2026-11-22 19:47:37.171585941 UTC"',
    'frame.time == "2026-11-22T19:47:37.167309997Z"',
    'frame.time < "Nov 22, 2026 19:47:38 UTC"',
    'frame.time in {"2026-11-22 20:47:37.1673+01:00" .. "2026-11-22T14:17:37,171375778-0530"}',
    'max(frame.time) ~= "nov 22,2026 19:47:37.16732194UTC"',
    'frame.time > "2026-11-22 19:47Z" and not frame.time > "2026-11-23 UTC"',
    'tcp.options.mss_val',
    'ip.len - ip.hdr_len - tcp.hdr_len == tcp.len',
    'tcp.window_size > tcp.window_size_value * 100',
    'tcp.stream eq 1 || frame.number lt 3',
  ],
  'filter-mixture.pcap': [
    'arp',
    'eth.dst[0] & 1',
    'ipv6.addr == 2001:db8::/32',
    'ipv6.addr != fe80::/10',
    'ipv6.src < ipv6.dst',
    'ipv6.dst in {fe80::1..fe80::ff}',
    'ipv6.nxt == UDP',
    'ipv6.src[0:4] == 20:01:0d:b8',
    'ip.src#1 == 10.0.0.2',
    'ip.src#2 == 10.0.0.1',
    'ip.addr#[-1] == 10.0.0.2',
    'ip#2',
    'all ip.proto == 17',
    'ip.addr != 10.0.0.1',
    'not (tcp or udp or arp)',
    'tcp.port == 80 || udp.port in {7457, 7458}',
    'max(ip.ttl, 10) == 10',
    'frame.len - ip.len > 14',
    'tcp.payload matches "(?m)^line two\\r?$"',
    'tcp.payload matches "(?s)server.*line"',
    'tcp.payload matches "server.*line"',
    'tcp.payload matches "two\\r\\n$"',
    'tcp.payload matches "two$"',
    'tcp.payload matches "\\\\bhola\\\\b"',
    'frame.time_delta > 0.2 and frame.time_delta < 0.3',
  ],
  'kernel__udp-frag-unreach.pcap': ['udp', 'icmp.type == 3', 'count(ip.src) == 2', 'ip.proto#2 == 17', 'ip.ttl#[1-2]'],
  'kernel__simultaneous-open.pcap': [
    'tcp.flags == 0x012',
    'tcp.options.mss_val and tcp.flags.ack == 1',
    'tcp.seq == tcp.ack',
  ],
  'kernel__urgent.pcap': ['tcp.flags.urg == 1', 'tcp.urgent_pointer > 0', 'tcp.len in {1, 3}'],
  'kernel__port-reuse.pcap': ['tcp.stream == 1', 'tcp.flags.reset == 1 || tcp.flags.fin == 1'],
  'zw.pcapng': ['tcp.window_size == 0', 'tcp.len in {1..100}'],
};

const rows = Object.entries(TABLE).flatMap(([name, expressions]) => expressions.map((each) => [name, each] as const));

const run = promisify(execFile);

async function sharkFrames(name: string, expression: string): Promise<string> {
  const fields = ['-T', 'fields', '-e', 'frame.number'];
  const { stdout } = await run('tshark', ['-n', '-Y', expression, ...fields, '-r', capture(name)]);
  return stdout.trim().split('\n').join(' ');
}

function ownFrames(name: string, expression: string): string {
  const filter = compileFilter(expression);
  const reader = new CaptureReader();
  const packet = makePacket();
  const dissector = new Dissector();
  reader.push(readFileSync(capture(name)));
  reader.end();
  const frames: number[] = [];
  while (reader.next(packet)) if (filter.test(dissector.dissect(packet))) frames.push(packet.number);
  return frames.join(' ');
}

/** The kept answers: frames by capture and expression. */
const answers = new Map(
  readFileSync(GOLDEN, 'utf8')
    .split('\n')
    .map((line) => line.split('\t'))
    .map(([name, expression, frames]) => [`${name}\t${expression}`, frames]),
);

/** An expression that is true of a frame for which the kept answer is wrong. */
function isWrong(name: string, expression: string): string {
  const frames = answers.get(`${name}\t${expression}`);
  const test = expression === '' ? 'frame' : expression;
  if (frames === undefined) return 'frame';
  if (frames === '') return `(${test})`;
  const kept = `frame.number in {${frames.replaceAll(' ', ', ')}}`;
  return `((${test}) && !${kept}) || (!(${test}) && ${kept})`;
}

describe("the frames that pass are tshark's", () => {
  for (const [name, expression] of rows)
    test(`${name}: ${expression}`, () => {
      expect(ownFrames(name, expression)).toBe(answers.get(`${name}\t${expression}`));
    });
});

needs({ tools: ['tshark'] })(
  'the kept answers are what tshark says',
  async () => {
    // tshark takes long to start: one run a capture tells whether all is well, and only if not, one an expression what is wrong.
    const wrong = await Promise.all(
      Object.entries(TABLE).map(([name, expressions]) =>
        sharkFrames(name, expressions.map((each) => isWrong(name, each)).join(' || ')),
      ),
    );
    if (answers.size === rows.length + 1 && wrong.every((frames) => frames === '')) return;
    const lines: string[] = [];
    for (const [name, expression] of rows)
      lines.push(`${name}\t${expression}\t${await sharkFrames(name, expression)}\n`);
    await expect(lines.join('')).toMatchFileSnapshot(GOLDEN);
    throw new Error('The answers were kept wrongly; they have been compared one by one.');
  },
  600_000,
);
