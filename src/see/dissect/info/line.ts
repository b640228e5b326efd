/** The Info column of what goes over lines beside packets: SLARP, and what ends of PPP agree on. */
import { octalText } from '../../../core/printable.ts';
import type { TextSink } from '../../../core/text-sink.ts';
import { writeIpv4 } from '../../../wire/address.ts';
import * as hdlc from '../../../wire/hdlc.ts';
import * as control from '../../../wire/ppp-control.ts';
import { type Dissection, has, viewOf } from '../dissection.ts';
import { chapCodeName, controlCodeName, papCodeName } from '../line-names.ts';

/** `Line keepalive, outgoing sequence 5, returned sequence 2` */
export function slarpInfo(text: TextSink, dissection: Dissection, layer: number): void {
  if (!has(dissection, layer, 0, hdlc.SLARP_ADDRESS)) {
    if (dissection.problems[layer] !== 0) return;
  }
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const type = hdlc.slarpType(view, at);
  if (type === hdlc.KEEPALIVE)
    return text.add(
      `Line keepalive, outgoing sequence ${hdlc.outgoing(view, at)}, returned sequence ${hdlc.returned(view, at)}`,
    );
  if (type > hdlc.KEEPALIVE)
    return text.add(`Unknown packet type 0x${type.toString(16).toUpperCase().padStart(8, '0')}`);
  text.add(type === hdlc.REQUEST ? 'Request, from ' : 'Reply, from ');
  writeIpv4(text, hdlc.slarpAddress(view, at));
  text.add(', mask ');
  writeIpv4(text, hdlc.slarpMask(view, at));
}

/** `Configuration Request` */
export function pppControlInfo(text: TextSink, dissection: Dissection, layer: number): void {
  if (!has(dissection, layer, 0, control.HEADER)) return;
  const code = control.code(viewOf(dissection, layer), dissection.starts[layer]!);
  text.add(controlCodeName(dissection.protocols[layer]!, code));
}

/** `Authenticate-Request (Peer-ID='user', Password='secret')` */
export function papInfo(text: TextSink, dissection: Dissection, layer: number): void {
  if (!has(dissection, layer, 0, 1)) return;
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const code = control.code(view, at);
  text.add(papCodeName(code));
  if (dissection.problems[layer] !== 0 || code < 1 || code > 3) return;
  const [first, second, end] = control.papStrings(view, at, dissection.ends[layer]!);
  const name = octalText(view, first + 1, second);
  text.add(
    code === control.AUTHENTICATE
      ? ` (Peer-ID='${name}', Password='${octalText(view, second + 1, end)}')`
      : ` (Message='${name}')`,
  );
}

/** `Challenge (NAME='bras', VALUE=0x01020304)` */
export function chapInfo(text: TextSink, dissection: Dissection, layer: number): void {
  if (!has(dissection, layer, 0, 1)) return;
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const code = control.code(view, at);
  text.add(chapCodeName(code));
  if (dissection.problems[layer] !== 0 || code < 1 || code > 4) return;
  const length = control.length(view, at);
  const body = at + control.HEADER;
  const end = at + length;
  if (code > control.RESPONSE) {
    if (length >= control.HEADER) text.add(` (MESSAGE='${octalText(view, body, end)}')`);
  } else if (length > control.HEADER && view.getUint8(body) > 0) {
    const name = Math.min(end, body + 1 + view.getUint8(body));
    text.add(` (NAME='${octalText(view, name, end)}', VALUE=0x`);
    for (let i = body + 1; i < name; i++) text.hex(view.getUint8(i), 2);
    text.add(')');
  }
}
