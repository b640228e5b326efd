/**
 * A SYN for a connection in TIME-WAIT: whether a new connection may take its place. Read first: RFC 6191 §2, RFC 9293 §3.6.1 (MUST-13, MAY-2).
 * The host asks before it hands a SYN to a connection in TIME-WAIT.
 */
import { after, before } from '../../core/sequence.ts';
import { type Micros, TICK, ticksAt } from '../../core/time.ts';
import * as tcp from '../../wire/tcp.ts';
import type { ConnectionSettings } from './connection-settings.ts';
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
/**
 * RFC 6191 §2: by timestamps where both connections have them, else by sequence numbers.
 * @param timestamps whether the new connection would agree to them: what its listener was told, which need not be what the old one was
 */
export function succession(
  tcb: Tcb,
  segment: IncomingSegment,
  { timestamps }: Pick<ConnectionSettings, 'timestamps'>,
): Succession {
  if (tcb.state !== 'TIME-WAIT' || (segment.flags & (tcp.SYN | tcp.ACK | tcp.RST)) !== tcp.SYN) return 'no';
  const { ts, rcv } = tcb;
  if (tcb.options.choices.keepsSmallRecord) return afterSmallRecord(tcb, segment);
  const renewed = timestamps && segment.options.timestamps;
  // The last number of the old connection is its FIN's, one before RCV.NXT.
  const beyond = !before(segment.seq, rcv.nxt);
  if (!renewed) return beyond ? 'yes' : 'dropped';
  if (!ts.on || after(segment.options.tsval, ts.recent)) return 'yes';
  return segment.options.tsval === ts.recent && beyond ? 'yes' : 'dropped';
}

/** The same as Linux has it: a SYN that may not take its place is acknowledged, as anything else that is out of the window. */
function afterSmallRecord({ ts, rcv }: Tcb, { seq, options }: IncomingSegment): Succession {
  if (after(seq, rcv.nxt)) return 'yes';
  return ts.on && options.timestamps && after(options.tsval, ts.recent) ? 'yes' : 'no';
}

/** Whether a connection that is opened from here may take the place of one in TIME-WAIT: whoever looks at timestamps tells them apart. */
export const mayReopen = (tcb: Tcb, { choices, timestamps }: Readonly<ConnectionSettings>): boolean =>
  tcb.state === 'TIME-WAIT' && tcb.ts.on && timestamps && choices.reopensTimeWait;

/** How long a connection has been in TIME-WAIT since the peer was last heard of, to a tick. */
export const sinceTimeWait = ({ timers, options }: Tcb, now: Micros): Micros =>
  options.timeWait - ((timers.timeWait - ticksAt(now)) | 0) * TICK;
