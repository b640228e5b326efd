/** The detail tree of IEEE 802.11: data frames whole, other frames as far as frame control. Read first: IEEE 802.11-2020 §9.2-9.3. */
import { formatMac } from '../../../wire/address.ts';
import { BAD_VERSION } from '../../../wire/problem.ts';
import * as wlan from '../../../wire/wlan.ts';
import { type Dissection, viewOf } from '../dissection.ts';
import { extendedVector } from '../fields/wlan.ts';
import { flagLetters } from '../info/link.ts';
import { CHECK_SEQUENCE, cipherAt, hasCheckSequence } from '../layers/wlan.ts';
import { PRIORITIES, wlanTypeName } from '../wlan-names.ts';
import { placeOf } from './cursor.ts';
import { bits, hex, type Tree } from './tree.ts';

const DISTRIBUTION: readonly string[] = [
  'Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0)',
  'Frame from STA to DS via an AP (To DS: 1 From DS: 0)',
  'Frame from DS to a STA via AP(To DS: 0 From DS: 1)',
  'WDS (AP to AP) or Mesh (MP to MP) Frame (To DS: 1 From DS: 1)',
];

const TYPES: readonly string[] = ['Management frame', 'Control frame', 'Data frame', 'Extension frame'];

const FLAGS: readonly (readonly [mask: number, name: string, yes: string, no: string])[] = [
  [0x04, 'More Fragments', 'More fragments follow', 'This is the last fragment'],
  [0x08, 'Retry', 'Frame is being retransmitted', 'Frame is not being retransmitted'],
  [0x10, 'PWR MGT', 'STA will go to sleep', 'STA will stay up'],
  [0x20, 'More Data', 'Data is buffered for STA at AP', 'No data buffered'],
  [0x40, 'Protected flag', 'Data is protected', 'Data is not protected'],
  [0x80, '+HTC/Order flag', 'Strictly ordered', 'Not strictly ordered'],
];

/** An IEEE 802.11 layer. */
export function addWlan(tree: Tree, dissection: Dissection, layer: number): void {
  const { view, at, end } = placeOf(dissection, layer);
  if (end - at < 2) return tree.add(0, 'IEEE 802.11');
  if (dissection.problems[layer] === BAD_VERSION)
    return tree.add(0, `IEEE 802.11 Unknown Protocol Version:${wlan.version(view, at)}`);
  const kind = (wlan.type(view, at) << 4) | wlan.subtype(view, at);
  const name = wlanTypeName(kind);
  const hasCheck = hasCheckSequence(dissection, layer);
  tree.add(0, `IEEE 802.11 ${name}, Flags: ${flagLetters(wlan.flags(view, at))}${hasCheck ? 'C' : ''}`);
  tree.add(1, `Type/Subtype: ${name} (${hex(kind, 4)})`);
  addFrameControl(tree, view, at);
  if (wlan.type(view, at) !== wlan.DATA || dissection.problems[layer] !== 0) return;
  tree.add(1, durationText(wlan.duration(view, at)));
  addAddresses(tree, view, at);
  const sequence = view.getUint16(at + 22, true);
  tree.add(1, `${bits(sequence, 0x000f, 16)} = Fragment number: ${wlan.fragment(view, at)}`);
  tree.add(1, `${bits(sequence, 0xfff0, 16)} = Sequence number: ${wlan.sequence(view, at)}`);
  const check = dissection.wireEnds[layer - 1]! - CHECK_SEQUENCE;
  if (hasCheck && check + CHECK_SEQUENCE <= dissection.ends[layer - 1]!) {
    tree.add(1, `Frame check sequence: ${hex(view.getUint32(check, true), 8)} [unverified]`);
    tree.add(1, '[FCS Status: Unverified]');
  }
  if (wlan.hasQos(view, at)) addQos(tree, view, at);
  addCipher(tree, dissection, layer);
}

