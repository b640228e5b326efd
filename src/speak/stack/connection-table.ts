/**
 * Which connections a host has: found by their ends, numbered, each with its timer; those that only linger in TIME-WAIT folded to what has to be remembered.
 * Not here: what happens to them. Read first: RFC 9293 §3.3.1 (the TCB), §3.6.1 (TIME-WAIT).
 */
import { FlowTable } from '../../core/flow-table.ts';
import { type Micros, NEVER, TICK } from '../../core/time.ts';
import { NO_TICK, TimerWheel } from '../../core/timer-wheel.ts';
import { type IpAddress, sameAddress } from '../../wire/ip-address.ts';
import { TCP } from '../../wire/ipv4.ts';
import * as tcp from '../tcp/index.ts';
import { type Connection, KEY_WORDS, KEY_WORDS_6, writeKey } from './connection.ts';
import type { Host } from './host.ts';
import { Lingering } from './lingering.ts';
import type { Listener } from './listener.ts';
import type { Ports } from './ports.ts';
import type { SegmentTrace } from './segment-trace.ts';

/** What the table needs of its host. */
type TableHost = Pick<Host, 'claims' | 'counters' | 'driver' | 'pages' | 'random'>;

/** How many connections that were asked for lately are kept at hand, a power of two. */
const LIKELY = 64;

/** Is told of a connection whose timer has run out. */
export type Expired = (connection: Connection, now: Micros) => void;

/** The connections of a host. */
export class ConnectionTable {
  /** The most connections there can be. */
  readonly limit: number;
  readonly #host: TableHost;
  readonly #ports: Ports<Listener>;
  readonly #trace: SegmentTrace;
  readonly #expired: Expired;
  /** Numbers by ends, and who has them. */
  readonly #ids: FlowTable;
  /** The same for IPv6, whose keys are longer; made when it is needed. */
  #ids6: FlowTable | undefined = undefined;
  /** Connections, and where those are that were folded. */
  readonly #byId: (Connection | number | undefined)[] = [];
  readonly #lingering = new Lingering();
  readonly #freeIds: number[] = [];
  readonly #wheel: TimerWheel;
  readonly #key = new Int32Array(KEY_WORDS_6);
  /** Connections that were asked for lately, each at the place that its ports make: the next segment is likely for one of them. */
  readonly #likely: (Connection | undefined)[] = new Array<Connection | undefined>(LIKELY).fill(undefined);
  #active = 0;
  /** While timers run out: the time, and whether any did. */
  #now: Micros = 0;
  #fired = false;

  /**
   * @param ports learns which ones connections use
   * @param trace what is watched is not folded
   */
  constructor(host: TableHost, limit: number, ports: Ports<Listener>, trace: SegmentTrace, expired: Expired) {
    this.#host = host;
    this.limit = limit;
    this.#ports = ports;
    this.#trace = trace;
    this.#expired = expired;
    this.#ids = new FlowTable({ words: KEY_WORDS, limit, random: host.random });
    this.#wheel = new TimerWheel(tickAt(host.driver.now));
  }

  /** How many connections there are, in whatever state. */
  get size(): number {
    return this.#ids.size + (this.#ids6?.size ?? 0);
  }

  /** How many of them are neither CLOSED nor in TIME-WAIT. */
  get active(): number {
    return this.#active;
  }

