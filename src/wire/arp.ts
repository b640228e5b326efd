/** ARP for IPv4 over Ethernet. Read first: RFC 826 ("Packet Reception"). */
import { BAD_HEADER_LENGTH, TOO_SHORT } from './problem.ts';

/** Packet length in octets, for Ethernet and IPv4. */
export const LENGTH = 28;

/** Operations. */
export const REQUEST = 1;
export const REPLY = 2;

/** Where the packet ends, or a negative Problem; only Ethernet (6) / IPv4 (4) address lengths are taken. */
export function locate(view: DataView, at: number, end: number): number {
  if (end - at < LENGTH) return TOO_SHORT;
  return view.getUint8(at + 4) === 6 && view.getUint8(at + 5) === 4 ? at + LENGTH : BAD_HEADER_LENGTH;
}

export const hardwareType = (view: DataView, at: number): number => view.getUint16(at);
export const protocolType = (view: DataView, at: number): number => view.getUint16(at + 2);
export const hardwareSize = (view: DataView, at: number): number => view.getUint8(at + 4);
export const protocolSize = (view: DataView, at: number): number => view.getUint8(at + 5);
export const operation = (view: DataView, at: number): number => view.getUint16(at + 6);
/** Offsets of the hardware addresses, six octets each. */
export const senderHardwareAt = (at: number): number => at + 8;
export const targetHardwareAt = (at: number): number => at + 18;
export const senderProtocol = (view: DataView, at: number): number => view.getInt32(at + 14);
export const targetProtocol = (view: DataView, at: number): number => view.getInt32(at + 24);

/** Writes a packet; hardware addresses are six octets each, protocol addresses int32. Returns where it ends. */
export function emit(
  view: DataView,
  at: number,
  op: number,
  senderHardware: Uint8Array,
  sender: number,
  targetHardware: Uint8Array,
  target: number,
): number {
  view.setUint32(at, 0x0001_0800);
  view.setUint16(at + 4, 0x0604);
  view.setUint16(at + 6, op);
  for (let i = 0; i < 6; i++) {
    view.setUint8(at + 8 + i, senderHardware[i]!);
    view.setUint8(at + 18 + i, targetHardware[i]!);
  }
  view.setInt32(at + 14, sender);
  view.setInt32(at + 24, target);
  return at + LENGTH;
}
