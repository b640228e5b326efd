/**
 * Fields of TLS' records and hellos: tls.*, of the records that are whole in a frame. Not here: what is encrypted. Read first: RFC 8446 §4, §5.1; RFC 6066 §3.
 */
import { printableOctets } from '../../../core/printable.ts';
import {
  ALERT,
  APPLICATION_DATA,
  CHANGE_CIPHER_SPEC,
  CLIENT_HELLO,
  HANDSHAKE,
  MESSAGE,
  RECORD,
  SERVER_HELLO,
} from '../../../wire/tls.ts';
import { octetsOf } from '../dissection.ts';
import type { Field, FieldType, FieldValues } from '../field.ts';
import { TLS_FRAMING } from '../framings.ts';
import { eachWholeMessage, type TakeMessage } from '../whole-messages.ts';
import { allOf, bit, decimal, type Format, hex, octets } from './kinds.ts';

/** The highest type of a handshake message that stands in no encrypted record. */
const GREATEST_TYPE = 24;
const SERVER_NAME = 0;
const PROTOCOLS = 16;
const VERSIONS = 43;

/** Octets of an alert that is not encrypted: its level and its description. */
const PLAIN_ALERT = 2;

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

/** Where the parts of a hello are; -1: it is too short for it. */
interface Hello {
  readonly isClient: boolean;
  readonly session: number;
  /** Of a client's the length of the list of cipher suites, of a server's the one that it chose. */
  readonly suites: number;
  /** The length of the list of extensions. */
  readonly extensions: number;
}

/** The parts of the hello `[from, to)`; undefined for other messages. */
function helloOf(view: DataView, from: number, to: number): Hello | undefined {
  const type = view.getUint8(from);
  if (type !== CLIENT_HELLO && type !== SERVER_HELLO) return undefined;
  const isClient = type === CLIENT_HELLO;
  const inside = (at: number, octets: number): number => (at >= 0 && at + octets <= to ? at : -1);
  // Version and 32 octets of chance stand before.
  const session = inside(from + MESSAGE + 34, 1);
  const suites = inside(session < 0 ? -1 : session + 1 + view.getUint8(session), 2);
  let at = suites < 0 ? -1 : inside(isClient ? suites + 2 + view.getUint16(suites) : suites + 2, 1);
  // Compression methods: a list, or the one that was chosen.
  if (at >= 0) at += isClient ? 1 + view.getUint8(at) : 1;
  return { isClient, session, suites, extensions: inside(at, 2) };
}

/** Calls `take` for each extension of a hello `[from, to)`, with its type and its octets. */
function eachExtension(
  view: DataView,
  from: number,
  to: number,
  take: (type: number, from: number, to: number, hello: Hello) => void,
): void {
  const hello = helloOf(view, from, to);
  if (hello === undefined || hello.extensions < 0) return;
  for (let at = hello.extensions + 2; at + 4 <= to; ) {
    const end = at + 4 + view.getUint16(at + 2);
    if (end > to) return;
    take(view.getUint16(at), at + 4, end, hello);
    at = end;
  }
}

/** The name that a client asks for. */
function serverNames(view: DataView, from: number, to: number, into: FieldValues): void {
  eachExtension(view, from, to, (type, start, end, { isClient }) => {
    if (!isClient || type !== SERVER_NAME || end - start < 5) return;
    const last = start + 5 + view.getUint16(start + 3);
    if (last <= end) into.push(printableOctets(view, start + 5, last));
  });
}

/** The protocols that a client would speak inside, and the one that a server chose. */
function protocols(view: DataView, from: number, to: number, into: FieldValues): void {
  eachExtension(view, from, to, (type, start, end) => {
    if (type !== PROTOCOLS) return;
    for (let at = start + 2; at < end; at += 1 + view.getUint8(at))
      if (at + 1 + view.getUint8(at) <= end) into.push(printableOctets(view, at + 1, at + 1 + view.getUint8(at)));
  });
}

/** The versions that a client speaks, and the one that a server chose. */
function versions(view: DataView, from: number, to: number, into: FieldValues): void {
  eachExtension(view, from, to, (type, start, end, { isClient }) => {
    if (type === VERSIONS)
      for (let at = start + (isClient ? 1 : 0); at + 2 <= end; at += 2) into.push(view.getUint16(at));
  });
}

