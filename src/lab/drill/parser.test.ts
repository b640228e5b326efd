import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseScript } from './parser.ts';
import { ScriptError } from './script-error.ts';
import type { CallLine, OptionSpec, PacketLine, TcpLine } from './syntax.ts';

const actions = (text: string): unknown[] => parseScript(text, 'x.pkt').events.map(({ action }) => action);
const packet = (text: string): PacketLine => actions(`0 ${text}`)[0] as PacketLine;
const call = (text: string): CallLine => actions(`0 ${text}`)[0] as CallLine;
const times = (text: string): unknown[] => parseScript(text, 'x.pkt').events.map(({ time }) => time);

test('times: absolute, relative, any, ranges', () => {
  expect(times('0 > nothing +.1 > nothing * > nothing 0.5~0.7 > nothing +0~+.2 > nothing')).toEqual([
    { kind: 'absolute', from: 0, to: undefined },
    { kind: 'relative', from: 100_000, to: undefined },
    { kind: 'any', from: 0, to: undefined },
    { kind: 'absolute', from: 500_000, to: 700_000 },
    { kind: 'relative', from: 0, to: 200_000 },
  ]);
});

test('comments vanish, lines mean nothing', () => {
  expect(actions('// a\n# b\n0 /* c\n d */ > .\n 1:1(0)\n ack 1 // e\n+0 > nothing # f\n')).toHaveLength(2);
});

test('a segment with everything', () => {
  const line = packet(
    '< [ect0, ttl 3] 1234 > 80 FPU. 1:1001(1000) ack 5 win 257 urg 7 <mss 1460,sackOK,TS val 1 ecr 2,nop,wscale 8,sack 1:2 3:4,FO 1a2b,eol>',
  );
  expect(line).toMatchObject({ direction: 'in', ip: { ecn: 2, ttl: 3 }, ports: [1234, 80] });
  expect(line.body).toMatchObject({
    flags: 0x39,
    range: { from: 1, to: 1001, length: 1000 },
    ack: 5,
    window: 257,
    urgent: 7,
  });
  const { options } = line.body as TcpLine;
  expect((options as OptionSpec[]).map(({ name, numbers }) => [name, ...numbers])).toEqual([
    ['mss', 1460],
    ['sackOK'],
    ['TS', 1, 2],
    ['nop'],
    ['wscale', 8],
    ['sack', 1, 2, 3, 4],
    ['FO'],
    ['eol'],
  ]);
});

test.each([
  ['> S. 0:0(0) ack 1 <...>', { flags: 0x12, options: 'any' }],
  ['> SEW 0:0(0)', { flags: 0xc2, options: undefined }],
  ['> - 0:0(0) win *', { flags: 0, window: undefined }],
  ['> . 0:0(0) ack * win ...', { flags: 0x10, ack: undefined, window: undefined }],
  ['> 5. 0:0(0)', { flags: 0x150 }],
  ['> P7. 0:0(0)', { flags: 0x1d8 }],
  ['> (tos 0x20) S 0:0(0)', { flags: 2 }],
  ['< S 0:0(0) <md5 00ff,nop,nop>', { options: [{ name: 'md5', cookie: Uint8Array.of(0, 255) }, {}, {}] }],
  ['> . 4294967295:1(2)', { range: { from: 0xffff_ffff, to: 1, length: 2 } }],
  ['< S 7:7(0)!', { range: { numbers: 'of the wire', from: 7, to: 7, length: 0 } }],
  ['> P. ...(100)', { range: { numbers: 'any', length: 100 } }],
  ['> [ecn noecn, class 0x10] . 1:1(0)', { range: { numbers: 'of the script' } }],
  ['< . 1:1(0) <TS val 1 ecr 5!>', { options: [{ numbers: [1, 5], isReal: true }] }],
  ['> . 1:1(0) <>', { options: [] }],
  ['> . 1:1(0) <mss *,TS val * ecr 5>', { options: [{ numbers: [undefined] }, { numbers: [undefined, 5] }] }],
  ['> . 1:1(0) <TS val ... ecr 5>', { options: [{ name: 'TS', numbers: [undefined, 5], cookie: undefined }] }],
])('%s', (text, body) => {
  expect(packet(text).body).toMatchObject(body);
});

