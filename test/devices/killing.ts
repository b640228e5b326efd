/** What the tests of killing run in a network namespace of their own: programs that talk by a device are killed at moments that chance decides; what is left is printed as JSON. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { below, seeded } from '../../src/core/random.ts';
import { cryptographicRandom, handOver, nodePlatform, openDevice, receivedDevice } from '../../src/node/index.ts';
import { Host, RealTimeDriver } from '../../src/speak/index.ts';

const NOBODY = 65_534;
const SELF = fileURLToPath(import.meta.url);
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** What there is of devices, routes and connections that are not over. */
function traces(): string[] {
  const devices = readFileSync('/proc/self/net/dev', 'utf8')
    .split('\n')
    .slice(2)
    .map((line) => line.split(':', 1)[0]!.trim())
    .filter((name) => name !== '' && name !== 'lo');
  const routes = ['-4', '-6'].flatMap((version) =>
    execFileSync('ip', [version, 'route'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line !== '' && !line.includes('dev lo ')),
  );
  const connections = execFileSync('ss', ['-tanH'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('TIME-WAIT'));
  return [...devices, ...routes, ...connections];
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

/** Waits until every program has ended and nothing is left of them; what is, when that does not come about. */
async function cleanUp(programs: readonly ChildProcess[]): Promise<string[]> {
  let left: string[] = [];
  // The kernel doubles its time-out three times before it gives up: many seconds where a busy machine made the first one long.
  for (let look = 0; look < 900; look++) {
    left = [...traces(), ...programs.filter((one) => !hasEnded(one)).map(({ spawnargs }) => spawnargs.join(' '))];
    if (left.length === 0) break;
    await pause(50);
  }
  for (const one of programs) one.kill('SIGKILL');
  return left;
}

/** A command of ours and a program on the kernel's stack talk; one of them is killed: while the first still opens its device, or while octets flow. */
async function talking(seed: string): Promise<unknown> {
  const random = seeded(Number(seed));
  // The kernel gives a connection up that its device has gone from under: sooner than by its default.
  writeFileSync('/proc/sys/net/ipv4/tcp_retries2', '2');
  const seen: Record<string, string[]> = {};
  for (const [whom, when] of [
    ['ours', 'opening'],
    ['ours', 'talking'],
    ['theirs', 'talking'],
    ['ours', 'talking'],
    ['ours', 'opening'],
    ['theirs', 'talking'],
  ] as const) {
    const args = ['tools/run.mjs', MAIN, 'listen', '7456', '--tun', 'tun0', '--address', '10.9.0.2/24,fd09::2/64'];
    const ours = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const programs: ChildProcess[] = [ours];
    if (when === 'talking') {
      await says(ours, 'Listening');
      const zeros = openSync('/dev/zero', 'r');
      const theirs = spawn('nc', ['-N', '10.9.0.2', '7456'], { stdio: [zeros, 'ignore', 'ignore'] });
      programs.push(theirs);
      await says(ours, 'Connection from');
      await pause(below(random, 500));
      (whom === 'ours' ? ours : theirs).kill('SIGKILL');
    } else {
      await pause(below(random, 2_000));
      ours.kill('SIGKILL');
    }
    seen[`${Object.keys(seen).length}: ${whom} while ${when}`] = await cleanUp(programs);
  }
  return seen;
}

/** A gateway is killed while it opens its links, and while octets of the kernel's pass by it to a program on a cable. */
async function gateway(seed: string): Promise<unknown> {
  const random = seeded(Number(seed));
  writeFileSync('/proc/sys/net/ipv4/tcp_retries2', '2');
  const folder = mkdtempSync(join(tmpdir(), 'tcplab-killing-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const cable = join(folder, 'cable');
  const seen: Record<string, string[]> = {};
  for (const when of ['opening', 'passing', 'passing'] as const) {
    const links = [`cable:${cable}=10.7.0.1/24,fd07::1/64`, 'tun:tun0=10.9.0.2/24,fd09::2/64'];
    const ours = spawn(process.execPath, ['tools/run.mjs', MAIN, 'gateway', ...links], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const programs: ChildProcess[] = [ours];
    if (when === 'passing') {
      await says(ours, 'Ctrl-C ends it');
      const on = ['--cable', cable, '--address', '10.7.0.2/24', '--gateway', '10.7.0.1'];
      const listener = spawn(process.execPath, ['tools/run.mjs', MAIN, 'listen', '80', ...on], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      await says(listener, 'Listening');
      const zeros = openSync('/dev/zero', 'r');
      programs.push(spawn('nc', ['-N', '10.7.0.2', '80'], { stdio: [zeros, 'ignore', 'ignore'] }));
      await says(listener, 'Connection from');
      await pause(below(random, 500));
      ours.kill('SIGKILL');
      // Whose other end is beyond a router that is no more waits for it, as TCP does.
      listener.kill('SIGKILL');
      programs.push(listener);
    } else {
      await pause(below(random, 2_000));
      ours.kill('SIGKILL');
    }
    seen[`${Object.keys(seen).length}: while ${when}`] = await cleanUp(programs);
  }
  return seen;
}

/** Waits until a program says so. @throws Error when it ends instead */
async function says({ stderr, spawnargs }: ChildProcess, words: string): Promise<void> {
  let said = '';
  for await (const text of stderr!.iterator({ destroyOnReturn: false })) {
    said += text;
    if (said.includes(words)) return;
  }
  throw new Error(`${spawnargs.join(' ')} ended: ${said}`);
}

/** A parent opens a device and hands it to a child without rights; one of the two is killed. */
async function family(): Promise<unknown> {
  const seen: Record<string, string[]> = {};
  for (const whom of ['parent', 'child'] as const) {
    const parent = spawn(process.execPath, ['tools/run.mjs', SELF, 'parent'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [text] = await once(parent.stdout!, 'data');
    const child = Number(text);
    process.kill(whom === 'parent' ? parent.pid! : child, 'SIGKILL');
    seen[whom] = await cleanUp([parent]);
    for (let look = 0; look < 100 && isThere(child); look++) await pause(50);
    if (isThere(child)) seen[whom].push('the child');
  }
  return seen;
}

/** Whether a process runs; one that is dead and not yet asked for does not. */
function isThere(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function parent(): Promise<void> {
  const device = await openDevice('tun0', { addresses: ['10.9.0.1/24'] });
  const args = ['tools/run.mjs', SELF, 'child'];
  handOver(device, process.execPath, args, { uid: NOBODY, gid: NOBODY });
}

async function child(): Promise<void> {
  const device = await receivedDevice();
  const host = new Host({ driver: new RealTimeDriver(nodePlatform(), cryptographicRandom()) });
  host.plug(device.port, { address: '10.9.0.2/24' });
  console.log(process.pid);
}

const cases: Record<string, (...args: string[]) => Promise<unknown>> = { talking, gateway, family, parent, child };
const [name = '', ...args] = process.argv.slice(2);
const result = await cases[name]!(...args);
if (result !== undefined) console.log(JSON.stringify(result));
