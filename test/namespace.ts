/**
 * A program run in a network namespace of its own, with no interface but lo: what it makes there (devices, addresses, routes, programs) is gone when it ends, however that comes about. A PID namespace goes with it, so
 * that its children end too, and it ends when whoever runs the tests does.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What tests in namespaces need: rights and the programs that make namespaces. */
export const NAMESPACE = { root: true, tools: ['unshare', 'setpriv', 'ip'] } as const;

/** For a test that runs a program in a namespace, in milliseconds; the program has a little less. */
export const NAMESPACE_LIMIT = 90_000;

/** The command line that runs `program` so. */
export const namespaced = (program: readonly string[]): string[] => [
  'setpriv',
  '--pdeathsig',
  'KILL',
  'unshare',
  '--net',
  '--pid',
  '--fork',
  '--kill-child=KILL',
  '--mount-proc',
  ...program,
];

/** Starts a TypeScript file of the project in a namespace. */
export function startInNamespace(file: string, args: readonly string[]): ChildProcess {
  const [program, ...rest] = namespaced([process.execPath, 'tools/run.mjs', file, ...args]);
  return spawn(program!, rest, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
}

/**
 * Runs it and answers the JSON that it printed last.
 * @param seconds how long it may take
 */
export function runInNamespace<T>(file: string, args: readonly string[], seconds = 80): Promise<T> {
  const child = startInNamespace(file, args);
  let out = '';
  let errors = '';
  child.stdout!.on('data', (text) => {
    out += text;
  });
  child.stderr!.on('data', (text) => {
    errors += text;
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1_000);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const what = `${file} ${args.join(' ')}: ${signal ?? `exit code ${code}`}\n${errors}\n${out}`;
      if (code !== 0) return reject(new Error(what));
      try {
        resolve(JSON.parse(out.trimEnd().split('\n').at(-1)!) as T);
      } catch {
        reject(new Error(what));
      }
    });
  });
}
