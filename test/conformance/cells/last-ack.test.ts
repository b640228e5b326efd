/** LAST-ACK, event by event: the peer's FIN was 1, ours came later, is 1 too, and not acknowledged. */
import { SECOND } from '../../../src/core/time.ts';
import { established, type Ladder, lastAck } from '../wire.ts';
import { prove } from './prove.ts';

/** The program has not read the ten octets that came. */
const unread = (): Ladder => {
  const ladder = established();
  ladder.wire`
    +0 < P. 1:11(10) ack 1 win 10000
    +0 > .  1:1(0) ack 11
    +0 < F. 11:11(0) ack 1 win 10000
    +0 > .  1:1(0) ack 12
    +0 close()
    +0 > F. 1:1(0) ack 12
  `;
  return ladder;
};

/** Every segment of the peer had the timestamp 1000 so far. */
const withTimestamps = (): Ladder => lastAck({ timestamps: true });

/** A hundred octets are in flight, and our FIN behind them. */
const inFlight = (): Ladder => {
  const ladder = established();
  ladder.wire`
    +0 send(100) = 100
    +0 > P. 1:101(100) ack 1
    +0 < F. 1:1(0) ack 1 win 10000
    +0 > .  101:101(0) ack 2
    +0 close()
    +0 > F. 101:101(0) ack 2
  `;
  return ladder;
};

/** The FIN of the peer came with ten octets. */
const closedWithOctets = (): Ladder => {
  const ladder = established();
  ladder.wire`
    +0 < FP. 1:11(10) ack 1 win 10000
    +0 > .   1:1(0) ack 12
    +0 close()
    +0 > F.  1:1(0) ack 12
  `;
  return ladder;
};

/** The FIN was sent, and once again; the next timeout is the last. */
const nearlyGivenUp = (): Ladder => {
  const ladder = lastAck({ connection: { userTimeout: 2 * SECOND } });
  ladder.wire`
    +1 > F. 1:1(0) ack 2
  `;
  return ladder;
};

/** Two segments of octets are in flight, and our FIN behind them. */
const twoInFlight = (): Ladder => {
  const ladder = established();
  ladder.wire`
    +0 send(1500) = 1500
    +0 > .  1:1001(1000) ack 1
    +0 > P. 1001:1501(500) ack 1
    +0 < F. 1:1(0) ack 1 win 10000
    +0 > .  1501:1501(0) ack 2
    +0 close()
    +0 > F. 1501:1501(0) ack 2
  `;
  return ladder;
};

prove('LAST-ACK', 'open active')`
  +0 open("active") = -1 EISCONN
  +0 > nothing
`;

prove('LAST-ACK', 'open passive')`
  +0 open("passive") = -1 EISCONN
  +0 > nothing
`;

prove('LAST-ACK', 'send')`
  +0 send(100) = -1 EPIPE
  +0 > nothing
`;

prove('LAST-ACK', 'receive', { when: 'octets wait', from: unread })`
  +0 receive(100) = 10
  +0 > nothing
`;

prove('LAST-ACK', 'receive', { when: 'none wait' })`
  +0 receive(100) = 0
  +0 > nothing
`;

prove('LAST-ACK', 'close')`
  +0 close() = -1 EPIPE
  +0 > nothing
`;

prove('LAST-ACK', 'abort')`
  +0 abort()
  +9 > nothing
`;

prove('LAST-ACK', 'unacceptable sequence', { when: 'it is no reset' })`
  +0 < .  20001:20001(0) ack 1 win 10000
  +0 > .  2:2(0) ack 2
`;

prove('LAST-ACK', 'unacceptable sequence', { when: 'it is a reset' })`
  +0 < R  20001:20001(0)
  +0 < R. 20001:20001(0) ack 1
  +0 < R  1:1(0)
  +0 > nothing
`;

prove('LAST-ACK', 'unacceptable sequence, with data', { when: 'it is no reset' })`
  +0 < P. 20001:20011(10) ack 1 win 10000
  +0 > .  2:2(0) ack 2
`;

prove('LAST-ACK', 'unacceptable sequence, with data', { when: 'it is a reset' })`
  +0 < R  20001:20011(10)
  +0 > nothing
`;

prove('LAST-ACK', 'outdated timestamp', { from: withTimestamps })`
  +0 < .  2:2(0) ack 1 win 10000 <TS val 999 ecr 0>
  +0 > .  2:2(0) ack 2
`;

