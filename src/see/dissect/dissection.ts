/**
 * A frame taken apart: where its layers stand, as numbers in fixed arrays, so that one object serves every frame of a capture and nothing is
 * allocated for a packet. Not here: what the octets mean (fields/, details/), and who fills it (dissector.ts).
 */
import { makePacket, type Packet } from '../capture/packet.ts';
import type { AckFacts } from './acknowledgments.ts';
import { makeAckFacts } from './acknowledgments.ts';
import type { DuplicateAddress } from './address-owners.ts';
import type { Datagram } from './datagrams.ts';
import type { DnsMessage } from './fields/dns-entries.ts';
import { type TimeZone, UTC } from './list-time.ts';
import { type MessageParts, makeMessageParts } from './messages.ts';
import { PROTOCOL, type ProtocolId } from './protocol.ts';
import type { Segment } from './segment.ts';

/** Of a frame in which no address is claimed twice. */
export const NO_DUPLICATES: readonly DuplicateAddress[] = [];

/** How many layers a frame may have, the frame itself counted; what lies deeper is shown as data. */
export const MAX_LAYERS = 128;

/** How many datagrams put together from fragments may stand in one another in a frame; a fragment deeper down stays one. */
export const MAX_DATAGRAMS = 4;

/** A layer's octets stand in the frame: `views[0]`. Those of a datagram put together from it and earlier fragments stand in `views[1]`, of one inside in `views[2]`... */
export const IN_FRAME = 0;

/** A stream number, base or scale that is not known. */
export const UNKNOWN = -1;

/** The window scale of a connection of which it is known that it does not scale. */
export const NOT_SCALED = -2;

/** A time since the Unix epoch. */
export interface Moment {
  seconds: number;
  nanoseconds: number;
}

/** Makes a moment the same as another. */
export function setMoment(moment: Moment, { seconds, nanoseconds }: Moment): void {
  moment.seconds = seconds;
  moment.nanoseconds = nanoseconds;
}

/** A frame taken apart. One is made once and filled again for each frame; it is valid until the next. */
export interface Dissection {
  packet: Packet;
  /** Nanoseconds since the capture's first frame, and since the frame before this one; negative when a clock was set back. */
  time: number;
  delta: number;
  /** What those are counted from, since a number of nanoseconds is exact for 104 days only. */
  first: Moment;
  previous: Moment;
  /** Whether checksums of IPv4, TCP and UDP are verified, which takes a look at every octet. */
  verifiesChecksums: boolean;
  /** The time zone of times as text. */
  zone: TimeZone;
  /** How many layers there are; layer 0 is the frame itself. */
  depth: number;
  /** Whether the layers are Ethernet, IP without options or extension headers, TCP and what it carries, all of the headers whole and nothing wrong with them. */
  isPlain: boolean;
  /** Each layer's protocol. */
  readonly protocols: Uint8Array;
  /** Where each layer's octets are: `views[sources[layer]]`. */
  readonly sources: Uint8Array;
  readonly views: DataView[];
  /** Where each layer begins, where its payload begins (or, for a broken header, where its readable octets end) ... */
  readonly starts: Int32Array;
  readonly payloads: Int32Array;
  /** ... where its captured octets end, and where it ended on the wire by its own length. */
  readonly ends: Int32Array;
  readonly wireEnds: Int32Array;
  /** What is wrong with each layer: 0, or a `Problem` of wire/. */
  readonly problems: Int8Array;
  /** 1 for layers inside an ICMP error message: a quotation, not traffic. */
  readonly quoted: Uint8Array;
  /** TCP and UDP layers: tcp.stream or udp.stream, or UNKNOWN. */
  readonly streams: Int32Array;
  /** TCP layers: what relative sequence and acknowledgment numbers count from; 0 where it is not known. */
  readonly seqBases: Int32Array;
  readonly ackBases: Int32Array;
  /** TCP layers: the sender's window scale, UNKNOWN or NOT_SCALED. */
  readonly scales: Int32Array;
  /** TCP and UDP layers whose stream is known: nanoseconds since the stream's first packet, and since its latest before this one. */
  readonly sinceFirst: Float64Array;
  readonly sinceLast: Float64Array;
  /** TCP layers: 1 where AE, CWR and ECE are Accurate ECN's counter of three bits. */
  readonly usesAce: Uint8Array;
  /** Layers of IPv4 and IPv6's fragment header: the place in `datagrams` of the one that they completed; 0 when they completed none. */
  readonly completed: Int32Array;
  /** The datagrams put together, by the view that they stand in; the first place is the frame's and empty. */
  readonly datagrams: (Datagram | undefined)[];
  /** How many there are. */
  datagramCount: number;
  /** The TCP segment in it; undefined when there is none, it is malformed or only quoted, or its conversation found no room. */
  segment: Segment | undefined;
  /** Whether the segment begins below the highest number seen from its sender: sent again, or late. */
  isRepeated: boolean;
  /** Whether the segment has the first FIN of its connection: 'first', or another: 'second'; undefined without FIN. */
  closing: 'first' | 'second' | undefined;
  /** Of a FIN that was sent again: the frame of the one before it that ended a message; 0 for all others. */
  finFrame: number;
  /** What the segment's payload is of messages over several segments. */
  readonly parts: MessageParts;
  /** icmp.resp_to: the frame of the echo request that this echo reply answers (0: none), and nanoseconds since then. */
  echoFrame: number;
  echoTime: number;
  /** Addresses that ARP claims for another than their owner. */
  duplicateAddresses: readonly DuplicateAddress[];
  /** Of a message of DNS: the frame of the query that it answers (0: none) and the nanoseconds since then, and the frame of the same message before (0: none). Set where streams are followed. */
  readonly queryFrames: Int32Array;
  readonly queryTimes: Float64Array;
  readonly repeatedFrames: Int32Array;
  /** The messages of DNS in it, read when a field first asks for their entries; undefined until then. */
  dnsMessages: readonly DnsMessage[] | undefined;
  /** What the segment says about segments before it: which it acknowledges, what is in flight. */
  readonly acks: AckFacts;
}

