/** DNS messages: the header, names and resource records, read but not written. Read first: RFC 1035 §4; RFC 6762 §18 (multicast); RFC 6891 §6.1 (OPT). */
import { printableOctets } from '../core/printable.ts';

/** Header length in octets. */
export const HEADER = 12;

/** UDP ports: of DNS, of multicast DNS, of link-local multicast name resolution. */
export const PORT = 53;
export const MULTICAST_PORT = 5353;
export const LINK_LOCAL_PORT = 5355;

export const identifier = (view: DataView, at: number): number => view.getUint16(at);
export const flags = (view: DataView, at: number): number => view.getUint16(at + 2);
export const isResponse = (view: DataView, at: number): boolean => view.getUint8(at + 2) >= 0x80;
export const opcode = (view: DataView, at: number): number => (view.getUint8(at + 2) >>> 3) & 15;
export const responseCode = (view: DataView, at: number): number => view.getUint8(at + 3) & 15;
/** How many questions, answers, authority and additional records the header promises. */
export const questionCount = (view: DataView, at: number): number => view.getUint16(at + 4);
export const answerCount = (view: DataView, at: number): number => view.getUint16(at + 6);
export const authorityCount = (view: DataView, at: number): number => view.getUint16(at + 8);
export const additionalCount = (view: DataView, at: number): number => view.getUint16(at + 10);

/** Types of records. */
export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  RP: 17,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  SSHFP: 44,
  RRSIG: 46,
  NSEC: 47,
  TLSA: 52,
  SPF: 99,
} as const;

/** The most octets of a name (RFC 1035 §2.3.4), and so the most labels that are followed. */
const MAX_NAME = 255;

/** How the empty name is written. */
const ROOT = '<Root>';

/** A name that was read. */
export interface Name {
  /** `example.org`, or `<Root>`; octets that would command a terminal are escaped. */
  text: string;
  /** Characters of its labels and the dots between them; 6 for `<Root>`. */
  octets: number;
  /** Where what follows it begins; -1 when the name leaves the message. */
  end: number;
}

/** Reads the name at `at` in the message `[message, end)`, pointers followed. */
export function readName(view: DataView, message: number, at: number, end: number): Name {
  const labels: string[] = [];
  let after = -1;
  let octets = 0;
  let characters = -1;
  const name = (last: number): Name => ({ text: labels.join('.'), octets: characters, end: last });
  for (let i = at; ; ) {
    if (i >= end) return name(-1);
    const length = view.getUint8(i);
    if (length >= 0xc0) {
      if (i + 2 > end) return name(-1);
      if (after < 0) after = i + 2;
      const target = message + (view.getUint16(i) & 0x3fff);
      // A pointer points back; one that does not could be followed for ever.
      octets += 2;
      if (target >= i || octets > MAX_NAME) return name(-1);
      i = target;
      continue;
    }
    if (length === 0) {
      const last = after < 0 ? i + 1 : after;
      return labels.length > 0 ? name(last) : { text: ROOT, octets: ROOT.length, end: last };
    }
    octets += length + 1;
    if (length > 63 || i + 1 + length > end || octets > MAX_NAME) return name(-1);
    labels.push(printableOctets(view, i + 1, i + 1 + length));
    characters += length + 1;
    i += 1 + length;
  }
}

/** A question, or the head of a resource record. */
export interface Entry {
  /** Which part it stands in. */
  readonly section: 'question' | 'answer' | 'authority' | 'additional';
  readonly name: string;
  /** How many characters of its labels and dots were in the message. */
  readonly nameOctets: number;
  readonly type: number;
  /** The class with multicast DNS' topmost bit: unicast answer wanted, or cache to be flushed. */
  readonly class: number;
  /** In seconds; 0 for a question. */
  readonly timeToLive: number;
  /** Where its data is; empty for a question. */
  readonly from: number;
  readonly to: number;
}

/**
 * Calls `take` for each entry of the message `[at, end)`, in order, until it says false.
 * @returns whether all that the header promises, as far as it was asked for, was there
 */
export function eachEntry(view: DataView, at: number, end: number, take: (entry: Entry) => boolean): boolean {
  const counts = [questionCount(view, at), answerCount(view, at), authorityCount(view, at), additionalCount(view, at)];
  let i = at + HEADER;
  for (const [k, section] of (['question', 'answer', 'authority', 'additional'] as const).entries())
    for (let n = 0; n < counts[k]!; n++) {
      const name = readName(view, at, i, end);
      const head = name.end;
      if (head < 0 || head + 4 > end) return false;
      const type = view.getUint16(head);
      const klass = view.getUint16(head + 2);
      const isQuestion = section === 'question';
      if (!isQuestion && head + 10 > end) return false;
      const timeToLive = isQuestion ? 0 : view.getUint32(head + 4);
      const from = head + (isQuestion ? 4 : 10);
      const to = isQuestion ? from : from + view.getUint16(head + 8);
      if (to > end) return false;
      i = to;
      if (!take({ section, name: name.text, nameOctets: name.octets, type, class: klass, timeToLive, from, to }))
        return true;
    }
  return true;
}
