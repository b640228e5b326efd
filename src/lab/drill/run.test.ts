import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NOT_YET } from './defaults.ts';
import { reportLines, summaryLines } from './report.ts';
import { type DrillOptions, type DrillResult, runScript } from './run.ts';

const run = (text: string, options: Partial<DrillOptions> = {}): Promise<DrillResult> =>
  runScript(text, 'x.pkt', { afterPrograms: (callback) => void setImmediate(callback), ...options });

const LISTENS = `
0  socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
`;
const OPENED = `${LISTENS}
+.1 < S 0:0(0) win 65535 <mss 1000>
+0  > S. 0:0(0) ack 1 <...>
+.1 < . 1:1(0) ack 1 win 65535
+0  accept(3, ..., ...) = 4
`;

test('a failure names line, expectation and what came, with the ladder so far', async () => {
  const result = await run(`${LISTENS}\n+.1 < S 0:0(0) win 1000\n+0 > S. 0:0(0) ack 2 <...>`);
  expect(result).toMatchObject({ outcome: 'failed', problem: { line: 7, expected: '+0 > S. 0:0(0) ack 2 <...>' } });
  expect(result.problem?.got).toMatch(
    /^> S\. 0:0\(0\) ack 1 win .* at 0\.100000 \(different: the acknowledgment number\)$/,
  );
  expect(result.ladder.at(-2)).toBe('0.100000 < S 0:0(0) win 1000');
  expect(reportLines(result, false)[0]).toBe('x.pkt:7: failed');
});

test('the ladder has every packet of the host, where it was sent, and says which no line asked for', async () => {
  const text = `${OPENED}+0 write(4, ..., 1500) = 1500\n+.1 < . 1:1(0) ack 1001 win 9999\n+.1 shutdown(4, SHUT_WR) = 1`;
  const { outcome, ladder } = await run(text);
  expect(outcome).toBe('failed');
  expect(ladder.slice(-7)).toEqual([
    '0.200000 accept(3, ..., ...) = 4',
    '0.200000 write(4, ..., 1500) = 1500',
    '0.200000 > . 1:1001(1000) ack 1 win 65535 (no line asked for it)',
    '0.200000 > P. 1001:1501(500) ack 1 win 65535 (no line asked for it)',
    '0.300000 < . 1:1(0) ack 1001 win 9999',
    '0.400000 shutdown(4, SHUT_WR) = 0',
    '0.400000 > F. 1501:1501(0) ack 1 win 65535 (no line asked for it)',
  ]);
  // One that passes, too; what a line has read is not marked.
  const passed = await run(`${OPENED}+0 < P. 1:11(10) ack 1 win 9\n+0 > . 1:1(0) ack 11\n+.1 close(4) = 0`);
  expect(passed.outcome).toBe('passed');
  expect(passed.ladder.filter((line) => line.includes(' > ')).map((line) => line.includes('no line'))).toEqual([
    ...[false, false, true],
  ]);
});

test('a command that is not run is noted, and a failure is told in full as ever', async () => {
  const routed = `\`sysctl -w net.ipv4.tcp_sack=0\nip route add 10.0.0.0/8 dev tun0\`\n${OPENED}+0 \`tc qdisc add dev tun0 root netem loss 1%\`\n`;
  const result = await run(`${routed}+0 close(4) = 1`);
  expect(result).toMatchObject({
    outcome: 'failed',
    problem: { line: 13, expected: '+0 close(4) = 1', got: '0' },
    notes: ['not run: ip route add 10.0.0.0/8 dev tun0', 'not run: tc qdisc add dev tun0 root netem loss 1%'],
  });
  const told = reportLines(result, false);
  expect(told).toContain('  so far:');
  expect(told).toContain('  note: not run: ip route add 10.0.0.0/8 dev tun0');
  const usual = `\`ip tcp_metrics flush all > /dev/null 2>&1\ntc qdisc add dev tun0 root pfifo\`\n${LISTENS}`;
  expect((await run(usual)).notes).toEqual([]);
});

