/**
 * Where in a packet the words of a capture filter look: the headers met until now, from left to right. `vlan`, `mpls`, `pppoes` and `geneve` move everything that stands to the right of them. Not
 * here: what is asked there (generate.ts, primitive.ts), what only some link layers have (link-layer.ts, link-conditions.ts).
 */
import { FilterError, type Place } from '../filter-error.ts';
import { ALWAYS, and, type Condition, not, or, type Preparation } from './assemble.ts';
import { geneve, INSIDE, isBridged, MAX_NETWORK } from './geneve.ts';
import { ANCILLARY_VLAN_PRESENT, ANCILLARY_VLAN_TAG } from './instruction.ts';
import { IPV4, IPV6, type LinkLayer, LLC, type Places, PPP } from './link-layer.ts';
import { at, equals, hasBits, IPV6_HEADER, masked, plus, type Spot } from './load.ts';
import { IP_NUMBERS } from './names.ts';
import type { Encapsulation } from './syntax.ts';

const VLAN_TYPES = [0x8100, 0x88a8, 0x9100] as const;
/** MPLS as an EtherType, and as a number of PPP (RFC 3032 §4.1). */
const MPLS = 0x8847;
const PPP_MPLS = 0x0281;
const PPPOE_DISCOVERY = 0x8863;
const PPPOE_SESSION = 0x8864;
const PPPOE_HEADER = 6;
const FRAGMENT = 44;

/** Where the next word of a filter looks. */
export class Position {
  readonly link: LinkLayer;
  /** Whether a kernel runs the program, which keeps the outermost VLAN tag apart from the octets. */
  readonly kernel: boolean;
  readonly #expression: string;
  readonly #preparations: Preparation[];
  /** The link layer, its places, and octets between its payload and the network header. */
  #layer: LinkLayer;
  #places: Places;
  #before: number;
  /** MPLS labels of those. */
  #labels = 0;
  #tags = 0;

  constructor(expression: string, link: LinkLayer, kernel: boolean) {
    this.#expression = expression;
    this.link = link;
    this.kernel = kernel;
    this.#preparations = [...link.preparations];
    this.#layer = link;
    this.#places = link.places;
    this.#before = link.snap;
  }

  /** What must be done before the conditions are asked. */
  get preparations(): readonly Preparation[] {
    return this.#preparations;
  }

  /** The innermost link layer. */
  get layer(): LinkLayer {
    return this.#layer;
  }

  /** Where that has its parts. */
  get places(): Places {
    return this.#places;
  }

  /** Whether a label of MPLS stands in front: it does not say what follows. */
  get isLabelled(): boolean {
    return this.#labels > 0;
  }

