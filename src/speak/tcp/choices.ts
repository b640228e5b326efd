/**
 * What the RFCs leave to whoever implements TCP, where Linux chooses otherwise than this stack does by itself. A connection is told with its options
 * (`choices`); scripts that were written for Linux are run with LINUX_CHOICES.
 */
import { TcplabError } from '../../core/errors.ts';
import { given } from '../../core/given.ts';
import { milliseconds, wholeNumber } from '../../core/ranges.ts';

/** Choices of one connection, times in milliseconds. */
export interface Choices {
  /** A closed window is probed with an acknowledged number and no octets, which makes the peer answer, instead of with the next octet (RFC 9293 §3.8.6.1 has the octet). */
  readonly emptyProbes: boolean;
  /** The least that the variance of the round trip adds to it in the retransmission timeout, from 0 to 60,000 (RFC 6298 §2.3: max(G, 4 RTTVAR)); 0: one tick. */
  readonly leastVariance: number;
  /** Whether a round trip that is shorter than expected, and by more than the variance, adds to it a thirty-second of the difference instead of a quarter (RFC 6298 §2.3): a way that has become faster is no reason to wait longer. */
  readonly calmVariance: boolean;
  /** Whether the end of what was sent is sent again, or a new segment, before the retransmission timeout: RFC 8985 §7, where SACK is agreed. */
  readonly lossProbes: boolean;
  /** Whether a segment without ACK, RST and SYN is answered where it lies outside the window (RFC 9293 §3.10.7.4, first step), or dropped unseen. */
  readonly answersWithoutAck: boolean;
  /** Whether a segment is acceptable that only touches the window: ends at the last acknowledged number, or begins at the right edge (RFC 9293 §3.4, table 6, refuses it). */
  readonly acceptsTouching: boolean;
  /** Whether octets beyond the right edge are kept that come in one segment with others, or touch it, while the program has read all there was, and a segment with such octets is not looked at otherwise (RFC 9293 §3.10.7.4, first step, trims them off); and a FIN that touches it is kept. */
  readonly takesBeyondEdge: boolean;
  /** Whether a reset is also obeyed that has the number of the peer's FIN, or the last one of the octets beyond a hole (RFC 5961 §3.2 obeys RCV.NXT only). */
  readonly obeysLateResets: boolean;
  /** Whether what comes behind the peer's FIN is passed over, and octets that begin before it and end behind it abort the connection (RFC 9293 §3.10.7.4, seventh and eighth step, ignores the octets and acknowledges a FIN). */
  readonly ignoresBehindFin: boolean;
  /**
   * Whether an opening that a listener took is judged by what RFC 9293 §3.5.2 says of resets: an acknowledgment of anything but our SYN is answered by one before its sequence
   * number is looked at, and a SYN in the window ends the opening with one (§3.10.7.4 says nothing to the peer).
   */
  readonly resetsOpenings: boolean;
  /** Whether a SYN that comes again to an opening that a listener took is answered no more often than what is challenged (RFC 5961 §7), and its answer puts off the next timeout (RFC 6298 §5, (5.1), lets the timer run). */
  readonly pacesSynAcks: boolean;
  /** Whether the program whose simultaneous opening a reset ends hears that it was refused (RFC 9293 §3.10.7.4, second step), or reset. */
  readonly refusesCrossing: boolean;
  /** Whether octets that come with the SYN,ACK are kept, or dropped until they come again. */
  readonly keepsTextOfSyn: boolean;
  /** Whether a listener takes a SYN with a FIN (RFC 9293 §3.10.7.2 takes every SYN). */
  readonly takesSynFin: boolean;
  /** Whether a SYN that an ICMP error says cannot get there for now (RFC 1122 §4.2.3.9 calls it soft) ends the attempt. */
  readonly softErrorsEndOpening: boolean;
  /** Whether the acknowledgment of a FIN waits for company like that of octets, when the peer has sent octets before. */
  readonly delaysFinAck: boolean;
  /** Whether an acknowledgment that waits for company goes when the program reads: where more came than a segment, or small segments that nobody answers, or two of them. */
  readonly acknowledgesReading: boolean;
  /** Whether segments are acknowledged one by one again after octets came that were here before, or that there was no room for. */
  readonly quickensOnRepeats: boolean;
  /** Whether a segment has no more octets than half of the largest window that the peer has offered since the connection was established, so that two go into it (RFC 9293 §3.7.1 knows no such bound). */
  readonly halvesToWindow: boolean;
  /** Whether octets that wait for more, and not for the window, go when a retransmission timeout has passed, 200 milliseconds at the least, or after 200 milliseconds (RFC 9293 §3.8.6.2.1 has 0.1 to 1 second). */
  readonly overridesByTimeout: boolean;
  /** Segments that go to the device in one piece, at the least: a segment that is not full fills the rest of the peer's window where it belongs to a piece with full ones (RFC 9293 §3.8.6.2.1 lets it wait), and what the congestion window lets go beside whole pieces waits for the next acknowledgment if that is near; from 1 to 64, or 0: none does. */
  readonly fillsWindow: number;
  /** Whether a window that is as large as its field can say stays so while there is room for it, also where its edge moves by less than a segment (RFC 9293 §3.8.6.2.2 lets it wait for one). */
  readonly offersLargestAgain: boolean;
  /** Whether a window is offered with whatever room there is, however little it grows (RFC 9293 §3.8.6.2.2 lets it wait for a segment, or half the buffer): for who sets the room, and sees to silly windows there. */
  readonly offersEveryStep: boolean;
  /** Octets of receive buffer that a program may ask for, be `receiveBufferMaximum` smaller, and that the window scale of our SYN is made for until one has asked (RFC 7323 §2.3 leaves it to the receiver), from 0 to 2^30. */
  readonly grantsReceiveBuffer: number;
  /** Whether the first window is a whole number of segments, where it is more than one; a SYN says as much of it as it can. */
  readonly wholeSegments: boolean;
  /** Whether one timeout of a SYN, or SYN,ACK, leaves the initial window as it is, and so do several of which an echo tells that the first of them had arrived (RFC 6928 §2 recommends the former; RFC 5681 §3.1 has one segment after any). */
  readonly sparesInitialWindow: boolean;
  /** Whether the first timeout on data is what an echo tells of the handshake's round trip though the SYN went again, and three seconds where nothing tells it (RFC 6298 §5, (5.7), has three seconds at the least after a timeout of the SYN). */
  readonly timesRepeatedSyn: boolean;
  /** Whether the congestion window is drawn back after a pause (RFC 5681 §4.1). */
  readonly restartsAfterIdle: boolean;
  /** Whether a peer that has not answered keep-alives is sent a reset when it is given up. */
  readonly resetsTheSilent: boolean;
  /** Whether a SYN asks for no longer segments than a router has said that the way to the peer takes, or for what our link does (RFC 9293 §3.7.1 has the way from there in mind). */
  readonly offersPathMss: boolean;
  /** Whether a program that is bound to the port may connect again from ends whose connection is in TIME-WAIT, where both have timestamps (RFC 6191 has it for the other side). */
  readonly reopensTimeWait: boolean;
  /** How long after the peer's last timestamp such a connection begins with it; 0 or more, also Infinity. */
  readonly keepsTimestampAfter: number;
  /** Whether a segment without timestamps is dropped where both ends agreed on them (RFC 7323 §3.2 recommends it). */
  readonly timestampsMustCome: boolean;
  /**
   * Whether an acknowledgment without octets is answered that has an older timestamp than others before it (RFC 7323 §5.3 R1), or taken without its clock where it says nothing new but of holes, and dropped where it
   * lies before what came.
   */
  readonly answersOvertaken: boolean;
  /** Whether a reset that answers a segment with timestamps echoes them (RFC 7323 §5.2 recommends it). */
  readonly resetsEcho: boolean;
  /** Whether the reset of an ABORT says what window there is, which nobody reads, or none. */
  readonly abortsTellWindow: boolean;
  /**
   * Whether a window is taken from a segment that acknowledges more, that has a later number than who set it, or the same and opens or closes it; or from one that has a later number, or the same
   * and no earlier acknowledgment (RFC 9293 §3.10.7.4).
   */
  readonly windowByNews: boolean;
  /** Whether octets that came twice are told of where SACK is agreed (RFC 2883, which leaves it to the receiver). */
  readonly reportsDuplicates: boolean;
  /**
   * Whether TIME-WAIT, and FIN-WAIT-2 once the program has closed, are judged as Linux does, which keeps a small record only (small-record.ts): a reset that is exactly next ends them
   * (RFC 1337 warns of it), whatever else is not next in TIME-WAIT is acknowledged (RFC 9293 §3.10.7.4 speaks of the FIN that comes again only), a SYN that could be
   * confused with the connection, too (RFC 6191 §2 drops it without a word), and one that has exactly the next number could be.
   */
  readonly keepsSmallRecord: boolean;
  /** Whether the time after which a silent peer is given up counts from the first timeout, or from when what it did not answer was sent (RFC 9293 §3.8.3 leaves it open). */
  readonly countsFromTimeout: boolean;
  /** How many timeouts of a SYN do not double the next (RFC 6298 §5.5 doubles each), from 0 to 255. */
  readonly linearSynTimeouts: number;
  /** Whether a SYN that an unacceptable acknowledgment answers goes again two milliseconds later, when it has not been sent again yet. */
  readonly hurriesSyn: boolean;
  /** Whether the SYN,ACK of a simultaneous opening offers all that our SYN did, or only what the peer's did, too (RFC 7323 §3.2 for timestamps). */
  readonly repeatsOffer: boolean;
  /** Whether the peer's SYN counts as what came twice (`reportsDuplicates`) when the SYN,ACK of a simultaneous opening repeats it (RFC 2883 §4 speaks of data). */
  readonly reportsRepeatedSyn: boolean;
  /**
   * Whether octets that go again after a timeout are cut to the peer's window from the first time on (RFC 7323 §2.4, (4), lets them go regardless), but go as a whole segment
   * where it is closed (RFC 9293 §3.8.6.1 has one octet), and wait for the next timeout when it opens.
   */
  readonly resendsByWindow: boolean;
  /**
   * Whether loss recovery and the congestion window count segments and not octets: what is lost is told by RACK (RFC 8985) where SACK is agreed, the window comes down as PRR has it (RFC 6937), and what was no
   * loss, or a timeout that was a mistake (RFC 5682), is taken back.
   */
  readonly countsSegments: boolean;
  /** Whether a window that is counted in segments comes down to seven tenths and grows by CUBIC (RFC 9438), or comes down to a half and grows by a segment in each round trip (RFC 5681). */
  readonly cubic: boolean;
  /** Whether a listener that goes away resets the handshakes under way at once, or leaves it to the next segment of each. */
  readonly resetsHandshakes: boolean;
}