test.each([
  ['too late', '+0 > . 1:1(0) ack 11', '+.5 < P. 1:11(10) ack 1 win 1000', /no packet by/],
  ['too early', '+.1 > . 1:1(0) ack 11', '+.5 < . 11:11(0) ack 1 win 1000', /at 0\.200000$/],
])('a packet that is %s fails', async (name, expected, delivered, got) => {
  const lines = name === 'too late' ? [expected, delivered] : ['+0 < P. 1:11(10) ack 1 win 1000', expected, delivered];
  const result = await run(OPENED + lines.join('\n'));
  expect(result.outcome).toBe('failed');
  expect(result.problem?.got).toMatch(got);
});

test.each([
  ['+0~+.5 > . 1:1(0) ack 11'],
  ['0~0.3 > . 1:1(0) ack 11'],
  ['* > . 1:1(0) ack 11'],
  ['0.2 > . 1:1(0) ack 11'],
])('%s takes a packet at 0.2', async (line) => {
  expect(await run(`${OPENED}+0 < P. 1:11(10) ack 1 win 1000\n${line}`)).toMatchObject({ outcome: 'passed' });
});

test('a packet that nobody expected fails: before the next one, and at the end', async () => {
  const middle = await run(`${OPENED}+0 < P. 1:11(10) ack 1 win 1000\n+.1 close(4) = 0\n+0 > R 1:1(0)`);
  expect(middle.problem?.got).toMatch(/^> \. 1:1\(0\) ack 11/);
  const end = await run(`${OPENED}+0 write(4, ..., 10) = 10`);
  expect(end.problem?.expected).toMatch(/silence/);
  expect(end.problem?.got).toMatch(/^> P\. 1:11\(10\)/);
});

test('behind the end: what timers repeat is no news, what is new is', async () => {
  const repeats = await run(`${OPENED}+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1`);
  expect(repeats.outcome).toBe('passed');
  expect(repeats.ladder.at(-1)).toMatch(/> P\. 1:11\(10\)/);
  const acknowledges = await run(`${OPENED}+0 < P. 1:11(10) ack 1 win 1000`);
  expect(acknowledges.outcome).toBe('passed');
  const news = await run(
    '0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_NONBLOCK) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS',
  );
  expect(news.problem?.expected).toMatch(/silence/);
  // The beginning of a burst was looked at: the rest of it is left to the host.
  const burst = await run(`${OPENED}+0 write(4, ..., 5000) = 5000\n+0 > . 1:2001(2000) ack 1`);
  expect(burst.outcome).toBe('passed');
  // So is all of it where earlier packets were left unread.
  const unwatched = await run(
    `${OPENED}+0 write(4, ..., 500) = 500\n+.1 < . 1:1(0) ack 501 win 9999\n+0 write(4, ..., 500) = 500`,
  );
  expect(unwatched.outcome).toBe('passed');
});

test('a stretch is several segments of one size; an incomplete one fails', async () => {
  const whole = await run(`${OPENED}+0 write(4, ..., 3000) = 3000\n+0 > P. 1:3001(3000) ack 1`);
  expect(whole.outcome).toBe('passed');
  const short = await run(`${OPENED}+0 write(4, ..., 2000) = 2000\n+0 > P. 1:3001(3000) ack 1`);
  expect(short.outcome).toBe('failed');
});

test('PSH: a kernel may have handed full segments that follow one another over in one, and marks the last of them', async () => {
  const write = `${OPENED}+0 setsockopt(4, IPPROTO_TCP, TCP_NODELAY, [1], 4) = 0\n+0 write(4, ..., 2500) = 2500\n`;
  const two = '+0 > . 1:1001(1000) ack 1\n+0 > P. 1001:2001(1000) ack 1\n+0 > P. 2001:2501(500) ack 1';
  expect(await run(write + two)).toMatchObject({ outcome: 'passed' });
  const first = '+0 > P. 1:1001(1000) ack 1\n+0 > . 1001:2001(1000) ack 1\n+0 > P. 2001:2501(500) ack 1';
  expect((await run(write + first)).problem?.got).toMatch(/1:1001\(1000\).*the flags/);
});

