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
import { after as isAfter } from '../core/sequence.ts';
import type { Micros } from '../core/time.ts';
import { Analysis, type FrameFacts, type InferredState } from '../see/analysis/index.ts';
import { LINKTYPE, makePacket } from '../see/capture/index.ts';
import { Dissector } from '../see/dissect/index.ts';
import type { Connection } from '../speak/stack/connection.ts';
import type { Host } from '../speak/stack/host.ts';
import type { HostVerdict, SegmentReceived } from '../speak/stack/trace.ts';
import { DROPS, type TcbSnapshot } from '../speak/tcp/index.ts';
import { pseudoHeader4, sum, verifies } from '../wire/checksum.ts';
import * as ethernet from '../wire/ethernet.ts';
import type { Frame } from '../wire/frame.ts';
import * as ipv4 from '../wire/ipv4.ts';

/** What is compared. */
export const AUDITED = ['state', 'snd.una', 'snd.nxt', 'snd.wnd', 'rcv.nxt', 'rcv.wnd'] as const;

export type Audited = (typeof AUDITED)[number];

/** How the comparisons of one variable went. */
export interface Tally {
  equal: number;
  differ: number;
  /** The analysis said that it cannot tell. */
  cannotTell: number;
  /** What the connection did cannot be seen in segments. */
  hidden: number;
}

/** A comparison that failed. */
export interface Difference {
  /** The host that was captured, and the frame in its capture, from 1. */
  readonly host: string;
  readonly frame: number;
  /** On the driver's clock. */
  readonly time: Micros;
  /** Whose variable: the end of the host that was captured, or the other one. */
  readonly end: 'own' | 'other';
  readonly variable: Audited;
  readonly inferred: string;
  readonly recorded: string;
}

/** What an audit found. */
export interface AuditReport {
  /** TCP segments captured, of which so many were damaged and left out. */
  readonly segments: number;
  readonly damaged: number;
  readonly tallies: Readonly<Record<Audited, Tally>>;
  /** Comparisons that failed, and the first of them in detail. */
  readonly differ: number;
  readonly differences: readonly Difference[];
  /** Share of comparisons in which the analysis said that it cannot tell, 0 to 1. */
  readonly cannotTell: number;
}

/** Limits of an audit. */
export interface AuditOptions {
  /** Differences told in detail, 0 or more. Default 20. */
  maxDifferences?: number;
  /** Segments of each host whose states are compared, 1 or more; the other variables of further ones are compared all the same. Default 100,000. */
  maxSegments?: number;
}

/** What a connection said when it sent a segment. */
interface Spoken {
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
  'FIN beyond the window',
]);

/** Segments on their way whose senders' words are kept. */
const ON_THE_WAY = 65_536;

/** An audit of the hosts it is told to watch. */
export class Audit {
  readonly #options: Required<AuditOptions>;
  readonly #vantages: Vantage[] = [];
  readonly #books: Books;

  constructor(options: AuditOptions = {}) {
    this.#options = { maxDifferences: 20, maxSegments: 100_000, ...options };
    this.#books = new Books(this.#options.maxDifferences);
  }

  /**
   * Captures and traces `host` from now on. Hosts that talk with one another are watched by one audit.
   * @example const audit = new Audit(); audit.watch(client); audit.watch(server); ...; console.log(auditText(audit.finish()));
   */
  watch(host: Host): void {
    this.#vantages.push(new Vantage(host, this.#books, this.#options.maxSegments));
  }

