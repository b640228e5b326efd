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
  /** Frame number, offset in octets and length in octets of each fragment, by three. */
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
    if (isLast && datagram.length < 0) datagram.length = offset + length;
    // Every fragment but the last is a whole number of blocks (RFC 791 §3.2); what is over cannot be placed.
    const blocks = isLast ? Math.ceil(length / BLOCK) : Math.floor(length / BLOCK);
    for (let i = 0; i < blocks; i++) {
      const block = offset / BLOCK + i;
      const bit = 1 << (block & 31);
      if (datagram.blocks[block >>> 5]! & bit) continue;
      datagram.blocks[block >>> 5]! |= bit;
      datagram.blockCount++;
      const stop = Math.min(BLOCK, length - i * BLOCK);
      for (let k = 0; k < stop; k++) datagram.bytes[block * BLOCK + k] = view.getUint8(from + i * BLOCK + k);
    }
    if (datagram.fragmentCount < LISTED_FRAGMENTS) {
      const place = 3 * datagram.fragmentCount++;
      datagram.fragments[place] = frame;
      datagram.fragments[place + 1] = offset;
      datagram.fragments[place + 2] = length;
    }
    if (datagram.length < 0 || datagram.blockCount < Math.ceil(datagram.length / BLOCK)) return undefined;
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
    fragments: new Int32Array(3 * LISTED_FRAGMENTS),
    fragmentCount: 0,
  };
}
