/**
 * The system calls of scripts, each on the sockets of speak/socket. A table from name to function: what the sockets have not yet is refused by name
 * (`Unsupported`), and is to be entered here when they have it. Options of sockets are in socket-options.ts, `poll` in poll.ts.
 */
import { posixError, TcplabError } from '../../core/errors.ts';
import { AF_INET, SOCK_DGRAM, SOCK_STREAM, socket } from '../../speak/socket/bsd.ts';
import { readIpv4 } from '../../wire/address.ts';
import { type Arguments, bounded, octetsOf } from './arguments.ts';
import { CONSTANTS } from './constants.ts';
import { type DatagramEntry, type Desk, type Entry, isReadable, isWritable, type StreamEntry } from './desk.ts';
import { poll } from './poll.ts';
import { getsockopt, setsockopt } from './socket-options.ts';
import type { CallResult } from './stage.ts';
import { Unsupported } from './unsupported.ts';

/** A call: answers a number, or a number with what differs elsewhere. What it throws of POSIX codes is the script's errno. */
type Call = (values: Arguments, desk: Desk) => number | Promise<number | CallResult> | CallResult;

const constant = (name: string): number => CONSTANTS.get(name)!;
const NONBLOCK = constant('O_NONBLOCK');
const DONTWAIT = constant('MSG_DONTWAIT');
/** Flags of send and recv that mean nothing here that is not so anyway. */
const PLAIN_FLAGS = DONTWAIT | constant('MSG_NOSIGNAL');

/** Makes a call. Rejects with `Unsupported`, or with what is a defect. */
export async function makeCall(values: Arguments, desk: Desk): Promise<CallResult> {
  const call = Object.hasOwn(CALLS, values.name) ? CALLS[values.name] : undefined;
  if (call === undefined) throw new Unsupported(`the system call ${values.name}`);
  try {
    const answer = await call(values, desk);
    return typeof answer === 'number' ? { value: answer, errno: undefined, different: undefined } : answer;
  } catch (error) {
    if (!(error instanceof TcplabError) || error.code.startsWith('TCPLAB_')) throw error;
    return { value: -1, errno: error.code, different: undefined };
  }
}

