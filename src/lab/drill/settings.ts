/** The settings of a run: packetdrill's options, from the script or the command line, and what `sysctl` lines of a script ask for. */
import { MILLISECOND, type Micros, SECOND } from '../../core/time.ts';
import type { ConnectionOptions } from '../../speak/tcp/index.ts';
import { readIpv4 } from '../../wire/address.ts';
import { LINUX_CONNECTION } from './defaults.ts';
import { MAX_SOURCED } from './limits.ts';
import { ScriptError } from './script-error.ts';
import type { OptionLine, Script } from './syntax.ts';

/** Settings of a run. */
export interface Settings {
  /** How far from its time an event may be: default 4 ms. */
  tolerance: Micros;
  tolerancePercent: number;
  /** Octets in a packet on the link; default 1,500. */
  mtu: number;
  ipVersion: string;
  /** Addresses and ports of host and peer; defaults 192.168.0.1 and 192.0.2.1, 8080 both. */
  localIp: string;
  remoteIp: string;
  bindPort: number;
  connectPort: number;
  readonly defines: Map<string, number>;
  readonly connection: Partial<ConnectionOptions>;
  /** What was asked for and means nothing here. */
  readonly notes: string[];
}

/** An option with its value, from a command line. */
export type SettingOption = readonly [name: string, value: string];

const IPV4_HEADERS = 40;

const wholeNumber = (least: number, most: number, put: (settings: Settings, value: number) => void) =>
  ((settings, value) => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < least || number > most) return `a whole number from ${least} to ${most}`;
    put(settings, number);
    return undefined;
  }) satisfies Apply;

const address = (put: (settings: Settings, value: string) => void) =>
  ((settings, value) => {
    if (value.includes(':')) {
      settings.notes.push(`the IPv6 address ${value} was not used`);
      return undefined;
    }
    if (readIpv4(value) === undefined) return 'an IPv4 address such as 192.0.2.1';
    put(settings, value);
    return undefined;
  }) satisfies Apply;

/** Applies an option; answers what its value has to be when it is not that. */
type Apply = (settings: Settings, value: string) => string | undefined;

const OPTIONS: ReadonlyMap<string, Apply> = new Map<string, Apply>([
  ['tolerance_usecs', wholeNumber(0, 60 * SECOND, (settings, value) => (settings.tolerance = value))],
  ['tolerance_percent', wholeNumber(0, 1_000, (settings, value) => (settings.tolerancePercent = value))],
  ['mtu', wholeNumber(68, 65_535, (settings, value) => (settings.mtu = value))],
  ['mss', wholeNumber(28, 65_495, (settings, value) => (settings.mtu = value + IPV4_HEADERS))],
  ['bind_port', wholeNumber(1, 65_535, (settings, value) => (settings.bindPort = value))],
  ['connect_port', wholeNumber(1, 65_535, (settings, value) => (settings.connectPort = value))],
  ['ip_version', setIpVersion],
  ['local_ip', address((settings, value) => (settings.localIp = value))],
  ['remote_ip', address((settings, value) => (settings.remoteIp = value))],
  ['define', define],
  // What only a real kernel and a real interface need.
  ...[
    'gateway_ip',
    'netmask_ip',
    'speed',
    'tcp_ts_tick_usecs',
    'non_fatal',
    'send_omit_free',
    'init_scripts',
    'so_filename',
    'so_flags',
    'dry_run',
    'verbose',
    'code',
    'wire_client',
    'wire_server',
  ].map((name): [string, Apply] => [name, (settings) => void settings.notes.push(`--${name} means nothing here`)]),
]);

function setIpVersion(settings: Settings, value: string): string | undefined {
  if (!['ipv4', 'ipv6', 'ipv4-mapped-ipv6'].includes(value)) return 'ipv4, ipv4-mapped-ipv6 or ipv6';
  settings.ipVersion = value;
  return undefined;
}

function define(settings: Settings, value: string): string | undefined {
  const match = /^([A-Za-z_]\w*)=(-?(?:0[xX][0-9a-fA-F]+|\d+))$/.exec(value);
  if (match === null) return 'NAME=VALUE with a number, such as LIMIT=10';
  const [, name = '', number = ''] = match;
  settings.defines.set(name, number.startsWith('-') ? -Number(number.slice(1)) : Number(number));
  return undefined;
}

/**
 * The settings of a script: defaults, then its options, then those of the command line.
 * @param readFile gives the text of a file that the script sources, named relative to the script; undefined when it cannot
 * @throws ScriptError when an option is not right
 */
export function settingsOf(
  script: Script,
  options: readonly SettingOption[],
  readFile: (path: string) => string | undefined,
): Settings {
  const settings: Settings = {
    tolerance: 4 * MILLISECOND,
    tolerancePercent: 0,
    mtu: 1_500,
    ipVersion: 'ipv4',
    localIp: '192.168.0.1',
    remoteIp: '192.0.2.1',
    bindPort: 8_080,
    connectPort: 8_080,
    defines: new Map(),
    connection: { ...LINUX_CONNECTION },
    notes: [],
  };
  for (const option of script.options) applyLine(settings, option, script);
  for (const [name, value] of options) {
    const problem = applyOption(settings, name, value);
    if (problem !== undefined) settings.notes.push(`--${name}: ${problem}`);
  }
  applyShell(settings, script, readFile);
  return settings;
}

/** Checks an option of the command line: what is wrong with it, or undefined. */
export function problemOf(name: string, value: string): string | undefined {
  const scratch = { defines: new Map(), connection: {}, notes: [] } as unknown as Settings;
  return applyOption(scratch, name, value);
}