  /** The error of a place of the expression. */
  fail(place: Place, reason: string, suggestion?: string): FilterError {
    return new FilterError(this.#expression, place, reason, suggestion);
  }

  /** Where the network header begins. */
  get network(): Spot {
    return plus(this.#places.payload, this.#before);
  }

  /** What must hold for there to be a link header: in Geneve there may be none. */
  get hasHeader(): Condition {
    return this.#layer === INSIDE ? isBridged : ALWAYS;
  }

  /** That an EtherType follows the headers met until now. */
  type(type: number, place: Place): Condition {
    if (this.#labels > 0) {
      if (type !== IPV4 && type !== IPV6)
        throw this.fail(place, 'Behind mpls only ip and ip6 can be told apart: a label does not say what follows.');
      // The last label has the bottom-of-stack bit; the version of IP tells which it is.
      return and(
        masked(plus(this.network, -2), 1, 0x01, 0x01),
        masked(this.network, 1, 0xf0, type === IPV4 ? 0x40 : 0x60),
      );
    }
    if (this.#layer.is !== undefined) return this.#layer.is(type, this.#places);
    throw this.fail(
      place,
      `What ${this.#layer.name} carries is not known to capture filters: they can ask for its length (greater, less, len) and its octets (link[0]).`,
    );
  }

  /** That IPv4 carries a protocol. */
  over4(number: number, place: Place): Condition {
    return and(this.type(IPV4, place), equals(plus(this.network, 9), 1, number));
  }

  /** That IPv6 carries one, behind no extension header but a fragment's. */
  over6(number: number, place: Place): Condition {
    const next = plus(this.network, 6);
    const behindIt = plus(this.network, IPV6_HEADER);
    return and(
      this.type(IPV6, place),
      or(equals(next, 1, number), and(equals(next, 1, FRAGMENT), equals(behindIt, 1, number))),
    );
  }

  /** That an IPv4 packet is no fragment but the first. */
  isWhole(): Condition {
    return not(hasBits(plus(this.network, 6), 2, 0x1fff));
  }

  /** That OSI's network layer, or one of these protocols of it, follows; and of IS-IS a kind of PDU. */
  osi({ protocol, kinds = [] }: { protocol: number; kinds?: readonly number[] }, place: Place): Condition {
    const first = plus(this.#places.payload, this.#layer.beforeOsi);
    return and(
      this.type(LLC.OSI, place),
      equals(first, 1, protocol),
      kinds.length === 0 ? ALWAYS : or(...kinds.map((kind) => equals(plus(first, 4), 1, kind))),
    );
  }

  /** That a header follows which moves what stands to the right of it. */
  encapsulation(header: Encapsulation, number: number | undefined, place: Place): Condition {
    switch (header) {
      case 'vlan':
        return this.#vlan(number, place);
      case 'mpls':
        return this.#mpls(number, place);
      case 'geneve':
        return this.#geneve(number, place);
      case 'pppoed':
        return this.type(PPPOE_DISCOVERY, place);
      case 'pppoes': {
        if (number !== undefined && number > 0xffff)
          throw this.fail(place, `A session of PPPoE has 16 bits, at most 65535, not ${number}.`);
        const session = number === undefined ? ALWAYS : equals(plus(this.network, 2), 2, number);
        const found = and(this.type(PPPOE_SESSION, place), session);
        const inside = plus(this.network, PPPOE_HEADER);
        this.#enter(PPP, { header: inside, type: inside, payload: plus(inside, 2) });
        return found;
      }
    }
  }

  /** What follows is looked for in a packet inside the one that was looked at until now. */
  #enter(layer: LinkLayer, places: Places): void {
    this.#layer = layer;
    this.#places = places;
    this.#before = layer.snap;
    this.#labels = 0;
  }

  #vlan(number: number | undefined, place: Place): Condition {
    if (number !== undefined && number > 4095)
      throw this.fail(place, `A VLAN has 12 bits, at most 4095, not ${number}.`);
    if (this.#labels > 0) throw this.fail(place, 'vlan cannot stand behind mpls.');
    const isOuter = this.#layer === this.link && this.#places.header.behind === undefined;
    const isFirst = this.#tags++ === 0;
    if (this.kernel && isFirst && isOuter) {
      // The kernel took this tag out: the octets stand as if there were none.
      const tagged = not(equals(at(ANCILLARY_VLAN_PRESENT), 1, 0));
      return number === undefined ? tagged : and(tagged, masked(at(ANCILLARY_VLAN_TAG), 2, 0x0fff, number));
    }
    if (!this.#layer.tags)
      throw this.fail(place, `${this.#layer.name} has no VLAN tags that a capture filter could look for.`);
    const tagged = or(...VLAN_TYPES.map((type) => this.type(type, place)));
    const found = number === undefined ? tagged : and(tagged, masked(this.network, 2, 0x0fff, number));
    const { header, type, payload } = this.#places;
    this.#places = { header, type: plus(type, 4), payload: plus(payload, 4) };
    return found;
  }

  #mpls(number: number | undefined, place: Place): Condition {
    if (number !== undefined && number > 0xfffff)
      throw this.fail(place, `A label of MPLS has 20 bits, at most 1048575, not ${number}.`);
    const isFirst = this.#labels === 0;
    const above = isFirst
      ? this.type(this.#layer === PPP ? PPP_MPLS : MPLS, place)
      : not(hasBits(plus(this.network, -2), 1, 1));
    const found = number === undefined ? above : and(above, masked(this.network, 4, 0xffff_f000, number << 12));
    this.#before += 4;
    this.#labels++;
    return found;
  }

  #geneve(number: number | undefined, place: Place): Condition {
    if (number !== undefined && number > MAX_NETWORK)
      throw this.fail(place, `A network of Geneve has 24 bits, at most ${MAX_NETWORK}, not ${number}.`);
    const network = this.network;
    const four = and(this.type(IPV4, place), equals(plus(network, 9), 1, IP_NUMBERS.udp), this.isWhole());
    const six = and(this.type(IPV6, place), equals(plus(network, 6), 1, IP_NUMBERS.udp));
    const found = or(geneve(network, true, four, number), geneve(network, false, six, number));
    if (this.#layer !== INSIDE) this.#preparations.push(...INSIDE.preparations);
    this.#enter(INSIDE, INSIDE.places);
    return found;
  }
}
