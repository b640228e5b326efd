/**
 * A TCP socket in the manner of BSD, with promises for what waits and Linux's error codes. Read first: RFC 9293 §3.9.1 (the calls).
 *
 * `bind` and `listen` answer promises too: where several programs share an address (a cable), a port is asked for first. Where there is
 * nobody to ask they have done their work when they return.
 */
import { type PosixCode, posixError, TcplabError } from '../../core/errors.ts';
import type { Ipv4 } from '../../wire/address.ts';
import type { Connection } from '../stack/connection.ts';
import type { Host, Waits } from '../stack/host.ts';
import type { Listener } from '../stack/listener.ts';
import { type ConnectionOptions, EVENT } from '../tcp/index.ts';
import { type Address, addressText, makeAddress, readAddress, requireBytes } from './address.ts';
import {
  bindPort,
  claimPort,
  type Opener,
  openConnection,
  releasePort,
  startListening,
  unbindPort,
} from './opening.ts';
import { PENDING, Waiters } from './waiters.ts';

/** No more will be received, sent, either. */
export const SHUT_RD = 0;
export const SHUT_WR = 1;
export const SHUT_RDWR = 2;

const EMPTY = new Uint8Array(0);
const DONE = Promise.resolve();

const closedError = (): TcplabError => posixError('EBADF', 'the socket was closed while a call waited');

const connectError = (code: PosixCode, address: Address): TcplabError =>
  posixError(code, `connect ${addressText(address)}`);

/** A TCP socket. */
export class StreamSocket implements Opener, Waits {
  readonly #host: Host;
  readonly #options: ConnectionOptions;
  #reuse = false;
  /** The port that `bind` got; it listens when `listen` was called. */
  #listener: Listener | undefined = undefined;
  #connection: Connection | undefined = undefined;
  #connecting = false;
  #closed = false;
  /** The connection has been established, at least once. */
  #connected = false;
  #readShut = false;
  #writeShut = false;
  /**
   * Why the connection ended, as long as no call of that direction has reported it. (Linux has one for both, so that a reader whose writer was
   * told of a reset sees an orderly end.)
   */
  #readError: PosixCode | undefined = undefined;
  #writeError: PosixCode | undefined = undefined;
  readonly #receivers: Waiters<Uint8Array<ArrayBuffer> | number>;
  readonly #senders: Waiters<number | undefined>;
  readonly #accepters: Waiters<[StreamSocket, Address]>;
  readonly #connects: Waiters<void>;

  /** For `socket` and `accept`, which make these. */
  constructor(host: Host, options: ConnectionOptions, accepted: Connection | undefined) {
    this.#host = host;
    this.#options = options;
    this.#connection = accepted;
    this.#connected = accepted !== undefined;
    this.#receivers = new Waiters(host.driver);
    this.#senders = new Waiters(host.driver);
    this.#accepters = new Waiters(host.driver);
    this.#connects = new Waiters(host.driver);
    host.sockets.add(this);
    host.driver.opened();
  }

  /** SO_REUSEADDR: whether `bind` takes a port from which connections still linger; default false. */
  get reuseAddress(): boolean {
    return this.#reuse;
  }

