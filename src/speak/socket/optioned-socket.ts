/**
 * What every TCP socket can be told and asked beside its traffic: options, whether it waits, what it is ready for. Not here: the options' table
 * (socket-options.ts), the calls that move octets (stream-socket.ts).
 */
import { type PosixCode, posixError } from '../../core/errors.ts';
import type { Connection, Report } from '../stack/connection.ts';
import type { Driver } from '../stack/driver.ts';
import type { Host } from '../stack/host.ts';
import type { Listener } from '../stack/listener.ts';
import { type ConnectionSettings, changedSettings, type TcpInfo } from '../tcp/index.ts';
import {
  F_GETFL,
  F_SETFL,
  FIONBIO,
  O_NONBLOCK,
  O_RDWR,
  POLLNVAL,
  type SO_LINGER,
  type SO_RCVTIMEO,
  type SO_SNDTIMEO,
  type TCP_INFO,
} from './constants.ts';
import type { Pollable } from './poll.ts';
import { readiness, type Stage } from './readiness.ts';
import { infoOf, queued } from './socket-info.ts';
import {
  getOption,
  type Linger,
  type OptionAnswer,
  type Optioned,
  type OptionValue,
  setOption,
  type TimeValue,
} from './socket-options.ts';
import { PLAIN, type StreamSettings, streamSettings } from './stream-settings.ts';
import { OutOfLine } from './urgent.ts';
import { Watchers } from './watchers.ts';

const DONE = Promise.resolve();

/** A socket with options. */
export abstract class OptionedSocket implements Optioned, Pollable {
  readonly host: Host;
  /** What its connections are told. Shared with every socket that was told the same. */
  protected options: Readonly<ConnectionSettings>;
  /** What it was told itself. */
  settings: StreamSettings = PLAIN;
  /** The port that `bind` got; it listens when `listen` was called. */
  protected listener: Listener | undefined = undefined;
  /** The connection, for those who look inside; undefined when there is none. */
  connection: Connection | undefined = undefined;
  /** It has been given up. */
  isClosed = false;
  /** RECEIVE_SHUT, SEND_SHUT. */
  protected shut = 0;
  /**
   * Why the connection ended, as long as no call has reported it. As in Linux there is one for both directions: a writer that was told of a reset reads an
   * orderly end.
   */
  protected error: PosixCode | undefined = undefined;
  /** While urgent octets are kept out of line. */
  protected outOfLine: OutOfLine | undefined = undefined;
  /**
   * Called with what a program may want to know of its connection though it goes on: ICMP errors, retransmissions without an answer, urgent data (RFC 9293
   * §3.9.1.8). Default: nobody, and nothing is kept.
   */
  onReport: ((report: Report) => void) | undefined = undefined;
  #watchers: Watchers | undefined = undefined;

  protected constructor(host: Host, options: Readonly<ConnectionSettings>) {
    this.host = host;
    this.options = options;
  }

  get isBound(): boolean {
    return this.listener !== undefined || this.connection !== undefined;
  }

  /** How far it is with its connection. */
  protected abstract readonly stage: Stage;

  /** For the host. The program hears of it when the host has done its work. */
  connectionReport(_connection: Connection, report: Report): void {
    const { onReport } = this;
    //= RFC 9293 §3.9.1.8 MUST-47, SHLD-20
    if (onReport !== undefined) DONE.then(() => onReport(report));
  }

  /** Whose time it lives in. */
  get driver(): Driver {
    return this.host.driver;
  }

  get isListening(): boolean {
    return this.listener?.listening === true;
  }

  /** What its connections are told; `setsockopt` changes it. */
  get connectionSettings(): Readonly<ConnectionSettings> {
    return this.options;
  }

  /** Sets SO_LINGER. */
  setsockopt(level: number, name: typeof SO_LINGER, value: Linger): void;
  /** Sets SO_RCVTIMEO or SO_SNDTIMEO. */
  setsockopt(level: number, name: typeof SO_RCVTIMEO | typeof SO_SNDTIMEO, value: TimeValue): void;
  /**
   * Sets an option, at any time; what was on its way by another is seen to at once. Accepted sockets begin with what the listening one was told.
   * @throws TcplabError ENOPROTOOPT (no such option), EINVAL (out of its range), EBADF
   * @example socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
   */
  setsockopt(level: number, name: number, value: number | boolean): void;
  setsockopt(level: number, name: number, value: OptionValue): void {
    this.requireOpen('setsockopt');
    setOption(this, level, name, value);
  }