/**
 * Zero, and no small integer to the engine: a field that begins with it has room for any number. Where one held small integers until two seconds of a capture had passed, 22 functions that
 * were compiled for that were thrown away then and compiled again.
 */
export const NO_TIME: number = -0;

/** An empty dissection. */
export function makeDissection(): Dissection {
  const empty = new DataView(new ArrayBuffer(0));
  return {
    packet: makePacket(),
    time: NO_TIME,
    delta: NO_TIME,
    first: { seconds: 0, nanoseconds: 0 },
    previous: { seconds: 0, nanoseconds: 0 },
    verifiesChecksums: false,
    zone: UTC,
    depth: 0,
    isPlain: false,
    protocols: new Uint8Array(MAX_LAYERS),
    sources: new Uint8Array(MAX_LAYERS),
    views: new Array<DataView>(MAX_DATAGRAMS + 1).fill(empty),
    starts: new Int32Array(MAX_LAYERS),
    payloads: new Int32Array(MAX_LAYERS),
    ends: new Int32Array(MAX_LAYERS),
    wireEnds: new Int32Array(MAX_LAYERS),
    problems: new Int8Array(MAX_LAYERS),
    quoted: new Uint8Array(MAX_LAYERS),
    streams: new Int32Array(MAX_LAYERS),
    seqBases: new Int32Array(MAX_LAYERS),
    ackBases: new Int32Array(MAX_LAYERS),
    scales: new Int32Array(MAX_LAYERS),
    sinceFirst: new Float64Array(MAX_LAYERS),
    sinceLast: new Float64Array(MAX_LAYERS),
    usesAce: new Uint8Array(MAX_LAYERS),
    completed: new Int32Array(MAX_LAYERS),
    datagrams: new Array<Datagram | undefined>(MAX_DATAGRAMS + 1).fill(undefined),
    datagramCount: 0,
    segment: undefined,
    isRepeated: false,
    closing: undefined,
    finFrame: 0,
    parts: makeMessageParts(),
    echoFrame: 0,
    echoTime: 0,
    duplicateAddresses: NO_DUPLICATES,
    queryFrames: new Int32Array(MAX_LAYERS),
    queryTimes: new Float64Array(MAX_LAYERS),
    repeatedFrames: new Int32Array(MAX_LAYERS),
    dnsMessages: undefined,
    acks: makeAckFacts(),
  };
}

/** The memory a layer's offsets point into. */
export const viewOf = (dissection: Dissection, layer: number): DataView =>
  dissection.views[dissection.sources[layer]!]!;

/** The first layer of a protocol, or -1. */
export function layerOf(dissection: Dissection, protocol: ProtocolId): number {
  for (let layer = 0; layer < dissection.depth; layer++) if (dissection.protocols[layer] === protocol) return layer;
  return -1;
}

/** The last layer of IPv4 or IPv6 before `layer`, or -1. */
export function networkLayerBefore(dissection: Dissection, layer: number): number {
  for (let i = layer - 1; i >= 0; i--) {
    const protocol = dissection.protocols[i];
    if (protocol === PROTOCOL.IPV4 || protocol === PROTOCOL.IPV6) return i;
  }
  return -1;
}

/** Whether `octets` octets at `offset` in a layer's header were captured. */
export const has = (dissection: Dissection, layer: number, offset: number, octets: number): boolean =>
  dissection.starts[layer]! + offset + octets <= dissection.payloads[layer]!;

/** Octets `[from, to)` of a view, not copied. */
export const octetsOf = (view: DataView, from: number, to: number): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset + from, to - from);

/** A layer's octets, header and payload, as far as captured: a view, not a copy. */
export function bytesOf(dissection: Dissection, layer: number, from: number, to: number): Uint8Array {
  return octetsOf(viewOf(dissection, layer), from, to);
}

/** The datagram that a fragment's layer completed; undefined when it completed none. */
export const datagramOf = (dissection: Dissection, layer: number): Datagram | undefined =>
  dissection.datagrams[dissection.completed[layer]!];
