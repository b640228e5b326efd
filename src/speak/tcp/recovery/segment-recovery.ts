/**
 * Loss recovery and the congestion window counted in segments, as Linux does both: what is lost RACK says (or, without SACK, duplicates), by how much the window comes down in recovery PRR does, and what turns
 * out to have been no loss is taken back. Only where it was chosen (`countsSegments`); the stack's own is congestion/reno.ts. Read first: RFC 8985 §6, RFC 6937 §3, RFC 5682 §3.1, RFC 5681 §3.
 *
 *   OPEN ── something beyond a hole, or sent again ──▶ DISORDER ── a loss ──▶ RECOVERY ── all acknowledged ──▶ OPEN
 *     └───── a mark of congestion ──▶ REDUCED            any ── a timeout ──▶ LOSS ──────────────────────────▶ OPEN
 */
import { larger, smaller } from '../../../core/least.ts';
import { after, before, distance, type Seq } from '../../../core/sequence.ts';
import type { Micros } from '../../../core/time.ts';
import { DUPLICATES, INFINITE_THRESHOLD } from '../congestion/reno.ts';
import { SegmentWindow } from '../congestion/segment-window.ts';
import { reduced } from '../ecn.ts';
import type { IncomingSegment } from '../segment.ts';
import type { Tcb } from '../tcb.ts';
import { Arrivals, newTold, type Told } from './arrivals.ts';
import { CLOCKS } from './rack.ts';
import { Reversal } from './reversal.ts';
import type { Flying } from './scoreboard.ts';

/** What recovery is about; Linux's numbers (tcpi_ca_state). */
export const PHASE = { OPEN: 0, DISORDER: 1, REDUCED: 2, RECOVERY: 3, LOSS: 4 } as const;

type Phase = (typeof PHASE)[keyof typeof PHASE];

/** What follows an acknowledgment. */
export interface Heard {
  /** Whether the retransmission timer begins anew. */
  readonly rearms: boolean;
  /** Whether the peer has thrown away what it had told of. */
  readonly reneged: boolean;
  /** How long segments that may only be late are waited for from now on; 0: it tells nothing of such. */
  readonly wait: Micros;
  /** When something was sent that it tells of, and that was sent once. */
  readonly sentAt: Micros | undefined;
}

/** Loss recovery of one connection. */
export class SegmentRecovery {
  readonly #reversal = new Reversal();
  readonly #arrivals = new Arrivals(this.#reversal);
  readonly #board = this.#arrivals.board;
  readonly #rack = this.#arrivals.rack;
  readonly #window: SegmentWindow;
  phase: Phase = PHASE.OPEN;
  /** Segments that have arrived as acknowledgments told that echoed a mark. */
  deliveredMarked = 0;
  /** What was sent when recovery, reduction or loss began. */
  #until: Seq = 0;
  /** A timeout may have been a mistake (F-RTO), and new octets are to tell. */
  #suspects = false;
  #newFirst = false;
  /** The timer of the tail loss probe runs for segments that may only be late: so long. */
  waitsForLate = false;
  wait: Micros = 0;
  /** When the last acknowledgment came, a little later than those before it at the same moment: what was sent between them lies between them. */
  #last: Micros = 0;
  /** When something was last sent. */
  #lastSent: Micros = 0;

  /** @param synLost whether the SYN was lost: see SegmentWindow */
  constructor(tcb: Tcb, synLost: boolean, now: Micros) {
    this.#window = new SegmentWindow(synLost, tcb.snd.una, now);
    this.plan(tcb);
  }

  /** The congestion window and where slow start ends, in segments. */
  get window(): number {
    return this.#window.size;
  }

  get threshold(): number {
    return this.#window.threshold;
  }

  /** So many segments may come late by others; how often any has; how many are known to have arrived. */
  get reordering(): number {
    return this.#arrivals.reordering;
  }

  get reordered(): number {
    return this.#arrivals.reordered;
  }

  get delivered(): number {
    return this.#arrivals.delivered;
  }

  /** Segments that are not acknowledged; of them those that have arrived, are lost, go again. */
  get unacknowledged(): number {
    return this.#board.count;
  }

