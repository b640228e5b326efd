/**
 * A host's ICMPv6: answers echo requests, says when a packet could not be delivered here or passed on, hands neighbour discovery to the interface it came by, and passes on
 * what others say of packets of ours. Not here: neighbour discovery itself (neighbour-discovery.ts, autoconfiguration.ts), what a connection makes of an error
 * (icmp-errors.ts). Read first: RFC 4443 §2.4 (when errors are sent, and heeded), §3-4; RFC 4861 §6.1, §7.1 (what is believed).
 */
import type { PosixCode } from '../../core/errors.ts';
import type { Micros } from '../../core/time.ts';
import { finish, pseudoHeader, sum, verifies } from '../../wire/checksum.ts';
import type { Frame } from '../../wire/frame.ts';
import * as icmp from '../../wire/icmp.ts';
import * as icmpv6 from '../../wire/icmpv6.ts';
import { type Ipv6, ipv6At } from '../../wire/ip-address.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as extensions from '../../wire/ipv6-extensions.ts';
import * as tcp from '../../wire/tcp.ts';
import * as udp from '../../wire/udp.ts';
import type { ArrivedPacket } from './arrived-packet.ts';
import { IP_AT } from './frame-layout.ts';
import type { Host } from './host.ts';
import type { IcmpOptions } from './icmp.ts';
import type { QuotedSegment } from './icmp-errors.ts';
import { IcmpOutput } from './icmp-output.ts';
import type { Interface } from './interface.ts';
import { HOP_LIMIT } from './neighbour-discovery.ts';

const ICMP_AT = IP_AT + ipv6.HEADER;

/** What the codes of DESTINATION_UNREACHABLE mean to a program, as Linux has them. */
const UNREACHABLE: readonly PosixCode[] = [
  'ENETUNREACH',
  'EACCES',
  'EHOSTUNREACH',
  'EHOSTUNREACH',
  'ECONNREFUSED',
  'EACCES',
  'EACCES',
];

/** Codes that do not speak of a way that may be mended, as Linux has it. */
const LASTING: ReadonlySet<number> = new Set([1, 4, 5, 6]);

/** What an error means to a program; undefined for one that says nothing of the kind. */
function meaningOf(type: number, code: number): PosixCode | undefined {
  if (type === icmpv6.DESTINATION_UNREACHABLE) return UNREACHABLE[code];
  if (type === icmpv6.TIME_EXCEEDED) return 'EHOSTUNREACH';
  return type === icmpv6.PARAMETER_PROBLEM ? 'EPROTO' : undefined;
}

/** The ICMPv6 of a host. */
export class Icmp6 {
  readonly #host: Host;
  readonly #output: IcmpOutput;
  readonly #chain = extensions.makeChain();

  constructor(host: Host, options: IcmpOptions) {
    this.#host = host;
    this.#output = new IcmpOutput(host, ipv6.HEADER, options);
  }

