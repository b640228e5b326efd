/**
 * The labelled requirements of RFC 9293, each in our own words: what code and tests cite (`//= RFC 9293 §3.5 MUST-10`) and
 * docs/compliance.md lists. It is not the RFC's text; where a sentence here and the RFC differ, the RFC is right.
 * Read first: RFC 9293 §2.1 and Appendix B.
 */

/** A requirement of RFC 9293. */
export interface Requirement {
  /** As Appendix B has it: `MUST-1` to `MUST-69`, `SHLD-1` to `SHLD-31`, `MAY-1` to `MAY-18`, `REC-1`. */
  readonly label: string;
  /** The section that says it, `3.7.1`. */
  readonly section: string;
  /** One sentence, in our own words. */
  readonly text: string;
}

const BY_SECTION: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '3.1': {
    'MUST-1': 'A window is an unsigned number: values of 32,768 and more are large windows, not negative ones.',
    'REC-1': 'Windows are kept and reckoned with in 32 bits.',
    'MUST-2': 'A sender puts a checksum into every segment.',
    'MUST-3': 'A receiver checks the checksum of every segment.',
    'MUST-4': 'The options End of Option List, No-Operation and Maximum Segment Size are understood.',
    'MUST-5': 'An option may come in any segment, not only with a SYN.',
    'MUST-6': 'An unknown option is skipped by its length and is no error.',
    'MUST-68': 'Every option but End of Option List and No-Operation carries its length.',
    'MUST-7': 'An impossible option length, zero for instance, does no harm.',
    'MUST-69': 'Whatever follows End of Option List in the header is zeros.',
  },
  '3.2': {
    'MUST-64': 'Options are read wherever they begin, aligned to a word or not.',
    'MUST-65': 'The Maximum Segment Size option goes only into segments with SYN.',
  },
  '3.4': {
    'MUST-66': 'Reset and urgent pointer are heeded even while the receive window is zero.',
  },
  '3.4.1': {
    'MUST-8': 'Initial sequence numbers follow a clock that advances every four microseconds.',
    'SHLD-1': 'A keyed pseudorandom function of the two addresses and ports is added to that clock.',
    'MUST-9': 'Nobody outside the host can work that function out.',
  },
  '3.5': {
    'MUST-10': 'Two ends that open towards one another at the same time get one connection.',
    'MUST-11': 'A connection in SYN-RECEIVED remembers whether it was opened passively or actively.',
  },
  '3.5.3': {
    'SHLD-2': 'A reset that carries data is accepted.',
  },
  '3.6': {
    'MUST-12': 'The application learns whether the other side closed in order or aborted.',
  },
  '3.6.1': {
    'MAY-1': 'CLOSE may end both directions, so that nothing more can be read.',
    'SHLD-3': 'After such a CLOSE, data that nobody will read is answered with a reset.',
    'MUST-13': 'The side that closed first stays in TIME-WAIT for twice the maximum segment lifetime.',
    'MAY-2': 'A new SYN may reopen a connection out of TIME-WAIT when old duplicates cannot be mistaken for its data.',
    'SHLD-4': 'Timestamps are used to leave TIME-WAIT early for a new connection (RFC 6191).',
  },
  '3.7.1': {
    'MUST-14': 'The Maximum Segment Size option is both sent and understood.',
    'SHLD-5': 'It is sent with every SYN when the size differs from the default, 536 octets (IPv4) or 1,220 (IPv6).',
    'MAY-3': 'It may be sent with every SYN in any case.',
    'MUST-15': 'A peer that sends no such option takes 536 octets (IPv4) or 1,220 (IPv6).',
    'MUST-16': 'Segments are no larger than the peer takes and no larger than the path below can carry.',
    'MUST-67': 'The size announced is what IP can receive and reassemble, less the 20 octets of the fixed TCP header.',
  },
  '3.7.3': {
    'SHLD-6': 'Where the MTU varies from packet to packet, the smallest one sets the size announced.',
  },
  '3.7.4': {
    'SHLD-7': 'Small segments are held back and joined while data is in flight (Nagle).',
    'MUST-17': 'An application can turn that off for a connection.',
  },
  '3.8.1': {
    'MUST-18':
      "The retransmission timeout follows RFC 6298, with Karn's rule: a retransmitted segment gives no round-trip sample.",
    'MAY-4': 'An identical retransmission may carry the same IPv4 Identification.',
  },
  '3.8.2': {
    'MUST-19': 'Slow start, congestion avoidance and the doubling of the retransmission timeout are there.',
    'MAY-18': 'Other congestion control may be used if it keeps to the standards.',
    'SHLD-8': 'Congestion notification by marks (ECN, RFC 3168) is there.',
  },
  '3.8.3': {
    'MUST-20': 'Repeated retransmission of a segment passes two thresholds: R1 warns IP of a bad route, R2 closes.',
    'MUST-21': 'An application can set R2 for a connection.',
    'SHLD-9': 'Between R1 and R2 the application is told that delivery is in trouble.',
    'SHLD-10': 'R1 is at least three retransmissions.',
    'SHLD-11': 'R2 is at least 100 seconds.',
    'MUST-22': 'A SYN is retransmitted by the same rules as data, and its failure is reported.',
    'MUST-23': 'R2 for a SYN is at least three minutes.',
  },
  '3.8.4': {
    'MAY-5': 'Keep-alives may be offered.',
    'MUST-24': 'An application can turn keep-alives on and off for each connection.',
    'MUST-25': 'Keep-alives are off until asked for.',
    'MUST-26': 'A keep-alive goes out only when nothing is in flight and nothing has arrived for the interval.',
    'MUST-27': 'The keep-alive interval can be set.',
    'MUST-28': 'The keep-alive interval is two hours or more unless set.',
    'MUST-29': 'One keep-alive without an answer does not mean a dead connection.',
    'SHLD-12': 'A keep-alive carries no data.',
    'MAY-6': 'A keep-alive may be set to carry one octet of garbage, for peers that answer nothing else.',
  },
  '3.8.5': {
    'SHLD-13': 'New applications do without urgent data.',
    'MUST-30': 'Urgent data is supported all the same.',
    'MUST-31': 'Urgent data may be of any length.',
    'MUST-62': 'The urgent pointer names the octet after the urgent data.',
    'MUST-32': 'The application is told at once when urgent data is announced, and when the pointer moves on.',
    'MUST-33': 'The application can find out whether urgent data is still to be read.',
  },
  '3.8.6': {
    'SHLD-14': 'A receiver does not take back window that it has offered.',
    'MUST-34': 'A sender survives a window that is taken back.',
    'SHLD-15': 'While more is in flight than the window now allows, nothing new is sent.',
    'SHLD-16': 'Data inside the smaller window is retransmitted as usual.',
    'MAY-7': 'Data beyond the smaller window may be retransmitted too.',
    'SHLD-17': 'Missing acknowledgments for data beyond the window do not end the connection.',
    'MUST-35': 'A window shrunk to zero is probed like any zero window.',
  },
  '3.8.6.1': {
    'MUST-36': 'A zero window is probed.',
    'MAY-8': 'A receiver may keep its window closed for as long as it likes.',
    'MUST-37': 'A connection stays open while probes are answered, however long the window is zero.',
    'SHLD-29': 'The first probe goes out when the window has been zero for one retransmission timeout.',
    'SHLD-30': 'The time between probes grows exponentially.',
  },
  '3.8.6.2.1': {
    'MUST-38': 'A sender avoids small segments that a silly window would provoke.',
  },
  '3.8.6.2.2': {
    'MUST-39': 'A receiver does not open its window in small steps.',
  },
  '3.8.6.3': {
    'SHLD-18': 'Acknowledgments may wait for company: they are delayed.',
    'MUST-40': 'The delay of an acknowledgment stays below half a second.',
    'SHLD-19': 'At least every second full-sized segment, or as much data, is acknowledged.',
  },
  '3.9.1.1': {
    'MUST-41': 'A passive OPEN makes a new connection record or fails; it touches no other record.',
    'MUST-42': 'A port can be listened on while other connections with that local port are being opened.',
    'MUST-43': 'OPEN takes a local IP address.',
    'MUST-44': 'Without one, IP chooses the local address before the first SYN goes out.',
    'MUST-45': 'Later segments keep the local address of the earlier ones.',
    'MUST-46': 'OPEN towards an address that no single host can have, broadcast or multicast, is an error.',
  },
  '3.9.1.2': {
    'MAY-15': 'SEND may let the application ask for a push.',
    'MUST-60': 'Where it does not, data is not held back for ever.',
    'MUST-61': 'Where it does not, the last segment of what is queued carries PSH.',
    'SHLD-27': 'Pushes that follow one another are merged for the sake of larger segments.',
    'MAY-16': 'Data sent without a push may be gathered before it goes out.',
    'SHLD-28': 'A segment is as large as it can be whenever there is the data for it.',
  },
  '3.9.1.3': {
    'MAY-17': 'A received PSH may be shown to the application.',
  },
  '3.9.1.7': {
    'MAY-14': 'A FLUSH call may be offered, which drops queued data that is not yet allowed to go out.',
  },
  '3.9.1.8': {
    'MUST-47': 'Troubles that do not end the connection can be reported to the application.',
    'SHLD-20': 'An application can decline such reports.',
  },
  '3.9.1.9': {
    'MUST-48': 'An application can set the Differentiated Services field of the segments it sends.',
    'SHLD-21': 'It can change that field while the connection lives.',
    'SHLD-22': 'The field is handed to IP as it is.',
    'MAY-9': 'The field last received may be shown to the application.',
  },
  '3.9.2': {
    'MUST-49': 'The Time to Live of segments can be set.',
    'SHLD-23': 'An application leaves the Differentiated Services field alone while a connection lives.',
    'MUST-50': 'IP options that mean nothing to TCP are ignored.',
    'MAY-10': "IP's Timestamp option may be supported.",
    'MAY-11': "IP's Record Route option may be supported.",
  },
  '3.9.2.1': {
    'MUST-51': 'An active OPEN can name a source route.',
    'MUST-52': 'That route counts for more than one received in a packet.',
    'MUST-53': 'A passively opened connection answers along the return route that it received.',
    'SHLD-24': 'A different route received later replaces the earlier one.',
  },
  '3.9.2.2': {
    'MUST-54': 'An ICMP error reaches the connection whose packet caused it, and is acted upon.',
    'MUST-55': 'ICMP Source Quench is dropped without a word.',
    'MUST-56': 'An ICMP error that may pass (no route, time exceeded, parameter problem) does not abort a connection.',
    'SHLD-25': 'The application can learn of such an error.',
    'SHLD-26':
      'An ICMP error that will not pass (no such protocol or port, fragmentation needed) aborts the connection.',
  },
  '3.9.2.3': {
    'MUST-63': 'A SYN from an address that no host can have is ignored.',
    'MUST-57': 'A SYN to a broadcast or multicast address is dropped without a word.',
  },
  '3.10.7.4': {
    'MUST-58': 'Acknowledgments are joined where they can be.',
    'MUST-59': 'Segments that wait together are all processed before anything is acknowledged.',
    'SHLD-31': 'Segments that come too early are kept until their turn.',
    'MAY-12': "An acknowledgment far older than the peer's largest window may be refused (RFC 5961 §5).",
    'MAY-13': 'A segment in the window but not at its left edge may be answered with an acknowledgment at once.',
  },
};

