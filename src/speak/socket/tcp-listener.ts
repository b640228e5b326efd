/**
 * A port where connections are accepted, in the manner of the Web and of Deno: `accept()`, or a loop over all that come. `listen` (streams.ts) makes it.
 * The queues of those that nobody has accepted yet are the host's: see ../stack/listener.ts.
 */
import { posixError } from '../../core/errors.ts';
import type { Host, Waits } from '../stack/host.ts';
import type { Listener } from '../stack/listener.ts';
import type { ConnectionSettings } from '../tcp/index.ts';
import { type Address, addressText, makeAddress, readAddress, type SocketAddress, socketAddress } from './address.ts';
import { bindPort, claimPort, releasePort, startListening, unbindPort } from './opening.ts';
import { type Owed, owe } from './owed.ts';
import { TcpConnection } from './tcp-connection.ts';

/** Options of `accept`. */
export interface AcceptOptions {
  /** Aborted, it ends the wait and, later, the connection that came of it. */
  signal?: AbortSignal;
}

/** Somebody who waits for a connection. */
interface Accepter {
  readonly signal: AbortSignal | undefined;
  readonly onAbort: (() => void) | undefined;
  take(connection: TcpConnection): void;
  end(reason: unknown, inOrder: boolean): void;
}

/** A listening port. */
export class TcpListener implements AsyncIterable<TcpConnection>, Waits {
  /** For its host's `sockets`. */
  place = -1;
  readonly #host: Host;
  readonly #address: Address;
  readonly #byob: boolean;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: () => void;
  #listener: Listener | undefined = undefined;
  /** Why it does not listen any more. */
  #ended: { readonly reason: unknown; readonly inOrder: boolean } | undefined = undefined;
  /** The first to ask is the first to be served. */
  readonly #accepters = new Set<Accepter>();
  readonly #opened: Owed<SocketAddress> = owe();
  readonly #closed: Owed<void> = owe();

