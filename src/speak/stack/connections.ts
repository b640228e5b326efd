/**
 * A host's TCP: finds each segment's connection, runs their timers, turns what they have to say into packets. What a connection *does* with a segment is
 * speak/tcp's. Read first: RFC 9293 §3.10.7.1 (no connection), RFC 6528 §3 (initial sequence numbers), RFC 1122 §4.2.3.9 (ICMP).
 */

import type { PosixCode } from '../../core/errors.ts';
import { FlowTable } from '../../core/flow-table.ts';
import { drawKey, highHalf, type SipKey, sipHash } from '../../core/siphash.ts';
import { type Micros, NEVER, TICK } from '../../core/time.ts';
import { NO_TICK, TimerWheel } from '../../core/timer-wheel.ts';
import type { Ipv4 } from '../../wire/address.ts';
import { finish, fold, pseudoHeader4, sumOf, verifies } from '../../wire/checksum.ts';
import type { Frame } from '../../wire/frame.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as wire from '../../wire/tcp.ts';
import * as tcp from '../tcp/index.ts';
import { Connection, type ConnectionOwner, Lingering, type Report } from './connection.ts';
import type { Host } from './host.ts';
import { type Interface, IP_AT } from './interface.ts';
import { Listener } from './listener.ts';
import { PathMtus } from './path-mtus.ts';
import { Ports } from './ports.ts';
import { returnRoute, type SourceRoute } from './source-route.ts';
import { SynCookies } from './syn-cookies.ts';
import type { HostVerdict, Trace } from './trace.ts';

const TCP_AT = IP_AT + ipv4.HEADER;

/** The bits of the Differentiated Services field that are not ECN's. */
const DIFFERENTIATED = 0xfc;

/** Words of a connection's key: local address, remote address, both ports. */
const KEY_WORDS = 3;

/** Octets of a packet that any way takes, as good as: what says less is not believed (RFC 5927 §7.2; Linux has the same). */
const LEAST_PATH_MTU = 552;

/** How far beyond an old connection's last number its successor begins when the clock is not there yet: more than a window without scaling. */
const REUSE_STEP = 65_537;

/** Microseconds in a step of the clock in initial sequence numbers (RFC 9293 §3.4.1). */
const ISN_STEP = 4;

/** A host's connections and listeners. */
export class Connections {
  readonly ports: Ports<Listener>;
  /** The most connections there can be. */
  readonly limit: number;
  readonly #host: Host;
  readonly #table: FlowTable;
  readonly #byId: (Connection | Lingering | undefined)[] = [];
  readonly #freeIds: number[] = [];
  readonly #wheel: TimerWheel;
  readonly #key = new Int32Array(KEY_WORDS);
  readonly #isnKey: SipKey;
  readonly #cookies: SynCookies | undefined;
  readonly #segment: tcp.IncomingSegment = tcp.makeIncomingSegment();
  /** Where it stands. */
  #frame: Frame | undefined = undefined;
  #ip = 0;
  #at = 0;
  #end = 0;
  /** The connection of the last segment: the next one is likely for it. */
  #last: Connection | undefined = undefined;
  /** Owe nothing but an acknowledgment, which may find company. */
  readonly #held: (Connection | undefined)[] = [];
  #heldCount = 0;
  /** Have received octets for the first time, and not acknowledged them. */
  readonly #first: Connection[] = [];
  /** Connections whose programs were refused octets because the host's pages were used up. */
  readonly #starved = new Set<Connection>();
  /** Free pages when they were last looked through: with no more than that nobody has more to hope for. */
  #fed = 0;
  /** What routers said of the ways. */
  readonly #paths = new PathMtus();
  /** Have something to send and found no free frame. */
  readonly #waiting: Connection[] = [];
  #active = 0;
  /** Who is told of every segment; undefined while nobody watches. */
  trace: Trace | undefined = undefined;

  constructor(host: Host, limit: number, ephemeral: readonly [number, number], cookies: boolean, now: Micros) {
    this.#host = host;
    this.limit = limit;
    this.ports = new Ports(ephemeral, host.random);
    this.#table = new FlowTable({ words: KEY_WORDS, limit, random: host.random });
    this.#wheel = new TimerWheel(tickAt(now));
    //= RFC 9293 §3.4.1 MUST-9: without the key nobody works them out
    this.#isnKey = drawKey(host.random);
    this.#cookies = cookies ? new SynCookies(host.random) : undefined;
  }

  /** How many connections there are, in whatever state. */
  get size(): number {
    return this.#table.size;
  }

  /** How many of them are neither CLOSED nor in TIME-WAIT. */
  get active(): number {
    return this.#active;
  }

  /** Whether acknowledgments are held back. */
  get holding(): boolean {
    return this.#heldCount > 0;
  }

