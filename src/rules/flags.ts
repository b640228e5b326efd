/** TCP's control bits as data: which bit, its names, what it says. Read first: RFC 9293 §3.1; RFC 3168 §6.1 (ECE, CWR). */

/** A control bit. */
export interface ControlBit {
  readonly bit: number;
  readonly name: 'FIN' | 'SYN' | 'RST' | 'PSH' | 'ACK' | 'URG' | 'ECE' | 'CWR' | 'AE';
  /** One sentence, for people. */
  readonly meaning: string;
  readonly rfc: string;
}

/** The nine control bits from the lowest up: the order in which Wireshark's Info column names them. */
export const CONTROL_BITS: readonly ControlBit[] = [
  { bit: 0x001, name: 'FIN', meaning: 'the sender has no more data to send', rfc: 'RFC 9293 §3.1' },
  { bit: 0x002, name: 'SYN', meaning: 'the sender says where its sequence numbers begin', rfc: 'RFC 9293 §3.1' },
  { bit: 0x004, name: 'RST', meaning: 'the connection is over at once, or never was', rfc: 'RFC 9293 §3.5.2' },
  { bit: 0x008, name: 'PSH', meaning: 'the receiver should hand the data over now', rfc: 'RFC 9293 §3.9.1.2' },
  { bit: 0x010, name: 'ACK', meaning: 'the acknowledgment number counts', rfc: 'RFC 9293 §3.1' },
  { bit: 0x020, name: 'URG', meaning: 'the urgent pointer counts', rfc: 'RFC 9293 §3.8.5' },
  { bit: 0x040, name: 'ECE', meaning: 'congestion was seen on the way here', rfc: 'RFC 3168 §6.1' },
  { bit: 0x080, name: 'CWR', meaning: 'the sender has slowed down because of congestion', rfc: 'RFC 3168 §6.1' },
  { bit: 0x100, name: 'AE', meaning: 'accurate congestion feedback', rfc: 'RFC 9768 §3.1' },
];

/** `SYN, ACK` for 0x012; the empty string for none. */
export function flagNames(flags: number): string {
  let names = '';
  for (const { bit, name } of CONTROL_BITS) if (flags & bit) names += names ? `, ${name}` : name;
  return names;
}
