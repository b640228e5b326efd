/**
 * What follows whatever happens to a connection: its owner is told, its segments are sent, its timer is set; and who was refused octets for want of pages hears
 * when there are some. Not here: what happens (connections.ts, handshakes.ts, icmp-errors.ts). Read first: RFC 9293 §3.9.1.8 (asynchronous reports).
 */
import type { Micros } from '../../core/time.ts';
import * as tcp from '../tcp/index.ts';
import type { ArrivedPacket } from './arrived-packet.ts';
import type { Connection, Report } from './connection.ts';
import type { ConnectionTable } from './connection-table.ts';
import type { Host } from './host.ts';
import type { OutgoingSegments } from './outgoing-segments.ts';
import type { SegmentTrace } from './segment-trace.ts';

/** Starved connections that are looked at after one event: there may be thousands, and pages come back one by one. */
const FED_AT_ONCE = 64;

/** The events of a host's connections. */
export class ConnectionEvents {
  readonly #host: Pick<Host, 'counters' | 'pages'>;
  readonly #table: ConnectionTable;
  readonly #outgoing: OutgoingSegments;
  readonly #trace: SegmentTrace;
  /** Connections whose programs were refused octets because the host's pages were used up. */
  readonly #starved = new Set<Connection>();
  /** Free pages when they were last looked through: with no more than that nobody has more to hope for. */
  #fed = 0;

  constructor(
    host: Pick<Host, 'counters' | 'pages'>,
    table: ConnectionTable,
    outgoing: OutgoingSegments,
    trace: SegmentTrace,
  ) {
    this.#host = host;
    this.#table = table;
    this.#outgoing = outgoing;
    this.#trace = trace;
  }

  /** Hands the segment that was read from `packet` to its connection. What follows is the caller's to begin: `after`. */
  deliver(connection: Connection, packet: ArrivedPacket, segment: tcp.IncomingSegment, now: Micros): void {
    const before = this.#trace.before(connection, now);
    tcp.segmentArrives(connection.tcb, segment, now);
    if (segment.verdict === 'accepted') this.#host.counters.tcpAccepted++;
    if (this.#trace.watcher !== undefined) this.#trace.received(packet, segment.verdict, connection, before, now);
  }

  /** After every event: tells the owner, sends what is to be sent, sets the timer, and lets go of what is over. */
  after(connection: Connection, now: Micros): void {
    if (connection.telling) return;
    const { tcb } = connection;
    let events = tcp.takeEvents(tcb);
    while (events !== 0) {
      connection.tell();
      connection.owner?.connectionEvents(connection, events);
      connection.told();
      if (events & (tcp.EVENT.TROUBLE | tcp.EVENT.URGENT)) this.#tellTrouble(connection, events, now);
      if (events & tcp.EVENT.ESTABLISHED && connection.predecessor !== undefined) {
        connection.predecessor.forget(now);
        connection.predecessor = undefined;
      }
      // Octets nobody waited for any more: what the owner did has led to events of its own.
      if (events & tcp.EVENT.READABLE && !connection.hasReceived) {
        connection.hasReceived = true;
        this.#outgoing.acknowledgeSoon(connection);
      }
      events = tcp.takeEvents(tcb);
    }
    this.#outgoing.output(connection, now);
    this.#table.settle(connection);
    if (this.#starved.size === 0) return;
    if (connection.id < 0) this.#starved.delete(connection);
    if (this.#host.pages.free > this.#fed) this.#feed(now);
  }

  /** After a program has read: most often that changes nothing for anybody else. */
  afterReading(connection: Connection, now: Micros): void {
    if (this.#starved.size > 0 || tcp.hasNews(connection.tcb)) this.after(connection, now);
  }

  /** A timer of the connection's has run out. */
  expired(connection: Connection, now: Micros): void {
    tcp.timeout(connection.tcb, now);
    this.after(connection, now);
  }

  /** A program was refused octets though its connection's buffer has room: it is told when there are pages again. */
  starve(connection: Connection): void {
    this.#starved.add(connection);
    this.#fed = Math.min(this.#fed, this.#host.pages.free);
  }

  /** Pages are free again: those that were refused octets for want of them hear of it, one after the other, if the pool gives them some now. */
  #feed(now: Micros): void {
    const { pages } = this.#host;
    const starved = this.#starved;
    this.#fed = pages.free;
    let left = FED_AT_ONCE;
    for (const connection of starved) {
      if (left-- === 0) {
        // The next event goes on from here.
        this.#fed = Math.min(this.#fed, pages.free - 1);
        return;
      }
      starved.delete(connection);
      if (connection.id < 0 || connection.tcb.writable <= 0) continue;
      if (connection.tcb.sendQueue.growth === 0) {
        // It stands at the end now.
        starved.add(connection);
        continue;
      }
      connection.tcb.events |= tcp.EVENT.WRITABLE;
      this.after(connection, now);
    }
    this.#fed = pages.free;
  }

  /** RFC 9293 §3.9.1.8: what the program is to know though it ends nothing, if it wants to. */
  #tellTrouble(connection: Connection, events: number, now: Micros): void {
    const { tcb } = connection;
    if (events & tcp.EVENT.TROUBLE) {
      //= RFC 9293 §3.8.3 MUST-20: (b), the advice to IP that the next hop may be dead
      connection.iface.neighbours?.doubt(connection.nextHop, now);
      //= RFC 9293 §3.8.3 SHLD-9
      this.report(connection, { reason: 'retransmissions', count: tcb.timeouts }, now);
    }
    //= RFC 9293 §3.8.5 MUST-32
    if (events & tcp.EVENT.URGENT) this.report(connection, { reason: 'urgent', octets: tcb.urgent }, now);
  }

  /** Tells the owner of trouble that ends nothing, if it wants to know. */
  report(connection: Connection, report: Report, now: Micros): void {
    const { owner } = connection;
    //= RFC 9293 §3.9.1.8 SHLD-20: an owner that does not want reports has no such method
    if (owner?.connectionReport === undefined) return;
    const nested = connection.telling;
    connection.tell();
    owner.connectionReport(connection, report);
    if (nested) return;
    connection.told();
    this.after(connection, now);
  }
}