test('calls: a wrong answer, a wrong error, one that waits, one that returns at the wrong time', async () => {
  expect((await run(`${OPENED}+0 close(4) = 1`)).problem?.got).toBe('0');
  expect((await run(`${LISTENS}+0 read(3, ..., 1) = -1 EAGAIN`)).problem?.got).toBe('-1 ENOTCONN');
  expect((await run(`${OPENED}+0 read(4, ..., 1) = 1`)).problem?.got).toMatch(/the call waits/);
  const early = await run(`${OPENED}+0...1 read(4, ..., 9) = 9\n+.1 < P. 1:10(9) ack 1 win 9\n+0 > . 1:1(0) ack 10`);
  expect(early.problem).toMatchObject({ got: '9 at 0.300000', line: 10 });
  const never = await run(`${OPENED}+0...1 read(4, ..., 9) = 9\n+2 > nothing`);
  expect(never.problem?.got).toMatch(/still waits/);
});

test('-D: a number, the name of one, or what only other scripts need', async () => {
  const script = (value: string): string =>
    `-D BACKLOG=${value}\n${LISTENS.replace('listen(3, 1)', 'listen(3, BACKLOG)')}`;
  expect(await run(script('0x10'))).toMatchObject({ outcome: 'passed', notes: [] });
  expect(await run(script('SOMAXCONN'))).toMatchObject({ outcome: 'passed', notes: [] });
  const cookie = await run(script('3021b9d889017eeb'));
  expect(cookie).toMatchObject({ outcome: 'unsupported', message: expect.stringContaining('3021b9d889017eeb') });
});

test('-D: a name stands for a word, a text or a shell command as well, wherever it stands', async () => {
  const script = `--define=CC="reno"
    -D OPTION=TCP_CONGESTION --define=LEN=1000 -D ANSWER=-1
    --define=SETUP=\`sysctl -q net.ipv4.tcp_sack=0\`
    SETUP
    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
    +0 setsockopt(3, IPPROTO_TCP, OPTION, CC, 4) = 0
    +0 getsockopt(3, IPPROTO_TCP, TCP_CONGESTION, "reno", [4]) = 0
    +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
    +0 connect(3, ..., ...) = ANSWER EINPROGRESS
    +0 > S 0:0(0) <mss 1460,nop,nop,TS val 0 ecr 0,nop,wscale 8>
    +.1 < icmp unreachable CODE [0:0(0)]
    +0 connect(3, ..., ...) = -1 ERROR
    #ifdef LEN
    +0 %{ assert LEN == 1000 and ANSWER == -1 }%
    #else
    +0 close(9) = 0
    #endif
  `;
  const codes = [
    ['host_unreachable', 'EHOSTUNREACH'],
    ['net_unreachable', 'ENETUNREACH'],
  ];
  for (const [code, error] of codes) {
    const options = [['define', `CODE=${code}`] as const, ['define', `ERROR=${error}`] as const];
    expect(await run(script, { options })).toMatchObject({ outcome: 'passed', notes: [] });
  }
  // Those of the command line count more.
  const other = await run(script, {
    options: [
      ['define', 'CODE=code_3'],
      ['define', 'ERROR=ECONNREFUSED'],
      ['define', 'LEN=1'],
    ],
  });
  expect(other).toMatchObject({ outcome: 'failed', problem: { expected: expect.stringContaining('LEN == 1000') } });
});

test('what the stack has not is not a failure of it, and names itself', async () => {
  expect(await run(`${LISTENS}+0 sendfile(3, 4, NULL, 10) = 10`)).toMatchObject({
    outcome: 'unsupported',
    message: expect.stringContaining('not supported yet: the system call sendfile;') as string,
    problem: { line: 5 },
  });
  expect(await run(`${OPENED}+0 < . 1:1(0) ack 1 win 9 <ECN e1b 1>`)).toMatchObject({ outcome: 'unsupported' });
  expect(await run(`${OPENED}+0 < . 1:1(0) ack 1 win 9 <md5 000102030405060708090a0b0c0d0e0f,nop,nop>`)).toMatchObject({
    outcome: 'unsupported',
    message: expect.stringContaining('MD5 signatures') as string,
  });
  expect(await run('0 socket(..., SOCK_WHAT, 0) = 3')).toMatchObject({ outcome: 'unsupported' });
});

