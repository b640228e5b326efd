/**
 * The options of an IPv4 header: one after the other, where the source route is, and writing one. Read first: RFC 791 §3.1 (options); RFC 1122 §3.2.1.8.
 */
import { HEADER } from './ipv4.ts';

/** Option types (RFC 791 §3.1), their copied bit and class included. */
export const END = 0;
export const NOP = 1;
export const RECORD_ROUTE = 7;
export const MTU_PROBE = 11;
export const MTU_REPLY = 12;
export const QUICK_START = 25;
export const TIMESTAMP = 68;
export const TRACEROUTE = 82;
export const SECURITY = 130;
export const LOOSE_SOURCE_ROUTE = 131;
export const EXTENDED_SECURITY = 133;
export const COMMERCIAL_SECURITY = 134;
export const STREAM_ID = 136;
export const STRICT_SOURCE_ROUTE = 137;
export const ROUTER_ALERT = 148;
export const DIRECTED_BROADCAST = 149;

/** The most addresses a route has room for, the last one's included: 40 octets less type, length, pointer and one to align them. */
export const MAX_ROUTE = 9;

/** Octets before the first address. */
const ROUTE_HEAD = 3;

/**
 * Calls `take` with each option's type and its octets `[from, to)`, until the end of the list, or one whose length does not hold together. @returns where that one begins; `payload` when
 * there is none
 */
export function eachOption(
  view: DataView,
  at: number,
  payload: number,
  take: (type: number, from: number, to: number) => void,
): number {
  for (let i = at + HEADER; i < payload; ) {
    const type = view.getUint8(i);
    const isSingle = type === END || type === NOP;
    const length = isSingle ? 1 : i + 1 < payload ? view.getUint8(i + 1) : 0;
    if (length < (isSingle ? 1 : 2) || i + length > payload) return i;
    take(type, i, i + length);
    if (type === END) return payload;
    i += length;
  }
  return payload;
}

/**
 * Where the source route begins among the options of the header at `at`, whose payload begins at `payload`; -1 when there is none. What does not hold together
 * ends the search: it is ignored, as is every option of another type.
 */
export function findSourceRoute(view: DataView, at: number, payload: number): number {
  let route: number | undefined;
  eachOption(view, at, payload, (type, from, to) => {
    if (type !== LOOSE_SOURCE_ROUTE && type !== STRICT_SOURCE_ROUTE) return;
    // The first one counts, be it of an impossible length.
    route ??= to - from >= ROUTE_HEAD && (to - from - ROUTE_HEAD) % 4 === 0 ? from : -1;
  });
  return route ?? -1;
}

export const isStrict = (view: DataView, route: number): boolean => view.getUint8(route) === STRICT_SOURCE_ROUTE;
/** How many addresses stand in the route. */
export const routeCount = (view: DataView, route: number): number => (view.getUint8(route + 1) - ROUTE_HEAD) >> 2;
/** Whether all of them have been passed: the packet is where it was to go. */
export const isRouteDone = (view: DataView, route: number): boolean =>
  view.getUint8(route + 2) > view.getUint8(route + 1);
export const routeAddress = (view: DataView, route: number, i: number): number =>
  view.getInt32(route + ROUTE_HEAD + 4 * i);

/** The last address of the route that has not been passed yet; undefined where there is no such route. */
export function finalDestination(view: DataView, at: number, payload: number): number | undefined {
  const route = findSourceRoute(view, at, payload);
  if (route < 0 || routeCount(view, route) === 0 || isRouteDone(view, route)) return undefined;
  const pointer = view.getUint8(route + 2);
  return pointer > ROUTE_HEAD && pointer % 4 === 0 ? routeAddress(view, route, routeCount(view, route) - 1) : undefined;
}

/** Octets that `emitSourceRoute` writes for so many addresses. */
export const routeLength = (addresses: number): number => 1 + ROUTE_HEAD + 4 * addresses;

/**
 * Writes the route of a packet that has not set out yet: `hops` from its second on, then `final`. The first stands in the header as the packet's destination. Returns
 * where the payload begins.
 */
export function emitSourceRoute(
  view: DataView,
  at: number,
  strict: boolean,
  hops: readonly number[],
  final: number,
): number {
  view.setUint8(at, NOP);
  view.setUint8(at + 1, strict ? STRICT_SOURCE_ROUTE : LOOSE_SOURCE_ROUTE);
  view.setUint8(at + 2, ROUTE_HEAD + 4 * hops.length);
  view.setUint8(at + 3, ROUTE_HEAD + 1);
  let end = at + 4;
  for (let i = 1; i < hops.length; i++, end += 4) view.setInt32(end, hops[i]!);
  view.setInt32(end, final);
  return end + 4;
}
