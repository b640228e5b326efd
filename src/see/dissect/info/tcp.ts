/** The Info column of a TCP segment: ports, flags, numbers, options. */
import { BAD_HEADER_LENGTH, HEADER_CUT, TOO_SHORT } from '../../../wire/problem.ts';
import * as tcp from '../../../wire/tcp.ts';
import { MSS, SACK, SACK_PERMITTED, TIMESTAMPS, WINDOW_SCALE } from '../../../wire/tcp-options.ts';
import { type Dissection, has, viewOf } from '../dissection.ts';
import { isReadable, payloadLength, relativeAck, relativeSeq, window } from '../fields/tcp.ts';
import { accurateEcnCounters, eachOption, isFastOpenExperiment, KIND, sackBlocks } from '../fields/tcp-options.ts';
import { flagText } from '../names.ts';

/** `34348 → 7456 [SYN] Seq=0 Win=65495 Len=0 MSS=65495 ...` */
export function tcpInfo(dissection: Dissection, layer: number): string {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  let text = `${tcp.sourcePort(view, at)} → ${tcp.destinationPort(view, at)}`;
  if (!isReadable(dissection, layer)) return text;
  const flags = tcp.flags(view, at);
  text += ` [${flagText(flags, dissection.usesAce[layer] === 1)}] Seq=${relativeSeq(dissection, layer)}`;
  if (flags & tcp.ACK) text += ` Ack=${relativeAck(dissection, layer)}`;
  text += ` Win=${window(dissection, layer)}`;
  if (dissection.problems[layer] === BAD_HEADER_LENGTH)
    return `${text}, bogus TCP header length (${tcp.headerLength(view, at)}, must be at least ${tcp.HEADER})`;
  if (!has(dissection, layer, 0, tcp.HEADER)) return text;
  if (payloadLength(dissection, layer) < 0) return text + optionsInfo(dissection, layer);
  if (flags & tcp.URG) text += ` Urg=${tcp.urgentPointer(view, at)}`;
  text += ` Len=${payloadLength(dissection, layer)}`;
  if (dissection.problems[layer] === 0 && dissection.payloads[layer] === at + tcp.HEADER) return text;
  return text + optionsInfo(dissection, layer);
}

function optionsInfo(dissection: Dissection, layer: number): string {
  let text = '';
  eachOption(dissection, layer, (view, kind, at, length) => {
    if (kind === MSS && length === 4) text += ` MSS=${view.getUint16(at + 2)}`;
    else if (kind === WINDOW_SCALE && length === 3) text += ` WS=${2 ** Math.min(view.getUint8(at + 2), 14)}`;
    else if (kind === SACK_PERMITTED) text += ' SACK_PERM';
    else if (kind === TIMESTAMPS && length === 10)
      text += ` TSval=${view.getUint32(at + 2)} TSecr=${view.getUint32(at + 6)}`;
    else if (kind === SACK) {
      for (let i = 0; i < sackBlocks(length); i++) {
        const left = view.getInt32(at + 2 + 8 * i) - dissection.ackBases[layer]!;
        const right = view.getInt32(at + 6 + 8 * i) - dissection.ackBases[layer]!;
        text += ` SLE=${left >>> 0} SRE=${right >>> 0}`;
      }
    } else if (kind === KIND.FAST_OPEN) text += length === 2 ? ' TFO=R' : ' TFO=C';
    else if (isFastOpenExperiment(view, kind, at, length)) text += length === 4 ? ' TFO=R' : ' TFO=C';
    else if (kind === KIND.MD5 && length === 18) text += ' MD5';
    else if (kind === KIND.USER_TIMEOUT && length === 4) text += ` USER_TO=${view.getUint16(at + 2) & 0x7fff}`;
    // Without a space before it: so it stands in Wireshark.
    else if (kind === KIND.AUTHENTICATION) text += 'TCP AO';
    else text += accurateEcnInfo(view, kind, at, length);
  });
  return text;
}

/** ` EE0B=1 ECEB=0 EE1B=0` */
const accurateEcnInfo = (view: DataView, kind: number, at: number, length: number): string =>
  accurateEcnCounters(view, kind, at, length)
    .map(({ name, value }) => ` ${name.toUpperCase()}=${value}`)
    .join('');

/**
 * What Wireshark appends where the header is longer than the segment: because the capture kept only part of it, or because it is wrong. An option that goes over the end
 * is another exception there than one that begins behind it.
 */
export function tcpSuffix(dissection: Dissection, layer: number): string {
  let isOver = false;
  let hasEmptySack = false;
  eachOption(
    dissection,
    layer,
    (_view, kind, _at, length) => {
      if (kind === SACK && length === 2) hasEmptySack = true;
    },
    () => {
      isOver = true;
    },
  );
  const { problems, ends, wireEnds } = dissection;
  const isBroken = problems[layer] === TOO_SHORT || problems[layer] === HEADER_CUT;
  if (!isBroken) return hasEmptySack ? '[Malformed Packet]' : '';
  if (ends[layer]! < wireEnds[layer]!) return '[Packet size limited during capture]';
  return isOver
    ? '[Malformed Packet: length of contained item exceeds length of containing item]'
    : '[Malformed Packet]';
}