test('what the help lists as not there is told by its name, and is in the docs', async () => {
  const listed = NOT_YET.join(' ').match(/\b(?:[A-Z]+_[A-Z_]+|tcpi_\w+|SO_\w+)\b/g)!;
  expect(listed).toContain('TCP_WINDOW_CLAMP');
  const docs = readFileSync(join(import.meta.dirname, '../../../docs/scripts.md'), 'utf8');
  for (const name of listed) expect(docs).toContain(name);
  for (const name of ['TCP_SAVE_SYN', 'TCP_TX_DELAY'])
    expect(
      await run(`${LISTENS}+0 setsockopt(3, ${name.startsWith('SO') ? 'SOL_SOCKET' : 'SOL_TCP'}, ${name}, [1], 4) = 0`),
    ).toMatchObject({
      outcome: 'unsupported',
      message: `not supported yet: setsockopt ${name}`,
    });
  expect((await run(`${LISTENS}+0 setsockopt(3, SOL_TCP, TCP_WINDOW_CLAMP, [9], 4) = 0`)).message).toContain(
    'TCP_WINDOW_CLAMP of a socket without a connection',
  );
  expect((await run(`${OPENED}+0 recvmsg(4, {}, MSG_ERRQUEUE) = 1`)).message).toContain(
    'recvmsg with MSG_ERRQUEUE on a socket without',
  );
});

test.each([
  ['getsockname(3, {sa_family=AF_INET, sin_port=htons(1), sin_addr=inet_addr("192.168.0.1")}, [16])', 'port 8080'],
  ['getsockname(3, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("1.2.3.4")}, [16])', '192.168.0.1'],
  ['getsockopt(3, SOL_TCP, TCP_CONGESTION, "reno", [16])', '"cubic"'],
])('%s fails with %s', async (call, got) => {
  expect((await run(`${LISTENS}+0 ${call} = 0`)).problem?.got).toContain(got);
});

const FROM = (port: number): string => `{sa_family=AF_INET, sin_port=htons(${port}), sin_addr=inet_addr("192.0.2.1")}`;

test.each([
  [`recvmsg(3, {msg_name(16)=${FROM(1)}, msg_iov(1)=[{..., 9}], msg_flags=0}, 0) = 9`, 'port 8080 of 192.0.2.1'],
  [`recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 5}], msg_flags=0}, 0) = 5`, 'msg_flags=MSG_TRUNC'],
  [`recvfrom(3, ..., 9, 0, ${FROM(1)}, [16]) = 9`, 'port 8080 of 192.0.2.1'],
])('a datagram from elsewhere, or a part of one: %s fails', async (call, got) => {
  const arrived = '0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 bind(3, ..., ...) = 0\n+0 < udp (9)\n';
  expect((await run(`${arrived}+0 ${call}`)).problem?.got).toContain(got);
});

test('who is accepted is compared where the script says it', async () => {
  const handshake = `${LISTENS}+0 < S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1 <...>\n+0 < . 1:1(0) ack 1 win 9\n`;
  expect((await run(`${handshake}+0 accept(3, ${FROM(49_152)}, [16]) = 4`)).outcome).toBe('passed');
  expect((await run(`${handshake}+0 accept(3, ${FROM(1)}, [16]) = 4`)).problem?.got).toContain('port 49152');
});

test('a message of the error queue is compared', async () => {
  const sent = `${OPENED}+0 setsockopt(4, SOL_SOCKET, SO_ZEROCOPY, [1], 4) = 0
+0 send(4, ..., 10, MSG_ZEROCOPY) = 10
+0 > P. 1:11(10) ack 1
+0 < . 1:1(0) ack 11 win 9\n`;
  const wrong = '{msg_control=[{cmsg_type=IP_RECVERR, cmsg_data={ee_info=0, ee_data=1}}]}';
  expect((await run(`${sent}+0 recvmsg(4, ${wrong}, MSG_ERRQUEUE) = 0`)).problem?.got).toBe(
    'cmsg_data={ee_errno=0, ee_origin=5, ee_type=0, ee_code=1, ee_info=0, ee_data=0}',
  );
});

test.each([
  ['+.05 > S. 0:0(0) ack 1 <...>', true],
  ['+.2 > S. 0:0(0) ack 1 <...>', false],
  ['+.05 > S. 0:0(0) ack 2 <...>', true],
  ['+0 > S. 0:0(0) ack 2 <...>', false],
])('%s: a failure by time tells of the tolerance that would do', async (line, tells) => {
  const { notes, outcome } = await run(`${LISTENS}+0 < S 0:0(0) win 1000\n${line}`);
  expect([outcome, notes.some((note) => note.includes('--tolerance_usecs=100000'))]).toEqual(['failed', tells]);
});

