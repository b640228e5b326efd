/**
 * A host's TCP: programs' calls, segments and timers go in here, each to its connection. What a connection *does* with them is speak/tcp's; which connections there
 * are (connection-table.ts), how they begin (handshakes.ts), what follows an event (connection-events.ts) and what goes out (outgoing-segments.ts) stand apart.
 * Read first: RFC 9293 §3.9.1 (calls), §3.10.7.1 (no connection).
 */
import type { Micros } from '../../core/time.ts';
import { verifies } from '../../wire/checksum.ts';
import { sumOf } from '../../wire/frame-sum.ts';
import { type IpAddress, sameAddress } from '../../wire/ip-address.ts';
import { TCP } from '../../wire/ipv4.ts';
import * as wire from '../../wire/tcp.ts';
import * as tcp from '../tcp/index.ts';
import type { ArrivedPacket } from './arrived-packet.ts';
import type { Connection, ConnectionOwner } from './connection.ts';
import { ConnectionEvents } from './connection-events.ts';
import { ConnectionTable } from './connection-table.ts';
import { Handshakes } from './handshakes.ts';
import type { Host } from './host.ts';
import { IcmpErrors } from './icmp-errors.ts';
import { InitialSequenceNumbers } from './initial-sequence-numbers.ts';
import type { Interface } from './interface.ts';
import { Listener } from './listener.ts';
import { Orphans } from './orphans.ts';
import { OutgoingSegments } from './outgoing-segments.ts';
import { Ports } from './ports.ts';
import { takeRoute } from './return-route.ts';
import { SegmentTrace } from './segment-trace.ts';
import type { SourceRoute } from './source-route.ts';
import { SynCookies } from './syn-cookies.ts';

/** The flags that tell a SYN, an acknowledgment and a reset apart. */
const KIND = wire.SYN | wire.ACK | wire.RST;

/** What bounds them; options of the host. */
export interface ConnectionLimits {
  /** The most connections there can be. */
  readonly connections: number;
  /** The first and the last port that the host chooses. */
  readonly ephemeralPorts: readonly [number, number];
  /** Whether SYN cookies are sent. */
  readonly synCookies: boolean;
  /** The most whose programs have gone and whose octets are not acknowledged. */
  readonly orphans: number;
  /** How many connections of a listener may wait beyond its backlog, when their SYNs have been answered. */
  readonly surplus: number;
}

/** A host's connections and listeners. */
export class Connections {
  readonly ports: Ports<Listener>;
  readonly trace: SegmentTrace;
  /** What is said of its segments by ICMP. */
  readonly icmpErrors: IcmpErrors;
  readonly #host: Host;
  readonly #table: ConnectionTable;
  readonly #outgoing: OutgoingSegments;
  readonly #events: ConnectionEvents;
  readonly #handshakes: Handshakes;
  readonly #orphans: Orphans;
  /** What has arrived; filled again for each. */
  readonly #segment: tcp.IncomingSegment = tcp.makeIncomingSegment();

  /** As in `ConnectionLimits`. */
  readonly surplus: number;

