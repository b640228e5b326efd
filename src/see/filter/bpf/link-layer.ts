/** Link layers as capture filters see them: where the header is, and how it says what follows. Not here: IEEE 802.11 (wlan-layer.ts). Read first: libpcap's link types, tcpdump.org/linktypes.html. */
import { LINKTYPE } from '../../capture/packet.ts';
import { ALWAYS, and, type Condition, NEVER, not, or, type Preparation } from './assemble.ts';
import { ANCILLARY_INTERFACE, ANCILLARY_PROTOCOL } from './instruction.ts';
import { at, equals, greater, masked, plus, type Size, type Spot } from './load.ts';

/** Where headers are in a packet, as far as the words of a filter until now say. */
export interface Places {
  /** The link header, the type of what follows it, and that itself: LLC where there is LLC. */
  readonly header: Spot;
  readonly type: Spot;
  readonly payload: Spot;
}

/** A link layer. */
export interface LinkLayer {
  /** For messages. */
  readonly name: string;
  readonly places: Places;
  /** Octets of LLC and SNAP between the payload's beginning and the network header, and what stands before OSI's. */
  readonly snap: number;
  readonly beforeOsi: number;
  /** Octets of the header that a packet has where it is read but not where the program runs. */
  readonly hidden: number;
  /** What has hardware addresses of both ends, and where. */
  readonly addresses: 'ethernet' | 'wlan' | undefined;
  /** Whether VLAN tags can follow, and LLC. */
  readonly tags: boolean;
  readonly llc: 'ethernet' | 'wlan' | undefined;
  /** Place of the kind of packet (to us, to all, outgoing), and of the interface's number; undefined: it does not say. */
  readonly packetType: Octets | undefined;
  readonly interface: Octets | undefined;
  /** Whether something known stands before the link header: what a radio says. */
  readonly radio: boolean;
  /** That an EtherType, or the LLC address that a number below 1501 is, follows; undefined: nothing is known of what it carries, and only lengths and single octets can be asked for. */
  readonly is: ((type: number, places: Places) => Condition) | undefined;
  /** What must hold of every packet that passes, whatever the filter asks. */
  readonly requires: Condition;
  /** Sets the scratch words of `places`. */
  readonly preparations: readonly Preparation[];
}

/** Octets of a packet, read at once. */
interface Octets {
  readonly place: Spot;
  readonly size: Size;
}

export const IPV4 = 0x0800;
export const IPV6 = 0x86dd;
export const APPLETALK = 0x809b;
const APPLETALK_ARP = 0x80f3;
const IPX = 0x8137;

/** Addresses of LLC that stand for a protocol. */
export const LLC = { IP: 0x06, STP: 0x42, IPX: 0xe0, NETBEUI: 0xf0, OSI: 0xfe } as const;

/** A type below this is the length of an IEEE 802.3 frame, behind which is LLC. */
export const GREATEST_LENGTH = 1500;

/** A header with an EtherType in two octets, or a number of its own. */
const isTyped = (type: number, { type: place }: Places): Condition => equals(place, 2, type);

/** That SNAP says which protocol follows, of which organization. */
const snap = (payload: Spot, organization: number, type: number): Condition =>
  and(
    equals(payload, 4, 0xaaaa_0300 + (organization >>> 16)),
    equals(plus(payload, 4), 4, ((organization & 0xffff) * 0x1_0000 + type) >>> 0),
  );

/** Protocols of Apple by SNAP: that of AppleTalk itself is a number of Apple's. */
export const appleTalk = (type: number, payload: Spot): Condition =>
  snap(payload, type === APPLETALK ? 0x080007 : 0, type);

/** What LLC's addresses say of a number. */
export const isLlc = (type: number, payload: Spot): Condition =>
  type === LLC.OSI || type === LLC.IP || type === LLC.NETBEUI
    ? equals(payload, 2, (type << 8) | type)
    : equals(payload, 1, type);

/** The protocols that come in more than one dress: with an EtherType, with LLC, with SNAP, and IPX with nothing (`isBare`). */
function isDressed(type: number, { type: place, payload }: Places, hasLlc: Condition, isBare: Condition): Condition {
  if (type === LLC.IPX)
    return or(equals(place, 2, IPX), isBare, and(hasLlc, or(equals(payload, 1, LLC.IPX), snap(payload, 0, IPX))));
  if (type === APPLETALK || type === APPLETALK_ARP)
    return or(equals(place, 2, type), and(hasLlc, appleTalk(type, payload)));
  return type > GREATEST_LENGTH ? equals(place, 2, type) : and(hasLlc, isLlc(type, payload));
}

/** Ethernet: numbers that are lengths, not types, stand for the destination's service access point. */
function isEther(type: number, places: Places): Condition {
  const hasLlc = not(greater(places.type, 2, GREATEST_LENGTH));
  return isDressed(type, places, hasLlc, and(hasLlc, equals(places.payload, 2, 0xffff)));
}

