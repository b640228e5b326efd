/** DNS messages, as far as a stub resolver needs them: a question out; answers in. Read first: RFC 1035 §4, RFC 2308 §2 (answers that say no), RFC 3596 (AAAA). */
import type { IpAddress } from '../../wire/ip-address.ts';
import { ipv6At } from '../../wire/ip-address.ts';

/** Types of records. */
export const A = 1;
export const CNAME = 5;
const SOA = 6;
export const AAAA = 28;
const CLASS_IN = 1;

const HEADER = 12;

/** The longest name in octets, and the longest label (RFC 1035 §2.3.4). */
const LONGEST_NAME = 255;
const LONGEST_LABEL = 63;

/** Pointers followed in one name, and records looked at in one message. */
const MOST_POINTERS = 32;
const MOST_RECORDS = 256;

/** Response codes. */
export const NO_ERROR = 0;
export const NO_SUCH_NAME = 3;

/** A record of an answer. */
export interface DnsRecord {
  /** In lower case, without the last dot. */
  readonly name: string;
  readonly type: number;
  /** Seconds, 0 to 2^31 - 1. */
  readonly timeToLive: number;
  /** Of A and AAAA, and of CNAME. */
  readonly address: IpAddress | undefined;
  readonly target: string | undefined;
}

/** An answer to a question of ours. */
export interface Answer {
  readonly code: number;
  readonly truncated: boolean;
  readonly records: readonly DnsRecord[];
  /** How long it may be remembered that there is nothing, in seconds: what the zone says (RFC 2308 §5); 0 when it does not. */
  readonly negative: number;
}

/** A name in the form in which names are compared; undefined when it is none. */
export function readName(text: string): string | undefined {
  const name = text.toLowerCase().replace(/\.$/, '');
  const labels = name.split('.');
  const fits = labels.every(
    (label) => label.length >= 1 && label.length <= LONGEST_LABEL && /^[\x21-\x7e]+$/.test(label),
  );
  return fits && name.length + 2 <= LONGEST_NAME ? name : undefined;
}

/** The octets of a question. */
export function writeQuestion(id: number, name: string, type: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER + name.length + 2 + 4);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, id);
  // Recursion is wanted.
  view.setUint16(2, 0x0100);
  view.setUint16(4, 1);
  let at = HEADER;
  for (const label of name.split('.')) {
    bytes[at++] = label.length;
    for (let i = 0; i < label.length; i++) bytes[at++] = label.charCodeAt(i);
  }
  at++;
  view.setUint16(at, type);
  view.setUint16(at + 2, CLASS_IN);
  return bytes;
}

/** The answer to that very question; undefined when it is to another, or does not hold together. */
export function readAnswer(bytes: Uint8Array, id: number, name: string, type: number): Answer | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < HEADER || view.getUint16(0) !== id) return undefined;
  const flags = view.getUint16(2);
  if ((flags & 0xf800) !== 0x8000 || view.getUint16(4) !== 1) return undefined;
  const question = nameAt(bytes, HEADER);
  if (question === undefined || question.name !== name || question.end + 4 > bytes.length) return undefined;
  if (view.getUint16(question.end) !== type || view.getUint16(question.end + 2) !== CLASS_IN) return undefined;
  const truncated = (flags & 0x0200) !== 0;
  const records: DnsRecord[] = [];
  let negative = 0;
  const answers = view.getUint16(6);
  const all = Math.min(answers + view.getUint16(8), MOST_RECORDS);
  let at = question.end + 4;
  for (let i = 0; i < all; i++) {
    const owner = nameAt(bytes, at);
    const head = owner?.end ?? 0;
    const dataAt = head + 10;
    const length = owner === undefined || dataAt > bytes.length ? -1 : view.getUint16(head + 8);
    if (length < 0 || dataAt + length > bytes.length)
      return truncated ? { code: flags & 15, truncated, records, negative } : undefined;
    const kind = view.getUint16(head);
    // RFC 2181 §8: with its first bit set it is none.
    const timeToLive = Math.max(0, view.getInt32(head + 4));
    if (view.getUint16(head + 2) === CLASS_IN) {
      const record = recordAt(bytes, view, owner!.name, kind, timeToLive, dataAt, length);
      if (i < answers && record !== undefined) records.push(record);
      if (i >= answers && kind === SOA) negative = Math.min(timeToLive, soaMinimum(bytes, view, dataAt, length));
    }
    at = dataAt + length;
  }
  return { code: flags & 15, truncated, records, negative };
}

function recordAt(
  bytes: Uint8Array,
  view: DataView,
  name: string,
  type: number,
  timeToLive: number,
  at: number,
  length: number,
): DnsRecord | undefined {
  const common = { name, type, timeToLive, address: undefined, target: undefined };
  if (type === A && length === 4) return { ...common, address: view.getInt32(at) };
  if (type === AAAA && length === 16) return { ...common, address: ipv6At(view, at) };
  if (type !== CNAME) return undefined;
  const target = nameAt(bytes, at)?.name;
  return target === undefined ? undefined : { ...common, target };
}

/** The last field of an SOA record: how long it holds that there is nothing. */
function soaMinimum(bytes: Uint8Array, view: DataView, at: number, length: number): number {
  const mailbox = nameAt(bytes, at);
  const fields = mailbox && nameAt(bytes, mailbox.end)?.end;
  return fields !== undefined && fields + 20 <= at + length ? view.getUint32(fields + 16) : 0;
}

/** The name at `at`, pointers followed, and where it ends; undefined when it does not hold together. */
function nameAt(bytes: Uint8Array, start: number): { readonly name: string; readonly end: number } | undefined {
  const labels: string[] = [];
  let at = start;
  let end = -1;
  let pointers = 0;
  let octets = 0;
  for (;;) {
    const length = bytes[at];
    if (length === undefined) return undefined;
    if (length >= 0xc0) {
      const low = bytes[at + 1];
      if (low === undefined || pointers++ === MOST_POINTERS) return undefined;
      if (end < 0) end = at + 2;
      at = ((length & 0x3f) << 8) | low;
      continue;
    }
    if (length > LONGEST_LABEL || at + 1 + length > bytes.length) return undefined;
    octets += 1 + length;
    if (octets > LONGEST_NAME) return undefined;
    if (length === 0) return { name: labels.join('.'), end: end < 0 ? at + 1 : end };
    let label = '';
    for (let i = 1; i <= length; i++) label += String.fromCharCode(bytes[at + i]!);
    labels.push(label.toLowerCase());
    at += 1 + length;
  }
}
