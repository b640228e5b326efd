/**
 * Frame in, `Dissection` out: walks from layer to layer and keeps what a capture's earlier frames say about later ones (conversations,
 * fragments, acknowledgments). One `Dissector` reads one capture, frame by frame, in order. Nothing is allocated for a packet and nothing a
 * packet contains makes it throw: what is wrong with a layer stands in `problems`, and the layers around it stay.
 *
 * Not here: the layers' own rules (layers/), field names (fields/), text (columns.ts, details/).
 */

import { larger, smaller } from '../../core/least.ts';
import * as dns from '../../wire/dns.ts';
import * as ethernet from '../../wire/ethernet.ts';
import * as icmp from '../../wire/icmp.ts';
import * as icmpv6 from '../../wire/icmpv6.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as extension from '../../wire/ipv6-extension.ts';
import { locateSegment } from '../../wire/plain-segment.ts';
import * as tcp from '../../wire/tcp.ts';
import { makeTcpOptions, read as readTcpOptions } from '../../wire/tcp-options.ts';
import { LINKTYPE, type Packet } from '../capture/packet.ts';
import {
  ACKNOWLEDGMENT_OCTETS,
  type AcknowledgmentOptions,
  Acknowledgments,
  clearAckFacts,
} from './acknowledgments.ts';
import { AddressOwners } from './address-owners.ts';
import { ipv4Checksum } from './checksums.ts';
import { CLOCK_OCTETS, Clocks } from './clocks.ts';
import { type ConversationOptions, Conversations, windowOf } from './conversations.ts';
import { type DatagramOptions, Datagrams } from './datagrams.ts';
import {
  type Dissection,
  datagramOf,
  IN_FRAME,
  MAX_DATAGRAMS,
  MAX_LAYERS,
  type Moment,
  makeDissection,
  NO_DUPLICATES,
  NO_TIME,
  networkLayerBefore,
  setMoment,
  UNKNOWN,
  viewOf,
} from './dissection.ts';
import { DnsExchanges, type DnsOptions } from './dns-exchanges.ts';
import { ASKED, ASKER, CODE, Echoes, REST, TUNNELS } from './echoes.ts';
import { hasAccurateEcn } from './fields/tcp-options.ts';
import { DNS_FRAMING } from './framings.ts';
import { HttpExchanges, type HttpOptions } from './http-exchanges.ts';
import { DNS_LENGTH, parseDhcp, parseDns } from './layers/application.ts';
import {
  isIpv6Fragment,
  parseAuthentication,
  parseExtension,
  parseFragment,
  parseHopByHop,
  parseIpv6,
} from './layers/ipv6.ts';
import { parseChap, parseHdlc, parsePap, parsePppControl, parseSlarp } from './layers/line.ts';
import {
  parseEthernet,
  parseLlc,
  parseLoopback,
  parseNflog,
  parseRaw,
  parseServiceVlan,
  parseSll,
  parseVlan,
  protocolOfLinkType,
} from './layers/link.ts';
import { parseArp, parseIpv4, protocolInDatagram } from './layers/network.ts';
import { protocolOfNumber } from './layers/payload.ts';
import {
  isEmptyUdp,
  isQuotation,
  parseIcmp,
  parseIcmpv6,
  parseTcp,
  parseUdp,
  TCP_READABLE,
} from './layers/transport.ts';
import {
  parseGeneve,
  parseGre,
  parseMpls,
  parsePpp,
  parsePppoeDiscovery,
  parsePppoeSession,
  parsePseudowire,
  parseVxlan,
} from './layers/tunnel.ts';
import { parseRadiotap, parseWlan } from './layers/wlan.ts';
import { type TimeZone, UTC } from './list-time.ts';
import { clearMessageParts, ENDED, type MessageOptions, Messages, makeMessageSegment } from './messages.ts';
import { type DissectionNeeds, NEEDS_EVERYTHING } from './needs.ts';
import { PPP_CONTROL, PROTOCOL, type ProtocolId } from './protocol.ts';
import type { Segment, Stream } from './segment.ts';
import { SOCKS, SOCKS_PORT, socksPhase } from './socks.ts';
import { RecordStream, type StreamOptions, Streams } from './streams.ts';