/** Linux cooked: types of its own for LLC and for IPX behind IEEE 802.3 alone. */
const isCooked = (type: number, places: Places): Condition =>
  isDressed(type, places, equals(places.type, 2, 4), equals(places.type, 2, 1));

/** IP without a header: its version tells. */
function isVersion(type: number, { payload }: Places): Condition {
  if (type === IPV4) return masked(payload, 1, 0xf0, 0x40);
  return type === IPV6 ? masked(payload, 1, 0xf0, 0x60) : NEVER;
}

/** Numbers of PPP for EtherTypes and for addresses of LLC (RFC 1332, RFC 5072, RFC 1762, RFC 1378, RFC 1552, RFC 1377, RFC 3518). */
const PPP_TYPES: ReadonlyMap<number, number> = new Map([
  [IPV4, 0x0021],
  [IPV6, 0x0057],
  [0x6003, 0x0027],
  [APPLETALK, 0x0029],
  [0x0600, 0x0025],
  [LLC.IPX, 0x002b],
  [LLC.OSI, 0x0023],
  [LLC.STP, 0x0031],
]);

/** Address families of BSD's loopback header, in either order of octets. */
function isFamily(type: number, { header }: Places): Condition {
  const families = type === IPV4 ? [2] : type === IPV6 ? [24, 28, 30] : [];
  return or(...families.flatMap((family) => [equals(header, 4, family << 24), equals(header, 4, family)]));
}

/** Where a header of fixed length, the type in it and its payload are. */
const fixed = (type: number, payload: number): Places => ({ header: at(0), type: at(type), payload: at(payload) });

export const PLAIN: Omit<LinkLayer, 'name' | 'is'> = {
  places: fixed(0, 0),
  snap: 0,
  beforeOsi: 0,
  hidden: 0,
  addresses: undefined,
  tags: false,
  llc: undefined,
  packetType: undefined,
  interface: undefined,
  radio: false,
  requires: ALWAYS,
  preparations: [],
};

export const ETHERNET: LinkLayer = {
  ...PLAIN,
  name: 'Ethernet',
  places: fixed(12, 14),
  beforeOsi: 3,
  addresses: 'ethernet',
  tags: true,
  llc: 'ethernet',
  is: isEther,
};

export const PPP: LinkLayer = {
  ...PLAIN,
  name: 'PPP',
  places: fixed(2, 4),
  is: (type, { type: place }) => equals(place, 2, PPP_TYPES.get(type) ?? type),
};

const COOKED: LinkLayer = {
  ...PLAIN,
  name: 'Linux cooked v1',
  places: fixed(14, 16),
  beforeOsi: 3,
  packetType: { place: at(0), size: 2 },
  is: isCooked,
};

const COOKED_2: LinkLayer = {
  ...COOKED,
  name: 'Linux cooked v2',
  places: fixed(0, 20),
  packetType: { place: at(10), size: 1 },
  interface: { place: at(4), size: 4 },
};

const LOOPBACK: LinkLayer = { ...PLAIN, name: 'BSD loopback', places: fixed(0, 4), is: isFamily };
const RAW: LinkLayer = { ...PLAIN, name: 'raw IP', is: isVersion };

export const LINK_LAYERS: ReadonlyMap<number, LinkLayer> = new Map<number, LinkLayer>([
  [LINKTYPE.ETHERNET, ETHERNET],
  [LINKTYPE.LINUX_SLL, COOKED],
  [LINKTYPE.LINUX_SLL2, COOKED_2],
  [LINKTYPE.RAW, RAW],
  [LINKTYPE.RAW_BSD, RAW],
  [LINKTYPE.RAW_OPENBSD, RAW],
  [LINKTYPE.IPV4, { ...PLAIN, name: 'IPv4', is: (type) => (type === IPV4 ? ALWAYS : NEVER) }],
  [LINKTYPE.IPV6, { ...PLAIN, name: 'IPv6', is: (type) => (type === IPV6 ? ALWAYS : NEVER) }],
  [LINKTYPE.NULL, LOOPBACK],
  [LINKTYPE.LOOP, LOOPBACK],
  [LINKTYPE.PPP, PPP],
  [LINKTYPE.PPP_HDLC, PPP],
  [
    LINKTYPE.C_HDLC,
    {
      ...PLAIN,
      name: 'Cisco HDLC',
      places: fixed(2, 4),
      beforeOsi: 1,
      is: (type, places) => isTyped(type === LLC.OSI ? 0xfefe : type, places),
    },
  ],
]);

/** What a Linux packet socket without link headers hands to its program: packets that begin with the network header. */
export const KERNEL_COOKED: LinkLayer = {
  ...PLAIN,
  name: 'any',
  // LINKTYPE_LINUX_SLL2.
  hidden: 20,
  interface: { place: at(ANCILLARY_INTERFACE), size: 4 },
  is: (type) => equals(at(ANCILLARY_PROTOCOL), 2, type),
};
