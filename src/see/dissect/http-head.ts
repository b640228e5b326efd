/** The head of a whole HTTP/1 message, read. Not here: where messages end (http-messages.ts). Read first: RFC 9112 §2-5; RFC 9110 §5. */
import { printable } from '../../core/printable.ts';
import { LONGEST_HEAD } from './http-messages.ts';
import { fromUtf8, isLatin1, latin1 } from './octet-text.ts';

/** A message's first line, and the fields behind it with their names in small letters. */
export interface HttpHead {
  readonly isResponse: boolean;
  /** The three parts of the first line: method, target, version; or version, code, phrase. */
  readonly start: readonly [string, string, string];
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** The first line, and every line behind it up to the empty one, with their ends, as they can be printed. */
  readonly line: string;
  readonly lines: readonly string[];
  /** That one. */
  readonly empty: string;
  /** Octets of all of it, the empty line too. */
  readonly octets: number;
}

/** Where the head of a message `[from, to)` ends: behind an empty line. */
function headEnd(view: DataView, from: number, to: number): number {
  const end = Math.min(to, from + LONGEST_HEAD);
  let isEmpty = false;
  for (let at = from; at < end; at++) {
    const octet = view.getUint8(at);
    if (octet === LF && isEmpty) return at + 1;
    isEmpty = octet === LF || (isEmpty && octet === CR);
  }
  return end;
}

const LF = 0x0a;
const CR = 0x0d;

/** The three parts of a first line; what separates them is one blank in requests, and any number in responses, as in Wireshark. */
function startOf(line: string, isResponse: boolean): HttpHead['start'] {
  const [first = '', second = '', ...rest] = line.split(' ');
  if (!isResponse) return [first, second, rest.join(' ')];
  const behind = line.slice(first.length).trimStart();
  const code = /^\S*/.exec(behind)![0];
  const gap = behind.indexOf(' ');
  return [first, code, gap < 0 ? '' : behind.slice(gap).trimStart()];
}

/** Without the blanks in front, as in Wireshark, which leaves those behind. Not `trim`: it takes the octet 0xa0 for one, with which letters end. */
const unindented = (text: string): string => text.slice(/^[ \t]*/.exec(text)![0].length);

/** The head that was read last, and its octets: all fields of a frame ask for the same. */
let last: { readonly octets: string; readonly head: HttpHead } | undefined;

/** The head of a whole message. */
export function headOf(view: DataView, from: number, to: number): HttpHead {
  const end = headEnd(view, from, to);
  if (last !== undefined && isLatin1(view, from, end, last.octets)) return last.head;
  const octets = latin1(view, from, end);
  const text = fromUtf8(octets);
  const [line = '', ...lines] = text.split(/\r?\n/);
  const isResponse = line.startsWith('HTTP/');
  const [first, second, third] = startOf(line.split('\r', 1)[0]!, isResponse);
  const fields = lines.flatMap((each) => {
    const colon = each.indexOf(':');
    return colon <= 0
      ? []
      : [[each.slice(0, colon).toLowerCase(), printable(unindented(each.slice(colon + 1)))] as const];
  });
  const [startLine = '', ...fieldLines] = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const empty = fieldLines.findIndex((each) => /^\r?\n$/.test(each));
  const head: HttpHead = {
    isResponse,
    start: [printable(first), printable(second), printable(third)],
    fields,
    line: printable(startLine),
    lines: fieldLines.slice(0, empty < 0 ? undefined : empty).map(printable),
    empty: printable(fieldLines[empty] ?? ''),
    octets: end - from,
  };
  last = { octets, head };
  return head;
}

/** The value of the first field of a name, which is in small letters. */
export const headerOf = ({ fields }: HttpHead, header: string): string | undefined =>
  fields.find(([known]) => known === header)?.[1];

/** The whole address of what is asked for, where the head says of whom. */
export function fullUri(head: HttpHead): string | undefined {
  const host = headerOf(head, 'host');
  const [method, target] = head.start;
  if (head.isResponse || host === undefined || method === 'CONNECT') return undefined;
  return target.startsWith('/') ? `http://${host}${target}` : target;
}

/** What a request asks for, in parts: path and query; undefined where there is no query. */
export function uriParts({ isResponse, start }: HttpHead): readonly [path: string, query: string] | undefined {
  const target = start[1];
  const at = target.indexOf('?');
  return isResponse || at < 0 ? undefined : [target.slice(0, at), target.slice(at + 1)];
}

/** The pairs of a cookie. */
export const cookiePairs = (cookie: string): string[] => cookie.split(/; ?/).filter((pair) => pair !== '');

export const contentLength = (head: HttpHead): number | undefined => {
  const text = headerOf(head, 'content-length') ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
};