/** With its highest bit it is no time, but a number that only some have a meaning for. */
function durationText(duration: number): string {
  if (duration < 0x8000) return `${bits(duration, 0x7fff, 16)} = Duration: ${duration} microseconds`;
  return duration === 0x8000 ? 'Duration/ID: 32768' : `Duration/ID: ${duration & 0x3fff} (reserved)`;
}

/** What a cipher needs of an encrypted payload. */
function addCipher(tree: Tree, dissection: Dissection, layer: number): void {
  const at = cipherAt(dissection, layer);
  if (at < 0) return;
  const view = viewOf(dissection, layer);
  const cipher = wlan.cipherOf(view, at, dissection.ends[layer]!);
  const number = wlan.packetNumber(view, at, cipher);
  tree.add(1, `${cipher} parameters`);
  tree.add(
    2,
    cipher === 'WEP'
      ? `Initialization Vector: ${hex(number, 6)}`
      : `${cipher} Ext. Initialization Vector: ${extendedVector(number)}`,
  );
  tree.add(2, `Key Index: ${wlan.keyIndex(view, at)}`);
  const end = dissection.ends[layer]!;
  const hasTrailer = end === dissection.wireEnds[layer] && end + wlan.WEP_TRAILER <= dissection.ends[layer - 1]!;
  if (cipher === 'WEP' && end - at >= wlan.WEP_HEADER && hasTrailer)
    tree.add(2, `WEP ICV: ${hex(view.getUint32(end), 8)} (not verified)`);
}

function addFrameControl(tree: Tree, view: DataView, at: number): void {
  const first = view.getUint8(at);
  const flags = wlan.flags(view, at);
  const type = wlan.type(view, at);
  const distribution = wlan.distribution(view, at);
  tree.add(1, `Frame Control Field: ${hex(view.getUint16(at), 4)}`);
  tree.add(2, `${bits(first, 0x03, 8)} = Version: ${wlan.version(view, at)}`);
  tree.add(2, `${bits(first, 0x0c, 8)} = Type: ${TYPES[type]} (${type})`);
  tree.add(2, `${bits(first, 0xf0, 8)} = Subtype: ${wlan.subtype(view, at)}`);
  tree.add(2, `Flags: ${hex(flags, 2)}`);
  tree.add(3, `${bits(flags, 0x03, 8)} = DS status: ${DISTRIBUTION[distribution]} (${hex(distribution, 1)})`);
  for (const [mask, name, yes, no] of FLAGS)
    tree.add(3, `${bits(flags, mask, 8)} = ${name}: ${flags & mask ? yes : no}`);
}

/** The addresses in their places on the air, then what they are for the distribution system. */
function addAddresses(tree: Tree, view: DataView, at: number): void {
  const distribution = wlan.distribution(view, at);
  tree.add(1, `Receiver address: ${formatMac(view, at + 4)}`);
  tree.add(1, `Transmitter address: ${formatMac(view, at + 10)}`);
  // Of several packets in one frame each has a source and a destination of its own, where the frame's are not those of the cell.
  const isAggregate = wlan.isAggregate(view, at);
  const destination = formatMac(view, wlan.destinationAt(view, at));
  const source = formatMac(view, wlan.sourceAt(view, at));
  if (!isAggregate || (distribution & 1) === 0) tree.add(1, `Destination address: ${destination}`);
  if (!isAggregate || (distribution & 2) === 0) tree.add(1, `Source address: ${source}`);
  if (distribution === 3) {
    if (isAggregate) for (const cell of [destination, source]) tree.add(1, `BSS Id: ${cell}`);
    return;
  }
  tree.add(1, `BSS Id: ${formatMac(view, wlan.basicServiceSetAt(view, at))}`);
  if (distribution > 0) tree.add(1, `STA address: ${formatMac(view, distribution === 1 ? at + 10 : at + 4)}`);
}

const POLICIES: readonly string[] = ['Normal Ack', 'No Ack', 'No explicit acknowledgment', 'Block Ack'];