  /** Every connection. */
  *all(): Generator<Connection> {
    for (let id = 0; id < this.#byId.length; id++) if (this.#byId[id] !== undefined) yield this.#whole(id);
  }

  /** Whether there is a connection between these ends. */
  has(local: IpAddress, localPort: number, remote: IpAddress, remotePort: number): boolean {
    return this.#idOf(local, localPort, remote, remotePort) >= 0;
  }

  /** The connection between these ends. */
  find(local: IpAddress, localPort: number, remote: IpAddress, remotePort: number): Connection | undefined {
    const likely = this.#likelyBetween(local, localPort, remote, remotePort);
    if (likely !== undefined) return likely;
    const id = this.#idOf(local, localPort, remote, remotePort);
    return id < 0 ? undefined : this.#expect(this.#whole(id));
  }

  /** The same, but for one that only lingers in TIME-WAIT, which stays folded. */
  findActive(local: IpAddress, localPort: number, remote: IpAddress, remotePort: number): Connection | undefined {
    const likely = this.#likelyBetween(local, localPort, remote, remotePort);
    if (likely !== undefined) return likely;
    const id = this.#idOf(local, localPort, remote, remotePort);
    const found = id < 0 ? undefined : this.#byId[id];
    return found === undefined || typeof found === 'number' ? undefined : this.#expect(found);
  }

  /** The one at hand, if it is between these ends. */
  #likelyBetween(local: IpAddress, localPort: number, remote: IpAddress, remotePort: number): Connection | undefined {
    const likely = this.#likely[placeOf(localPort, remotePort)];
    return likely !== undefined && isBetween(likely, local, localPort, remote, remotePort) ? likely : undefined;
  }

