/**
 * What a capture filter asks of a packet of a link layer, as conditions over its octets: the same that libpcap asks, down to its odd corners (a protocol of IPv6 is looked for
 * behind no extension header but a fragment's; `vlan`, `mpls`, `pppoes` and `geneve` move everything that stands to the right of them). Not here: names and numbers of hosts,
 * ports and protocols (identifiers.ts), what only some link layers have (link-conditions.ts), and instructions (assemble.ts).
 */
import { FilterError, type Place } from '../filter-error.ts';
import { type Operand, related } from './arithmetic.ts';
import { ALWAYS, and, type Condition, not, or, type Preparation, type Step } from './assemble.ts';
import { geneve, INSIDE, isBridged, MAX_NETWORK } from './geneve.ts';
import { inChain } from './header-chain.ts';
import {
  etherTypeOf,
  etherTypeOfWord,
  ipProtocolOf,
  networkOf,
  osiProtocolOf,
  portOf,
  portsOf,
} from './identifiers.ts';
import {
  ALU,
  ANCILLARY_PACKET_TYPE,
  ANCILLARY_VLAN_PRESENT,
  ANCILLARY_VLAN_TAG,
  JEQ,
  JGE,
  JGT,
  LD_LEN,
} from './instruction.ts';
import { hardwareBroadcast, hardwareHost, hardwareMulticast, llc } from './link-conditions.ts';
import { GREATEST_LENGTH, IPV4, IPV6, KERNEL_COOKED, type LinkLayer, LLC, type Places, PPP } from './link-layer.ts';
import { at, atLeast, behindIpv4, equals, hasBits, IPV6_HEADER, load, masked, plus, type Spot } from './load.ts';
import { OSI_WORDS } from './names.ts';
import type {
  Arithmetic,
  CaptureNode,
  Direction,
  Encapsulation,
  EndDirection,
  Identifier,
  LlcFormat,
  ProtocolWord,
  Qualifiers,
  WlanNode,
} from './syntax.ts';
import { isWlanDirection, isWlanSubtype, isWlanType } from './wlan-layer.ts';

const ARP = 0x0806;
const RARP = 0x8035;
const VLAN_TYPES = [0x8100, 0x88a8, 0x9100] as const;
/** MPLS as an EtherType, and as a number of PPP (RFC 3032 §4.1). */
const MPLS = 0x8847;
const PPP_MPLS = 0x0281;
const PPPOE_DISCOVERY = 0x8863;
const PPPOE_SESSION = 0x8864;
const PPPOE_HEADER = 6;
const FRAGMENT = 44;
const TCP = 6;
const UDP = 17;
const SCTP = 132;
const ICMP6 = 58;

/** Numbers of protocols that stand behind IP. */
const NUMBERS: Readonly<Partial<Record<ProtocolWord, number>>> = {
  tcp: TCP,
  udp: UDP,
  sctp: SCTP,
  icmp: 1,
  icmp6: ICMP6,
  igmp: 2,
  igrp: 9,
  pim: 103,
  vrrp: 112,
  carp: 112,
  ah: 51,
  esp: 50,
};

/** Of those, the ones that only IPv4 carries. */
const ONLY_IPV4: ReadonlySet<ProtocolWord> = new Set(['icmp', 'igmp', 'igrp', 'vrrp', 'carp']);

/** Protocols over OSI's network layer by their first octet. */
const ISIS = 0x83;

/** Makes conditions of the nodes of one capture filter. */
export class Generator {
  readonly #expression: string;
  readonly #link: LinkLayer;
  /** Whether a kernel runs the program, which keeps the outermost VLAN tag apart from the octets. */
  readonly #kernel: boolean;
  /** Loads how many octets were on the wire, captured or not, the link header counted even where the kernel does not show it. */
  readonly #length: readonly Step[];
  readonly #hints = new Set<string>();
  readonly #preparations: Preparation[];
  /** Where headers stand, which changes as `vlan`, `mpls`, `pppoes` and `geneve` are met: the link layer, its places, and octets between its payload and the network header. */
  #layer: LinkLayer;
  #places: Places;
  #before: number;
  /** MPLS labels of those. */
  #labels = 0;
  #tags = 0;

