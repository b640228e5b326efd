/** What addresses of IPv6 were made of, for the detail tree: addresses of IPv4 and hardware. Read first: RFC 4291 appendix A; RFC 3056 §2; RFC 4380 §4; RFC 5214 §6.1; RFC 6052 §2.1. */
import { formatIpv4 } from '../../../wire/address.ts';
import { octetsOf } from '../dissection.ts';
import { hexOf } from '../numbers.ts';
import type { Tree } from './tree.ts';

/** The first octets of 6to4, Teredo and the well-known prefix of translation. */
const SIX_TO_FOUR = 0x2002;
const TEREDO = 0x2001_0000;
const TRANSLATED = 0x0064_ff9b;

/** The beginning of an interface identifier of ISATAP, but for the bit of universal addresses and that of groups. */
const ISATAP = 0x0000_5efe;
const UNIVERSAL_OR_GROUP = 0x0300_0000;

/** What is known of the addresses at two places: of tunnels first, then of interfaces, then of translation. */
export function addAddressParts(tree: Tree, view: DataView, source: number, destination: number): void {
  for (const add of [addTunnel, addInterface, addTranslated]) {
    add(tree, view, source, 'Source');
    add(tree, view, destination, 'Destination');
  }
}

function addTunnel(tree: Tree, view: DataView, at: number, whose: string): void {
  if (view.getUint16(at) === SIX_TO_FOUR) {
    tree.add(1, `[${whose} 6to4 Gateway IPv4: ${formatIpv4(view.getInt32(at + 2))}]`);
    tree.add(1, `[${whose} 6to4 SLA ID: ${view.getUint16(at + 6)}]`);
  } else if (view.getUint32(at) === TEREDO) {
    // Port and address are written upside down, lest somebody on the way translates them.
    tree.add(1, `[${whose} Teredo Server IPv4: ${formatIpv4(view.getInt32(at + 4))}]`);
    tree.add(1, `[${whose} Teredo Port: ${~view.getUint16(at + 10) & 0xffff}]`);
    tree.add(1, `[${whose} Teredo Client IPv4: ${formatIpv4(~view.getInt32(at + 12))}]`);
  }
}

/** An address of ISATAP, or a unicast one with ff:fe in the middle of its interface identifier. */
function addInterface(tree: Tree, view: DataView, at: number, whose: string): void {
  if ((view.getUint32(at + 8) & ~UNIVERSAL_OR_GROUP) === ISATAP) {
    tree.add(1, `[${whose} ISATAP IPv4: ${formatIpv4(view.getInt32(at + 12))}]`);
    return;
  }
  const isUniversal = (view.getUint8(at + 8) & 2) !== 0;
  if (view.getUint8(at) === 0xff || !isUniversal || view.getUint16(at + 11) !== 0xfffe) return;
  const octet = (i: number): string => view.getUint8(i).toString(16).padStart(2, '0');
  const first = (view.getUint8(at + 8) ^ 2).toString(16).padStart(2, '0');
  const rest = [at + 9, at + 10, at + 13, at + 14, at + 15].map(octet);
  tree.add(1, `[${whose} SLAAC MAC: ${[first, ...rest].join(':')}]`);
}

function addTranslated(tree: Tree, view: DataView, at: number, whose: string): void {
  if (view.getUint32(at) !== TRANSLATED || view.getUint32(at + 4) !== 0 || view.getUint32(at + 8) !== 0) return;
  const inside = formatIpv4(view.getInt32(at + 12));
  tree.add(1, `[Embedded IPv4 Prefix: ${hexOf(octetsOf(view, at, at + 12))}]`);
  tree.add(1, `[${whose} Embedded IPv4: ${inside}]`);
  tree.add(1, `[Embedded IPv4: ${inside}]`);
}