test('settings: the command line counts more than the script, shell is read and never run', async () => {
  const script = `--mtu=1000\n${LISTENS}+0 < S 0:0(0) win 1000\n+0 > S. 0:0(0) ack 1 <mss 460>`;
  expect(await run(script, { options: [['mtu', '500']] })).toMatchObject({ outcome: 'passed' });
  expect((await run(script)).outcome).toBe('failed');
  expect(await run(`--ip_version=ipv6\n${LISTENS}+0 < S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1 <mss 1440>`)).toMatchObject({
    outcome: 'passed',
  });
  // What the other version calls the same is sent in the words of this one, with the length that the packet has here.
  const small = 'packet_too_big mtu 1400 [1:1441(1440)]';
  const cut = `\n+0 write(4, ..., 1440) = 1440\n+0 > P. 1:1441(1440) ack 1\n+.1 < icmp ${small}`;
  expect(
    await run(
      `${OPENED.replace('<mss 1000>', '<mss 1440>')}${cut}\n+0 > . 1:1341(1340) ack 1\n+0 > P. 1341:1441(100) ack 1`,
    ),
  ).toMatchObject({ outcome: 'passed' });
  expect(
    await run(`${LISTENS}+0 < S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1 <...>`, {
      options: [
        ['local_ip', 'fd00::7'],
        ['remote_ip', 'fd00:1::7'],
        ['ip_version', 'ipv6'],
      ],
    }),
  ).toMatchObject({ outcome: 'passed', notes: [] });
  expect(await run('--local_ip=nowhere\n0 > nothing')).toMatchObject({ outcome: 'invalid' });
  const sourced = await run(
    `\`../common/defaults.sh\`\n${LISTENS}+0 < S 0:0(0) win 1000 <mss 500,nop,wscale 2>\n+0 > S. 0:0(0) ack 1 <mss 1460>`,
    {
      readFile: (path) =>
        path === '../common/defaults.sh' ? '# x\nsysctl -q net.ipv4.tcp_window_scaling=0\n' : undefined,
    },
  );
  expect(sourced).toMatchObject({ outcome: 'passed', notes: [] });
  expect((await run('`rm -rf /`\n0 > nothing')).notes).toEqual(['not run: rm -rf /']);
  expect(await run('--mss=x\n0 > nothing')).toMatchObject({ outcome: 'invalid', problem: { line: 1 } });
});

test('settings may stand in any order, and in quotes; what could not be read is told', async () => {
  const connects = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
    +0...15 connect(3, ..., ...) = -1 ETIMEDOUT
    +0 > S 0:0(0) <...>
    +1 > S 0:0(0) <...>
    +2 > S 0:0(0) <...>
    +4 > S 0:0(0) <...>`;
  const count = 'net.ipv4.tcp_syn_retries=3';
  const linear = 'net.ipv4.tcp_syn_linear_timeouts=0';
  for (const settings of [`${count} ${linear}`, `${linear} ${count}`, `'${linear}' "${count}"`])
    expect(await run(`\`sysctl -q ${settings}\`\n${connects}`)).toMatchObject({ outcome: 'passed' });
  for (const open of [`sysctl "${count}`, `sysctl ${count} "`, 'a.sh "'])
    expect((await run(`\`${open}\`\n${LISTENS}`)).notes).toEqual([`not read, as a quote in it has no end: ${open}`]);
});

test('the count stands alone on the last line', async () => {
  const results = [await run('0 > nothing'), await run('0 > S 0:0(0)'), await run('0 fork() = 1'), await run('?')];
  expect(summaryLines(results)).toEqual([
    '1 of the failed need what is not supported yet',
    '1 of the failed could not be read or understood',
    '1 passed, 3 failed',
  ]);
});

