/**
 * What a capture filter asks of a packet of a link layer, as conditions over its octets: the same that libpcap asks, down to its odd corners (a protocol of IPv6 is looked for
 * behind no extension header but a fragment's; `vlan` and `mpls` move everything that stands to the right of them). Not here: names and numbers of hosts, ports and protocols
 * (identifiers.ts), and instructions (assemble.ts).
 */
import { FilterError, type Place } from '../filter-error.ts';
import { type Operand, related } from './arithmetic.ts';
import { ALWAYS, and, type Condition, not, or, type Step } from './assemble.ts';
import { etherTypeOf, ipProtocolOf, networkOf, portOf, portsOf } from './identifiers.ts';
import {
  ALU,
  ANCILLARY_PACKET_TYPE,
  ANCILLARY_VLAN_PRESENT,
  ANCILLARY_VLAN_TAG,
  JEQ,
  JGE,
  JGT,
  LD_H_ABS,
  LD_LEN,
} from './instruction.ts';
import { KERNEL_COOKED, type LinkLayer, pppType } from './link-layer.ts';
import { atLeast, behindIpv4, equals, hasBits, masked } from './load.ts';
import type {
  Arithmetic,
  CaptureNode,
  Direction,
  Encapsulation,
  Identifier,
  ProtocolWord,
  Qualifiers,
} from './syntax.ts';

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const ARP = 0x0806;
const RARP = 0x8035;
const VLAN_TYPES = [0x8100, 0x88a8, 0x9100] as const;
const MPLS = 0x8847;
const PPPOE_DISCOVERY = 0x8863;
const PPPOE_SESSION = 0x8864;
const FRAGMENT = 44;
const SCTP = 132;

/** Numbers of protocols that stand behind IP. */
const NUMBERS: Readonly<Partial<Record<ProtocolWord, number>>> = {
  tcp: 6,
  udp: 17,
  sctp: SCTP,
  icmp: 1,
  icmp6: 58,
  igmp: 2,
  pim: 103,
  vrrp: 112,
  ah: 51,
  esp: 50,
};

/** Of those, the ones that only IPv4 or only IPv6 carries. */
const ONLY_IPV4: ReadonlySet<ProtocolWord> = new Set(['icmp', 'igmp', 'vrrp']);

/** Where headers stand, which changes as `vlan`, `mpls` and `pppoes` are met. */
export interface Offsets {
  /** How far the type of what follows was moved, and where the payload of the link layer begins. */
  shift: number;
  payload: number;
  /** Octets of MPLS labels between that and the network header. */
  labels: number;
  /** Offset of PPP's type behind PPPoE; undefined: the link layer's own type counts. */
  pppType: number | undefined;
}

/** Makes conditions of the nodes of one capture filter. */
export class Generator {
  readonly #expression: string;
  readonly #link: LinkLayer;
  /** Whether a kernel runs the program, which keeps the outermost VLAN tag apart from the octets. */
  readonly #kernel: boolean;
  readonly #offsets: Offsets;
  /** Loads how many octets were on the wire, captured or not, the link header counted even where the kernel does not show it. */
  readonly #length: readonly Step[];
  #tags = 0;

  constructor(expression: string, link: LinkLayer, kernel: boolean) {
    this.#expression = expression;
    this.#link = link;
    this.#kernel = kernel;
    this.#length = [{ code: LD_LEN, k: 0 }, ...(link.hidden === 0 ? [] : [{ code: ALU['+']!, k: link.hidden }])];
    this.#offsets = { shift: 0, payload: link.header, labels: 0, pppType: undefined };
  }

  #fail(place: Place, reason: string, suggestion?: string): FilterError {
    return new FilterError(this.#expression, place, reason, suggestion);
  }

  /** The condition of a node. Nodes must be asked for from left to right. */
  condition(node: CaptureNode): Condition {
    switch (node.kind) {
      case 'and':
      case 'or': {
        const left = this.condition(node.left);
        const right = this.condition(node.right);
        return node.kind === 'and' ? and(left, right) : or(left, right);
      }
      case 'not':
        return not(this.condition(node.of));
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
      case 'relation':
        return this.#relation(node.relation, node.left, node.right);
      case 'primitive':
        return this.#primitive(node.qualifiers, node.identifier, node);
    }
  }

