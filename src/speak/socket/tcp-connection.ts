/**
 * A TCP connection in the manner of the Web: a stream to read, a stream to write, and promises for its beginning and its end. `connect` (streams.ts) and a
 * listener make it. Read first: RFC 9293 §3.6 (closing), §3.9.1 (the calls); the Streams Standard on underlying sources and sinks.
 *
 * - Streams cost more than a connection does, so each is made when it is first touched.
 * - Neither holds octets of its own: the readable has a high-water mark of 0, so that what nobody reads stays in the receive buffer and closes the
 *   window; a write is done when the send buffer has taken all of it.
 * - What a drain of the driver brings is gathered: a waiting read is answered when the drain is over, with all there is.
 * - An error that octets came before is told when they have been read.
 * - Default readers and writers come here directly (direct-streams.ts), whenever the stream has nothing to do with what they ask.
 */
import { posixError, TcplabError } from '../../core/errors.ts';
import { given } from '../../core/given.ts';
import { type IpAddress, LOOPBACK6 } from '../../wire/ip-address.ts';
import type { Connection } from '../stack/connection.ts';
import type { Host, Waits } from '../stack/host.ts';
import { isWildcard } from '../stack/ports.ts';
import { type ConnectionOptions, type ConnectionSettings, EVENT, settingsFrom, type TcpInfo } from '../tcp/index.ts';
import {
  type Address,
  addressText,
  LOCALHOST,
  makeAddress,
  readAddress,
  type SocketAddress,
  socketAddress,
} from './address.ts';
import {
  type Chunk,
  DirectReadable,
  type DirectSink,
  type DirectSource,
  DirectWritable,
  type ReadResult,
} from './direct-streams.ts';
import { type Opener, openConnection } from './opening.ts';
import { type Owed, owe } from './owed.ts';
import { infoOf } from './socket-info.ts';

/** The most octets in a chunk. */
const CHUNK = 65_536;

const EMPTY = new Uint8Array(0);
const DONE = Promise.resolve();

const ENDED: ReadResult = { value: undefined, done: true };

/** Where octets go that nobody wants. */
let nowhere: Uint8Array | undefined;

/** The two ends of a connection. */
export interface SocketInfo {
  readonly localAddress: SocketAddress;
  readonly remoteAddress: SocketAddress;
}

/** What a connection gives its readable: either kind of controller. */
interface Source {
  readonly byobRequest?: ReadableStreamBYOBRequest | null;
  readonly desiredSize: number | null;
  enqueue(chunk: Chunk): void;
  close(): void;
  error(reason: unknown): void;
}

/** A write, or the end of all writing, that the connection has not taken yet. */
interface Pending extends Owed<void> {
  readonly octets: Uint8Array;
  sent: number;
}

/** A read that goes straight to the connection and has no answer yet. */
interface PendingRead {
  readonly resolve: (result: ReadResult) => void;
  readonly reject: (reason: unknown) => void;
}

/** A TCP connection. */
export class TcpConnection implements DirectSink, DirectSource, Opener, Waits {
  /** For its host's `sockets`. */
  place = -1;
  readonly #host: Host;
  readonly #target: Address;
  readonly #byob: boolean;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: (() => void) | undefined;
  #connection: Connection | undefined = undefined;
  #established = false;
  /** `close` was called; the host was told so, too. */
  #closing = false;
  #left = false;
  /** It is over for its program. `failure` says why, when that was neither in order nor the program's will. */
  #over = false;
  #failure: { readonly reason: unknown } | undefined = undefined;
  #openedPromise: Owed<SocketInfo> | undefined = undefined;
  #closedPromise: Owed<void> | undefined = undefined;

  #readable: ReadableStream<Chunk> | undefined = undefined;
  #source: Source | undefined = undefined;
  /** Reads that wait, in their order, and whether one of the readable's own does; what there is will be gathered for them. */
  #reads: PendingRead[] = [];
  #hungry = false;
  /** The readable has been asked for a chunk, and may hold it. */
  #pulled = false;
  #gathering = false;
  /** Nothing more will be given to the readable; whoever reads has lost interest. */
  #readDone = false;
  #readShut = false;
  /** What had come before it failed and was not read: out of the host's pages, so that a program that forgets it holds nothing that others need. */
  #rest: Chunk = EMPTY;

