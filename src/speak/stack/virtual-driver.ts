/**
 * Virtual time: the clock stands still while a program or a frame has anything to do and then jumps to the next deadline. An hour passes in
 * an instant, and the same programs with the same seed do the same things at the same times.
 */
import { TcplabError } from '../../core/errors.ts';
import { type Random, seeded } from '../../core/random.ts';
import { MINUTE, type Micros, NEVER, SECOND } from '../../core/time.ts';
import { Driver } from './driver.ts';

/** Options of a virtual driver. */
export interface VirtualDriverOptions {
  /** Calls back once every pending promise reaction has run: `setImmediate` in Node (see `Platform`). */
  afterPrograms: (callback: () => void) => void;
  /** Seed of everything random in its hosts; default 1. */
  seed?: number;
  /** What the clock's beginning is in microseconds since the Unix epoch; default 0. */
  epoch?: Micros;
}

/** Sockets that wait, named in a message. */
const NAMED = 8;

/** Steps without a program before the platform has a go. */
const STEPS = 10_000;

/** A driver on virtual time. */
export class VirtualDriver extends Driver {
  readonly epoch: Micros;
  readonly #afterPrograms: (callback: () => void) => void;
  /** Unset at first: a field that has held nothing but numbers makes an object of its number each time it is read (ping-pong: 96 octets a round trip). */
  #time: Micros | undefined = undefined;
  #running = false;

  constructor(options: VirtualDriverOptions) {
    super(seeded(options.seed ?? 1) satisfies Random);
    this.epoch = options.epoch ?? 0;
    this.#afterPrograms = options.afterPrograms;
  }

  /** Microseconds since the beginning. */
  get now(): Micros {
    return this.#time ?? 0;
  }

  /**
   * Runs `program` to its end and answers what it answers. Time goes on only when no program has anything more to do.
   * @param limit how far the clock may go from now, in microseconds; default one day
   * @throws TcplabError TCPLAB_DEADLOCK when the program waits and nothing will ever happen again; TCPLAB_TIME_LIMIT when it is not done in time; what the program throws
   */
  async run<T>(program: () => Promise<T>, limit: Micros = 24 * 60 * MINUTE): Promise<T> {
    let done = false;
    const answer = program();
    const finished = (): void => {
      done = true;
    };
    answer.then(finished, finished);
    const until = this.now + limit;
    await this.#proceed(
      () => done,
      () => until,
    );
    if (done) return answer;
    answer.catch(() => {});
    const when = `after ${(this.now / SECOND).toFixed(6)} s of virtual time`;
    const waiting = this.hosts.flatMap((host) => host.waiting());
    const more = waiting.length > NAMED ? `; and ${waiting.length - NAMED} more` : '';
    const who =
      waiting.length === 0 ? 'no socket of it waits' : `waiting: ${waiting.slice(0, NAMED).join('; ')}${more}`;
    if (this.nextDeadline() === NEVER)
      throw new TcplabError(
        'TCPLAB_DEADLOCK',
        `the program waits for something that will never happen: ${when} no frame is on its way and no timer is set (${who}); it may wait for something outside this driver, or for a peer that waits too`,
      );
    throw new TcplabError(
      'TCPLAB_TIME_LIMIT',
      `the program was not done ${when} (${who}); give run() a longer limit if it is meant to take that long`,
    );
  }

  /** Lets `micros` microseconds pass, with all that happens in them. */
  async advance(micros: Micros): Promise<void> {
    const until = this.now + micros;
    await this.#proceed(
      () => false,
      () => until,
    );
    this.#time = Math.max(this.now, until);
  }

  /**
   * Goes on until nothing is on its way and no timer is set, or `limit` microseconds have passed. Answers whether all is quiet.
   * @param limit default one day
   */
  async settle(limit: Micros = 24 * 60 * MINUTE): Promise<boolean> {
    const until = this.now + limit;
    await this.#proceed(
      () => false,
      () => until,
    );
    return this.nextDeadline() === NEVER;
  }

  protected afterPrograms(callback: () => void): void {
    this.#afterPrograms(callback);
  }

  protected drained(): void {
    if (this.holding === true && !(this.#running && !this.programWoken)) this.askTurn();
  }

  /** Deadline after deadline, until `enough`, or nothing is left before `until`. */
  async #proceed(enough: () => boolean, until: () => Micros): Promise<void> {
    if (this.#running)
      throw new TcplabError(
        'EALREADY',
        'this driver runs already; join the programs with Promise.all in one run(), or await the first',
      );
    this.#running = true;
    try {
      this.wake();
      for (;;) {
        await this.#quiet();
        this.programWoken = false;
        if (enough()) return;
        // As long as no program is woken there is no need to wait for any.
        for (let steps = 0; steps < STEPS && !this.programWoken; steps++) {
          if (this.holding) {
            this.releaseHeld();
            this.drain();
            continue;
          }
          if (this.asked) break;
          const next = this.nextDeadline();
          if (next === NEVER || next > until()) return;
          this.#time = Math.max(this.now, next);
          this.drain();
        }
      }
    } finally {
      this.#running = false;
    }
  }

  /** Until every program waits and nothing is asked for. */
  #quiet(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenQuiet = resolve;
      this.#look();
    });
  }

  #look(): void {
    this.stirred = false;
    this.#afterPrograms(this.#looked);
  }

  readonly #looked = (): void => {
    if (this.stirred === true || this.asked) this.#look();
    else this.#whenQuiet();
  };

  #whenQuiet: () => void = () => {};
}