  set reuseAddress(reuse: boolean) {
    this.#reuse = reuse;
    if (this.#listener !== undefined) this.#listener.reuse = reuse;
  }

  /**
   * Takes a local address. Port 0 lets the host choose.
   * @throws TcplabError (as a rejection) EINVAL (bound already, or no address), EADDRNOTAVAIL, EADDRINUSE, EBADF
   */
  bind(address: Address): Promise<void> {
    try {
      return this.#bind(readAddress(address, 'bind'), address[1], `bind ${addressText(address)}`);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #bind(local: Ipv4, wanted: number, operation: string): Promise<void> {
    this.#requireOpen(operation);
    if (this.#listener !== undefined || this.#connection !== undefined) throw posixError('EINVAL', operation);
    const host = this.#host;
    const listener = bindPort(host, local, wanted, this.#reuse, this.#options, operation);
    listener.onReady = () => this.#accepters.serve();
    this.#listener = listener;
    const claim = claimPort(host, listener);
    if (claim === undefined) return DONE;
    return claim.then(
      () => this.#requireOpen(operation),
      (error: unknown) => {
        // Closed meanwhile, the socket has let go of everything.
        this.#requireOpen(operation);
        // Another program has it.
        this.#listener = undefined;
        unbindPort(host, listener);
        this.#accepters.fail(() => posixError('EADDRINUSE', operation));
        throw error;
      },
    );
  }

  /**
   * Lets others connect.
   * @param backlog how many connections may wait to be accepted, less one (as in Linux); default 128
   * @throws TcplabError (as a rejection) EINVAL when connected, EADDRINUSE when no port is left, EBADF
   */
  listen(backlog = 128): Promise<void> {
    try {
      this.#requireOpen('listen');
      if (this.#connection !== undefined || this.#connecting) throw posixError('EINVAL', 'listen');
      const bound = this.#listener === undefined ? this.#bind(0, 0, 'listen') : DONE;
      startListening(this.#host, this.#listener!, backlog);
      return bound;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * The next connection, and who made it.
   * @throws TcplabError (as a rejection) EINVAL when not listening, EBADF when closed before one came
   */
  accept(): Promise<[StreamSocket, Address]> {
    return this.#accepters.wait(() => {
      this.#requireOpen('accept');
      const listener = this.#listener;
      if (!listener?.listening)
        throw new TcplabError('EINVAL', 'accept: EINVAL, the socket does not listen; call bind and listen first');
      // Made before its owner is known: a socket and its connection name each other.
      if (listener.ready === 0) return PENDING;
      const socket = new StreamSocket(this.#host, this.#options, undefined);
      const connection = listener.accept(socket)!;
      socket.#connection = connection;
      socket.#connected = true;
      return [socket, makeAddress(connection.remoteAddress, connection.tcb.remotePort)];
    });
  }

  /**
   * Connects to `address`.
   * @throws TcplabError (as a rejection) ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, EADDRINUSE, EADDRNOTAVAIL (no port left), EISCONN, EALREADY, EBADF
   */
  connect(address: Address): Promise<void> {
    try {
      if (this.#closed) throw connectError('EBADF', address);
      if (this.#connecting) throw connectError('EALREADY', address);
      if (this.#connected || this.#listener?.listening) throw connectError('EISCONN', address);
      // What comes of it may be known before this function goes on.
      this.#readError = undefined;
      this.#writeError = undefined;
      const opening = openConnection(this.#host, this.#listener, address, this.#options, this);
      this.#connecting = true;
      if (opening === undefined) return this.#connectEnds(address);
      return opening.then(
        () => this.#connectEnds(address),
        (error: unknown) => {
          this.#connecting = false;
          throw error;
        },
      );
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The promise of what comes of it. */
  #connectEnds(address: Address): Promise<void> {
    return this.#connects.wait(() => {
      const error = this.#readError;
      if (!this.#connected && error === undefined) return PENDING;
      this.#connecting = false;
      if (this.#connected) return;
      // As in Linux, the socket may try again.
      this.#connection = undefined;
      throw connectError(error!, address);
    });
  }

  /**
   * The next octets, at most `count`, as soon as there are any; none at the end of the stream.
   * @throws TcplabError (as a rejection) ECONNRESET, ETIMEDOUT, ENOTCONN, EINVAL, EBADF
   */
  recv(count: number): Promise<Uint8Array<ArrayBuffer>> {
    return this.#receivers.wait(() => {
      const connection = this.#receivable('recv', count);
      const { readable } = connection.tcb;
      if (readable > 0 && count > 0) {
        const octets = new Uint8Array(Math.min(count, readable));
        this.#host.tcp.receive(connection, octets, 0, octets.length);
        return octets;
      }
      return this.#isAtEnd(connection, 'recv') || count === 0 ? EMPTY : PENDING;
    }) as Promise<Uint8Array<ArrayBuffer>>;
  }

  /** Like `recv`, into memory of the caller's own; answers how many octets. 0 at the end of the stream. */
  recvInto(into: Uint8Array, at = 0, count: number = into.length - at): Promise<number> {
    return this.#receivers.wait(() => {
      const connection = this.#receivable('recv', count);
      if (!(Number.isInteger(at) && at >= 0 && at + count <= into.length))
        throw new TcplabError(
          'EINVAL',
          `recvInto: ${count} octets from ${at} on do not fit into an array of ${into.length}`,
        );
      if (connection.tcb.readable > 0 && count > 0) return this.#host.tcp.receive(connection, into, at, count);
      return this.#isAtEnd(connection, 'recv') || count === 0 ? 0 : PENDING;
    }) as Promise<number>;
  }

  /**
   * Sends some of the octets, at least one, and answers how many; waits when the send buffer is full.
   * @throws TcplabError (as a rejection) EPIPE, ECONNRESET, ETIMEDOUT, EBADF, EINVAL
   */
  send(octets: Uint8Array): Promise<number> {
    return this.#senders.wait(() => {
      requireBytes(octets, 'send');
      const connection = this.#sendable('send');
      if (octets.length === 0) return 0;
      return this.#host.tcp.send(connection, octets, 0, octets.length) || PENDING;
    }) as Promise<number>;
  }

  /**
   * Sends all of the octets; done when the send buffer has taken the last.
   * @throws TcplabError (as a rejection) as `send`
   */
  sendall(octets: Uint8Array): Promise<void> {
    let sent = 0;
    return this.#senders.wait(() => {
      requireBytes(octets, 'sendall');
      const connection = this.#sendable('sendall');
      if (sent < octets.length) sent += this.#host.tcp.send(connection, octets, sent, octets.length);
      return sent === octets.length ? undefined : PENDING;
    }) as Promise<undefined>;
  }

  /**
   * Ends one direction: SHUT_WR lets the other side read the end of the stream.
   * @throws TcplabError ENOTCONN, EBADF, EINVAL
   */
  shutdown(how: typeof SHUT_RD | typeof SHUT_WR | typeof SHUT_RDWR): void {
    this.#requireOpen('shutdown');
    const connection = this.#connection;
    if (connection === undefined || !this.#connected || connection.id < 0) throw posixError('ENOTCONN', 'shutdown');
    if (how !== SHUT_RD && how !== SHUT_WR && how !== SHUT_RDWR) throw posixError('EINVAL', 'shutdown');
    if (how !== SHUT_WR) {
      this.#readShut = true;
      this.#receivers.serve();
    }
    if (how !== SHUT_RD && !this.#writeShut) {
      this.#writeShut = true;
      const { driver } = this.#host;
      driver.begin();
      this.#host.tcp.shutdown(connection);
      this.#senders.serve();
      driver.end();
    }
  }

  /** Gives the socket up. What was sent still arrives; what was received and not read makes it a reset. What waits on the socket is rejected with EBADF. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { driver } = this.#host;
    driver.begin();
    this.#host.sockets.delete(this);
    const listener = this.#listener;
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection !== undefined) this.#host.tcp.leave(connection);
    if (listener !== undefined) releasePort(this.#host, listener);
    this.#receivers.fail(closedError);
    this.#senders.fail(closedError);
    this.#accepters.fail(closedError);
    this.#connects.fail(closedError);
    driver.wake();
    driver.end();
  }

  /** Gives the socket up at once: the other side gets a reset (RFC 9293 §3.10.5, ABORT; SO_LINGER of 0 in BSD). */
  abort(): void {
    const connection = this.#connection;
    if (!this.#closed && connection !== undefined) {
      connection.owner = undefined;
      this.#connection = undefined;
      this.#host.tcp.abort(connection);
    }
    this.close();
  }

  /** The local address; `0.0.0.0` and 0 as long as there is none. @throws TcplabError EBADF */
  getsockname(): Address {
    this.#requireOpen('getsockname');
    const connection = this.#connection;
    if (connection !== undefined) return makeAddress(connection.localAddress, connection.tcb.localPort);
    return makeAddress(this.#listener?.address ?? 0, this.#listener?.port ?? 0);
  }

  /** The other end's address. @throws TcplabError ENOTCONN, EBADF */
  getpeername(): Address {
    this.#requireOpen('getpeername');
    const connection = this.#connection;
    if (connection === undefined || !this.#connected) throw posixError('ENOTCONN', 'getpeername');
    return makeAddress(connection.remoteAddress, connection.tcb.remotePort);
  }

  /** It has been given up. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** The connection, for those who look inside; undefined when there is none. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** For `openConnection`. */
  begin(connection: Connection): void {
    this.#connection = connection;
  }

  connectionEvents(connection: Connection, events: number): void {
    if (events & EVENT.ESTABLISHED) this.#connected = true;
    if (events & EVENT.CLOSED) {
      this.#readError = connection.failure;
      this.#writeError = this.#readError;
    }
    // A call may have to report the end, and one that is being connected knows it first.
    if (this.#connects.any) this.#connects.serve();
    if (events & (EVENT.READABLE | EVENT.END_OF_STREAM | EVENT.CLOSED)) this.#receivers.serve();
    if (events & (EVENT.WRITABLE | EVENT.CLOSED)) this.#senders.serve();
  }

  waiting(): string | undefined {
    const calls = [
      this.#accepters.any && 'accept',
      this.#connects.any && 'connect',
      this.#receivers.any && 'recv',
      this.#senders.any && 'send',
    ].filter(Boolean);
    if (calls.length === 0) return undefined;
    const connection = this.#connection;
    const from = addressText(this.getsockname());
    const to =
      connection === undefined
        ? ''
        : ` to ${addressText(makeAddress(connection.remoteAddress, connection.tcb.remotePort))}`;
    return `${calls.join(' and ')} on ${from}${to}${connection === undefined ? '' : `, ${connection.tcb.state}`}`;
  }

  #requireOpen(operation: string): void {
    if (this.#closed) throw posixError('EBADF', operation);
  }

  #receivable(operation: string, count: number): Connection {
    this.#requireOpen(operation);
    if (!(Number.isInteger(count) && count >= 0))
      throw new TcplabError(
        'EINVAL',
        `${operation}: the most octets wanted is a whole number, 0 or more, not ${count}`,
      );
    const connection = this.#connection;
    if (connection === undefined || !this.#connected) throw posixError('ENOTCONN', operation);
    return connection;
  }

  /** Whether nothing more will come; throws why, when it ended badly and nobody has been told. */
  #isAtEnd(connection: Connection, operation: string): boolean {
    if (connection.tcb.endOfStream || this.#readShut) return true;
    if (connection.tcb.state !== 'CLOSED') return false;
    const error = this.#readError;
    this.#readError = undefined;
    if (error !== undefined) throw posixError(error, operation);
    return true;
  }

  #sendable(operation: string): Connection {
    this.#requireOpen(operation);
    const connection = this.#connection;
    if (connection === undefined || !this.#connected) throw posixError('EPIPE', operation);
    if (connection.tcb.state === 'CLOSED' || this.#writeShut) {
      const error = this.#writeError ?? 'EPIPE';
      this.#writeError = undefined;
      throw posixError(error, operation);
    }
    return connection;
  }
}
