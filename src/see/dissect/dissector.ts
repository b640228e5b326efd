/**
 * Frame in, `Dissection` out: walks from layer to layer and keeps what a capture's earlier frames say about later ones (conversations,
 * fragments, acknowledgments). One `Dissector` reads one capture, frame by frame, in order. Nothing is allocated for a packet and nothing a
 * packet contains makes it throw: what is wrong with a layer stands in `problems`, and the layers around it stay.
 *
 * Not here: the layers' own rules (layers/), field names (fields/), text (columns.ts, details/).
 */

import { wholeNumber } from '../../core/ranges.ts';
import { formatIpv4, formatIpv6 } from '../../wire/address.ts';
import * as icmp from '../../wire/icmp.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as tcp from '../../wire/tcp.ts';
import { makeTcpOptions, read as readTcpOptions } from '../../wire/tcp-options.ts';
import type { Packet } from '../capture/packet.ts';
import { type AcknowledgmentOptions, Acknowledgments, clearAckFacts } from './acknowledgments.ts';
import { type ConversationOptions, Conversations, windowOf } from './conversations.ts';
import { type DatagramOptions, Datagrams } from './datagrams.ts';
import {
  type Dissection,
  IN_DATAGRAM,
  IN_FRAME,
  MAX_LAYERS,
  makeDissection,
  networkLayerBefore,
  UNKNOWN,
  viewOf,
} from './dissection.ts';
import { Echoes } from './echoes.ts';
import { parseEthernet, parseLoopback, parseRaw, parseSll, protocolOfLinkType } from './layers/link.ts';
import { parseArp, parseIpv4, parseIpv6, protocolInDatagram } from './layers/network.ts';
import { parseIcmp, parseTcp, parseUdp, quotes, TCP_READABLE } from './layers/transport.ts';
import { type DissectionNeeds, NEEDS_EVERYTHING } from './needs.ts';
import { PROTOCOL, type ProtocolId } from './protocol.ts';
import type { Endpoint, Segment, Stream } from './segment.ts';

/** Limit of the list of streams. */
export interface StreamOptions {
  /**
   * How many TCP streams `Dissector.streams` lists, 0 to 67,108,864; default 100,000, which takes about 10 MB when full. Further ones
   * are numbered and dissected like the others.
   */
  readonly streams?: number;
}

/** The limits of what a `Dissector` remembers. */
export interface DissectorOptions extends ConversationOptions, DatagramOptions, AcknowledgmentOptions, StreamOptions {
  /** What will be asked of its dissections; default: everything. A filter's `needs` spare what it does not look at. */
  readonly needs?: DissectionNeeds;
}

/** Fills in a layer's payload, end and problem, and says what its payload is. */
type Parse = (dissection: Dissection, layer: number) => ProtocolId;

/** A layer without a rule of its own: all of it is payload. */
const parseNothing: Parse = (dissection, layer) => {
  dissection.payloads[layer] = dissection.starts[layer]!;
  return PROTOCOL.NONE;
};

/** The rule of each protocol, by its number. */
const PARSERS: readonly Parse[] = (() => {
  const parsers: Parse[] = new Array<Parse>(Object.keys(PROTOCOL).length).fill(parseNothing);
  parsers[PROTOCOL.ETHERNET] = parseEthernet;
  parsers[PROTOCOL.LOOPBACK] = parseLoopback;
  parsers[PROTOCOL.SLL] = parseSll;
  parsers[PROTOCOL.RAW] = parseRaw;
  parsers[PROTOCOL.ARP] = parseArp;
  parsers[PROTOCOL.IPV4] = parseIpv4;
  parsers[PROTOCOL.IPV6] = parseIpv6;
  parsers[PROTOCOL.ICMP] = parseIcmp;
  parsers[PROTOCOL.UDP] = parseUdp;
  parsers[PROTOCOL.TCP] = parseTcp;
  return parsers;
})();

