import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const LOCK =
  '{"packages":{"":{},"node_modules/a":{"integrity":"1"},"node_modules/b":{"integrity":"2","optional":true}}}';

/** A project with tools/run.mjs, a program that says how it was called, and an npm that says so and installs. */
let project: string;
let elsewhere: string;

beforeEach(() => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tcplab-run-')));
  project = join(folder, 'project');
  elsewhere = join(folder, 'elsewhere');
  for (const name of [join(project, 'tools'), elsewhere]) mkdirSync(name, { recursive: true });
  copyFileSync(path('./run.mjs'), join(project, 'tools/run.mjs'));
  writeFileSync(join(project, 'package.json'), '{"type":"module"}');
  writeFileSync(join(project, 'tsconfig.json'), '{}');
  writeFileSync(join(project, 'package-lock.json'), LOCK);
  writeFileSync(
    join(project, 'main.ts'),
    'const [, file, ...rest]: string[] = process.argv;\nconsole.log(JSON.stringify([file, rest, process.cwd()]));\n',
  );
  // Whatever a package.json above says, this npm is CommonJS.
  writeFileSync(join(folder, 'package.json'), '{}');
  writeFileSync(
    join(folder, 'npm.js'),
    `const fs = require('node:fs');
    console.log('npm ' + process.argv.slice(2).join(' '));
    if (process.env.NPM_FAILS) process.exit(1);
    fs.mkdirSync('node_modules', { recursive: true });
    fs.copyFileSync('package-lock.json', 'node_modules/.package-lock.json');
    fs.rmSync('node_modules/tsx', { force: true });
    fs.symlinkSync(${JSON.stringify(path('../node_modules/tsx'))}, 'node_modules/tsx');`,
  );
});

afterEach(() => rmSync(join(project, '..'), { recursive: true }));

function run(
  cwd: string,
  env: Record<string, string> = {},
): ReturnType<typeof spawnSync> & { stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(project, 'tools/run.mjs'), 'main.ts', 'a', '--b'], {
    cwd,
    env: { PATH: process.env.PATH, npm_execpath: join(project, '../npm.js'), ...env },
    encoding: 'utf8',
  });
}

/** What the program printed: its file, its arguments, its folder. */
const told = (cwd: string): string => `${JSON.stringify([join(project, 'main.ts'), ['a', '--b'], cwd])}\n`;

function install(): void {
  mkdirSync(join(project, 'node_modules'));
  writeFileSync(join(project, 'node_modules/.package-lock.json'), '{"packages":{"node_modules/a":{"integrity":"1"}}}');
  symlinkSync(path('../node_modules/tsx'), join(project, 'node_modules/tsx'));
}

test('what is missing is installed first, and stdout is the program’s alone', () => {
  const first = run(elsewhere);
  expect(first.stderr).toMatch(/^Installing .*\nnpm ci --include=dev/);
  expect(first.stdout).toBe(told(elsewhere));
  expect(first.status).toBe(0);
  const second = run(elsewhere);
  expect(second.stderr).toBe('');
  expect(second.stdout).toBe(told(elsewhere));
});

test('another version than the lock file names is installed again; an optional package may be missing', () => {
  install();
  expect(run(project).stderr).toBe('');
  const lock = join(project, 'package-lock.json');
  writeFileSync(lock, readFileSync(lock, 'utf8').replace('"1"', '"3"'));
  expect(run(project).stderr).toMatch(/^Installing /);
});

test('a failed installation says what to do', () => {
  const { status, stdout, stderr } = run(elsewhere, { NPM_FAILS: '1' });
  expect(stderr).toContain(`run "npm ci" in ${project} and try again`);
  expect(stdout).toBe('');
  expect(status).toBe(1);
});

test('npm start and npm run tcplab work in the folder where the person stands, other scripts in the project', () => {
  install();
  const npm = (script: string): Record<string, string> => ({ INIT_CWD: elsewhere, npm_lifecycle_event: script });
  expect(run(project, npm('start')).stdout).toBe(told(elsewhere));
  expect(run(project, npm('tcplab')).stdout).toBe(told(elsewhere));
  expect(run(project, npm('test')).stdout).toBe(told(project));
  // Started by a program that npm started: that program chose the folder.
  expect(run(join(project, 'tools'), npm('tcplab')).stdout).toBe(told(join(project, 'tools')));
});
