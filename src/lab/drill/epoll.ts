/**
 * `epoll` of scripts, as Linux has it: a list of descriptors and of what is waited for at each, which remembers what has happened between two looks. Without EPOLLET it tells what
 * holds; with it, what holds at a descriptor to which something that was waited for has happened since it was told last. Not in the sockets: `poll` (speak/socket) waits
 * as well for those who write programs here.
 */
import { posixError } from '../../core/errors.ts';
import { MILLISECOND, type Micros } from '../../core/time.ts';
import type { Arguments } from './arguments.ts';
import { CONSTANTS } from './constants.ts';
import type { Desk, Entry } from './desk.ts';
import { readinessOf } from './readiness.ts';
import type { CallResult } from './stage.ts';
import type { Expression } from './syntax.ts';

const constant = (name: string): number => CONSTANTS.get(name)!;
const IN = constant('EPOLLIN') | constant('EPOLLRDNORM');
const OUT = constant('EPOLLOUT') | constant('EPOLLWRNORM');
const OVER = constant('EPOLLERR') | constant('EPOLLHUP');
const HANGUP = constant('EPOLLRDHUP');
const EDGE = constant('EPOLLET');
const ONCE = constant('EPOLLONESHOT');

const DONE = Promise.resolve();

/** A descriptor that is watched. */
interface Interest {
  readonly entry: Entry;
  events: number;
  /** Something has happened to it that it is to tell of. */
  pending: boolean;
  /** A writer has found no room, or would. */
  full: boolean;
  /** What was received, and how far the connection was, when it was looked at last. */
  received: number;
  state: string;
  /** Sends with MSG_ZEROCOPY that were acknowledged then. */
  done: number;
  readonly stop: () => void;
}

/** One list. */
export class Epoll {
  readonly #interests = new Map<number, Interest>();
  #wake: (() => void) | undefined = undefined;

  /** @throws TcplabError EEXIST, ENOENT, EINVAL */
  control(operation: number, number: number, entry: Entry, events: number): void {
    const known = this.#interests.get(number);
    switch (operation) {
      case constant('EPOLL_CTL_ADD'):
        if (known !== undefined) throw posixError('EEXIST', `epoll_ctl ${number}`);
        this.#interests.set(number, this.#interestIn(entry, events));
        return;
      case constant('EPOLL_CTL_MOD'):
        if (known === undefined) throw posixError('ENOENT', `epoll_ctl ${number}`);
        known.events = events;
        known.pending = true;
        return;
      case constant('EPOLL_CTL_DEL'):
        if (known === undefined) throw posixError('ENOENT', `epoll_ctl ${number}`);
        return this.#forget(number);
      default:
        throw posixError('EINVAL', `epoll_ctl ${operation}`);
    }
  }

