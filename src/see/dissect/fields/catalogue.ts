/**
 * The fields for people: a line of explanation and a filter as an example for each. What a title says well enough is not said again. Not here: the fields
 * themselves (index.ts).
 */
import type { Field, FieldType } from '../field.ts';
import { todaysName } from '../foreign-names.ts';
import { PROTOCOLS } from '../protocol.ts';
import { FIELDS } from './index.ts';

/** A field as a catalogue shows it. */
export interface FieldEntry {
  readonly field: Field;
  /** One line. */
  readonly explanation: string;
  /** A display filter that uses it. */
  readonly example: string;
}

/** What a title leaves open, and examples that are worth more than the general one. */
const SAID: Readonly<Record<string, readonly [explanation: string, example?: string]>> = {
  'frame.number': ['The frame, counted from 1 in the capture', 'frame.number == 3'],
  'frame.len': ['Octets the frame had on the wire', 'frame.len > 1500'],
  'frame.cap_len': ['Octets of the frame that the capture kept', 'frame.cap_len < frame.len'],
  'frame.time_epoch': ['Seconds since 1970, UTC'],
  'frame.time_relative': ["Seconds since the capture's first frame", 'frame.time_relative < 1'],
  'frame.time_delta': ['Seconds since the frame before', 'frame.time_delta > 0.2'],
  'frame.protocols': ['The layers, outermost first, joined by colons', 'frame.protocols contains "gre"'],
  'eth.type': ['EtherType: what the frame carries; absent when the two octets are a length', 'eth.type == 0x86dd'],
  'tcp.options.mptcp.nomoresubflows.flag': ['No new subflows to this address and port, please'],
  'tcp.options.mptcp.dseqnpresent.flag': ['A mapping of sequence numbers is present'],
  'vlan.id': ['VLAN of each 802.1Q tag, outermost first', 'vlan.id == 100'],
  'ip.addr': ['Source or destination; every IPv4 header in the frame counts, quoted ones too', 'ip.addr == 10.0.0.0/8'],
  'ip.src': ['Source address; several in tunnels and ICMP errors', 'ip.src == 192.0.2.1'],
  'ip.dst': ['Destination address; several in tunnels and ICMP errors', 'ip.dst == 192.0.2.1'],
  'ip.ttl': ['Hops that are left', 'ip.ttl < 5'],
  'ip.frag_offset': ['Fragment offset, in units of eight octets', 'ip.frag_offset > 0'],
  'ip.flags.mf': ['More fragments follow', 'ip.flags.mf == 1'],
  'ip.flags.df': ['Routers must not fragment it', 'ip.flags.df == 1'],
  'ip.dsfield.ecn': ['ECN: 0 not capable, 1 and 2 capable, 3 congestion experienced', 'ip.dsfield.ecn == 3'],
  'ip.fragment.count': ['Of how many fragments this frame completed a datagram', 'ip.fragment.count > 2'],
  'ip.fragment': ['Frames of the fragments of the datagram that is whole in this one', 'ip.fragment == 7'],
  'ip.fragments': ['The datagram that is whole in this frame, all fragments together', 'ip.fragments contains "GET"'],
  'ip.fragment.error': ['Frames of those fragments that contradict others'],
  'ip.fragment.overlap': ['Fragments brought octets that others brought, too'],
  'ip.fragment.overlap.conflict': ['Such octets are not the same: ends may read another datagram than analysers'],
  'ip.fragment.multipletails': ['Fragments that claim to be the last end at different places'],
  'ip.fragment.toolongfragment': ['A fragment goes over the end that the last one told'],
  'ip.reassembled.data': ['The datagram that is whole in this frame, all fragments together'],
  'ip.reassembled_in': ['Frame in which a datagram will be whole: none has it, as one pass does not know'],
  'ipv6.fragments': ['A datagram is whole in this frame'],
  'ipv6.fragment': ['Frames of the fragments of the datagram that is whole in this one', 'ipv6.fragment == 7'],
  'ipv6.reassembled.in': ['Frame in which a datagram will be whole: none has it, as one pass does not know'],
  'ipv6.addr': ['Source or destination; every IPv6 header in the frame counts', 'ipv6.addr == 2001:db8::/32'],
  'ipv6.hlim': ['Hops that are left', 'ipv6.hlim < 5'],
  'ipv6.nxt': ['What follows the base header, an extension header or a transport', 'ipv6.nxt == 58'],
  'ipv6.fraghdr.offset': ['Fragment offset, in units of eight octets', 'ipv6.fraghdr.offset > 0'],
  'icmp.type': ['Kind of message: 8 echo request, 0 reply, 3 unreachable, 11 time exceeded', 'icmp.type == 3'],
  'icmp.unused': ['Octets of an error that mean nothing: what they hold tells systems apart'],
  'icmp.resp_in': ['Frame of the echo reply that is to come: none has it, as one pass does not know'],
  'icmp.data_time': ['When an echo was sent, as its sender wrote it into the data', 'icmp.data_time'],
  'icmp.resp_to': ['Frame of the echo request that this reply answers'],
  'icmpv6.type': ['Kind of message: 128 echo request, 129 reply, 135 neighbor solicitation', 'icmpv6.type == 135'],
  'icmpv6.resp_to': ['Frame of the echo request that this reply answers'],
  'udp.port': ['Source or destination port', 'udp.port == 53'],
  'udp.stream': ['Number of the conversation, from 0 in order of appearance'],
  'dns.qry.name': ['Names that are asked for', 'dns.qry.name contains "example"'],
  'dns.resp.name': ['Names of the records in answers', 'dns.resp.name contains "example"'],
  'dns.svcb.targetname': ['Where a service is, of SVCB and HTTPS records; <Root>: at the name itself'],
  'dns.svcb.svcparam.alpn': ['Protocols of a service', 'dns.svcb.svcparam.alpn == "h3"'],
  'dns.caa.issue': ['Who may issue certificates for a name', 'dns.caa.issue contains "letsencrypt"'],
  'tcp.port': ['Source or destination port; != means that both differ', 'tcp.port == 7456'],
  'tcp.srcport': ['Port of the sender', 'tcp.srcport == 7456'],
  'tcp.dstport': ['Port of the receiver', 'tcp.dstport == 7456'],
  'tcp.stream': ['Number of the connection, from 0 in order of appearance', 'tcp.stream == 0'],
  'tcp.len': ['Octets of payload, by the lengths in the headers', 'tcp.len > 0'],
  'tcp.seq': ["Sequence number, counted from the sender's first", 'tcp.seq == 1'],
  'tcp.seq_raw': ['Sequence number as it stands in the header'],
  'tcp.nxtseq': ['Sequence number of what the sender sends next'],
  'tcp.ack': ["Acknowledgment number, counted from the other end's first", 'tcp.ack > 1000'],
  'tcp.ack_raw': ['Acknowledgment number as it stands in the header'],
  'tcp.hdr_len': ['Octets of the header, options included', 'tcp.hdr_len > 20'],
  'tcp.flags': ['The twelve flag bits as one number', 'tcp.flags & 0x12'],
  'tcp.flags.syn': ['Synchronize: opens a connection', 'tcp.flags.syn == 1 and tcp.flags.ack == 0'],
  'tcp.flags.ack': ['The acknowledgment number counts', 'tcp.flags.ack == 0'],
  'tcp.flags.fin': ['The sender has no more to send', 'tcp.flags.fin == 1'],
  'tcp.flags.reset': ['The connection is aborted, or refused', 'tcp.flags.reset == 1'],
  'tcp.flags.push': ['Deliver without waiting for more', 'tcp.flags.push == 1'],
  'tcp.flags.urg': ['The urgent pointer counts', 'tcp.flags.urg == 1'],
  'tcp.flags.ece': ['ECN: congestion is echoed; in a SYN, ECN is offered', 'tcp.flags.ece == 1'],
  'tcp.flags.cwr': ['ECN: the sender has slowed down', 'tcp.flags.cwr == 1'],
  'tcp.flags.ace': ['Accurate ECN: counter of congestion marks, modulo eight', 'tcp.flags.ace == 5'],
  'tcp.flags.str': ['The flags as letters at fixed places', 'tcp.flags.str contains "S"'],
  'tcp.window_size_value': ['Window as it stands in the header', 'tcp.window_size_value == 0'],
  'tcp.window_size': ['Window in octets, scaled where both ends scale', 'tcp.window_size < 1000'],
  'tcp.window_size_scalefactor': [
    'Factor of the window; -1 not known, -2 not used',
    'tcp.window_size_scalefactor == -1',
  ],
  'tcp.payload': ['The octets of payload that were captured', 'tcp.payload contains "GET"'],
  'tcp.time_relative': ["Seconds since the connection's first frame", 'tcp.time_relative < 0.1'],
  'tcp.time_delta': ["Seconds since the connection's frame before", 'tcp.time_delta > 1'],
  'tcp.options.mss_val': ['Largest segment that the sender takes, in octets', 'tcp.options.mss_val < 1460'],
  'tcp.options.wscale.shift': ['Bits by which windows of the sender are shifted', 'tcp.options.wscale.shift > 7'],
  'tcp.options.sack_le': ['First number of each block received out of order', 'tcp.options.sack_le > 1000'],
  'tcp.options.sack_re': ['First number behind each block received out of order', 'tcp.options.sack_re > 1000'],
  'tcp.options.sack.dsack_le': ['First number of a block received twice (D-SACK)', 'tcp.options.sack.dsack_le > 0'],
  'tcp.options.timestamp.tsval': ["The sender's clock"],
  'tcp.options.timestamp.tsecr': ["The other end's clock, as it was last heard"],
  'tcp.option_kind': ['Kinds of all options, in order', 'tcp.option_kind == 30'],
  'tcp.connection.fin_active': ['The FIN of the end that closed first', 'tcp.connection.fin_active == 1'],
  'tcp.connection.fin_passive': ['The FIN of the end that closed second', 'tcp.connection.fin_passive == 1'],
  'tcp.fin_retransmission': ['Frame of the FIN that ended an HTTP message, and is sent again here'],
  'tcp.segment_data': [
    'Octets of a message over several segments, or that came before',
    'tcp.segment_data contains "GET"',
  ],
  'tcp.segments': ['Frames in which a message over several segments is whole'],
  'tcp.segment': ['Frames of the segments of the message that is whole in this one', 'tcp.segment == 7'],
  'tcp.segment.count': ['How many segments the message has that is whole in this frame', 'tcp.segment.count > 10'],
  'tcp.segment.error': ['Frames of those segments whose octets contradict what others brought'],
  'tcp.segment.overlap': ['Segments of the whole message brought octets that others brought, too'],
  'tcp.segment.overlap.conflict': ['Such octets are not the same: ends may read another message than analysers'],
  'tcp.reassembled.length': ['Octets of the message that is whole in this frame', 'tcp.reassembled.length > 100000'],
  'tcp.reassembled.data': [
    'The message that is whole in this frame, all segments together',
    'tcp.reassembled.data contains "password"',
  ],
  'tcp.reassembled_in': ['Frame in which a message will be whole: none has it, as one pass does not know'],
  'tcp.ack.nonzero': ['There is an acknowledgment number although ACK is not set'],
  'tcp.checksum.status': ['0 bad, 1 good, 2 unverified, as it is without --checksums', 'tcp.checksum.status == "Bad"'],
  'tcp.checksum_bad.expert': ['The checksum is wrong, where it is verified (--checksums)'],
  'tcp.checksum_calculated': ['What the checksum should be, where it is verified (--checksums)'],
  'icmp.checksum.status': ['0 bad, 1 good, 2 unverified', 'icmp.checksum.status == "Bad"'],
  'icmpv6.checksum.status': ['0 bad, 1 good, 2 unverified', 'icmpv6.checksum.status == 0'],
  'udp.checksum.status': ['2 unverified, 3 not present, 4 zero where it must not be', 'udp.checksum.status == 3'],
  'frame.comment': ['Comments on the frame in a pcapng file', 'frame.comment contains "retry"'],
  'frame.interface_id': ['Interface that the frame came from; absent in classic pcap files'],
  'tcp.urgent_pointer.non_zero': ['There is an urgent pointer although URG is not set'],
  'tcp.reset_cause': ['Text that a reset carries (RFC 9293 §3.5.3)', 'tcp.reset_cause contains "refused"'],
  'tcp.analysis.acks_frame': ['Frame whose segment this one acknowledges'],
  'tcp.analysis.ack_rtt': ['Seconds from that frame to this one', 'tcp.analysis.ack_rtt > 0.1'],
  'tcp.analysis.initial_rtt': ['Seconds that the handshake took', 'tcp.analysis.initial_rtt > 0.05'],
  'tcp.analysis.bytes_in_flight': ['Octets sent and not yet acknowledged', 'tcp.analysis.bytes_in_flight > 60000'],
  '_ws.expert.message': [
    'What is worth knowing in a frame: judgements of its headers',
    '_ws.expert.message contains "reset"',
  ],
  '_ws.expert.severity': [
    'How much it matters: Comment, Chat, Note, Warning, Error',
    '_ws.expert.severity == "Warning"',
  ],
  '_ws.expert.group': ['What it is about: Checksum, Sequence, Malformed, Protocol', '_ws.expert.group == "Malformed"'],
  '_ws.malformed': ['Protocols whose layer ended too early, though nothing was cut'],
  http: ['Frames in which a message of HTTP/1 over TCP is whole'],
  tls: ['Frames in which a record of TLS is whole'],
  'http.request': ['There is a request', 'http.request == 1'],
  'http.response': ['There is a response', 'http.response == 1'],
  'http.request.method': ['What is to be done', 'http.request.method == "POST"'],
  'http.request.uri': ['What is asked for, as it stands in the request', 'http.request.uri contains "login"'],
  'http.request.full_uri': ['What is asked for, and of whom', 'http.request.full_uri contains "example.com/"'],
  'http.response.code': ['Status of a response', 'http.response.code >= 400'],
  'http.time': ['Seconds from the request to this response', 'http.time > 0.5'],
  'http.request_in': ['Frame of the request that this response answers', 'http.request_in == 4'],
  'http.response_in': ['Frame of the response that is to come: none has it, as one pass does not know'],
  'http.file_data': [
    'What a message carries, as text up to the first NUL; not of packed ones',
    'http.file_data contains "password"',
  ],
  'http.host': ['Of whom something is asked', 'http.host == "example.com"'],
  'tls.handshake.type': [
    'Messages of a handshake, not encrypted ones: 1 client hello, 2 server hello',
    'tls.handshake.type == 1',
  ],
  'tls.handshake.extensions_server_name': [
    'Name of the server that a client wants (SNI)',
    'tls.handshake.extensions_server_name contains "example"',
  ],
  'mpls.label': ['Labels of the stack, outermost first', 'mpls.label == 16'],
  'gre.proto': ['EtherType of what is inside', 'gre.proto == 0x0800'],
  'geneve.flags.oam': ['A control packet of the tunnel'],
  'vxlan.vni': ['Virtual network', 'vxlan.vni == 100'],
};

