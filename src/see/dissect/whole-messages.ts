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
    if (octets !== undefined) take(new DataView(octets.buffer, octets.byteOffset, octets.length), 0, octets.length);
  }
  if (nextAt < 0 || next !== framing) return;
  const view = viewOf(dissection, layer);
  const end = dissection.ends[layer]!;
  for (let at = nextAt; at < end; ) {
    const to = framing === undefined ? endOfHttp(view, at, end, speaks) : endOf(framing, view, at, end);
    if (to < 0) return;
    take(view, at, to);
    at = to;
  }
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
