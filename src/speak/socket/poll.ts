/**
 * `poll`: waits until one of several sockets can be read, can be written or has failed. What a socket is ready for it says itself (`readiness`), in Linux's bits.
 */
import { TcplabError } from '../../core/errors.ts';
import { MILLISECOND, type Micros } from '../../core/time.ts';
import type { Driver } from '../stack/driver.ts';
import {
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  POLLPRI,
  POLLRDHUP,
  POLLRDNORM,
  POLLWRNORM,
} from './constants.ts';

/** A socket that can be waited for. */
export interface Pollable {
  /** Whose time it lives in. */
  readonly driver: Driver;
  /** All bits that hold now; POLLNVAL alone when it is closed. */
  readiness(): number;
  /** Has `changed` called after everything that may change them, until the function that it returns is called. It may be called too often. */
  watch(changed: () => void): () => void;
}

/** What to wait for. */
export interface PollEntry {
  readonly socket: Pollable;
  /** Bits of POLLIN, POLLPRI, POLLOUT, POLLRDHUP; POLLERR, POLLHUP and POLLNVAL are always waited for. */
  readonly events: number;
}

const ALWAYS = POLLERR | POLLHUP | POLLNVAL;
const KNOWN = ALWAYS | POLLIN | POLLPRI | POLLOUT | POLLRDHUP | POLLRDNORM | POLLWRNORM;

/**
 * The bits that hold for each of `entries`, as soon as there are any, or when `timeout` milliseconds have passed: all 0 then.
 * @param timeout 0 to look and not to wait, -1 (the default) to wait for ever
 * @throws TcplabError (as a rejection) EINVAL
 * @example const [ready] = await poll([{ socket, events: POLLIN }], 1_000);
 */
export async function poll(entries: readonly PollEntry[], timeout = -1): Promise<number[]> {
  if (!Array.isArray(entries) || !entries.every((entry) => typeof entry?.socket?.readiness === 'function'))
    throw new TcplabError('EINVAL', 'poll: what to wait for is a list such as [{ socket, events: POLLIN }]');
  const [first] = entries as readonly PollEntry[];
  if (first === undefined && timeout !== 0) throw nothingToWaitFor('poll');
  for (const { events } of entries as readonly PollEntry[])
    if (!Number.isInteger(events) || events & ~KNOWN)
      throw new TcplabError('EINVAL', `poll: events are bits of POLLIN, POLLOUT ..., not ${events}`);
  let answer: number[] = [];
  const look = (): boolean => {
    answer = entries.map(({ socket, events }) => socket.readiness() & (events | ALWAYS));
    return answer.some(Boolean);
  };
  const sockets = entries.map(({ socket }) => socket);
  await waitUntil(look, sockets, timeout);
  return answer;
}

/** Time passes for sockets, on their host's clock: without any there is none to wait for. */
export const nothingToWaitFor = (operation: string): TcplabError =>
  new TcplabError('EINVAL', `${operation}: without a socket there is nothing to wait for, and no clock to wait by`);

/** Until `look` says so, or `timeout` milliseconds have passed (-1: for ever): it looks at once, and after everything that may change one of `sockets`. */
export async function waitUntil(look: () => boolean, sockets: readonly Pollable[], timeout: number): Promise<void> {
  const [first] = sockets;
  if (look() || first === undefined || timeout === 0) return;
  const { driver } = first;
  const end: Micros = timeout < 0 ? Number.POSITIVE_INFINITY : driver.now + timeout * MILLISECOND;
  let wake = (): void => {};
  const changed = (): void => {
    wake();
  };
  const watches = sockets.map((socket) => socket.watch(changed));
  const cancel = end === Number.POSITIVE_INFINITY ? undefined : driver.at(end, changed);
  try {
    while (driver.now < end) {
      await new Promise<void>((resolve) => {
        wake = () => {
          driver.woke();
          resolve();
        };
      });
      wake = () => {};
      if (look()) break;
    }
  } finally {
    cancel?.();
    for (const stop of watches) stop();
  }
}
