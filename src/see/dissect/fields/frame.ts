/** Fields of the frame itself. */

import { printable } from '../../../core/printable.ts';
import { textOf } from '../../../core/text-sink.ts';
import type { Packet, PacketOrigin } from '../../capture/packet.ts';
import { packetComments } from '../../capture/packet-comments.ts';
import type { Dissection, Moment } from '../dissection.ts';
import { ENCAPSULATIONS } from '../encapsulations.ts';
import type { Field } from '../field.ts';
import { seconds, writeSince } from '../numbers.ts';
import { PROTOCOL } from '../protocol.ts';
import { protocolPath } from '../protocol-path.ts';
import { nanosecondsSince1970, timeText } from '../time-text.ts';
import { allOf, frameField, mark, packetField, protocolField } from './kinds.ts';

/** A field of seconds since another frame, whose exact text comes from both times as they are. */
function timeField(
  name: string,
  title: string,
  nanoseconds: (dissection: Dissection) => number,
  since: (dissection: Dissection) => Moment,
): Field {
  return {
    ...frameField(name, 'seconds', title, (dissection) =>
      dissection.packet.hasTime ? nanoseconds(dissection) / 1e9 : undefined,
    ),
    print(dissection, into) {
      if (dissection.packet.hasTime) into.push(sinceText(dissection, since(dissection)));
    },
  };
}

/** Seconds from a moment to a frame, exact, with nine decimals. */
export const sinceText = ({ packet }: Dissection, from: Moment): string =>
  textOf((text) => writeSince(text, packet, from, 9));

/** The number of the interface that a packet came from, in its section: Wireshark counts those of each anew. */
export const interfaceNumberOf = ({ origin, interfaceId }: Packet): number => origin?.numberInSection ?? interfaceId;

/** The name of the interface that a packet came from, as it can be printed. */
export const interfaceNameOf = ({ interfaceName }: PacketOrigin): string => printable(interfaceName) || 'unknown';

const originField = (name: string, title: string, read: (origin: PacketOrigin) => string | undefined): Field =>
  frameField(name, 'string', title, ({ packet }) => packet.origin && read(packet.origin));

/** frame.* */
export const FRAME_FIELDS: readonly Field[] = [
  protocolField(PROTOCOL.FRAME, 'frame', 'Frame'),
  packetField('frame.number', 'unsigned', 'Frame Number', (packet) => packet.number),
  packetField('frame.len', 'unsigned', 'Frame length on the wire', (packet) => packet.originalLength),
  packetField(
    'frame.cap_len',
    'unsigned',
    'Frame length stored into the capture file',
    (packet) => packet.capturedLength,
  ),
  {
    ...packetField('frame.time_epoch', 'seconds', 'Epoch Time', (packet) =>
      packet.hasTime ? packet.seconds + packet.nanoseconds / 1e9 : undefined,
    ),
    print({ packet }, into) {
      if (packet.hasTime) into.push(seconds(packet.seconds, packet.nanoseconds));
    },
  },
  {
    ...packetField('frame.time', 'time', 'Arrival Time', (packet) =>
      packet.hasTime ? nanosecondsSince1970(packet.seconds, packet.nanoseconds) : undefined,
    ),
    print({ packet, zone }, into) {
      if (packet.hasTime) into.push(timeText(packet.seconds, packet.nanoseconds, zone));
    },
  },
  timeField(
    'frame.time_relative',
    'Time since reference or first frame',
    ({ time }) => time,
    ({ first }) => first,
  ),
  timeField(
    'frame.time_delta',
    'Time delta from previous captured frame',
    ({ delta }) => delta,
    ({ previous }) => previous,
  ),
  frameField('frame.protocols', 'string', 'Protocols in frame', protocolPath),
  frameField('frame.interface_id', 'unsigned', 'Interface id', ({ packet }) =>
    packet.origin === undefined ? undefined : interfaceNumberOf(packet),
  ),
  originField('frame.interface_name', 'Interface name', interfaceNameOf),
  originField('frame.interface_description', 'Interface description', ({ interfaceDescription }) =>
    interfaceDescription === undefined ? undefined : printable(interfaceDescription),
  ),
  frameField('frame.section_number', 'unsigned', 'Section number', ({ packet }) => packet.origin?.section),
  frameField(
    'frame.encap_type',
    'signed',
    'Encapsulation type',
    ({ packet }) => ENCAPSULATIONS.get(packet.linkType)?.[1],
  ),
  frameField('frame.marked', 'boolean', 'Frame is marked', () => false),
  frameField('frame.ignored', 'boolean', 'Frame is ignored', () => false),
  mark(
    allOf('frame.comment.expert', 'boolean', 'Formatted comment', ({ packet }, into) => {
      for (let i = packetComments(packet).length; i > 0; i--) into.push(true);
    }),
  ),
  allOf(
    'frame.comment',
    'string',
    'Comment',
    ({ packet }, into) => {
      for (const comment of packetComments(packet)) into.push(comment);
    },
    (comment) => printable(String(comment)),
  ),
];
