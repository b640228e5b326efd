/** Where a connection's sequence numbers and timestamps begin. Read first: RFC 9293 §3.4.1, RFC 6528 §3. Not here: SYN cookies, which are such numbers too (syn-cookies.ts). */
import type { Random } from '../../core/random.ts';
import { drawKey, highHalf, type SipKey, sipHash } from '../../core/siphash.ts';
import type { Micros } from '../../core/time.ts';
import { type Connection, KEY_WORDS, writeKey } from './connection.ts';

/** Microseconds in a step of the clock in initial sequence numbers (RFC 9293 §3.4.1). */
const STEP = 4;

/** How far beyond an old connection's last number its successor begins when the clock is not there yet: more than a window without scaling. */
const BEYOND = 65_537;

/** A host's initial sequence numbers. */
export class InitialSequenceNumbers {
  readonly #secret: SipKey;
  readonly #key = new Int32Array(KEY_WORDS);

  constructor(random: Random) {
    //= RFC 9293 §3.4.1 MUST-9: without the key nobody works them out
    this.#secret = drawKey(random);
  }

  /**
   * The ISS of a connection that begins now: a clock of 4 microseconds, and for each pair of ends a beginning that nobody guesses. Sets the offset of its
   * timestamps.
   * @param predecessor the connection between the same ends that it follows out of TIME-WAIT
   */
  //= RFC 9293 §3.4.1 SHLD-1
  //= RFC 6528 §3
  choose({ localAddress, remoteAddress, tcb }: Connection, now: Micros, predecessor?: Connection): number {
    writeKey(this.#key, localAddress, remoteAddress, tcb.localPort, tcb.remotePort);
    const hash = sipHash(this.#secret, this.#key, KEY_WORDS);
    //= RFC 7323 §7.1: the clock of the timestamps option begins elsewhere for each pair of ends
    tcb.ts.offset = highHalf();
    //= RFC 9293 §3.4.1 MUST-8
    const iss = (Math.floor(now / STEP) + hash) | 0;
    if (predecessor === undefined) return iss;
    //= RFC 9293 §3.6.1 MAY-2: (1)
    const last = predecessor.tcb.snd.nxt;
    return ((iss - last) | 0) > 0 ? iss : (last + BEYOND) | 0;
  }
}
