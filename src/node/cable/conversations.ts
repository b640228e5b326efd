/**
 * The TCP connections that this program has over the cable, as far as the cable must know them: when the program at the other end is killed, no stack is left
 * there to say so, and a program that only waits would wait for ever. So the cable says it: a reset with the sequence number that is expected.
 *
 * Entered when the host sends a SYN, struck out when both FINs or a reset have passed. Not a connection: what TCP makes of it is the stack's.
 * Read first: RFC 9293 §3.10.7.4 (a reset is obeyed when SEG.SEQ is RCV.NXT; otherwise it is asked about, and the answer comes back as a reset too).
 */
import { finish, pseudoHeader4, sum } from '../../wire/checksum.ts';
import * as ethernet from '../../wire/ethernet.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as tcp from '../../wire/tcp.ts';

/** The most connections that are kept in mind; those beyond are not told of a killed peer. */
const LIMIT = 65_536;

/** One connection, seen from this side. */
interface Conversation {
  readonly here: number;
  readonly there: number;
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
    const ip = at + ethernet.HEADER;
    const segment = segmentAt(view, at, end);
    if (segment < 0) return;
    const herePort = tcp.sourcePort(view, segment);
    const therePort = tcp.destinationPort(view, segment);
    const key = keyOf(herePort, therePort);
    const flags = tcp.flags(view, segment);
    let conversation = this.#known.get(key);
    if (flags & tcp.RST) {
      this.#known.delete(key);
      return;
    }
    if (conversation === undefined) {
      if (!(flags & tcp.SYN) || this.#known.size >= LIMIT) return;
      const here = ipv4.source(view, ip);
      const there = ipv4.destination(view, ip);
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
    const segment = segmentAt(view, at, end);
    if (segment < 0) return;
    const flags = tcp.flags(view, segment);
    if (!(flags & (tcp.RST | tcp.FIN))) return;
    const key = keyOf(tcp.destinationPort(view, segment), tcp.sourcePort(view, segment));
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

const keyOf = (here: number, there: number): number => (here << 16) | there;

/** Where the TCP header of a loopback frame begins, or a negative number when it is none. */
function segmentAt(view: DataView, at: number, end: number): number {
  const ip = at + ethernet.HEADER;
  if (end < ip || ethernet.type(view, at) !== ethernet.TYPE_IPV4) return -1;
  const segment = ipv4.locate(view, ip, end);
  if (segment < 0 || ipv4.protocol(view, ip) !== ipv4.TCP || ipv4.fragmentOffset(view, ip) !== 0) return -1;
  if (ipv4.destination(view, ip) >>> 24 !== 127) return -1;
  return tcp.locate(view, segment, ipv4.payloadEnd(view, ip, end)) < 0 ? -1 : segment;
}

/** `<SEQ=what is expected><CTL=RST>` from the other end. */
function resetFrame(to: Conversation, seq: number): Uint8Array {
  const bytes = new Uint8Array(ethernet.HEADER + ipv4.HEADER + tcp.HEADER);
  const view = new DataView(bytes.buffer);
  const ip = ethernet.emit(view, 0, NO_HARDWARE, NO_HARDWARE, ethernet.TYPE_IPV4);
  const segment = ipv4.emit(view, ip, to.there, to.here, ipv4.TCP, tcp.HEADER, 0, ipv4.DONT_FRAGMENT, 64);
  tcp.emit(view, segment, to.therePort, to.herePort, seq, 0, tcp.RST, 0, 0, 0);
  const pseudo = pseudoHeader4(to.there, to.here, ipv4.TCP, tcp.HEADER);
  view.setUint16(segment + 16, finish(sum(view, segment, tcp.HEADER, pseudo)));
  return bytes;
}
