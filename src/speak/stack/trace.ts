/**
 * What a host tells those who watch its TCP: every segment it sends, with the reason, and every segment that arrives, with what became of it; each with the TCB
 * before and after. It costs nothing while nobody watches. Not here: the octets on the links (`Host.tap`), counters.
 */
import type { Micros } from '../../core/time.ts';
import type { Frame } from '../../wire/frame.ts';
import type { SendReason, TcbSnapshot, Verdict } from '../tcp/index.ts';
import type { Connection } from './connection.ts';

/** What became of a segment that reached the host: what a connection said, or why none got it. */
export type HostVerdict =
  | Verdict
  /** It came as broadcast or multicast; its checksum is wrong; its header does not hold together. */
  | 'not unicast'
  | 'bad checksum'
  | 'malformed'
  /** It comes from 0.0.0.0, nobody. */
  | 'no source'
  /** From and to the same end. */
  | 'same ends'
  /** There is no connection for it. */
  | 'no connection'
  /** A SYN in TIME-WAIT that could be confused with the old connection. */
  | 'TIME-WAIT kept'
  /** The listener's queue of connections to accept, or of unfinished handshakes, is full; or the host's table is. */
  | 'accept queue full'
  | 'SYN queue full'
  | 'table full';

/** What both kinds of events say. */
interface SegmentEvent {
  /** When, on the driver's clock. */
  readonly time: Micros;
  /** The segment's connection; undefined for one that has none. */
  readonly connection: Connection | undefined;
  /** The frame with the segment, whose TCP header stands at `at` and which ends at `end`. It holds until the call returns; of one that is sent, all outside the segment is not written yet. */
  readonly frame: Frame;
  readonly at: number;
  readonly end: number;
  /** The frame's number, the same at both ends of a simulated link, and in a recording; 0 when its sender does not trace. */
  readonly mark: number;
  /** The TCB before and after; undefined without a connection, and `before` also where nobody who watches wants it. */
  readonly before: TcbSnapshot | undefined;
  readonly after: TcbSnapshot | undefined;
}

/** A segment is sent. */
export interface SegmentSent extends SegmentEvent {
  /** Why. */
  readonly why: SendReason;
}

/** A segment has arrived. What the host answers comes in events of its own, after this one. */
export interface SegmentReceived extends SegmentEvent {
  /** What became of it. */
  readonly verdict: HostVerdict;
}

/** Who watches. Both are called inside the host's work: they look, and call nothing of the host. */
export interface Trace {
  /** Whether `before` is of interest, which costs a picture of the TCB for every segment; default true. */
  readonly before?: boolean;
  sent?(event: SegmentSent): void;
  received?(event: SegmentReceived): void;
}

/** Several watchers as one; undefined for none. */
export function together(traces: readonly Trace[]): Trace | undefined {
  if (traces.length < 2) return traces[0];
  return {
    before: traces.some(({ before }) => before !== false),
    sent: (event) => {
      for (const one of traces) one.sent?.(event);
    },
    received: (event) => {
      for (const one of traces) one.received?.(event);
    },
  };
}
