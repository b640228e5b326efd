/**
 * What makes hosts and links go: it takes frames from links to hosts, runs timers, and lets programs have their turn in between.
 * Everything a host or a link does happens inside a call from here or from a program; nothing re-enters.
 *
 * - A program's call puts frames into links at once and asks for a *drain*, which carries frames until every link is quiet. A call that stands between `begin`
 *   and `end` (send, recv, close ...) has its drain when it ends, and whatever that does to the caller finds its work done. Otherwise (a SYN, a frame from elsewhere, an alarm)
 *   the drain runs as a promise reaction: who begins to listen in the same go is there before the SYN.
 * - A drain makes promises come true; the programs go on when it has ended. When every one of them waits again, their *turn* is over: only then do hosts
 *   send the acknowledgments that they held back for company. An answer, a window update or a FIN made in that turn has carried them by then.
 *
 * Virtual time (virtual-driver.ts) and real time (real-time-driver.ts) differ only in how the clock goes on.
 */
import type { Random } from '../../core/random.ts';
import { type Micros, NEVER } from '../../core/time.ts';
import type { Host } from './host.ts';

/** Frames a drain carries at the most before it lets everybody else have a go. */
const BUDGET = 16_384;

/** Drains in a row before one waits for the platform's turn: what lives outside the promises must live too. */
const DRAINS = 512;

/** Frames a host takes from each of its links in one round. */
const ROUND = 64;

/** Bits of `#drain`. */
const UNDER_WAY = 1;
const ASKED = 2;
const OWED = 4;

interface Alarm {
  readonly time: Micros;
  readonly callback: () => void;
}

const DONE = Promise.resolve();

/** A driver. */
export abstract class Driver {
  /** Microseconds since the driver began. */
  abstract readonly now: Micros;
  /** What to add to `now` for microseconds since the Unix epoch. */
  abstract readonly epoch: Micros;
  /** Where hosts draw their secrets and chances from, unless told otherwise. */
  readonly random: Random;
  protected readonly hosts: Host[] = [];
  /** Bits: a drain is under way, asked for, or owed to the programs' calls. There may be more for the one that is under way; a turn is asked for. */
  #drain = 0;
  #more = false;
  #turnAsked = false;
  /** Calls of programs that are under way, one inside the other; what they woke is for the end of the outermost. */
  #calls = 0;
  #drains = 0;
  #marks = 0;
  #paused = false;
  /** Something has happened, and a promise came true, since these were last set to false. */
  protected stirred = false;
  protected programWoken = false;
  /** A host may hold acknowledgments back. */
  protected holding = false;
  /** By time, the latest first. */
  readonly #alarms: Alarm[] = [];

  protected constructor(random: Random) {
    this.random = random;
  }

  /** Calls back when every program has had its turn. */
  protected abstract afterPrograms(callback: () => void): void;

  /** After every drain: to see to the clock and to what a turn is needed for. */
  protected abstract drained(): void;

  /** For `Host`, which attaches itself. */
  attach(host: Host): void {
    this.hosts.push(host);
  }

  /** A socket was opened: it keeps the program running from now on. */
  opened(): void {}

  /** A call of a program begins: what it sends is carried when it ends. */
  begin(): void {
    this.#calls++;
  }

