/**
 * How connections begin: an active OPEN, a SYN for a listener, a SYN cookie that comes back, and either in the place of a connection in TIME-WAIT. Not here: the
 * handshake itself (tcp/segment-arrives.ts), what a listener has room for (listener.ts), what is in a cookie (syn-cookies.ts).
 * Read first: RFC 9293 §3.5, §3.6.1 (TIME-WAIT), §3.10.1 (OPEN); RFC 4987 §3.6 (cookies).
 */
import type { Micros } from '../../core/time.ts';
import type { IpAddress } from '../../wire/ip-address.ts';
import * as tcp from '../tcp/index.ts';
import type { ArrivedPacket } from './arrived-packet.ts';
import { Connection, type ConnectionOwner } from './connection.ts';
import type { ConnectionEvents } from './connection-events.ts';
import type { ConnectionTable } from './connection-table.ts';
import type { Host } from './host.ts';
import type { InitialSequenceNumbers } from './initial-sequence-numbers.ts';
import type { Interface } from './interface.ts';
import type { Listener } from './listener.ts';
import type { OutgoingSegments } from './outgoing-segments.ts';
import type { PathMtus } from './path-mtus.ts';
import { type Surroundings, setRoute, wayBack } from './return-route.ts';
import type { SegmentTrace } from './segment-trace.ts';
import type { SourceRoute } from './source-route.ts';
import { COOKIE_LIFETIME, type SynCookies } from './syn-cookies.ts';

/** What handshakes need of their host. */
type HandshakeHost = Surroundings & Pick<Host, 'counters' | 'frames' | 'pages'>;

/** What handshakes work with. */
export interface HandshakeParts {
  readonly table: ConnectionTable;
  readonly events: ConnectionEvents;
  readonly outgoing: OutgoingSegments;
  readonly numbers: InitialSequenceNumbers;
  /** Undefined: a SYN beyond the queue is dropped. */
  readonly cookies: SynCookies | undefined;
  readonly paths: PathMtus;
  readonly trace: SegmentTrace;
}

/** The handshakes of a host's connections. */
export class Handshakes {
  readonly #host: HandshakeHost;
  readonly #table: ConnectionTable;
  readonly #events: ConnectionEvents;
  readonly #outgoing: OutgoingSegments;
  readonly #numbers: InitialSequenceNumbers;
  readonly #cookies: SynCookies | undefined;
  readonly #paths: PathMtus;
  readonly #trace: SegmentTrace;

  constructor(host: HandshakeHost, parts: HandshakeParts) {
    this.#host = host;
    this.#table = parts.table;
    this.#events = parts.events;
    this.#outgoing = parts.outgoing;
    this.#numbers = parts.numbers;
    this.#cookies = parts.cookies;
    this.#paths = parts.paths;
    this.#trace = parts.trace;
  }