/** The limits of what a `Dissector` remembers. */
export interface DissectorOptions
  extends ConversationOptions,
    DatagramOptions,
    AcknowledgmentOptions,
    MessageOptions,
    DnsOptions,
    HttpOptions,
    StreamOptions {
  /** What will be asked of its dissections; default: everything. A filter's `needs` spare what it does not look at. */
  readonly needs?: DissectionNeeds;
  /** Whether checksums of IPv4, TCP and UDP are verified; default false, as in Wireshark: those of a machine's own packets are filled in by its network card, behind the capture. */
  readonly checksums?: boolean;
  /** The time zone in which times are told as text; default UTC, the same everywhere. */
  readonly zone?: TimeZone;
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
  parsers[PROTOCOL.VLAN] = parseVlan;
  parsers[PROTOCOL.SERVICE_VLAN] = parseServiceVlan;
  parsers[PROTOCOL.LLC] = parseLlc;
  parsers[PROTOCOL.PPP] = parsePpp;
  parsers[PROTOCOL.PPPOE_DISCOVERY] = parsePppoeDiscovery;
  parsers[PROTOCOL.PPPOE_SESSION] = parsePppoeSession;
  parsers[PROTOCOL.MPLS] = parseMpls;
  parsers[PROTOCOL.PSEUDOWIRE] = parsePseudowire;
  parsers[PROTOCOL.GRE] = parseGre;
  parsers[PROTOCOL.VXLAN] = parseVxlan;
  parsers[PROTOCOL.GENEVE] = parseGeneve;
  parsers[PROTOCOL.RADIOTAP] = parseRadiotap;
  parsers[PROTOCOL.WLAN] = parseWlan;
  parsers[PROTOCOL.NFLOG] = parseNflog;
  parsers[PROTOCOL.HOP_BY_HOP] = parseHopByHop;
  parsers[PROTOCOL.DESTINATION_OPTIONS] = parseExtension;
  parsers[PROTOCOL.ROUTING] = parseExtension;
  parsers[PROTOCOL.FRAGMENT] = parseFragment;
  parsers[PROTOCOL.AUTHENTICATION] = parseAuthentication;
  parsers[PROTOCOL.ICMPV6] = parseIcmpv6;
  parsers[PROTOCOL.DNS] = parseDns;
  parsers[PROTOCOL.DHCP] = parseDhcp;
  parsers[PROTOCOL.HDLC] = parseHdlc;
  parsers[PROTOCOL.SLARP] = parseSlarp;
  for (const protocol of PPP_CONTROL) parsers[protocol] = parsePppControl;
  parsers[PROTOCOL.PAP] = parsePap;
  parsers[PROTOCOL.CHAP] = parseChap;
  return parsers;
})();

/** 1 for what nobody asks about who asks for headers. */
const IS_CARRIED: Uint8Array = (() => {
  const carried = new Uint8Array(Object.keys(PROTOCOL).length);
  for (const protocol of [PROTOCOL.DATA, PROTOCOL.DNS, PROTOCOL.DHCP]) carried[protocol] = 1;
  return carried;
})();

/** The largest place that tables of layers can hold: where a frame ends whose length is that of a damaged file. */
const LONGEST = 0x7fff_ffff;

/** The layers of a plain frame. */
const FRAME = 0;
const LINK = 1;
const NETWORK = 2;
const TRANSPORT = 3;
const CARRIED = 4;

/** Takes the frames of one capture apart, in order. */
export class Dissector {
  readonly conversations: Conversations;
  readonly datagrams: Datagrams;
  readonly acknowledgments: Acknowledgments;
  readonly messages: Messages;
  readonly dnsExchanges: DnsExchanges;
  readonly httpExchanges: HttpExchanges;
  readonly #clocks = new Clocks();
  readonly #echoes = new Echoes();
  readonly #addressOwners = new AddressOwners();
  readonly #dissection = makeDissection();
  readonly #segment: Segment;
  readonly #messageSegment = makeMessageSegment();
  readonly #streams: Streams;
  /** That of the segment. */
  readonly #stream: RecordStream;
  readonly #needs: DissectionNeeds;
  /** Which parts of `#needs.history` there are. */
  readonly #needsSegments: boolean;
  readonly #needsTimes: boolean;
  readonly #needsAcknowledgments: boolean;
  #started = false;
  /** The network protocol of the plain frame before, whose layers still stand; NONE: it was not plain. */
  #laid: ProtocolId = PROTOCOL.NONE;
  /** When the frame before came. */
  readonly #moment: Moment = { seconds: 0, nanoseconds: 0 };
  #lastTime = NO_TIME;

