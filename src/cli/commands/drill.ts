/** `tcplab drill`: scripts in packetdrill's notation against tcplab's own stack, on virtual time. */
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  type DrillResult,
  FLAGS_LEFT_OUT,
  NOT_YET,
  problemOf,
  reportLines,
  runScript,
  type SettingOption,
  summaryLines,
  VALUES_LEFT_OUT,
} from '../../lab/drill/index.ts';
import { EXIT } from '../failure.ts';
import { colour, print } from '../terminal.ts';

interface DrillCommandOptions {
  json?: boolean;
  verbose?: boolean;
  define?: string[];
  [name: string]: unknown;
}

const HELP = (): string => `
A script says what programs on a host call, what packets reach it and what packets it must send, each
with its time. Everything happens on virtual time: an hour passes in an instant.

  0    socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0   bind(3, ..., ...) = 0
  +0   listen(3, 1) = 0
  +.1  < S 0:0(0) win 1000 <mss 1000>          a SYN arrives ...
  +0   > S. 0:0(0) ack 1 <...>                 ... and is answered
  +.1  < . 1:1(0) ack 1 win 1000
  +0   accept(3, ..., ...) = 4

Options may stand in the script too (--mss=1000 on a line of its own). Shell commands in backquotes are
never run: sysctl settings in them are read, also from scripts that they name; other commands are noted.

Examples:
  tcplab drill handshake.pkt            silent but for the count, when it passes
  tcplab drill -v handshake.pkt         with the ladder of what happened
  tcplab drill test/drill               every .pkt in a directory and below
  tcplab drill --json -D LIMIT=10 a.pkt
  generate | tcplab drill -             a script from standard input

The host does as Linux does where standards leave a choice. Not yet:
${NOT_YET.map((each) => `  - ${each}`).join('\n')}

Exit code 1: a script failed. 2: a script could not be read or understood.`;

/** packetdrill's options, which the script may have too. */
const SETTINGS: readonly (readonly [name: string, value: string, summary: string])[] = [
  ['tolerance_usecs', 'N', 'how far from its time a packet or answer may be; default 4000'],
  ['tolerance_percent', 'N', 'the same in percent of the time waited for it, where that is more; default 0'],
  ['tcp_ts_tick_usecs', 'N', "how long a tick of the host's timestamps is to be; default: nobody looks"],
  ['mss', 'N', 'a larger packet to the host stands for segments of N octets'],
  ['mtu', 'N', 'the link carries packets of N octets; default 1500'],
  ['ip_version', 'V', 'ipv4 (default), ipv4-mapped-ipv6 or ipv6'],
  ['bind_port', 'N', 'the port that bind takes when the script leaves it open; default 8080'],
  ['connect_port', 'N', 'the same of connect; default 8080'],
  ['local_ip', 'A', "the host's address; default 192.168.0.1"],
  ['remote_ip', 'A', "the script's address; default 192.0.2.1"],
];

export function define(command: Command): void {
  command.argument('<FILE...>', 'scripts (.pkt), or directories of them; - is standard input');
  for (const [name, value, summary] of SETTINGS) command.option(`--${name} <${value}>`, summary, checked(name));
  // Who is used to packetdrill gives these: they are taken, and told with what a script's notes are.
  for (const name of FLAGS_LEFT_OUT) command.addOption(new Option(`--${name}`).hideHelp());
  for (const name of VALUES_LEFT_OUT.filter((each) => each !== 'verbose'))
    command.addOption(new Option(`--${name} <VALUE>`).hideHelp());
  command
    .option(
      '-D, --define <NAME=VALUE>',
      'what a name in scripts stands for: a number, a word, a "text"; may be given again',
      collect,
    )
    .option('--json', 'print one JSON object a script')
    .option('-v, --verbose', 'print the ladder of scripts that pass, too')
    .addHelpText('after', HELP())
    .action(drill);
}

const checked =
  (name: string) =>
  (value: string): string => {
    const problem = problemOf(name, value);
    if (problem !== undefined) throw new InvalidArgumentError(`It ${problem}.`);
    return value;
  };

