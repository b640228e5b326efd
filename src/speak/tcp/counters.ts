/** What connections count of their own, for the host they belong to; by the names of RFC 4022 where it has one. A host's other counters: stack/counters.ts. */
import type { State } from '../../rules/states.ts';
import { DROPS, type Drop } from './verdicts.ts';

/** Counters of all connections of a host. */
export interface TcpCounters {
  /** Moves from CLOSED to SYN-SENT, and from LISTEN to SYN-RECEIVED. */
  tcpActiveOpens: number;
  tcpPassiveOpens: number;
  /** Moves to CLOSED from SYN-SENT or SYN-RECEIVED, and from ESTABLISHED or CLOSE-WAIT. */
  tcpAttemptFails: number;
  tcpEstabResets: number;
  /** Connections that are in ESTABLISHED or CLOSE-WAIT now. */
  tcpCurrEstab: number;
  /** Segments sent without those that carry only what was sent before, and those. */
  tcpOutSegs: number;
  tcpRetransSegs: number;
  /** Segments sent with RST. */
  tcpOutRsts: number;
  /** Segments dropped, wholly or what they brought, by reason. */
  readonly tcpDropped: Record<Drop, number>;
}

/** All at zero. */
export const makeTcpCounters = (): TcpCounters => ({
  tcpActiveOpens: 0,
  tcpPassiveOpens: 0,
  tcpAttemptFails: 0,
  tcpEstabResets: 0,
  tcpCurrEstab: 0,
  tcpOutSegs: 0,
  tcpRetransSegs: 0,
  tcpOutRsts: 0,
  tcpDropped: Object.fromEntries(Object.keys(DROPS).map((reason) => [reason, 0])) as Record<Drop, number>,
});

const isOpen = (state: State): boolean => state === 'ESTABLISHED' || state === 'CLOSE-WAIT';

/** Counts a move from one state to another, with the definitions of RFC 4022 §3. */
export function countMove(counters: TcpCounters, from: State, to: State): void {
  if (isOpen(to)) {
    if (!isOpen(from)) counters.tcpCurrEstab++;
    return;
  }
  if (isOpen(from)) counters.tcpCurrEstab--;
  if (to === 'CLOSED') {
    if (isOpen(from)) counters.tcpEstabResets++;
    else if (from === 'SYN-SENT' || from === 'SYN-RECEIVED') counters.tcpAttemptFails++;
  } else if (to === 'SYN-SENT') {
    if (from === 'CLOSED') counters.tcpActiveOpens++;
  } else if (to === 'SYN-RECEIVED' && from === 'LISTEN') counters.tcpPassiveOpens++;
}
