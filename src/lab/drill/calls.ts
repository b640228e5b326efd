/**
 * The system calls of scripts, each on the sockets of speak/socket. A table from name to function: what the sockets have not yet is refused by name
 * (`Unsupported`), and is to be entered here when they have it. Options of sockets are in socket-options.ts, `poll` in poll.ts.
 */
import { posixError, TcplabError } from '../../core/errors.ts';
import { AF_INET, SOCK_DGRAM, SOCK_STREAM, socket } from '../../speak/socket/bsd.ts';
import { readIpv4 } from '../../wire/address.ts';
import { type Arguments, bounded, octetsOf } from './arguments.ts';
import { CONSTANTS } from './constants.ts';
import type { DatagramEntry, Desk, Entry, StreamEntry } from './desk.ts';
import { poll } from './poll.ts';
import { getsockopt, setsockopt } from './socket-options.ts';
import type { CallResult } from './stage.ts';
import type { Expression } from './syntax.ts';
import { Unsupported } from './unsupported.ts';

/** A call: answers a number, or a number with what differs elsewhere. What it throws of POSIX codes is the script's errno. */
type Call = (values: Arguments, desk: Desk) => number | Promise<number | CallResult> | CallResult;

const constant = (name: string): number => CONSTANTS.get(name)!;
const NONBLOCK = constant('O_NONBLOCK');
const DONTWAIT = constant('MSG_DONTWAIT');
const MORE = constant('MSG_MORE');
/** Flags that say nothing about what goes over the wire: pages that are sent without a copy are sent all the same. */
const PASSED_OVER = constant('MSG_ZEROCOPY') | constant('MSG_EOR');
const RECEIVED = DONTWAIT | constant('MSG_NOSIGNAL') | constant('MSG_PEEK') | constant('MSG_WAITALL') | constant('MSG_OOB');
const SENT = DONTWAIT | constant('MSG_NOSIGNAL') | MORE | constant('MSG_OOB');

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
    if (kind === SOCK_STREAM) {
      const made = socket(desk.host, AF_INET, SOCK_STREAM);
      if (nonBlocking) made.setblocking(false);
      return desk.open(desk.stream(made), values.wanted);
    }
    if (kind !== SOCK_DGRAM) throw new Unsupported(`sockets of kind ${kind}`);
    return desk.open({ kind: 'datagram', socket: socket(desk.host, AF_INET, SOCK_DGRAM), nonBlocking }, values.wanted);
  },

  bind: async (values, desk) => {
    await desk.entry(values.number(0, -1)).socket.bind(values.address(1, ...desk.local));
    return 0;
  },

  listen: async (values, desk) => {
    await desk.streamAt(values.number(0, -1)).socket.listen(values.number(1, 128));
    desk.listens++;
    return 0;
  },

  accept: (values, desk) => accept(values, desk, 0),
  accept4: (values, desk) => accept(values, desk, values.number(3, 0)),

  connect: async (values, desk) => {
    await desk.entry(values.number(0, -1)).socket.connect(values.address(1, ...desk.remote));
    return 0;
  },

  read: (values, desk) => receive(values, desk, values.number(2, 0), 0),
  recv: (values, desk) => receive(values, desk, values.number(2, 0), values.number(3, 0)),
  recvfrom: (values, desk) => receive(values, desk, values.number(2, 0), values.number(3, 0)),
  readv: (values, desk) => receive(values, desk, values.vector(values.at(1)), 0),
  recvmsg: (values, desk) => receiveMessage(values, desk),

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

  close: async (values, desk) => {
    await desk.close(values.number(0, -1));
    return 0;
  },

  shutdown: (values, desk) => {
    const how = values.number(1, 0);
    if (how !== 0 && how !== 1 && how !== 2) throw posixError('EINVAL', 'shutdown');
    desk.streamAt(values.number(0, -1)).socket.shutdown(how);
    return 0;
  },

  fcntl: (values, desk) => {
    const entry = desk.entry(values.number(0, -1));
    const command = values.number(1, 0);
    if (command !== constant('F_GETFL') && command !== constant('F_SETFL'))
      throw new Unsupported(`fcntl ${values.symbol(1)}`);
    if (entry.kind === 'stream') return entry.socket.fcntl(command, values.number(2, 0));
    if (command === constant('F_GETFL')) return constant('O_RDWR') | (entry.nonBlocking ? NONBLOCK : 0);
    entry.nonBlocking = (values.number(2, 0) & NONBLOCK) !== 0;
    return 0;
  },

  ioctl: (values, desk) => {
    const entry = desk.entry(values.number(0, -1));
    const request = values.number(1, 0);
    const wanted = values.option(2);
    if (entry.kind === 'datagram') {
      if (request !== constant('FIONBIO')) throw new Unsupported(`ioctl ${values.symbol(1)} of a UDP socket`);
      entry.nonBlocking = wanted !== 0;
      return 0;
    }
    const answer = entry.socket.ioctl(request, wanted ?? 0);
    if (request === constant('FIONBIO')) return 0;
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
  const [accepted] = await entry.socket.accept();
  if (flags & NONBLOCK) accepted.setblocking(false);
  return desk.open(desk.stream(accepted, entry), values.wanted);
}

