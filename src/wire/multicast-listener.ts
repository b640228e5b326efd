/**
 * The messages by which routers and switches learn who listens to which IPv6 group: queries and reports of both versions. Read first: RFC 3810 §5; RFC 2710 §3 for version 1. Not here: the ICMPv6
 * header before them (icmpv6.ts), what a host makes of them (speak/stack/multicast-listener.ts). `at` is where the ICMPv6 header begins.
 */
import type { Ipv6 } from './ip-address.ts';

/** Octets of a message of version 1; of a query of version 2 at the least. */
export const VERSION_1 = 24;
export const QUERY = 28;

/** Octets of a report before its records, and of a record without sources. */
export const REPORT = 8;
export const RECORD = 20;

/** Kinds of records: all sources are listened to, as before; from now on; none is, from now on (RFC 3810 §5.2.12). */
export const IS_EXCLUDE = 2;
export const TO_INCLUDE = 3;
export const TO_EXCLUDE = 4;

/** Where the group of a query, or of a message of version 1, stands. */
export const groupAt = (at: number): number => at + 8;

/** How long one may take to answer a query of `length` octets, in milliseconds: a number (RFC 2710 §3.4), in version 2 or its code for long times (RFC 3810 §5.1.3). */
export function responseDelay(view: DataView, at: number, length: number): number {
  const code = view.getUint16(at + 4);
  return code < 0x8000 || length === VERSION_1 ? code : ((code & 0xfff) | 0x1000) << (((code >>> 12) & 7) + 3);
}

/** Writes what follows the first four octets of a report of `count` records; returns where they begin. */
export function emitReport(view: DataView, at: number, count: number): number {
  view.setUint32(at + 4, count);
  return at + REPORT;
}

/** Writes a record without sources; returns where the next begins. */
export function emitRecord(view: DataView, at: number, kind: number, group: Ipv6): number {
  view.setUint32(at, kind << 24);
  group.write(view, at + 4);
  return at + RECORD;
}

/** Writes what follows the first four octets of a message of version 1; returns where it ends. */
export function emitVersion1(view: DataView, at: number, group: Ipv6): number {
  view.setUint32(at + 4, 0);
  group.write(view, groupAt(at));
  return at + VERSION_1;
}
