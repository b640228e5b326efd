/** Resets: who gets one, and what stands in it. Read first: RFC 9293 §3.5.2, §3.5.3, §3.10.7.1. */
import type { Seq } from '../../core/sequence.ts';
import * as tcp from '../../wire/tcp.ts';
import type { IncomingSegment } from './segment.ts';
import type { SendReason } from './send-reasons.ts';
import { OWES, type Tcb } from './tcb.ts';

/** Makes the connection owe the reset that answers `segment`: `<SEQ=SEG.ACK><CTL=RST>`. */
export const oweResetFor = (tcb: Tcb, segment: IncomingSegment, why: SendReason): void =>
  oweReset(tcb, segment.ack, 0, tcp.RST, why);

/** Makes the connection owe a reset. */
export function oweReset(tcb: Tcb, seq: Seq, ack: Seq, flags: number, why: SendReason): void {
  tcb.reset.seq = seq;
  tcb.reset.ack = ack;
  tcb.reset.flags = flags;
  tcb.reset.why = why;
  tcb.owes |= OWES.RESET;
}

/**
 * Writes the reset that answers a segment for which there is no connection (state CLOSED), ports swapped, checksum 0.
 * Returns its octets, 0 when the segment was a reset itself.
 */
export function writeResetFor(segment: IncomingSegment, view: DataView, at: number): number {
  if (segment.flags & tcp.RST) return 0;
  const { sourcePort, destinationPort } = segment;
  //= RFC 9293 §3.10.7.1: SEQ from the other's ACK where there is one, else an ACK of all it sent
  if (segment.flags & tcp.ACK) {
    tcp.emit(view, at, destinationPort, sourcePort, segment.ack, 0, tcp.RST, 0, 0, 0);
  } else {
    const ack = (segment.seq + segment.length) | 0;
    tcp.emit(view, at, destinationPort, sourcePort, 0, ack, tcp.RST | tcp.ACK, 0, 0, 0);
  }
  return tcp.HEADER;
}
