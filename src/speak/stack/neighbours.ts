/**
 * Who has which hardware address on an Ethernet, for both versions of IP. Remembers for a while, has somebody ask who is not known, makes packets wait for the answer, and
 * says so when none comes. An address that is known and that another claims is not moved at once: the one who has it is asked first. Everything is
 * bounded: neighbours, packets that wait, tries. Read first: RFC 826, RFC 1122 §2.3.2, RFC 4861 §5.1 and §7.2-7.3, RFC 5227 §2.4. Not here: the
 * questions and answers themselves (arp.ts, neighbour-discovery.ts).
 */
import type { Ranges } from '../../core/ranges.ts';
import { MILLISECOND, type Micros, NEVER } from '../../core/time.ts';
import * as ethernet from '../../wire/ethernet.ts';
import type { Frame } from '../../wire/frame.ts';
import { addressKey, type IpAddress, sameAddress } from '../../wire/ip-address.ts';
import type { HostCounters } from './counters.ts';

/** What the cache is told. */
export interface NeighbourOptions {
  /** The most neighbours remembered, 1 to 2^20; default 1,024. */
  neighbours: number;
  /** The most packets that wait for one neighbour's answer, 0 to 65,536; default 16. For all neighbours together it is half of the host's frames. */
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

/** What a cache needs of its surroundings. */
export interface NeighbourEvents {
  /** Asks who has `address`: everybody, or the one who had it last. */
  ask(address: IpAddress, known: Uint8Array | undefined, now: Micros): void;
  /** Sends an IP frame to a hardware address. Takes the frame over. */
  transmitTo(frame: Frame, mac: Uint8Array, etherType: number, now: Micros): void;
  /** Nobody answers for the next hop of the packet in `frame`, which stays the cache's. */
  unanswered(frame: Frame, now: Micros): void;
}

interface Neighbour {
  readonly address: IpAddress;
  readonly etherType: number;
  mac: Uint8Array | undefined;
  /** Who claims the address while somebody else has it. */
  rival: Uint8Array | undefined;
  /** It says that it is a router. */
  isRouter: boolean;
  /** Until when `mac` is believed. */
  fresh: Micros;
  /** Questions asked since the last answer; when the next is due while one is open. */
  tries: number;
  nextTry: Micros;
  readonly waiting: Frame[];
}

/** The neighbours on one interface. */
export class Neighbours {
  readonly #counters: HostCounters;
  readonly #options: NeighbourOptions;
  readonly #events: NeighbourEvents;
  /** In order of learning. */
  readonly #known = new Map<number | string, Neighbour>();
  /** Those with an open question. */
  readonly #asked = new Set<Neighbour>();
  /** Those that packets wait for, who has waited longest first. */
  readonly #awaited = new Set<Neighbour>();
  /** The last one sent to: most packets go where the one before went. */
  #last: Neighbour | undefined = undefined;

  constructor(counters: HostCounters, options: NeighbourOptions, events: NeighbourEvents) {
    this.#counters = counters;
    this.#options = options;
    this.#events = events;
  }

  /** How many neighbours are remembered. */
  get size(): number {
    return this.#known.size;
  }

  /** The hardware address of a neighbour, if it is known. */
  hardwareOf(address: IpAddress): Uint8Array | undefined {
    return this.#known.get(addressKey(address))?.mac;
  }

  /** Whether a neighbour is known, or asked for. */
  has(address: IpAddress): boolean {
    return this.#known.has(addressKey(address));
  }

  /** Sends an IP frame to the neighbour `address`, now or when it has answered. Takes the frame over. */
  send(frame: Frame, address: IpAddress, now: Micros): void {
    let neighbour = this.#last;
    if (neighbour === undefined || !sameAddress(neighbour.address, address)) {
      neighbour = this.#known.get(addressKey(address)) ?? this.#add(address);
      if (neighbour === undefined) {
        this.#counters.arpCacheFull++;
        frame.pool.release(frame);
        return;
      }
      this.#last = neighbour;
    }
    if (neighbour.mac !== undefined) {
      // Believed too long: it is asked again, at the address it had, and used meanwhile.
      if (now >= neighbour.fresh && !this.#asked.has(neighbour)) this.#ask(neighbour, now);
      return this.#events.transmitTo(frame, neighbour.mac, neighbour.etherType, now);
    }
    if (neighbour.waiting.length >= this.#options.waiting || !this.#mayWait(frame)) {
      this.#counters.arpQueueFull++;
      frame.pool.release(frame);
      return;
    }
    neighbour.waiting.push(frame);
    frame.pool.waiting++;
    this.#awaited.add(neighbour);
    if (!this.#asked.has(neighbour)) this.#ask(neighbour, now);
  }

  /** Whether there is room for one more to wait: of the frames of one pool, whatever interface they are for, half may. Those that have waited longest make room: neighbours that are there answer soon. */
  #mayWait({ pool }: Frame): boolean {
    while (pool.waiting >= Math.max(1, pool.size >> 1)) {
      const [oldest] = this.#awaited;
      if (oldest === undefined) return false;
      const frame = oldest.waiting.shift()!;
      if (oldest.waiting.length === 0) this.#awaited.delete(oldest);
      this.#counters.arpQueueFull++;
      frame.pool.waiting--;
      frame.pool.release(frame);
    }
    return true;
  }

  /** The packets that waited for a neighbour: they wait no longer. */
  #takeWaiting(neighbour: Neighbour): Frame[] {
    const frames = neighbour.waiting.splice(0);
    for (const { pool } of frames) pool.waiting--;
    this.#awaited.delete(neighbour);
    return frames;
  }