/** What this stack does by itself. */
export const OWN_CHOICES: Choices = {
  emptyProbes: false,
  leastVariance: 0,
  calmVariance: false,
  lossProbes: false,
  answersWithoutAck: true,
  acceptsTouching: false,
  takesBeyondEdge: false,
  obeysLateResets: false,
  ignoresBehindFin: false,
  resetsOpenings: false,
  pacesSynAcks: false,
  refusesCrossing: true,
  keepsTextOfSyn: true,
  takesSynFin: true,
  softErrorsEndOpening: false,
  delaysFinAck: false,
  acknowledgesReading: false,
  quickensOnRepeats: false,
  halvesToWindow: false,
  overridesByTimeout: false,
  fillsWindow: 0,
  offersLargestAgain: false,
  offersEveryStep: false,
  grantsReceiveBuffer: 0,
  wholeSegments: false,
  sparesInitialWindow: false,
  timesRepeatedSyn: false,
  restartsAfterIdle: true,
  resetsTheSilent: false,
  offersPathMss: false,
  reopensTimeWait: false,
  keepsTimestampAfter: Number.POSITIVE_INFINITY,
  timestampsMustCome: true,
  answersOvertaken: true,
  resetsEcho: true,
  abortsTellWindow: false,
  windowByNews: false,
  reportsDuplicates: true,
  keepsSmallRecord: false,
  countsFromTimeout: false,
  linearSynTimeouts: 0,
  hurriesSyn: false,
  repeatsOffer: false,
  reportsRepeatedSyn: false,
  resendsByWindow: false,
  countsSegments: false,
  cubic: false,
  resetsHandshakes: true,
};

