/**
 * The states of a TCP connection and the arrows between them, as data: the machine obeys this table, the analyser
 * infers along it and the state diagram is drawn from it. Read first: RFC 9293 §3.3.2 (figure 5) and §3.10.
 */

/** The eleven states, in the RFC's order of life. */
export const STATES = [
  'CLOSED',
  'LISTEN',
  'SYN-SENT',
  'SYN-RECEIVED',
  'ESTABLISHED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
  'TIME-WAIT',
] as const;

/** A state of a TCP connection, as RFC 9293 spells it. */
export type State = (typeof STATES)[number];

/** What makes a connection change its state. `receive ...` is the arrival of an acceptable segment. */
export type Cause =
  | 'passive open'
  | 'active open'
  | 'send'
  | 'close'
  | 'abort'
  | 'receive SYN'
  | 'receive SYN,ACK'
  | 'receive ACK of SYN'
  | 'receive FIN'
  | 'receive ACK of FIN'
  | 'receive FIN,ACK of FIN'
  | 'receive RST'
  | 'user timeout'
  | 'time-wait timeout';

/** One arrow: in `from`, `cause` leads to `to`; `section` of RFC 9293 says so. */
export interface Transition {
  readonly from: State;
  readonly cause: Cause;
  readonly to: State;
  readonly section: string;
}

const SYNCHRONIZED: readonly State[] = [
  'ESTABLISHED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
  'TIME-WAIT',
];

const arrow = (from: State, cause: Cause, to: State, section: string): Transition => ({ from, cause, to, section });

/** Every arrow there is. A state and a cause lead to one state. */
export const TRANSITIONS: readonly Transition[] = [
  arrow('CLOSED', 'passive open', 'LISTEN', '3.10.1'),
  arrow('CLOSED', 'active open', 'SYN-SENT', '3.10.1'),
  arrow('LISTEN', 'active open', 'SYN-SENT', '3.10.1'),
  arrow('LISTEN', 'send', 'SYN-SENT', '3.10.2'),
  arrow('LISTEN', 'receive SYN', 'SYN-RECEIVED', '3.10.7.2'),
  arrow('LISTEN', 'close', 'CLOSED', '3.10.4'),
  arrow('LISTEN', 'abort', 'CLOSED', '3.10.5'),
  arrow('SYN-SENT', 'receive SYN,ACK', 'ESTABLISHED', '3.10.7.3'),
  arrow('SYN-SENT', 'receive SYN', 'SYN-RECEIVED', '3.10.7.3'),
  arrow('SYN-SENT', 'receive RST', 'CLOSED', '3.10.7.3'),
  arrow('SYN-SENT', 'close', 'CLOSED', '3.10.4'),
  arrow('SYN-SENT', 'abort', 'CLOSED', '3.10.5'),
  arrow('SYN-SENT', 'user timeout', 'CLOSED', '3.10.8'),
  arrow('SYN-RECEIVED', 'receive ACK of SYN', 'ESTABLISHED', '3.10.7.4'),
  arrow('SYN-RECEIVED', 'receive FIN', 'CLOSE-WAIT', '3.10.7.4'),
  arrow('SYN-RECEIVED', 'close', 'FIN-WAIT-1', '3.10.4'),
  arrow('ESTABLISHED', 'close', 'FIN-WAIT-1', '3.10.4'),
  arrow('ESTABLISHED', 'receive FIN', 'CLOSE-WAIT', '3.10.7.4'),
  arrow('FIN-WAIT-1', 'receive ACK of FIN', 'FIN-WAIT-2', '3.10.7.4'),
  arrow('FIN-WAIT-1', 'receive FIN', 'CLOSING', '3.10.7.4'),
  arrow('FIN-WAIT-1', 'receive FIN,ACK of FIN', 'TIME-WAIT', '3.10.7.4'),
  arrow('FIN-WAIT-2', 'receive FIN', 'TIME-WAIT', '3.10.7.4'),
  arrow('CLOSING', 'receive ACK of FIN', 'TIME-WAIT', '3.10.7.4'),
  arrow('CLOSE-WAIT', 'close', 'LAST-ACK', '3.10.4'),
  arrow('LAST-ACK', 'receive ACK of FIN', 'CLOSED', '3.10.7.4'),
  arrow('TIME-WAIT', 'time-wait timeout', 'CLOSED', '3.10.8'),
  // A reset returns a passive opener to LISTEN; each connection here has a block of its own, so for it that is CLOSED.
  arrow('SYN-RECEIVED', 'receive RST', 'CLOSED', '3.10.7.4'),
  arrow('SYN-RECEIVED', 'abort', 'CLOSED', '3.10.5'),
  arrow('SYN-RECEIVED', 'user timeout', 'CLOSED', '3.10.8'),
  ...SYNCHRONIZED.flatMap((from) => [
    arrow(from, 'receive RST', 'CLOSED', '3.10.7.4'),
    arrow(from, 'abort', 'CLOSED', '3.10.5'),
    ...(from === 'TIME-WAIT' ? [] : [arrow(from, 'user timeout', 'CLOSED', '3.10.8')]),
  ]),
];

/** By state, then by cause: a key of both would be a string made for every move (connect-close: 1.15 x without). */
const NEXT = new Map<State, Map<Cause, State>>(STATES.map((state) => [state, new Map()]));
for (const { from, cause, to } of TRANSITIONS) NEXT.get(from)!.set(cause, to);

/** Where `cause` leads from `from`; undefined when there is no such arrow. */
export const nextState = (from: State, cause: Cause): State | undefined => NEXT.get(from)!.get(cause);

/** Whether both ends have agreed on numbers: the state is ESTABLISHED or later (RFC 9293 §3.5.2). */
export const isSynchronized = (state: State): boolean => SYNCHRONIZED.includes(state);
