/** DHCP and BOOTP messages, read but not written. Read first: RFC 2131 §2; RFC 2132 §9.6. */

/** Octets up to the options, and the cookie that they begin with. */
export const HEADER = 236;
const COOKIE = 0x6382_5363;

/** UDP ports. */
export const SERVER_PORT = 67;
export const CLIENT_PORT = 68;

/** Options. */
const PAD = 0;
const MESSAGE_TYPE = 53;
const END = 255;

/** 1 for a request, 2 for a reply. */
export const operation = (view: DataView, at: number): number => view.getUint8(at);
export const hardwareLength = (view: DataView, at: number): number => view.getUint8(at + 2);
export const transaction = (view: DataView, at: number): number => view.getUint32(at + 4);
/** Addresses as int32: the client's own, the one it is given, the next server's, the relay's. */
export const clientAddress = (view: DataView, at: number): number => view.getInt32(at + 12);
export const yourAddress = (view: DataView, at: number): number => view.getInt32(at + 16);
export const serverAddress = (view: DataView, at: number): number => view.getInt32(at + 20);
export const relayAddress = (view: DataView, at: number): number => view.getInt32(at + 24);
/** The client's hardware address; sixteen octets of room. */
export const clientHardwareAt = (at: number): number => at + 28;

/** The DHCP message type, 1 to 18; 0 for a BOOTP message, which has none. */
export function messageType(view: DataView, at: number, end: number): number {
  let i = at + HEADER;
  if (i + 4 > end || view.getUint32(i) !== COOKIE) return 0;
  for (i += 4; i < end; ) {
    const option = view.getUint8(i);
    if (option === END) return 0;
    if (option === PAD) {
      i++;
      continue;
    }
    if (i + 2 > end) return 0;
    const length = view.getUint8(i + 1);
    if (option === MESSAGE_TYPE && length === 1 && i + 2 < end) return view.getUint8(i + 2);
    i += 2 + length;
  }
  return 0;
}
