/** The descriptors of the programs in a script: where a system call finds its socket. */
import { posixError } from '../../core/errors.ts';
import type { AF_INET, AF_INET6 } from '../../speak/socket/bsd.ts';
import type { DatagramSocket } from '../../speak/socket/datagram-socket.ts';
import type { StreamSocket } from '../../speak/socket/stream-socket.ts';
import type { Connection } from '../../speak/stack/connection.ts';
import type { Host } from '../../speak/stack/host.ts';
import { Epoll } from './epoll.ts';
import type { Told } from './inert-options.ts';
import { MAX_DESCRIPTORS } from './limits.ts';
import type { LinuxReckonings } from './linux-reckonings.ts';
import { SendSpace } from './send-space.ts';
import type { ZerocopySends } from './zerocopy.ts';

/** Octets that a buffer to send holds at first, and at the most when it grows. */
export interface SendMemory {
  readonly usual: number;
  readonly most: number;
}

/** An open descriptor. */
export type Entry = StreamEntry | DatagramEntry;

/** A TCP socket. */
export interface StreamEntry {
  readonly kind: 'stream';
  readonly socket: StreamSocket;
  /** Options that mean nothing here, as far as they were set. */
  readonly told: Told;
  /** Linux's reckoning of what a write takes, once SO_SNDBUF or TCP_NOTSENT_LOWAT was set. */
  space: SendSpace | undefined;
  /** SO_RCVLOWAT: octets that a reader waits for, 1 by itself. */
  lowWater: number;
  /** TCP_INQ: recvmsg says how many octets are left. */
  tellsQueue: boolean;
  /** SO_ZEROCOPY: what was sent with MSG_ZEROCOPY is told of. */
  zerocopy: ZerocopySends | undefined;
  /** IP_MTU_DISCOVER, once it was set. */
  discovers: number | undefined;
  /** IP_LOCAL_PORT_RANGE: the ports that `connect` may take, the first and the last. */
  ports: readonly [number, number] | undefined;
}

/** A UDP socket. */
export interface DatagramEntry {
  readonly kind: 'datagram';
  readonly socket: DatagramSocket;
  readonly told: Told;
}

/** Descriptors. */
export class Desk {
  readonly host: Host;
  /** The family of sockets where the script leaves it open. */
  readonly family: typeof AF_INET | typeof AF_INET6;
  /** Where `bind` and `connect` go when the script leaves it open. */
  readonly local: readonly [string, number];
  readonly remote: readonly [string, number];
  /** How often a socket was told to listen. */
  listens = 0;
  /** Connections on which a program waits for room to send. */
  readonly waiting: Set<Connection> = new Set();
  /** What a script says of the sizes of receive buffers is not compared: they are another system's. */
  readonly foreignSizes: boolean;
  /** What connections take of memory for what they receive; undefined where sizes are another system's. */
  readonly reckonings: LinuxReckonings | undefined;
  /** What a buffer to send holds at first and at the most, where the script has said so. */
  readonly #sendMemory: SendMemory | undefined;
  readonly #entries = new Map<number, Entry>();
  readonly #epolls = new Map<number, Epoll>();

  constructor(
    host: Host,
    family: typeof AF_INET | typeof AF_INET6,
    local: readonly [string, number],
    remote: readonly [string, number],
    foreignSizes: boolean,
    sendMemory: SendMemory | undefined,
    reckonings: LinuxReckonings | undefined,
  ) {
    this.host = host;
    this.family = family;
    this.foreignSizes = foreignSizes;
    this.#sendMemory = sendMemory;
    this.reckonings = reckonings;
    this.local = local;
    this.remote = remote;
  }

  /** Opens a descriptor, for what may have others: the number that the script expects when it is free, else the lowest. @throws TcplabError EMFILE */
  open(entry: Entry, wanted: number | undefined): number {
    const number = this.#free(wanted);
    this.#entries.set(number, entry);
    return number;
  }

  /** Opens one for a list of what is waited for. @throws TcplabError EMFILE */
  openEpoll(wanted: number | undefined): number {
    const number = this.#free(wanted);
    this.#epolls.set(number, new Epoll());
    return number;
  }

  #free(wanted: number | undefined): number {
    const taken = (number: number): boolean => this.#entries.has(number) || this.#epolls.has(number);
    if (this.#entries.size + this.#epolls.size >= MAX_DESCRIPTORS) throw posixError('EMFILE', 'open');
    if (wanted !== undefined && wanted >= 0 && !taken(wanted)) return wanted;
    let number = 3;
    while (taken(number)) number++;
    return number;
  }

  /** Linux's reckoning for a new socket, where the script has said what it begins with. */
  newSpace(): SendSpace | undefined {
    return this.#sendMemory && new SendSpace(this.#sendMemory.usual, this.#sendMemory.most);
  }

  /** @throws TcplabError EBADF; EINVAL when it is a socket */
  epollAt(number: number): Epoll {
    const epoll = this.#epolls.get(number);
    if (epoll === undefined) throw posixError(this.#entries.has(number) ? 'EINVAL' : 'EBADF', `descriptor ${number}`);
    return epoll;
  }

  /** A call has been made: those who wait for its socket take note of how it is now. */
  look(): void {
    this.reckonings?.look();
    for (const epoll of this.#epolls.values()) epoll.look();
  }

  /** What a descriptor stands for. @throws TcplabError EBADF */
  entry(number: number): Entry {
    const entry = this.#entries.get(number);
    if (entry === undefined) throw posixError('EBADF', `descriptor ${number}`);
    return entry;
  }

  /** @throws TcplabError EBADF, EOPNOTSUPP when it is not a TCP socket */
  streamAt(number: number): StreamEntry {
    const entry = this.entry(number);
    if (entry.kind !== 'stream') throw posixError('EOPNOTSUPP', `descriptor ${number}`);
    return entry;
  }

  /** @throws TcplabError EBADF */
  async close(number: number): Promise<void> {
    const list = this.#epolls.get(number);
    if (list !== undefined) {
      this.#epolls.delete(number);
      return list.close();
    }
    const entry = this.entry(number);
    this.#entries.delete(number);
    // The last descriptor of a socket closes it.
    for (const other of this.#entries.values()) if (other === entry) return;
    for (const epoll of this.#epolls.values()) epoll.forgetAll(entry);
    await entry.socket.close();
  }
}