function collect(value: string, before: string[] = []): string[] {
  return [...before, checked('define')(value)];
}

async function drill(paths: string[], options: DrillCommandOptions): Promise<void> {
  const settings: SettingOption[] = SETTINGS.flatMap(([name]) => {
    const value = options[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  for (const name of [...FLAGS_LEFT_OUT, ...VALUES_LEFT_OUT])
    if (name !== 'verbose' && options[name] !== undefined) settings.push([name, String(options[name])]);
  for (const value of options.define ?? []) settings.push(['define', value]);
  const results: DrillResult[] = [];
  for (const found of paths.flatMap(scriptsAt)) {
    const result = typeof found === 'string' ? await runFile(found, settings) : found;
    results.push(result);
    if (options.json) print(JSON.stringify(result));
    else for (const line of reportLines(result, options.verbose === true)) print(line);
  }
  if (!options.json) {
    const passed = results.every(({ outcome }) => outcome === 'passed');
    for (const line of summaryLines(results)) print(colour(passed ? 'good' : 'bad', line));
  }
  if (results.some(({ outcome }) => outcome === 'invalid')) process.exitCode = EXIT.WRONG;
  else if (results.some(({ outcome }) => outcome !== 'passed')) process.exitCode = EXIT.FAILED;
}

/** The path that stands for standard input. */
const STDIN = '-';

/** The scripts that a path names: itself, or all in a directory, in the order of their names; where there is none, a result that says so. */
function scriptsAt(path: string): (string | DrillResult)[] {
  if (path === STDIN) return [path];
  let isDirectory: boolean;
  try {
    isDirectory = statSync(path).isDirectory();
  } catch {
    return [unread(path, `there is no script ${path}; name a file, or a directory with .pkt files in it`)];
  }
  if (!isDirectory) return [path];
  const found = scriptsBelow(path);
  return found.length > 0 ? found : [unread(path, `${path} has no .pkt file in it`)];
}

/** Those in a folder and below, each real folder once: a link may lead to one that is there anyway, or to one above. */
function scriptsBelow(path: string): (string | DrillResult)[] {
  const scripts: string[] = [];
  const problems: DrillResult[] = [];
  const seen = new Set<string>();
  const folders = [path];
  const links: string[] = [];
  // Folders by their own names first.
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop() ?? links.shift()) {
    try {
      const real = realpathSync(folder);
      if (seen.has(real)) continue;
      seen.add(real);
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const below = join(folder, entry.name);
        if (entry.name.endsWith('.pkt')) scripts.push(below);
        if (entry.isDirectory()) folders.push(below);
        else if (entry.isSymbolicLink() && isFolder(below)) links.push(below);
      }
    } catch (error) {
      problems.push(unread(folder, `${folder} could not be read: ${(error as Error).message}`));
    }
  }
  return [...scripts.sort(), ...problems];
}

/** False of a link that leads nowhere, or to itself. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

async function runFile(file: string, options: readonly SettingOption[]): Promise<DrillResult> {
  const name = file === STDIN ? 'standard input' : file;
  const text = read(file);
  if (typeof text !== 'string') return unread(name, `${name} could not be read: ${text.message}`);
  return runScript(text, name, {
    afterPrograms: (callback) => void setImmediate(callback),
    options,
    readFile: (path) => readSourced(file, path),
  });
}

function read(file: string): string | Error {
  try {
    return readFileSync(file === STDIN ? 0 : file, 'utf8');
  } catch (error) {
    return error as Error;
  }
}

/** The result of a script that could not be read: the others are played all the same. */
const unread = (file: string, message: string): DrillResult => ({
  file,
  outcome: 'invalid',
  problem: undefined,
  message,
  ladder: [],
  notes: [],
  output: [],
  duration: 0,
});

/** A script of settings that `file` sources. */
function readSourced(file: string, path: string): string | undefined {
  try {
    return readFileSync(isAbsolute(path) ? path : join(dirname(file), path), 'utf8');
  } catch {
    return undefined;
  }
}
