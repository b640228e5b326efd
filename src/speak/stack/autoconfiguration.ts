/**
 * How an interface comes by IPv6 addresses: a link-local one of its own, those that it is told, and those that it makes of what routers advertise; each is tried before it is used. And
 * what else routers say: who they are, which networks are on the link, how long packets may be. Everything advertised is bounded: anybody on the link can advertise.
 * Read first: RFC 4862 §5 (addresses), RFC 4861 §6.3 (routers), RFC 4429 (addresses used while they are tried). Not here: the messages (neighbour-discovery.ts).
 */
import { MILLISECOND, type Micros, NEVER, SECOND } from '../../core/time.ts';
import * as icmp from '../../wire/icmp.ts';
import { ALL_ROUTERS, Ipv6, ipv6At, prefixOf, UNSPECIFIED } from '../../wire/ip-address.ts';
import * as wire from '../../wire/neighbour-discovery.ts';
import { type Addresses6, type OwnAddress, ownAddress } from './addresses6.ts';
import type { ArrivedPacket } from './arrived-packet.ts';
import type { HostCounters } from './counters.ts';
import type { Interface } from './interface.ts';
import { linkLayer, type NeighbourDiscovery } from './neighbour-discovery.ts';
import type { Routes } from './routes.ts';

/** What an interface is told of IPv6. */
export interface Ipv6Options {
  /** Whether routers' advertisements are asked for and heeded: addresses, routes, MTU; default false. Who heeds them lets anybody on the link be a router. */
  autoconfigure: boolean;
  /** How often others are asked whether they have an address before it is said to be ours, 0 to 10; default 1. */
  duplicateAddressDetection: number;
}

/** The defaults of `Ipv6Options`. */
export const DEFAULT_IPV6_OPTIONS: Readonly<Ipv6Options> = { autoconfigure: false, duplicateAddressDetection: 1 };

/** The most routers, and the most networks on the link, that advertisements can make an interface remember. */
export const MAX_ROUTERS = 8;
export const MAX_PREFIXES = 16;

/** RFC 4861 §10: how long an answer is waited for; how often and how far apart routers are asked. */
const RETRANS_TIMER: Micros = 1 * SECOND;
const SOLICITATIONS = 3;
const SOLICITATION_INTERVAL: Micros = 4 * SECOND;

/** RFC 4862 §5.5.3 (e): an advertisement shortens what is left of an address's life to no less than this. */
const TWO_HOURS: Micros = 7_200 * SECOND;

/** The least MTU of a link for IPv6 (RFC 8200 §5). */
export const LEAST_MTU = 1_280;

/** How long after an address was defended it is defended again. */
const DEFEND_INTERVAL: Micros = 10 * SECOND;

/** Something that a router said and that passes. */
interface Advertised {
  readonly address: Ipv6;
  readonly length: number;
  until: Micros;
}

/** What autoconfiguration works on. */
export interface AutoconfigurationParts {
  readonly iface: Interface;
  readonly addresses: Addresses6;
  readonly discovery: NeighbourDiscovery;
  readonly routes: Routes;
  readonly counters: HostCounters;
  /** The interface's addresses are others now. */
  readonly changed: (now: Micros) => void;
}

/** The autoconfiguration of one interface. */
export class Autoconfiguration {
  /** What routers say: octets of the longest packet on the link, 0 when none said; the hop limit to send with, 0 likewise. */
  mtu = 0;
  hopLimit = 0;
  readonly #parts: AutoconfigurationParts;
  readonly #options: Readonly<Ipv6Options>;
  #routers: readonly Advertised[] = [];
  #prefixes: readonly Advertised[] = [];
  #solicitations = 0;
  #nextSolicitation: Micros = NEVER;
  #defended: Micros = -DEFEND_INTERVAL;
  /** When something is due, as far as is known. */
  #next: Micros = NEVER;

  constructor(parts: AutoconfigurationParts, options: Readonly<Ipv6Options>) {
    this.#parts = parts;
    this.#options = options;
  }

  /** Begins: with the addresses that the interface is told, and one for the link. */
  begin(told: readonly { readonly address: Ipv6; readonly length: number }[], now: Micros): void {
    const { iface } = this.#parts;
    const own = told.some(({ address }) => address.isLinkLocal);
    if (!own && iface.neighbours !== undefined) {
      const [high, low] = interfaceIdentifier(iface.mac);
      this.#add(ownAddress(new Ipv6(0xfe80_0000 | 0, 0, high, low, iface.zone), 64, 'link-local'), true, now);
    }
    for (const { address, length } of told)
      this.#add(ownAddress(address.inZone(iface.zone), length, 'static'), true, now);
    if (this.#options.autoconfigure) {
      this.#solicitations = SOLICITATIONS;
      this.#nextSolicitation = now;
      this.#next = now;
    }
  }

  /** The routers that are known, and the networks said to be on the link. */
  get routers(): readonly Ipv6[] {
    return this.#routers.map(({ address }) => address);
  }

  get prefixes(): readonly Ipv6[] {
    return this.#prefixes.map(({ address }) => address);
  }

