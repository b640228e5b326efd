/**
 * A TCP socket in the manner of BSD, with promises for what waits and Linux's error codes. Read first: RFC 9293 §3.9.1 (the calls).
 *
 * `bind` and `listen` answer promises too: where several programs share an address (a cable), a port is asked for first. Where there is
 * nobody to ask they have done their work when they return.
 */
import { posixError, TcplabError } from '../../core/errors.ts';
import { SECOND } from '../../core/time.ts';
import type { Connection, Report } from '../stack/connection.ts';
import { ALL_ERRORS } from '../stack/datagrams.ts';
import type { Host, Waits } from '../stack/host.ts';
import type { Listener } from '../stack/listener.ts';
import { type ConnectionSettings, EVENT } from '../tcp/index.ts';
import { type Address, addressText, makeAddress, requireBytes, requireCount, requireRoom } from './address.ts';
import { CONNECTED, ConnectableSocket } from './connectable-socket.ts';
import { MSG_DONTWAIT, MSG_OOB, SHUT_RD, SHUT_RDWR, SHUT_WR } from './constants.ts';
import { type Attempt, type Caller, receiveFlagged, sendFlagged } from './flagged-calls.ts';
import { lingers } from './lingering.ts';
import { gathered, type Message } from './messages.ts';
import { releasePort } from './opening.ts';
import { RECEIVE_SHUT, SEND_SHUT } from './readiness.ts';
import { inherited, PLAIN } from './stream-settings.ts';
import { PENDING, Waiters } from './waiters.ts';

const EMPTY = new Uint8Array(0);
const DONE = Promise.resolve();
const BOTH_SHUT = RECEIVE_SHUT | SEND_SHUT;

const closedError = (): TcplabError => posixError('EBADF', 'the socket was closed while a call waited');

/** Where `recvInto` may put how much. */
interface Room {
  readonly into: Uint8Array;
  readonly at: number;
  readonly count: number;
}

/** A TCP socket. */
export class StreamSocket extends ConnectableSocket implements Waits {
  /** For its host's `sockets`. */
  place = -1;
  /** Calls that wait, by kind. Made when they are needed: an idle connection does without. */
  #receivers: Waiters<Uint8Array<ArrayBuffer> | number> | undefined = undefined;
  #senders: Waiters<number | undefined> | undefined = undefined;
  #accepters: Waiters<[StreamSocket, Address]> | undefined = undefined;

  /** For `socket` and `accept`, which make these. */
  constructor(host: Host, options: Readonly<ConnectionSettings>) {
    super(host, options);
    host.sockets.add(this);
    host.driver.opened();
  }

