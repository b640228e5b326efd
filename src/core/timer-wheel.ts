/**
 * Timers of many: at most one deadline for each of a range of small whole numbers (a connection's place in its table), in ticks.
 * A hierarchical wheel of four rings of 256 slots over `Int32Array` lists: arming again, clearing and firing cost the same
 * however many timers there are (11 ns, where a heap takes 61 and `setTimeout` 1,100 at 100,000). Deadlines are lazy: one that moves, but not
 * before its slot comes up, is only written down, and filed anew then. Not here: a clock (time comes in), and what a timer means.
 * Read first: Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", §6.2.
 */
import type { Ticks } from './time.ts';

const BITS = 8;
const SLOTS = 1 << BITS;
const LEVELS = 4;
const NONE = -1;

/** The slot of the timers whose slot is being emptied. */
const OPENED = LEVELS * SLOTS;

/** What `TimerWheel.nextTick` answers when nothing is armed. */
export const NO_TICK = 0x1_0000_0000;

/** One timer for each number from 0 on; room grows with the largest number used. */
export class TimerWheel {
  /** Everything due at or before this tick has fired. */
  #current: Ticks;
  #armed = 0;
  /** A lower bound of the tick at which something must be looked at; exact unless `stale`. */
  #next: Ticks = 0;
  #nextIs: 'nothing' | 'bound' | 'unknown' = 'nothing';
  readonly #heads = new Int32Array(LEVELS * SLOTS).fill(NONE);
  /** The list of the slot that is being emptied. */
  #opened = NONE;
  readonly #occupied = new Int32Array((LEVELS * SLOTS) / 32);
  /** Of each timer: its neighbours in its slot's list, the slot (or NONE), the tick the slot comes up, and the deadline. */
  #following: Int32Array<ArrayBuffer> = new Int32Array(0);
  #preceding: Int32Array<ArrayBuffer> = new Int32Array(0);
  #slot: Int32Array<ArrayBuffer> = new Int32Array(0);
  #comesUp: Int32Array<ArrayBuffer> = new Int32Array(0);
  #deadline: Int32Array<ArrayBuffer> = new Int32Array(0);

  /** @param now the tick it begins at */
  constructor(now: Ticks) {
    this.#current = now;
  }

  /** How many timers are armed. */
  get armed(): number {
    return this.#armed;
  }

