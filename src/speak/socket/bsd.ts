/**
 * Sockets as every textbook has them, and Python's `socket` module: `socket`, `bind`, `listen`, `accept`, `connect`, `recv`, `send`, `sendall`, `shutdown`,
 * `close`. What waits is a promise; what fails is a `TcplabError` with Linux's code.
 *
 * ```ts
 * const server = socket(host, AF_INET, SOCK_STREAM);
 * await server.bind(['localhost', 7456]);
 * await server.listen(1);
 * const [connection, address] = await server.accept();
 * const message = await connection.recv(1024);
 * ```
 */
import { TcplabError } from '../../core/errors.ts';
import { type DatagramOptions, datagramOptions } from '../stack/datagrams.ts';
import { type Host, requireHost } from '../stack/host.ts';
import { type ConnectionOptions, connectionSettings } from '../tcp/index.ts';
import { AF_INET, AF_INET6, SOCK_DGRAM, SOCK_STREAM } from './constants.ts';
import { DatagramSocket } from './datagram-socket.ts';
import { INET, INET6 } from './family.ts';
import { PLAIN_6 } from './stream-settings.ts';
import { StreamSocket } from './stream-socket.ts';

/** A TCP socket. */
export function socket(
  host: Host,
  family: typeof AF_INET | typeof AF_INET6,
  kind: typeof SOCK_STREAM,
  options?: Partial<ConnectionOptions>,
): StreamSocket;
/** A UDP socket. */
export function socket(
  host: Host,
  family: typeof AF_INET | typeof AF_INET6,
  kind: typeof SOCK_DGRAM,
  options?: Partial<DatagramOptions>,
): DatagramSocket;
/**
 * A socket of a host.
 * @param options for this socket's connections (or queue), where they differ from the host's; sizes in octets, times in milliseconds
 * @throws TcplabError EAFNOSUPPORT, EPROTONOSUPPORT, EINVAL when there is no host, or an option is unknown or out of its range
 */
export function socket(
  host: Host,
  family: number,
  kind: number,
  options?: Partial<ConnectionOptions> | Partial<DatagramOptions>,
): StreamSocket | DatagramSocket {
  requireHost(host, 'socket');
  if (family !== AF_INET && family !== AF_INET6)
    throw new TcplabError(
      'EAFNOSUPPORT',
      `socket: EAFNOSUPPORT, the address family is AF_INET (2) or AF_INET6 (10), not ${family}`,
    );
  if (kind === SOCK_STREAM) {
    // Sockets that are told nothing share what the host was told.
    const own = options === undefined ? host.connectionSettings : connectionSettings(host.connectionSettings, options);
    const made = new StreamSocket(host, own);
    if (family === AF_INET6) made.settings = PLAIN_6;
    return made;
  }
  if (kind === SOCK_DGRAM) {
    const own = datagramOptions(host.datagramOptions, options ?? {});
    return new DatagramSocket(host, own, family === AF_INET6 ? INET6 : INET);
  }
  throw new TcplabError(
    'EPROTONOSUPPORT',
    `socket: EPROTONOSUPPORT, the kind is SOCK_STREAM (1) or SOCK_DGRAM (2), not ${kind}`,
  );
}

export { type Address, bytes } from './address.ts';
export * from './constants.ts';
export type { DatagramSocket } from './datagram-socket.ts';
export { ERRNO } from './errno.ts';
export type { Message } from './messages.ts';
export { type Pollable, type PollEntry, poll } from './poll.ts';
export { type Selected, select } from './select.ts';
export type { Linger, TimeValue } from './socket-options.ts';
export type { StreamSocket } from './stream-socket.ts';
