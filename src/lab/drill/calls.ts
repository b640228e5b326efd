/**
 * The system calls of scripts, each on the sockets of speak/socket. A table from name to function: what the sockets have not yet is refused by name
 * (`Unsupported`), and is to be entered here when they have it. Options of sockets are in socket-options.ts, `poll` in poll.ts.
 */
import { entryOf } from '../../core/entry.ts';
import { posixError, TcplabError } from '../../core/errors.ts';
import { type Micros, NEVER, SECOND } from '../../core/time.ts';
import {
  F_GETFL,
  F_SETFL,
  FIONBIO,
  IPPROTO_TCP,
  IPPROTO_UDP,
  MSG_DONTWAIT,
  MSG_EOR,
  MSG_MORE,
  MSG_NOSIGNAL,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  POLLERR,
  POLLHUP,
  SO_OOBINLINE,
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SO_SNDTIMEO,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  type StreamSocket,
  socket,
} from '../../speak/socket/bsd.ts';
import { mayReopen, sinceTimeWait } from '../../speak/tcp/index.ts';
import { sameAddress } from '../../wire/ip-address.ts';
import { type Arguments, bounded, octetsOf } from './arguments.ts';
import { CONSTANTS } from './constants.ts';
import { NOTHING_SAID, receiveDatagram, type SaidOfDatagram, sendDatagram } from './datagram-calls.ts';
import type { Desk, StreamEntry } from './desk.ts';
import { epollControl, epollWait } from './epoll.ts';
import { receiveError } from './error-queue.ts';
import { meant } from './expected-result.ts';
import { inheritedFrom } from './inert-options.ts';
import { poll } from './poll.ts';
import type { SendSpace } from './send-space.ts';
import { addressCall, addressFor, otherAddress, unmapped } from './socket-names.ts';
import { getsockopt, setsockopt } from './socket-options.ts';
import type { CallResult } from './stage.ts';
import type { Expression } from './syntax.ts';
import { Unsupported } from './unsupported.ts';
import { pieceEnds, ZerocopySends } from './zerocopy.ts';

/** A call: answers a number, or a number with what differs elsewhere. What it throws of POSIX codes is the script's errno. */
type Call = (values: Arguments, desk: Desk) => number | Promise<number | CallResult> | CallResult;

const constant = (name: string): number => CONSTANTS.get(name)!;
const NONBLOCK = constant('O_NONBLOCK');
/** Flags of send and recv that these sockets have. */
const RECEIVE_FLAGS = MSG_PEEK | MSG_TRUNC | MSG_WAITALL | MSG_DONTWAIT | MSG_OOB | MSG_NOSIGNAL;
/** Those with which a reader does not wait for SO_RCVLOWAT. */
const NOT_WAITING = MSG_PEEK | MSG_DONTWAIT | MSG_OOB;
const SEND_FLAGS = MSG_OOB | MSG_MORE | MSG_EOR | MSG_DONTWAIT | MSG_NOSIGNAL;
/** A flag that says nothing of what goes over the wire: octets that are sent without a copy are sent all the same, and told of if asked for (zerocopy.ts). */
const ZEROCOPY = constant('MSG_ZEROCOPY');
const ERROR_QUEUE = constant('MSG_ERRQUEUE');

