/**
 * What routers have said of the ways to other hosts: the longest packets that arrive there. Remembered for all connections, and not for ever (RFC 1191 §6.2-6.3,
 * RFC 8201 §5.3). Not here: whether a message is about something that we sent (icmp-errors.ts, datagrams.ts).
 */
import { MINUTE, type Micros } from '../../core/time.ts';
import type { Ipv4 } from '../../wire/address.ts';
import { addressKey, type IpAddress } from '../../wire/ip-address.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';

/** A longer packet is tried again after this long. */
const LIFETIME: Micros = 10 * MINUTE;

/** Ways remembered at once; beyond that the oldest is forgotten. */
export const MAX_PATHS = 1_024;

/** Octets of a packet that any way takes, as good as: what says less is not believed (RFC 5927 §7.2), but routers may cut what goes there (as in Linux): who lies gains little, and a way that is so narrow carries all. */
const LEAST_PATH_MTU = 552;

/** The same for IPv6, where it is certain (RFC 8200 §5). */
const LEAST_PATH_MTU_6 = 1_280;

interface Path {
  readonly mtu: number;
  /** A router takes less than that. */
  readonly narrow: boolean;
  readonly until: Micros;
}

/** Path MTUs by destination. */
export class PathMtus {
  readonly #paths = new Map<number | string, Path>();
  /** How many of them are narrow. */
  #narrow = 0;

  /** How many are remembered. */
  get size(): number {
    return this.#paths.size;
  }

  /**
   * A router says that packets to `destination` may have `mtu` octets. False when that is not believed.
   * @param mtu 0 when the router did not say
   */
  learn(destination: IpAddress, mtu: number, now: Micros): boolean {
    //= RFC 8201 §4: less than every link takes is not heeded
    if (typeof destination === 'object' && mtu < LEAST_PATH_MTU_6) return false;
    const key = addressKey(destination);
    this.#forget(key);
    if (this.#paths.size >= MAX_PATHS) {
      const [oldest] = this.#paths.keys();
      this.#forget(oldest!);
    }
    const narrow = mtu < LEAST_PATH_MTU;
    if (narrow) this.#narrow++;
    this.#paths.set(key, { mtu: Math.max(mtu, LEAST_PATH_MTU), narrow, until: now + LIFETIME });
    return true;
  }

  /** Octets of the longest packet to `destination`; 0 when nothing is known. */
  of(destination: IpAddress, now: Micros): number {
    return this.#paths.size === 0 ? 0 : (this.#pathTo(destination, now)?.mtu ?? 0);
  }

  /** Whether the way to an IPv4 address is too narrow for what goes there to be forbidden to be cut. */
  isNarrow(destination: Ipv4, now: Micros): boolean {
    return this.#narrow > 0 && this.#pathTo(destination, now)?.narrow === true;
  }

  #pathTo(destination: IpAddress, now: Micros): Path | undefined {
    const key = addressKey(destination);
    const path = this.#paths.get(key);
    if (path === undefined || now < path.until) return path;
    this.#forget(key);
    return undefined;
  }

  #forget(key: number | string): void {
    if (this.#paths.get(key)?.narrow === true) this.#narrow--;
    this.#paths.delete(key);
  }

  /** The same as TCP counts: as though an IP header had the length of IPv4's. */
  ofSegments(destination: IpAddress, now: Micros): number {
    const mtu = this.of(destination, now);
    return mtu === 0 || typeof destination === 'number' ? mtu : mtu - (ipv6.HEADER - ipv4.HEADER);
  }
}
