/**
 * What routers have said of the ways to other hosts: the longest packets that arrive there. Remembered for all connections, and not for ever (RFC 1191 §6.2-6.3,
 * RFC 8201 §5.3). Not here: whether a message is about something that we sent (icmp-errors.ts, datagrams.ts).
 */
import { MINUTE, type Micros } from '../../core/time.ts';
import { addressKey, type IpAddress } from '../../wire/ip-address.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';

/** A longer packet is tried again after this long. */
const LIFETIME: Micros = 10 * MINUTE;

/** Ways remembered at once; beyond that the oldest is forgotten. */
export const MAX_PATHS = 1_024;

/** Octets of a packet that any way takes, as good as: what says less is not believed (RFC 5927 §7.2; Linux has the same). */
const LEAST_PATH_MTU = 552;

/** The same for IPv6, where it is certain (RFC 8200 §5). */
const LEAST_PATH_MTU_6 = 1_280;

/** Path MTUs by destination. */
export class PathMtus {
  readonly #paths = new Map<number | string, { readonly mtu: number; readonly until: Micros }>();

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
    const paths = this.#paths;
    const key = addressKey(destination);
    paths.delete(key);
    if (paths.size >= MAX_PATHS) {
      const [oldest] = paths.keys();
      paths.delete(oldest!);
    }
    paths.set(key, { mtu: Math.max(mtu, LEAST_PATH_MTU), until: now + LIFETIME });
    return true;
  }

  /** Octets of the longest packet to `destination`; 0 when nothing is known. */
  of(destination: IpAddress, now: Micros): number {
    if (this.#paths.size === 0) return 0;
    const key = addressKey(destination);
    const path = this.#paths.get(key);
    if (path === undefined) return 0;
    if (now < path.until) return path.mtu;
    this.#paths.delete(key);
    return 0;
  }

  /** The same as TCP counts: as though an IP header had the length of IPv4's. */
  ofSegments(destination: IpAddress, now: Micros): number {
    const mtu = this.of(destination, now);
    return mtu === 0 || typeof destination === 'number' ? mtu : mtu - (ipv6.HEADER - ipv4.HEADER);
  }
}