  /** Somebody else has, or tries, an address of ours. */
  duplicate(address: Ipv6, now: Micros): void {
    const { addresses, counters, changed, discovery } = this.#parts;
    const own = addresses.find(address);
    if (own === undefined) return;
    counters.ip6Duplicates++;
    if (own.probes > 0 || own.nextProbe !== NEVER || own.state === 'tentative') {
      //= RFC 4862 §5.4.5
      own.state = 'duplicate';
      own.probes = 0;
      own.nextProbe = NEVER;
      changed(now);
    } else if (own.state !== 'duplicate' && now - this.#defended >= DEFEND_INTERVAL) {
      // It was tried, and nobody had it: it is ours, whoever says what.
      this.#defended = now;
      discovery.announce(address, now);
    }
  }

  /** A router says that it is none any more. */
  noRouter(address: Ipv6): void {
    this.#forgetRouters((router) => router.address.equals(address));
  }

  /** A router's advertisement has arrived, whose checksum and hop limit are right. */
  advertised({ frame, at, end, source, iface }: ArrivedPacket, now: Micros): void {
    const { counters } = this.#parts;
    const { view } = frame;
    const from = source as Ipv6;
    //= RFC 4861 §6.1.2
    if (
      !from.isLinkLocal ||
      end - at < wire.ROUTER_ADVERTISEMENT ||
      icmp.code(view, at) !== 0 ||
      !wire.optionsHold(view, at + wire.ROUTER_ADVERTISEMENT, end)
    ) {
      counters.icmpMalformed++;
      return;
    }
    if (!this.#options.autoconfigure) {
      counters.icmpIgnored++;
      return;
    }
    this.#solicitations = 0;
    this.#nextSolicitation = NEVER;
    this.#hearRouter(from, wire.routerLifetime(view, at) * SECOND, now);
    if (wire.hopLimit(view, at) !== 0) this.hopLimit = wire.hopLimit(view, at);
    for (let i = at + wire.ROUTER_ADVERTISEMENT; i < end; i = wire.nextOption(view, i)) {
      const kind = wire.optionKind(view, i);
      const length = wire.nextOption(view, i) - i;
      if (kind === wire.PREFIX_INFORMATION && length === wire.PREFIX_OPTION) this.#hearPrefix(view, i, now);
      else if (kind === wire.MTU && length === wire.MTU_OPTION) this.#hearMtu(wire.optionMtu(view, i));
      else if (kind === wire.SOURCE_LINK_LAYER) {
        const mac = linkLayer(view, i);
        if (mac !== undefined) iface.neighbours?.learn(from, mac, true, true, now);
      }
    }
    iface.neighbours?.setRouter(from, true);
    this.#plan();
  }

  /** When something is due. */
  nextTimeout(): Micros {
    return this.#next;
  }

  /** Tries addresses, asks for routers, forgets what is over. Answers whether anything was due. */
  timeout(now: Micros): boolean {
    if (this.#next > now) return false;
    for (const own of this.#parts.addresses.all) this.#age(own, now);
    if (this.#nextSolicitation <= now) {
      this.#parts.discovery.solicitRouters(ALL_ROUTERS.inZone(this.#parts.iface.zone), now);
      this.#nextSolicitation = --this.#solicitations > 0 ? now + SOLICITATION_INTERVAL : NEVER;
    }
    this.#forgetRouters(({ until }) => until <= now);
    for (const prefix of this.#prefixes) if (prefix.until <= now) this.#forgetPrefix(prefix);
    this.#plan();
    return true;
  }

  /** @param optimistic whether it is used while it is tried */
  #add(own: OwnAddress, optimistic: boolean, now: Micros): boolean {
    const { addresses, iface, counters, changed } = this.#parts;
    const probes = iface.neighbours === undefined ? 0 : this.#options.duplicateAddressDetection;
    if (probes > 0) {
      own.state = optimistic ? 'optimistic' : 'tentative';
      own.probes = probes;
      own.nextProbe = now;
    }
    if (!addresses.add(own)) {
      counters.ip6TooMuchAdvertised++;
      return false;
    }
    changed(now);
    this.#plan();
    return true;
  }

  #age(own: OwnAddress, now: Micros): void {
    const { addresses, discovery, changed } = this.#parts;
    if (own.validUntil <= now) {
      addresses.remove(own);
      changed(now);
      return;
    }
    if (own.nextProbe <= now) {
      //= RFC 4862 §5.4.2
      if (own.probes > 0) {
        own.probes--;
        own.nextProbe = now + RETRANS_TIMER;
        discovery.probe(own.address, now);
      } else {
        own.nextProbe = NEVER;
        own.state = 'preferred';
        changed(now);
      }
    }
    if (own.preferredUntil <= now && own.state === 'preferred') own.state = 'deprecated';
  }

  #plan(): void {
    let next = this.#nextSolicitation;
    for (const { nextProbe, preferredUntil, validUntil, state } of this.#parts.addresses.all) {
      next = Math.min(next, nextProbe, validUntil);
      if (state === 'preferred') next = Math.min(next, preferredUntil);
    }
    for (const { until } of this.#routers) next = Math.min(next, until);
    for (const { until } of this.#prefixes) next = Math.min(next, until);
    this.#next = next;
  }

  #hearRouter(address: Ipv6, lifetime: Micros, now: Micros): void {
    const { iface, routes, counters } = this.#parts;
    if (lifetime === 0) return this.noRouter(address);
    const known = this.#routers.find((router) => router.address.equals(address));
    if (known !== undefined) {
      known.until = now + lifetime;
      return;
    }
    const route = { network: UNSPECIFIED, length: 0, iface, gateway: address, metric: 1_024 };
    if (this.#routers.length >= MAX_ROUTERS || !routes.add(route)) {
      counters.ip6TooMuchAdvertised++;
      return;
    }
    this.#routers = [...this.#routers, { address, length: 128, until: now + lifetime }];
  }

  #forgetRouters(which: (router: Advertised) => boolean): void {
    const gone = this.#routers.filter(which);
    if (gone.length === 0) return;
    this.#routers = this.#routers.filter((router) => !gone.includes(router));
    const { iface, routes } = this.#parts;
    routes.remove(
      ({ iface: by, gateway }) =>
        by === iface && gone.some(({ address }) => typeof gateway === 'object' && gateway.equals(address)),
    );
  }

