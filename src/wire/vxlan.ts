/** VXLAN: Ethernet over UDP. Read first: RFC 7348 §5. */
import { TOO_SHORT } from './problem.ts';

/** Header length in octets. */
export const HEADER = 8;

/** Its UDP port. */
export const PORT = 4789;

/** Where the payload begins, or a negative Problem. */
export const locate = (_view: DataView, at: number, end: number): number =>
  end - at < HEADER ? TOO_SHORT : at + HEADER;

export const flags = (view: DataView, at: number): number => view.getUint16(at);
/** The group policy identifier of draft-smith-vxlan-group-policy. */
export const groupPolicy = (view: DataView, at: number): number => view.getUint16(at + 2);
export const network = (view: DataView, at: number): number => view.getUint32(at + 4) >>> 8;
