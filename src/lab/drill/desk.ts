/** The descriptors of the programs in a script, and what the calls on them need: where a system call finds its socket. */
import { posixError } from '../../core/errors.ts';
import type { Micros } from '../../core/time.ts';
import type { DatagramSocket } from '../../speak/socket/datagram-socket.ts';
import type { StreamSocket } from '../../speak/socket/stream-socket.ts';
import type { Connection } from '../../speak/stack/connection.ts';
import type { Host } from '../../speak/stack/host.ts';
import { readIpv4 } from '../../wire/address.ts';
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
}

/** A UDP socket. */
export interface DatagramEntry {
  readonly kind: 'datagram';
  readonly socket: DatagramSocket;
  nonBlocking: boolean;
}

/** Descriptors. */
export class Desk {
  readonly host: Host;
  /** Where `bind` and `connect` go when the script leaves it open. */
  readonly local: readonly [string, number];
  readonly remote: readonly [string, number];
  /** How often a socket was told to listen. */
  listens = 0;
  /** The script is over: what waits by looking again and again gives up. */
  closed = false;
  readonly #entries = new Map<number, Entry>();
  readonly #stirs = new Set<() => void>();
  readonly #waiting = new Set<Connection>();

  constructor(host: Host, local: readonly [string, number], remote: readonly [string, number]) {
    this.host = host;
    this.local = local;
    this.remote = remote;
  }

  /** Comes true when a packet has been taken in or a call was made, at the latest at `until`. */
  stirred(until: Micros): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.host.driver.at(until, () => {
        this.#stirs.delete(stir);
        resolve();
      });
      const stir = (): void => {
        cancel();
        resolve();
      };
      this.#stirs.add(stir);
    });
  }

  /** A packet arrives, or a call is made: those who look for what it changes are to look, once the host has seen to it. */
  stir(): void {
    if (this.#stirs.size === 0) return;
    const { driver } = this.host;
    driver.at(driver.now, () => {
      for (const stir of this.#stirs) stir();
      this.#stirs.clear();
    });
  }

  /** A new TCP socket's entry; an accepted one begins with what its listener was told. */
  stream(socket: StreamSocket, listener?: StreamEntry): StreamEntry {
    const space = listener?.space?.copy();
    return { kind: 'stream', socket, space, tellsQueue: listener?.tellsQueue ?? false };
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

  /** Closes a descriptor; done when `close` returns. @throws TcplabError EBADF */
  async close(number: number): Promise<void> {
    const entry = this.entry(number);
    this.#entries.delete(number);
    if (entry.kind === 'stream' && entry.socket.connection !== undefined) this.#waiting.delete(entry.socket.connection);
    await entry.socket.close();
  }

  /** A program waits for room to send on a connection, or no longer. */
  waits(connection: Connection, waiting: boolean): void {
    if (waiting) this.#waiting.add(connection);
    else this.#waiting.delete(connection);
  }

  /** Whether a program waits for room to send on it. */
  isWaiting(connection: Connection): boolean {
    return this.#waiting.has(connection);
  }

  /** How many datagrams wait. */
  datagrams({ socket }: DatagramEntry): number {
    const [host, port] = socket.getsockname();
    return this.host.udp.ports.find(readIpv4(host) || (readIpv4(this.local[0]) ?? 0), port)?.count ?? 0;
  }
}
