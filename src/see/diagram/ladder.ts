/**
 * The ladder of a conversation as data, before any measure: two lifelines, and an arrow for each segment with what stands on it and beside
 * it. `terminal.ts` writes it as text and `ladder-scene.ts` lays it out as a picture. Read first: RFC 9293 §3.5 (figures 6-8).
 */
import { wholeNumber } from '../../core/ranges.ts';
import { flagNames } from '../../rules/flags.ts';
import { ACK, RST } from '../../wire/tcp.ts';
import { type Conversation, endpointText } from '../analysis/conversation.ts';
import type { FrameFacts, InferredState } from '../analysis/facts.ts';
import type { Endpoint } from '../dissect/segment.ts';
import { explainFrame, summarize } from '../explain/explain.ts';
import { explainDatagram, UDP_LESSON } from '../explain/udp.ts';

/** Left and right. */
export type Side = 0 | 1;

/** A sentence and where it is written. */
export interface Note {
  readonly text: string;
  readonly section: string;
}

/** One segment. */
export interface Arrow {
  readonly frame: number;
  readonly from: Side;
  /** `SYN, ACK`; `UDP` for a datagram. */
  readonly name: string;
  /** `Seq=0`, `Ack=1`, ...: each stays in one piece. */
  readonly fields: readonly string[];
  /** Nanoseconds since the capture's first frame: sent, and, when both ends are known, received. */
  readonly time: number;
  readonly arrival: number | undefined;
  readonly lost: boolean;
  readonly reset: boolean;
  /** States that each side enters at this segment, in order; mostly none or one. */
  readonly states: readonly [readonly InferredState[], readonly InferredState[]];
  readonly note: Note | undefined;
}

/** A ladder. */
export interface Ladder {
  /** `tcp.stream 0`. */
  readonly title: string;
  /** `127.0.0.1:34348`: the client's left, the server's right. */
  readonly ends: readonly [string, string];
  readonly roles: readonly [string, string];
  /** Both sides' states above the first arrow; undefined for what has no states. */
  readonly initial: readonly [InferredState, InferredState] | undefined;
  readonly arrows: readonly Arrow[];
  /** Segments left out, and before which arrow (`arrows.length`: after the last). */
  readonly omitted: number;
  readonly omittedAt: number;
  /** Sentences below the ladder. */
  readonly summary: readonly string[];
}

/** What goes on a ladder. */
export interface LadderOptions {
  /** The most arrows, 1 to 2^20; what is between the first and the last ones is left out and counted. Default 500. */
  maxSegments?: number;
  /** Whether arrows have sentences, and the ladder a summary. Default true. */
  sentences?: boolean;
}

/** How an unknown state is written. */
export const stateText = (state: InferredState): string => (state === 'unknown' ? "can't tell" : state);

/** The most arrows that can be asked for. */
const MOST_SEGMENTS = 1 << 20;

/** How many of the last segments a shortened ladder still shows: enough for a close. */
const LAST = 8;

/** The ladder of a conversation, when the analysis has seen all of it. */
export function ladderOf(conversation: Conversation, options: LadderOptions = {}): Ladder {
  const { sentences = true } = options;
  const maxSegments = wholeNumber('maxSegments', options.maxSegments ?? 500, 1, MOST_SEGMENTS);
  const { client, ends, frames, index, initial, segments } = conversation;
  const server: Side = client === 0 ? 1 : 0;
  // One segment takes no more room than the row that would stand for it.
  const whole = segments <= maxSegments + 1 && frames.length === segments;
  // The end of the story is worth more than its middle, when it was kept.
  const last = whole || frames.length < segments ? 0 : Math.min(LAST, Math.floor(maxSegments / 2));
  const first = whole ? segments : Math.min(frames.length, maxSegments - last);
  const shown = [...frames.slice(0, first), ...frames.slice(segments - last)];
  const entered = statesEntered(shown, conversation);
  const arrows = shown.map((facts, position): Arrow => {
    return {
      frame: facts.frame,
      from: facts.from === client ? 0 : 1,
      name: flagNames(facts.flags) || 'no flags',
      fields: fieldsOf(facts),
      time: facts.time,
      arrival: facts.arrival,
      lost: facts.lost,
      reset: (facts.flags & RST) !== 0,
      states: entered[position]!,
      note: sentences ? explainFrame(facts) : undefined,
    };
  });
  return {
    title: `tcp.stream ${index}`,
    ends: [endpointText(ends[client]), endpointText(ends[server])],
    roles: ['client', 'server'],
    initial: [initial[client], initial[server]],
    arrows,
    omitted: segments - arrows.length,
    omittedAt: first,
    summary: sentences ? summarize(conversation) : [],
  };
}

