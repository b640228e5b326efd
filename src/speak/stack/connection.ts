/** A connection as its host knows it: the TCB, the two ends, the way there, and who is told what happens. */
import type { PosixCode } from '../../core/errors.ts';
import type { Micros } from '../../core/time.ts';
import type { Ipv4 } from '../../wire/address.ts';
import { abort, Remains, release, type Tcb } from '../tcp/index.ts';
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

/** Words of a connection's key: local address, remote address, both ports. */
export const KEY_WORDS = 3;

/** Writes the key of the connection between these ends. */
export function writeKey(key: Int32Array, local: Ipv4, remote: Ipv4, localPort: number, remotePort: number): void {
  key[0] = local;
  key[1] = remote;
  key[2] = (localPort << 16) | remotePort;
}

/** A connection of a host. */
export class Connection {
  readonly tcb: Tcb;
  //= RFC 9293 §3.9.1.1 MUST-45: for good
  readonly localAddress: Ipv4;
  readonly remoteAddress: Ipv4;
  iface: Interface;
  nextHop: Ipv4;
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
  /** What the network said and did not insist on: the reason given if the connection times out (RFC 1122 §4.2.3.9). */
  softError: PosixCode | undefined = undefined;
  /** It stands in the list of held acknowledgments, of those that wait for a frame. */
  held = false;
  waitsForFrame = false;
  /** Its owner is being told of events: what the owner does meanwhile is seen to when it has been told. */
  telling = false;
  /** Octets have arrived before: the first are acknowledged at once. */
  hasReceived = false;
  /** It keeps the program running: neither CLOSED nor in TIME-WAIT. */
  active = false;
  /** The connection in TIME-WAIT whose place it takes, until it is established. */
  predecessor: Connection | undefined = undefined;
  /** It counts as a user of its port in the host's claims. */
  claimed = false;
  /** The listener's queue it stands in, who came before it and who after. */
  queue: ConnectionQueue | undefined = undefined;
  before: Connection | undefined = undefined;
  behind: Connection | undefined = undefined;

  constructor(tcb: Tcb, localAddress: Ipv4, remoteAddress: Ipv4, iface: Interface, owner: ConnectionOwner | undefined) {
    this.tcb = tcb;
    this.localAddress = localAddress;
    this.remoteAddress = remoteAddress;
    this.iface = iface;
    this.nextHop = iface.nextHop(remoteAddress);
    this.owner = owner;
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

/** A connection in TIME-WAIT whose program has gone, folded to what has to be remembered. */
export class Lingering {
  readonly remains: Remains;
  readonly localAddress: Ipv4;
  readonly remoteAddress: Ipv4;
  readonly iface: Interface;
  readonly claimed: boolean;

  constructor({ tcb, localAddress, remoteAddress, iface, claimed }: Connection) {
    this.remains = new Remains(tcb);
    this.localAddress = localAddress;
    this.remoteAddress = remoteAddress;
    this.iface = iface;
    this.claimed = claimed;
  }
}
