/** The Info column of a TCP segment: ports, flags, numbers, options. */
import { type TextSink, utf8 } from '../../../core/text-sink.ts';
import { BAD_HEADER_LENGTH, HEADER_CUT, TOO_SHORT } from '../../../wire/problem.ts';
import * as tcp from '../../../wire/tcp.ts';
import { lengthAt, MSS, SACK, SACK_PERMITTED, TIMESTAMPS, WINDOW_SCALE } from '../../../wire/tcp-options.ts';
import { type Dissection, has, viewOf } from '../dissection.ts';
import { correctedChecksum } from '../fields/checksum-status.ts';
import { isReadable, payloadLength, relativeAck, relativeSeq, window } from '../fields/tcp.ts';
import {
  accurateEcnCounters,
  cutOption,
  firstOption,
  hasEmptySack,
  isAccurateEcn,
  isConnectionCount,
  isEcho,
  isFastOpenExperiment,
  isOtherExperiment,
  KIND,
  nextOption,
  sackBlocks,
} from '../fields/tcp-options.ts';
import { aceFlagText, flagOctets } from '../names.ts';
import { quickStartRate } from '../quick-start.ts';

const ARROW = utf8(' → ');
const FLAGS = utf8(' [');
const SEQ = utf8('] Seq=');
const ACK = utf8(' Ack=');
const WIN = utf8(' Win=');
const BOGUS = utf8(', bogus TCP header length (');
const AT_LEAST = utf8(', must be at least ');
const URG = utf8(' Urg=');
const LEN = utf8(' Len=');
const MSS_VALUE = utf8(' MSS=');
const WS = utf8(' WS=');
const TSVAL = utf8(' TSval=');
const TSECR = utf8(' TSecr=');
const SLE = utf8(' SLE=');
const SRE = utf8(' SRE=');
const USER_TO = utf8(' USER_TO=');
const ECHO = utf8(' ECHO=');
const CC = utf8(' CC=');

/** `34348 → 7456 [SYN] Seq=0 Win=65495 Len=0 MSS=65495 ...` */
export function tcpInfo(text: TextSink, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  text.decimal(tcp.sourcePort(view, at));
  text.octets(ARROW);
  text.decimal(tcp.destinationPort(view, at));
  if (!isReadable(dissection, layer)) return;
  const flags = tcp.flags(view, at);
  text.octets(FLAGS);
  if (dissection.usesAce[layer] === 1) text.add(aceFlagText(flags));
  else text.octets(flagOctets(flags));
  value(text, SEQ, relativeSeq(dissection, layer));
  if (flags & tcp.ACK) value(text, ACK, relativeAck(dissection, layer));
  value(text, WIN, window(dissection, layer));
  if (dissection.problems[layer] === BAD_HEADER_LENGTH) {
    value(text, BOGUS, tcp.headerLength(view, at));
    value(text, AT_LEAST, tcp.HEADER);
    text.add(')');
    return;
  }
  const length = payloadLength(dissection, layer);
  if (!has(dissection, layer, 0, tcp.HEADER)) return;
  if (dissection.verifiesChecksums && correctedChecksum('tcp', dissection, layer) >= 0)
    text.add(' [TCP CHECKSUM INCORRECT]');
  if (length >= 0) {
    if (flags & tcp.URG) value(text, URG, tcp.urgentPointer(view, at));
    value(text, LEN, length);
  }
  if (dissection.problems[layer] === 0 && dissection.payloads[layer] === at + tcp.HEADER) return;
  for (let option = firstOption(dissection, layer); option >= 0; option = nextOption(dissection, layer, option))
    optionInfo(text, dissection, layer, option);
}

function optionInfo(text: TextSink, dissection: Dissection, layer: number, at: number): void {
  const view = viewOf(dissection, layer);
  const kind = view.getUint8(at);
  const length = lengthAt(view, at, dissection.payloads[layer]!);
  if (kind === TIMESTAMPS && length === 10) {
    value(text, TSVAL, view.getUint32(at + 2));
    value(text, TSECR, view.getUint32(at + 6));
  } else if (kind === MSS && length === 4) value(text, MSS_VALUE, view.getUint16(at + 2));
  else if (kind === WINDOW_SCALE && length === 3) value(text, WS, 2 ** Math.min(view.getUint8(at + 2), 14));
  else if (kind === SACK_PERMITTED) text.add(' SACK_PERM');
  else if (kind === SACK) {
    const base = dissection.ackBases[layer]!;
    for (let i = 0; i < sackBlocks(length); i++) {
      value(text, SLE, (view.getInt32(at + 2 + 8 * i) - base) >>> 0);
      value(text, SRE, (view.getInt32(at + 6 + 8 * i) - base) >>> 0);
    }
  } else if (kind === KIND.FAST_OPEN) text.add(length === 2 ? ' TFO=R' : ' TFO=C');
  else if (isFastOpenExperiment(view, kind, at, length)) text.add(length === 4 ? ' TFO=R' : ' TFO=C');
  else if (kind === KIND.MD5) text.add(' MD5');
  else if (isEcho(kind) && length === 6) value(text, ECHO, view.getUint32(at + 2));
  else if (isConnectionCount(kind) && length === 6) value(text, CC, view.getUint32(at + 2));
  else if (kind === KIND.USER_TIMEOUT && length === 4) value(text, USER_TO, view.getUint16(at + 2) & 0x7fff);
  // Without a space before it: so it stands in Wireshark.
  else if (kind === KIND.AUTHENTICATION) text.add('TCP AO');
  else if (isOtherExperiment(view, kind, at, length)) {
    text.add(
      ` ExID=${view
        .getUint16(at + 2)
        .toString(16)
        .toUpperCase()
        .padStart(4, '0')}`,
    );
  } else if (kind === KIND.QUICK_START && length === 8) text.add(` QSresp=${quickStartRate(view.getUint8(at + 2))}`);
  else if (isAccurateEcn(view, kind, at, length)) {
    const counters = accurateEcnCounters(view, kind, at, length);
    if (counters.length === 0) text.add(' AccECN');
    for (const counter of counters) text.add(` ${counter.name.toUpperCase()}=${counter.value}`);
  }
}

/**
 * What Wireshark appends where the header is longer than the segment: because the capture kept only part of it, or because it is wrong. An option that goes over the end
 * is another exception there than one that begins behind it, and a SACK option without blocks is one, too.
 */
export function tcpSuffix(dissection: Dissection, layer: number): string {
  const problem = dissection.problems[layer];
  if (problem !== TOO_SHORT && problem !== HEADER_CUT)
    return hasEmptySack(dissection, layer) ? '[Malformed Packet]' : '';
  if (dissection.ends[layer]! < dissection.wireEnds[layer]!) return '[Packet size limited during capture]';
  return cutOption(dissection, layer) >= 0
    ? '[Malformed Packet: length of contained item exceeds length of containing item]'
    : '[Malformed Packet]';
}

function value(text: TextSink, name: Uint8Array, number: number): void {
  text.octets(name);
  text.decimal(number);
}
