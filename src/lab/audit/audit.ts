/**
 * The audit: the watching half judges the speaking half, and the other way round. Each host of an experiment is captured where it stands; what the analysis infers from
 * the frames alone (states, SND.UNA, SND.NXT, SND.WND, RCV.NXT, RCV.WND) is compared, segment by segment, with what the connections say of themselves (`Host.trace`).
 *
 * A capture at a host sees all that decides that host's end, so there everything is compared. The other end is compared where the capture has seen what decides it: at segments
 * that it sent when all that had been sent to it had come; where a router is captured, both are such ends. Two things are neither right nor wrong and are counted on their own: that the analysis says it cannot tell, and that
 * what the connection did cannot be seen from outside (a program has closed, and the FIN waits behind data).
 *
 * Not here: loopback interfaces, where one capture would be both ends'. Read first: RFC 9293 §3.3.1, §3.3.2.
 */
import { inRange, type Ranges } from '../../core/ranges.ts';
import { after as isAfter } from '../../core/sequence.ts';
import type { Micros } from '../../core/time.ts';
import type { FrameFacts } from '../../see/analysis/index.ts';
import { LINKTYPE } from '../../see/capture/index.ts';
import type { Connection } from '../../speak/stack/connection.ts';
import type { Host } from '../../speak/stack/host.ts';
import type { Interface } from '../../speak/stack/interface.ts';
import type { HostVerdict, SegmentReceived, SegmentSent } from '../../speak/stack/trace.ts';
import { DROPS, type TcbSnapshot } from '../../speak/tcp/index.ts';
import { pseudoHeader4, pseudoHeader6, sum, verifies } from '../../wire/checksum.ts';
import * as ethernet from '../../wire/ethernet.ts';
import type { Frame } from '../../wire/frame.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as tcp from '../../wire/tcp.ts';
import { Judge, Secrets } from './judge.ts';
import { type AuditReport, Books } from './report.ts';

/** Limits of an audit. */
export interface AuditOptions {
  /** Differences told in detail, 0 to 2^20. Default 20. */
  maxDifferences?: number;
  /** Segments of each host whose states are compared, 1 to 2^24; the other variables of further ones are compared all the same. Default 100,000. */
  maxSegments?: number;
}

/** What a connection said when it sent a segment. */
interface Spoken {
  readonly connection: Connection | undefined;
  readonly after: TcbSnapshot | undefined;
  /** How many segments had been received until then, by everybody. */
  readonly order: number;
  /** Its state cannot be known outside: see `Secrets`. */
  readonly secret: boolean;
  /** The frame that moved its SND.NXT last. */
  readonly moved: number;
  /** Octets of data, and the number behind them: a router may make several segments of one. */
  readonly octets: number;
  readonly next: number;
}

/** What becomes of segments whose acknowledgment counts. */
const HEARD: ReadonlySet<HostVerdict> = new Set<HostVerdict>([
  ...(['accepted', 'window closed', 'text after the FIN', 'old text', 'pages exhausted', 'too many holes'] as const),
  ...(['FIN beyond the window', 'text in a SYN', 'text beyond the window'] as const),
]);

/** Segments on their way whose senders' words are kept. */
const ON_THE_WAY = 65_536;

/** What connections said with each frame, and when each frame came: what all vantages of an audit know together. */
class Testimony {
  /** By mark. */
  readonly spoken: Map<number, Spoken> = new Map();
  /** When each frame was received first, counted in frames received. */
  readonly heard: Map<number, number> = new Map();
  #order = 0;

  /** How many segments have been received. */
  get order(): number {
    return this.#order;
  }

  /** A frame has been received. */
  hear(mark: number): void {
    this.#order++;
    if (mark === 0 || this.heard.has(mark)) return;
    forgetOldest(this.heard);
    this.heard.set(mark, this.#order);
  }

  /** Keeps what was said with a frame. */
  speak(mark: number, spoken: Spoken): void {
    forgetOldest(this.spoken);
    this.spoken.set(mark, spoken);
  }
}

const DEFAULTS: Required<AuditOptions> = { maxDifferences: 20, maxSegments: 100_000 };

const RANGES: Ranges<Required<AuditOptions>> = { whole: { maxDifferences: [0, 1 << 20], maxSegments: [1, 1 << 24] } };

/** An audit of the hosts it is told to watch. */
export class Audit {
  readonly #options: Required<AuditOptions>;
  readonly #vantages: Vantage[] = [];
  readonly #testimony = new Testimony();
  readonly #books: Books;