  /** Every connection in the table. */
  *all(): Generator<Connection> {
    for (let id = 0; id < this.#byId.length; id++) if (this.#byId[id] !== undefined) yield this.#whole(id);
  }

  /** Whether there is a connection between these ends. */
  has(localAddress: Ipv4, localPort: number, remoteAddress: Ipv4, remotePort: number): boolean {
    this.#key[0] = localAddress;
    this.#key[1] = remoteAddress;
    this.#key[2] = (localPort << 16) | remotePort;
    return this.#table.get(this.#key) >= 0;
  }

  /**
   * Opens a connection actively; its SYN goes out at once. Undefined when there is one between these ends, or the table is full.
   * @param route the way it takes, whose first gateway is reached by `iface`
   */
  connect(
    iface: Interface,
    localAddress: Ipv4,
    localPort: number,
    remoteAddress: Ipv4,
    remotePort: number,
    options: Readonly<tcp.ConnectionOptions>,
    owner: ConnectionOwner,
    route?: SourceRoute,
  ): Connection | undefined {
    const { now } = this.#host.driver;
    const { pages, counters } = this.#host;
    const tcb = tcp.makeTcb(localPort, remotePort, iface.mss, options, pages, counters);
    tcb.pathMtu = this.#paths.of(remoteAddress, now);
    const connection = new Connection(tcb, localAddress, remoteAddress, iface, owner);
    //= RFC 9293 §3.9.2.1 MUST-51
    if (route !== undefined) setRoute(connection, route, iface);
    const old = this.#find(localAddress, remoteAddress, (localPort << 16) | remotePort);
    let beyond: number | undefined;
    if (old !== undefined) {
      if (!tcp.mayReopen(old.tcb, options)) return undefined;
      beyond = old.tcb.snd.nxt;
      if (tcp.sinceTimeWait(old.tcb, now) >= options.choices.keepsTimestampAfter) tcb.ts.recent = old.tcb.ts.recent;
      this.#unregister(old);
      this.#forget(old, now);
      this.#host.counters.tcpTimeWaitReused++;
    }
    if (!this.#register(connection)) return undefined;
    let iss = this.#initialSequenceNumber(connection, now);
    if (beyond !== undefined && ((iss - beyond) | 0) <= 0) iss = (beyond + REUSE_STEP) | 0;
    tcp.open(tcb, 'active', iss, now);
    this.#after(connection, now);
    return connection;
  }

  /** Programs are to have their turn before more segments are taken in. */
  letProgramsGo(): void {
    this.#host.driver.pause();
  }

  /** SEND: answers how many octets of `bytes[from, to)` were taken. */
  send(connection: Connection, bytes: Uint8Array, from: number, to: number): number {
    const { now } = this.#host.driver;
    const taken = tcp.send(connection.tcb, bytes, from, to, now);
    if (taken < to - from && connection.tcb.writable > 0) {
      this.#starved.add(connection);
      this.#fed = Math.min(this.#fed, this.#host.pages.free);
    }
    this.#after(connection, now);
    return taken;
  }

  /** The same, and more is to follow soon: what does not fill a segment waits for it. */
  sendMore(connection: Connection, bytes: Uint8Array, from: number, to: number): number {
    return this.#sent(connection, to - from, tcp.sendMore(connection.tcb, bytes, from, to, this.#host.driver.now));
  }

  /** The same, and the last octet is urgent. */
  sendUrgent(connection: Connection, bytes: Uint8Array, from: number, to: number): number {
    return this.#sent(connection, to - from, tcp.sendUrgent(connection.tcb, bytes, from, to, this.#host.driver.now));
  }

  #sent(connection: Connection, wanted: number, taken: number): number {
    if (taken < wanted && this.#host.pages.free === 0) this.#starved.add(connection);
    this.#after(connection, this.#host.driver.now);
    return taken;
  }

  /** RECEIVE: copies up to `count` octets to `into[at, ...)`, answers how many. */
  receive(connection: Connection, into: Uint8Array, at: number, count: number): number {
    const { now } = this.#host.driver;
    const taken = tcp.receive(connection.tcb, into, at, count, now);
    if (connection.id >= 0) this.#after(connection, now);
    return taken;
  }

  /**
   * Changes what a connection was told: user timeout, time to live, Differentiated Services field, keep-alives ... (see `configure` in tcp/user-calls.ts).
   * @throws TcplabError EINVAL when a value is out of its range
   */
  configure(connection: Connection, change: Partial<tcp.ConnectionOptions>): void {
    const { now } = this.#host.driver;
    tcp.configure(connection.tcb, change, now);
    if (connection.id >= 0) this.#after(connection, now);
  }

  /** Whether what arrives is acknowledged at once for a while (TCP_QUICKACK). */
  setQuickAck(connection: Connection, quick: boolean): void {
    tcp.setQuickAck(connection.tcb, quick);
    if (connection.id >= 0) this.#after(connection, this.#host.driver.now);
  }

  /** CLOSE: no more will be sent. */
  shutdown(connection: Connection): void {
    const { now } = this.#host.driver;
    tcp.close(connection.tcb, now);
    this.#after(connection, now);
  }

  /** The program goes away: the host sees the connection through, or resets it when octets were not read. */
  leave(connection: Connection): void {
    const { now } = this.#host.driver;
    connection.owner = undefined;
    if (connection.id < 0) return tcp.release(connection.tcb);
    tcp.closeBoth(connection.tcb, now);
    this.#after(connection, now);
  }

  /** ABORT. */
  abort(connection: Connection): void {
    if (connection.id < 0) return tcp.release(connection.tcb);
    const { now } = this.#host.driver;
    tcp.abort(connection.tcb, now);
    this.#after(connection, now);
  }

  /** A segment for this host, in `[at, end)`, its IP header at `ip`, from `source` to `destination`. */
  arrives(
    iface: Interface,
    frame: Frame,
    ip: number,
    at: number,
    end: number,
    source: Ipv4,
    destination: Ipv4,
    unicast: boolean,
    now: Micros,
  ): void {
    const { counters } = this.#host;
    const segment = this.#segment;
    counters.tcpInSegs++;
    this.#frame = frame;
    this.#ip = ip;
    this.#at = at;
    this.#end = end;
    if (!unicast) {
      //= RFC 9293 §3.9.2.3 MUST-57: no answer to, and no use of, what was not for us alone
      counters.tcpNotUnicast++;
      return this.#tellDropped('not unicast', now);
    }
    if (
      frame.checksum === 'complete' &&
      !verifies(sumOf(frame, at, end - at, pseudoHeader4(source, destination, ipv4.TCP, end - at)))
    ) {
      //= RFC 9293 §3.1 MUST-3
      counters.tcpBadChecksum++;
      return this.#tellDropped('bad checksum', now);
    }
    if (!tcp.readSegment(frame, at, end, segment)) {
      counters.tcpMalformed++;
      return this.#tellDropped('malformed', now);
    }
    segment.typeOfService = ipv4.typeOfService(frame.view, ip);
    //= RFC 9293 §3.9.2.3 MUST-63: 0.0.0.0 is nobody; others that cannot be were stopped before (host.ts)
    if (source === 0) {
      counters.ipMartian++;
      return this.#tellDropped('no source', now);
    }
    const connection = this.#find(destination, source, (segment.destinationPort << 16) | segment.sourcePort);
    if (connection === undefined) {
      // "LAND": a listener that answered would answer itself. A program that connects to itself has a connection by now.
      if (source === destination && segment.sourcePort === segment.destinationPort) {
        counters.tcpSameEnds++;
        return this.#tellDropped('same ends', now);
      }
      return this.#withoutConnection(iface, source, destination, now);
    }
    const { owner, tcb } = connection;
    if (
      tcb.state === 'SYN-RECEIVED' &&
      owner instanceof Listener &&
      owner.isAcceptQueueFull &&
      (segment.flags & wire.RST) === 0
    ) {
      counters.tcpAcceptQueueFull++;
      return this.#tellDropped('accept queue full', now, connection);
    }
    if (tcb.state === 'TIME-WAIT') {
      const succession = tcp.succession(tcb, segment);
      if (succession === 'dropped') {
        counters.tcpTimeWaitKept++;
        this.#tellDropped('TIME-WAIT kept', now, connection);
        return this.#finish(connection);
      }
      const listener = succession === 'yes' ? this.ports.find(destination, segment.destinationPort) : undefined;
      if (listener?.listening) {
        return this.#succeed(connection, listener, iface, source, destination, now);
      }
    }
    //= RFC 9293 §3.9.1.9 MAY-9
    connection.receivedTypeOfService = segment.typeOfService;
    if (at - ip > ipv4.HEADER) this.#takeRoute(connection, frame.view, source);
    this.#deliver(connection, now);
    this.#after(connection, now);
  }

  /** The source route of the packet that has come, turned around; undefined when it has none, or its first gateway can be none. */
  #wayBack(view: DataView, source: Ipv4): SourceRoute | undefined {
    const host = this.#host;
    const route = returnRoute(view, this.#ip, this.#at, source);
    return route === undefined || !host.isUnicast(route.first) || host.isLocal(route.first) ? undefined : route;
  }

  /** A segment for a connection has come with IP options: perhaps another way back. Only from one that is next, and acknowledges what is in flight: no stranger is to turn it. */
  #takeRoute(connection: Connection, view: DataView, source: Ipv4): void {
    const { tcb } = connection;
    const { seq, ack, flags } = this.#segment;
    //= RFC 9293 §3.9.2.1 MUST-52: the way that our program has given stays
    if (!tcb.passive || seq !== tcb.rcv.nxt || (flags & (wire.ACK | wire.RST)) !== wire.ACK) return;
    if (((ack - tcb.snd.una) | 0) < 0 || ((ack - tcb.snd.nxt) | 0) > 0) return;
    const route = this.#wayBack(view, source);
    if (route === undefined || route.equals(connection.route)) return;
    //= RFC 9293 §3.9.2.1 SHLD-24
    setRoute(connection, route, this.#host.interfaceTowards(route.first, connection.iface));
  }

  /**
   * An ICMP error, or a neighbour that does not answer, about a segment that we sent.
   * @param seq the sequence number in the quoted segment
   * @param hard there is no point in trying on: nobody has the port, or the next hop does not exist
   * @param icmpType the message's type, and its code
   */
  unreachable(
    local: Ipv4,
    localPort: number,
    remote: Ipv4,
    remotePort: number,
    seq: number,
    code: PosixCode,
    hard: boolean,
    icmpType: number,
    icmpCode: number,
    now: Micros,
  ): void {
    const connection = this.#find(local, remote, (localPort << 16) | remotePort);
    if (connection === undefined) return;
    const { tcb } = connection;
    //= RFC 5927 §4.1: an error that quotes a number that is not in flight was not caused by us
    if (((seq - tcb.snd.una) | 0) < 0 || ((seq - tcb.snd.nxt) | 0) > 0) return;
    //= RFC 9293 §3.9.2.2 MUST-56: one that may pass ends nothing
    // A connection that is there survives the others, too: anybody can forge them, and a port that is gone says so by a reset (RFC 5927 §5.2).
    const ends = hard || tcb.options.choices.softErrorsEndOpening;
    if (!ends || !(tcb.state === 'SYN-SENT' || (tcb.state === 'SYN-RECEIVED' && hard))) {
      connection.softError = code;
      //= RFC 9293 §3.9.2.2 SHLD-25
      //= RFC 9293 §3.9.1.8 MUST-47
      this.#report(connection, { reason: 'icmp', code, icmpType, icmpCode }, now);
      return;
    }
    //= RFC 9293 §3.9.2.2 SHLD-26: one that is being made has nothing to lose
    connection.error = code;
    tcp.abort(tcb, now);
    this.#after(connection, now);
  }

  /**
   * A router says that a segment of ours was too long for the next link.
   * @param seq the sequence number in the quoted segment
   * @param mtu octets of the longest packet that the link takes; 0 when the router did not say
   */
  tooLong(
    local: Ipv4,
    localPort: number,
    remote: Ipv4,
    remotePort: number,
    seq: number,
    mtu: number,
    now: Micros,
  ): void {
    const connection = this.#find(local, remote, (localPort << 16) | remotePort);
    if (connection === undefined) return;
    const { tcb } = connection;
    //= RFC 5927 §7.2: only about what is in flight, and never below what every way takes
    if (((seq - tcb.snd.una) | 0) < 0 || ((seq - tcb.snd.nxt) | 0) >= 0) return;
    const believed = Math.max(mtu, LEAST_PATH_MTU);
    this.#paths.learn(remote, believed, now);
    tcp.learnPathMtu(tcb, believed, now);
    this.#after(connection, now);
  }

  /** When `timeout` has something to do. */
  nextTimeout(now: Micros): Micros {
    const tick = this.#wheel.nextTick();
    // Without a free frame there is nothing to wait for but time.
    const retry = this.#waiting.length > 0 ? now + TICK : NEVER;
    if (tick === NO_TICK) return retry;
    const base = Math.floor(now / TICK);
    return Math.min(retry, (base + ((tick - (base | 0)) | 0)) * TICK);
  }

  /** Runs the timers that are due; answers whether there were any. */
  timeout(now: Micros): boolean {
    this.#fired = false;
    this.#now = now;
    this.#wheel.advance(tickAt(now), this.#fire);
    return this.#fired;
  }

  #fired = false;
  #now: Micros = 0;
  readonly #fire = (id: number): void => {
    const connection = this.#byId[id];
    if (connection === undefined) return;
    this.#fired = true;
    if (connection instanceof Lingering) {
      //= RFC 9293 §3.10.8 TIME-WAIT TIMEOUT: delete the TCB
      const { localAddress, remoteAddress, claimed, remains } = connection;
      return this.#vacate(id, localAddress, remoteAddress, remains.localPort, remains.remotePort, claimed);
    }
    tcp.timeout(connection.tcb, this.#now);
    this.#after(connection, this.#now);
  };

  /** Sends the acknowledgments that were held back and have found no company. */
  releaseHeld(now: Micros): void {
    // The array keeps its length: one that is cut to nothing takes memory anew.
    const held = this.#held;
    for (let i = 0; i < this.#heldCount; i++) {
      const connection = held[i]!;
      held[i] = undefined;
      connection.held = false;
      if (connection.id >= 0 && tcp.pendingOutput(connection.tcb) === tcp.OUTPUT.ACKNOWLEDGMENT)
        this.#emit(connection, now);
      this.#finish(connection);
    }
    this.#heldCount = 0;
  }

  /** All frames that have come together are processed: those who have received octets for the first time acknowledge them, before their programs have a turn. */
  acknowledgeFirst(now: Micros): void {
    const first = this.#first;
    if (first.length === 0) return;
    //= RFC 9293 §3.10.7.4 MUST-58, MUST-59: as do all others, later (`releaseHeld`)
    for (const connection of first)
      if (connection.id >= 0 && tcp.pendingOutput(connection.tcb) === tcp.OUTPUT.ACKNOWLEDGMENT)
        this.#emit(connection, now);
    first.length = 0;
  }

  /** Lets those send that waited for a frame, the first to wait first, while there are any. */
  retry(now: Micros): void {
    const waiting = this.#waiting;
    const count = waiting.length;
    let done = 0;
    while (done < count && this.#host.hasFrame(waiting[done]!.iface)) {
      const connection = waiting[done++]!;
      connection.waitsForFrame = false;
      // An acknowledgment that got as far as this has waited long enough.
      if (tcp.pendingOutput(connection.tcb) === tcp.OUTPUT.ACKNOWLEDGMENT) this.#emit(connection, now);
      else this.#output(connection, now);
      this.#finish(connection);
    }
    // Those that waited in vain stand behind the rest now.
    if (done > 0) waiting.splice(0, done);
  }

  /** After every event: tells the owner, sends what is to be sent, sets the timer, and lets go of what is over. */
  #after(connection: Connection, now: Micros): void {
    if (connection.telling) return;
    const { tcb } = connection;
    let events = tcp.takeEvents(tcb);
    while (events !== 0) {
      connection.telling = true;
      connection.owner?.connectionEvents(connection, events);
      connection.telling = false;
      if (events & (tcp.EVENT.TROUBLE | tcp.EVENT.URGENT)) this.#tellTrouble(connection, events, now);
      if (events & tcp.EVENT.ESTABLISHED && connection.predecessor !== undefined) {
        this.#forget(connection.predecessor, now);
        connection.predecessor = undefined;
      }
      // Octets nobody waited for any more: what the owner did has led to events of its own.
      if (events & tcp.EVENT.READABLE && !connection.hasReceived) {
        connection.hasReceived = true;
        this.#first.push(connection);
      }
      events = tcp.takeEvents(tcb);
    }
    this.#output(connection, now);
    this.#finish(connection);
    if (this.#starved.size > 0 && this.#host.pages.free > this.#fed) this.#feed(now);
  }

  /** Pages are free again: those that were refused octets for want of them hear of it, one after the other, if the pool gives them some now. */
  #feed(now: Micros): void {
    const { pages } = this.#host;
    this.#fed = pages.free;
    for (const connection of this.#starved) {
      if (connection.id >= 0 && connection.tcb.sendQueue.growth === 0) continue;
      this.#starved.delete(connection);
      if (connection.id < 0 || connection.tcb.writable <= 0) continue;
      connection.tcb.events |= tcp.EVENT.WRITABLE;
      this.#after(connection, now);
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
      this.#report(connection, { reason: 'retransmissions', count: tcb.timeouts }, now);
    }
    //= RFC 9293 §3.8.5 MUST-32
    if (events & tcp.EVENT.URGENT) this.#report(connection, { reason: 'urgent', octets: tcb.urgent }, now);
  }

  #report(connection: Connection, report: Report, now: Micros): void {
    const { owner } = connection;
    //= RFC 9293 §3.9.1.8 SHLD-20: an owner that does not want reports has no such method
    if (owner?.connectionReport === undefined) return;
    const nested = connection.telling;
    connection.telling = true;
    owner.connectionReport(connection, report);
    connection.telling = nested;
    if (!nested) this.#after(connection, now);
  }

