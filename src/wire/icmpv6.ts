/** ICMP for IPv6, with the messages of neighbor discovery. Read first: RFC 4443 §2-4; RFC 4861 §4; RFC 2710 §3; RFC 3810 §5. */
import { TOO_SHORT } from './problem.ts';

/** Octets that every message has: type, code, checksum and four whose meaning depends on the type. */
export const HEADER = 4;

/** Types. */
export const DESTINATION_UNREACHABLE = 1;
export const PACKET_TOO_BIG = 2;
export const TIME_EXCEEDED = 3;
export const PARAMETER_PROBLEM = 4;
export const ECHO_REQUEST = 128;
export const ECHO_REPLY = 129;
export const LISTENER_QUERY = 130;
export const LISTENER_REPORT = 131;
export const LISTENER_DONE = 132;
export const ROUTER_SOLICITATION = 133;
export const ROUTER_ADVERTISEMENT = 134;
export const NEIGHBOR_SOLICITATION = 135;
export const NEIGHBOR_ADVERTISEMENT = 136;
export const REDIRECT = 137;
export const LISTENER_REPORT_2 = 143;

/** Where what depends on the type begins, or a negative Problem. */
export const locate = (_view: DataView, at: number, end: number): number =>
  end - at < HEADER ? TOO_SHORT : at + HEADER;

export const type = (view: DataView, at: number): number => view.getUint8(at);
export const code = (view: DataView, at: number): number => view.getUint8(at + 1);
export const checksum = (view: DataView, at: number): number => view.getUint16(at + 2);
/** The four octets behind the checksum as one number: MTU, pointer, identifier and sequence number. */
export const rest = (view: DataView, at: number): number => view.getUint32(at + 4);
export const identifier = (view: DataView, at: number): number => view.getUint16(at + 4);
export const sequence = (view: DataView, at: number): number => view.getUint16(at + 6);

/** Whether a message reports an error and quotes the packet that met it (RFC 4443 §2.1). */
export const isError = (messageType: number): boolean =>
  messageType >= DESTINATION_UNREACHABLE && messageType <= PARAMETER_PROBLEM;

/** Where a message's options (RFC 4861 §4.6) begin, from its start; 0 for messages that have none. */
export function optionsOffset(messageType: number): number {
  switch (messageType) {
    case ROUTER_SOLICITATION:
      return 8;
    case ROUTER_ADVERTISEMENT:
      return 16;
    case NEIGHBOR_SOLICITATION:
    case NEIGHBOR_ADVERTISEMENT:
      return 24;
    case REDIRECT:
      return 40;
    default:
      return 0;
  }
}