/** Which states each side enters at which of the segments: at its sending or its arrival, in the order of time. */
function statesEntered(shown: readonly FrameFacts[], { client, initial }: Conversation): Arrow['states'][] {
  const entered = shown.map((): [InferredState[], InferredState[]] => [[], []]);
  for (const side of [0, 1] as const) {
    const end = side === 0 ? client : client === 0 ? 1 : 0;
    // What is lost comes to no moment at its receiver.
    const moments = shown.flatMap(({ from, time, arrival, lost, states, via }, position) =>
      from !== end && lost
        ? []
        : [{ position, at: from === end ? time : (arrival ?? time), state: states[end], via: via[end] }],
    );
    if (shown.some(({ arrival }) => arrival !== undefined)) moments.sort((a, b) => a.at - b.at);
    let before = initial[end];
    for (const { position, state, via } of moments) {
      if (state === before) continue;
      entered[position]![side] = [...via.filter((passed) => passed !== before), state];
      before = state;
    }
  }
  return entered;
}

/** The four things to read on a segment, as Wireshark's Info column writes them. */
function fieldsOf({ flags, seq, ack, window, length }: FrameFacts): string[] {
  const fields = [`Seq=${seq}`];
  if (flags & ACK) fields.push(`Ack=${ack}`);
  fields.push(`Win=${window}`, `Len=${length}`);
  return fields;
}

/** A datagram of a UDP conversation. */
export interface Datagram {
  readonly frame: number;
  /** 0: sent by `ends[0]`. */
  readonly from: Side;
  /** Nanoseconds since the capture's first frame. */
  readonly time: number;
  readonly arrival?: number;
  readonly lost?: boolean;
  /** Octets of data. */
  readonly length: number;
}

/** The ladder of a UDP conversation: the same two lifelines, without states. `ends[0]` is the client. */
export function datagramLadder(
  title: string,
  ends: readonly [Endpoint, Endpoint],
  datagrams: readonly Datagram[],
  options: LadderOptions = {},
): Ladder {
  const { sentences = true } = options;
  const maxSegments = wholeNumber('maxSegments', options.maxSegments ?? 500, 1, MOST_SEGMENTS);
  const roles = ['client', 'server'] as const;
  const shown = datagrams.slice(0, maxSegments);
  return {
    title,
    ends: [endpointText(ends[0]), endpointText(ends[1])],
    roles,
    initial: undefined,
    arrows: shown.map(({ frame, from, time, arrival, lost = false, length }) => {
      const to = from === 0 ? 1 : 0;
      return {
        frame,
        from,
        name: 'UDP',
        fields: [`Len=${length}`],
        time,
        arrival,
        lost,
        reset: false,
        states: [[], []],
        note: sentences ? explainDatagram(`the ${roles[from]}`, `the ${roles[to]}`, ends[to].port, length) : undefined,
      };
    }),
    omitted: datagrams.length - shown.length,
    omittedAt: shown.length,
    summary: sentences ? UDP_LESSON.map(({ text, section }) => `${text} (${section})`) : [],
  };
}

/** The row that stands for what is left out: `… 1234 more segments`. */
export const omittedText = (count: number): string => `… ${count} more ${count === 1 ? 'segment' : 'segments'}`;

/** A time of so many nanoseconds in seconds, in at most ten columns: what a broken clock says is rounded. */
export function timeText(nanoseconds: number): string {
  const seconds = nanoseconds / 1e9;
  const digits = Math.min(6, Math.max(0, 8 - String(Math.trunc(Math.abs(seconds))).length));
  const text = seconds.toFixed(digits);
  return text.length <= 10 ? text : seconds.toExponential(2);
}