  constructor(expression: string, link: LinkLayer, kernel: boolean) {
    this.#expression = expression;
    this.#link = link;
    this.#kernel = kernel;
    this.#length = [{ code: LD_LEN, k: 0 }, ...(link.hidden === 0 ? [] : [{ code: ALU['+']!, k: link.hidden }])];
    this.#preparations = [...link.preparations];
    this.#layer = link;
    this.#places = link.places;
    this.#before = link.snap;
  }

  /** What must be done before the conditions are asked. */
  get preparations(): readonly Preparation[] {
    return this.#preparations;
  }

  /** What is right and probably not what was meant, of the nodes until now. */
  get hints(): readonly string[] {
    return [...this.#hints];
  }

  #fail(place: Place, reason: string, suggestion?: string): FilterError {
    return new FilterError(this.#expression, place, reason, suggestion);
  }

  /** What a packet must satisfy. */
  whole(tree: CaptureNode): Condition {
    return and(this.#link.requires, this.#condition(tree));
  }

  /** The condition of a node. Nodes must be asked for from left to right. */
  #condition(node: CaptureNode): Condition {
    switch (node.kind) {
      case 'and':
      case 'or': {
        const left = this.#condition(node.left);
        const right = this.#condition(node.right);
        return node.kind === 'and' ? and(left, right) : or(left, right);
      }
      case 'not':
        return not(this.#condition(node.of));
      case 'protocol':
        return this.#protocol(node.protocol, node);
      case 'length':
        return node.relation === 'less' ? not(this.#longer(JGT, node.octets)) : this.#longer(JGE, node.octets);
      case 'cast':
        return this.#cast(node.protocol, node.cast, node);
      case 'encapsulation':
        return this.#encapsulation(node.header, node.number, node);
      case 'passage':
        return this.#passage(node.way, node);
      case 'interface':
        return this.#interface(node.number, node);
      case 'llc':
        return this.#llc(node.format, node);
      case 'wlan':
        return this.#wlan(node);
      case 'relation':
        return this.#relation(node.relation, node.left, node.right);
      case 'primitive':
        return this.#primitive(node.qualifiers, node.identifier, node);
    }
  }

  #longer(jump: typeof JGT | typeof JGE, octets: number): Condition {
    return { kind: 'test', steps: this.#length, jump, k: octets };
  }

  get #network(): Spot {
    return plus(this.#places.payload, this.#before);
  }

  /** What must hold for there to be a link header: in Geneve there may be none. */
  get #hasHeader(): Condition {
    return this.#layer === INSIDE ? isBridged : ALWAYS;
  }

  /** That an EtherType follows the headers met until now. */
  #type(type: number, place: Place): Condition {
    if (this.#labels > 0) {
      if (type !== IPV4 && type !== IPV6)
        throw this.#fail(place, 'Behind mpls only ip and ip6 can be told apart: a label does not say what follows.');
      // The last label has the bottom-of-stack bit; the version of IP tells which it is.
      return and(
        masked(plus(this.#network, -2), 1, 0x01, 0x01),
        masked(this.#network, 1, 0xf0, type === IPV4 ? 0x40 : 0x60),
      );
    }
    if (this.#layer.is !== undefined) return this.#layer.is(type, this.#places);
    throw this.#fail(
      place,
      `What ${this.#layer.name} carries is not known to capture filters: they can ask for its length (greater, less, len) and its octets (link[0]).`,
    );
  }

  #protocol(protocol: ProtocolWord, place: Place): Condition {
    const type = etherTypeOfWord(protocol);
    if (type !== undefined) return this.#type(type, place);
    const osi = OSI_WORDS.get(protocol);
    if (osi !== undefined) return this.#osi(osi, place);
    if (protocol === 'link' || protocol === 'ether' || protocol === 'radio')
      throw this.#fail(
        place,
        `${protocol} alone says nothing: it goes before ${protocol === 'radio' ? '[offset]' : 'host, proto, broadcast, multicast or [offset]'}.`,
      );
    const number = NUMBERS[protocol]!;
    if (ONLY_IPV4.has(protocol)) return this.#over4(number, place);
    if (protocol === 'icmp6') return this.#over6(number, place);
    return or(this.#over4(number, place), this.#over6(number, place));
  }

  #over4(number: number, place: Place): Condition {
    return and(this.#type(IPV4, place), equals(plus(this.#network, 9), 1, number));
  }

  #over6(number: number, place: Place): Condition {
    const next = plus(this.#network, 6);
    const behindIt = plus(this.#network, IPV6_HEADER);
    return and(
      this.#type(IPV6, place),
      or(equals(next, 1, number), and(equals(next, 1, FRAGMENT), equals(behindIt, 1, number))),
    );
  }

  /** That an IPv4 packet is no fragment but the first. */
  #isWhole(): Condition {
    return not(hasBits(plus(this.#network, 6), 2, 0x1fff));
  }

  /** That OSI's network layer, or one of these protocols of it, follows; and of IS-IS a kind of PDU. */
  #osi({ protocol, kinds = [] }: { protocol: number; kinds?: readonly number[] }, place: Place): Condition {
    const first = plus(this.#places.payload, this.#layer.beforeOsi);
    return and(
      this.#type(LLC.OSI, place),
      equals(first, 1, protocol),
      kinds.length === 0 ? ALWAYS : or(...kinds.map((kind) => equals(plus(first, 4), 1, kind))),
    );
  }

  #cast(protocol: ProtocolWord | undefined, cast: 'broadcast' | 'multicast', place: Place): Condition {
    if (protocol === undefined || protocol === 'ether' || protocol === 'link') {
      const { addresses, name } = this.#layer;
      if (addresses === undefined)
        throw this.#fail(place, `${name} has no hardware addresses, so that there is no ${cast} on it.`);
      const { header } = this.#places;
      const is = cast === 'multicast' ? hardwareMulticast(addresses, header) : hardwareBroadcast(addresses, header);
      return and(this.#hasHeader, is);
    }
    const network = this.#network;
    if (cast === 'multicast' && protocol === 'ip')
      return and(this.#type(IPV4, place), atLeast(plus(network, 16), 1, 224));
    if (cast === 'multicast' && protocol === 'ip6')
      return and(this.#type(IPV6, place), equals(plus(network, 24), 1, 255));
    if (cast === 'broadcast' && protocol === 'ip') {
      this.#hints.add(
        'ip broadcast knows no mask of a network here: 255.255.255.255 and 0.0.0.0 pass, and what is addressed to all of one network does not. dst host takes its address.',
      );
      const destination = plus(network, 16);
      return and(this.#type(IPV4, place), or(equals(destination, 4, 0), equals(destination, 4, 0xffff_ffff)));
    }
    throw this.#fail(
      place,
      `${protocol} ${cast} does not exist; there are ether ${cast}, ip ${cast}${cast === 'multicast' ? ' and ip6 multicast' : ''}.`,
    );
  }

  #passage(way: 'inbound' | 'outbound', place: Place): Condition {
    const outgoing = 4;
    const from = this.#kernel ? ({ place: at(ANCILLARY_PACKET_TYPE), size: 1 } as const) : this.#link.packetType;
    if (from === undefined)
      throw this.#fail(
        place,
        `${this.#link.name} does not say which way a packet went: ${way} is for live captures and for cooked ones (-i any).`,
      );
    const isOutgoing = equals(from.place, from.size, outgoing);
    return way === 'outbound' ? isOutgoing : not(isOutgoing);
  }

  #interface(number: number, place: Place): Condition {
    const from = this.#kernel ? KERNEL_COOKED.interface : this.#link.interface;
    if (from === undefined)
      throw this.#fail(
        place,
        `${this.#link.name} does not say which interface a packet was on: ifindex is for live captures and for Linux cooked v2. A display filter (-Y) has frame.interface_id.`,
      );
    return equals(from.place, from.size, number);
  }

  #llc(format: LlcFormat | undefined, place: Place): Condition {
    const kind = this.#layer.llc;
    if (kind === undefined)
      throw this.#fail(place, `${this.#layer.name} has no LLC that could be asked for; Ethernet and IEEE 802.11 do.`);
    return and(this.#hasHeader, llc(kind, this.#places, format));
  }

  #wlan(node: WlanNode): Condition {
    if (this.#layer.addresses !== 'wlan')
      throw this.#fail(node, `${node.asked} is of IEEE 802.11: ${this.#layer.name} has no such headers.`);
    const { header } = this.#places;
    switch (node.asked) {
      case 'type':
        return isWlanType(header, node.value);
      case 'subtype':
        return isWlanSubtype(header, node.value);
      case 'dir':
        return isWlanDirection(header, node.value);
    }
  }

  #encapsulation(header: Encapsulation, number: number | undefined, place: Place): Condition {
    switch (header) {
      case 'vlan':
        return this.#vlan(number, place);
      case 'mpls':
        return this.#mpls(number, place);
      case 'geneve':
        return this.#geneve(number, place);
      case 'pppoed':
        return this.#type(PPPOE_DISCOVERY, place);
      case 'pppoes': {
        if (number !== undefined && number > 0xffff)
          throw this.#fail(place, `A session of PPPoE has 16 bits, at most 65535, not ${number}.`);
        const session = number === undefined ? ALWAYS : equals(plus(this.#network, 2), 2, number);
        const found = and(this.#type(PPPOE_SESSION, place), session);
        const inside = plus(this.#network, PPPOE_HEADER);
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
      throw this.#fail(place, `A VLAN has 12 bits, at most 4095, not ${number}.`);
    if (this.#labels > 0) throw this.#fail(place, 'vlan cannot stand behind mpls.');
    const isOuter = this.#layer === this.#link && this.#places.header.behind === undefined;
    const isFirst = this.#tags++ === 0;
    if (this.#kernel && isFirst && isOuter) {
      // The kernel took this tag out: the octets stand as if there were none.
      const tagged = not(equals(at(ANCILLARY_VLAN_PRESENT), 1, 0));
      return number === undefined ? tagged : and(tagged, masked(at(ANCILLARY_VLAN_TAG), 2, 0x0fff, number));
    }
    if (!this.#layer.tags)
      throw this.#fail(place, `${this.#layer.name} has no VLAN tags that a capture filter could look for.`);
    const tagged = or(...VLAN_TYPES.map((type) => this.#type(type, place)));
    const found = number === undefined ? tagged : and(tagged, masked(this.#network, 2, 0x0fff, number));
    const { header, type, payload } = this.#places;
    this.#places = { header, type: plus(type, 4), payload: plus(payload, 4) };
    return found;
  }

  #mpls(number: number | undefined, place: Place): Condition {
    if (number !== undefined && number > 0xfffff)
      throw this.#fail(place, `A label of MPLS has 20 bits, at most 1048575, not ${number}.`);
    const isFirst = this.#labels === 0;
    const above = isFirst
      ? this.#type(this.#layer === PPP ? PPP_MPLS : MPLS, place)
      : not(hasBits(plus(this.#network, -2), 1, 1));
    const found = number === undefined ? above : and(above, masked(this.#network, 4, 0xffff_f000, number << 12));
    this.#before += 4;
    this.#labels++;
    return found;
  }

  #geneve(number: number | undefined, place: Place): Condition {
    if (number !== undefined && number > MAX_NETWORK)
      throw this.#fail(place, `A network of Geneve has 24 bits, at most ${MAX_NETWORK}, not ${number}.`);
    const network = this.#network;
    const four = and(this.#type(IPV4, place), equals(plus(network, 9), 1, UDP), this.#isWhole());
    const six = and(this.#type(IPV6, place), equals(plus(network, 6), 1, UDP));
    const found = or(geneve(network, true, four, number), geneve(network, false, six, number));
    if (this.#layer !== INSIDE) this.#preparations.push(...INSIDE.preparations);
    this.#enter(INSIDE, INSIDE.places);
    return found;
  }

  #relation(relation: string, left: Arithmetic, right: Arithmetic): Condition {
    const [a, b] = [this.#arithmetic(left), this.#arithmetic(right)];
    return related(relation, a, b, this.#length, (place, reason) => this.#fail(place, reason));
  }

  #arithmetic(node: Arithmetic): Operand {
    switch (node.kind) {
      case 'number':
        return { kind: 'constant', value: node.value };
      case 'len':
        return { kind: 'length' };
      case 'minus':
        return { kind: 'minus', of: this.#arithmetic(node.of) };
      case 'binary': {
        const [left, right] = [this.#arithmetic(node.left), this.#arithmetic(node.right)];
        return { kind: 'binary', operator: node.operator, left, right, place: node };
      }
      case 'load':
        return this.#load(node);
    }
  }

  #load(node: Extract<Arithmetic, { kind: 'load' }>): Operand {
    const index = this.#arithmetic(node.index);
    const { protocol, size } = node;
    const octets = (base: Spot, guard: Condition, isBehindIpv4 = false): Operand => ({
      kind: 'octets',
      base,
      isBehindIpv4,
      index,
      size,
      guard,
      place: node,
    });
    switch (protocol) {
      case 'ether':
      case 'link':
        if (this.#kernel && this.#layer === KERNEL_COOKED)
          throw this.#fail(node, 'A capture on any has no link header whose octets could be read.');
        return octets(this.#places.header, ALWAYS);
      case 'radio':
        if (!this.#link.radio)
          throw this.#fail(node, `${this.#link.name} has nothing before it that a radio says (radiotap, Prism, AVS).`);
        return octets(at(0), ALWAYS);
      case 'icmp6':
        // Only behind a header without extensions, whose length is fixed.
        return octets(
          plus(this.#network, IPV6_HEADER),
          and(this.#type(IPV6, node), equals(plus(this.#network, 6), 1, ICMP6)),
        );
      case 'ah':
      case 'esp':
        throw this.#fail(node, `Octets of ${protocol} cannot be read by name; ip[...] reads them.`);
      default: {
        if ((etherTypeOfWord(protocol) ?? 0) > GREATEST_LENGTH)
          return octets(this.#network, this.#protocol(protocol, node));
        const number = NUMBERS[protocol];
        if (number === undefined)
          throw this.#fail(node, `Octets of ${protocol} cannot be read by name; link[...] reads them.`);
        return octets(this.#network, and(this.#over4(number, node), this.#isWhole()), true);
      }
    }
  }

  #primitive({ protocol, direction, kind }: Qualifiers, identifier: Identifier, place: Place): Condition {
    const fail = (reason: string, suggestion?: string): FilterError => this.#fail(identifier, reason, suggestion);
    switch (kind) {
      case 'port':
      case 'portrange': {
        const numbers = this.#transports(protocol, kind, place);
        const [low, high] = kind === 'port' ? portOf(identifier, fail) : portsOf(identifier, fail);
        return this.#ports(numbers, this.#ends(direction, place), low, high, place);
      }
      case 'proto':
      case 'protochain':
        if (direction !== undefined) throw this.#fail(place, `${direction} means nothing before ${kind}.`);
        return kind === 'proto'
          ? this.#protocolNumber(protocol, identifier, place)
          : this.#chain(protocol, identifier, place);
      default:
        if (identifier.type === 'mac' || protocol === 'ether' || protocol === 'link')
          return this.#hardwareHost(protocol, kind ?? 'host', direction, identifier, place);
        return this.#host(protocol, kind ?? 'host', this.#ends(direction, place), identifier, place);
    }
  }

  /** A direction that is one of an end: addresses of IEEE 802.11 by what they are for, or by their place, are of hardware. */
  #ends(direction: Direction | undefined, place: Place): EndDirection | undefined {
    switch (direction) {
      case undefined:
      case 'src':
      case 'dst':
      case 'src or dst':
      case 'src and dst':
        return direction;
      default:
        throw this.#fail(place, `${direction} is an address of IEEE 802.11: write wlan ${direction} and the address.`);
    }
  }

  #transports(protocol: ProtocolWord | undefined, kind: string, place: Place): readonly number[] {
    if (protocol === undefined) return [TCP, UDP, SCTP];
    if (protocol === 'tcp' || protocol === 'udp' || protocol === 'sctp') return [NUMBERS[protocol]!];
    throw this.#fail(place, `${protocol} has no ports: ${kind} goes with tcp, udp, sctp or nothing before it.`);
  }

  #ports(
    numbers: readonly number[],
    direction: EndDirection | undefined,
    low: number,
    high: number,
    place: Place,
  ): Condition {
    const network = this.#network;
    const between = (steps: readonly Step[]): Condition =>
      low === high
        ? { kind: 'test', steps, jump: JEQ, k: low }
        : and({ kind: 'test', steps, jump: JGE, k: low }, not({ kind: 'test', steps, jump: JGT, k: high }));
    const carried = (offset: number): Condition =>
      or(...numbers.map((number) => equals(plus(network, offset), 1, number)));
    const behind6 = (offset: number): readonly Step[] => load(plus(network, IPV6_HEADER + offset), 2);
    const six = and(this.#type(IPV6, place), carried(6), either(direction, between(behind6(0)), between(behind6(2))));
    const four = and(
      this.#type(IPV4, place),
      carried(9),
      this.#isWhole(),
      either(direction, between(behindIpv4(network, 0, 2)), between(behindIpv4(network, 2, 2))),
    );
    return or(four, six);
  }

  #protocolNumber(protocol: ProtocolWord | undefined, identifier: Identifier, place: Place): Condition {
    const fail = (reason: string, suggestion?: string): FilterError => this.#fail(identifier, reason, suggestion);
    switch (protocol) {
      case 'ether':
      case 'link':
        return this.#type(etherTypeOf(identifier, fail), place);
      case 'ip':
        return this.#over4(ipProtocolOf(identifier, fail), place);
      case 'ip6':
        return this.#over6(ipProtocolOf(identifier, fail), place);
      case 'iso':
        return this.#osi({ protocol: osiProtocolOf(identifier, fail) }, place);
      case 'isis':
        if (identifier.type !== 'number' || identifier.value > 0xff)
          throw fail('After isis proto comes the number of a kind of PDU: isis proto 18.');
        return this.#osi({ protocol: ISIS, kinds: [identifier.value] }, place);
      case undefined: {
        const number = ipProtocolOf(identifier, fail);
        return or(this.#over4(number, place), this.#over6(number, place));
      }
      default:
        throw this.#fail(
          place,
          `${protocol} proto does not exist; there are proto, ip proto, ip6 proto, ether proto, iso proto and isis proto.`,
        );
    }
  }

  #chain(protocol: ProtocolWord | undefined, identifier: Identifier, place: Place): Condition {
    if (protocol !== undefined && protocol !== 'ip' && protocol !== 'ip6')
      throw this.#fail(place, `${protocol} protochain does not exist; there are protochain, ip and ip6 protochain.`);
    const number = ipProtocolOf(identifier, (reason, suggestion) => this.#fail(identifier, reason, suggestion));
    const four = (): Condition => and(this.#type(IPV4, place), inChain(number, this.#network, true));
    const six = (): Condition => and(this.#type(IPV6, place), inChain(number, this.#network, false));
    if (protocol === undefined) return or(four(), six());
    return protocol === 'ip' ? four() : six();
  }

  #hardwareHost(
    protocol: ProtocolWord | undefined,
    kind: string,
    direction: Direction | undefined,
    identifier: Identifier,
    place: Place,
  ): Condition {
    if (identifier.type !== 'mac')
      throw this.#fail(identifier, `After ether ${kind} comes a hardware address: 02:00:00:00:00:01.`);
    if (protocol !== 'ether' && protocol !== 'link')
      throw this.#fail(place, 'A hardware address needs ether before it: ether host 02:00:00:00:00:01.');
    if (kind !== 'host') throw this.#fail(place, `A hardware address is a host, no ${kind}.`);
    const { addresses, name } = this.#layer;
    if (addresses === undefined) throw this.#fail(place, `${name} has no hardware addresses of both ends.`);
    const { header } = this.#places;
    if (addresses === 'wlan') return hardwareHost(addresses, header, direction, identifier.value, either);
    return and(
      this.#hasHeader,
      hardwareHost(addresses, header, this.#ends(direction, place), identifier.value, either),
    );
  }

  #host(
    protocol: ProtocolWord | undefined,
    kind: 'host' | 'net',
    direction: EndDirection | undefined,
    identifier: Identifier,
    place: Place,
  ): Condition {
    const fail = (reason: string, suggestion?: string): FilterError => this.#fail(identifier, reason, suggestion);
    if (protocol === 'decnet') throw fail('Addresses of DECnet are not looked for; decnet alone is.');
    if (protocol !== undefined && !['ip', 'ip6', 'arp', 'rarp'].includes(protocol))
      throw this.#fail(
        place,
        `${protocol} has no ${kind === 'net' ? 'networks' : 'hosts'}: write ${protocol} and ${kind}.`,
      );
    const networks = networkOf(kind, identifier, fail);
    const conditions: Condition[] = [];
    for (const network of networks) {
      if (network.version === 6) {
        if (protocol !== undefined && protocol !== 'ip6') {
          if (networks.length > 1) continue;
          throw fail(`An IPv6 address cannot stand in ${protocol}.`);
        }
        const six = (offset: number): Condition =>
          and(
            ...network.words.map((word, i) =>
              network.masks[i] === 0 ? ALWAYS : masked(plus(this.#network, offset + 4 * i), 4, network.masks[i]!, word),
            ),
          );
        conditions.push(and(this.#type(IPV6, place), either(direction, six(8), six(24))));
        continue;
      }
      if (protocol === 'ip6') {
        if (networks.length > 1) continue;
        throw fail('An IPv4 address cannot stand in ip6.');
      }
      const four = (type: number, source: number, destination: number): Condition => {
        const is = (offset: number): Condition =>
          network.mask === 0 ? ALWAYS : masked(plus(this.#network, offset), 4, network.mask, network.address);
        return and(this.#type(type, place), either(direction, is(source), is(destination)));
      };
      if (protocol === undefined || protocol === 'ip') conditions.push(four(IPV4, 12, 16));
      // Behind a label only IP can be told.
      const isLabelled = this.#labels > 0;
      if (protocol === 'arp' || (protocol === undefined && !isLabelled)) conditions.push(four(ARP, 14, 24));
      if (protocol === 'rarp' || (protocol === undefined && !isLabelled)) conditions.push(four(RARP, 14, 24));
    }
    return or(...conditions);
  }
}

/** What must hold of source and destination. */
function either(direction: EndDirection | undefined, source: Condition, destination: Condition): Condition {
  switch (direction) {
    case 'src':
      return source;
    case 'dst':
      return destination;
    case 'src and dst':
      return and(source, destination);
    default:
      return or(source, destination);
  }
}
