/**
 * A program run in a network namespace of its own, with no interface but lo: what it makes there (devices, addresses, routes, programs) is gone when it ends, however that comes about. A PID namespace goes with it, so
 * that its children end too, and it ends when whoever runs the tests does.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What tests in namespaces need: rights and the programs that make namespaces. */
export const NAMESPACE = { root: true, tools: ['unshare', 'setpriv', 'ip'] } as const;

/** For a test that runs a program in a namespace, in milliseconds; the program has a little less. */
export const NAMESPACE_LIMIT = 90_000;

/** Makes the command line that runs a program in a namespace. */
type Within = (program: readonly string[]) => string[];

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

/** The same for a user without any right, who has a namespace of his own making. */
export const ordinarily = (program: readonly string[]): string[] => [
  ...'setpriv --pdeathsig KILL --reuid 65534 --regid 65534 --clear-groups --bounding-set -all'.split(' '),
  ...'unshare --user --map-root-user --net --pid --fork --kill-child=KILL'.split(' '),
  ...program,
];

/** Whether such a user may make namespaces here, and read this project in them. */
export const canBeOrdinary = (): boolean => {
  const [program, ...rest] = ordinarily([process.execPath, '-e', 'fs.accessSync("tools/run.mjs")']);
  return spawnSync(program!, rest, { cwd: root }).status === 0;
};

/** Starts a TypeScript file of the project in a namespace. */
export function startInNamespace(
  file: string,
  args: readonly string[],
  within: Within = namespaced,
  stdin: 'ignore' | 'pipe' = 'ignore',
): ChildProcess {
  const [program, ...rest] = within([process.execPath, 'tools/run.mjs', file, ...args]);
  return spawn(program!, rest, { cwd: root, stdio: [stdin, 'pipe', 'pipe'] });
}

/**
 * Runs it and answers the JSON that it printed last.
 * @param seconds how long it may take
 */
export function runInNamespace<T>(
  file: string,
  args: readonly string[],
  seconds = 80,
  within: Within = namespaced,
): Promise<T> {
  const child = startInNamespace(file, args, within);
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