test('options that nobody knows are left out and told; TCP inside UDP is not there; a script without events is none', async () => {
  const told = await run(`--local_linkaddr=02:00:00:00:00:01\n--no_such_thing\n${LISTENS}`);
  expect(told.outcome).toBe('passed');
  expect(told.notes).toEqual(['--local_linkaddr means nothing here', '--no_such_thing is not known and was left out']);
  const misspelt = await run(`--tolerence_usecs=5\n${LISTENS}`);
  expect(misspelt).toMatchObject({ outcome: 'invalid', problem: { line: 1 } });
  expect(misspelt.message).toContain('nobody knows --tolerence_usecs; did you mean --tolerance_usecs?');
  expect(await run(`--udp_encapsulation=tcp\n${LISTENS}`)).toMatchObject({ outcome: 'unsupported' });
  const inside = await run(`${LISTENS}+0 < S 0:0(0) win 1000 <mss 1460>/udp(9811 > 9811)`);
  expect(inside).toMatchObject({ outcome: 'unsupported', message: 'not supported yet: TCP inside UDP' });
  expect(await run('// nothing\n--mss=1000\n')).toMatchObject({ outcome: 'invalid' });
});

test("a FreeBSD script's receive buffer is not compared, and its class of service is", async () => {
  const text = (tos: string): string => `
\`sysctl -w net.inet.tcp.recvspace=65536\`
0  socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 getsockopt(3, SOL_SOCKET, SO_RCVBUF, [65700], [4]) = 0
+0 setsockopt(3, IPPROTO_TCP, TCP_KEEPINIT, [1], 4) = 0
+0 setsockopt(3, IPPROTO_IP, IP_TOS, [IPTOS_DSCP_CS1], 4) = 0
+0...1 connect(3, ..., ...) = -1 ETIMEDOUT
+0 > (tos ${tos}) S 0:0(0) <...>`;
  expect((await run(text('0x20'))).outcome).toBe('passed');
  expect((await run(text('0x28'))).problem?.got).toMatch(/different: .*type of service|tos/);
});

test('a ladder tells ports where there is more than one connection', async () => {
  const isPorts = /[<>] \d+ > \d+ /;
  expect((await run(OPENED)).ladder.some((line) => isPorts.test(line))).toBe(false);
  const two = await run(`${OPENED}+0 < 1234 > 8080 S 0:0(0) win 1000
+0 > 8080 > 1234 S. 0:0(0) ack 1 <...>
+0 < 1234 > 8080 . 1:1(0) ack 1 win 1000`);
  expect(two.outcome).toBe('passed');
  expect(two.ladder.filter((line) => isPorts.test(line)).map((line) => line.slice(9, 27))).toEqual([
    '< 49152 > 8080 S 0',
    '> 8080 > 49152 S. ',
    '< 49152 > 8080 . 1',
    '< 1234 > 8080 S 0:',
    '> 8080 > 1234 S. 0',
    '< 1234 > 8080 . 1:',
  ]);
  const { ladder } = await run(`0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3
+0 bind(3, ..., ...) = 0
+0 < udp 1 > 8080 (9)
+0 < udp 2 > 8080 (9)
+0 sendto(3, ..., 5, 0, ${FROM(2)}, 16) = 5
+0 > udp 8080 > 2 (5)`);
  expect(ladder.filter((line) => line.includes('udp')).map((line) => line.slice(9))).toEqual([
    '< udp 1 > 8080 (9)',
    '< udp 2 > 8080 (9)',
    '> udp 8080 > 2 (5)',
  ]);
});

test('an option without = before its value is told of where the value stands', async () => {
  expect(await run(`--mtu 1400\n${LISTENS}`)).toMatchObject({
    outcome: 'invalid',
    problem: { line: 1, column: 7, reason: 'the value of an option stands behind =, as in --mtu=1400' },
  });
  expect((await run(`--debug --mtu=1400\n${LISTENS}`)).outcome).toBe('passed');
});

