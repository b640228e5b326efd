/**
 * Programs as a person starts them, for the tests of the command line: each has a limit of time, is watched by what it says, and is ended by its own
 * process id at the end of the test if it still runs. Not here: what they should say.
 */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';

/** The project's folder. */
export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));

/** A program that has not ended by then is killed, in milliseconds. */
const LIMIT = 60_000;

/** For a test that starts programs, in milliseconds. */
export const TEST_LIMIT = 90_000;

const RUN = join(ROOT, 'tools/run.mjs');

/** A user without rights, for tests that run as root. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

/** Whether that user can run this project: a clone may be where only root can read. */
const nobodyCanRun =
  isRoot &&
  spawnSync(process.execPath, ['-e', 'fs.accessSync(process.argv[1])', RUN], { uid: NOBODY, gid: NOBODY }).status === 0;

/** How a program is started. */
export interface StartOptions {
  /** What is on its standard input; `open` leaves it open. Default: nothing, at its end at once. */
  readonly input?: string | Uint8Array | 'open';
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** As a user without rights, where this is root. */
  readonly ordinary?: boolean;
  /** In this network namespace; see `networkNamespace`. */
  readonly namespace?: Namespace | undefined;
}

/** A network namespace of its own, with nothing but its loopback interface. */
export interface Namespace {
  readonly holder: Program;
}

const running: Program[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const program of running.splice(0)) await program.kill();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A new folder, gone after the test; `ordinary`: of the user without rights. */
export function freshFolder(ordinary: boolean = false): string {
  const folder = mkdtempSync(join(tmpdir(), 'tcplab-e2e-'));
  folders.push(folder);
  if (ordinary && nobodyCanRun) chownSync(folder, NOBODY, NOBODY);
  return folder;
}

/** A started program. */
export class Program {
  readonly process: ChildProcessWithoutNullStreams;
  readonly #name: string;
  readonly #chunks: Buffer[] = [];
  #err = '';
  #ended: number | string | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(command: string, args: readonly string[], options: StartOptions) {
    this.#name = [command, ...args].join(' ');
    const { input = '', cwd = tmpdir(), env = {}, ordinary = false } = options;
    const user = ordinary && nobodyCanRun ? { uid: NOBODY, gid: NOBODY } : {};
    const child = spawn(command, args, { cwd, env: environment(env), ...user });
    this.process = child;
    const limit = setTimeout(() => {
      this.#ended = `still running after ${LIMIT / 1000} s`;
      child.kill('SIGKILL');
    }, LIMIT);
    child.stdout.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#wake();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#err += text;
      this.#wake();
    });
    child.stdin.on('error', () => {});
    child.on('error', (error) => {
      this.#err += error.message;
    });
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      this.#ended ??= code ?? signal ?? 'ended';
      this.#wake();
    });
    if (input !== 'open') child.stdin.end(input);
    running.push(this);
  }

  /** Everything it has printed to standard output. */
  get octets(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get out(): string {
    return this.octets.toString();
  }

  get err(): string {
    return this.#err;
  }

  /** The lines it has printed to standard output. */
  get lines(): string[] {
    return this.out.split('\n').slice(0, -1);
  }

  /** Types a text on its standard input. */
  type(text: string | Uint8Array): void {
    this.process.stdin.write(text);
  }

  /** The end of its standard input, Ctrl-D. */
  endInput(): void {
    this.process.stdin.end();
  }

  /** Waits until it has printed a text, to standard output or standard error. */
  async until(text: string | RegExp): Promise<void> {
    const said = (): boolean => {
      for (const stream of [this.out, this.#err]) {
        if (typeof text === 'string' ? stream.includes(text) : text.test(stream)) return true;
      }
      return false;
    };
    await this.#wait(() => said() || this.#ended !== undefined);
    if (!said()) throw new Error(`ended before it said ${text}: ${this.#story()}`);
  }

  /** Waits for its end, which must be with this exit code. */
  async end(code: number = 0): Promise<this> {
    await this.#wait(() => this.#ended !== undefined);
    if (this.#ended !== code) throw new Error(`ended with ${this.#ended} instead of ${code}: ${this.#story()}`);
    return this;
  }

  /** Ends it if it has not ended. */
  async kill(): Promise<void> {
    if (this.#ended === undefined) this.process.kill('SIGKILL');
    await this.#wait(() => this.#ended !== undefined);
  }

  #story(): string {
    return `${this.#name}\n--- its standard output\n${this.out.slice(-4_000)}\n--- its standard error\n${this.#err.slice(-4_000)}`;
  }

  #wait(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!condition()) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }

  #wake(): void {
    for (const check of [...this.#waiting]) check();
  }
}

/** The environment of a program: this one's without what would change its output. */
function environment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, COLUMNS: '80' };
  for (const name of [
    'NO_COLOR',
    'FORCE_COLOR',
    'TCPLAB_CABLE',
    'XDG_RUNTIME_DIR',
    'INIT_CWD',
    'npm_lifecycle_event',
  ]) {
    delete env[name];
  }
  return { ...env, ...more };
}

/** Starts any program. */
export function start(command: string, args: readonly string[], options: StartOptions = {}): Program {
  const { namespace } = options;
  if (namespace === undefined) return new Program(command, args, options);
  return new Program('nsenter', ['-t', String(namespace.holder.process.pid), '-n', '--', command, ...args], options);
}

/** Starts the command line from the clone, as `npm run -s tcplab -- ARGS` does. */
export const tcplab = (args: readonly string[], options: StartOptions = {}): Program =>
  script('src/cli/main.ts', args, options);

/** Starts a TypeScript program of the project. */
export const script = (file: string, args: readonly string[], options: StartOptions = {}): Program =>
  start(process.execPath, [RUN, join(ROOT, file), ...args], options);

/** Runs the command line to its end, which must be with this exit code. */
export const run = (args: readonly string[], options: StartOptions = {}, code: number = 0): Promise<Program> =>
  tcplab(args, options).end(code);

/** Makes a network namespace, for root with `unshare`, `nsenter` and `ip`: a capture there has no other traffic. It ends with the test. */
export async function networkNamespace(): Promise<Namespace> {
  const holder = start('unshare', ['-n', 'sh', '-c', 'ip link set lo up && echo up && exec cat'], { input: 'open' });
  await holder.until('up');
  return { holder };
}

/** What making a network namespace needs. */
export const NAMESPACE_TOOLS: readonly string[] = ['unshare', 'nsenter', 'ip'];

/** A TCP port that nobody has right now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** A packet list as `No. Source → Destination Protocol Length Info`, spaces folded: tshark's lines and ours without the time, which differs between captures. */
export const listLines = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) =>
      line
        .trim()
        .replace(/\s+/g, ' ')
        .replace(/^(\d+) \S+ /, '$1 '),
    );
