/** The Info column of an ICMP message. */
import type { TextSink } from '../../../core/text-sink.ts';
import * as icmp from '../../../wire/icmp.ts';
import * as ipv4 from '../../../wire/ipv4.ts';
import { type Dissection, has, networkLayerBefore, viewOf } from '../dissection.ts';
import { hasIdentifier } from '../layers/transport.ts';
import { icmpCodeName, icmpMessageName } from '../names.ts';

/** Wireshark pads the type's name to this width. */
const NAME_WIDTH = 20;

/** `Echo (ping) request  id=0x0001, seq=1/256, ttl=64` */
export function icmpInfo(text: TextSink, dissection: Dissection, layer: number): void {
  // Whatever is there of a header that is not whole, Wireshark shows from its fourth octet on; of one that the capture cut from its sixth.
  const isCut = dissection.ends[layer]! < dissection.wireEnds[layer]!;
  if (dissection.ends[layer]! - dissection.starts[layer]! < (isCut ? 6 : 4)) return;
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const type = icmp.type(view, at);
  const from = text.length;
  text.add(icmpMessageName(type, icmp.code(view, at)));
  text.padEnd(from, NAME_WIDTH);
  const codeName = icmpCodeName(type, icmp.code(view, at));
  if (codeName !== undefined) text.add(` (${codeName})`);
  if (!hasIdentifier(type) || !has(dissection, layer, 4, 4)) return;
  text.add(' id=0x');
  text.hex(icmp.identifier(view, at), 4);
  text.add(', seq=');
  text.decimal(icmp.sequence(view, at));
  text.add('/');
  text.decimal(view.getUint16(at + 6, true));
  const network = networkLayerBefore(dissection, layer);
  if (network >= 0) text.add(`, ttl=${ipv4.timeToLive(viewOf(dissection, network), dissection.starts[network]!)}`);
  if (dissection.echoFrame > 0) text.add(` (request in ${dissection.echoFrame})`);
}