  /**
   * @param options the limits
   * @throws TcplabError EINVAL when one is out of its range
   */
  constructor(options: DissectorOptions = {}) {
    this.datagrams = new Datagrams(options);
    this.acknowledgments = new Acknowledgments(options);
    this.dnsExchanges = new DnsExchanges(options);
    this.httpExchanges = new HttpExchanges(options);
    this.#needs = options.needs ?? NEEDS_EVERYTHING;
    this.#dissection.verifiesChecksums = options.checksums ?? false;
    this.#dissection.zone = options.zone ?? UTC;
    const { history } = this.#needs;
    this.#needsAcknowledgments = history === 'all';
    this.messages = new Messages(options, history === 'all');
    this.#needsTimes = history === 'times' || history === 'all';
    this.#needsSegments = history === 'segments' || this.#needsTimes;
    const besides = (this.#needsTimes ? CLOCK_OCTETS : 0) + (this.#needsAcknowledgments ? ACKNOWLEDGMENT_OCTETS : 0);
    this.conversations = new Conversations(options, besides);
    this.#streams = new Streams(this.conversations, options);
    this.#stream = new RecordStream(this.conversations);
    this.#segment = {
      frame: 0,
      time: NO_TIME,
      stream: this.#stream,
      from: 0,
      identification: 0,
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

  /** The TCP streams met so far, by tcp.stream, up to the limit; made when they are asked for. */
  get streams(): readonly Stream[] {
    return this.#streams.list();
  }

  /** Octets that what is remembered of conversations and their messages takes, whatever comes of them; the list of `streams` takes four octets more for each. */
  get octets(): number {
    const { conversations, acknowledgments, messages, dnsExchanges } = this;
    return conversations.octets + this.#clocks.octets + acknowledgments.octets + messages.octets + dnsExchanges.octets;
  }

  /** TCP streams that the list had no room for. */
  get unlisted(): number {
    return this.#streams.unlisted;
  }

  /**
   * Takes a frame apart.
   * @returns always the same object, valid until the next call; it points into the packet's memory
   */
  dissect(packet: Packet): Dissection {
    const dissection = this.#dissection;
    if (!this.#started) {
      this.#started = true;
      setMoment(dissection.first, packet);
      setMoment(this.#moment, packet);
    }
    setMoment(dissection.previous, this.#moment);
    setMoment(this.#moment, packet);
    const time = (packet.seconds - dissection.first.seconds) * 1e9 + packet.nanoseconds - dissection.first.nanoseconds;
    dissection.packet = packet;
    dissection.time = time;
    dissection.delta = time - this.#lastTime;
    this.#lastTime = time;
    dissection.views[0] = packet.view;
    dissection.segment = undefined;
    clearMessageParts(dissection.parts);
    dissection.isRepeated = false;
    dissection.closing = undefined;
    dissection.finFrame = 0;
    dissection.dnsMessages = undefined;
    if (dissection.datagramCount > 0) {
      dissection.datagramCount = 0;
      this.datagrams.release();
    }
    dissection.echoFrame = 0;
    dissection.duplicateAddresses = NO_DUPLICATES;
    if (this.#needsAcknowledgments) clearAckFacts(dissection.acks);
    const end = packet.at + packet.capturedLength;
    const wireEnd = smaller(packet.at + larger(packet.originalLength, packet.capturedLength), LONGEST);
    const isAsked = this.#needs.layers !== 'none' && !dissection.verifiesChecksums;
    const segment = isAsked ? plainSegment(packet, end, wireEnd) : -1;
    dissection.isPlain = segment > 0;
    if (segment > 0) {
      this.#walkPlain(segment, end, wireEnd);
      return dissection;
    }
    this.#laid = PROTOCOL.NONE;
    dissection.depth = 0;
    this.#push(PROTOCOL.FRAME, IN_FRAME, packet.at, end, wireEnd, 0);
    dissection.payloads[0] = packet.at;
    if (this.#needs.layers !== 'none') this.#walk(protocolOfLinkType(packet.linkType));
    return dissection;
  }

  /**
   * The layers of a plain frame, whose segment's header is at `segment`, as `#walk` finds them. What is the same in one such frame as in the next is left as it stands when the frame before was one, too.
   */
  #walkPlain(segment: number, end: number, wireEnd: number): void {
    const dissection = this.#dissection;
    const { starts, payloads, ends, wireEnds, packet } = dissection;
    const { view, at } = packet;
    const network = at + ethernet.HEADER;
    const protocol = segment - network === ipv4.HEADER ? PROTOCOL.IPV4 : PROTOCOL.IPV6;
    if (this.#laid === PROTOCOL.NONE) {
      dissection.depth = 0;
      for (const each of [PROTOCOL.FRAME, PROTOCOL.ETHERNET, protocol, PROTOCOL.TCP, PROTOCOL.DATA])
        this.#push(each, IN_FRAME, 0, 0, 0, 0);
    } else if (this.#laid !== protocol) dissection.protocols[NETWORK] = protocol;
    this.#laid = protocol;
    const length = protocol === PROTOCOL.IPV4 ? ipv4.totalLength(view, network) : ipv6.payloadLength(view, network);
    const stop = protocol === PROTOCOL.IPV4 ? network + length : segment + length;
    // Of an IPv4 packet only: it was not cut into segments yet.
    const packetEnd = length === 0 ? end : smaller(stop, end);
    const packetWireEnd = length === 0 ? wireEnd : smaller(stop, wireEnd);
    const payload = segment + tcp.headerLength(view, segment);
    starts[FRAME] = payloads[FRAME] = starts[LINK] = at;
    payloads[LINK] = starts[NETWORK] = network;
    payloads[NETWORK] = starts[TRANSPORT] = segment;
    payloads[TRANSPORT] = starts[CARRIED] = payloads[CARRIED] = payload;
    ends[FRAME] = ends[LINK] = end;
    wireEnds[FRAME] = wireEnds[LINK] = wireEnd;
    ends[NETWORK] = ends[TRANSPORT] = ends[CARRIED] = packetEnd;
    wireEnds[NETWORK] = wireEnds[TRANSPORT] = wireEnds[CARRIED] = packetWireEnd;
    dissection.streams[TRANSPORT] = UNKNOWN;
    dissection.seqBases[TRANSPORT] = 0;
    dissection.ackBases[TRANSPORT] = 0;
    dissection.scales[TRANSPORT] = UNKNOWN;
    dissection.usesAce[TRANSPORT] = 0;
    dissection.depth = CARRIED;
    if (this.#needs.history !== 'none') this.#tcp(TRANSPORT, NETWORK);
    const isReset = (tcp.flags(view, segment) & tcp.RST) !== 0;
    const isData = payload < packetEnd && !isReset && !dissection.isRepeated && !dissection.parts.goesOn;
    if (isData && this.#needs.layers === 'all') dissection.depth = CARRIED + 1;
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
    dissection.usesAce[layer] = 0;
    dissection.completed[layer] = 0;
  }

  #walk(first: ProtocolId): void {
    const dissection = this.#dissection;
    let next = first;
    while (next !== PROTOCOL.NONE && dissection.depth < MAX_LAYERS) {
      const above = dissection.depth - 1;
      const inside = dissection.quoted[above]! || isQuotation(dissection, above) ? 1 : 0;
      // The last place of the stack is for data.
      if (dissection.depth === MAX_LAYERS - 1) next = PROTOCOL.DATA;
      const datagram = datagramOf(dissection, above);
      if (datagram !== undefined) {
        this.#push(next, dissection.completed[above]!, 0, datagram.length, datagram.length, inside);
      } else {
        const start = dissection.payloads[above]!;
        const end = dissection.ends[above]!;
        if (next === PROTOCOL.DATA && start >= end) return;
        this.#push(next, dissection.sources[above]!, start, end, dissection.wireEnds[above]!, inside);
      }
      const layer = dissection.depth - 1;
      const protocol = next;
      next = PARSERS[protocol]!(dissection, layer);
      if (this.#needs.history !== 'none') {
        this.#follow(layer, protocol);
        if (protocol === PROTOCOL.TCP && next !== PROTOCOL.NONE && this.#walkMessages(layer)) return;
      }
      if (
        (protocol === PROTOCOL.IPV4 || protocol === PROTOCOL.FRAGMENT) &&
        next === PROTOCOL.DATA &&
        dissection.problems[layer] === 0
      )
        next = this.#fragment(layer, protocol);
      // What transports carry, unless it is a tunnel.
      if (this.#needs.layers === 'headers' && IS_CARRIED[next] === 1) return;
    }
  }

  /** The messages that a segment carries. @returns whether nothing else is to be shown of its payload */
  #walkMessages(layer: number): boolean {
    const dissection = this.#dissection;
    const { parts, isRepeated } = dissection;
    // What came before is not looked into again, as in tshark, not even where it brings what was missing of a message.
    if (isRepeated) return true;
    if (parts.framing !== DNS_FRAMING) return parts.goesOn;
    if (this.#needs.layers !== 'all') return true;
    const { whole } = parts;
    if (whole !== undefined && whole.octets.length > 0 && dissection.datagramCount < MAX_DATAGRAMS) {
      const source = ++dissection.datagramCount;
      dissection.views[source] = new DataView(whole.octets.buffer);
      this.#dns(layer, source, 0, whole.came);
    }
    if (parts.nextAt >= 0) this.#dns(layer, dissection.sources[layer]!, parts.nextAt, dissection.ends[layer]!);
    return parts.goesOn || whole !== undefined || parts.nextAt >= 0;
  }

  /** The messages of DNS that are whole in `[from, to)` of a segment, or of several together. */
  #dns(transport: number, source: number, from: number, to: number): void {
    const dissection = this.#dissection;
    const view = dissection.views[source]!;
    for (let at = from; at + DNS_LENGTH <= to && dissection.depth < MAX_LAYERS; ) {
      const end = at + DNS_LENGTH + view.getUint16(at);
      if (end > to) return;
      this.#push(PROTOCOL.DNS, source, at + DNS_LENGTH, end, end, dissection.quoted[transport]!);
      parseDns(dissection, dissection.depth - 1);
      this.#dnsMessage(dissection.depth - 1, 2 * dissection.streams[transport]! + 1);
      at = end;
    }
  }

  /** What the payload is of a layer that may be a fragment: the datagram it completes, data, or the beginning of one that was cut. */
  #fragment(layer: number, protocol: ProtocolId): ProtocolId {
    const dissection = this.#dissection;
    const view = viewOf(dissection, layer);
    const at = dissection.starts[layer]!;
    const isIpv4 = protocol === PROTOCOL.IPV4;
    if (!(isIpv4 ? ipv4.isFragment(view, at) : isIpv6Fragment(view, at))) return PROTOCOL.DATA;
    const end = dissection.ends[layer]!;
    const inside = isIpv4 ? protocolInDatagram(view, at) : protocolOfNumber(extension.nextHeader(view, at));
    // As in Wireshark, nothing is put together by a header that is known to be wrong.
    const isWrong =
      isIpv4 && dissection.verifiesChecksums && ipv4Checksum(dissection, layer) !== ipv4.checksum(view, at);
    const isCut = isWrong || end < dissection.wireEnds[layer]! || (isIpv4 && at + ipv4.totalLength(view, at) > end);
    if (isCut && isIpv4) return ipv4.fragmentOffset(view, at) === 0 ? inside : PROTOCOL.DATA;
    const network = networkLayerBefore(dissection, layer);
    // IPv4 may say that a fragment header of IPv6 follows: there are no addresses to go by.
    const isAlone = !isIpv4 && (network < 0 || dissection.protocols[network] !== PROTOCOL.IPV6);
    if (isCut || isAlone || dissection.datagramCount >= MAX_DATAGRAMS) return PROTOCOL.DATA;
    const frame = dissection.packet.number;
    const from = dissection.payloads[layer]!;
    const datagram = isIpv4
      ? this.datagrams.add4(view, at, from, end, frame)
      : this.datagrams.add6(viewOf(dissection, network), dissection.starts[network]!, view, at, from, end, frame);
    if (datagram === undefined) return PROTOCOL.DATA;
    const place = ++dissection.datagramCount;
    dissection.completed[layer] = place;
    dissection.datagrams[place] = datagram;
    dissection.views[place] = datagram.view;
    return inside;
  }

  /** What earlier frames say about a layer, and it about later ones. */
  #follow(layer: number, protocol: ProtocolId): void {
    if (protocol === PROTOCOL.TCP) this.#tcp(layer, networkLayerBefore(this.#dissection, layer));
    else if (protocol === PROTOCOL.UDP) this.#udp(layer);
    else if (protocol === PROTOCOL.ICMP) this.#icmp(layer);
    else if (protocol === PROTOCOL.ARP)
      this.#dissection.duplicateAddresses = this.#addressOwners.take(this.#dissection, layer);
    else if (protocol === PROTOCOL.ICMPV6) this.#icmpv6(layer);
    else if (protocol === PROTOCOL.DNS) this.#dnsMessage(layer, 2 * this.#dissection.streams[layer - 1]!);
  }

  /** A message of DNS: what it answers, and whether it came before. @param conversation a number for each; negative: none is known */
  #dnsMessage(layer: number, conversation: number): void {
    const dissection = this.#dissection;
    const { queryFrames, queryTimes, repeatedFrames, packet, time } = dissection;
    queryFrames[layer] = 0;
    repeatedFrames[layer] = 0;
    if (conversation < 0 || dissection.quoted[layer] === 1 || dissection.problems[layer] !== 0) return;
    const exchanges = this.dnsExchanges;
    const view = viewOf(dissection, layer);
    const at = dissection.starts[layer]!;
    const id = dns.identifier(view, at);
    const isResponse = dns.isResponse(view, at);
    // 0 stands for a place of the table that is free.
    if (isResponse) exchanges.answer(conversation + 1, id, packet.number, time);
    else exchanges.ask(conversation + 1, id, packet.number, time);
    queryFrames[layer] = exchanges.queryFrame;
    queryTimes[layer] = exchanges.queryTime;
    repeatedFrames[layer] = exchanges.repeatedFrame;
  }

  #find(layer: number, network: number, isTcp: boolean): number {
    const dissection = this.#dissection;
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
    if (dissection.problems[layer] !== 0 || network < 0 || dissection.protocols[network] !== PROTOCOL.IPV4) return;
    const type = icmp.type(viewOf(dissection, layer), dissection.starts[layer]!);
    if (type === icmp.ECHO_REQUEST || type === icmp.ECHO_REPLY) this.#echo(layer, network, type === icmp.ECHO_REQUEST);
  }

  #icmpv6(layer: number): void {
    const dissection = this.#dissection;
    const network = networkLayerBefore(dissection, layer);
    if (dissection.problems[layer] !== 0 || network < 0 || dissection.protocols[network] !== PROTOCOL.IPV6) return;
    const type = icmp.type(viewOf(dissection, layer), dissection.starts[layer]!);
    if (type === icmpv6.ECHO_REQUEST || type === icmpv6.ECHO_REPLY)
      this.#echo(layer, network, type === icmpv6.ECHO_REQUEST);
  }

  #echo(layer: number, network: number, isRequest: boolean): void {
    const dissection = this.#dissection;
    const key = this.#echoes.key;
    const ipView = viewOf(dissection, network);
    const ip = dissection.starts[network]!;
    const isIpv6 = dissection.protocols[network] === PROTOCOL.IPV6;
    const [asker, asked] = isRequest ? [ASKER, ASKED] : [ASKED, ASKER];
    for (let i = 0; i < 4; i++) {
      key[asker + i] = isIpv6 ? ipView.getInt32(ipv6.sourceAt(ip) + 4 * i) : i === 0 ? ipv4.source(ipView, ip) : 0;
      key[asked + i] = isIpv6
        ? ipView.getInt32(ipv6.destinationAt(ip) + 4 * i)
        : i === 0
          ? ipv4.destination(ipView, ip)
          : 0;
    }
    key[REST] = icmp.rest(viewOf(dissection, layer), dissection.starts[layer]!);
    key[CODE] = icmp.code(viewOf(dissection, layer), dissection.starts[layer]!);
    key[TUNNELS] = 0;
    for (let i = 1; i < layer; i++) if (dissection.protocols[i] === PROTOCOL.UDP) key[TUNNELS]++;
    if (isRequest) this.#echoes.ask(dissection.packet.number, dissection.time);
    else {
      this.#echoes.answer();
      dissection.echoFrame = this.#echoes.frame;
      dissection.echoTime = dissection.time - this.#echoes.time;
    }
  }

  #udp(layer: number): void {
    const dissection = this.#dissection;
    if (dissection.problems[layer] !== 0) return;
    const record = this.#find(layer, networkLayerBefore(dissection, layer), false);
    if (record < 0) return;
    dissection.streams[layer] = this.conversations.stream;
    if (!this.#needsTimes) return;
    const isFirst = this.conversations.isNew;
    if (isFirst) this.#clocks.begin(record);
    if (dissection.quoted[layer] === 0 && (isFirst || !isEmptyUdp(dissection, layer))) this.#clock(layer, record);
  }

  #clock(layer: number, record: number): void {
    if (!this.#needsTimes) return;
    const dissection = this.#dissection;
    this.#clocks.take(record, dissection.packet.seconds, dissection.packet.nanoseconds);
    dissection.sinceFirst[layer] = this.#clocks.sinceFirst;
    dissection.sinceLast[layer] = this.#clocks.sinceLatest;
  }

  #tcp(layer: number, network: number): void {
    const dissection = this.#dissection;
    const conversations = this.conversations;
    const view = viewOf(dissection, layer);
    const at = dissection.starts[layer]!;
    if (dissection.ends[layer]! - at < TCP_READABLE) return;
    const record = this.#find(layer, network, true);
    if (record < 0) return;
    const side = conversations.side;
    if (conversations.isNew) this.#begin(record);
    dissection.scales[layer] = conversations.scale(side);
    const length = dissection.wireEnds[layer]! - at - tcp.headerLength(view, at);
    // What is only quoted, or has not even room for its header, says nothing about the conversation and has no relative numbers.
    if (dissection.quoted[layer] === 1 || length < 0) {
      dissection.streams[layer] = conversations.stream;
      if (dissection.quoted[layer] === 1) {
        if (dissection.problems[layer] === 0) this.#clock(layer, record);
        return;
      }
      dissection.scales[layer] = UNKNOWN;
      this.#clock(layer, record);
      this.#close(tcp.flags(view, at));
      this.#offerOf(layer);
      return;
    }
    const flags = tcp.flags(view, at);
    const seq = tcp.seq(view, at);
    const ack = tcp.ack(view, at);
    if (conversations.number(flags, seq, ack)) this.#begin(record);
    dissection.streams[layer] = conversations.stream;
    dissection.seqBases[layer] = conversations.base(side);
    dissection.ackBases[layer] = conversations.base(1 - side);
    if (length > 0 && conversations.proxy !== SOCKS.NONE) this.#socks(layer);
    if (!this.#needsSegments) return;
    const segment = this.#segment;
    segment.flags = flags;
    segment.seq = seq;
    segment.ack = ack;
    segment.length = length;
    segment.identification =
      dissection.protocols[network] === PROTOCOL.IPV4
        ? ipv4.identification(viewOf(dissection, network), dissection.starts[network]!)
        : 0;
    this.#segmentOf(layer, record, view, at);
  }

  /** A segment to or from a SOCKS proxy: the connection that was asked for has a number, too. */
  #socks(layer: number): void {
    const { conversations } = this;
    const dissection = this.#dissection;
    const [from, to] = [dissection.payloads[layer]!, dissection.ends[layer]!];
    if (from >= to || dissection.problems[layer] !== 0) return;
    const view = viewOf(dissection, layer);
    const isFromProxy = tcp.sourcePort(view, dissection.starts[layer]!) === SOCKS_PORT;
    if (conversations.proxy === SOCKS.OPEN) {
      conversations.tcpStreams++;
      this.#streams.add(UNKNOWN, 0);
    }
    conversations.proxy = socksPhase(conversations.proxy, isFromProxy, view, from, to);
  }

  /** What a segment says of its conversation, and about segments before it. */
  #segmentOf(layer: number, record: number, view: DataView, at: number): void {
    const dissection = this.#dissection;
    const conversations = this.conversations;
    const segment = this.#segment;
    const { flags, seq, ack, length } = segment;
    const { side } = conversations;
    const scale = conversations.scale(side);
    this.#clock(layer, record);
    this.#close(flags);
    dissection.scales[layer] = scale;
    const headerEnd = dissection.payloads[layer]!;
    if (headerEnd - at < tcp.HEADER) return;

    conversations.advance(seq, (seq + length + (flags & tcp.SYN ? 1 : 0) + (flags & tcp.FIN ? 1 : 0)) | 0);
    dissection.isRepeated = conversations.isRepeated;
    readTcpOptions(view, at + tcp.HEADER, headerEnd, segment.options);
    segment.frame = dissection.packet.number;
    segment.time = dissection.time;
    const { first } = conversations;
    this.#stream.turnTo(dissection.streams[layer]!, record, first);
    segment.from = side === first ? 0 : 1;
    segment.relativeSeq = (seq - dissection.seqBases[layer]!) >>> 0;
    segment.relativeAck = flags & tcp.ACK ? (ack - dissection.ackBases[layer]!) >>> 0 : 0;
    segment.windowField = tcp.window(view, at);
    segment.window = windowOf(segment.windowField, flags, scale);
    segment.windowKnown = (flags & tcp.SYN) !== 0 || scale !== UNKNOWN;
    segment.urgentPointer = tcp.urgentPointer(view, at);
    // What was cut off may have offered it.
    const isHeaderWhole = headerEnd - at >= tcp.headerLength(view, at);
    if (segment.options.windowScale >= 0 || isHeaderWhole) conversations.offer(flags, segment.options.windowScale);
    dissection.usesAce[layer] = conversations.negotiate(flags) ? 1 : 0;
    if (segment.options.hasOthers && hasAccurateEcn(dissection, layer)) conversations.agree();
    dissection.segment = segment;
    if (this.#needsAcknowledgments) {
      this.acknowledgments.take(
        segment,
        record,
        this.#clocks.sinceFirst,
        conversations.isAhead,
        conversations.isRepeated,
        dissection.acks,
      );
      // As in Wireshark, a header that was cut off says nothing of it, and counts for those behind it.
      if (!isHeaderWhole) clearAckFacts(dissection.acks);
    }
    if (length > 0 && (flags & tcp.RST) === 0) this.#take(layer, 2 * record + segment.from);
    if (flags & tcp.FIN) this.#finish(layer, 2 * record + segment.from);
    if (this.#needsAcknowledgments && dissection.parts.ended !== 0) this.#exchange(record);
    // What the other end sent may still be on its way, and tshark goes on with it.
    if (flags & tcp.RST) this.messages.forget(2 * record + segment.from);
  }

  #close(flags: number): void {
    if (this.#needsSegments && flags & tcp.FIN)
      this.#dissection.closing = this.conversations.finish() ? 'first' : 'second';
  }

  /** Of a segment without room for its header the options that are there count. */
  #offerOf(layer: number): void {
    const dissection = this.#dissection;
    const view = viewOf(dissection, layer);
    const options = dissection.starts[layer]! + tcp.HEADER;
    if (options > dissection.payloads[layer]!) return;
    const { windowScale } = readTcpOptions(view, options, dissection.payloads[layer]!, this.#segment.options);
    if (windowScale >= 0) this.conversations.offer(tcp.flags(view, options - tcp.HEADER), windowScale);
  }

  /** Which messages a segment's payload is of. */
  #take(layer: number, direction: number): void {
    const dissection = this.#dissection;
    const from = dissection.payloads[layer]!;
    const to = dissection.ends[layer]!;
    if (from >= to || dissection.problems[layer] !== 0) return;
    const { parts } = dissection;
    const segment = this.#messageSegment;
    segment.frame = dissection.packet.number;
    segment.view = viewOf(dissection, layer);
    segment.header = dissection.starts[layer]!;
    segment.from = from;
    segment.to = to;
    segment.seq = this.#segment.seq;
    segment.direction = direction;
    segment.isCut = to < dissection.wireEnds[layer]!;
    segment.isRepeated = dissection.isRepeated;
    const known = this.conversations.speaks;
    segment.speaks = known;
    clearMessageParts(parts);
    this.messages.take(segment, parts);
    parts.layer = layer;
    if (segment.speaks !== known) this.conversations.speaks = segment.speaks;
  }

  #finish(layer: number, direction: number): void {
    const { packet, parts } = this.#dissection;
    const { seq, length } = this.#segment;
    this.#dissection.finFrame = this.messages.finish(direction, packet.number, (seq + length) | 0, parts);
    parts.layer = layer;
  }