  #output(connection: Connection, now: Micros): void {
    const { tcb } = connection;
    let pending = tcp.pendingOutput(tcb);
    while (pending === tcp.OUTPUT.SEGMENT) {
      if (!this.#emit(connection, now)) break;
      pending = tcp.pendingOutput(tcb);
    }
    if (pending !== tcp.OUTPUT.ACKNOWLEDGMENT || connection.held || connection.waitsForFrame) return;
    // Nobody is left who would give it company.
    if (connection.owner === undefined) this.#emit(connection, now);
    else {
      connection.held = true;
      this.#held[this.#heldCount++] = connection;
      this.#host.driver.wake();
    }
  }

  /** Sends one segment; false when there was none, or no frame for it. */
  #emit(connection: Connection, now: Micros): boolean {
    const { tcb, iface } = connection;
    const host = this.#host;
    const frame = host.takeFrame(iface);
    if (frame === undefined) {
      if (!connection.waitsForFrame) {
        connection.waitsForFrame = true;
        this.#waiting.push(connection);
      }
      return false;
    }
    const { route } = connection;
    const at = route === undefined ? TCP_AT : TCP_AT + route.length;
    const room = Math.min(host.roomIn(frame), iface.port.gsoMax) - (at - IP_AT);
    const { trace } = this;
    const before = trace === undefined ? undefined : this.#picture(trace, tcb, now);
    const length = tcp.nextSegment(tcb, now, frame, at, room);
    if (length === 0) {
      frame.pool.release(frame);
      return false;
    }
    if (trace !== undefined) this.#tellSent(connection, frame, at, length, before, now);
    const { timeToLive, typeOfService } = tcb.options;
    //= RFC 9293 §3.9.1.9 MUST-48, SHLD-21, SHLD-22: as the program has set it, now
    //= RFC 9293 §3.9.2 MUST-49
    const field = (typeOfService & DIFFERENTIATED) | tcb.codepoint;
    const { localAddress, remoteAddress, nextHop } = connection;
    this.#transmit(iface, frame, at, length, localAddress, remoteAddress, nextHop, now, timeToLive, field, route);
    return true;
  }

  /** Hands the segment that was read to its connection. */
  #deliver(connection: Connection, now: Micros): void {
    const { tcb } = connection;
    const segment = this.#segment;
    const { trace } = this;
    const before = trace === undefined ? undefined : this.#picture(trace, tcb, now);
    tcp.segmentArrives(tcb, segment, now);
    if (segment.verdict === 'accepted') this.#host.counters.tcpAccepted++;
    if (trace !== undefined) this.#tellReceived(segment.verdict, connection, before, tcp.snapshot(tcb, now), now);
  }

  /** The TCB before an event, for those who want to see it. */
  #picture({ before = true }: Trace, tcb: tcp.Tcb, now: Micros): tcp.TcbSnapshot | undefined {
    return before ? tcp.snapshot(tcb, now) : undefined;
  }

  /** Tells of a segment that no connection got. */
  #tellDropped(verdict: HostVerdict, now: Micros, connection?: Connection): void {
    if (this.trace === undefined) return;
    const before = connection && tcp.snapshot(connection.tcb, now);
    this.#tellReceived(verdict, connection, before, before, now);
  }

  #tellReceived(
    verdict: HostVerdict,
    connection: Connection | undefined,
    before: tcp.TcbSnapshot | undefined,
    after: tcp.TcbSnapshot | undefined,
    now: Micros,
  ): void {
    const frame = this.#frame;
    if (frame === undefined) return;
    const { mark } = frame;
    this.trace?.received?.({
      time: now,
      connection,
      frame,
      at: this.#at,
      end: this.#end,
      mark,
      before,
      after,
      verdict,
    });
  }

  /** Tells of a segment of `length` octets at `at` that is about to be sent. */
  #tellSent(
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
    const mark = this.#host.driver.nextMark();
    frame.mark = mark;
    this.trace?.sent?.({ time: now, connection, frame, at, end: at + length, mark, before, after, why });
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

  /** What follows every output: the timer, and the end if it has come. */
  #finish(connection: Connection): void {
    const { tcb, id } = connection;
    if (id < 0) return;
    if (tcb.state === 'CLOSED') {
      // A reset that found no frame is lost, as it could have been on the way.
      this.#unregister(connection);
      if (connection.owner === undefined) tcp.release(tcb);
      if (connection.predecessor !== undefined) this.#restore(connection.predecessor);
      return;
    }
    if (tcp.isArmed(tcb)) this.#wheel.set(id, tcp.firstDeadline(tcb));
    else this.#wheel.clear(id);
    if (tcb.state !== 'TIME-WAIT') return;
    if (connection.active) {
      connection.active = false;
      this.#active--;
    }
    if (connection.owner === undefined && this.trace === undefined) this.#fold(connection);
  }

  /** Its program has gone, and nobody watches: what TIME-WAIT needs is kept, unless there is something to send still, or a way back that is its own. */
  #fold(connection: Connection): void {
    if (connection.tcb.owes !== 0 || connection.held || connection.waitsForFrame || connection.route !== undefined)
      return;
    this.#byId[connection.id] = new Lingering(connection);
    if (this.#last === connection) this.#last = undefined;
    connection.id = -1;
  }

  /** The connection at a place that is taken; one that was folded is unfolded. */
  #whole(id: number): Connection {
    const found = this.#byId[id]!;
    if (!(found instanceof Lingering)) return found;
    const { remains, localAddress, remoteAddress, iface, claimed } = found;
    const { pages, counters } = this.#host;
    const connection = new Connection(remains.unfold(pages, counters), localAddress, remoteAddress, iface, undefined);
    connection.id = id;
    connection.claimed = claimed;
    this.#byId[id] = connection;
    return connection;
  }

  /** A segment without a connection: a listener's business, or answered with a reset (RFC 9293 §3.10.7.1). */
  #withoutConnection(iface: Interface, source: Ipv4, destination: Ipv4, now: Micros): void {
    const segment = this.#segment;
    const { counters } = this.#host;
    if ((segment.flags & (wire.SYN | wire.ACK | wire.RST)) === wire.SYN) {
      const listener = this.ports.find(destination, segment.destinationPort);
      if (listener?.listening) {
        this.#listenerGetsSyn(listener, iface, source, destination, now);
        return;
      }
    }
    if ((segment.flags & (wire.SYN | wire.ACK | wire.RST)) === wire.ACK) {
      const listener = this.ports.find(destination, segment.destinationPort);
      if (listener?.listening && this.#bringsCookie(listener, iface, source, destination, now)) return;
    }
    counters.tcpNoConnection++;
    this.#tellDropped('no connection', now);
    // In LISTEN a segment that is neither SYN, ACK nor RST is dropped (RFC 9293 §3.10.7.2, fourth).
    const nothing = (segment.flags & (wire.SYN | wire.ACK | wire.RST)) === 0;
    if (nothing && this.ports.find(destination, segment.destinationPort)?.listening) return;
    const frame = this.#host.takeSmallFrame();
    if (frame === undefined) {
      counters.ipNoFrame++;
      return;
    }
    const length = tcp.writeResetFor(segment, this.#host.connectionOptions.choices.resetsEcho, frame.view, TCP_AT);
    if (length === 0) return frame.pool.release(frame);
    counters.tcpOutSegs++;
    counters.tcpOutRsts++;
    if (this.trace !== undefined) this.#tellSent(undefined, frame, TCP_AT, length, undefined, now);
    const back = this.#host.interfaceTowards(source, iface);
    this.#transmit(back, frame, TCP_AT, length, destination, source, back.nextHop(source), now);
  }

  /** A listener has a SYN from the other end of a connection in TIME-WAIT: a new one takes its place, whose numbers begin beyond the old one's. */
  #succeed(old: Connection, listener: Listener, iface: Interface, source: Ipv4, destination: Ipv4, now: Micros): void {
    //= RFC 9293 §3.6.1 MAY-2: (2), the old one waits until the other end has shown that it meant that SYN
    this.#unregister(old);
    const heir = this.#listenerGetsSyn(listener, iface, source, destination, now, old.tcb.snd.nxt);
    if (heir === undefined || heir.id < 0) return this.#restore(old);
    this.#host.counters.tcpTimeWaitReused++;
    heir.predecessor = old;
  }

  /** Back to TIME-WAIT: the SYN was an old duplicate, or there was no room for it. */
  #restore(old: Connection): void {
    this.#register(old);
    this.#finish(old);
  }

  /** The new connection is established: the old one is over. */
  #forget(old: Connection, now: Micros): void {
    tcp.abort(old.tcb, now);
    if (old.owner === undefined) tcp.release(old.tcb);
  }

  /** Answers the connection that is under way now, if there is one. `beyond`: the last number of a connection between the same ends that was in TIME-WAIT. */
  #listenerGetsSyn(
    listener: Listener,
    iface: Interface,
    source: Ipv4,
    destination: Ipv4,
    now: Micros,
    beyond?: number,
  ): Connection | undefined {
    const host = this.#host;
    if (listener.isAcceptQueueFull) {
      host.counters.tcpAcceptQueueFull++;
      this.#tellDropped('accept queue full', now);
      return undefined;
    }
    if (listener.isSynQueueFull) {
      // A cookie's numbers do not grow with time, as those after an old connection must.
      if (beyond !== undefined || !this.#answerWithCookie(listener, iface, source, destination, now)) {
        host.counters.tcpSynQueueFull++;
        this.#tellDropped('SYN queue full', now);
      }
      return undefined;
    }
    const connection = this.#passive(listener, iface, source, destination);
    const { tcb } = connection;
    if (!this.#register(connection)) {
      host.counters.tcpTableFull++;
      this.#tellDropped('table full', now);
      return undefined;
    }
    let iss = this.#initialSequenceNumber(connection, now);
    //= RFC 9293 §3.6.1 MAY-2: (1)
    if (beyond !== undefined && ((iss - beyond) | 0) <= 0) iss = (beyond + REUSE_STEP) | 0;
    tcp.open(tcb, 'passive', iss, now);
    this.#deliver(connection, now);
    listener.begin(connection);
    this.#after(connection, now);
    return connection;
  }

  /**
   * Answers a SYN and forgets it (RFC 4987 §3.6). False when cookies are off, the peer's segments are too small for one, or no frame is free.
   */
  #answerWithCookie(listener: Listener, iface: Interface, source: Ipv4, destination: Ipv4, now: Micros): boolean {
    const cookies = this.#cookies;
    const host = this.#host;
    if (cookies === undefined) return false;
    const connection = this.#passive(listener, iface, source, destination);
    if (!host.hasFrame(connection.iface)) return false;
    const { tcb } = connection;
    this.#initialSequenceNumber(connection, now);
    const iss = cookies.bake(tcb, this.#segment, destination, source, now);
    if (iss === undefined) return false;
    host.counters.tcpSynCookiesSent++;
    tcp.open(tcb, 'passive', iss, now);
    this.#deliver(connection, now);
    // It is one when, and if, the cookie comes back.
    host.counters.tcpPassiveOpens--;
    this.#emit(connection, now);
    return true;
  }

  /** Whether the segment acknowledges a cookie; if so, its connection is here again and has the segment. */
  #bringsCookie(listener: Listener, iface: Interface, source: Ipv4, destination: Ipv4, now: Micros): boolean {
    const segment = this.#segment;
    const { counters } = this.#host;
    const syn = this.#cookies?.recall(segment, destination, source, now);
    if (syn === undefined) return false;
    if (listener.isAcceptQueueFull) {
      counters.tcpAcceptQueueFull++;
      this.#tellDropped('accept queue full', now);
      return true;
    }
    const connection = this.#passive(listener, iface, source, destination);
    if (!this.#register(connection)) {
      counters.tcpTableFull++;
      this.#tellDropped('table full', now);
      return true;
    }
    counters.tcpSynCookiesTaken++;
    this.#initialSequenceNumber(connection, now);
    tcp.openAnswered(connection.tcb, (segment.ack - 1) | 0, syn, now);
    this.#deliver(connection, now);
    this.#after(connection, now);
    return true;
  }

  /** A connection of `listener`'s for the segment that has arrived, in CLOSED. */
  #passive(listener: Listener, iface: Interface, source: Ipv4, destination: Ipv4): Connection {
    const host = this.#host;
    const { destinationPort, sourcePort } = this.#segment;
    const back = host.interfaceTowards(source, iface);
    const tcb = tcp.makeTcb(destinationPort, sourcePort, back.mss, listener.options, host.pages, host.counters);
    tcb.pathMtu = this.#paths.of(source, host.driver.now);
    const connection = new Connection(tcb, destination, source, back, listener);
    if (this.#at - this.#ip === ipv4.HEADER || this.#frame === undefined) return connection;
    //= RFC 9293 §3.9.2.1 MUST-53
    const route = this.#wayBack(this.#frame.view, source);
    if (route !== undefined) setRoute(connection, route, host.interfaceTowards(route.first, iface));
    return connection;
  }

  /** A clock of 4 microseconds, and for each pair of ends a beginning that nobody guesses. */
  //= RFC 9293 §3.4.1 SHLD-1
  //= RFC 6528 §3
  #initialSequenceNumber(connection: Connection, now: Micros): number {
    this.#setKey(connection);
    const hash = sipHash(this.#isnKey, this.#key, KEY_WORDS);
    //= RFC 7323 §7.1: the clock of the timestamps option begins elsewhere for each pair of ends
    connection.tcb.ts.offset = highHalf();
    //= RFC 9293 §3.4.1 MUST-8
    return (Math.floor(now / ISN_STEP) + hash) | 0;
  }

  #setKey({ localAddress, remoteAddress, tcb }: Connection): void {
    this.#key[0] = localAddress;
    this.#key[1] = remoteAddress;
    this.#key[2] = (tcb.localPort << 16) | tcb.remotePort;
  }

  #find(local: Ipv4, remote: Ipv4, ports: number): Connection | undefined {
    const last = this.#last;
    if (
      last !== undefined &&
      last.remoteAddress === remote &&
      last.localAddress === local &&
      ((last.tcb.localPort << 16) | last.tcb.remotePort) === ports
    )
      return last;
    this.#key[0] = local;
    this.#key[1] = remote;
    this.#key[2] = ports;
    const id = this.#table.get(this.#key);
    if (id < 0) return undefined;
    this.#last = this.#whole(id);
    return this.#last;
  }

  #register(connection: Connection): boolean {
    const id = this.#freeIds.pop() ?? this.#byId.length;
    this.#setKey(connection);
    if (!this.#table.set(this.#key, id)) {
      this.#freeIds.push(id);
      return false;
    }
    this.#byId[id] = connection;
    connection.id = id;
    connection.active = true;
    this.#active++;
    this.ports.connected(connection.tcb.localPort);
    const { claims } = this.#host;
    if (claims.needed && connection.iface.isLoopback) {
      connection.claimed = true;
      // Granted before: its socket, or its listener's, has the port already.
      claims.take(ipv4.TCP, connection.tcb.localPort).catch(() => {});
    }
    return true;
  }

  #unregister(connection: Connection): void {
    const { id, tcb, localAddress, remoteAddress, claimed } = connection;
    connection.id = -1;
    if (this.#last === connection) this.#last = undefined;
    this.#starved.delete(connection);
    if (connection.active) {
      connection.active = false;
      this.#active--;
    }
    this.#vacate(id, localAddress, remoteAddress, tcb.localPort, tcb.remotePort, claimed);
  }

  /** A place is free again. */
  #vacate(id: number, local: Ipv4, remote: Ipv4, localPort: number, remotePort: number, claimed: boolean): void {
    this.#key[0] = local;
    this.#key[1] = remote;
    this.#key[2] = (localPort << 16) | remotePort;
    this.#table.delete(this.#key);
    this.#wheel.clear(id);
    this.#byId[id] = undefined;
    this.#freeIds.push(id);
    this.ports.disconnected(localPort);
    if (claimed) this.#host.claims.letGo(ipv4.TCP, localPort);
  }
}

/** `connection` goes through gateways from now on, the first of them reached by `iface`. */
function setRoute(connection: Connection, route: SourceRoute, iface: Interface): void {
  connection.route = route;
  connection.iface = iface;
  connection.nextHop = iface.nextHop(route.first);
  tcp.setIpOptions(connection.tcb, route.length);
}

/** The tick that has begun at `now`. */
const tickAt = (now: Micros): number => Math.floor(now / TICK) | 0;