/** Makes a call. Rejects with `Unsupported`, or with what is a defect. */
export async function makeCall(values: Arguments, desk: Desk): Promise<CallResult> {
  const call = entryOf(CALLS, values.name);
  if (call === undefined)
    throw new Unsupported(
      `the system call ${values.name}${meant(values.name, Object.keys(CALLS), `; there are ${Object.keys(CALLS).join(', ')}`)}`,
    );
  try {
    const answer = await call(values, desk);
    desk.look();
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
    const family = values.number(0, desk.family) as typeof desk.family;
    if (kind !== SOCK_STREAM && kind !== SOCK_DGRAM) throw new Unsupported(`sockets of kind ${kind}`);
    requireProtocol(kind, values);
    const opened =
      kind === SOCK_STREAM
        ? streamEntry(socket(desk.host, family, SOCK_STREAM), desk.newSpace(), undefined)
        : ({ kind: 'datagram', socket: socket(desk.host, family, SOCK_DGRAM), told: new Map() } as const);
    // Linux's default.
    if (opened.kind === 'stream') opened.socket.setsockopt(SOL_SOCKET, SO_OOBINLINE, 0);
    if (nonBlocking) opened.socket.setblocking(false);
    return desk.open(opened, values.wanted);
  },

  bind: async (values, desk) => {
    const entry = desk.entry(values.number(0, -1));
    await entry.socket.bind(addressFor(entry, values.address(1, ...desk.local)));
    return 0;
  },

  listen: async (values, desk) => {
    const entry = desk.streamAt(values.number(0, -1));
    await entry.socket.listen(values.number(1, 128));
    desk.listens++;
    return 0;
  },

  accept: (values, desk) => accept(values, desk, 0),
  accept4: (values, desk) => accept(values, desk, values.number(3, 0)),

  connect: async (values, desk) => {
    const entry = desk.entry(values.number(0, -1));
    const remote = addressFor(entry, values.address(1, ...desk.remote));
    if (entry.kind === 'stream' && entry.ports !== undefined) await takePort(entry, entry.ports, remote, desk);
    await entry.socket.connect(remote);
    return 0;
  },

  read: (values, desk) => receive(values, desk, values.number(2, 0), 0),
  recv: (values, desk) => receive(values, desk, values.number(2, 0), values.number(3, 0)),
  recvfrom: (values, desk) =>
    receive(values, desk, values.number(2, 0), values.number(3, 0), { name: values.at(4), flags: undefined }),
  readv: (values, desk) => receive(values, desk, values.vector(values.at(1)), 0),
  recvmsg: (values, desk) => receiveMessage(values, desk),

  write: (values, desk) => transmit(values, desk, values.octets(1, values.number(2, 0)), 0, undefined),
  send: (values, desk) => transmit(values, desk, values.octets(1, values.number(2, 0)), values.number(3, 0), undefined),
  sendto: (values, desk) =>
    transmit(values, desk, values.octets(1, values.number(2, 0)), values.number(3, 0), values.written(4)),
  writev: (values, desk) => transmit(values, desk, octetsOf(undefined, values.vector(values.at(1))), 0, undefined),
  sendmsg: (values, desk) => {
    if (values.field(values.at(1), 'msg_control') !== undefined)
      throw new Unsupported('control messages (msg_control)');
    const vector = values.field(values.at(1), 'msg_iov');
    const flags = values.number(2, 0);
    const lengths = flags & ZEROCOPY ? values.lengths(vector) : [];
    const to = values.fieldWritten(values.at(1), 'msg_name');
    return transmit(values, desk, octetsOf(undefined, values.vector(vector)), flags, to, lengths);
  },

  close: async (values, desk) => {
    await desk.close(values.number(0, -1));
    return 0;
  },

  dup: (values, desk) => desk.open(desk.entry(values.number(0, -1)), values.wanted),

  shutdown: (values, desk) => {
    desk.entry(values.number(0, -1)).socket.shutdown(values.number(1, 0) as 0);
    return 0;
  },

  fcntl: (values, desk) => {
    const { socket: own } = desk.entry(values.number(0, -1));
    const command = values.number(1, 0);
    if (command !== F_GETFL && command !== F_SETFL) throw new Unsupported(`fcntl ${values.symbol(1)}`);
    return own.fcntl(command, values.number(2, 0));
  },

  ioctl: (values, desk) => {
    const request = values.number(1, 0);
    const { socket: own } = desk.entry(values.number(0, -1));
    if (request === FIONBIO) {
      own.setblocking(values.option(2) === 0);
      return 0;
    }
    if (!QUEUED.has(request)) throw new Unsupported(`ioctl ${values.symbol(1)}`);
    const answer = own.ioctl(request);
    const wanted = values.option(2);
    const different = wanted === undefined || wanted === answer ? undefined : `[${answer}]`;
    return { value: 0, errno: undefined, different };
  },

  setsockopt: (values, desk) => setsockopt(values, desk),
  getsockopt: (values, desk) => getsockopt(values, desk),
  getsockname: (values, desk) => addressCall(values, desk, 'getsockname'),
  getpeername: (values, desk) => addressCall(values, desk, 'getpeername'),
  poll: (values, desk) => poll(values, desk),

  epoll_create: (values, desk) => {
    if (values.number(0, 1) <= 0) throw posixError('EINVAL', 'epoll_create');
    return desk.openEpoll(values.wanted);
  },
  epoll_create1: (values, desk) => desk.openEpoll(values.wanted),
  epoll_ctl: (values, desk) => epollControl(values, desk),
  epoll_wait: (values, desk) => epollWait(values, desk),
};

