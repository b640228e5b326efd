/**
 * Sockets as the Web has them: a connection is a `ReadableStream` and a `WritableStream`, as in WinterTC's Sockets API and in Deno. What waits is a promise or a
 * stream; what fails is a `TcplabError` with Linux's code. Unlike there, whose `allowHalfOpen` this is always, the end of one direction leaves
 * the other open. Not here: names (addresses are numbers, or localhost), TLS.
 *
 * ```ts
 * const listener = listen(host, { hostname: '10.0.0.2', port: 7 });
 * for await (const { readable, writable } of listener) readable.pipeTo(writable).catch(() => {});
 * ```
 */
import { TcplabError } from '../../core/errors.ts';
import { given } from '../../core/given.ts';
import { type Host, requireHost } from '../stack/host.ts';
import { type ConnectionOptions, connectionOptions } from '../tcp/index.ts';
import { type AnyAddress, anyAddress } from './address.ts';
import { TcpConnection } from './tcp-connection.ts';
import { TcpListener } from './tcp-listener.ts';

/** Options of both: besides their own those of a TCP connection, where they differ from the host's (sizes in octets, times in microseconds). */
export interface StreamOptions extends Partial<ConnectionOptions> {
  /**
   * Whether the readable is a stream of type 'bytes', so that a reader may bring its own buffers (`getReader({ mode: 'byob' })`); default false. That saves a bulk
   * reader the making of chunks, 64 KiB at a time, and costs every read 1 to 2 microseconds.
   */
  byob?: boolean;
}

/** Options of `connect`. */
export interface ConnectOptions extends StreamOptions {
  /** Aborted, it ends the connection with its reason, at whatever time: while it is made, and later by a reset. */
  signal?: AbortSignal;
}

/** Options of `listen`; those of a connection are for all that it accepts. */
export interface ListenOptions extends StreamOptions {
  /** How many connections may wait to be accepted, less one, as in Linux: 0 or more; default 511. */
  backlog?: number;
  /** SO_REUSEADDR: whether a port is taken from which connections still linger; default true, as a server that is started again wants it. */
  reuseAddress?: boolean;
  /** Aborted, it ends the listener with its reason. Connections that were accepted go on. */
  signal?: AbortSignal;
}

/**
 * Connects to `address`. The connection is there at once and can be written to; its `opened` tells when it is established, or why it was not.
 * @throws TcplabError EINVAL when the address or an option is not one. What fails later is told by `opened`, `closed` and the streams
 * @example
 * const connection = connect(host, { hostname: '10.0.0.2', port: 80 });
 * const writer = connection.writable.getWriter();
 * await writer.write(bytes('GET / HTTP/1.0\r\n\r\n'));
 * for await (const chunk of connection.readable) received.push(chunk);
 * await connection.close();
 */
export function connect(host: Host, address: AnyAddress, options: ConnectOptions = {}): TcpConnection {
  requireHost(host, 'connect');
  const target = anyAddress(address, 'connect');
  const { byob = false, signal, ...own } = options;
  const all = ownOptions(host, own);
  requireSignal(signal, 'connect');
  const connection = new TcpConnection(host, target, byob, signal);
  connection.open(all);
  return connection;
}

/**
 * Listens on `address`; port 0 lets the host choose. It listens when this returns; only where several programs share an address (a cable) another may
 * turn out to have the port, which `opened` tells.
 * @throws TcplabError EINVAL when the address or an option is not one. What fails later is told by `opened`, `closed` and `accept`
 */
export function listen(host: Host, address: AnyAddress, options: ListenOptions = {}): TcpListener {
  requireHost(host, 'listen');
  const local = anyAddress(address, 'listen');
  const { backlog = 511, reuseAddress = true, byob = false, signal, ...own } = options;
  if (!(Number.isInteger(backlog) && backlog >= 0))
    throw new TcplabError('EINVAL', `listen: a backlog is a whole number, 0 or more, not ${String(backlog)}`);
  requireSignal(signal, 'listen');
  return new TcpListener(host, local, backlog, reuseAddress, ownOptions(host, own), byob, signal);
}

/** @throws TcplabError EINVAL */
function requireSignal(signal: AbortSignal | undefined, operation: string): void {
  if (signal !== undefined && typeof signal?.addEventListener !== 'function')
    throw new TcplabError('EINVAL', `${operation}: signal is an AbortSignal, not ${given(signal)}`);
}

/** Sockets that are told nothing share what the host was told. */
function ownOptions(host: Host, own: Partial<ConnectionOptions>): Readonly<ConnectionOptions> {
  for (const _ in own) return connectionOptions(host.connectionOptions, own);
  return host.connectionOptions;
}

export type { AnyAddress, SocketAddress } from './address.ts';
export type { SocketInfo, TcpConnection } from './tcp-connection.ts';
export type { AcceptOptions, TcpListener } from './tcp-listener.ts';
