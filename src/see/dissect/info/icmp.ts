/** The Info column of an ICMP message. */
import * as icmp from '../../../wire/icmp.ts';
import * as ipv4 from '../../../wire/ipv4.ts';
import { type Dissection, has, networkLayerBefore, viewOf } from '../dissection.ts';
import { hasIdentifier } from '../layers/transport.ts';
import { icmpCodeName, icmpTypeName } from '../names.ts';

/** Wireshark pads the type's name to this width. */
const NAME_WIDTH = 20;

/** `Echo (ping) request  id=0x0001, seq=1/256, ttl=64` */
export function icmpInfo(dissection: Dissection, layer: number): string {
  if (!has(dissection, layer, 0, 2)) return '';
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const type = icmp.type(view, at);
  const name = icmpTypeName(type);
  if (name === undefined) return 'Unknown ICMP (obsolete or malformed?)';
  let text = name.padEnd(NAME_WIDTH);
  const codeName = icmpCodeName(type, icmp.code(view, at));
  if (codeName !== undefined) text += ` (${codeName})`;
  if (!hasIdentifier(type) || !has(dissection, layer, 4, 4)) return text;
  const id = icmp.identifier(view, at).toString(16).padStart(4, '0');
  text += ` id=0x${id}, seq=${icmp.sequence(view, at)}/${view.getUint16(at + 6, true)}`;
  const network = networkLayerBefore(dissection, layer);
  if (network >= 0) text += `, ttl=${ipv4.timeToLive(viewOf(dissection, network), dissection.starts[network]!)}`;
  return dissection.echoFrame > 0 ? `${text} (request in ${dissection.echoFrame})` : text;
}
