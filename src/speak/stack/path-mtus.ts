/** What routers have said of the ways to other hosts: the longest packets that arrive there. Remembered for all connections, and not for ever (RFC 1191 §6.2-6.3). */
import { MINUTE, type Micros } from '../../core/time.ts';
import type { Ipv4 } from '../../wire/address.ts';

/** A longer packet is tried again after this long. */
const LIFETIME: Micros = 10 * MINUTE;

/** Ways remembered at once; beyond that the oldest is forgotten. */
export const MAX_PATHS = 1_024;

/** Path MTUs by destination. */
export class PathMtus {
  readonly #paths = new Map<Ipv4, { readonly mtu: number; readonly until: Micros }>();

  /** How many are remembered. */
  get size(): number {
    return this.#paths.size;
  }

  /** Packets to `destination` may have `mtu` octets. */
  learn(destination: Ipv4, mtu: number, now: Micros): void {
    const paths = this.#paths;
    paths.delete(destination);
    if (paths.size >= MAX_PATHS) {
      const [oldest] = paths.keys();
      paths.delete(oldest!);
    }
    paths.set(destination, { mtu, until: now + LIFETIME });
  }

  /** Octets of the longest packet to `destination`; 0 when nothing is known. */
  of(destination: Ipv4, now: Micros): number {
    if (this.#paths.size === 0) return 0;
    const path = this.#paths.get(destination);
    if (path === undefined) return 0;
    if (now < path.until) return path.mtu;
    this.#paths.delete(destination);
    return 0;
  }
}
