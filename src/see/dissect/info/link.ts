/** The Info column of frames that end at LLC or at IEEE 802.11. */
import { printable } from '../../../core/printable.ts';
import type { TextSink } from '../../../core/text-sink.ts';
import * as llc from '../../../wire/llc.ts';
import { BAD_VERSION } from '../../../wire/problem.ts';
import * as wlan from '../../../wire/wlan.ts';
import { type Dissection, octetsOf, viewOf } from '../dissection.ts';
import { elementsEnd, hasCheckSequence } from '../layers/wlan.ts';
import { organizationName, sapName, snapProtocolName, supervisoryName, unnumberedName } from '../link-names.ts';
import { hexOf } from '../numbers.ts';
import { wlanTypeName } from '../wlan-names.ts';

/** `U F, func=XID` for an LLC control field; empty when the capture has not all of it. */
export function controlText(view: DataView, at: number, end: number): string {
  const first = llc.control(view, at);
  const isResponse = (llc.sourceSap(view, at) & 1) !== 0;
  const mark = isResponse ? ' F' : ' P';
  if (llc.isUnnumbered(view, at)) return `U${first & 0x10 ? mark : ''}, func=${unnumberedName(first, isResponse)[0]}`;
  if (at + 4 > end) return '';
  const word = view.getUint16(at + 2, true);
  const received = word >>> 9;
  const polled = word & 0x100 ? mark : '';
  return first & 1
    ? `S${polled}, func=${supervisoryName(first)[0]}, N(R)=${received}`
    : `I${polled}, N(R)=${received}, N(S)=${(word >>> 1) & 0x7f}`;
}

/** `U, func=UI; DSAP NetBIOS Individual, SSAP NetBIOS Command` */
export function llcInfo(text: TextSink, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const end = dissection.ends[layer]!;
  if (end - at < llc.HEADER) return;
  text.add(controlText(view, at, end));
  const destination = llc.destinationSap(view, at);
  const source = llc.sourceSap(view, at);
  if (!llc.isSnap(view, at)) {
    text.add(`; DSAP ${sap(destination)} ${destination & 1 ? 'Group' : 'Individual'}`);
    text.add(`, SSAP ${sap(source)} ${source & 1 ? 'Response' : 'Command'}`);
  } else if (end - at >= llc.HEADER + llc.SNAP) {
    const organization = llc.organization(view, at);
    const protocol = llc.protocol(view, at);
    const code = organization.toString(16).toUpperCase().padStart(6, '0');
    text.add(`; SNAP, OUI 0x${code} (${organizationName(organization) ?? 'Unknown'}), PID `);
    const name = snapProtocolName(organization, protocol);
    if (name !== undefined && name !== 'Unknown') text.add(name);
    else {
      text.add('0x');
      text.add(protocol.toString(16).toUpperCase().padStart(4, '0'));
    }
  }
}

function sap(value: number): string {
  const name = sapName(value & 0xfe);
  return name === 'Unknown' ? `0x${(value & 0xfe).toString(16).padStart(2, '0')}` : name;
}

/** What is shown for each flag of an 802.11 frame, highest first. */
const LETTERS = 'opmPRMFT';

/** `.p.....T`: the flags as the title and the list line show them. */
export const flagLetters = (flags: number): string =>
  [...LETTERS].map((letter, i) => (flags & (0x80 >>> i) ? letter : '.')).join('');

/** `QoS Null function (No data), SN=193, FN=0, Flags=.......T` */
export function wlanInfo(text: TextSink, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  if (dissection.problems[layer] === BAD_VERSION) text.add(`Unknown protocol version: ${wlan.version(view, at)}`);
  if (dissection.problems[layer] !== 0) return;
  const type = wlan.type(view, at);
  if (wlan.isFragment(view, at, dissection.ends[layer]!)) return text.add('Fragmented IEEE 802.11 frame');
  text.add(wlanTypeName((type << 4) | wlan.subtype(view, at)));
  if (wlan.isSequenced(view, at, dissection.ends[layer]!))
    text.add(`, SN=${wlan.sequence(view, at)}, FN=${wlan.fragment(view, at)}`);
  text.add(`, Flags=${flagLetters(wlan.flags(view, at))}`);
  if (hasCheckSequence(dissection, layer)) text.add('C');
  elementsInfo(text, dissection, layer);
}

/** `, BI=100, SSID="coffee"` */
function elementsInfo(text: TextSink, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const end = elementsEnd(dissection, layer);
  const elements = wlan.elementsAt(view, at, end);
  const interval = wlan.beaconInterval(view, at, elements);
  if (interval >= 0) text.add(`, BI=${interval}`);
  const name = wlan.networkNameAt(view, elements, end);
  if (name < 0) return;
  const [from, to] = [name + 1, name + 1 + view.getUint8(name)];
  text.add(`, SSID=${from === to ? 'Wildcard (Broadcast)' : networkNameText(view, from, to)}`);
}

const utf8Text = new TextDecoder();

/** Octets that are not all letters to be shown are shown as octets. */
function networkNameText(view: DataView, from: number, to: number): string {
  const octets = octetsOf(view, from, to);
  const name = utf8Text.decode(octets);
  return printable(name) === name && !name.includes('\ufffd') ? `"${name}"` : hexOf(octets);
}
