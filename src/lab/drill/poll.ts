/** `poll` of scripts: descriptors for sockets, and names for the bits that differ. */
import { POLLNVAL, type PollEntry, poll as pollSockets } from '../../speak/socket/bsd.ts';
import type { Arguments } from './arguments.ts';
import { CONSTANTS } from './constants.ts';
import type { Desk } from './desk.ts';
import { pollable } from './readiness.ts';
import type { CallResult } from './stage.ts';
import type { Expression } from './syntax.ts';

/** `poll([{fd=4, events=POLLIN, revents=POLLIN}], 1, 1000)`. */
export async function poll(values: Arguments, desk: Desk): Promise<CallResult> {
  const list = values.at(0);
  const items = list?.kind === 'array' ? list.items : [];
  const entries = items.map((item) => entryOf(item, values, desk));
  const there = entries.filter((entry) => entry !== undefined);
  // What is not open is ready at once.
  const answers = await pollSockets(there, there.length < entries.length ? 0 : values.number(2, 0));
  const revents = entries.map((entry) => (entry === undefined ? POLLNVAL : (answers[there.indexOf(entry)] ?? 0)));
  const different = revents.flatMap((answer, i) => {
    const wanted = values.field(items[i], 'revents');
    return wanted === undefined || values.valueOf(wanted) === answer ? [] : [`revents=${names(answer)} in entry ${i}`];
  });
  return {
    value: revents.filter((answer) => answer !== 0).length,
    errno: undefined,
    different: different.length === 0 ? undefined : different.join(', '),
  };
}

/** Undefined for a descriptor that is not open. */
function entryOf(item: Expression, values: Arguments, desk: Desk): PollEntry | undefined {
  const number = values.field(item, 'fd');
  const events = values.field(item, 'events');
  try {
    const socket = pollable(desk.entry(number === undefined ? -1 : values.valueOf(number)));
    return { socket, events: events === undefined ? 0 : values.valueOf(events) };
  } catch {
    return undefined;
  }
}

const NAMES = ['POLLIN', 'POLLPRI', 'POLLOUT', 'POLLERR', 'POLLHUP', 'POLLNVAL', 'POLLRDHUP'];

const names = (bits: number): string => NAMES.filter((name) => bits & CONSTANTS.get(name)!).join('|') || '0';
