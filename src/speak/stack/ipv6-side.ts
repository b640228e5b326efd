/** What of an interface speaks IPv6: its addresses, discovery of its neighbours, the making of addresses, the groups it listens to. An interface that has no such address has none of it. */
import { type Micros, NEVER } from '../../core/time.ts';
import type { Ipv6 } from '../../wire/ip-address.ts';
import { Addresses6 } from './addresses6.ts';
import { Autoconfiguration, type Ipv6Options, LEAST_MTU } from './autoconfiguration.ts';
import type { HostCounters } from './counters.ts';
import type { Interface, InterfaceEvents } from './interface.ts';
import { MulticastListener } from './multicast-listener.ts';
import { NeighbourDiscovery } from './neighbour-discovery.ts';

/** IPv6 on an interface. */
export class Ipv6Side {
  readonly addresses: Addresses6 = new Addresses6();
  readonly discovery: NeighbourDiscovery;
  readonly autoconfiguration: Autoconfiguration;
  /** Undefined where there are no groups: frames begin with IP, or nobody else is there. */
  readonly listener: MulticastListener | undefined;
  readonly #iface: Interface;

  constructor(
    iface: Interface,
    told: readonly { readonly address: Ipv6; readonly length: number }[],
    options: Readonly<Ipv6Options>,
    counters: HostCounters,
    events: InterfaceEvents,
    now: Micros,
  ) {
    this.#iface = iface;
    const { addresses } = this;
    this.discovery = new NeighbourDiscovery(iface, addresses, iface.neighbours, counters, {
      takeFrame: events.takeFrame,
      duplicate: (address, at) => this.autoconfiguration.duplicate(address, at),
      noRouter: (address) => this.autoconfiguration.noRouter(address),
    });
    const { routes } = events;
    this.listener =
      iface.neighbours === undefined ? undefined : new MulticastListener(iface, addresses, counters, events);
    const changed = (at: Micros): void => {
      this.listener?.follow(at);
      events.changed();
    };
    const parts = { iface, addresses, discovery: this.discovery, routes, counters, changed };
    this.autoconfiguration = new Autoconfiguration(parts, options);
    for (const { address, length } of told) if (!address.isLinkLocal) routes.add({ network: address, length, iface });
    this.autoconfiguration.begin(told, now);
  }

  /** When there is something to do. */
  nextTimeout(): Micros {
    return Math.min(this.autoconfiguration.nextTimeout(), this.listener?.nextTimeout() ?? NEVER);
  }

  /** Does it; answers whether anything was due. Who tries an address listens to those who ask for it, first. */
  timeout(now: Micros): boolean {
    const said = this.listener?.timeout(now) ?? false;
    return this.autoconfiguration.timeout(now) || said;
  }

  /** Octets of the longest packet on this link, as routers say if they say it. */
  get mtu(): number {
    const { mtu } = this.autoconfiguration;
    return mtu === 0 ? this.#iface.port.mtu : Math.max(LEAST_MTU, mtu);
  }
}
