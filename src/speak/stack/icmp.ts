/**
 * A host's ICMP: answers echo requests, says when a packet could not be delivered here, and passes on what others say of ours.
 * Not here: what a connection or a socket makes of that (icmp-errors.ts, datagrams.ts). Read first: RFC 792; RFC 1122 §3.2.2; RFC 1812 §4.3.2.8 (rate limit).
 */
import type { PosixCode } from '../../core/errors.ts';
import type { Ranges } from '../../core/ranges.ts';
import type { Micros } from '../../core/time.ts';
import type { Ipv4 } from '../../wire/address.ts';
import { finish, sum, verifies } from '../../wire/checksum.ts';
import type { Frame } from '../../wire/frame.ts';
import * as icmp from '../../wire/icmp.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as tcp from '../../wire/tcp.ts';
import * as udp from '../../wire/udp.ts';
import type { ArrivedPacket } from './arrived-packet.ts';
import { IP_AT } from './frame-layout.ts';
import type { Host } from './host.ts';
import type { QuotedSegment } from './icmp-errors.ts';
import { IcmpOutput } from './icmp-output.ts';

/** How much ICMP a host sends. */
export interface IcmpOptions {
  /** Errors a second in the long run and at once, at the most: about two thirds of them, by chance; 0 to 10^9 each; defaults 1,000 and 50. */
  errorsPerSecond: number;
  errorsAtOnce: number;
  /** Echo replies a second in the long run and at once, 0 to 10^9 each; defaults 10,000 and 1,000. */
  repliesPerSecond: number;
  repliesAtOnce: number;
}

/** The defaults of `IcmpOptions`. */
export const DEFAULT_ICMP_OPTIONS: Readonly<IcmpOptions> = {
  errorsPerSecond: 1_000,
  errorsAtOnce: 50,
  repliesPerSecond: 10_000,
  repliesAtOnce: 1_000,
};

/** The most that any of them may be. */
const MOST = 1_000_000_000;

/** The ranges of `IcmpOptions`. */
export const ICMP_RANGES: Ranges<IcmpOptions> = {
  prefix: 'icmp.',
  whole: {
    errorsPerSecond: [0, MOST],
    errorsAtOnce: [0, MOST],
    repliesPerSecond: [0, MOST],
    repliesAtOnce: [0, MOST],
  },
};

const ICMP_AT = IP_AT + ipv4.HEADER;

/** The longest packet an error makes (RFC 1812 §4.3.2.3). */
const LONGEST_ERROR = 576;

/**
 * What the codes of DESTINATION_UNREACHABLE mean to a program, as Linux has them (RFC 1812 §5.2.7.1 names them). FRAGMENTATION_NEEDED is told of datagrams only: segments
 * become shorter.
 */
const UNREACHABLE: readonly PosixCode[] = [
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENOPROTOOPT',
  'ECONNREFUSED',
  'EMSGSIZE',
  'EOPNOTSUPP',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENONET',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EHOSTUNREACH',
  'EHOSTUNREACH',
  'EHOSTUNREACH',
];

/** Codes that do not speak of a way that may be mended, as Linux has it. */
const LASTING: ReadonlySet<number> = new Set([2, 3, 6, 7, 8, 9, 10, 13, 14, 15]);

/** What an error message means to a program; undefined for one that says nothing of the kind. */
function meaningOf(type: number, code: number): PosixCode | undefined {
  if (type === icmp.DESTINATION_UNREACHABLE) return UNREACHABLE[code];
  if (type === icmp.TIME_EXCEEDED && code < 2) return 'EHOSTUNREACH';
  return type === icmp.PARAMETER_PROBLEM ? 'EPROTO' : undefined;
}

/** Messages that nobody answers with an error. */
const isErrorOrRedirect = (type: number): boolean =>
  isError(type) || type === icmp.REDIRECT || type === icmp.SOURCE_QUENCH;

const isError = (type: number): boolean =>
  type === icmp.DESTINATION_UNREACHABLE || type === icmp.TIME_EXCEEDED || type === icmp.PARAMETER_PROBLEM;

/** The ICMP of a host. */
export class Icmp {
  readonly #host: Host;
  readonly #output: IcmpOutput;

  constructor(host: Host, options: IcmpOptions) {
    this.#host = host;
    this.#output = new IcmpOutput(host, ipv4.HEADER, options);
  }

  /** A message for this host. */
  arrives(packet: ArrivedPacket, now: Micros): void {
    const { counters } = this.#host;
    const { at, end } = packet;
    const { view } = packet.frame;
    if (icmp.locate(view, at, end) < 0) counters.icmpMalformed++;
    else if (!verifies(sum(view, at, end - at))) counters.icmpBadChecksum++;
    // From nobody: there is nobody to answer.
    else if (icmp.type(view, at) === icmp.ECHO_REQUEST && packet.unicast && packet.source !== 0)
      this.#reply(packet, now);
    else if (icmp.type(view, at) === icmp.ECHO_REPLY && packet.unicast) this.#host.echoes.arrives(packet, now);
    else if (isError(icmp.type(view, at))) {
      counters.icmpErrorsIn++;
      this.tell(view, at + icmp.HEADER, end, icmp.type(view, at), icmp.code(view, at), false, now);
    }
    //= RFC 9293 §3.9.2.2 MUST-55: a Source Quench among them
    else counters.icmpIgnored++;
  }

