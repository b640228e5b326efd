/**
 * Which conversation a segment or datagram belongs to, and what later numbers count from: tcp.stream and udp.stream, each end's first
 * sequence number, each end's window scale. One open-addressed table for TCP and UDP, IPv4 and IPv6, without regard to direction; a
 * conversation is a record in one Int32Array. Not here: states of connections and labels such as Retransmission (see/analysis).
 *
 * How the numbers are given is Wireshark's way, so that they agree:
 * - a SYN sets its sender's base to its sequence number; without one, an end's base is one before the first number seen of it, be it sent
 *   by it or acknowledged by the other end;
 * - a SYN without ACK whose number is not its sender's base begins a new stream on the same ports; the old one is forgotten;
 * - an end's window scale is what its last option said; the first SYN of an end without the option ends scaling for both, and a SYN-ACK
 *   cannot begin it for an end whose peer did not offer.
 *
 * Read first: RFC 9293 §3.4; RFC 7323 §2.2-2.3.
 */
import type { Random } from '../../core/random.ts';
import { wholeNumber } from '../../core/ranges.ts';
import { drawKey, halfSipHash, type SipKey } from '../../core/siphash.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { ACK, AE, CWR, ECE, SYN } from '../../wire/tcp.ts';
import { NOT_SCALED, UNKNOWN } from './dissection.ts';

/** Int32 words of a record. */
const STRIDE = 20;
/** Numbers of a stream's times, and where the latest packet's are. */
const TIMES = 4;
const LAST = 2;
/** What it is, both ports, the lower end's address, the higher end's: four words each for IPv6, one each for IPv4. */
const KIND = 0;
const PORTS = 1;
const LOW = 2;
const HIGH4 = 3;
const HIGH6 = 6;
/** Words of the key: those that tell conversations apart. */
const KEY4 = 4;
const KEY6 = 10;
const STREAM = 10;
/** 0 when the lower end sent the first packet, 1 when the higher did. */
const FIRST = 11;
/** For each end: base, whether it is set, window scale. */
const BASE = 12;
const BASE_SET = 14;
const SCALE = 16;
/** How far Accurate ECN was negotiated: offered by a SYN, agreed by a SYN-ACK. */
const ACCURATE_ECN = 18;
const OFFERED = 1;
const AGREED = 2;
/** Which ends sent a FIN, a bit each. */
const FINISHED = 19;

/** Kinds: transport and family. */
const TCP4 = 1;
const TCP6 = 2;
const UDP4 = 3;
const UDP6 = 4;

/** The largest shift that counts (RFC 7323 §2.3). */
const MAX_SHIFT = 14;

/**
 * The key of the hash when no chance is handed in: any number will do, and everybody can know it (here the digits of pi, so that a run repeats).
 */
const FIXED_KEY: SipKey = Int32Array.of(0x243f6a88, 0x85a308d3 | 0, 0, 0);

/** Limits of a `Conversations`. */
export interface ConversationOptions {
  /**
   * How many conversations (TCP and UDP together) are kept, 1 to 67,108,864; default 1,048,576, which takes about 200 MB when full, with
   * what is remembered of each one's segments.
   */
  readonly conversations?: number;
  /**
   * Where the key of the table's hash is drawn from. Default: none, a fixed key, so that the work for a capture is the same each time. Hand
   * in a cryptographic source where packets are a stranger's: who knows the key can choose addresses and ports that all fall on one place
   * of the table, and then each packet costs as much as there are conversations. What is found is the same with every key.
   */
  readonly random?: Random;
}

/** The table. `find` answers for one packet; the fields hold what it found until the next call. */
export class Conversations {
  readonly limit: number;
  /** Packets whose conversation found no room in the table. */
  untracked = 0;
  /** TCP and UDP streams numbered so far. */
  tcpStreams = 0;
  udpStreams = 0;
  /** After `find`: whether the conversation was new, and which of its ends sent this packet (0 the lower, 1 the higher). */
  isNew = false;
  side: 0 | 1 = 0;
  /** After `clock`: nanoseconds since the stream's first packet, and since its latest before this one. */
  sinceFirst = 0;
  sinceLast = 0;
  /** Places of the table looked at so far: the work done. */
  looks = 0;
  #count = 0;
  /** The record found last, which the next packet often belongs to; -1 before the first. */
  #last = -1;
  #records = new Int32Array(64 * STRIDE);
  /** Seconds and nanoseconds of each stream's first packet and of its latest. */
  #times = new Float64Array(64 * TIMES);
  /** Record numbers plus one; 0 is empty. Twice as many slots as records at the least. */
  #slots = new Int32Array(128);
  readonly #key = new Int32Array(KEY6);
  readonly #keyLow: number;
  readonly #keyHigh: number;

  /** @throws TcplabError EINVAL when the limit is out of its range */
  constructor(options: ConversationOptions = {}) {
    this.limit = wholeNumber('conversations', options.conversations ?? 1 << 20, 1, 1 << 26);
    const secret = options.random === undefined ? FIXED_KEY : drawKey(options.random);
    this.#keyLow = secret[0]!;
    this.#keyHigh = secret[1]!;
  }

