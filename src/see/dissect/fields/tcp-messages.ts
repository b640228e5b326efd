/** Fields of messages over several TCP segments: tcp.segment*, tcp.reassembled*. */
import { bytesOf, type Dissection } from '../dissection.ts';
import type { Field, FieldType, FieldValue, FieldValues } from '../field.ts';
import { CONFLICT, type Message, OVERLAP, PIECE } from '../message.ts';
import { messageOctets } from '../message-octets.ts';
import { PROTOCOL } from '../protocol.ts';
import { layerField, mark } from './kinds.ts';

/** A field of the layer whose payload is of such messages. */
const partsField = (
  name: string,
  type: FieldType,
  title: string,
  collect: (dissection: Dissection, layer: number, into: FieldValues) => void,
): Field =>
  layerField(PROTOCOL.TCP, name, type, title, (dissection, layer, into) => {
    if (dissection.parts.isSet && dissection.parts.layer === layer) collect(dissection, layer, into);
  });

/** A field of the message that is whole with a segment. */
const wholeField = (
  name: string,
  type: FieldType,
  title: string,
  read: (message: Message) => FieldValue | undefined,
): Field =>
  partsField(name, type, title, ({ parts: { whole } }, _layer, into) => {
    const value = whole && read(whole);
    if (value !== undefined) into.push(value);
  });

/** The frames of the segments of the message that is whole with a segment, or of some of them. */
const piecesField = (name: string, title: string, isTold: (overlap: number) => boolean): Field =>
  partsField(name, 'unsigned', title, ({ parts: { whole } }, _layer, into) => {
    if (whole === undefined) return;
    const { pieces, pieceCount, overlaps } = whole;
    for (let i = 0; i < pieceCount; i++) if (isTold(overlaps[i] ?? 0)) into.push(pieces[PIECE * i]!);
  });

/** What is so of segments of the message that is whole with a segment: a value for each of which it is. */
const overlapField = (name: string, title: string, kind: number): Field =>
  mark(
    partsField(name, 'boolean', title, ({ parts: { whole } }, _layer, into) => {
      for (const overlap of whole?.overlaps ?? []) if (overlap & kind) into.push(true);
    }),
  );

/** tcp.segment*, tcp.reassembled* */
export const TCP_MESSAGE_FIELDS: readonly Field[] = [
  partsField('tcp.segment_data', 'bytes', 'TCP segment data', (dissection, layer, into) => {
    const { count, from, to } = dissection.parts;
    for (let i = 0; i < count; i++) into.push(bytesOf(dissection, layer, from[i]!, to[i]!));
  }),
  mark(wholeField('tcp.segments', 'boolean', 'Reassembled TCP Segments', () => true)),
  piecesField('tcp.segment', 'TCP Segment', (overlap) => (overlap & CONFLICT) === 0),
  piecesField('tcp.segment.error', 'Reassembling error in frame', (overlap) => (overlap & CONFLICT) !== 0),
  overlapField('tcp.segment.overlap', 'Segment overlap', OVERLAP),
  overlapField('tcp.segment.overlap.conflict', 'Conflicting data in segment overlap', CONFLICT),
  wholeField('tcp.segment.count', 'unsigned', 'Segment count', ({ pieceCount, isKept }) =>
    isKept ? pieceCount : undefined,
  ),
  wholeField('tcp.reassembled.length', 'unsigned', 'Reassembled TCP length', ({ came }) => came),
  wholeField('tcp.reassembled.data', 'bytes', 'Reassembled TCP Data', messageOctets),
  // In one pass over a capture nobody knows what comes, as in tshark without -2.
  layerField(PROTOCOL.TCP, 'tcp.reassembled_in', 'unsigned', 'Reassembled PDU in frame', () => undefined),
];
