/** `setsockopt` and `getsockopt` on the sockets of a script: a table for each. What the stack has no such thing for is refused by name. */
import { posixError } from '../../core/errors.ts';
import { MILLISECOND } from '../../core/time.ts';
import type { Arguments } from './arguments.ts';
import { CONSTANTS } from './constants.ts';
import type { Desk, StreamEntry } from './desk.ts';
import { ERRNO } from './errno.ts';
import { infoOf } from './info.ts';
import type { CallResult } from './stage.ts';
import { Unsupported } from './unsupported.ts';

const SOCKET = CONSTANTS.get('SOL_SOCKET')!;
const TCP = CONSTANTS.get('SOL_TCP')!;

/** The least and the most that Linux lets SO_RCVBUF and SO_SNDBUF ask for here, in octets. */
const LEAST_BUFFER = 2_304;
const MOST_BUFFER = 1 << 30;

/** Linux doubles what is asked for, for its own book-keeping. */
const buffer = (octets: number): number => Math.min(MOST_BUFFER, Math.max(LEAST_BUFFER, 2 * octets));

type Setter = (entry: StreamEntry, value: number, values: Arguments) => void;

/** Options that take effect when the socket listens or connects. */
const beforehand =
  (set: Setter): Setter =>
  (entry, value, values) => {
    if (entry.socket.connection !== undefined)
      throw new Unsupported(`setsockopt ${values.symbol(2)} on a connection that exists`);
    set(entry, value, values);
  };

const SETTERS: ReadonlyMap<string, Setter> = new Map<string, Setter>([
  ['SO_REUSEADDR', (entry, value) => (entry.socket.reuseAddress = value !== 0)],
  ['SO_REUSEPORT', (entry, value) => (entry.socket.reuseAddress ||= value !== 0)],
  ['SO_RCVBUF', beforehand((entry, value) => (entry.options.receiveBuffer = buffer(value)))],
  ['SO_SNDBUF', beforehand((entry, value) => (entry.options.sendBuffer = buffer(value)))],
  ['TCP_USER_TIMEOUT', beforehand((entry, value) => (entry.options.userTimeout = value * MILLISECOND))],
  ['SO_LINGER', setLinger],
  // No Nagle, no delay of acknowledgments: what these ask for is so.
  ['TCP_NODELAY', () => {}],
  ['TCP_QUICKACK', (_, value, values) => requireValue(value, 1, values)],
  ['SO_KEEPALIVE', (_, value, values) => requireValue(value, 0, values)],
  ['TCP_CORK', (_, value, values) => requireValue(value, 0, values)],
]);

function requireValue(value: number, only: number, values: Arguments): void {
  if ((value !== 0) !== (only !== 0)) throw new Unsupported(`setsockopt ${values.symbol(2)} of ${value}`);
}

function setLinger(entry: StreamEntry, _value: number, values: Arguments): void {
  const linger = values.at(3);
  const part = (name: string): number => {
    const field = values.field(linger, name) ?? values.field(linger, `l_${name}`);
    return field === undefined ? 0 : values.valueOf(field);
  };
  const on = part('onoff') !== 0;
  if (on && part('linger') !== 0) throw new Unsupported('SO_LINGER of more than 0 seconds');
  entry.abortsOnClose = on;
}

/** `setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4)`. */
export function setsockopt(values: Arguments, desk: Desk): number {
  const entry = desk.entry(values.number(0, -1));
  const name = optionName(values);
  const setter = entry.kind === 'stream' ? SETTERS.get(name) : undefined;
  if (setter === undefined || entry.kind !== 'stream') throw new Unsupported(`setsockopt ${name}`);
  setter(entry, values.option(3) ?? 0, values);
  return 0;
}

const GETTERS: ReadonlyMap<string, (entry: StreamEntry) => number> = new Map<string, (entry: StreamEntry) => number>([
  ['SO_ERROR', takeError],
  ['SO_TYPE', () => CONSTANTS.get('SOCK_STREAM')!],
  ['SO_PROTOCOL', () => CONSTANTS.get('IPPROTO_TCP')!],
  ['SO_RCVBUF', (entry) => entry.options.receiveBuffer],
  ['SO_SNDBUF', (entry) => entry.options.sendBuffer],
  ['SO_REUSEADDR', (entry) => Number(entry.socket.reuseAddress)],
  ['TCP_USER_TIMEOUT', (entry) => Math.round(entry.options.userTimeout / MILLISECOND)],
  ['TCP_MAXSEG', (entry) => entry.socket.connection?.tcb.snd.mss ?? 536],
]);

/** `getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4])`. */
export function getsockopt(values: Arguments, desk: Desk): CallResult {
  const entry = desk.entry(values.number(0, -1));
  if (entry.kind !== 'stream') throw new Unsupported(`getsockopt ${values.symbol(2)} of a UDP socket`);
  const name = optionName(values);
  if (name === 'TCP_INFO') return getInfo(entry, values);
  const getter = GETTERS.get(name);
  if (getter === undefined) throw new Unsupported(`getsockopt ${name}`);
  const answer = getter(entry);
  const wanted = values.option(3);
  const different = wanted === undefined || wanted === answer ? undefined : `[${answer}]`;
  return { value: 0, errno: undefined, different };
}

/** TCP_INFO: the fields that the script names are compared. */
function getInfo(entry: StreamEntry, values: Arguments): CallResult {
  const { connection } = entry.socket;
  const different = values.fields(values.at(3)).flatMap(({ name, value }) => {
    if (name === undefined || value.kind === 'any') return [];
    const answer = infoOf(connection, name);
    return answer === values.valueOf(value) ? [] : [`${name}=${String(answer)}`];
  });
  return { value: 0, errno: undefined, different: different.length === 0 ? undefined : different.join(', ') };
}

/** SO_ERROR tells an error once. */
function takeError(entry: StreamEntry): number {
  const { connection } = entry.socket;
  const closed = connection?.tcb.state === 'CLOSED' ? (connection.error ?? connection.tcb.error) : undefined;
  const error = entry.error ?? closed;
  entry.error = undefined;
  return error === undefined ? 0 : (ERRNO.get(error) ?? 0);
}

/** The option's name, from its level and number where the script has numbers. */
function optionName(values: Arguments): string {
  const symbol = values.symbol(2);
  if (!/^\d/.test(symbol)) return symbol;
  const level = values.number(1, SOCKET);
  const prefix = level === SOCKET ? /^SO_/ : level === TCP ? /^TCP_[A-Z]/ : undefined;
  if (prefix === undefined) throw posixError('EOPNOTSUPP', 'setsockopt');
  for (const [name, value] of CONSTANTS)
    if (prefix.test(name) && value === Number(symbol) && GETTERS.has(name) !== SETTERS.has(name)) return name;
  for (const [name, value] of CONSTANTS) if (prefix.test(name) && value === Number(symbol)) return name;
  return symbol;
}
