/**
 * What the payload of a TCP segment begins with, as a hint in place of the Info column's numbers: the start line of an HTTP/1 message, a TLS hello, the head
 * of a NetBIOS session message. As in Wireshark the Protocol column stays TCP while the message goes on in further segments. Not here: those messages
 * themselves (http-messages.ts follows where HTTP's begin and end).
 *
 * Read first: RFC 9112 §2; RFC 8446 §4.1, §5.1; RFC 6066 §3; RFC 1002 §4.3.1.
 */
import { printable } from '../../../core/printable.ts';
import { utf8 } from '../../../core/text-sink.ts';
import * as tcp from '../../../wire/tcp.ts';
import { CLIENT_HELLO, HANDSHAKE, MESSAGE, RECORD, SERVER_HELLO } from '../../../wire/tls.ts';
import { type Hint, infoOf } from '../column-hint.ts';
import { type Dissection, viewOf } from '../dissection.ts';
import { TLS_FRAMING } from '../framings.ts';
import { httpHints } from '../http-hint.ts';
import { type HttpMessage, hintsOf, mediaText } from '../http-messages.ts';
import type { Message } from '../message.ts';
import { addRecordNames, isPlainMessage } from '../tls-records.ts';

const hint = (protocol: string, info: string): Hint => ({ protocol: utf8(protocol), info: infoOf(info) });
const SILENT = hint('TCP', '');
const SESSION = hint('TCP', 'Session message');

/** The hint for a segment; undefined when nothing is recognized, or its octets came before. */
export function hintOf(dissection: Dissection, layer: number): Hint | undefined {
  const from = dissection.payloads[layer]!;
  const to = dissection.ends[layer]!;
  if (dissection.problems[layer] !== 0 || dissection.quoted[layer] === 1 || dissection.isRepeated) return undefined;
  const { http, lines, whole, goesOn, begins, framing } = dissection.parts;
  if (http?.isShown) return httpHint(http, lines);
  if (whole?.framing === TLS_FRAMING && whole.octets.length > 0) return wholeHint(dissection, layer, whole);
  if (goesOn && begins && framing?.isSilent) return SILENT;
  // What goes on, or ends, says nothing where this segment begins.
  if (to - from < 4 || whole !== undefined || (goesOn && !begins)) return undefined;
  const first = viewOf(dissection, layer).getUint8(from);
  if (first === HANDSHAKE) return tlsHint(viewOf(dissection, layer), from, to);
  return first === 0 ? sessionHint(dissection, layer, from, to) : undefined;
}

/** The start line of a message, and those of the messages behind it. */
function httpHint(message: HttpMessage, lines: string): Hint {
  const { start, line, phase } = message;
  const kept = lines === '' && start !== undefined ? hintsOf(message, start) : undefined;
  const [goesOn, ends] = kept ?? httpHints(line, mediaText(message) + lines);
  return phase === 'end' || phase === 'cut' ? ends : goesOn;
}

/** A hello over several segments, and the records behind it. A function of its own: whoever makes one inside it takes memory whenever it is called. */
function wholeHint(dissection: Dissection, layer: number, { octets, came }: Message): Hint | undefined {
  const { nextAt } = dissection.parts;
  return tlsHint(new DataView(octets.buffer), 0, came, (names) => {
    if (nextAt >= 0) addRecordNames(names, viewOf(dissection, layer), nextAt, dissection.ends[layer]!);
  });
}

/** Extensions of hellos, and the versions that they name. */
const SERVER_NAME = 0;
const SUPPORTED_VERSIONS = 43;
const VERSIONS: Readonly<Record<number, string>> = {
  768: 'SSLv3',
  769: 'TLSv1',
  770: 'TLSv1.1',
  771: 'TLSv1.2',
  772: 'TLSv1.3',
};

/** The hello, or another message of a handshake, that the records `[from, to)` begin with, and what is behind it there. @param more adds the names of records in another place, behind those */
function tlsHint(view: DataView, from: number, to: number, more?: (names: string[]) => void): Hint | undefined {
  if (to - from < RECORD + MESSAGE + 2 || view.getUint8(from + 1) !== 3) return undefined;
  const end = from + RECORD + view.getUint16(from + 3);
  const type = view.getUint8(from + RECORD);
  const isHello = type === CLIENT_HELLO || type === SERVER_HELLO;
  if (end > to || (!isHello && !isPlainMessage(type))) return undefined;
  const names: string[] = [];
  addRecordNames(names, view, from, to);
  more?.(names);
  // Before version 1.3, the only ones where the messages behind the hellos can be read, records have the version that both speak.
  if (!isHello)
    return names.length === 0 ? undefined : hint(VERSIONS[view.getUint16(from + 1)] ?? 'TLS', names.join(', '));
  const said = readHello(view, from + RECORD + MESSAGE, end, type === CLIENT_HELLO);
  const version = VERSIONS[said.version] ?? VERSIONS[view.getUint16(from + 1)] ?? 'TLS';
  const behind = names.slice(1).map((one) => `, ${one}`);
  if (type === SERVER_HELLO) return hint(version, (names[0] ?? 'Server Hello') + behind.join(''));
  // What a client offers at most is not what both will speak.
  const name = said.serverName === '' ? '' : ` (SNI=${printable(said.serverName)})`;
  return hint('TLS', `Client Hello${name}${behind.join('')}`);
}

/** The version and the server name of the hello whose body is `[at, end)`, as far as they are there. */
function readHello(
  view: DataView,
  at: number,
  end: number,
  isClient: boolean,
): { version: number; serverName: string } {
  const said = { version: end - at >= 2 ? view.getUint16(at) : 0, serverName: '' };
  // Version, 32 octets of chance, session identifier, cipher suites, compression methods.
  let i = at + 34;
  if (i >= end) return said;
  i += 1 + view.getUint8(i);
  if (isClient) {
    if (i + 2 > end) return said;
    i += 2 + view.getUint16(i);
    if (i >= end) return said;
    i += 1 + view.getUint8(i);
  } else i += 3;
  for (i += 2; i + 4 <= end; ) {
    const type = view.getUint16(i);
    const from = i + 4;
    i = from + view.getUint16(i + 2);
    if (i > end) break;
    // A list of names, of which the first is a host's.
    if (isClient && type === SERVER_NAME && i - from > 5 && from + 5 + view.getUint16(from + 3) <= i)
      for (let k = 0; k < view.getUint16(from + 3); k++)
        said.serverName += String.fromCharCode(view.getUint8(from + 5 + k));
    if (!isClient && type === SUPPORTED_VERSIONS && i - from === 2) said.version = view.getUint16(from);
  }
  return said;
}

/** Ports of NetBIOS' session service, over which SMB goes. */
const SESSION_PORTS = [139, 445];

/** A session message that goes on in further segments. */
function sessionHint(dissection: Dissection, layer: number, from: number, to: number): Hint | undefined {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  if (!SESSION_PORTS.includes(tcp.sourcePort(view, at)) && !SESSION_PORTS.includes(tcp.destinationPort(view, at)))
    return undefined;
  const length = view.getUint32(from) & 0xff_ffff;
  return to - from < 4 + length ? SESSION : undefined;
}