/** What Linux does. */
export const LINUX_CHOICES: Choices = {
  emptyProbes: true,
  leastVariance: 200,
  calmVariance: true,
  lossProbes: true,
  answersWithoutAck: false,
  acceptsTouching: true,
  takesBeyondEdge: true,
  obeysLateResets: true,
  ignoresBehindFin: true,
  resetsOpenings: true,
  pacesSynAcks: true,
  refusesCrossing: false,
  keepsTextOfSyn: false,
  takesSynFin: false,
  softErrorsEndOpening: true,
  delaysFinAck: true,
  acknowledgesReading: true,
  quickensOnRepeats: true,
  halvesToWindow: true,
  overridesByTimeout: true,
  fillsWindow: 2,
  offersLargestAgain: true,
  offersEveryStep: false,
  // net.core.rmem_max since 6.17.
  grantsReceiveBuffer: 4_194_304,
  wholeSegments: true,
  sparesInitialWindow: true,
  timesRepeatedSyn: true,
  restartsAfterIdle: true,
  resetsTheSilent: true,
  offersPathMss: true,
  reopensTimeWait: true,
  keepsTimestampAfter: Number.POSITIVE_INFINITY,
  timestampsMustCome: false,
  answersOvertaken: false,
  resetsEcho: false,
  abortsTellWindow: true,
  windowByNews: true,
  reportsDuplicates: true,
  keepsSmallRecord: true,
  countsFromTimeout: true,
  linearSynTimeouts: 4,
  hurriesSyn: true,
  repeatsOffer: true,
  reportsRepeatedSyn: true,
  resendsByWindow: true,
  countsSegments: true,
  cubic: true,
  resetsHandshakes: false,
};

/** @throws TcplabError EINVAL when these are not all the choices, or one is out of its range */
export function checkChoices(choices: unknown): void {
  if (typeof choices !== 'object' || choices === null)
    throw new TcplabError('EINVAL', `choices is an object such as { ...OWN_CHOICES }, not ${given(choices)}`);
  const all = choices as Record<string, unknown>;
  for (const [name, own] of Object.entries(OWN_CHOICES)) {
    if (typeof own === 'boolean' && typeof all[name] !== 'boolean')
      throw new TcplabError('EINVAL', `choices.${name} is true or false, not ${given(all[name])}`);
  }
  milliseconds('choices.leastVariance', all.leastVariance, 0, 60_000);
  wholeNumber('choices.linearSynTimeouts', all.linearSynTimeouts, 0, 255);
  wholeNumber('choices.fillsWindow', all.fillsWindow, 0, 64);
  wholeNumber('choices.grantsReceiveBuffer', all.grantsReceiveBuffer, 0, 1 << 30);
  milliseconds('choices.keepsTimestampAfter', all.keepsTimestampAfter, 0, Number.POSITIVE_INFINITY);
}
