/**
 * The TCP state of both ends of a conversation, inferred from its segments alone along `TRANSITIONS`. A tap sees what was sent, never what
 * was received, so the receiver is taken to have the segment at once; where a later segment of that end shows that it had not (its ACK
 * does not cover a FIN, it sends its SYN again, ...), the frames in between are corrected and the segment counts as still on its way until
 * the end's own ACK, or the next segment from the other side, tells. Where the capture began in the middle, a state is 'unknown' until
 * both ends have shown whether they had closed. Read first: RFC 9293 §3.3.2, §3.5 (figures 6-8), §3.6 (figures 12-13), §3.10.7.
 */
import { IntervalSet } from '../../core/interval-set.ts';
import { add, after, before, latest, notAfter, notBefore, type Seq } from '../../core/sequence.ts';
import { type Cause, nextState } from '../../rules/states.ts';
import { ACK, FIN, RST, SYN } from '../../wire/tcp.ts';
import type { InferredState, Pair } from './facts.ts';
import type { Acceptance } from './send-space.ts';

/** What an end may have received that moves its state. */
type Arrival = 'SYN' | 'SYN,ACK' | 'ACK of SYN' | 'FIN' | 'ACK of FIN' | 'FIN,ACK of FIN' | 'RST';

/** Something on its way, or arrived: with which segment, and when it arrives, if that is known. */
interface Sent {
  readonly what: Arrival;
  readonly origin: number;
  readonly arrival: number | undefined;
  /** It came with a segment that its receiver may have dropped. */
  readonly doubtful?: boolean;
  /** The number of a reset. */
  readonly seq?: Seq | undefined;
}

/** An arrival taken for granted: since which position, and the state before it. */
interface Taken extends Sent {
  readonly position: number;
  readonly before: InferredState;
}

/** What is known of one end. */
interface End {
  state: InferredState;
  via: readonly InferredState[];
  /** Arrivals since its last own segment, oldest first: its next segment may disprove them. */
  taken: Taken[];
  /** Arrivals disproved: still on the way. */
  waiting: Sent[];
  /** It has sent a segment. */
  spoke: boolean;
  /** Its initial sequence number, once its SYN was seen. */
  iss: Seq | undefined;
  /** The number after its FIN, once seen, and where the segment began that it was seen in. */
  finEnd: Seq | undefined;
  finFrom: Seq | undefined;
  /** The number after all it has sent, once it spoke. */
  next: Seq;
  /** The number after all of it that was seen, or acknowledged, without a hole; what was seen beyond. */
  whole: Seq | undefined;
  beyond: IntervalSet | undefined;
  /** The number after the last of its octets that stood in a closed window: until they are acknowledged, most likely nobody has them. */
  refused: Seq | undefined;
  /** The last acknowledgment it sent. */
  acked: Seq | undefined;
  /** It was seen sending data or a FIN: so it had not closed before. */
  wasOpen: boolean;
  finTaken: boolean;
  finAcked: boolean;
  /** Its FIN went out before it had the other end's. */
  closedFirst: boolean;
  /** A reset came that some obey and some do not: in TIME-WAIT (RFC 1337), or in the window and not exactly next (RFC 5961). */
  perhapsClosed: boolean;
  /** Its acknowledgment when it last showed that it did not have the other end's FIN; it has shown so twice with the same: octets before that are missing, or have gone astray at its door. */
  lacked: Seq | undefined;
  lacks: boolean;
  /** Since which position, behind its last segment, it may have the FIN. */
  perhapsFin: number | undefined;
}

/** Most segments pass through no state: one list serves them all. */
const NONE: readonly InferredState[] = [];

const makeEnd = (): End => ({
  state: 'unknown',
  via: NONE,
  taken: [],
  waiting: [],
  spoke: false,
  iss: undefined,
  finEnd: undefined,
  finFrom: undefined,
  next: 0,
  whole: undefined,
  beyond: undefined,
  refused: undefined,
  acked: undefined,
  wasOpen: false,
  finTaken: false,
  finAcked: false,
  closedFirst: false,
  perhapsClosed: false,
  lacked: undefined,
  lacks: false,
  perhapsFin: undefined,
});