test.each([
  ['[dscp CS1]', { dscp: 8, ecn: undefined }],
  ['[dscp AF43, ecn ect0, ttl 3]', { dscp: 38, ecn: 2, ttl: 3 }],
  ['(dscp EF)', { dscp: 46 }],
  ['[dscp LE]', { dscp: 1 }],
  ['[dscp 0x3f]', { dscp: 63 }],
  ['[tos 0x20, ect1]', { tos: 0x20, ecn: 1 }],
])('%s', (text, ip) => {
  expect(packet(`> ${text} . 1:1(0)`).ip).toMatchObject(ip);
});

test('datagrams and ICMP, what is quoted before or behind', () => {
  expect(packet('> udp (100)').body).toEqual({ kind: 'udp', length: 100 });
  for (const text of ['< udp 5000 > 9000 (77)', '< 5000 > 9000 udp (77)'])
    expect(packet(text)).toMatchObject({ ports: [5000, 9000], body: { kind: 'udp', length: 77 } });
  expect(packet('< icmp echo_request id 7 [raw (100)]').body).toMatchObject({ type: 8, id: 7, length: 100 });
  const needed = { version: 4, type: 3, code: 4, mtu: 1400, quoted: { protocol: 'tcp', from: 1, length: 1460 } };
  expect(packet('< icmp unreachable frag_needed mtu 1400 [1:1461(1460)]').body).toMatchObject(needed);
  expect(packet('< [1:1461(1460)] icmp unreachable frag_needed mtu 1400').body).toMatchObject(needed);
  // Words that ICMPv6 alone has are its own behind either name.
  const tooBig = { ...needed, version: 6, type: 2, code: 0 };
  expect(packet('< icmp packet_too_big mtu 1400 [1:1461(1460)]').body).toMatchObject(tooBig);
  expect(packet('< icmpv6 packet_too_big mtu 1400 [1:1461(1460)]').body).toMatchObject(tooBig);
  expect(packet('< icmp unreachable address_unreachable').body).toMatchObject({ version: 6, type: 1, code: 3 });
  expect(packet('< icmpv6 unreachable port_unreachable').body).toMatchObject({ version: 6, type: 1, code: 4 });
  expect(packet('< [0:0(0)]icmp time_exceeded exceeded_frag_time').body).toMatchObject({
    version: 6,
    type: 3,
    code: 1,
  });
  expect(packet('< icmp parameter_problem unknown_option').body).toMatchObject({ version: 6, type: 4, code: 2 });
  expect(packet('< icmp unreachable port_unreachable [udp (20)]').body).toMatchObject({ code: 3 });
  expect(packet('< [0:0(0)] icmp time_exceeded frag_reass_exceeded').body).toMatchObject({ type: 11, code: 1 });
});

test('calls: values, structures, results, errors, notes', () => {
  expect(call('read(4, ..., 1000) = -1 EAGAIN (Resource (temporarily) unavailable)')).toMatchObject({
    name: 'read',
    end: undefined,
    result: { kind: 'number', value: -1 },
    errno: 'EAGAIN',
  });
  expect(call('write(4, "a" "bc"..., 3) = 3').arguments[1]).toMatchObject({ kind: 'string', value: 'abc' });
  expect(call('...0.2 accept(3, ..., ...) = 4').end).toBe(200_000);
  expect(call('fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0').arguments[2]).toMatchObject({ kind: 'binary', sign: '|' });
  const bind = call('bind(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("10.0.0.1")}, ...) = 0');
  expect(bind.arguments[1]).toMatchObject({
    kind: 'struct',
    fields: [{ name: 'sa_family' }, { name: 'sin_port' }, {}],
  });
  const send = call('sendmsg(4, {msg_name(...)=..., msg_iov(2)=[{..., 10}, {"ab"..., 2}], msg_flags=0}, 0) = 12');
  expect(send.arguments[1]).toMatchObject({
    fields: [{ name: 'msg_name' }, { name: 'msg_iov' }, { name: 'msg_flags' }],
  });
});