/** Protocols of sockets that Linux may have, and this machine has not. */
const OTHER_PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [1, 'ICMP'],
  [58, 'ICMPv6'],
  [132, 'SCTP'],
  [136, 'UDP-Lite'],
  [262, 'multipath TCP'],
]);

/** The third argument of `socket`: the protocol that the kind of socket has, or 0 for that. @throws TcplabError EPROTONOSUPPORT */
function requireProtocol(kind: typeof SOCK_STREAM | typeof SOCK_DGRAM, values: Arguments): void {
  const own = kind === SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
  const protocol = values.number(2, own);
  if (protocol === 0 || protocol === own) return;
  const other = OTHER_PROTOCOLS.get(protocol);
  if (other !== undefined && values.wanted !== -1) throw new Unsupported(`sockets of ${other}`);
  throw posixError('EPROTONOSUPPORT', 'socket');
}

const QUEUED: ReadonlySet<number> = new Set(['SIOCINQ', 'SIOCOUTQ', 'SIOCOUTQNSD', 'SIOCATMARK'].map(constant));

/** Binds to the first port of a range from which nothing leads to `remote`, or only a connection in TIME-WAIT that may be followed by another. @throws TcplabError EADDRNOTAVAIL */
async function takePort(
  entry: StreamEntry,
  [first, last]: readonly [number, number],
  [host, remotePort]: readonly [string, number],
  desk: Desk,
): Promise<void> {
  const { socket: own } = entry;
  if (own.getsockname()[1] !== 0) return;
  const { tcp, driver } = desk.host;
  const remote = unmapped(host);
  const { keepsTimestampAfter } = own.connectionSettings.choices;
  for (let port = first; port <= last; port++) {
    const old = Array.from(tcp.all()).find(
      ({ remoteAddress, tcb }) =>
        sameAddress(remoteAddress, remote) && tcb.localPort === port && tcb.remotePort === remotePort,
    );
    const free =
      old === undefined ||
      (mayReopen(old.tcb, own.connectionSettings) && sinceTimeWait(old.tcb, driver.now) >= keepsTimestampAfter);
    if (!free) continue;
    own.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
    return own.bind(addressFor(entry, [desk.local[0], port]));
  }
  throw posixError('EADDRNOTAVAIL', 'connect');
}

/** A socket's entry; an accepted one begins with what its listener was told. */
const streamEntry = (
  own: StreamSocket,
  space: SendSpace | undefined,
  listener: StreamEntry | undefined,
): StreamEntry => ({
  kind: 'stream',
  socket: own,
  told: listener === undefined ? new Map() : inheritedFrom(listener.told),
  space,
  lowWater: listener?.lowWater ?? 1,
  tellsQueue: listener?.tellsQueue ?? false,
  zerocopy: listener?.zerocopy && new ZerocopySends(),
  discovers: listener?.discovers,
  ports: undefined,
});

async function accept(values: Arguments, desk: Desk, flags: number): Promise<CallResult> {
  const entry = desk.streamAt(values.number(0, -1));
  const [accepted, peer] = await entry.socket.accept();
  if (flags & NONBLOCK) accepted.setblocking(false);
  const memory = desk.reckonings?.of(accepted.connection)?.memory;
  if (memory !== undefined) memory.owned = true;
  const value = desk.open(streamEntry(accepted, entry.space?.copy(), entry), values.wanted);
  return { value, errno: undefined, different: otherAddress(values, values.at(1), peer) };
}

function requireFlags(flags: number, known: number, values: Arguments): void {
  const others = flags & ~known;
  if (others === 0) return;
  const names = [...CONSTANTS].flatMap(([name, bit]) => (name.startsWith('MSG_') && others & bit ? [name] : []));
  throw new Unsupported(`${values.name} with ${names.length > 0 ? names.join('|') : `flags 0x${others.toString(16)}`}`);
}

