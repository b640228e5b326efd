/** FIN-WAIT-1, event by event: our FIN is 1 and not acknowledged; the peer may still send, from 1 on. */
import { SECOND } from '../../../src/core/time.ts';
import { established, finWait1, type Ladder } from '../wire.ts';
import { prove } from './prove.ts';

/** The program has not read the ten octets that came. */
const unread = (): Ladder => {
  const ladder = established();
  ladder.wire`
    +0 < P. 1:11(10) ack 1 win 10000
    +0 > .  1:1(0) ack 11
    +0 close()
    +0 > F. 1:1(0) ack 11
  `;
  return ladder;
};

/** Every segment of the peer had the timestamp 1000 so far. */
const withTimestamps = (): Ladder => finWait1({ timestamps: true });

/** A hundred octets are in flight, and our FIN behind them. */
const inFlight = (): Ladder => {
  const ladder = established();
  ladder.wire`
    +0 send(100) = 100
    +0 > P. 1:101(100) ack 1
    +0 close()
    +0 > F. 101:101(0) ack 1
  `;
  return ladder;
};

/** The program has closed both directions: nobody will read. */
const left = (): Ladder => {
  const ladder = established();
  ladder.wire`
    +0 closeBoth()
    +0 > F. 1:1(0) ack 1
  `;
  return ladder;
};

/** The FIN was sent, and once again; the next timeout is the last. */
const nearlyGivenUp = (): Ladder => {
  const ladder = finWait1({ connection: { userTimeout: 2 * SECOND } });
  ladder.wire`
    +1 > F. 1:1(0) ack 1
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
    +0 close()
    +0 > F. 1501:1501(0) ack 1
  `;
  return ladder;
};

prove('FIN-WAIT-1', 'open active')`
  +0 open("active") = -1 EISCONN
  +0 > nothing
`;

prove('FIN-WAIT-1', 'open passive')`
  +0 open("passive") = -1 EISCONN
  +0 > nothing
`;

prove('FIN-WAIT-1', 'send')`
  +0 send(100) = -1 EPIPE
  +0 > nothing
`;

prove('FIN-WAIT-1', 'receive', { when: 'octets wait', from: unread })`
  +0 receive(100) = 10
  +0 > nothing
`;

prove('FIN-WAIT-1', 'receive', { when: 'none wait' })`
  +0 receive(100) = 0
  +0 > nothing
`;

prove('FIN-WAIT-1', 'close')`
  +0 close()
  +0 > nothing
`;

prove('FIN-WAIT-1', 'abort')`
  +0 abort()
  +0 > R. 2:2(0) ack 1
  +9 > nothing
`;

prove('FIN-WAIT-1', 'unacceptable sequence', { when: 'it is no reset' })`
  +0 < .  20001:20001(0) ack 1 win 10000
  +0 > .  2:2(0) ack 1
`;

prove('FIN-WAIT-1', 'unacceptable sequence', { when: 'it is a reset' })`
  +0 < R  20001:20001(0)
  +0 < R. 20001:20001(0) ack 1
  +0 < R  0:0(0)
  +0 > nothing
`;

prove('FIN-WAIT-1', 'unacceptable sequence, with data', { when: 'it is no reset' })`
  +0 < P. 20001:20011(10) ack 1 win 10000
  +0 > .  2:2(0) ack 1
`;

prove('FIN-WAIT-1', 'unacceptable sequence, with data', { when: 'it is a reset' })`
  +0 < R  20001:20011(10)
  +0 > nothing
`;

prove('FIN-WAIT-1', 'outdated timestamp', { from: withTimestamps })`
  +0 < .  1:1(0) ack 1 win 10000 <TS val 999 ecr 0>
  +0 > .  2:2(0) ack 1
`;

prove('FIN-WAIT-1', 'outdated timestamp, with data', { from: withTimestamps })`
  +0 < P. 1:11(10) ack 1 win 10000 <TS val 999 ecr 0>
  +0 > .  2:2(0) ack 1
`;

prove('FIN-WAIT-1', 'RST at RCV.NXT')`
  +0 < R 1:1(0)
  +9 > nothing
`;

prove('FIN-WAIT-1', 'RST elsewhere in the window')`
  +0 < R 501:501(0)
  +0 > .  2:2(0) ack 1
`;

prove('FIN-WAIT-1', 'RST at RCV.NXT, with data')`
  +0 < R 1:11(10)
  +9 > nothing
`;

prove('FIN-WAIT-1', 'RST elsewhere in the window, with data')`
  +0 < R 501:511(10)
  +0 > .  2:2(0) ack 1
`;

prove('FIN-WAIT-1', 'SYN')`
  +0 < S  1:1(0) win 10000
  +0 > .  2:2(0) ack 1
`;

prove('FIN-WAIT-1', 'SYN, with data')`
  +0 < S  1:11(10) win 10000
  +0 > .  2:2(0) ack 1
`;

prove('FIN-WAIT-1', 'no ACK')`
  +0 < - 1:1(0) win 10000
  +0 > nothing
`;

