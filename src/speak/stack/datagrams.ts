/** A host's UDP: ports, a bounded queue of datagrams for each socket, and what ICMP says of those sent. Read first: RFC 768; RFC 1122 §4.1. */
import type { PosixCode } from '../../core/errors.ts';
import type { Random } from '../../core/random.ts';
import { inRange, type Ranges } from '../../core/ranges.ts';
import type { Micros } from '../../core/time.ts';
import { finish, fold, pseudoHeader, sum, verifies } from '../../wire/checksum.ts';
import { sumOf } from '../../wire/frame-sum.ts';
import * as icmp from '../../wire/icmp.ts';
import { type IpAddress, sameAddress } from '../../wire/ip-address.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as udp from '../../wire/udp.ts';
import type { ArrivedPacket } from './arrived-packet.ts';
import { IP_AT } from './frame-layout.ts';
import type { Host } from './host.ts';
import type { QuotedEnds } from './icmp-errors.ts';
import type { Interface } from './interface.ts';
import { type Bound, covers, isWildcard, Ports } from './ports.ts';

/** How much waits for the program behind a UDP socket. */
export interface DatagramOptions {
  /** The most octets, 1 to 2^30; default 262,144. */
  receiveBuffer: number;
  /** The most datagrams, 1 to 2^20; default 1,024. */
  receiveDatagrams: number;
  /** Whether a connected socket is told of ICMP errors that may pass, a way that is gone for now, as RFC 1122 §4.1.3.3 wants; or only of others, as in Linux, until it asks for all (IP_RECVERR); default true. */
  passingErrors: boolean;
}

/** The defaults of `DatagramOptions`. */
export const DEFAULT_DATAGRAM_OPTIONS: Readonly<DatagramOptions> = {
  receiveBuffer: 262_144,
  receiveDatagrams: 1_024,
  passingErrors: true,
};

const RANGES: Ranges<DatagramOptions> = {
  whole: { receiveBuffer: [1, 1 << 30], receiveDatagrams: [1, 1 << 20] },
};

/**
 * `base` with what a program tells.
 * @throws TcplabError EINVAL when an option is out of its range
 */
export const datagramOptions = (
  base: Readonly<DatagramOptions>,
  options: Partial<DatagramOptions>,
): Readonly<DatagramOptions> => inRange(base, options, RANGES);

/** Bits of `allErrors`. */
export const ALL_ERRORS = { IPV4: 1, IPV6: 2 } as const;

/** A datagram that has arrived. */
export interface Datagram {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly address: IpAddress;
  readonly port: number;
}

/** A port with a queue. */
export class DatagramQueue implements Bound {
  address: IpAddress;
  /** Bound to `::`: for both versions. */
  readonly dual: boolean;
  readonly port: number;
  readonly reuse = false;
  readonly listening = false;
  /** The one that is listened to and sent to; port 0: everybody. */
  remoteAddress: IpAddress = 0;
  remotePort = 0;
  /** What ICMP said of a datagram sent; the next call reports it. */
  error: PosixCode | undefined = undefined;
  /** The versions of IP of which it is told all errors, be it connected or not: bits of ALL_ERRORS. */
  allErrors = 0;
  /** Called when a datagram or an error has come. */
  onArrival: () => void = () => {};
  readonly options: DatagramOptions;
  readonly #waiting: Datagram[] = [];
  #octets = 0;

  constructor(address: IpAddress, port: number, options: DatagramOptions, dual = false) {
    this.address = address;
    this.dual = dual;
    this.port = port;
    this.options = options;
  }

  /** How many datagrams wait. */
  get count(): number {
    return this.#waiting.length;
  }

  /** Whether a datagram from there is listened to. */
  isFrom(address: IpAddress, port: number): boolean {
    return this.remotePort === 0 || (this.remotePort === port && sameAddress(this.remoteAddress, address));
  }

  /** Takes a datagram of `bytes[from, to)` in; false when it does not fit. */
  add(bytes: Uint8Array, from: number, to: number, address: IpAddress, port: number): boolean {
    const { receiveBuffer, receiveDatagrams } = this.options;
    if (this.#waiting.length >= receiveDatagrams || this.#octets + (to - from) > receiveBuffer) return false;
    this.#waiting.push({ bytes: bytes.slice(from, to) as Uint8Array<ArrayBuffer>, address, port });
    this.#octets += to - from;
    this.onArrival();
    return true;
  }

  /** The next datagram, which goes on waiting. */
  get next(): Datagram | undefined {
    return this.#waiting[0];
  }

  /** The next datagram. */
  take(): Datagram | undefined {
    const datagram = this.#waiting.shift();
    if (datagram !== undefined) this.#octets -= datagram.bytes.length;
    return datagram;
  }
}

/** The UDP of a host. */
export class Datagrams {
  readonly ports: Ports<DatagramQueue>;
  readonly #host: Host;

  constructor(host: Host, ephemeral: readonly [number, number], random: Random) {
    this.#host = host;
    this.ports = new Ports(ephemeral, random);
  }

