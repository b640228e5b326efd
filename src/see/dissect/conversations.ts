/**
 * Which conversation a segment or datagram belongs to, and what later numbers count from: tcp.stream and udp.stream, each end's first
 * sequence number, each end's window scale. One table for TCP and UDP, IPv4 and IPv6, without regard to direction; a
 * conversation is a record of ten words. Not here: states of connections and labels such as Retransmission (see/analysis).
 *
 * How the numbers are given is Wireshark's way, so that they agree:
 * - a SYN sets its sender's base to its sequence number; without one, an end's base is one before the first number seen of it, be it sent
 *   by it or acknowledged by the other end;
 * - a SYN without ACK whose number is not its sender's base begins a new stream on the same ports; the old one is forgotten;
 * - an end's window scale is what its last option said; the first SYN of an end without the option ends scaling for both, and a SYN-ACK
 *   ends it, whatever that end has said before (both may have begun), where the peer did not offer.
 *
 * Read first: RFC 9293 §3.4; RFC 7323 §2.2-2.3.
 */
import type { Random } from '../../core/random.ts';
import { wholeNumber } from '../../core/ranges.ts';
import { RowIndex } from '../../core/row-index.ts';
import { int32Rows } from '../../core/rows.ts';
import { after, before } from '../../core/sequence.ts';
import { drawKey, halfSipHash, type SipKey } from '../../core/siphash.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { ACK, AE, CWR, ECE, SYN } from '../../wire/tcp.ts';
import { AddressBook } from './address-book.ts';
import { NOT_SCALED, UNKNOWN } from './dissection.ts';
import { SOCKS, SOCKS_PORT, type SocksPhase } from './socks.ts';

/** Int32 words of a record. */
const WIDTH = 10;
/** Its octets, with its place in the index. */
const ROW = 4 * WIDTH + 4;
/** The lower end's address and the higher end's (IPv6: their numbers in the book), both ports, the index's link. */
const LOW = 0;
const HIGH = 1;
const PORTS = 2;
const LINK = 3;
const STREAM = 4;
/** For each end: what its numbers count from, and the highest number seen of it. */
const BASE = 5;
const HIGHEST = 7;
/** All that takes a few bits. */
const STATE = 9;

/** In STATE: kind. */
const KIND = 3;
/** Set when the higher end sent the first packet. */
const FIRST = 1 << 2;
/** For each end, the lower one's bit, the higher one's is the next: its base is set; its highest number is; it sent a FIN. */
const BASE_SET = 1 << 3;
const SEEN = 1 << 5;
const FINISHED = 1 << 7;
/** How far Accurate ECN was negotiated: offered by a SYN, agreed by a SYN-ACK. */
const OFFERED = 1 << 9;
const AGREED = 1 << 10;
/** The flags of a SYN-ACK that agrees to Accurate ECN: each stands for what its SYN came with (RFC 9768 §3.1.1). */
const ANSWERS: readonly number[] = [CWR, CWR | ECE, AE, AE | CWR];
/** What was found out of the messages that it carries, four bits (behind the scales). */
const SPEAKS = 21;
const SPEAKS_MASK = 15;
/** How far it is with a SOCKS proxy, three bits. */
const PROXY = 25;
const PROXY_MASK = 7;
/** For each end its window scale, less the lowest there is. */
const SCALE = 11;
const SCALE_BITS = 5;
const SCALE_MASK = 31;
const LOWEST_SCALE = NOT_SCALED;
/** That of both ends at the beginning. */
const SCALES_UNKNOWN = ((UNKNOWN - LOWEST_SCALE) * (1 + (1 << SCALE_BITS))) << SCALE;

/** Kinds: the two bits of transport and family. */
const IS_TCP = 1;
const IS_IPV6 = 2;

