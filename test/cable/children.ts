/** Programs that tests start, and end again: each is watched line by line and killed by its own process id at the end of the test. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A started program. */
export interface Child {
  readonly process: ChildProcessWithoutNullStreams;
  /** Everything it has printed to standard output and to standard error. */
  out: string;
  err: string;
  /** What it printed, line by line. */
  lines(): string[];
  /** Sends it a command, as a line of JSON. */
  tell(command: object): void;
  /** Waits until it prints a line that the pattern fits. */
  until(pattern: RegExp | string): Promise<void>;
  /** Waits for its end; answers its exit code, or the signal. */
  end(): Promise<number | string>;
}

const running: Child[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.process.exitCode === null && child.process.signalCode === null) {
      child.process.kill('SIGKILL');
      await child.end();
    }
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A new folder that only this user may look into; gone after the test. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tcplab-test-'));
  folders.push(folder);
  return folder;
}

/** Starts a TypeScript program of this project. */
export function start(program: string, args: readonly string[], env: Record<string, string> = {}): Child {
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, program), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
  });
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const check of [...waiting]) check();
  };
  const it: Child = {
    process: child,
    out: '',
    err: '',
    lines: () => it.out.split('\n').slice(0, -1),
    tell: (command) => {
      child.stdin.write(`${JSON.stringify(command)}\n`);
    },
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (it.lines().some((line) => (typeof pattern === 'string' ? line === pattern : pattern.test(line)))) {
            waiting.delete(check);
            resolve();
          } else if (child.exitCode !== null || child.signalCode !== null) {
            waiting.delete(check);
            reject(new Error(`${program} ended before it printed ${pattern}; it printed:\n${it.out}${it.err}`));
          }
        };
        waiting.add(check);
        check();
      }),
    end: () =>
      new Promise((resolve) => {
        const check = (): void => {
          if (closed) resolve(child.exitCode ?? child.signalCode ?? 'unknown');
        };
        waiting.add(check);
        check();
      }),
  };
  let closed = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    it.out += text;
    wake();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    it.err += text;
  });
  child.stdin.on('error', () => {});
  child.on('close', () => {
    closed = true;
    wake();
  });
  running.push(it);
  return it;
}
