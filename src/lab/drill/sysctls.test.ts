import { expect, test } from 'vitest';
import type { ConnectionOptions } from '../../speak/tcp/index.ts';
import { applyFreebsdSysctl, freebsdAssignments } from './freebsd-sysctls.ts';
import { shellLines } from './shell.ts';
import { applySysctls, assignments, segmentOfRoute } from './sysctls.ts';

const found = (text: string): [string, string][] => shellLines(text).flatMap(assignments);

test.each([
  ['sysctl -q net.ipv4.tcp_rmem="4096 540000 $((15*1024*1024))"', 'tcp_rmem', '4096 540000 15728640'],
  ['sysctl -q "net.ipv4.tcp_rmem=4096 540000 15728640"', 'tcp_rmem', '4096 540000 15728640'],
  ["sysctl -q 'net.ipv4.tcp_rmem=4096 540000 15728640'", 'tcp_rmem', '4096 540000 15728640'],
  ['sysctl -q net.ipv4.tcp_rmem=4096\\ 540000\\\t15728640', 'tcp_rmem', '4096 540000 15728640'],
  ['sysctl -q net.ipv4."tcp_rmem"=4096" 540000"\' 15728640\'', 'tcp_rmem', '4096 540000 15728640'],
  ['sysctl -w "net.ipv4.tcp_sack"=0', 'tcp_sack', '0'],
  ['sysctl -w net/ipv4/tcp_sack=0; true', 'tcp_sack', '0'],
  ['sysctl net.core.somaxconn=1', 'net.core.somaxconn', '1'],
  ["echo '0' > /proc/sys/net/ipv4/tcp_timestamps", 'tcp_timestamps', '0'],
  ['true && echo -n 4096 1 2 >"/proc/sys/net/ipv4/tcp_wmem" 2>/dev/null', 'tcp_wmem', '4096 1 2'],
])('%s is found', (text, name, value) => {
  expect(found(text)).toEqual([[name, value]]);
});

test('several settings in a command, and none where there is none', () => {
  expect(found('../set_sysctls.py /proc/sys/net/ipv4/tcp_sack=0 /proc/sys/net/ipv4/tcp_ecn=1')).toEqual([
    ['tcp_sack', '0'],
    ['tcp_ecn', '1'],
  ]);
  expect(found('sysctl net.ipv4.tcp_sack; cat /proc/sys/net/ipv4/tcp_sack > x # net.ipv4.tcp_sack=0')).toEqual([]);
  expect(found('echo net.ipv4.tcp_sack "=0"; cat x > /proc/sys/net/ipv4/tcp_sack')).toEqual([]);
});

/** In milliseconds. */
const SECOND = 1_000;

const told = (...settings: [string, string][]): Partial<ConnectionOptions> => {
  const connection: Partial<ConnectionOptions> = {};
  expect(applySysctls(connection, new Map(settings))).toEqual([]);
  return connection;
};

/** The notes on one setting. */
const notes = (name: string, value: string): string[] => applySysctls({}, new Map([[name, value]]));

test('what a setting means to a connection', () => {
  expect(told(['tcp_sack', '0'], ['tcp_timestamps', '0'], ['tcp_ecn', '1'], ['tcp_window_scaling', '0'])).toEqual({
    selectiveAcknowledgments: false,
    timestamps: false,
    ecn: 'active',
    windowScaling: false,
  });
  expect(told(['tcp_rmem', '4096 32768 6291456'], ['tcp_wmem', '4096 16384 100000'])).toEqual({
    receiveBuffer: 16_384,
    receiveBufferMaximum: 6_291_456,
    sendBuffer: 100_000,
  });
  expect(told(['tcp_congestion_control', 'reno'])).toMatchObject({ choices: { cubic: false } });
  expect(told(['tcp_congestion_control', 'cubic'])).toMatchObject({ choices: { cubic: true } });
  expect(told(['tcp_min_tso_segs', '10'])).toMatchObject({ choices: { fillsWindow: 10 } });
  expect(notes('tcp_congestion_control', 'bbr')[0]).toContain('not supported yet');
  expect(told(['tcp_syn_linear_timeouts', '0'], ['tcp_syn_retries', '1'])).toMatchObject({
    synTimeout: 3 * SECOND,
    choices: { linearSynTimeouts: 0 },
  });
  // As the kernel has it: after the third timer, the fifth and two more, the seventh that doubles.
  expect([1, 2, 3, 6].map((count) => told(['tcp_syn_retries', String(count)]).synTimeout)).toEqual(
    [3, 7, 19, 131].map((seconds) => seconds * SECOND),
  );
  expect(told(['tcp_synack_retries', '1'])).toEqual({ synAckTimeout: 3 * SECOND });
  expect(told(['tcp_slow_start_after_idle', '0'], ['tcp_early_retrans', '0']).choices).toMatchObject({
    restartsAfterIdle: false,
    lossProbes: false,
  });
  expect(told(['tcp_retries2', '3']).userTimeout).toBe(3 * SECOND);
  expect(told(['tcp_tw_reuse_delay', '500'], ['tcp_tw_reuse', '1']).choices?.keepsTimestampAfter).toBe(SECOND / 2);
  expect(told(['tcp_pacing_ss_ratio', '200'])).toEqual({});
});

