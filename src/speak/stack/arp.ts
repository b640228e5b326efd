/**
 * Who has which hardware address on an Ethernet. Asks, remembers for a while, makes packets wait for the answer, and says so when none comes. Everything is bounded:
 * neighbours, packets that wait, tries. Read first: RFC 826 ("Packet Reception"); RFC 1122 §2.3.2.
 */
import type { Ranges } from '../../core/ranges.ts';
import { MILLISECOND, type Micros, NEVER } from '../../core/time.ts';
import type { Ipv4 } from '../../wire/address.ts';
import * as arp from '../../wire/arp.ts';
import * as ethernet from '../../wire/ethernet.ts';
import { type Frame, HEADROOM } from '../../wire/frame.ts';
import type { HostCounters } from './counters.ts';
import type { Interface } from './interface.ts';

/** What the cache is told. */
export interface NeighbourOptions {
  /** The most neighbours remembered, 1 to 2^20; default 1,024. */
  neighbours: number;
  /** The most packets that wait for one neighbour's answer, 0 to 65,536; default 16. */
  waiting: number;
  /** How long an answer is believed without another word, in milliseconds, 1 to 86,400,000 (a day); default 60,000. */
  lifetime: number;
  /** How long an answer is waited for before the question is asked again, in milliseconds, 1 to 3,600,000, default 1,000, and how often it is asked, 1 to 255, default 3. */
  retryAfter: number;
  tries: number;
}

/** The defaults of `NeighbourOptions`. */
export const DEFAULT_NEIGHBOUR_OPTIONS: Readonly<NeighbourOptions> = {
  neighbours: 1_024,
  waiting: 16,
  lifetime: 60_000,
  retryAfter: 1_000,
  tries: 3,
};

/** The ranges of `NeighbourOptions`. */
export const NEIGHBOUR_RANGES: Ranges<NeighbourOptions> = {
  prefix: 'arp.',
  whole: { neighbours: [1, 1 << 20], waiting: [0, 65_536], tries: [1, 255] },
  times: { lifetime: [1, 86_400_000], retryAfter: [1, 3_600_000] },
};

/** What a cache needs of its host. */
export interface NeighbourEvents {
  /** A frame for a question; undefined when none is free. */
  takeFrame(): Frame | undefined;
  /** Nobody answers for the next hop of the packet in `frame`, which stays the cache's. */
  unanswered(frame: Frame, now: Micros): void;
}

interface Neighbour {
  readonly address: Ipv4;
  mac: Uint8Array | undefined;
  /** Until when `mac` is believed. */
  fresh: Micros;
  /** Questions asked since the last answer; when the next is due while one is open. */
  tries: number;
  nextTry: Micros;
  readonly waiting: Frame[];
}

const UNKNOWN = new Uint8Array(6);
const EVERYBODY = new Uint8Array(6).fill(0xff);

/** The neighbours on one interface. */
export class Neighbours {
  readonly #interface: Interface;
  readonly #counters: HostCounters;
  readonly #options: NeighbourOptions;
  readonly #events: NeighbourEvents;
  /** In order of learning. */
  readonly #known = new Map<Ipv4, Neighbour>();
  /** Those with an open question. */
  readonly #asked = new Set<Neighbour>();
  /** The last one sent to: most packets go where the one before went. */
  #last: Neighbour | undefined = undefined;

  constructor(iface: Interface, counters: HostCounters, options: NeighbourOptions, events: NeighbourEvents) {
    this.#interface = iface;
    this.#counters = counters;
    this.#options = options;
    this.#events = events;
  }

  /** How many neighbours are remembered. */
  get size(): number {
    return this.#known.size;
  }

  /** The hardware address of a neighbour, if it is known. */
  hardwareOf(address: Ipv4): Uint8Array | undefined {
    return this.#known.get(address)?.mac;
  }

