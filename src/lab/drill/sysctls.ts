/**
 * Linux's `sysctl` settings in a script's shell commands: found in the words (shell.ts), and put into the words of this stack. What changes nothing here is passed
 * over; what would, and is not so here, is told in a note. Not here: FreeBSD's (freebsd-sysctls.ts).
 */
import { type ConnectionOptions, retransmissionTime, synTime } from '../../speak/tcp/index.ts';
import { LINUX_CONNECTION, windowOf } from './defaults.ts';
import type { SendMemory } from './desk.ts';
import { meant } from './expected-result.ts';
import type { ShellLine } from './shell.ts';

type Connection = Partial<ConnectionOptions>;

/** `net.ipv4.tcp_sack=0`, with dots or slashes. */
const ASSIGNMENT = /^(?:\/proc\/sys\/)?((?:net|kernel|vm|fs)[./][^=]+)=(.*)$/s;
const FILE = /^\/proc\/sys\/(.+)$/;

/** Names as `sysctl` prints them, without `net.ipv4.`. FreeBSD's are none. */
function nameOf(path: string): string | undefined {
  const name = path.replaceAll('/', '.');
  return name.startsWith('net.inet') ? undefined : name.replace(/^net\.ipv4\./, '');
}

/** `net.ipv4.tcp_rmem="4096 87380 6291456"`, `/proc/sys/net/ipv4/tcp_sack=0`, `echo 0 > /proc/sys/net/ipv4/tcp_sack`. */
export function assignments({ words }: ShellLine): [name: string, value: string][] {
  const found: [string, string][] = [];
  const add = (path: string, value: string): void => {
    const name = nameOf(path);
    if (name !== undefined) found.push([name, value.trim().replace(/\s+/g, ' ')]);
  };
  let command: string[] = [];
  for (const [i, { text, isSign }] of words.entries()) {
    const [, path, value] = (!isSign && ASSIGNMENT.exec(text)) || [];
    if (path !== undefined) add(path, value!);
    const [, file] = (text === '>' && isSign && FILE.exec(words[i + 1]?.text ?? '')) || [];
    const [name, ...rest] = command;
    if (file !== undefined && (name === 'echo' || name === 'printf'))
      add(file, rest.filter((each) => !/^-[neE]+$/.test(each)).join(' '));
    if (!isSign) command.push(text);
    else if (text !== '>' && text !== '<') command = [];
  }
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

/** Settings that the stack can be told, those first that others are reckoned with. */
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
  ['tcp_initial_rto', (connection, value) => (connection.initialRto = bounded(value || SECOND, 1, 120_000))],
  ['tcp_syn_linear_timeouts', (connection, value) => change(connection, { linearSynTimeouts: bounded(value, 0, 255) })],
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

/** Counts of retransmissions, which the stack is told as the time that they take, with Linux's defaults. */
const RETRIES = { tcp_syn_retries: 6, tcp_synack_retries: 5, tcp_retries2: 15 };
/** What changes those times where a count is left as it is. */
const TIMES_OF_SYN = ['tcp_syn_retries', 'tcp_syn_linear_timeouts', 'tcp_initial_rto', 'tcp_rto_max_ms'];
const TIMES_OF_SYN_ACK = ['tcp_synack_retries', 'tcp_initial_rto', 'tcp_rto_max_ms'];
const TIMES_OF_TEXT = ['tcp_retries2', 'tcp_rto_max_ms'];

/** Sets the times that retransmissions take, once all is known that they are reckoned with. */
function setTimes(connection: Connection, given: ReadonlyMap<string, string>): void {
  const { initialRto: first = SECOND, maximumRto: most = 120 * SECOND } = connection;
  const isGiven = (names: readonly string[]): boolean => names.some((name) => given.has(name));
  const count = (name: keyof typeof RETRIES): number => {
    const value = given.get(name);
    return value === undefined || !isCount(value) ? RETRIES[name] : retries(Number(value));
  };
  const { linearSynTimeouts } = connection.choices ?? LINUX_CONNECTION.choices;
  if (isGiven(TIMES_OF_SYN)) connection.synTimeout = synTime(count('tcp_syn_retries'), first, most, linearSynTimeouts);
  if (isGiven(TIMES_OF_SYN_ACK))
    connection.synAckTimeout = retransmissionTime(count('tcp_synack_retries'), first, most);
  if (isGiven(TIMES_OF_TEXT)) connection.userTimeout = retransmissionTime(count('tcp_retries2'), LEAST_RTO, most);
}

/** In milliseconds: what Linux counts with, whatever tcp_rto_min_us is. */
const LEAST_RTO = 200;

const isCount = (value: string): boolean => /^\d+$/.test(value);

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

/** Settings of which the stack knows some values only; others are told. */
const FIXED: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    tcp_abort_on_overflow: ['0'],
    tcp_app_win: ['31'],
    // Larger numbers ask for Accurate ECN.
    tcp_ecn: ['0', '1', '2'],
    tcp_challenge_ack_limit: ['1000', '2147483647'],
    tcp_comp_sack_delay_ns: ['1000000'],
    tcp_comp_sack_nr: ['44'],
    tcp_comp_sack_slack_ns: ['100000'],
    tcp_ecn_fallback: ['1'],
    tcp_frto: ['1', '2'],
    tcp_invalid_ratelimit: ['500'],
    tcp_max_reordering: ['300'],
    tcp_min_snd_mss: ['48'],
    tcp_moderate_rcvbuf: ['1'],
    tcp_mtu_probing: ['0'],
    tcp_notsent_lowat: ['4294967295', '-1'],
    tcp_orphan_retries: ['0', '8'],
    tcp_pingpong_thresh: ['1'],
    tcp_recovery: ['1'],
    tcp_reflect_tos: ['0'],
    tcp_reordering: ['3'],
    tcp_retrans_collapse: ['1'],
    tcp_retries1: ['3'],
    tcp_rfc1337: ['0'],
    tcp_shrink_window: ['0'],
    tcp_stdurg: ['0'],
    tcp_syncookies: ['1'],
    tcp_thin_linear_timeouts: ['0'],
    tcp_tso_win_divisor: ['3'],
    tcp_workaround_signed_windows: ['0'],
    ip_default_ttl: ['64'],
    ip_no_pmtu_disc: ['0'],
    ip_nonlocal_bind: ['0'],
    icmp_echo_ignore_all: ['0'],
    'net.core.somaxconn': ['4096'],
  }),
);