/** Since which position an end may or may not have the other's FIN, or the acknowledgment of its own: it is in one of two states; else Infinity. */
function unclearSince({ waiting, perhapsFin }: End): number {
  let since = perhapsFin ?? Number.POSITIVE_INFINITY;
  for (const { what, arrival, origin } of waiting)
    if (what.endsWith('ACK of FIN') && arrival === undefined) since = Math.min(since, origin);
  return since;
}

const shownOf = (end: End): InferredState =>
  end.perhapsClosed || unclearSince(end) !== Number.POSITIVE_INFINITY ? 'unknown' : end.state;

const isFin = ({ what }: Pick<Sent, 'what'>): boolean => what === 'FIN' || what === 'FIN,ACK of FIN';

/** Whether a reset lies behind octets that its receiver lacked when it spoke last: they may be lost, or there was no room for them, and then it is not exactly next. */
const isMissed = ({ what, seq }: Sent, { acked }: End): boolean =>
  what === 'RST' && seq !== undefined && acked !== undefined && after(seq, acked);

/** The most stretches beyond a hole that are kept in mind. */
const STRETCHES = 64;

/** Notes which numbers of the sender have been seen, and which the other end says it has. */
function see(s: Observed, sender: End, receiver: End): void {
  const { flags, seq, length } = s;
  if (flags & RST) return;
  const end = add(seq, length + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0));
  sender.whole ??= seq;
  if (notAfter(seq, sender.whole)) sender.whole = latest(sender.whole, end);
  else if (end !== seq) {
    sender.beyond ??= new IntervalSet(STRETCHES);
    sender.beyond.add(seq, end);
  }
  if (sender.beyond !== undefined) sender.whole = sender.beyond.takeFrom(sender.whole);
  if ((flags & ACK) === 0 || receiver.whole === undefined || !before(receiver.whole, s.ack)) return;
  receiver.whole = receiver.beyond?.takeFrom(s.ack) ?? s.ack;
}

/** What the inference reads of a segment. */
export interface Observed {
  /** When it was sent, in nanoseconds. */
  readonly time: number;
  readonly from: 0 | 1;
  readonly seq: Seq;
  readonly ack: Seq;
  readonly flags: number;
  readonly length: number;
}

/** Told when what was said of an end at positions `first` to `last` proves wrong: it was in `state` all along. */
export type Correction = (end: 0 | 1, first: number, last: number, state: InferredState) => void;

/** Both ends' states, segment by segment. */
export class Inference {
  /** Both states after the last segment, and after what is known to be on its way. */
  readonly states: Pair<InferredState> = ['unknown', 'unknown'];
  /** Both states at the last segment: the sender's when it was sent, the receiver's when it was taken. */
  readonly shown: Pair<InferredState> = ['unknown', 'unknown'];
  /** Both states behind the last segment, with what is still on its way arrived; unknown where it cannot be told. */
  readonly now: Pair<InferredState> = ['unknown', 'unknown'];
  /** Both states before the first one; they become known when the first answers do. */
  readonly initial: Pair<InferredState> = ['unknown', 'unknown'];
  /** States passed through at the last segment. */
  readonly via: Pair<readonly InferredState[]> = [[], []];
  readonly #ends: Pair<End> = [makeEnd(), makeEnd()];
  readonly #correct: Correction;
  #position = -1;
  /** When the segment at hand arrives, if that is known. */
  #arrival: number | undefined;

  constructor(correct: Correction) {
    this.#correct = correct;
  }

