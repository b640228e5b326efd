/**
 * The hub of a cable: hands each frame to the program it is for, keeps the list of who has which port, and gives watchers a copy of
 * everything. All programs on the cable are 127.0.0.1 and ::1, as all programs on one machine are on its loopback: ports tell them apart.
 *
 * Where a frame goes:
 * - to 127.0.0.0/8 or ::1, TCP or UDP: to the program that has the destination port, by claim or because it sent from that port;
 * - to a port that nobody has: back to its own sender, whose stack then refuses it (RST, ICMP unreachable) as a machine's loopback would;
 * - ICMP errors: to whom the quoted packet came from; other ICMP: back to its sender, for everyone is the local host, itself too;
 * - anything else: to all other members, who look at the address themselves.
 *
 * Not here: sockets and paths (meeting.ts). What members send is judged, never trusted, and never throws.
 */
import { inRange, type Ranges } from '../../core/ranges.ts';
import { MILLISECOND, SECOND } from '../../core/time.ts';
import * as ethernet from '../../wire/ethernet.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as tcp from '../../wire/tcp.ts';
import * as udp from '../../wire/udp.ts';
import { type Channel, type ChannelLimit, channelLimit } from './channel.ts';
import { findLoopbackPacket, findQuoted, type LoopbackPacket, makeLoopbackPacket } from './loopback-packet.ts';
import {
  answerBody,
  GRANTED,
  KIND,
  LONGEST_FRAME,
  MEMBER,
  readHello,
  TAKEN,
  TOO_MANY,
  VERSION,
  WATCHER,
} from './message.ts';

/** What a hub can be told. */
export interface HubOptions {
  /** The most programs on the cable, watchers counted, 1 to 65,536; default 256. */
  readonly programs: number;
  /** The most ports that one member may have claimed at a time, those of TCP and UDP together, 0 to 131,072; default 65,536, half of all there are. */
  readonly claims: number;
  /** What may wait for one member; default 4 MiB, 65,536 frames. */
  readonly memberQueue: ChannelLimit;
  /** What may wait for one watcher; default 16 MiB, 65,536 frames. */
  readonly watcherQueue: ChannelLimit;
  /** How long a program that connects may take to say who it is, in milliseconds, 1 to 3,600,000; default 5,000. */
  readonly helloTimeout: number;
  /**
   * How long after a program came over from a lost hub the others are waited for, in milliseconds, 0 to 3,600,000; default 2,000. Meanwhile a frame to a port that
   * nobody has is dropped, to be sent again, and not refused: whoever has the port may be on the way.
   */
  readonly settleTime: number;
}

/** The defaults of `HubOptions`. */
export const DEFAULT_HUB_OPTIONS: HubOptions = {
  programs: 256,
  claims: 65_536,
  memberQueue: { octets: 4 << 20, frames: 65_536 },
  watcherQueue: { octets: 16 << 20, frames: 65_536 },
  helloTimeout: 5_000,
  settleTime: 2_000,
};

const RANGES: Ranges<HubOptions> = {
  prefix: 'hub.',
  whole: { programs: [1, 65_536], claims: [0, 131_072] },
  times: { helloTimeout: [1, 3_600_000], settleTime: [0, 3_600_000] },
};

/**
 * The options of a hub.
 * @throws TcplabError EINVAL when one is out of its range
 */
export function hubOptions(options: Partial<HubOptions>): HubOptions {
  const all = inRange(DEFAULT_HUB_OPTIONS, options, RANGES);
  channelLimit('hub.memberQueue', all.memberQueue);
  channelLimit('hub.watcherQueue', all.watcherQueue);
  return all;
}

/** What a hub has counted. */
export interface HubStatistics {
  /** Frames that members sent. */
  frames: number;
  /** Frames given back to their senders because nobody had the port. */
  returned: number;
  /** Copies dropped because a member's queue was full. */
  droppedForMembers: number;
  /** Copies dropped because a watcher's queue was full. */
  droppedForWatchers: number;
  /** Frames to unclaimed ports that were dropped while programs were still coming over from a lost hub. */
  droppedWhileSettling: number;
  /** Programs turned away: another version, no greeting, malformed messages, too many. */
  refused: number;
}

/** A program on the cable. */
interface Program {
  readonly channel: Channel;
  /** MEMBER, WATCHER, TURNED_AWAY, or 0 before it has said so. */
  role: number;
  /** Frames dropped and not told of yet (watchers). */
  dropped: number;
  /** How many ports it has claimed. */
  claims: number;
  /** TCP ports it wants to be told of when nobody has them, once the hub is settled. */
  readonly asked: Set<number>;
  helloTimer: NodeJS.Timeout | undefined;
}

const TURNED_AWAY = -1;

/** A port of a protocol as one number. */
const keyOf = (protocol: number, port: number): number => (protocol << 16) | port;

/** Whether a protocol has ports that can be claimed. */
const hasPorts = (protocol: number): boolean => protocol === ipv4.TCP || protocol === ipv4.UDP;