  /** A packet cannot be delivered here, or passed on: its sender is told, unless RFC 1122 §3.2.2 forbids it. */
  unreachable(packet: ArrivedPacket, code: number, now: Micros): void {
    this.error(packet, icmp.DESTINATION_UNREACHABLE, code, 0, now);
  }

  /**
   * Tells the sender of a packet what is wrong with it, unless RFC 1122 §3.2.2 forbids it.
   * @param rest the last four octets of the message's header
   */
  error(packet: ArrivedPacket, type: number, code: number, rest: number, now: Micros): void {
    const { iface, ip, end } = packet;
    const { view } = packet.frame;
    const source = packet.source as Ipv4;
    if (ipv4.fragmentOffset(view, ip) !== 0 || source === 0 || source >>> 28 >= 14 || iface.isBroadcast(source)) return;
    //= RFC 1122 §3.2.2: never about an error
    if (ipv4.protocol(view, ip) === ipv4.ICMP && (end - packet.at < 1 || isErrorOrRedirect(icmp.type(view, packet.at))))
      return;
    const frame = this.#output.error(packet, type, code, rest, LONGEST_ERROR, now);
    if (frame !== undefined) this.#answer(packet, frame, now);
  }

  /**
   * A packet of ours, quoted in `[at, end)`, did not arrive: whoever sent it is told.
   * @param certain we found that out ourselves, by asking a neighbour in vain
   */
  tell(view: DataView, at: number, end: number, type: number, code: number, certain: boolean, now: Micros): void {
    const host = this.#host;
    const ports = ipv4.locate(view, at, end);
    if (ports < 0 || end - ports < 8 || !host.isLocal(ipv4.source(view, at))) {
      host.counters.icmpMalformed++;
      return;
    }
    //= RFC 9293 §3.9.2.2 MUST-54: by the ends in the packet that is quoted
    const quoted: QuotedSegment = {
      local: ipv4.source(view, at),
      localPort: udp.sourcePort(view, ports),
      remote: ipv4.destination(view, at),
      remotePort: udp.destinationPort(view, ports),
      seq: tcp.seq(view, ports),
    };
    const protocol = ipv4.protocol(view, at);
    const unreachable = type === icmp.DESTINATION_UNREACHABLE;
    if (unreachable && code === icmp.FRAGMENTATION_NEEDED) {
      // The size stands in the message's header, before the packet that is quoted.
      const mtu = icmp.nextHopMtu(view, at - icmp.HEADER);
      if (protocol === ipv4.TCP) host.tcp.icmpErrors.tooLong(quoted, mtu, now);
      else if (protocol === ipv4.UDP) host.udp.tooLong(quoted, mtu, now);
      else if (protocol === ipv4.ICMP) host.echoes.tooLong(quoted.remote, view, ports, mtu, now);
      return;
    }
    const meaning = meaningOf(type, code);
    if (meaning === undefined) {
      host.counters.icmpIgnored++;
      return;
    }
    //= RFC 9293 §3.9.2.2 SHLD-26: no such protocol, no such port
    const hard = certain || (unreachable && (code === icmp.PORT_UNREACHABLE || code === icmp.PROTOCOL_UNREACHABLE));
    if (protocol === ipv4.TCP)
      host.tcp.icmpErrors.unreachable(quoted, { code: meaning, hard, icmpType: type, icmpCode: code }, now);
    else if (protocol === ipv4.UDP)
      host.udp.unreachable(quoted, meaning, unreachable ? LASTING.has(code) : type === icmp.PARAMETER_PROBLEM);
    else if (protocol === ipv4.ICMP && icmp.type(view, ports) === icmp.ECHO_REQUEST)
      host.echoes.unreachable(quoted.remote, view, ports, meaning);
  }

  #reply(packet: ArrivedPacket, now: Micros): void {
    const frame = this.#output.reply(packet, icmp.ECHO_REPLY, now);
    if (frame === undefined) return;
    this.#host.echoes.replying(packet.source, icmp.rest(frame.view, ICMP_AT), frame.length);
    this.#answer(packet, frame, now, true);
  }

  /**
   * Sends the message in `frame` to whom `packet` is from: from where that was going, if that is here.
   * @param isReply it may be long, and goes as echoes do
   */
  #answer(packet: ArrivedPacket, frame: Frame, now: Micros, isReply = false): void {
    const { view, length } = frame;
    const source = packet.source as Ipv4;
    view.setUint16(ICMP_AT + 2, finish(sum(view, ICMP_AT, length)));
    const back = this.#host.interfaceTowards(source, packet.iface);
    const from = packet.unicast ? (packet.destination as Ipv4) : packet.iface.address || back.address;
    const mtu = isReply ? this.#host.echoes.pathMtu(back, source, now) : back.mtuFor(source);
    this.#host.sendFitting(back, frame, from, source, ipv4.ICMP, length, now, mtu);
  }
}