prove('LAST-ACK', 'outdated timestamp, with data', { from: withTimestamps })`
  +0 < P. 2:12(10) ack 1 win 10000 <TS val 999 ecr 0>
  +0 > .  2:2(0) ack 2
`;

prove('LAST-ACK', 'RST at RCV.NXT')`
  +0 < R 2:2(0)
  +9 > nothing
`;

prove('LAST-ACK', 'RST elsewhere in the window')`
  +0 < R 502:502(0)
  +0 > .  2:2(0) ack 2
`;

prove('LAST-ACK', 'RST at RCV.NXT, with data')`
  +0 < R 2:12(10)
  +9 > nothing
`;

prove('LAST-ACK', 'RST elsewhere in the window, with data')`
  +0 < R 502:512(10)
  +0 > .  2:2(0) ack 2
`;

prove('LAST-ACK', 'SYN')`
  +0 < S  2:2(0) win 10000
  +0 > .  2:2(0) ack 2
`;

prove('LAST-ACK', 'SYN, with data')`
  +0 < S  2:12(10) win 10000
  +0 > .  2:2(0) ack 2
`;

prove('LAST-ACK', 'no ACK')`
  +0 < - 2:2(0) win 10000
  +0 > nothing
`;

prove('LAST-ACK', 'no ACK, with data')`
  +0 < P 2:12(10) win 10000
  +0 > nothing
`;

prove('LAST-ACK', 'old ACK', { when: 'by no more than the largest window' })`
  +0 < .  2:2(0) ack 0 win 10000
  +0 < .  2:2(0) ack 4294957297 win 10000
  +0 > nothing
`;

prove('LAST-ACK', 'old ACK', { when: 'by more than the largest window' })`
  +0 < .  2:2(0) ack 4294957296 win 10000
  +0 > .  2:2(0) ack 2
`;

prove('LAST-ACK', 'old ACK, with data', { when: 'by no more than the largest window' })`
  +0 < P. 2:12(10) ack 0 win 10000
  +0 > nothing
`;

prove('LAST-ACK', 'old ACK, with data', { when: 'by more than the largest window' })`
  +0 < P. 2:12(10) ack 4294957296 win 10000
  +0 > .  2:2(0) ack 2
`;

prove('LAST-ACK', 'new ACK', { when: 'it covers our FIN' })`
  +0 < .  2:2(0) ack 2 win 10000
  +0 > nothing
`;

prove('LAST-ACK', 'new ACK', { when: 'it covers octets, not our FIN', from: inFlight })`
  +0 < .  2:2(0) ack 101 win 10000
  +0 > nothing
`;

prove('LAST-ACK', 'new ACK, with data', { when: 'it covers our FIN' })`
  +0 < P. 2:12(10) ack 2 win 10000
  +0 > nothing
`;

prove('LAST-ACK', 'new ACK, with data', { when: 'it covers octets, not our FIN', from: inFlight })`
  +0 < P. 2:12(10) ack 101 win 10000
  +0 > nothing
`;

prove('LAST-ACK', 'ACK beyond SND.NXT')`
  +0 < .  2:2(0) ack 3 win 10000
  +0 > .  2:2(0) ack 2
`;

prove('LAST-ACK', 'ACK beyond SND.NXT, with data')`
  +0 < P. 2:12(10) ack 3 win 10000
  +0 > .  2:2(0) ack 2
`;

prove('LAST-ACK', 'data in order')`
  +0 < P. 2:12(10) ack 1 win 10000
  +0 > nothing
`;

prove('LAST-ACK', 'data out of order')`
  +0 < P. 12:22(10) ack 1 win 10000
  +0 > nothing
`;

prove('LAST-ACK', 'FIN', { when: 'it is the FIN of the peer again' })`
  +0 < F.  1:1(0) ack 1 win 10000
  +0 > .   2:2(0) ack 2
`;

prove('LAST-ACK', 'FIN, with data', { when: 'it is the FIN of the peer again', from: closedWithOctets })`
  +0 < FP. 1:11(10) ack 1 win 10000
  +0 > .   2:2(0) ack 12
`;

prove('LAST-ACK', 'user timeout', { from: nearlyGivenUp })`
  +2.1 > nothing
`;

prove('LAST-ACK', 'retransmission timeout', { when: 'octets wait for their acknowledgment', from: twoInFlight })`
  +1 > .  1:1001(1000) ack 2
`;

prove('LAST-ACK', 'retransmission timeout', { when: 'the FIN alone waits for its acknowledgment' })`
  +1 > F. 1:1(0) ack 2
`;