  /** For `listen`, which makes these. */
  constructor(
    host: Host,
    address: Address,
    backlog: number,
    reuseAddress: boolean,
    options: ConnectionSettings,
    byob: boolean,
    signal: AbortSignal | undefined,
  ) {
    this.#host = host;
    this.#address = address;
    this.#byob = byob;
    this.#signal = signal;
    this.#onAbort = () => this.#end(signal?.reason, false);
    host.sockets.add(this);
    host.driver.opened();
    try {
      if (signal?.aborted) throw signal.reason;
      signal?.addEventListener('abort', this.#onAbort, { once: true });
      this.#open(backlog, reuseAddress, options);
    } catch (error) {
      this.#end(error, false);
    }
  }

  #open(backlog: number, reuseAddress: boolean, options: ConnectionSettings): void {
    const host = this.#host;
    const address = readAddress(this.#address, 'listen');
    const listener = bindPort(host, address, this.#address[1], reuseAddress, options, this.#name(), true);
    listener.onReady = () => this.#serve();
    this.#listener = listener;
    const claim = claimPort(host, listener);
    const ready = (): void => this.#opened.resolve(this.localAddress);
    if (claim === undefined) ready();
    else
      claim.then(ready, (error: unknown) => {
        if (this.#ended !== undefined) return;
        // Another program has it.
        this.#listener = undefined;
        unbindPort(host, listener);
        this.#end(error, false);
      });
    startListening(host, listener, backlog);
  }

  /** Comes true when the port is this program's. Rejects with EADDRINUSE, EADDRNOTAVAIL, EBADF when it was closed before, or what it was aborted with. */
  get opened(): Promise<SocketAddress> {
    return this.#opened.promise;
  }

  /** Comes true when the listener was closed. Rejects with what `opened` rejects with, or what it was aborted with. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Where it listens; the port is known from the beginning, also when the host has chosen it. */
  get localAddress(): SocketAddress {
    const listener = this.#listener;
    if (listener === undefined) return { hostname: this.#address[0], port: this.#address[1] };
    return socketAddress(listener.address, listener.port);
  }

  /**
   * The next connection: those that have come are handed out in their order.
   * @throws TcplabError (as a rejection) EBADF when the listener is closed, or what it, or the signal, was aborted with; what `opened` rejects with
   */
  accept(options: AcceptOptions = {}): Promise<TcpConnection> {
    return this.#wait(
      options.signal,
      (connection) => connection,
      (reason) => {
        throw reason;
      },
    );
  }

  /** All that come, until the listener is closed; leaving the loop closes it. A listener that was aborted, or never had its port, throws. */
  [Symbol.asyncIterator](): AsyncIterator<TcpConnection, undefined, undefined> {
    const done: IteratorReturnResult<undefined> = { done: true, value: undefined };
    return {
      next: () =>
        this.#wait<IteratorResult<TcpConnection, undefined>>(
          undefined,
          (value) => ({ done: false, value }),
          (reason, inOrder) => {
            if (!inOrder) throw reason;
            return done;
          },
        ),
      return: () => {
        this.close();
        return Promise.resolve(done);
      },
    };
  }

  /** Stops listening: who waits is told, and connections that nobody has accepted are reset. Those that were go on. */
  close(): void {
    if (this.#ended === undefined) this.#end(posixError('EBADF', this.#name()), true);
  }

  waiting(): string | undefined {
    return this.#accepters.size === 0 ? undefined : `accept of ${this.#name()}`;
  }

  #name(): string {
    const listener = this.#listener;
    const address = listener === undefined ? this.#address : makeAddress(listener.address, listener.port);
    return `listen on ${addressText(address)}`;
  }

  /** A promise of the next connection, or of what the end of the listener means to whoever asks. */
  #wait<T>(
    signal: AbortSignal | undefined,
    taken: (connection: TcpConnection) => T,
    ended: (reason: unknown, inOrder: boolean) => T,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (this.#ended !== undefined) return resolve(ended(this.#ended.reason, this.#ended.inOrder));
      const accepter: Accepter = {
        signal,
        onAbort: signal && (() => this.#leave(accepter) && reject(signal.reason)),
        take: (connection) => resolve(taken(connection)),
        end: (reason, inOrder) => {
          try {
            resolve(ended(reason, inOrder));
          } catch (error) {
            reject(error);
          }
        },
      };
      this.#accepters.add(accepter);
      if (accepter.onAbort !== undefined) signal!.addEventListener('abort', accepter.onAbort, { once: true });
      this.#serve();
    });
  }

  /** The accepter's wait is over; false when it was already. */
  #leave(accepter: Accepter): boolean {
    if (accepter.onAbort !== undefined) accepter.signal!.removeEventListener('abort', accepter.onAbort);
    this.#host.driver.woke();
    return this.#accepters.delete(accepter);
  }

  /** Hands out connections that wait to be accepted. */
  #serve(): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    for (const accepter of this.#accepters) {
      // The listener stays the owner until there is another.
      const accepted = listener.accept(listener);
      if (accepted === undefined) return;
      this.#leave(accepter);
      const connection = new TcpConnection(this.#host, this.#address, this.#byob, accepter.signal);
      connection.adopt(accepted);
      accepter.take(connection);
    }
  }

  #end(reason: unknown, inOrder: boolean): void {
    if (this.#ended !== undefined) return;
    this.#ended = { reason, inOrder };
    const host = this.#host;
    host.sockets.delete(this);
    this.#signal?.removeEventListener('abort', this.#onAbort);
    if (this.#listener !== undefined) releasePort(host, this.#listener);
    this.#opened.reject(reason);
    if (inOrder) this.#closed.resolve();
    else this.#closed.reject(reason);
    for (const accepter of this.#accepters) {
      this.#leave(accepter);
      accepter.end(reason, inOrder);
    }
    host.driver.woke();
    host.driver.wake();
  }
}
