/**
 * SYN cookies: the answer to a SYN that a listener has no room to remember. Everything the handshake's third segment must bring back is in its
 * numbers: in the initial sequence number when it was given, the peer's MSS and a keyed hash of it all; in the timestamp, which the
 * peer echoes, the options that were agreed on. Not here: queues (listener.ts), and the sending (handshakes.ts).
 * Read first: RFC 4987 §3.6 and appendix A.
 *
 *   sequence number   5 bits when, in units of 64 s | 3 bits MSS | 24 bits hash
 *   timestamp         26 bits clock | ECN | SACK | 4 bits window scale
 *
 * The hash covers addresses, ports, the peer's first number, the time, the MSS and the options: nothing of it can be changed on the way back.
 */
import type { Random } from '../../core/random.ts';
import { drawKey, type SipKey, sipHash } from '../../core/siphash.ts';
import { type Micros, SECOND } from '../../core/time.ts';
import type { IpAddress } from '../../wire/ip-address.ts';
import * as wire from '../../wire/tcp.ts';
import * as tcp from '../tcp/index.ts';
import { KEY_WORDS_6, writeKey } from './connection.ts';

/** The sizes a cookie can tell: the default of RFC 9293, those of common links and tunnels, and jumbo frames. A peer gets the largest that it can take. */
const SIZES: readonly number[] = [64, 536, 1_024, 1_220, 1_360, 1_440, 1_460, 8_960];

/** A cookie's clock, and how many of its steps one lives: it is taken for 64 to 128 seconds. */
const STEP: Micros = 64 * SECOND;
const STEPS = 2;

/** How long a cookie is taken, at the least. */
export const COOKIE_LIFETIME: Micros = STEP * (STEPS - 1);

const HASH = 0xff_ffff;

/** Octets of a cookie in the timestamp: the low bits of its clock of milliseconds. */
const OPTION_BITS = 6;
const OPTIONS = (1 << OPTION_BITS) - 1;
const NO_SCALE = 15;
const SACK = 16;
const ECN = 32;

/** The most words that are hashed: both addresses, both ports, the peer's initial sequence number, the time, and what is in the cookie. */
const WORDS = KEY_WORDS_6 + 3;

/** Makes and reads a host's cookies. */
export class SynCookies {
  readonly #key: SipKey;
  readonly #words = new Int32Array(WORDS);
  readonly #syn: tcp.IncomingSegment = tcp.makeIncomingSegment();
  /** The time of the last cookie, in steps. */
  #latest = -STEPS;

  constructor(random: Random) {
    this.#key = drawKey(random);
  }

  /**
   * Answers the initial sequence number for the SYN in `segment`, and takes from `segment` what a cookie cannot tell, so that the SYN,ACK does not promise it.
   * Sets back the clock of `tcb`'s timestamps by less than 64 ms, to put the options there.
   * Undefined when the peer takes less than any cookie can tell.
   * @param tcb a connection that only lives to write the SYN,ACK; its `ts.offset` is set
   */
  bake(
    tcb: tcp.Tcb,
    segment: tcp.IncomingSegment,
    local: IpAddress,
    remote: IpAddress,
    now: Micros,
  ): number | undefined {
    const { options } = segment;
    const size = sizeFor(options.mss);
    if (size < 0) return undefined;
    let bits = 0;
    if (options.timestamps && tcb.options.timestamps) {
      const ecn = (segment.flags & (wire.ECE | wire.CWR)) === (wire.ECE | wire.CWR);
      const scale = options.windowScale < 0 ? NO_SCALE : Math.min(options.windowScale, tcp.MAX_SCALE);
      bits = scale | (options.sackPermitted ? SACK : 0) | (ecn ? ECN : 0);
      const clock = tcp.tsval(tcb, now);
      // Never ahead of the clock: a later segment must not seem older.
      const back = (clock - bits) & OPTIONS;
      tcb.ts.offset = (tcb.ts.offset - back) | 0;
    } else {
      options.windowScale = -1;
      options.sackPermitted = false;
      segment.flags &= ~(wire.ECE | wire.CWR);
    }
    options.mss = SIZES[size]!;
    const step = Math.floor(now / STEP);
    this.#latest = step;
    return this.#cookie(segment, local, remote, segment.seq, step, size, bits);
  }

  /**
   * The SYN that was answered by the cookie which `segment` acknowledges; undefined when it acknowledges none of ours, or one too old.
   * The object is filled again by the next call.
   */
  recall(
    segment: tcp.IncomingSegment,
    local: IpAddress,
    remote: IpAddress,
    now: Micros,
  ): tcp.IncomingSegment | undefined {
    const current = Math.floor(now / STEP);
    if (current - this.#latest >= STEPS) return undefined;
    const cookie = (segment.ack - 1) | 0;
    const age = (current - (cookie >>> 27)) & 31;
    if (age >= STEPS) return undefined;
    const { options } = segment;
    const bits = options.timestamps ? options.tsecr & OPTIONS : 0;
    const irs = (segment.seq - 1) | 0;
    const size = (cookie >>> 24) & 7;
    if (this.#cookie(segment, local, remote, irs, current - age, size, bits) !== cookie) return undefined;
    const syn = this.#syn;
    syn.sourcePort = segment.sourcePort;
    syn.destinationPort = segment.destinationPort;
    syn.seq = irs;
    syn.length = 1;
    syn.flags = wire.SYN | (bits & ECN ? wire.ECE | wire.CWR : 0);
    // The window of the SYN is forgotten; that of the acknowledgment comes next.
    syn.window = 0;
    syn.options.mss = SIZES[size]!;
    syn.options.timestamps = options.timestamps;
    syn.options.tsval = options.tsval;
    syn.options.sackPermitted = (bits & SACK) !== 0;
    const scale = bits & NO_SCALE;
    syn.options.windowScale = !options.timestamps || scale === NO_SCALE ? -1 : scale;
    return syn;
  }

  #cookie(
    segment: tcp.IncomingSegment,
    local: IpAddress,
    remote: IpAddress,
    irs: number,
    step: number,
    size: number,
    bits: number,
  ): number {
    const words = this.#words;
    let count = writeKey(words, local, remote, segment.destinationPort, segment.sourcePort);
    words[count++] = irs;
    words[count++] = step;
    words[count++] = (size << OPTION_BITS) | bits;
    return (step << 27) | (size << 24) | (sipHash(this.#key, words, count) & HASH);
  }
}

/** The place in SIZES of the largest that is no more than `mss`, of the default when it is -1, unsaid; -1 when all are more. */
function sizeFor(mss: number): number {
  if (mss < 0) return SIZES.indexOf(536);
  let size = SIZES.length - 1;
  while (size >= 0 && SIZES[size]! > mss) size--;
  return size;
}
