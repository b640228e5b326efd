/**
 * What a connection makes of an ICMP error about one of its segments: it ends, its program is told, its segments become shorter. Not here: the messages (icmp.ts).
 * Read first: RFC 9293 §3.9.2.2, RFC 1122 §4.2.3.9, RFC 5927 (anybody can forge them).
 */
import type { PosixCode } from '../../core/errors.ts';
import type { Micros } from '../../core/time.ts';
import * as icmp from '../../wire/icmp.ts';
import type { IpAddress } from '../../wire/ip-address.ts';
import * as tcp from '../tcp/index.ts';
import type { ConnectionEvents } from './connection-events.ts';
import type { ConnectionTable } from './connection-table.ts';
import type { PathMtus } from './path-mtus.ts';

/** The ends of the packet that an error quotes. */
export interface QuotedEnds {
  readonly local: IpAddress;
  readonly localPort: number;
  readonly remote: IpAddress;
  readonly remotePort: number;
}

/** What an error quotes of the segment it is about. */
export interface QuotedSegment extends QuotedEnds {
  /** SEG.SEQ, int32. */
  readonly seq: number;
}

/** What an error says. */
export interface Unreachable {
  /** What it means to a program. */
  readonly code: PosixCode;
  /** There is no point in trying on: nobody has the port, or the next hop does not exist. */
  readonly hard: boolean;
  /** The message's type, and its code. */
  readonly icmpType: number;
  readonly icmpCode: number;
}

/** Whether an error ends a connection, which has to be in the making for that. */
function endsOpening(
  { state, passive, iss, options }: tcp.Tcb,
  { seq, remote }: QuotedSegment,
  error: Unreachable,
): boolean {
  if (state !== 'SYN-SENT' && state !== 'SYN-RECEIVED') return false;
  if (!options.choices.softErrorsEndOpening) return error.hard;
  // A program that has not been handed the connection yet is told of nothing: Linux lets go of it where the way is at fault, and goes by what the versions call lasting.
  if (!passive) return true;
  if (seq !== iss) return false;
  const { code, icmpType, icmpCode } = error;
  if (typeof remote !== 'number') return code === 'EACCES' || code === 'ECONNREFUSED' || code === 'EPROTO';
  return icmpType !== icmp.DESTINATION_UNREACHABLE || icmpCode <= icmp.HOST_UNREACHABLE;
}

/** Whether an error says nothing, as Linux has it: that fragments of IPv4 were not put together in time. */
const isPassedOver = ({ remote }: QuotedSegment, { icmpType, icmpCode }: Unreachable, { options }: tcp.Tcb): boolean =>
  options.choices.softErrorsEndOpening &&
  typeof remote === 'number' &&
  icmpType === icmp.TIME_EXCEEDED &&
  icmpCode === icmp.REASSEMBLY_TIME;

/** The ICMP errors about a host's connections. */
export class IcmpErrors {
  readonly #table: ConnectionTable;
  readonly #events: ConnectionEvents;
  readonly #paths: PathMtus;

  /** @param paths learns what routers say of the ways */
  constructor(table: ConnectionTable, events: ConnectionEvents, paths: PathMtus) {
    this.#table = table;
    this.#events = events;
    this.#paths = paths;
  }

  /** A segment that we sent did not arrive: a router says so, or a neighbour does not answer. */
  unreachable(quoted: QuotedSegment, error: Unreachable, now: Micros): void {
    const { code, icmpType, icmpCode } = error;
    const { local, localPort, remote, remotePort, seq } = quoted;
    const connection = this.#table.find(local, localPort, remote, remotePort);
    if (connection === undefined) return;
    const { tcb } = connection;
    //= RFC 5927 §4.1: an error that quotes a number that is not in flight was not caused by us
    if (((seq - tcb.snd.una) | 0) < 0 || ((seq - tcb.snd.nxt) | 0) > 0) return;
    // Nothing is in flight, and nobody waits for anything.
    if (tcb.state === 'TIME-WAIT' || isPassedOver(quoted, error, tcb)) return;
    //= RFC 9293 §3.9.2.2 MUST-56: one that may pass ends nothing
    // A connection that is there survives the others, too: anybody can forge them, and a port that is gone says so by a reset (RFC 5927 §5.2).
    if (!endsOpening(tcb, quoted, error)) {
      connection.failSoftly(code, now);
      //= RFC 9293 §3.9.2.2 SHLD-25
      //= RFC 9293 §3.9.1.8 MUST-47
      this.#events.report(connection, { reason: 'icmp', code, icmpType, icmpCode }, now);
      return;
    }
    //= RFC 9293 §3.9.2.2 SHLD-26: one that is being made has nothing to lose
    connection.error = code;
    tcp.abandon(tcb);
    this.#events.after(connection, now);
  }

  /**
   * A router says that a segment of ours was too long for the next link.
   * @param mtu octets of the longest packet that the link takes; 0 when the router did not say
   */
  tooLong({ local, localPort, remote, remotePort, seq }: QuotedSegment, mtu: number, now: Micros): void {
    const connection = this.#table.find(local, localPort, remote, remotePort);
    if (connection === undefined) return;
    const { tcb } = connection;
    //= RFC 5927 §7.2: only about what is in flight, and never below what every way takes
    if (((seq - tcb.snd.una) | 0) < 0 || ((seq - tcb.snd.nxt) | 0) >= 0) return;
    if (!this.#paths.learn(remote, mtu, now)) return;
    tcp.learnPathMtu(tcb, this.#paths.ofSegments(remote, now), now);
    this.#events.after(connection, now);
  }
}
