/** Cisco's HDLC, and SLARP, with which the ends of a line learn their addresses and that the line lives. Read first: tcpdump.org's LINKTYPE_C_HDLC page. */
import { TOO_SHORT } from './problem.ts';

/** Octets of the header. */
export const HEADER = 4;

export const address = (view: DataView, at: number): number => view.getUint8(at);
/** Whether an octet is an address of Cisco's: of one, of all. */
export const isAddress = (octet: number): boolean => octet === 0x0f || octet === 0x8f;
export const control = (view: DataView, at: number): number => view.getUint8(at + 1);
export const protocol = (view: DataView, at: number): number => view.getUint16(at + 2);

/** Where the payload begins, or a negative Problem. */
export const locate = (_view: DataView, at: number, end: number): number =>
  end - at < HEADER ? TOO_SHORT : at + HEADER;

/** SLARP's number, which elsewhere is reverse ARP's. */
export const SLARP = 0x8035;

/** Types of SLARP. */
export const REQUEST = 0;
export const REPLY = 1;
export const KEEPALIVE = 2;

/** Octets of what a request or reply says, and a keepalive. */
export const SLARP_ADDRESS = 12;
export const SLARP_KEEPALIVE = 14;

export const slarpType = (view: DataView, at: number): number => view.getUint32(at);
export const slarpAddress = (view: DataView, at: number): number => view.getUint32(at + 4);
export const slarpMask = (view: DataView, at: number): number => view.getUint32(at + 8);
/** Of a keepalive: the number that its sender gave it, and the last one it has seen. */
export const outgoing = (view: DataView, at: number): number => view.getUint32(at + 4);
export const returned = (view: DataView, at: number): number => view.getUint32(at + 8);
export const reliability = (view: DataView, at: number): number => view.getUint16(at + 12);
