/**
 * The headers between the IPv6 header and what it carries: followed to the end of the chain, or to the first that stops it. Read first: RFC 8200 §4; RFC 5095 (type 0
 * routing headers are refused). Bounded: a chain that is too long is not followed. Not here: putting fragments together (speak/stack/reassembly.ts).
 */
import { HEADER, nextHeader } from './ipv6.ts';

/** Next-header numbers. */
export const HOP_BY_HOP = 0;
export const ROUTING = 43;
export const FRAGMENT = 44;
export const ESP = 50;
export const AUTHENTICATION = 51;
export const NO_NEXT_HEADER = 59;
export const DESTINATION_OPTIONS = 60;

/** Octets of a fragment header. */
export const FRAGMENT_HEADER = 8;

/** The most headers that are followed, and the most options that are looked at in one of them (RFC 8504 §5.3 lets a host set both). */
export const MOST_HEADERS = 16;
export const MOST_OPTIONS = 64;

/** How a chain ended. */
export const CHAIN = {
  /** At a header of another layer: TCP, UDP, ICMPv6, or one that nobody knows. */
  COMPLETE: 0,
  /** At a fragment header. */
  FRAGMENT: 1,
  /** A header is cut, too long, or there are too many: dropped without a word. */
  MALFORMED: 2,
  /** To be dropped without a word: an option says so. */
  DISCARD: 3,
  /** To be dropped, and its sender told by a parameter problem. */
  PARAMETER: 4,
} as const;

/** What was found. A host has one and fills it again for each packet. */
export interface Chain {
  end: (typeof CHAIN)[keyof typeof CHAIN];
  /** The number of the header at `at`, where the walk ended. */
  next: number;
  at: number;
  /** Where the number stands that leads to it. */
  nextAt: number;
  /** Of a parameter problem: its code, and where the fault is. */
  code: number;
  pointer: number;
  /** The sender of a packet for many is told as well. */
  always: boolean;
}

/** An empty one. */
export const makeChain = (): Chain => ({
  end: CHAIN.COMPLETE,
  next: 0,
  at: 0,
  nextAt: 0,
  code: 0,
  pointer: 0,
  always: false,
});

const ERRONEOUS_HEADER = 0;
const UNKNOWN_NEXT_HEADER = 1;
const UNKNOWN_OPTION = 2;

/** Whether a number is that of a header that the walk goes through. */
export const isExtension = (next: number): boolean =>
  next === HOP_BY_HOP || next === ROUTING || next === FRAGMENT || next === DESTINATION_OPTIONS;

/** Follows the chain of the packet whose IPv6 header stands at `ip` and which ends at `end`. */
export function walk(view: DataView, ip: number, end: number, chain: Chain): void {
  chain.end = CHAIN.COMPLETE;
  chain.next = nextHeader(view, ip);
  chain.nextAt = ip + 6;
  chain.at = ip + HEADER;
  chain.always = false;
  for (let left = MOST_HEADERS; isExtension(chain.next); left--) {
    if (left === 0) return stop(chain, CHAIN.MALFORMED);
    //= RFC 8200 §4.3: hop-by-hop options stand directly behind the IPv6 header, and nowhere else
    if (chain.next === HOP_BY_HOP && chain.nextAt !== ip + 6)
      return parameter(chain, UNKNOWN_NEXT_HEADER, chain.nextAt - ip);
    if (end - chain.at < 8) return stop(chain, CHAIN.MALFORMED);
    if (chain.next === FRAGMENT) return stop(chain, CHAIN.FRAGMENT);
    const length = (view.getUint8(chain.at + 1) + 1) * 8;
    if (chain.at + length > end) return stop(chain, CHAIN.MALFORMED);
    //= RFC 8200 §4.4: a routing header that does not end here is of a type that nobody here knows
    //= RFC 5095 §3: type 0 is one of them
    if (chain.next === ROUTING) {
      if (view.getUint8(chain.at + 3) !== 0) return parameter(chain, ERRONEOUS_HEADER, chain.at + 2 - ip);
    } else if (!optionsPass(view, ip, chain, length)) return;
    chain.next = view.getUint8(chain.at);
    chain.nextAt = chain.at;
    chain.at += length;
  }
}

function stop(chain: Chain, end: Chain['end']): void {
  chain.end = end;
}

function parameter(chain: Chain, code: number, pointer: number): void {
  chain.end = CHAIN.PARAMETER;
  chain.code = code;
  chain.pointer = pointer;
}

/** Whether the options of the header at `chain.at` let the packet through; what to do with it stands in the chain when they do not. */
function optionsPass(view: DataView, ip: number, chain: Chain, length: number): boolean {
  const end = chain.at + length;
  let left = MOST_OPTIONS;
  for (let i = chain.at + 2; i < end; ) {
    const kind = view.getUint8(i);
    // Pad1 and PadN.
    if (kind === 0) {
      i++;
      continue;
    }
    if (i + 1 >= end || i + 2 + view.getUint8(i + 1) > end || left-- === 0) {
      stop(chain, CHAIN.MALFORMED);
      return false;
    }
    //= RFC 8200 §4.2: the first two bits of an option that is not known say what to do
    const action = kind >>> 6;
    if (kind !== 1 && action !== 0) {
      if (action === 1) stop(chain, CHAIN.DISCARD);
      else {
        parameter(chain, UNKNOWN_OPTION, i - ip);
        chain.always = action === 2;
      }
      return false;
    }
    i += 2 + view.getUint8(i + 1);
  }
  return true;
}

/** Octets of a hop-by-hop header whose one option asks routers to look at the packet (RFC 2711 §2.1: value 0, a message of multicast listeners), and that option's kind. */
export const ROUTER_ALERT_HEADER = 8;
const ROUTER_ALERT = 5;

/** Writes that header before a `next`; returns where it ends. */
export function emitRouterAlert(view: DataView, at: number, next: number): number {
  view.setUint32(at, (next << 24) | (ROUTER_ALERT << 8) | 2);
  // Its value, and PadN without octets.
  view.setUint32(at + 4, 0x0000_0100);
  return at + ROUTER_ALERT_HEADER;
}

/** Whether the packet at `ip`, whose chain holds together, has such an option. */
export function hasRouterAlert(view: DataView, ip: number): boolean {
  if (nextHeader(view, ip) !== HOP_BY_HOP) return false;
  const at = ip + HEADER;
  const end = at + (view.getUint8(at + 1) + 1) * 8;
  for (let i = at + 2; i < end; ) {
    const kind = view.getUint8(i);
    if (kind === ROUTER_ALERT) return true;
    i += kind === 0 ? 1 : 2 + view.getUint8(i + 1);
  }
  return false;
}

/** The fragment header at `at`: offset in octets, whether more follow, identification. */
export const fragmentOffset = (view: DataView, at: number): number => view.getUint16(at + 2) & 0xfff8;
export const moreFragments = (view: DataView, at: number): boolean => (view.getUint8(at + 3) & 1) !== 0;
export const fragmentIdentification = (view: DataView, at: number): number => view.getInt32(at + 4);

/** Writes a fragment header; `offset` in octets. Returns where the payload begins. */
export function emitFragment(
  view: DataView,
  at: number,
  next: number,
  offset: number,
  more: boolean,
  identification: number,
): number {
  view.setUint16(at, next << 8);
  view.setUint16(at + 2, offset | Number(more));
  view.setInt32(at + 4, identification);
  return at + FRAGMENT_HEADER;
}
