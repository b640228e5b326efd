/** ICMP for IPv4: type, code, checksum and the four octets whose meaning depends on the type. Read first: RFC 792; RFC 950; RFC 1191 §4; RFC 1256; RFC 8335. */
import { TOO_SHORT } from './problem.ts';

/** Header length in octets. */
export const HEADER = 8;

/** Types. */
export const ECHO_REPLY = 0;
export const DESTINATION_UNREACHABLE = 3;
export const SOURCE_QUENCH = 4;
export const REDIRECT = 5;
export const ECHO_REQUEST = 8;
export const ROUTER_ADVERTISEMENT = 9;
export const TIME_EXCEEDED = 11;
export const PARAMETER_PROBLEM = 12;
export const TIMESTAMP_REQUEST = 13;
export const TIMESTAMP_REPLY = 14;
export const ADDRESS_MASK_REQUEST = 17;
export const ADDRESS_MASK_REPLY = 18;
export const EXTENDED_ECHO_REQUEST = 42;
export const EXTENDED_ECHO_REPLY = 43;

/** Octets of a timestamp message. */
export const TIMESTAMPS = 20;

/** Codes of TIME_EXCEEDED. */
export const TIME_TO_LIVE = 0;
export const REASSEMBLY_TIME = 1;

/** Codes of DESTINATION_UNREACHABLE. */
export const NET_UNREACHABLE = 0;
export const HOST_UNREACHABLE = 1;
export const PROTOCOL_UNREACHABLE = 2;
export const PORT_UNREACHABLE = 3;
export const FRAGMENTATION_NEEDED = 4;
export const SOURCE_ROUTE_FAILED = 5;

/** Where the payload begins, or a negative Problem. */
export const locate = (_view: DataView, at: number, end: number): number =>
  end - at < HEADER ? TOO_SHORT : at + HEADER;

export const type = (view: DataView, at: number): number => view.getUint8(at);
export const code = (view: DataView, at: number): number => view.getUint8(at + 1);
export const checksum = (view: DataView, at: number): number => view.getUint16(at + 2);
/** The last four header octets as one number; for an echo, identifier and sequence number. */
export const rest = (view: DataView, at: number): number => view.getInt32(at + 4);
export const identifier = (view: DataView, at: number): number => view.getUint16(at + 4);
export const sequence = (view: DataView, at: number): number => view.getUint16(at + 6);
/** The next-hop MTU of FRAGMENTATION_NEEDED, in octets; 0 from routers older than RFC 1191. */
export const nextHopMtu = (view: DataView, at: number): number => view.getUint16(at + 6);

/** Writes a header with checksum 0; the caller puts the checksum over header and payload into `at + 2`. Returns where the payload begins. */
export function emit(view: DataView, at: number, icmpType: number, icmpCode: number, restOfHeader: number): number {
  view.setUint32(at, (icmpType << 24) | (icmpCode << 16));
  view.setInt32(at + 4, restOfHeader);
  return at + HEADER;
}
