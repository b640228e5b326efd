/** Fields of IEEE 802.11 and radiotap: wlan.*, radiotap.* */
import * as radiotap from '../../../wire/radiotap.ts';
import * as wlan from '../../../wire/wlan.ts';
import { viewOf } from '../dissection.ts';
import type { Field, FieldType, FieldValue, FieldValues } from '../field.ts';
import { cipherAt, elementsEnd } from '../layers/wlan.ts';
import { PROTOCOL } from '../protocol.ts';
import { type Format, headerField, hex, layerField, octets, octetsAt, protocolField } from './kinds.ts';

const { WLAN, RADIOTAP } = PROTOCOL;

const flag = (name: string, title: string, mask: number): Field =>
  headerField(WLAN, name, 'boolean', title, 1, 1, (view, at) => (wlan.flags(view, at) & mask) !== 0);

/** Places of a frame's addresses; -1 for one that it does not have. */
type AddressPlace = (view: DataView, at: number, end: number) => number;

const { MANAGEMENT, DATA } = wlan;

/** Addresses of data and management frames: those of control frames stand elsewhere, or are not there. Several packets in one frame have sources and destinations of their own. */
const ended =
  (place: (view: DataView, at: number) => number, side: number): AddressPlace =>
  (view, at, end) => {
    const type = wlan.type(view, at);
    // Management frames have no distribution system between sender and receiver: the same places as without one.
    const isThere = type === DATA || (type === MANAGEMENT && end - at >= 24);
    return !isThere || (wlan.isAggregate(view, at) && wlan.distribution(view, at) & side) ? -1 : place(view, at);
  };

const destination = ended(wlan.destinationAt, 1);
const source = ended(wlan.sourceAt, 2);
const receiver: AddressPlace = (_view, at, end) => (wlan.hasReceiver(at, end) ? wlan.receiverAt(at) : -1);
const transmitter: AddressPlace = (view, at, end) => (wlan.hasTransmitter(view, at, end) ? wlan.transmitterAt(at) : -1);

/** A field of frames whose header is whole; `take` appends what one has of it. */
const wholeField = (
  name: string,
  type: FieldType,
  title: string,
  take: (view: DataView, at: number, end: number, into: FieldValues) => void,
  format?: Format,
): Field =>
  layerField(
    WLAN,
    name,
    type,
    title,
    (dissection, layer, into) => {
      if (dissection.problems[layer] === 0)
        take(viewOf(dissection, layer), dissection.starts[layer]!, dissection.ends[layer]!, into);
    },
    format,
  );

const addressField = (name: string, title: string, ...places: readonly AddressPlace[]): Field =>
  wholeField(name, 'mac', title, (view, at, end, into) => {
    const found = places.map((place) => place(view, at, end));
    for (const [i, place] of found.entries())
      if (place >= 0 && found.indexOf(place) === i) into.push(octetsAt(view, place, 6));
  });

/** The cell's address in some control frames; the third address, which only data and management frames have, and the fourth. */
const others: readonly AddressPlace[] = [
  (view, at, end) => (wlan.type(view, at) === wlan.CONTROL ? wlan.cellAt(view, at, end) : -1),
  (view, at, end) => (wlan.type(view, at) === DATA && wlan.distribution(view, at) === 3 ? source(view, at, end) : -1),
  (view, at, end) => {
    const isOfCell = wlan.isAggregate(view, at) && wlan.distribution(view, at) % 3 !== 0;
    return wlan.isSequenced(view, at, end) && !isOfCell ? at + 16 : -1;
  },
  (view, at, end) => (wlan.isAggregate(view, at) && wlan.distribution(view, at) === 3 && end - at >= 30 ? at + 24 : -1),
];

/** A field of quality-of-service control. */
const qosField = (name: string, title: string, read: (qos: number) => number, format?: Format): Field =>
  wholeField(
    name,
    'unsigned',
    title,
    (view, at, _end, into) => {
      if (wlan.hasQos(view, at)) into.push(read(view.getUint16(wlan.qosAt(view, at), true)));
    },
    format,
  );

/** A field of frames with a sequence number. */
const sequenceField = (name: string, title: string, read: (view: DataView, at: number) => number): Field =>
  wholeField(name, 'unsigned', title, (view, at, end, into) => {
    if (wlan.isSequenced(view, at, end)) into.push(read(view, at));
  });

/** A field of what a cipher needs. */
const cipherField = (
  name: string,
  type: FieldType,
  title: string,
  read: (view: DataView, at: number, cipher: wlan.Cipher) => FieldValue | undefined,
  format?: Format,
): Field =>
  layerField(
    WLAN,
    name,
    type,
    title,
    (dissection, layer, into) => {
      const at = cipherAt(dissection, layer);
      if (at < 0) return;
      const view = viewOf(dissection, layer);
      const value = read(view, at, wlan.cipherOf(view, at, dissection.ends[layer]!));
      if (value !== undefined) into.push(value);
    },
    format,
  );

