/** What a host is told under drill: Linux's choices where RFCs leave one, and a list of those that the stack cannot be told yet. */
import { MILLISECOND, SECOND } from '../../core/time.ts';
import type { ConnectionOptions } from '../../speak/tcp/index.ts';

/** Connection options as in Linux. */
export const LINUX_CONNECTION: Readonly<Partial<ConnectionOptions>> = {
  initialRto: SECOND,
  minimumRto: 200 * MILLISECOND,
  maximumRto: 120 * SECOND,
  windowScaling: true,
  // The least buffer whose window takes a scale of 8.
  receiveBuffer: 65_535 << 8,
  sendBuffer: 4 << 20,
  timeWait: 60 * SECOND,
  finWait2: 60 * SECOND,
};

/** What Linux does and the stack cannot be told: a script that needs it fails, and the reader of the failure should know. */
export const NOT_YET: readonly string[] = [
  'initial congestion window of 10 segments, slow start and congestion avoidance: the stack sends as much as the window allows',
  'fast retransmit, SACK and timestamps: neither offered nor used',
  'delayed ACK of 40 ms: every segment is acknowledged at once',
  'Nagle: a small segment does not wait for an acknowledgment',
  'receive window that begins at 64 KiB and grows: the whole buffer is offered from the first ACK on',
  'SYN options in the order mss, sackOK, TS, nop, wscale: only mss, nop, wscale are sent',
  'ECN, Fast Open, keep-alive, urgent data, path MTU discovery',
];
