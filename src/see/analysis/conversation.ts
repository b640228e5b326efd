/** What is known of a TCP conversation as a whole. Not here: how it is found out (analysis.ts), the facts of one segment (facts.ts). */
import type { Endpoint } from '../dissect/segment.ts';
import type { FrameFacts, InferredState, Pair } from './facts.ts';
import type { EndSpace } from './send-space.ts';

/** How a conversation stands, or ended, as far as the capture goes. */
export type Ending =
  /** Both ends closed and had it acknowledged. */
  | 'orderly'
  /** A SYN was answered by a reset. */
  | 'refused'
  /** An end reset it. */
  | 'reset'
  /** A SYN was never answered. */
  | 'no answer'
  /** None of these: it goes on after the capture. */
  | 'open';

/** One end's count. */
export interface EndCount {
  segments: number;
  /** Octets of data, each counted once. */
  octets: number;
  /** Segments that carried sequence numbers seen before. */
  repeats: number;
}

/** A conversation: Wireshark's tcp.stream, with what its segments said so far. */
export interface Conversation {
  /** tcp.stream. */
  readonly index: number;
  /** `ends[0]` is the sender of its first captured segment. */
  readonly ends: readonly [Endpoint, Endpoint];
  /** Which of `ends` is the client: the sender of the first SYN, else the one with the higher port. */
  client: 0 | 1;
  /** Whether the client is known by its SYN or by the answer to it, not guessed from the ports. */
  clientKnown: boolean;
  /** The capture has its first SYN. */
  complete: boolean;
  /** Both ends' states before the first segment. */
  readonly initial: Pair<InferredState>;
  /** Both ends' states now; unknown where it cannot be told, as behind a reset that not all obey. */
  readonly states: Pair<InferredState>;
  /** Nanoseconds since the capture's first frame. */
  readonly start: number;
  end: number;
  /** Nanoseconds from the first SYN to the ACK that ended the handshake; undefined where one of them is missing. */
  handshake: number | undefined;
  readonly counts: Pair<EndCount>;
  /** Who sent the first FIN, and in which frame. */
  firstFin: { readonly from: 0 | 1; readonly frame: number } | undefined;
  ending: Ending;
  /** For 'refused' and 'reset': who sent the reset, and in which frame. */
  reset: { readonly from: 0 | 1; readonly frame: number } | undefined;
  /** Segments seen, each packet once. */
  segments: number;
  /** Packets of IPv4 that the capture has again, up to a tenth of a second later: taken in two places, or doubled on the way. They are no segments. */
  copies: number;
  /** Both ends' places in the sequence spaces now. */
  readonly spaces: Readonly<Pair<EndSpace>>;
  /** The facts of the first of them, in order, up to `AnalysisOptions.maxKept` and as long as `maxKeptInAll` has room. */
  readonly frames: FrameFacts[];
}

/** `127.0.0.1:7456`, or `[2001:db8::1]:7456`. */
export const endpointText = ({ address, port }: Endpoint): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
