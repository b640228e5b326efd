/**
 * How a TCP socket comes by a port and by a connection: `bind`, `listen`, `connect`, and the names of its two ends. Not here: whom it talks to then, and what
 * (stream-socket.ts); ports and claims themselves (opening.ts).
 */
import { type PosixCode, posixError, TcplabError } from '../../core/errors.ts';
import type { IpAddress } from '../../wire/ip-address.ts';
import type { Connection } from '../stack/connection.ts';
import { isWildcard } from '../stack/ports.ts';
import { type Address, addressText, LOCALHOST } from './address.ts';
import {
  bindPort,
  claimPort,
  connectError,
  type Opener,
  openConnection,
  startListening,
  unbindPort,
} from './opening.ts';
import { OptionedSocket } from './optioned-socket.ts';
import { RECEIVE_SHUT, SEND_SHUT, type Stage, stageOf } from './readiness.ts';
import { PENDING, Waiters } from './waiters.ts';

const DONE = Promise.resolve();

/** Nobody has called `connect`; it asks for a port first; it has begun, and nobody has been told what came of it. */
const NOT_CONNECTED = 0;
const CLAIMING = 1;
const CONNECTING = 2;
/** There is a connection, or was: `connect` has said so, or `accept`. */
export const CONNECTED = 3;
type Progress = typeof NOT_CONNECTED | typeof CLAIMING | typeof CONNECTING | typeof CONNECTED;

/** A socket that can be connected. */
export abstract class ConnectableSocket extends OptionedSocket implements Opener {
  /** How far it is with being connected. */
  protected progress: Progress = NOT_CONNECTED;
  /** Calls of `connect` that wait. Made when they are needed, as all lines of calls: an idle connection does without. */
  protected connects: Waiters<void> | undefined = undefined;

  abstract connectionEvents(connection: Connection, events: number): void;

  /** A connection waits to be accepted. */
  protected abstract accepting(): void;

  /** None ever will: the port is another program's. */
  protected abstract cannotAccept(error: () => TcplabError): void;