test('an error that SO_ERROR tells has its name; a name of the system is nothing that -D could define', async () => {
  const error =
    '+0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 4\n+0 connect(4, ..., ...) = 0\n+0 write(4, ..., 9) = 9\n+0 > udp (9)';
  const refused = `${error}\n+0 < icmp unreachable port_unreachable [udp (9)]\n`;
  const asked = '+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [0], [4]) = 0';
  expect((await run(`${LISTENS}${refused}${asked}`)).problem?.got).toBe('[ECONNREFUSED] (111)');
  const bound = await run(`${LISTENS}+0 setsockopt(3, SOL_SOCKET, SO_BINDTODEVICE, "tun0", 5) = 0`);
  expect(bound.message).toBe('not supported yet: the constant SO_BINDTODEVICE');
  expect((await run('0 socket(..., SOCK_STREAM, 0) = 3\n+0 listen(3, BACKLOG) = 0')).message).toContain(
    'the constant BACKLOG; -D BACKLOG=VALUE would define it',
  );
});

test('options that mean nothing here are answered as they were set', async () => {
  const set = (name: string, value: number, answer = value, level = 'SOL_SOCKET'): string =>
    `+0 setsockopt(3, ${level}, ${name}, [${value}], 4) = 0\n+0 getsockopt(3, ${level}, ${name}, [${answer}], [4]) = 0\n`;
  const common = `${set('SO_PRIORITY', 5)}${set('SO_REUSEPORT', 5, 1)}${set('SO_MARK', 7)}+0 getsockopt(3, SOL_SOCKET, SO_MAX_PACING_RATE, [-1], [4]) = 0
+0 setsockopt(3, SOL_SOCKET, SO_BUSY_POLL, [-1], 4) = -1 EINVAL
+0 setsockopt(3, SOL_SOCKET, SO_SNDLOWAT, [5], 4) = -1 ENOPROTOOPT
+0 getsockopt(3, SOL_SOCKET, SO_SNDLOWAT, [1], [4]) = 0
${set('IP_BIND_ADDRESS_NO_PORT', 1, 1, 'SOL_IP')}`;
  const thin = `${set('TCP_THIN_DUPACK', 1, 0, 'SOL_TCP')}+0 setsockopt(3, SOL_TCP, TCP_THIN_LINEAR_TIMEOUTS, [2], 4) = -1 EINVAL\n`;
  const open = (kind: string): string =>
    `0 socket(..., ${kind}, 0) = 3\n+0 getsockopt(3, SOL_SOCKET, SO_REUSEPORT, [0], [4]) = 0\n`;
  for (const script of [open('SOCK_STREAM') + common + thin, open('SOCK_DGRAM') + common + set('SO_REUSEADDR', 2, 1)])
    expect(await run(script)).toMatchObject({ outcome: 'passed' });
  const accepted = await run(
    OPENED.replace('+0 bind', `${set('SO_PRIORITY', 5)}${set('SO_MARK', 7)}+0 bind`) +
      '+0 getsockopt(4, SOL_SOCKET, SO_PRIORITY, [0], [4]) = 0\n+0 getsockopt(4, SOL_SOCKET, SO_MARK, [7], [4]) = 0',
  );
  expect(accepted.outcome).toBe('passed');
});

test('a long line of the ladder is cut', async () => {
  const { ladder } = await run(`${LISTENS}+0 %{ assert ${'1 + '.repeat(100)}1 == 101 }%`);
  expect(ladder.at(-1)).toMatch(/^0\.000000 .{160} \.\.\.$/);
});

test('a misspelt name is answered with the one that was meant', async () => {
  const told = async (line: string): Promise<string> => (await run(`${LISTENS}${line}`)).message ?? '';
  expect(await told('+0 lissten(3, 1) = 0')).toContain('the system call lissten; did you mean listen?');
  expect(await told('+0 fork() = 1')).toMatch(/the system call fork; there are socket, bind, listen/);
  expect(await told('+0 close(3) = -1 ECONREFUSED (x)')).toContain('no error ECONREFUSED; did you mean ECONNREFUSED?');
  expect(await told('+0 setsockopt(3, SOL_TCP, TCP_NODELLAY, [1], 4) = 0')).toContain('did you mean TCP_NODELAY?');
  expect(await told('+0 setsockopt(3, SOL_TCP, TCP_CONGESTION, "rneo", 4) = 0')).toContain('did you mean reno?');
  expect(await told('+0 setsockopt(3, SOL_TCP, TCP_CONGESTION, "bbr", 3) = 0')).toContain('there are reno and cubic');
  expect((await run(`${OPENED}\n+0 %{ assert tcpi_sate == 1 }%`)).message).toContain('did you mean tcpi_state?');
});