  /**
   * The next connection, and who made it. Also one that is over already: what it brought can be read, and why it ended is told after that.
   * @throws TcplabError (as a rejection) EINVAL when not listening, EAGAIN, EBADF when closed before one came
   */
  accept(): Promise<[StreamSocket, Address]> {
    this.#accepters ??= new Waiters(this.driver);
    if (!this.settings.special) return this.#accepters.call(StreamSocket.#acceptOne, this, undefined);
    return this.#waitSpecially(this.#accepters, 0, this.settings.receiveTimeout, (last) => {
      const answer = this.#accept();
      if (answer === PENDING && last) throw posixError('EAGAIN', 'accept');
      return answer;
    });
  }

  static #acceptOne(socket: StreamSocket): [StreamSocket, Address] | typeof PENDING {
    return socket.#accept();
  }

  #accept(): [StreamSocket, Address] | typeof PENDING {
    this.requireOpen('accept');
    const { listener } = this;
    if (!listener?.listening)
      throw new TcplabError('EINVAL', 'accept: EINVAL, the socket does not listen; call bind and listen first');
    if (listener.ready === 0) return PENDING;
    // Made before its owner is known: a socket and its connection name each other.
    const socket = new StreamSocket(this.host, this.options);
    const connection = listener.accept(socket)!;
    socket.connection = connection;
    socket.options = connection.tcb.options;
    socket.progress = CONNECTED;
    if (this.settings !== PLAIN) socket.set(inherited(this.settings));
    if (connection.tcb.state === 'CLOSED') socket.#ended(connection);
    return [socket, this.settings.family.make(connection.remoteAddress, connection.tcb.remotePort)];
  }

  /**
   * The next octets, at most `count`, as soon as there are any; none at the end of the stream.
   * @param flags MSG_PEEK (they stay), MSG_WAITALL (all of them, fewer only at the end), MSG_DONTWAIT, MSG_OOB
   * @throws TcplabError (as a rejection) ECONNRESET, ETIMEDOUT, ENOTCONN, EAGAIN, EINVAL, EBADF
   */
  recv(count: number, flags = 0): Promise<Uint8Array<ArrayBuffer>> {
    if (flags !== 0 || this.settings.special)
      return this.#receiveSpecially(undefined, 0, count, flags).then(({ octets }) => octets as Uint8Array<ArrayBuffer>);
    this.#receivers ??= new Waiters(this.host.driver);
    return this.#receivers.call(StreamSocket.#recv, this, count) as Promise<Uint8Array<ArrayBuffer>>;
  }

  static #recv(socket: StreamSocket, count: number): Uint8Array<ArrayBuffer> | typeof PENDING {
    requireCount(count, 'recv');
    const { connection } = socket;
    if (count > 0 && connection !== undefined && connection.tcb.readable > 0) {
      const octets = new Uint8Array(Math.min(count, connection.tcb.readable));
      socket.host.tcp.receive(connection, octets, 0, octets.length);
      return octets;
    }
    return socket.#isAtEnd() || count === 0 ? EMPTY : PENDING;
  }

  /** Like `recv`, into memory of the caller's own; answers how many octets. 0 at the end of the stream. */
  recvInto(into: Uint8Array, at = 0, count: number = into.length - at, flags = 0): Promise<number> {
    if (flags !== 0 || this.settings.special === true)
      return this.#receiveSpecially(into, at, count, flags).then((received) => received.count);
    this.#receivers ??= new Waiters(this.host.driver);
    return this.#receivers.call(StreamSocket.#recvInto, this, { into, at, count }) as Promise<number>;
  }

  static #recvInto(socket: StreamSocket, { into, at, count }: Room): number | typeof PENDING {
    requireRoom(into, at, count);
    const { connection } = socket;
    if (count > 0 && connection !== undefined && connection.tcb.readable > 0)
      return socket.host.tcp.receive(connection, into, at, count);
    return socket.#isAtEnd() || count === 0 ? 0 : PENDING;
  }

  /**
   * Sends some of the octets, at least one, and answers how many; waits when the send buffer is full.
   * @param flags MSG_MORE (more follows soon: what does not fill a segment waits for it), MSG_EOR (a record ends: what follows begins with a segment of its own), MSG_DONTWAIT, MSG_OOB (the last octet is urgent)
   * @throws TcplabError (as a rejection) EPIPE, ECONNRESET, ETIMEDOUT, EAGAIN, EBADF, EINVAL
   */
  send(octets: Uint8Array, flags = 0): Promise<number> {
    if (flags !== 0 || this.settings.special === true) return this.#sendSpecially(octets, flags, false);
    this.#senders ??= new Waiters(this.host.driver);
    return this.#senders.call(StreamSocket.#send, this, octets) as Promise<number>;
  }

  static #send(socket: StreamSocket, octets: Uint8Array): number | typeof PENDING {
    requireBytes(octets, 'send');
    const connection = socket.#sendable();
    if (connection === undefined) return PENDING;
    if (octets.length === 0) return 0;
    return socket.host.tcp.send(connection, octets, 0, octets.length) || PENDING;
  }

  /**
   * Sends all of the octets; done when the send buffer has taken the last.
   * @param flags as `send`
   * @throws TcplabError (as a rejection) as `send`; with EAGAIN some of them may have been sent
   */
  sendall(octets: Uint8Array, flags = 0): Promise<void> {
    if (flags !== 0 || this.settings.special === true) return this.#sendSpecially(octets, flags, true).then(() => {});
    this.#senders ??= new Waiters(this.host.driver);
    return this.#senders.call(StreamSocket.#sendall, this, { octets, sent: 0 }) as Promise<undefined>;
  }

  static #sendall(
    socket: StreamSocket,
    asked: { readonly octets: Uint8Array; sent: number },
  ): undefined | typeof PENDING {
    const { octets } = asked;
    requireBytes(octets, 'sendall');
    const connection = socket.#sendable();
    if (connection !== undefined && asked.sent < octets.length)
      asked.sent += socket.host.tcp.send(connection, octets, asked.sent, octets.length);
    return connection !== undefined && asked.sent === octets.length ? undefined : PENDING;
  }

  /** The same of several buffers at once. @throws TcplabError as `send` */
  async sendmsg(buffers: readonly Uint8Array[], flags = 0): Promise<number> {
    return this.send(gathered(buffers, 'sendmsg'), flags);
  }

  /** `recv`, with what is said beside the octets. @throws TcplabError as `recv` */
  async recvmsg(count: number, flags = 0): Promise<Message> {
    return { octets: await this.recv(count, flags), flags: flags & MSG_OOB, address: undefined };
  }

  /**
   * Ends one direction: SHUT_WR lets the other side read the end of the stream. On a listening socket SHUT_RD ends the listening; on one whose SYN has not been
   * answered either ends that.
   * @throws TcplabError ENOTCONN, EBADF, EINVAL
   */
  shutdown(how: typeof SHUT_RD | typeof SHUT_WR | typeof SHUT_RDWR): void {
    this.requireOpen('shutdown');
    if (how !== SHUT_RD && how !== SHUT_WR && how !== SHUT_RDWR) throw posixError('EINVAL', 'shutdown');
    const { listener, connection, stage, driver } = this;
    if (listener?.listening) {
      if (how !== SHUT_WR) this.#stopListening(listener);
      this.#accepters?.serve();
      return this.tellWatchers();
    }
    driver.begin();
    if (connection?.tcb.state === 'SYN-SENT') {
      // As in Linux that connection is given up, and the socket may begin another.
      this.error = 'ECONNRESET';
      this.#giveUp(connection);
      this.notConnected();
    } else {
      if (stage === 'open') this.progress = CONNECTED;
      // Both directions are bits: one more than the call's numbers.
      this.shut |= how + 1;
      if (connection !== undefined && how !== SHUT_WR) connection.tcb.unread = true;
      if (stage !== 'closed' && connection !== undefined && how !== SHUT_RD) this.host.tcp.shutdown(connection);
    }
    this.connects?.serve();
    this.#receivers?.serve();
    this.#senders?.serve();
    this.tellWatchers();
    driver.end();
    if (stage === 'closed') throw posixError('ENOTCONN', 'shutdown');
  }

  /**
   * Gives the socket up. What was sent still arrives; what was received and not read makes it a reset. What waits on the socket is rejected with EBADF.
   * The promise is true at once, or, with SO_LINGER, when what was sent has arrived or the time is over.
   */
  close(): Promise<void> {
    const { connection } = this;
    const { linger } = this.settings;
    if (linger === 0) this.abort();
    else this.#letGo();
    if (linger <= 0 || connection === undefined) return DONE;
    return lingers(connection, this.driver, linger * SECOND);
  }

  /** Gives the socket up at once: the other side gets a reset (RFC 9293 §3.10.5, ABORT; SO_LINGER of 0 in BSD). */
  abort(): void {
    if (this.connection !== undefined) this.#giveUp(this.connection);
    this.#letGo();
  }

  #letGo(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    const { listener, connection, driver } = this;
    driver.begin();
    this.host.sockets.delete(this);
    this.connection = undefined;
    if (connection !== undefined) this.host.tcp.leave(connection);
    if (listener !== undefined) releasePort(this.host, listener);
    this.#receivers?.fail(closedError);
    this.#senders?.fail(closedError);
    this.#accepters?.fail(closedError);
    this.connects?.fail(closedError);
    this.tellWatchers();
    driver.wake();
    driver.end();
  }

  /** A port that the program has bound stays its own. */
  #stopListening(listener: Listener): void {
    if (!listener.unasked) return listener.close();
    this.listener = undefined;
    releasePort(this.host, listener);
  }

  /** Resets the connection. */
  #giveUp(connection: Connection): void {
    connection.owner = undefined;
    this.connection = undefined;
    this.host.tcp.abort(connection);
  }

  protected accepting(): void {
    this.#accepters?.serve();
  }

  protected cannotAccept(error: () => TcplabError): void {
    this.#accepters?.fail(error);
  }

  connectionEvents(connection: Connection, events: number): void {
    if (events & EVENT.CLOSED) this.#ended(connection);
    // A call may have to report the end, and one that is being connected knows it first.
    if (this.connects !== undefined) {
      this.connects.serve();
      if (!this.connects.any) this.connects = undefined;
    }
    if (events & (EVENT.READABLE | EVENT.END_OF_STREAM | EVENT.CLOSED)) this.#receivers?.serve();
    if (events & (EVENT.WRITABLE | EVENT.CLOSED | EVENT.ESTABLISHED)) this.#senders?.serve();
    if (this.isWatched) this.tellWatchers();
  }

  override connectionReport(connection: Connection, report: Report): void {
    super.connectionReport(connection, report);
    const version = typeof connection.remoteAddress === 'number' ? ALL_ERRORS.IPV4 : ALL_ERRORS.IPV6;
    if (report.reason !== 'icmp' || this.stage !== 'open' || (this.settings.allErrors & version) === 0) return;
    connection.takeSoftError();
    this.error = report.code;
    this.#receivers?.serve();
    this.#senders?.serve();
    this.tellWatchers();
  }

  /** The connection is over: no direction leads anywhere, and the next call is told why. */
  #ended({ tcb, failure }: Connection): void {
    this.shut = BOTH_SHUT;
    // In CLOSE-WAIT the peer had closed its direction in order: what a reset ends then is ours alone.
    this.error = failure === 'ECONNRESET' && tcb.rcv.finDone && !tcb.closing ? 'EPIPE' : failure;
  }

  waiting(): string | undefined {
    const calls = [
      this.#accepters?.any && 'accept',
      this.connects?.any && 'connect',
      this.#receivers?.any && 'recv',
      this.#senders?.any && 'send',
      this.isWatched && 'poll',
    ].filter(Boolean);
    if (calls.length === 0) return undefined;
    const connection = this.connection;
    const from = addressText(this.getsockname());
    const to =
      connection === undefined
        ? ''
        : ` to ${addressText(makeAddress(connection.remoteAddress, connection.tcb.remotePort))}`;
    return `${calls.join(' and ')} on ${from}${to}${connection === undefined ? '' : `, ${connection.tcb.state}`}`;
  }

  /** Whether nothing more will come; throws why, when nobody has been told, and ENOTCONN when there is nobody it could come from. */
  #isAtEnd(): boolean {
    this.requireOpen('recv');
    if (this.connection?.tcb.rcv.finDone) return true;
    if (this.error !== undefined) throw posixError(this.takeError()!, 'recv');
    if (this.shut & RECEIVE_SHUT) return true;
    if (this.stage === 'closed') throw posixError('ENOTCONN', 'recv');
    return false;
  }

  /** The connection to send on; undefined while it is being made. */
  #sendable(): Connection | undefined {
    this.requireOpen('send');
    if (this.shut & SEND_SHUT || this.error !== undefined) throw posixError(this.takeError() ?? 'EPIPE', 'send');
    const connection = this.connection;
    switch (this.stage) {
      case 'open':
        return connection;
      case 'opening':
        return undefined;
      case 'closed':
        // Linux's code, whose usual words would be wrong here.
        if (connection === undefined) throw new TcplabError('EPIPE', 'send: EPIPE, the socket is not connected');
        throw posixError('EPIPE', 'send');
    }
  }

  #caller(): Caller {
    const socket = this;
    return {
      host: this.host,
      get connection() {
        return socket.connection;
      },
      get settings() {
        return socket.settings;
      },
      get outOfLine() {
        return socket.outOfLine;
      },
      isAtEnd: () => this.#isAtEnd(),
      sendable: () => this.#sendable(),
    };
  }

  #receiveSpecially(
    into: Uint8Array | undefined,
    at: number,
    count: number,
    flags: number,
  ): Promise<{ octets: Uint8Array; count: number }> {
    try {
      requireCount(count, 'recv');
      if (into !== undefined) requireRoom(into, at, count);
      this.requireOpen('recv');
      if (this.isListening) throw posixError('ENOTCONN', 'recv');
      const attempt = receiveFlagged(this.#caller(), into, at, count, flags);
      this.#receivers ??= new Waiters(this.driver);
      const receivers = this.#receivers as Waiters<unknown> as Waiters<{ octets: Uint8Array; count: number }>;
      return this.#waitSpecially(receivers, flags, this.settings.receiveTimeout, attempt);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #sendSpecially(octets: Uint8Array, flags: number, all: boolean): Promise<number> {
    try {
      requireBytes(octets, 'send');
      this.#senders ??= new Waiters(this.driver);
      const attempt = sendFlagged(this.#caller(), octets, flags, all);
      return this.#waitSpecially(this.#senders as Waiters<number>, flags, this.settings.sendTimeout, attempt);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Waits for `timeout` microseconds at the most (0: for ever), or not at all. */
  #waitSpecially<T>(waiters: Waiters<T>, flags: number, timeout: number, attempt: Attempt<T>): Promise<T> {
    if (flags & MSG_DONTWAIT || !this.settings.blocking) {
      if (waiters.any) return Promise.reject(posixError('EAGAIN', 'a call of this kind waits already'));
      return waiters.wait(() => attempt(true));
    }
    if (timeout === 0) return waiters.wait(() => attempt(false));
    return waiters.waitFor(timeout, attempt, () => posixError('EAGAIN', 'others of this kind waited before'));
  }
}
