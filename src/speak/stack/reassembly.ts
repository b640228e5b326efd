/**
 * Fragments put together, of either version of IP. Bounded in datagrams, in octets, in pieces of one datagram and in time; the one that has waited longest makes room. A datagram
 * with fragments that overlap is given up with all that is still to come of it: there is no honest reason for them. Read first: RFC 815 (what is
 * there and what is not), RFC 1122 §3.3.2, RFC 8200 §4.5, RFC 5722 (overlaps), RFC 1858 and RFC 3128 (tiny first fragments). Not here: cutting (fragmentation.ts).
 */
import { FlowTable } from '../../core/flow-table.ts';
import type { Random } from '../../core/random.ts';
import type { Ranges } from '../../core/ranges.ts';
import { MILLISECOND, type Micros, NEVER } from '../../core/time.ts';
import { finish, sum } from '../../wire/checksum.ts';
import type { Frame } from '../../wire/frame.ts';
import * as icmp from '../../wire/icmp.ts';
import type { IpAddress } from '../../wire/ip-address.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as tcp from '../../wire/tcp.ts';
import * as udp from '../../wire/udp.ts';
import type { HostCounters } from './counters.ts';
import type { Interface } from './interface.ts';

/** How much of fragments waits for the rest. */
export interface ReassemblyOptions {
  /** The most datagrams at once, 0 (none is put together) to 65,536; default 256. */
  datagrams: number;
  /** The most octets of all of them together, 0 to 2^30; default 4 MiB. */
  octets: number;
  /** The most fragments of one datagram, 2 to 8,192; default 128: 65,535 octets in fragments of 576. */
  fragments: number;
  /** How long the rest is waited for, in milliseconds, 1 to 120,000; default 60,000, as RFC 8200 §4.5 says and RFC 1122 §3.3.2 allows. */
  lifetime: number;
}

/** The defaults of `ReassemblyOptions`. */
export const DEFAULT_REASSEMBLY_OPTIONS: Readonly<ReassemblyOptions> = {
  datagrams: 256,
  octets: 4 << 20,
  fragments: 128,
  lifetime: 60_000,
};

/** The ranges of `ReassemblyOptions`. */
export const REASSEMBLY_RANGES: Ranges<ReassemblyOptions> = {
  prefix: 'reassembly.',
  whole: { datagrams: [0, 65_536], octets: [0, 1 << 30], fragments: [2, 8_192] },
  times: { lifetime: [1, 120_000] },
};

/** The longest packet in octets, its headers counted: what a large frame holds. */
const LONGEST = 65_535;

/** A fragment that has arrived. Who takes fragments in has one of these and fills it again for each. */
export interface Fragment {
  iface: Interface;
  frame: Frame;
  source: IpAddress;
  destination: IpAddress;
  identification: number;
  /** The protocol of the payload: for IPv6 as this fragment says. */
  protocol: number;
  /** Where its payload goes, in octets, and whether more follow. */
  offset: number;
  more: boolean;
  /** The headers before the fragment's own, `[ip, headerEnd)`, and for IPv6 where in the frame the number stands that leads to the fragment header. */
  ip: number;
  headerEnd: number;
  nextAt: number;
  /** The payload, `[at, end)`. */
  at: number;
  end: number;
}

interface Piece {
  readonly from: number;
  readonly to: number;
  readonly octets: Uint8Array;
}

/** A datagram of which fragments have come. */
export class Datagram {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly identification: number;
  readonly protocol: number;
  readonly iface: Interface;
  readonly until: Micros;
  /** Headers of the first fragment, and of what its payload is; where in them the protocol's number stands. */
  header: Uint8Array | undefined = undefined;
  payloadProtocol = 0;
  nextAt = 0;
  /** In order, none touching another's octets. */
  readonly pieces: Piece[] = [];
  octets = 0;
  /** Octets of payload in all; -1 as long as the last fragment has not come. */
  total = -1;
  /** A router on the way marked a fragment (RFC 3168 §5.3). */
  congested = false;
  /** Nothing will come of it: what is still to arrive is dropped. */
  spoiled = false;
  /** The number of its frames, for those who watch. */
  readonly mark: number;

  constructor({ frame, source, destination, identification, protocol, iface }: Fragment, until: Micros) {
    this.mark = frame.mark;
    this.source = source;
    this.destination = destination;
    this.identification = identification;
    this.protocol = protocol;
    this.iface = iface;
    this.until = until;
  }

  get isWhole(): boolean {
    return this.header !== undefined && this.octets === this.total;
  }

  /** Octets of the packet that it is: headers and payload. */
  get length(): number {
    return this.header!.length + this.total;
  }