  constructor(host: Host, { connections, ephemeralPorts, synCookies, orphans, surplus }: ConnectionLimits) {
    this.#host = host;
    this.surplus = surplus;
    this.#orphans = new Orphans(orphans, host.pages);
    const { random, driver } = host;
    const trace = new SegmentTrace(driver);
    this.trace = trace;
    this.ports = new Ports(ephemeralPorts, random);
    const table = new ConnectionTable(host, connections, this.ports, trace, (connection, now) =>
      this.#events.expired(connection, now),
    );
    const outgoing = new OutgoingSegments(host, table, trace);
    const events = new ConnectionEvents(host, table, outgoing, trace);
    this.#table = table;
    this.#outgoing = outgoing;
    this.#events = events;
    this.#handshakes = new Handshakes(host, {
      table,
      events,
      outgoing,
      numbers: new InitialSequenceNumbers(random),
      cookies: synCookies ? new SynCookies(random) : undefined,
      paths: host.paths,
      trace,
    });
    this.icmpErrors = new IcmpErrors(table, events, host.paths);
  }

  /** The most connections there can be. */
  get limit(): number {
    return this.#table.limit;
  }

  /** How many connections there are, in whatever state. */
  get size(): number {
    return this.#table.size;
  }

  /** How many of them are neither CLOSED nor in TIME-WAIT. */
  get active(): number {
    return this.#table.active;
  }

  /** Every connection in the table. */
  all(): Generator<Connection> {
    return this.#table.all();
  }

  /** Whether there is a connection between these ends. */
  has(localAddress: IpAddress, localPort: number, remoteAddress: IpAddress, remotePort: number): boolean {
    return this.#table.has(localAddress, localPort, remoteAddress, remotePort);
  }

  /** Programs are to have their turn before more segments are taken in. */
  letProgramsGo(): void {
    this.#host.driver.pause();
  }

  /**
   * Opens a connection actively; its SYN goes out at once. Undefined when there is one between these ends, or the table is full.
   * @param route the way it takes, whose first gateway is reached by `iface`
   */
  connect(
    iface: Interface,
    localAddress: IpAddress,
    localPort: number,
    remoteAddress: IpAddress,
    remotePort: number,
    options: Readonly<tcp.ConnectionSettings>,
    owner: ConnectionOwner,
    route?: SourceRoute,
  ): Connection | undefined {
    const { now } = this.#host.driver;
    return this.#handshakes.open(iface, localAddress, localPort, remoteAddress, remotePort, options, owner, route, now);
  }

  /** SEND: answers how many octets of `bytes[from, to)` were taken. */
  send(connection: Connection, bytes: Uint8Array, from: number, to: number): number {
    const { now } = this.#host.driver;
    return this.#sent(connection, to - from, tcp.send(connection.tcb, bytes, from, to, now), now);
  }

  /** The same, and more is to follow soon: what does not fill a segment waits for it. */
  sendMore(connection: Connection, bytes: Uint8Array, from: number, to: number): number {
    const { now } = this.#host.driver;
    return this.#sent(connection, to - from, tcp.sendMore(connection.tcb, bytes, from, to, now), now);
  }

  /** The same, and the last octet ends a record: what follows begins with a segment of its own. */
  sendRecord(connection: Connection, bytes: Uint8Array, from: number, to: number): number {
    const { now } = this.#host.driver;
    return this.#sent(connection, to - from, tcp.sendRecord(connection.tcb, bytes, from, to, now), now);
  }

  /** The same, and the last octet is urgent. */
  sendUrgent(connection: Connection, bytes: Uint8Array, from: number, to: number): number {
    const { now } = this.#host.driver;
    return this.#sent(connection, to - from, tcp.sendUrgent(connection.tcb, bytes, from, to, now), now);
  }

  #sent(connection: Connection, wanted: number, taken: number, now: Micros): number {
    // The buffer would have taken them: there was no page.
    if (taken < wanted && connection.tcb.writable > 0) this.#events.starve(connection);
    this.#events.after(connection, now);
    const { driver } = this.#host;
    // Nothing may have gone out (a cork, MSG_MORE, a closed window): the timer that sees to it is to be heard.
    if (driver.isAwake === false) driver.wake();
    return taken;
  }

  /** RECEIVE: copies up to `count` octets to `into[at, ...)`, answers how many. */
  receive(connection: Connection, into: Uint8Array, at: number, count: number): number {
    const { now } = this.#host.driver;
    const taken = tcp.receive(connection.tcb, into, at, count, now);
    if (connection.id >= 0) this.#events.afterReading(connection, now);
    return taken;
  }

  /**
   * Changes what a connection was told: user timeout, time to live, Differentiated Services field, keep-alives ... (see `configure` in tcp/user-calls.ts).
   * @throws TcplabError EINVAL when a value is out of its range
   */
  configure(connection: Connection, change: Partial<tcp.ConnectionSettings>): void {
    const { now } = this.#host.driver;
    tcp.configure(connection.tcb, change, now);
    if (connection.id >= 0) this.#events.after(connection, now);
  }

  /** Whether what arrives is acknowledged at once for a while (TCP_QUICKACK). */
  setQuickAck(connection: Connection, quick: boolean): void {
    tcp.setQuickAck(connection.tcb, quick);
    if (connection.id >= 0) this.#events.after(connection, this.#host.driver.now);
  }

  /** CLOSE: no more will be sent. */
  shutdown(connection: Connection): void {
    const { now } = this.#host.driver;
    tcp.close(connection.tcb, now);
    this.#events.after(connection, now);
  }

  /** The program goes away: the host sees the connection through, or resets it when octets were not read. */
  leave(connection: Connection): void {
    const { now } = this.#host.driver;
    connection.owner = undefined;
    if (connection.id < 0) return tcp.release(connection.tcb);
    tcp.closeBoth(connection.tcb, now);
    if (this.#orphans.exceeds(connection)) {
      this.#host.counters.tcpOrphansReset++;
      tcp.abort(connection.tcb, now);
    }
    this.#events.after(connection, now);
  }

  /** ABORT. */
  abort(connection: Connection): void {
    if (connection.id < 0) return tcp.release(connection.tcb);
    const { now } = this.#host.driver;
    tcp.abort(connection.tcb, now);
    this.#events.after(connection, now);
  }

  /** A segment for this host. */
  arrives(packet: ArrivedPacket, now: Micros): void {
    this.#host.counters.tcpInSegs++;
    if (this.#isWhole(packet, now) === false || this.#takes(packet, now) === true) return;
    if (this.#read(packet, now) === false) return;
    const segment = this.#segment;
    const { source, destination } = packet;
    const connection = this.#table.find(destination, segment.destinationPort, source, segment.sourcePort);
    if (connection === undefined) return this.#withoutConnection(packet, now);
    const { owner, tcb } = connection;
    if (
      tcb.state === 'SYN-RECEIVED' &&
      owner instanceof Listener &&
      owner.isOverfull &&
      (segment.flags & wire.RST) === 0
    ) {
      this.#host.counters.tcpAcceptQueueFull++;
      return this.trace.dropped(packet, 'accept queue full', now, connection);
    }
    if (tcb.state === 'TIME-WAIT' && this.#endsTimeWait(connection, packet, now)) return;
    //= RFC 9293 §3.9.1.9 MAY-9
    connection.receivedTypeOfService = segment.typeOfService;
    if (packet.hasOptions) takeRoute(connection, packet, segment, this.#host);
    this.#events.deliver(connection, packet, segment, now);
    this.#events.after(connection, now);
  }

  /** Whether what the packet brings is for this host alone, and as it was sent; what is not is counted. */
  #isWhole(packet: ArrivedPacket, now: Micros): boolean {
    const { frame, at, end } = packet;
    const { counters } = this.#host;
    if (packet.unicast === false) {
      //= RFC 9293 §3.9.2.3 MUST-57: no answer to, and no use of, what was not for us alone
      counters.tcpNotUnicast++;
      this.trace.dropped(packet, 'not unicast', now);
      return false;
    }
    if (frame.checksum === 'complete' && !verifies(sumOf(frame, at, end - at, packet.pseudoHeader(TCP, end - at)))) {
      //= RFC 9293 §3.1 MUST-3
      counters.tcpBadChecksum++;
      this.trace.dropped(packet, 'bad checksum', now);
      return false;
    }
    return true;
  }

  /** Gives its connection a segment that it expects, while nobody watches; whether it was one. */
  #takes(packet: ArrivedPacket, now: Micros): boolean {
    const { frame, at, end } = packet;
    if (end - at < wire.HEADER || tcp.looksExpected(frame, at) === false || packet.hasOptions) return false;
    if (this.trace.watcher !== undefined) return false;
    const ports = frame.view.getInt32(at);
    const connection = this.#table.findActive(packet.destination, ports & 0xffff, packet.source, ports >>> 16);
    if (connection === undefined || tcp.takesExpected(connection.tcb, frame, at, end, now) === false) return false;
    this.#host.counters.tcpAccepted++;
    connection.receivedTypeOfService = packet.typeOfService;
    this.#events.after(connection, now);
    return true;
  }

  /** Reads the segment in `packet`; false when it is of no use to anybody: it is counted then. */
  #read(packet: ArrivedPacket, now: Micros): boolean {
    const { frame, at, end, source } = packet;
    const { counters } = this.#host;
    const segment = this.#segment;
    if (!tcp.readSegment(frame, at, end, segment)) {
      counters.tcpMalformed++;
      this.trace.dropped(packet, 'malformed', now);
      return false;
    }
    segment.typeOfService = packet.typeOfService;
    //= RFC 9293 §3.9.2.3 MUST-63: 0.0.0.0 and :: are nobody; others that cannot be were stopped before (arriving-frames.ts)
    if (source === 0 || (typeof source === 'object' && source.isUnspecified)) {
      counters.ipMartian++;
      this.trace.dropped(packet, 'no source', now);
      return false;
    }
    return true;
  }

  /** Whether a segment for a connection in TIME-WAIT ends there: it could be confused with the connection, or a new one takes its place. */
  #endsTimeWait(connection: Connection, packet: ArrivedPacket, now: Micros): boolean {
    const segment = this.#segment;
    const listener = this.#listener(packet);
    const succession = tcp.succession(connection.tcb, segment, (listener ?? connection.tcb).options);
    if (succession === 'dropped') {
      this.#host.counters.tcpTimeWaitKept++;
      this.trace.dropped(packet, 'TIME-WAIT kept', now, connection);
      this.#table.settle(connection);
      return true;
    }
    if (succession === 'no' || listener === undefined) return false;
    this.#handshakes.succeed(connection, listener, packet, segment, now);
    return true;
  }

  /** Who listens where the segment goes. */
  #listener({ destination }: ArrivedPacket): Listener | undefined {
    const bound = this.ports.find(destination, this.#segment.destinationPort);
    return bound?.listening ? bound : undefined;
  }

  /** A segment that is for no connection: a listener may make one of it, or it is refused. */
  #withoutConnection(packet: ArrivedPacket, now: Micros): void {
    const { counters } = this.#host;
    const segment = this.#segment;
    // "LAND": a listener that answered would answer itself. A program that connects to itself has a connection by now.
    if (sameAddress(packet.source, packet.destination) && segment.sourcePort === segment.destinationPort) {
      counters.tcpSameEnds++;
      return this.trace.dropped(packet, 'same ends', now);
    }
    const kind = segment.flags & KIND;
    const listener = this.#listener(packet);
    if (listener !== undefined && kind === wire.SYN) {
      this.#handshakes.begin(listener, packet, segment, now);
      return;
    }
    if (listener !== undefined && kind === wire.ACK && this.#handshakes.bringsCookie(listener, packet, segment, now))
      return;
    counters.tcpNoConnection++;
    this.trace.dropped(packet, 'no connection', now);
    // In LISTEN a segment that is neither SYN, ACK nor RST is dropped (RFC 9293 §3.10.7.2, fourth).
    if (kind === 0 && listener !== undefined) return;
    this.#outgoing.refuse(packet, segment, now);
  }

  /** When `timeout` or `retry` has something to do. */
  nextTimeout(now: Micros): Micros {
    return Math.min(this.#table.nextTimeout(now), this.#outgoing.nextRetry(now));
  }

  /** Runs the timers that are due; answers whether there were any. */
  timeout(now: Micros): boolean {
    return this.#table.timeout(now);
  }

  /** Lets those send that waited for a frame. */
  retry(now: Micros): void {
    this.#outgoing.retry(now);
  }

  /** Whether any of them does. */
  get waits(): boolean {
    return this.#outgoing.waits;
  }

  /** All frames that have come together are processed. */
  acknowledgeFirst(now: Micros): void {
    this.#outgoing.acknowledgeFirst(now);
  }

  /** Whether acknowledgments are held back. */
  get holding(): boolean {
    return this.#outgoing.holding;
  }

  /** Sends them: they have found no company. */
  releaseHeld(now: Micros): void {
    this.#outgoing.releaseHeld(now);
  }
}
