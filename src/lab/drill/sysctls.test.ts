import { expect, test } from 'vitest';
import type { ConnectionOptions } from '../../speak/tcp/index.ts';
import { applyFreebsdSysctl, freebsdAssignments } from './freebsd-sysctls.ts';
import { applySysctl, assignments, commandsOf, segmentOfRoute } from './sysctls.ts';

test('settings are found in every form that scripts write them in', () => {
  expect(assignments('sysctl -q net.ipv4.tcp_rmem="4096 540000 $((15*1024*1024))"')).toEqual([
    ['tcp_rmem', '4096 540000 15728640'],
  ]);
  expect(assignments('../set_sysctls.py /proc/sys/net/ipv4/tcp_sack=0 /proc/sys/net/ipv4/tcp_ecn=1')).toEqual([
    ['tcp_sack', '0'],
    ['tcp_ecn', '1'],
  ]);
  expect(assignments("echo '0' > /proc/sys/net/ipv4/tcp_timestamps")).toEqual([['tcp_timestamps', '0']]);
  expect(commandsOf('a # x=1\nb \\\n c\n\n# all of it\nd')).toEqual(['a ', 'b   c', 'd']);
});

/** In milliseconds. */
const SECOND = 1_000;

const told = (...settings: [string, string][]): Partial<ConnectionOptions> => {
  const connection: Partial<ConnectionOptions> = {};
  for (const [name, value] of settings) expect(applySysctl(connection, name, value)).toBeUndefined();
  return connection;
};

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
  expect(applySysctl({}, 'tcp_congestion_control', 'bbr')).toContain('not supported yet');
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
  expect(told(['tcp_tw_reuse', '1'], ['tcp_tw_reuse_delay', '500']).choices?.keepsTimestampAfter).toBe(SECOND / 2);
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

test('what means something and is not so is told, as is what is no number', () => {
  expect(applySysctl({}, 'tcp_shrink_window', '1')).toBe('tcp_shrink_window=1 is not supported yet');
  expect(applySysctl({}, 'tcp_sack', 'yes')).toBe('tcp_sack=yes is no number');
});

test("FreeBSD's settings are found, and mean the same where there is the same", () => {
  expect(freebsdAssignments('sysctl -w net.inet.tcp.sack.enable=0 kern.ipc.maxsockbuf=2097152')).toEqual([
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
