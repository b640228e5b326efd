/**
 * The engine's code for the parts of the command, kept from one start to the next in the user's folder for such things, as Node keeps that of modules from 22.1 on, and by the same variables: NODE_COMPILE_CACHE
 * names another folder, NODE_DISABLE_COMPILE_CACHE does without. Nothing depends on it: what cannot be read or written is compiled again.
 * The engine runs what it is given, so files count that this user has written alone.
 */
import {
  closeSync,
  fstatSync,
  lstatSync,
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
import { dirname, isAbsolute, join } from 'node:path';
import type { Script } from 'node:vm';

/** The folder in the user's. */
const NAME = 'tcplab';

/** Files that were written so long ago are removed when others are written, in milliseconds: 30 days. */
const OLD = 30 * 86_400_000;

/** May be written by others: by the file's group, and by everybody. */
const BY_OTHERS = 0o022;

/** Where code is kept for this version of Node, which need not be there yet; undefined where it is not kept. */
export function keptCodeFolder(): string | undefined {
  const { env, version, arch } = process;
  if (env.NODE_DISABLE_COMPILE_CACHE) return undefined;
  try {
    const base = cacheOfUser();
    const folder = join(base, NAME, `${version}-${arch}`);
    return isOurs(base, folder) ? folder : undefined;
  } catch {
    // A user without a home, a folder that cannot be looked at.
    return undefined;
  }
}

/** The user's folder for what can be made again. */
function cacheOfUser(): string {
  const { env, platform } = process;
  const named = [env.NODE_COMPILE_CACHE, env.XDG_CACHE_HOME, platform === 'win32' ? env.LOCALAPPDATA : undefined];
  const chosen = named.find((path) => path !== undefined && isAbsolute(path));
  return chosen ?? join(homedir(), platform === 'darwin' ? 'Library/Caches' : '.cache');
}

/**
 * Whether a folder and those around it, down from the user's folder for such things, are this user's and real ones; what is not there yet is made in one that is. Root may have the home of
 * another user, who could put links there.
 */
function isOurs(base: string, folder: string): boolean {
  const me = process.geteuid?.();
  if (me === undefined) return true;
  const around = statSync(dirname(base)).uid;
  if (around !== me && around !== 0) return false;
  const given = statSync(base, { throwIfNoEntry: false });
  if (given === undefined) return around === me;
  if (given.uid !== me) return false;
  for (const made of [dirname(folder), folder]) {
    const stats = lstatSync(made, { throwIfNoEntry: false });
    if (stats === undefined) return true;
    if (!stats.isDirectory() || stats.uid !== me || (stats.mode & BY_OTHERS) !== 0) return false;
  }
  return true;
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

/** Keeps the code of scripts, by the parts that they are of. */
export function keepCode(folder: string, scripts: ReadonlyMap<string, Script>): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const [part, script] of scripts) {
      const code = script.createCachedData();
      // Two programs may begin at the same time.
      const half = join(folder, `${part}.${process.pid}`);
      writeFileSync(half, Buffer.concat([code, code]), { mode: 0o600 });
      renameSync(half, join(folder, part));
    }
    removeOld(dirname(folder));
  } catch {
    // A full disk, a home that cannot be written to: the next start compiles again.
  }
}

/** Removes what other versions have left. */
function removeOld(root: string): void {
  const old = Date.now() - OLD;
  for (const version of readdirSync(root, { withFileTypes: true })) {
    if (!version.isDirectory()) continue;
    const folder = join(root, version.name);
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (lstatSync(path).mtimeMs < old) rmSync(path);
    }
  }
}