/** Settings of what is not here, or of no consequence to a connection on an idle link: accounts, pacing, tables, other interfaces. What Fast Open needs its lines tell. */
const CHANGES_NOTHING = new Set(
  `tcp_adv_win_scale tcp_allowed_congestion_control tcp_autocorking tcp_backlog_ack_defer tcp_base_mss tcp_child_ehash_entries tcp_ehash_entries tcp_fack tcp_fwmark_accept
   tcp_l3mdev_accept tcp_limit_output_bytes tcp_low_latency tcp_max_orphans tcp_max_syn_backlog tcp_max_tw_buckets tcp_mem tcp_migrate_req tcp_min_rtt_wlen
   tcp_mtu_probe_floor tcp_no_metrics_save tcp_no_ssthresh_metrics_save tcp_probe_interval tcp_probe_threshold tcp_tso_rtt_log icmp_ratelimit icmp_ratemask ip_forward
   net.core.default_qdisc net.core.optmem_max`.split(/\s+/),
);
const CHANGE_NOTHING =
  /^(?:tcp_(?:ecn_option|fastopen|pacing|plb)|udp|igmp|icmp_msgs|fib|net\.core\.(?:netdev|busy|bpf|dev_weight))_|^(?:tcp_fastopen$|tcp_ecn_option$|(?:net\.ipv6\.)?(?:conf|neigh)\.|kernel\.|vm\.|fs\.)/;

/** Applies all settings of a script, the last value of each, in whatever order they stand; answers a note for each that means something and is not so here. */
export function applySysctls(connection: Connection, given: ReadonlyMap<string, string>): string[] {
  const notes: string[] = [];
  for (const [name, apply] of SYSCTLS) {
    const value = given.get(name);
    if (value === undefined) continue;
    const numbers = value.split(/[ ,]+/).map(Number);
    if (FIXED.get(name)?.includes(value) === false) notes.push(notHere(name, value));
    else if (value === '' || !numbers.every((number) => Number.isSafeInteger(number) && number >= 0))
      notes.push(`${name}=${value} is no number`);
    else apply(connection, numbers[0]!, numbers);
  }
  setTimes(connection, given);
  for (const [name, value] of given) {
    if (SYSCTLS.has(name)) continue;
    const note = applyWord(connection, name, value);
    if (note !== undefined) notes.push(note);
  }
  return notes;
}

/** Of those that are no numbers, or have no words here. */
function applyWord(connection: Connection, name: string, value: string): string | undefined {
  if (Object.hasOwn(RETRIES, name)) return isCount(value) ? undefined : `${name}=${value} is no number`;
  if (name === 'tcp_congestion_control') {
    const cubic = isCubic(value);
    if (cubic === undefined) return `not supported yet: ${unknownCongestionControl(value)}`;
    change(connection, { cubic });
    return undefined;
  }
  return FIXED.get(name)?.includes(value) || CHANGES_NOTHING.has(name) || CHANGE_NOTHING.test(name)
    ? undefined
    : notHere(name, value);
}

const notHere = (name: string, value: string): string => `${name}=${value} is not supported yet`;
