/** What a filter's word with a value asks: hosts, networks, ports and numbers of protocols. Not here: names and numbers of these (identifiers.ts), where it looks (position.ts). */
import type { FilterError, Place } from '../filter-error.ts';
import { ALWAYS, and, type Condition, not, or, type Step } from './assemble.ts';
import { inChain } from './header-chain.ts';
import { etherTypeOf, ipProtocolOf, networkOf, osiProtocolOf, portOf, portsOf } from './identifiers.ts';
import { JEQ, JGE, JGT } from './instruction.ts';
import { hardwareHost as hardware } from './link-conditions.ts';
import { IPV4, IPV6 } from './link-layer.ts';
import { behindIpv4, equals, IPV6_HEADER, load, masked, plus } from './load.ts';
import { IP_NUMBERS } from './names.ts';
import type { Position } from './position.ts';
import {
  type Direction,
  type EndDirection,
  type Identifier,
  isOfEnd,
  type ProtocolWord,
  type Qualifiers,
} from './syntax.ts';

const ARP = 0x0806;
const RARP = 0x8035;

/** Protocols over OSI's network layer by their first octet. */
const ISIS = 0x83;

/** The condition of a word with its value. */
export function primitive(
  position: Position,
  { protocol, direction, kind }: Qualifiers,
  identifier: Identifier,
  place: Place,
): Condition {
  const fail = (reason: string, suggestion?: string): FilterError => position.fail(identifier, reason, suggestion);
  switch (kind) {
    case 'port':
    case 'portrange': {
      const numbers = transports(position, protocol, kind, place);
      const [low, high] = kind === 'port' ? portOf(identifier, fail) : portsOf(identifier, fail);
      return ports(position, numbers, ends(position, direction, place), low, high, place);
    }
    case 'proto':
    case 'protochain':
      if (direction !== undefined) throw position.fail(place, `${direction} means nothing before ${kind}.`);
      return kind === 'proto'
        ? protocolNumber(position, protocol, identifier, place)
        : chain(position, protocol, identifier, place);
    default:
      if (identifier.type === 'mac' || protocol === 'ether' || protocol === 'link')
        return hardwareHost(position, protocol, kind ?? 'host', direction, identifier, place);
      return host(position, protocol, kind ?? 'host', ends(position, direction, place), identifier, place);
  }
}

/** A direction that is one of an end: addresses of IEEE 802.11 by what they are for, or by their place, are of hardware. */
function ends(position: Position, direction: Direction | undefined, place: Place): EndDirection | undefined {
  if (isOfEnd(direction)) return direction;
  throw position.fail(place, `${direction} is an address of IEEE 802.11: write wlan ${direction} and the address.`);
}

function transports(
  position: Position,
  protocol: ProtocolWord | undefined,
  kind: string,
  place: Place,
): readonly number[] {
  if (protocol === undefined) return [IP_NUMBERS.tcp, IP_NUMBERS.udp, IP_NUMBERS.sctp];
  if (protocol === 'tcp' || protocol === 'udp' || protocol === 'sctp') return [IP_NUMBERS[protocol]];
  throw position.fail(place, `${protocol} has no ports: ${kind} goes with tcp, udp, sctp or nothing before it.`);
}

function ports(
  position: Position,
  numbers: readonly number[],
  direction: EndDirection | undefined,
  low: number,
  high: number,
  place: Place,
): Condition {
  const network = position.network;
  const between = (steps: readonly Step[]): Condition =>
    low === high
      ? { kind: 'test', steps, jump: JEQ, k: low }
      : and({ kind: 'test', steps, jump: JGE, k: low }, not({ kind: 'test', steps, jump: JGT, k: high }));
  const carried = (offset: number): Condition =>
    or(...numbers.map((number) => equals(plus(network, offset), 1, number)));
  const behind6 = (offset: number): readonly Step[] => load(plus(network, IPV6_HEADER + offset), 2);
  const six = and(position.type(IPV6, place), carried(6), either(direction, between(behind6(0)), between(behind6(2))));
  const four = and(
    position.type(IPV4, place),
    carried(9),
    position.isWhole(),
    either(direction, between(behindIpv4(network, 0, 2)), between(behindIpv4(network, 2, 2))),
  );
  return or(four, six);
}

