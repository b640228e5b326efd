/** The detail tree of ICMP. Read first: RFC 792; RFC 950; RFC 1256; RFC 4884 §4; RFC 8335 §2. */
import { formatIpv4 } from '../../../wire/address.ts';
import * as icmp from '../../../wire/icmp.ts';
import { bytesOf, type Dissection, viewOf } from '../dissection.ts';
import { checksumOf } from '../fields/checksum-status.ts';
import { sinceText } from '../fields/frame.ts';
import { pingTimeOf } from '../fields/icmp.ts';
import { originalLength } from '../icmp-extension-place.ts';
import { eachRouter } from '../icmp-routers.ts';
import { timeOfDay } from '../icmp-time.ts';
import { unusedIn } from '../icmp-unused.ts';
import { hasIdentifier, quotes, SOURCE_QUENCH } from '../layers/transport.ts';
import { icmpCodeName, icmpMessageName } from '../names.ts';
import { hexOf } from '../numbers.ts';
import { spanText, timeText } from '../time-text.ts';
import { addChecksum, bits, type ChecksumStyle, hex, set, type Tree } from './tree.ts';

/** What stands behind a checksum that cannot be told: the message is only quoted, or not all of it is there. */
const style = (unverified: string): ChecksumStyle => ({
  name: 'Checksum',
  status: 'Checksum Status',
  unverified: `[unverified] [${unverified}]`,
  bad: '',
  calculated: 'no',
});
const QUOTED = style('in ICMP error packet');
const PARTLY = style('fragmented datagram');

/** The checksum of a message of ICMP or ICMPv6. */
export function addIcmpChecksum(tree: Tree, name: 'icmp' | 'icmpv6', dissection: Dissection, layer: number): void {
  const checksum = icmp.checksum(viewOf(dissection, layer), dissection.starts[layer]!);
  const right = checksumOf(name, dissection, layer);
  addChecksum(tree, checksum, right, dissection.quoted[layer] === 1 ? QUOTED : PARTLY);
}

/** Octets of a message that must be there before Wireshark shows any of it. */
const READABLE = 6;

/** An ICMP layer. What it quotes follows as layers of its own, one level in, and its extensions behind them. */
export function addIcmp(tree: Tree, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  tree.add(0, 'Internet Control Message Protocol');
  const captured = dissection.ends[layer]! - at;
  if (captured < READABLE) return;
  const type = icmp.type(view, at);
  const code = icmp.code(view, at);
  const codeName = icmpCodeName(type, code);
  tree.add(1, `Type: ${type} (${icmpMessageName(type, code)})`);
  tree.add(1, codeName === undefined ? `Code: ${code}` : `Code: ${code} (${codeName})`);
  addIcmpChecksum(tree, 'icmp', dissection, layer);
  if (hasIdentifier(type)) addNumber(tree, 'Identifier', view, at + 4);
  if (captured < icmp.HEADER) return;
  if (hasIdentifier(type)) {
    addNumber(tree, 'Sequence Number', view, at + 6);
    if (dissection.echoFrame > 0) {
      tree.add(1, `[Request frame: ${dissection.echoFrame}]`);
      tree.add(1, `[Response time: ${(dissection.echoTime / 1e6).toFixed(3)} ms]`);
    }
    addPingTime(tree, dissection, layer);
    addAsked(tree, dissection, layer);
  } else if (type === icmp.REDIRECT) tree.add(1, `Gateway Address: ${formatIpv4(icmp.rest(view, at))}`);
  else if (type === icmp.ROUTER_ADVERTISEMENT) addRouters(tree, dissection, layer);
  else if (type === icmp.EXTENDED_ECHO_REQUEST || type === icmp.EXTENDED_ECHO_REPLY) addExtendedEcho(tree, view, at);
  else if (quotes(type) && type !== SOURCE_QUENCH) addUnused(tree, dissection, layer);
}

/** What stands between the checksum of an error and what it quotes: the length of that, where it is given. */
function addUnused(tree: Tree, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const type = icmp.type(view, at);
  const runs = unusedIn(view, at);
  const addRun = ([from, to]: readonly [number, number]): void =>
    tree.add(1, `Unused: ${hexOf(bytesOf(dissection, layer, at + from, at + to))}`);
  const length = originalLength(view, at);
  if (type === icmp.PARAMETER_PROBLEM) tree.add(1, `Pointer: ${view.getUint8(at + 4)}`);
  for (const run of runs) if (length === 0 || run[0] === 4) addRun(run);
  if (length > 0) {
    tree.add(1, `Length: ${length / 4}`);
    tree.add(1, `[Length of original datagram: ${length}]`);
    for (const run of runs) if (run[0] === 6) addRun(run);
  }
  if (type === icmp.DESTINATION_UNREACHABLE && icmp.code(view, at) === icmp.FRAGMENTATION_NEEDED)
    tree.add(1, `MTU of next hop: ${icmp.nextHopMtu(view, at)}`);
}

