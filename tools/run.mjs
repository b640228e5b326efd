/**
 * Runs a TypeScript file of the project from a clone, with nothing built by hand: `node tools/run.mjs FILE ARGS...`.
 * Checks Node's version, installs what package-lock.json names when node_modules is not that, then imports the file in
 * this process as if it had been called directly. Says nothing on stdout: that belongs to the program.
 * Plain JavaScript without dependencies, because it runs before there are any.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const OLDEST_NODE = [20, 19];

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** The `packages` of a lock file, undefined when there is no such file or it cannot be read. */
function lockedPackages(path) {
  try {
    return JSON.parse(readFileSync(resolve(root, path), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** Whether node_modules holds what package-lock.json names; optional packages (other platforms) may be missing. */
function installed() {
  const have = lockedPackages('node_modules/.package-lock.json');
  const want = lockedPackages('package-lock.json');
  if (have === undefined || want === undefined) return false;
  for (const [path, entry] of Object.entries(want)) {
    if (path === '') continue;
    const there = have[path];
    if (there === undefined ? !entry.optional && !entry.devOptional : there.integrity !== entry.integrity) return false;
  }
  return true;
}

function install() {
  process.stderr.write('Installing what package-lock.json names (once) ...\n');
  // The npm that called us, if one did; its log level (npm run -s) must not silence what goes wrong here.
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const caller = process.env.npm_execpath;
  const [command, ...before] = caller?.endsWith('.js') ? [process.execPath, caller] : ['npm'];
  const shell = command === 'npm' && process.platform === 'win32';
  const { status, error } = spawnSync(command, [...before, ...args], { cwd: root, stdio: ['ignore', 2, 2], shell });
  if (status === 0) return;
  fail(
    `The installation failed${error ? ` (${error.message})` : ''}. npm's message is above. With a network and a writable ` +
      `folder, run "npm ci" in ${root} and try again.`,
  );
}

const [file, ...args] = process.argv.slice(2);
if (file === undefined) fail('Usage: node tools/run.mjs FILE.ts [ARGS...]');

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  fail(
    `tcplab needs Node ${OLDEST_NODE.join('.')} or newer, and this is ${process.versions.node} (${process.execPath}). ` +
      'Install a newer one from https://nodejs.org and try again.',
  );
}

if (!installed()) install();

// npm runs scripts in the project's folder; the command line resolves paths where the person stands. Only the scripts that
// are the command line go there, and only straight from npm: programs started further down choose their own folder.
const { INIT_CWD, npm_lifecycle_event: script } = process.env;
if (INIT_CWD && (script === 'start' || script === 'tcplab') && process.cwd() === root) process.chdir(INIT_CWD);

const path = resolve(root, file);
process.argv = [process.execPath, path, ...args];
const { register } = await import('tsx/esm/api');
register({ tsconfig: resolve(root, 'tsconfig.json') });
await import(pathToFileURL(path).href);