  /** Ends it and says what was found. */
  finish(): AuditReport {
    for (const vantage of this.#vantages.splice(0)) vantage.finish();
    return this.#books.report();
  }
}

/** A report in a few lines. */
export function auditText(report: AuditReport): string {
  const lines = AUDITED.map((variable) => {
    const { equal, differ, cannotTell, hidden } = report.tallies[variable];
    return `${variable.padEnd(8)} ${equal} equal, ${differ} differ, ${cannotTell} cannot tell, ${hidden} not to be seen`;
  });
  for (const { host, frame, time, end, variable, inferred, recorded } of report.differences)
    lines.push(
      `${host}, frame ${frame} at ${(time / 1_000_000).toFixed(6)} s: ${variable} of its ${end} end is ${inferred} by the analysis, ${recorded} by the connection`,
    );
  const rate = (100 * report.cannotTell).toFixed(2);
  lines.push(
    `${report.segments} segments, ${report.damaged} damaged; cannot tell: ${rate} %; differ: ${report.differ}`,
  );
  return lines.join('\n');
}

/** What all vantages write into. */
export class Books {
  segments = 0;
  damaged = 0;
  /** By mark. */
  readonly spoken: Map<number, Spoken> = new Map();
  /** When each frame was received first, counted in frames received. */
  readonly heard: Map<number, number> = new Map();
  #order = 0;
  readonly #tallies: Record<Audited, Tally>;
  readonly #differences: Difference[] = [];
  readonly #maxDifferences: number;

  constructor(maxDifferences: number) {
    const tally = (): Tally => ({ equal: 0, differ: 0, cannotTell: 0, hidden: 0 });
    this.#tallies = {
      state: tally(),
      'snd.una': tally(),
      'snd.nxt': tally(),
      'snd.wnd': tally(),
      'rcv.nxt': tally(),
      'rcv.wnd': tally(),
    };
    this.#maxDifferences = maxDifferences;
  }

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

  hide(variable: Audited): void {
    this.#tallies[variable].hidden++;
  }