  /**
   * Takes a local address. Port 0 lets the host choose.
   * @throws TcplabError (as a rejection) EINVAL (bound already, or no address), EADDRNOTAVAIL, EADDRINUSE, EBADF
   */
  bind(address: Address): Promise<void> {
    try {
      return this.#bind(this.settings.family.read(address, 'bind'), address[1], `bind ${addressText(address)}`);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #bind(local: IpAddress, wanted: number, operation: string): Promise<void> {
    this.requireOpen(operation);
    // The port that a connection chose by itself goes with it.
    const connected = this.connection !== undefined && this.stage !== 'closed';
    if (this.listener !== undefined || connected) throw posixError('EINVAL', operation);
    const { host } = this;
    const { reuse, only6 } = this.settings;
    if (!this.#speaks(local)) throw posixError('ENETUNREACH', operation);
    const listener = bindPort(host, local, wanted, reuse, this.options, operation, !only6);
    listener.onReady = () => {
      this.accepting();
      this.tellWatchers();
    };
    this.listener = listener;
    const claim = claimPort(host, listener);
    if (claim === undefined) return DONE;
    return claim.then(
      () => this.requireOpen(operation),
      (error: unknown) => {
        // Closed meanwhile, the socket has let go of everything.
        this.requireOpen(operation);
        // Another program has it.
        this.listener = undefined;
        unbindPort(host, listener);
        this.cannotAccept(() => posixError('EADDRINUSE', operation));
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
      this.requireOpen('listen');
      if (this.connection !== undefined || this.progress !== NOT_CONNECTED) throw posixError('EINVAL', 'listen');
      let bound = DONE;
      if (this.listener === undefined) {
        bound = this.#bind(this.settings.family.any, 0, 'listen');
        this.listener!.unasked = true;
      }
      startListening(this.host, this.listener!, backlog);
      return bound;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Connects to `address`.
   * @throws TcplabError (as a rejection) ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, EADDRINUSE, EADDRNOTAVAIL (no port left), EISCONN, EALREADY, EBADF; EINPROGRESS
   * when the socket does not wait, or has waited as long as SO_SNDTIMEO says: `poll` for POLLOUT tells when it is done, and a second `connect`, or SO_ERROR, what came of it
   */
  connect(address: Address): Promise<void> {
    try {
      if (this.isClosed) throw connectError('EBADF', address);
      if (this.progress === CONNECTED || this.isListening) throw connectError('EISCONN', address);
      if (this.progress !== NOT_CONNECTED) {
        if (this.#outcome(address)) return DONE;
        if (!this.settings.blocking) throw connectError('EALREADY', address);
        return this.#connectEnds(address, 'EALREADY');
      }
      // What comes of it may be known before this function goes on.
      this.error = undefined;
      const remote = this.#remote(address);
      const opening = openConnection(this.host, this.listener, remote, address, this.options, this);
      this.progress = CONNECTING;
      if (opening !== undefined) return this.#connectWhenClaimed(opening, address);
      if (!this.settings.blocking) throw connectError('EINPROGRESS', address);
      return this.#connectEnds(address, 'EINPROGRESS');
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The program has given up a SYN: the socket may be connected anew, or listen. */
  protected notConnected(): void {
    this.connects?.serve();
    this.progress = NOT_CONNECTED;
  }

  /** Whom an address names; nobody in particular means this host, as in Linux. */
  #remote(address: Address): IpAddress {
    const { family } = this.settings;
    const remote = family.read(address, 'connect');
    if (!this.#speaks(remote)) throw connectError('ENETUNREACH', address);
    if (!isWildcard(remote)) return remote;
    return typeof remote === 'number' ? LOCALHOST : family.localhost;
  }

  /** Whether the socket speaks the version of an address. */
  #speaks(address: IpAddress): boolean {
    return !(this.settings.only6 && typeof address === 'number');
  }

  /** The port has to be asked for first. */
  #connectWhenClaimed(opening: Promise<void>, address: Address): Promise<void> {
    this.progress = CLAIMING;
    const opened = opening.then(
      () => {
        this.progress = CONNECTING;
      },
      (error: unknown) => {
        this.progress = CONNECTING;
        if (this.settings.blocking || !(error instanceof TcplabError)) throw error;
        // Nobody waits for it: it is told as a refusal would be.
        this.error = error.code as PosixCode;
        this.shut = RECEIVE_SHUT | SEND_SHUT;
        this.tellWatchers();
      },
    );
    if (!this.settings.blocking) throw connectError('EINPROGRESS', address);
    return opened.then(
      () => this.#connectEnds(address, 'EINPROGRESS'),
      (error: unknown) => {
        this.progress = NOT_CONNECTED;
        throw error;
      },
    );
  }

  /** The promise of what comes of it; of `late` when SO_SNDTIMEO is over before. */
  #connectEnds(address: Address, late: PosixCode): Promise<void> {
    const { sendTimeout } = this.settings;
    this.connects ??= new Waiters(this.driver);
    if (sendTimeout === 0) return this.connects.call(ConnectableSocket.#connectEnded, this, address);
    const isLate = (): TcplabError => connectError(late, address);
    const attempt = (last: boolean): undefined | typeof PENDING => {
      if (this.#outcome(address)) return undefined;
      if (last) throw isLate();
      return PENDING;
    };
    return this.connects.waitFor(sendTimeout, attempt, isLate);
  }

  static #connectEnded(socket: ConnectableSocket, address: Address): undefined | typeof PENDING {
    return socket.#outcome(address) ? undefined : PENDING;
  }

  /** Whether the connection that `connect` began is there, which is told once. @throws TcplabError why it is not; the socket may try again then */
  #outcome(address: Address): boolean {
    switch (this.stage) {
      case 'open':
        this.progress = CONNECTED;
        return true;
      case 'opening':
        return false;
      case 'closed':
        this.progress = NOT_CONNECTED;
        this.shut = 0;
        if (this.connection !== undefined) this.host.tcp.leave(this.connection);
        this.connection = undefined;
        throw connectError(this.takeError() ?? 'ECONNABORTED', address);
    }
  }

  /** The local address; `0.0.0.0` and 0 as long as there is none. @throws TcplabError EBADF */
  getsockname(): Address {
    this.requireOpen('getsockname');
    const connection = this.connection;
    const { family } = this.settings;
    const { listener } = this;
    if (connection !== undefined && (listener === undefined || this.stage !== 'closed'))
      return family.make(connection.localAddress, connection.tcb.localPort);
    return family.make(listener?.address ?? family.any, listener?.port ?? 0);
  }

  /** The other end's address. @throws TcplabError ENOTCONN, EBADF */
  getpeername(): Address {
    this.requireOpen('getpeername');
    const connection = this.connection;
    if (connection === undefined || this.stage !== 'open') throw posixError('ENOTCONN', 'getpeername');
    return this.settings.family.make(connection.remoteAddress, connection.tcb.remotePort);
  }

  /** For `openConnection`. */
  begin(connection: Connection): void {
    this.connection = connection;
  }

  protected get stage(): Stage {
    return this.progress === CLAIMING ? 'opening' : stageOf(this.connection);
  }
}