test('options, code and shell', () => {
  const script = parseScript(
    '--mss=1000 // small\n-D N=3 --mtu=1500 # usual\n`sysctl a=1\nb`\n+0 %{ assert 1 }%',
    'x.pkt',
  );
  expect(script.options.map(({ name, value }) => [name, value])).toEqual([
    ['mss', '1000'],
    ['define', 'N=3'],
    ['mtu', '1500'],
  ]);
  expect(script.events.map(({ action }) => action.kind)).toEqual(['shell', 'code']);
});

test.each([
  ['0 > S 0:0(1)', /^x\.pkt:1:7: 0 and 1 octets make 1, not 0/],
  ['\n  0 > Q 0:0(0)', /^x\.pkt:2:7: "Q" is not flags.*\n {4} {2}0 > Q 0:0\(0\)\n {10}\^$/s],
  ['0 > . 1:1(0) <foo>', /"foo" is not a TCP option/],
  ['0 > [dscp AF44] . 1:1(0)', /a codepoint \(CS0 to CS7, AF11 to AF43, EF, LE\) has to stand here, not "AF44"/],
  ['0 > [constructor] . 1:1(0)', /"constructor" says nothing of an IP header/],
  ['close(3) = 0', /an event begins with its time/],
  ['0 read(3', /the arguments of read: \) has to stand here, not the end of the script/],
  ['0 %{ assert 1', /has no end/],
  ['0 < icmp echo_request [raw (7)]', /has at least 8 octets, not 7/],
  ['0~0.1 read(3) = 0', /^x\.pkt:1:1: any time \(\*\), or one of a range/],
  ['* %{ assert 1 }%', /any time/],
  ['0 < S 0:0(0) <...>', /^x\.pkt:1:5: any options \(<\.\.\.>\) are for what the host sends/],
  ['0 < icmp unreachable port_unreachble', /did you mean port_unreachable\?/],
  ['0 < icmp time_exceeded qqqq', /known are code_N, ttl_exceeded_in_transit, frag_reass_exceeded/],
  ['\n#else\n0 close(3) = 0', /^x\.pkt:2:1: #else without an #ifdef or #ifndef before it/],
  ['#endif\n0 close(3) = 0', /#endif without/],
  ['#ifdef A\n#ifdef B\n#endif\n0 close(3) = 0', /^x\.pkt:1:1: the condition that begins here has no end/],
  ['', /^x\.pkt:1:1: this script has no events: nothing would be looked at$/],
  ['0.3...0.2 read(3) = 0', /cannot end before it begins/],
  ['100000000 > nothing', /a time is at most/],
  ['1 close(3) = 0\n0.5 close(4) = 0', /^x\.pkt:2:1: time goes backwards: what stands before this begins at 1\n/],
  ['0.4 close(3) = 0\n+.2 close(4) = 0\n0.5 close(5) = 0', /^x\.pkt:3:1: time goes backwards.* 0\.6\n/],
  [`0 f(${'['.repeat(100)}`, /nested deeper/],
])('%j is refused with its place', (text, message) => {
  expect(() => parseScript(text, 'x.pkt')).toThrow(message);
});

test('a mark of the byte order is no part of a script', () => {
  expect(parseScript('\ufeff0 close(3) = 0', 'x.pkt').events.length).toBe(1);
});

test('no text makes it throw anything but a ScriptError', () => {
  const pieces = fc.constantFrom(
    ...'0 +0 < > . S. 1:1(0) ack win udp ( ) [ ] { } ... = -1 %{ }% ` " | , mss 1 <mss read(3, \n * ~ // --x='.split(
      ' ',
    ),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(pieces, { maxLength: 40 }).map((list) => list.join(' ')),
      ),
      (text) => {
        try {
          parseScript(text, 'x.pkt');
        } catch (error) {
          expect(error).toBeInstanceOf(ScriptError);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});