  /** The octets that stand behind its headers, as far as they are there without a hole. */
  get beginning(): Uint8Array | undefined {
    const first = this.pieces[0];
    return first?.from === 0 ? first.octets : undefined;
  }

  /** Writes the packet that it was before it was cut; returns where it ends. */
  write(frame: Pick<Frame, 'view' | 'bytes' | 'mark'>, at: number): number {
    const { view, bytes } = frame;
    const header = this.header!;
    frame.mark = this.mark;
    bytes.set(header, at);
    const payload = at + header.length;
    for (const { from, octets } of this.pieces) bytes.set(octets, payload + from);
    const end = payload + this.total;
    if (typeof this.source === 'number') {
      view.setUint16(at + 2, end - at);
      view.setUint16(at + 6, 0);
      view.setUint16(at + 10, 0);
      if (this.congested && ipv4.ecn(view, at) !== ipv4.NOT_ECT) view.setUint8(at + 1, view.getUint8(at + 1) | ipv4.CE);
      view.setUint16(at + 10, finish(sum(view, at, header.length)));
    } else {
      view.setUint16(at + 4, end - at - ipv6.HEADER);
      view.setUint8(at + this.nextAt, this.payloadProtocol);
      if (this.congested && (ipv6.trafficClass(view, at) & 3) !== ipv4.NOT_ECT) ipv6.setEcn(view, at, ipv4.CE);
    }
    return end;
  }
}

/** Words of a key: both addresses, the identification, the protocol, and for link-local addresses the link. */
const WORDS = 11;

/** The datagrams that a host puts together. */
export class Reassembly {
  readonly #options: Readonly<ReassemblyOptions>;
  readonly #counters: HostCounters;
  readonly #expired: (datagram: Datagram, now: Micros) => void;
  readonly #ids: FlowTable;
  readonly #byId: (Datagram | undefined)[] = [];
  readonly #freeIds: number[] = [];
  /** The one that began first, first. */
  readonly #waiting = new Set<Datagram>();
  readonly #key = new Int32Array(WORDS);
  #octets = 0;

  /** @param expired is told of a datagram whose rest has not come in time, and whose first fragment has */
  constructor(
    options: Readonly<ReassemblyOptions>,
    counters: HostCounters,
    random: Random,
    expired: (datagram: Datagram, now: Micros) => void,
  ) {
    this.#options = options;
    this.#counters = counters;
    this.#expired = expired;
    this.#ids = new FlowTable({ words: WORDS, limit: Math.max(1, options.datagrams), random });
  }

  /** How many datagrams wait for the rest of them, and how many octets of them are here. */
  get size(): number {
    return this.#waiting.size;
  }

  get octets(): number {
    return this.#octets;
  }