  /** What comes next is likely for `connection`. */
  #expect(connection: Connection): Connection {
    const { localPort, remotePort } = connection.tcb;
    this.#likely[placeOf(localPort, remotePort)] = connection;
    return connection;
  }

  #expectNot(connection: Connection): void {
    const { localPort, remotePort } = connection.tcb;
    const place = placeOf(localPort, remotePort);
    if (this.#likely[place] === connection) this.#likely[place] = undefined;
  }

  /** Takes a connection in; false when the table is full, or has one between these ends. */
  register(connection: Connection): boolean {
    const { localAddress, remoteAddress, tcb } = connection;
    const id = this.#freeIds.pop() ?? this.#byId.length;
    writeKey(this.#key, localAddress, remoteAddress, tcb.localPort, tcb.remotePort);
    if (this.size >= this.limit || !this.#idsFor(localAddress).set(this.#key, id)) {
      this.#freeIds.push(id);
      return false;
    }
    this.#byId[id] = connection;
    // The answer to what it sends first comes next.
    this.#expect(connection);
    connection.id = id;
    connection.active = true;
    this.#active++;
    this.#ports.connected(tcb.localPort);
    const { claims } = this.#host;
    if (claims.needed && connection.iface.isLoopback) {
      connection.claimed = true;
      // Granted before: its socket, or its listener's, has the port already.
      claims.take(TCP, tcb.localPort).catch(() => {});
    }
    return true;
  }

  /** Lets a connection go. */
  unregister(connection: Connection): void {
    const { id, tcb, localAddress, remoteAddress, claimed } = connection;
    connection.id = -1;
    this.#expectNot(connection);
    this.#deactivate(connection);
    this.#vacate(id, localAddress, remoteAddress, tcb.localPort, tcb.remotePort, claimed);
  }

  /** A connection goes back to TIME-WAIT: the SYN that it made way for was an old duplicate, or there was no room for it. */
  restore(connection: Connection): void {
    this.register(connection);
    this.settle(connection);
  }

  /** What follows every output: the timer, and the end if it has come. */
  settle(connection: Connection): void {
    const { tcb, id } = connection;
    if (id < 0) return;
    if (tcb.state === 'CLOSED') {
      // A reset that found no frame is lost, as it could have been on the way.
      this.unregister(connection);
      if (connection.owner === undefined) tcp.release(tcb);
      if (connection.predecessor !== undefined) this.restore(connection.predecessor);
      return;
    }
    if (tcp.isArmed(tcb)) this.#wheel.set(id, tcp.firstDeadline(tcb));
    else this.#wheel.clear(id);
    if (tcb.state !== 'TIME-WAIT') return;
    this.#deactivate(connection);
    if (connection.owner === undefined && this.#trace.watcher === undefined) this.#fold(connection);
  }

  /** When `timeout` has something to do. */
  nextTimeout(now: Micros): Micros {
    const tick = this.#wheel.nextTick();
    if (tick === NO_TICK) return NEVER;
    const base = Math.floor(now / TICK);
    return (base + ((tick - (base | 0)) | 0)) * TICK;
  }

  /** Runs the timers that are due; answers whether there were any. */
  timeout(now: Micros): boolean {
    this.#fired = false;
    this.#now = now;
    this.#wheel.advance(tickAt(now), this.#fire);
    return this.#fired;
  }

  readonly #fire = (id: number): void => {
    const connection = this.#byId[id];
    if (connection === undefined) return;
    this.#fired = true;
    if (typeof connection !== 'number') return this.#expired(connection, this.#now);
    //= RFC 9293 §3.10.8 TIME-WAIT TIMEOUT: delete the TCB
    const { localAddress, localPort, remoteAddress, remotePort, claimed } = this.#lingering.forget(connection);
    this.#vacate(id, localAddress, remoteAddress, localPort, remotePort, claimed);
  };

  /** Where the numbers of connections from that address are. */
  #idsFor(local: IpAddress): FlowTable {
    if (typeof local === 'number') return this.#ids;
    this.#ids6 ??= new FlowTable({ words: KEY_WORDS_6, limit: this.limit, random: this.#host.random });
    return this.#ids6;
  }

  /** The number of the connection between these ends; -1 when there is none. */
  #idOf(local: IpAddress, localPort: number, remote: IpAddress, remotePort: number): number {
    writeKey(this.#key, local, remote, localPort, remotePort);
    return typeof local === 'number' ? this.#ids.get(this.#key) : (this.#ids6?.get(this.#key) ?? -1);
  }

  /** It keeps no program running any more. */
  #deactivate(connection: Connection): void {
    if (!connection.active) return;
    connection.active = false;
    this.#active--;
  }

  /** A place is free again. */
  #vacate(
    id: number,
    local: IpAddress,
    remote: IpAddress,
    localPort: number,
    remotePort: number,
    claimed: boolean,
  ): void {
    writeKey(this.#key, local, remote, localPort, remotePort);
    this.#idsFor(local).delete(this.#key);
    this.#wheel.clear(id);
    this.#byId[id] = undefined;
    this.#freeIds.push(id);
    this.#ports.disconnected(localPort);
    if (claimed) this.#host.claims.letGo(TCP, localPort);
  }

  /** Its program has gone, and nobody watches: what TIME-WAIT needs is kept, unless there is something to send still, or a way back that is its own. */
  #fold(connection: Connection): void {
    if (connection.tcb.owes !== 0 || connection.held || connection.waitsForFrame || connection.route !== undefined)
      return;
    this.#byId[connection.id] = this.#lingering.fold(connection);
    this.#expectNot(connection);
    connection.id = -1;
  }

  /** The connection at a place that is taken; one that was folded is unfolded. */
  #whole(id: number): Connection {
    const found = this.#byId[id]!;
    if (typeof found !== 'number') return found;
    const { pages, counters } = this.#host;
    const connection = this.#lingering.unfold(found, pages, counters);
    connection.id = id;
    this.#byId[id] = connection;
    return connection;
  }
}

const placeOf = (localPort: number, remotePort: number): number => (localPort ^ remotePort) & (LIKELY - 1);

const isBetween = (
  { tcb, localAddress, remoteAddress }: Connection,
  local: IpAddress,
  localPort: number,
  remote: IpAddress,
  remotePort: number,
): boolean =>
  tcb.remotePort === remotePort &&
  tcb.localPort === localPort &&
  sameAddress(remoteAddress, remote) &&
  sameAddress(localAddress, local);

/** The tick that has begun at `now`. */
const tickAt = (now: Micros): number => Math.floor(now / TICK) | 0;