/** The hub. */
export class Hub {
  readonly statistics: HubStatistics = {
    frames: 0,
    returned: 0,
    droppedForMembers: 0,
    droppedForWatchers: 0,
    droppedWhileSettling: 0,
    refused: 0,
  };
  readonly options: HubOptions;
  readonly #programs = new Set<Program>();
  readonly #members = new Set<Program>();
  readonly #watchers = new Set<Program>();
  readonly #claimed = new Map<number, Program>();
  /** Who last sent from a port that nobody has claimed. */
  readonly #seen = new Map<number, Program>();
  readonly #packet = makeLoopbackPacket();
  readonly #quote = makeLoopbackPacket();
  #settling: NodeJS.Timeout | undefined;
  #closed = false;

  /** @throws TcplabError EINVAL when an option is out of its range */
  constructor(options: Partial<HubOptions> = {}) {
    this.options = hubOptions(options);
  }

  /** How many programs are on the cable. */
  get members(): number {
    return this.#members.size;
  }

  /** How many programs watch it. */
  get watchers(): number {
    return this.#watchers.size;
  }

  /** Takes a program that has connected; it says who it is. */
  accept(channel: Channel): void {
    const program: Program = { channel, role: 0, dropped: 0, claims: 0, asked: new Set(), helloTimer: undefined };
    channel.receiver = {
      message: (kind, view, bytes, at, end) => this.#message(program, kind, view, bytes, at, end),
      closed: () => this.#leave(program),
      drained: () => this.#tellDropped(program),
    };
    this.#programs.add(program);
    if (this.#closed || this.#programs.size > this.options.programs) {
      // Later, when the program has had the time to listen; what it says until then does not count.
      program.role = TURNED_AWAY;
      setImmediate(() => this.#refuse(program, `there are ${this.options.programs} programs on this cable already`));
      return;
    }
    program.helloTimer = setTimeout(() => this.#refuse(program, 'no greeting came'), this.options.helloTimeout);
    program.helloTimer.unref();
  }

  /** Ends the hub: every program is let go, after what was sent to it. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#settling);
    for (const program of [...this.#programs]) {
      this.#forget(program);
      program.channel.close();
    }
  }

  #message(program: Program, kind: number, view: DataView, bytes: Uint8Array, at: number, end: number): void {
    const length = end - at;
    if (program.role === TURNED_AWAY) return;
    if (program.role === 0) {
      this.#greet(program, kind, view, at, end);
    } else if (program.role === WATCHER) {
      this.#refuse(program, `a watcher only listens, and this one sent a message of kind ${kind}`);
    } else if (kind === KIND.FRAME && length >= ethernet.HEADER && length <= LONGEST_FRAME) {
      this.#frame(program, view, bytes, at, end);
    } else if (kind === KIND.CLAIM && length === 7 && hasPorts(view.getUint8(at + 4))) {
      const answer = bytes.slice(at, at + 5);
      answer[4] = this.#claim(program, keyOf(view.getUint8(at + 4), view.getUint16(at + 5)));
      program.channel.post(KIND.CLAIMED, answer);
    } else if (kind === KIND.RELEASE && length === 3) {
      this.#release(program, keyOf(view.getUint8(at), view.getUint16(at + 1)));
    } else if (kind === KIND.ASK && length === 2) {
      program.asked.add(view.getUint16(at));
      if (this.#settling === undefined) this.#answerAsked(program);
    } else {
      this.#refuse(program, `a message of kind ${kind} with ${length} octets is not one of this cable's`);
    }
  }

  #greet(program: Program, kind: number, view: DataView, at: number, end: number): void {
    const hello = kind === KIND.HELLO ? readHello(view, at, end) : undefined;
    if (hello === undefined || (hello.version === VERSION && hello.role !== MEMBER && hello.role !== WATCHER)) {
      this.#refuse(program, 'the first message is not the greeting of a tcplab program');
      return;
    }
    if (hello.version !== VERSION) {
      this.#refuse(program, `this cable speaks version ${VERSION} and the program version ${hello.version}`);
      return;
    }
    clearTimeout(program.helloTimer);
    program.role = hello.role;
    if (hello.role === WATCHER) program.channel.limit = this.options.watcherQueue;
    (hello.role === MEMBER ? this.#members : this.#watchers).add(program);
    if (hello.again) this.#settle();
    program.channel.post(KIND.WELCOME, answerBody());
  }

  #claim(program: Program, key: number): number {
    const owner = this.#claimed.get(key);
    if (owner !== undefined) return owner === program ? GRANTED : TAKEN;
    if (program.claims >= this.options.claims) return TOO_MANY;
    program.claims++;
    this.#claimed.set(key, program);
    this.#seen.delete(key);
    return GRANTED;
  }

  #release(program: Program, key: number): void {
    if (this.#claimed.get(key) === program) {
      this.#claimed.delete(key);
      program.claims--;
    }
    if (this.#seen.get(key) === program) this.#seen.delete(key);
  }

  #frame(from: Program, view: DataView, bytes: Uint8Array, at: number, end: number): void {
    const length = end - at;
    this.statistics.frames++;
    if (this.#watchers.size > 0) this.#show(bytes, at, length);
    const packet = this.#packet;
    if (!findLoopbackPacket(view, at, end, packet)) {
      for (const member of this.#members) if (member !== from) this.#deliver(member, bytes, at, length);
      return;
    }
    const { protocol, at: payload, end: stop } = packet;
    let owner: Program | undefined = from;
    if (protocol === ipv4.TCP && tcp.locate(view, payload, stop) > 0) {
      // A reset names a port that its sender need not have: it may refuse for a port nobody has.
      if (!(tcp.flags(view, payload) & tcp.RST)) this.#learn(from, keyOf(ipv4.TCP, tcp.sourcePort(view, payload)));
      owner = this.#owner(keyOf(ipv4.TCP, tcp.destinationPort(view, payload)));
    } else if (protocol === ipv4.UDP && udp.locate(view, payload, stop) > 0) {
      this.#learn(from, keyOf(ipv4.UDP, udp.sourcePort(view, payload)));
      owner = this.#owner(keyOf(ipv4.UDP, udp.destinationPort(view, payload)));
    } else if (protocol === (packet.six ? ipv6.ICMPV6 : ipv4.ICMP)) {
      owner = this.#quoted(view, packet) ?? from;
    }
    if (owner === undefined) {
      if (this.#settling !== undefined) {
        this.statistics.droppedWhileSettling++;
        return;
      }
      this.statistics.returned++;
      owner = from;
    }
    this.#deliver(owner, bytes, at, length);
  }

  #owner(key: number): Program | undefined {
    return this.#claimed.get(key) ?? this.#seen.get(key);
  }

  #learn(from: Program, key: number): void {
    if (!this.#claimed.has(key) && this.#seen.get(key) !== from) this.#seen.set(key, from);
  }

  /** Who sent the packet that an ICMP error quotes; undefined when it is no error or quotes too little. */
  #quoted(view: DataView, packet: LoopbackPacket): Program | undefined {
    const quote = this.#quote;
    if (!findQuoted(view, packet, quote)) return undefined;
    return this.#owner(keyOf(quote.protocol, view.getUint16(quote.at)));
  }

  #deliver(to: Program, bytes: Uint8Array, at: number, length: number): void {
    if (!to.channel.frame(KIND.FRAME, bytes, at, length)) this.statistics.droppedForMembers++;
  }

