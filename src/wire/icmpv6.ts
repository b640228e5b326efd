/** ICMP for IPv6: types and codes. The header is ICMP's own shape (icmp.ts), but its checksum covers a pseudo-header. Read first: RFC 4443 §2-4; RFC 4861 §4 for neighbour discovery. */
import { TOO_SHORT } from './problem.ts';

/** Header length in octets: type, code, checksum and four whose meaning depends on the type. */
export const HEADER = 8;

/** Types: errors below 128. */
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
export const NEIGHBOUR_SOLICITATION = 135;
export const NEIGHBOUR_ADVERTISEMENT = 136;
export const REDIRECT = 137;
export const LISTENER_REPORT_2 = 143;
export const EXTENDED_ECHO_REQUEST = 160;
export const EXTENDED_ECHO_REPLY = 161;

/** Codes of DESTINATION_UNREACHABLE. */
export const NO_ROUTE = 0;
export const PROHIBITED = 1;
export const BEYOND_SCOPE = 2;
export const ADDRESS_UNREACHABLE = 3;
export const PORT_UNREACHABLE = 4;

/** Codes of TIME_EXCEEDED. */
export const HOP_LIMIT = 0;
export const REASSEMBLY_TIME = 1;

/** Codes of PARAMETER_PROBLEM. */
export const ERRONEOUS_HEADER = 0;
export const UNKNOWN_NEXT_HEADER = 1;
export const UNKNOWN_OPTION = 2;

/** The longest packet that an error makes (RFC 4443 §2.4 (c)): the least MTU of IPv6. */
export const LONGEST_ERROR = 1_280;

/** The MTU that PACKET_TOO_BIG tells, in octets. */
export const mtu = (view: DataView, at: number): number => view.getUint32(at + 4);

/** Whether a message reports an error and quotes the packet that met it (RFC 4443 §2.1), of the types that are known. */
export const isError = (type: number): boolean => type >= DESTINATION_UNREACHABLE && type <= PARAMETER_PROBLEM;

/** The option of a redirect that quotes the packet (RFC 4861 §4.6.3), and its octets before that. */
const REDIRECTED_HEADER = 4;
const REDIRECTED_HEAD = 8;

/** Where the packet is that a redirect quotes; TOO_SHORT when it quotes none. */
export function redirectedAt(view: DataView, at: number, end: number): number {
  for (let option = at + optionsOffset(REDIRECT); option + REDIRECTED_HEAD < end; ) {
    const length = 8 * view.getUint8(option + 1);
    if (view.getUint8(option) === REDIRECTED_HEADER) return option + REDIRECTED_HEAD;
    if (length === 0) return TOO_SHORT;
    option += length;
  }
  return TOO_SHORT;
}

/** Where a message's options (RFC 4861 §4.6) begin, from its start; 0 for messages that have none. */
export function optionsOffset(type: number): number {
  switch (type) {
    case ROUTER_SOLICITATION:
      return 8;
    case ROUTER_ADVERTISEMENT:
      return 16;
    case NEIGHBOUR_SOLICITATION:
    case NEIGHBOUR_ADVERTISEMENT:
      return 24;
    case REDIRECT:
      return 40;
    default:
      return 0;
  }
}
