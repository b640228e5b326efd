/** DHCP and BOOTP messages as octets: places and numbers. Read first: RFC 2131 §2; RFC 2132. */

/** Octets up to the options, and the cookie that they begin with. */
export const HEADER = 236;
export const COOKIE = 0x6382_5363;

/** UDP ports. */
export const SERVER_PORT = 67;
export const CLIENT_PORT = 68;

/** Options. */
export const OPTION = {
  PAD: 0,
  MASK: 1,
  TIME_OFFSET: 2,
  ROUTERS: 3,
  NAME_SERVERS: 6,
  STATIC_ROUTE: 33,
  NETBIOS_NODE: 46,
  REQUESTED: 50,
  LEASE: 51,
  OVERLOAD: 52,
  MESSAGE_TYPE: 53,
  SERVER: 54,
  PARAMETERS: 55,
  RENEWAL: 58,
  REBINDING: 59,
  CLIENT_IDENTIFIER: 61,
  CLIENT_NAME: 81,
  AGENT: 82,
  ARCHITECTURE: 93,
  NETWORK_DEVICE: 94,
  UUID: 97,
  SEARCH: 119,
  CLASSLESS_ROUTE: 121,
  END: 255,
} as const;

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

/** Whether options follow the header: BOOTP has none. */
export const hasOptions = (view: DataView, at: number, end: number): boolean =>
  at + HEADER + 4 <= end && view.getUint32(at + HEADER) === COOKIE;

/**
 * Calls `take` for each option of a message that has some, in order: where its value is. Octets of padding that follow one another are one option, whose value they are; the one that
 * ends all others has none. A value that goes over the message's end is cut off there.
 * @returns where the options end
 */
export function eachOption(
  view: DataView,
  at: number,
  end: number,
  take: (option: number, from: number, to: number) => void,
): number {
  let i = at + HEADER + 4;
  while (i < end) {
    const option = view.getUint8(i);
    let next = i + 1;
    if (option === OPTION.PAD) {
      while (next < end && view.getUint8(next) === OPTION.PAD) next++;
      take(option, i, next);
    } else if (option === OPTION.END) {
      take(option, next, next);
      return next;
    } else {
      if (i + 2 > end) return i;
      next = Math.min(i + 2 + view.getUint8(i + 1), end);
      take(option, i + 2, next);
    }
    i = next;
  }
  return i;
}

/** The DHCP message type, 1 to 18; 0 for a BOOTP message, which has none. */
export function messageType(view: DataView, at: number, end: number): number {
  if (!hasOptions(view, at, end)) return 0;
  let type = 0;
  eachOption(view, at, end, (option, from, to) => {
    if (type === 0 && option === OPTION.MESSAGE_TYPE && to - from === 1 && view.getUint8(from - 1) === 1)
      type = view.getUint8(from);
  });
  return type;
}
