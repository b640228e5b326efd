/**
 * This program's own host, made when it is first needed: on real time, with the cable that this user's programs share as its loopback. So a program is as short as
 * its textbook: make a socket, bind, listen. Programs that want another cable, several hosts or virtual time make a `Host` themselves.
 */
import {
  type DatagramSocket,
  type SOCK_DGRAM,
  type SOCK_STREAM,
  type StreamSocket,
  socket as socketOf,
} from '../speak/socket/bsd.ts';
import type { DatagramOptions } from '../speak/stack/datagrams.ts';
import { Host } from '../speak/stack/host.ts';
import { RealTimeDriver } from '../speak/stack/real-time-driver.ts';
import type { ConnectionOptions } from '../speak/tcp/index.ts';
import type { CableOptions } from './cable/membership.ts';
import { Cable } from './cable/port.ts';
import { cryptographicRandom, nodePlatform } from './platform.ts';

export { bytes, poll } from '../speak/socket/bsd.ts';
export * from '../speak/socket/constants.ts';

/**
 * A host on real time whose 127.0.0.1 is on a cable with other programs. The cable is joined when the first port is asked for; what is wrong with it
 * is what that `bind` or `connect` is rejected with.
 */
export function cableHost(options: CableOptions = {}): Host {
  const cable = new Cable(options);
  return new Host({
    name: 'this program',
    loopback: cable.port,
    driver: new RealTimeDriver(nodePlatform(), cryptographicRandom()),
  });
}

let host: Host | undefined;

/** This program's host on the default cable (`defaultCablePath()`); always the same one. */
export function defaultHost(): Host {
  host ??= cableHost();
  return host;
}

/** A TCP socket of `defaultHost()`. */
export function socket(family: number, kind: typeof SOCK_STREAM, options?: Partial<ConnectionOptions>): StreamSocket;
/** A UDP socket of `defaultHost()`. */
export function socket(family: number, kind: typeof SOCK_DGRAM, options?: Partial<DatagramOptions>): DatagramSocket;
/**
 * A socket of this program's own host, which shares 127.0.0.1 with every program on the default cable.
 * @throws TcplabError EAFNOSUPPORT, EPROTONOSUPPORT
 * @example
 * const sck = socket(AF_INET, SOCK_STREAM);
 * await sck.connect(['localhost', 7456]);
 */
export function socket(
  family: number,
  kind: number,
  options?: Partial<ConnectionOptions> | Partial<DatagramOptions>,
): StreamSocket | DatagramSocket {
  // The portable `socket` says what is wrong with a family or a kind.
  return socketOf(defaultHost(), family as 2, kind as typeof SOCK_STREAM, options as Partial<ConnectionOptions>);
}