const CALLS: Readonly<Record<string, Call>> = {
  socket: (values, desk) => {
    const type = values.number(1, SOCK_STREAM);
    const nonBlocking = (type & NONBLOCK) !== 0;
    const kind = type & 15;
    const family = values.number(0, AF_INET);
    if (family === constant('AF_INET6')) throw new Unsupported('IPv6 sockets');
    if (kind === SOCK_STREAM)
      return desk.open(desk.stream(nonBlocking, { ...desk.host.connectionOptions }, undefined), values.wanted);
    if (kind !== SOCK_DGRAM) throw new Unsupported(`sockets of kind ${kind}`);
    return desk.open({ kind: 'datagram', socket: socket(desk.host, AF_INET, SOCK_DGRAM), nonBlocking }, values.wanted);
  },

  bind: async (values, desk) => {
    const entry = desk.entry(values.number(0, -1));
    const address = values.address(1, ...desk.local);
    await entry.socket.bind(address);
    if (entry.kind === 'stream') entry.bound = entry.socket.getsockname();
    return 0;
  },

  listen: async (values, desk) => {
    const entry = desk.streamAt(values.number(0, -1));
    await entry.socket.listen(values.number(1, 128));
    entry.bound = entry.socket.getsockname();
    desk.listens++;
    return 0;
  },

  accept: (values, desk) => accept(values, desk, 0),
  accept4: (values, desk) => accept(values, desk, values.number(3, 0)),

  connect: async (values, desk) => {
    const entry = desk.entry(values.number(0, -1));
    const address = values.address(1, ...desk.remote);
    if (entry.kind === 'datagram') {
      await entry.socket.connect(address);
      return 0;
    }
    if (!entry.nonBlocking) {
      await entry.socket.connect(address);
      return 0;
    }
    return connectWithoutWaiting(entry, address);
  },

  read: (values, desk) => receive(values, desk, values.number(2, 0), 0),
  recv: (values, desk) => receive(values, desk, values.number(2, 0), values.number(3, 0)),
  recvfrom: (values, desk) => receive(values, desk, values.number(2, 0), values.number(3, 0)),
  readv: (values, desk) => receive(values, desk, values.vector(values.at(1)), 0),
  recvmsg: (values, desk) => {
    if (values.field(values.at(1), 'msg_control') !== undefined)
      throw new Unsupported('control messages (msg_control)');
    return receive(values, desk, values.vector(values.field(values.at(1), 'msg_iov')), values.number(2, 0));
  },

  write: (values, desk) => transmit(values, desk, values.octets(1, values.number(2, 0)), 0, -1),
  send: (values, desk) => transmit(values, desk, values.octets(1, values.number(2, 0)), values.number(3, 0), -1),
  sendto: (values, desk) => transmit(values, desk, values.octets(1, values.number(2, 0)), values.number(3, 0), 4),
  writev: (values, desk) => transmit(values, desk, octetsOf(undefined, values.vector(values.at(1))), 0, -1),
  sendmsg: (values, desk) => {
    if (values.field(values.at(1), 'msg_control') !== undefined)
      throw new Unsupported('control messages (msg_control)');
    const count = values.vector(values.field(values.at(1), 'msg_iov'));
    return transmit(values, desk, octetsOf(undefined, count), values.number(2, 0), -1);
  },

  close: (values, desk) => {
    desk.close(values.number(0, -1));
    return 0;
  },

  shutdown: (values, desk) => {
    const entry = desk.streamAt(values.number(0, -1));
    const how = values.number(1, 0);
    if (how !== 0 && how !== 1 && how !== 2) throw posixError('EINVAL', 'shutdown');
    if (desk.ready(entry) >= 0) throw new Unsupported('shutdown of a listening socket');
    entry.socket.shutdown(how);
    if (how !== 1) entry.readShut = true;
    if (how !== 0) entry.writeShut = true;
    return 0;
  },

  fcntl: (values, desk) => {
    const entry = desk.entry(values.number(0, -1));
    const command = values.number(1, 0);
    if (command === constant('F_GETFL')) return constant('O_RDWR') | (entry.nonBlocking ? NONBLOCK : 0);
    if (command !== constant('F_SETFL')) throw new Unsupported(`fcntl ${values.symbol(1)}`);
    entry.nonBlocking = (values.number(2, 0) & NONBLOCK) !== 0;
    return 0;
  },

  ioctl: (values, desk) => {
    const request = values.number(1, 0);
    if (request === constant('FIONBIO')) {
      desk.entry(values.number(0, -1)).nonBlocking = values.option(2) !== 0;
      return 0;
    }
    const entry = desk.streamAt(values.number(0, -1));
    const answer = queued(entry, desk, request);
    if (answer === undefined) throw new Unsupported(`ioctl ${values.symbol(1)}`);
    const wanted = values.option(2);
    const different = wanted === undefined || wanted === answer ? undefined : `[${answer}]`;
    return { value: 0, errno: undefined, different };
  },

  setsockopt: (values, desk) => setsockopt(values, desk),
  getsockopt: (values, desk) => getsockopt(values, desk),
  poll: (values, desk) => poll(values, desk),
};

/** Names of the calls there are. */
export const CALL_NAMES: readonly string[] = Object.keys(CALLS);

async function accept(values: Arguments, desk: Desk, flags: number): Promise<number> {
  const entry = desk.streamAt(values.number(0, -1));
  if (entry.nonBlocking && desk.ready(entry) === 0) throw posixError('EAGAIN', 'accept');
  const [accepted] = await entry.socket.accept();
  return desk.open(desk.stream((flags & NONBLOCK) !== 0, entry.options, accepted), values.wanted);
}