  /** It has done its work. */
  end(): void {
    this.#calls--;
    if (this.#calls > 0 || (this.#drain & OWED) === 0) return;
    this.#drain &= ~OWED;
    this.#carryAll(false);
  }

  /** A number for a frame that is watched: no other frame of this driver's hosts has it. */
  nextMark(): number {
    return ++this.#marks;
  }

  /** Asks for a drain: something was given to a link, has come from outside, or a deadline is near. */
  wake(): void {
    this.stirred = true;
    this.#more = true;
    // A drain goes on until everything is quiet: what happens in it needs no other.
    if (this.isAwake) return;
    if (this.#drains++ >= DRAINS) {
      this.#drain |= ASKED;
      this.askTurn();
    } else if (this.#calls > 0) this.#drain |= OWED;
    else {
      this.#drain |= ASKED;
      DONE.then(this.#drainNow);
    }
  }

  /** A host holds an acknowledgment back: a drain is to end with a look at that. One that is under way, or owed, does. */
  held(): void {
    this.stirred = true;
    this.holding = true;
    if (!this.isAwake) this.wake();
  }

  /** Whether a drain is under way, owed or asked for. */
  get isAwake(): boolean {
    return this.#drain !== 0;
  }

  /** Programs are to have their turn before more is carried: what comes now would find no room until they have taken what came before. */
  pause(): void {
    this.#paused = true;
  }

  /** Nothing more is to be taken in for now. */
  get isPaused(): boolean {
    return this.#paused;
  }

  /** A promise of a program has come true: it will go on. */
  woke(): void {
    this.stirred = true;
    this.programWoken = true;
  }

  /** A promise that comes true `delay` microseconds from now. */
  sleep(delay: Micros): Promise<void> {
    return new Promise((resolve) => {
      this.at(this.now + delay, resolve);
    });
  }

  /** Calls `callback` once at `time` (on this driver's clock), soon when that is past. Returns what cancels it. */
  at(time: Micros, callback: () => void): () => void {
    const alarm: Alarm = { time, callback };
    const alarms = this.#alarms;
    alarms.splice(this.#placeOf(time), 0, alarm);
    this.wake();
    return () => {
      let place = this.#placeOf(time);
      while (place < alarms.length && alarms[place]!.time === time && alarms[place] !== alarm) place++;
      if (alarms[place] === alarm) alarms.splice(place, 1);
    };
  }

  /** Where an alarm for `time` goes: equal times fire in the order they were asked for, and the last of the array fires first. There may be one for each of thousands of calls. */
  #placeOf(time: Micros): number {
    const alarms = this.#alarms;
    let low = 0;
    let high = alarms.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (alarms[middle]!.time <= time) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Whether a drain or a turn is still to come. */
  protected get asked(): boolean {
    return (this.#drain & ASKED) !== 0 || this.#turnAsked;
  }

  /** Asks for the programs' turn, after which held acknowledgments go out. */
  protected askTurn(): void {
    if (this.#turnAsked === true) return;
    this.#turnAsked = true;
    this.afterPrograms(this.#turnOver);
  }

  /** When something is to be done next, if nobody stirs before. */
  protected nextDeadline(): Micros {
    let next = this.#alarms.at(-1)?.time ?? NEVER;
    const now = this.now;
    for (const host of this.hosts) next = Math.min(next, host.nextTimeout(now));
    return next;
  }

  /** Sends what was held back. */
  protected releaseHeld(): void {
    const now = this.now;
    // Whoever calls this drains next: it needs no other.
    this.#drain |= UNDER_WAY;
    try {
      for (const host of this.hosts) if (host.holding) host.releaseHeld(now);
    } finally {
      this.#drain &= ~UNDER_WAY;
      this.holding = this.hosts.some((host) => host.holding);
    }
  }

  /** Carries frames and runs what is due until everything is quiet or the budget is spent. */
  protected drain(): void {
    this.#carryAll(true);
  }

  /** @param due whether timers and alarms may run too: not at the end of a program's call, which is no place for another's callback */
  #carryAll(due: boolean): void {
    this.#drain = (this.#drain & ~ASKED) | UNDER_WAY;
    try {
      this.#carry(this.now, due);
    } catch (error) {
      // Somebody who watches has thrown: what was left lying is found by the next drain.
      for (const host of this.hosts) host.mayReceive = true;
      throw error;
    } finally {
      // Also when a callback of the program's throws: the next wake must be heard.
      this.#drain &= ~UNDER_WAY;
    }
    this.drained();
  }

  #carry(now: Micros, due: boolean): void {
    const { hosts } = this;
    let budget = BUDGET;
    do {
      let moved = 0;
      this.#more = false;
      for (let i = 0; i < hosts.length; i++) {
        const host = hosts[i]!;
        if (host.mayReceive === true) moved += host.poll(now, ROUND);
      }
      if (moved > 0) this.stirred = true;
      if (moved >= ROUND) this.#more = true;
      // Timers after frames: an acknowledgment that comes at the last moment still counts.
      else if (due && this.#more === false && this.#runDue(now)) this.#more = true;
      budget -= moved + 1;
      if (budget <= 0 || this.#paused === true) {
        this.#paused = false;
        this.#drain |= ASKED;
        this.askTurn();
        return;
      }
    } while (this.#more === true);
  }

  readonly #drainNow = (): void => {
    if (this.#drain & ASKED) this.drain();
  };

  readonly #turnOver = (): void => {
    this.#turnAsked = false;
    this.#drains = 0;
    this.releaseHeld();
    this.drain();
  };

  /** Runs the timers and alarms that are due; answers whether there were any. */
  #runDue(now: Micros): boolean {
    let ran = false;
    for (const host of this.hosts) if (host.timeout(now)) ran = true;
    const alarms = this.#alarms;
    // Only those that are there now: one that asks for another at once waits for the next round.
    for (let left = alarms.length; left > 0 && alarms.length > 0 && alarms.at(-1)!.time <= now; left--) {
      ran = true;
      this.woke();
      alarms.pop()!.callback();
    }
    return ran;
  }
}
