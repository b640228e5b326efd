/** The same conversation over UDP: what is there, and what is missing. Read first: RFC 768; compare RFC 9293 §2.2. */
import type { Explanation } from './explain.ts';
import { octets } from './words.ts';

/** What one datagram means: that is little. `sender` and `receiver`: `the client`; `port`: where it is sent to. */
export function explainDatagram(sender: string, receiver: string, port: number, length: number): Explanation {
  return {
    text: `${sender.charAt(0).toUpperCase()}${sender.slice(1)} sends ${octets(length)} to port ${port} in one datagram. It has no number, and nothing will say whether ${receiver} got it.`,
    section: 'RFC 768',
    heading: 'User Datagram Protocol',
    rule: 'udp/datagram',
  };
}

const lesson = (rule: string, text: string, section: string, heading: string): Explanation => ({
  rule,
  text,
  section,
  heading,
});

/** What TCP does and UDP leaves to the program, each with the section of RFC 9293 that is missing. */
export const UDP_LESSON: readonly Explanation[] = [
  lesson(
    'udp/no-handshake',
    'No handshake: the first datagram carries data at once, and its sender does not learn whether anybody is there. Nor does either end agree on anything first.',
    'RFC 9293 §3.5',
    'Establishing a Connection',
  ),
  lesson(
    'udp/no-numbers',
    'No sequence numbers: nothing tells the receiver that a datagram is missing, came twice, or overtook another.',
    'RFC 9293 §3.4',
    'Sequence Numbers',
  ),
  lesson(
    'udp/no-acknowledgment',
    'No acknowledgment and no retransmission: what is lost stays lost, unless the program itself notices.',
    'RFC 9293 §3.8.1',
    'Retransmission Timeout',
  ),
  lesson(
    'udp/no-window',
    'No window: nothing stops a fast sender; what a slow receiver has no room for is dropped.',
    'RFC 9293 §3.8.6',
    'Managing the Window',
  ),
  lesson(
    'udp/no-close',
    'No close and no states: the receiver cannot tell the end from silence.',
    'RFC 9293 §3.6',
    'Closing a Connection',
  ),
  lesson(
    'udp/what-there-is',
    'What there is: eight octets of header (two ports, a length, a checksum), and each datagram arrives whole or not at all.',
    'RFC 768',
    'User Datagram Protocol',
  ),
];