function requireFlags(flags: number, known: number, values: Arguments): void {
  const unknown = flags & ~known;
  if (unknown) throw new Unsupported(`${values.name} with flags 0x${unknown.toString(16)}`);
}

/** A program that names no memory for its octets. */
function requireMemory(values: Arguments, count: number): void {
  if (count > 0 && values.isNull(1)) throw posixError('EFAULT', values.name);
}

async function receive(values: Arguments, desk: Desk, count: number, flags: number): Promise<number> {
  const entry = desk.entry(values.number(0, -1));
  requireFlags(flags, RECEIVED, values);
  bounded(count);
  requireMemory(values, count);
  if (entry.kind === 'stream') return (await entry.socket.recv(count, flags)).length;
  if (flags & ~DONTWAIT) throw new Unsupported(`${values.name} of a UDP socket with flags`);
  if (desk.datagrams(entry) === 0 && !waits(entry, flags)) throw posixError('EAGAIN', values.name);
  return (await entry.socket.recv(count)).length;
}

const waits = (entry: Entry, flags: number): boolean =>
  (flags & DONTWAIT) === 0 && (entry.kind === 'stream' ? entry.socket.getblocking() : !entry.nonBlocking);

/** `recvmsg`; of what comes beside the octets TCP_CM_INQ is known. */
async function receiveMessage(values: Arguments, desk: Desk): Promise<number | CallResult> {
  const message = values.at(1);
  const control = values.field(message, 'msg_control');
  const value = await receive(values, desk, values.vector(values.field(message, 'msg_iov')), values.number(2, 0));
  if (control === undefined) return value;
  const entry = desk.streamAt(values.number(0, -1));
  const items: readonly Expression[] = control.kind === 'array' ? control.items : [];
  const [only] = items;
  const kind = values.field(only, 'cmsg_type');
  if (items.length > 1 || (only !== undefined && (kind === undefined || values.valueOf(kind) !== constant('TCP_CM_INQ'))))
    throw new Unsupported('control messages (msg_control) other than TCP_CM_INQ');
  const data = values.field(only, 'cmsg_data');
  const wanted = only === undefined ? undefined : data === undefined ? null : values.valueOf(data);
  const got = entry.tellsQueue ? queued(entry) : undefined;
  const fits = wanted === null ? got !== undefined : wanted === got;
  return { value, errno: undefined, different: fits ? undefined : `cmsg_data=${got ?? 'none'}` };
}

/** Octets that are left to be read; the end of the stream counts as one when it is all that is. */
function queued({ socket: { connection } }: StreamEntry): number {
  if (connection === undefined) return 0;
  const { tcb } = connection;
  return tcb.readable > 0 ? tcb.readable : Number(tcb.rcv.finDone);
}

/** Sends; one who waits is answered when all has been taken, as in Linux. `to` is the argument with the address. */
async function transmit(values: Arguments, desk: Desk, octets: Uint8Array, all: number, to: number): Promise<number> {
  const entry = desk.entry(values.number(0, -1));
  const flags = all & ~PASSED_OVER;
  requireFlags(flags, SENT, values);
  requireMemory(values, octets.length);
  if (entry.kind === 'datagram') return sendDatagram(entry, values, desk, octets, to);
  const { connection } = entry.socket;
  if (entry.space !== undefined && connection !== undefined && octets.length > 0)
    return sendBySpace(entry, desk, octets, flags);
  if (!waits(entry, flags) || connection === undefined || octets.length === 0) return entry.socket.send(octets, flags);
  const before = connection.tcb.snd.end;
  try {
    await entry.socket.sendall(octets, flags);
  } catch (error) {
    // What was taken before the connection ended counts.
    const taken = connection.tcb.state === 'CLOSED' ? 0 : (connection.tcb.snd.end - before) | 0;
    if (taken > 0) return taken;
    throw error;
  }
  return octets.length;
}

/** The same, where how much is taken is reckoned as Linux does. */
async function sendBySpace(entry: StreamEntry, desk: Desk, octets: Uint8Array, flags: number): Promise<number> {
  const { host } = desk;
  const { driver } = host;
  const space = entry.space!;
  for (let taken = 0, waited = false; ; waited = true) {
    const { connection } = entry.socket;
    const failed = (entry.socket.readiness() & (constant('POLLERR') | constant('POLLHUP'))) !== 0;
    // What is wrong the socket says itself.
    if (connection === undefined || failed || connection.tcb.closing)
      return taken > 0 ? taken : entry.socket.send(octets, flags | DONTWAIT);
    taken += space.write(host, connection, octets, taken, flags & MORE ? 'sendMore' : 'send', waited);
    const done = taken === octets.length || desk.closed;
    desk.waits(connection, !done);
    if (done || (!waits(entry, flags) && taken > 0)) return taken;
    if (!waits(entry, flags)) throw posixError('EAGAIN', 'send');
    await desk.stirred(Math.max(host.nextTimeout(driver.now), driver.now + 1));
  }
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
