/**
 * `recv` and `send` with flags, and on sockets that were told something: what a call without any does on its own fast way (stream-socket.ts). Each answers an
 * attempt: a function that is called until it answers something else than PENDING; `last` tells it that nobody will wait any longer.
 */
import { posixError, TcplabError } from '../../core/errors.ts';
import type { Connection } from '../stack/connection.ts';
import type { Host } from '../stack/host.ts';
import { peek } from '../tcp/index.ts';
import {
  MSG_DONTWAIT,
  MSG_EOR,
  MSG_MORE,
  MSG_NOSIGNAL,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
} from './constants.ts';
import type { StreamSettings } from './stream-settings.ts';
import type { OutOfLine } from './urgent.ts';
import { PENDING } from './waiters.ts';

/** A call that may have to be tried again. */
export type Attempt<T> = (last: boolean) => T | typeof PENDING;

/** What these calls need of a socket. */
export interface Caller {
  readonly host: Host;
  readonly connection: Connection | undefined;
  readonly settings: StreamSettings;
  /** While urgent octets are kept out of line. */
  readonly outOfLine: OutOfLine | undefined;
  /** Whether nothing more will come. @throws TcplabError why, when nobody has been told, or ENOTCONN */
  isAtEnd(): boolean;
  /** The connection to send on; undefined while it is being made. @throws TcplabError why there is none */
  sendable(): Connection | undefined;
}

const RECEIVE_FLAGS = MSG_PEEK | MSG_TRUNC | MSG_WAITALL | MSG_DONTWAIT | MSG_OOB | MSG_NOSIGNAL;
const SEND_FLAGS = MSG_OOB | MSG_MORE | MSG_EOR | MSG_DONTWAIT | MSG_NOSIGNAL;

/** @throws TcplabError EOPNOTSUPP */
function requireFlags(flags: number, known: number, operation: string): void {
  if (flags & ~known)
    throw new TcplabError(
      'EOPNOTSUPP',
      `${operation}: EOPNOTSUPP, there is no flag 0x${(flags & ~known).toString(16)} here`,
    );
}

/** RECV into `into[at, ...)`, at most `count` octets; into an array made for them when there is no `into`. Answers how many there are, and where. */
export function receiveFlagged(
  socket: Caller,
  into: Uint8Array | undefined,
  at: number,
  count: number,
  flags: number,
): Attempt<{ octets: Uint8Array; count: number }> {
  requireFlags(flags, RECEIVE_FLAGS, 'recv');
  const { host } = socket;
  let octets = into;
  let taken = 0;
  /** Takes what can be read, or looks at it. */
  const take = (connection: Connection): void => {
    if ((flags & MSG_PEEK) === 0) socket.outOfLine?.pass(connection);
    const readable = socket.outOfLine?.readable(connection) ?? connection.tcb.readable;
    const wanted = Math.min(readable, flags & MSG_PEEK ? count : count - taken);
    if (wanted <= 0) return;
    octets ??= new Uint8Array(flags & MSG_WAITALL ? count : wanted);
    if (flags & MSG_PEEK) {
      if (octets.length < at + wanted) octets = new Uint8Array(wanted);
      taken = peek(connection.tcb, octets, at, wanted, socket.outOfLine?.hidden(connection));
    } else taken += host.tcp.receive(connection, octets, at + taken, wanted);
  };
  return (last) => {
    const { connection } = socket;
    if (flags & MSG_OOB) return takeUrgent(socket, into, at, (flags & MSG_PEEK) !== 0);
    if (connection !== undefined && count > 0) take(connection);
    const enough = flags & MSG_WAITALL ? count : Math.min(count, 1);
    // What was taken is the program's; why no more will come the next call is told.
    if (taken < enough && (taken === 0 || !isOver(connection)) && !(taken === 0 && socket.isAtEnd())) {
      if (!last) return PENDING;
      if (taken === 0) throw posixError('EAGAIN', 'recv');
    }
    octets ??= new Uint8Array(0);
    return { octets: into === undefined ? octets.subarray(0, taken) : octets, count: taken };
  };
}

/** No more octets will come, for whatever reason. */
const isOver = (connection: Connection | undefined): boolean =>
  connection === undefined || connection.tcb.rcv.finDone || connection.tcb.state === 'CLOSED';

function takeUrgent(
  { connection, outOfLine }: Caller,
  into: Uint8Array | undefined,
  at: number,
  staysThere: boolean,
): { octets: Uint8Array; count: number } {
  if (connection === undefined || outOfLine === undefined) throw posixError('EINVAL', 'recv MSG_OOB');
  const octet = outOfLine.take(connection, staysThere);
  into?.set(octet, at);
  return { octets: into ?? octet, count: 1 };
}

/** SEND: one that is not to send `all` is done with the first octets that the buffer takes. */
export function sendFlagged(socket: Caller, octets: Uint8Array, flags: number, all: boolean): Attempt<number> {
  requireFlags(flags, SEND_FLAGS, 'send');
  const { host } = socket;
  const urgency = flags & (MSG_OOB | MSG_MORE | MSG_EOR);
  let sent = 0;
  return (last) => {
    const connection = socket.sendable();
    if (connection !== undefined) {
      const { snd } = connection.tcb;
      if (octets.length === 0) return 0;
      if (((snd.end - snd.nxt) | 0) < socket.settings.notSentLowWater)
        sent += sendAs(host, connection, octets, sent, urgency);
      if (sent === octets.length || (sent > 0 && !all)) return sent;
      snd.blocked = true;
    }
    if (!last) return PENDING;
    throw posixError('EAGAIN', 'send');
  };
}

function sendAs(host: Host, connection: Connection, octets: Uint8Array, from: number, urgency: number): number {
  if (urgency & MSG_OOB) return host.tcp.sendUrgent(connection, octets, from, octets.length);
  if (urgency & MSG_EOR) return host.tcp.sendRecord(connection, octets, from, octets.length);
  if (urgency & MSG_MORE) return host.tcp.sendMore(connection, octets, from, octets.length);
  return host.tcp.send(connection, octets, from, octets.length);
}