  /** Takes the next segment; `taken` says whether its receiver takes it, `arrival` is the time of its arrival when that is known. */
  segment(s: Observed, taken: Acceptance, arrival?: number): void {
    this.#position++;
    this.#arrival = arrival;
    const sender = this.#ends[s.from];
    const receiver = this.#ends[s.from === 0 ? 1 : 0];
    sender.via = NONE;
    receiver.via = NONE;
    if (this.isAnother(s)) {
      Object.assign(sender, makeEnd(), { state: 'LISTEN', spoke: true });
      // What was sent to the first one was not sent to this.
      receiver.whole = s.ack;
      receiver.beyond = undefined;
    }
    if (taken !== 'no' && taken !== 'doubtful') see(s, sender, receiver);
    if (taken === 'acknowledgment') sender.refused = add(s.seq, s.length);
    this.#disprove(s, sender);
    this.#prove(s, sender, receiver);
    this.#send(s, sender, receiver);
    if (taken !== 'no') this.#arrive(s, sender, receiver, taken);
    this.#settle(sender, receiver);
    this.#settle(receiver, sender);
    this.shown[0] = shownOf(this.#ends[0]);
    this.shown[1] = shownOf(this.#ends[1]);
    if (sender.waiting.length > 0 && sender.waiting.some(({ arrival }) => arrival !== undefined))
      this.#expect(sender, s.from);
    const [first, second] = this.#ends;
    this.states[0] = first.state;
    this.states[1] = second.state;
    this.now[0] = shownOf(first);
    this.now[1] = shownOf(second);
    this.via[0] = first.via;
    this.via[1] = second.via;
  }

  /**
   * Whether a SYN,ACK begins another connection between the same ends: its sender, whose first one is over, has answered the SYN of that once more, one that was on its way for long. It
   * says nothing of the first one; its other end knows nothing of the second, and will reset it. Or its sender has given up the handshake meanwhile, and begins again with the same SYN; or what
   * it had said until now was of an older connection, while its other end waited for this.
   */
  isAnother({ from, flags, seq, ack }: Pick<Observed, 'from' | 'flags' | 'seq' | 'ack'>): boolean {
    const { iss, state, perhapsClosed, acked } = this.#ends[from];
    if ((flags & (SYN | ACK | RST)) !== (SYN | ACK) || seq === iss) return false;
    const other = this.#ends[from === 0 ? 1 : 0];
    if (iss === undefined)
      return acked !== undefined && other.iss !== undefined && other.state === 'SYN-SENT' && ack === add(other.iss, 1);
    return state === 'CLOSED' || perhapsClosed || (state === 'SYN-RECEIVED' && ack === acked);
  }

  /** Takes back what the sender, as this segment shows, had not received when it sent it; arrivals behind that one with it. */
  #disprove(s: Observed, sender: End): void {
    // A late segment tells what was so before: its sender has said more since.
    if (sender.acked !== undefined && (s.flags & ACK ? before(s.ack, sender.acked) : s.flags & SYN)) return;
    const { finFrom, finEnd } = this.#ends[s.from === 0 ? 1 : 0];
    // It has some of the octets that the FIN came with and not the FIN: its window let in no more.
    const cut = finFrom !== undefined && after(s.ack, finFrom) && before(s.ack, finEnd!);
    const { taken, waiting } = sender;
    // It lacks octets before the FIN still: they may not be on their way, but lost, or there was no room for them.
    const again = finFrom !== undefined && before(s.ack, finFrom) && waiting.some(isFin);
    if (cut || again) sender.lacks = true;
    if (taken.length === 0) return;
    const first = taken.findIndex((one) =>
      one.arrival === undefined ? this.#contradicts(s, sender, one.what) : one.arrival > s.time,
    );
    if (first >= 0) {
      const { position, before: state } = taken[first]!;
      const gone = taken.splice(first);
      const unclear = Math.max(position, unclearSince(sender));
      // The acknowledgment of its FIN may have come in spite of that: the network lost the other, or the end had no room for what was with it.
      const open = gone.find(
        (one, i) =>
          one.arrival === undefined && (one.what === 'FIN,ACK of FIN' || (i > 0 && one.what === 'ACK of FIN')),
      );
      for (const { what, origin, arrival, seq } of gone.reverse()) {
        // A reset with a number that it has acknowledged since has come to nothing, or will.
        if (seq === undefined || (s.flags & ACK) === 0 || !before(seq, s.ack))
          sender.waiting.unshift({ what, origin, arrival, seq });
        if (isFin({ what })) {
          sender.finTaken = false;
          if (arrival === undefined) {
            sender.lacks = sender.lacked === s.ack;
            sender.lacked = s.ack;
          }
        }
        if (what === 'ACK of FIN' || what === 'FIN,ACK of FIN') sender.finAcked = false;
      }
      sender.state = state;
      this.#revise(s.from, position, state);
      if (open !== undefined) this.#doubt(s.from, open.position);
      // What was unclear besides is so still.
      this.#doubt(s.from, unclear);
    }
    // What the segment does not contradict stands for good, but a SYN to an end that never spoke is judged by its first word (#send).
    if (sender.spoke) taken.length = 0;
    if (cut) sender.lacks = true;
  }

  #contradicts(s: Observed, sender: End, what: Arrival): boolean {
    const { flags } = s;
    const other = this.#ends[s.from === 0 ? 1 : 0];
    switch (what) {
      case 'SYN':
        return (flags & (SYN | ACK | RST)) === SYN;
      case 'SYN,ACK':
        return (flags & (SYN | ACK)) === SYN;
      case 'ACK of SYN':
        return (flags & SYN) !== 0 && s.seq === sender.iss;
      case 'ACK of FIN':
        return (flags & FIN) !== 0 && sender.finEnd !== undefined;
      case 'FIN':
      case 'FIN,ACK of FIN':
        return (flags & ACK) !== 0 && other.finEnd !== undefined && before(s.ack, other.finEnd);
      case 'RST':
        return (flags & RST) === 0;
    }
  }