test('a route says how long segments are', () => {
  const route = (rest: string): number | undefined =>
    segmentOfRoute(`ip route change 192.0.2.2 via 192.168.0.2 dev tun0 ${rest}`);
  expect([route('advmss 1430 mtu lock 1470'), route('mtu 1400'), route('advmss 600'), route('')]).toEqual([
    1_430,
    1_360,
    600,
    undefined,
  ]);
  expect(route('mtu 1400 initcwnd 3')).toBeUndefined();
});

test('the order in which settings stand means nothing', () => {
  expect(told(['tcp_syn_retries', '1'], ['tcp_syn_linear_timeouts', '0']).synTimeout).toBe(3 * SECOND);
  expect(told(['tcp_syn_linear_timeouts', '0']).synTimeout).toBe(127 * SECOND);
  const longest = told(['tcp_syn_retries', '3'], ['tcp_synack_retries', '2'], ['tcp_rto_max_ms', '1000']);
  expect([longest.synTimeout, longest.synAckTimeout, longest.userTimeout]).toEqual(
    [4, 3, 14.4].map((seconds) => seconds * SECOND),
  );
  expect(told(['tcp_synack_retries', '2'], ['tcp_initial_rto', '500']).synAckTimeout).toBe(3.5 * SECOND);
  expect(told(['tcp_initial_rto', '0']).initialRto).toBe(SECOND);
});

test('what means something and is not so is told, as is what is no number', () => {
  for (const [name, value] of [
    ['tcp_shrink_window', '1'],
    ['tcp_recovery', '0'],
    ['tcp_reordering', '10'],
    ['tcp_frto', '0'],
    ['tcp_rfc1337', '1'],
    ['tcp_moderate_rcvbuf', '0'],
    ['tcp_ecn', '3'],
    ['ip_no_pmtu_disc', '1'],
    ['net.core.rmem_max', '4096'],
    ['tcp_nobody_knows_this', '1'],
  ] as const)
    expect(notes(name, value)).toEqual([`${name}=${value} is not supported yet`]);
  for (const [name, value] of [
    ['tcp_recovery', '1'],
    ['tcp_frto', '2'],
    ['tcp_no_metrics_save', '1'],
    ['tcp_pacing_ss_ratio', '200'],
    ['tcp_fastopen', '0x70403'],
    ['conf.all.rp_filter', '0'],
  ] as const)
    expect(notes(name, value)).toEqual([]);
  for (const name of ['tcp_sack', 'tcp_syn_retries', 'tcp_rmem'])
    expect(notes(name, 'yes')).toEqual([`${name}=yes is no number`]);
});

test("FreeBSD's settings are found, and mean the same where there is the same", () => {
  const [line] = shellLines('sysctl -w net.inet.tcp."sack.enable=0" \'kern.ipc.maxsockbuf=2097152\'');
  expect(freebsdAssignments(line!)).toEqual([
    ['sack.enable', '0'],
    ['kern.ipc.maxsockbuf', '2097152'],
  ]);
  const connection: Partial<ConnectionOptions> = {};
  for (const [name, value] of [
    ['rfc1323', '2'],
    ['ecn.enable', '1'],
    ['keepinit', '75000'],
    ['sendspace', '32768'],
  ] as const)
    expect(applyFreebsdSysctl(connection, name, value)).toBeUndefined();
  const keepinit = 75 * SECOND;
  expect(connection).toEqual({
    ...{ windowScaling: true, timestamps: false, ecn: 'active' },
    ...{ synTimeout: keepinit, synAckTimeout: keepinit },
  });
  expect(applyFreebsdSysctl(connection, 'insecure_rst', '0')).toBeUndefined();
  expect(applyFreebsdSysctl(connection, 'insecure_rst', '1')).toBe('insecure_rst=1 is not supported yet');
});