  /** Arms timer `id`, or moves it: it fires at `deadline`, at the next tick when that is past. Less than 2^30 ticks (12 days) ahead. */
  set(id: number, deadline: Ticks): void {
    if (id >= this.#slot.length) this.#grow(id + 1);
    const due = ((deadline - this.#current) | 0) <= 0 ? (this.#current + 1) | 0 : deadline;
    this.#deadline[id] = due;
    if (this.#slot[id] === NONE) this.#armed++;
    else if (((due - this.#comesUp[id]!) | 0) >= 0) return;
    else this.#unlink(id);
    this.#file(id, due);
  }

  /** Disarms timer `id`; nothing happens when it is not armed. */
  clear(id: number): void {
    if (id >= this.#slot.length || this.#slot[id] === NONE) return;
    this.#unlink(id);
    this.#armed--;
    if (this.#armed === 0) this.#nextIs = 'nothing';
  }

  /** The tick at which `advance` may have something to do: never later than the first deadline, sometimes earlier. NO_TICK when nothing is armed. */
  nextTick(): Ticks | typeof NO_TICK {
    if (this.#nextIs === 'nothing') return NO_TICK;
    if (this.#nextIs === 'unknown') {
      this.#next = this.#search();
      this.#nextIs = 'bound';
    }
    return this.#next;
  }

  /** Moves on to tick `now` and calls `fired` for every timer whose deadline has come, in order of ticks; each is disarmed before its call, which may arm it again. */
  advance(now: Ticks, fired: (id: number) => void): void {
    for (let next = this.nextTick(); next !== NO_TICK && ((now - next) | 0) >= 0; next = this.nextTick()) {
      this.#current = next;
      this.#nextIs = 'unknown';
      for (let level = 0; level < LEVELS; level++) {
        if (level > 0 && (next & ((1 << (BITS * level)) - 1)) !== 0) continue;
        this.#open(level * SLOTS + ((next >>> (BITS * level)) & (SLOTS - 1)), fired);
      }
      if (this.#armed === 0) this.#nextIs = 'nothing';
    }
    if (((now - this.#current) | 0) > 0) this.#current = now;
  }

  /** Empties a slot: what is due fires, the rest is filed nearer. */
  #open(slot: number, fired: (id: number) => void): void {
    let id = this.#heads[slot]!;
    this.#heads[slot] = NONE;
    this.#occupied[slot >>> 5]! &= ~(1 << (slot & 31));
    // The list is newest first; it is turned round, so that equal deadlines fire in the order they were filed. What is in it counts as
    // standing in the slot OPENED meanwhile: a call that disarms or moves one of the rest finds it there.
    this.#opened = NONE;
    while (id !== NONE) {
      const after = this.#following[id]!;
      this.#following[id] = this.#opened;
      this.#preceding[id] = NONE;
      if (this.#opened !== NONE) this.#preceding[this.#opened] = id;
      this.#slot[id] = OPENED;
      this.#opened = id;
      id = after;
    }
    while (this.#opened !== NONE) {
      const each = this.#opened;
      this.#unlink(each);
      if (((this.#deadline[each]! - this.#current) | 0) > 0) this.#file(each, this.#deadline[each]!);
      else {
        this.#armed--;
        fired(each);
      }
    }
  }

  #file(id: number, due: Ticks): void {
    const ahead = (due - this.#current) | 0;
    let level = 0;
    while (level < LEVELS - 1 && ahead >= 1 << (BITS * (level + 1))) level++;
    const slot = level * SLOTS + ((due >>> (BITS * level)) & (SLOTS - 1));
    const head = this.#heads[slot]!;
    this.#following[id] = head;
    this.#preceding[id] = NONE;
    if (head !== NONE) this.#preceding[head] = id;
    this.#heads[slot] = id;
    this.#slot[id] = slot;
    this.#occupied[slot >>> 5]! |= 1 << (slot & 31);
    const comesUp = level === 0 ? due : due & ~((1 << (BITS * level)) - 1);
    this.#comesUp[id] = comesUp;
    if (this.#nextIs === 'nothing' || (this.#nextIs === 'bound' && ((comesUp - this.#next) | 0) < 0)) {
      this.#next = comesUp;
      this.#nextIs = 'bound';
    }
  }

  #unlink(id: number): void {
    const slot = this.#slot[id]!;
    const following = this.#following[id]!;
    const preceding = this.#preceding[id]!;
    if (following !== NONE) this.#preceding[following] = preceding;
    if (preceding !== NONE) this.#following[preceding] = following;
    else if (slot === OPENED) this.#opened = following;
    else {
      this.#heads[slot] = following;
      if (following === NONE) this.#occupied[slot >>> 5]! &= ~(1 << (slot & 31));
    }
    this.#slot[id] = NONE;
  }

  /** The first tick after the current one at which a slot with something in it comes up. */
  #search(): Ticks | typeof NO_TICK {
    let best: number = NO_TICK;
    for (let level = 0; level < LEVELS; level++) {
      const shift = BITS * level;
      const here = (this.#current >>> shift) & (SLOTS - 1);
      const steps = this.#stepsFrom(level, here);
      if (steps === 0) continue;
      // The beginning of the block of ticks that the slot stands for; the block `steps` further than the current one.
      const comesUp = (((this.#current >>> shift) + steps) << shift) | 0;
      if (best === NO_TICK || ((comesUp - best) | 0) < 0) best = comesUp;
    }
    return best;
  }

  /** How many slots after `here` (1 to 256: itself, a turn later) the first occupied one of a ring is; 0 when there is none. */
  #stepsFrom(level: number, here: number): number {
    const words = SLOTS / 32;
    const first = level * words;
    const start = (here + 1) & (SLOTS - 1);
    for (let i = 0; i <= words; i++) {
      const word = ((start >>> 5) + i) & (words - 1);
      let bits = this.#occupied[first + word]!;
      if (i === 0) bits &= -1 << (start & 31);
      else if (i === words) bits &= ~(-1 << (start & 31));
      if (bits === 0) continue;
      const slot = word * 32 + (31 - Math.clz32(bits & -bits));
      return ((slot - start) & (SLOTS - 1)) + 1;
    }
    return 0;
  }

  #grow(needed: number): void {
    let size = Math.max(64, this.#slot.length);
    while (size < needed) size *= 2;
    const grown = (old: Int32Array, filler: number): Int32Array<ArrayBuffer> => {
      const array = new Int32Array(size).fill(filler);
      array.set(old);
      return array;
    };
    this.#following = grown(this.#following, NONE);
    this.#preceding = grown(this.#preceding, NONE);
    this.#slot = grown(this.#slot, NONE);
    this.#comesUp = grown(this.#comesUp, 0);
    this.#deadline = grown(this.#deadline, 0);
  }
}
