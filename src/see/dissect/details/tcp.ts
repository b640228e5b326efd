/** The detail tree of TCP. */
import * as tcp from '../../../wire/tcp.ts';
import { type Dissection, has, NOT_SCALED, UNKNOWN, viewOf } from '../dissection.ts';
import { checksumOf } from '../fields/checksum-status.ts';
import { hasStreamTimes } from '../fields/kinds.ts';
import {
  flagLetters,
  hasLength,
  isBogus,
  isReadable,
  isTracked,
  nextSeq,
  payloadLength,
  relativeAck,
  relativeSeq,
  window,
} from '../fields/tcp.ts';
import { isShort, resetCause } from '../fields/tcp-events.ts';
import type { Framing } from '../framings.ts';
import { CONFLICT, type Message, PIECE } from '../message.ts';
import { messageOctets } from '../message-octets.ts';
import { flagText } from '../names.ts';
import { nanosecondsAsSeconds } from '../numbers.ts';
import { PROTOCOL } from '../protocol.ts';
import { addStreamTimes } from './stream-times.ts';
import { addOptions } from './tcp-options.ts';
import {
  addChecksum,
  addFlags,
  bits,
  bytesText,
  type ChecksumStyle,
  cutLine,
  type Flags,
  hex,
  shortHex,
  type Tree,
} from './tree.ts';

/** The bits of the flags word from the top, with Wireshark's names. */
const FLAGS: Flags = [
  [0xe00, 'Reserved'],
  [tcp.AE, 'Accurate ECN'],
  [tcp.CWR, 'Congestion Window Reduced'],
  [tcp.ECE, 'ECN-Echo'],
  [tcp.URG, 'Urgent'],
  [tcp.ACK, 'Acknowledgment'],
  [tcp.PSH, 'Push'],
  [tcp.RST, 'Reset'],
  [tcp.SYN, 'Syn'],
  [tcp.FIN, 'Fin'],
];

const CHECKSUM: ChecksumStyle = {
  name: 'Checksum',
  status: 'Checksum Status',
  unverified: '[unverified]',
  bad: '(maybe caused by "TCP checksum offload"?)',
  calculated: 'behind',
};

/** A TCP layer. */
export function addTcp(tree: Tree, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  if (!has(dissection, layer, 0, 4)) return;
  const isQuoted = dissection.quoted[layer] === 1;
  tree.add(0, titleOf(dissection, layer));
  tree.add(1, `Source Port: ${tcp.sourcePort(view, at)}`);
  tree.add(1, `Destination Port: ${tcp.destinationPort(view, at)}`);
  const isQuoted4 = isQuoted && dissection.protocols[layer - 1] === PROTOCOL.IPV4;
  if (isQuoted4 && has(dissection, layer, 4, 4)) tree.add(1, `Sequence Number: ${relativeSeq(dissection, layer)}`);
  if (isTracked(dissection, layer)) tree.add(1, `[Stream index: ${dissection.streams[layer]}]`);
  if (isShort(dissection, layer)) tree.add(1, SHORT);
  if (!isReadable(dissection, layer)) return;
  if (hasLength(dissection, layer)) addNumbers(tree, dissection, layer);
  else if (isQuoted && !isQuoted4) addSeq(tree, dissection, layer);
  if (!isBogus(dissection, layer)) addAck(tree, dissection, layer);
  const length = tcp.headerLength(view, at);
  tree.add(1, `${bits(length << 2, 0xf0, 8)} = Header Length: ${length} bytes (${length / 4})`);
  if (isBogus(dissection, layer)) return;
  addControlBits(tree, tcp.flags(view, at));
  addWindow(tree, dissection, layer);
  if (has(dissection, layer, 16, 2)) {
    addChecksum(tree, tcp.checksum(view, at), checksumOf('tcp', dissection, layer), CHECKSUM);
  }
  if (has(dissection, layer, 18, 2)) tree.add(1, `Urgent Pointer: ${tcp.urgentPointer(view, at)}`);
  addOptions(tree, dissection, layer);
  if (hasStreamTimes(dissection, layer)) addStreamTimes(tree, dissection, layer, ' in this TCP stream');
  if (!isQuoted) addAnalysis(tree, dissection);
  const octets = dissection.wireEnds[layer]! - dissection.payloads[layer]!;
  const cause = resetCause(dissection, layer);
  if (cause !== '') tree.add(1, `Reset cause: ${cause}`);
  else if (dissection.problems[layer] === 0 && octets > 0) tree.add(1, `TCP payload (${bytesText(octets)})`);
  if (dissection.parts.isSet && dissection.parts.layer === layer) addMessages(tree, dissection, layer);
}

/** What the payload is of messages over several segments, and the one that is whole with it. */
function addMessages(tree: Tree, dissection: Dissection, layer: number): void {
  const { count, from, to, isRepeated, whole, framing, nextAt } = dissection.parts;
  const view = viewOf(dissection, layer);
  const addNext = (): void => {
    if (nextAt >= 0 && framing?.isSized) addSizes(tree, framing, view, nextAt, dissection.ends[layer]!);
  };
  if (whole?.isKept && whole.keepsOctets && framing?.isSized)
    addSizes(tree, framing, new DataView(whole.octets.buffer), 0, whole.came);
  let isAdded = false;
  for (let i = 0; i < count; i++) {
    if (!isAdded && from[i]! > nextAt) {
      addNext();
      isAdded = true;
    }
    tree.add(1, `${isRepeated ? 'Retransmitted ' : ''}TCP segment data (${bytesText(to[i]! - from[i]!)})`);
  }
  if (!isAdded) addNext();
  if (whole?.isKept) addWhole(tree, whole);
}

