/** Link layers as capture filters see them: how long the header is, and how it says what follows. Read first: libpcap's link types, tcpdump.org/linktypes.html. */
import * as radiotap from '../../../wire/radiotap.ts';
import * as wlan from '../../../wire/wlan.ts';
import { LINKTYPE } from '../../capture/packet.ts';
import { ALWAYS, and, type Condition, NEVER, not, or } from './assemble.ts';
import { ANCILLARY_PROTOCOL } from './instruction.ts';
import { equals, greater, masked } from './load.ts';

/** A link layer. */
export interface LinkLayer {
  /** For messages. */
  readonly name: string;
  /** Octets of its header, and of one that a packet has where it is read but not where the program runs. */
  readonly header: number;
  readonly hidden: number;
  /** Whether it has hardware addresses of both ends, at octets 0 and 6. */
  readonly addresses: boolean;
  /** Whether VLAN tags can follow. */
  readonly tags: boolean;
  /** Offset of the kind of packet (to us, to all, outgoing) and its octets; undefined: it does not say. */
  readonly packetType: readonly [offset: number, size: 1 | 2] | undefined;
  /** That an EtherType follows, where headers before it have moved it by `shift` octets; undefined: nothing is known of what it carries, and only lengths and single octets can be asked for. */
  readonly is: ((type: number, shift: number) => Condition) | undefined;
  /**
   * Where in a packet the header begins that the program knows, when that hangs on the packet: the program runs on what is from there on, and so is none for a kernel. `NO_PAYLOAD`: the
   * packet carries nothing that a filter could ask for; `OUTSIDE`: the capture has not even that header.
   */
  readonly locate?: (view: DataView, at: number, end: number) => number;
}

/** What `locate` says instead of a place. */
export const NO_PAYLOAD = -1;
export const OUTSIDE = -2;

const IPV4 = 0x0800;
const IPV6 = 0x86dd;

/** A type below this is the length of an IEEE 802.3 frame, behind which is LLC. */
const GREATEST_LENGTH = 1500;

/** A header with an EtherType in two octets at an offset. */
const typed =
  (offset: number) =>
  (type: number, shift: number): Condition =>
    equals(offset + shift, 2, type);

/** Ethernet: numbers that are lengths, not types, stand for the destination's service access point. */
function isEther(type: number, shift: number): Condition {
  if (type > GREATEST_LENGTH) return equals(12 + shift, 2, type);
  return and(not(greater(12 + shift, 2, GREATEST_LENGTH)), equals(14 + shift, 1, type));
}

/** IP without a header: its version tells. */
function isVersion(type: number, shift: number): Condition {
  if (type === IPV4) return masked(shift, 1, 0xf0, 0x40);
  return type === IPV6 ? masked(shift, 1, 0xf0, 0x60) : NEVER;
}

/** Numbers of PPP for EtherTypes (RFC 1332, RFC 5072, RFC 3032 §4.1). */
const PPP_TYPES: ReadonlyMap<number, number> = new Map([
  [IPV4, 0x0021],
  [IPV6, 0x0057],
  [0x8847, 0x0281],
]);

/** The number of PPP for an EtherType: its own, or none and then the same. */
export const pppType = (type: number): number => PPP_TYPES.get(type) ?? type;

/** Address families of BSD's loopback header, in either order of octets. */
function isFamily(type: number, shift: number): Condition {
  const families = type === IPV4 ? [2] : type === IPV6 ? [24, 28, 30] : [];
  return or(...families.flatMap((family) => [equals(shift, 4, family << 24), equals(shift, 4, family)]));
}

const plain = { hidden: 0, addresses: false, tags: false, packetType: undefined };

const LINK_LAYERS: ReadonlyMap<number, LinkLayer> = new Map<number, LinkLayer>([
  [
    LINKTYPE.ETHERNET,
    { name: 'Ethernet', header: 14, hidden: 0, addresses: true, tags: true, packetType: undefined, is: isEther },
  ],
  [LINKTYPE.LINUX_SLL, { ...plain, name: 'Linux cooked v1', header: 16, packetType: [0, 2], is: typed(14) }],
  [LINKTYPE.LINUX_SLL2, { ...plain, name: 'Linux cooked v2', header: 20, packetType: [10, 1], is: typed(0) }],
  ...[LINKTYPE.RAW, LINKTYPE.RAW_BSD, LINKTYPE.RAW_OPENBSD].map((type): [number, LinkLayer] => [
    type,
    { ...plain, name: 'raw IP', header: 0, is: isVersion },
  ]),
  [LINKTYPE.IPV4, { ...plain, name: 'IPv4', header: 0, is: (type) => (type === IPV4 ? ALWAYS : NEVER) }],
  [LINKTYPE.IPV6, { ...plain, name: 'IPv6', header: 0, is: (type) => (type === IPV6 ? ALWAYS : NEVER) }],
  ...[LINKTYPE.NULL, LINKTYPE.LOOP].map((type): [number, LinkLayer] => [
    type,
    { ...plain, name: 'BSD loopback', header: 4, is: isFamily },
  ]),
  ...[9, 50].map((type): [number, LinkLayer] => [
    type,
    { ...plain, name: 'PPP', header: 4, is: (ether, shift) => equals(2 + shift, 2, pppType(ether)) },
  ]),
  [104, { ...plain, name: 'Cisco HDLC', header: 4, is: typed(2) }],
  // What SNAP says behind a header of IEEE 802.11.
  [LINKTYPE.IEEE802_11, { ...plain, name: 'IEEE 802.11', header: 8, is: typed(6), locate: behindWlan }],
  [
    LINKTYPE.IEEE802_11_RADIOTAP,
    { ...plain, name: 'IEEE 802.11 with radiotap', header: 8, is: typed(6), locate: behindRadiotap },
  ],
]);

/** Where LLC begins behind a header of IEEE 802.11, as libpcap counts: three addresses, and two octets for quality of service. */
function behindWlan(view: DataView, at: number, end: number): number {
  if (end - at < 1) return OUTSIDE;
  if (wlan.type(view, at) !== wlan.DATA) return NO_PAYLOAD;
  return at + WLAN_HEADER + (wlan.hasQos(view, at) ? QOS : 0);
}

const WLAN_HEADER = 24;
const QOS = 2;

/** The same behind radiotap, whose flags may say that the header is padded to four octets. */
function behindRadiotap(view: DataView, at: number, end: number): number {
  const frame = radiotap.locate(view, at, end);
  if (frame < 0) return OUTSIDE;
  const from = behindWlan(view, frame, end);
  const isPadded = from >= 0 && (radiotap.flags(view, at, frame) & radiotap.PADDED) !== 0;
  return isPadded ? frame + ((from - frame + 3) & ~3) : from;
}

/** What a Linux packet socket without link headers hands to its program: packets that begin with the network header. */
export const KERNEL_COOKED: LinkLayer = {
  ...plain,
  name: 'any',
  header: 0,
  // LINKTYPE_LINUX_SLL2.
  hidden: 20,
  is: (type) => equals(ANCILLARY_PROTOCOL, 2, type),
};

/** The link layer of a LINKTYPE. */
export const linkLayerOf = (linkType: number): LinkLayer =>
  LINK_LAYERS.get(linkType) ?? { ...plain, name: `link type ${linkType}`, header: 0, is: undefined };
