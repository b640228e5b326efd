/**
 * What one TCP segment of a capture says, as plain numbers: the hand-over from dissection to analysis. One object is made once and filled again for each
 * segment; who wants to keep it copies it.
 */
import type { TcpOptions } from '../../wire/tcp-options.ts';

/** One end of a conversation, as a person writes it. */
export interface Endpoint {
  /** `127.0.0.1` or `2001:db8::1`. */
  readonly address: string;
  readonly port: number;
}

/** A TCP conversation: Wireshark's tcp.stream. `ends[0]` is the sender of its first captured segment. */
export interface Stream {
  /** tcp.stream, from 0 in order of appearance. */
  readonly index: number;
  readonly ends: readonly [Endpoint, Endpoint];
}

/** One TCP segment. */
export interface Segment {
  /** frame.number, from 1. */
  frame: number;
  /** Nanoseconds since the capture's first frame (may be negative when a capture's clock was set back). */
  time: number;
  /** One object that is turned to another stream with each segment: to keep it, keep its index and its ends. */
  readonly stream: Stream;
  /** Which of `stream.ends` sent it. */
  from: 0 | 1;
  /** ip.id of the packet that brought it; 0 where it has none (IPv6), or does not tell. */
  identification: number;
  /** SEG.SEQ and SEG.ACK as int32; `ack` means something only with the ACK bit. */
  seq: number;
  ack: number;
  /** tcp.seq and tcp.ack: relative to each end's first number, as Wireshark shows them (unsigned). */
  relativeSeq: number;
  relativeAck: number;
  /** The twelve flag bits. */
  flags: number;
  /** tcp.window_size_value: as it stands in the header. */
  windowField: number;
  /** tcp.window_size: in octets, scaled where both ends are known to scale. */
  window: number;
  /** Whether `window` is sure: false when the handshake was not captured, so that a scale factor may be missing. */
  windowKnown: boolean;
  /** tcp.len: octets of payload by the IP header's length, whether or not all were captured. */
  length: number;
  urgentPointer: number;
  options: TcpOptions;
}
