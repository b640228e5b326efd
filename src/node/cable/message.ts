/**
 * What is said over a cable's socket: messages of a length, a kind and a body. Everything is big-endian.
 *
 * ```
 *  0        4      5
 *  | length | kind | body: length octets |
 * ```
 *
 * The first message of a joining program is HELLO, and the hub answers WELCOME or REFUSED; these three keep their form in every version, so
 * that programs of different versions can tell one another so. Not here: what the hub does with them (hub.ts).
 */

/** Version of everything but HELLO, WELCOME and REFUSED. */
export const VERSION = 1;

/** Octets of a message before its body. */
export const MESSAGE_HEADER = 5;

/** The most octets of IP packet that a frame on a cable carries: as many as IPv4 can have. */
export const MTU = 65_535;

/** The longest frame: an Ethernet header and an IP packet. */
export const LONGEST_FRAME: number = 14 + MTU;

/** The longest body of any message: a captured frame with its time. */
export const LONGEST_BODY: number = 8 + LONGEST_FRAME;

/** Kinds of message, with who sends them and their bodies. */
export const KIND = {
  /** joiner: 6 octets `tcplab`, u16 version, u8 role, u8 whether it was on this cable before and has lost its hub. */
  HELLO: 1,
  /** hub: u16 version. */
  WELCOME: 2,
  /** hub: u16 version, then why, as text. The hub closes. */
  REFUSED: 3,
  /** both: an Ethernet frame. */
  FRAME: 4,
  /** hub, to a watcher: u32 seconds, u32 nanoseconds, an Ethernet frame. */
  SEEN: 5,
  /** hub, to a watcher: u32 how many frames were dropped here because the watcher was too slow. */
  DROPPED: 6,
  /** member: u32 request number, u8 protocol (6 or 17), u16 port. */
  CLAIM: 7,
  /** hub: u32 request number, u8: GRANTED, TAKEN or TOO_MANY. */
  CLAIMED: 8,
  /** member: u8 protocol, u16 port. */
  RELEASE: 9,
  /** member: u16 TCP port; asks for GONE if nobody has it. */
  ASK: 10,
  /** hub: u16 TCP port whose program is no longer on the cable. */
  GONE: 11,
} as const;

/** The answers of CLAIMED: the port is the member's; another program has it; the member has as many ports as it may have. */
export const TAKEN = 0;
export const GRANTED = 1;
export const TOO_MANY = 2;

/** The roles of HELLO. */
export const MEMBER = 1;
export const WATCHER = 2;

const MAGIC = new TextEncoder().encode('tcplab');

/** The body of a HELLO. */
export function helloBody(role: number, again: boolean): Uint8Array {
  return Uint8Array.of(...MAGIC, VERSION >>> 8, VERSION & 255, role, again ? 1 : 0);
}

/** A HELLO as read; undefined when the body is not one. */
export function readHello(
  view: DataView,
  at: number,
  end: number,
): { version: number; role: number; again: boolean } | undefined {
  if (end - at < 10) return undefined;
  for (const [i, octet] of MAGIC.entries()) if (view.getUint8(at + i) !== octet) return undefined;
  return { version: view.getUint16(at + 6), role: view.getUint8(at + 8), again: view.getUint8(at + 9) === 1 };
}

/** The body of a WELCOME, or with a reason that of a REFUSED. */
export function answerBody(reason = ''): Uint8Array {
  return Uint8Array.of(VERSION >>> 8, VERSION & 255, ...new TextEncoder().encode(reason));
}
