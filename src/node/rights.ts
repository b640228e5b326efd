/** Giving rights up: a program that root has started goes on as somebody else once it has opened what needed root. What is open stays open. */
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { TcplabError } from '../core/errors.ts';
import { childProcess } from './builtin.ts';

/** Not among Node's declared types, though in its documentation. */
const posix = process as unknown as { initgroups(user: string, group: number): void };

/** Who a program goes on as that root started, when nobody else is known. */
const NOBODY = 'nobody';

/** The name of the user that this process acts as; the number where there is no name. */
export function ownName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}

/**
 * Whose rights `dropRights(name)` takes on: those of `name`, of who called sudo, or of nobody, in this order; undefined when this is not root, or root's are to be kept.
 * `owns` tells whether it is somebody, who has files: what nobody is to write to must be open before.
 */
export function successor(name?: string): { user: string; owns: boolean } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const { SUDO_USER = '' } = process.env;
  const known = name ?? (SUDO_USER === '' || SUDO_USER === 'root' ? undefined : SUDO_USER);
  return known === 'root' ? undefined : { user: known ?? NOBODY, owns: known !== undefined };
}

/**
 * Goes on as the user `name`, as who called sudo, or as nobody, in that user's run-time folder (XDG_RUNTIME_DIR). Answers who that is, undefined when nothing has changed: this is not root, `name` is root, or the system lets nobody
 * be taken on by default, as in a user namespace of one user.
 * @throws TcplabError `EACCES` when `name` is somebody else and this is not root, `EINVAL` when there is no such user; what the system says when it has changed the groups and then refuses the user
 */
export function dropRights(name?: string): string | undefined {
  if (process.getuid?.() !== 0 && name !== undefined && name !== ownName())
    throw new TcplabError('EACCES', `going on as ${name} needs root: run it through sudo, or leave the user out`);
  const next = successor(name);
  if (next === undefined) return undefined;
  const { user, owns } = next;
  let uid: number;
  let gid: number;
  try {
    uid = idOf(user, '-u');
    gid = idOf(user, '-g');
    posix.initgroups(user, gid);
  } catch (error) {
    if (owns) throw error;
    // Nothing has changed so far.
    return undefined;
  }
  process.setgid!(gid);
  process.setuid!(uid);
  // sudo has taken it away, or it is root's: the folder where what this user runs meets, a cable among it.
  const runtime = `/run/user/${uid}`;
  if (existsSync(runtime)) process.env.XDG_RUNTIME_DIR = runtime;
  else delete process.env.XDG_RUNTIME_DIR;
  return user;
}

/** What the system says of a user, its directory services asked too. */
function idOf(user: string, what: '-u' | '-g'): number {
  try {
    const told = childProcess().execFileSync('id', [what, '--', user], { stdio: ['ignore', 'pipe', 'ignore'] });
    return Number(told.toString());
  } catch {
    throw new TcplabError('EINVAL', `there is no user ${JSON.stringify(user)} whose rights could be taken on`);
  }
}
