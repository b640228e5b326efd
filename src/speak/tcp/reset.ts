/** Resets: who gets one, and what stands in it. Read first: RFC 9293 §3.5.2, §3.5.3, §3.10.7.1; RFC 7323 §5.2. */
import type { Seq } from '../../core/sequence.ts';
import type { Micros } from '../../core/time.ts';
import * as tcp from '../../wire/tcp.ts';
import { emitTimestamps } from '../../wire/tcp-options.ts';
import type { IncomingSegment } from './segment.ts';
import type { SendReason } from './send-reasons.ts';
import { OWES, type Tcb } from './tcb.ts';
import { tsval } from './timestamp-clock.ts';
import { LENGTH as TIMESTAMPS } from './timestamps.ts';
import { bareNumber, windowField } from './windows.ts';

/** What stands in a reset. */
export interface Reset {
  readonly seq: Seq;
  readonly ack: Seq;
  readonly flags: number;
  readonly why: SendReason;
  /** Its window field. */
  readonly window: number;
  /** It has a timestamps option. */
  readonly stamped: boolean;
  readonly tsval: number;
  readonly tsecr: number;
}

/** Makes the connection owe the reset that answers `segment`: `<SEQ=SEG.ACK><CTL=RST>`, or, where that acknowledges nothing, `<SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>`. */
export function oweResetFor(tcb: Tcb, segment: IncomingSegment, why: SendReason): void {
  //= RFC 7323 §5.2: a reset for a segment with timestamps echoes its clock, and has none of its own
  const stamped = tcb.options.choices.resetsEcho && segment.options.timestamps;
  const { tsval: tsecr } = segment.options;
  const numbers =
    segment.flags & tcp.ACK
      ? { seq: segment.ack, ack: 0, flags: tcp.RST }
      : { seq: 0, ack: (segment.seq + segment.length) | 0, flags: tcp.RST | tcp.ACK };
  oweReset(tcb, { ...numbers, why, window: 0, stamped, tsval: 0, tsecr });
}

/** Makes the connection owe the reset of an ABORT, with an acknowledgment, as other stacks do it: some receivers look at nothing without one. */
export function oweAbort(tcb: Tcb, now: Micros): void {
  const { rcv, ts, options } = tcb;
  const flags = tcp.RST | tcp.ACK;
  //= RFC 7323 §5.2: where both ends have agreed on timestamps
  const { on: stamped, recent: tsecr } = ts;
  const window = options.choices.abortsTellWindow ? windowField(tcb) : 0;
  const numbers = { seq: bareNumber(tcb), ack: rcv.nxt, flags };
  oweReset(tcb, { ...numbers, why: 'abort', window, stamped, tsval: tsval(tcb, now), tsecr });
}

function oweReset(tcb: Tcb, reset: Reset): void {
  tcb.reset = reset;
  tcb.owes |= OWES.RESET;
}

/**
 * Writes the reset that answers a segment for which there is no connection (state CLOSED), ports swapped, checksum 0.
 * Returns its octets, 0 when the segment was a reset itself.
 * @param stamped whether it has timestamps when the segment has them
 */
export function writeResetFor(segment: IncomingSegment, stamped: boolean, view: DataView, at: number): number {
  if (segment.flags & tcp.RST) return 0;
  const { sourcePort, destinationPort } = segment;
  //= RFC 7323 §5.2: with the segment's clock, and none of its own
  const options = stamped && segment.options.timestamps ? TIMESTAMPS : 0;
  if (options > 0) emitTimestamps(view, at + tcp.HEADER, 0, segment.options.tsval);
  //= RFC 9293 §3.10.7.1: SEQ from the other's ACK where there is one, else an ACK of all it sent
  if (segment.flags & tcp.ACK) {
    tcp.emit(view, at, destinationPort, sourcePort, segment.ack, 0, tcp.RST, 0, 0, options);
  } else {
    const ack = (segment.seq + segment.length) | 0;
    tcp.emit(view, at, destinationPort, sourcePort, 0, ack, tcp.RST | tcp.ACK, 0, 0, options);
  }
  return tcp.HEADER + options;
}
