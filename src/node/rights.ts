/** Giving rights up: a program that root has started goes on as somebody else once it has opened what needed root. What is open stays open. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { TcplabError } from '../core/errors.ts';

/** Not among Node's declared types, though in its documentation. */
const posix = process as unknown as { initgroups(user: string, group: number): void };

/**
 * Goes on as the user `name`, or as who called sudo, in that user's run-time folder (XDG_RUNTIME_DIR); as before when neither is known, or when this is not root. Answers who that is, undefined when nothing has changed.
 * @throws TcplabError `EACCES` when `name` is somebody else and this is not root, `EINVAL` when there is no such user
 */
export function dropRights(name?: string): string | undefined {
  if (process.getuid?.() !== 0) {
    if (name === undefined || name === userInfo().username) return undefined;
    throw new TcplabError('EACCES', `going on as ${name} needs root: run it through sudo, or leave the user out`);
  }
  const { SUDO_USER } = process.env;
  const user = name ?? SUDO_USER;
  if (user === undefined || user === '' || user === 'root') return undefined;
  const uid = idOf(user, '-u');
  const gid = idOf(user, '-g');
  posix.initgroups(user, gid);
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
    return Number(execFileSync('id', [what, '--', user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    throw new TcplabError('EINVAL', `there is no user ${JSON.stringify(user)} whose rights could be taken on`);
  }
}
