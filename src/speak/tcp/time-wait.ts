/**
 * A SYN for a connection in TIME-WAIT: whether a new connection may take its place. Read first: RFC 6191 §2, RFC 9293 §3.6.1 (MUST-13, MAY-2).
 * The host asks before it hands a SYN to a connection in TIME-WAIT.
 */
import { after, before } from '../../core/sequence.ts';
import * as tcp from '../../wire/tcp.ts';
import type { IncomingSegment } from './segment.ts';
import type { Tcb } from './tcb.ts';

/** What becomes of a segment that arrives in TIME-WAIT. */
export type Succession =
  /** It is no SYN: the connection's own business. */
  | 'no'
  /** A new connection takes its place. */
  | 'yes'
  /** It could be confused with the old one: dropped without a word. */
  | 'dropped';

//= RFC 9293 §3.6.1 SHLD-4
/** RFC 6191 §2: by timestamps where both connections have them, else by sequence numbers. */
export function succession(tcb: Tcb, segment: IncomingSegment): Succession {
  if (tcb.state !== 'TIME-WAIT' || (segment.flags & (tcp.SYN | tcp.ACK | tcp.RST)) !== tcp.SYN) return 'no';
  const { ts, rcv } = tcb;
  const renewed = tcb.options.timestamps && segment.options.timestamps;
  // The last number of the old connection is its FIN's, one before RCV.NXT.
  const beyond = !before(segment.seq, rcv.nxt);
  if (!renewed) return beyond ? 'yes' : 'dropped';
  if (!ts.on || after(segment.options.tsval, ts.recent)) return 'yes';
  return segment.options.tsval === ts.recent && beyond ? 'yes' : 'dropped';
}
