/**
 * Fields of TLS' records and hellos: tls.*, of the records that are whole in a frame. Not here: what is encrypted. Read first: RFC 8446 §4, §5.1; RFC 6066 §3.
 */
import { printableOctets } from '../../../core/printable.ts';
import { octetsOf } from '../dissection.ts';
import type { Field, FieldType, FieldValues } from '../field.ts';
import { TLS_FRAMING } from '../framings.ts';
import { eachWholeMessage, type TakeMessage } from '../whole-messages.ts';
import { allOf, decimal, type Format, hex, octets } from './kinds.ts';

/** Octets of a record's head, and of a handshake message's. */
const RECORD = 5;
const MESSAGE = 4;

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
/** The highest type of a handshake message that stands in no encrypted record. */
const GREATEST_TYPE = 24;
const SERVER_NAME = 0;

/** Calls `take` for each message of a handshake record; for none when they do not fill it: it is encrypted. */
function eachHandshake(view: DataView, from: number, to: number, take: TakeMessage): void {
  if (view.getUint8(from) !== HANDSHAKE) return;
  const messages: (readonly [from: number, to: number])[] = [];
  for (let at = from + RECORD; at < to; ) {
    if (at + MESSAGE > to || view.getUint8(at) > GREATEST_TYPE) return;
    const end = at + MESSAGE + (view.getUint32(at) & 0xff_ffff);
    if (end > to) return;
    messages.push([at, end]);
    at = end;
  }
  for (const [start, end] of messages) take(view, start, end);
}

/** Calls `take` for each extension of a client's hello `[from, to)`, with its type and its octets. */
function eachExtension(
  view: DataView,
  from: number,
  to: number,
  take: (type: number, from: number, to: number) => void,
): void {
  // Version, 32 octets of chance, session identifier, cipher suites, compression methods.
  let at = from + MESSAGE + 34;
  if (at < to) at += 1 + view.getUint8(at);
  if (at + 2 > to) return;
  at += 2 + view.getUint16(at);
  if (at < to) at += 1 + view.getUint8(at);
  for (at += 2; at + 4 <= to; ) {
    const end = at + 4 + view.getUint16(at + 2);
    if (end > to) return;
    take(view.getUint16(at), at + 4, end);
    at = end;
  }
}

/** The name that a client asks for. */
function serverNames(view: DataView, from: number, to: number, into: FieldValues): void {
  if (view.getUint8(from) !== CLIENT_HELLO) return;
  eachExtension(view, from, to, (type, start, end) => {
    if (type !== SERVER_NAME || end - start < 5) return;
    const last = start + 5 + view.getUint16(start + 3);
    if (last <= end) into.push(printableOctets(view, start + 5, last));
  });
}

/** Appends the values of what octets `[from, to)` of a view hold. */
type Collect = (view: DataView, from: number, to: number, into: FieldValues) => void;

const recordField = (name: string, type: FieldType, title: string, collect: Collect, format: Format = decimal): Field =>
  allOf(
    name,
    type,
    title,
    (dissection, into) => eachWholeMessage(dissection, TLS_FRAMING, (view, from, to) => collect(view, from, to, into)),
    format,
  );

/** A field of each message of the handshake that is not encrypted. */
const handshakeField = (name: string, type: FieldType, title: string, collect: Collect, format?: Format): Field =>
  recordField(
    name,
    type,
    title,
    (view, from, to, into) => eachHandshake(view, from, to, (inner, start, end) => collect(inner, start, end, into)),
    format,
  );

/** tls.* */
export const TLS_FIELDS: readonly Field[] = [
  recordField(
    'tls',
    'protocol',
    'Transport Layer Security',
    (view, from, to, into) => into.push(octetsOf(view, from, to)),
    octets,
  ),
  handshakeField('tls.handshake.type', 'unsigned', 'Handshake Type', (view, from, _to, into) =>
    into.push(view.getUint8(from)),
  ),
  handshakeField(
    'tls.handshake.version',
    'unsigned',
    'Version',
    (view, from, to, into) => {
      const isHello = view.getUint8(from) === CLIENT_HELLO || view.getUint8(from) === SERVER_HELLO;
      if (isHello && from + MESSAGE + 2 <= to) into.push(view.getUint16(from + MESSAGE));
    },
    hex(4),
  ),
  handshakeField('tls.handshake.extensions_server_name', 'string', 'Server Name', serverNames),
];
