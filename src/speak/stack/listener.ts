/**
 * A listening port and its two queues: connections whose handshake is under way, and connections that wait to be accepted. Both are bounded: when `backlog` + 1 wait to be
 * accepted, SYNs are dropped, and come again. A SYN that finds only the first queue full is answered with a cookie (syn-cookies.ts). Who has been answered takes itself for
 * connected, and what it sends must not be lost: so handshakes under way, and cookies, still end when as many wait, up to a limit of the host's; Linux drops their last segments.
 */
import type { Micros } from '../../core/time.ts';
import type { IpAddress } from '../../wire/ip-address.ts';
import type { ConnectionSettings } from '../tcp/index.ts';
import { EVENT } from '../tcp/index.ts';
import type { Connection, ConnectionOwner } from './connection.ts';
import { ConnectionQueue } from './connection-queue.ts';
import type { Connections } from './connections.ts';
import type { Bound } from './ports.ts';

/** The fewest unfinished handshakes a listener has room for. */
const LEAST_UNFINISHED = 16;

/** A socket bound to a TCP port: it keeps the port, and listens once it has a backlog. */
export class Listener implements Bound, ConnectionOwner {
  readonly address: IpAddress;
  /** Bound to `::`: for both versions. */
  readonly dual: boolean;
  readonly port: number;
  reuse: boolean;
  /** The host has chosen the port as somebody wanted to listen, and no program has bound it. */
  unasked = false;
  /** For the connections to come. */
  options: Readonly<ConnectionSettings>;
  /** Called when a connection is ready to be accepted. */
  onReady: () => void = () => {};
  /** -1: only bound. */
  backlog = -1;
  readonly #connections: Connections;
  readonly #unfinished = new ConnectionQueue();
  /** Waiting to be accepted, the first to come first. */
  readonly #ready = new ConnectionQueue();

  constructor(
    address: IpAddress,
    port: number,
    reuse: boolean,
    options: Readonly<ConnectionSettings>,
    connections: Connections,
    dual = false,
  ) {
    this.address = address;
    this.dual = dual;
    this.port = port;
    this.reuse = reuse;
    this.options = options;
    this.#connections = connections;
  }

  /** Until when a segment of nobody's may belong to a connection that found no room when it brought its cookie. */
  turnsAwayUntil: Micros = 0;

  get listening(): boolean {
    return this.backlog >= 0;
  }

  /** No room for another handshake. */
  get isSynQueueFull(): boolean {
    return this.#unfinished.size >= Math.max(LEAST_UNFINISHED, this.backlog);
  }

  /** No room for another SYN: as many wait to be accepted as were asked for. */
  get isAcceptQueueFull(): boolean {
    return this.#ready.size > this.backlog;
  }

  /** No room even for a connection whose SYN has been answered. */
  get isOverfull(): boolean {
    return this.#ready.size > this.backlog + this.#connections.surplus;
  }

  /** What the connections to come are told from now on; those whose handshake is under way have had no program yet, and are told, too. */
  tell(options: Readonly<ConnectionSettings>, change: Partial<ConnectionSettings>): void {
    this.options = options;
    for (let connection = this.#unfinished.first; connection !== undefined; connection = connection.behind)
      this.#connections.configure(connection, change);
  }

  /** How many connections wait to be accepted. */
  get ready(): number {
    return this.#ready.size;
  }

  /** A handshake begins. */
  begin(connection: Connection): void {
    this.#unfinished.add(connection);
  }

  /** The next connection, which is the caller's from now on; undefined when none waits. */
  accept(owner: ConnectionOwner): Connection | undefined {
    const connection = this.#ready.first;
    if (connection === undefined) return undefined;
    this.#ready.delete(connection);
    connection.owner = owner;
    return connection;
  }

  connectionEvents(connection: Connection, events: number): void {
    if (events & EVENT.ESTABLISHED) {
      this.#unfinished.delete(connection);
      this.#ready.add(connection);
      this.onReady();
      // A burst: whoever accepts is to have a turn before the queue is full, and what else comes waits for it.
      if (this.isAcceptQueueFull || this.#ready.size > Math.max(1, this.backlog >> 1))
        this.#connections.letProgramsGo();
    } else if (events & EVENT.CLOSED && this.#unfinished.delete(connection)) {
      // It has come to nothing. One that was ready and is over waits on, as in Linux: what it has brought is still the program's.
      connection.owner = undefined;
    }
  }

  /** Stops listening: what nobody has accepted is reset. */
  close(): void {
    this.backlog = -1;
    for (const queue of [this.#unfinished, this.#ready]) {
      for (let connection = queue.first; connection !== undefined; connection = queue.first) {
        queue.delete(connection);
        connection.owner = undefined;
        this.#connections.abort(connection);
      }
    }
  }
}
