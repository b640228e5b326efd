/** What a TCP socket is ready for, in the bits of `poll`, set as Linux's tcp_poll sets them. */
import type { Connection } from '../stack/connection.ts';
import type { Listener } from '../stack/listener.ts';
import type { Tcb } from '../tcp/index.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDHUP, POLLRDNORM, POLLWRNORM } from './constants.ts';
import type { OutOfLine } from './urgent.ts';

const READABLE = POLLIN | POLLRDNORM;
const WRITABLE = POLLOUT | POLLWRNORM;

/** No more will be received (by the program's wish, the peer's FIN, or the end); no more will be sent. */
export const RECEIVE_SHUT = 1;
export const SEND_SHUT = 2;

/** What there is no connection for, what has none yet, what has one. A connection in TIME-WAIT is the host's business and no longer the socket's. */
export type Stage = 'closed' | 'opening' | 'open';

/** The stage of a socket with this connection. */
export function stageOf(connection: Connection | undefined): Stage {
  // Asked apart: a switch in which undefined is a case compares everything the slow way.
  if (connection === undefined) return 'closed';
  switch (connection.tcb.state) {
    case 'CLOSED':
    case 'TIME-WAIT':
    case 'LISTEN':
      return 'closed';
    case 'SYN-SENT':
    case 'SYN-RECEIVED':
      return 'opening';
    default:
      return 'open';
  }
}

/** What readiness depends on. */
export interface Condition {
  readonly stage: Stage;
  readonly connection: Connection | undefined;
  readonly listener: Listener | undefined;
  /** RECEIVE_SHUT, SEND_SHUT, as the program has called for it or a connection's end has brought it about. */
  readonly shut: number;
  readonly failed: boolean;
  readonly outOfLine: OutOfLine | undefined;
  readonly notSentLowWater: number;
}

/** All bits that hold. */
export function readiness(condition: Condition): number {
  const { stage, connection, listener, failed } = condition;
  if (listener?.listening) return listener.ready > 0 ? READABLE : 0;
  const tcb = connection?.tcb;
  const shut = condition.shut | (tcb?.rcv.finDone ? RECEIVE_SHUT : 0);
  let bits = failed ? POLLERR : 0;
  if (shut === (RECEIVE_SHUT | SEND_SHUT) || stage === 'closed') bits |= POLLHUP;
  if (shut & RECEIVE_SHUT) bits |= READABLE | POLLRDHUP;
  if (stage === 'opening') return bits;
  if (connection !== undefined && tcb !== undefined) {
    const { outOfLine } = condition;
    const readable = outOfLine === undefined ? tcb.readable : outOfLine.readable(connection);
    if (readable > 0) bits |= READABLE;
    const urgent =
      outOfLine === undefined ? tcb.urgent > 0 && tcb.urgent <= tcb.readable : outOfLine.isThere(connection);
    if (urgent) bits |= POLLPRI;
  }
  if (shut & SEND_SHUT || tcb === undefined || hasRoom(tcb, condition.notSentLowWater)) bits |= WRITABLE;
  return bits;
}

/** A third of the send buffer is free, and not too much of the rest still to be sent: a program that is woken has something to do. */
function hasRoom(tcb: Tcb, notSentLowWater: number): boolean {
  const queued = (tcb.snd.end - tcb.snd.head) | 0;
  return 2 * (tcb.space.send - queued) >= queued && ((tcb.snd.end - tcb.snd.nxt) | 0) < notSentLowWater;
}
