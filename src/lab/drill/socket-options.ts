/** `setsockopt` and `getsockopt` of scripts: their structures read and compared. The options are the sockets' own; what those have not is refused by name. */
import { posixError, TcplabError } from '../../core/errors.ts';
import { SO_LINGER, SO_RCVTIMEO, SO_REUSEADDR, SO_SNDTIMEO, SOL_SOCKET, TCP_INFO } from '../../speak/socket/bsd.ts';
import type { Arguments } from './arguments.ts';
import { CONSTANTS } from './constants.ts';
import type { Desk, StreamEntry } from './desk.ts';
import { figureOf } from './info.ts';
import type { CallResult } from './stage.ts';
import { Unsupported } from './unsupported.ts';

const SOCKET = CONSTANTS.get('SOL_SOCKET')!;
const TCP = CONSTANTS.get('SOL_TCP')!;
const REUSEPORT = CONSTANTS.get('SO_REUSEPORT')!;

/** `setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4)`. */
export function setsockopt(values: Arguments, desk: Desk): number {
  const entry = streamOf(values, desk, 'setsockopt');
  const level = values.number(1, SOCKET);
  const name = values.number(2, 0);
  known(values, 'setsockopt', () => {
    if (level === SOCKET && name === SO_LINGER) {
      const linger = { onoff: part(values, 'onoff', 'l_onoff'), linger: part(values, 'linger', 'l_linger') };
      entry.socket.setsockopt(level, name, linger);
    } else if (level === SOCKET && (name === SO_RCVTIMEO || name === SO_SNDTIMEO)) {
      entry.socket.setsockopt(level, name, {
        sec: part(values, 'tv_sec', 'sec'),
        usec: part(values, 'tv_usec', 'usec'),
      });
    } else if (level === SOCKET && name === REUSEPORT) {
      // One socket at a time listens here: what is left of it is what the other option means.
      if (values.option(3)) entry.socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
    } else entry.socket.setsockopt(level, name, values.option(3) ?? 0);
  });
  return 0;
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
  const entry = streamOf(values, desk, 'getsockopt');
  const level = values.number(1, SOCKET);
  const name = values.number(2, 0);
  return known(values, 'getsockopt', () => {
    if (level === TCP && name === TCP_INFO) {
      const info = entry.socket.info();
      return compared(values, (field) => figureOf(info, field));
    }
    if (level === SOCKET && name === SO_LINGER) {
      const { onoff, linger } = entry.socket.getsockopt(level, name);
      return compared(values, (field) => (field.endsWith('onoff') ? onoff : linger));
    }
    const answer = entry.socket.getsockopt(level, name);
    const wanted = values.option(3);
    return ok(wanted === undefined || wanted === answer ? undefined : `[${answer}]`);
  });
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

function streamOf(values: Arguments, desk: Desk, call: string): StreamEntry {
  const entry = desk.entry(values.number(0, -1));
  if (entry.kind !== 'stream') throw new Unsupported(`${call} ${values.symbol(2)} of a UDP socket`);
  return entry;
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