  /** What a descriptor that was closed stood for is closed. */
  forgetAll(entry: Entry): void {
    for (const [number, interest] of this.#interests) if (interest.entry === entry) this.#forget(number);
  }

  /** Everything is forgotten. */
  close(): void {
    for (const number of this.#interests.keys()) this.#forget(number);
  }

  #forget(number: number): void {
    this.#interests.get(number)?.stop();
    this.#interests.delete(number);
  }

  /** A call has been made: it may have filled a buffer. */
  look(): void {
    for (const interest of this.#interests.values()) if (!(readinessOf(interest.entry) & OUT)) interest.full = true;
  }

  /** What has happened, at the most `most` descriptors, as soon as there is any, or when `timeout` milliseconds have passed. */
  async wait(desk: Desk, most: number, timeout: number): Promise<{ fd: number; events: number }[]> {
    const { driver } = desk.host;
    const end: Micros = timeout < 0 ? Number.POSITIVE_INFINITY : driver.now + timeout * MILLISECOND;
    for (;;) {
      const found = this.#take(most);
      if (found.length > 0 || driver.now >= end) return found;
      await new Promise<void>((resolve) => {
        const cancel = end === Number.POSITIVE_INFINITY ? undefined : driver.at(end, () => this.#wake?.());
        this.#wake = () => {
          this.#wake = undefined;
          cancel?.();
          driver.woke();
          resolve();
        };
      });
    }
  }

  #take(most: number): { fd: number; events: number }[] {
    const found: { fd: number; events: number }[] = [];
    for (const [fd, interest] of this.#interests) {
      if (found.length === most) break;
      this.#happened(interest);
      const edge = (interest.events & EDGE) !== 0;
      if (edge && !interest.pending) continue;
      const events = readinessOf(interest.entry) & (interest.events | OVER);
      interest.pending = false;
      if (!(readinessOf(interest.entry) & OUT)) interest.full = true;
      if (events === 0 || interest.events === 0) continue;
      // It says nothing more until it is told anew what to wait for.
      if (interest.events & ONCE) interest.events = 0;
      found.push({ fd, events });
    }
    return found;
  }

  #interestIn(entry: Entry, events: number): Interest {
    const { socket } = entry;
    const interest: Interest = {
      entry,
      events,
      pending: true,
      full: false,
      ...progressOf(entry),
      stop: socket.watch(() => {
        this.#happened(interest);
        // An acknowledgment makes room, and what is sent then more.
        if (interest.full) DONE.then(() => this.#happened(interest));
      }),
    };
    return interest;
  }

  /** Which of the things that are waited for it was. */
  #happened(interest: Interest): void {
    const { received, state, done } = progressOf(interest.entry);
    const bits = readinessOf(interest.entry);
    let what = 0;
    if (received !== interest.received) what |= IN;
    if (state !== interest.state) what |= IN | OUT | OVER | HANGUP;
    if (interest.full && bits & OUT) {
      what |= OUT;
      interest.full = false;
    }
    if (done !== interest.done) what |= OVER;
    interest.done = done;
    interest.received = received;
    interest.state = state;
    if (!(what & bits & (interest.events | OVER))) return;
    interest.pending = true;
    this.#wake?.();
  }
}

/** How far a socket's connection is, and how much has come. */
function progressOf(entry: Entry): { received: number; state: string; done: number } {
  if (entry.kind === 'datagram') return { received: Number.NaN, state: '', done: 0 };
  const { connection, isListening } = entry.socket;
  if (isListening) return { received: Number.NaN, state: '', done: 0 };
  const done = entry.zerocopy?.done(connection) ?? 0;
  return { received: connection?.tcb.rcv.nxt ?? 0, state: connection?.tcb.state ?? '', done };
}

/** `epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN|EPOLLET, fd=4})`. */
export function epollControl(values: Arguments, desk: Desk): number {
  const epoll = desk.epollAt(values.number(0, -1));
  const number = values.number(2, -1);
  const events = values.field(values.at(3), 'events');
  epoll.control(
    values.number(1, 0),
    number,
    desk.entry(number),
    events === undefined ? 0 : values.valueOf(events) >>> 0,
  );
  return 0;
}

/** `epoll_wait(5, {events=EPOLLOUT, fd=4}, 1, 0)`, or with a list of such. */
export async function epollWait(values: Arguments, desk: Desk): Promise<CallResult> {
  const epoll = desk.epollAt(values.number(0, -1));
  const most = values.number(2, 1);
  if (most <= 0) throw posixError('EINVAL', 'epoll_wait');
  const found = await epoll.wait(desk, most, values.number(3, -1));
  const list = values.at(1);
  const wanted: readonly Expression[] = list === undefined ? [] : list.kind === 'array' ? list.items : [list];
  const different = found.flatMap(({ fd, events }, i) => {
    const [wantedEvents, wantedFd] = [values.field(wanted[i], 'events'), values.field(wanted[i], 'fd')];
    const same =
      (wantedEvents === undefined || values.valueOf(wantedEvents) >>> 0 === events >>> 0) &&
      (wantedFd === undefined || values.valueOf(wantedFd) === fd);
    return same ? [] : [`{events=${names(events)}, fd=${fd}}`];
  });
  return { value: found.length, errno: undefined, different: different.length > 0 ? different.join(', ') : undefined };
}

const NAMES = 'EPOLLIN EPOLLPRI EPOLLOUT EPOLLERR EPOLLHUP EPOLLRDNORM EPOLLWRNORM EPOLLRDHUP'.split(' ');

const names = (bits: number): string => NAMES.filter((name) => bits & constant(name)).join('|') || '0';
