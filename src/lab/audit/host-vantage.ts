/**
 * A host that is captured and traced: all that decides its own end is in the capture. The other end is compared where what decides that has been seen, too (testimony.ts).
 */
import type { Micros } from '../../core/time.ts';
import type { FrameFacts } from '../../see/analysis/index.ts';
import type { Connection } from '../../speak/stack/connection.ts';
import type { Host } from '../../speak/stack/host.ts';
import type { HostVerdict, SegmentReceived, SegmentSent } from '../../speak/stack/trace.ts';
import { DROPS, type TcbSnapshot } from '../../speak/tcp/index.ts';
import type { Frame } from '../../wire/frame.ts';
import * as tcp from '../../wire/tcp.ts';
import { Secrets } from './judge.ts';
import type { Books } from './report.ts';
import { FarEnd, type Testimony } from './testimony.ts';
import { Vantage } from './vantage.ts';

/** What becomes of segments whose acknowledgment counts. */
const HEARD: ReadonlySet<HostVerdict> = new Set<HostVerdict>([
  ...(['accepted', 'window closed', 'text after the FIN', 'old text', 'pages exhausted', 'too many holes'] as const),
  ...(['FIN beyond the window', 'text in a SYN', 'text beyond the window'] as const),
]);

/** What is known at a host of a conversation. */
interface Track {
  readonly far: FarEnd;
  /** Whose conversation it is. A late SYN with the same number may make another of this host, which nobody outside can know of. */
  connection: Connection | undefined;
}

/** What is known of a connection of the host. */
interface Own {
  /** The frame that moved its SND.NXT last, to where, and whether it has passed. */
  mark: number;
  nxt: number;
  hasPassed: boolean;
  /** What passed last had waited for a hardware address, or was dropped waiting: the connection has said, and heard, more than that tells. */
  isBehind: boolean;
  /** It has passed over the end of its handshake, since it waits for octets (TCP_DEFER_ACCEPT): nobody outside can know. */
  defers: boolean;
}

/** A frame that has been made and has not passed yet. */
interface Queued {
  readonly connection: Connection | undefined;
  /** How many segments had come in by then. */
  readonly arrivals: number;
}

/** A host that is captured and traced. */
export class HostVantage extends Vantage {
  readonly #ends: (() => void)[];
  readonly #own = new Map<Connection, Own>();
  /** The segment that came in and has not been judged. */
  #arrived: FrameFacts | undefined = undefined;
  readonly #secrets = new Secrets();
  /** How many segments have come in. */
  #arrivals = 0;
  /** By mark. */
  readonly #queued = new Map<number, Queued>();
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
    const own = this.#ownOf(connection, mark, after);
    const moved = own?.mark ?? mark;
    const { testimony } = this;
    this.#queued.set(mark, { connection, arrivals: this.#arrivals });
    const secret = this.#secrets.keeps(connection, after);
    const hidden = own?.defers === true && after?.state === 'SYN-RECEIVED';
    testimony.speak(mark, { connection, after, order: testimony.order, secret, hidden, moved, octets, next });
  }

  /** Whether a conversation is that of `connection`, the first of this host in it. */
  #isOf(track: Track | undefined, connection: Connection | undefined): boolean {
    if (track === undefined || connection === undefined) return true;
    track.connection ??= connection;
    return track.connection === connection;
  }

  /** What is known of a connection, whose latest frame this is. */
  #ownOf(connection: Connection | undefined, mark: number, after: TcbSnapshot | undefined): Own | undefined {
    if (connection === undefined || after === undefined) return undefined;
    const { nxt } = after.snd;
    const own = this.#own.get(connection);
    if (own === undefined) {
      const first = { mark, nxt, hasPassed: false, isBehind: false, defers: false };
      this.#own.set(connection, first);
      return first;
    }
    if (own.nxt !== nxt) {
      own.mark = mark;
      own.nxt = nxt;
      own.hasPassed = false;
    }
    return own;
  }

  #received({ mark, connection, after, time, verdict }: SegmentReceived): void {
    const facts = this.#arrived;
    this.#arrived = undefined;
    // Its connection never saw it: the listener has no room. Or it waits for octets, which nobody outside can know.
    if (verdict !== 'accepted' && !(verdict in DROPS)) return;
    const own = connection && this.#own.get(connection);
    if (verdict === 'ACK without octets in the handshake') {
      if (own !== undefined) own.defers = true;
      return;
    }
    if (HEARD.has(verdict)) this.testimony.hear(mark);
    // It is over, and the reset that says so follows; or, where nobody waits in FIN-WAIT-2, nothing says so.
    const isOver = verdict === 'text for nobody' || (after?.state === 'CLOSED' && connection!.tcb.options.finWait2 < 0);
    const secret = this.#secrets.keeps(connection, after) || isOver;
    // What it has sent may wait for a hardware address still.
    if (facts === undefined || after === undefined || this.#queued.size > 0) return;
    if (own?.isBehind || (own?.defers && after.state === 'SYN-RECEIVED')) return;
    if (!this.#isOf(this.#tracks.get(facts.conversation.index), connection)) return;
    const nxt = own?.hasPassed ?? true;
    this.judge.compare(facts, facts.from === 0 ? 1 : 0, after, time, { own: true, sent: false, nxt, secret });
  }

  /** A frame passes on its way out: what is known now of its connection. Those made before it have passed, or never will. */
  #leaves(mark: number): Own | undefined {
    let left: Own | undefined;
    for (const [one, { connection, arrivals }] of this.#queued) {
      if (one > mark) continue;
      this.#queued.delete(one);
      const own = connection && this.#own.get(connection);
      if (one === mark) left = own;
      if (own === undefined) continue;
      own.isBehind = one !== mark || arrivals < this.#arrivals;
      if (own.mark === mark) own.hasPassed = true;
    }
    return left;
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
      track.far.tell(mark, facts);
      const own = this.#leaves(mark);
      const spoken = this.testimony.spoken.get(mark);
      if (spoken !== undefined && !own?.isBehind && this.#isOf(track, spoken.connection))
        this.compare(facts, spoken, now, true, own === undefined || (own.hasPassed && own.mark === spoken.moved));
      return;
    }
    this.#arrived = facts;
    this.#arrivals++;
    const said = track.far.says(mark, facts);
    if (said !== undefined) this.compare(facts, said.spoken, now, false, said.nxt);
  }
}