/** Reads; `said` is what the script says of a datagram beside its length. */
async function receive(
  values: Arguments,
  desk: Desk,
  count: number,
  flags: number,
  said: SaidOfDatagram = NOTHING_SAID,
): Promise<number | CallResult> {
  requireFlags(flags, RECEIVE_FLAGS, values);
  const entry = desk.entry(values.number(0, -1));
  if (entry.kind === 'datagram') return receiveDatagram(entry, values, count, flags, said);
  // Octets that are thrown away need no memory.
  if (!(flags & MSG_TRUNC)) requireMemory(values, count);
  if (!(flags & (MSG_PEEK | MSG_OOB))) desk.reckonings?.of(entry.socket.connection)?.memory.look(count);
  const waits = entry.lowWater > 1 && entry.socket.getblocking() && !(flags & NOT_WAITING);
  const inTime = !waits || (await untilReadable(entry, Math.min(entry.lowWater, count)));
  // Unlike read, it waits for octets though it wants none.
  if (count === 0 && !values.name.startsWith('read')) {
    await entry.socket.recv(1, (flags & ~MSG_TRUNC) | MSG_PEEK);
    return 0;
  }
  return (await entry.socket.recv(bounded(count), (flags & ~MSG_TRUNC) | (inTime ? 0 : MSG_DONTWAIT))).length;
}

/** Waits until so many octets can be read, or no more come; false when it took too long. */
async function untilReadable({ socket: own }: StreamEntry, count: number): Promise<boolean> {
  const deadline = deadlineOf(own, SO_RCVTIMEO);
  for (;;) {
    const { connection } = own;
    if (connection === undefined || connection.tcb.readable >= count || connection.tcb.rcv.finDone) return true;
    if (own.readiness() & (POLLERR | POLLHUP)) return true;
    if (!(await changed(own, deadline))) return false;
  }
}

/** A program that names no memory for its octets. @throws TcplabError EFAULT */
function requireMemory(values: Arguments, count: number): void {
  if (count > 0 && values.isNull(1)) throw posixError('EFAULT', values.name);
}

/** `recvmsg`; of what comes beside the octets TCP_CM_INQ is known. */
async function receiveMessage(values: Arguments, desk: Desk): Promise<number | CallResult> {
  const entry = desk.entry(values.number(0, -1));
  const flags = values.number(2, 0);
  if (flags & ERROR_QUEUE && entry.kind === 'stream') return receiveError(values, entry);
  const message = values.at(1);
  const control = values.field(message, 'msg_control');
  const count = values.vector(values.field(message, 'msg_iov'));
  if (entry.kind === 'datagram') {
    if (control !== undefined) throw new Unsupported('control messages (msg_control) of datagrams');
    const said = { name: values.field(message, 'msg_name'), flags: values.field(message, 'msg_flags') };
    return receive(values, desk, count, flags, said);
  }
  const [only, ...others] = control?.kind === 'array' ? control.items : [];
  const kind = values.field(only, 'cmsg_type');
  if (others.length > 0 || (kind !== undefined && values.valueOf(kind) !== constant('TCP_CM_INQ')))
    throw new Unsupported('control messages (msg_control) other than TCP_CM_INQ');
  const answer = await receive(values, desk, count, flags);
  if (control === undefined || typeof answer !== 'number') return answer;
  const { tellsQueue, socket: own } = entry;
  const data = values.field(only, 'cmsg_data');
  const wanted = only === undefined || data === undefined ? undefined : values.valueOf(data);
  const got = tellsQueue ? queued(own) : undefined;
  const different = (only === undefined) !== (got === undefined) || (wanted !== undefined && wanted !== got);
  return { value: answer, errno: undefined, different: different ? `cmsg_data=${got ?? 'none'}` : undefined };
}

/** Octets that are left to be read; the end of the stream counts as one when it is all that is. */
function queued({ connection }: StreamSocket): number {
  if (connection === undefined) return 0;
  const { tcb } = connection;
  return tcb.readable > 0 ? tcb.readable : Number(tcb.rcv.finDone);
}

