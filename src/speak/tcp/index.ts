/**
 * A TCP connection without I/O: events in (`open send receive close abort segmentArrives timeout`, each with `now`),
 * actions out (`nextSegment`, `nextTimeout`, `takeEvents`). Read first: RFC 9293 §3.10.
 */

export { nextSegment, OUTPUT, pendingOutput } from './output.ts';
export { writeResetFor } from './reset.ts';
export { type IncomingSegment, makeIncomingSegment, readSegment } from './segment.ts';
export { segmentArrives } from './segment-arrives.ts';
export {
  type ConnectionOptions,
  connectionOptions,
  DEFAULT_OPTIONS,
  EVENT,
  makeTcb,
  release,
  snapshot,
  type Tcb,
  type TcbSnapshot,
  takeEvents,
} from './tcb.ts';
export { type Succession, succession } from './time-wait.ts';
export { nextTimeout, timeout } from './timers.ts';
export {
  abort,
  close,
  closeBoth,
  open,
  receive,
  refusal,
  send,
  sendUrgent,
} from './user-calls.ts';
