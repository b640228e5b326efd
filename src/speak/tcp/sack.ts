/**
 * Selective acknowledgments, the receiver's part: telling the sender which octets beyond a hole are here. Read first: RFC 2018 §3-4.
 * Not here: the sender's use of them (recovery).
 */

import { before, type Seq } from '../../core/sequence.ts';
import { MAX_SACK_BLOCKS } from '../../wire/tcp-options.ts';
import type { Tcb } from './tcb.ts';

/** The blocks to be written, two by two; one array serves every connection. */
export const blocks: Int32Array<ArrayBuffer> = new Int32Array(2 * MAX_SACK_BLOCKS);

/**
 * Fills `blocks` for a segment sent now and answers how many there are, at most `room`: first the stretch that the latest segment is in, then those that were told of
 * last, so that each is told of several times, then others (RFC 2018 §4). Octets that were reported are never dropped.
 */
export function fillBlocks(tcb: Tcb, room: number): number {
  const { held } = tcb;
  if (held === undefined || held.count === 0) return 0;
  const { edges, recent } = held;
  let count = 0;
  for (let i = 0; i < recent.length && count < room; i++)
    count = put(edges, stretchWith(recent[i]!, edges, held.count), count);
  for (let i = held.count - 1; i >= 0 && count < room; i--) count = put(edges, i, count);
  return count;
}

/** Stretch `i` becomes block `count`, unless it is -1, or a block already. Answers how many there are now. */
function put(edges: Int32Array, i: number, count: number): number {
  if (i < 0) return count;
  for (let block = 0; block < count; block++) if (blocks[2 * block] === edges[2 * i]) return count;
  blocks[2 * count] = edges[2 * i]!;
  blocks[2 * count + 1] = edges[2 * i + 1]!;
  return count + 1;
}

/** Which stretch has `seq`, or -1. */
function stretchWith(seq: Seq, edges: Int32Array, count: number): number {
  for (let i = 0; i < count; i++) if (!before(seq, edges[2 * i]!) && before(seq, edges[2 * i + 1]!)) return i;
  return -1;
}
