/** The detail tree's first blocks: comments on the frame, and the frame itself, when and where it was captured, how long it is. Not here: the name of its interface and its section, which its octets do not say. */
import { printable } from '../../../core/printable.ts';
import { LINKTYPE } from '../../capture/packet.ts';
import { packetComments } from '../../capture/packet-comments.ts';
import type { Dissection, Moment } from '../dissection.ts';
import { sinceText } from '../fields/frame.ts';
import { seconds } from '../numbers.ts';
import { protocolPath } from '../protocol-path.ts';
import { utcText } from '../time-text.ts';
import { bytesText, type Tree } from './tree.ts';

/** What a frame's octets do not say of it. */
export interface DetailOptions {
  /** The name of the interface it came from; undefined when the capture names none (a classic pcap file), empty when it is not known. */
  readonly interfaceName?: string | undefined;
  /** What that is called besides; undefined: nothing. */
  readonly interfaceDescription?: string | undefined;
  /** The section of the capture that it is in, from 1; undefined when the capture has none. */
  readonly section?: number | undefined;
  /** When the frame shown before it came; undefined: all frames are shown. */
  readonly shown?: Moment | undefined;
}

/** Wireshark's names and numbers of link types. */
const ENCAPSULATIONS: ReadonlyMap<number, readonly [name: string, number: number]> = new Map([
  [LINKTYPE.NULL, ['NULL/Loopback', 15]],
  [LINKTYPE.ETHERNET, ['Ethernet', 1]],
  [LINKTYPE.PPP, ['PPP', 4]],
  [LINKTYPE.PPP_HDLC, ['PPP', 4]],
  [LINKTYPE.RAW_BSD, ['Raw IP', 7]],
  [LINKTYPE.RAW_OPENBSD, ['Raw IP', 7]],
  [LINKTYPE.RAW, ['Raw IP', 7]],
  [LINKTYPE.IEEE802_11, ['IEEE 802.11 Wireless LAN', 20]],
  [LINKTYPE.LOOP, ['OpenBSD loopback', 174]],
  [LINKTYPE.LINUX_SLL, ['Linux cooked-mode capture v1', 25]],
  [LINKTYPE.IEEE802_11_RADIOTAP, ['IEEE 802.11 plus radiotap radio header', 23]],
  [LINKTYPE.IPV4, ['Raw IPv4', 129]],
  [LINKTYPE.IPV6, ['Raw IPv6', 130]],
  [LINKTYPE.NFLOG, ['NFLOG', 141]],
  [LINKTYPE.LINUX_SLL2, ['Linux cooked-mode capture v2', 210]],
]);

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
  const { packet, previous, first } = dissection;
  const { number, originalLength, capturedLength } = packet;
  const name = options.interfaceName === undefined ? undefined : printable(options.interfaceName) || 'unknown';
  const where = name === undefined ? '' : ` on interface ${name}, id ${packet.interfaceId}`;
  const wire = `${bytesText(originalLength)} on wire (${8 * originalLength} bits)`;
  tree.add(0, `Frame ${number}: ${wire}, ${bytesText(capturedLength)} captured (${8 * capturedLength} bits)${where}`);
  if (options.section !== undefined) tree.add(1, `Section number: ${options.section}`);
  if (name !== undefined) {
    tree.add(1, `Interface id: ${packet.interfaceId} (${name})`);
    tree.add(2, `Interface name: ${name}`);
    const description = options.interfaceDescription;
    if (description !== undefined) tree.add(2, `Interface description: ${printable(description)}`);
  }
  const encapsulation = ENCAPSULATIONS.get(packet.linkType);
  if (encapsulation !== undefined) tree.add(1, `Encapsulation type: ${encapsulation[0]} (${encapsulation[1]})`);
  tree.add(1, `Arrival Time: ${utcText(packet.seconds, packet.nanoseconds)}`);
  tree.add(1, '[Time shift for this packet: 0.000000000 seconds]');
  tree.add(1, `Epoch Time: ${seconds(packet.seconds, packet.nanoseconds)} seconds`);
  tree.add(1, `[Time delta from previous captured frame: ${sinceText(dissection, previous)} seconds]`);
  tree.add(
    1,
    `[Time delta from previous displayed frame: ${sinceText(dissection, options.shown ?? previous)} seconds]`,
  );
  tree.add(1, `[Time since reference or first frame: ${sinceText(dissection, first)} seconds]`);
  tree.add(1, `Frame Number: ${number}`);
  tree.add(1, `Frame Length: ${lengthText(originalLength)}`);
  tree.add(1, `Capture Length: ${lengthText(capturedLength)}`);
  tree.add(1, '[Frame is marked: False]');
  tree.add(1, '[Frame is ignored: False]');
  tree.add(1, `[Protocols in frame: ${protocolPath(dissection)}]`);
}
