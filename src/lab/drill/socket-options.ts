/** `setsockopt` and `getsockopt` on the sockets of a script: the sockets' own, and what Linux has that changes nothing on the wire. What is neither is refused by name. */
import { posixError } from '../../core/errors.ts';
import { SECOND } from '../../core/time.ts';
import type { OptionValue } from '../../speak/socket/socket-options.ts';
import type { Arguments } from './arguments.ts';
import { CONSTANTS } from './constants.ts';
import type { Desk, StreamEntry } from './desk.ts';
import { SendSpace } from './send-space.ts';
import type { CallResult } from './stage.ts';
import type { Expression } from './syntax.ts';
import { Unsupported } from './unsupported.ts';

const LEVELS = {
  SO: CONSTANTS.get('SOL_SOCKET')!,
  TCP: CONSTANTS.get('SOL_TCP')!,
  IP: CONSTANTS.get('SOL_IP')!,
} as const;

/** What Linux lets SO_SNDBUF ask for at the least and at the most here, in octets. */
const LEAST_BUFFER = 2_304;
const MOST_BUFFER = 1 << 29;

/** Options that the sockets have. */
const KNOWN = new Set(
  `SO_REUSEADDR SO_TYPE SO_PROTOCOL SO_ACCEPTCONN SO_ERROR SO_RCVBUF SO_SNDBUF SO_KEEPALIVE SO_OOBINLINE SO_LINGER SO_RCVTIMEO SO_SNDTIMEO
  TCP_NODELAY TCP_CORK TCP_MAXSEG TCP_KEEPIDLE TCP_KEEPINTVL TCP_KEEPCNT TCP_SYNCNT TCP_LINGER2 TCP_QUICKACK TCP_USER_TIMEOUT TCP_NOTSENT_LOWAT TCP_INFO
  IP_TOS IP_TTL`.split(/\s+/),
);

/** Other names of options that they have. */
const ALIASES: Readonly<Record<string, string>> = {
  SO_REUSEPORT: 'SO_REUSEADDR',
  SO_RCVBUFFORCE: 'SO_RCVBUF',
  SO_SNDBUFFORCE: 'SO_SNDBUF',
};

/** Options that say nothing about what a connection does: they are set. */
const PASSED_OVER = new Set(
  'SO_PRIORITY SO_MARK SO_BUSY_POLL SO_ZEROCOPY SO_SNDLOWAT IP_RECVERR IP_BIND_ADDRESS_NO_PORT IP_MTU_DISCOVER'.split(' '),
);

/** `setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4)`. */
export function setsockopt(values: Arguments, desk: Desk): number {
  const entry = desk.entry(values.number(0, -1));
  const name = optionName(values);
  if (PASSED_OVER.has(name)) return 0;
  if (entry.kind !== 'stream') throw new Unsupported(`setsockopt ${name} of a UDP socket`);
  if (name === 'TCP_INQ') entry.tellsQueue = values.option(3) !== 0;
  else if (name === 'TCP_CONGESTION') setCongestion(values);
  else if (name === 'SO_SNDBUF') setSendBuffer(entry, values.option(3) ?? 0);
  else if (KNOWN.has(name)) setKnown(entry, name, values);
  else throw new Unsupported(`setsockopt ${name}`);
  return 0;
}

function setKnown(entry: StreamEntry, name: string, values: Arguments): void {
  const { socket } = entry;
  const value = valueOf(name, values);
  socket.setsockopt(levelOf(name), CONSTANTS.get(name)!, value as number);
  if (name !== 'TCP_NOTSENT_LOWAT') return;
  entry.space ??= new SendSpace(socket.getsockopt(LEVELS.SO, CONSTANTS.get('SO_SNDBUF')!));
  entry.space.lowWater = Number(value) === 0 ? Number.POSITIVE_INFINITY : Number(value) >>> 0;
}

/** The socket's own buffer stays as large as it is: what a write takes is reckoned here. */
function setSendBuffer(entry: StreamEntry, octets: number): void {
  const doubled = 2 * Math.min(MOST_BUFFER, Math.max(LEAST_BUFFER, octets >>> 0));
  if (entry.space === undefined) entry.space = new SendSpace(doubled);
  else entry.space.buffer = doubled;
}

function setCongestion(values: Arguments): void {
  const value = values.at(3);
  const name = value?.kind === 'string' ? value.value : '';
  if (name !== 'reno' && name !== 'cubic') throw new Unsupported(`the congestion control ${JSON.stringify(name)}`);
}

/** `[1]`, `{onoff=1, linger=0}`, `{tv_sec=1, tv_usec=0}`. */
function valueOf(name: string, values: Arguments): OptionValue {
  const whole = values.at(3);
  const field = (...names: string[]): number => {
    const found = names.map((each) => values.field(whole, each)).find((each) => each !== undefined);
    return found === undefined ? 0 : values.valueOf(found);
  };
  if (name === 'SO_LINGER') return { onoff: field('onoff', 'l_onoff'), linger: field('linger', 'l_linger') };
  if (name === 'SO_RCVTIMEO' || name === 'SO_SNDTIMEO')
    return { sec: field('tv_sec', 'sec'), usec: field('tv_usec', 'usec') % SECOND };
  return values.option(3) ?? 0;
}

/** `getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4])`. */
export function getsockopt(values: Arguments, desk: Desk): CallResult {
  const entry = desk.entry(values.number(0, -1));
  const name = optionName(values);
  if (entry.kind !== 'stream') throw new Unsupported(`getsockopt ${name} of a UDP socket`);
  if (!KNOWN.has(name)) throw new Unsupported(`getsockopt ${name}`);
  const { space, socket } = entry;
  const answer: unknown =
    name === 'SO_SNDBUF' && space !== undefined
      ? space.buffer
      : socket.getsockopt(levelOf(name), CONSTANTS.get(name)!);
  return { value: 0, errno: undefined, different: differs(answer, values.at(3), values) };
}

/** What differs of an answer from what the script expects: a number, or the fields that it names. */
function differs(answer: unknown, expected: Expression | undefined, values: Arguments): string | undefined {
  if (typeof answer === 'number') {
    const wanted = values.option(3);
    return wanted === undefined || (wanted | 0) === (answer | 0) ? undefined : `[${answer}]`;
  }
  const fields = answer as Readonly<Record<string, number>>;
  const different = values.fields(expected).flatMap(({ name, value }) => {
    if (name === undefined || value.kind === 'any') return [];
    const got = fields[name] ?? fields[name.replace(/^(?:l|tv)_/, '')];
    if (got === undefined) throw new Unsupported(`${name}: nobody keeps it yet`);
    return got === values.valueOf(value) ? [] : [`${name}=${got}`];
  });
  return different.length === 0 ? undefined : different.join(', ');
}

const levelOf = (name: string): number => LEVELS[name.split('_', 1)[0] as keyof typeof LEVELS];

/** The option's name, from its level and number where the script has numbers. @throws TcplabError ENOPROTOOPT */
function optionName(values: Arguments): string {
  const symbol = values.symbol(2);
  if (!/^-?\d/.test(symbol)) return ALIASES[symbol] ?? symbol;
  const level = values.number(1, LEVELS.SO);
  const prefix = Object.entries(LEVELS).find(([, each]) => each === level)?.[0];
  for (const name of KNOWN)
    if (prefix !== undefined && name.startsWith(`${prefix}_`) && CONSTANTS.get(name) === Number(symbol)) return name;
  throw posixError('ENOPROTOOPT', `setsockopt ${level} ${symbol}`);
}