  #longer(jump: typeof JGT | typeof JGE, octets: number): Condition {
    return { kind: 'test', steps: this.#length, jump, k: octets };
  }

  get #network(): number {
    return this.#offsets.payload + this.#offsets.labels;
  }

  /** That an EtherType follows the headers met until now. */
  #type(type: number, place: Place): Condition {
    const { labels, payload, shift, pppType: at } = this.#offsets;
    if (labels > 0) {
      if (type !== IPV4 && type !== IPV6)
        throw this.#fail(place, 'Behind mpls only ip and ip6 can be told apart: a label does not say what follows.');
      // The last label has the bottom-of-stack bit; the version of IP tells which it is.
      return and(
        masked(payload + labels - 2, 1, 0x01, 0x01),
        masked(this.#network, 1, 0xf0, type === IPV4 ? 0x40 : 0x60),
      );
    }
    return at === undefined ? this.#follows(type, shift, place) : equals(at, 2, pppType(type));
  }

  /** That an EtherType follows the link header. */
  #follows(type: number, shift: number, place: Place): Condition {
    if (this.#link.is !== undefined) return this.#link.is(type, shift);
    throw this.#fail(
      place,
      `What ${this.#link.name} carries is not known to capture filters: they can ask for its length (greater, less, len) and its octets (link[0]).`,
    );
  }

  #protocol(protocol: ProtocolWord, place: Place): Condition {
    switch (protocol) {
      case 'ether':
      case 'link':
        throw this.#fail(
          place,
          `${protocol} alone says nothing: it goes before host, proto, broadcast, multicast or [offset].`,
        );
      case 'ip':
        return this.#type(IPV4, place);
      case 'ip6':
        return this.#type(IPV6, place);
      case 'arp':
        return this.#type(ARP, place);
      case 'rarp':
        return this.#type(RARP, place);
      default: {
        const number = NUMBERS[protocol]!;
        if (ONLY_IPV4.has(protocol)) return this.#over4(number, place);
        if (protocol === 'icmp6') return this.#over6(number, place);
        return or(this.#over4(number, place), this.#over6(number, place));
      }
    }
  }

  #over4(number: number, place: Place): Condition {
    return and(this.#type(IPV4, place), equals(this.#network + 9, 1, number));
  }

  #over6(number: number, place: Place): Condition {
    const at = this.#network;
    return and(
      this.#type(IPV6, place),
      or(equals(at + 6, 1, number), and(equals(at + 6, 1, FRAGMENT), equals(at + 40, 1, number))),
    );
  }

  /** That an IPv4 packet is no fragment but the first. */
  #isWhole(): Condition {
    return not(hasBits(this.#network + 6, 2, 0x1fff));
  }

  #cast(protocol: ProtocolWord | undefined, cast: 'broadcast' | 'multicast', place: Place): Condition {
    if (protocol === undefined || protocol === 'ether' || protocol === 'link') {
      if (!this.#link.addresses)
        throw this.#fail(place, `${this.#link.name} has no hardware addresses, so that there is no ${cast} on it.`);
      return cast === 'multicast' ? hasBits(0, 1, 1) : this.#hardware(BROADCAST, 0);
    }
    const destination = this.#network;
    if (cast === 'multicast' && protocol === 'ip')
      return and(this.#type(IPV4, place), atLeast(destination + 16, 1, 224));
    if (cast === 'multicast' && protocol === 'ip6')
      return and(this.#type(IPV6, place), equals(destination + 24, 1, 255));
    if (cast === 'broadcast' && protocol === 'ip')
      throw this.#fail(
        place,
        'ip broadcast needs the mask of the network, which is not known. Write ether broadcast, or dst host with the address.',
        'ether broadcast',
      );
    throw this.#fail(
      place,
      `${protocol} ${cast} does not exist; there are ether ${cast}${cast === 'multicast' ? ', ip multicast and ip6 multicast' : ''}.`,
    );
  }

  #passage(way: 'inbound' | 'outbound', place: Place): Condition {
    const outgoing = 4;
    const { packetType } = this.#link;
    const at = this.#kernel ? ([ANCILLARY_PACKET_TYPE, 1] as const) : packetType;
    if (at === undefined)
      throw this.#fail(
        place,
        `${this.#link.name} does not say which way a packet went: ${way} is for live captures and for cooked ones (-i any).`,
      );
    const isOutgoing = equals(at[0], at[1], outgoing);
    return way === 'outbound' ? isOutgoing : not(isOutgoing);
  }

  #encapsulation(header: Encapsulation, number: number | undefined, place: Place): Condition {
    switch (header) {
      case 'vlan':
        return this.#vlan(number, place);
      case 'mpls':
        return this.#mpls(number, place);
      case 'pppoed':
        return this.#type(PPPOE_DISCOVERY, place);
      case 'pppoes': {
        if (number !== undefined && number > 0xffff)
          throw this.#fail(place, `A session of PPPoE has 16 bits, at most 65535, not ${number}.`);
        const session = number === undefined ? ALWAYS : equals(this.#network + 2, 2, number);
        const found = and(this.#type(PPPOE_SESSION, place), session);
        this.#offsets.pppType = this.#network + 6;
        this.#offsets.payload = this.#network + 8;
        return found;
      }
    }
  }

  #vlan(number: number | undefined, place: Place): Condition {
    if (number !== undefined && number > 4095)
      throw this.#fail(place, `A VLAN has 12 bits, at most 4095, not ${number}.`);
    if (this.#offsets.labels > 0) throw this.#fail(place, 'vlan cannot stand behind mpls.');
    const isFirst = this.#tags++ === 0;
    if (this.#kernel && isFirst) {
      // The kernel took this tag out: the octets stand as if there were none.
      const tagged = not(equals(ANCILLARY_VLAN_PRESENT, 1, 0));
      return number === undefined ? tagged : and(tagged, masked(ANCILLARY_VLAN_TAG, 2, 0x0fff, number));
    }
    if (!this.#link.tags)
      throw this.#fail(place, `${this.#link.name} has no VLAN tags that a capture filter could look for.`);
    const { shift, payload } = this.#offsets;
    const tagged = or(...VLAN_TYPES.map((type) => this.#follows(type, shift, place)));
    const found = number === undefined ? tagged : and(tagged, masked(payload, 2, 0x0fff, number));
    this.#offsets.shift += 4;
    this.#offsets.payload += 4;
    return found;
  }

  #mpls(number: number | undefined, place: Place): Condition {
    if (number !== undefined && number > 0xfffff)
      throw this.#fail(place, `A label of MPLS has 20 bits, at most 1048575, not ${number}.`);
    const { payload, labels } = this.#offsets;
    const above = labels > 0 ? not(hasBits(payload + labels - 2, 1, 1)) : this.#type(MPLS, place);
    const found = number === undefined ? above : and(above, masked(this.#network, 4, 0xffff_f000, number << 12));
    this.#offsets.labels += 4;
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
    const octets = (base: number, guard: Condition, variable = false): Operand => ({
      kind: 'octets',
      base,
      behindIpv4: variable ? this.#network : undefined,
      index,
      size,
      guard,
      place: node,
    });
    switch (protocol) {
      case 'ether':
      case 'link':
        if (this.#kernel && this.#link === KERNEL_COOKED)
          throw this.#fail(node, 'A capture on any has no link header whose octets could be read.');
        if (this.#link.locate !== undefined)
          throw this.#fail(
            node,
            `The header of ${this.#link.name} has no fixed length: its octets cannot be asked for.`,
          );
        return octets(0, ALWAYS);
      case 'ip':
      case 'ip6':
      case 'arp':
      case 'rarp':
        return octets(this.#network, this.#protocol(protocol, node));
      case 'icmp6':
        // Only behind a header without extensions, whose length is fixed.
        return octets(this.#network + 40, and(this.#type(IPV6, node), equals(this.#network + 6, 1, 58)));
      case 'ah':
      case 'esp':
        throw this.#fail(node, `Octets of ${protocol} cannot be read by name; ip[...] reads them.`);
      default: {
        const guard = and(this.#over4(NUMBERS[protocol]!, node), this.#isWhole());
        return octets(this.#network, guard, true);
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
        return this.#ports(numbers, direction, low, high, place);
      }
      case 'proto':
        if (direction !== undefined) throw this.#fail(place, `${direction} means nothing before proto.`);
        return this.#protocolNumber(protocol, identifier, place);
      default:
        if (identifier.type === 'mac' || protocol === 'ether' || protocol === 'link')
          return this.#hardwareHost(protocol, kind ?? 'host', direction, identifier, place);
        return this.#host(protocol, kind ?? 'host', direction, identifier, place);
    }
  }

  #transports(protocol: ProtocolWord | undefined, kind: string, place: Place): readonly number[] {
    if (protocol === undefined) return [NUMBERS.tcp!, NUMBERS.udp!, SCTP];
    if (protocol === 'tcp' || protocol === 'udp' || protocol === 'sctp') return [NUMBERS[protocol]!];
    throw this.#fail(place, `${protocol} has no ports: ${kind} goes with tcp, udp, sctp or nothing before it.`);
  }

  #ports(
    numbers: readonly number[],
    direction: Direction | undefined,
    low: number,
    high: number,
    place: Place,
  ): Condition {
    const at = this.#network;
    const between = (steps: readonly Step[]): Condition =>
      low === high
        ? { kind: 'test', steps, jump: JEQ, k: low }
        : and({ kind: 'test', steps, jump: JGE, k: low }, not({ kind: 'test', steps, jump: JGT, k: high }));
    const ends = (source: Condition, destination: Condition): Condition => either(direction, source, destination);
    const carried = (offset: number): Condition => or(...numbers.map((number) => equals(at + offset, 1, number)));
    const six = and(this.#type(IPV6, place), carried(6), ends(between(loadAt(at + 40)), between(loadAt(at + 42))));
    const four = and(
      this.#type(IPV4, place),
      carried(9),
      this.#isWhole(),
      ends(between(behindIpv4(at, 0, 2)), between(behindIpv4(at, 2, 2))),
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
      case undefined: {
        const number = ipProtocolOf(identifier, fail);
        return or(this.#over4(number, place), this.#over6(number, place));
      }
      default:
        throw this.#fail(
          place,
          `${protocol} proto does not exist; there are proto, ip proto, ip6 proto and ether proto.`,
        );
    }
  }

  #hardware(address: Uint8Array, at: number): Condition {
    const view = new DataView(address.buffer, address.byteOffset, 6);
    return and(equals(at + 2, 4, view.getUint32(2)), equals(at, 2, view.getUint16(0)));
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
    if (!this.#link.addresses) throw this.#fail(place, `${this.#link.name} has no hardware addresses of both ends.`);
    return either(direction, this.#hardware(identifier.value, 6), this.#hardware(identifier.value, 0));
  }

  #host(
    protocol: ProtocolWord | undefined,
    kind: 'host' | 'net',
    direction: Direction | undefined,
    identifier: Identifier,
    place: Place,
  ): Condition {
    const fail = (reason: string, suggestion?: string): FilterError => this.#fail(identifier, reason, suggestion);
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
        const six = (at: number): Condition =>
          and(
            ...network.words.map((word, i) =>
              network.masks[i] === 0 ? ALWAYS : masked(at + 4 * i, 4, network.masks[i]!, word),
            ),
          );
        conditions.push(
          and(this.#type(IPV6, place), either(direction, six(this.#network + 8), six(this.#network + 24))),
        );
        continue;
      }
      if (protocol === 'ip6') {
        if (networks.length > 1) continue;
        throw fail('An IPv4 address cannot stand in ip6.');
      }
      const four = (type: number, source: number, destination: number): Condition => {
        const is = (at: number): Condition =>
          network.mask === 0 ? ALWAYS : masked(this.#network + at, 4, network.mask, network.address);
        return and(this.#type(type, place), either(direction, is(source), is(destination)));
      };
      if (protocol === undefined || protocol === 'ip') conditions.push(four(IPV4, 12, 16));
      // Behind a label only IP can be told.
      const isLabelled = this.#offsets.labels > 0;
      if (protocol === 'arp' || (protocol === undefined && !isLabelled)) conditions.push(four(ARP, 14, 24));
      if (protocol === 'rarp' || (protocol === undefined && !isLabelled)) conditions.push(four(RARP, 14, 24));
    }
    return or(...conditions);
  }
}

const BROADCAST = Uint8Array.of(255, 255, 255, 255, 255, 255);

/** What must hold of source and destination. */
function either(direction: Direction | undefined, source: Condition, destination: Condition): Condition {
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

const loadAt = (offset: number): readonly Step[] => [{ code: LD_H_ABS, k: offset }];