  /** An active OPEN, as `Connections.connect` says. */
  open(
    iface: Interface,
    localAddress: IpAddress,
    localPort: number,
    remoteAddress: IpAddress,
    remotePort: number,
    options: Readonly<tcp.ConnectionSettings>,
    owner: ConnectionOwner,
    route: SourceRoute | undefined,
    now: Micros,
  ): Connection | undefined {
    const { pages, counters } = this.#host;
    const tcb = tcp.makeTcb(localPort, remotePort, iface.mssFor(remoteAddress), options, pages, counters);
    tcb.pathMtu = this.#paths.ofSegments(remoteAddress, now);
    const connection = new Connection(tcb, localAddress, remoteAddress, iface, owner);
    //= RFC 9293 §3.9.2.1 MUST-51
    if (route !== undefined) setRoute(connection, route, iface);
    const old = this.#table.find(localAddress, localPort, remoteAddress, remotePort);
    if (old !== undefined) {
      if (!tcp.mayReopen(old.tcb, options)) return undefined;
      if (tcp.sinceTimeWait(old.tcb, now) >= options.choices.keepsTimestampAfter) tcb.ts.recent = old.tcb.ts.recent;
      this.#table.unregister(old);
      old.forget(now);
      counters.tcpTimeWaitReused++;
    }
    if (!this.#table.register(connection)) return undefined;
    tcp.open(tcb, 'active', this.#numbers.choose(connection, now, old), now);
    this.#events.after(connection, now);
    return connection;
  }

  /** A listener has a SYN from the other end of a connection in TIME-WAIT: a new one takes its place, whose numbers begin beyond the old one's. */
  succeed(old: Connection, listener: Listener, packet: ArrivedPacket, segment: tcp.IncomingSegment, now: Micros): void {
    //= RFC 9293 §3.6.1 MAY-2: (2), the old one waits until the other end has shown that it meant that SYN
    this.#table.unregister(old);
    const heir = this.begin(listener, packet, segment, now, old);
    if (heir === undefined || heir.id < 0) return this.#table.restore(old);
    this.#host.counters.tcpTimeWaitReused++;
    heir.predecessor = old;
  }

  /**
   * A listener has a SYN. Answers the connection that is under way now, if there is one.
   * @param predecessor the connection between the same ends that was in TIME-WAIT
   */
  begin(
    listener: Listener,
    packet: ArrivedPacket,
    segment: tcp.IncomingSegment,
    now: Micros,
    predecessor?: Connection,
  ): Connection | undefined {
    const { counters } = this.#host;
    if (listener.isAcceptQueueFull) {
      counters.tcpAcceptQueueFull++;
      this.#trace.dropped(packet, 'accept queue full', now);
      return undefined;
    }
    if (listener.isSynQueueFull) {
      // A cookie's numbers do not grow with time, as those after an old connection must.
      if (predecessor !== undefined || !this.#answerWithCookie(listener, packet, segment, now)) {
        counters.tcpSynQueueFull++;
        this.#trace.dropped(packet, 'SYN queue full', now);
      }
      return undefined;
    }
    const connection = this.#passive(listener, packet, segment, now);
    if (!this.#register(connection, packet, now)) return undefined;
    tcp.open(connection.tcb, 'passive', this.#numbers.choose(connection, now, predecessor), now);
    this.#events.deliver(connection, packet, segment, now);
    listener.begin(connection);
    this.#events.after(connection, now);
    return connection;
  }

  /**
   * Whether the segment acknowledges a cookie; if so, its connection is here again and has the segment, when there is room for it. Where there was none for others of late
   * the segment may come behind one that brought a cookie, which its sender will send again: a reset, which RFC 9293 §3.10.7.2 asks for, would end a connection that
   * only waits. So nobody is reset there for 64 seconds, as long as a cookie lives at the least: a knowing departure.
   */
  bringsCookie(listener: Listener, packet: ArrivedPacket, segment: tcp.IncomingSegment, now: Micros): boolean {
    const syn = this.#cookies?.recall(segment, packet.destination, packet.source, now);
    const { counters } = this.#host;
    if (syn === undefined && now >= listener.turnsAwayUntil) return false;
    if (syn === undefined || listener.isOverfull) {
      if (syn !== undefined) listener.turnsAwayUntil = now + COOKIE_LIFETIME;
      counters.tcpAcceptQueueFull++;
      this.#trace.dropped(packet, 'accept queue full', now);
      return true;
    }
    const connection = this.#passive(listener, packet, segment, now);
    if (!this.#register(connection, packet, now)) return true;
    counters.tcpSynCookiesTaken++;
    // Its number is the cookie; what is wanted is where its timestamps begin.
    this.#numbers.choose(connection, now);
    tcp.openAnswered(connection.tcb, (segment.ack - 1) | 0, syn, now);
    this.#events.deliver(connection, packet, segment, now);
    this.#events.after(connection, now);
    return true;
  }

  /** Answers a SYN and forgets it (RFC 4987 §3.6). False when cookies are off, the peer's segments are too small for one, or no frame is free. */
  #answerWithCookie(listener: Listener, packet: ArrivedPacket, segment: tcp.IncomingSegment, now: Micros): boolean {
    const cookies = this.#cookies;
    if (cookies === undefined) return false;
    const host = this.#host;
    const connection = this.#passive(listener, packet, segment, now);
    if (!host.frames.has(connection.iface)) return false;
    const { tcb } = connection;
    // Its number is the cookie; what is wanted is where its timestamps begin.
    this.#numbers.choose(connection, now);
    const iss = cookies.bake(tcb, segment, packet.destination, packet.source, now);
    if (iss === undefined) return false;
    host.counters.tcpSynCookiesSent++;
    tcp.open(tcb, 'passive', iss, now);
    this.#events.deliver(connection, packet, segment, now);
    // It is one when, and if, the cookie comes back.
    host.counters.tcpPassiveOpens--;
    this.#outgoing.emit(connection, now);
    return true;
  }

  /** A connection of `listener`'s for the segment that has arrived, in CLOSED. */
  #passive(listener: Listener, packet: ArrivedPacket, segment: tcp.IncomingSegment, now: Micros): Connection {
    const host = this.#host;
    const { source, destination, iface } = packet;
    const back = host.interfaceTowards(source, iface);
    const { destinationPort, sourcePort } = segment;
    const mss = back.mssFor(source);
    const tcb = tcp.makeTcb(destinationPort, sourcePort, mss, listener.options, host.pages, host.counters);
    tcb.pathMtu = this.#paths.ofSegments(source, now);
    const connection = new Connection(tcb, destination, source, back, listener);
    if (!packet.hasOptions) return connection;
    //= RFC 9293 §3.9.2.1 MUST-53
    const route = wayBack(packet, host);
    if (route !== undefined) setRoute(connection, route, host.interfaceTowards(route.first, iface));
    return connection;
  }

  #register(connection: Connection, packet: ArrivedPacket, now: Micros): boolean {
    if (this.#table.register(connection)) return true;
    this.#host.counters.tcpTableFull++;
    this.#trace.dropped(packet, 'table full', now);
    return false;
  }
}
