/**
 * Fragments of IPv4 and IPv6 put together again, in bounded memory: the frame that completes a datagram shows what the datagram carries. Octets that
 * arrive twice keep their first value. Not here: when a fragment is a candidate (dissector.ts).
 *
 * Read first: RFC 791 §3.2 (the reassembly procedure, whose table of eight-octet blocks this is); RFC 815; RFC 8200 §4.5.
 */

import { wholeNumber } from '../../core/ranges.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as extensions from '../../wire/ipv6-extensions.ts';

/** The longest payload of a datagram in octets, rounded up to whole blocks. */
const LONGEST = 65_536;
const BLOCK = 8;
const BLOCKS = LONGEST / BLOCK;

/** How many of a datagram's fragments are listed; more are put together all the same. */
export const LISTED_FRAGMENTS = 512;

/** Words of a fragment: frame.number, offset in octets, octets, and what is wrong with it. */
export const FRAGMENT = 4;

/** What may be wrong with a fragment: octets of it are in one before it, too; they are others; it is a last one that ends elsewhere than the first last one; it goes over the end. */
export const OVERLAP = 1;
export const CONFLICT = 2;
export const OTHER_TAIL = 4;
export const TOO_LONG = 8;

/** Limits of `Datagrams`. */
export interface DatagramOptions {
  /** How many incomplete datagrams are kept, each with 64 KiB once used; 0 to 65,536, default 64. The oldest gives way to a new one. */
  readonly datagrams?: number;
}

/** Int32 words that tell datagrams apart: identification, protocol (of IPv4; -1 for IPv6), source and destination of four words each. */
const KEY = 10;
const IDENTIFICATION = 0;
const PROTOCOL_NUMBER = 1;
const SOURCE = 2;
const DESTINATION = 6;
const IS_IPV6 = -1;

/** A datagram in the making. */
export interface Datagram {
  readonly key: Int32Array;
  /** Its place in the order in which first fragments came: the smallest is the oldest. 0 is free, whole ones are the frame's until the next. */
  since: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
  /** One bit a block that has come. */
  readonly blocks: Uint32Array;
  blockCount: number;
  /** Octets in all; -1 until the last fragment came. */
  length: number;
  /** `FRAGMENT` words for each fragment: as they came, in the order of their offsets when the datagram is whole. */
  readonly fragments: Int32Array;
  fragmentCount: number;
}

/** The datagrams in the making. */
export class Datagrams {
  readonly limit: number;
  /** Datagrams that were given up for newer ones. */
  abandoned = 0;
  readonly #all: Datagram[] = [];
  readonly #whole: Datagram[] = [];
  readonly #key = new Int32Array(KEY);
  #clock = 0;

  /** @throws TcplabError EINVAL when the limit is out of its range */
  constructor(options: DatagramOptions = {}) {
    this.limit = wholeNumber('datagrams', options.datagrams ?? 64, 0, 65_536);
  }

  /**
   * Takes the fragment whose IPv4 header is at `at` and whose octets are `[from, to)`.
   * @returns the whole datagram when this fragment completed it: its memory is used again after `release`
   */
  add4(view: DataView, at: number, from: number, to: number, frame: number): Datagram | undefined {
    const key = this.#key.fill(0);
    key[IDENTIFICATION] = ipv4.identification(view, at);
    key[PROTOCOL_NUMBER] = ipv4.protocol(view, at);
    key[SOURCE] = ipv4.source(view, at);
    key[DESTINATION] = ipv4.destination(view, at);
    const isLast = (ipv4.flagsAndOffset(view, at) & ipv4.MORE_FRAGMENTS) === 0;
    return this.#add(view, ipv4.fragmentOffset(view, at), isLast, from, to, frame);
  }

  /** The same for IPv6: the base header is at `ip` in its view, the fragment header at `at`. */
  add6(
    ipView: DataView,
    ip: number,
    view: DataView,
    at: number,
    from: number,
    to: number,
    frame: number,
  ): Datagram | undefined {
    const key = this.#key;
    key[IDENTIFICATION] = extensions.fragmentIdentification(view, at);
    key[PROTOCOL_NUMBER] = IS_IPV6;
    for (let i = 0; i < 4; i++) {
      key[SOURCE + i] = ipView.getInt32(ipv6.sourceAt(ip) + 4 * i);
      key[DESTINATION + i] = ipView.getInt32(ipv6.destinationAt(ip) + 4 * i);
    }
    const isLast = !extensions.moreFragments(view, at);
    return this.#add(view, extensions.fragmentOffset(view, at), isLast, from, to, frame);
  }

  /** The frame that completed datagrams is done with: their memory is free. */
  release(): void {
    for (const datagram of this.#whole) datagram.since = 0;
    this.#whole.length = 0;
  }

  #add(view: DataView, offset: number, isLast: boolean, from: number, to: number, frame: number): Datagram | undefined {
    const length = to - from;
    if (this.limit === 0 || length <= 0 || offset + length > LONGEST) return undefined;
    const datagram = this.#find();
    if (datagram === undefined) return undefined;
    const isOtherTail = isLast && datagram.length >= 0 && offset + length !== datagram.length;
    if (isLast && datagram.length < 0) end(datagram, offset + length);
    const differs = put(datagram, view, offset, from, length);
    if (datagram.fragmentCount < LISTED_FRAGMENTS) {
      const place = FRAGMENT * datagram.fragmentCount++;
      datagram.fragments[place] = frame;
      datagram.fragments[place + 1] = offset;
      datagram.fragments[place + 2] = length;
      datagram.fragments[place + 3] = (differs ? CONFLICT : 0) | (isOtherTail ? OTHER_TAIL : 0);
    }
    if (datagram.length < 0 || datagram.blockCount < blocksOf(datagram)) return undefined;
    arrange(datagram);
    // Nobody finds it any more, and nobody takes its memory before the frame is done with.
    datagram.since = Number.MAX_SAFE_INTEGER;
    datagram.key[PROTOCOL_NUMBER] = WHOLE;
    this.#whole.push(datagram);
    return datagram;
  }

