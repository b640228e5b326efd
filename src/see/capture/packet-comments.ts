/**
 * The comments that a pcapng file has on a packet (opt_comment), read from the packet's own block when somebody asks: reading packets costs nothing for them.
 * Read first: draft-ietf-opsawg-pcapng §3.5 (options), §4.3 (Enhanced Packet Block) and appendix A.
 */
import type { Packet } from './packet.ts';
import { BLOCK, eachOption, OPTION, optionsAt, textOf } from './pcapng-format.ts';

/** Octets of an Enhanced Packet Block, and of the obsolete one, before the packet's. */
const PACKET_HEAD = 28;

const NONE: readonly string[] = [];

/**
 * A packet's comments, in the file's order, as they stand there: of several lines, perhaps, and with what a terminal would obey. They are no more octets than the packet's block (`maxBlock`).
 * @returns nothing for a packet that came from no pcapng file, or whose octets were copied without the rest of its block
 */
export function packetComments(packet: Packet): readonly string[] {
  const { bytes, view, recordAt, recordLength } = packet;
  const end = recordAt + recordLength - 4;
  // Records of other formats have other heads, and a copy of the packet alone may still say where the block was.
  if (packet.at !== recordAt + PACKET_HEAD || recordLength === 0 || end + 4 > bytes.length) return NONE;
  const little = hasType(view, recordAt, true);
  if (!little && !hasType(view, recordAt, false)) return NONE;
  const options = optionsAt(view, recordAt, recordLength, little);
  if (options + 4 > end) return NONE;
  const comments: string[] = [];
  eachOption(view, options, end, little, (code, value, length) => {
    if (code === OPTION.COMMENT) comments.push(textOf(bytes, value, length));
  });
  return comments;
}

/** Whether a block of this byte order is one that packets with options come in. */
function hasType(view: DataView, at: number, little: boolean): boolean {
  const type = view.getUint32(at, little);
  return type === BLOCK.ENHANCED_PACKET || type === BLOCK.OBSOLETE_PACKET;
}
