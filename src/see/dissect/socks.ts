/**
 * Connections through a SOCKS proxy, as far as tcp.stream hangs on them: Wireshark numbers the connection that the proxy was asked for, too, when its first octets come, and no packet has
 * that number. Not here: what is asked for; what goes through.
 *
 * SOCKS 4: a version, a command, a port, an address, a name; the answer is eight octets. SOCKS 5: a greeting with the ways in which the client can tell who it is, the one that is
 * chosen, that if it is wanted, then version, command and address, and an answer like it.
 */

/** The port of proxies. */
export const SOCKS_PORT = 1080;

/** How far a connection to a proxy is; a number of three bits. */
export const SOCKS = {
  /** No connection to a proxy, or nothing more is to be told of it. */
  NONE: 0,
  /** The client has its first say. */
  BEGINS: 1,
  ASKED_4: 2,
  GREETED: 3,
  PASSWORD: 4,
  ADMITTED: 5,
  ASKED_5: 6,
  /** What comes next is of the connection that was asked for. */
  OPEN: 7,
} as const;

/** One of `SOCKS`. */
export type SocksPhase = (typeof SOCKS)[keyof typeof SOCKS];

const CONNECT = 1;
const GRANTED_4 = 90;
const NO_AUTHENTICATION = 0;
const USER_AND_PASSWORD = 2;

/** How far a connection is behind the payload `[from, to)`, which is not empty, and not behind `OPEN`. */
export function socksPhase(phase: number, isFromProxy: boolean, view: DataView, from: number, to: number): SocksPhase {
  const first = view.getUint8(from);
  const second = to - from > 1 ? view.getUint8(from + 1) : 0;
  switch (phase) {
    case SOCKS.BEGINS:
      if (isFromProxy) return SOCKS.NONE;
      if (first === 4) return second === CONNECT ? SOCKS.ASKED_4 : SOCKS.NONE;
      return first === 5 ? SOCKS.GREETED : SOCKS.NONE;
    case SOCKS.ASKED_4:
      if (!isFromProxy) return SOCKS.ASKED_4;
      return second === GRANTED_4 ? SOCKS.OPEN : SOCKS.NONE;
    case SOCKS.GREETED:
      if (!isFromProxy) return SOCKS.GREETED;
      if (second === USER_AND_PASSWORD) return SOCKS.PASSWORD;
      return second === NO_AUTHENTICATION ? SOCKS.ADMITTED : SOCKS.NONE;
    case SOCKS.PASSWORD:
      if (!isFromProxy) return SOCKS.PASSWORD;
      return second === 0 ? SOCKS.ADMITTED : SOCKS.NONE;
    case SOCKS.ADMITTED:
      // A greeting or a password that is sent again is none of it.
      if (isFromProxy || first !== 5 || to - from < 7) return SOCKS.ADMITTED;
      return second === CONNECT ? SOCKS.ASKED_5 : SOCKS.NONE;
    case SOCKS.ASKED_5:
      // Wireshark does not look at the answer.
      return isFromProxy ? SOCKS.OPEN : SOCKS.ASKED_5;
    default:
      return SOCKS.NONE;
  }
}
