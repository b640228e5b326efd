/** A UDP socket in the manner of BSD, with promises for what waits and Linux's error codes. */
import { posixError, TcplabError } from '../../core/errors.ts';
import type { IpAddress } from '../../wire/ip-address.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as udp from '../../wire/udp.ts';
import { ALL_ERRORS, type DatagramOptions, DatagramQueue } from '../stack/datagrams.ts';
import type { Driver } from '../stack/driver.ts';
import type { Host, Waits } from '../stack/host.ts';
import { isWildcard } from '../stack/ports.ts';
import { type Address, addressText, LOCALHOST, requireBytes } from './address.ts';
import {
  AF_INET6,
  F_GETFL,
  F_SETFL,
  FIONBIO,
  IP_RECVERR,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_UDP,
  IPV6_RECVERR,
  IPV6_V6ONLY,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  MSG_PEEK,
  MSG_TRUNC,
  O_NONBLOCK,
  O_RDWR,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  POLLRDHUP,
  POLLRDNORM,
  POLLWRNORM,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SIOCINQ,
  SIOCOUTQ,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_ERROR,
  SO_PROTOCOL,
  SO_TYPE,
  SOCK_DGRAM,
  SOL_SOCKET,
} from './constants.ts';
import { ERRNO } from './errno.ts';
import { type AddressFamily, INET } from './family.ts';
import { gathered, type Message } from './messages.ts';
import type { Pollable } from './poll.ts';
import { RECEIVE_SHUT, SEND_SHUT } from './readiness.ts';
import { PENDING, Waiters } from './waiters.ts';
import { Watchers } from './watchers.ts';

/** The longest packet that IP puts together from fragments, in octets. */
const LONGEST_PACKET = 65_535;

/** How often another port is tried when the one chosen turns out to be another program's. */
const PORT_TRIES = 64;

/** The bit of `ALL_ERRORS` that an option stands for; 0 when it is another. */
function errorsOf(level: number, name: number): number {
  if (level === IPPROTO_IP && name === IP_RECVERR) return ALL_ERRORS.IPV4;
  return level === IPPROTO_IPV6 && name === IPV6_RECVERR ? ALL_ERRORS.IPV6 : 0;
}

/** A UDP socket. */
export class DatagramSocket implements Pollable, Waits {
  /** For its host's `sockets`. */
  place = -1;
  readonly #host: Host;
  readonly #options: DatagramOptions;
  readonly #family: AddressFamily;
  #only6 = false;
  /** IP_RECVERR and IPV6_RECVERR. */
  #allErrors = 0;
  #queue: DatagramQueue | undefined = undefined;
  /** While a port is being asked for. */
  #binding: Promise<DatagramQueue> | undefined = undefined;
  #closed = false;
  /** RECEIVE_SHUT, SEND_SHUT. */
  #shut = 0;
  #blocking = true;
  readonly #watchers = new Watchers();
  readonly #receivers: Waiters<Message & { readonly address: Address }>;

  /** For `socket`, which makes these. */
  constructor(host: Host, options: DatagramOptions, family: AddressFamily = INET) {
    this.#host = host;
    this.#family = family;
    this.#options = options;
    this.#receivers = new Waiters(host.driver);
    host.sockets.add(this);
    host.driver.opened();
  }

