/** Fields of IEEE 802.11 and radiotap: wlan.*, radiotap.* */
import * as radiotap from '../../../wire/radiotap.ts';
import * as wlan from '../../../wire/wlan.ts';
import { has, viewOf } from '../dissection.ts';
import type { Field } from '../field.ts';
import { PROTOCOL } from '../protocol.ts';
import { headerField, hex, layerField, octetsAt, protocolField } from './kinds.ts';

const { WLAN, RADIOTAP } = PROTOCOL;

const flag = (name: string, title: string, mask: number): Field =>
  headerField(WLAN, name, 'boolean', title, 1, 1, (view, at) => (wlan.flags(view, at) & mask) !== 0);

/** An address of data and management frames: those of control frames stand elsewhere, or are not there. */
function addressField(name: string, title: string, place: (view: DataView, at: number) => number): Field {
  return layerField(WLAN, name, 'mac', title, (dissection, layer, into) => {
    if (dissection.problems[layer] !== 0 || !has(dissection, layer, 0, 2)) return;
    const view = viewOf(dissection, layer);
    const at = dissection.starts[layer]!;
    const type = wlan.type(view, at);
    // Management frames have no distribution system between sender and receiver: the same places as without one.
    if (type === wlan.DATA || (type === wlan.MANAGEMENT && has(dissection, layer, 0, 24)))
      into.push(octetsAt(view, place(view, at), 6));
  });
}

/** radiotap.* and wlan.* */
export const WLAN_FIELDS: readonly Field[] = [
  protocolField(RADIOTAP, 'radiotap', 'IEEE 802.11 Radiotap Capture header'),
  headerField(RADIOTAP, 'radiotap.version', 'unsigned', 'Header revision', 0, 1, radiotap.version),
  headerField(RADIOTAP, 'radiotap.length', 'unsigned', 'Header length', 2, 2, radiotap.length),
  protocolField(WLAN, 'wlan', 'IEEE 802.11 wireless LAN'),
  headerField(WLAN, 'wlan.fc.version', 'unsigned', 'Version', 0, 2, (view, at) => view.getUint8(at) & 3),
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
  addressField('wlan.da', 'Destination address', wlan.destinationAt),
  addressField('wlan.sa', 'Source address', wlan.sourceAt),
];
