/**
 * Selective acknowledgments, the receiver's part: telling the sender which octets beyond a hole are here, and which have come twice. Read first: RFC 2018 §3-4,
 * RFC 2883 §4. Not here: the sender's use of them (recovery).
 */

import { after, before, type Seq } from '../../core/sequence.ts';
import { MAX_SACK_BLOCKS } from '../../wire/tcp-options.ts';
import type { Tcb } from './tcb.ts';

/** The blocks to be written, two by two; one array serves every connection. */
export const blocks: Int32Array<ArrayBuffer> = new Int32Array(2 * MAX_SACK_BLOCKS);

/** Octets that have come twice, `[from, to)`, and whether the peer is still to be told. */
export interface Repeated {
  from: Seq;
  to: Seq;
  due: boolean;
}

/** Whether it is worth asking how many: most connections never see a hole. */
export const mayHaveBlocks = ({ held, repeated }: Tcb): boolean => held !== undefined || repeated !== undefined;

/** How many blocks the next segment has when there is room for them. */
export const blocksDue = ({ held, repeated }: Tcb): number =>
  (held === undefined ? 0 : held.count) + (repeated?.due ? 1 : 0);

/**
 * Fills `blocks` for a segment sent now and answers how many there are, at most `room`: octets that came twice, once; then the stretch that the latest segment is in, then
 * those that were told of last, so that each is told of several times, then others (RFC 2018 §4). Octets that were reported are never dropped.
 */
export function fillBlocks(tcb: Tcb, room: number): number {
  const { held, repeated } = tcb;
  let first = 0;
  if (repeated?.due && room > 0) {
    //= RFC 2883 §4: first of all blocks, and in one acknowledgment only
    repeated.due = false;
    blocks[0] = repeated.from;
    blocks[1] = repeated.to;
    first = 1;
  }
  if (held === undefined || held.count === 0) return first;
  const { edges, recent } = held;
  let count = first;
  for (let i = 0; i < recent.length && count < room; i++)
    count = put(edges, stretchWith(recent[i]!, edges, held.count), first, count);
  for (let i = held.count - 1; i >= 0 && count < room; i--) count = put(edges, i, first, count);
  return count;
}

/** Octets `[from, to)` have come before. Of several stretches that are not told of yet the first counts, with what touches it. */
export function cameTwice(tcb: Tcb, from: Seq, to: Seq): void {
  if (!tcb.sack || !tcb.options.choices.reportsDuplicates) return;
  tcb.repeated ??= { from, to, due: false };
  const { repeated } = tcb;
  if (!repeated.due) {
    repeated.from = from;
    repeated.to = to;
    repeated.due = true;
  } else if (!after(from, repeated.to) && !before(to, repeated.from)) {
    if (before(from, repeated.from)) repeated.from = from;
    if (after(to, repeated.to)) repeated.to = to;
  }
}

/** Of octets `[left, right)`, which have come now, those that are held beyond a hole already have come twice. */
export function cameAmongHeld(tcb: Tcb, left: Seq, right: Seq): void {
  const { held } = tcb;
  if (held === undefined) return;
  const { edges, count } = held;
  for (let i = 0; i < count && before(edges[2 * i]!, right); i++) {
    const from = after(edges[2 * i]!, left) ? edges[2 * i]! : left;
    const to = before(edges[2 * i + 1]!, right) ? edges[2 * i + 1]! : right;
    if (before(from, to)) cameTwice(tcb, from, to);
  }
}

/** All that the peer sends has come: nothing is beyond a hole, and what came twice is told at once or not at all. */
export function allCame({ held, repeated, state }: Tcb): void {
  held?.clear();
  if (repeated !== undefined && state === 'ESTABLISHED') repeated.due = false;
}

/** Stretch `i` becomes block `count`, unless it is -1, or a block from `first` on already. Answers how many there are now. */
function put(edges: Int32Array, i: number, first: number, count: number): number {
  if (i < 0) return count;
  for (let block = first; block < count; block++) if (blocks[2 * block] === edges[2 * i]) return count;
  blocks[2 * count] = edges[2 * i]!;
  blocks[2 * count + 1] = edges[2 * i + 1]!;
  return count + 1;
}

/** Which stretch has `seq`, or -1. */
function stretchWith(seq: Seq, edges: Int32Array, count: number): number {
  for (let i = 0; i < count; i++) if (!before(seq, edges[2 * i]!) && before(seq, edges[2 * i + 1]!)) return i;
  return -1;
}
