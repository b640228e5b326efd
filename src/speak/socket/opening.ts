/**
 * How a socket of whatever face comes by a port and by a connection: which address, which port, and, where several programs share an address (a cable),
 * the claim that has to be granted first. It waits only for claims: where there is nobody to ask, all is done when a call returns.
 * Read first: RFC 9293 §3.9.1.1 (OPEN), RFC 6056 (ports).
 */
import { type PosixCode, posixError, TcplabError } from '../../core/errors.ts';
import type { IpAddress } from '../../wire/ip-address.ts';
import { TCP } from '../../wire/ipv4.ts';
import type { Connection, ConnectionOwner } from '../stack/connection.ts';
import type { Host } from '../stack/host.ts';
import type { Interface } from '../stack/interface.ts';
import { Listener } from '../stack/listener.ts';
import { covers, isWildcard } from '../stack/ports.ts';
import { type SourceRoute, sourceRoute } from '../stack/source-route.ts';
import type { ConnectionSettings } from '../tcp/index.ts';
import { type Address, addressText, makeAddress } from './address.ts';

/** How often another port is tried when the one chosen turns out to be another program's. */
const PORT_TRIES = 64;

/** Who opens a connection, and may have given it up when a claim is granted. */
export interface Opener extends ConnectionOwner {
  readonly isClosed: boolean;
  /** The connection is its from now on. */
  begin(connection: Connection): void;
}

/**
 * Takes a port of this host; 0 lets the host choose. What it has taken others cannot take, and nobody is listening yet.
 * @param dual whether `::` is to mean every IPv4 address as well
 * @throws TcplabError EADDRNOTAVAIL, EADDRINUSE
 */
export function bindPort(
  host: Host,
  local: IpAddress,
  wanted: number,
  reuse: boolean,
  options: Readonly<ConnectionSettings>,
  operation: string,
  dual = false,
): Listener {
  const { ports } = host.tcp;
  const both = dual && isWildcard(local);
  const own = host.inZone(local);
  if (!isWildcard(own) && !host.isLocal(own)) throw posixError('EADDRNOTAVAIL', operation);
  const port = wanted === 0 ? ports.chooseUnused(own, both) : wanted;
  //= RFC 9293 §3.9.1.1 MUST-41: an error, or a record of its own
  if (port === 0 || (wanted !== 0 && !ports.isFree(own, port, reuse, both))) throw posixError('EADDRINUSE', operation);
  const listener = new Listener(own, port, reuse, options, host.tcp, both);
  ports.bind(listener);
  return listener;
}

/** The claim to a bound port; undefined where there is nobody to ask. When it is refused (EADDRINUSE) there is nothing to let go. */
export const claimPort = (host: Host, listener: Listener): Promise<void> | undefined =>
  isClaimed(host, listener.address) ? host.claims.take(TCP, listener.port) : undefined;

/** Gives the port up, and resets what nobody has accepted. */
export function unbindPort(host: Host, listener: Listener): void {
  host.tcp.ports.unbind(listener);
  listener.close();
}

/** The same for a port whose claim was not refused. */
export function releasePort(host: Host, listener: Listener): void {
  unbindPort(host, listener);
  if (isClaimed(host, listener.address)) host.claims.letGo(TCP, listener.port);
}

const isClaimed = (host: Host, address: IpAddress): boolean =>
  host.claims.needed && (isWildcard(address) || host.isLocal(address));

/**
 * Lets others connect to a bound port.
 * @param backlog how many connections may wait to be accepted, less one (as in Linux)
 * @throws TcplabError EADDRINUSE when another listens for the same connections
 */
export function startListening(host: Host, listener: Listener, backlog: number): void {
  const { address, port } = listener;
  if (host.tcp.ports.isListenedOn(listener))
    throw posixError('EADDRINUSE', `listen on ${addressText(makeAddress(address, port))}`);
  listener.backlog = Math.max(0, Math.floor(backlog));
}

/** Why there is no connection to `address`. Its text is made here: most calls need none. */
export const connectError = (code: PosixCode, address: Address): TcplabError =>
  posixError(code, `connect ${addressText(address)}`);

