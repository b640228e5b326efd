/**
 * What a host's connections send: segments asked of them, put into frames and packets; acknowledgments held back until they find company; and who waits for a
 * free frame. Not here: what a segment says (tcp/output.ts). Read first: RFC 9293 §3.8.6.3 (when to send an acknowledgment), §3.10.7.4.
 */
import { smaller } from '../../core/least.ts';
import { type Micros, NEVER, TICK } from '../../core/time.ts';
import { finish, fold, pseudoHeader } from '../../wire/checksum.ts';
import type { Frame } from '../../wire/frame.ts';
import { sumOf } from '../../wire/frame-sum.ts';
import type { IpAddress, Ipv6 } from '../../wire/ip-address.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as tcp from '../tcp/index.ts';
import type { ArrivedPacket } from './arrived-packet.ts';
import type { Connection } from './connection.ts';
import type { ConnectionTable } from './connection-table.ts';
import { IP_AT } from './frame-layout.ts';
import type { Host } from './host.ts';
import type { Interface } from './interface.ts';
import type { SegmentTrace } from './segment-trace.ts';

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
    while (tcp.mayHaveSegment(tcb)) if (this.emit(connection, now, false) === false) break;
    if (!tcp.owesAcknowledgment(tcb) || connection.waitsForFrame) return;
    // Nobody is left who would give it company, or it has waited for enough.
    if (connection.owner === undefined || tcp.isLongUntold(tcb)) this.emit(connection, now);
    else if (!connection.held) {
      connection.held = true;
      this.#held[this.#heldCount++] = connection;
      this.#host.driver.held();
    }
  }

  /**
   * Sends one segment; false when there was none, or no frame for it.
   * @param alone whether an acknowledgment may go without company; default true
   */
  emit(connection: Connection, now: Micros, alone = true): boolean {
    const { tcb, iface } = connection;
    const host = this.#host;
    const frame = host.frames.take(iface);
    if (frame === undefined) {
      if (!connection.waitsForFrame) {
        connection.waitsForFrame = true;
        this.#waiting.push(connection);
        host.mayReceive = true;
      }
      return false;
    }
    const { route } = connection;
    // Behind an IP header, and its options if there are any.
    const header = typeof connection.localAddress === 'number' ? ipv4.HEADER : ipv6.HEADER;
    const at = IP_AT + header + (route === undefined ? 0 : route.length);
    const room = smaller(host.frames.roomIn(frame), iface.gsoMax) - (at - IP_AT);
    const before = this.#trace.before(connection, now);
    // Options of the packet would have to be in each.
    const length = tcp.nextSegment(tcb, now, frame, at, room, iface.cuts && route === undefined, alone);
    if (length === 0) {
      frame.pool.release(frame);
      return false;
    }
    frame.segmentSize = tcb.cut;
    if (this.#trace.watcher !== undefined) this.#trace.sent(connection, frame, at, length, before, now);
    const { timeToLive, typeOfService } = tcb.options;
    //= RFC 9293 §3.9.1.9 MUST-48, SHLD-21, SHLD-22: as the program has set it, now
    //= RFC 9293 §3.9.2 MUST-49
    const field = (typeOfService & DIFFERENTIATED) | tcp.codepoint(tcb);
    const { localAddress, remoteAddress, nextHop } = connection;
    this.#sum(iface, frame, at, length, localAddress, remoteAddress);
    if (typeof localAddress === 'number') {
      const to = remoteAddress as number;
      const hop = nextHop as number;
      if (route === undefined)
        host.transmit(iface, frame, localAddress, to, ipv4.TCP, length, hop, now, timeToLive, field);
      else host.transmitAlong(route, iface, frame, localAddress, to, length, hop, now, timeToLive, field);
    } else {
      const { flowLabel } = connection;
      const to = remoteAddress as Ipv6;
      host.transmit6(iface, frame, localAddress, to, ipv6.TCP, length, nextHop, now, timeToLive, field, flowLabel);
    }
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
    const at = IP_AT + (typeof source === 'number' ? ipv4.HEADER : ipv6.HEADER);
    const length = tcp.writeResetFor(segment, host.connectionSettings.choices.resetsEcho, frame.view, at);
    if (length === 0) return frame.pool.release(frame);
    counters.tcpOutSegs++;
    counters.tcpOutRsts++;
    if (this.#trace.watcher !== undefined) this.#trace.sent(undefined, frame, at, length, undefined, now);
    const back = host.interfaceTowards(source, iface);
    this.#sum(back, frame, at, length, destination, source);
    host.send(back, frame, destination, source, ipv4.TCP, length, now);
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

  /** Whether anybody waits for a frame. */
  get waits(): boolean {
    return this.#waiting.length > 0;
  }

  /** When to ask for a frame again: without a free one there is nothing to wait for but time. */
  nextRetry(now: Micros): Micros {
    return this.waits ? now + TICK : NEVER;
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

  /** Puts the checksum into the segment of `length` octets at `at`. It is for whom the segment is, whichever way it goes. */
  #sum(iface: Interface, frame: Frame, at: number, length: number, from: IpAddress, to: IpAddress): void {
    const { view } = frame;
    const pseudo = pseudoHeader(from, to, ipv4.TCP, length);
    if (iface.port.checksumOffload === true) {
      frame.checksum = 'partial';
      view.setUint16(at + 16, fold(pseudo));
    } else {
      //= RFC 9293 §3.1 MUST-2
      view.setUint16(at + 16, finish(sumOf(frame, at, length, pseudo)));
    }
  }
}
