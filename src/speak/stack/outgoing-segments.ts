/**
 * What a host's connections send: segments asked of them, put into frames and packets; acknowledgments held back until they find company; and who waits for a
 * free frame. Not here: what a segment says (tcp/output.ts). Read first: RFC 9293 §3.8.6.3 (when to send an acknowledgment), §3.10.7.4.
 */
import { type Micros, NEVER, TICK } from '../../core/time.ts';
import type { Ipv4 } from '../../wire/address.ts';
import { finish, fold, pseudoHeader4, sumOf } from '../../wire/checksum.ts';
import type { Frame } from '../../wire/frame.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as tcp from '../tcp/index.ts';
import type { ArrivedPacket } from './arrived-packet.ts';
import type { Connection } from './connection.ts';
import type { ConnectionTable } from './connection-table.ts';
import type { Host } from './host.ts';
import { type Interface, IP_AT } from './interface.ts';
import type { SegmentTrace } from './segment-trace.ts';
import type { SourceRoute } from './source-route.ts';

const TCP_AT = IP_AT + ipv4.HEADER;

/** The bits of the Differentiated Services field that are not ECN's. */
const DIFFERENTIATED = 0xfc;

/** The output of a host's TCP. */
export class OutgoingSegments {
  readonly #host: Host;
  readonly #table: ConnectionTable;
  readonly #trace: SegmentTrace;
  /** Owe nothing but an acknowledgment, which may find company. */
  readonly #held: (Connection | undefined)[] = [];
  #heldCount = 0;
  /** Have received octets for the first time, and not acknowledged them. */
  readonly #first: Connection[] = [];
  /** Have something to send and found no free frame. */
  readonly #waiting: Connection[] = [];

  constructor(host: Host, table: ConnectionTable, trace: SegmentTrace) {
    this.#host = host;
    this.#table = table;
    this.#trace = trace;
  }

  /** Sends what a connection has to send; an acknowledgment alone is held back. */
  output(connection: Connection, now: Micros): void {
    const { tcb } = connection;
    let pending = tcp.pendingOutput(tcb);
    while (pending === tcp.OUTPUT.SEGMENT) {
      if (!this.emit(connection, now)) break;
      pending = tcp.pendingOutput(tcb);
    }
    if (pending !== tcp.OUTPUT.ACKNOWLEDGMENT || connection.held || connection.waitsForFrame) return;
    // Nobody is left who would give it company.
    if (connection.owner === undefined) this.emit(connection, now);
    else {
      connection.held = true;
      this.#held[this.#heldCount++] = connection;
      this.#host.driver.wake();
    }
  }

