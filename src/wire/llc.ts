/** IEEE 802.2 Logical Link Control and its SNAP extension. Read first: RFC 1042 ("Header Format"). */
import { HEADER_CUT, TOO_SHORT } from './problem.ts';

/** Octets of an unnumbered frame's header, and of SNAP behind it. */
export const HEADER = 3;
export const SNAP = 5;

/** Service access points. */
export const SAP_SNAP = 0xaa;
export const SAP_IP = 0x06;

/** The control octet of unnumbered information. */
export const UNNUMBERED_INFORMATION = 0x03;

/** Whether SNAP follows. */
export const isSnap = (view: DataView, at: number): boolean =>
  destinationSap(view, at) === SAP_SNAP &&
  sourceSap(view, at) === SAP_SNAP &&
  control(view, at) === UNNUMBERED_INFORMATION;

/** Where the payload begins, or a negative Problem. Numbered frames have a control field of two octets. */
export function locate(view: DataView, at: number, end: number): number {
  if (end - at < HEADER) return TOO_SHORT;
  const header = isSnap(view, at) ? HEADER + SNAP : isUnnumbered(view, at) ? HEADER : HEADER + 1;
  return end - at < header ? HEADER_CUT : at + header;
}

export const destinationSap = (view: DataView, at: number): number => view.getUint8(at);
export const sourceSap = (view: DataView, at: number): number => view.getUint8(at + 1);
export const control = (view: DataView, at: number): number => view.getUint8(at + 2);
/** Whether a frame is of those whose control field is one octet. */
export const isUnnumbered = (view: DataView, at: number): boolean => (control(view, at) & 3) === 3;
/** Organizations behind whose code an EtherType follows: RFC 1042's, and that of bridges (IEEE 802.1H). */
export const isEtherType = (organization: number): boolean => organization === 0 || organization === 0x0000_f8;

/** SNAP's organization code. */
export const organization = (view: DataView, at: number): number =>
  (view.getUint16(at + 3) << 8) | view.getUint8(at + 5);
export const protocol = (view: DataView, at: number): number => view.getUint16(at + 6);
