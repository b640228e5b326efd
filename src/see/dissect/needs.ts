/**
 * What has to be known of a frame before a question about it can be answered: which layers must be found, and whether the frames before it must have
 * been taken apart too. A filter says it (`Filter.needs`), a `Dissector` does no more than that. Not here: who asks.
 */
import type { Field } from './field.ts';

/** What has to be known of a frame. */
export interface DissectionNeeds {
  /**
   * How far a frame must be taken apart: `none`, its packet's lengths, time and number do; `headers`, the headers of links, networks, transports and
   * tunnels; `all`, also what transports carry (DNS, DHCP).
   */
  readonly layers: 'none' | 'headers' | 'all';
  /**
   * Whether the answer hangs on earlier frames, so that every frame of the capture must be dissected, in order. `streams`: which stream a packet belongs to, and what its numbers
   * count from; `segments`, also scaled windows, which octets came before, messages; `times`, also the time since another packet of the conversation;
   * `all`, also what is acknowledged, and the octets of messages over several segments. Fragments are no such case: a frame that may be one is always left to the dissector.
   */
  readonly history: 'none' | 'streams' | 'segments' | 'times' | 'all';
}

/** Whatever there is. */
export const NEEDS_EVERYTHING: DissectionNeeds = { layers: 'all', history: 'all' };

/** What the list shows. */
export const NEEDS_OF_LIST: DissectionNeeds = { layers: 'all', history: 'segments' };

/** Nothing but the packet. */
export const NEEDS_NOTHING: DissectionNeeds = { layers: 'none', history: 'none' };

const DEPTHS = ['none', 'headers', 'all'] as const;
const HISTORIES = ['none', 'streams', 'segments', 'times', 'all'] as const;

/** That of two which is further back in a list. */
const more = <Degree>(degrees: readonly Degree[], a: Degree, b: Degree): Degree =>
  degrees.indexOf(a) > degrees.indexOf(b) ? a : b;

/** What must be known for both. */
export const bothNeeds = (a: DissectionNeeds, b: DissectionNeeds): DissectionNeeds => ({
  layers: more(DEPTHS, a.layers, b.layers),
  history: more(HISTORIES, a.history, b.history),
});

/** Fields that the packet has, though not as one value. */
const OF_PACKET: ReadonlySet<string> = new Set(['frame', 'frame.comment']);

/** Fields for which it is enough to know the streams. */
const WITH_STREAMS: ReadonlySet<string> = new Set(['udp.stream', 'tcp.stream', 'tcp.seq', 'tcp.nxtseq', 'tcp.ack']);

/** Fields whose values hang on more of the segments before. */
const WITH_SEGMENTS: ReadonlySet<string> = new Set([
  'frame.time_relative',
  'frame.time_delta',
  'frame.protocols',
  'data',
  '_ws.expert',
  '_ws.malformed',
  '_ws.expert.message',
  '_ws.expert.severity',
  '_ws.expert.group',
  'data.data',
  'data.len',
  'arp.duplicate-address-detected',
  'arp.duplicate-address-frame',
  'arp.seconds-since-duplicate-address-frame',
  'icmp.resp_to',
  'icmp.resptime',
  'icmpv6.resptime',
  'icmpv6.resp_to',
  'tcp.connection.fin_active',
  'tcp.connection.fin_passive',
  'tcp.fin_retransmission',
  'tcp.segment_data',
  'tcp.segments',
  'tcp.segment.overlap',
  'tcp.segment.count',
  'tcp.reassembled.length',
  'tcp.flags.ae',
  'tcp.flags.cwr',
  'tcp.flags.ece',
  'tcp.flags.ace',
  'tcp.flags.str',
  'tcp.window_size',
  'tcp.window_size_scalefactor',
  'tcp.options.sack_le',
  'tcp.options.sack_re',
  'tcp.options.sack.dsack_le',
  'tcp.options.sack.dsack_re',
]);

/** Fields that tell the time since another packet of the conversation. */
const WITH_TIMES: ReadonlySet<string> = new Set([
  'udp.time_relative',
  'udp.time_delta',
  'tcp.time_relative',
  'tcp.time_delta',
]);

/** Protocols whose headers stand around those of transports, or are these. All others need all layers: their octets are known by their ports. */
const HEADERS =
  /^(?:eth|null|sll|vlan|ieee8021ad|llc|ppp|pppoed|pppoes|mpls|pwethcw|gre|vxlan|geneve|radiotap|wlan|nflog|raw|arp|ip|ipv6|ah|icmp|icmpv6|udp|tcp)(?:\.|$)/;

/** What must be known for a field's values. */
export function needsOfField({ name, packet }: Field): DissectionNeeds {
  if (packet !== undefined || OF_PACKET.has(name)) return NEEDS_NOTHING;
  return {
    layers: HEADERS.test(name) ? 'headers' : 'all',
    history: historyOf(name),
  };
}

function historyOf(name: string): DissectionNeeds['history'] {
  if (
    /^(?:tcp\.analysis\.|tcp\.reassembled\.data$|tcp\.segment(?:\.error|\.overlap\.conflict)?$|(?:http|tls)(?:\.|$))/.test(
      name,
    )
  )
    return 'all';
  if (WITH_TIMES.has(name)) return 'times';
  // A message over TCP may go over several segments.
  if (WITH_SEGMENTS.has(name) || /^dns(?:\.|$)/.test(name)) return 'segments';
  return WITH_STREAMS.has(name) ? 'streams' : 'none';
}