/** As Linux answers one who does not wait: EINPROGRESS, EALREADY, then what it came to. */
async function connectWithoutWaiting(entry: StreamEntry, address: [string, number]): Promise<number> {
  if (entry.connecting) throw posixError('EALREADY', 'connect');
  const { error } = entry;
  entry.error = undefined;
  if (error !== undefined) throw new TcplabError(error as 'ECONNREFUSED', `connect: ${error}`);
  if (establishedOfConnect(entry)) throw posixError('EISCONN', 'connect');
  entry.connecting = true;
  let failure: unknown;
  const ended = entry.socket.connect(address).then(
    () => {
      entry.connecting = false;
      return true;
    },
    (reason: unknown) => {
      entry.connecting = false;
      failure = reason;
      entry.error = reason instanceof TcplabError ? reason.code : 'EIO';
      return true;
    },
  );
  // What can be said at once (no route, no port) is said at once: before anything else has its turn.
  const atOnce = await Promise.race([ended, turns(8).then(() => false)]);
  if (!atOnce) throw posixError('EINPROGRESS', 'connect');
  entry.error = undefined;
  if (failure !== undefined) throw failure;
  return 0;
}

const establishedOfConnect = ({ socket: { connection } }: StreamEntry): boolean =>
  connection !== undefined && connection.tcb.state !== 'SYN-SENT' && connection.tcb.state !== 'CLOSED';

/** Promise reactions in a row. */
async function turns(count: number): Promise<void> {
  for (let left = count; left > 0; left--) await undefined;
}

function requirePlain(flags: number, values: Arguments): void {
  if (flags & ~PLAIN_FLAGS) throw new Unsupported(`${values.name} with flags 0x${(flags & ~PLAIN_FLAGS).toString(16)}`);
}

const waits = (entry: Entry, flags: number): boolean => !entry.nonBlocking && (flags & DONTWAIT) === 0;

async function receive(values: Arguments, desk: Desk, count: number, flags: number): Promise<number> {
  const entry = desk.entry(values.number(0, -1));
  requirePlain(flags, values);
  bounded(count);
  const wouldWait = entry.kind === 'datagram' ? desk.datagrams(entry) === 0 : count > 0 && !isReadable(entry);
  if (wouldWait && !waits(entry, flags)) throw posixError('EAGAIN', values.name);
  return (await entry.socket.recv(count)).length;
}

/** Sends; one who waits is answered when all has been taken, as in Linux. `to` is the argument with the address. */
async function transmit(values: Arguments, desk: Desk, octets: Uint8Array, flags: number, to: number): Promise<number> {
  const entry = desk.entry(values.number(0, -1));
  requirePlain(flags, values);
  if (entry.kind === 'datagram') return sendDatagram(entry, values, desk, octets, to);
  const { connection } = entry.socket;
  if (!waits(entry, flags)) {
    if (!isWritable(entry)) throw posixError('EAGAIN', values.name);
    return entry.socket.send(octets);
  }
  if (connection === undefined || octets.length === 0) return entry.socket.send(octets);
  const before = connection.tcb.snd.end;
  try {
    await entry.socket.sendall(octets);
  } catch (error) {
    // What was taken before the connection ended counts.
    const taken = connection.tcb.state === 'CLOSED' ? 0 : (connection.tcb.snd.end - before) | 0;
    if (taken > 0) return taken;
    throw error;
  }
  return octets.length;
}

async function sendDatagram(
  entry: DatagramEntry,
  values: Arguments,
  desk: Desk,
  octets: Uint8Array,
  to: number,
): Promise<number> {
  if (to < 0 || isConnected(entry)) return entry.socket.send(octets);
  return entry.socket.sendto(octets, values.address(to, ...desk.remote));
}

function isConnected({ socket: datagrams }: DatagramEntry): boolean {
  try {
    return readIpv4(datagrams.getpeername()[0]) !== undefined;
  } catch {
    return false;
  }
}

/** SIOCINQ: octets to be read; SIOCOUTQ: octets not acknowledged; SIOCOUTQNSD: octets not sent. */
function queued(entry: StreamEntry, desk: Desk, request: number): number | undefined {
  const tcb = entry.socket.connection?.tcb;
  if (request === constant('SIOCINQ')) {
    if (desk.ready(entry) >= 0) throw posixError('EINVAL', 'ioctl');
    return tcb?.readable ?? 0;
  }
  if (request === constant('SIOCOUTQ')) return tcb === undefined ? 0 : (tcb.snd.end - tcb.snd.head) | 0;
  if (request === constant('SIOCOUTQNSD')) return tcb === undefined ? 0 : Math.max(0, (tcb.snd.end - tcb.snd.nxt) | 0);
  return undefined;
}
