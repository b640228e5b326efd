/**
 * What a capture filter asks of a packet of a link layer, as conditions over its octets: the same that libpcap asks, down to its odd corners (a protocol of IPv6 is looked for
 * behind no extension header but a fragment's). Not here: where the words look, and the headers that move that (position.ts); words with a value, such as hosts and ports
 * (primitive.ts); what only some link layers have (link-conditions.ts), and instructions (assemble.ts).
 */

import type { Place } from '../filter-error.ts';
import { type Operand, related } from './arithmetic.ts';
import { ALWAYS, and, type Condition, not, or, type Preparation, type Step } from './assemble.ts';
import { etherTypeOfWord } from './identifiers.ts';
import { ALU, ANCILLARY_PACKET_TYPE, JGE, JGT, LD_LEN } from './instruction.ts';
import { hardwareBroadcast, hardwareMulticast, llc } from './link-conditions.ts';
import { GREATEST_LENGTH, IPV4, IPV6, KERNEL_COOKED, type LinkLayer } from './link-layer.ts';
import { at, atLeast, equals, IPV6_HEADER, plus, type Spot } from './load.ts';
import { IP_NUMBERS, ipNumberOfWord, isOnlyOfIpv4, OSI_WORDS } from './names.ts';
import { Position } from './position.ts';
import { primitive } from './primitive.ts';
import type { Arithmetic, CaptureNode, LlcFormat, ProtocolWord, WlanNode } from './syntax.ts';
import { isWlanDirection, isWlanSubtype, isWlanType } from './wlan-layer.ts';

/** Makes conditions of the nodes of one capture filter. */
export class Generator {
  readonly #link: LinkLayer;
  /** Whether a kernel runs the program, which keeps the outermost VLAN tag apart from the octets. */
  readonly #kernel: boolean;
  /** Loads how many octets were on the wire, captured or not, the link header counted even where the kernel does not show it. */
  readonly #length: readonly Step[];
  readonly #hints = new Set<string>();
  readonly #position: Position;

  constructor(expression: string, link: LinkLayer, kernel: boolean) {
    this.#link = link;
    this.#kernel = kernel;
    this.#length = [{ code: LD_LEN, k: 0 }, ...(link.hidden === 0 ? [] : [{ code: ALU['+']!, k: link.hidden }])];
    this.#position = new Position(expression, link, kernel);
  }

  /** What must be done before the conditions are asked. */
  get preparations(): readonly Preparation[] {
    return this.#position.preparations;
  }

  /** What is right and probably not what was meant, of the nodes until now. */
  get hints(): readonly string[] {
    return [...this.#hints];
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
        return this.#position.encapsulation(node.header, node.number, node);
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
        return primitive(this.#position, node.qualifiers, node.identifier, node);
    }
  }

  #longer(jump: typeof JGT | typeof JGE, octets: number): Condition {
    return { kind: 'test', steps: this.#length, jump, k: octets };
  }

  #protocol(protocol: ProtocolWord, place: Place): Condition {
    const type = etherTypeOfWord(protocol);
    if (type !== undefined) return this.#position.type(type, place);
    const osi = OSI_WORDS.get(protocol);
    if (osi !== undefined) return this.#position.osi(osi, place);
    if (protocol === 'link' || protocol === 'ether' || protocol === 'radio')
      throw this.#position.fail(
        place,
        `${protocol} alone says nothing: it goes before ${protocol === 'radio' ? '[offset]' : 'host, proto, broadcast, multicast or [offset]'}.`,
      );
    const number = ipNumberOfWord(protocol)!;
    if (isOnlyOfIpv4(protocol)) return this.#position.over4(number, place);
    if (protocol === 'icmp6') return this.#position.over6(number, place);
    return or(this.#position.over4(number, place), this.#position.over6(number, place));
  }