/** What is hashed: kind, ports, the lower end's address, the higher end's: four words each for IPv6, one each for IPv4. */
const KEY_KIND = 0;
const KEY_PORTS = 1;
const KEY_LOW = 2;
const KEY_HIGH4 = 3;
const KEY_HIGH6 = 6;
const KEY4 = 4;
const KEY6 = 10;

/** The largest shift that counts (RFC 7323 §2.3). */
export const MAX_SHIFT = 14;

/**
 * The key of the hash when no chance is handed in: any number will do, and everybody can know it (here the digits of pi, so that a run repeats).
 */
const FIXED_KEY: SipKey = Int32Array.of(0x243f6a88, 0x85a308d3 | 0, 0, 0);

/** Limits of a `Conversations`. */
export interface ConversationOptions {
  /**
   * How many conversations (TCP and UDP together) are kept, 1 to 67,108,864; default 1,048,576.
   */
  readonly conversations?: number;
  /**
   * Octets that what is remembered of them may take, 1,048,576 to 4,294,967,296; default 45,000,000. A conversation takes 44, an IPv6 address of its own 16 more; 16 more where somebody asks
   * for times, and 16 more for acknowledgments. Conversations that come when it is full have no stream.
   */
  readonly memory?: number | undefined;
  /**
   * Where the key of the table's hash is drawn from. Default: none, a fixed key, so that the work for a capture is the same each time. Hand
   * in a cryptographic source where packets are a stranger's: who knows the key can choose addresses and ports that all fall on one place
   * of the table, and then each packet costs as much as there are conversations. What is found is the same with every key.
   */
  readonly random?: Random | undefined;
}

/** How many conversations met of late are looked at before the index, a power of two. */
const RECENT = 1 << 10;

/** The table. `find` answers for one packet; what says no record is about the conversation that it found last. */
export class Conversations {
  readonly limit: number;
  readonly memory: number;
  /** Packets whose conversation found no room in the table. */
  untracked = 0;
  /** TCP and UDP streams numbered so far. */
  tcpStreams = 0;
  udpStreams = 0;
  /** After `find`: whether the conversation was new, and which of its ends sent this packet (0 the lower, 1 the higher). */
  isNew = false;
  side: 0 | 1 = 0;
  /** After `advance`: whether the segment begins below the highest number seen from its sender, or above it. */
  isRepeated = false;
  isAhead = false;
  /** Places of the table looked at so far: the work done. */
  looks = 0;
  #count = 0;
  readonly #octetsEach: number;
  /** The record found last, and where it is. */
  #record = -1;
  #page: Int32Array = new Int32Array(0);
  #at = 0;
  /** Records met of late, by their ports and addresses; -1: none. */
  readonly #recent = new Int32Array(RECENT).fill(-1);
  readonly #records = int32Rows(WIDTH);
  readonly #index = new RowIndex(this.#records, LINK, (record) => this.#hashOf(record));
  readonly #addresses = new AddressBook();
  /** What is looked for, and what is put elsewhere meanwhile. */
  readonly #key = new Int32Array(KEY6);
  readonly #hashed = new Int32Array(KEY6);
  readonly #keyLow: number;
  readonly #keyHigh: number;

  /**
   * @param besides octets that others remember of each conversation
   * @throws TcplabError EINVAL when a limit is out of its range
   */
  constructor(options: ConversationOptions = {}, besides = 0) {
    this.limit = wholeNumber('conversations', options.conversations ?? 1 << 20, 1, 1 << 26);
    this.memory = wholeNumber('memory', options.memory ?? 45_000_000, 1 << 20, 2 ** 32);
    this.#octetsEach = ROW + besides;
    const secret = options.random === undefined ? FIXED_KEY : drawKey(options.random);
    this.#keyLow = secret[0]!;
    this.#keyHigh = secret[1]!;
  }

  /** How many conversations are kept. */
  get count(): number {
    return this.#count;
  }