/** Every requirement, in the order of the sections. */
export const REQUIREMENTS: readonly Requirement[] = Object.entries(BY_SECTION).flatMap(([section, texts]) =>
  Object.entries(texts).map(([label, text]) => ({ label, section, text })),
);

const BY_LABEL: ReadonlyMap<string, Requirement> = new Map(REQUIREMENTS.map((entry) => [entry.label, entry]));

/** The requirement with that label; undefined when RFC 9293 has none. */
export const requirement = (label: string): Requirement | undefined => BY_LABEL.get(label);

/**
 * The MAYs that tcplab leaves, and why. Each other MAY is cited where the code does it and at its test; a MUST or SHLD cannot be declined.
 */
export const DECLINED: ReadonlyMap<string, string> = new Map([
  [
    'MAY-4',
    'Every packet is sent with the Do Not Fragment bit, so that its Identification says nothing (RFC 6864 §4.1), and a counter serves all.',
  ],
  [
    'MAY-6',
    'The receivers that answer only to an octet are those of the 1980s (RFC 1122 §4.2.3.6), and a garbage octet is one more thing to explain on a diagram.',
  ],
  [
    'MAY-15',
    'Octets are sent as soon as windows and the Nagle algorithm allow, and PSH stands with the last of them: there is nothing to ask for. Programs that want octets to wait say so (TCP_CORK, MSG_MORE).',
  ],
  [
    'MAY-17',
    'A reader is given what there is and never waits for a push; a mark that senders set where they like tells a program nothing.',
  ],
  [
    'MAY-14',
    'No face has a call for it: what a program wants unsaid it aborts, and octets gone from the middle of a stream are an error that its peer cannot see.',
  ],
  [
    'MAY-10',
    'Many routers drop packets with IP options, or take long over them, and TCP has timestamps of its own; they are ignored when they come.',
  ],
  [
    'MAY-11',
    'Many routers drop packets with IP options, and this one has room for nine hops; it is ignored when it comes.',
  ],
]);