  /**
   * Takes a local address. Port 0 lets the host choose.
   * @throws TcplabError (as a rejection) EINVAL (bound already, or no address), EADDRNOTAVAIL, EADDRINUSE, EBADF
   */
  async bind(address: Address): Promise<void> {
    const local = this.#host.inZone(this.#family.read(address, 'bind'));
    const operation = `bind ${addressText(address)}`;
    this.#requireOpen(operation);
    if (this.#queue !== undefined || this.#binding !== undefined) throw posixError('EINVAL', operation);
    this.#requireVersion(local, operation);
    if (!isWildcard(local) && !this.#host.isLocal(local)) throw posixError('EADDRNOTAVAIL', operation);
    await this.#bind(local, address[1], operation);
  }

  /**
   * Whom to send to, and whom alone to listen to, from now on.
   * @throws TcplabError (as a rejection) EINVAL, ENETUNREACH, EADDRINUSE (no port left), EBADF
   */
  async connect(address: Address): Promise<void> {
    const remote = this.#remote(address, 'connect');
    const operation = `connect ${addressText(address)}`;
    this.#requireOpen(operation);
    const iface = this.#host.route(remote);
    if (iface === undefined) throw posixError('ENETUNREACH', operation);
    const queue = await this.#bound(operation);
    // From now on it has the address its datagrams come from, as in Linux.
    if (isWildcard(queue.address)) {
      const source = this.#host.sourceFor(remote, iface);
      if (source === undefined) throw posixError('EADDRNOTAVAIL', operation);
      queue.address = source;
    } else if (typeof queue.address !== typeof remote) throw posixError('ENETUNREACH', operation);
    queue.remoteAddress = remote;
    queue.remotePort = address[1];
  }

  /**
   * Ends sending, or waiting for datagrams, as in Linux: with SHUT_WR nothing can be sent any more (EPIPE); with SHUT_RD `recv` answers no octets where it would wait, and what
   * comes all the same can be read. The other end is not told.
   * @throws TcplabError ENOTCONN where the socket is not connected, which ends them all the same; EINVAL, EBADF
   */
  shutdown(how: typeof SHUT_RD | typeof SHUT_WR | typeof SHUT_RDWR): void {
    this.#requireOpen('shutdown');
    if (how !== SHUT_RD && how !== SHUT_WR && how !== SHUT_RDWR) throw posixError('EINVAL', 'shutdown');
    this.#shut |= how === SHUT_RD ? RECEIVE_SHUT : how === SHUT_WR ? SEND_SHUT : RECEIVE_SHUT | SEND_SHUT;
    this.#receivers.serve();
    this.#watchers.tell();
    if (!this.#queue?.remotePort) throw posixError('ENOTCONN', 'shutdown');
  }

  /** Sends a datagram to the one connected to. @throws TcplabError (as a rejection) EDESTADDRREQ and as `sendto` */
  async send(octets: Uint8Array): Promise<number> {
    requireBytes(octets, 'send');
    this.#requireOpen('send');
    const queue = this.#queue;
    if (queue === undefined || queue.remotePort === 0) throw posixError('EDESTADDRREQ', 'send');
    this.#report(queue, 'send');
    return this.#send(queue, octets, queue.remoteAddress, queue.remotePort, 'send');
  }

  /**
   * Sends a datagram. It may be lost, and nobody will say so.
   * @throws TcplabError (as a rejection) EMSGSIZE when the link does not carry so much in one packet, EPIPE after `shutdown`, ENETUNREACH, ENOBUFS, EINVAL, EBADF
   */
  async sendto(octets: Uint8Array, address: Address): Promise<number> {
    requireBytes(octets, 'sendto');
    const remote = this.#remote(address, 'sendto');
    const operation = `sendto ${addressText(address)}`;
    this.#requireOpen(operation);
    if (address[1] === 0) throw posixError('EINVAL', operation);
    const queue = this.#queue ?? (await this.#bound(operation));
    this.#report(queue, operation);
    return this.#send(queue, octets, remote, address[1], operation);
  }

  /** The next datagram's octets, cut to `count`. @throws TcplabError (as a rejection) as `recvfrom` */
  recv(count: number, flags = 0): Promise<Uint8Array<ArrayBuffer>> {
    return this.recvfrom(count, flags).then(([octets]) => octets);
  }

  /**
   * The next datagram and who sent it; what is longer than `count` octets is cut. After `shutdown` no octets of nobody, where there is none.
   * @throws TcplabError (as a rejection) ECONNREFUSED when ICMP says that nobody is there (connected sockets), EBADF
   */
  recvfrom(count: number, flags = 0): Promise<[Uint8Array<ArrayBuffer>, Address]> {
    return this.recvmsg(count, flags).then(({ octets, address }) => [octets, address]);
  }

  /** The same, and whether the datagram was longer (MSG_TRUNC). @throws TcplabError (as a rejection) as `recvfrom` */
  recvmsg(count: number, flags = 0): Promise<Message & { readonly address: Address }> {
    if (flags & ~(MSG_DONTWAIT | MSG_NOSIGNAL | MSG_PEEK)) return Promise.reject(posixError('EOPNOTSUPP', 'recvfrom'));
    const waits = this.#blocking && (flags & MSG_DONTWAIT) === 0;
    return this.#receivers.wait(() => {
      const answer = this.#receive(count, (flags & MSG_PEEK) !== 0);
      if (answer !== PENDING) return answer;
      if (!waits) throw posixError('EAGAIN', 'recvfrom');
      if ((this.#shut & RECEIVE_SHUT) === 0) return PENDING;
      return { octets: new Uint8Array(0), flags: 0, address: this.#family.make(this.#family.any, 0) };
    });
  }

  /** Sends one datagram of several buffers, to `address` or to the one connected to. @throws TcplabError (as a rejection) as `sendto` and `send` */
  async sendmsg(buffers: readonly Uint8Array[], address?: Address): Promise<number> {
    const octets = gathered(buffers, 'sendmsg');
    return address === undefined ? this.send(octets) : this.sendto(octets, address);
  }

  #receive(count: number, staysThere: boolean): (Message & { readonly address: Address }) | typeof PENDING {
    this.#requireOpen('recvfrom');
    const queue = this.#queue;
    if (queue === undefined) return PENDING;
    this.#report(queue, 'recvfrom');
    const datagram = staysThere ? queue.next : queue.take();
    if (datagram === undefined) return PENDING;
    const { bytes, address, port } = datagram;
    const longer = bytes.length > count;
    return {
      octets: longer || staysThere ? bytes.slice(0, count) : bytes,
      flags: longer ? MSG_TRUNC : 0,
      address: this.#family.make(address, port),
    };
  }

  /** Whether `recv` waits (the default), or is rejected with EAGAIN where it would have to. @throws TcplabError EBADF */
  setblocking(blocking: boolean): void {
    this.#requireOpen('setblocking');
    this.#blocking = blocking;
  }

  /** Whether `recv` waits. */
  getblocking(): boolean {
    return this.#blocking;
  }

  /**
   * F_GETFL answers the flags, F_SETFL sets O_NONBLOCK.
   * @throws TcplabError EINVAL, EBADF
   */
  fcntl(command: number, flags = 0): number {
    this.#requireOpen('fcntl');
    if (command === F_GETFL) return O_RDWR | (this.#blocking ? 0 : O_NONBLOCK);
    if (command !== F_SETFL) throw posixError('EINVAL', `fcntl ${command}`);
    this.setblocking((flags & O_NONBLOCK) === 0);
    return 0;
  }

  /**
   * SIOCINQ (FIONREAD): octets of the next datagram; SIOCOUTQ: octets that have not left, of which there are none. FIONBIO sets whether `recv` waits.
   * @throws TcplabError EINVAL (nothing of the kind), EBADF
   */
  ioctl(request: number, argument = 0): number {
    this.#requireOpen('ioctl');
    if (request === FIONBIO) this.#blocking = argument === 0;
    else if (request === SIOCINQ) return this.#queue?.next?.bytes.length ?? 0;
    else if (request !== SIOCOUTQ) throw posixError('EINVAL', `ioctl ${request}`);
    return 0;
  }

  /**
   * Sets IP_RECVERR (level IPPROTO_IP) or IPV6_RECVERR (IPPROTO_IPV6): to be told of all ICMP errors about what was sent over that version, connected or not; or IPV6_V6ONLY, of
   * AF_INET6, and before it is bound.
   * @throws TcplabError ENOPROTOOPT (no such option here), EINVAL, EBADF
   */
  setsockopt(level: number, name: number, value: number | boolean): void {
    this.#requireOpen('setsockopt');
    const errors = errorsOf(level, name);
    if (errors !== 0) {
      this.#allErrors = value ? this.#allErrors | errors : this.#allErrors & ~errors;
      if (this.#queue !== undefined) this.#queue.allErrors = this.#allErrors;
      return;
    }
    if (level !== IPPROTO_IPV6 || name !== IPV6_V6ONLY) throw posixError('ENOPROTOOPT', `setsockopt ${level} ${name}`);
    if (this.#queue !== undefined || this.#binding !== undefined || this.#family.number !== AF_INET6)
      throw new TcplabError(
        'EINVAL',
        'setsockopt: EINVAL, IPV6_V6ONLY is set on a socket of AF_INET6, and before it is bound',
      );
    this.#only6 = Boolean(value);
  }

  /**
   * Reads IP_RECVERR, IPV6_RECVERR, IPV6_V6ONLY, SO_DOMAIN, SO_TYPE, SO_PROTOCOL, SO_ACCEPTCONN and, once, SO_ERROR.
   * @throws TcplabError ENOPROTOOPT (no such option here), EBADF
   */
  getsockopt(level: number, name: number): number {
    this.#requireOpen('getsockopt');
    if (level === IPPROTO_IPV6 && name === IPV6_V6ONLY) return Number(this.#only6);
    const errors = errorsOf(level, name);
    if (errors !== 0) return Number((this.#allErrors & errors) !== 0);
    switch (level === SOL_SOCKET ? name : undefined) {
      case SO_DOMAIN:
        return this.#family.number;
      case SO_TYPE:
        return SOCK_DGRAM;
      case SO_PROTOCOL:
        return IPPROTO_UDP;
      case SO_ACCEPTCONN:
        return 0;
      case SO_ERROR:
        return this.#takeErrorNumber();
      default:
        throw posixError('ENOPROTOOPT', `getsockopt ${level} ${name}`);
    }
  }

  #takeErrorNumber(): number {
    const error = this.#queue?.error;
    if (this.#queue !== undefined) this.#queue.error = undefined;
    return error === undefined ? 0 : (ERRNO.get(error) ?? 0);
  }

  /** Whose time it lives in. */
  get driver(): Driver {
    return this.#host.driver;
  }

  /** For `poll`: it can always be written. */
  readiness(): number {
    if (this.#closed) return POLLNVAL;
    const queue = this.#queue;
    const failed = queue?.error !== undefined;
    const ended = (this.#shut & RECEIVE_SHUT) !== 0;
    const readable = failed || ended || (queue?.count ?? 0) > 0;
    const bits = POLLOUT | POLLWRNORM | (readable ? POLLIN | POLLRDNORM : 0) | (failed ? POLLERR : 0);
    return bits | (ended ? POLLRDHUP : 0) | (this.#shut === (RECEIVE_SHUT | SEND_SHUT) ? POLLHUP : 0);
  }

  /** For `poll`. */
  watch(changed: () => void): () => void {
    return this.#watchers.add(changed);
  }

  /** Gives the socket up; what waits on it is rejected with EBADF. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#host.sockets.delete(this);
    if (this.#queue !== undefined) this.#letGo(this.#queue);
    this.#receivers.fail(() => posixError('EBADF', 'the socket was closed while a call waited'));
    this.#watchers.tell();
    this.#host.driver.wake();
  }

  /** The local address; `0.0.0.0` and 0 as long as there is none. @throws TcplabError EBADF */
  getsockname(): Address {
    this.#requireOpen('getsockname');
    return this.#family.make(this.#queue?.address ?? this.#family.any, this.#queue?.port ?? 0);
  }

  /** The address connected to. @throws TcplabError ENOTCONN, EBADF */
  getpeername(): Address {
    this.#requireOpen('getpeername');
    if (!this.#queue?.remotePort) throw posixError('ENOTCONN', 'getpeername');
    return this.#family.make(this.#queue.remoteAddress, this.#queue.remotePort);
  }

  waiting(): string | undefined {
    return this.#receivers.any ? `recvfrom on ${addressText(this.getsockname())}` : undefined;
  }

  /** Whom an address names; nobody in particular means this host, as in Linux. */
  #remote(address: Address, operation: string): IpAddress {
    const remote = this.#host.inZone(this.#family.read(address, operation));
    this.#requireVersion(remote, `${operation} ${addressText(address)}`);
    if (!isWildcard(remote)) return remote;
    return typeof remote === 'number' ? LOCALHOST : this.#family.localhost;
  }

  /** @throws TcplabError ENETUNREACH for an IPv4 address where the socket speaks no IPv4 */
  #requireVersion(address: IpAddress, operation: string): void {
    if (this.#only6 && typeof address === 'number') throw posixError('ENETUNREACH', operation);
  }

  #send(queue: DatagramQueue, octets: Uint8Array, remote: IpAddress, port: number, operation: string): number {
    const host = this.#host;
    const iface = host.route(remote);
    if (iface === undefined || (typeof remote === 'number' && remote >>> 28 === 14)) {
      host.counters.ipNoRoute++;
      throw posixError('ENETUNREACH', operation);
    }
    const most = LONGEST_PACKET - (typeof remote === 'number' ? ipv4.HEADER : ipv6.HEADER) - udp.HEADER;
    if (octets.length > most)
      throw new TcplabError(
        'EMSGSIZE',
        `${operation}: EMSGSIZE, ${octets.length} octets are no datagram, which carries ${most} at the most; send smaller ones`,
      );
    const local = isWildcard(queue.address) ? host.sourceFor(remote, iface) : queue.address;
    if (local === undefined) throw posixError('EADDRNOTAVAIL', operation);
    if (this.#shut & SEND_SHUT) throw posixError('EPIPE', operation);
    if (typeof local !== typeof remote) throw posixError('ENETUNREACH', operation);
    if (!host.udp.send(iface, local, queue.port, remote, port, octets, host.driver.now))
      throw posixError('ENOBUFS', operation);
    return octets.length;
  }

  #bound(operation: string): Promise<DatagramQueue> {
    if (this.#binding !== undefined) return this.#binding;
    return this.#queue === undefined ? this.#bind(this.#family.any, 0, operation) : Promise.resolve(this.#queue);
  }

  #bind(local: IpAddress, wanted: number, operation: string): Promise<DatagramQueue> {
    this.#binding = this.#take(local, wanted, operation).finally(() => {
      this.#binding = undefined;
    });
    return this.#binding;
  }

  async #take(local: IpAddress, wanted: number, operation: string): Promise<DatagramQueue> {
    const host = this.#host;
    const { ports } = host.udp;
    for (let left = PORT_TRIES; ; left--) {
      const dual = isWildcard(local) && typeof local === 'object' && !this.#only6;
      const port = wanted === 0 ? ports.chooseUnused(local, dual) : wanted;
      if (port === 0 || !ports.isFree(local, port, false, dual)) throw posixError('EADDRINUSE', operation);
      const queue = new DatagramQueue(local, port, this.#options, dual);
      queue.onArrival = () => {
        this.#receivers.serve();
        this.#watchers.tell();
      };
      queue.allErrors = this.#allErrors;
      // The port is taken here and now; what another program says of it comes after.
      ports.bind(queue);
      this.#queue = queue;
      if (!this.#isClaimed(local)) return queue;
      try {
        await host.claims.take(ipv4.UDP, port);
      } catch (error) {
        // Closed meanwhile, the socket has let go of everything, and wants no other port.
        this.#requireOpen(operation);
        ports.unbind(queue);
        this.#queue = undefined;
        if (wanted === 0 && left > 0 && error instanceof TcplabError && error.code === 'EADDRINUSE') continue;
        throw error;
      }
      this.#requireOpen(operation);
      return queue;
    }
  }

  #letGo(queue: DatagramQueue): void {
    this.#host.udp.ports.unbind(queue);
    this.#queue = undefined;
    if (this.#isClaimed(queue.address)) this.#host.claims.letGo(ipv4.UDP, queue.port);
  }

  #isClaimed(address: IpAddress): boolean {
    return this.#host.claims.needed && (isWildcard(address) || this.#host.isLocal(address));
  }

  #requireOpen(operation: string): void {
    if (this.#closed) throw posixError('EBADF', operation);
  }

  #report(queue: DatagramQueue, operation: string): void {
    const { error } = queue;
    queue.error = undefined;
    if (error !== undefined) throw posixError(error, operation);
  }
}
