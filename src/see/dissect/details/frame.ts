/** The detail tree's first blocks: comments on the frame, and the frame itself, when and where it was captured, how long it is. */
import { printable } from '../../../core/printable.ts';
import { packetComments } from '../../capture/packet-comments.ts';
import type { Dissection, Moment } from '../dissection.ts';
import { ENCAPSULATIONS } from '../encapsulations.ts';
import { interfaceNameOf, interfaceNumberOf, sinceText } from '../fields/frame.ts';
import { seconds } from '../numbers.ts';
import { protocolPath } from '../protocol-path.ts';
import { timeText } from '../time-text.ts';
import { bytesText, type Tree } from './tree.ts';

/** What neither a frame nor its capture says. */
export interface DetailOptions {
  /** When the frame shown before it came; undefined: all frames are shown. */
  readonly shown?: Moment | undefined;
}

const lengthText = (octets: number): string => `${bytesText(octets)} (${8 * octets} bits)`;

/** What the capture says of the frame, where it says something. */
export function addComments(tree: Tree, { packet }: Dissection): void {
  const comments = packetComments(packet);
  if (comments.length === 0) return;
  tree.add(0, 'Packet comments');
  for (const comment of comments) tree.add(1, printable(comment));
}

/** The frame. */
export function addFrame(tree: Tree, dissection: Dissection, options: DetailOptions): void {
  const { packet } = dissection;
  const { number, originalLength, capturedLength } = packet;
  const name = packet.origin && interfaceNameOf(packet.origin);
  const where = name === undefined ? '' : ` on interface ${name}, id ${interfaceNumberOf(packet)}`;
  const wire = `${bytesText(originalLength)} on wire (${8 * originalLength} bits)`;
  tree.add(0, `Frame ${number}: ${wire}, ${bytesText(capturedLength)} captured (${8 * capturedLength} bits)${where}`);
  const { section, interfaceDescription: description } = packet.origin ?? {};
  if (section !== undefined) tree.add(1, `Section number: ${section}`);
  if (name !== undefined) {
    tree.add(1, `Interface id: ${interfaceNumberOf(packet)} (${name})`);
    tree.add(2, `Interface name: ${name}`);
    if (description !== undefined) tree.add(2, `Interface description: ${printable(description)}`);
  }
  const encapsulation = ENCAPSULATIONS.get(packet.linkType);
  if (encapsulation !== undefined) tree.add(1, `Encapsulation type: ${encapsulation[0]} (${encapsulation[1]})`);
  if (packet.hasTime) addTimes(tree, dissection, options.shown);
  tree.add(1, `Frame Number: ${number}`);
  tree.add(1, `Frame Length: ${lengthText(originalLength)}`);
  tree.add(1, `Capture Length: ${lengthText(capturedLength)}`);
  tree.add(1, '[Frame is marked: False]');
  tree.add(1, '[Frame is ignored: False]');
  tree.add(1, `[Protocols in frame: ${protocolPath(dissection)}]`);
}

function addTimes(tree: Tree, dissection: Dissection, shown: Moment | undefined): void {
  const { packet, previous, first } = dissection;
  tree.add(1, `Arrival Time: ${timeText(packet.seconds, packet.nanoseconds, dissection.zone)}`);
  tree.add(1, '[Time shift for this packet: 0.000000000 seconds]');
  tree.add(1, `Epoch Time: ${seconds(packet.seconds, packet.nanoseconds)} seconds`);
  tree.add(1, `[Time delta from previous captured frame: ${sinceText(dissection, previous)} seconds]`);
  tree.add(1, `[Time delta from previous displayed frame: ${sinceText(dissection, shown ?? previous)} seconds]`);
  tree.add(1, `[Time since reference or first frame: ${sinceText(dissection, first)} seconds]`);
}