  #hearMtu(mtu: number): void {
    if (mtu >= LEAST_MTU && mtu <= this.#parts.iface.port.mtu) this.mtu = mtu;
  }

  #hearPrefix(view: DataView, option: number, now: Micros): void {
    const length = wire.prefixLength(view, option);
    const bits = wire.prefixFlags(view, option);
    const valid = lifetime(wire.validLifetime(view, option));
    const preferred = lifetime(wire.preferredLifetime(view, option));
    if (length > 128) return;
    const prefix = prefixOf(ipv6At(view, wire.prefixAt(option)), length);
    //= RFC 4862 §5.5.3 (a)-(c)
    if (prefix.isLinkLocal || prefix.isMulticast || preferred > valid) return;
    if (bits & wire.ON_LINK) this.#hearNetwork(prefix, length, valid, now);
    //= RFC 4862 §5.5.3 (d): the identifier of an Ethernet interface has 64 bits
    if (bits & wire.AUTONOMOUS && length === 64) this.#hearAddress(prefix, valid, preferred, now);
  }

  /** A network is on the link for so long. */
  #hearNetwork(network: Ipv6, length: number, valid: Micros, now: Micros): void {
    const { iface, routes, counters } = this.#parts;
    const known = this.#prefixes.find((prefix) => prefix.length === length && prefix.address.equals(network));
    if (known !== undefined) {
      if (valid === 0) this.#forgetPrefix(known);
      else known.until = now + valid;
      return;
    }
    if (valid === 0) return;
    if (this.#prefixes.length >= MAX_PREFIXES || !routes.add({ network, length, iface, metric: 256 })) {
      counters.ip6TooMuchAdvertised++;
      return;
    }
    this.#prefixes = [...this.#prefixes, { address: network, length, until: now + valid }];
  }

  #forgetPrefix(prefix: Advertised): void {
    const { iface, routes } = this.#parts;
    this.#prefixes = this.#prefixes.filter((other) => other !== prefix);
    routes.remove(
      (route) =>
        route.iface === iface &&
        route.gateway === undefined &&
        route.metric === 256 &&
        route.length === prefix.length &&
        typeof route.network === 'object' &&
        route.network.equals(prefix.address),
    );
  }

  /** An address of the network is ours for so long. */
  #hearAddress(prefix: Ipv6, valid: Micros, preferred: Micros, now: Micros): void {
    const { iface, addresses } = this.#parts;
    const [high, low] = interfaceIdentifier(iface.mac);
    const address = new Ipv6(prefix.a, prefix.b, high, low);
    const own = addresses.find(address);
    if (own === undefined) {
      if (valid === 0) return;
      const made = ownAddress(address, 64, 'autoconfigured');
      made.validUntil = now + valid;
      made.preferredUntil = now + preferred;
      this.#add(made, false, now);
      return;
    }
    if (own.origin !== 'autoconfigured') return;
    own.preferredUntil = now + preferred;
    if (own.state === 'deprecated' && preferred > 0) own.state = 'preferred';
    //= RFC 4862 §5.5.3 (e): nobody ends an address at once by saying so
    const left = own.validUntil - now;
    if (valid > TWO_HOURS || valid > left) own.validUntil = now + valid;
    else if (left > TWO_HOURS) own.validUntil = now + TWO_HOURS;
  }
}

/** A lifetime in seconds, of which the greatest means for ever. */
const lifetime = (seconds: number): Micros => (seconds === 0xffff_ffff ? NEVER : seconds * 1_000 * MILLISECOND);

/** The lower half of the addresses of an interface with this hardware address: the modified EUI-64 of RFC 4291 appendix A. */
export const interfaceIdentifier = (mac: Uint8Array): readonly [number, number] => [
  ((mac[0]! ^ 2) << 24) | (mac[1]! << 16) | (mac[2]! << 8) | 0xff,
  0xfe00_0000 | (mac[3]! << 16) | (mac[4]! << 8) | mac[5]!,
];