  /** Octets that the table takes. */
  get octets(): number {
    return this.#records.octets + this.#index.octets + this.#addresses.octets;
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
        key[KEY_LOW + i] = ipView.getInt32(low + 4 * i);
        key[KEY_HIGH6 + i] = ipView.getInt32(high + 4 * i);
      }
    } else {
      const from = ipv4.source(ipView, ip);
      const to = ipv4.destination(ipView, ip);
      isLow = from === to ? source <= destination : from >>> 0 < to >>> 0;
      key[KEY_LOW] = isLow ? from : to;
      key[KEY_HIGH4] = isLow ? to : from;
    }
    key[KEY_KIND] = (isTcp ? IS_TCP : 0) | (isIpv6 ? IS_IPV6 : 0);
    key[KEY_PORTS] = isLow ? (source << 16) | destination : (destination << 16) | source;
    this.side = isLow ? 0 : 1;
    this.isNew = false;
    if (this.#record >= 0 && this.#isAt(this.#page, this.#at)) return this.#record;
    return this.#findKey();
  }

  /** tcp.stream or udp.stream. */
  get stream(): number {
    return this.#page[this.#at + STREAM]!;
  }

  /** Which side sent the conversation's first packet. */
  get first(): 0 | 1 {
    return (this.#state() & FIRST) === 0 ? 0 : 1;
  }

  /** A side's base, 0 when it is not known. */
  base(side: number): number {
    return this.#page[this.#at + BASE + side]!;
  }

  /** A side's window scale, UNKNOWN or NOT_SCALED. */
  scale(side: number): number {
    return scaleIn(this.#state(), side);
  }

  /** Takes note of a segment's numbers, before they are shown. @returns whether it began a new stream on known ports */
  number(flags: number, seq: number, ack: number): boolean {
    const page = this.#page;
    const at = this.#at;
    const { side } = this;
    const mine = BASE_SET << side;
    const other = BASE_SET << (1 - side);
    let begins = false;
    if ((flags & (SYN | ACK)) === SYN && page[at + STATE]! & mine && page[at + BASE + side] !== seq) {
      this.#begin(this.tcpStreams++);
      begins = true;
    }
    if (flags & SYN || (page[at + STATE]! & mine) === 0) {
      page[at + BASE + side] = flags & SYN ? seq : (seq - 1) | 0;
      page[at + STATE]! |= mine;
    }
    if (flags & ACK && (page[at + STATE]! & other) === 0) {
      page[at + BASE + 1 - side] = (ack - 1) | 0;
      page[at + STATE]! |= other;
    }
    return begins;
  }

  /** Takes note of how far a segment's sender is: `nextSeq` is what follows it. `isRepeated` and `isAhead` say whether it begins where the one before ended. */
  advance(seq: number, nextSeq: number): void {
    const page = this.#page;
    const at = this.#at;
    const highest = at + HIGHEST + this.side;
    const seen = SEEN << this.side;
    const isFirst = (page[at + STATE]! & seen) === 0;
    this.isRepeated = !isFirst && before(seq, page[highest]!);
    this.isAhead = !isFirst && after(seq, page[highest]!);
    if (!isFirst && !after(nextSeq, page[highest]!)) return;
    page[highest] = nextSeq;
    page[at + STATE]! |= seen;
  }

  /** Takes note of a segment's window scale option (-1: it has none), after its window was shown. */
  offer(flags: number, shift: number): void {
    if (shift < 0 && (flags & SYN) === 0) return;
    const { side } = this;
    const state = this.#state();
    const refused = (flags & (SYN | ACK)) === (SYN | ACK) && scaleIn(state, 1 - side) === NOT_SCALED;
    if (shift >= 0) this.#setState(withScale(state, side, refused ? NOT_SCALED : Math.min(shift, MAX_SHIFT)));
    else if (refused) this.#setState(withScale(state, side, NOT_SCALED));
    else if (scaleIn(state, side) === UNKNOWN)
      this.#setState(withScale(withScale(state, side, NOT_SCALED), 1 - side, NOT_SCALED));
  }

  /** Takes note of a FIN. @returns whether its sender was the first to send one */
  finish(): boolean {
    const state = this.#state();
    // A first FIN sent again stays the first.
    if (state & (FINISHED << (1 - this.side))) return false;
    this.#setState(state | (FINISHED << this.side));
    return true;
  }

  /** What was noted of the messages that the conversation carries: `SPEAKS`, four bits. */
  get speaks(): number {
    return (this.#state() >>> SPEAKS) & SPEAKS_MASK;
  }

  set speaks(bits: number) {
    this.#setState((this.#state() & ~(SPEAKS_MASK << SPEAKS)) | (bits << SPEAKS));
  }

  /** How far the conversation is with a SOCKS proxy: one of `SOCKS`. */
  get proxy(): number {
    return (this.#state() >>> PROXY) & PROXY_MASK;
  }

  set proxy(phase: SocksPhase) {
    this.#setState((this.#state() & ~(PROXY_MASK << PROXY)) | (phase << PROXY));
  }

  /** Takes note of what SYN and SYN-ACK say about Accurate ECN (RFC 9768). @returns whether this segment's three bits are its counter */
  negotiate(flags: number): boolean {
    const state = this.#state();
    if ((flags & SYN) === 0) return (state & AGREED) !== 0;
    const bits = flags & (AE | CWR | ECE);
    if ((flags & ACK) === 0) this.#setState((state & ~(OFFERED | AGREED)) | (bits === (AE | CWR | ECE) ? OFFERED : 0));
    // ECE alone is the answer of one who knows only classic ECN, ECE with AE that of its nonce; all three are the offer reflected, none is a refusal.
    else if (state & OFFERED && ANSWERS.includes(bits)) this.#setState((state & ~OFFERED) | AGREED);
    return false;
  }

  /** An option of Accurate ECN says that it is agreed, whoever missed how. */
  agree(): void {
    this.#setState(this.#state() | AGREED);
  }

  /** Writes an end's address into `into` as four int32 (IPv4: the first). @returns whether it is IPv6 */
  address(record: number, side: number, into: Int32Array): boolean {
    const page = this.#records.page(record);
    const at = this.#records.at(record);
    const isIpv6 = (page[at + STATE]! & IS_IPV6) !== 0;
    const word = page[at + (side === 0 ? LOW : HIGH)]!;
    if (isIpv6) this.#addresses.read(word, into, 0);
    else into[0] = word;
    return isIpv6;
  }

  /** An end's port. */
  port(record: number, side: number): number {
    const ports = this.#records.page(record)[this.#records.at(record) + PORTS]!;
    return side === 0 ? ports >>> 16 : ports & 0xffff;
  }

  #findKey(): number {
    const key = this.#key;
    const isIpv6 = (key[KEY_KIND]! & IS_IPV6) !== 0;
    const ports = key[KEY_PORTS]!;
    const recent = (ports ^ (ports >>> 16) ^ key[isIpv6 ? KEY_HIGH6 + 3 : KEY_HIGH4]!) & (RECENT - 1);
    if (this.#recent[recent]! >= 0 && this.#turnTo(this.#recent[recent]!)) return this.#record;
    const hash = this.#hash(key, 0, isIpv6 ? KEY6 : KEY4);
    for (let record = this.#index.first(hash); record >= 0; record = this.#index.next(record)) {
      this.looks++;
      if (!this.#turnTo(record)) continue;
      this.#recent[recent] = record;
      return record;
    }
    if (this.#count >= this.limit || this.#count * this.#octetsEach + this.#addresses.octets >= this.memory) {
      this.untracked++;
      this.#record = -1;
      return -1;
    }
    const record = this.#count++;
    this.#records.reserve(record);
    const page = this.#records.page(record);
    const at = this.#records.at(record);
    page[at + LOW] = isIpv6 ? this.#addresses.numberOf(key, KEY_LOW) : key[KEY_LOW]!;
    page[at + HIGH] = isIpv6 ? this.#addresses.numberOf(key, KEY_HIGH6) : key[KEY_HIGH4]!;
    page[at + PORTS] = ports;
    page[at + STATE] = key[KEY_KIND]!;
    this.#turnTo(record);
    this.#begin(key[KEY_KIND]! & IS_TCP ? this.tcpStreams++ : this.udpStreams++);
    this.#index.add(hash);
    this.#recent[recent] = record;
    this.isNew = true;
    return record;
  }

  #begin(stream: number): void {
    const page = this.#page;
    const at = this.#at;
    page[at + STREAM] = stream;
    page[at + BASE] = 0;
    page[at + BASE + 1] = 0;
    page[at + STATE] = (page[at + STATE]! & KIND) | SCALES_UNKNOWN | (this.side === 0 ? 0 : FIRST);
    const ports = page[at + PORTS]!;
    if (ports >>> 16 === SOCKS_PORT || (ports & 0xffff) === SOCKS_PORT) this.proxy = SOCKS.BEGINS;
  }

  /** Whether a record is the one that the key is of; it is the one found then. */
  #turnTo(record: number): boolean {
    const page = this.#records.page(record);
    const at = this.#records.at(record);
    if (!this.#isAt(page, at)) return false;
    this.#record = record;
    this.#page = page;
    this.#at = at;
    return true;
  }

  /** Whether the record there is the one that the key is of. */
  #isAt(page: Int32Array, at: number): boolean {
    const key = this.#key;
    if (page[at + PORTS] !== key[KEY_PORTS] || (page[at + STATE]! & KIND) !== key[KEY_KIND]) return false;
    if ((key[KEY_KIND]! & IS_IPV6) === 0) return page[at + LOW] === key[KEY_LOW] && page[at + HIGH] === key[KEY_HIGH4];
    return this.#addresses.is(page[at + LOW]!, key, KEY_LOW) && this.#addresses.is(page[at + HIGH]!, key, KEY_HIGH6);
  }

  #hash(words: Int32Array, at: number, count: number): number {
    return halfSipHash(this.#keyLow, this.#keyHigh, words, at, count);
  }

  /** The hash of a record's key. */
  #hashOf(record: number): number {
    const key = this.#hashed;
    const page = this.#records.page(record);
    const at = this.#records.at(record);
    key[KEY_KIND] = page[at + STATE]! & KIND;
    key[KEY_PORTS] = page[at + PORTS]!;
    const isIpv6 = (key[KEY_KIND]! & IS_IPV6) !== 0;
    if (isIpv6) {
      this.#addresses.read(page[at + LOW]!, key, KEY_LOW);
      this.#addresses.read(page[at + HIGH]!, key, KEY_HIGH6);
    } else {
      key[KEY_LOW] = page[at + LOW]!;
      key[KEY_HIGH4] = page[at + HIGH]!;
    }
    return this.#hash(key, 0, isIpv6 ? KEY6 : KEY4);
  }

  #state(): number {
    return this.#page[this.#at + STATE]!;
  }

  #setState(state: number): void {
    this.#page[this.#at + STATE] = state;
  }
}

/** A side's scale in a record's state. */
const scaleIn = (state: number, side: number): number =>
  ((state >>> (SCALE + side * SCALE_BITS)) & SCALE_MASK) + LOWEST_SCALE;

/** The state with another scale of a side. */
function withScale(state: number, side: number, scale: number): number {
  const shift = SCALE + side * SCALE_BITS;
  return (state & ~(SCALE_MASK << shift)) | ((scale - LOWEST_SCALE) << shift);
}

/** tcp.window_size: the window field shifted by the sender's scale, where it is known to be in use; never in a SYN. */
export const windowOf = (field: number, flags: number, scale: number): number =>
  scale > 0 && (flags & SYN) === 0 ? field << scale : field;
