/**
 * `poll` on the sockets of a script, TCP's and UDP's together: readiness is looked up, and while it waits, again when a packet has arrived, a call was made or
 * a timer has run.
 */
import { MILLISECOND, NEVER } from '../../core/time.ts';
import type { Arguments } from './arguments.ts';
import { CONSTANTS } from './constants.ts';
import type { Desk, Entry } from './desk.ts';
import type { CallResult } from './stage.ts';
import type { Expression } from './syntax.ts';

const bit = (name: string): number => CONSTANTS.get(name)!;
const IN = bit('POLLIN') | bit('POLLRDNORM');
const OUT = bit('POLLOUT') | bit('POLLWRNORM');
const ERR = bit('POLLERR');
const HUP = bit('POLLHUP');
const RDHUP = bit('POLLRDHUP');
const NVAL = bit('POLLNVAL');

/** `poll([{fd=4, events=POLLIN, revents=POLLIN}], 1, 1000)`. */
export async function poll(values: Arguments, desk: Desk): Promise<CallResult> {
  const list = values.at(0);
  const items = list?.kind === 'array' ? list.items : [];
  const timeout = values.number(2, 0);
  const { driver } = desk.host;
  const end = timeout < 0 ? NEVER : driver.now + timeout * MILLISECOND;
  for (;;) {
    const answers = items.map((item) => revents(item, values, desk));
    const count = answers.filter((answer) => answer !== 0).length;
    if (count > 0 || driver.now >= end || desk.closed) return result(items, answers, count, values);
    // Only a packet, a call or a timer of the host changes anything.
    const timer = Math.max(desk.host.nextTimeout(driver.now), driver.now + MILLISECOND);
    await desk.stirred(Math.min(timer, end));
  }
}

function revents(item: Expression, values: Arguments, desk: Desk): number {
  const number = values.field(item, 'fd');
  const events = values.field(item, 'events');
  if (number === undefined) return 0;
  let entry: Entry;
  try {
    entry = desk.entry(values.valueOf(number));
  } catch {
    return NVAL;
  }
  const asked = (events === undefined ? 0 : values.valueOf(events)) | ERR | HUP;
  return readiness(entry, desk) & asked;
}

/** All bits that hold now, as Linux sets them. */
function readiness(entry: Entry, desk: Desk): number {
  if (entry.kind === 'datagram') return OUT | (desk.datagrams(entry) > 0 ? IN : 0);
  const { socket, space } = entry;
  const bits = socket.readiness();
  const { connection } = socket;
  const full = space !== undefined && connection !== undefined && bits & OUT && !(bits & (HUP | ERR)) && !connection.tcb.closing;
  return full && !space.isWritable(connection) ? bits & ~OUT : bits;
}

function result(
  items: readonly Expression[],
  answers: readonly number[],
  count: number,
  values: Arguments,
): CallResult {
  const different = answers.flatMap((answer, i) => {
    const wanted = values.field(items[i], 'revents');
    return wanted === undefined || values.valueOf(wanted) === answer ? [] : [`revents=${names(answer)} in entry ${i}`];
  });
  return { value: count, errno: undefined, different: different.length === 0 ? undefined : different.join(', ') };
}

const NAMES = ['POLLIN', 'POLLPRI', 'POLLOUT', 'POLLERR', 'POLLHUP', 'POLLNVAL', 'POLLRDHUP'];

const names = (bits: number): string => NAMES.filter((name) => bits & bit(name)).join('|') || '0';
