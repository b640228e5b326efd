/**
 * Which local ports are in use, for one protocol: by sockets bound to them and by connections from them; and the choice of one that nobody guesses.
 * Read first: RFC 6056 §3.3.4 (double-hash selection), RFC 6335 §6.
 */
import { TcplabError } from '../../core/errors.ts';
import { below, type Random } from '../../core/random.ts';
import { drawKey, highHalf, type SipKey, sipHash } from '../../core/siphash.ts';
import type { IpAddress } from '../../wire/ip-address.ts';
import { KEY_WORDS_6, writeKey } from './connection.ts';

/** Counters of choices, a power of two. */
const COUNTERS = 1_024;

/** Who knows the connections there are. */
export interface Pairs {
  has(local: IpAddress, localPort: number, remote: IpAddress, remotePort: number): boolean;
}

/** What holds a port by being bound to it. */
export interface Bound {
  /** 0: every IPv4 address of the host; `::`: every IPv6 address, and every IPv4 address too if it is for both. */
  readonly address: IpAddress;
  readonly dual?: boolean;
  readonly port: number;
  /** SO_REUSEADDR: connections that only linger do not keep the port. */
  readonly reuse: boolean;
  /** Whether it listens. */
  readonly listening: boolean;
}

/** Whether it means every address of a version. */
export const isWildcard = (address: IpAddress): boolean =>
  typeof address === 'number' ? address === 0 : address.isUnspecified;

/** Whether what comes for `address` is for who is bound. */
export function covers({ address: own, dual = false }: Pick<Bound, 'address' | 'dual'>, address: IpAddress): boolean {
  if (typeof own === 'number') return typeof address === 'number' && (own === 0 || own === address);
  if (own.isUnspecified) return dual || typeof address === 'object';
  return typeof address === 'object' && own.equals(address);
}

/** Whether there is an address that both are bound to. */
const meet = (x: Pick<Bound, 'address' | 'dual'>, y: Pick<Bound, 'address' | 'dual'>): boolean =>
  covers(x, y.address) || covers(y, x.address);

/** What the keyed hash makes of two ends, of which one's port is to be chosen. */
interface HashedEnds {
  readonly local: IpAddress;
  readonly remote: IpAddress;
  readonly remotePort: number;
  readonly offset: number;
  readonly counter: number;
}

/** The ports of one protocol. */
export class Ports<B extends Bound> {
  readonly #bound = new Map<number, B[]>();
  /** Connections from each port. */
  readonly #connections = new Int32Array(65_536);
  readonly #first: number;
  readonly #count: number;
  readonly #random: Random;
  readonly #key: SipKey;
  readonly #words: Int32Array<ArrayBuffer> = new Int32Array(KEY_WORDS_6);
  /** The ends that were hashed last: a client connects to one server again and again. */
  #hashed: HashedEnds | undefined = undefined;
  /** How many ports were chosen for destinations that share a place here; which do is a secret. */
  readonly #choices = new Uint32Array(COUNTERS);

  /** @throws TcplabError EINVAL when the range is not one of ports */
  constructor(range: readonly [number, number], random: Random) {
    const [first, last] = range;
    if (!(Number.isInteger(first) && Number.isInteger(last) && first >= 1 && first <= last && last <= 65_535))
      throw new TcplabError('EINVAL', `a range of ports goes from 1 to 65535, not from ${first} to ${last}`);
    this.#first = first;
    this.#count = last - first + 1;
    this.#random = random;
    this.#key = drawKey(random);
  }

  /** Who is bound to `port` for `address`: to that very address first, else to all; before both, who listens there, as others may be bound beside it to connect from there. */
  find(address: IpAddress, port: number): B | undefined {
    const all = this.#bound.get(port);
    if (all === undefined) return undefined;
    let best: B | undefined;
    let bestRank = -1;
    for (const bound of all) {
      if (!covers(bound, address)) continue;
      //= RFC 9293 §3.9.1.1 MUST-42
      const rank =
        (bound.listening ? 4 : 0) +
        (isWildcard(bound.address) ? 0 : 2) +
        (typeof bound.address === typeof address ? 1 : 0);
      if (rank > bestRank) {
        best = bound;
        bestRank = rank;
      }
    }
    return best;
  }

  /** Everybody bound to `port`. */
  at(port: number): readonly B[] {
    return this.#bound.get(port) ?? [];
  }

  /** Whether another than `bound` listens for connections that it would get too. */
  isListenedOn(bound: B): boolean {
    return this.at(bound.port).some((other) => other !== bound && other.listening && meet(other, bound));
  }

  /** Whether somebody could bind to `port` on `address` now. */
  isFree(address: IpAddress, port: number, reuse: boolean, dual = false): boolean {
    if (!reuse && this.#connections[port]! > 0) return false;
    for (const bound of this.at(port)) {
      if (!meet(bound, { address, dual })) continue;
      if (!(reuse && bound.reuse && !bound.listening)) return false;
    }
    return true;
  }

  /** A port that nobody uses on `address`; 0 when there is none. */
  chooseUnused(address: IpAddress, dual = false): number {
    const start = below(this.#random, this.#count);
    for (let i = 0; i < this.#count; i++) {
      const port = this.#first + ((start + i) % this.#count);
      if (this.isFree(address, port, false, dual)) return port;
    }
    return 0;
  }

  /**
   * A port for a connection to `remoteAddress`:`remotePort` that is none of the `connections` there are, and that nobody is bound to; 0 when there is none.
   * The same two ends get consecutive ports, and each pair of ends its own unguessable beginning.
   */
  chooseFor(local: IpAddress, remoteAddress: IpAddress, remotePort: number, connections: Pairs): number {
    let ends = this.#hashed;
    if (ends?.local !== local || ends.remote !== remoteAddress || ends.remotePort !== remotePort)
      ends = this.#hash(local, remoteAddress, remotePort);
    this.#hashed = ends;
    const { offset, counter } = ends;
    for (let i = 0; i < this.#count; i++) {
      const port = this.#first + ((offset + this.#choices[counter]!++) % this.#count);
      if (!this.#bound.has(port) && !connections.has(local, port, remoteAddress, remotePort)) return port;
    }
    return 0;
  }

  #hash(local: IpAddress, remote: IpAddress, remotePort: number): HashedEnds {
    const words = writeKey(this.#words, local, remote, 0, remotePort);
    //= RFC 6056 §3.3.4: one hash says where a destination's ports begin, another whose counter it moves, so that no destination learns how many others there are
    const offset = sipHash(this.#key, this.#words, words) >>> 0;
    return { local, remote, remotePort, offset, counter: highHalf() & (COUNTERS - 1) };
  }

  /** `bound` has its port now. */
  bind(bound: B): void {
    const all = this.#bound.get(bound.port);
    if (all === undefined) this.#bound.set(bound.port, [bound]);
    else all.push(bound);
  }

  /** `bound` gives its port up; nothing happens when it has none. */
  unbind(bound: B): void {
    const all = this.#bound.get(bound.port);
    const place = all?.indexOf(bound) ?? -1;
    if (all === undefined || place < 0) return;
    all.splice(place, 1);
    if (all.length === 0) this.#bound.delete(bound.port);
  }

  /** A connection from `port` begins. */
  connected(port: number): void {
    this.#connections[port]!++;
  }

  /** A connection from `port` is gone. */
  disconnected(port: number): void {
    this.#connections[port]!--;
  }
}