function protocolNumber(
  position: Position,
  protocol: ProtocolWord | undefined,
  identifier: Identifier,
  place: Place,
): Condition {
  const fail = (reason: string, suggestion?: string): FilterError => position.fail(identifier, reason, suggestion);
  switch (protocol) {
    case 'ether':
    case 'link':
      return position.type(etherTypeOf(identifier, fail), place);
    case 'ip':
      return position.over4(ipProtocolOf(identifier, fail), place);
    case 'ip6':
      return position.over6(ipProtocolOf(identifier, fail), place);
    case 'iso':
      return position.osi({ protocol: osiProtocolOf(identifier, fail) }, place);
    case 'isis':
      if (identifier.type !== 'number' || identifier.value > 0xff)
        throw fail('After isis proto comes the number of a kind of PDU: isis proto 18.');
      return position.osi({ protocol: ISIS, kinds: [identifier.value] }, place);
    case undefined: {
      const number = ipProtocolOf(identifier, fail);
      return or(position.over4(number, place), position.over6(number, place));
    }
    default:
      throw position.fail(
        place,
        `${protocol} proto does not exist; there are proto, ip proto, ip6 proto, ether proto, iso proto and isis proto.`,
      );
  }
}

function chain(
  position: Position,
  protocol: ProtocolWord | undefined,
  identifier: Identifier,
  place: Place,
): Condition {
  if (protocol !== undefined && protocol !== 'ip' && protocol !== 'ip6')
    throw position.fail(place, `${protocol} protochain does not exist; there are protochain, ip and ip6 protochain.`);
  const number = ipProtocolOf(identifier, (reason, suggestion) => position.fail(identifier, reason, suggestion));
  const four = (): Condition => and(position.type(IPV4, place), inChain(number, position.network, true));
  const six = (): Condition => and(position.type(IPV6, place), inChain(number, position.network, false));
  if (protocol === undefined) return or(four(), six());
  return protocol === 'ip' ? four() : six();
}

function hardwareHost(
  position: Position,
  protocol: ProtocolWord | undefined,
  kind: string,
  direction: Direction | undefined,
  identifier: Identifier,
  place: Place,
): Condition {
  if (identifier.type !== 'mac')
    throw position.fail(identifier, `After ether ${kind} comes a hardware address: 02:00:00:00:00:01.`);
  if (protocol !== 'ether' && protocol !== 'link')
    throw position.fail(place, 'A hardware address needs ether before it: ether host 02:00:00:00:00:01.');
  if (kind !== 'host') throw position.fail(place, `A hardware address is a host, no ${kind}.`);
  const { addresses, name } = position.layer;
  if (addresses === undefined) throw position.fail(place, `${name} has no hardware addresses of both ends.`);
  const { header } = position.places;
  if (addresses === 'wlan') return hardware(addresses, header, direction, identifier.value, either);
  return and(
    position.hasHeader,
    hardware(addresses, header, ends(position, direction, place), identifier.value, either),
  );
}

function host(
  position: Position,
  protocol: ProtocolWord | undefined,
  kind: 'host' | 'net',
  direction: EndDirection | undefined,
  identifier: Identifier,
  place: Place,
): Condition {
  const fail = (reason: string, suggestion?: string): FilterError => position.fail(identifier, reason, suggestion);
  if (protocol === 'decnet') throw fail('Addresses of DECnet are not looked for; decnet alone is.');
  if (protocol !== undefined && !['ip', 'ip6', 'arp', 'rarp'].includes(protocol))
    throw position.fail(
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
            network.masks[i] === 0
              ? ALWAYS
              : masked(plus(position.network, offset + 4 * i), 4, network.masks[i]!, word),
          ),
        );
      conditions.push(and(position.type(IPV6, place), either(direction, six(8), six(24))));
      continue;
    }
    if (protocol === 'ip6') {
      if (networks.length > 1) continue;
      throw fail('An IPv4 address cannot stand in ip6.');
    }
    const four = (type: number, source: number, destination: number): Condition => {
      const is = (offset: number): Condition =>
        network.mask === 0 ? ALWAYS : masked(plus(position.network, offset), 4, network.mask, network.address);
      return and(position.type(type, place), either(direction, is(source), is(destination)));
    };
    if (protocol === undefined || protocol === 'ip') conditions.push(four(IPV4, 12, 16));
    // Behind a label only IP can be told.
    const isLabelled = position.isLabelled;
    if (protocol === 'arp' || (protocol === undefined && !isLabelled)) conditions.push(four(ARP, 14, 24));
    if (protocol === 'rarp' || (protocol === undefined && !isLabelled)) conditions.push(four(RARP, 14, 24));
  }
  return or(...conditions);
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