/** Takes the frames of one capture apart, in order. */
export class Dissector {
  readonly conversations: Conversations;
  readonly datagrams: Datagrams;
  readonly acknowledgments: Acknowledgments;
  readonly #echoes = new Echoes();
  readonly #dissection = makeDissection();
  readonly #segment: Segment;
  /** How many streams are listed. */
  readonly streamLimit: number;
  /** TCP streams that the list had no room for. */
  unlisted = 0;
  readonly #streams: Stream[] = [];
  /** The latest stream of each conversation that is TCP's, by its record. */
  readonly #latest: Stream[] = [];
  readonly #needs: DissectionNeeds;
  #started = false;
  #firstSeconds = 0;
  #firstNanoseconds = 0;
  #lastTime = 0;

  /**
   * @param options the limits
   * @throws TcplabError EINVAL when one is out of its range
   */
  constructor(options: DissectorOptions = {}) {
    this.conversations = new Conversations(options);
    this.datagrams = new Datagrams(options);
    this.acknowledgments = new Acknowledgments(options);
    this.#needs = options.needs ?? NEEDS_EVERYTHING;
    this.streamLimit = wholeNumber('streams', options.streams ?? 100_000, 0, 1 << 26);
    this.#segment = {
      frame: 0,
      time: 0,
      stream: { index: UNKNOWN, ends: [NOWHERE, NOWHERE] },
      from: 0,
      seq: 0,
      ack: 0,
      relativeSeq: 0,
      relativeAck: 0,
      flags: 0,
      windowField: 0,
      window: 0,
      windowKnown: false,
      length: 0,
      urgentPointer: 0,
      options: makeTcpOptions(),
    };
  }

  /** The streams met so far, by tcp.stream, up to the limit. */
  get streams(): readonly Stream[] {
    return this.#streams;
  }

  /**
   * Takes a frame apart.
   * @returns always the same object, valid until the next call; it points into the packet's memory
   */
  dissect(packet: Packet): Dissection {
    const dissection = this.#dissection;
    if (!this.#started) {
      this.#started = true;
      this.#firstSeconds = packet.seconds;
      this.#firstNanoseconds = packet.nanoseconds;
    }
    const time = (packet.seconds - this.#firstSeconds) * 1e9 + (packet.nanoseconds - this.#firstNanoseconds);
    dissection.packet = packet;
    dissection.time = time;
    dissection.delta = time - this.#lastTime;
    this.#lastTime = time;
    dissection.views[0] = packet.view;
    dissection.segment = undefined;
    dissection.fragmentCount = 0;
    dissection.echoFrame = 0;
    clearAckFacts(dissection.acks);
    const end = packet.at + packet.capturedLength;
    const wireEnd = packet.at + Math.max(packet.originalLength, packet.capturedLength);
    dissection.depth = 0;
    this.#push(PROTOCOL.FRAME, IN_FRAME, packet.at, end, wireEnd, 0);
    dissection.payloads[0] = packet.at;
    if (this.#needs.layers !== 'none') this.#walk(protocolOfLinkType(packet.linkType));
    return dissection;
  }

  #push(protocol: ProtocolId, source: number, start: number, end: number, wireEnd: number, quoted: number): void {
    const dissection = this.#dissection;
    const layer = dissection.depth++;
    dissection.protocols[layer] = protocol;
    dissection.sources[layer] = source;
    dissection.starts[layer] = start;
    dissection.ends[layer] = end;
    dissection.wireEnds[layer] = wireEnd;
    dissection.problems[layer] = 0;
    dissection.quoted[layer] = quoted;
    dissection.streams[layer] = UNKNOWN;
    dissection.seqBases[layer] = 0;
    dissection.ackBases[layer] = 0;
    dissection.scales[layer] = UNKNOWN;
    dissection.reassembledIn[layer] = 0;
  }

  #walk(first: ProtocolId): void {
    const dissection = this.#dissection;
    let next = first;
    while (next !== PROTOCOL.NONE && dissection.depth < MAX_LAYERS) {
      const above = dissection.depth - 1;
      const start = dissection.payloads[above]!;
      const inside =
        dissection.quoted[above]! ||
        (dissection.protocols[above] === PROTOCOL.ICMP &&
          quotes(viewOf(dissection, above).getUint8(dissection.starts[above]!)))
          ? 1
          : 0;
      // The last place of the stack is for data.
      if (dissection.depth === MAX_LAYERS - 1) next = PROTOCOL.DATA;
      if (next === PROTOCOL.DATA && start >= dissection.ends[above]!) return;
      this.#push(next, dissection.sources[above]!, start, dissection.ends[above]!, dissection.wireEnds[above]!, inside);
      const layer = dissection.depth - 1;
      const protocol = next;
      next = PARSERS[protocol]!(dissection, layer);
      if (this.#needs.history) this.#follow(layer, protocol);
      if (protocol === PROTOCOL.IPV4 && next === PROTOCOL.DATA && dissection.problems[layer] === 0)
        next = this.#fragment(layer);
    }
  }

  /** What an IPv4 layer's payload is when it may be a fragment: the datagram it completes, data, or the beginning of one that was cut. */
  #fragment(layer: number): ProtocolId {
    const dissection = this.#dissection;
    const view = viewOf(dissection, layer);
    const at = dissection.starts[layer]!;
    if (!ipv4.isFragment(view, at)) return PROTOCOL.DATA;
    if (
      dissection.ends[layer]! < dissection.wireEnds[layer]! ||
      at + ipv4.totalLength(view, at) > dissection.ends[layer]!
    )
      return ipv4.fragmentOffset(view, at) === 0 ? protocolInDatagram(view, at) : PROTOCOL.DATA;
    if (dissection.sources[layer] === IN_DATAGRAM) return PROTOCOL.DATA;
    const frame = dissection.packet.number;
    const datagram = this.datagrams.add(view, at, dissection.payloads[layer]!, dissection.ends[layer]!, frame);
    if (datagram === undefined) return PROTOCOL.DATA;
    dissection.reassembledIn[layer] = frame;
    dissection.fragments = datagram.fragments;
    dissection.fragmentCount = datagram.fragmentCount;
    dissection.datagramLength = datagram.length;
    dissection.views[1] = datagram.view;
    this.#enterDatagram(layer, protocolInDatagram(view, at), datagram.length);
    return PROTOCOL.NONE;
  }

  #enterDatagram(layer: number, protocol: ProtocolId, length: number): void {
    const dissection = this.#dissection;
    if (dissection.depth >= MAX_LAYERS) return;
    this.#push(protocol, IN_DATAGRAM, 0, length, length, dissection.quoted[layer]!);
    const inner = dissection.depth - 1;
    const next = PARSERS[protocol]!(dissection, inner);
    if (this.#needs.history) this.#follow(inner, protocol);
    this.#walk(next);
  }

  /** What earlier frames say about a layer, and it about later ones. */
  #follow(layer: number, protocol: ProtocolId): void {
    if (protocol === PROTOCOL.TCP) this.#tcp(layer);
    else if (protocol === PROTOCOL.UDP) this.#udp(layer);
    else if (protocol === PROTOCOL.ICMP) this.#icmp(layer);
  }

  #find(layer: number, isTcp: boolean): number {
    const dissection = this.#dissection;
    const network = networkLayerBefore(dissection, layer);
    if (network < 0) return -1;
    return this.conversations.find(
      viewOf(dissection, network),
      dissection.starts[network]!,
      dissection.protocols[network] === PROTOCOL.IPV6,
      viewOf(dissection, layer),
      dissection.starts[layer]!,
      isTcp,
    );
  }

  #icmp(layer: number): void {
    const dissection = this.#dissection;
    const network = networkLayerBefore(dissection, layer);
    if (dissection.problems[layer] !== 0 || network < 0) return;
    const view = viewOf(dissection, layer);
    const at = dissection.starts[layer]!;
    const type = icmp.type(view, at);
    const ipView = viewOf(dissection, network);
    const ip = dissection.starts[network]!;
    if (type === icmp.ECHO_REQUEST) this.#echoes.ask(ipView, ip, view, at, dissection.packet.number, dissection.time);
    else if (type === icmp.ECHO_REPLY) {
      this.#echoes.answer(ipView, ip, view, at);
      dissection.echoFrame = this.#echoes.frame;
      dissection.echoTime = dissection.time - this.#echoes.time;
    }
  }

  #udp(layer: number): void {
    const dissection = this.#dissection;
    if (dissection.problems[layer] !== 0) return;
    const record = this.#find(layer, false);
    if (record >= 0) dissection.streams[layer] = this.conversations.stream(record);
  }

  #tcp(layer: number): void {
    const dissection = this.#dissection;
    const conversations = this.conversations;
    const view = viewOf(dissection, layer);
    const at = dissection.starts[layer]!;
    if (dissection.ends[layer]! - at < TCP_READABLE) return;
    const record = this.#find(layer, true);
    if (record < 0) return;
    const side = conversations.side;
    if (conversations.isNew) this.#begin(record);
    dissection.scales[layer] = conversations.scale(record, side);
    const headerEnd = at + tcp.headerLength(view, at);
    const length = dissection.wireEnds[layer]! - headerEnd;
    // What is only quoted, or has not even room for its header, says nothing about the conversation and has no relative numbers.
    if (dissection.quoted[layer] === 1 || length < 0) {
      dissection.streams[layer] = conversations.stream(record);
      return;
    }
    const flags = tcp.flags(view, at);
    const seq = tcp.seq(view, at);
    const ack = tcp.ack(view, at);
    if (conversations.number(record, flags, seq, ack)) this.#begin(record);
    const stream = conversations.stream(record);
    const seqBase = conversations.base(record, side);
    const ackBase = conversations.base(record, 1 - side);
    const scale = conversations.scale(record, side);
    dissection.streams[layer] = stream;
    dissection.seqBases[layer] = seqBase;
    dissection.ackBases[layer] = ackBase;
    dissection.scales[layer] = scale;
    if (dissection.payloads[layer]! - at < tcp.HEADER) return;

    const segment = this.#segment;
    readTcpOptions(view, at + tcp.HEADER, dissection.payloads[layer]!, segment.options);
    segment.frame = dissection.packet.number;
    segment.time = dissection.time;
    segment.stream = this.#latest[record]!;
    segment.from = side === conversations.first(record) ? 0 : 1;
    segment.seq = seq;
    segment.ack = ack;
    segment.relativeSeq = (seq - seqBase) >>> 0;
    segment.relativeAck = flags & tcp.ACK ? (ack - ackBase) >>> 0 : 0;
    segment.flags = flags;
    segment.windowField = tcp.window(view, at);
    segment.window = windowOf(segment.windowField, flags, scale);
    segment.windowKnown = (flags & tcp.SYN) !== 0 || scale !== UNKNOWN;
    segment.length = length;
    segment.urgentPointer = tcp.urgentPointer(view, at);
    conversations.offer(record, flags, segment.options.windowScale);
    dissection.segment = segment;
    this.acknowledgments.take(segment, record, dissection.acks);
  }

  #begin(record: number): void {
    const index = this.conversations.stream(record);
    const stream = new ConversationEnds(index, this.conversations, record, this.conversations.first(record));
    this.acknowledgments.begin(record);
    this.#latest[record] = stream;
    if (index < this.streamLimit) this.#streams.push(stream);
    else this.unlisted++;
  }
}

const NOWHERE: Endpoint = { address: '', port: 0 };

/** A stream whose ends are written out when somebody asks. */
class ConversationEnds implements Stream {
  readonly index: number;
  readonly #table: Conversations;
  readonly #record: number;
  readonly #first: 0 | 1;
  #ends: readonly [Endpoint, Endpoint] | undefined;

  constructor(index: number, table: Conversations, record: number, first: 0 | 1) {
    this.index = index;
    this.#table = table;
    this.#record = record;
    this.#first = first;
  }

  get ends(): readonly [Endpoint, Endpoint] {
    this.#ends ??= [this.#end(this.#first), this.#end(this.#first === 0 ? 1 : 0)];
    return this.#ends;
  }

  #end(side: 0 | 1): Endpoint {
    const words = new Int32Array(4);
    const isIpv6 = this.#table.address(this.#record, side, words);
    const port = this.#table.port(this.#record, side);
    if (!isIpv6) return { address: formatIpv4(words[0]!), port };
    const view = new DataView(new ArrayBuffer(16));
    for (let i = 0; i < 4; i++) view.setInt32(4 * i, words[i]!);
    return { address: formatIpv6(view, 0), port };
  }
}