  get sacked(): number {
    return this.#board.sacked + this.#arrivals.duplicates;
  }

  get lost(): number {
    return this.#board.lost;
  }

  get again(): number {
    return this.#board.again;
  }

  #inFlight(): number {
    return this.#board.inFlight - this.#arrivals.duplicates;
  }

  #reduces(): boolean {
    return this.phase === PHASE.REDUCED || this.phase === PHASE.RECOVERY;
  }

  #later(now: Micros): Micros {
    this.#last = now > this.#last ? now : this.#last + INSTANT;
    return this.#last;
  }

  /** New segments have gone, `[from, end)`, each of `length` octets at the most. */
  sent(tcb: Tcb, from: Seq, end: Seq, length: number, now: Micros): void {
    if (this.#inFlight() <= 0) this.#window.resume(now - this.#lastSent, now);
    this.#lastSent = now;
    for (let at = from; before(at, end); ) {
      const next = distance(end, at) > length + 1 ? (at + length) | 0 : end;
      this.#board.add(at, next, larger(now, this.#last));
      this.#window.sent();
      at = next;
    }
    this.#validate(tcb, this.#inFlight() >= this.window, now);
    this.plan(tcb);
  }

  /** A segment has gone again, up to `next`. Answers whether the retransmission timer begins anew. */
  sentAgain(tcb: Tcb, from: Seq, next: Seq, now: Micros): boolean {
    const segment = this.#find(from);
    if (segment === undefined) return false;
    if (before(next, segment.end)) this.#board.split(segment, next);
    this.#lastSent = now;
    this.#reversal.repeat(now);
    this.#board.repeat(segment, larger(now, this.#last));
    this.#window.sent();
    this.plan(tcb);
    return segment === this.#board.at(0) && !this.waitsForLate && tcb.why !== 'retransmission timeout';
  }

  /** The end of what was sent has gone again as a tail loss probe, or as much of it as the window takes, up to `next`. */
  probed(from: Seq, next: Seq, now: Micros): void {
    const segment = this.#find(from);
    if (segment === undefined) return;
    if (from === segment.from && before(from, next) && before(next, segment.end)) this.#board.split(segment, next);
    this.#lastSent = now;
    segment.repeated = true;
    segment.at = larger(now, this.#last);
  }

  #find(from: Seq): Flying | undefined {
    let i = 0;
    let segment = this.#board.at(0);
    while (segment !== undefined && !before(from, segment.end)) segment = this.#board.at(++i);
    return segment === undefined || before(from, segment.from) ? undefined : segment;
  }

  /**
   * An acknowledgment has come, when `una` was SND.UNA: takes note of what it tells, finds losses, and sets the window.
   * @param renews whether the segment tells the window anew, as each does that acknowledges something new
   */
  heard(tcb: Tcb, segment: IncomingSegment, una: Seq, renews: boolean, marked: boolean, time: Micros): Heard {
    const now = this.#later(time);
    const { ack, dataLength } = segment;
    const { snd, sack } = tcb;
    const told = newTold(after(ack, una), dataLength > 0 || renews, marked, this.#until, snd.nxt);
    const { delivered } = this;
    const highest = sack ? this.#board.highest(una) : una;
    const nothingOut = this.#board.count === 0;
    this.#newFirst = false;
    if (sack) {
      this.#arrivals.takeBlocks(tcb, segment, una, told, now);
      if (this.phase !== PHASE.LOSS || this.#reversal.isPossible)
        this.#arrivals.overtook(tcb, told.overtaken, this.#board.highest(snd.una));
    }
    if (nothingOut) {
      if (told.twice) this.#alert(tcb, told, una, 0, segment, now);
      this.#probeAnswered(tcb, ack, told);
      this.plan(tcb);
      return { rearms: false, reneged: false, wait: 0, sentAt: undefined };
    }
    if (!before(ack, una)) {
      this.#arrivals.takeAcknowledged(tcb, segment, told, highest, now);
      if (told.acked > 0 || told.sacked) this.#rack.adapt(now);
      if (told.newestAt !== undefined && tcb.options.choices.cubic)
        this.#window.timed(now - told.newestAt, ack, snd.nxt, now);
      this.#probeAnswered(tcb, ack, told);
    }
    told.reneged = told.advanced && this.#board.at(0)?.sacked === true;
    const dubious = !told.notDuplicate || told.sacked || told.marked || told.twice || this.phase !== PHASE.OPEN;
    if (dubious) {
      const duplicate = !told.advanced && !told.notDuplicate && !told.twice && !before(ack, una);
      this.#alert(tcb, told, una, duplicate ? 1 : 0, segment, now);
    }
    const arrived = this.delivered - delivered;
    if (marked) this.deliveredMarked += arrived;
    // One that others have overtaken says nothing of the window.
    if (!before(ack, una)) this.#setWindow(tcb, told, arrived, told.advanced && !told.lost, now);
    if (distance(snd.end, snd.nxt) > 0 && this.#inFlight() >= this.window) this.#validate(tcb, true, now);
    this.plan(tcb);
    // The timers begin anew, and with them what is waited for.
    if (told.rearms || told.reneged) this.waitsForLate = false;
    const sentAt = told.ackedAgain ? told.sackedAt : (told.acknowledgedAt ?? told.sackedAt);
    return { rearms: told.rearms, reneged: told.reneged, wait: told.wait, sentAt };
  }

  /** `arrived` more segments have arrived; `mends` says whether SND.UNA has moved, and no more is lost. */
  #setWindow({ options, rtt }: Tcb, told: Told, arrived: number, mends: boolean, now: Micros): void {
    if (this.#reduces()) this.#window.reduce(arrived, mends, this.#inFlight());
    else if (told.acked > 0 || (told.sacked && this.reordering > DUPLICATES))
      this.#window.grow(arrived, options.choices.cubic, now, rtt.shortest);
  }

  /** RFC 8985 §7.4.2: whether what a tail loss probe repeated was lost. */
  #probeAnswered(tcb: Tcb, ack: Seq, told: Told): void {
    const { probe } = tcb;
    if (probe === undefined || before(ack, probe.to)) return;
    if (!probe.again || told.twiceOfProbe) tcb.probe = undefined;
    else if (after(ack, probe.to)) {
      this.#beginReduction(tcb);
      this.phase = PHASE.REDUCED;
      this.#endReduction();
      this.#keepOpen();
    } else if (!told.advanced && !told.notDuplicate && !told.sacked) tcb.probe = undefined;
  }

  /** Something is not as it should be. */
  #alert(tcb: Tcb, told: Told, una: Seq, duplicates: number, segment: IncomingSegment, now: Micros): void {
    const { snd, sack } = tcb;
    if (told.marked) this.#reversal.threshold = 0;
    if (told.reneged) {
      told.rearms = false;
      return;
    }
    if (!before(snd.una, this.#until)) {
      if (this.phase === PHASE.REDUCED && snd.una !== this.#until) {
        this.#endReduction();
        this.phase = PHASE.OPEN;
      } else if (this.phase === PHASE.RECOVERY) {
        this.#arrivals.duplicates = 0;
        if (this.#recovered(tcb, segment)) return;
        this.#endReduction();
      }
    }
    switch (this.phase) {
      case PHASE.RECOVERY:
        if (!told.advanced) {
          if (!sack) this.#arrivals.addDuplicates(duplicates);
        } else if (this.#undoPartly(tcb, una, segment)) return;
        if (this.#undoNeedless()) this.#toOpen(tcb, told);
        this.#findLosses(tcb, told, now);
        if ((this.phase as Phase) !== PHASE.RECOVERY) {
          if (this.#board.lost === 0) return;
          this.#enterRecovery(tcb, told.marked);
        }
        return;
      case PHASE.LOSS:
        this.#afterTimeout(tcb, told, duplicates, segment);
        this.#findLosses(tcb, told, now);
        if ((this.phase as Phase) !== PHASE.OPEN && !told.lostAgain) return;
        break;
      default:
    }
    if (!sack) {
      if (told.advanced) this.#arrivals.duplicates = 0;
      this.#arrivals.addDuplicates(duplicates);
    }
    if (this.phase <= PHASE.DISORDER) this.#undoNeedless();
    this.#findLosses(tcb, told, now);
    if (this.#board.lost === 0) this.#toOpen(tcb, told);
    else this.#enterRecovery(tcb, told.marked);
  }

  #findLosses(tcb: Tcb, told: Told, now: Micros): void {
    const board = this.#board;
    if (!tcb.sack) {
      const head = board.at(0)!;
      const duplicatesTell = this.phase < PHASE.RECOVERY && this.#arrivals.duplicates >= this.reordering;
      if ((duplicatesTell || (this.phase === PHASE.RECOVERY && told.advanced)) && !head.lost) {
        board.lose(head);
        told.lost = true;
      }
    } else if (this.#rack.advanced) {
      this.#rack.advanced = false;
      const { again, lost } = board;
      if (this.#detect(tcb, now)) {
        told.rearms = false;
        told.wait = this.wait;
      }
      if (board.again < again) told.lostAgain = true;
      told.lost = board.lost > lost || told.lostAgain;
    }
  }

  /** Marks what RACK takes for lost. Answers whether others may be, and are waited for. */
  #detect(tcb: Tcb, now: Micros): boolean {
    const wait = this.#rack.detect(this.#board, now, this.#allowance(tcb));
    this.waitsForLate = wait > 0;
    this.wait = wait + CLOCKS;
    return this.waitsForLate;
  }

  #allowance({ rtt }: Tcb): Micros {
    if (this.reordered === 0 && (this.phase >= PHASE.RECOVERY || this.sacked >= this.reordering)) return 0;
    return this.#rack.allowance(rtt.shortest, rtt.srtt);
  }

  /** Segments that may only have been late have had their time (RFC 8985 §6.3). */
  lateTimeout(tcb: Tcb, time: Micros): void {
    const now = this.#later(time);
    const before = this.#inFlight();
    this.#detect(tcb, now);
    if (before !== this.#inFlight() && this.phase !== PHASE.RECOVERY) {
      this.#enterRecovery(tcb, false);
      this.#window.reduce(1, false, this.#inFlight());
    }
    this.plan(tcb);
  }

  #toOpen(tcb: Tcb, told: Told): void {
    if (!this.#board.anyRepeated) this.#reversal.forgetRepetitions();
    if (told.marked) this.#enterReduced(tcb);
    if (this.phase !== PHASE.REDUCED) this.#keepOpen();
  }

  #keepOpen(): void {
    this.phase = this.sacked + this.lost > 0 || this.#board.anyRepeated ? PHASE.DISORDER : PHASE.OPEN;
  }

  #beginReduction(tcb: Tcb): void {
    this.#until = tcb.snd.nxt;
    tcb.probe = undefined;
    this.#window.congested(tcb.options.choices.cubic);
    reduced(tcb);
  }

  #endReduction(): void {
    if (this.phase === PHASE.REDUCED || this.#reversal.isPossible) this.#window.size = this.threshold;
  }

  #enterReduced(tcb: Tcb): void {
    if (this.phase >= PHASE.REDUCED) return;
    this.#reversal.end();
    this.#beginReduction(tcb);
    this.phase = PHASE.REDUCED;
  }

  /** What is needed to take back what comes now. */
  #rememberBefore(tcb: Tcb): void {
    this.#reversal.begin(tcb.snd.una, this.#board.again + (tcb.probe?.again === true ? 1 : 0));
  }

  #enterRecovery(tcb: Tcb, marked: boolean): void {
    this.#rememberBefore(tcb);
    if (!this.#reduces()) {
      if (!marked) this.#reversal.threshold = this.#window.bound;
      this.#beginReduction(tcb);
    }
    this.phase = PHASE.RECOVERY;
  }

  /** Whether a loss was none. */
  #wasNone(tcb: Tcb, segment: IncomingSegment): boolean {
    return this.#reversal.wasNeedless || this.#reversal.wasLate(tcb, segment, this.#until);
  }

  /** What came down goes up again. */
  #undo(): void {
    if (this.#reversal.threshold > 0) {
      this.#window.size = larger(this.window, this.#window.before);
      this.#window.threshold = larger(this.threshold, this.#reversal.threshold);
    }
    this.#reversal.end();
    this.#rack.advanced = true;
  }

  /** Without SACK recovery is not over before something beyond it is acknowledged (RFC 6582 §3.2). */
  #staysClosed(tcb: Tcb): boolean {
    if (tcb.sack || tcb.snd.una !== this.#until) return false;
    if (!this.#board.anyRepeated) this.#reversal.forgetRepetitions();
    return true;
  }

  /** All is acknowledged that recovery was for. Answers whether it goes on all the same. */
  #recovered(tcb: Tcb, segment: IncomingSegment): boolean {
    if (this.#wasNone(tcb, segment)) this.#undo();
    else this.#rack.recovered();
    const stays = this.#staysClosed(tcb);
    if (!stays) this.phase = PHASE.OPEN;
    return stays;
  }

  #undoPartly(tcb: Tcb, una: Seq, segment: IncomingSegment): boolean {
    if (!this.#reversal.wasLate(tcb, segment, this.#until)) return false;
    this.#arrivals.overtook(tcb, una, this.#board.highest(tcb.snd.una));
    const waits = this.#board.again > 0;
    if (!waits) {
      if (!this.#board.anyRepeated) this.#reversal.forgetRepetitions();
      this.#board.forgetLosses();
      this.#undo();
      this.#keepOpen();
    }
    return waits;
  }

  #undoNeedless(): boolean {
    if (!this.#reversal.wasNeedless) return false;
    this.#undo();
    return true;
  }

  #undoTimeout(tcb: Tcb, segment: IncomingSegment, certain: boolean): boolean {
    if (!certain && !this.#wasNone(tcb, segment)) return false;
    this.#board.forgetLosses();
    this.#undo();
    if (!this.#staysClosed(tcb) && (certain || tcb.sack)) this.phase = PHASE.OPEN;
    return true;
  }

  /** An acknowledgment has come after a timeout. New octets may have to tell whether that was a mistake. */
  #afterTimeout(tcb: Tcb, told: Told, duplicates: number, segment: IncomingSegment): void {
    const { snd, sack } = tcb;
    const recovered = !before(snd.una, this.#until);
    if (told.advanced && this.#undoTimeout(tcb, segment, false)) return;
    if (this.#suspects) {
      //= RFC 5682 §3.1: (3b), octets that were sent once have arrived
      if (told.original && this.#undoTimeout(tcb, segment, true)) return;
      if (after(snd.nxt, this.#until)) {
        if (told.sacked || duplicates > 0) this.#suspects = false;
      } else if (told.advanced && !recovered) {
        if (distance(snd.end, snd.nxt) > 0 && after((snd.una + snd.wnd) | 0, snd.nxt)) {
          this.#newFirst = true;
          return;
        }
        this.#suspects = false;
      }
    }
    if (recovered) this.#recovered(tcb, segment);
    else if (!sack) {
      if (after(snd.nxt, this.#until) && duplicates > 0) this.#arrivals.addDuplicates(duplicates);
      else if (told.advanced) this.#arrivals.duplicates = 0;
    }
  }

  /** The retransmission timer has expired, for the `times`th time in a row (RFC 6298 §5; RFC 5681 §3.1). */
  timedOut(tcb: Tcb, times: number, time: Micros): void {
    const now = this.#later(time);
    const { snd } = tcb;
    const board = this.#board;
    const fresh = this.phase < PHASE.RECOVERY;
    const disordered = this.phase <= PHASE.DISORDER;
    const arrived = this.sacked;
    const head = board.at(0);
    const reneged = head?.sacked === true;
    if (reneged) board.forgetArrivals();
    this.#arrivals.duplicates = 0;
    for (let i = 0, segment = head; segment !== undefined; segment = board.at(++i))
      if (segment === head || reneged || this.#rack.left(segment, now, 0) <= 0) board.lose(segment);
    if (disordered || !after(this.#until, snd.una) || (this.phase === PHASE.LOSS && times <= 1)) {
      this.#reversal.threshold = this.#window.bound;
      this.#window.congested(tcb.options.choices.cubic);
      this.#rememberBefore(tcb);
    }
    //= RFC 9438 §4.8: what CUBIC knew of the way is forgotten at each timeout
    this.#window.forget(snd.nxt, now);
    this.#window.size = this.#inFlight() + 1;
    if (disordered && arrived >= DUPLICATES) this.#arrivals.reordering = smaller(this.reordering, DUPLICATES);
    this.phase = PHASE.LOSS;
    this.#until = snd.nxt;
    tcb.probe = undefined;
    this.waitsForLate = false;
    this.#newFirst = false;
    this.#suspects = fresh || times > 1;
    reduced(tcb);
    this.plan(tcb);
    tcb.resend.why = 'retransmission timeout';
  }

  /** Segments of more than `mss` octets are lost, as a router has said (RFC 1191 §6.3): the window stays. */
  shortened(tcb: Tcb, mss: number, time: Micros): void {
    const now = this.#later(time);
    const board = this.#board;
    for (let i = 0, segment = board.at(0); segment !== undefined; segment = board.at(++i))
      if (distance(segment.end, segment.from) > mss) board.lose(segment);
    board.cutAnew(mss);
    if (this.phase !== PHASE.LOSS) {
      this.#until = tcb.snd.nxt;
      if (!this.#reduces()) this.#window.threshold = this.#window.bound;
      this.#reversal.end();
      this.#window.forget(tcb.snd.nxt, now);
      this.phase = PHASE.LOSS;
      // It is no timeout that could have been a mistake.
      this.#suspects = false;
    }
    this.plan(tcb);
    tcb.resend.why = 'path MTU';
  }

  /** Whether the congestion window lets a segment go. */
  get hasRoom(): boolean {
    return this.#inFlight() < this.window;
  }

  /** Whether a tail loss probe may be sent. */
  get mayProbe(): boolean {
    return !this.waitsForLate && (this.phase === PHASE.OPEN || this.phase === PHASE.REDUCED) && this.#board.count > 0;
  }

  /** Takes note of how far the window is used. */
  #validate({ snd, options, rtt }: Tcb, limited: boolean, now: Micros): void {
    this.#window.use(snd.una, snd.nxt, this.#board.count, limited, now);
    if (options.choices.restartsAfterIdle) this.#window.comeDownUnused(this.phase === PHASE.OPEN, rtt.rto, now);
  }

  /** Nothing was in flight for `pause`. */
  restart(tcb: Tcb, pause: Micros, now: Micros): void {
    this.#window.restart(pause, tcb.rtt.rto, now);
    this.plan(tcb);
  }

  /** Says what goes next: a lost segment while the window lets it, and how many octets may be in flight beside. */
  plan(tcb: Tcb): void {
    const { snd, resend, congestion } = tcb;
    const room = this.window - this.#inFlight();
    congestion.cwnd = larger(0, distance(snd.nxt, snd.una) + room * snd.mss);
    congestion.ssthresh = smaller(INFINITE_THRESHOLD, this.threshold * snd.mss);
    resend.active = false;
    resend.allowed = 0;
    if (room <= 0 || this.#newFirst || this.#board.again >= this.#board.lost) return;
    const segment = this.#firstLost();
    if (!after((snd.una + snd.wnd) | 0, segment.from) && segment.from !== snd.una) return;
    this.#board.join(segment, snd.mss);
    resend.next = segment.from;
    resend.end = segment.end;
    resend.allowed = 1;
    resend.active = true;
    resend.why = this.phase === PHASE.LOSS ? 'after a timeout' : 'fast retransmit';
  }

  /** The first that is lost and has not gone again: there is one. */
  #firstLost(): Flying {
    let i = 0;
    let segment = this.#board.at(0)!;
    while (!segment.lost || segment.again) segment = this.#board.at(++i)!;
    return segment;
  }

  /** How long ago the first segment in flight was sent. */
  age(now: Micros): Micros {
    const head = this.#board.at(0);
    return head === undefined ? 0 : now - head.at;
  }

  /** How long until the first segment in flight is overdue; negative where it is. */
  overdue({ rtt }: Tcb, now: Micros): Micros {
    const head = this.#board.at(0);
    return head === undefined ? rtt.rto : head.at + rtt.rto - now;
  }
}

/** Less than a clock tells apart, in microseconds. */
const INSTANT = 1 / 1_024;