  #writable: WritableStream<Uint8Array> | undefined = undefined;
  #sink: WritableStreamDefaultController | undefined = undefined;
  /** Writes that the writable has accepted and not handed over yet. */
  #queued = 0;
  #pending: Pending | undefined = undefined;
  #heedsAbort = false;
  /** No more writes are wanted: the FIN follows those that were accepted. The writable, too, is at its end. */
  #finishing = false;
  #writeDone = false;
  /** The writable is being closed or aborted. */
  #writesEnd = false;

  /**
   * For `connect` and `accept`, which make these.
   * @param target where to, for a connection that is still to be made
   * @param byob whether the readable is a stream of type 'bytes'
   */
  constructor(host: Host, target: Address, byob: boolean, signal: AbortSignal | undefined) {
    this.#host = host;
    this.#target = target;
    this.#byob = byob;
    this.#signal = signal;
    host.sockets.add(this);
    host.driver.opened();
    if (signal === undefined) return;
    if (signal.aborted) this.#end({ reason: signal.reason });
    else {
      this.#onAbort = () => this.abort(signal.reason);
      signal.addEventListener('abort', this.#onAbort, { once: true });
    }
  }

  /** For `connect`. */
  open(options: ConnectionSettings): void {
    if (this.#over) return;
    const failed = (reason: unknown): void => this.#end({ reason });
    try {
      openConnection(this.#host, undefined, this.#remote(), this.#target, options, this)?.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  /** Nobody in particular means this host, as in Linux. */
  #remote(): IpAddress {
    const remote = readAddress(this.#target, 'connect');
    if (!isWildcard(remote)) return remote;
    return typeof remote === 'number' ? LOCALHOST : LOOPBACK6;
  }

  /** For `openConnection`. */
  begin(connection: Connection): void {
    this.#connection = connection;
    this.#sendOn();
  }

  /** For `accept`: a connection that others have opened. */
  adopt(connection: Connection): void {
    connection.owner = this;
    this.#connection = connection;
    this.#established = true;
    if (connection.tcb.state !== 'CLOSED') return;
    // It is over already; what it had brought is there for whoever reads.
    if (connection.tcb.readable > 0 && connection.failure === undefined) this.#readable = this.#makeReadable();
    this.connectionEvents(connection, EVENT.CLOSED);
  }

  /** It is over. */
  get isClosed(): boolean {
    return this.#over;
  }

  /**
   * Comes true when the handshake is done.
   * Rejects with ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL (no port left), ENOBUFS, or what the connection was aborted with.
   */
  get opened(): Promise<SocketInfo> {
    if (this.#openedPromise === undefined) {
      this.#openedPromise = owe();
      this.#tellOpened(this.#openedPromise);
    }
    return this.#openedPromise.promise;
  }

  #tellOpened(opened: Owed<SocketInfo>): void {
    if (this.#established) opened.resolve({ localAddress: this.localAddress!, remoteAddress: this.remoteAddress });
    else if (this.#over)
      opened.reject(this.#failure?.reason ?? posixError('ECONNABORTED', `connect ${addressText(this.#target)}`));
  }

  /**
   * Comes true when the connection is over: the other side has acknowledged the end of what was written here, and all that it sent was read, cancelled or
   * given up by `close`. Rejects with ECONNRESET, ETIMEDOUT, what `opened` rejects with, or what the connection was aborted with.
   */
  get closed(): Promise<void> {
    if (this.#closedPromise === undefined) {
      this.#closedPromise = owe();
      this.#tellClosed(this.#closedPromise);
    }
    return this.#closedPromise.promise;
  }

  #tellClosed(closed: Owed<void>): void {
    if (!this.#over) return;
    if (this.#failure === undefined) closed.resolve();
    else closed.reject(this.#failure.reason);
  }

  /** This end; undefined as long as no port was chosen. */
  get localAddress(): SocketAddress | undefined {
    const connection = this.#connection;
    return connection && socketAddress(connection.localAddress, connection.tcb.localPort);
  }

  /** The other end. */
  get remoteAddress(): SocketAddress {
    const connection = this.#connection;
    if (connection === undefined) return { hostname: this.#target[0], port: this.#target[1] };
    return socketAddress(connection.remoteAddress, connection.tcb.remotePort);
  }

  /** The connection in the figures and names of Linux's tcp_info: state, windows, round-trip time, retransmissions ... */
  info(): TcpInfo {
    return infoOf(this.#host, this.#host.connectionSettings, this.#connection, undefined);
  }

  /**
   * Changes options of the connection while it lasts: `noDelay`, `keepAlive`, `userTimeout` ...
   * @throws TcplabError EINVAL when a value is out of its range, ENOTCONN when there is no connection yet, or it is over
   */
  configure(change: Partial<ConnectionOptions>): void {
    if (this.#connection === undefined || this.#over) throw posixError('ENOTCONN', this.#name());
    this.#host.tcp.configure(this.#connection, settingsFrom(change));
  }

  /** The connection, for those who look inside; undefined when there is none yet. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /**
   * What the other side sends, in chunks of what there is, up to 64 KiB. Closed after its FIN; `cancel` shuts reading down: what still comes is
   * taken and thrown away. With the option `byob` readers may bring their own buffers.
   */
  get readable(): ReadableStream<Chunk> {
    this.#readable ??= this.#makeReadable();
    return this.#readable;
  }

  #makeReadable(): ReadableStream<Chunk> {
    const source = {
      start: (controller: Source): void => {
        this.#source = controller;
        this.#tellEnd();
      },
      pull: (): void => {
        this.#pulled = true;
        if (!this.#feed()) this.#hungry = true;
      },
      cancel: (): void => this.#cancel(),
    };
    return this.#byob
      ? (new ReadableStream({ type: 'bytes', ...source }) as ReadableStream<Chunk>)
      : new DirectReadable(source, this);
  }

  /**
   * What is sent to the other side. A write is done when the send buffer has taken it. `close` sends the FIN behind what was written, and the other
   * direction goes on; `abort` resets the connection.
   */
  get writable(): WritableStream<Uint8Array> {
    this.#writable ??= new DirectWritable(
      {
        start: (controller) => {
          this.#sink = controller;
          if (this.#over || this.#finishing) controller.error(this.#refusal());
        },
        write: (chunk) => this.#write(chunk),
        close: () => this.#finish(),
        abort: (reason) => this.abort(reason),
      },
      // The size is asked for when a write is accepted: so it is known how many there are.
      {
        highWaterMark: 1,
        size: () => {
          this.#queued++;
          return 1;
        },
      },
      this,
    );
    return this.#writable;
  }

  /**
   * Ends writing, as closing the writable does, which need not be touched for it and may be locked: writes it has accepted are sent first.
   * What happens to them, `closed` tells.
   */
  closeWrite(): void {
    this.#finishing = true;
    this.#flushed();
  }

  /**
   * Gives the connection up. What was written still arrives, and `closed`, which this returns, tells when it has; reading is over at once, and octets
   * that were received and not read make the end a reset, as in every BSD.
   */
  close(): Promise<void> {
    if (this.#over) {
      this.#readShut = true;
      this.#tellEnd();
    } else if (!this.#closing) {
      this.#closing = true;
      this.#finishing = true;
      this.#readShut = true;
      this.#closeReadable();
      this.#flushed();
    }
    return this.closed;
  }

  /**
   * Gives the connection up at once: the other side gets a reset (RFC 9293 §3.10.5), everything here that waits rejects with `reason`.
   * @param reason default a TcplabError ECONNABORTED
   */
  abort(reason?: unknown): void {
    if (this.#over && (this.#failure === undefined || this.#readDone)) return;
    const connection = this.#connection;
    this.#readShut = true;
    if (this.#over) this.#tellEnd();
    else {
      if (connection !== undefined) {
        connection.owner = undefined;
        this.#host.tcp.abort(connection);
      }
      this.#end({ reason: reason ?? posixError('ECONNABORTED', this.#name()) });
    }
  }

  connectionEvents(connection: Connection, events: number): void {
    this.#connection = connection;
    if (events & EVENT.ESTABLISHED) {
      this.#established = true;
      if (this.#openedPromise !== undefined) {
        this.#tellOpened(this.#openedPromise);
        this.#host.driver.woke();
      }
      this.#sendOn();
    }
    if (events & EVENT.CLOSED) {
      const { failure } = connection;
      // After `close` an abortion is the host's own: octets came that nobody will read.
      if (failure !== undefined && !(this.#left && failure === 'ECONNABORTED'))
        return this.#end({ reason: posixError(failure, this.#name()) });
    }
    if (events & (EVENT.READABLE | EVENT.END_OF_STREAM)) this.#arrived(connection);
    if (events & EVENT.WRITABLE) this.#sendOn();
    if (events & (EVENT.END_OF_STREAM | EVENT.FIN_ACKNOWLEDGED | EVENT.CLOSED)) this.#endIfDone();
  }

  waiting(): string | undefined {
    const what = [
      !this.#established && !this.#over && 'connect',
      this.#wanted() && !this.#readDone && 'read',
      this.#pending !== undefined && 'write',
      this.#closedPromise !== undefined && !this.#over && 'closed',
    ].filter(Boolean);
    if (what.length === 0) return undefined;
    if (!this.#established) return `${what.join(' and ')} of a connection to ${addressText(this.#target)}`;
    return `${what.join(' and ')} of the ${this.#name()}${this.#connection === undefined ? '' : `, ${this.#connection.tcb.state}`}`;
  }

  #name(): string {
    const connection = this.#connection;
    if (connection === undefined || !this.#established) return `connect ${addressText(this.#target)}`;
    const { localAddress, remoteAddress, tcb } = connection;
    const [here, there] = [makeAddress(localAddress, tcb.localPort), makeAddress(remoteAddress, tcb.remotePort)];
    return `connection ${addressText(here)} to ${addressText(there)}`;
  }

  // Reading.

  /** Octets have arrived, or the end. */
  #arrived(connection: Connection): void {
    if (this.#readShut) return this.#discard(connection);
    if (this.#source === undefined) return;
    this.#host.driver.woke();
    if (!this.#wanted()) this.#tellEnd();
    else if (!this.#gathering) {
      this.#gathering = true;
      DONE.then(this.#gather);
    }
  }

  /** Whether any read waits. */
  #wanted(): boolean {
    return this.#hungry || this.#reads.length > 0;
  }

  /** The drain is over: all that it brought is there. */
  readonly #gather = (): void => {
    this.#gathering = false;
    for (let read = this.#reads[0]; read !== undefined; read = this.#reads[0]) {
      const chunk = this.#take();
      if (chunk === undefined) break;
      this.#reads.shift();
      read.resolve({ value: chunk, done: false });
    }
    this.#tellEnd();
    if (!this.#hungry) return;
    this.#hungry = false;
    if (!this.#feed()) this.#hungry = true;
  };

  readDirectly(): Promise<ReadResult> | undefined {
    // What the readable holds comes first.
    if (this.#readDone || (this.#pulled && this.#source!.desiredSize !== 0)) return undefined;
    if (this.#reads.length === 0) {
      const chunk = this.#take();
      const ended = this.#tellEnd();
      if (chunk !== undefined) return Promise.resolve({ value: chunk, done: false });
      if (ended) return undefined;
    }
    return new Promise((resolve, reject) => {
      this.#reads.push({ resolve, reject });
    });
  }

  forgetReads(left: Promise<unknown>): void {
    for (const { reject } of this.#reads) left.catch(reject);
    this.#reads = [];
  }

  /** Gives the readable a chunk, or its end; false when there is neither. */
  #feed(): boolean {
    if (this.#readDone) return true;
    const source = this.#source!;
    const { byobRequest } = source;
    if (byobRequest) {
      const { buffer, byteOffset, byteLength } = byobRequest.view!;
      const count = this.#takeInto(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength));
      if (count === 0) return this.#tellEnd();
      byobRequest.respond(count);
    } else {
      const chunk = this.#take();
      if (chunk === undefined) return this.#tellEnd();
      source.enqueue(chunk);
    }
    this.#tellEnd();
    return true;
  }

  /** A chunk of what there is; undefined when there is nothing. */
  #take(): Chunk | undefined {
    const count = Math.min(this.#rest.length || (this.#connection?.tcb.readable ?? 0), CHUNK);
    if (count === 0) return undefined;
    const chunk = new Uint8Array(count);
    this.#takeInto(chunk);
    return chunk;
  }

  /** Takes what there is, and there is room for; answers how many octets that was. */
  #takeInto(into: Chunk): number {
    const connection = this.#connection;
    if (this.#rest.length > 0) {
      const taken = this.#rest.subarray(0, into.length);
      into.set(taken);
      this.#rest = this.#rest.subarray(taken.length);
      return taken.length;
    }
    if (connection === undefined || connection.tcb.readable === 0) return 0;
    const { driver, tcp } = this.#host;
    driver.begin();
    try {
      return tcp.receive(connection, into, 0, into.length);
    } finally {
      driver.end();
    }
  }

  /** Closes the readable when all is read, or tells it why nothing more will come; false when there may be more. After the peer's FIN nothing was to come: what fails then is the other direction. */
  #tellEnd(): boolean {
    const connection = this.#connection;
    const left = this.#rest.length > 0 || (connection !== undefined && connection.tcb.readable > 0);
    const unread = left && !this.#readShut;
    if (this.#source === undefined || this.#readDone || unread) return this.#readDone;
    if (this.#failure !== undefined && (this.#readShut || !connection?.tcb.endOfStream)) {
      this.#readDone = true;
      this.#rest = EMPTY;
      this.#source.error(this.#failure.reason);
      for (const { reject } of this.#reads) reject(this.#failure.reason);
      this.#reads = [];
      this.#letGo();
    } else if (this.#over || this.#readShut || connection?.tcb.endOfStream) {
      this.#closeReadable();
      this.#endIfDone();
    } else return false;
    return true;
  }

  #closeReadable(): void {
    if (this.#readDone || this.#source === undefined) return;
    this.#readDone = true;
    const { byobRequest } = this.#source;
    this.#source.close();
    // A reader that waits has its buffer back.
    byobRequest?.respond(0);
    this.#endReads();
  }

  #endReads(): void {
    for (const { resolve } of this.#reads) resolve(ENDED);
    this.#reads = [];
  }

  #cancel(): void {
    this.#readDone = true;
    this.#readShut = true;
    this.#rest = EMPTY;
    this.#endReads();
    if (this.#connection !== undefined) this.#discard(this.#connection);
    // Nothing is left to do but to go.
    if (this.#over) this.#letGo();
    else if (this.#finishing) this.close();
  }

  #discard(connection: Connection): void {
    nowhere ??= new Uint8Array(CHUNK);
    while (connection.tcb.readable > 0) this.#host.tcp.receive(connection, nowhere, 0, CHUNK);
  }

  // Writing.

  writeDirectly(octets: Uint8Array): number {
    // What is no chunk is the stream's to refuse.
    const inOrder = this.#queued === 0 && this.#pending === undefined && this.#established;
    if (!inOrder || this.#writesEnd || this.#finishing || this.#over || !(octets instanceof Uint8Array)) return 0;
    const { driver, tcp } = this.#host;
    driver.begin();
    try {
      return tcp.send(this.#connection!, octets, 0, octets.length);
    } finally {
      driver.end();
    }
  }

  closeDirectly(): void {
    this.#writesEnd = true;
  }

  #write(chunk: Uint8Array): Promise<void> | undefined {
    this.#queued--;
    if (!(chunk instanceof Uint8Array)) {
      const error = new TcplabError(
        'EINVAL',
        `${this.#name()}: a chunk is octets (a Uint8Array), not ${given(chunk)}; make them of a text with bytes('...'), or pipe through a TextEncoderStream`,
      );
      // The other side must not take what came before for all there was.
      this.abort(error);
      throw error;
    }
    const connection = this.#connection;
    const { driver, tcp } = this.#host;
    driver.begin();
    const sent = connection === undefined ? 0 : tcp.send(connection, chunk, 0, chunk.length);
    const answer = sent < chunk.length ? this.#wait(chunk, sent) : undefined;
    if (this.#finishing) this.#flushed();
    driver.end();
    return answer;
  }

  /** The writable is closed: everything it had accepted was handed over. */
  #finish(): Promise<void> | undefined {
    this.#writeDone = true;
    this.#queued = 0;
    this.#finishing = true;
    // A SYN that is not answered yet would be given up by the FIN.
    if (!this.#established) return this.#wait(EMPTY, 0);
    this.#flushed();
    return undefined;
  }

  #wait(octets: Uint8Array, sent: number): Promise<void> {
    const pending: Pending = { ...owe<void>(), octets, sent };
    this.#pending = pending;
    // An abortion of the writable must not wait for this.
    if (!this.#heedsAbort) {
      this.#heedsAbort = true;
      const { signal } = this.#sink as { signal?: AbortSignal };
      signal?.addEventListener('abort', () => this.#abandon(signal.reason), { once: true });
    }
    return pending.promise;
  }

  /** The writable is being aborted while a write waits; it sees to its own end. */
  #abandon(reason: unknown): void {
    const pending = this.#pending;
    this.#pending = undefined;
    this.#writeDone = true;
    this.abort(reason);
    pending?.reject(reason);
  }

  /** There is room in the send buffer, or the connection has come about. */
  #sendOn(): void {
    const pending = this.#pending;
    if (pending !== undefined) {
      const { octets } = pending;
      if (pending.sent < octets.length)
        pending.sent += this.#host.tcp.send(this.#connection!, octets, pending.sent, octets.length);
      if (pending.sent < octets.length || (octets === EMPTY && !this.#established)) return;
      this.#pending = undefined;
      pending.resolve();
      this.#host.driver.woke();
    }
    if (this.#finishing) this.#flushed();
  }

  /** When no more writes are wanted and all were handed over: the FIN, or the end. */
  #flushed(): void {
    if (this.#over || this.#left || this.#pending !== undefined || this.#queued > 0) return;
    const connection = this.#connection;
    const written = connection !== undefined && connection.tcb.snd.end !== connection.tcb.snd.head;
    // A SYN that is not answered yet would be given up by the FIN, and what was written with it.
    if (!this.#established && (written || !this.#closing)) return;
    this.#refuseWrites();
    if (connection === undefined) return this.#end(undefined);
    if (!this.#readShut) this.#host.tcp.shutdown(connection);
    else {
      this.#left = true;
      this.#host.tcp.leave(connection);
      // How it ends is of interest yet.
      if (connection.id < 0) return this.#end(undefined);
      connection.owner = this;
    }
    this.#endIfDone();
  }

  /** Writes from now on are refused, and so is one that waits. */
  #refuseWrites(): void {
    const pending = this.#pending;
    if (this.#sink === undefined || (this.#writeDone && pending === undefined)) return;
    this.#writeDone = true;
    this.#pending = undefined;
    const reason = this.#refusal();
    pending?.reject(reason);
    this.#sink.error(reason);
  }

  #refusal(): unknown {
    return this.#failure === undefined ? posixError('EPIPE', this.#name()) : this.#failure.reason;
  }

  // The end.

  /** Whether both directions are done: then it is over. */
  #endIfDone(): void {
    const connection = this.#connection;
    if (connection === undefined || this.#over) return;
    const { tcb } = connection;
    // In these states the other side has acknowledged our FIN.
    if (tcb.state !== 'FIN-WAIT-2' && tcb.state !== 'TIME-WAIT' && tcb.state !== 'CLOSED') return;
    if (this.#readShut || tcb.endOfStream) this.#end(undefined);
  }

  #end(failure: { readonly reason: unknown } | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#failure = failure;
    const { driver, sockets } = this.#host;
    sockets.delete(this);
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#refuseWrites();
    if (failure !== undefined) this.#keepRest();
    this.#tellEnd();
    if (this.#openedPromise !== undefined) this.#tellOpened(this.#openedPromise);
    if (this.#closedPromise !== undefined) this.#tellClosed(this.#closedPromise);
    // Octets that came before an error may still be read, by whoever reads.
    if (this.#source === undefined || this.#readDone || this.#rest.length > 0) this.#letGo();
    driver.woke();
    driver.wake();
  }

  /** Octets that came before the failure are the program's as long as it has the connection, as those in a socket's buffer are. */
  #keepRest(): void {
    const connection = this.#connection;
    if (connection === undefined || this.#readShut || this.#readDone || connection.tcb.readable === 0) return;
    this.#rest = new Uint8Array(connection.tcb.readable);
    this.#host.tcp.receive(connection, this.#rest, 0, this.#rest.length);
  }

  /** The host sees the rest through, and has its pages back. */
  #letGo(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    if (this.#left && connection.id >= 0) connection.owner = undefined;
    else this.#host.tcp.leave(connection);
  }
}