prove('FIN-WAIT-1', 'no ACK, with data')`
  +0 < P 1:11(10) win 10000
  +0 > nothing
`;

prove('FIN-WAIT-1', 'old ACK', { when: 'by no more than the largest window' })`
  +0 < .  1:1(0) ack 0 win 10000
  +0 < .  1:1(0) ack 4294957297 win 10000
  +0 > nothing
`;

prove('FIN-WAIT-1', 'old ACK', { when: 'by more than the largest window' })`
  +0 < .  1:1(0) ack 4294957296 win 10000
  +0 > .  2:2(0) ack 1
`;

prove('FIN-WAIT-1', 'old ACK, with data', { when: 'by no more than the largest window' })`
  +0 < P. 1:11(10) ack 0 win 10000
  +0 > .  2:2(0) ack 11
`;

prove('FIN-WAIT-1', 'old ACK, with data', { when: 'by more than the largest window' })`
  +0 < P. 1:11(10) ack 4294957296 win 10000
  +0 > .  2:2(0) ack 1
`;

prove('FIN-WAIT-1', 'new ACK', { when: 'it covers our FIN' })`
  +0 < .  1:1(0) ack 2 win 10000
  +0 > nothing
`;

prove('FIN-WAIT-1', 'new ACK', { when: 'it covers octets, not our FIN', from: inFlight })`
  +0 < .  1:1(0) ack 101 win 10000
  +0 > nothing
`;

prove('FIN-WAIT-1', 'new ACK, with data', { when: 'it covers our FIN' })`
  +0 < P. 1:11(10) ack 2 win 10000
  +0 > .  2:2(0) ack 11
`;

prove('FIN-WAIT-1', 'new ACK, with data', { when: 'it covers octets, not our FIN', from: inFlight })`
  +0 < P. 1:11(10) ack 101 win 10000
  +0 > .  102:102(0) ack 11
`;

prove('FIN-WAIT-1', 'ACK beyond SND.NXT')`
  +0 < .  1:1(0) ack 3 win 10000
  +0 > .  2:2(0) ack 1
`;

prove('FIN-WAIT-1', 'ACK beyond SND.NXT, with data')`
  +0 < P. 1:11(10) ack 3 win 10000
  +0 > .  2:2(0) ack 1
`;

prove('FIN-WAIT-1', 'data in order', { when: 'the program still reads' })`
  +0 < P. 1:11(10) ack 1 win 10000
  +0 > .  2:2(0) ack 11
`;

prove('FIN-WAIT-1', 'data in order', { when: 'the program has closed both directions', from: left })`
  +0 < P. 1:11(10) ack 1 win 10000
  +0 > R  1:1(0)
`;

prove('FIN-WAIT-1', 'data out of order', { when: 'the program still reads' })`
  +0 < P. 11:21(10) ack 1 win 10000
  +0 > .  2:2(0) ack 1
`;

prove('FIN-WAIT-1', 'data out of order', { when: 'the program has closed both directions', from: left })`
  +0 < P. 11:21(10) ack 1 win 10000
  +0 > R  1:1(0)
`;

prove('FIN-WAIT-1', 'FIN', { when: 'it does not acknowledge our FIN' })`
  +0 < F.  1:1(0) ack 1 win 10000
  +0 > .   2:2(0) ack 2
`;

prove('FIN-WAIT-1', 'FIN', { when: 'it acknowledges our FIN' })`
  +0 < F.  1:1(0) ack 2 win 10000
  +0 > .   2:2(0) ack 2
`;

prove('FIN-WAIT-1', 'FIN', { when: 'octets before it are missing' })`
  +0 < F.  11:11(0) ack 1 win 10000
  +0 > .   2:2(0) ack 1
`;

prove('FIN-WAIT-1', 'FIN, with data', { when: 'it does not acknowledge our FIN' })`
  +0 < FP. 1:11(10) ack 1 win 10000
  +0 > .   2:2(0) ack 12
`;

prove('FIN-WAIT-1', 'FIN, with data', { when: 'it acknowledges our FIN' })`
  +0 < FP. 1:11(10) ack 2 win 10000
  +0 > .   2:2(0) ack 12
`;

prove('FIN-WAIT-1', 'FIN, with data', { when: 'octets before it are missing' })`
  +0 < FP. 11:21(10) ack 1 win 10000
  +0 > .   2:2(0) ack 1
`;

prove('FIN-WAIT-1', 'FIN, with data', { when: 'the program has closed both directions', from: left })`
  +0 < FP. 1:11(10) ack 1 win 10000
  +0 > R   1:1(0)
`;

prove('FIN-WAIT-1', 'user timeout', { from: nearlyGivenUp })`
  +2.1 > nothing
`;

prove('FIN-WAIT-1', 'retransmission timeout', { when: 'octets wait for their acknowledgment', from: twoInFlight })`
  +1 > .  1:1001(1000) ack 1
`;

prove('FIN-WAIT-1', 'retransmission timeout', { when: 'the FIN alone waits for its acknowledgment' })`
  +1 > F. 1:1(0) ack 1
`;
