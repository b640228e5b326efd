/** The descriptors of the programs in a script: where a system call finds its socket. */
import { posixError } from '../../core/errors.ts';
import type { DatagramSocket } from '../../speak/socket/datagram-socket.ts';
import type { StreamSocket } from '../../speak/socket/stream-socket.ts';
import type { Connection } from '../../speak/stack/connection.ts';
import type { Host } from '../../speak/stack/host.ts';
import { MAX_DESCRIPTORS } from './limits.ts';
import type { SendSpace } from './send-space.ts';

/** An open descriptor. */
export type Entry = StreamEntry | DatagramEntry;

/** A TCP socket. */
export interface StreamEntry {
  readonly kind: 'stream';
  readonly socket: StreamSocket;
  /** Linux's reckoning of what a write takes, once SO_SNDBUF or TCP_NOTSENT_LOWAT was set. */
  space: SendSpace | undefined;
  /** TCP_INQ: recvmsg says how many octets are left. */
  tellsQueue: boolean;
  /** IP_LOCAL_PORT_RANGE: the ports that `connect` may take, the first and the last. */
  ports: readonly [number, number] | undefined;
}

/** A UDP socket. */
export interface DatagramEntry {
  readonly kind: 'datagram';
  readonly socket: DatagramSocket;
}

/** Descriptors. */
export class Desk {
  readonly host: Host;
  /** Where `bind` and `connect` go when the script leaves it open. */
  readonly local: readonly [string, number];
  readonly remote: readonly [string, number];
  /** How often a socket was told to listen. */
  listens = 0;
  /** Connections on which a program waits for room to send. */
  readonly waiting: Set<Connection> = new Set();
  /** What a script says of the sizes of receive buffers is not compared: they are another system's. */
  readonly foreignSizes: boolean;
  readonly #entries = new Map<number, Entry>();

  constructor(host: Host, local: readonly [string, number], remote: readonly [string, number], foreignSizes: boolean) {
    this.host = host;
    this.foreignSizes = foreignSizes;
    this.local = local;
    this.remote = remote;
  }

  /** Opens a descriptor: the number that the script expects when it is free, else the lowest. @throws TcplabError EMFILE */
  open(entry: Entry, wanted: number | undefined): number {
    const entries = this.#entries;
    if (entries.size >= MAX_DESCRIPTORS) throw posixError('EMFILE', 'open');
    let number = 3;
    if (wanted !== undefined && wanted >= 0 && !entries.has(wanted)) number = wanted;
    else while (entries.has(number)) number++;
    entries.set(number, entry);
    return number;
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
    const entry = this.entry(number);
    this.#entries.delete(number);
    await entry.socket.close();
  }
}
