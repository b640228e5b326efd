/** A host's UDP: ports, a bounded queue of datagrams for each socket, and what ICMP says of those sent. Read first: RFC 768; RFC 1122 §4.1. */
import type { PosixCode } from '../../core/errors.ts';
import type { Random } from '../../core/random.ts';
import type { Micros } from '../../core/time.ts';
import type { Ipv4 } from '../../wire/address.ts';
import { finish, fold, pseudoHeader4, sum, sumOf, verifies } from '../../wire/checksum.ts';
import * as icmp from '../../wire/icmp.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as udp from '../../wire/udp.ts';
import type { ArrivedPacket } from './arrived-packet.ts';
import type { Host } from './host.ts';
import type { QuotedEnds } from './icmp-errors.ts';
import { type Interface, IP_AT } from './interface.ts';
import { type Bound, Ports } from './ports.ts';

const UDP_AT = IP_AT + ipv4.HEADER;

/** How much waits for the program behind a UDP socket. */
export interface DatagramOptions {
  /** The most octets; default 262,144. */
  receiveBuffer: number;
  /** The most datagrams; default 1,024. */
  receiveDatagrams: number;
}

/** The defaults of `DatagramOptions`. */
export const DEFAULT_DATAGRAM_OPTIONS: Readonly<DatagramOptions> = { receiveBuffer: 262_144, receiveDatagrams: 1_024 };

/** A datagram that has arrived. */
export interface Datagram {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly address: Ipv4;
  readonly port: number;
}

/** A port with a queue. */
export class DatagramQueue implements Bound {
  address: Ipv4;
  readonly port: number;
  readonly reuse = false;
  readonly listening = false;
  /** The one that is listened to and sent to; port 0: everybody. */
  remoteAddress: Ipv4 = 0;
  remotePort = 0;
  /** What ICMP said of a datagram sent to the one we are connected to; the next call reports it. */
  error: PosixCode | undefined = undefined;
  /** Called when a datagram or an error has come. */
  onArrival: () => void = () => {};
  readonly options: DatagramOptions;
  readonly #waiting: Datagram[] = [];
  #octets = 0;

  constructor(address: Ipv4, port: number, options: DatagramOptions) {
    this.address = address;
    this.port = port;
    this.options = options;
  }

  /** How many datagrams wait. */
  get count(): number {
    return this.#waiting.length;
  }

  /** Whether a datagram from there is listened to. */
  isFrom(address: Ipv4, port: number): boolean {
    return this.remotePort === 0 || (this.remotePort === port && this.remoteAddress === address);
  }

  /** Takes a datagram of `bytes[from, to)` in; false when it does not fit. */
  add(bytes: Uint8Array, from: number, to: number, address: Ipv4, port: number): boolean {
    const { receiveBuffer, receiveDatagrams } = this.options;
    if (this.#waiting.length >= receiveDatagrams || this.#octets + (to - from) > receiveBuffer) return false;
    this.#waiting.push({ bytes: bytes.slice(from, to) as Uint8Array<ArrayBuffer>, address, port });
    this.#octets += to - from;
    this.onArrival();
    return true;
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
      udp.checksum(view, at) !== 0 &&
      !verifies(sumOf(frame, at, stop - at, pseudoHeader4(source, destination, ipv4.UDP, stop - at)))
    ) {
      counters.udpBadChecksum++;
      return;
    }
    const port = udp.sourcePort(view, at);
    const queue = this.#find(destination, udp.destinationPort(view, at), source, port);
    if (queue !== undefined) {
      if (queue.add(frame.bytes, dataAt, stop, source, port)) counters.udpIn++;
      else counters.udpQueueFull++;
      return;
    }
    counters.udpNoPort++;
    if (packet.unicast) this.#host.icmp.unreachable(packet, icmp.PORT_UNREACHABLE, now);
  }

  /** Sends `bytes`. False when no frame is free: the datagram is lost. */
  send(
    iface: Interface,
    from: Ipv4,
    fromPort: number,
    to: Ipv4,
    toPort: number,
    bytes: Uint8Array,
    now: Micros,
  ): boolean {
    const host = this.#host;
    const length = udp.HEADER + bytes.length;
    const frame = host.frames.takeFor(ipv4.HEADER + length);
    if (frame === undefined) {
      host.counters.ipNoFrame++;
      return false;
    }
    const { view } = frame;
    frame.bytes.set(bytes, udp.emit(view, UDP_AT, fromPort, toPort, bytes.length));
    const pseudo = pseudoHeader4(from, to, ipv4.UDP, length);
    if (iface.port.checksumOffload) {
      frame.checksum = 'partial';
      view.setUint16(UDP_AT + 6, fold(pseudo));
    } else {
      // A sum of zero is sent as all ones: zero means that there is none (RFC 768).
      view.setUint16(UDP_AT + 6, finish(sum(view, UDP_AT, length, pseudo)) || 0xffff);
    }
    host.counters.udpOut++;
    host.transmit(iface, frame, from, to, ipv4.UDP, length, iface.nextHop(to), now);
    return true;
  }

  /** A datagram of ours did not arrive: a socket that is connected to that end is told (RFC 1122 §4.1.3.3). */
  unreachable({ local, localPort, remote, remotePort }: QuotedEnds, code: PosixCode): void {
    for (const queue of this.ports.at(localPort)) {
      if (queue.address !== 0 && queue.address !== local) continue;
      if (queue.remotePort !== remotePort || queue.remoteAddress !== remote) continue;
      queue.error = code;
      queue.onArrival();
    }
  }

  /** The socket a datagram is for: the one connected to its sender, else the one bound to its address, else to all. */
  #find(address: Ipv4, port: number, source: Ipv4, sourcePort: number): DatagramQueue | undefined {
    let best: DatagramQueue | undefined;
    let bestRank = -1;
    for (const queue of this.ports.at(port)) {
      if (queue.address !== 0 && queue.address !== address) continue;
      if (!queue.isFrom(source, sourcePort)) continue;
      const rank = (queue.remotePort !== 0 ? 2 : 0) + (queue.address !== 0 ? 1 : 0);
      if (rank > bestRank) {
        best = queue;
        bestRank = rank;
      }
    }
    return best;
  }
}
