/** The settings of a run: packetdrill's options, from the script or the command line, and what `sysctl` lines of a script ask for. */
import { nearest } from '../../core/nearest.ts';
import { MILLISECOND, type Micros, SECOND } from '../../core/time.ts';
import type { ConnectionOptions } from '../../speak/tcp/index.ts';
import { readAddressText } from '../../wire/ip-address.ts';
import { CONSTANTS } from './constants.ts';
import { LINUX_CONNECTION } from './defaults.ts';
import type { SendMemory } from './desk.ts';
import { applyFreebsdSysctl, freebsdAssignments, freebsdChoices } from './freebsd-sysctls.ts';
import { MAX_SOURCED } from './limits.ts';
import { ScriptError } from './script-error.ts';
import { type ShellLine, shellLines } from './shell.ts';
import type { OptionLine, Script } from './syntax.ts';
import { applySysctls, assignments, segmentOfRoute, sendMemoryOf } from './sysctls.ts';
import { Unsupported } from './unsupported.ts';

/** An address of each version; which is used the script's version says. */
export interface AddressPair {
  ipv4: string;
  ipv6: string;
}

/** Settings of a run. */
export interface Settings {
  /** How far from its time an event may be: default 4 ms. */
  tolerance: Micros;
  tolerancePercent: number;
  /** How long a tick of the host's timestamps is to be; 0: nobody looks. */
  timestampTick: Micros;
  /** Octets in a packet on the link; default 1,500. */
  mtu: number;
  /** Octets in each of the segments that a large packet to the host stands for; undefined: as many as the link carries. */
  segment: number | undefined;
  /** What packets are of, and what sockets are told: IPv6 with IPv4 within it is IPv4 on the wire, and sockets of AF_INET6. */
  ipVersion: 'ipv4' | 'ipv6' | 'ipv4-mapped-ipv6';
  /** Addresses of host and peer, of either version; defaults 192.168.0.1 and 192.0.2.1, fd3d:a0b:17d6::1 and fd3d:fa7b:d17d::1. */
  readonly local: AddressPair;
  readonly remote: AddressPair;
  /** Ports of host and peer; default 8080 both. */
  bindPort: number;
  connectPort: number;
  readonly defines: Map<string, number>;
  readonly connection: Partial<ConnectionOptions>;
  /** The script is one of another system, whose buffers have other sizes: what it says of them is not compared. */
  foreignSizes: boolean;
  /** What a buffer to send holds, where the script says so (tcp_wmem). */
  sendMemory: SendMemory | undefined;
  /** What was asked for and means nothing here. */
  readonly notes: string[];
}

/** An option with its value, from a command line. */
export type SettingOption = readonly [name: string, value: string];

const wholeNumber = (least: number, most: number, put: (settings: Settings, value: number) => void) =>
  ((settings, value) => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < least || number > most) return `a whole number from ${least} to ${most}`;
    put(settings, number);
    return undefined;
  }) satisfies Apply;

const address = (pair: (settings: Settings) => AddressPair) =>
  ((settings, value) => {
    const read = readAddressText(value);
    if (read === undefined) return 'an address such as 192.0.2.1 or fd3d:fa7b:d17d::1';
    pair(settings)[typeof read === 'number' ? 'ipv4' : 'ipv6'] = value;
    return undefined;
  }) satisfies Apply;

/** Applies an option; answers what its value has to be when it is not that. */
type Apply = (settings: Settings, value: string) => string | undefined;

/** Options that only a real kernel and a real interface need: those that stand alone, and those with a value. */
export const FLAGS_LEFT_OUT: readonly string[] =
  'send_omit_free dry_run debug strict_segments persistent_tun_dev wire_client wire_server'.split(' ');
export const VALUES_LEFT_OUT: readonly string[] =
  `gateway_ip netmask_ip speed non_fatal init_scripts so_filename so_flags code tun_dev local_linkaddr remote_linkaddr
   wire_client_dev wire_server_dev wire_server_ip wire_server_port verbose`.split(/\s+/);

