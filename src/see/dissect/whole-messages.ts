/** The messages over TCP that are whole in a frame: the one that ends here, and those that begin and end in its segment. Not here: where messages end (messages.ts), what they say. */
import { type Dissection, viewOf } from './dissection.ts';
import type { Framing } from './framings.ts';
import { HttpReader } from './http-messages.ts';
import { messageOctets } from './message-octets.ts';

/** A whole message's octets. */
export type TakeMessage = (view: DataView, from: number, to: number) => void;

const reader = new HttpReader();

/** Calls `take` for each whole message that is framed so; without a framing, of HTTP. A message of which no octets were kept is left out. */
export function eachWholeMessage(dissection: Dissection, framing: Framing | undefined, take: TakeMessage): void {
  const { isSet, layer, whole, nextAt, isRepeated, framing: next, speaks } = dissection.parts;
  if (!isSet || isRepeated) return;
  if (whole !== undefined && whole.framing === framing && (framing !== undefined || whole.http !== undefined)) {
    const octets = messageOctets(whole);
    if (octets !== undefined) {
      const of = new DataView(octets.buffer, octets.byteOffset, octets.length);
      // Of one whose length was not known before, what follows in its last segment is among its octets.
      const end = whole.until === 'segment' ? eachIn(of, 0, octets.length, framing, whole.http?.speaks ?? 0, take) : 0;
      if (end === 0) take(of, 0, octets.length);
    }
  }
  if (nextAt >= 0 && next === framing)
    eachIn(viewOf(dissection, layer), nextAt, dissection.ends[layer]!, framing, speaks, take);
}

/** Calls `take` for each message that is whole in `[from, to)`, one behind the other. @returns where the last one ends */
function eachIn(
  view: DataView,
  from: number,
  to: number,
  framing: Framing | undefined,
  speaks: number,
  take: TakeMessage,
): number {
  let at = from;
  while (at < to) {
    const end = framing === undefined ? endOfHttp(view, at, to, speaks) : endOf(framing, view, at, to);
    if (end < 0) break;
    take(view, at, end);
    at = end;
  }
  return at;
}

/** Where the message at `at` ends; -1: not in `[at, end)`. */
function endOf(framing: Framing, view: DataView, at: number, end: number): number {
  const length = end - at < framing.head ? -1 : framing.length(view, at);
  return length <= 0 || at + length > end ? -1 : at + length;
}

function endOfHttp(view: DataView, at: number, end: number, speaks: number): number {
  const message = reader.begin(view, at, end, true, speaks);
  return message === undefined ? -1 : reader.proceed(message, view, at, end);
}
