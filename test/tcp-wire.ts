/** Two connections joined by a wire that can be watched and cut, for tests of a connection without a host. Time is the test's. */
import { PagePool } from '../src/core/pages.ts';
import type { Micros } from '../src/core/time.ts';
import {
  type ConnectionSettings,
  changedSettings,
  codepoint,
  DEFAULT_SETTINGS,
  type IncomingSegment,
  makeIncomingSegment,
  makeTcb,
  makeTcpCounters,
  nextSegment,
  nextTimeout,
  open,
  readSegment,
  receive,
  segmentArrives,
  type Tcb,
  timeout,
} from '../src/speak/tcp/index.ts';
import * as tcp from '../src/wire/tcp.ts';

const flagText = (flags: number): string =>
  [...'FSRPAUEC']
    .filter((_, bit) => flags & (1 << bit))
    .join('')
    .replace(/^$/, '-');

/** The wire. Each line of its log is a segment: direction, flags, relative number, octets, acknowledgment. */
export class Wire {
  now: Micros = 0;
  readonly log: string[] = [];
  readonly pages: PagePool = new PagePool(1 << 22);
  readonly a: Tcb;
  readonly b: Tcb;
  /** Answers whether a segment is lost. */
  lose: (line: string) => boolean = () => false;
  readonly #frame: { view: DataView; bytes: Uint8Array };
  readonly #segment: IncomingSegment = makeIncomingSegment();
  /** Sees each segment before it arrives or is lost; may mark it. */
  watch: (segment: IncomingSegment, from: Tcb) => void = () => {};

  constructor(a: Partial<ConnectionSettings> = {}, b: Partial<ConnectionSettings> = {}, mss = 1460) {
    this.a = makeTcb(34348, 7456, mss, changedSettings(DEFAULT_SETTINGS, a), this.pages, makeTcpCounters());
    this.b = makeTcb(7456, 34348, mss, changedSettings(DEFAULT_SETTINGS, b), this.pages, makeTcpCounters());
    const bytes = new Uint8Array(2048);
    this.#frame = { bytes, view: new DataView(bytes.buffer) };
  }

  /** Carries one segment from `from`, if it has one. */
  step(from: Tcb): boolean {
    const length = nextSegment(from, this.now, this.#frame, 0, 1500);
    if (length === 0) return false;
    const to = from === this.a ? this.b : this.a;
    readSegment(this.#frame, 0, length, this.#segment);
    this.#segment.typeOfService = codepoint(from);
    const { flags, dataLength, seq, ack } = this.#segment;
    const [mine, other] = from === this.a ? [this.a, this.b] : [this.b, this.a];
    const line = `${from === this.a ? '>' : '<'} ${flagText(flags)} ${(seq - mine.iss) >>> 0}(${dataLength})${flags & tcp.ACK ? ` ack ${(ack - other.iss) >>> 0}` : ''}`;
    this.log.push(line);
    this.watch(this.#segment, from);
    if (!this.lose(line)) segmentArrives(to, this.#segment, this.now);
    return true;
  }

  /** Until both are silent. */
  settle(): void {
    for (let i = 0; i < 10_000; i++) if (!this.step(this.a) && !this.step(this.b)) return;
    throw new Error(`never silent: ${this.log.slice(-6).join(' | ')}`);
  }

  /** Lets time pass, timers included, until `until` or until nothing is armed. */
  pass(duration: Micros): void {
    const until = this.now + duration;
    for (;;) {
      this.settle();
      const next = Math.min(nextTimeout(this.a, this.now), nextTimeout(this.b, this.now));
      if (next > until) break;
      this.now = next;
      timeout(this.a, this.now);
      timeout(this.b, this.now);
    }
    this.now = until;
  }

  handshake(): this {
    open(this.b, 'passive', 1_000_000, this.now);
    open(this.a, 'active', -5, this.now);
    this.settle();
    this.log.length = 0;
    return this;
  }
}

/** Octets of a text. */
export const text = (s: string): Uint8Array => new TextEncoder().encode(s);
/** All that waits to be read. */
export const read = (tcb: Tcb, now = 0): string => {
  const into = new Uint8Array(tcb.readable);
  receive(tcb, into, 0, into.length, now);
  return new TextDecoder().decode(into);
};
