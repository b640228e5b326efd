/**
 * Neighbour discovery on one interface: asks who has an IPv6 address, answers who asks for ours, tells the one who tries an address that it is ours. Not here: what is
 * remembered (neighbours.ts), routers and the making of addresses (autoconfiguration.ts). Read first: RFC 4861 §7.1-7.2; RFC 4862 §5.4 for addresses that are
 * being tried.
 */
import type { Micros } from '../../core/time.ts';
import { finish, pseudoHeader, sum } from '../../wire/checksum.ts';
import * as ethernet from '../../wire/ethernet.ts';
import type { Frame } from '../../wire/frame.ts';
import * as icmp from '../../wire/icmp.ts';
import * as icmpv6 from '../../wire/icmpv6.ts';
import { ALL_NODES, type Ipv6, ipv6At, solicitedNode, UNSPECIFIED } from '../../wire/ip-address.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as wire from '../../wire/neighbour-discovery.ts';
import type { Addresses6 } from './addresses6.ts';
import type { ArrivedPacket } from './arrived-packet.ts';
import type { HostCounters } from './counters.ts';
import { IP_AT } from './frame-layout.ts';
import type { Interface } from './interface.ts';
import { macAt, type Neighbours } from './neighbours.ts';

const ICMP_AT = IP_AT + ipv6.HEADER;

/** The hop limit of every message of neighbour discovery: one that came from another link has less (RFC 4861 §3.1). */
export const HOP_LIMIT = 255;

/** What neighbour discovery needs of what surrounds it. */
export interface DiscoveryEvents {
  /** A frame for a message; undefined when none is free. */
  takeFrame(): Frame | undefined;
  /** Somebody else has, or tries, an address that we have or try. */
  duplicate(address: Ipv6, now: Micros): void;
  /** A neighbour that was a router is none any more. */
  noRouter(address: Ipv6): void;
}

/** The neighbour discovery of one interface. */
export class NeighbourDiscovery {
  readonly #interface: Interface;
  readonly #addresses: Addresses6;
  readonly #neighbours: Neighbours | undefined;
  readonly #counters: HostCounters;
  readonly #events: DiscoveryEvents;

  /** @param neighbours undefined where there are no hardware addresses */
  constructor(
    iface: Interface,
    addresses: Addresses6,
    neighbours: Neighbours | undefined,
    counters: HostCounters,
    events: DiscoveryEvents,
  ) {
    this.#interface = iface;
    this.#addresses = addresses;
    this.#neighbours = neighbours;
    this.#counters = counters;
    this.#events = events;
  }