  /** A datagram for this host. */
  arrives(packet: ArrivedPacket, now: Micros): void {
    const { frame, at, end, source, destination } = packet;
    const { counters } = this.#host;
    const { view } = frame;
    const dataAt = udp.locate(view, at, end);
    const stop = dataAt < 0 ? 0 : udp.payloadEnd(view, at, end);
    if (dataAt < 0 || udp.length(view, at) !== stop - at) {
      counters.udpMalformed++;
      return;
    }
    if (
      frame.checksum === 'complete' &&
      //= RFC 8200 §8.1: over IPv6 there is always a checksum
      (udp.checksum(view, at) !== 0 || typeof source === 'object') &&
      !verifies(sumOf(frame, at, stop - at, packet.pseudoHeader(ipv4.UDP, stop - at)))
    ) {
      counters.udpBadChecksum++;
      return;
    }
    const port = udp.sourcePort(view, at);
    const queue = this.#find(destination, udp.destinationPort(view, at), source, port);
    if (queue !== undefined) {
      // A kernel leaves it to a link with offload to cut what it sends in one piece (UDP_SEGMENT).
      const size = frame.segmentSize > 0 ? frame.segmentSize : stop - dataAt;
      let from = dataAt;
      do {
        const to = Math.min(from + size, stop);
        if (queue.add(frame.bytes, from, to, source, port)) counters.udpIn++;
        else counters.udpQueueFull++;
        from = to;
      } while (from < stop);
      return;
    }
    counters.udpNoPort++;
    if (!packet.unicast) return;
    if (typeof source === 'number') this.#host.icmp.unreachable(packet, icmp.PORT_UNREACHABLE, now);
    else this.#host.icmp6.portUnreachable(packet, now);
  }

  /** Sends `bytes`, in fragments where a packet would be too long. False when no frame is free: the datagram is lost. */
  send(
    iface: Interface,
    from: IpAddress,
    fromPort: number,
    to: IpAddress,
    toPort: number,
    bytes: Uint8Array,
    now: Micros,
  ): boolean {
    const host = this.#host;
    const header = typeof to === 'number' ? ipv4.HEADER : ipv6.HEADER;
    const length = udp.HEADER + bytes.length;
    const frame = host.frames.takeFor(header + length);
    if (frame === undefined) {
      host.counters.ipNoFrame++;
      return false;
    }
    const { view } = frame;
    const at = IP_AT + header;
    frame.bytes.set(bytes, udp.emit(view, at, fromPort, toPort, bytes.length));
    const pseudo = pseudoHeader(from, to, ipv4.UDP, length);
    const mtu = host.pathMtu(iface, to, now);
    if (iface.port.checksumOffload && header + length <= mtu) {
      frame.checksum = 'partial';
      view.setUint16(at + 6, fold(pseudo));
    } else {
      // A sum of zero is sent as all ones: zero means that there is none (RFC 768).
      view.setUint16(at + 6, finish(sum(view, at, length, pseudo)) || 0xffff);
    }
    host.counters.udpOut++;
    return host.sendFitting(iface, frame, from, to, ipv4.UDP, length, now, mtu);
  }

  /**
   * A datagram of ours did not arrive: a socket that is connected to that end is told, and one that wants to know (IP_RECVERR). Read first: RFC 1122 §4.1.3.3.
   * @param lasting it is not the way that is gone for now
   */
  unreachable(quoted: QuotedEnds, code: PosixCode, lasting: boolean): void {
    const { local, localPort, remote, remotePort } = quoted;
    const all = typeof remote === 'number' ? ALL_ERRORS.IPV4 : ALL_ERRORS.IPV6;
    for (const queue of this.ports.at(localPort)) {
      if (!covers(queue, local) || !queue.isFrom(remote, remotePort)) continue;
      const connected = queue.remotePort !== 0 && (lasting || queue.options.passingErrors);
      if (!connected && (queue.allErrors & all) === 0) continue;
      queue.error = code;
      queue.onArrival();
    }
  }

  /** A router says that a datagram of ours was too long: those to come are cut to what it takes, if there is a socket that may have sent it, which is told. */
  tooLong(quoted: QuotedEnds, mtu: number, now: Micros): void {
    const { local, localPort, remote, remotePort } = quoted;
    const ours = this.ports.at(localPort).some((queue) => covers(queue, local) && queue.isFrom(remote, remotePort));
    if (!ours) return;
    this.#host.paths.learn(remote, mtu, now);
    this.unreachable(quoted, 'EMSGSIZE', true);
  }

  /** The socket a datagram is for: the one connected to its sender, else the one bound to its address, else to all. */
  #find(address: IpAddress, port: number, source: IpAddress, sourcePort: number): DatagramQueue | undefined {
    let best: DatagramQueue | undefined;
    let bestRank = -1;
    for (const queue of this.ports.at(port)) {
      if (!covers(queue, address)) continue;
      if (!queue.isFrom(source, sourcePort)) continue;
      const rank = (queue.remotePort !== 0 ? 2 : 0) + (isWildcard(queue.address) ? 0 : 1);
      if (rank > bestRank) {
        best = queue;
        bestRank = rank;
      }
    }
    return best;
  }
}