function addPingTime(tree: Tree, dissection: Dissection, layer: number): void {
  const sent = pingTimeOf(dissection, layer);
  if (sent === undefined) return;
  tree.add(1, `Timestamp from icmp data: ${timeText(sent.seconds, sent.nanoseconds, dissection.zone)}`);
  tree.add(1, `[Timestamp from icmp data (relative): ${sinceText(dissection, sent)} seconds]`);
}

/** A number in both orders: some systems write it in little-endian order. */
function addNumber(tree: Tree, name: string, view: DataView, at: number): void {
  for (const [order, value] of [
    ['BE', view.getUint16(at)],
    ['LE', view.getUint16(at, true)],
  ] as const)
    tree.add(1, `${name} (${order}): ${value} (${hex(value, 4)})`);
}

/** The times of timestamp messages, the mask of address mask messages. */
function addAsked(tree: Tree, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const end = dissection.ends[layer]!;
  const type = icmp.type(view, at);
  const isTime = type === icmp.TIMESTAMP_REQUEST || type === icmp.TIMESTAMP_REPLY;
  if (isTime && at + icmp.TIMESTAMPS <= end) {
    let near = dissection.packet.seconds * 1000 + Math.floor(dissection.packet.nanoseconds / 1e6);
    for (const [name, offset] of [
      ['Originate', 8],
      ['Receive', 12],
      ['Transmit', 16],
    ] as const) {
      near = timeOfDay(view, at + offset, near);
      tree.add(1, `${name} Timestamp: ${view.getUint32(at + offset)} (${clockText(near)} after midnight UTC)`);
    }
  }
  const isMask = type === icmp.ADDRESS_MASK_REQUEST || type === icmp.ADDRESS_MASK_REPLY;
  if (isMask && at + icmp.HEADER + 4 <= end)
    tree.add(1, `Address Mask: ${formatIpv4(view.getInt32(at + icmp.HEADER))}`);
}

/** `12 hours, 0.123 seconds` */
function clockText(milliseconds: number): string {
  const rest = milliseconds % 60_000;
  const before = milliseconds >= 60_000 ? `${spanText((milliseconds - rest) / 1000)}` : '';
  const seconds = rest % 1000 === 0 ? String(rest / 1000) : (rest / 1000).toFixed(3);
  if (rest === 0) return before || '0 seconds';
  return `${before}${before === '' ? '' : ', '}${seconds} second${rest === 1000 ? '' : 's'}`;
}

function addRouters(tree: Tree, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const count = view.getUint8(at + 4);
  const words = view.getUint8(at + 5);
  const lifetime = view.getUint16(at + 6);
  tree.add(1, `Number of addresses: ${count}`);
  tree.add(1, `Address entry size: ${words}`);
  tree.add(1, `Lifetime: ${lifetime} (${spanText(lifetime)})`);
  eachRouter(view, at, dissection.ends[layer]!, (place) => {
    tree.add(1, `Router address: ${formatIpv4(view.getInt32(place))}`);
    tree.add(1, `Preference level: ${view.getInt32(place + 4)}`);
  });
}

function addExtendedEcho(tree: Tree, view: DataView, at: number): void {
  addNumber(tree, 'Identifier', view, at + 4);
  const sequence = view.getUint8(at + 6);
  tree.add(1, `Sequence Number: ${sequence} (${hex(sequence, 2)})`);
  addProbed(tree, view.getUint8(at + 7), icmp.type(view, at) === icmp.EXTENDED_ECHO_REPLY);
}

const STATES: readonly string[] = ['Reserved', 'Incomplete', 'Reachable', 'Stale', 'Delay', 'Probe', 'Failed'];

/** The last octet of an extended echo: what is asked, or how the interface is that was asked about. */
export function addProbed(tree: Tree, word: number, isReply: boolean): void {
  if (!isReply) {
    tree.add(1, `${bits(word, 0xfe, 8)} = Reserved: ${hex(word >>> 1, 2)}`);
    tree.add(1, `${bits(word, 0x01, 8)} = Local bit: ${set((word & 1) !== 0)}`);
    return;
  }
  tree.add(1, `${bits(word, 0xe0, 8)} = State: ${STATES[word >>> 5] ?? 'Unknown'} (${word >>> 5})`);
  tree.add(1, `${bits(word, 0x18, 8)} = Reserved: ${hex((word >>> 3) & 3, 1)}`);
  tree.add(1, `${bits(word, 0x04, 8)} = Active bit: ${set((word & 4) !== 0)}`);
  tree.add(1, `${bits(word, 0x02, 8)} = IPv4 bit: ${set((word & 2) !== 0)}`);
  tree.add(1, `${bits(word, 0x01, 8)} = IPv6 bit: ${set((word & 1) !== 0)}`);
}
