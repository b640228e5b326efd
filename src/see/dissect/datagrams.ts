/**
 * IPv4 fragments put together again, in bounded memory: the frame that completes a datagram shows what the datagram carries. Octets that
 * arrive twice keep their first value. Not here: when a fragment is a candidate (dissector.ts).
 *
 * Read first: RFC 791 §3.2 (the reassembly procedure, whose table of eight-octet blocks this is); RFC 815.
 */

import { wholeNumber } from '../../core/ranges.ts';
import * as ipv4 from '../../wire/ipv4.ts';

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

/** A datagram in the making. */
export interface Datagram {
  source: number;
  destination: number;
  protocol: number;
  identification: number;
  /** The capture's fragment count when the first fragment came: the smallest is the oldest. 0 is free. */
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
  #clock = 0;

  /** @throws TcplabError EINVAL when the limit is out of its range */
  constructor(options: DatagramOptions = {}) {
    this.limit = wholeNumber('datagrams', options.datagrams ?? 64, 0, 65_536);
  }

  /**
   * Takes the fragment whose IPv4 header is at `at` and whose octets are `[from, to)`.
   * @returns the whole datagram when this fragment completed it: its memory is used again from the next call on
   */
  add(view: DataView, at: number, from: number, to: number, frame: number): Datagram | undefined {
    const offset = ipv4.fragmentOffset(view, at);
    const last = (ipv4.flagsAndOffset(view, at) & ipv4.MORE_FRAGMENTS) === 0;
    const length = to - from;
    if (this.limit === 0 || length <= 0 || offset + length > LONGEST) return undefined;
    const datagram = this.#of(view, at);
    if (last && datagram.length < 0) datagram.length = offset + length;
    // Every fragment but the last is a whole number of blocks (RFC 791 §3.2); what is over cannot be placed.
    const blocks = last ? Math.ceil(length / BLOCK) : Math.floor(length / BLOCK);
    for (let i = 0; i < blocks; i++) {
      const block = offset / BLOCK + i;
      const bit = 1 << (block & 31);
      if (datagram.blocks[block >>> 5]! & bit) continue;
      datagram.blocks[block >>> 5]! |= bit;
      datagram.blockCount++;
      const stop = Math.min(BLOCK, length - i * BLOCK);
      for (let k = 0; k < stop; k++) datagram.bytes[block * BLOCK + k] = view.getUint8(from + i * BLOCK + k);
    }
    if (datagram.fragmentCount < LISTED_FRAGMENTS)
      datagram.fragments.set([frame, offset, length], 3 * datagram.fragmentCount++);
    if (datagram.length < 0 || datagram.blockCount < Math.ceil(datagram.length / BLOCK)) return undefined;
    datagram.since = 0;
    return datagram;
  }

  #of(view: DataView, at: number): Datagram {
    const source = ipv4.source(view, at);
    const destination = ipv4.destination(view, at);
    const protocol = ipv4.protocol(view, at);
    const identification = ipv4.identification(view, at);
    let chosen: Datagram | undefined;
    for (const one of this.#all) {
      if (
        one.since > 0 &&
        one.identification === identification &&
        one.source === source &&
        one.destination === destination &&
        one.protocol === protocol
      )
        return one;
      if (chosen === undefined || one.since < chosen.since) chosen = one;
    }
    if (chosen === undefined || (chosen.since > 0 && this.#all.length < this.limit)) {
      chosen = makeDatagram();
      this.#all.push(chosen);
    } else if (chosen.since > 0) this.abandoned++;
    chosen.source = source;
    chosen.destination = destination;
    chosen.protocol = protocol;
    chosen.identification = identification;
    chosen.since = ++this.#clock;
    chosen.blocks.fill(0);
    chosen.blockCount = 0;
    chosen.length = -1;
    chosen.fragmentCount = 0;
    return chosen;
  }
}

function makeDatagram(): Datagram {
  const bytes = new Uint8Array(LONGEST);
  return {
    source: 0,
    destination: 0,
    protocol: 0,
    identification: 0,
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
