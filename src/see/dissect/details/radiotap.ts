/** The detail tree of radiotap: what it says to be present, and its fields, up to the first that has no rule here. Read first: radiotap.org ("Defined fields"). */
import * as radiotap from '../../../wire/radiotap.ts';
import type { Dissection } from '../dissection.ts';
import { CHANNEL_FLAGS, channelName, PRESENT } from '../wlan-names.ts';
import { placeOf } from './cursor.ts';
import { addFlags, bits, type Flags, flagNames, hex, type Tree } from './tree.ts';

const { FIELD } = radiotap;

/** A radiotap layer. */
export function addRadiotap(tree: Tree, dissection: Dissection, layer: number): void {
  const { view, at, end } = placeOf(dissection, layer);
  if (end - at < radiotap.HEADER) return tree.add(0, 'Radiotap Header');
  const length = radiotap.length(view, at);
  tree.add(0, `Radiotap Header v${radiotap.version(view, at)}, Length ${length}`);
  tree.add(1, `Header revision: ${radiotap.version(view, at)}`);
  tree.add(1, `Header pad: ${view.getUint8(at + 1)}`);
  tree.add(1, `Header length: ${length}`);
  if (dissection.problems[layer] !== 0) return;
  tree.add(1, 'Present flags');
  radiotap.eachBitmap(view, at, at + length, (bitmap, isRadiotap) => addBitmap(tree, bitmap, isRadiotap));
  radiotap.eachField(view, at, at + length, (field, from) => addField(tree, view, field, from));
}

function addBitmap(tree: Tree, bitmap: number, isRadiotap: boolean): void {
  tree.add(2, `Present flags word: ${hex(bitmap >>> 0, 8)}`);
  for (const [bit, name] of PRESENT) {
    if (!isRadiotap && bit < radiotap.RADIOTAP_NEXT) continue;
    const is = ((bitmap >>> bit) & 1) === 1;
    const isNamespace = bit === radiotap.RADIOTAP_NEXT || bit === radiotap.VENDOR_NEXT;
    const said = isNamespace ? truth(is) : is ? 'Present' : 'Absent';
    tree.add(3, `${bits(bitmap, 2 ** bit, 32)} = ${name}: ${said}`);
  }
}

const truth = (is: boolean): string => (is ? 'True' : 'False');

const FLAGS: Flags = [
  [0x01, 'CFP'],
  [0x02, 'Preamble'],
  [0x04, 'WEP'],
  [0x08, 'Fragmentation'],
  [0x10, 'FCS at end'],
  [0x20, 'Data Pad'],
  [0x40, 'Bad FCS'],
  [0x80, 'Short GI'],
];

function addField(tree: Tree, view: DataView, field: number, at: number): void {
  switch (field) {
    case FIELD.TIMER:
      return tree.add(1, `MAC timestamp: ${view.getBigUint64(at, true)}`);
    case FIELD.FLAGS:
      return addFrameFlags(tree, view.getUint8(at));
    case FIELD.RATE:
      return tree.add(1, `Data Rate: ${(view.getUint8(at) / 2).toFixed(1)} Mb/s`);
    case FIELD.CHANNEL:
      return addChannel(tree, view.getUint16(at, true), view.getUint16(at + 2, true));
    case FIELD.HOPPING:
      tree.add(1, `FHSS Hop Set: ${view.getUint8(at)}`);
      return tree.add(1, `FHSS Pattern: ${view.getUint8(at + 1)}`);
    case FIELD.SIGNAL:
      return tree.add(1, `Antenna signal: ${view.getInt8(at)} dBm`);
    case FIELD.NOISE:
      return tree.add(1, `Antenna noise: ${view.getInt8(at)} dBm`);
    case FIELD.QUALITY:
      return tree.add(1, `Signal Quality: ${view.getUint16(at, true)}`);
    case FIELD.ATTENUATION:
      return tree.add(1, `TX attenuation: ${view.getUint16(at, true)}`);
    case FIELD.ATTENUATION_DB:
      return tree.add(1, `dB TX attenuation: ${view.getUint16(at, true)} dB`);
    case FIELD.POWER:
      return tree.add(1, `Transmit power: ${view.getInt8(at)} dBm`);
    case FIELD.ANTENNA:
      return tree.add(1, `Antenna: ${view.getUint8(at)}`);
    case FIELD.SIGNAL_DB:
      return tree.add(1, `dB antenna signal: ${view.getUint8(at)} dB`);
    case FIELD.NOISE_DB:
      return tree.add(1, `dB antenna noise: ${view.getUint8(at)} dB`);
    case FIELD.RECEIVED:
      return addReceived(tree, view.getUint16(at, true));
    case FIELD.SENT:
      return addSent(tree, view.getUint16(at, true));
    case FIELD.RETRIES:
      return tree.add(1, `data retries: ${view.getUint8(at)}`);
    default:
  }
}

function addFrameFlags(tree: Tree, flags: number): void {
  tree.add(1, `Flags: ${hex(flags, 2)}`);
  for (const [mask, name] of FLAGS) {
    const is = (flags & mask) !== 0;
    tree.add(2, `${bits(flags, mask, 8)} = ${name}: ${name === 'Preamble' ? (is ? 'Short' : 'Long') : truth(is)}`);
  }
}

function addChannel(tree: Tree, frequency: number, flags: number): void {
  tree.add(1, `Channel frequency: ${frequency} ${channelName(frequency)}`);
  tree.add(1, `Channel flags: ${hex(flags, 4)}${flagNames(flags, CHANNEL_FLAGS)}`);
  addFlags(tree, 2, flags, 16, CHANNEL_FLAGS, truth);
}

const SENT_FLAGS: Flags = [
  [0x01, 'Fail'],
  [0x02, 'CTS'],
  [0x04, 'RTS/CTS'],
  [0x08, 'No ACK'],
  [0x10, 'Has Seqnum'],
  [0x20, 'Order'],
];

function addSent(tree: Tree, flags: number): void {
  tree.add(1, `TX flags: ${hex(flags, 4)}${flagNames(flags, SENT_FLAGS)}`);
  addFlags(tree, 2, flags, 24, SENT_FLAGS, truth);
}

function addReceived(tree: Tree, flags: number): void {
  const isBad = (flags & 2) !== 0;
  tree.add(1, `RX flags: ${hex(flags, 4)}${isBad ? ', Bad PLCP' : ''}`);
  tree.add(2, `.... .... .... .... .... ..${Number(isBad)}. = Bad PLCP: ${truth(isBad)}`);
}
