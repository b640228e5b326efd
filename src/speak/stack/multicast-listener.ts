/**
 * Says on one interface which IPv6 groups are listened to: those of its addresses, by which neighbours ask for them. A switch that passes groups on only to who listens (most do) cuts a silent host off from
 * neighbour discovery. The light form of version 2, in which all sources are heard; version 1 while a router of that version asks. Others' reports of version 1 do not silence ours: anybody
 * could. Read first: RFC 5790 §4, RFC 3810 §6 and §8.2, RFC 8504 §5.11. Not here: the messages (wire/multicast-listener.ts).
 */
import { below, type Random } from '../../core/random.ts';
import { MILLISECOND, type Micros, NEVER, SECOND } from '../../core/time.ts';
import { finish, pseudoHeader, sum } from '../../wire/checksum.ts';
import type { Frame } from '../../wire/frame.ts';
import * as icmp from '../../wire/icmp.ts';
import * as icmpv6 from '../../wire/icmpv6.ts';
import { ALL_ROUTERS, Ipv6, ipv6At, solicitedNode, UNSPECIFIED } from '../../wire/ip-address.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as extensions from '../../wire/ipv6-extensions.ts';
import * as wire from '../../wire/multicast-listener.ts';
import { type Addresses6, MAX_ADDRESSES } from './addresses6.ts';
import type { ArrivedPacket } from './arrived-packet.ts';
import type { HostCounters } from './counters.ts';
import { IP_AT } from './frame-layout.ts';
import type { Interface } from './interface.ts';

const ICMP_AT: number = IP_AT + ipv6.HEADER + extensions.ROUTER_ALERT_HEADER;

/** Who listens to reports: all routers that know version 2 (RFC 3810 §5.2.14). */
const REPORTS_TO: Ipv6 = new Ipv6(0xff02_0000 | 0, 0, 0, 0x16);

/** RFC 3810 §9: how often a change is told, because one report may be lost; how far apart at the most; how long a router of version 1 is reckoned with after its last query. */
const ROBUSTNESS = 2;
const UNSOLICITED_INTERVAL: Micros = 1 * SECOND;
const VERSION_1_TIMEOUT: Micros = ROBUSTNESS * 125 * SECOND + 10 * SECOND;

/** Queries that leave no time are answered within this all the same, so that a flood of them is not answered by one. */
const LEAST_DELAY: Micros = 100 * MILLISECOND;

/** The most groups, with those that are being left. */
const MOST_GROUPS: number = 2 * MAX_ADDRESSES;

/** A group that is listened to, or is being left. */
interface Membership {
  readonly group: Ipv6;
  leaving: boolean;
  /** How often the change is still to be told, and when next; when a query is answered. */
  changes: number;
  changeAt: Micros;
  answerAt: Micros;
}

/** What it needs of what surrounds it. */
export interface ListenerEvents {
  /** A frame for a message; undefined when none is free. */
  takeFrame(): Frame | undefined;
  readonly random: Random;
}

/** The listener of one interface. */
export class MulticastListener {
  readonly #interface: Interface;
  readonly #addresses: Addresses6;
  readonly #counters: HostCounters;
  readonly #events: ListenerEvents;
  #memberships: readonly Membership[] = [];
  #version1Until: Micros = -1;
  #next: Micros = NEVER;

  constructor(iface: Interface, addresses: Addresses6, counters: HostCounters, events: ListenerEvents) {
    this.#interface = iface;
    this.#addresses = addresses;
    this.#counters = counters;
    this.#events = events;
  }

  /** The groups that are listened to, and said to be. */
  get groups(): readonly Ipv6[] {
    return this.#memberships.filter(({ leaving }) => !leaving).map(({ group }) => group);
  }

