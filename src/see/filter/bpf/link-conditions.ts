/** What capture filters ask of link headers: hardware addresses of Ethernet and IEEE 802.11, and what LLC says. Read first: IEEE 802.2-1998 §5.4. */
import { and, type Condition, not, or } from './assemble.ts';
import { GREATEST_LENGTH, type LinkLayer, type Places } from './link-layer.ts';
import { equals, greater, hasBits, masked, plus, type Spot } from './load.ts';
import { type Direction, type EndDirection, isOfEnd, type LlcFormat } from './syntax.ts';
import { hasWlanData, type WlanAddress, wlanAddress } from './wlan-layer.ts';

type Addresses = NonNullable<LinkLayer['addresses']>;

const BROADCAST = Uint8Array.of(255, 255, 255, 255, 255, 255);

/** Where Ethernet has its addresses. */
const DESTINATION = 0;
const SOURCE = 6;

/** That something holds of the destination's address, or the source's, or of another one of IEEE 802.11. */
function ofAddress(
  addresses: Addresses,
  header: Spot,
  which: WlanAddress,
  holds: (place: Spot) => Condition,
): Condition {
  if (addresses === 'wlan') return wlanAddress(which, header, holds);
  return holds(plus(header, which === 'src' ? SOURCE : DESTINATION));
}

const isAddress =
  (address: Uint8Array) =>
  (place: Spot): Condition => {
    const view = new DataView(address.buffer, address.byteOffset, 6);
    return and(equals(plus(place, 2), 4, view.getUint32(2)), equals(place, 2, view.getUint16(0)));
  };

export const hardwareBroadcast = (addresses: Addresses, header: Spot): Condition =>
  ofAddress(addresses, header, 'dst', isAddress(BROADCAST));

export const hardwareMulticast = (addresses: Addresses, header: Spot): Condition =>
  ofAddress(addresses, header, 'dst', (place) => hasBits(place, 1, 1));

/** That a hardware address is one of both ends, or the one that a direction says; `either` joins what holds of both. */
export function hardwareHost(
  addresses: Addresses,
  header: Spot,
  direction: Direction | undefined,
  address: Uint8Array,
  either: (direction: EndDirection | undefined, source: Condition, destination: Condition) => Condition,
): Condition {
  const is = (which: WlanAddress): Condition => ofAddress(addresses, header, which, isAddress(address));
  return isOfEnd(direction) ? either(direction, is('src'), is('dst')) : is(direction);
}

/** Formats of LLC by bits of its control octet. */
const FORMATS: Readonly<Record<LlcFormat, readonly [mask: number, value: number]>> = {
  i: [0x01, 0x00],
  s: [0x03, 0x01],
  u: [0x03, 0x03],
  rr: [0x0f, 0x01],
  rnr: [0x0f, 0x05],
  rej: [0x0f, 0x09],
  ui: [0xef, 0x03],
  ua: [0xef, 0x63],
  disc: [0xef, 0x43],
  sabme: [0xef, 0x6f],
  test: [0xef, 0xe3],
  xid: [0xef, 0xaf],
  frmr: [0xef, 0x87],
};

/** That a frame has LLC, of a format where one is given. */
export function llc(
  kind: NonNullable<LinkLayer['llc']>,
  { header, type, payload }: Places,
  format: LlcFormat | undefined,
): Condition {
  const isThere =
    kind === 'wlan' ? hasWlanData(header) : and(not(or(greater(type, 2, GREATEST_LENGTH), equals(payload, 2, 0xffff))));
  if (format === undefined) return isThere;
  return and(isThere, masked(plus(payload, 2), 1, ...FORMATS[format]));
}