  /**
   * The record of the conversation between the ends of the IP header at `ip` and the ports at `transport`, made when it is new; -1 when the
   * table is full.
   */
  find(ipView: DataView, ip: number, isIpv6: boolean, view: DataView, transport: number, isTcp: boolean): number {
    const source = view.getUint16(transport);
    const destination = view.getUint16(transport + 2);
    const key = this.#key;
    let isLow: boolean;
    if (isIpv6) {
      const from = ipv6.sourceAt(ip);
      const to = ipv6.destinationAt(ip);
      let order = 0;
      for (let i = 0; i < 16 && order === 0; i += 4) order = ipView.getUint32(from + i) - ipView.getUint32(to + i);
      isLow = order < 0 || (order === 0 && source <= destination);
      const low = isLow ? from : to;
      const high = isLow ? to : from;
      for (let i = 0; i < 4; i++) {
        key[LOW + i] = ipView.getInt32(low + 4 * i);
        key[HIGH6 + i] = ipView.getInt32(high + 4 * i);
      }
      key[KIND] = isTcp ? TCP6 : UDP6;
    } else {
      const from = ipv4.source(ipView, ip);
      const to = ipv4.destination(ipView, ip);
      isLow = from === to ? source <= destination : from >>> 0 < to >>> 0;
      if (isSix(key[KIND]!)) key.fill(0);
      key[LOW] = isLow ? from : to;
      key[HIGH4] = isLow ? to : from;
      key[KIND] = isTcp ? TCP4 : UDP4;
    }
    this.side = isLow ? 0 : 1;
    key[PORTS] = isLow ? (source << 16) | destination : (destination << 16) | source;
    return this.#findKey(isTcp);
  }

  /** tcp.stream or udp.stream. */
  stream(record: number): number {
    return this.#records[record * STRIDE + STREAM]!;
  }

  /** Which side sent the conversation's first packet. */
  first(record: number): 0 | 1 {
    return this.#records[record * STRIDE + FIRST] as 0 | 1;
  }

  /** A side's base, 0 when it is not known. */
  base(record: number, side: number): number {
    return this.#records[record * STRIDE + BASE + side]!;
  }

  /** A side's window scale, UNKNOWN or NOT_SCALED. */
  scale(record: number, side: number): number {
    return this.#records[record * STRIDE + SCALE + side]!;
  }

  /** Takes note of a segment's numbers, before they are shown. @returns whether it began a new stream on known ports */
  number(record: number, flags: number, seq: number, ack: number): boolean {
    const records = this.#records;
    const at = record * STRIDE;
    const mine = at + this.side;
    const other = at + 1 - this.side;
    let begins = false;
    if ((flags & (SYN | ACK)) === SYN && records[mine + BASE_SET] === 1 && records[mine + BASE] !== seq) {
      this.#begin(at, this.tcpStreams++);
      begins = true;
    }
    if (flags & SYN) {
      records[mine + BASE] = seq;
      records[mine + BASE_SET] = 1;
    } else if (records[mine + BASE_SET] === 0) {
      records[mine + BASE] = (seq - 1) | 0;
      records[mine + BASE_SET] = 1;
    }
    if (flags & ACK && records[other + BASE_SET] === 0) {
      records[other + BASE] = (ack - 1) | 0;
      records[other + BASE_SET] = 1;
    }
    return begins;
  }

  /** Takes note of a segment's window scale option (-1: it has none), after its window was shown. */
  offer(record: number, flags: number, shift: number): void {
    const records = this.#records;
    const mine = record * STRIDE + SCALE + this.side;
    const other = record * STRIDE + SCALE + 1 - this.side;
    if (shift >= 0) {
      const refused = (flags & (SYN | ACK)) === (SYN | ACK) && records[other] === NOT_SCALED;
      records[mine] = refused ? NOT_SCALED : Math.min(shift, MAX_SHIFT);
    } else if (flags & SYN && records[mine] === UNKNOWN) {
      records[mine] = NOT_SCALED;
      records[other] = NOT_SCALED;
    }
  }

  /**
   * Takes note of when a packet came. `sinceFirst` and `sinceLast` say how long after the stream's first and latest it came, in nanoseconds: exact although a capture may span
   * more time than a number of nanoseconds can.
   */
  clock(record: number, seconds: number, nanoseconds: number): void {
    const times = this.#times;
    const at = record * TIMES;
    if (Number.isNaN(times[at]!)) {
      times[at] = times[at + LAST] = seconds;
      times[at + 1] = times[at + LAST + 1] = nanoseconds;
    }
    this.sinceFirst = (seconds - times[at]!) * 1e9 + (nanoseconds - times[at + 1]!);
    this.sinceLast = (seconds - times[at + LAST]!) * 1e9 + (nanoseconds - times[at + LAST + 1]!);
    times[at + LAST] = seconds;
    times[at + LAST + 1] = nanoseconds;
  }