/** The ends of a connection that is to be. */
interface Ends {
  readonly iface: Interface;
  readonly local: IpAddress;
  readonly remote: IpAddress;
  readonly remotePort: number;
  readonly options: Readonly<ConnectionSettings>;
  readonly route: SourceRoute | undefined;
}

/**
 * Opens a connection, which `opener` is given: its SYN is on its way when this returns, or when the promise that it returns comes true.
 * @param asked where to; `address` is how the program wrote it, for messages
 * @param bound where it comes from; the host chooses when that is left to it
 * @throws TcplabError (as a rejection when a claim was needed) ECONNREFUSED, ENETUNREACH, EADDRINUSE, EADDRNOTAVAIL, ENOBUFS, EINVAL, EBADF
 */
export function openConnection(
  host: Host,
  bound: Listener | undefined,
  asked: IpAddress,
  address: Address,
  options: Readonly<ConnectionSettings>,
  opener: Opener,
): Promise<void> | undefined {
  const remotePort = address[1];
  const remote = host.inZone(asked);
  const { sourceRoute: way } = options;
  const route = way === undefined || typeof remote === 'object' ? undefined : sourceRoute(way);
  const iface = host.route(route?.first ?? remote);
  //= RFC 9293 §3.9.1.1 MUST-46
  if (
    iface === undefined ||
    remotePort === 0 ||
    !host.isUnicast(remote) ||
    (route !== undefined && !host.isUnicast(route.first))
  )
    throw connectError(remotePort === 0 ? 'ECONNREFUSED' : 'ENETUNREACH', address);
  //= RFC 9293 §3.9.1.1 MUST-43, MUST-44
  const local = bound === undefined || isWildcard(bound.address) ? host.sourceFor(remote, iface) : bound.address;
  if (local === undefined) throw connectError('EADDRNOTAVAIL', address);
  if (typeof local !== typeof remote || (bound !== undefined && !covers(bound, local)))
    throw connectError('ENETUNREACH', address);
  if (!iface.isLoopback && isOnlyHere(local)) throw connectError('EINVAL', address);
  const ends: Ends = { iface, local, remote, remotePort, options, route };
  if (bound === undefined && iface.isLoopback && host.claims.needed) return claimed(host, ends, opener, address);
  const port = bound?.port ?? choosePort(host, ends, address);
  if (!open(host, ends, port, opener))
    throw connectError(host.tcp.has(local, port, remote, remotePort) ? 'EADDRINUSE' : 'ENOBUFS', address);
  return undefined;
}

/** Whether an address is one of a loopback. */
const isOnlyHere = (address: IpAddress): boolean =>
  typeof address === 'number' ? address >>> 24 === 127 : address.isLoopback;

function choosePort({ tcp }: Host, { local, remote, remotePort }: Ends, address: Address): number {
  const port = tcp.ports.chooseFor(local, remote, remotePort, tcp);
  if (port === 0) throw connectError('EADDRNOTAVAIL', address);
  return port;
}

/** Answers whether there was no connection between these ends yet, and room for it. */
function open(host: Host, ends: Ends, port: number, opener: Opener): boolean {
  const { iface, local, remote, remotePort, options, route } = ends;
  const connection = host.tcp.connect(iface, local, port, remote, remotePort, options, opener, route);
  if (connection !== undefined) opener.begin(connection);
  return connection !== undefined;
}

/** From a port that others may have: another one is tried when they do. */
async function claimed(host: Host, ends: Ends, opener: Opener, address: Address): Promise<void> {
  for (let left = PORT_TRIES; ; left--) {
    const port = choosePort(host, ends, address);
    try {
      await host.claims.take(TCP, port);
    } catch (error) {
      if (left > 0 && error instanceof TcplabError && error.code === 'EADDRINUSE') continue;
      throw error;
    }
    try {
      if (opener.isClosed) throw connectError('EBADF', address);
      if (open(host, ends, port, opener)) return;
      if (left > 0) continue;
      throw connectError('ENOBUFS', address);
    } finally {
      // A connection claims its port for itself.
      host.claims.letGo(TCP, port);
    }
  }
}
