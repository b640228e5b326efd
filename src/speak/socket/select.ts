/** `select`: `poll` in the words that older programs have, and Python's module of that name: three lists in, three lists out. */
import { posixError, TcplabError } from '../../core/errors.ts';
import { POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI } from './constants.ts';
import { nothingToWaitFor, type Pollable, waitUntil } from './poll.ts';

/** What `select` answers: of those that were asked about, which can be read, written, and have urgent octets. */
export type Selected<R, W, X> = [readable: R[], writable: W[], exceptional: X[]];

/** Bits that put a socket into each of the three lists, as in Linux. */
const READABLE = POLLIN | POLLHUP | POLLERR;
const WRITABLE = POLLOUT | POLLERR;
const EXCEPTIONAL = POLLPRI;

/**
 * The sockets that can be read without waiting (also the end, an error, somebody to accept), written, or that have urgent octets, as soon as there are any, or when `timeout`
 * milliseconds have passed: three empty lists then.
 * @param timeout 0 to look and not to wait, -1 (the default) to wait for ever
 * @throws TcplabError (as a rejection) EBADF when one of them is closed, EINVAL
 * @example const [readable] = await select([server, ...connections], [], [], 1_000);
 */
export async function select<R extends Pollable, W extends Pollable, X extends Pollable>(
  readers: readonly R[],
  writers: readonly W[],
  exceptional: readonly X[],
  timeout = -1,
): Promise<Selected<R, W, X>> {
  const all: readonly Pollable[] = [...list(readers), ...list(writers), ...list(exceptional)];
  if (all.length === 0 && timeout !== 0) throw nothingToWaitFor('select');
  const those = <T extends Pollable>(sockets: readonly T[], bits: number): T[] =>
    sockets.filter((socket) => socket.readiness() & bits);
  let answer: Selected<R, W, X> = [[], [], []];
  const look = (): boolean => {
    if (all.some((socket) => socket.readiness() === POLLNVAL)) throw posixError('EBADF', 'select');
    answer = [those(readers, READABLE), those(writers, WRITABLE), those(exceptional, EXCEPTIONAL)];
    return answer.some(({ length }) => length > 0);
  };
  await waitUntil(look, all, timeout);
  return answer;
}

function list<T extends Pollable>(sockets: readonly T[]): readonly T[] {
  if (Array.isArray(sockets) && sockets.every((socket) => typeof socket?.readiness === 'function')) return sockets;
  throw new TcplabError('EINVAL', 'select: what to wait for is three lists of sockets, such as [server], [], []');
}