  /** Compares; `undefined` and `unknown` say that the analysis cannot tell. */
  compare(variable: Audited, inferred: number | string | undefined, recorded: number | string, place: Place): void {
    const tally = this.#tallies[variable];
    if (inferred === undefined || inferred === 'unknown') tally.cannotTell++;
    else if (inferred === recorded) tally.equal++;
    else {
      tally.differ++;
      if (this.#differences.length < this.#maxDifferences)
        this.#differences.push({ ...place, variable, inferred: String(inferred), recorded: String(recorded) });
    }
  }

  report(): AuditReport {
    const { segments, damaged } = this;
    const all = Object.values(this.#tallies);
    const total = (of: (tally: Tally) => number): number => all.reduce((sum, tally) => sum + of(tally), 0);
    const differ = total((tally) => tally.differ);
    const cannotTell = total((tally) => tally.cannotTell);
    const compared = cannotTell + differ + total((tally) => tally.equal);
    const rate = compared === 0 ? 0 : cannotTell / compared;
    return { segments, damaged, tallies: this.#tallies, differ, differences: this.#differences, cannotTell: rate };
  }
}

/** Where a comparison was made. */
type Place = Pick<Difference, 'host' | 'frame' | 'time' | 'end'>;

/** A state that was true at a frame; what the analysis says of it may be corrected by later frames. */
interface StateClaim {
  readonly facts: FrameFacts;
  readonly end: 0 | 1;
  readonly state: InferredState;
  readonly place: Place;
}

/** What an analysis of frames in order makes of them, and the comparisons with what connections say. */
export class Judge {
  readonly #books: Books;
  readonly #name: string;
  readonly #dissector = new Dissector();
  readonly #analysis: Analysis;
  readonly #packet = makePacket();
  readonly #claims: StateClaim[] = [];
  readonly #maxClaims: number;

  constructor(name: string, books: Books, maxSegments: number) {
    this.#name = name;
    this.#books = books;
    this.#analysis = new Analysis({ maxKept: maxSegments, maxKeptInAll: maxSegments });
    this.#maxClaims = 2 * maxSegments;
  }

  /** Shows the analysis the next frame; undefined when it is no TCP segment. */
  see(
    view: DataView,
    bytes: Uint8Array,
    at: number,
    length: number,
    linkType: number,
    time: Micros,
  ): FrameFacts | undefined {
    const packet = this.#packet;
    packet.number++;
    packet.seconds = Math.floor(time / 1_000_000);
    packet.nanoseconds = (time - packet.seconds * 1_000_000) * 1_000;
    packet.view = view;
    packet.bytes = bytes;
    packet.at = at;
    packet.capturedLength = length;
    packet.originalLength = length;
    packet.linkType = linkType;
    const { segment } = this.#dissector.dissect(packet);
    if (segment === undefined) return undefined;
    this.#books.segments++;
    return this.#analysis.segment(segment);
  }

  /** Compares what is inferred of `end` at a frame with what its connection says: `own`, all that moved it was seen; else without what `hide` names. */
  compare(
    facts: FrameFacts,
    end: 0 | 1,
    record: TcbSnapshot,
    time: Micros,
    what: { own: boolean; sent: boolean; nxt: boolean; secret: boolean },
  ): void {
    const books = this.#books;
    const place: Place = { host: this.#name, frame: facts.frame, time, end: what.own ? 'own' : 'other' };
    const { state, snd, rcv } = record;
    // A FIN moves SND.NXT, too: it may be one that has not been seen.
    if (what.secret || !what.nxt) books.hide('state');
    else this.claim(facts, end, state, place);
    if (state === 'CLOSED' || state === 'LISTEN') return;
    const space = facts.conversation.spaces[end];
    books.compare('snd.una', space.unsure || space.una === undefined ? undefined : space.una >>> 0, snd.una, place);
    if (what.nxt) books.compare('snd.nxt', space.spoke ? space.next >>> 0 : undefined, snd.nxt, place);
    else books.hide('snd.nxt');
    // Nobody has said anything yet.
    if (state === 'SYN-SENT') return;
    books.compare('snd.wnd', space.unsure ? undefined : space.window, snd.wnd, place);
    books.compare('rcv.nxt', space.rcvNxt === undefined ? undefined : space.rcvNxt >>> 0, rcv.nxt, place);
    if (what.sent) books.compare('rcv.wnd', space.rcvWnd, rcv.wnd, place);
    else books.hide('rcv.wnd');
  }

  /** Keeps a state to be compared in the end. */
  claim(facts: FrameFacts, end: 0 | 1, state: InferredState, place: Place): void {
    if (this.#claims.length < this.#maxClaims) this.#claims.push({ facts, end, state, place });
  }

  /** Compares the states, now that nothing will correct them any more. */
  finish(): void {
    for (const { facts, end, state, place } of this.#claims)
      this.#books.compare('state', facts.states[end], state, place);
    this.#claims.length = 0;
  }
}

/** What a vantage knows of a conversation. */
interface Track {
  /** What this host sent and the other end may not have: mark and number, two by two. */
  sent: number[];
  /** The latest frame received, and the latest received that moved the sender's SND.NXT. */
  latest: number;
  moved: number;
}

/**
 * What nobody outside can know of a state: a program has called CLOSE, and its FIN waits for data or a window. If the peer's FIN comes meanwhile, it was CLOSING and
 * not CLOSE-WAIT that it led to, and so on until the end.
 */
class Secrets {
  readonly #crossed = new Set<Connection>();

  keeps(connection: Connection | undefined, after: TcbSnapshot | undefined): boolean {
    if (connection === undefined || after === undefined) return false;
    if (after.closing && !after.snd.finSent) {
      if (after.state === 'CLOSING') this.#crossed.add(connection);
      return true;
    }
    return this.#crossed.has(connection);
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

/** A host that is captured and traced. */
class Vantage {
  readonly #books: Books;
  readonly #judge: Judge;
  readonly #host: Host;
  readonly #ends: (() => void)[];
  /** Of each connection: the frame that moved SND.NXT last. */
  readonly #moved = new Map<Connection, number>();
  /** The segment that came in and has not been judged. */
  #arrived: FrameFacts | undefined = undefined;
  readonly #secrets = new Secrets();
  readonly #tracks = new Map<number, Track>();

  constructor(host: Host, books: Books, maxSegments: number) {
    this.#host = host;
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
        sent: ({ mark, connection, before, after }) => this.#sent(mark, connection, before, after),
        received: (event) => this.#received(event),
      }),
    ];
  }

  finish(): void {
    for (const end of this.#ends) end();
    this.#judge.finish();
  }

  #sent(mark: number, connection: Connection | undefined, before?: TcbSnapshot, after?: TcbSnapshot): void {
    if (connection !== undefined && before?.snd.nxt !== after?.snd.nxt) this.#moved.set(connection, mark);
    const books = this.#books;
    const secret = this.#secrets.keeps(connection, after);
    const moved = (connection && this.#moved.get(connection)) ?? mark;
    books.speak(mark, { after, order: books.order, secret, moved });
  }

  #received({ mark, connection, after, time, verdict }: SegmentReceived): void {
    const facts = this.#arrived;
    this.#arrived = undefined;
    // Its connection never saw it: the listener has no room.
    if (verdict !== 'accepted' && !(verdict in DROPS)) return;
    if (HEARD.has(verdict)) this.#books.hear(mark);
    // It is over, and the reset that says so follows.
    const secret = this.#secrets.keeps(connection, after) || verdict === 'text for nobody';
    if (facts === undefined || after === undefined) return;
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
      track = { sent: [], latest: 0, moved: 0 };
      this.#tracks.set(index, track);
    }
    const spoken = this.#books.spoken.get(mark);
    if (out) {
      track.sent.push(mark, facts.rawSeq);
      if (spoken !== undefined) this.#compare(facts, spoken, now, true, true);
      return;
    }
    this.#arrived = facts;
    if (spoken === undefined || mark <= track.latest) return;
    track.latest = mark;
    if (spoken.moved === mark) track.moved = mark;
    if (this.#hadHeardAll(track, spoken.order)) this.#compare(facts, spoken, now, false, spoken.moved === track.moved);
  }

  /** Whether all that was sent to the other end had come by then, or was made good by what came later with later numbers. */
  #hadHeardAll(track: Track, order: number): boolean {
    const { sent } = track;
    const left: number[] = [];
    let later: number | undefined;
    let next = Number.POSITIVE_INFINITY;
    for (let i = sent.length - 2; i >= 0; i -= 2) {
      const seq = sent[i + 1]!;
      const heard = this.#books.heard.get(sent[i]!) ?? Number.POSITIVE_INFINITY;
      const lost = heard > order;
      // One that was overtaken may have undone what the other said.
      const overtaken = !lost && heard > next;
      if (later !== undefined && (lost ? !isAfter(seq, later) : overtaken && isAfter(later, seq))) continue;
      if (lost || overtaken) left.unshift(sent[i]!, seq);
      else {
        if (later === undefined || isAfter(seq, later)) later = seq;
        next = heard;
      }
    }
    track.sent = left;
    return left.length === 0;
  }

  #compare(facts: FrameFacts, { after, secret }: Spoken, now: Micros, own: boolean, nxt: boolean): void {
    const end = facts.from;
    if (after !== undefined) this.#judge.compare(facts, end, after, now, { own, sent: true, nxt, secret });
    else {
      const place = { host: this.#host.name, frame: facts.frame, time: now, end: own ? 'own' : 'other' } as const;
      this.#judge.claim(facts, end, 'CLOSED', place);
    }
  }
}

/** Whether a frame's checksums are wrong: no host takes it for a segment. */
function isDamaged(frame: Frame, medium: 'ethernet' | 'ip'): boolean {
  const { view, start } = frame;
  const end = start + frame.length;
  const at = medium === 'ip' ? start : ethernet.locate(view, start, end);
  if (at < 0 || (medium === 'ethernet' && ethernet.type(view, start) !== ethernet.TYPE_IPV4)) return at < 0;
  const payload = ipv4.locate(view, at, end);
  if (payload < 0 || at + ipv4.totalLength(view, at) > end || !verifies(sum(view, at, payload - at))) return true;
  if (frame.checksum !== 'complete' || ipv4.protocol(view, at) !== ipv4.TCP) return false;
  const length = ipv4.payloadEnd(view, at, end) - payload;
  const pseudo = pseudoHeader4(ipv4.source(view, at), ipv4.destination(view, at), ipv4.TCP, length);
  return !verifies(sum(view, payload, length, pseudo));
}