  #cast(protocol: ProtocolWord | undefined, cast: 'broadcast' | 'multicast', place: Place): Condition {
    if (protocol === undefined || protocol === 'ether' || protocol === 'link') {
      const { addresses, name } = this.#position.layer;
      if (addresses === undefined)
        throw this.#position.fail(place, `${name} has no hardware addresses, so that there is no ${cast} on it.`);
      const { header } = this.#position.places;
      const is = cast === 'multicast' ? hardwareMulticast(addresses, header) : hardwareBroadcast(addresses, header);
      return and(this.#position.hasHeader, is);
    }
    const network = this.#position.network;
    if (cast === 'multicast' && protocol === 'ip')
      return and(this.#position.type(IPV4, place), atLeast(plus(network, 16), 1, 224));
    if (cast === 'multicast' && protocol === 'ip6')
      return and(this.#position.type(IPV6, place), equals(plus(network, 24), 1, 255));
    if (cast === 'broadcast' && protocol === 'ip') {
      this.#hints.add(
        'ip broadcast knows no mask of a network here: 255.255.255.255 and 0.0.0.0 pass, and what is addressed to all of one network does not. dst host takes its address.',
      );
      const destination = plus(network, 16);
      return and(this.#position.type(IPV4, place), or(equals(destination, 4, 0), equals(destination, 4, 0xffff_ffff)));
    }
    throw this.#position.fail(
      place,
      `${protocol} ${cast} does not exist; there are ether ${cast}, ip ${cast}${cast === 'multicast' ? ' and ip6 multicast' : ''}.`,
    );
  }

  #passage(way: 'inbound' | 'outbound', place: Place): Condition {
    const outgoing = 4;
    const from = this.#kernel ? ({ place: at(ANCILLARY_PACKET_TYPE), size: 1 } as const) : this.#link.packetType;
    if (from === undefined)
      throw this.#position.fail(
        place,
        `${this.#link.name} does not say which way a packet went: ${way} is for live captures and for cooked ones (-i any).`,
      );
    const isOutgoing = equals(from.place, from.size, outgoing);
    return way === 'outbound' ? isOutgoing : not(isOutgoing);
  }

  #interface(number: number, place: Place): Condition {
    const from = this.#kernel ? KERNEL_COOKED.interface : this.#link.interface;
    if (from === undefined)
      throw this.#position.fail(
        place,
        `${this.#link.name} does not say which interface a packet was on: ifindex is for live captures and for Linux cooked v2. A display filter (-Y) has frame.interface_id.`,
      );
    return equals(from.place, from.size, number);
  }

  #llc(format: LlcFormat | undefined, place: Place): Condition {
    const kind = this.#position.layer.llc;
    if (kind === undefined)
      throw this.#position.fail(
        place,
        `${this.#position.layer.name} has no LLC that could be asked for; Ethernet and IEEE 802.11 do.`,
      );
    return and(this.#position.hasHeader, llc(kind, this.#position.places, format));
  }

  #wlan(node: WlanNode): Condition {
    if (this.#position.layer.addresses !== 'wlan')
      throw this.#position.fail(
        node,
        `${node.asked} is of IEEE 802.11: ${this.#position.layer.name} has no such headers.`,
      );
    const { header } = this.#position.places;
    switch (node.asked) {
      case 'type':
        return isWlanType(header, node.value);
      case 'subtype':
        return isWlanSubtype(header, node.value);
      case 'dir':
        return isWlanDirection(header, node.value);
    }
  }

  #relation(relation: string, left: Arithmetic, right: Arithmetic): Condition {
    const [a, b] = [this.#arithmetic(left), this.#arithmetic(right)];
    return related(relation, a, b, this.#length, (place, reason) => this.#position.fail(place, reason));
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
        if (this.#kernel && this.#position.layer === KERNEL_COOKED)
          throw this.#position.fail(node, 'A capture on any has no link header whose octets could be read.');
        return octets(this.#position.places.header, ALWAYS);
      case 'radio':
        if (!this.#link.radio)
          throw this.#position.fail(
            node,
            `${this.#link.name} has nothing before it that a radio says (radiotap, Prism, AVS).`,
          );
        return octets(at(0), ALWAYS);
      case 'icmp6':
        // Only behind a header without extensions, whose length is fixed.
        return octets(
          plus(this.#position.network, IPV6_HEADER),
          and(this.#position.type(IPV6, node), equals(plus(this.#position.network, 6), 1, IP_NUMBERS.icmp6)),
        );
      case 'ah':
      case 'esp':
        throw this.#position.fail(node, `Octets of ${protocol} cannot be read by name; ip[...] reads them.`);
      default: {
        if ((etherTypeOfWord(protocol) ?? 0) > GREATEST_LENGTH)
          return octets(this.#position.network, this.#protocol(protocol, node));
        const number = ipNumberOfWord(protocol);
        if (number === undefined)
          throw this.#position.fail(node, `Octets of ${protocol} cannot be read by name; link[...] reads them.`);
        return octets(this.#position.network, and(this.#position.over4(number, node), this.#position.isWhole()), true);
      }
    }
  }
}