  /** Packets to a neighbour have no effect: whether its address still holds is asked, and it is forgotten when nobody answers (RFC 1122 §3.3.1.4). */
  doubt(address: IpAddress, now: Micros): void {
    const neighbour = this.#known.get(addressKey(address));
    if (neighbour?.mac !== undefined && !this.#asked.has(neighbour)) this.#ask(neighbour, now);
  }

  /**
   * A neighbour has said what its hardware address is.
   * @param wanted whether one that is not known is to be remembered: it has asked for us
   * @param overrides whether another hardware address than the known one is meant to take its place
   */
  learn(address: IpAddress, mac: Uint8Array, wanted: boolean, overrides: boolean, now: Micros): void {
    let neighbour = this.#known.get(addressKey(address));
    if (neighbour === undefined && wanted) {
      neighbour = this.#add(address);
      if (neighbour === undefined) this.#counters.arpCacheFull++;
    }
    if (neighbour === undefined) return;
    const { mac: known } = neighbour;
    if (known !== undefined && !sameMac(known, mac)) {
      if (overrides) this.#contest(neighbour, mac, now);
      return;
    }
    this.#settle(neighbour, known ?? mac, now);
  }

  /** A neighbour says whether it is a router; answers whether it said otherwise before. */
  setRouter(address: IpAddress, isRouter: boolean): boolean {
    const neighbour = this.#known.get(addressKey(address));
    if (neighbour === undefined) return false;
    const was = neighbour.isRouter;
    neighbour.isRouter = isRouter;
    return was && !isRouter;
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
      if (neighbour.rival !== undefined) this.#succeed(neighbour, neighbour.rival, now);
      else if (neighbour.tries < this.#options.tries) this.#ask(neighbour, now);
      else this.#giveUp(neighbour, now);
    }
    return ran;
  }

  /**
   * Somebody else claims a neighbour's address. Anybody on the link can: whoever has it is asked, and keeps it by answering. Taking the claim at once, as RFC 826 and RFC 4861 §7.2.5
   * have it, would let every station take every connection; a neighbour that has really moved loses one `retryAfter`.
   */
  #contest(neighbour: Neighbour, mac: Uint8Array, now: Micros): void {
    this.#counters.neighbourContests++;
    neighbour.rival = mac;
    if (!this.#asked.has(neighbour)) this.#ask(neighbour, now);
  }

  /** The one who had the address does not answer: it is the other's. */
  #succeed(neighbour: Neighbour, mac: Uint8Array, now: Micros): void {
    this.#counters.neighbourMoves++;
    this.#settle(neighbour, mac, now);
  }

  #settle(neighbour: Neighbour, mac: Uint8Array, now: Micros): void {
    neighbour.mac = mac;
    neighbour.rival = undefined;
    neighbour.fresh = now + this.#options.lifetime * MILLISECOND;
    neighbour.tries = 0;
    this.#asked.delete(neighbour);
    for (const frame of this.#takeWaiting(neighbour)) this.#events.transmitTo(frame, mac, neighbour.etherType, now);
  }

  #add(address: IpAddress): Neighbour | undefined {
    if (this.#known.size >= this.#options.neighbours && !this.#forgetOne()) return undefined;
    const neighbour: Neighbour = {
      address,
      etherType: typeof address === 'number' ? ethernet.TYPE_IPV4 : ethernet.TYPE_IPV6,
      mac: undefined,
      rival: undefined,
      isRouter: false,
      fresh: 0,
      tries: 0,
      nextTry: NEVER,
      waiting: [],
    };
    this.#known.set(addressKey(address), neighbour);
    return neighbour;
  }

  /** Makes room: the neighbour learned longest ago that nothing waits for. */
  #forgetOne(): boolean {
    for (const neighbour of this.#known.values()) {
      if (this.#asked.has(neighbour) || neighbour === this.#last) continue;
      this.#forget(neighbour);
      return true;
    }
    return false;
  }

  #forget(neighbour: Neighbour): void {
    this.#known.delete(addressKey(neighbour.address));
    this.#asked.delete(neighbour);
    if (this.#last === neighbour) this.#last = undefined;
  }

  #ask(neighbour: Neighbour, now: Micros): void {
    neighbour.tries++;
    neighbour.nextTry = now + Math.max(1, this.#options.retryAfter) * MILLISECOND;
    this.#asked.add(neighbour);
    this.#events.ask(neighbour.address, neighbour.mac, now);
  }

  #giveUp(neighbour: Neighbour, now: Micros): void {
    this.#forget(neighbour);
    for (const frame of this.#takeWaiting(neighbour)) {
      this.#counters.arpUnanswered++;
      this.#events.unanswered(frame, now);
      frame.pool.release(frame);
    }
  }
}

/** Whether two hardware addresses are one. */
export function sameMac(x: Uint8Array, y: Uint8Array): boolean {
  for (let i = 0; i < 6; i++) if (x[i] !== y[i]) return false;
  return true;
}

/** The hardware address at `at`, to keep. */
export function macAt(view: DataView, at: number): Uint8Array {
  const mac = new Uint8Array(6);
  for (let i = 0; i < 6; i++) mac[i] = view.getUint8(at + i);
  return mac;
}
