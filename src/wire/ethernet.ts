/** Ethernet II: destination, source, EtherType. Read first: RFC 894. Not here: 802.3 length fields, VLAN tags. */
import { TOO_SHORT } from './problem.ts';

/** Header length in octets. */
export const HEADER = 14;

/** EtherType values. */
export const TYPE_IPV4 = 0x0800;
export const TYPE_ARP = 0x0806;
export const TYPE_IPV6 = 0x86dd;

/** Where the payload begins, or a negative Problem. */
export const locate = (_view: DataView, at: number, end: number): number =>
  end - at < HEADER ? TOO_SHORT : at + HEADER;

/** Offsets of the addresses; six octets each. */
export const destinationAt = (at: number): number => at;
export const sourceAt = (at: number): number => at + 6;

/** Whether a frame is for many: everybody, or a group. */
export const isGroup = (view: DataView, at: number): boolean => (view.getUint8(at) & 1) !== 0;

export const type = (view: DataView, at: number): number => view.getUint16(at + 12);

/** Writes a header; addresses are six octets each. Returns where the payload begins. */
export function emit(
  view: DataView,
  at: number,
  destination: Uint8Array,
  source: Uint8Array,
  etherType: number,
): number {
  for (let i = 0; i < 6; i++) {
    view.setUint8(at + i, destination[i]!);
    view.setUint8(at + 6 + i, source[i]!);
  }
  view.setUint16(at + 12, etherType);
  return at + HEADER;
}