const OPTIONS: ReadonlyMap<string, Apply> = new Map<string, Apply>([
  ['tolerance_usecs', wholeNumber(0, 60 * SECOND, (settings, value) => (settings.tolerance = value))],
  ['tolerance_percent', wholeNumber(0, 1_000, (settings, value) => (settings.tolerancePercent = value))],
  ['mtu', wholeNumber(68, 65_535, (settings, value) => (settings.mtu = value))],
  ['mss', wholeNumber(1, 65_495, (settings, value) => (settings.segment = value))],
  ['bind_port', wholeNumber(1, 65_535, (settings, value) => (settings.bindPort = value))],
  ['connect_port', wholeNumber(1, 65_535, (settings, value) => (settings.connectPort = value))],
  ['tcp_ts_tick_usecs', wholeNumber(0, SECOND, (settings, value) => (settings.timestampTick = value))],
  ['ip_version', setIpVersion],
  ['local_ip', address(({ local }) => local)],
  ['remote_ip', address(({ remote }) => remote)],
  ['define', define],
  ...[...FLAGS_LEFT_OUT, ...VALUES_LEFT_OUT].map((name): [string, Apply] => [
    name,
    (settings) => void settings.notes.push(`--${name} means nothing here`),
  ]),
]);

/** Options that would put something else on the wire. */
const FOREIGN = /^udp_encaps/;

function setIpVersion(settings: Settings, value: string): string | undefined {
  if (value !== 'ipv4' && value !== 'ipv6' && value !== 'ipv4-mapped-ipv6') return 'ipv4, ipv4-mapped-ipv6 or ipv6';
  settings.ipVersion = value;
  return undefined;
}

function define(settings: Settings, value: string): string | undefined {
  const match = /^([A-Za-z_]\w*)=(\S.*)$/.exec(value);
  if (match === null) return 'NAME=VALUE, such as LIMIT=10';
  const [, name = '', meaning = ''] = match;
  const number = /^(-?)(0[xX][0-9a-fA-F]+|\d+)$/.exec(meaning);
  const known = number === null ? CONSTANTS.get(meaning) : Number(number[2]) * (number[1] === '-' ? -1 : 1);
  // Others are words of the notation, texts and cookies: the lexer puts them where the name stands.
  if (typeof known === 'number') settings.defines.set(name, known);
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
    timestampTick: 0,
    mtu: 1_500,
    segment: undefined,
    ipVersion: 'ipv4',
    local: { ipv4: '192.168.0.1', ipv6: 'fd3d:a0b:17d6::1' },
    remote: { ipv4: '192.0.2.1', ipv6: 'fd3d:fa7b:d17d::1' },
    bindPort: 8_080,
    connectPort: 8_080,
    defines: new Map(),
    connection: { ...LINUX_CONNECTION },
    foreignSizes: false,
    sendMemory: undefined,
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
  const scratch = { defines: new Map(), connection: {}, notes: [], local: {}, remote: {} } as unknown as Settings;
  return applyOption(scratch, name, value);
}

const underscored = (name: string): string => name.replaceAll('-', '_');

function applyOption(settings: Settings, name: string, text: string): string | undefined {
  // A shell would have taken the quotes.
  const value = text.replace(/^"(.*)"$/, '$1');
  const apply = OPTIONS.get(underscored(name));
  if (apply === undefined) return `nobody knows this option; known are ${[...OPTIONS.keys()].slice(0, 10).join(', ')}`;
  const wanted = apply(settings, value);
  return wanted === undefined ? undefined : `has to be ${wanted}, not ${JSON.stringify(value)}`;
}

