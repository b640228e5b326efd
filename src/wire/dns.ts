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
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  CAA: 257,
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

/**
 * Follows the name at `at` in the message `[message, end)`, pointers too.
 * @param take called with where each label begins and ends
 * @returns where what follows the name begins; -1 when it leaves the message
 */
function followName(
  view: DataView,
  message: number,
  at: number,
  end: number,
  take: (from: number, to: number) => void,
): number {
  let after = -1;
  let octets = 0;
  for (let i = at; ; ) {
    if (i >= end) return -1;
    const length = view.getUint8(i);
    if (length >= 0xc0) {
      if (i + 2 > end) return -1;
      if (after < 0) after = i + 2;
      const target = message + (view.getUint16(i) & 0x3fff);
      // A pointer points back; one that does not could be followed for ever.
      octets += 2;
      if (target >= i || octets > MAX_NAME) return -1;
      i = target;
      continue;
    }
    if (length === 0) return after < 0 ? i + 1 : after;
    octets += length + 1;
    if (length > 63 || i + 1 + length > end || octets > MAX_NAME) return -1;
    take(i + 1, i + 1 + length);
    i += 1 + length;
  }
}

/** Reads the name at `at` in the message `[message, end)`, pointers followed. */
export function readName(view: DataView, message: number, at: number, end: number): Name {
  const labels: string[] = [];
  let octets = -1;
  const after = followName(view, message, at, end, (from, to) => {
    labels.push(printableOctets(view, from, to));
    octets += to - from + 1;
  });
  return labels.length === 0 && after >= 0
    ? { text: ROOT, octets: ROOT.length, end: after }
    : { text: labels.join('.'), octets, end: after };
}

/** Where what follows the name at `at` begins; -1 when the name leaves the message. No text is made. */
export const nameEnd = (view: DataView, message: number, at: number, end: number): number =>
  followName(view, message, at, end, () => {});

/** The parts of a message, in order. */
const SECTIONS = ['question', 'answer', 'authority', 'additional'] as const;

/** Which part of a message an entry stands in. */
type Section = (typeof SECTIONS)[number];

/** A question, or the head of a resource record. */
export interface Entry {
  readonly section: Section;
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

/** Takes where an entry's name begins, where its type stands, and where it ends. */
type TakePlace = (section: Section, name: number, head: number, end: number) => boolean;

/** As `eachEntry`, but of each entry it is only told where it is. */
function eachPlace(view: DataView, at: number, end: number, take: TakePlace): boolean {
  const counts = [questionCount(view, at), answerCount(view, at), authorityCount(view, at), additionalCount(view, at)];
  let i = at + HEADER;
  for (const [k, section] of SECTIONS.entries())
    for (let n = 0; n < counts[k]!; n++) {
      const name = i;
      const head = nameEnd(view, at, name, end);
      if (head < 0) return false;
      i = head + (section === 'question' ? 4 : 10);
      if (i > end) return false;
      if (section !== 'question') i += view.getUint16(i - 2);
      if (i > end) return false;
      if (!take(section, name, head, i)) return true;
    }
  return true;
}

/**
 * Calls `take` for each entry of the message `[at, end)`, in order, until it says false.
 * @returns whether all that the header promises, as far as it was asked for, was there
 */
export const eachEntry = (view: DataView, at: number, end: number, take: (entry: Entry) => boolean): boolean =>
  eachPlace(view, at, end, (section, nameAt, head, to) => {
    const { text, octets } = readName(view, at, nameAt, end);
    const isQuestion = section === 'question';
    return take({
      section,
      name: text,
      nameOctets: octets,
      type: view.getUint16(head),
      class: view.getUint16(head + 2),
      timeToLive: isQuestion ? 0 : view.getUint32(head + 4),
      from: head + (isQuestion ? 4 : 10),
      to,
    });
  });

/** Whether the message `[at, end)` has all the entries that its header promises. No text is made: a message of 64 KiB can have five thousand names of 120 labels each. */
export const isWhole = (view: DataView, at: number, end: number): boolean => eachPlace(view, at, end, () => true);