  /** The datagram of the key: the one in the making, or a free place, or the oldest's; undefined when all places are whole datagrams of this very frame. */
  #find(): Datagram | undefined {
    const key = this.#key;
    let chosen: Datagram | undefined;
    for (const one of this.#all) {
      if (one.since > 0 && isSame(one.key, key)) return one;
      if (chosen === undefined || one.since < chosen.since) chosen = one;
    }
    if (chosen === undefined || (chosen.since > 0 && this.#all.length < this.limit)) {
      chosen = makeDatagram();
      this.#all.push(chosen);
    } else if (chosen.since === Number.MAX_SAFE_INTEGER) return undefined;
    else if (chosen.since > 0) this.abandoned++;
    chosen.key.set(key);
    chosen.since = ++this.#clock;
    chosen.blocks.fill(0);
    chosen.blockCount = 0;
    chosen.length = -1;
    chosen.fragmentCount = 0;
    return chosen;
  }
}

/** Blocks that a datagram has whose length is known. */
const blocksOf = ({ length }: Datagram): number => Math.ceil(length / BLOCK);

/** A datagram's length is known: what came behind its end is none of it. */
function end(datagram: Datagram, length: number): void {
  datagram.length = length;
  for (let block = blocksOf(datagram); block < BLOCKS; block++) {
    const bit = 1 << (block & 31);
    if (!(datagram.blocks[block >>> 5]! & bit)) continue;
    datagram.blocks[block >>> 5]! &= ~bit;
    datagram.blockCount--;
  }
}

/** Puts those octets of a fragment in place that did not come yet. @returns whether others are not what came before */
function put(datagram: Datagram, view: DataView, offset: number, from: number, length: number): boolean {
  const { blocks, bytes } = datagram;
  const end = datagram.length < 0 ? LONGEST : datagram.length;
  // What is behind the end is no part of the datagram: the memory there has octets of those before it.
  const to = Math.min(offset + length, end);
  let differs = false;
  for (let at = offset; at < to; at += BLOCK) {
    const stop = Math.min(at + BLOCK, to);
    const word = at >>> 8;
    const bit = 1 << ((at >>> 3) & 31);
    const isThere = (blocks[word]! & bit) !== 0;
    if (!isThere) {
      // Only the block in which the datagram ends may have less octets than a block (RFC 791 §3.2); others of that kind cannot be placed.
      if (stop < Math.min(at + BLOCK, end)) break;
      blocks[word]! |= bit;
      datagram.blockCount++;
    }
    for (let k = at; k < stop; k++) {
      const octet = view.getUint8(from + k - offset);
      if (!isThere) bytes[k] = octet;
      else if (bytes[k] !== octet) differs = true;
    }
  }
  return differs;
}

/** Puts the fragments of a whole datagram in the order of their offsets, those at the same as they came, and finds out which overlap. */
function arrange({ fragments, fragmentCount, length }: Datagram): void {
  let isInOrder = true;
  for (let at = FRAGMENT; at < FRAGMENT * fragmentCount; at += FRAGMENT)
    if (fragments[at + 1]! < fragments[at + 1 - FRAGMENT]!) isInOrder = false;
  if (!isInOrder) {
    const came = fragments.slice(0, FRAGMENT * fragmentCount);
    const order = Array.from({ length: fragmentCount }, (_, i) => FRAGMENT * i);
    order.sort((a, b) => came[a + 1]! - came[b + 1]!);
    order.forEach((at, i) => {
      fragments.set(came.subarray(at, at + FRAGMENT), FRAGMENT * i);
    });
  }
  let reach = 0;
  for (let at = 0; at < FRAGMENT * fragmentCount; at += FRAGMENT) {
    const to = fragments[at + 1]! + fragments[at + 2]!;
    if (fragments[at + 1]! < reach) fragments[at + 3]! |= OVERLAP;
    if (to > length) fragments[at + 3]! |= TOO_LONG;
    reach = Math.max(reach, to);
  }
}

/** In a key: the datagram is whole. */
const WHOLE = -2;

function isSame(a: Int32Array, b: Int32Array): boolean {
  for (let i = 0; i < KEY; i++) if (a[i] !== b[i]) return false;
  return true;
}

function makeDatagram(): Datagram {
  const bytes = new Uint8Array(LONGEST);
  return {
    key: new Int32Array(KEY),
    since: 0,
    bytes,
    view: new DataView(bytes.buffer),
    blocks: new Uint32Array(BLOCKS / 32),
    blockCount: 0,
    length: -1,
    fragments: new Int32Array(FRAGMENT * LISTED_FRAGMENTS),
    fragmentCount: 0,
  };
}
