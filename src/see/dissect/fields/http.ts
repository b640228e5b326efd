/**
 * Fields of HTTP/1: http.*, of the messages that are whole in a frame, as in Wireshark in the frame of their last octet. Not here: where messages end (http-messages.ts). Read first: RFC 9112 §2-5;
 * RFC 9110 §5.
 */
import { printable } from '../../../core/printable.ts';
import { type Dissection, octetsOf } from '../dissection.ts';
import type { Field, FieldType, FieldValue } from '../field.ts';
import { LONGEST_HEAD } from '../http-messages.ts';
import { isLatin1, latin1 } from '../octet-text.ts';
import { eachWholeMessage } from '../whole-messages.ts';
import { allOf, bit, decimal, octets } from './kinds.ts';

/** A message's first line, and the fields behind it with their names in small letters. */
interface Head {
  readonly isResponse: boolean;
  /** The three parts of the first line: method, target, version; or version, code, phrase. */
  readonly start: readonly [string, string, string];
  readonly fields: readonly (readonly [name: string, value: string])[];
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
function startOf(line: string, isResponse: boolean): Head['start'] {
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
let last: { readonly octets: string; readonly head: Head } | undefined;

/** The head of a whole message. */
function headOf(view: DataView, from: number, to: number): Head {
  const end = headEnd(view, from, to);
  if (last !== undefined && isLatin1(view, from, end, last.octets)) return last.head;
  const octets = latin1(view, from, end);
  const [line = '', ...lines] = octets.split(/\r?\n/);
  const isResponse = line.startsWith('HTTP/');
  const [first, second, third] = startOf(line.split('\r', 1)[0]!, isResponse);
  const fields = lines.flatMap((each) => {
    const colon = each.indexOf(':');
    return colon <= 0
      ? []
      : [[each.slice(0, colon).toLowerCase(), printable(unindented(each.slice(colon + 1)))] as const];
  });
  const head: Head = { isResponse, start: [printable(first), printable(second), printable(third)], fields };
  last = { octets, head };
  return head;
}

/** A field of each message. */
const messageField = (
  name: string,
  type: FieldType,
  title: string,
  read: (head: Head) => readonly FieldValue[],
): Field =>
  allOf(
    name,
    type,
    title,
    (dissection: Dissection, into) =>
      eachWholeMessage(dissection, undefined, (view, from, to) => {
        for (const value of read(headOf(view, from, to))) into.push(value);
      }),
    type === 'boolean' ? bit : decimal,
  );

/** A part of the first line of requests, or of responses. */
const startField = (name: string, title: string, isResponse: boolean, part: 0 | 1 | 2): Field =>
  messageField(name, 'string', title, (head) =>
    head.isResponse === isResponse && head.start[part] !== '' ? [head.start[part]] : [],
  );

/** A field of the head, as often as it stands there. */
const headField = (name: string, title: string, header: string): Field =>
  messageField(name, 'string', title, ({ fields }) =>
    fields.filter(([known]) => known === header).map(([, value]) => value),
  );

const headerOf = ({ fields }: Head, header: string): string | undefined =>
  fields.find(([known]) => known === header)?.[1];

/** The whole address of what is asked for, where the head says of whom. */
function fullUri(head: Head): string[] {
  const host = headerOf(head, 'host');
  const [method, target] = head.start;
  if (head.isResponse || host === undefined || method === 'CONNECT') return [];
  return [target.startsWith('/') ? `http://${host}${target}` : target];
}

function contentLength(head: Head): number[] {
  const text = headerOf(head, 'content-length') ?? '';
  return /^\d{1,15}$/.test(text) ? [Number(text)] : [];
}

/** http.* */
export const HTTP_FIELDS: readonly Field[] = [
  allOf(
    'http',
    'protocol',
    'Hypertext Transfer Protocol',
    (dissection, into) =>
      eachWholeMessage(dissection, undefined, (view, from, to) => into.push(octetsOf(view, from, to))),
    octets,
  ),
  messageField('http.request', 'boolean', 'Request', ({ isResponse }) => (isResponse ? [] : [true])),
  messageField('http.response', 'boolean', 'Response', ({ isResponse }) => (isResponse ? [true] : [])),
  startField('http.request.method', 'Request Method', false, 0),
  startField('http.request.uri', 'Request URI', false, 1),
  startField('http.request.version', 'Request Version', false, 2),
  messageField('http.request.full_uri', 'string', 'Full request URI', fullUri),
  startField('http.response.version', 'Response Version', true, 0),
  messageField('http.response.code', 'unsigned', 'Status Code', ({ isResponse, start }) =>
    isResponse && /^\d{3}$/.test(start[1]) ? [Number(start[1])] : [],
  ),
  startField('http.response.phrase', 'Response Phrase', true, 2),
  headField('http.host', 'Host', 'host'),
  headField('http.user_agent', 'User-Agent', 'user-agent'),
  headField('http.referer', 'Referer', 'referer'),
  headField('http.cookie', 'Cookie', 'cookie'),
  headField('http.set_cookie', 'Set-Cookie', 'set-cookie'),
  headField('http.location', 'Location', 'location'),
  headField('http.server', 'Server', 'server'),
  headField('http.content_type', 'Content-Type', 'content-type'),
  headField('http.content_length_header', 'Content-Length', 'content-length'),
  messageField('http.content_length', 'unsigned', 'Content length', contentLength),
  headField('http.content_encoding', 'Content-Encoding', 'content-encoding'),
  headField('http.transfer_encoding', 'Transfer-Encoding', 'transfer-encoding'),
  headField('http.connection', 'Connection', 'connection'),
  headField('http.accept', 'Accept', 'accept'),
  headField('http.accept_language', 'Accept-Language', 'accept-language'),
  headField('http.accept_encoding', 'Accept Encoding', 'accept-encoding'),
  headField('http.authorization', 'Authorization', 'authorization'),
  headField('http.cache_control', 'Cache-Control', 'cache-control'),
  headField('http.last_modified', 'Last-Modified', 'last-modified'),
  headField('http.date', 'Date', 'date'),
  headField('http.x_forwarded_for', 'X-Forwarded-For', 'x-forwarded-for'),
];