/** Subtypes with quality of service that have no payload, so that nothing is said of it; and one that asks for nothing. */
const EMPTY: ReadonlySet<number> = new Set([12, 14, 15]);
const POLLING_DATA = 10;

const BUFFERED: readonly string[] = ['Best Effort', 'Background', 'Video', 'Voice'];

function addQos(tree: Tree, view: DataView, at: number): void {
  const qos = view.getUint16(wlan.qosAt(view, at), true);
  const priority = qos & 7;
  const policy = (qos >>> 5) & 3;
  const isFromDistribution = (wlan.distribution(view, at) & 2) !== 0;
  tree.add(1, `Qos Control: ${hex(qos, 4)}`);
  tree.add(2, `${bits(qos, 0x000f, 16)} = TID: ${qos & 15}`);
  tree.add(2, `[${bits(qos, 0x0007, 16)} = Priority: ${PRIORITIES[priority]} (${priority})]`);
  if (isFromDistribution)
    tree.add(2, `${bits(qos, 0x10, 16)} = EOSP: ${qos & 0x10 ? 'End of service period' : 'Service period'}`);
  else {
    const meaning = qos & 0x10 ? 'Queue Size' : 'TXOP Duration Requested';
    tree.add(2, `${bits(qos, 0x10, 16)} = QoS bit 4: Bits 8-15 of QoS Control field are ${meaning}`);
  }
  tree.add(2, `${bits(qos, 0x60, 16)} = Ack Policy: ${POLICIES[policy]} (${hex(policy, 1)})`);
  if (!EMPTY.has(wlan.subtype(view, at)))
    tree.add(2, `${bits(qos, 0x80, 16)} = Payload Type: ${qos & 0x80 ? 'A-MSDU' : 'MSDU'}`);
  addQosRest(tree, qos, isFromDistribution, wlan.isPolled(view, at), wlan.subtype(view, at) === POLLING_DATA);
}

/** The upper octet of quality-of-service control: what the access point has for the station or lets it do, or what the station has or asks for. */
function addQosRest(tree: Tree, qos: number, isFromDistribution: boolean, isPolled: boolean, isAsking: boolean): void {
  const rest = qos >>> 8;
  const add = (name: string, text: string): void => tree.add(2, `${bits(qos, 0xff00, 16)} = ${name}: ${text}`);
  if (isFromDistribution && isPolled)
    return add('TXOP Limit', rest === 0 ? '0 (transmit one frame immediately)' : String(rest));
  if (isFromDistribution) {
    const isIndicated = (rest & 2) !== 0;
    add('QAP PS Buffer State', hex(rest, 2));
    tree.add(3, `${bits(rest, 0x02, 8)} .... .... = Buffer State Indicated: ${isIndicated ? 'Yes' : 'No'}`);
    if (!isIndicated) return;
    const category = (rest >>> 2) & 3;
    tree.add(3, `${bits(rest, 0x0c, 8)} .... .... = Highest-Priority Buffered AC: ${BUFFERED[category]} (${category})`);
    tree.add(3, `${bits(rest, 0xf0, 8)} .... .... = QAP Buffered Load: ${loadText(rest >>> 4)}`);
  } else if (qos & 0x10) add('Queue Size', queueText(rest));
  else if (!isAsking) add('TXOP Duration Requested', rest === 0 ? '0 (no TXOP requested)' : String(rest));
}

function loadText(load: number): string {
  if (load === 0) return '0 (no buffered traffic)';
  return load === 15 ? '15 (greater than 57344 octets)' : `${load} (${4096 * load} octets)`;
}

function queueText(size: number): string {
  if (size === 0) return '0 (no buffered traffic in the queue)';
  if (size === 254) return '254 (more than 64768 octets)';
  return size === 255 ? '255 (unspecified or unknown)' : `${size} (${256 * size} bytes)`;
}