/** An example for fields of a type that have none of their own. */
const EXAMPLES: Readonly<Record<FieldType, (name: string) => string>> = {
  unsigned: (name) => `${name} == 1`,
  signed: (name) => `${name} < 0`,
  boolean: (name) => `${name} == 1`,
  ipv4: (name) => `${name} == 192.0.2.1`,
  ipv6: (name) => `${name} == 2001:db8::1`,
  mac: (name) => `${name} == 02:00:00:00:00:01`,
  string: (name) => `${name} contains "a"`,
  bytes: (name) => `${name} contains 48:65`,
  seconds: (name) => `${name} > 0.1`,
  float: (name) => `${name} > 0.5`,
  time: (name) => `${name} >= "2026-11-29 19:25:36"`,
  protocol: (name) => name,
};

const titleOf = (name: string): string | undefined => PROTOCOLS.find((protocol) => protocol.name === name)?.title;

/** What a field is, in one line: its own, or its title with its protocol's. */
function explanationOf({ name, type, title }: Field): string {
  const own = SAID[name]?.[0];
  if (own !== undefined) return own;
  if (type === 'protocol') return `Frames that have a layer of ${titleOf(name) ?? title}`;
  const protocol = titleOf(name.slice(0, name.lastIndexOf('.'))) ?? titleOf(name.split('.', 1)[0]!);
  return protocol === undefined ? title : `${title} (${protocol})`;
}

/** Every field with its explanation and its example, in the order of the layers. */
export const FIELD_CATALOGUE: readonly FieldEntry[] = FIELDS.map((field) => ({
  field,
  explanation: explanationOf(field),
  example: SAID[field.name]?.[1] ?? EXAMPLES[field.type](field.name),
}));

/** The fields in whose name, title or explanation all words are; all of them without a word. Those whose name begins with the first word come first. */
export function findFields(words: readonly string[]): readonly FieldEntry[] {
  const wanted = words.map((word) => todaysName(word.toLowerCase()) ?? word.toLowerCase());
  const found = FIELD_CATALOGUE.filter(({ field, explanation }) => {
    const text = `${field.name} ${field.title} ${explanation}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
  const [first] = wanted;
  if (first === undefined) return found;
  const rank = ({ field }: FieldEntry): number =>
    field.name.startsWith(first) ? 0 : field.name.includes(first) ? 1 : 2;
  return [...found].sort((a, b) => rank(a) - rank(b));
}