  /** @throws TcplabError EINVAL when an option is out of its range */
  constructor(options: AuditOptions = {}) {
    this.#options = inRange(DEFAULTS, options, RANGES);
    this.#books = new Books(this.#options.maxDifferences);
  }

  /**
   * Captures and traces `host` from now on. Hosts that talk with one another are watched by one audit.
   * @example const audit = new Audit(); audit.watch(client); audit.watch(server); ...; console.log(auditText(audit.finish()));
   */
  watch(host: Host): void {
    this.#vantages.push(new HostVantage(host, this.#testimony, this.#books, this.#options.maxSegments));
  }

  /** Captures an interface of a router from now on. What passes there is compared with what hosts say that this audit watches. */
  watchPassing(router: Host, iface: Interface): void {
    this.#vantages.push(new RouterVantage(router, iface, this.#testimony, this.#books, this.#options.maxSegments));
  }

  /** Ends it and says what was found. */
  finish(): AuditReport {
    for (const vantage of this.#vantages.splice(0)) vantage.finish();
    return this.#books.report();
  }
}

/** Makes room for one more. */
function forgetOldest(map: Map<number, unknown>): void {
  if (map.size < ON_THE_WAY) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

/** An end of a conversation that is not where the capture is. */
class FarEnd {
  readonly #testimony: Testimony;
  /** What was sent to it and it may not have: mark and number, two by two. */
  #sent: number[] = [];
  /** The latest frame of its that came, and the latest that came and moved its SND.NXT. */
  #latest = 0;
  #moved = 0;

  constructor(testimony: Testimony) {
    this.#testimony = testimony;
  }

  /** A segment is sent to it. */
  tell(mark: number, { rawSeq }: FrameFacts): void {
    this.#sent.push(mark, rawSeq);
  }

  /** A frame of its comes: what it said with that, and whether the latest that moved its SND.NXT is here; undefined where what decided it has not been seen. */
  says(mark: number, { rawSeq, length }: FrameFacts): { spoken: Spoken; nxt: boolean } | undefined {
    const { spoken: words } = this.#testimony;
    const spoken = words.get(mark);
    if (spoken === undefined || mark < this.#latest) return undefined;
    const isPiece = length < spoken.octets;
    if (mark === this.#latest && !isPiece) return undefined;
    this.#latest = mark;
    if (isPiece && ((rawSeq + length) | 0) !== spoken.next) return undefined;
    if (spoken.moved === mark) this.#moved = mark;
    return this.#hadHeardAll(spoken.order) ? { spoken, nxt: spoken.moved === this.#moved } : undefined;
  }

  /** Whether all that was sent to it had come by then, or was made good by what came later with later numbers. */
  #hadHeardAll(order: number): boolean {
    const sent = this.#sent;
    if (sent.length === 0) return true;
    const left: number[] = [];
    let later: number | undefined;
    let next = Number.POSITIVE_INFINITY;
    for (let i = sent.length - 2; i >= 0; i -= 2) {
      const seq = sent[i + 1]!;
      const heard = this.#testimony.heard.get(sent[i]!) ?? Number.POSITIVE_INFINITY;
      const lost = heard > order;
      // One that was overtaken may have undone what the other said.
      const overtaken = !lost && heard > next;
      if (later !== undefined && isAfter(later, seq)) continue;
      // One that is overtaken already stays so, whenever it comes.
      if (lost || overtaken) left.push(seq, next === Number.POSITIVE_INFINITY ? sent[i]! : 0);
      else {
        if (later === undefined || isAfter(seq, later)) later = seq;
        next = heard;
      }
    }
    // The latest stands first in it.
    this.#sent = left.reverse();
    return left.length === 0;
  }
}

/** Where a capture is taken: at a host, or where it passes packets on. */
abstract class Vantage {
  protected readonly testimony: Testimony;
  protected readonly judge: Judge;
  readonly #books: Books;

  protected constructor(name: string, testimony: Testimony, books: Books, maxSegments: number) {
    this.testimony = testimony;
    this.judge = new Judge(name, books, maxSegments);
    this.#books = books;
  }

  /** Shows a frame to the analysis; undefined when it is no segment, or damaged. */
  protected see(frame: Frame, medium: 'ethernet' | 'ip', now: Micros, mayBeDamaged: boolean): FrameFacts | undefined {
    if (mayBeDamaged && isDamaged(frame, medium)) {
      this.#books.damaged++;
      return undefined;
    }
    const { view, bytes, start, length } = frame;
    return this.judge.see(view, bytes, start, length, medium === 'ip' ? LINKTYPE.RAW : LINKTYPE.ETHERNET, now);
  }

  /** Compares what the analysis infers of a segment's sender with what that said. */
  protected compare(facts: FrameFacts, { after, secret }: Spoken, now: Micros, own: boolean, nxt: boolean): void {
    const end = facts.from;
    if (after !== undefined) this.judge.compare(facts, end, after, now, { own, sent: true, nxt, secret });
    else this.judge.claim(facts, end, 'CLOSED', now, own);
  }

  /** Ends it. */
  abstract finish(): void;
}

/** What is known at a host of a conversation. */
interface Track {
  readonly far: FarEnd;
  /** Whose conversation it is. A late SYN with the same number may make another of this host, which nobody outside can know of. */
  connection: Connection | undefined;
}

/** A host that is captured and traced. */
class HostVantage extends Vantage {
  readonly #ends: (() => void)[];
  /** Of each connection: the frame that moved SND.NXT last. */
  readonly #moved = new Map<Connection, { mark: number; nxt: number }>();
  /** The segment that came in and has not been judged. */
  #arrived: FrameFacts | undefined = undefined;
  readonly #secrets = new Secrets();
  /** How many segments have come in. */
  #arrivals = 0;
  /** Frames that have been made and not passed yet, by mark: how many segments had come in by then. */
  readonly #queued = new Map<number, number>();
  readonly #tracks = new Map<number, Track>();

  constructor(host: Host, testimony: Testimony, books: Books, maxSegments: number) {
    super(host.name, testimony, books, maxSegments);
    this.#ends = [
      host.tap((iface, frame, now, direction) => {
        if (iface.isLoopback) return;
        const out = direction === 'out';
        // Who listens in sees more than the host does.
        if (!out && iface.port.medium === 'ethernet' && !iface.isForUs(frame.view, frame.start)) return;
        this.#passes(frame, iface.port.medium, now, out);
      }),
      host.trace({
        before: false,
        sent: (event) => this.#sent(event),
        received: (event) => this.#received(event),
      }),
    ];
  }

  finish(): void {
    for (const end of this.#ends) end();
    this.judge.finish();
  }

  #sent({ mark, connection, after, frame: { view }, at, end }: SegmentSent): void {
    const octets = end - at - tcp.headerLength(view, at);
    const next = (tcp.seq(view, at) + octets) | 0;
    const moved = this.#movedBy(mark, connection, after);
    const { testimony } = this;
    this.#queued.set(mark, this.#arrivals);
    const secret = this.#secrets.keeps(connection, after);
    testimony.speak(mark, { connection, after, order: testimony.order, secret, moved, octets, next });
  }

  /** Whether a conversation is that of `connection`, the first of this host in it. */
  #isOf(track: Track | undefined, connection: Connection | undefined): boolean {
    if (track === undefined || connection === undefined) return true;
    track.connection ??= connection;
    return track.connection === connection;
  }

  /** The frame that moved SND.NXT last, of which this is the latest. */
  #movedBy(mark: number, connection: Connection | undefined, after: TcbSnapshot | undefined): number {
    if (connection === undefined || after === undefined) return mark;
    const last = this.#moved.get(connection);
    if (last === undefined) this.#moved.set(connection, { mark, nxt: after.snd.nxt });
    else if (last.nxt !== after.snd.nxt) {
      last.mark = mark;
      last.nxt = after.snd.nxt;
    }
    return last?.mark ?? mark;
  }

