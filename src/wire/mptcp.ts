/** The option of Multipath TCP: its subtypes, and where in each its values stand. Read first: RFC 8684 §3 (version 1); RFC 6824 §3 (version 0). */

/** Subtypes whose values are asked for one by one: the upper half of the octet behind the length. */
export const CAPABLE = 0;
export const JOIN = 1;
export const SIGNAL = 2;
export const ADD_ADDRESS = 3;
export const REMOVE_ADDRESS = 4;
export const PRIORITY = 5;
export const FAIL = 6;
export const FAST_CLOSE = 7;
export const RESET = 8;

/** Octets of an option up to its subtype; of the join of a SYN, a SYN-ACK and an ACK. */
export const LEAST = 3;
export const JOIN_SYN = 12;
export const JOIN_SYN_ACK = 16;
export const JOIN_ACK = 24;

/** Flag of JOIN and PRIORITY: use it only when no other path works. */
export const BACKUP = 0x01;
/** Flags of SIGNAL. */
export const DATA_FIN = 0x10;
export const LONG_NUMBER = 0x08;
export const HAS_MAPPING = 0x04;
export const LONG_ACK = 0x02;
export const HAS_ACK = 0x01;

export const subtype = (view: DataView, at: number): number => view.getUint8(at + 2) >>> 4;
/** Of CAPABLE. */
export const version = (view: DataView, at: number): number => view.getUint8(at + 2) & 15;
/** Of CAPABLE and SIGNAL; of JOIN and PRIORITY with the subtype above them. */
export const flags = (view: DataView, at: number): number => view.getUint8(at + 3);
export const addressId = (view: DataView, at: number): number => view.getUint8(at + 3);

/** Where the mapping of SIGNAL begins, behind the acknowledgment, and where the octets behind its number do. */
export const mappingAt = (view: DataView, at: number): number => {
  const bits = flags(view, at);
  return at + 4 + (bits & HAS_ACK ? (bits & LONG_ACK ? 8 : 4) : 0);
};
export const subflowAt = (view: DataView, at: number): number =>
  mappingAt(view, at) + (flags(view, at) & LONG_NUMBER ? 8 : 4);
/** Octets of what stands behind the number: that of the subflow and the length. */
export const MAPPED = 6;

const NO_ADDRESSES = [0, 0] as const;

/** Where the identifiers of addresses are, from and to, that an option is about: one in most, several in REMOVE_ADDRESS. */
export function addressIds(view: DataView, at: number, length: number): readonly [from: number, to: number] {
  const isThere =
    length > LEAST &&
    (subtype(view, at) === JOIN
      ? length === JOIN_SYN || length === JOIN_SYN_ACK
      : subtype(view, at) === PRIORITY || (subtype(view, at) === ADD_ADDRESS && length >= 8));
  if (subtype(view, at) === REMOVE_ADDRESS) return [at + LEAST, at + length];
  return isThere ? [at + LEAST, at + LEAST + 1] : NO_ADDRESSES;
}

/** Octets of the addresses of ADD_ADDRESS by the length of the option, which says besides whether a port and an authentication code follow. */
export const addressOctets = (length: number): number =>
  length === 8 || length === 10 || length === 16 || length === 18 ? 4 : 16;