/** The number that no two packets share, where it is more than WEP has, as Wireshark writes it. */
export const extendedVector = (number: number): string => `0x${number.toString(16).toUpperCase().padStart(12, '0')}`;

const extended =
  (wanted: wlan.Cipher) =>
  (view: DataView, at: number, cipher: wlan.Cipher): string | undefined =>
    cipher === wanted ? extendedVector(wlan.packetNumber(view, at, cipher)) : undefined;

/** The name of a network, in octets: whoever asks for any network leaves it empty. */
const networkName: Format = (value) => ((value as Uint8Array).length === 0 ? '<MISSING>' : octets(value));

/** radiotap.* and wlan.* */
export const WLAN_FIELDS: readonly Field[] = [
  protocolField(RADIOTAP, 'radiotap', 'IEEE 802.11 Radiotap Capture header'),
  headerField(RADIOTAP, 'radiotap.version', 'unsigned', 'Header revision', 0, 1, radiotap.version),
  headerField(RADIOTAP, 'radiotap.length', 'unsigned', 'Header length', 2, 2, radiotap.length),
  protocolField(WLAN, 'wlan', 'IEEE 802.11 wireless LAN'),
  headerField(WLAN, 'wlan.fc', 'unsigned', 'Frame Control Field', 0, 2, (view, at) => view.getUint16(at), hex(4)),
  headerField(WLAN, 'wlan.flags', 'unsigned', 'Flags', 1, 1, wlan.flags, hex(2)),
  headerField(WLAN, 'wlan.fc.version', 'unsigned', 'Version', 0, 2, wlan.version),
  headerField(WLAN, 'wlan.fc.type', 'unsigned', 'Type', 0, 2, wlan.type),
  headerField(WLAN, 'wlan.fc.subtype', 'unsigned', 'Subtype', 0, 2, wlan.subtype),
  headerField(
    WLAN,
    'wlan.fc.type_subtype',
    'unsigned',
    'Type/Subtype',
    0,
    2,
    (view, at) => (wlan.type(view, at) << 4) | wlan.subtype(view, at),
    hex(4),
  ),
  headerField(WLAN, 'wlan.fc.ds', 'unsigned', 'DS status', 0, 2, wlan.distribution, hex(2)),
  flag('wlan.fc.tods', 'To DS', 0x01),
  flag('wlan.fc.fromds', 'From DS', 0x02),
  flag('wlan.fc.frag', 'More Fragments', 0x04),
  flag('wlan.fc.retry', 'Retry', 0x08),
  flag('wlan.fc.protected', 'Protected flag', wlan.PROTECTED),
  flag('wlan.fc.pwrmgt', 'PWR MGT', 0x10),
  flag('wlan.fc.moredata', 'More Data', 0x20),
  flag('wlan.fc.order', '+HTC/Order flag', 0x80),
  headerField(WLAN, 'wlan.duration', 'unsigned', 'Duration', 2, 2, (view, at) => wlan.duration(view, at) & 0x7fff),
  addressField('wlan.ra', 'Receiver address', receiver),
  addressField('wlan.ta', 'Transmitter address', transmitter),
  addressField('wlan.da', 'Destination address', destination),
  addressField('wlan.sa', 'Source address', source),
  addressField('wlan.bssid', 'BSS Id', wlan.cellAt),
  addressField('wlan.staa', 'STA address', wlan.stationAt),
  addressField('wlan.addr', 'Hardware address', receiver, transmitter, ...others),
  layerField(
    WLAN,
    'wlan.ssid',
    'bytes',
    'SSID',
    (dissection, layer, into) => {
      if (dissection.problems[layer] !== 0) return;
      const view = viewOf(dissection, layer);
      const end = elementsEnd(dissection, layer);
      const name = wlan.networkNameAt(view, wlan.elementsAt(view, dissection.starts[layer]!, end), end);
      if (name >= 0) into.push(octetsAt(view, name + 1, view.getUint8(name)));
    },
    networkName,
  ),
  sequenceField('wlan.frag', 'Fragment number', wlan.fragment),
  sequenceField('wlan.seq', 'Sequence number', wlan.sequence),
  qosField('wlan.qos', 'Qos Control', (qos) => qos, hex(4)),
  qosField('wlan.qos.tid', 'TID', (qos) => qos & 15),
  qosField('wlan.qos.priority', 'Priority', (qos) => qos & 7),
  qosField('wlan.qos.ack', 'Ack Policy', (qos) => (qos >>> 5) & 3, hex(4)),
  cipherField(
    'wlan.wep.iv',
    'unsigned',
    'Initialization Vector',
    (view, at, cipher) => (cipher === 'WEP' ? wlan.packetNumber(view, at, cipher) : undefined),
    hex(6),
  ),
  cipherField('wlan.wep.key', 'unsigned', 'Key Index', wlan.keyIndex),
  cipherField('wlan.tkip.extiv', 'string', 'TKIP Ext. Initialization Vector', extended('TKIP')),
  cipherField('wlan.ccmp.extiv', 'string', 'CCMP Ext. Initialization Vector', extended('CCMP')),
];