  /** The addresses are others now, or stand otherwise. */
  follow(now: Micros): void {
    const wanted = new Map<string, Ipv6>();
    for (const { address, state } of this.#addresses.all) {
      const group = solicitedNode(address).inZone(this.#interface.zone);
      if (state !== 'duplicate') wanted.set(`${group}`, group);
    }
    for (const member of this.#memberships) {
      const isWanted = wanted.delete(`${member.group}`);
      if (isWanted === member.leaving) this.#tell(member, !isWanted, now);
    }
    for (const group of wanted.values()) {
      if (this.#memberships.length >= MOST_GROUPS) break;
      const member: Membership = { group, leaving: false, changes: 0, changeAt: NEVER, answerAt: NEVER };
      this.#memberships = [...this.#memberships, member];
      this.#tell(member, false, now);
    }
    this.#plan();
  }

  /** A query has arrived, whose checksum is right. */
  queried({ frame, ip, at, end, source }: ArrivedPacket, now: Micros): void {
    const { view } = frame;
    const length = end - at;
    //= RFC 3810 §6.2: only from this link, and by who asks routers to look
    if (
      !(source as Ipv6).isLinkLocal ||
      ipv6.hopLimit(view, ip) !== 1 ||
      !extensions.hasRouterAlert(view, ip) ||
      (length !== wire.VERSION_1 && length < wire.QUERY)
    ) {
      this.#counters.icmpMalformed++;
      return;
    }
    //= RFC 3810 §8.2.1
    if (length === wire.VERSION_1) this.#version1Until = now + VERSION_1_TIMEOUT;
    const group = ipv6At(view, wire.groupAt(at), this.#interface.zone);
    const delay = Math.max(LEAST_DELAY, wire.responseDelay(view, at, length) * MILLISECOND);
    const answerAt = now + 1 + below(this.#events.random, delay);
    for (const member of this.#memberships) {
      if (member.leaving || !(group.isUnspecified || group.equals(member.group))) continue;
      //= RFC 3810 §6.2: an answer that is to come sooner will do
      member.answerAt = Math.min(member.answerAt, answerAt);
    }
    this.#plan();
  }

  nextTimeout(): Micros {
    return this.#next;
  }

  /** Says what is due. Answers whether anything was. */
  timeout(now: Micros): boolean {
    if (this.#next > now) return false;
    const changed = this.#memberships.filter(({ changeAt }) => changeAt <= now);
    const asked = this.#memberships.filter(({ answerAt }) => answerAt <= now);
    for (const member of changed) {
      member.changes--;
      member.changeAt = member.changes > 0 ? now + 1 + below(this.#events.random, UNSOLICITED_INTERVAL) : NEVER;
    }
    for (const member of asked) member.answerAt = NEVER;
    this.#memberships = this.#memberships.filter(({ leaving, changes }) => !leaving || changes > 0);
    this.#plan();
    if (now < this.#version1Until) {
      for (const { group, leaving } of new Set([...changed, ...asked])) this.#sendVersion1(group, leaving, now);
      return true;
    }
    this.#report(changed, now, ({ leaving }) => (leaving ? wire.TO_INCLUDE : wire.TO_EXCLUDE));
    this.#report(asked, now, () => wire.IS_EXCLUDE);
    return true;
  }

  /** A group is joined, or left: it is said at once, and again. */
  #tell(member: Membership, leaving: boolean, now: Micros): void {
    member.leaving = leaving;
    member.changes = ROBUSTNESS;
    member.changeAt = now;
    if (leaving) member.answerAt = NEVER;
  }

  #plan(): void {
    this.#next = NEVER;
    for (const { changeAt, answerAt } of this.#memberships) this.#next = Math.min(this.#next, changeAt, answerAt);
  }

  #report(members: readonly Membership[], now: Micros, kindOf: (member: Membership) => number): void {
    if (members.length === 0) return;
    const frame = this.#frame(icmpv6.LISTENER_REPORT_2);
    if (frame === undefined) return;
    const { view } = frame;
    let end = wire.emitReport(view, ICMP_AT, members.length);
    for (const member of members) end = wire.emitRecord(view, end, kindOf(member), member.group);
    this.#send(frame, REPORTS_TO.inZone(this.#interface.zone), end, now);
  }

  #sendVersion1(group: Ipv6, leaving: boolean, now: Micros): void {
    const frame = this.#frame(leaving ? icmpv6.LISTENER_DONE : icmpv6.LISTENER_REPORT);
    if (frame === undefined) return;
    const end = wire.emitVersion1(frame.view, ICMP_AT, group);
    this.#send(frame, leaving ? ALL_ROUTERS.inZone(this.#interface.zone) : group, end, now);
  }

  #frame(type: number): Frame | undefined {
    const frame = this.#events.takeFrame();
    if (frame === undefined) this.#counters.ipNoFrame++;
    else icmp.emit(frame.view, ICMP_AT, type, 0, 0);
    return frame;
  }

  /** Sends the message that ends at `end`. */
  #send(frame: Frame, to: Ipv6, end: number, now: Micros): void {
    const { view } = frame;
    const from = this.#addresses.linkLocal ?? UNSPECIFIED;
    const length = end - ICMP_AT;
    view.setUint16(ICMP_AT + 2, finish(sum(view, ICMP_AT, length, pseudoHeader(from, to, ipv6.ICMPV6, length))));
    const payload = extensions.ROUTER_ALERT_HEADER + length;
    extensions.emitRouterAlert(view, ipv6.emit(view, IP_AT, from, to, extensions.HOP_BY_HOP, payload, 1), ipv6.ICMPV6);
    this.#counters.icmpListenerReports++;
    this.#interface.transmit(frame, ipv6.HEADER + payload, to, now);
  }
}