  /** Which request the responses of a segment answer. */
  #exchange(record: number): void {
    const { parts, packet, time } = this.#dissection;
    const { ended } = parts;
    if (ended & (ENDED.INTERIM | ENDED.FINAL)) {
      const asked = this.httpExchanges.answer(record, (ended & ENDED.FINAL) !== 0);
      if (asked !== undefined) {
        parts.requestFrame = asked.frame;
        parts.requestTime = time - asked.time;
      }
    }
    if (ended & ENDED.REQUEST) this.httpExchanges.ask(record, packet.number, time);
  }

  #begin(record: number): void {
    if (this.#needsTimes) this.#clocks.begin(record);
    if (this.#needsAcknowledgments) this.acknowledgments.begin(record);
    this.messages.forget(2 * record);
    this.messages.forget(2 * record + 1);
    this.httpExchanges.forget(record);
    this.#streams.add(record, this.conversations.first);
  }
}

/** Where the segment's header is in a frame whose layers are Ethernet, IP, TCP and data, all whole; else -1. */
function plainSegment({ linkType, view, at }: Packet, end: number, wireEnd: number): number {
  // Lengths beyond an int32 are those of damaged files.
  const segment = linkType === LINKTYPE.ETHERNET && wireEnd < LONGEST ? locateSegment(view, at, end) : -1;
  if (segment < 0) return -1;
  // What stands behind this port may be a layer of its own.
  return tcp.sourcePort(view, segment) === dns.PORT || tcp.destinationPort(view, segment) === dns.PORT ? -1 : segment;
}