/** Sends; one who waits is answered when all has been taken, as in Linux. `to` is the address as it is written; `lengths` are those of the elements that are sent without a copy. */
async function transmit(
  values: Arguments,
  desk: Desk,
  octets: Uint8Array,
  all: number,
  to: Expression | undefined,
  lengths: readonly number[] = [],
): Promise<number> {
  const entry = desk.entry(values.number(0, -1));
  const flags = all & ~ZEROCOPY;
  requireFlags(flags, SEND_FLAGS, values);
  requireMemory(values, octets.length);
  if (entry.kind === 'datagram') return sendDatagram(entry, values, desk, octets, to);
  const ends = entry.zerocopy === undefined || lengths.length === 0 ? [octets.length] : pieceEnds(lengths);
  const taken = await transmitPieces(entry, desk, octets, flags, ends);
  const { connection } = entry.socket;
  if (all & ZEROCOPY && connection !== undefined && taken > 0) entry.zerocopy?.sent(connection);
  return taken;
}

/** Sends what ends at `ends` in segments of their own. */
async function transmitPieces(
  entry: StreamEntry,
  desk: Desk,
  octets: Uint8Array,
  flags: number,
  ends: readonly number[],
): Promise<number> {
  let taken = 0;
  try {
    for (const [i, end] of ends.entries()) {
      const piece = octets.subarray(taken, end);
      const count = await transmitStream(entry, desk, piece, i < ends.length - 1 ? flags | MSG_EOR : flags);
      taken += count;
      if (count < piece.length) break;
    }
  } catch (error) {
    if (taken === 0) throw error;
  }
  return taken;
}

async function transmitStream(entry: StreamEntry, desk: Desk, octets: Uint8Array, flags: number): Promise<number> {
  const { socket: own, space } = entry;
  // An urgent octet is not held back.
  if (space !== undefined && octets.length > 0 && !(flags & MSG_OOB))
    return sendBySpace(own, space, desk, octets, flags);
  if (flags & MSG_DONTWAIT || !own.getblocking()) return own.send(octets, flags);
  return sendAll(own, octets, flags);
}

/** The same, where how much is taken is reckoned as Linux does it. */
async function sendBySpace(
  own: StreamSocket,
  space: SendSpace,
  desk: Desk,
  octets: Uint8Array,
  flags: number,
): Promise<number> {
  const waits = own.getblocking() && (flags & MSG_DONTWAIT) === 0;
  const hand = flags & MSG_EOR ? 'sendRecord' : flags & MSG_MORE ? 'sendMore' : 'send';
  const deadline = deadlineOf(own, SO_SNDTIMEO);
  for (let taken = 0, waited = false; ; waited = true) {
    const { connection } = own;
    // What is wrong the socket says itself.
    if (connection === undefined || connection.tcb.closing || own.readiness() & (POLLERR | POLLHUP))
      return taken > 0 ? taken : own.send(octets, flags | MSG_DONTWAIT);
    taken += space.write(desk.host, connection, octets, taken, hand, waited);
    if (taken === octets.length || (!waits && taken > 0)) return taken;
    if (!waits) throw posixError('EAGAIN', 'send');
    desk.waiting.add(connection);
    const inTime = await changed(own, deadline);
    desk.waiting.delete(connection);
    if (inTime) continue;
    if (taken === 0) throw posixError('EAGAIN', 'send');
    return taken;
  }
}

/** Until when a call that begins now waits, by SO_RCVTIMEO or SO_SNDTIMEO. */
function deadlineOf(own: StreamSocket, name: typeof SO_RCVTIMEO | typeof SO_SNDTIMEO): Micros {
  const { sec, usec } = own.getsockopt(SOL_SOCKET, name);
  return sec === 0 && usec === 0 ? NEVER : own.driver.now + sec * SECOND + usec;
}

/** Comes true when something has happened to the socket, or when it is time: false then. */
const changed = (own: StreamSocket, deadline: Micros): Promise<boolean> =>
  new Promise((resolve) => {
    const { driver } = own;
    const end = (answer: boolean): void => {
      stop();
      cancel();
      driver.woke();
      resolve(answer);
    };
    const stop = own.watch(() => end(true));
    const cancel = deadline === NEVER ? () => {} : driver.at(deadline, () => end(false));
  });

async function sendAll(own: StreamSocket, octets: Uint8Array, flags: number): Promise<number> {
  const tcb = own.connection?.tcb;
  const before = tcb?.snd.end ?? 0;
  try {
    await own.sendall(octets, flags);
  } catch (error) {
    // What was taken before the connection ended, or the time to wait, counts.
    const taken = tcb === undefined || tcb.state === 'CLOSED' ? 0 : (tcb.snd.end - before) | 0;
    if (taken > 0) return taken;
    throw error;
  }
  return octets.length;
}
