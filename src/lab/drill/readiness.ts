/** What a descriptor is ready for, with Linux's reckoning of room to write where that is kept (send-space.ts): for `poll` and `epoll`. */
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM, type Pollable } from '../../speak/socket/bsd.ts';
import type { Entry } from './desk.ts';

const READABLE = POLLIN | POLLRDNORM;
const WRITABLE = POLLOUT | POLLWRNORM;

/** The bits that hold. */
export function readinessOf(entry: Entry): number {
  const all = entry.socket.readiness() | (hasMessage(entry) ? POLLERR : 0);
  const bits = isBelowLowWater(entry) ? all & ~READABLE : all;
  if (entry.kind !== 'stream' || entry.space === undefined || bits & POLLHUP) return bits;
  const { connection } = entry.socket;
  if (connection === undefined || connection.tcb.closing || entry.space.isWritable(connection)) return bits;
  return bits & ~WRITABLE;
}

/** Whether there is less to be read than the program waits for (SO_RCVLOWAT), and more may come. */
function isBelowLowWater(entry: Entry): boolean {
  if (entry.kind !== 'stream' || entry.lowWater <= 1) return false;
  const tcb = entry.socket.connection?.tcb;
  return tcb !== undefined && tcb.state !== 'CLOSED' && !tcb.rcv.finDone && tcb.readable < entry.lowWater;
}

const hasMessage = (entry: Entry): boolean =>
  entry.kind === 'stream' && entry.zerocopy?.hasMessage(entry.socket.connection) === true;

/** The same as something that `poll` can wait for. */
export const pollable = (entry: Entry): Pollable => ({
  driver: entry.socket.driver,
  readiness: () => readinessOf(entry),
  watch: (changed) => entry.socket.watch(changed),
});
