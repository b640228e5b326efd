/**
 * Where tcplab's fields and list lines knowingly differ from tshark 4.0.17's on ../shared/captures, and why; docs/differences.md says it in full. A difference that none of these
 * covers fails src/see/dissect/truth.test.ts.
 */
import { type Difference, isMarked } from './truth.ts';

/** A kind of difference. */
export interface KnownDifference {
  readonly why: string;
  covers(difference: Difference): boolean;
}

const isOf = (file: RegExp, name: RegExp): KnownDifference['covers'] => {
  return (difference) => file.test(difference.file) && name.test(difference.name);
};

/** All kinds. */
export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    why: 'a segment of a message of a protocol whose messages are not followed here (RTSP, DCE/RPC, MQTT, MySQL), or of a TLS connection whose records are lost track of',
    covers: ({ name, got, want }) => name === 'Info' && isMarked(want) && !isMarked(got) && !got.startsWith('HTTP/'),
  },
  {
    why: 'what tshark calls a retransmission it does not put in a message, though the octets are new: it misses the message',
    covers: ({ file, frame, name }) =>
      file === 'suricata__tls-subjectaltname-input.pcap' &&
      /^159[89]|160[01]$/.test(String(frame)) &&
      /^(Info|Protocol)$/.test(name),
  },
  {
    why: 'tshark marks a segment that overlaps others of a reassembled message: [Illegal Segments]',
    covers: ({ name, want }) => name === 'Info' && want === '[Illegal Segments]',
  },
  {
    why: 'an ICMP header of which not one octet was captured: tshark says nothing, tcplab that the packet was cut',
    covers: isOf(/^tcpdump__ip_ts_opts_asan/, /^Info$/),
  },
  {
    why: 'tshark shows an edge in a SACK option that is cut off relative to a base that it shows nothing else relative to',
    covers: isOf(/^tcpreplay__test.rewrite_efcs/, /^tcp.options.sack_le$/),
  },
  {
    why: 'lengths of 2 GiB and more, which no packet has: tshark takes 2,147,483,647 for them',
    covers: ({ file, name }) => /^pcpp__cf-/.test(file) && /^(frame.len|tcp\.(seq|nxtseq|ack|len))$/.test(name),
  },
  {
    why: 'behind a fragment header with an impossible offset tshark stops, tcplab shows data',
    covers: isOf(/^tcpdump__ipv6_frag6_negative_len/, /^(frame.protocols|_ws.malformed)$/),
  },
  {
    why: 'tshark takes the acknowledgment number 0 of a SYN without ACK for one, forgets the other SYN, and says that frame 4 acknowledges frame 3; what it acknowledges came first in frame 1',
    covers: ({ file, frame, name }) =>
      file === 'kernel__simultaneous-open.pcap' && frame === 4 && /^tcp.analysis.(acks_frame|ack_rtt)$/.test(name),
  },
  {
    why: 'what analysis of other captures says is compared with the analysis (see/analysis), not here',
    covers: ({ file, name }) => name.startsWith('tcp.analysis.') && /__/.test(file) && !file.startsWith('kernel__'),
  },
  {
    why: 'clocks: fractions that are no fraction of a second, ticks of 2^-n seconds, times before 1970, an offset of the interface; tshark rounds or takes another number (see/capture)',
    covers: isOf(
      /^(ngtest__le-test(01[0128]|016|10[012]|20[12])|pcpp__(cf-(4672|4981|5196|5421|5487|5696|5766|6223|6604)|crash-eec28d|igmplayer)|tcpdump__timestamp_invalid)/,
      /^frame\.time_epoch$/,
    ),
  },
  {
    why: 'sections whose length is wrong or unknown, behind which tshark goes on in another place',
    covers: isOf(/^ngtest__le-test(018|102|202)\./, /^(frame\.(len|cap_len|protocols|number)|ip\.|udp\.)/),
  },
  {
    why: 'a packet of an interface that no block describes: tshark gives up, tcplab shows it',
    covers: isOf(/^ngtest__le-test017\./, /^frame\.number$/),
  },
  {
    why: 'records of another layout than the header says, which tshark guesses',
    covers: isOf(/^pcpp__igmplayer/, /^(frame\.(len|cap_len|protocols)|ip\.|ipv6\.|icmpv6\.)/),
  },
  {
    why: 'headers of a link type that nobody gave out, or that tshark takes for another',
    covers: isOf(/^pcpp__(cf-(6223|6604)|crash-eec28d)/, /^(frame\.protocols|_ws\.malformed)$/),
  },
  {
    why: 'extensions of ICMP that are no extensions, behind a quotation: tshark calls the message malformed, tcplab shows data',
    covers: isOf(/^sanders__icmp_traceroute/, /^_ws.malformed$/),
  },
  {
    why: 'an ICMP message behind a length of 4 GiB',
    covers: isOf(/^pcpp__cf-5196/, /^(icmp\.(type|code)|Info)$/),
  },
];

/** Why a difference is known; undefined when it is not. */
export const reasonOf = (difference: Difference): string | undefined =>
  KNOWN_DIFFERENCES.find((known) => known.covers(difference))?.why;
