/**
 * What the analysis found out about one segment: the facts that sentences and pictures are made of. Not here: words (see/explain) and
 * how the facts are found (analysis.ts, inference.ts). Read first: RFC 9293 §3.3.1 (the variables of a connection), §3.3.2 (its states).
 */
import type { State } from '../../rules/states.ts';
import type { Conversation } from './conversation.ts';

/** A state as far as a watcher can tell: `'unknown'` where nothing seen so far decides it. */
export type InferredState = State | 'unknown';

/** What a segment is for. Whether it is sent again (`repeats`) and how many octets it carries stand beside it. */
export type Kind =
  /** Asks for a connection. */
  | 'SYN'
  /** Grants it and asks for the other direction. */
  | 'SYN,ACK'
  /** Ends the three-way handshake. */
  | 'ACK of SYN'
  /** Carries octets. */
  | 'data'
  /** Acknowledges new octets and carries none. */
  | 'ACK'
  /** Says no more than its sender had said before. */
  | 'repeated ACK'
  /** Closes the window: no further octet is allowed. */
  | 'zero window'
  /** Moves the window's right edge and acknowledges nothing new. */
  | 'window update'
  /** Asks whether a closed window is still closed. */
  | 'zero-window probe'
  /** Answers such a probe; the window is still closed. */
  | 'probe answer'
  /** Asks an idle peer for a sign of life. */
  | 'keep-alive'
  | 'keep-alive answer'
  /** Ends its sender's data; it may carry the last of them. */
  | 'FIN'
  /** Acknowledges the other end's FIN. */
  | 'ACK of FIN'
  /** A reset in answer to a SYN: nobody listens there. */
  | 'refusal'
  /** Any other reset. */
  | 'RST'
  /** An ACK that does not fit what its receiver asked for (RFC 9293 §3.10.7.4, RFC 5961 §4). */
  | 'challenge ACK'
  /** A combination of control bits that no rule of TCP makes. */
  | 'odd';

/** One value for each of `Conversation.ends`. */
export type Pair<T> = [T, T];

/** The facts of one segment. Numbers are relative (Wireshark's tcp.seq, tcp.ack) unless said otherwise. */
export interface FrameFacts {
  readonly conversation: Conversation;
  /** 0 for the conversation's first captured segment. */
  readonly position: number;
  /** frame.number. */
  readonly frame: number;
  /** When the tap saw it: nanoseconds since the capture's first frame. When `arrival` is known, this is when it was sent. */
  readonly time: number;
  /** When the receiver got it, on the same clock; undefined where only one tap is known. */
  readonly arrival: number | undefined;
  /** Known (not inferred) never to have arrived. */
  readonly lost: boolean;
  /** Which of `conversation.ends` sent it. */
  readonly from: 0 | 1;
  readonly flags: number;
  readonly seq: number;
  /** Means something only with the ACK bit. */
  readonly ack: number;
  /** SEG.SEQ as it stood on the wire, unsigned. */
  readonly rawSeq: number;
  /** Octets of data. */
  readonly length: number;
  /** Octets its sender will take from `ack` on; scaled where the scale is known. */
  readonly window: number;
  /** False when a scale factor may be missing from `window`. */
  readonly windowKnown: boolean;
  /** The MSS option in octets, or -1. */
  readonly mss: number;
  /** The window-scale option's shift, or -1. */
  readonly scale: number;
  kind: Kind;
  /** The frame that carried (part of) the same sequence numbers before; undefined when nothing is sent again. */
  repeats: number | undefined;
  /** Octets of data in it beyond all numbers seen before. */
  newOctets: number;
  /** Octets of data in it that were passed over: higher numbers were seen before them, or acknowledged. */
  lateOctets: number;
  /** Octets of data in it that were seen before. */
  oldOctets: number;
  /** Sequence numbers between the last one seen from this sender and this segment that were never seen; 0 when it follows on. */
  gap: number;
  /** Octets of data that its ACK acknowledges for the first time. */
  acknowledged: number;
  /** The latest frame whose last number it acknowledges for the first time. */
  acknowledgesFrame: number | undefined;
  acknowledgesSyn: boolean;
  acknowledgesFin: boolean;
  /** For each end: sequence numbers sent and not yet acknowledged, after this frame. */
  readonly inFlight: Pair<number>;
  /** For each end: octets it may still send, after this frame: SND.UNA+SND.WND-SND.NXT; negative when the window was overrun; undefined when unknown. */
  readonly usable: Pair<number | undefined>;
  /** For each end: the window it was given last (SND.WND), undefined when unknown. */
  readonly allowed: Pair<number | undefined>;
  /** For each end: it may send nothing (SND.UNA+SND.WND is reached). */
  readonly stopped: Pair<boolean>;
  /** The sender had been stopped by the window and goes on with this segment. */
  resumes: boolean;
  /**
   * For each end: its state after the sender sent this and the receiver took it. A later frame may correct it: see `Analysis`. Where
   * arrivals are known, segments cross: the receiver's state is then the one at `arrival`.
   */
  readonly states: Pair<InferredState>;
  /** For each end: states it only passed through at this frame. */
  readonly via: Pair<readonly InferredState[]>;
}
