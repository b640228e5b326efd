/** `setsockopt` and `getsockopt` of scripts: their structures read and compared. The options are the sockets' own; what those have not is refused by name. */
import { posixError, TcplabError } from '../../core/errors.ts';
import { MILLISECOND, SECOND } from '../../core/time.ts';
import {
  ERRNO,
  SO_ERROR,
  SO_LINGER,
  SO_RCVBUF,
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SO_SNDBUF,
  SO_SNDTIMEO,
  SOL_SOCKET,
  TCP_INFO,
  TCP_NOTSENT_LOWAT,
} from '../../speak/socket/bsd.ts';
import type { Arguments } from './arguments.ts';
import { CONSTANTS } from './constants.ts';
import type { DatagramEntry, Desk, StreamEntry } from './desk.ts';
import { inertOption, setInert } from './inert-options.ts';
import { asSocketSees, figureOf } from './info.ts';
import type { ReceiveMemory } from './receive-memory.ts';
import { SendSpace } from './send-space.ts';
import type { CallResult } from './stage.ts';
import { congestionControlOf, isCubic, unknownCongestionControl } from './sysctls.ts';
import { Unsupported } from './unsupported.ts';
import { ZerocopySends } from './zerocopy.ts';

const SOCKET = CONSTANTS.get('SOL_SOCKET')!;
const TCP = CONSTANTS.get('SOL_TCP')!;
const REUSEPORT = CONSTANTS.get('SO_REUSEPORT')!;
const RCVLOWAT = CONSTANTS.get('SO_RCVLOWAT')!;
const ZEROCOPY = CONSTANTS.get('SO_ZEROCOPY')!;
const SNDBUFFORCE = CONSTANTS.get('SO_SNDBUFFORCE')!;
const IP = CONSTANTS.get('SOL_IP')!;
const PORT_RANGE = CONSTANTS.get('IP_LOCAL_PORT_RANGE')!;
const MTU_DISCOVER = CONSTANTS.get('IP_MTU_DISCOVER')!;
const DISCOVER_DONT = CONSTANTS.get('IP_PMTUDISC_DONT')!;
const DISCOVER_WANT = CONSTANTS.get('IP_PMTUDISC_WANT')!;
const DISCOVER_DO = CONSTANTS.get('IP_PMTUDISC_DO')!;
const INQ = CONSTANTS.get('TCP_INQ')!;
const KEEPINIT = CONSTANTS.get('TCP_KEEPINIT')!;
const CONGESTION = CONSTANTS.get('TCP_CONGESTION')!;
const RTO_MAX = CONSTANTS.get('TCP_RTO_MAX_MS')!;
const WINDOW_CLAMP = CONSTANTS.get('TCP_WINDOW_CLAMP')!;

/** Octets of an option that is a number. */
const LEAST_OPTION = 4;

/** What SO_SNDBUF may ask for, in octets. */
const LEAST_BUFFER = 2_304;
const MOST_BUFFER = 1 << 29;

/** The least that TCP_WINDOW_CLAMP sets, in octets: half of the least buffer. */
const LEAST_CLAMP = LEAST_BUFFER / 2;

/** What TCP_RTO_MAX_MS may ask for, in milliseconds. */
const LEAST_RTO_MAX = 1_000;
const MOST_RTO_MAX = 120_000;

/** `setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4)`. */
export function setsockopt(values: Arguments, desk: Desk): number {
  const entry = desk.entry(values.number(0, -1));
  if (entry.kind === 'datagram') return setDatagramOption(values, entry);
  const level = values.number(1, SOCKET);
  const name = values.number(2, 0);
  if (level !== IP && name !== CONGESTION) requireWhole(values);
  if (level === TCP && name === WINDOW_CLAMP) return clampWindow(values, memoryOf(entry, desk));
  if (setHere(entry, level, name, values, desk)) return 0;
  // One socket at a time listens here: what is left of it is what the other option means.
  if (level === SOCKET && name === REUSEPORT && values.option(3)) entry.socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  known(values, 'setsockopt', () => {
    if (level === SOCKET && name === SO_LINGER) {
      const linger = { onoff: part(values, 'onoff', 'l_onoff'), linger: part(values, 'linger', 'l_linger') };
      entry.socket.setsockopt(level, name, linger);
    } else if (level === SOCKET && (name === SO_RCVTIMEO || name === SO_SNDTIMEO)) {
      entry.socket.setsockopt(level, name, {
        sec: part(values, 'tv_sec', 'sec'),
        usec: part(values, 'tv_usec', 'usec'),
      });
    } else if (!setInert(entry, level, name, values.option(3) ?? 0))
      entry.socket.setsockopt(level, name, values.option(3) ?? 0);
  });
  return 0;
}