  /** Sends one segment; false when there was none, or no frame for it. */
  emit(connection: Connection, now: Micros): boolean {
    const { tcb, iface } = connection;
    const host = this.#host;
    const frame = host.frames.take(iface);
    if (frame === undefined) {
      if (!connection.waitsForFrame) {
        connection.waitsForFrame = true;
        this.#waiting.push(connection);
      }
      return false;
    }
    const { route } = connection;
    const at = route === undefined ? TCP_AT : TCP_AT + route.length;
    const { gsoMax, mtu } = iface.port;
    const room = Math.min(host.frames.roomIn(frame), gsoMax) - (at - IP_AT);
    const before = this.#trace.before(connection, now);
    // Options of the packet would have to be in each.
    const length = tcp.nextSegment(tcb, now, frame, at, room, gsoMax > mtu && route === undefined);
    if (length === 0) {
      frame.pool.release(frame);
      return false;
    }
    frame.segmentSize = tcb.cut;
    if (this.#trace.watcher !== undefined) this.#trace.sent(connection, frame, at, length, before, now);
    const { timeToLive, typeOfService } = tcb.options;
    //= RFC 9293 §3.9.1.9 MUST-48, SHLD-21, SHLD-22: as the program has set it, now
    //= RFC 9293 §3.9.2 MUST-49
    const field = (typeOfService & DIFFERENTIATED) | tcb.codepoint;
    const { localAddress, remoteAddress, nextHop } = connection;
    this.#transmit(iface, frame, at, length, localAddress, remoteAddress, nextHop, now, timeToLive, field, route);
    return true;
  }

  /** Answers a segment that is for no connection with a reset, where one is due. */
  refuse({ iface, source, destination }: ArrivedPacket, segment: tcp.IncomingSegment, now: Micros): void {
    const host = this.#host;
    const { counters } = host;
    const frame = host.frames.takeSmall();
    if (frame === undefined) {
      counters.ipNoFrame++;
      return;
    }
    const length = tcp.writeResetFor(segment, host.connectionSettings.choices.resetsEcho, frame.view, TCP_AT);
    if (length === 0) return frame.pool.release(frame);
    counters.tcpOutSegs++;
    counters.tcpOutRsts++;
    if (this.#trace.watcher !== undefined) this.#trace.sent(undefined, frame, TCP_AT, length, undefined, now);
    const back = host.interfaceTowards(source, iface);
    this.#transmit(back, frame, TCP_AT, length, destination, source, back.nextHop(source), now);
  }

  /** Whether acknowledgments are held back. */
  get holding(): boolean {
    return this.#heldCount > 0;
  }

  /** Sends the acknowledgments that were held back and have found no company. */
  releaseHeld(now: Micros): void {
    // The array keeps its length: one that is cut to nothing takes memory anew.
    const held = this.#held;
    for (let i = 0; i < this.#heldCount; i++) {
      const connection = held[i]!;
      held[i] = undefined;
      connection.held = false;
      this.#acknowledge(connection, now);
      this.#table.settle(connection);
    }
    this.#heldCount = 0;
  }

  /** A connection has received octets for the first time: they are acknowledged with the frames that have come together. */
  acknowledgeSoon(connection: Connection): void {
    this.#first.push(connection);
  }

  /** All frames that have come together are processed: those who have received octets for the first time acknowledge them, before their programs have a turn. */
  acknowledgeFirst(now: Micros): void {
    const first = this.#first;
    if (first.length === 0) return;
    //= RFC 9293 §3.10.7.4 MUST-58, MUST-59: as do all others, later (`releaseHeld`)
    for (const connection of first) this.#acknowledge(connection, now);
    first.length = 0;
  }

  /** Sends the acknowledgment that is all a connection owes; one that is gone owes none. */
  #acknowledge(connection: Connection, now: Micros): void {
    if (connection.id >= 0 && tcp.pendingOutput(connection.tcb) === tcp.OUTPUT.ACKNOWLEDGMENT)
      this.emit(connection, now);
  }

  /** When to ask for a frame again: without a free one there is nothing to wait for but time. */
  nextRetry(now: Micros): Micros {
    return this.#waiting.length > 0 ? now + TICK : NEVER;
  }

  /** Lets those send that waited for a frame, the first to wait first, while there are any. */
  retry(now: Micros): void {
    const waiting = this.#waiting;
    const count = waiting.length;
    let done = 0;
    while (done < count && this.#host.frames.has(waiting[done]!.iface)) {
      const connection = waiting[done++]!;
      connection.waitsForFrame = false;
      // An acknowledgment that got as far as this has waited long enough.
      if (tcp.pendingOutput(connection.tcb) === tcp.OUTPUT.ACKNOWLEDGMENT) this.emit(connection, now);
      else this.output(connection, now);
      this.#table.settle(connection);
    }
    // Those that waited in vain stand behind the rest now.
    if (done > 0) waiting.splice(0, done);
  }

  /** Puts checksum and IP header around the segment of `length` octets at `at` and sends it. The checksum is for whom the segment is, whichever way it goes. */
  #transmit(
    iface: Interface,
    frame: Frame,
    at: number,
    length: number,
    from: Ipv4,
    to: Ipv4,
    nextHop: Ipv4,
    now: Micros,
    timeToLive?: number,
    typeOfService?: number,
    route?: SourceRoute,
  ): void {
    const { view } = frame;
    const pseudo = pseudoHeader4(from, to, ipv4.TCP, length);
    if (iface.port.checksumOffload) {
      frame.checksum = 'partial';
      view.setUint16(at + 16, fold(pseudo));
    } else {
      //= RFC 9293 §3.1 MUST-2
      view.setUint16(at + 16, finish(sumOf(frame, at, length, pseudo)));
    }
    if (route === undefined)
      this.#host.transmit(iface, frame, from, to, ipv4.TCP, length, nextHop, now, timeToLive, typeOfService);
    else this.#host.transmitAlong(route, iface, frame, from, to, length, nextHop, now, timeToLive, typeOfService);
  }
}