  /** A solicitation has arrived, whose checksum and hop limit are right. */
  solicited({ frame, at, end, source, destination }: ArrivedPacket, now: Micros): void {
    const { view } = frame;
    const from = source as Ipv6;
    //= RFC 4861 §7.1.1
    if (!this.#holds(view, at, end)) return;
    const target = ipv6At(view, wire.targetAt(at), this.#interface.zone);
    const option = wire.findOption(view, at + wire.NEIGHBOUR_MESSAGE, end, wire.SOURCE_LINK_LAYER);
    const probing = from.isUnspecified;
    if (target.isMulticast || (probing && (option >= 0 || !(destination as Ipv6).isMulticast)))
      return this.#malformed();
    const own = this.#addresses.find(target);
    if (own === undefined || own.state === 'duplicate') return;
    if (own.state === 'tentative') {
      //= RFC 4862 §5.4.3: another tries it at the same time; who only asks for it gets no answer
      if (probing) this.#events.duplicate(target, now);
      return;
    }
    const mac = option < 0 ? undefined : linkLayer(view, option);
    if (mac !== undefined) this.#neighbours?.learn(from, mac, true, true, now);
    //= RFC 4861 §7.2.4
    //= RFC 4429 §3.3: what may be another's takes nobody's place
    const bits = (probing ? 0 : wire.SOLICITED) | (own.state === 'optimistic' ? 0 : wire.OVERRIDE);
    this.#advertise(target, probing ? ALL_NODES.inZone(this.#interface.zone) : from, bits, now);
    if (probing && own.state === 'optimistic') this.#events.duplicate(target, now);
  }

  /** An advertisement has arrived, whose checksum and hop limit are right. */
  advertised({ frame, at, end, destination }: ArrivedPacket, now: Micros): void {
    const { view } = frame;
    //= RFC 4861 §7.1.2
    if (!this.#holds(view, at, end)) return;
    const target = ipv6At(view, wire.targetAt(at), this.#interface.zone);
    const bits = wire.flags(view, at);
    if (target.isMulticast || ((destination as Ipv6).isMulticast && bits & wire.SOLICITED)) return this.#malformed();
    if (this.#addresses.find(target) !== undefined) return this.#events.duplicate(target, now);
    const option = wire.findOption(view, at + wire.NEIGHBOUR_MESSAGE, end, wire.TARGET_LINK_LAYER);
    const mac = option < 0 ? undefined : linkLayer(view, option);
    //= RFC 4861 §7.2.5
    if (mac !== undefined) this.#neighbours?.learn(target, mac, false, (bits & wire.OVERRIDE) !== 0, now);
    const isRouter = (bits & wire.FROM_ROUTER) !== 0;
    if (this.#neighbours?.setRouter(target, isRouter)) this.#events.noRouter(target);
  }

  /** Asks who has `target`: everybody, or the one who had it last. */
  ask(target: Ipv6, known: Uint8Array | undefined, now: Micros): void {
    const from = this.#addresses.select(target);
    if (from === undefined) return;
    const to = known === undefined ? solicitedNode(target) : target;
    this.#solicit(target, from, to, known, now);
  }

  /** Asks whether anybody has `target`, which we are about to use. */
  probe(target: Ipv6, now: Micros): void {
    this.#solicit(target, UNSPECIFIED, solicitedNode(target), undefined, now);
  }

  /** Tells everybody that we have an address, after somebody else said so of himself. */
  announce(address: Ipv6, now: Micros): void {
    this.#advertise(address, ALL_NODES.inZone(this.#interface.zone), wire.OVERRIDE, now);
  }

  /** Asks routers to say what they know. */
  solicitRouters(to: Ipv6, now: Micros): void {
    const frame = this.#frame();
    if (frame === undefined) return;
    const from = this.#addresses.linkLocal;
    icmp.emit(frame.view, ICMP_AT, icmpv6.ROUTER_SOLICITATION, 0, 0);
    let end = ICMP_AT + wire.ROUTER_SOLICITATION;
    //= RFC 4861 §4.1: the option is left out when the source is nobody
    if (from !== undefined && this.#neighbours !== undefined)
      end = wire.emitLinkLayer(frame.view, end, wire.SOURCE_LINK_LAYER, this.#interface.mac);
    this.#send(frame, from ?? UNSPECIFIED, to, end, undefined, now);
  }

  #solicit(target: Ipv6, from: Ipv6, to: Ipv6, mac: Uint8Array | undefined, now: Micros): void {
    const frame = this.#frame();
    if (frame === undefined) return;
    icmp.emit(frame.view, ICMP_AT, icmpv6.NEIGHBOUR_SOLICITATION, 0, 0);
    let end = wire.emitNeighbour(frame.view, ICMP_AT, 0, target);
    //= RFC 4861 §7.2.2
    if (!from.isUnspecified) end = wire.emitLinkLayer(frame.view, end, wire.SOURCE_LINK_LAYER, this.#interface.mac);
    this.#send(frame, from, to, end, mac, now);
  }

  #advertise(target: Ipv6, to: Ipv6, bits: number, now: Micros): void {
    const frame = this.#frame();
    if (frame === undefined) return;
    icmp.emit(frame.view, ICMP_AT, icmpv6.NEIGHBOUR_ADVERTISEMENT, 0, 0);
    let end = wire.emitNeighbour(frame.view, ICMP_AT, bits, target);
    end = wire.emitLinkLayer(frame.view, end, wire.TARGET_LINK_LAYER, this.#interface.mac);
    this.#send(frame, target, to, end, undefined, now);
  }

  #frame(): Frame | undefined {
    const frame = this.#events.takeFrame();
    if (frame === undefined) this.#counters.ipNoFrame++;
    return frame;
  }

  /** Sends the message that ends at `end`, to a hardware address or to whoever `to` leads to. */
  #send(frame: Frame, from: Ipv6, to: Ipv6, end: number, mac: Uint8Array | undefined, now: Micros): void {
    const { view } = frame;
    const length = end - ICMP_AT;
    view.setUint16(ICMP_AT + 2, finish(sum(view, ICMP_AT, length, pseudoHeader(from, to, ipv6.ICMPV6, length))));
    ipv6.emit(view, IP_AT, from, to, ipv6.ICMPV6, length, HOP_LIMIT);
    if (mac === undefined) return this.#interface.transmit(frame, ipv6.HEADER + length, to, now);
    this.#interface.place(frame, ipv6.HEADER + length);
    this.#interface.transmitTo(frame, mac, ethernet.TYPE_IPV6, now);
  }

  /** Whether a neighbour message in `[at, end)` and its options hold together. */
  #holds(view: DataView, at: number, end: number): boolean {
    const holds =
      end - at >= wire.NEIGHBOUR_MESSAGE &&
      icmp.code(view, at) === 0 &&
      wire.optionsHold(view, at + wire.NEIGHBOUR_MESSAGE, end);
    if (!holds) this.#malformed();
    return holds;
  }

  #malformed(): void {
    this.#counters.icmpMalformed++;
  }
}

/** The hardware address in an option; undefined when it is not Ethernet's, or a group's. */
export function linkLayer(view: DataView, option: number): Uint8Array | undefined {
  if (view.getUint8(option + 1) !== 1 || view.getUint8(option + 2) & 1) return undefined;
  return macAt(view, option + 2);
}