function setDatagramOption(values: Arguments, entry: DatagramEntry): number {
  const level = values.number(1, SOCKET);
  const name = values.number(2, 0);
  const value = values.option(3) ?? 0;
  known(values, 'setsockopt', () => {
    if (!setInert(entry, level, name, value)) entry.socket.setsockopt(level, name, value);
  });
  return 0;
}

/** A number has four octets at least; a name has a length of its own. @throws TcplabError EINVAL */
function requireWhole(values: Arguments): void {
  const octets = values.at(4);
  if (values.at(3)?.kind !== 'string' && octets?.kind === 'number' && octets.value < LEAST_OPTION)
    throw posixError('EINVAL', 'setsockopt');
}

/** Options that are seen to here: what a write takes in Linux, and what recvmsg tells. Answers whether the socket need not be told. */
function setHere(entry: StreamEntry, level: number, name: number, values: Arguments, desk: Desk): boolean {
  if (level === TCP && name === CONGESTION) {
    setCongestion(entry, values);
    return true;
  }
  const value = values.option(3) ?? 0;
  if (level === SOCKET && (name === SO_SNDBUF || name === SNDBUFFORCE)) {
    const space = spaceOf(entry);
    space.buffer = 2 * Math.min(MOST_BUFFER, Math.max(LEAST_BUFFER, value >>> 0));
    space.most = space.buffer;
    return true;
  }
  if (level === SOCKET && name === RCVLOWAT) {
    const most = mostLowWater(entry);
    entry.lowWater = (value | 0) < 0 ? most : Math.max(1, Math.min(value, most));
    memoryOf(entry, desk)?.makeRoomFor(entry.lowWater);
    return true;
  }
  if (level === SOCKET && name === ZEROCOPY) {
    entry.zerocopy = value === 0 ? undefined : (entry.zerocopy ?? new ZerocopySends());
    return true;
  }
  if (level === IP && name === PORT_RANGE) {
    entry.ports = [value & 0xffff, value >>> 16];
    return true;
  }
  if (level === IP && name === MTU_DISCOVER) {
    // What a router says is heeded, and no packet is cut: the two that ask for that are one here, and who does not ask for it is not told.
    if (value < DISCOVER_DONT || value > DISCOVER_DO) throw new Unsupported(`setsockopt IP_MTU_DISCOVER ${value}`);
    entry.discovers = value;
    return true;
  }
  if (level !== TCP) return false;
  if (name === KEEPINIT) entry.socket.tell({ synTimeout: Math.max(1, value) * SECOND });
  if (name === TCP_NOTSENT_LOWAT) spaceOf(entry).lowWater = value === 0 ? Number.POSITIVE_INFINITY : value >>> 0;
  if (name === INQ) entry.tellsQueue = value !== 0;
  if (name === RTO_MAX) {
    if (value < LEAST_RTO_MAX || value > MOST_RTO_MAX) throw posixError('EINVAL', 'setsockopt');
    entry.socket.tell({ maximumRto: value * MILLISECOND });
  }
  return name === INQ || name === KEEPINIT || name === RTO_MAX;
}

/** The most that SO_RCVLOWAT sets: half the memory that the receive buffer may take, of which a buffer holds half in octets. */
function mostLowWater({ socket }: StreamEntry): number {
  const { receiveBuffer, receiveBufferMaximum } = socket.connectionSettings;
  return receiveBuffer === receiveBufferMaximum ? receiveBuffer : receiveBufferMaximum >> 1;
}

/** The memory of a socket's connection. */
const memoryOf = ({ socket }: StreamEntry, desk: Desk): ReceiveMemory | undefined =>
  desk.reckonings?.of(socket.connection)?.memory;

/** TCP_WINDOW_CLAMP of a connection. */
function clampWindow(values: Arguments, memory: ReceiveMemory | undefined): number {
  if (memory === undefined) throw new Unsupported('setsockopt TCP_WINDOW_CLAMP of a socket without a connection');
  const window = values.option(3) ?? 0;
  if (window === 0) throw posixError('EINVAL', 'setsockopt');
  memory.clamp = Math.max(LEAST_CLAMP, window);
  return 0;
}

function spaceOf(entry: StreamEntry): SendSpace {
  entry.space ??= new SendSpace(entry.socket.getsockopt(SOL_SOCKET, SO_SNDBUF));
  return entry.space;
}

