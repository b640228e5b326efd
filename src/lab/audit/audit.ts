/**
 * The audit: the watching half judges the speaking half, and the other way round. Each host of an experiment is captured where it stands; what the analysis infers from
 * the frames alone (states, SND.UNA, SND.NXT, SND.WND, RCV.NXT, RCV.WND) is compared, segment by segment, with what the connections say of themselves (`Host.trace`).
 *
 * A capture at a host sees all that decides that host's end, so there everything is compared. The other end is compared where the capture has seen what decides it: at segments
 * that it sent when all that had been sent to it had come. Two things are neither right nor wrong and are counted on their own: that the analysis says it cannot tell, and that
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
import type { HostVerdict, SegmentReceived } from '../../speak/stack/trace.ts';
import { DROPS, type TcbSnapshot } from '../../speak/tcp/index.ts';
import { pseudoHeader4, pseudoHeader6, sum, verifies } from '../../wire/checksum.ts';
import * as ethernet from '../../wire/ethernet.ts';
import type { Frame } from '../../wire/frame.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
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
    this.#vantages.push(new Vantage(host, this.#testimony, this.#books, this.#options.maxSegments));
  }

  /** Ends it and says what was found. */
  finish(): AuditReport {
    for (const vantage of this.#vantages.splice(0)) vantage.finish();
    return this.#books.report();
  }
}

/** What a vantage knows of a conversation. */
interface Track {
  /** What this host sent and the other end may not have: mark and number, two by two. */
  sent: number[];
  /** The latest frame received, and the latest received that moved the sender's SND.NXT. */
  latest: number;
  moved: number;
  /** Whose conversation it is. A late SYN with the same number may make another of this host, which nobody outside can know of. */
  connection: Connection | undefined;
}

/** Makes room for one more. */
function forgetOldest(map: Map<number, unknown>): void {
  if (map.size < ON_THE_WAY) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

/** A host that is captured and traced. */
class Vantage {
  readonly #testimony: Testimony;
  readonly #books: Books;
  readonly #judge: Judge;
  readonly #ends: (() => void)[];
  /** Of each connection: the frame that moved SND.NXT last. */
  readonly #moved = new Map<Connection, { mark: number; nxt: number }>();
  /** The segment that came in and has not been judged. */
  #arrived: FrameFacts | undefined = undefined;
  readonly #secrets = new Secrets();
  /** Frames that have been made and not passed yet. */
  readonly #queued = new Set<number>();
  readonly #tracks = new Map<number, Track>();

  constructor(host: Host, testimony: Testimony, books: Books, maxSegments: number) {
    this.#testimony = testimony;
    this.#books = books;
    this.#judge = new Judge(host.name, books, maxSegments);
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
        sent: ({ mark, connection, after }) => this.#sent(mark, connection, after),
        received: (event) => this.#received(event),
      }),
    ];
  }

  finish(): void {
    for (const end of this.#ends) end();
    this.#judge.finish();
  }

  #sent(mark: number, connection: Connection | undefined, after: TcbSnapshot | undefined): void {
    const moved = this.#movedBy(mark, connection, after);
    const testimony = this.#testimony;
    this.#queued.add(mark);
    const secret = this.#secrets.keeps(connection, after);
    testimony.speak(mark, { connection, after, order: testimony.order, secret, moved });
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
    if (HEARD.has(verdict)) this.#testimony.hear(mark);
    // It is over, and the reset that says so follows.
    const secret = this.#secrets.keeps(connection, after) || verdict === 'text for nobody';
    // What it has sent may wait for a hardware address still.
    if (facts === undefined || after === undefined || this.#queued.size > 0) return;
    if (!this.#isOf(this.#tracks.get(facts.conversation.index), connection)) return;
    this.#judge.compare(facts, facts.from === 0 ? 1 : 0, after, time, { own: true, sent: false, nxt: true, secret });
  }

  #passes(frame: Frame, medium: 'ethernet' | 'ip', now: Micros, out: boolean): void {
    this.#arrived = undefined;
    if (!out && isDamaged(frame, medium)) {
      this.#books.damaged++;
      return;
    }
    const linkType = medium === 'ip' ? LINKTYPE.RAW : LINKTYPE.ETHERNET;
    const { view, bytes, start, length, mark } = frame;
    const facts = this.#judge.see(view, bytes, start, length, linkType, now);
    if (facts === undefined) return;
    const { index } = facts.conversation;
    let track = this.#tracks.get(index);
    if (track === undefined) {
      track = { sent: [], latest: 0, moved: 0, connection: undefined };
      this.#tracks.set(index, track);
    }
    const { spoken: words } = this.#testimony;
    const spoken = words.get(mark);
    if (out) {
      for (const one of this.#queued) if (one <= mark) this.#queued.delete(one);
      track.sent.push(mark, facts.rawSeq);
      if (spoken !== undefined && this.#isOf(track, spoken.connection)) this.#compare(facts, spoken, now, true, true);
      return;
    }
    this.#arrived = facts;
    if (spoken === undefined || mark <= track.latest) return;
    track.latest = mark;
    words.delete(mark);
    if (spoken.moved === mark) track.moved = mark;
    if (this.#hadHeardAll(track, spoken.order)) this.#compare(facts, spoken, now, false, spoken.moved === track.moved);
  }

  /** Whether all that was sent to the other end had come by then, or was made good by what came later with later numbers. */
  #hadHeardAll(track: Track, order: number): boolean {
    const { sent } = track;
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
    track.sent = left.reverse();
    return left.length === 0;
  }

  #compare(facts: FrameFacts, { after, secret }: Spoken, now: Micros, own: boolean, nxt: boolean): void {
    const end = facts.from;
    if (after !== undefined) this.#judge.compare(facts, end, after, now, { own, sent: true, nxt, secret });
    else this.#judge.claim(facts, end, 'CLOSED', now, own);
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