  /** SO_LINGER. */
  getsockopt(level: number, name: typeof SO_LINGER): Linger;
  /** SO_RCVTIMEO and SO_SNDTIMEO. */
  getsockopt(level: number, name: typeof SO_RCVTIMEO | typeof SO_SNDTIMEO): TimeValue;
  /** The same as `info()`. */
  getsockopt(level: number, name: typeof TCP_INFO): TcpInfo;
  /**
   * An option.
   * @throws TcplabError ENOPROTOOPT, EOPNOTSUPP (no such level), EBADF
   */
  getsockopt(level: number, name: number): number;
  getsockopt(level: number, name: number): OptionAnswer {
    this.requireOpen('getsockopt');
    return getOption(this, level, name);
  }

  /** Whether calls wait (the default), or are rejected with EAGAIN where they would have to. @throws TcplabError EBADF */
  setblocking(blocking: boolean): void {
    this.requireOpen('setblocking');
    this.set(streamSettings(this.settings, { blocking }));
  }

  /** Whether calls wait. */
  getblocking(): boolean {
    return this.settings.blocking;
  }

  /**
   * F_GETFL answers the flags, F_SETFL sets O_NONBLOCK.
   * @throws TcplabError EINVAL, EBADF
   */
  fcntl(command: number, flags = 0): number {
    this.requireOpen('fcntl');
    if (command === F_GETFL) return O_RDWR | (this.settings.blocking ? 0 : O_NONBLOCK);
    if (command !== F_SETFL) throw posixError('EINVAL', `fcntl ${command}`);
    this.setblocking((flags & O_NONBLOCK) === 0);
    return 0;
  }

  /**
   * SIOCINQ (FIONREAD): octets to be read; SIOCOUTQ: octets not acknowledged; SIOCOUTQNSD: octets not sent; SIOCATMARK: whether the next octet is the urgent one. FIONBIO sets
   * whether calls wait.
   * @throws TcplabError EINVAL (nothing of the kind, or a listening socket), EBADF
   */
  ioctl(request: number, argument = 0): number {
    this.requireOpen('ioctl');
    if (request === FIONBIO) {
      this.setblocking(argument === 0);
      return 0;
    }
    return queued(request, this.connection?.tcb, this.isListening, this.outOfLine !== undefined);
  }

  /** How its connection goes, in Linux's names. @throws TcplabError EBADF */
  info(): TcpInfo {
    this.requireOpen('info');
    return infoOf(this.host, this.options, this.connection, this.listener);
  }

  /** Tells its connection, those it will make and those it will accept. @throws TcplabError EINVAL when a value is out of its range */
  tell(change: Partial<ConnectionSettings>): void {
    const { connection, listener } = this;
    if (connection === undefined) this.options = changedSettings(this.options, change);
    else {
      this.host.tcp.configure(connection, change);
      this.options = connection.tcb.options;
    }
    listener?.tell(this.options, change);
  }

  /** For `setsockopt`, and `accept`, which hands on what the listening socket was told. */
  set(settings: StreamSettings): void {
    this.settings = settings;
    if (this.listener !== undefined) this.listener.reuse = settings.reuse;
    this.outOfLine = settings.urgentInline ? undefined : (this.outOfLine ?? new OutOfLine(this.host));
  }

  /** Why the connection ended, if nobody has been told; now somebody is. */
  takeError(): PosixCode | undefined {
    const { error } = this;
    this.error = undefined;
    return error;
  }

  /** For `poll`. */
  readiness(): number {
    if (this.isClosed) return POLLNVAL;
    const { connection, stage, listener, shut, outOfLine } = this;
    // A connection whose buffer is full is to say when that is over.
    if (connection !== undefined && this.isWatched) connection.tcb.snd.blocked = true;
    const failed = this.error !== undefined;
    const { notSentLowWater } = this.settings;
    return readiness({ stage, connection, listener, shut, failed, outOfLine, notSentLowWater });
  }

  /** For `poll`. */
  watch(changed: () => void): () => void {
    this.#watchers ??= new Watchers();
    const stop = this.#watchers.add(changed);
    this.readiness();
    return stop;
  }

  /** Somebody waits in `poll`. */
  protected get isWatched(): boolean {
    return this.#watchers?.any === true;
  }

  /** Something has changed. */
  protected tellWatchers(): void {
    this.#watchers?.tell();
  }

  protected requireOpen(operation: string): void {
    if (this.isClosed) throw posixError('EBADF', operation);
  }
}
