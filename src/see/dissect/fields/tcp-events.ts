/** What a TCP segment does to its connection, and what is odd in its header, each as a field that is there or not: tcp.connection.*, tcp.ack.nonzero ... */
import { printableString } from '../../../core/printable.ts';
import * as tcp from '../../../wire/tcp.ts';
import { type Dissection, has, viewOf } from '../dissection.ts';
import type { Field } from '../field.ts';
import { PROTOCOL } from '../protocol.ts';
import { layerField, mark, streamTimeField } from './kinds.ts';
import { hasLength, isBogus, isReadable, payloadLength } from './tcp.ts';

const { TCP } = PROTOCOL;

/** A field that is true where something holds of a segment, traffic or quoted, and absent elsewhere. */
function eventField(
  name: string,
  title: string,
  holds: (dissection: Dissection, layer: number, flags: number) => boolean,
): Field {
  return mark(
    layerField(TCP, name, 'boolean', title, (dissection, layer, into) => {
      if (!has(dissection, layer, 12, 2)) return;
      if (holds(dissection, layer, tcp.flags(viewOf(dissection, layer), dissection.starts[layer]!))) into.push(true);
    }),
  );
}

/** A header that has room, or is quoted as far as its window, so that its flags are believed. */
const flagEvent = (name: string, title: string, mask: number, wanted: number): Field =>
  eventField(
    name,
    title,
    (dissection, layer, flags) =>
      (flags & mask) === wanted &&
      (dissection.quoted[layer] === 1
        ? isReadable(dissection, layer) && !isBogus(dissection, layer)
        : hasLength(dissection, layer)),
  );

/** Whether a segment has no room for its header; of one that is quoted, that is no wonder. */
export const isShort = (dissection: Dissection, layer: number): boolean =>
  dissection.quoted[layer] === 0 &&
  isReadable(dissection, layer) &&
  !isBogus(dissection, layer) &&
  payloadLength(dissection, layer) < 0;

/** The most octets of a reset's payload that are shown. */
const LONGEST_CAUSE = 200;

/** The text that a reset carries (RFC 9293 §3.5.3); empty where there is none. */
export function resetCause(dissection: Dissection, layer: number): string {
  if (!hasLength(dissection, layer) || dissection.problems[layer] !== 0) return '';
  const view = viewOf(dissection, layer);
  if ((tcp.flags(view, dissection.starts[layer]!) & tcp.RST) === 0) return '';
  const end = Math.min(dissection.ends[layer]!, dissection.payloads[layer]! + LONGEST_CAUSE);
  return printableString(view, dissection.payloads[layer]!, end);
}

/** tcp.connection.* and what is like it. */
export const TCP_EVENT_FIELDS: readonly Field[] = [
  flagEvent('tcp.connection.syn', 'Connection establish request (SYN)', tcp.SYN | tcp.ACK, tcp.SYN),
  flagEvent(
    'tcp.connection.synack',
    'Connection establish acknowledge (SYN+ACK)',
    tcp.SYN | tcp.ACK,
    tcp.SYN | tcp.ACK,
  ),
  flagEvent('tcp.connection.fin', 'Connection finish (FIN)', tcp.FIN, tcp.FIN),
  flagEvent('tcp.connection.rst', 'Connection reset (RST)', tcp.RST, tcp.RST),
  eventField(
    'tcp.connection.fin_active',
    'This frame initiates the connection closing',
    ({ closing, quoted }, layer) => closing === 'first' && quoted[layer] === 0,
  ),
  eventField(
    'tcp.connection.fin_passive',
    'This frame undergoes the connection closing',
    ({ closing, quoted }, layer) => closing === 'second' && quoted[layer] === 0,
  ),
  layerField(
    TCP,
    'tcp.fin_retransmission',
    'unsigned',
    'Retransmission of FIN from frame',
    (dissection, layer, into) => {
      if (dissection.finFrame > 0 && dissection.quoted[layer] === 0) into.push(dissection.finFrame);
    },
  ),
  eventField(
    'tcp.ack.nonzero',
    'The acknowledgment number field is nonzero while the ACK flag is not set',
    (dissection, layer, flags) =>
      (flags & tcp.ACK) === 0 && tcp.ack(viewOf(dissection, layer), dissection.starts[layer]!) !== 0,
  ),
  eventField(
    'tcp.urgent_pointer.non_zero',
    'The urgent pointer field is nonzero while the URG flag is not set',
    (dissection, layer, flags) =>
      (flags & tcp.URG) === 0 &&
      has(dissection, layer, 18, 2) &&
      tcp.urgentPointer(viewOf(dissection, layer), dissection.starts[layer]!) !== 0,
  ),
  eventField('tcp.short_segment', 'Short segment', isShort),
  layerField(TCP, 'tcp.reset_cause', 'string', 'Reset cause', (dissection, layer, into) => {
    const text = resetCause(dissection, layer);
    if (text !== '') into.push(text);
  }),
  streamTimeField(TCP, 'tcp.time_relative', 'Time since first frame in this TCP stream', 'sinceFirst'),
  streamTimeField(TCP, 'tcp.time_delta', 'Time since previous frame in this TCP stream', 'sinceLast'),
];
