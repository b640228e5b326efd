/**
 * A sender that counts segments, and what its peer says of them, without a connection around it: for tests of loss recovery. Segments have 1,000 octets and are called by their numbers, the first 0;
 * half of one is 0.5. Time is the test's.
 */
import { PagePool } from '../src/core/pages.ts';
import { after, latest, type Seq } from '../src/core/sequence.ts';
import { MILLISECOND, type Micros } from '../src/core/time.ts';
import {
  type Choices,
  changedSettings,
  DEFAULT_SETTINGS,
  type IncomingSegment,
  LINUX_CHOICES,
  makeIncomingSegment,
  makeTcb,
  makeTcpCounters,
  type Tcb,
} from '../src/speak/tcp/index.ts';
import { type Heard, SegmentRecovery } from '../src/speak/tcp/recovery/segment-recovery.ts';
import { tsval } from '../src/speak/tcp/timestamp-clock.ts';

const MSS = 1_000;

/** Near the end of the numbers: the third segment begins beyond it. */
const FIRST: Seq = 0x7fff_f830;

/** What a flight begins with. */
export interface FlightOptions {
  /** Whether SACK and timestamps are agreed; defaults true and false. */
  sack?: boolean;
  timestamps?: boolean;
  /** The round trip that is known, and the shortest that there was, in milliseconds; defaults 100, and the same. */
  trip?: number;
  shortest?: number;
  /** The peer's window in segments; default 1,000. */
  room?: number;
  /** Whether the SYN was lost; default false. */
  synLost?: boolean;
  /** What is chosen otherwise than for Linux with Reno. */
  choices?: Partial<Choices>;
}

/** What an acknowledgment has beside its number. */
export interface Word {
  /** SACK blocks: the first segment of each, and the first behind it. */
  readonly sacks?: readonly (readonly [number, number])[];
  /** Whether the mark of congestion is echoed. */
  readonly marked?: boolean;
  /** Whether it brings octets or another window, and so is no duplicate. */
  readonly renews?: boolean;
  /** When what it echoes was sent. */
  readonly echoes?: Micros;
  /** Octets that come with it. */
  readonly octets?: number;
}

/** The sender. */
export class Flight {
  readonly tcb: Tcb;
  readonly recovery: SegmentRecovery;
  now: Micros = 0;
  readonly #segment: IncomingSegment = makeIncomingSegment();

  constructor({
    sack = true,
    timestamps = false,
    trip = 100,
    shortest = trip,
    room = 1_000,
    synLost = false,
    choices,
  }: FlightOptions = {}) {
    const settings = changedSettings(DEFAULT_SETTINGS, { choices: { ...LINUX_CHOICES, cubic: false, ...choices } });
    const tcb = makeTcb(1, 2, MSS, settings, new PagePool(1 << 16), makeTcpCounters());
    Object.assign(tcb.snd, { una: FIRST, nxt: FIRST, end: FIRST, mss: MSS, wnd: room * MSS });
    tcb.sack = sack;
    tcb.ts.on = timestamps;
    // An echo of 0 is none.
    tcb.ts.offset = 1_000;
    Object.assign(tcb.rtt, { shortest: shortest * MILLISECOND, srtt: trip * MILLISECOND, rto: 2 * trip * MILLISECOND });
    this.tcb = tcb;
    this.recovery = new SegmentRecovery(tcb, synLost, 0);
  }

  /** The number at which a segment begins. */
  at(segment: number): Seq {
    return (FIRST + segment * MSS) | 0;
  }

  /** The number of the next new segment. */
  get next(): number {
    return ((this.tcb.snd.nxt - FIRST) | 0) / MSS;
  }

  /** Lets so many milliseconds pass. */
  pass(milliseconds: number): this {
    this.now += milliseconds * MILLISECOND;
    return this;
  }

  /** So many segments more are there to be sent. */
  queue(count: number): this {
    const { snd } = this.tcb;
    snd.end = (snd.end + count * MSS) | 0;
    return this;
  }

  /** New segments go. */
  send(count: number): this {
    const { snd } = this.tcb;
    const from = snd.nxt;
    snd.nxt = (from + count * MSS) | 0;
    snd.end = latest(snd.end, snd.nxt);
    this.recovery.sent(this.tcb, from, snd.nxt, MSS, this.now);
    return this;
  }

  /** What is to go again goes, as far as it may: the numbers of those segments. */
  repeat(): number[] {
    const { tcb, recovery, now } = this;
    const { resend } = tcb;
    const gone: number[] = [];
    while (resend.allowed > 0) {
      const { next, end, why } = resend;
      gone.push(((next - FIRST) | 0) / MSS);
      tcb.why = why;
      tcb.counts.retransmitted++;
      recovery.sentAgain(tcb, next, end, now);
    }
    return gone;
  }

  /** The last segment goes again as a tail loss probe. */
  probe(): this {
    const { tcb, recovery, now } = this;
    tcb.probe = { to: tcb.snd.nxt, again: true };
    tcb.counts.retransmitted++;
    recovery.probed(this.at(this.next - 1), this.at(this.next), now);
    return this;
  }

  /** All before `segment` is acknowledged. */
  hear(segment: number, { sacks = [], marked = false, renews = false, echoes, octets = 0 }: Word = {}): Heard {
    const { tcb, recovery, now } = this;
    const { una } = tcb.snd;
    const heard = this.#segment;
    heard.ack = this.at(segment);
    heard.dataLength = octets;
    heard.options.sackCount = sacks.length;
    sacks.flat().forEach((end, i) => {
      heard.options.sackBlocks[i] = this.at(end);
    });
    heard.options.timestamps = echoes !== undefined;
    heard.options.tsecr = echoes === undefined ? 0 : tsval(tcb, echoes);
    const advances = after(heard.ack, una);
    if (advances) tcb.snd.una = heard.ack;
    return recovery.heard(tcb, heard, una, renews || advances, marked, now);
  }

  /** The retransmission timer expires, for the `times`th time in a row. */
  timeout(times = 1): this {
    this.recovery.timedOut(this.tcb, times, this.now);
    return this;
  }

  /** The time has passed for which segments may be late. */
  late(): this {
    this.recovery.lateTimeout(this.tcb, this.now);
    return this;
  }

  /** Segments in flight that the peer has, that are lost, and that go again. */
  get counts(): { unacknowledged: number; sacked: number; lost: number; again: number } {
    const { unacknowledged, sacked, lost, again } = this.recovery;
    return { unacknowledged, sacked, lost, again };
  }
}
