/**
 * The two windows: what we may send and what we promise to take. Read first: RFC 9293 §3.3.1 (figures 3 and 4), §3.8.6; RFC 7323 §2.
 *
 *             una        nxt              una+wnd
 *   ----------|----------|----------------|----------   send
 *     acked     in flight   may be sent     not yet
 *
 *             nxt                         edge
 *   ----------|---------------------------|----------   receive
 *     arrived    promised: will be taken    refused
 */

import { larger, smaller } from '../../core/least.ts';
import { before, distance, latest, type Seq } from '../../core/sequence.ts';
import { limitedTransmit } from './congestion/reno.ts';
import { OWES, oweAck, type Tcb } from './tcb.ts';

/** The greatest shift (RFC 7323 §2.3). */
export const MAX_SCALE = 14;

/** The largest window there can be: a little less than 2^30 octets. */
export const LARGEST_WINDOW: number = 0xffff << MAX_SCALE;

/** The shift that lets a 16-bit field say `buffer` octets. */
export function scaleFor(buffer: number): number {
  let scale = 0;
  while (scale < MAX_SCALE && buffer > 0xffff << scale) scale++;
  return scale;
}

/** The shift that our SYN offers. */
export function offeredScale({ options }: Tcb): number {
  if (!options.windowScaling) return 0;
  const { receiveBuffer, receiveBufferMaximum, choices } = options;
  const fixed = receiveBuffer === receiveBufferMaximum;
  return scaleFor(fixed ? receiveBuffer : larger(receiveBufferMaximum, choices.grantsReceiveBuffer));
}

/** Octets that may be sent beyond SND.NXT now, by the peer's window and the congestion window; negative when either was drawn back. */
export function usable(tcb: Tcb): number {
  const { snd, congestion } = tcb;
  const allowed = congestion.cwnd + limitedTransmit(congestion, snd.mss);
  return smaller(snd.wnd, allowed) - distance(snd.nxt, snd.una);
}

/** Whether anything sent waits for its acknowledgment. */
export const outstanding = (tcb: Tcb): boolean => tcb.snd.una !== tcb.snd.nxt;

/** Octets by which the peer's window may be larger than its field could say; a closed one is closed. */
export const rounding = ({ snd }: Tcb): number => (snd.wnd === 0 ? 0 : (1 << larger(0, snd.scale)) - 1);

/**
 * The number of a segment without octets: SND.NXT, or the right edge of the peer's window where a probe has gone beyond that, or it was drawn back. From beyond the edge the peer
 * takes nothing, an acknowledgment or a reset neither (RFC 9293 §3.4, table 6): while its program does not read, what it sends itself would seem lost, and we dead.
 */
export function bareNumber(tcb: Tcb): Seq {
  const { snd } = tcb;
  if (snd.nxt === snd.una) return snd.nxt;
  const edge = (latest(snd.una, snd.head) + snd.wnd) | 0;
  return distance(snd.nxt, edge) > rounding(tcb) ? edge : snd.nxt;
}

/** How far the right edge could be moved beyond what is promised, by the room in the buffer; the pool may have less. */
function roomBeyondEdge({ rcv, space }: Tcb): number {
  return smaller(space.receive - rcv.readable, 0xffff << rcv.scale) - distance(rcv.edge, rcv.nxt);
}

/**
 * Moves the promised right edge as far as room and silly-window avoidance allow, and answers whether it moved.
 * It moves by steps worth telling, and never back (§3.8.6.2.2; SHLD-14 asks not to shrink it).
 */
export function advanceEdge(tcb: Tcb): boolean {
  const { rcv } = tcb;
  //= RFC 9293 §3.8.6 SHLD-14: never to the left
  //= RFC 9293 §3.8.6.1 MAY-8: not at all, while the program does not read
  const room = roomBeyondEdge(tcb);
  //= RFC 9293 §3.8.6.2.2 MUST-39: by half the buffer or a full segment, whichever is less
  const step = larger(1, smaller(tcb.space.receive >> 1, tcb.mss));
  // The pool is asked last: most often there is no room anyhow.
  if (room < step) return room > 0 && offersAgain(tcb, room);
  const by = smaller(room, tcb.receiveQueue.growth);
  if (by < step) return false;
  rcv.edge = (rcv.edge + by) | 0;
  return true;
}

/**
 * A window that is as large as its field can say is offered again and again, as in Linux: by how little the edge moves nobody sees. Any is where that was chosen.
 */
function offersAgain({ rcv, receiveQueue, options }: Tcb, room: number): boolean {
  const { offersLargestAgain, offersEveryStep } = options.choices;
  const largest = distance(rcv.edge, rcv.nxt) + room === 0xffff << rcv.scale;
  if (!((offersLargestAgain && largest) || offersEveryStep) || receiveQueue.growth < room) return false;
  rcv.edge = (rcv.edge + room) | 0;
  return true;
}

/**
 * The program has taken octets. The peer is owed the news when it at least doubles what it may send; smaller steps ride on the next
 * acknowledgment (§3.8.6.2.2 sets the least, and more segments than that only cost).
 */
export function windowUpdate(tcb: Tcb): void {
  const promised = distance(tcb.rcv.edge, tcb.rcv.nxt);
  const room = roomBeyondEdge(tcb);
  if (room < promised || smaller(room, tcb.receiveQueue.growth) < promised || !advanceEdge(tcb)) return;
  // An acknowledgment that is owed anyhow tells of it.
  if (tcb.owes & OWES.ACK) return;
  oweAck(tcb, OWES.ACK, 'window update');
}

/**
 * The window field of a segment sent now. Rounding by the scale may not draw the promise back, so it rounds up when rounding down would;
 * the buffer takes the few octets more.
 */
export function windowField(tcb: Tcb): number {
  const { rcv } = tcb;
  advanceEdge(tcb);
  const scale = rcv.scale;
  let field = distance(rcv.edge, rcv.nxt) >> scale;
  if (before((rcv.nxt + (field << scale)) | 0, rcv.edge)) field++;
  if (field > 0xffff) field = 0xffff;
  rcv.edge = (rcv.nxt + (field << scale)) | 0;
  return field;
}

/** The window field of a SYN, which is never scaled (RFC 7323 §2.2); `segment` as in `firstRoom`. */
export const synWindowField = (tcb: Tcb, segment: number): number => smaller(firstRoom(tcb, segment), 0xffff);

/** Octets that are promised at first: what the buffer holds, or as many segments of `segment` octets as it holds. */
export function firstRoom({ space, options }: Tcb, segment: number): number {
  const { receive } = space;
  return options.choices.wholeSegments && receive > segment ? receive - (receive % segment) : receive;
}
