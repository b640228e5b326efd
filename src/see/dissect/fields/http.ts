/**
 * Fields of HTTP/1: http.*, of the messages that are whole in a frame, as in Wireshark in the frame of their last octet. Not here: where messages end (http-messages.ts). Read first: RFC 9112 §2-5;
 * RFC 9110 §5.
 */
import { printable } from '../../../core/printable.ts';
import { type Dissection, octetsOf } from '../dissection.ts';
import type { Field, FieldType, FieldValue } from '../field.ts';
import { bodyOf } from '../http-body.ts';
import { contentLength, cookiePairs, fullUri, type HttpHead, headOf, uriParts } from '../http-head.ts';
import { statusText } from '../http-status.ts';
import { nanosecondsAsSeconds } from '../numbers.ts';
import { PROTOCOL } from '../protocol.ts';
import { eachWholeMessage } from '../whole-messages.ts';
import { allOf, bit, decimal, layerField, mark, nineDecimals, octets } from './kinds.ts';

/** A field of each message. */
const messageField = (
  name: string,
  type: FieldType,
  title: string,
  read: (head: HttpHead) => readonly FieldValue[],
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

/** Nothing, or one value. */
const optional = (value: FieldValue | undefined): FieldValue[] => (value === undefined ? [] : [value]);

/** The lines behind the first one, with their ends. */
const linesField = (name: string, title: string, isResponse: boolean): Field =>
  messageField(name, 'string', title, (head) => (head.isResponse === isResponse ? head.lines : []));

/** Calls `take` for each response whose request is known: the last one that the connection saw, until a response that is not interim. */
function eachAnswer(dissection: Dissection, take: (requestFrame: number, time: number) => void): void {
  const { requestFrame, requestTime } = dissection.parts;
  let isAnswered = requestFrame === 0;
  if (isAnswered) return;
  eachWholeMessage(dissection, undefined, (view, from, to) => {
    const { isResponse, start } = headOf(view, from, to);
    if (!isResponse || isAnswered) return;
    take(requestFrame, requestTime);
    isAnswered = !/^1\d\d$/.test(start[1]);
  });
}

/** What a message carries, as text up to the first NUL, as in Wireshark; undefined when it is nothing, or packed. */
function fileText(head: HttpHead, view: DataView, from: number, to: number): string | undefined {
  const octets = bodyOf(head, view, from, to);
  if (octets === undefined || octets.length === 0) return undefined;
  const end = octets.indexOf(0);
  return UTF8.decode(end < 0 ? octets : octets.subarray(0, end));
}

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

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
  mark(messageField('http.chat', 'boolean', 'Formatted text', () => [true])),
  mark(messageField('http.request', 'boolean', 'Request', ({ isResponse }) => (isResponse ? [] : [true]))),
  mark(messageField('http.response', 'boolean', 'Response', ({ isResponse }) => (isResponse ? [true] : []))),
  startField('http.request.method', 'Request Method', false, 0),
  startField('http.request.uri', 'Request URI', false, 1),
  messageField('http.request.uri.path', 'string', 'Request URI Path', (head) => optional(uriParts(head)?.[0])),
  messageField('http.request.uri.query', 'string', 'Request URI Query', (head) => optional(uriParts(head)?.[1])),
  messageField('http.request.uri.query.parameter', 'string', 'Request URI Query Parameter', (head) =>
    (uriParts(head)?.[1] ?? '').split('&').filter((parameter) => parameter !== ''),
  ),
  startField('http.request.version', 'Request Version', false, 2),
  linesField('http.request.line', 'Request line', false),
  messageField('http.request.full_uri', 'string', 'Full request URI', (head) => optional(fullUri(head))),
  startField('http.response.version', 'Response Version', true, 0),
  messageField('http.response.code', 'unsigned', 'Status Code', ({ isResponse, start }) =>
    isResponse && /^\d{3}$/.test(start[1]) ? [Number(start[1])] : [],
  ),
  messageField('http.response.code.desc', 'string', 'Status Code Description', ({ isResponse, start }) =>
    isResponse && /^\d{3}$/.test(start[1]) ? [statusText(start[1])] : [],
  ),
  linesField('http.response.line', 'Response line', true),
  startField('http.response.phrase', 'Response Phrase', true, 2),
  headField('http.host', 'Host', 'host'),
  headField('http.user_agent', 'User-Agent', 'user-agent'),
  headField('http.referer', 'Referer', 'referer'),
  headField('http.cookie', 'Cookie', 'cookie'),
  messageField('http.cookie_pair', 'string', 'Cookie pair', ({ fields }) =>
    fields.flatMap(([name, value]) => (name === 'cookie' ? cookiePairs(value) : [])),
  ),
  headField('http.set_cookie', 'Set-Cookie', 'set-cookie'),
  headField('http.location', 'Location', 'location'),
  headField('http.server', 'Server', 'server'),
  headField('http.content_type', 'Content-Type', 'content-type'),
  headField('http.content_length_header', 'Content-Length', 'content-length'),
  messageField('http.content_length', 'unsigned', 'Content length', (head) => optional(contentLength(head))),
  headField('http.content_encoding', 'Content-Encoding', 'content-encoding'),
  headField('http.transfer_encoding', 'Transfer-Encoding', 'transfer-encoding'),
  headField('http.connection', 'Connection', 'connection'),
  headField('http.accept', 'Accept', 'accept'),
  headField('http.accept_language', 'Accept-Language', 'accept-language'),
  headField('http.accept_encoding', 'Accept Encoding', 'accept-encoding'),
  headField('http.authorization', 'Authorization', 'authorization'),
  headField('http.www_authenticate', 'WWW-Authenticate', 'www-authenticate'),
  headField('http.proxy_authenticate', 'Proxy-Authenticate', 'proxy-authenticate'),
  headField('http.proxy_authorization', 'Proxy-Authorization', 'proxy-authorization'),
  headField('http.upgrade', 'Upgrade', 'upgrade'),
  headField('http.cache_control', 'Cache-Control', 'cache-control'),
  headField('http.last_modified', 'Last-Modified', 'last-modified'),
  headField('http.date', 'Date', 'date'),
  headField('http.x_forwarded_for', 'X-Forwarded-For', 'x-forwarded-for'),
  // What will answer a request nobody knows in one pass over a capture, as in tshark without -2.
  layerField(PROTOCOL.TCP, 'http.response_in', 'unsigned', 'Response in frame', () => undefined),
  allOf(
    'http.request_in',
    'unsigned',
    'Request in frame',
    (dissection, into) => eachAnswer(dissection, (frame) => into.push(frame)),
    decimal,
  ),
  {
    ...allOf(
      'http.time',
      'seconds',
      'Time since request',
      (dissection, into) => eachAnswer(dissection, (_, time) => into.push(time / 1e9)),
      nineDecimals,
    ),
    print: (dissection, into) => eachAnswer(dissection, (_, time) => into.push(nanosecondsAsSeconds(time))),
  },
  allOf(
    'http.file_data',
    'string',
    'File Data',
    (dissection, into) =>
      eachWholeMessage(dissection, undefined, (view, from, to) => {
        const text = fileText(headOf(view, from, to), view, from, to);
        if (text !== undefined) into.push(text);
      }),
    (value) => printable(value as string),
  ),
];
