/** Promises that a socket owes its program, in the order they were asked for. */
import type { TcplabError } from '../../core/errors.ts';
import type { Micros } from '../../core/time.ts';
import type { Driver } from '../stack/driver.ts';

/** What an attempt answers that cannot be answered yet. */
export const PENDING: unique symbol = Symbol('pending');

/** Tries what a program has asked of a socket. Not a closure: most calls are answered at once, and none should cost more than its answer. */
export type Attempt<S, A, T> = (socket: S, asked: A) => T | typeof PENDING;

interface Waiter<T> {
  readonly attempt: Attempt<unknown, unknown, T>;
  readonly socket: unknown;
  readonly asked: unknown;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
  /** Who asked after this one. */
  next: Waiter<T> | undefined;
}

/** What has nothing to answer has one promise for everybody. */
const DONE: Promise<unknown> = Promise.resolve();

const run = <T>(attempt: () => T | typeof PENDING): T | typeof PENDING => attempt();

/** A line of calls of one kind that wait. Most lines never hold more than one: a chain costs them nothing, where an array would be made anew. */
export class Waiters<T> {
  readonly #driver: Driver;
  #first: Waiter<T> | undefined = undefined;
  /** The last one, where there are several. */
  #last: Waiter<T> | undefined = undefined;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  /** Whether any call waits. */
  get any(): boolean {
    return this.#first !== undefined;
  }

  /** A promise of what `attempt` answers, now or at a later `serve`. What it throws, the promise rejects with. */
  wait(attempt: () => T | typeof PENDING): Promise<T> {
    return this.call(run<T>, attempt, undefined);
  }

  /**
   * The same, for no longer than `timeout` microseconds: the last attempt is told that it is the last, and answers or throws.
   * @param error what a call is disappointed with that stands behind others until then
   */
  waitFor(timeout: Micros, attempt: (last: boolean) => T | typeof PENDING, error: () => TcplabError): Promise<T> {
    let over = false;
    const driver = this.#driver;
    const attempted = (): T | typeof PENDING => attempt(over);
    const cancel = driver.at(driver.now + timeout, () => {
      over = true;
      this.serve();
      this.#expire(attempted, error);
    });
    const answer = this.wait(attempted);
    answer.then(cancel, cancel);
    return answer;
  }

  /** The same for an attempt that is told what was asked of which socket. */
  call<S, A>(attempt: Attempt<S, A, T>, socket: S, asked: A): Promise<T> {
    const driver = this.#driver;
    driver.begin();
    try {
      if (this.#first === undefined) {
        const answer = attempt(socket, asked);
        if (answer === undefined) return DONE as Promise<T>;
        if (answer !== PENDING) return Promise.resolve(answer);
      }
      return this.#queued(attempt as Attempt<unknown, unknown, T>, socket, asked);
    } catch (error) {
      return Promise.reject(error);
    } finally {
      driver.end();
    }
  }

  /** A method of its own: what a function's closures need is made when it begins, be they made or not. */
  #queued(attempt: Attempt<unknown, unknown, T>, socket: unknown, asked: unknown): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#join({ attempt, socket, asked, resolve, reject, next: undefined });
    });
  }

  #join(waiter: Waiter<T>): void {
    if (this.#first === undefined) this.#first = waiter;
    else {
      (this.#last ?? this.#first).next = waiter;
      this.#last = waiter;
    }
  }

  /** Something has changed: those that can be answered now are, from the front on. */
  serve(): void {
    for (let waiter = this.#first; waiter !== undefined; waiter = this.#first) {
      let answer: T | typeof PENDING;
      try {
        answer = waiter.attempt(waiter.socket, waiter.asked);
      } catch (error) {
        this.#leave(waiter);
        waiter.reject(error);
        continue;
      }
      if (answer === PENDING) return;
      this.#leave(waiter);
      waiter.resolve(answer);
    }
  }

  /** Disappoints everybody, with an error that is made only if anybody waits: its stack is the dearest thing in closing a socket. */
  fail(error: () => TcplabError): void {
    if (this.#first === undefined) return;
    const made = error();
    for (let waiter: Waiter<T> | undefined = this.#first; waiter !== undefined; waiter = this.#first) {
      this.#leave(waiter);
      waiter.reject(made);
    }
  }

  /** One has waited long enough behind another that waits on, and has taken or sent nothing: whoever waits with `attempt` is disappointed, if anybody does. */
  #expire(attempt: () => T | typeof PENDING, error: () => TcplabError): void {
    let before: Waiter<T> | undefined;
    for (let waiter = this.#first; waiter !== undefined; before = waiter, waiter = waiter.next) {
      if (waiter.socket !== attempt) continue;
      if (before === undefined) this.#leave(waiter);
      else {
        before.next = waiter.next;
        if (waiter.next === undefined) this.#last = before === this.#first ? undefined : before;
        this.#driver.woke();
      }
      return waiter.reject(error());
    }
  }

  /** The first one's wait is over. */
  #leave(first: Waiter<T>): void {
    this.#first = first.next;
    if (this.#first === this.#last) this.#last = undefined;
    this.#driver.woke();
  }
}
