/**
 * What a host knows of addresses: which are its own, which interface leads to the others, and from which of its own packets to them come. Read first: RFC 1122 §3.3.1, RFC 4007 (zones),
 * RFC 6724 (which address). Not here: the table of routes (routes.ts), the addresses of one interface (interface.ts, addresses6.ts).
 */
import { TcplabError } from '../../core/errors.ts';
import type { Ipv4 } from '../../wire/address.ts';
import { type IpAddress, LOOPBACK6, parsePrefix, readAddressText } from '../../wire/ip-address.ts';
import type { Interface } from './interface.ts';
import { MAX_ROUTES, Routes } from './routes.ts';

const LOOPBACK: Ipv4 = 0x7f00_0001;

/** A host's knowledge of addresses. */
export abstract class Addressing {
  abstract readonly name: string;
  abstract readonly lo: Interface;
  readonly interfaces: Interface[] = [];
  readonly routes: Routes = new Routes();

  /**
   * Packets to a network go by a gateway from now on.
   * @param network such as `10.1.0.0/16`, `::/0`
   * @param gateway an address on the link of one of its interfaces
   * @throws TcplabError EINVAL when one of them is not an address, ENETUNREACH when no link has the gateway, ENOBUFS when there are too many routes
   */
  addRoute(network: string, gateway: string): void {
    const { address, length } = parsePrefix(network);
    const via = readAddressText(gateway);
    if (via === undefined || typeof via !== typeof address)
      throw new TcplabError(
        'EINVAL',
        `"${gateway}" is not an address that leads to ${network}; write one of the same version`,
      );
    const iface = this.interfaces.find(
      (each) =>
        !each.isLoopback && (typeof via === 'object' && via.zone !== 0 ? each.zone === via.zone : each.isOnLink(via)),
    );
    if (iface === undefined)
      throw new TcplabError(
        'ENETUNREACH',
        `route to ${network}: ENETUNREACH, ${gateway} is on the network of none of ${this.name}'s interfaces`,
      );
    if (!this.routes.add({ network: address, length, iface, gateway: via }))
      throw new TcplabError('ENOBUFS', `route to ${network}: ENOBUFS, there are ${MAX_ROUTES} routes already`);
  }

  /** Whether an address is this host's own. */
  isLocal(address: IpAddress): boolean {
    if (typeof address === 'number') {
      if (address >>> 24 === 127) return true;
      if (address === 0) return false;
      for (const iface of this.interfaces) if (iface.address === address) return true;
      return false;
    }
    for (const { ipv6: side } of this.interfaces) if (side?.addresses.has(address)) return true;
    return false;
  }

  /** The interface that leads to `address`: `lo` for the host itself, else that of the longest prefix; undefined when none does. */
  route(address: IpAddress): Interface | undefined {
    if (this.isLocal(address)) return this.lo;
    if (address === -1) return this.interfaces.find(({ isLoopback, address: own }) => !isLoopback && own !== 0);
    if (typeof address === 'object' && (address.isLinkLocal || address.isMulticast))
      // Where the zone is left out there should be no choice.
      return this.interfaces.find(
        ({ zone, ipv6: side, isLoopback }) =>
          !isLoopback && side !== undefined && (address.zone === 0 || address.zone === zone),
      );
    return this.routes.find(address)?.iface;
  }

  /** The same for an answer to a packet that came in by `iface`: back the same way where no route says otherwise. */
  interfaceTowards(address: IpAddress, iface: Interface): Interface {
    return iface.isLoopback || iface.isOnLink(address) ? iface : (this.route(address) ?? iface);
  }

  /** The address packets to `address` come from, when they leave by `iface`; undefined when it has none for that. */
  sourceFor(address: IpAddress, iface: Interface): IpAddress | undefined {
    if (typeof address === 'number')
      return iface.isLoopback ? (address >>> 24 === 127 ? LOOPBACK : address) : iface.address || undefined;
    if (iface.isLoopback) return address.isLoopback ? LOOPBACK6 : address;
    return iface.ipv6?.addresses.select(address);
  }

  /** An address with the zone that it has here: a link-local one without is meant on the only link that it can be. */
  inZone(address: IpAddress): IpAddress {
    if (typeof address === 'number' || address.zone !== 0 || !(address.isLinkLocal || address.isMulticast))
      return address;
    const iface = this.route(address);
    return iface === undefined ? address : address.inZone(iface.zone);
  }

  /** Whether an address can be one host's: no broadcast, no multicast, not nobody's. */
  isUnicast(address: IpAddress): boolean {
    if (typeof address === 'object') return !address.isUnspecified && !address.isMulticast;
    if (address === 0 || address >>> 28 >= 14) return false;
    for (const iface of this.interfaces) if (iface.isBroadcast(address)) return false;
    return true;
  }
}
