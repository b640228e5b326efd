/** The descriptors of the programs in a script, and what the calls on them need: where a system call finds its socket. */
import { posixError } from '../../core/errors.ts';
import type { Micros } from '../../core/time.ts';
import type { DatagramSocket } from '../../speak/socket/datagram-socket.ts';
import { StreamSocket } from '../../speak/socket/stream-socket.ts';
import type { Host } from '../../speak/stack/host.ts';
import type { ConnectionOptions } from '../../speak/tcp/index.ts';
import { readIpv4 } from '../../wire/address.ts';
import { MAX_DESCRIPTORS } from './limits.ts';

/** An open descriptor. */
export type Entry = StreamEntry | DatagramEntry;

/** A TCP socket. */
export interface StreamEntry {
  readonly kind: 'stream';
  readonly socket: StreamSocket;
  /** Read by the socket when it listens or connects: setsockopt writes here. */
  readonly options: ConnectionOptions;
  nonBlocking: boolean;
  /** Where it is bound. */
  bound: readonly [host: string, port: number] | undefined;
  /** SO_LINGER of 0: close resets. */
  abortsOnClose: boolean;
  writeShut: boolean;
  readShut: boolean;
  /** A connect that did not wait; `error` is what it came to and nobody has been told. */
  connecting: boolean;
  error: string | undefined;
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

  /** A new TCP socket's entry. */
  stream(nonBlocking: boolean, options: ConnectionOptions, socket: StreamSocket | undefined): StreamEntry {
    return {
      kind: 'stream',
      socket: socket ?? new StreamSocket(this.host, options, undefined),
      options,
      nonBlocking,
      bound: undefined,
      abortsOnClose: false,
      writeShut: false,
      readShut: false,
      connecting: false,
      error: undefined,
    };
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
  close(number: number): void {
    const entry = this.entry(number);
    this.#entries.delete(number);
    if (entry.kind === 'stream' && entry.abortsOnClose) entry.socket.abort();
    else entry.socket.close();
  }

  /** How many connections wait to be accepted; -1 when the socket does not listen. */
  ready({ bound }: StreamEntry): number {
    if (bound === undefined) return -1;
    const listener = this.host.tcp.ports.find(readIpv4(bound[0]) ?? 0, bound[1]);
    return listener?.listening ? listener.ready : -1;
  }

  /** How many datagrams wait. */
  datagrams({ socket }: DatagramEntry): number {
    const [host, port] = socket.getsockname();
    return this.host.udp.ports.find(readIpv4(host) || (readIpv4(this.local[0]) ?? 0), port)?.count ?? 0;
  }
}

/** Whether a read would answer at once: octets, the end of the stream, or an error. */
export function isReadable({ socket, readShut }: StreamEntry): boolean {
  const { connection } = socket;
  if (connection === undefined) return true;
  return readShut || connection.tcb.readable > 0 || connection.tcb.endOfStream || connection.tcb.state === 'CLOSED';
}

/** Whether a write would answer at once. */
export function isWritable({ socket, writeShut }: StreamEntry): boolean {
  const { connection } = socket;
  if (connection === undefined || writeShut) return true;
  const { state } = connection.tcb;
  if (state === 'SYN-SENT' || state === 'SYN-RECEIVED') return false;
  return state === 'CLOSED' || connection.tcb.writable > 0;
}