/** The cipher suites that a client offers, and the one that a server chose. */
function suites(view: DataView, from: number, to: number, into: FieldValues): void {
  const hello = helloOf(view, from, to);
  if (hello === undefined || hello.suites < 0) return;
  if (!hello.isClient) into.push(view.getUint16(hello.suites));
  else {
    const end = Math.min(to, hello.suites + 2 + view.getUint16(hello.suites));
    for (let at = hello.suites + 2; at + 2 <= end; at += 2) into.push(view.getUint16(at));
  }
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

/** An octet of each alert that is not encrypted. */
const alertField = (name: string, title: string, offset: 0 | 1): Field =>
  recordField(name, 'unsigned', title, (view, from, to, into) => {
    if (view.getUint8(from) === ALERT && to - from === RECORD + PLAIN_ALERT)
      into.push(view.getUint8(from + RECORD + offset));
  });

/** tls.* */
export const TLS_FIELDS: readonly Field[] = [
  recordField(
    'tls',
    'protocol',
    'Transport Layer Security',
    (view, from, to, into) => into.push(octetsOf(view, from, to)),
    octets,
  ),
  recordField(
    'tls.record.version',
    'unsigned',
    'Version',
    (view, from, _to, into) => into.push(view.getUint16(from + 1)),
    hex(4),
  ),
  recordField('tls.record.length', 'unsigned', 'Length', (view, from, _to, into) =>
    into.push(view.getUint16(from + 3)),
  ),
  recordField(
    'tls.change_cipher_spec',
    'boolean',
    'Change Cipher Spec Message',
    (view, from, _to, into) => {
      if (view.getUint8(from) === CHANGE_CIPHER_SPEC) into.push(true);
    },
    bit,
  ),
  recordField(
    'tls.alert_message',
    'boolean',
    'Alert Message',
    (view, from, _to, into) => {
      if (view.getUint8(from) === ALERT) into.push(true);
    },
    bit,
  ),
  alertField('tls.alert_message.level', 'Level', 0),
  alertField('tls.alert_message.desc', 'Description', 1),
  recordField(
    'tls.app_data',
    'bytes',
    'Encrypted Application Data',
    (view, from, to, into) => {
      if (view.getUint8(from) === APPLICATION_DATA && from + RECORD < to) into.push(octetsOf(view, from + RECORD, to));
    },
    octets,
  ),
  recordField(
    'tls.handshake',
    'boolean',
    'Handshake Protocol',
    (view, from, to, into) => {
      if (view.getUint8(from) !== HANDSHAKE) return;
      let count = 0;
      eachHandshake(view, from, to, () => count++);
      // What is encrypted is one message.
      for (let i = Math.max(1, count); i > 0; i--) into.push(true);
    },
    bit,
  ),
  handshakeField('tls.handshake.length', 'unsigned', 'Length', (view, from, _to, into) =>
    into.push(view.getUint32(from) & 0xff_ffff),
  ),
  handshakeField(
    'tls.handshake.random',
    'bytes',
    'Random',
    (view, from, to, into) => {
      if (helloOf(view, from, to) !== undefined && from + MESSAGE + 34 <= to)
        into.push(octetsOf(view, from + MESSAGE + 2, from + MESSAGE + 34));
    },
    octets,
  ),
  handshakeField('tls.handshake.session_id_length', 'unsigned', 'Session ID Length', (view, from, to, into) => {
    const { session = -1 } = helloOf(view, from, to) ?? {};
    if (session >= 0) into.push(view.getUint8(session));
  }),
  handshakeField(
    'tls.handshake.session_id',
    'bytes',
    'Session ID',
    (view, from, to, into) => {
      const { session = -1, suites: end = -1 } = helloOf(view, from, to) ?? {};
      if (session >= 0 && end > session + 1) into.push(octetsOf(view, session + 1, end));
    },
    octets,
  ),
  handshakeField('tls.handshake.ciphersuite', 'unsigned', 'Cipher Suite', suites, hex(4)),
  handshakeField('tls.handshake.extension.type', 'unsigned', 'Type', (view, from, to, into) =>
    eachExtension(view, from, to, (type) => into.push(type)),
  ),
  handshakeField('tls.handshake.extensions_alpn_str', 'string', 'ALPN Next Protocol', protocols),
  handshakeField('tls.handshake.extensions.supported_version', 'unsigned', 'Supported Version', versions, hex(4)),
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
