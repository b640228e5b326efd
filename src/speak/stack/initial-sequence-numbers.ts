/** Where a connection's sequence numbers and timestamps begin. Read first: RFC 9293 §3.4.1, RFC 6528 §3. Not here: SYN cookies, which are such numbers too (syn-cookies.ts). */
import type { Random } from '../../core/random.ts';
import { drawKey, highHalf, type SipKey, sipHash } from '../../core/siphash.ts';
import type { Micros } from '../../core/time.ts';
import { type Connection, KEY_WORDS_6, writeKey } from './connection.ts';

/** Microseconds in a step of the clock in initial sequence numbers (RFC 9293 §3.4.1). */
const STEP = 4;

/** How far beyond an old connection's last number its successor begins when the clock is not there yet: more than a window without scaling. */
const BEYOND = 65_537;

/** A host's initial sequence numbers. */
export class InitialSequenceNumbers {
  readonly #secret: SipKey;
  /** Another, for flow labels: what everybody on the way sees must not tell of the first. */
  readonly #labels: SipKey;
  readonly #key = new Int32Array(KEY_WORDS_6);

  constructor(random: Random) {
    //= RFC 9293 §3.4.1 MUST-9: without the key nobody works them out
    this.#secret = drawKey(random);
    this.#labels = drawKey(random);
  }

  /**
   * The ISS of a connection that begins now: a clock of 4 microseconds, and for each pair of ends a beginning that nobody guesses. Sets the offset of its
   * timestamps.
   * @param predecessor the connection between the same ends that it follows out of TIME-WAIT
   */
  //= RFC 9293 §3.4.1 SHLD-1
  //= RFC 6528 §3
  choose(connection: Connection, now: Micros, predecessor?: Connection): number {
    const { localAddress, remoteAddress, tcb } = connection;
    const words = writeKey(this.#key, localAddress, remoteAddress, tcb.localPort, tcb.remotePort);
    //= RFC 6437 §3: the same for all packets of the connection, and not to be guessed
    if (typeof localAddress === 'object') connection.flowLabel = sipHash(this.#labels, this.#key, words) & 0xfffff || 1;
    const hash = sipHash(this.#secret, this.#key, words);
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