  /** A message for this host. */
  arrives(packet: ArrivedPacket, now: Micros): void {
    const { counters } = this.#host;
    const { at, end, frame, source } = packet;
    const { view } = frame;
    if (icmp.locate(view, at, end) < 0) {
      counters.icmpMalformed++;
      return;
    }
    if (!verifies(sum(view, at, end - at, packet.pseudoHeader(ipv6.ICMPV6, end - at)))) {
      counters.icmpBadChecksum++;
      return;
    }
    const type = icmp.type(view, at);
    if (type >= icmpv6.ROUTER_SOLICITATION && type <= icmpv6.REDIRECT) return this.#discovery(packet, type, now);
    // Nothing else comes from ourselves by a wire.
    if (!packet.iface.isLoopback && this.#host.isLocal(source)) counters.ipMartian++;
    else if (type === icmpv6.ECHO_REQUEST && packet.unicast && !(source as Ipv6).isUnspecified)
      this.#reply(packet, now);
    else if (type === icmpv6.ECHO_REPLY && packet.unicast) this.#host.echoes.arrives(packet, now);
    else if (type >= icmpv6.DESTINATION_UNREACHABLE && type <= icmpv6.PARAMETER_PROBLEM) {
      counters.icmpErrorsIn++;
      this.tell(packet.iface, view, at + icmpv6.HEADER, end, type, icmp.code(view, at), false, now);
    } else if (type === icmpv6.LISTENER_QUERY && packet.iface.ipv6?.listener !== undefined)
      packet.iface.ipv6.listener.queried(packet, now);
    else counters.icmpIgnored++;
  }

  /** Nobody here has the port. */
  portUnreachable(packet: ArrivedPacket, now: Micros): void {
    this.error(packet, icmpv6.DESTINATION_UNREACHABLE, icmpv6.PORT_UNREACHABLE, 0, now);
  }

  /** Something in a packet's headers is not understood. `pointer` counts from the IPv6 header on. */
  parameterProblem(packet: ArrivedPacket, code: number, pointer: number, now: Micros): void {
    this.error(packet, icmpv6.PARAMETER_PROBLEM, code, pointer, now);
  }

  /** The rest of a packet did not come in time. */
  reassemblyTimeExceeded(packet: ArrivedPacket, now: Micros): void {
    this.error(packet, icmpv6.TIME_EXCEEDED, icmpv6.REASSEMBLY_TIME, 0, now);
  }

  /**
   * Tells the sender of a packet what is wrong with it, unless RFC 4443 §2.4 (e) forbids it.
   * @param rest the last four octets of the message's header
   */
  error(packet: ArrivedPacket, type: number, code: number, rest: number, now: Micros): void {
    const { iface, ip, end } = packet;
    const { view } = packet.frame;
    const host = this.#host;
    const source = packet.source as Ipv6;
    const destination = packet.destination as Ipv6;
    //= RFC 4443 §2.4 (e.3): a packet for many is answered only where its own option asks for it
    const forMany = destination.isMulticast && !(type === icmpv6.PARAMETER_PROBLEM && code === icmpv6.UNKNOWN_OPTION);
    if (source.isUnspecified || source.isMulticast || forMany || this.#isError(view, ip, end)) return;
    const back = host.interfaceTowards(source, iface);
    const from = packet.unicast ? destination : (back.ipv6?.addresses.select(source) ?? undefined);
    if (from === undefined) return;
    const frame = this.#output.error(packet, type, code, rest, icmpv6.LONGEST_ERROR, now);
    if (frame !== undefined) this.#send(back, frame, from, source, now);
  }

  /**
   * A packet of ours, quoted in `[at, end)`, did not arrive: whoever sent it is told.
   * @param iface by which we hear it
   * @param certain we found that out ourselves, by asking a neighbour in vain
   */
  tell(
    iface: Interface,
    view: DataView,
    at: number,
    end: number,
    type: number,
    code: number,
    certain: boolean,
    now: Micros,
  ): void {
    const host = this.#host;
    const ports = ipv6.locate(view, at, end) < 0 ? -1 : this.#upperLayer(view, at, end);
    const local = ports < 0 ? undefined : ipv6At(view, ipv6.sourceAt(at), iface.zone);
    if (local === undefined || end - ports < 8 || !host.isLocal(local)) {
      host.counters.icmpMalformed++;
      return;
    }
    const protocol = this.#chain.next;
    //= RFC 9293 §3.9.2.2 MUST-54: by the ends in the packet that is quoted
    const quoted: QuotedSegment = {
      local,
      localPort: udp.sourcePort(view, ports),
      remote: ipv6At(view, ipv6.destinationAt(at), iface.zone),
      remotePort: udp.destinationPort(view, ports),
      seq: tcp.seq(view, ports),
    };
    if (type === icmpv6.PACKET_TOO_BIG) {
      const mtu = icmpv6.mtu(view, at - icmpv6.HEADER);
      if (protocol === ipv6.TCP) host.tcp.icmpErrors.tooLong(quoted, mtu, now);
      else if (protocol === ipv6.UDP) host.udp.tooLong(quoted, mtu, now);
      else if (protocol === ipv6.ICMPV6) host.echoes.tooLong(quoted.remote, view, ports, mtu, now);
      return;
    }
    const meaning = meaningOf(type, code);
    if (meaning === undefined) {
      host.counters.icmpIgnored++;
      return;
    }
    const hard =
      certain ||
      (type === icmpv6.DESTINATION_UNREACHABLE && code === icmpv6.PORT_UNREACHABLE) ||
      (type === icmpv6.PARAMETER_PROBLEM && code === icmpv6.UNKNOWN_NEXT_HEADER);
    if (protocol === ipv6.TCP)
      host.tcp.icmpErrors.unreachable(quoted, { code: meaning, hard, icmpType: type, icmpCode: code }, now);
    else if (protocol === ipv6.UDP) {
      const lasting = type === icmpv6.DESTINATION_UNREACHABLE ? LASTING.has(code) : type === icmpv6.PARAMETER_PROBLEM;
      host.udp.unreachable(quoted, meaning, lasting);
    } else if (protocol === ipv6.ICMPV6 && icmp.type(view, ports) === icmpv6.ECHO_REQUEST)
      host.echoes.unreachable(quoted.remote, view, ports, meaning);
  }

  /** Where the header behind the extension headers of a quoted packet begins, its number in `#chain.next`; -1 when it is not there. */
  #upperLayer(view: DataView, ip: number, end: number): number {
    const chain = this.#chain;
    extensions.walk(view, ip, end, chain);
    if (chain.end === extensions.CHAIN.FRAGMENT && extensions.fragmentOffset(view, chain.at) === 0) {
      chain.next = view.getUint8(chain.at);
      return chain.at + extensions.FRAGMENT_HEADER;
    }
    return chain.end === extensions.CHAIN.COMPLETE ? chain.at : -1;
  }

  /** Whether a packet is an error, or a redirect: nobody answers it with another. */
  #isError(view: DataView, ip: number, end: number): boolean {
    const at = this.#upperLayer(view, ip, end);
    if (at < 0 || this.#chain.next !== ipv6.ICMPV6) return false;
    return at >= end || icmp.type(view, at) < icmpv6.ECHO_REQUEST || icmp.type(view, at) === icmpv6.REDIRECT;
  }

  /** A message of neighbour discovery; only from this very link. */
  #discovery(packet: ArrivedPacket, type: number, now: Micros): void {
    const { counters } = this.#host;
    const { frame, ip, iface } = packet;
    //= RFC 4861 §7.1: no router has passed it on
    if (ipv6.hopLimit(frame.view, ip) !== HOP_LIMIT || iface.ipv6 === undefined || iface.isLoopback) {
      counters.icmpMalformed++;
      return;
    }
    const { discovery, autoconfiguration } = iface.ipv6;
    if (type === icmpv6.NEIGHBOUR_SOLICITATION) discovery.solicited(packet, now);
    else if (type === icmpv6.NEIGHBOUR_ADVERTISEMENT) discovery.advertised(packet, now);
    else if (type === icmpv6.ROUTER_ADVERTISEMENT) autoconfiguration.advertised(packet, now);
    // Redirects are not followed: anybody on the link could turn anything. Nor do we advertise.
    else counters.icmpIgnored++;
  }

  #reply(packet: ArrivedPacket, now: Micros): void {
    const frame = this.#output.reply(packet, icmpv6.ECHO_REPLY, now);
    if (frame === undefined) return;
    const source = packet.source as Ipv6;
    this.#host.echoes.replying(source, icmp.rest(frame.view, ICMP_AT), frame.length);
    const back = this.#host.interfaceTowards(source, packet.iface);
    const mtu = this.#host.echoes.pathMtu(back, source, now);
    this.#send(back, frame, packet.destination as Ipv6, source, now, mtu);
  }

  /** Sends the message in `frame`, in fragments where it is longer than `mtu`. */
  #send(iface: Interface, frame: Frame, from: Ipv6, to: Ipv6, now: Micros, mtu: number = iface.mtuFor(to)): void {
    const { view, length } = frame;
    view.setUint16(ICMP_AT + 2, 0);
    view.setUint16(ICMP_AT + 2, finish(sum(view, ICMP_AT, length, pseudoHeader(from, to, ipv6.ICMPV6, length))));
    this.#host.sendFitting(iface, frame, from, to, ipv6.ICMPV6, length, now, mtu);
  }
}
