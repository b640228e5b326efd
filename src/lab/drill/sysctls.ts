/**
 * The `sysctl` settings in a script's shell commands: found in the text, which is never run, and put into the words of this stack. What means nothing here is
 * passed over; what means something and is not so here is told in a note.
 */
import { type ConnectionOptions, retransmissionTime, synTime } from '../../speak/tcp/index.ts';
import { LINUX_CONNECTION, windowOf } from './defaults.ts';
import type { SendMemory } from './desk.ts';
import { meant } from './expected-result.ts';

type Connection = Partial<ConnectionOptions>;

/** The commands of a shell text, without comments; one that goes on over lines is one. */
export const commandsOf = (text: string): string[] =>
  text
    .replace(/(^|\s)#[^\n]*/g, '$1')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');

/** `$((15*1024*1024))`: sums and products of whole numbers. */
const ARITHMETIC = /\$\(\(([\d\s*+-]+)\)\)/g;

function calculated(text: string): string {
  return text.replace(ARITHMETIC, (whole, expression: string) => {
    let total = 0;
    for (const [, sign, product = ''] of expression.replace(/\s+/g, '').matchAll(/([+-]?)(\d+(?:\*\d+)*)/g)) {
      const value = product.split('*').reduce((all, factor) => all * Number(factor), 1);
      total += sign === '-' ? -value : value;
    }
    return Number.isSafeInteger(total) ? String(total) : whole;
  });
}

/** `net.ipv4.tcp_sack=0`, `/proc/sys/net/ipv4/tcp_rmem="4096 87380 6291456"`, `echo 0 > /proc/sys/net/ipv4/tcp_sack`: names without what stands before `tcp_`. */
export function assignments(text: string): [name: string, value: string][] {
  const found: [string, string][] = [];
  const clean = calculated(text);
  for (const match of clean.matchAll(/net[./]ipv[46][./](\w+)\s*=\s*(?:"([^"\n]*)"|'([^'\n]*)'|([^\s;"'&|)]+))/g))
    found.push([match[1]!, (match[2] ?? match[3] ?? match[4] ?? '').trim()]);
  for (const match of clean.matchAll(/echo\s+["']?([\w -]+?)["']?\s*>\s*\/proc\/sys\/net\/ipv[46]\/(\w+)/g))
    found.push([match[2]!, match[1]!.trim()]);
  return found;
}

/** `ip route change 192.0.2.1 ... advmss 1430 mtu lock 1470`: the largest segment that leaves, and is asked for, on such a way; undefined when the command says nothing of it. */
export function segmentOfRoute(command: string, version6 = false): number | undefined {
  if (!/\bip\s+(?:-\S+\s+)*route\s+(?:add|change|replace)\b/.test(command) || /\binitcwnd\b/.test(command))
    return undefined;
  const [, advertised] = /\badvmss\s+(\d+)/.exec(command) ?? [];
  const [, mtu] = /\bmtu\s+(?:lock\s+)?(\d+)/.exec(command) ?? [];
  const least = Math.min(
    Number(advertised ?? Number.NaN) || LARGEST,
    (Number(mtu ?? Number.NaN) || LARGEST) - (version6 ? HEADERS_6 : HEADERS),
  );
  return advertised === undefined && mtu === undefined ? undefined : bounded(least, 88, 32_767);
}

/** Octets of IP and TCP header in either version, and more than any packet has. */
const HEADERS = 40;
const HEADERS_6 = 60;
const LARGEST = 65_536;

const bounded = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));

const change = (connection: Connection, choices: Partial<ConnectionOptions['choices']>): void => {
  connection.choices = { ...(connection.choices ?? LINUX_CONNECTION.choices), ...choices };
};

/** `4096 16384 4194304`: what a buffer to send holds at first, and at the most. */
export function sendMemoryOf(value: string): SendMemory | undefined {
  const [, usual, most] = value.split(/[\s,]+/).map(Number);
  if (!Number.isSafeInteger(usual) || !Number.isSafeInteger(most)) return undefined;
  return { usual: bounded(usual!, 2_304, 1 << 30), most: bounded(most!, 2_304, 1 << 30) };
}

type Apply = (connection: Connection, value: number, all: readonly number[]) => void;

/** In milliseconds. */
const SECOND = 1_000;

/** Settings that the stack can be told. */
const SYSCTLS: ReadonlyMap<string, Apply> = new Map<string, Apply>([
  ['tcp_window_scaling', (connection, value) => (connection.windowScaling = value !== 0)],
  ['tcp_sack', (connection, value) => (connection.selectiveAcknowledgments = value !== 0)],
  ['tcp_dsack', (connection, value) => change(connection, { reportsDuplicates: value !== 0 })],
  ['tcp_timestamps', (connection, value) => (connection.timestamps = value !== 0)],
  ['tcp_ecn', (connection, value) => (connection.ecn = value === 1 ? 'active' : value === 0 ? 'off' : 'passive')],
  ['tcp_rmem', (connection, _, [, usual = 131_072, most = 6_291_456]) => setReceiveBuffer(connection, usual, most)],
  ['tcp_wmem', (connection, _, all) => (connection.sendBuffer = bounded(all.at(-1) ?? 0, 2_304, 1 << 30))],
  ['tcp_fin_timeout', (connection, value) => (connection.finWait2 = bounded(value, 0, 3_600) * SECOND)],
  ['tcp_rto_min_us', setLeastRto],
  ['tcp_rto_max_ms', (connection, value) => (connection.maximumRto = bounded(value, 1, 120_000))],
  ['tcp_initial_rto', (connection, value) => (connection.initialRto = bounded(value, 1, 120_000))],
  ['tcp_syn_retries', setSynRetries],
  ['tcp_syn_linear_timeouts', (connection, value) => change(connection, { linearSynTimeouts: bounded(value, 0, 255) })],
  [
    'tcp_synack_retries',
    (connection, value) => (connection.synAckTimeout = retransmissionTime(retries(value), SECOND, 120 * SECOND)),
  ],
  [
    'tcp_retries2',
    (connection, value) => (connection.userTimeout = retransmissionTime(retries(value), 200, 120 * SECOND)),
  ],
  ['tcp_keepalive_time', (connection, value) => (connection.keepAliveIdle = bounded(value, 1, 32_767) * SECOND)],
  ['tcp_keepalive_intvl', (connection, value) => (connection.keepAliveInterval = bounded(value, 1, 32_767) * SECOND)],
  ['tcp_keepalive_probes', (connection, value) => (connection.keepAliveProbes = bounded(value, 1, 127))],
  ['tcp_slow_start_after_idle', (connection, value) => change(connection, { restartsAfterIdle: value !== 0 })],
  [
    'tcp_tw_reuse',
    (connection, value) => change(connection, { keepsTimestampAfter: value === 1 ? SECOND : Number.POSITIVE_INFINITY }),
  ],
  ['tcp_tw_reuse_delay', setReuseDelay],
  ['tcp_min_tso_segs', (connection, value) => change(connection, { fillsWindow: bounded(value, 2, 64) })],
  ['tcp_early_retrans', (connection, value) => change(connection, { lossProbes: value >= 3 })],
]);

function setSynRetries(connection: Connection, value: number): void {
  const linear = (connection.choices ?? LINUX_CONNECTION.choices).linearSynTimeouts;
  connection.synTimeout = synTime(retries(value), SECOND, 120 * SECOND, linear);
}

/** Linux counts in an octet. */
const retries = (value: number): number => Math.min(value, 255);

/** Only where reuse was turned on before. */
function setReuseDelay(connection: Connection, value: number): void {
  if (Number.isFinite(connection.choices?.keepsTimestampAfter)) change(connection, { keepsTimestampAfter: value });
}

function setLeastRto(connection: Connection, value: number): void {
  connection.minimumRto = bounded(value, 1, 60_000_000) / 1_000;
  change(connection, { leastVariance: connection.minimumRto });
}

function setReceiveBuffer(connection: Connection, usual: number, most: number): void {
  connection.receiveBuffer = windowOf(usual);
  connection.receiveBufferMaximum = bounded(Math.max(usual, most), connection.receiveBuffer, 1 << 30);
}

/** Algorithms of congestion control, and whether one is CUBIC. */
const CONGESTION_CONTROLS: ReadonlyMap<string, boolean> = new Map([
  ['reno', false],
  ['cubic', true],
]);

/** Whether an algorithm is CUBIC; undefined when the stack has none of that name. */
export const isCubic = (name: string): boolean | undefined => CONGESTION_CONTROLS.get(name);

/** The name of the one that a connection has. */
export const congestionControlOf = (cubic: boolean): string =>
  [...CONGESTION_CONTROLS].find(([, isIt]) => isIt === cubic)![0];

/** What to say of an algorithm that the stack has not. */
export const unknownCongestionControl = (name: string): string =>
  `the congestion control ${JSON.stringify(name)}${meant(name, CONGESTION_CONTROLS.keys(), `; there are ${[...CONGESTION_CONTROLS.keys()].join(' and ')}`)}`;

/** Settings that mean something, and how the stack behaves; another value is told. */
const FIXED: ReadonlyMap<string, readonly string[]> = new Map([
  ['tcp_shrink_window', ['0']],
  ['tcp_abort_on_overflow', ['0']],
  ['tcp_mtu_probing', ['0']],
  ['tcp_stdurg', ['0']],
]);

/** Applies a setting; answers a note when it means something and is not so here. */
export function applySysctl(connection: Connection, name: string, value: string): string | undefined {
  const apply = SYSCTLS.get(name);
  if (apply !== undefined) {
    const numbers = value.split(/[\s,]+/).map(Number);
    if (!numbers.every((number) => Number.isSafeInteger(number) && number >= 0)) return `${name}=${value} is no number`;
    apply(connection, numbers[0]!, numbers);
    return undefined;
  }
  if (name === 'tcp_congestion_control') {
    const cubic = isCubic(value);
    if (cubic === undefined) return `not supported yet: ${unknownCongestionControl(value)}`;
    change(connection, { cubic });
    return undefined;
  }
  const fixed = FIXED.get(name);
  return fixed === undefined || fixed.includes(value) ? undefined : `${name}=${value} is not supported yet`;
}
