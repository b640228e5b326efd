/** Fields of the frame itself. */

import type { Dissection } from '../dissection.ts';
import type { Field } from '../field.ts';
import { nanosecondsAsSeconds, seconds } from '../numbers.ts';
import { PROTOCOL } from '../protocol.ts';
import { protocolPath } from '../protocol-path.ts';
import { frameField, packetField, protocolField } from './kinds.ts';

/** A field of seconds whose exact text comes from whole nanoseconds. */
function timeField(name: string, title: string, nanoseconds: (dissection: Dissection) => number): Field {
  return {
    ...frameField(name, 'seconds', title, (dissection) => nanoseconds(dissection) / 1e9),
    print(dissection, into) {
      into.push(nanosecondsAsSeconds(nanoseconds(dissection)));
    },
  };
}

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
    ...packetField('frame.time_epoch', 'seconds', 'Epoch Time', (packet) => packet.seconds + packet.nanoseconds / 1e9),
    print({ packet }, into) {
      into.push(seconds(packet.seconds, packet.nanoseconds));
    },
  },
  timeField('frame.time_relative', 'Time since reference or first frame', ({ time }) => time),
  timeField('frame.time_delta', 'Time delta from previous captured frame', ({ delta }) => delta),
  frameField('frame.protocols', 'string', 'Protocols in frame', protocolPath),
  packetField('frame.interface_id', 'unsigned', 'Interface id', (packet) => packet.interfaceId),
];
