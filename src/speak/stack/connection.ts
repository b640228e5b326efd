/** A connection as its host knows it: the TCB, the two ends, the way there, and who is told what happens. */
import type { PosixCode } from '../../core/errors.ts';
import { type Micros, type Ticks, ticksAt } from '../../core/time.ts';
import type { IpAddress } from '../../wire/ip-address.ts';
import { abort, release, type Tcb } from '../tcp/index.ts';
import type { ConnectionQueue } from './connection-queue.ts';
import type { Interface } from './interface.ts';
import type { SourceRoute } from './source-route.ts';

/** What is told of a connection that goes on (RFC 9293 §3.9.1.8, ERROR_REPORT). */
export type Report =
  /** A router or the peer's host says that segments do not arrive: what that means, and the message's type and code. */
  | { readonly reason: 'icmp'; readonly code: PosixCode; readonly icmpType: number; readonly icmpCode: number }
  /** The same octets were sent again so often without an answer. */
  | { readonly reason: 'retransmissions'; readonly count: number }
  /** Urgent data ends so many octets ahead of what the program has read. */
  | { readonly reason: 'urgent'; readonly octets: number };

/** Who is told what happens to a connection: a socket, or the listener until somebody accepts it. */
export interface ConnectionOwner {
  /** `events` are bits of EVENT. Called inside a drain or a call of the owner's own: it may call back into the host. */
  connectionEvents(connection: Connection, events: number): void;
  /** The same for trouble that does not end the connection; an owner that does not want to know leaves it out. */
  connectionReport?(connection: Connection, report: Report): void;
}

/** Words of a connection's key: local address, remote address, both ports; for IPv6 the zones as well. */
export const KEY_WORDS = 3;
export const KEY_WORDS_6 = 10;

/** Writes the key of the connection between these ends; answers how many words it has. */
export function writeKey(
  key: Int32Array,
  local: IpAddress,
  remote: IpAddress,
  localPort: number,
  remotePort: number,
): number {
  if (typeof local === 'number') {
    key[0] = local;
    key[1] = remote as number;
    key[2] = (localPort << 16) | remotePort;
    return KEY_WORDS;
  }
  const other = remote as Exclude<IpAddress, number>;
  key[0] = local.a;
  key[1] = local.b;
  key[2] = local.c;
  key[3] = local.d;
  key[4] = other.a;
  key[5] = other.b;
  key[6] = other.c;
  key[7] = other.d;
  key[8] = (localPort << 16) | remotePort;
  key[9] = (local.zone << 16) | other.zone;
  return KEY_WORDS_6;
}

const HELD = 1;
const WAITS_FOR_FRAME = 2;
const TELLING = 4;
const HAS_RECEIVED = 8;
const ACTIVE = 16;
const CLAIMED = 32;

/** A connection of a host. */
export class Connection {
  readonly tcb: Tcb;
  //= RFC 9293 §3.9.1.1 MUST-45: for good
  readonly localAddress: IpAddress;
  readonly remoteAddress: IpAddress;
  iface: Interface;
  nextHop: IpAddress;
  /** The flow label of its packets, IPv6's only (RFC 6437). */
  flowLabel = 0;
  /** The gateways its packets go through; undefined where routers find the way. */
  route: SourceRoute | undefined = undefined;
  /** The Differentiated Services field and ECN of the packet that came last. */
  receivedTypeOfService = 0;
  /** Nobody: its program has gone, and the host sees it through. */
  owner: ConnectionOwner | undefined;
  /** Its place in the host's table; -1 when it is in none (any more). */
  id = -1;
  /** Why it ended, when something outside the TCB knows better (an ICMP error). */
  error: PosixCode | undefined = undefined;
  #soft: { readonly code: PosixCode; readonly at: Ticks } | undefined = undefined;
  /** Bits of what is true of it now: fields of their own would take 48 octets. */
  #now = 0;
  /** The connection in TIME-WAIT whose place it takes, until it is established. */
  predecessor: Connection | undefined = undefined;
  /** The listener's queue it stands in, who came before it and who after. */
  queue: ConnectionQueue | undefined = undefined;
  before: Connection | undefined = undefined;
  behind: Connection | undefined = undefined;

  constructor(
    tcb: Tcb,
    localAddress: IpAddress,
    remoteAddress: IpAddress,
    iface: Interface,
    owner: ConnectionOwner | undefined,
  ) {
    this.tcb = tcb;
    this.localAddress = localAddress;
    this.remoteAddress = remoteAddress;
    this.iface = iface;
    this.nextHop = iface.nextHop(remoteAddress);
    this.owner = owner;
  }

  /** It stands in the list of held acknowledgments ... */
  get held(): boolean {
    return (this.#now & HELD) !== 0;
  }

  set held(is: boolean) {
    this.#set(HELD, is);
  }

  /** ... of those that wait for a frame. */
  get waitsForFrame(): boolean {
    return (this.#now & WAITS_FOR_FRAME) !== 0;
  }

  set waitsForFrame(is: boolean) {
    this.#set(WAITS_FOR_FRAME, is);
  }

  /** Its owner is being told of events: what the owner does meanwhile is seen to when it has been told. */
  get telling(): boolean {
    return (this.#now & TELLING) !== 0;
  }

  /** The telling begins ... */
  tell(): void {
    this.#now |= TELLING;
  }

  /** ... and is over. */
  told(): void {
    this.#now &= ~TELLING;
  }

  /** Octets have arrived before: the first are acknowledged at once. */
  get hasReceived(): boolean {
    return (this.#now & HAS_RECEIVED) !== 0;
  }

  set hasReceived(is: boolean) {
    this.#set(HAS_RECEIVED, is);
  }

  /** It keeps the program running: neither CLOSED nor in TIME-WAIT. */
  get active(): boolean {
    return (this.#now & ACTIVE) !== 0;
  }

  set active(is: boolean) {
    this.#set(ACTIVE, is);
  }

  /** It counts as a user of its port in the host's claims. */
  get claimed(): boolean {
    return (this.#now & CLAIMED) !== 0;
  }

  set claimed(is: boolean) {
    this.#set(CLAIMED, is);
  }

  #set(bit: number, is: boolean): void {
    if (is) this.#now |= bit;
    else this.#now &= ~bit;
  }

  /**
   * What the network said and did not insist on, unless the peer has been heard of since: the reason given if the connection times out (RFC 1122
   * §4.2.3.9).
   */
  get softError(): PosixCode | undefined {
    const soft = this.#soft;
    return soft === undefined || ((this.tcb.timers.heard - soft.at) | 0) > 0 ? undefined : soft.code;
  }

  /** The network says something of the kind. */
  failSoftly(code: PosixCode, now: Micros): void {
    this.#soft = { code, at: ticksAt(now) };
  }

  /** The same as `softError`, for whoever is told: it is not told again. */
  takeSoftError(): PosixCode | undefined {
    const code = this.softError;
    this.#soft = undefined;
    return code;
  }

  /** Why it ended, when that was not in order: a time-out by what the network said, if it said anything. */
  get failure(): PosixCode | undefined {
    const { error } = this.tcb;
    return this.error ?? (error === 'ETIMEDOUT' ? (this.softError ?? error) : error);
  }

  /** Another one has taken its place out of TIME-WAIT for good. */
  forget(now: Micros): void {
    abort(this.tcb, now);
    if (this.owner === undefined) release(this.tcb);
  }
}
