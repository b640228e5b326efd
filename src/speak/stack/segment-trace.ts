/**
 * Tells whoever watches a host's TCP of its segments, with the TCB before and after. Not here: what an event says (trace.ts), in words (trace-text.ts).
 * While nobody watches, nothing is looked at.
 */
import type { Micros } from '../../core/time.ts';
import type { Frame } from '../../wire/frame.ts';
import * as tcp from '../tcp/index.ts';
import type { ArrivedPacket } from './arrived-packet.ts';
import type { Connection } from './connection.ts';
import type { Driver } from './driver.ts';
import type { HostVerdict, Trace } from './trace.ts';

/** The telling of a host's segments. */
export class SegmentTrace {
  /** Who is told; undefined while nobody watches. */
  watcher: Trace | undefined = undefined;
  readonly #driver: Driver;

  /** @param driver numbers the frames */
  constructor(driver: Driver) {
    this.#driver = driver;
  }

  /** The TCB before something happens to it; undefined while nobody watches, or wants to see that. */
  before({ tcb }: Connection, now: Micros): tcp.TcbSnapshot | undefined {
    return this.watcher === undefined || this.watcher.before === false ? undefined : tcp.snapshot(tcb, now);
  }

  /** A connection has got the segment in `packet`, and it was `before` then. */
  received(
    packet: ArrivedPacket,
    verdict: HostVerdict,
    connection: Connection,
    before: tcp.TcbSnapshot | undefined,
    now: Micros,
  ): void {
    this.#tellReceived(packet, verdict, connection, before, tcp.snapshot(connection.tcb, now), now);
  }

  /** No connection got the segment in `packet`, nor that one, whose it is. */
  dropped(packet: ArrivedPacket, verdict: HostVerdict, now: Micros, connection?: Connection): void {
    if (this.watcher === undefined) return;
    const tcb = connection && tcp.snapshot(connection.tcb, now);
    this.#tellReceived(packet, verdict, connection, tcb, tcb, now);
  }

  #tellReceived(
    { frame, at, end }: ArrivedPacket,
    verdict: HostVerdict,
    connection: Connection | undefined,
    before: tcp.TcbSnapshot | undefined,
    after: tcp.TcbSnapshot | undefined,
    now: Micros,
  ): void {
    const { mark } = frame;
    this.watcher?.received?.({ time: now, connection, frame, at, end, mark, before, after, verdict });
  }

  /** A segment of `length` octets at `at` is about to be sent, by a connection or by none. */
  sent(
    connection: Connection | undefined,
    frame: Frame,
    at: number,
    length: number,
    before: tcp.TcbSnapshot | undefined,
    now: Micros,
  ): void {
    const { tcb } = connection ?? {};
    const after = tcb && tcp.snapshot(tcb, now);
    const why = tcb === undefined ? 'no connection' : tcb.why;
    if (why === undefined) throw new Error(`a segment was sent in ${after?.state}, and nobody said why`);
    const mark = this.#driver.nextMark();
    frame.mark = mark;
    this.watcher?.sent?.({ time: now, connection, frame, at, end: at + length, mark, before, after, why });
  }
}