function applyLine(settings: Settings, { name, value, place }: OptionLine, script: Script): void {
  if (FOREIGN.test(name)) throw new Unsupported(`--${name}: TCP inside UDP`, place.line);
  // A script may know more than this machine: what it says is left out, and told.
  if (!OPTIONS.has(underscored(name))) {
    const near = nearest(underscored(name), OPTIONS.keys());
    if (near !== undefined)
      throw new ScriptError(script.source, place, `nobody knows --${name}; did you mean --${near}?`);
    return void settings.notes.push(`--${name} is not known and was left out`);
  }
  const problem = applyOption(settings, name, value);
  if (problem !== undefined) throw new ScriptError(script.source, place, `--${name}: ${problem}`);
}

/** Reads the settings of shell commands that stand before the first other event; those later change nothing and are noted. */
function applyShell(settings: Settings, script: Script, readFile: (path: string) => string | undefined): void {
  let begun = false;
  const given = new Map<string, string>();
  for (const { action } of script.events) {
    if (action.kind !== 'shell') begun = true;
    else if (!begun) readShell(settings, action.text, '', readFile, { left: MAX_SOURCED }, given);
    else
      for (const line of shellLines(action.text)) {
        if (assignments(line).length > 0)
          settings.notes.push(`settings that change while the script runs are not followed: ${firstLine(line.text)}`);
        else noteNotRun(settings, line);
      }
  }
  settings.sendMemory = sendMemoryOf(given.get('tcp_wmem') ?? '') ?? settings.sendMemory;
  settings.notes.push(...applySysctls(settings.connection, given));
}

/** Commands that change nothing here: scripts end with one that puts settings back, and begin with an empty cache of metrics and a usual queue. */
const CHANGES_NOTHING =
  /^\s*(?:\/tmp\/sysctl_restore_\S*|ip tcp_metrics flush\b.*|tc qdisc (?:add|replace) dev \S+ root (?:pfifo|fq))\s*$/;

/** A shell text, and the scripts of settings it runs, in the order in which they stand; Linux's settings go into `given`. */
function readShell(
  settings: Settings,
  text: string,
  folder: string,
  readFile: (path: string) => string | undefined,
  budget: { left: number },
  given: Map<string, string>,
): void {
  for (const line of shellLines(text)) {
    if (line.isOpen) {
      noteNotRun(settings, line);
      continue;
    }
    let meant = false;
    for (const path of line.text.match(/[\w./-]+\.sh\b/g) ?? []) {
      meant = true;
      if (budget.left-- <= 0) return;
      const full = path.startsWith('/') ? path : folder + path;
      const sourced = readFile(full);
      if (sourced === undefined) settings.notes.push(`${path} was not found: its settings are the defaults`);
      else readShell(settings, sourced, full.replace(/[^/]*$/, ''), readFile, budget, given);
    }
    const segment = segmentOfRoute(line.text, settings.ipVersion === 'ipv6');
    if (segment !== undefined) {
      meant = true;
      settings.connection.maximumSegment = segment;
    }
    for (const [name, value] of freebsdAssignments(line)) {
      meant = true;
      if (!settings.foreignSizes)
        settings.connection.choices = freebsdChoices(settings.connection.choices ?? LINUX_CONNECTION.choices);
      settings.foreignSizes = true;
      const note = applyFreebsdSysctl(settings.connection, name, value);
      if (note !== undefined) settings.notes.push(note);
    }
    for (const [name, value] of assignments(line)) {
      meant = true;
      given.set(name, value);
    }
    if (!meant) noteNotRun(settings, line);
  }
}

/** Whatever fails later may come from what a command would have changed. */
function noteNotRun(settings: Settings, { text, isOpen }: ShellLine): void {
  if (isOpen) settings.notes.push(`not read, as a quote in it has no end: ${firstLine(text)}`);
  else if (!CHANGES_NOTHING.test(text)) settings.notes.push(`not run: ${firstLine(text)}`);
}

const firstLine = (text: string): string => {
  const line = text.trim().split('\n')[0] ?? '';
  return line.length > 80 ? `${line.slice(0, 80)}...` : line;
};
