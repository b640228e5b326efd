/**
 * A TCP connection without I/O: events in (`open send receive close abort segmentArrives timeout`, each with `now`),
 * actions out (`nextSegment`, `nextTimeout`, `takeEvents`). Read first: RFC 9293 §3.10.
 */

export { hasten, postpone } from './acknowledging.ts';
export { type Choices, LINUX_CHOICES, OWN_CHOICES } from './choices.ts';
export { type ConnectionOptions, DEFAULT_OPTIONS, type SourceRouteOption } from './connection-options.ts';
export {
  type ConnectionSettings,
  changedSettings,
  connectionSettings,
  DEFAULT_SETTINGS,
  settingsFrom,
} from './connection-settings.ts';
export { makeTcpCounters, type TcpCounters } from './counters.ts';
export { codepoint } from './ecn.ts';
export { looksExpected, takesExpected } from './expected-segment.ts';
export {
  hasNews,
  isLongUntold,
  mayHaveSegment,
  nextSegment,
  OUTPUT,
  owesAcknowledgment,
  pendingOutput,
} from './output.ts';
export { learnPathMtu, setIpOptions } from './path-mtu.ts';
export { Remains } from './remains.ts';
export { writeResetFor } from './reset.ts';
export { retransmissionTime, synRetries, synTime } from './retransmission-time.ts';
export { type IncomingSegment, makeIncomingSegment, readSegment } from './segment.ts';
export { segmentArrives } from './segment-arrives.ts';
export { SEND_REASONS, type SendReason } from './send-reasons.ts';
export { configure, setQuickAck } from './settings.ts';
export { snapshot, type TcbSnapshot } from './snapshot.ts';
export {
  EVENT,
  makeTcb,
  release,
  type Tcb,
  takeEvents,
} from './tcb.ts';
export { STATE_NUMBER, type TcpInfo, tcpInfo } from './tcp-info.ts';
export { mayReopen, type Succession, sinceTimeWait, succession } from './time-wait.ts';
export { firstDeadline, isArmed, nextTimeout, timeout } from './timers.ts';
export { tsval } from './timestamp-clock.ts';
export { largestIncoming } from './timestamps.ts';
export {
  abandon,
  abort,
  close,
  closeBoth,
  open,
  openAnswered,
  peek,
  peekUrgent,
  receive,
  refusal,
  send,
  sendMore,
  sendRecord,
  sendUrgent,
  urgentCame,
} from './user-calls.ts';
export { DROPS, type Drop, type Verdict } from './verdicts.ts';
export { MAX_SCALE } from './windows.ts';
