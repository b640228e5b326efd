/**
 * How protocols over TCP whose messages begin with their length tell where a message ends: by the port, or by what a segment begins with. Not here: HTTP/1, whose messages have to be
 * read (http-messages.ts); what the messages say.
 *
 * Read first: RFC 1035 §4.2.2 (DNS); RFC 1002 §4.3.1 (NetBIOS sessions, over which SMB goes); RFC 8446 §5.1 (TLS records).
 */
import { larger, smaller } from '../../core/least.ts';
import * as dns from '../../wire/dns.ts';
import * as tcp from '../../wire/tcp.ts';

/** How messages of a protocol are cut out of a connection. */
export interface Framing {
  /** Ports that are the protocol's. */
  readonly ports: readonly number[];
  /** Octets that tell the length. */
  readonly head: number;
  /** Octets of the whole message whose head is at `at`; -1: no message begins so. */
  readonly length: (view: DataView, at: number) => number;
  /** Whether Wireshark's tree has the size of each message. */
  readonly isSized?: boolean;
  /** Whether Wireshark's list line is empty where a message begins that goes on, or goes on of which the head was not whole. */
  readonly isSilent?: boolean;
  /** Whether Wireshark follows no message of whose head only a part came in the segment that begins with it. */
  readonly needsHead?: boolean;
  /** Whether what begins like a message of HTTP is one, where the other port is HTTP's. */
  readonly yieldsToHttp?: boolean;
}

/** DNS: two octets of length, and so many octets. */
export const DNS_FRAMING: Framing = {
  ports: [dns.PORT],
  head: 2,
  length: (view, at) => 2 + view.getUint16(at),
  isSized: true,
};

/** NetBIOS sessions: a type, and a length of three octets. */
const SESSION_FRAMING: Framing = {
  ports: [139, 445],
  head: 4,
  needsHead: true,
  length: (view, at) => {
    const type = view.getUint8(at);
    return type === 0 || (type >= 0x81 && type <= 0x85) ? 4 + (view.getUint32(at) & 0xff_ffff) : -1;
  },
};

/** Kerberos: four octets of length, of which the first bit is none. */
const KERBEROS_FRAMING: Framing = {
  ports: [88],
  head: 4,
  length: (view, at) => 4 + (view.getUint32(at) & 0x7fff_ffff),
  isSized: true,
  isSilent: true,
};

/** BGP: sixteen octets of ones, and a length that counts these, too. */
const BGP_FRAMING: Framing = {
  ports: [179],
  head: 19,
  length: (view, at) => {
    for (let i = 0; i < 16; i++) if (view.getUint8(at + i) !== 0xff) return -1;
    return Math.max(19, view.getUint16(at + 16));
  },
  isSilent: true,
};

/** LDAP: a sequence of ASN.1 with its length, in one octet or up to five; or four octets of length before what SASL protects. */
const DIRECTORY_FRAMING: Framing = {
  ports: [389, 3268],
  head: 6,
  needsHead: true,
  length: (view, at) => {
    if (view.getUint8(at) !== 0x30) return 4 + view.getUint32(at);
    const length = view.getUint8(at + 1);
    if (length < 0x80) return 2 + length;
    const octets = length & 0x7f;
    if (octets === 0 || octets > 4) return -1;
    let value = 0;
    for (let i = 0; i < octets; i++) value = 256 * value + view.getUint8(at + 2 + i);
    return 2 + octets + value;
  },
  isSized: true,
};

/** Gryphon, of cars' buses: its port is often somebody else's, whose octets Wireshark takes for messages, too. A length behind two addresses; then octets up to a multiple of four. */
const GRYPHON_FRAMING: Framing = {
  ports: [7000],
  head: 8,
  length: (view, at) => 8 + ((view.getUint16(at + 4) + 3) & ~3),
  isSized: true,
  yieldsToHttp: true,
};

/** Content types of TLS records, and the longest one, with what older versions add to 16,384 octets of plain text. */
const LEAST_CONTENT = 20;
const GREATEST_CONTENT = 24;
const LONGEST_RECORD = 16_384 + 2_048;

/** TLS, on every port: content type, version 3.0 to 3.4, two octets of length. */
export const TLS_FRAMING: Framing = {
  ports: [],
  head: 5,
  length: (view, at) => {
    const type = view.getUint8(at);
    if (type < LEAST_CONTENT || type > GREATEST_CONTENT) return -1;
    const version = view.getUint16(at + 1);
    const length = view.getUint16(at + 3);
    return version >= 0x0300 && version <= 0x0304 && length <= LONGEST_RECORD ? 5 + length : -1;
  },
  isSilent: true,
};

const BY_PORT: readonly Framing[] = [
  DNS_FRAMING,
  SESSION_FRAMING,
  KERBEROS_FRAMING,
  BGP_FRAMING,
  DIRECTORY_FRAMING,
  GRYPHON_FRAMING,
];

/** Of each port: which of those it is, counted from 1; 0: none. */
const PORTS: Uint8Array = (() => {
  const ports = new Uint8Array(65_536);
  for (const [i, framing] of BY_PORT.entries()) for (const port of framing.ports) ports[port] = i + 1;
  return ports;
})();

/**
 * How the messages are framed in the segment whose header is at `header` and whose payload is `[from, to)`, where a message may begin; undefined: in no way known here.
 * @param isTls whether the connection is known to speak TLS
 */
export function framingOf(
  view: DataView,
  header: number,
  from: number,
  to: number,
  isTls: boolean,
): Framing | undefined {
  const source = tcp.sourcePort(view, header);
  const destination = tcp.destinationPort(view, header);
  const low = smaller(source, destination);
  const high = larger(source, destination);
  const number = PORTS[low]! || PORTS[high]!;
  if (number > 0) return BY_PORT[number - 1];
  const type = view.getUint8(from);
  if (type < LEAST_CONTENT || type > GREATEST_CONTENT) return undefined;
  if (to - from < TLS_FRAMING.head) return isTls ? TLS_FRAMING : undefined;
  return TLS_FRAMING.length(view, from) < 0 ? undefined : TLS_FRAMING;
}
