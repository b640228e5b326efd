/** Promises that a socket owes its program, in the order they were asked for. */
import type { TcplabError } from '../../core/errors.ts';
import type { Driver } from '../stack/driver.ts';

/** What an attempt answers that cannot be answered yet. */
export const PENDING: unique symbol = Symbol('pending');

interface Waiter<T> {
  readonly attempt: () => T | typeof PENDING;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** The line of those for whom nobody ever waited: most sockets have some of them. */
const NOBODY: never[] = [];

/** A line of calls of one kind that wait. */
export class Waiters<T> {
  readonly #driver: Driver;
  #line: Waiter<T>[] = NOBODY;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  /** Whether any call waits. */
  get any(): boolean {
    return this.#line.length > 0;
  }

  /** A promise of what `attempt` answers, now or at a later `serve`. What it throws, the promise rejects with. */
  wait(attempt: () => T | typeof PENDING): Promise<T> {
    if (this.#line.length === 0) {
      try {
        const answer = attempt();
        if (answer !== PENDING) return Promise.resolve(answer);
      } catch (error) {
        return Promise.reject(error);
      }
    }
    return new Promise<T>((resolve, reject) => {
      if (this.#line === NOBODY) this.#line = [];
      this.#line.push({ attempt, resolve, reject });
    });
  }

  /** Something has changed: those that can be answered now are, from the front on. */
  serve(): void {
    while (this.#line.length > 0) {
      const waiter = this.#line[0]!;
      let answer: T | typeof PENDING;
      try {
        answer = waiter.attempt();
      } catch (error) {
        this.#line.shift();
        this.#driver.woke();
        waiter.reject(error);
        continue;
      }
      if (answer === PENDING) return;
      this.#line.shift();
      this.#driver.woke();
      waiter.resolve(answer);
    }
  }

  /** Disappoints everybody. */
  fail(error: TcplabError): void {
    for (const waiter of this.#line.splice(0)) {
      this.#driver.woke();
      waiter.reject(error);
    }
  }
}
