/**
 * Which way packets go: the route with the longest prefix, and of those the one with the lowest metric. Bounded. Read first: RFC 1122 §3.3.1, RFC 1812 §5.2.4.3 (longest match).
 * Not here: who is where on the link that a route leads to (neighbours.ts).
 */
import { maskIpv4 } from '../../wire/address.ts';
import { type IpAddress, prefixOf, sameAddress } from '../../wire/ip-address.ts';
import type { Interface } from './interface.ts';

/** The most routes of a host. */
export const MAX_ROUTES = 1_024;

/** A way to a network. */
export interface Route {
  /** The network: its address, and how many bits of it count. */
  readonly network: IpAddress;
  readonly length: number;
  /** The way there. */
  readonly iface: Interface;
  /** Who passes packets on; undefined when the network is on the interface's own link. */
  readonly gateway: IpAddress | undefined;
  /** Of two routes to one network the lower is taken. */
  readonly metric: number;
}

/** What is told of a route. */
export interface RouteOptions extends Pick<Route, 'network' | 'length' | 'iface'> {
  readonly gateway?: IpAddress | undefined;
  readonly metric?: number;
}

/** The routes of a host. */
export class Routes {
  /** The longest prefix first, of equal ones the lowest metric. */
  #all: readonly Route[] = [];

  /** All of them. */
  get all(): readonly Route[] {
    return this.#all;
  }

  /** Takes a route in, in place of one to the same network by the same gateway and interface. False when there are too many. */
  add({ network, length, iface, gateway, metric = 0 }: RouteOptions): boolean {
    const masked = typeof network === 'number' ? network & maskIpv4(length) : prefixOf(network, length);
    const route: Route = { network: masked, length, iface, gateway, metric };
    const others = this.#all.filter((other) => !isSame(other, route));
    if (others.length >= MAX_ROUTES) return false;
    this.#all = [...others, route].sort((x, y) => y.length - x.length || x.metric - y.metric);
    return true;
  }

  /** Takes out the routes that `which` is true of. */
  remove(which: (route: Route) => boolean): void {
    this.#all = this.#all.filter((route) => !which(route));
  }

  /** The route to `address`; undefined when there is none. */
  find(address: IpAddress): Route | undefined {
    const zone = typeof address === 'number' ? 0 : address.zone;
    for (const route of this.#all)
      if (matches(route, address) && (zone === 0 || route.iface.zone === zone)) return route;
    return undefined;
  }

  /** The same, for packets that leave by `iface`. */
  findBy(iface: Interface, address: IpAddress): Route | undefined {
    for (const route of this.#all) if (route.iface === iface && matches(route, address)) return route;
    return undefined;
  }
}

const isSame = (x: Route, y: Route): boolean =>
  x.length === y.length &&
  x.iface === y.iface &&
  sameAddress(x.network, y.network) &&
  (x.gateway === undefined ? y.gateway === undefined : y.gateway !== undefined && sameAddress(x.gateway, y.gateway));

/** Whether an address is in a network. Without objects: it is asked for each packet that is forwarded. */
export function matches({ network, length }: Pick<Route, 'network' | 'length'>, address: IpAddress): boolean {
  if (typeof network === 'number') return typeof address === 'number' && ((address ^ network) & maskIpv4(length)) === 0;
  if (typeof address === 'number') return false;
  return (
    (((address.a ^ network.a) & wordMask(length)) |
      ((address.b ^ network.b) & wordMask(length - 32)) |
      ((address.c ^ network.c) & wordMask(length - 64)) |
      ((address.d ^ network.d) & wordMask(length - 96))) ===
    0
  );
}

const wordMask = (bits: number): number => (bits <= 0 ? 0 : bits >= 32 ? -1 : (-1 << (32 - bits)) | 0);