function setCongestion(entry: StreamEntry, values: Arguments): void {
  const value = values.at(3);
  const name = value?.kind === 'string' ? value.value : '';
  const cubic = isCubic(name);
  if (cubic === undefined) throw new Unsupported(unknownCongestionControl(name));
  const { choices } = entry.socket.connectionSettings;
  entry.socket.tell({ choices: { ...choices, cubic } });
}

/** A field of the structure in the fourth argument, by either name; 0 where it is left open. */
function part(values: Arguments, ...names: readonly string[]): number {
  for (const name of names) {
    const field = values.field(values.at(3), name);
    if (field !== undefined) return values.valueOf(field);
  }
  return 0;
}

/** `getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4])`. */
export function getsockopt(values: Arguments, desk: Desk): CallResult {
  const entry = desk.entry(values.number(0, -1));
  const level = values.number(1, SOCKET);
  const name = values.number(2, 0);
  const inert = inertOption(entry, level, name);
  if (inert !== undefined) return answered(values, inert);
  if (level === SOCKET && name === SO_ERROR) return errorAnswered(values, entry.socket.getsockopt(level, name));
  if (entry.kind === 'datagram')
    return known(values, 'getsockopt', () => answered(values, entry.socket.getsockopt(level, name)));
  return known(values, 'getsockopt', () => {
    if (level === TCP && name === TCP_INFO) {
      const info = asSocketSees(entry.socket.info(), desk.foreignSizes);
      return compared(values, (field) => figureOf(info, field));
    }
    if (level === SOCKET && name === SO_LINGER) {
      const { onoff, linger } = entry.socket.getsockopt(level, name);
      return compared(values, (field) => (field.endsWith('onoff') ? onoff : linger));
    }
    if (level === TCP && name === CONGESTION) {
      const answer = congestionControlOf(entry.socket.connectionSettings.choices.cubic);
      const wanted = values.at(3);
      return ok(wanted?.kind !== 'string' || wanted.value === answer ? undefined : JSON.stringify(answer));
    }
    const { space, socket } = entry;
    const own = level === SOCKET && name === SO_SNDBUF && space !== undefined;
    const discovers = level === IP && name === MTU_DISCOVER ? (entry.discovers ?? DISCOVER_WANT) : undefined;
    const longest = level === TCP && name === RTO_MAX ? socket.connectionSettings.maximumRto / MILLISECOND : undefined;
    const memory = memoryOf(entry, desk);
    const buffer = level === SOCKET && name === SO_RCVBUF ? memory?.buffer : undefined;
    const lowWater = level === SOCKET && name === RCVLOWAT ? entry.lowWater : undefined;
    const clamp = level === TCP && name === WINDOW_CLAMP ? memory?.clamp : undefined;
    const answer = own
      ? space.buffer
      : (buffer ?? lowWater ?? clamp ?? discovers ?? longest ?? socket.getsockopt(level, name));
    const foreign = desk.foreignSizes && level === SOCKET && name === SO_RCVBUF;
    return foreign ? ok(undefined) : answered(values, answer);
  });
}

/** The same of an error, which has a name. */
function errorAnswered(values: Arguments, answer: number): CallResult {
  const result = answered(values, answer);
  const name = [...ERRNO].find(([, number]) => number === answer)?.[0];
  return result.different === undefined || name === undefined ? result : ok(`[${name}] (${answer})`);
}

/** The number that the script expects is compared. */
function answered(values: Arguments, answer: number): CallResult {
  const wanted = values.option(3);
  return ok(wanted === undefined || (wanted | 0) === (answer | 0) ? undefined : `[${answer}]`);
}

const ok = (different: string | undefined): CallResult => ({ value: 0, errno: undefined, different });

/** The fields that the script names are compared. */
function compared(values: Arguments, figure: (name: string) => number | undefined): CallResult {
  const different = values.fields(values.at(3)).flatMap(({ name, value }) => {
    if (name === undefined || value.kind === 'any') return [];
    const answer = figure(name);
    return answer === values.valueOf(value) ? [] : [`${name}=${String(answer)}`];
  });
  return ok(different.length === 0 ? undefined : different.join(', '));
}

/** An option that Linux has and these sockets have not is told apart from one that nobody has: a script that expects that is right. */
function known<T>(values: Arguments, call: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof TcplabError && error.code === 'ENOPROTOOPT' && values.wanted !== -1)
      throw new Unsupported(`${call} ${values.symbol(2)}`);
    if (error instanceof TcplabError && error.code === 'EOPNOTSUPP') throw posixError('EOPNOTSUPP', call);
    throw error;
  }
}