  /** Sends an IP frame to the neighbour `address`, now or when it has answered. Takes the frame over. */
  send(frame: Frame, address: Ipv4, now: Micros): void {
    let neighbour = this.#last;
    if (neighbour === undefined || neighbour.address !== address) {
      neighbour = this.#known.get(address);
      if (neighbour === undefined) {
        neighbour = this.#add(address);
        if (neighbour === undefined) {
          this.#counters.arpCacheFull++;
          frame.pool.release(frame);
          return;
        }
      }
      this.#last = neighbour;
    }
    if (neighbour.mac !== undefined) {
      // Believed too long: it is asked again, at the address it had, and used meanwhile.
      if (now >= neighbour.fresh && !this.#asked.has(neighbour)) this.#ask(neighbour, now);
      return this.#interface.transmitTo(frame, neighbour.mac, now);
    }
    if (neighbour.waiting.length >= this.#options.waiting) {
      this.#counters.arpQueueFull++;
      frame.pool.release(frame);
      return;
    }
    neighbour.waiting.push(frame);
    if (!this.#asked.has(neighbour)) this.#ask(neighbour, now);
  }

  /** Packets to a neighbour have no effect: whether its address still holds is asked, and it is forgotten when nobody answers (RFC 1122 §3.3.1.4). */
  doubt(address: Ipv4, now: Micros): void {
    const neighbour = this.#known.get(address);
    if (neighbour?.mac !== undefined && !this.#asked.has(neighbour)) this.#ask(neighbour, now);
  }

  /** An ARP packet at `at` has arrived. RFC 826: what it says of somebody we know is taken up; a question for us is answered. */
  arrives(view: DataView, at: number, end: number, now: Micros): void {
    if (
      arp.locate(view, at, end) < 0 ||
      arp.hardwareType(view, at) !== 1 ||
      arp.protocolType(view, at) !== ethernet.TYPE_IPV4
    ) {
      this.#counters.arpMalformed++;
      return;
    }
    const sender = arp.senderProtocol(view, at);
    const forUs = arp.targetProtocol(view, at) === this.#interface.address;
    let neighbour = this.#known.get(sender);
    // Addresses that cannot be a neighbour's are not remembered: nobody's, everybody's, and our own.
    const acceptable = sender !== 0 && sender !== this.#interface.address && this.#interface.isOnLink(sender);
    if (neighbour === undefined && forUs && acceptable) {
      neighbour = this.#add(sender);
      if (neighbour === undefined) this.#counters.arpCacheFull++;
    }
    if (neighbour !== undefined) {
      neighbour.mac = octets(view, arp.senderHardwareAt(at));
      neighbour.fresh = now + this.#options.lifetime * MILLISECOND;
      neighbour.tries = 0;
      this.#asked.delete(neighbour);
      for (const frame of neighbour.waiting) this.#interface.transmitTo(frame, neighbour.mac, now);
      neighbour.waiting.length = 0;
    }
    if (forUs && arp.operation(view, at) === arp.REQUEST) {
      const to = octets(view, arp.senderHardwareAt(at));
      this.#emit(arp.REPLY, to, to, sender, now);
    }
  }

  /** When a question is to be asked again or given up. */
  nextTimeout(): Micros {
    let next = NEVER;
    for (const neighbour of this.#asked) next = Math.min(next, neighbour.nextTry);
    return next;
  }

  /** Asks again, and gives up where enough was asked. Answers whether anything was due. */
  timeout(now: Micros): boolean {
    let ran = false;
    for (const neighbour of this.#asked) {
      if (neighbour.nextTry > now) continue;
      ran = true;
      if (neighbour.tries < this.#options.tries) this.#ask(neighbour, now);
      else this.#giveUp(neighbour, now);
    }
    return ran;
  }

  #add(address: Ipv4): Neighbour | undefined {
    if (this.#known.size >= this.#options.neighbours && !this.#forgetOne()) return undefined;
    const neighbour: Neighbour = { address, mac: undefined, fresh: 0, tries: 0, nextTry: NEVER, waiting: [] };
    this.#known.set(address, neighbour);
    return neighbour;
  }

  /** Makes room: the neighbour learned longest ago that nothing waits for. */
  #forgetOne(): boolean {
    for (const neighbour of this.#known.values()) {
      if (this.#asked.has(neighbour)) continue;
      this.#forget(neighbour);
      return true;
    }
    return false;
  }

  #forget(neighbour: Neighbour): void {
    this.#known.delete(neighbour.address);
    this.#asked.delete(neighbour);
    if (this.#last === neighbour) this.#last = undefined;
  }

  #ask(neighbour: Neighbour, now: Micros): void {
    neighbour.tries++;
    neighbour.nextTry = now + Math.max(1, this.#options.retryAfter) * MILLISECOND;
    this.#asked.add(neighbour);
    this.#emit(arp.REQUEST, neighbour.mac ?? EVERYBODY, UNKNOWN, neighbour.address, now);
  }

  #giveUp(neighbour: Neighbour, now: Micros): void {
    this.#forget(neighbour);
    for (const frame of neighbour.waiting) {
      this.#counters.arpUnanswered++;
      this.#events.unanswered(frame, now);
      frame.pool.release(frame);
    }
    neighbour.waiting.length = 0;
  }

  #emit(operation: number, to: Uint8Array, targetHardware: Uint8Array, target: Ipv4, now: Micros): void {
    const frame = this.#events.takeFrame();
    if (frame === undefined) {
      this.#counters.ipNoFrame++;
      return;
    }
    const { mac, address } = this.#interface;
    const at = ethernet.emit(frame.view, HEADROOM, to, mac, ethernet.TYPE_ARP);
    frame.start = HEADROOM;
    frame.length = arp.emit(frame.view, at, operation, mac, address, targetHardware, target) - HEADROOM;
    this.#interface.put(frame, now);
  }
}

function octets(view: DataView, at: number): Uint8Array {
  const mac = new Uint8Array(6);
  for (let i = 0; i < 6; i++) mac[i] = view.getUint8(at + i);
  return mac;
}