  /** Takes what was on its way and, as this segment shows, has arrived. */
  #prove(s: Observed, sender: End, other: End): void {
    if ((s.flags & (ACK | RST)) !== ACK) return;
    const { waiting } = sender;
    let shown = waiting.length;
    while (shown > 0 && !this.#shows(s, other, waiting[shown - 1]!)) shown--;
    if (shown > 0) for (const { what } of waiting.splice(0, shown)) this.#take(sender, what);
    // No SYN,ACK was captured, but only one can have made a SYN-SENT end acknowledge.
    if (sender.state === 'SYN-SENT' && (s.flags & SYN) === 0 && (other.iss === undefined || after(s.ack, other.iss)))
      this.#enter(sender, 'receive SYN,ACK');
    // Nor, with anything that it acknowledges beyond the other end's SYN, can a SYN-RECEIVED end have missed the acknowledgment of its own.
    if (
      sender.state === 'SYN-RECEIVED' &&
      (s.flags & SYN) === 0 &&
      sender.acked !== undefined &&
      after(s.ack, sender.acked)
    )
      this.#enter(sender, 'receive ACK of SYN');
  }

  /** Whether the segment shows that its sender had received that. */
  #shows(s: Observed, other: End, { what, doubtful }: Sent): boolean {
    switch (what) {
      case 'SYN':
        return other.iss !== undefined && after(s.ack, other.iss);
      case 'SYN,ACK':
      case 'ACK of SYN':
        return (s.flags & SYN) === 0;
      case 'FIN':
      case 'FIN,ACK of FIN':
        // Octets behind it show that what may have been dropped was no FIN.
        return other.finEnd !== undefined && (doubtful ? s.ack === other.finEnd : notBefore(s.ack, other.finEnd));
      default:
        return false;
    }
  }

  /** What sending the segment says of its sender. */
  #send(s: Observed, sender: End, other: End): void {
    const { from, flags, seq, length } = s;
    const end = add(seq, length + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0));
    if (flags & RST) {
      if (!sender.spoke && other.iss !== undefined && other.state === 'SYN-SENT') this.#wasAll(from, 'CLOSED');
      // An answer to an ACK of something never sent leaves the asker where it is (RFC 9293 §3.10.7.3).
      const handshake = sender.state === 'SYN-SENT' || sender.state === 'SYN-RECEIVED';
      const answer = handshake && other.acked === seq && seq !== sender.next;
      // One with a number before its first has been sent for an older connection between the same ends; who knows of none says 0.
      const isOld = sender.iss !== undefined && seq !== 0 && before(seq, sender.iss);
      if (!answer && !isOld) this.#abort(sender);
    } else if (flags & SYN) {
      if (sender.iss === undefined) sender.iss = seq;
      if (flags & ACK) {
        if (sender.state === 'LISTEN') this.#enter(sender, 'receive SYN');
        else if (!sender.spoke && sender.taken.length > 0) {
          this.initial[from] = 'LISTEN';
          this.#revise(from, sender.taken[0]!.position, nextState('LISTEN', 'receive SYN')!);
          sender.state = 'SYN-RECEIVED';
        } else if (sender.state === 'unknown' || sender.state === 'CLOSED') {
          // Who refused, and now agrees, listens by now; what it acknowledged before was of another connection.
          this.#become(sender, 'SYN-RECEIVED');
          sender.acked = undefined;
        }
      } else if (!sender.spoke) {
        this.#wasAll(from, 'CLOSED');
        this.#enter(sender, 'active open');
      }
    } else if (flags & FIN && sender.finEnd === undefined) {
      sender.finEnd = end;
      sender.finFrom = seq;
      sender.closedFirst = !sender.finTaken;
      sender.wasOpen = true;
      this.#enter(sender, 'close');
    } else if (length > 0 && sender.finEnd === undefined) sender.wasOpen = true;
    if (!(flags & RST)) {
      if (!sender.spoke || after(end, sender.next)) sender.next = end;
      if (flags & ACK) sender.acked = sender.acked === undefined ? s.ack : latest(sender.acked, s.ack);
    }
    if (!sender.spoke) sender.taken.length = 0;
    sender.spoke = true;
    sender.perhapsClosed = false;
    sender.perhapsFin = undefined;
  }

  /** What the segment does to its receiver. */
  #arrive(s: Observed, sender: End, receiver: End, taken: Acceptance): void {
    const { flags, ack } = s;
    this.#release(s, sender, receiver);
    if (flags & RST) {
      const resets = receiver.state === 'CLOSED' ? 'no' : this.#resets(s, sender, receiver);
      if (resets === 'perhaps') receiver.perhapsClosed = true;
      else if (resets === 'yes') {
        receiver.perhapsClosed = false;
        this.#take(receiver, 'RST', {
          origin: this.#position,
          arrival: this.#arrival,
          position: this.#position,
          seq: s.seq,
        });
      }
      return;
    }
    const sure = taken === 'yes' || taken === 'acknowledgment';
    const dubious = taken === 'doubtful' || taken === 'future';
    const acksSyn = (flags & ACK) !== 0 && !dubious && receiver.iss !== undefined && after(ack, receiver.iss);
    if (flags & SYN) {
      if (!receiver.spoke) {
        if (flags & ACK) {
          // Its SYN was not captured, but it must have sent one.
          this.#wasAll(s.from === 0 ? 1 : 0, 'SYN-SENT');
          receiver.iss = add(ack, -1);
          this.#take(receiver, 'SYN,ACK');
        } else if (receiver.taken.length === 0)
          receiver.taken.push({
            what: 'SYN',
            origin: this.#position,
            arrival: this.#arrival,
            position: this.#position,
            before: 'unknown',
          });
      } else if (receiver.state === 'SYN-SENT') {
        if (!(flags & ACK)) this.#take(receiver, 'SYN');
        else if (acksSyn) this.#take(receiver, 'SYN,ACK');
      } else if (receiver.state === 'SYN-RECEIVED' && acksSyn) this.#take(receiver, 'ACK of SYN');
      return;
    }
    if (receiver.state === 'SYN-RECEIVED' && acksSyn) this.#take(receiver, 'ACK of SYN');
    let acksFin =
      (flags & ACK) !== 0 && !receiver.finAcked && receiver.finEnd !== undefined && notBefore(ack, receiver.finEnd);
    if (acksFin && !sure) {
      acksFin = false;
      receiver.waiting.push({ what: 'ACK of FIN', origin: this.#position, arrival: undefined, doubtful: true });
    } else if (acksFin && receiver.waiting.length > 0)
      receiver.waiting = receiver.waiting.filter(({ doubtful }) => !doubtful);
    const fin = (flags & FIN) !== 0 && !receiver.finTaken;
    if (
      fin &&
      (dubious || (receiver.lacked !== undefined && receiver.acked !== undefined && after(s.seq, receiver.acked)))
    ) {
      receiver.perhapsFin ??= this.#position;
      if (acksFin) this.#take(receiver, 'ACK of FIN');
      if (!receiver.waiting.some(isFin))
        receiver.waiting.push({ what: 'FIN', origin: this.#position, arrival: undefined, doubtful: true });
    } else if (fin && !this.#isWhole(sender)) {
      // Octets before it are missing: it counts when they have come.
      receiver.waiting.push({ what: 'FIN', origin: this.#position, arrival: undefined });
      if (acksFin) this.#take(receiver, 'ACK of FIN');
    } else if (fin && acksFin) this.#take(receiver, 'FIN,ACK of FIN');
    else if (fin) this.#take(receiver, 'FIN');
    else if (acksFin) this.#take(receiver, 'ACK of FIN');
  }

  /** Whether all octets before an end's FIN have been seen. */
  #isWhole({ whole, finEnd }: End): boolean {
    return whole === undefined || finEnd === undefined || notBefore(whole, finEnd);
  }

  /**
   * What was on its way to the receiver has come by now, but for a FIN whose octets are not all here. Octets before it that come only now may have been what was
   * missing, or not the last of it.
   */
  #release(s: Observed, sender: End, receiver: End): void {
    if (receiver.waiting.length === 0) return;
    for (const one of receiver.waiting.splice(0)) {
      if (receiver.finTaken && one.what === 'FIN') continue;
      const fills = s.length > 0 && sender.finEnd !== undefined && before(s.seq, sender.finEnd);
      if (one.doubtful && !(isFin(one) && fills)) receiver.waiting.push(one);
      else if (isMissed(one, receiver)) receiver.perhapsClosed = true;
      // Who agrees does so since it was asked again: by one that heeds no refusal, or had none yet.
      else if (one.what === 'RST' && (s.flags & SYN) !== 0) receiver.perhapsClosed = true;
      else if (!isFin(one)) this.#take(receiver, one.what);
      else if (receiver.lacks || fills) {
        receiver.perhapsFin ??= this.#position;
        receiver.waiting.push(one);
      } else if (!this.#isWhole(sender)) receiver.waiting.push(one);
      else this.#take(receiver, one.what);
    }
  }

  /** Whether the receiver obeys a reset (RFC 9293 §3.5.3), as far as a watcher can tell. */
  #resets(s: Observed, sender: End, receiver: End): 'yes' | 'no' | 'perhaps' {
    const { state, acked } = receiver;
    if (state === 'SYN-SENT') return (s.flags & ACK) !== 0 && s.ack === receiver.next ? 'yes' : 'no';
    if (acked === undefined || !receiver.spoke) return 'yes';
    // Linux obeys the number of the FIN, too.
    if (sender.finEnd === acked && s.seq === add(acked, -1)) return 'perhaps';
    if (before(s.seq, acked) || after(s.seq, latest(sender.next, acked))) return 'no';
    // RFC 5961 §3.2: exactly next, which is the end of what has been seen, or what it has said last, when nothing has come since. In the window, not all are obeyed by all.
    const exact = s.seq === (sender.whole === undefined ? acked : latest(sender.whole, acked));
    const isRefused = sender.refused !== undefined && after(sender.refused, acked);
    return exact && !isRefused && state !== 'TIME-WAIT' ? 'yes' : 'perhaps';
  }

  /**
   * What the clock says is still on its way to the sender arrives behind this segment: it belongs to the segment that brings it, and
   * the next one of this sender may find it still on its way.
   */
  #expect(sender: End, index: 0 | 1): void {
    const { via } = sender;
    sender.via = NONE;
    for (const one of sender.waiting.splice(0)) {
      if (isMissed(one, sender)) continue;
      if (one.doubtful) {
        sender.waiting.push(one);
        continue;
      }
      const { what, origin, arrival } = one;
      this.#take(sender, what, { origin, arrival, position: this.#position + 1 });
      this.#correct(index, origin, origin, sender.state);
    }
    sender.via = via;
  }

  #take(
    end: End,
    what: Arrival,
    on: Omit<Taken, 'what' | 'before'> = {
      origin: this.#position,
      arrival: this.#arrival,
      position: this.#position,
    },
  ): void {
    end.taken.push({ what, before: end.state, ...on });
    if (what === 'RST') this.#abort(end);
    else this.#enter(end, `receive ${what}`);
    if (what === 'FIN' || what === 'FIN,ACK of FIN') end.finTaken = true;
    if (what === 'ACK of FIN' || what === 'FIN,ACK of FIN') end.finAcked = true;
  }

  #enter(end: End, cause: Cause): void {
    if (end.state === 'unknown') return;
    let next = nextState(end.state, cause);
    // One segment with both: where no arrow bears both names, its ACK is processed before its FIN (RFC 9293 §3.10.7.4).
    if (next === undefined && cause === 'receive FIN,ACK of FIN') {
      this.#enter(end, 'receive ACK of FIN');
      next = nextState(end.state, 'receive FIN');
    }
    if (next !== undefined) this.#become(end, next);
  }

  /** A reset ends it, whatever it was; an end that nothing is known of is closed thereby. */
  #abort(end: End): void {
    if (end.state !== 'CLOSED') this.#become(end, 'CLOSED');
  }

  #become(end: End, state: InferredState): void {
    const index = this.#ends[0] === end ? 0 : 1;
    if (end.state !== this.states[index] && end.state !== 'unknown') end.via = [...end.via, end.state];
    end.state = state;
  }

  /** The end was in `state` from the beginning. */
  #wasAll(index: 0 | 1, state: InferredState): void {
    const end = this.#ends[index];
    this.initial[index] = state;
    this.#revise(index, 0, state);
    end.state = state;
  }

  /** From `position` to the frame before this one the end was in `state`. */
  #revise(index: 0 | 1, position: number, state: InferredState): void {
    this.states[index] = state;
    if (position < this.#position) this.#correct(index, position, this.#position - 1, state);
  }

  /** From `position` to the frame before this one nobody can tell the end's state. */
  #doubt(index: 0 | 1, position: number): void {
    if (position < this.#position) this.#correct(index, position, this.#position - 1, 'unknown');
  }

  /** Where the capture began in the middle: decides a state once both ends have shown whether they had closed. */
  #settle(end: End, other: End): void {
    if (end.state !== 'unknown' || !end.wasOpen || !other.wasOpen) return;
    if (end.finEnd === undefined) end.state = end.finTaken ? 'CLOSE-WAIT' : 'ESTABLISHED';
    else if (!end.finTaken) end.state = end.finAcked ? 'FIN-WAIT-2' : 'FIN-WAIT-1';
    else if (end.finAcked) end.state = end.closedFirst ? 'TIME-WAIT' : 'CLOSED';
    else end.state = end.closedFirst ? 'CLOSING' : 'LAST-ACK';
  }
}
