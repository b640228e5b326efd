/**
 * Where a cable's socket is, and whether that place can be trusted. Whoever serves the socket sees and forges every frame, so a place that another
 * user could have prepared is refused, loudly: the socket must be this user's own, and nobody else may be able to put another in its place.
 * The rule is the same for root: a socket of another user is refused, for root has more to lose.
 */
import { lstatSync, mkdirSync, realpathSync, type Stats } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { TcplabError } from '../../core/errors.ts';

/** The most octets of a Unix-domain socket's path (`sun_path` without its closing zero). */
const LONGEST_PATH = process.platform === 'linux' ? 107 : 103;

/** Octets of the file name under which a socket is made before it is given its real one; see `serve` in meeting.ts. */
export const WORKING_NAME = 8;

/** Permission bits that let somebody else write. */
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/**
 * The path of the cable that programs join when they are told no other: `$TCPLAB_CABLE`, else `$XDG_RUNTIME_DIR/tcplab/cable`,
 * else `tcplab-UID/cable` in the folder for temporary files.
 */
export function defaultCablePath(): string {
  return process.env.TCPLAB_CABLE || usualPath();
}

function usualPath(): string {
  const runtime = process.env.XDG_RUNTIME_DIR;
  return runtime ? join(runtime, 'tcplab', 'cable') : join(tmpdir(), `tcplab-${ownUser()}`, 'cable');
}

/** The folder that a cable's path names. @throws TcplabError TCPLAB_CABLE_PATH when there is none */
function realFolder(path: string): string {
  const named = dirname(path);
  try {
    const folder = realpathSync(named);
    if (lstatSync(folder).isDirectory()) return folder;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
  throw new TcplabError(
    'TCPLAB_CABLE_PATH',
    `the cable at ${path} needs the folder ${named}, which is not there, or not to be entered; name another path with --cable or TCPLAB_CABLE, or make it: mkdir -m 700 ${named}`,
  );
}

/** @throws TcplabError TCPLAB_CABLE_PATH when it cannot be made */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new TcplabError(
      'TCPLAB_CABLE_PATH',
      `the folder ${folder} for the cable cannot be made (${(error as NodeJS.ErrnoException).code}); name another path with --cable or TCPLAB_CABLE`,
    );
  }
}

/** The user this process acts as. */
function ownUser(): number {
  if (process.geteuid === undefined)
    throw new TcplabError(
      'TCPLAB_CABLE_PLATFORM',
      `a cable between programs needs Unix-domain sockets with owners, which ${process.platform} does not have; join both programs in one process, or use the machine's own TCP (--kernel)`,
    );
  return process.geteuid();
}

/**
 * The absolute path of a cable, its folder checked; that of the usual cable is made when it is not there (mode 0700), one that somebody named may be mistyped.
 * @param path as given; undefined means `defaultCablePath()`
 * @throws TcplabError TCPLAB_CABLE_PATH when the path is too long or its folder unusable, TCPLAB_CABLE_FOREIGN when another user could serve there
 */
export function prepareCablePath(given?: string): string {
  const path = given ?? defaultCablePath();
  if (path === '')
    throw new TcplabError('TCPLAB_CABLE_PATH', 'a cable needs a path: --cable (or TCPLAB_CABLE) is empty');
  const user = ownUser();
  const wanted = resolve(path);
  if (path === usualPath()) makeFolder(dirname(wanted));
  // A folder reached through links is judged, and used, by where it really is (/tmp is a link on some systems).
  const folder = realFolder(wanted);
  const info = lstatSync(folder);
  if (info.uid !== 0) requireOwner(info, user, `the folder ${folder}`);
  if (info.mode & OTHERS_WRITE && !(info.mode & STICKY))
    throw new TcplabError(
      'TCPLAB_CABLE_FOREIGN',
      `other users may write in the folder ${folder} (mode ${modeText(info)}), so they could serve the cable; "chmod 700 ${folder}", or name a path in a folder of your own`,
    );
  const full = join(folder, basename(wanted));
  const octets = Math.max(Buffer.byteLength(full), Buffer.byteLength(folder) + 1 + WORKING_NAME);
  if (octets > LONGEST_PATH)
    throw new TcplabError(
      'TCPLAB_CABLE_PATH',
      `the path of the cable takes ${octets} octets and a Unix-domain socket's takes at most ${LONGEST_PATH}: ${full}; name a shorter one with --cable or TCPLAB_CABLE`,
    );
  return full;
}

/**
 * Whether there is a socket at a path, after a check that it is this user's.
 * @throws TcplabError TCPLAB_CABLE_PATH when something else is there, TCPLAB_CABLE_FOREIGN when it belongs to another user
 */
export function socketAt(path: string): boolean {
  const info = stats(path);
  if (info === undefined) return false;
  if (info.isSymbolicLink())
    throw new TcplabError(
      'TCPLAB_CABLE_PATH',
      `${path} is a symbolic link, and a link may lead to a socket of somebody else's; remove it, or name the path that it leads to`,
    );
  requireOwner(info, ownUser(), path);
  if (!info.isSocket())
    throw new TcplabError(
      'TCPLAB_CABLE_PATH',
      `${path} is there already and is not a socket; remove it, or name another path for the cable`,
    );
  return true;
}

/** The inode at a path, 0 when there is none: whether a socket is still the one that was put there. */
export const inodeAt = (path: string): number => stats(path)?.ino ?? 0;

function requireOwner(info: Stats, user: number, what: string): void {
  if (info.uid === user) return;
  throw new TcplabError(
    'TCPLAB_CABLE_FOREIGN',
    `${what} belongs to user ${info.uid} and you are user ${user}: whoever serves a cable can read and change everything on it, so it is not joined; run as that user, or name another path with --cable or TCPLAB_CABLE`,
  );
}

function stats(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw new TcplabError(
      'TCPLAB_CABLE_PATH',
      `${path} cannot be looked at (${(error as NodeJS.ErrnoException).code}); name another path for the cable with --cable or TCPLAB_CABLE`,
    );
  }
}

const modeText = (info: Stats): string => (info.mode & 0o7777).toString(8).padStart(4, '0');
