/**
 * The engine's code for the parts of the command, kept from one start to the next in the user's folder for such things, as Node keeps that of modules from 22.1 on, and by the same variables: NODE_COMPILE_CACHE
 * names another folder, NODE_DISABLE_COMPILE_CACHE does without. Nothing depends on it: what cannot be read or written is compiled again.
 * The engine runs what it is given, so files count that this user has written alone.
 */
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Script } from 'node:vm';

/** Files that were written so long ago are removed when others are written, in milliseconds: 30 days. */
const OLD = 30 * 86_400_000;

/** May be written by others: by the file's group, and by everybody. */
const BY_OTHERS = 0o022;

/** Where code is kept for this version of Node; undefined when it is not. */
export function keptCodeFolder(): string | undefined {
  const { env, platform, version, arch } = process;
  if (env['NODE_DISABLE_COMPILE_CACHE']) return undefined;
  const named =
    env['NODE_COMPILE_CACHE'] ?? env['XDG_CACHE_HOME'] ?? (platform === 'win32' ? env['LOCALAPPDATA'] : undefined);
  const base =
    named !== undefined && isAbsolute(named)
      ? named
      : join(homedir(), platform === 'darwin' ? 'Library/Caches' : '.cache');
  return join(base, 'tcplab', `${version}-${arch}`);
}

/** Octets that files are read into, each over the one before: the engine has copied what it needs by then. */
let room = Buffer.alloc(0);

/** The code that is kept for a part, which holds until the next call; undefined when there is none that can be trusted. */
export function keptCode(folder: string, part: string): Buffer | undefined {
  try {
    const file = openSync(join(folder, part), 'r');
    try {
      const { uid, mode, size } = fstatSync(file);
      if (process.geteuid !== undefined && (uid !== process.geteuid() || (mode & BY_OTHERS) !== 0)) return undefined;
      if (size > room.length) room = Buffer.allocUnsafeSlow(size);
      return onlyWhole(room.subarray(0, readSync(file, room, 0, size, 0)));
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

/** Code is written twice, as the engine does not see that it is damaged, and ends the program: what was damaged differs from its copy. Node's checksums would take 1.6 ms to load. */
function onlyWhole(twice: Buffer): Buffer | undefined {
  const half = twice.length / 2;
  if (!Number.isInteger(half)) return undefined;
  const code = twice.subarray(0, half);
  return code.equals(twice.subarray(half)) ? code : undefined;
}

/** Keeps the code of scripts, by the parts that they are of, where the folder is this user's, or would be made in one that is: root may have another's home, who could not write there any more. */
export function keepCode(folder: string, scripts: ReadonlyMap<string, Script>): void {
  try {
    if (!isOurs(folder)) return;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const [part, script] of scripts) {
      const code = script.createCachedData();
      // Two programs may begin at the same time.
      const half = join(folder, `${part}.${process.pid}`);
      writeFileSync(half, Buffer.concat([code, code]), { mode: 0o600 });
      renameSync(half, join(folder, part));
    }
    removeOld(join(folder, '..'));
  } catch {
    // A full disk, a home that cannot be written to: the next start compiles again.
  }
}

/** Whether a folder is this user's; of one that is not there, whether the one around it is. */
function isOurs(folder: string): boolean {
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) return isOurs(join(folder, '..'));
  return process.geteuid === undefined || stats.uid === process.geteuid();
}

/** Removes what other versions have left. */
function removeOld(root: string): void {
  for (const version of readdirSync(root)) {
    const folder = join(root, version);
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (statSync(path).mtimeMs < Date.now() - OLD) rmSync(path);
    }
  }
}