/** The sizes of the whole messages in `[from, to)`. */
function addSizes(tree: Tree, { head, length }: Framing, view: DataView, from: number, to: number): void {
  for (let at = from; at + head <= to; ) {
    const size = length(view, at);
    if (size <= 0 || at + size > to) return;
    tree.add(1, `[PDU Size: ${size}]`);
    at += size;
  }
}

function addWhole(tree: Tree, message: Message): void {
  const { came, pieceCount } = message;
  const pieces = Array.from({ length: pieceCount }, (_, i) => message.pieces.subarray(PIECE * i, PIECE * (i + 1)));
  const list = pieces.map(([frame, , length]) => `#${frame}(${length})`).join(', ');
  const line = `${pieceCount} Reassembled TCP Segments (${bytesText(came)}): ${list}`;
  tree.add(0, `[${cutLine(line)}]`);
  for (const [i, [frame = 0, offset = 0, length = 0]] of pieces.entries()) {
    const where = length === 0 ? ' (no data)' : `, payload: ${offset}-${offset + length - 1} (${bytesText(length)})`;
    const overlap = message.overlaps[i] ?? 0;
    tree.add(1, `[Frame: ${frame}${where}]`);
    if (overlap !== 0) tree.add(2, '[Segment overlap: True]');
    if (overlap & CONFLICT) tree.add(2, '[Conflicting data in segment overlap: True]');
  }
  tree.add(1, `[Segment count: ${pieceCount}]`);
  tree.add(1, `[Reassembled TCP length: ${came}]`);
  const octets = messageOctets(message);
  if (octets !== undefined) tree.add(1, `[Reassembled TCP Data: ${shortHex(octets)}]`);
}

const SHORT =
  'Short segment. Segment/fragment does not contain a full TCP header (might be NMAP or someone else deliberately sending unusual packets)';

function titleOf(dissection: Dissection, layer: number): string {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  let text = `Transmission Control Protocol, Src Port: ${tcp.sourcePort(view, at)}, Dst Port: ${tcp.destinationPort(view, at)}`;
  if (!isReadable(dissection, layer)) return text;
  text += `, Seq: ${relativeSeq(dissection, layer)}`;
  if (isBogus(dissection, layer)) return text;
  if (tcp.flags(view, at) & tcp.ACK) text += `, Ack: ${relativeAck(dissection, layer)}`;
  return hasLength(dissection, layer) ? `${text}, Len: ${payloadLength(dissection, layer)}` : text;
}

function addNumbers(tree: Tree, dissection: Dissection, layer: number): void {
  tree.add(1, `[TCP Segment Len: ${payloadLength(dissection, layer)}]`);
  addSeq(tree, dissection, layer);
  if (!isBogus(dissection, layer))
    tree.add(1, `[Next Sequence Number: ${nextSeq(dissection, layer)}    (relative sequence number)]`);
}

function addSeq(tree: Tree, dissection: Dissection, layer: number): void {
  const raw = tcp.seq(viewOf(dissection, layer), dissection.starts[layer]!) >>> 0;
  tree.add(1, `Sequence Number: ${relativeSeq(dissection, layer)}    (relative sequence number)`);
  tree.add(1, `Sequence Number (raw): ${raw}`);
}

function addAck(tree: Tree, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const note = tcp.flags(view, at) & tcp.ACK ? '    (relative ack number)' : '';
  tree.add(1, `Acknowledgment Number: ${relativeAck(dissection, layer)}${note}`);
  tree.add(1, `Acknowledgment number (raw): ${tcp.ack(view, at) >>> 0}`);
}

function addControlBits(tree: Tree, flags: number): void {
  tree.add(1, `Flags: ${hex(flags, 3)} (${flagText(flags)})`);
  addFlags(tree, 2, flags, 12, FLAGS);
  tree.add(2, `[TCP Flags: ${flagLetters(flags)}]`);
}

function addWindow(tree: Tree, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  tree.add(1, `Window: ${tcp.window(view, at)}`);
  tree.add(1, `[Calculated window size: ${window(dissection, layer)}]`);
  if (tcp.flags(view, at) & tcp.SYN || !isTracked(dissection, layer)) return;
  tree.add(1, `[Window size scaling factor: ${scaleText(dissection.scales[layer]!)}]`);
}

function scaleText(scale: number): string {
  if (scale === UNKNOWN) return '-1 (unknown)';
  return scale === NOT_SCALED ? '-2 (no window scaling used)' : String(2 ** scale);
}

/** What the segment says about earlier ones; the round-trip time of the handshake is added where there is something else to say. */
function addAnalysis(tree: Tree, dissection: Dissection): void {
  const { acksFrame, ackRtt, initialRtt, bytesInFlight, pushBytesSent } = dissection.acks;
  if (acksFrame === 0 && bytesInFlight === 0) return;
  tree.add(1, '[SEQ/ACK analysis]');
  if (acksFrame > 0) {
    tree.add(2, `[This is an ACK to the segment in frame: ${acksFrame}]`);
    tree.add(2, `[The RTT to ACK the segment was: ${nanosecondsAsSeconds(ackRtt)} seconds]`);
  }
  if (initialRtt >= 0) tree.add(2, `[iRTT: ${nanosecondsAsSeconds(initialRtt)} seconds]`);
  if (bytesInFlight > 0) tree.add(2, `[Bytes in flight: ${bytesInFlight}]`);
  if (pushBytesSent > 0) tree.add(2, `[Bytes sent since last PSH flag: ${pushBytesSent}]`);
}