  /** Gives every watcher a copy, with the time of now. */
  #show(bytes: Uint8Array, at: number, length: number): void {
    const now = Math.floor((performance.timeOrigin + performance.now()) * MILLISECOND);
    const seconds = Math.floor(now / SECOND);
    const nanoseconds = (now - seconds * SECOND) * 1_000;
    for (const watcher of this.#watchers) {
      if (watcher.channel.fits(length)) {
        this.#tellDropped(watcher);
        watcher.channel.frame(KIND.SEEN, bytes, at, length, 8, seconds, nanoseconds);
      } else {
        watcher.dropped++;
        this.statistics.droppedForWatchers++;
      }
    }
  }

  #tellDropped(watcher: Program): void {
    if (watcher.dropped === 0) return;
    const body = new Uint8Array(4);
    new DataView(body.buffer).setUint32(0, watcher.dropped);
    watcher.dropped = 0;
    watcher.channel.post(KIND.DROPPED, body);
  }

  /** Waits for the others that have lost their hub too. */
  #settle(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      this.#settling = undefined;
      for (const member of this.#members) this.#answerAsked(member);
    }, this.options.settleTime);
    this.#settling.unref();
  }

  #answerAsked(member: Program): void {
    for (const port of member.asked) if (this.#owner(keyOf(ipv4.TCP, port)) === undefined) this.#tellGone(member, port);
    member.asked.clear();
  }

  #tellGone(member: Program, port: number): void {
    member.channel.post(KIND.GONE, Uint8Array.of(port >>> 8, port & 255));
  }

  #refuse(program: Program, reason: string): void {
    this.statistics.refused++;
    this.#leave(program);
    program.channel.post(KIND.REFUSED, answerBody(reason));
    program.channel.close();
  }

  /** A program is gone: its ports are free, and whoever talked with it is told. */
  #leave(program: Program): void {
    if (!this.#forget(program)) return;
    for (const owners of [this.#claimed, this.#seen]) {
      for (const [key, owner] of owners) {
        if (owner !== program) continue;
        owners.delete(key);
        if (key >>> 16 === ipv4.TCP) for (const member of this.#members) this.#tellGone(member, key & 0xffff);
      }
    }
  }

  #forget(program: Program): boolean {
    clearTimeout(program.helloTimer);
    this.#members.delete(program);
    this.#watchers.delete(program);
    return this.#programs.delete(program);
  }
}