  /** Takes a fragment in. Answers the datagram when it is whole; it is forgotten here then. */
  add(fragment: Fragment, now: Micros): Datagram | undefined {
    const { at, end, offset, more } = fragment;
    const counters = this.#counters;
    counters.ipFragmentsIn++;
    const to = offset + end - at;
    const most = LONGEST - (fragment.headerEnd - fragment.ip);
    //= RFC 8200 §4.5: all but the last are a multiple of eight octets long, and the whole is no longer than a packet can be
    if (to > most || (more && ((end - at) & 7) !== 0) || end === at || isTiny(fragment)) {
      counters.ipFragmentMalformed++;
      return undefined;
    }
    const datagram = this.#find(fragment) ?? this.#begin(fragment, now);
    if (datagram === undefined || datagram.spoiled) {
      counters.ipFragmentDropped++;
      return undefined;
    }
    if (!this.#insert(datagram, fragment, to)) return undefined;
    if (!more) datagram.total = to;
    if (offset === 0) {
      const { bytes } = fragment.frame;
      datagram.header = bytes.slice(fragment.ip, fragment.headerEnd);
      datagram.payloadProtocol = fragment.protocol;
      datagram.nextAt = fragment.nextAt - fragment.ip;
    }
    if (!datagram.isWhole) {
      while (this.#octets > this.#options.octets) this.#evict();
      return undefined;
    }
    this.#forget(datagram);
    counters.ipReassembled++;
    return datagram;
  }

  /** When a datagram is given up. */
  nextTimeout(): Micros {
    for (const { until } of this.#waiting) return until;
    return NEVER;
  }

  /** Gives up those whose time is over; answers whether there were any. */
  timeout(now: Micros): boolean {
    let ran = false;
    for (const datagram of this.#waiting) {
      if (datagram.until > now) break;
      ran = true;
      this.#forget(datagram);
      if (datagram.spoiled) continue;
      this.#counters.ipReassemblyTimeouts++;
      //= RFC 8200 §4.5: the sender is told, if the first fragment has come
      if (datagram.beginning !== undefined) this.#expired(datagram, now);
    }
    return ran;
  }

  #writeKey({ source, destination, identification, protocol }: Fragment | Datagram): void {
    const key = this.#key;
    if (typeof source === 'number') {
      key.fill(0);
      key[0] = source;
      key[4] = destination as number;
      //= RFC 791 §3.2: the protocol tells datagrams apart; for IPv6 the first fragment alone says what it is (RFC 8200 §4.5)
      key[9] = protocol;
      key[10] = 4;
    } else {
      const to = destination as Exclude<IpAddress, number>;
      key[0] = source.a;
      key[1] = source.b;
      key[2] = source.c;
      key[3] = source.d;
      key[4] = to.a;
      key[5] = to.b;
      key[6] = to.c;
      key[7] = to.d;
      key[9] = source.zone;
      key[10] = 6;
    }
    key[8] = identification;
  }

  #find(fragment: Fragment): Datagram | undefined {
    this.#writeKey(fragment);
    const id = this.#ids.get(this.#key);
    return id < 0 ? undefined : this.#byId[id];
  }

  #begin(fragment: Fragment, now: Micros): Datagram | undefined {
    if (this.#options.datagrams === 0) return undefined;
    if (this.#waiting.size >= this.#options.datagrams) this.#evict();
    const datagram = new Datagram(fragment, now + this.#options.lifetime * MILLISECOND);
    const id = this.#freeIds.pop() ?? this.#byId.length;
    this.#writeKey(datagram);
    this.#ids.set(this.#key, id);
    this.#byId[id] = datagram;
    this.#waiting.add(datagram);
    return datagram;
  }

  /** Puts a fragment in its place; false when it is nothing new, or the datagram is spoiled now. */
  #insert(datagram: Datagram, { frame, offset, at, end, more, source, ip }: Fragment, to: number): boolean {
    const { pieces } = datagram;
    let place = pieces.length;
    while (place > 0 && pieces[place - 1]!.from >= offset) place--;
    const before = pieces[place - 1];
    const behind = pieces[place];
    if (behind?.from === offset && behind.to === to && equal(behind.octets, frame.bytes, at)) {
      // A copy of one that is here: the network does that (RFC 8200 §4.5).
      this.#counters.ipFragmentDropped++;
      return false;
    }
    const beyond = datagram.total >= 0 && (to > datagram.total || (!more && to !== datagram.total));
    const short = !more && (pieces.at(-1)?.to ?? 0) > to;
    //= RFC 5722 §4: overlaps spoil the whole datagram, and what is still to come of it
    const overlaps = (before?.to ?? 0) > offset || (behind?.from ?? to) < to;
    if (overlaps || beyond || short || pieces.length >= this.#options.fragments) {
      this.#counters.ipFragmentOverlaps++;
      this.#spoil(datagram);
      return false;
    }
    pieces.splice(place, 0, { from: offset, to, octets: frame.bytes.slice(at, end) });
    datagram.octets += end - at;
    this.#octets += end - at;
    const traffic = typeof source === 'number' ? ipv4.ecn(frame.view, ip) : ipv6.trafficClass(frame.view, ip) & 3;
    if (traffic === ipv4.CE) datagram.congested = true;
    return true;
  }

  #spoil(datagram: Datagram): void {
    datagram.spoiled = true;
    this.#octets -= datagram.octets;
    datagram.octets = 0;
    datagram.pieces.length = 0;
  }

  /** The one that has waited longest makes room. */
  #evict(): void {
    for (const datagram of this.#waiting) {
      this.#counters.ipReassemblyEvicted++;
      return this.#forget(datagram);
    }
  }

  #forget(datagram: Datagram): void {
    this.#waiting.delete(datagram);
    this.#octets -= datagram.octets;
    this.#writeKey(datagram);
    const id = this.#ids.delete(this.#key);
    this.#byId[id] = undefined;
    this.#freeIds.push(id);
  }
}

/** Octets that the first fragment has to have at the least: the header of what it carries, so that nobody hides it in the second. */
const LEAST_FIRST: ReadonlyMap<number, number> = new Map([
  [ipv4.TCP, tcp.HEADER],
  [ipv4.UDP, udp.HEADER],
  [ipv4.ICMP, icmp.HEADER],
  [ipv6.ICMPV6, icmp.HEADER],
]);

//= RFC 3128 §2
//= RFC 7112 §5
function isTiny({ protocol, offset, at, end }: Fragment): boolean {
  const least = LEAST_FIRST.get(protocol) ?? 0;
  return offset === 0 ? end - at < least : offset < least;
}

function equal(octets: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < octets.length; i++) if (octets[i] !== bytes[at + i]) return false;
  return true;
}