function applyOption(settings: Settings, name: string, value: string): string | undefined {
  const apply = OPTIONS.get(name.replaceAll('-', '_'));
  if (apply === undefined) return `nobody knows this option; known are ${[...OPTIONS.keys()].slice(0, 10).join(', ')}`;
  const wanted = apply(settings, value);
  return wanted === undefined ? undefined : `has to be ${wanted}, not ${JSON.stringify(value)}`;
}

function applyLine(settings: Settings, { name, value, place }: OptionLine, script: Script): void {
  const problem = applyOption(settings, name, value);
  if (problem !== undefined) throw new ScriptError(script.source, place, `--${name}: ${problem}`);
}

/** Reads the settings of shell commands that stand before the first other event; those later change nothing and are noted. */
function applyShell(settings: Settings, script: Script, readFile: (path: string) => string | undefined): void {
  let begun = false;
  for (const { action } of script.events) {
    if (action.kind !== 'shell') begun = true;
    else if (begun) {
      if (assignments(action.text).length > 0)
        settings.notes.push(`settings that change while the script runs are not followed: ${firstLine(action.text)}`);
    } else readShell(settings, action.text, '', readFile, { left: MAX_SOURCED });
  }
}

/** A command, and the scripts of settings it runs. */
function readShell(
  settings: Settings,
  text: string,
  folder: string,
  readFile: (path: string) => string | undefined,
  budget: { left: number },
): void {
  const found = assignments(text);
  for (const [name, value] of found) applySysctl(settings, name, value);
  const paths = uncommented(text).match(/[\w./-]+\.sh\b/g) ?? [];
  for (const path of paths) {
    if (budget.left-- <= 0) return;
    const full = path.startsWith('/') ? path : folder + path;
    const sourced = readFile(full);
    if (sourced === undefined) settings.notes.push(`${path} was not found: its settings are the defaults`);
    else readShell(settings, sourced, full.replace(/[^/]*$/, ''), readFile, budget);
  }
  if (found.length === 0 && paths.length === 0) settings.notes.push(`not run: ${firstLine(text)}`);
}

const uncommented = (text: string): string => text.replace(/(^|\s)#[^\n]*/g, '$1');

const firstLine = (text: string): string => {
  const line = text.trim().split('\n')[0] ?? '';
  return line.length > 80 ? `${line.slice(0, 80)}...` : line;
};

/** `net.ipv4.tcp_sack=0`, `/proc/sys/net/ipv4/tcp_rmem="4096 87380 6291456"`, `echo 0 > /proc/sys/net/ipv4/tcp_sack`: names without what stands before `tcp_`. */
function assignments(text: string): [name: string, value: string][] {
  const found: [string, string][] = [];
  const clean = uncommented(text);
  for (const match of clean.matchAll(/net[./]ipv[46][./](\w+)\s*=\s*(?:"([^"\n]*)"|'([^'\n]*)'|([^\s;"'&|)]+))/g))
    found.push([match[1]!, (match[2] ?? match[3] ?? match[4] ?? '').trim()]);
  for (const match of clean.matchAll(/echo\s+["']?([\w -]+?)["']?\s*>\s*\/proc\/sys\/net\/ipv[46]\/(\w+)/g))
    found.push([match[2]!, match[1]!.trim()]);
  return found;
}

/** The largest number of `4096 87380 6291456`. */
const largest = (value: string): number => Math.max(...value.split(/[\s,]+/).map(Number));

const bounded = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));

/** Settings that the stack can be told. */
const SYSCTLS: ReadonlyMap<string, (connection: Partial<ConnectionOptions>, value: string) => void> = new Map<
  string,
  (connection: Partial<ConnectionOptions>, value: string) => void
>([
  ['tcp_ecn', (connection, value) => (connection.ecn = value === '0' ? 'off' : value === '1' ? 'active' : 'passive')],
  ['tcp_window_scaling', (connection, value) => (connection.windowScaling = value !== '0')],
  ['tcp_rmem', (connection, value) => (connection.receiveBuffer = bounded(largest(value), 1, 1 << 30))],
  ['tcp_wmem', (connection, value) => (connection.sendBuffer = bounded(largest(value), 1, 1 << 30))],
  ['tcp_fin_timeout', (connection, value) => (connection.finWait2 = bounded(Number(value), 0, 3_600) * SECOND)],
  ['tcp_rto_min_us', (connection, value) => (connection.minimumRto = bounded(Number(value), 1, 60 * SECOND))],
  ['tcp_rto_max_ms', (connection, value) => (connection.maximumRto = bounded(Number(value), 1, 120_000) * MILLISECOND)],
  [
    'tcp_initial_rto',
    (connection, value) => (connection.initialRto = bounded(Number(value), 1, 120_000) * MILLISECOND),
  ],
]);

/** Settings whose value here is the one with which the stack behaves as it does; another is noted. */
const FIXED: ReadonlyMap<string, string> = new Map([
  ['tcp_sack', '0'],
  ['tcp_timestamps', '0'],
  ['tcp_slow_start_after_idle', ''],
  ['tcp_congestion_control', ''],
  ['tcp_fastopen', '0'],
  ['tcp_syncookies', '0'],
]);

function applySysctl(settings: Settings, name: string, value: string): void {
  const apply = SYSCTLS.get(name);
  if (apply !== undefined) {
    if (/^[\d\s,]+$/.test(value)) apply(settings.connection, value);
    else settings.notes.push(`${name}=${value} is not a number`);
    return;
  }
  const fixed = FIXED.get(name);
  if (fixed !== undefined && value !== fixed) settings.notes.push(`${name}=${value} is not supported yet`);
  else if (fixed === undefined) settings.notes.push(`${name}=${value} means nothing here`);
}