  /** Takes note of a FIN. @returns whether its sender was the first to send one */
  finish(record: number): boolean {
    const at = record * STRIDE + FINISHED;
    const mine = 1 << this.side;
    const others = this.#records[at]! & ~mine;
    // A first FIN sent again stays the first.
    if (others === 0) this.#records[at] = mine;
    return others === 0;
  }

  /** Takes note of what SYN and SYN-ACK say about Accurate ECN (RFC 9768). @returns whether this segment's three bits are its counter */
  negotiate(record: number, flags: number): boolean {
    const records = this.#records;
    const at = record * STRIDE + ACCURATE_ECN;
    if ((flags & SYN) === 0) return records[at] === AGREED;
    const bits = flags & (AE | CWR | ECE);
    if ((flags & ACK) === 0) records[at] = bits === (AE | CWR | ECE) ? OFFERED : 0;
    // ECE alone is the answer of one who knows only classic ECN; all three are the offer reflected, none is a refusal.
    else if (records[at] === OFFERED && bits !== 0 && bits !== ECE && bits !== (AE | CWR | ECE)) records[at] = AGREED;
    return false;
  }

  /** Writes an end's address into `into` as four int32 (IPv4: the first). @returns whether it is IPv6 */
  address(record: number, side: number, into: Int32Array): boolean {
    const isIpv6 = isSix(this.#records[record * STRIDE + KIND]!);
    const at = record * STRIDE + (side === 0 ? LOW : isIpv6 ? HIGH6 : HIGH4);
    for (let i = 0; i < (isIpv6 ? 4 : 1); i++) into[i] = this.#records[at + i]!;
    return isIpv6;
  }

  /** An end's port. */
  port(record: number, side: number): number {
    const ports = this.#records[record * STRIDE + PORTS]!;
    return side === 0 ? ports >>> 16 : ports & 0xffff;
  }

  #findKey(isTcp: boolean): number {
    const key = this.#key;
    if (this.#last >= 0 && this.#equals(this.#last)) {
      this.isNew = false;
      return this.#last;
    }
    const mask = this.#slots.length - 1;
    let slot = this.#hash(key, 0) & mask;
    for (;;) {
      this.looks++;
      const record = this.#slots[slot]! - 1;
      if (record < 0) break;
      if (this.#equals(record)) {
        this.isNew = false;
        this.#last = record;
        return record;
      }
      slot = (slot + 1) & mask;
    }
    if (this.#count >= this.limit) {
      this.untracked++;
      return -1;
    }
    const record = this.#count++;
    if ((record + 1) * STRIDE > this.#records.length) this.#grow();
    this.#records.set(key, record * STRIDE);
    this.#begin(record * STRIDE, isTcp ? this.tcpStreams++ : this.udpStreams++);
    this.isNew = true;
    this.#last = record;
    if (2 * this.#count > this.#slots.length) this.#rehash();
    else this.#slots[slot] = record + 1;
    return record;
  }

  #begin(at: number, stream: number): void {
    const records = this.#records;
    records[at + STREAM] = stream;
    records[at + FIRST] = this.side;
    records[at + BASE] = 0;
    records[at + BASE + 1] = 0;
    records[at + BASE_SET] = 0;
    records[at + BASE_SET + 1] = 0;
    records[at + SCALE] = UNKNOWN;
    records[at + SCALE + 1] = UNKNOWN;
    records[at + ACCURATE_ECN] = 0;
    records[at + FINISHED] = 0;
    this.#times[(at / STRIDE) * TIMES] = Number.NaN;
  }

  #equals(record: number): boolean {
    const key = this.#key;
    const records = this.#records;
    const at = record * STRIDE;
    const words = isSix(key[KIND]!) ? KEY6 : KEY4;
    for (let i = 0; i < words; i++) if (records[at + i] !== key[i]) return false;
    return true;
  }

  #hash(words: Int32Array, at: number): number {
    return halfSipHash(this.#keyLow, this.#keyHigh, words, at, isSix(words[at + KIND]!) ? KEY6 : KEY4);
  }

  #grow(): void {
    const records = new Int32Array(2 * this.#records.length);
    records.set(this.#records);
    this.#records = records;
    const times = new Float64Array((records.length / STRIDE) * TIMES);
    times.set(this.#times);
    this.#times = times;
  }

  #rehash(): void {
    const slots = new Int32Array(2 * this.#slots.length);
    const mask = slots.length - 1;
    for (let record = 0; record < this.#count; record++) {
      let slot = this.#hash(this.#records, record * STRIDE) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = record + 1;
    }
    this.#slots = slots;
  }
}

const isSix = (kind: number): boolean => kind === TCP6 || kind === UDP6;

/** tcp.window_size: the window field shifted by the sender's scale, where it is known to be in use; never in a SYN. */
export const windowOf = (field: number, flags: number, scale: number): number =>
  scale > 0 && (flags & SYN) === 0 ? field << scale : field;
