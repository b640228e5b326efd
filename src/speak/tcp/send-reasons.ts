/**
 * Why a connection sends a segment: a closed list of names, each with a sentence and the clause that asks for it. A connection notes the name where it decides
 * (`tcb.why` of the last segment, `tcb.ackWhy` of the acknowledgment that is owed ...); a trace hands it on. Not here: which segment that is.
 */

/** What is said of a reason. */
export interface ReasonText {
  /** A sentence whose subject is the sender. */
  readonly words: string;
  /** The clause: `RFC 9293 §3.10.2`. */
  readonly rfc: string;
}

/** Every reason there is. */
export const SEND_REASONS = {
  // The handshake.
  'active open': { words: 'its program opens a connection', rfc: 'RFC 9293 §3.10.1' },
  'SYN received': { words: 'it grants the connection that the peer asked for', rfc: 'RFC 9293 §3.10.7.2' },
  'simultaneous open': { words: "the peer's SYN has crossed its own", rfc: 'RFC 9293 §3.5' },
  'handshake timeout': { words: 'its SYN was not answered in time', rfc: 'RFC 6298 §5' },
  'SYN received again': { words: "the peer's SYN came again, so the answer was lost", rfc: 'RFC 9293 §3.10.7.4' },
  'SYN,ACK received': { words: "the peer's SYN completes the handshake", rfc: 'RFC 9293 §3.10.7.3' },
  // New octets and the FIN.
  'new data': { words: 'its program has given it octets, and both windows let them go', rfc: 'RFC 9293 §3.10.2' },
  'limited transmit': { words: 'a duplicate ACK shows that a segment has left the network', rfc: 'RFC 3042 §2' },
  close: { words: 'its program has closed, and all octets before have been sent', rfc: 'RFC 9293 §3.10.4' },
  // Sent again.
  'retransmission timeout': { words: 'what it sent was not acknowledged in time', rfc: 'RFC 6298 §5' },
  'after a timeout': {
    words: 'what followed the segment that timed out is taken as lost, too',
    rfc: 'RFC 5681 §3.1',
  },
  'fast retransmit': { words: 'three duplicate ACKs tell that a segment was lost', rfc: 'RFC 5681 §3.2' },
  'partial acknowledgment': {
    words: 'the acknowledgment covers a part of what was in flight: the next segment was lost, too',
    rfc: 'RFC 6582 §3.2',
  },
  'path MTU': { words: 'a router could not forward packets as long as that', rfc: 'RFC 1191 §6.3' },
  'tail loss probe': {
    words: 'the last of what it sent was not acknowledged in two round trips',
    rfc: 'RFC 8985 §7.3',
  },
  'window opened': { words: 'the window is open, and a probe had been sent into it', rfc: 'RFC 9293 §3.8.6.1' },
  // Questions.
  'zero-window probe': {
    words: 'the window has been closed for as long as the persist timer',
    rfc: 'RFC 9293 §3.8.6.1',
  },
  'persist timeout': {
    words: 'the window has been too small to be worth a segment for as long as the persist timer',
    rfc: 'RFC 9293 §3.8.6.2.1',
  },
  'held long enough': {
    words: 'octets that do not fill a segment have waited for more, as its program wished, long enough',
    rfc: 'RFC 9293 §3.8.6.2.1',
  },
  'keep-alive': { words: 'the peer has been silent for long', rfc: 'RFC 9293 §3.8.4' },
  // Acknowledgments.
  'every second segment': { words: 'two full segments wait for an acknowledgment', rfc: 'RFC 9293 §3.8.6.3' },
  'quick ACK': { words: 'a sender that has just begun lives on acknowledgments', rfc: 'RFC 5681 §4.2' },
  'delayed ACK': { words: 'the acknowledgment has waited for company long enough', rfc: 'RFC 9293 §3.8.6.3' },
  'out of order': { words: 'octets before those that came are missing', rfc: 'RFC 5681 §4.2' },
  'hole filled': { words: 'octets that were missing have come', rfc: 'RFC 5681 §4.2' },
  'old data': { words: 'all that came was here already', rfc: 'RFC 9293 §3.10.7.4' },
  'FIN received': { words: 'the peer has closed', rfc: 'RFC 9293 §3.10.7.4' },
  'octets read': { words: 'its program has read what an acknowledgment waited for', rfc: 'RFC 9293 §3.8.6.3' },
  'window update': { words: 'its program has read, and there is room worth telling of', rfc: 'RFC 9293 §3.8.6.2.2' },
  congestion: { words: 'marks of congestion begin to come, or the peer has heard of them', rfc: 'RFC 3168 §6.1.3' },
  'window closed': { words: 'octets came that it has no room for', rfc: 'RFC 9293 §3.10.7.4' },
  'unacceptable segment': { words: 'a segment came from outside the window', rfc: 'RFC 9293 §3.10.7.4' },
  'TIME-WAIT': { words: 'a segment came after both ends have closed', rfc: 'RFC 9293 §3.10.7.4' },
  'challenge for a RST': { words: 'a reset came that is in the window and not exactly next', rfc: 'RFC 5961 §3.2' },
  'challenge for a SYN': { words: 'a SYN came into a connection that is there', rfc: 'RFC 5961 §4.2' },
  'challenge for an ACK': {
    words: 'an acknowledgment came of what was never sent, or of what is long past',
    rfc: 'RFC 5961 §5.2',
  },
  PAWS: { words: 'a segment came with a timestamp from the past', rfc: 'RFC 7323 §5.3' },
  // Resets.
  abort: { words: 'its program aborts the connection', rfc: 'RFC 9293 §3.10.5' },
  'data for nobody': { words: 'octets came for a program that has gone', rfc: 'RFC 9293 §3.6.1' },
  'SYN in the handshake': { words: 'a second SYN came into its opening', rfc: 'RFC 9293 §3.10.7.4' },
  'ACK in the handshake': {
    words: 'an acknowledgment came, before the handshake was done, of what was never sent',
    rfc: 'RFC 9293 §3.10.7.3',
  },
  'ACK in LISTEN': { words: 'an acknowledgment came, and nothing has been sent', rfc: 'RFC 9293 §3.10.7.2' },
  'no connection': { words: 'a segment came for which there is no connection', rfc: 'RFC 9293 §3.10.7.1' },
} as const;

/** Why a segment is sent. */
export type SendReason = keyof typeof SEND_REASONS;
