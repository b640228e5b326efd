/**
 * The TCP connections that this program has over the cable, as far as the cable must know them: when the program at the other end is killed, no stack is left
 * there to say so, and a program that only waits would wait for ever. So the cable says it: a reset with the sequence number that is expected.
 *
 * Entered when the host sends a SYN, struck out when both FINs or a reset have passed. Not a connection: what TCP makes of it is the stack's.
 * Read first: RFC 9293 §3.10.7.4 (a reset is obeyed when SEG.SEQ is RCV.NXT; otherwise it is asked about, and the answer comes back as a reset too).
 */
import { finish, pseudoHeader, sum } from '../../wire/checksum.ts';
import * as ethernet from '../../wire/ethernet.ts';
import { type IpAddress, type Ipv6, ipv6At } from '../../wire/ip-address.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as tcp from '../../wire/tcp.ts';
import { findLoopbackPacket, type LoopbackPacket, makeLoopbackPacket } from './loopback-packet.ts';

/** The most connections that are kept in mind; those beyond are not told of a killed peer. */
const LIMIT = 65_536;

/** One connection, seen from this side. */
interface Conversation {
  readonly here: IpAddress;
  readonly there: IpAddress;
  readonly herePort: number;
  readonly therePort: number;
  /** The latest acknowledgement number sent; undefined while none was: a SYN is refused by the other ways. */
  ack: number | undefined;
  finSent: boolean;
  finReceived: boolean;
}

const NO_HARDWARE = new Uint8Array(6);

/** The connections of one program. */
export class Conversations {
  readonly #known = new Map<number, Conversation>();

  get size(): number {
    return this.#known.size;
  }

  /** A frame that the host sends. */
  sent(view: DataView, at: number, end: number): void {
    const packet = segmentIn(view, at, end);
    if (packet === undefined) return;
    const { ip, six, at: segment } = packet;
    const herePort = tcp.sourcePort(view, segment);
    const therePort = tcp.destinationPort(view, segment);
    const key = keyOf(six, herePort, therePort);
    const flags = tcp.flags(view, segment);
    let conversation = this.#known.get(key);
    if (flags & tcp.RST) {
      this.#known.delete(key);
      return;
    }
    if (conversation === undefined) {
      if (!(flags & tcp.SYN) || this.#known.size >= LIMIT) return;
      const here = six ? ipv6At(view, ipv6.sourceAt(ip)) : ipv4.source(view, ip);
      const there = six ? ipv6At(view, ipv6.destinationAt(ip)) : ipv4.destination(view, ip);
      conversation = { here, there, herePort, therePort, ack: undefined, finSent: false, finReceived: false };
      this.#known.set(key, conversation);
    }
    if (flags & tcp.ACK) conversation.ack = tcp.ack(view, segment);
    if (flags & tcp.FIN) {
      conversation.finSent = true;
      if (conversation.finReceived) this.#known.delete(key);
    }
  }

  /** A frame that the host is about to receive. */
  received(view: DataView, at: number, end: number): void {
    if (this.#known.size === 0) return;
    const packet = segmentIn(view, at, end);
    if (packet === undefined) return;
    const { six, at: segment } = packet;
    const flags = tcp.flags(view, segment);
    if (!(flags & (tcp.RST | tcp.FIN))) return;
    const key = keyOf(six, tcp.destinationPort(view, segment), tcp.sourcePort(view, segment));
    const conversation = this.#known.get(key);
    if (conversation === undefined) return;
    if (flags & tcp.FIN) conversation.finReceived = true;
    if (flags & tcp.RST || conversation.finSent) this.#known.delete(key);
  }

  /** A port of this program is no longer in use. */
  released(port: number): void {
    for (const [key, conversation] of this.#known) if (conversation.herePort === port) this.#known.delete(key);
  }

  /** The ports at the other ends. */
  peers(): Set<number> {
    return new Set([...this.#known.values()].map((conversation) => conversation.therePort));
  }

  /** The program that had `port` is gone: one reset frame for each connection with it, which are forgotten. */
  resets(port: number): Uint8Array[] {
    const frames: Uint8Array[] = [];
    for (const [key, conversation] of this.#known) {
      if (conversation.therePort !== port) continue;
      this.#known.delete(key);
      if (conversation.ack !== undefined) frames.push(resetFrame(conversation, conversation.ack));
    }
    return frames;
  }
}

const keyOf = (six: boolean, here: number, there: number): number => Number(six) * 2 ** 32 + here * 2 ** 16 + there;

const found = makeLoopbackPacket();

/** The packet of a loopback frame, if it has a TCP header; good until the next call. */
function segmentIn(view: DataView, at: number, end: number): LoopbackPacket | undefined {
  if (!findLoopbackPacket(view, at, end, found) || found.protocol !== ipv4.TCP) return undefined;
  return tcp.locate(view, found.at, found.end) < 0 ? undefined : found;
}

/** `<SEQ=what is expected><CTL=RST>` from the other end. */
function resetFrame({ here, there, herePort, therePort }: Conversation, seq: number): Uint8Array {
  const four = typeof here === 'number' && typeof there === 'number';
  const bytes = new Uint8Array(ethernet.HEADER + (four ? ipv4.HEADER : ipv6.HEADER) + tcp.HEADER);
  const view = new DataView(bytes.buffer);
  const ip = ethernet.emit(view, 0, NO_HARDWARE, NO_HARDWARE, four ? ethernet.TYPE_IPV4 : ethernet.TYPE_IPV6);
  const segment = four
    ? ipv4.emit(view, ip, there, here, ipv4.TCP, tcp.HEADER, 0, ipv4.DONT_FRAGMENT, 64)
    : ipv6.emit(view, ip, there as Ipv6, here as Ipv6, ipv6.TCP, tcp.HEADER, 64);
  tcp.emit(view, segment, therePort, herePort, seq, 0, tcp.RST, 0, 0, 0);
  const pseudo = pseudoHeader(there, here, ipv4.TCP, tcp.HEADER);
  view.setUint16(segment + 16, finish(sum(view, segment, tcp.HEADER, pseudo)));
  return bytes;
}
