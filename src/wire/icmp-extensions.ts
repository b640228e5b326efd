/**
 * Extensions of ICMP messages: a header, and objects behind it, after what an error quotes, or in an extended echo. Read first: RFC 4884 §4-5 and §7-8; RFC 4950 §3 (labels); RFC 5837 §4
 * (interfaces); RFC 8335 §2 (extended echo).
 */

/** Octets of the header of the extensions, of the header of an object, and of a label in one. */
export const HEADER = 4;
export const OBJECT = 4;
export const LABEL = 4;

/** Classes of objects. */
export const LABELS = 1;
export const INTERFACE = 2;
export const IDENTIFICATION = 3;

/** Octets that a quotation is at the least where no length is given: that of routers older than RFC 4884. */
export const LEAST_QUOTATION = 128;

/** The version that is spoken, and the one that some routers write. */
export const isKnownVersion = (version: number): boolean => version === 1 || version === 2;

export const version = (view: DataView, at: number): number => view.getUint8(at) >>> 4;
export const reserved = (view: DataView, at: number): number => view.getUint16(at) & 0xfff;
/** Over all extensions; 0 where there is none. */
export const checksum = (view: DataView, at: number): number => view.getUint16(at + 2);

/** An object's octets, header included; its class and type. */
export const objectLength = (view: DataView, at: number): number => view.getUint16(at);
export const objectClass = (view: DataView, at: number): number => view.getUint8(at + 2);
export const objectType = (view: DataView, at: number): number => view.getUint8(at + 3);

/** Calls `take` with each object's octets `[from, to)`, `to` at most `end`; the last may say that it goes on behind it. @returns where one begins whose length is impossible; `end` when there is none */
export function eachObject(view: DataView, at: number, end: number, take: (from: number, to: number) => void): number {
  let from = at + HEADER;
  while (from + OBJECT <= end) {
    const length = objectLength(view, from);
    if (length < OBJECT) return from;
    const to = Math.min(from + length, end);
    take(from, to);
    from = to;
  }
  return end;
}