  #received({ mark, connection, after, time, verdict }: SegmentReceived): void {
    const facts = this.#arrived;
    this.#arrived = undefined;
    // Its connection never saw it: the listener has no room. Or it waits for octets, which nobody outside can know.
    if (verdict !== 'accepted' && !(verdict in DROPS)) return;
    if (verdict === 'ACK without octets in the handshake') return;
    if (HEARD.has(verdict)) this.testimony.hear(mark);
    // It is over, and the reset that says so follows.
    const secret = this.#secrets.keeps(connection, after) || verdict === 'text for nobody';
    // What it has sent may wait for a hardware address still.
    if (facts === undefined || after === undefined || this.#queued.size > 0) return;
    if (!this.#isOf(this.#tracks.get(facts.conversation.index), connection)) return;
    this.judge.compare(facts, facts.from === 0 ? 1 : 0, after, time, { own: true, sent: false, nxt: true, secret });
  }

  #passes(frame: Frame, medium: 'ethernet' | 'ip', now: Micros, out: boolean): void {
    this.#arrived = undefined;
    const facts = this.see(frame, medium, now, !out);
    if (facts === undefined) return;
    const { mark } = frame;
    const { index } = facts.conversation;
    let track = this.#tracks.get(index);
    if (track === undefined) {
      track = { far: new FarEnd(this.testimony), connection: undefined };
      this.#tracks.set(index, track);
    }
    if (out) {
      // While it waited for a hardware address, the connection may have heard more than it knew when it made the frame.
      const isLate = (this.#queued.get(mark) ?? this.#arrivals) < this.#arrivals;
      for (const one of this.#queued.keys()) if (one <= mark) this.#queued.delete(one);
      track.far.tell(mark, facts);
      const spoken = this.testimony.spoken.get(mark);
      if (spoken !== undefined && !isLate && this.#isOf(track, spoken.connection))
        this.compare(facts, spoken, now, true, true);
      return;
    }
    this.#arrived = facts;
    this.#arrivals++;
    const said = track.far.says(mark, facts);
    if (said !== undefined) this.compare(facts, said.spoken, now, false, said.nxt);
  }
}

/** An interface of a router that is captured: both ends of what passes are elsewhere. */
class RouterVantage extends Vantage {
  readonly #end: () => void;
  readonly #ends = new Map<number, readonly [FarEnd, FarEnd]>();

  constructor(router: Host, iface: Interface, testimony: Testimony, books: Books, maxSegments: number) {
    super(`${router.name} ${iface.name}`, testimony, books, maxSegments);
    this.#end = router.tap((by, frame, now) => {
      if (by === iface) this.#passes(frame, iface.port.medium, now);
    });
  }

  finish(): void {
    this.#end();
    this.judge.finish();
  }

  #passes(frame: Frame, medium: 'ethernet' | 'ip', now: Micros): void {
    const facts = this.see(frame, medium, now, true);
    if (facts === undefined) return;
    const { mark } = frame;
    const { index } = facts.conversation;
    let ends = this.#ends.get(index);
    if (ends === undefined) {
      ends = [new FarEnd(this.testimony), new FarEnd(this.testimony)];
      this.#ends.set(index, ends);
    }
    ends[facts.from === 0 ? 1 : 0].tell(mark, facts);
    const said = ends[facts.from].says(mark, facts);
    if (said !== undefined) this.compare(facts, said.spoken, now, false, said.nxt);
  }
}

/** Whether a frame's checksums are wrong: no host takes it for a segment. */
function isDamaged(frame: Frame, medium: 'ethernet' | 'ip'): boolean {
  const { view, start } = frame;
  const end = start + frame.length;
  const at = medium === 'ip' ? start : ethernet.locate(view, start, end);
  if (at < 0) return true;
  const type = medium === 'ethernet' ? ethernet.type(view, start) : undefined;
  if (type === ethernet.TYPE_IPV6 || (type === undefined && ipv6.locate(view, at, end) >= 0))
    return isDamaged6(frame, at, end);
  if (type !== undefined && type !== ethernet.TYPE_IPV4) return false;
  const payload = ipv4.locate(view, at, end);
  if (payload < 0 || at + ipv4.totalLength(view, at) > end || !verifies(sum(view, at, payload - at))) return true;
  if (frame.checksum !== 'complete' || ipv4.protocol(view, at) !== ipv4.TCP) return false;
  // Its checksum is in the first of them, and of all.
  if (ipv4.isFragment(view, at)) return false;
  const length = ipv4.payloadEnd(view, at, end) - payload;
  const pseudo = pseudoHeader4(ipv4.source(view, at), ipv4.destination(view, at), ipv4.TCP, length);
  return !verifies(sum(view, payload, length, pseudo));
}

/** The same of IPv6, whose header has no checksum. */
function isDamaged6({ view, checksum }: Frame, at: number, end: number): boolean {
  const payload = ipv6.locate(view, at, end);
  if (payload < 0 || payload + ipv6.payloadLength(view, at) > end) return true;
  if (checksum !== 'complete' || ipv6.nextHeader(view, at) !== ipv6.TCP) return false;
  const length = ipv6.payloadEnd(view, at, end) - payload;
  return !verifies(sum(view, payload, length, pseudoHeader6(view, at, ipv6.TCP, length)));
}
