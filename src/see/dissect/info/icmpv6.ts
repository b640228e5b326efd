/** The Info column of an ICMPv6 message. */
import type { TextSink } from '../../../core/text-sink.ts';
import { formatIpv6, formatMac } from '../../../wire/address.ts';
import * as icmp from '../../../wire/icmp.ts';
import * as icmpv6 from '../../../wire/icmpv6.ts';
import * as ipv6 from '../../../wire/ipv6.ts';
import { type Dissection, has, networkLayerBefore, viewOf } from '../dissection.ts';
import { eachNeighborOption, SOURCE_LINK_ADDRESS, TARGET_LINK_ADDRESS } from '../fields/icmpv6.ts';
import { icmpv6CodeName, icmpv6TypeName } from '../icmpv6-names.ts';
import { PROTOCOL } from '../protocol.ts';

/** `Neighbor Solicitation for fe80::1 from 02:00:00:00:00:01` */
export function icmpv6Info(text: TextSink, dissection: Dissection, layer: number): void {
  text.add(icmpv6Text(dissection, layer));
}

function icmpv6Text(dissection: Dissection, layer: number): string {
  if (!has(dissection, layer, 0, 1)) return '';
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const type = icmp.type(view, at);
  const name = icmpv6TypeName(type);
  if (name === undefined) return `Unknown (${type})`;
  switch (type) {
    case icmpv6.ECHO_REQUEST:
    case icmpv6.ECHO_REPLY:
      return has(dissection, layer, 4, 4) ? name + echoInfo(dissection, layer) : name;
    case icmpv6.NEIGHBOUR_SOLICITATION:
      return has(dissection, layer, 8, 16)
        ? `${name} for ${formatIpv6(view, at + 8)}${linkAddresses(dissection, layer)}`
        : name;
    case icmpv6.NEIGHBOUR_ADVERTISEMENT:
      return has(dissection, layer, 8, 16)
        ? `${name} ${formatIpv6(view, at + 8)} (${advertisementFlags(view.getUint8(at + 4))})${linkAddresses(dissection, layer)}`
        : name;
    case icmpv6.ROUTER_SOLICITATION:
    case icmpv6.ROUTER_ADVERTISEMENT:
    case icmpv6.REDIRECT:
      return name + linkAddresses(dissection, layer);
    default: {
      if (!has(dissection, layer, 1, 1)) return name;
      const code = icmpv6CodeName(type, icmp.code(view, at));
      return code === undefined ? name : `${name} (${code})`;
    }
  }
}

function echoInfo(dissection: Dissection, layer: number): string {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  let text = ` id=0x${icmp.identifier(view, at).toString(16).padStart(4, '0')}, seq=${icmp.sequence(view, at)}`;
  const network = networkLayerBefore(dissection, layer);
  if (network >= 0 && dissection.protocols[network] === PROTOCOL.IPV6)
    text += `, hop limit=${ipv6.hopLimit(viewOf(dissection, network), dissection.starts[network]!)}`;
  return dissection.echoFrame > 0 ? `${text} (request in ${dissection.echoFrame})` : text;
}

/** `rtr, sol, ovr`; `none` */
const advertisementFlags = (flags: number): string =>
  [flags & 0x80 ? 'rtr' : '', flags & 0x40 ? 'sol' : '', flags & 0x20 ? 'ovr' : ''].filter(Boolean).join(', ') ||
  'none';

/** The link-layer addresses of the sender and of the target, as many as there are. */
function linkAddresses(dissection: Dissection, layer: number): string {
  let text = '';
  eachNeighborOption(dissection, layer, (view, type, at, length) => {
    if (length !== 8) return;
    if (type === SOURCE_LINK_ADDRESS) text += ` from ${formatMac(view, at + 2)}`;
    else if (type === TARGET_LINK_ADDRESS) text += ` is at ${formatMac(view, at + 2)}`;
  });
  return text;
}
