/** CLOSE-WAIT, event by event: the peer's FIN was 1; we may still send, from 1 on. */
import { SECOND } from '../../../src/core/time.ts';
import { closeWait, established, type Ladder } from '../wire.ts';
import { prove } from './prove.ts';

/** The send buffer is full of octets in flight, and the program waits for room. */
const full = (): Ladder => {
  const ladder = closeWait({ connection: { sendBuffer: 100 } });
  ladder.wire`
    +0 send(200) = 100
    +0 > P. 1:101(100) ack 2
  `;
  return ladder;
};

/** The program has not read the ten octets that came. */
const unread = (): Ladder => {
  const ladder = established();
  ladder.wire`
    +0 < P. 1:11(10) ack 1 win 10000
    +0 > .  1:1(0) ack 11
    +0 < F. 11:11(0) ack 1 win 10000
    +0 > .  1:1(0) ack 12
  `;
  return ladder;
};

/** Half of the octets fit the window. */
const heldBack = (): Ladder => {
  const ladder = closeWait({ sndWnd: 100 });
  ladder.wire`
    +0 send(200) = 200
    +0 > .  1:101(100) ack 2
  `;
  return ladder;
};

/** Every segment of the peer had the timestamp 1000 so far. */
const withTimestamps = (): Ladder => closeWait({ timestamps: true });

/** A hundred octets are in flight. */
const inFlight = (): Ladder => {
  const ladder = closeWait();
  ladder.wire`
    +0 send(100) = 100
    +0 > P. 1:101(100) ack 2
  `;
  return ladder;
};

/** The FIN of the peer came with ten octets. */
const closedWithOctets = (): Ladder => {
  const ladder = established();
  ladder.wire`
    +0 < FP. 1:11(10) ack 1 win 10000
    +0 > .   1:1(0) ack 12
  `;
  return ladder;
};

/** The octets were sent, and once again; the next timeout is the last. */
const nearlyGivenUp = (): Ladder => {
  const ladder = closeWait({ connection: { userTimeout: 2 * SECOND } });
  ladder.wire`
    +0 send(100) = 100
    +0 > P. 1:101(100) ack 2
    +1 > P. 1:101(100) ack 2
  `;
  return ladder;
};

prove('CLOSE-WAIT', 'open active')`
  +0 open("active") = -1 EISCONN
  +0 > nothing
`;

prove('CLOSE-WAIT', 'open passive')`
  +0 open("passive") = -1 EISCONN
  +0 > nothing
`;

prove('CLOSE-WAIT', 'send', { when: 'window and buffer have room' })`
  +0 send(100) = 100
  +0 > P. 1:101(100) ack 2
`;

prove('CLOSE-WAIT', 'send', { when: 'the send buffer is full', from: full })`
  +0 send(100) = 0
  +0 > nothing
`;

prove('CLOSE-WAIT', 'receive', { when: 'octets wait', from: unread })`
  +0 receive(100) = 10
  +0 > nothing
`;

prove('CLOSE-WAIT', 'receive', { when: 'none wait' })`
  +0 receive(100) = 0
  +0 > nothing
`;

prove('CLOSE-WAIT', 'close', { when: 'nothing waits to be sent' })`
  +0 close()
  +0 > F. 1:1(0) ack 2
`;

prove('CLOSE-WAIT', 'close', { when: 'the window holds octets back', from: heldBack })`
  +0 close()
  +0 > nothing
`;

prove('CLOSE-WAIT', 'abort')`
  +0 abort()
  +0 > R. 1:1(0) ack 2
  +9 > nothing
`;

prove('CLOSE-WAIT', 'unacceptable sequence', { when: 'it is no reset' })`
  +0 < .  20001:20001(0) ack 1 win 10000
  +0 > .  1:1(0) ack 2
`;

prove('CLOSE-WAIT', 'unacceptable sequence', { when: 'it is a reset' })`
  +0 < R  20001:20001(0)
  +0 < R. 20001:20001(0) ack 1
  +0 < R  1:1(0)
  +0 > nothing
`;

prove('CLOSE-WAIT', 'unacceptable sequence, with data', { when: 'it is no reset' })`
  +0 < P. 20001:20011(10) ack 1 win 10000
  +0 > .  1:1(0) ack 2
`;

prove('CLOSE-WAIT', 'unacceptable sequence, with data', { when: 'it is a reset' })`
  +0 < R  20001:20011(10)
  +0 > nothing
`;

prove('CLOSE-WAIT', 'outdated timestamp', { from: withTimestamps })`
  +0 < .  2:2(0) ack 1 win 10000 <TS val 999 ecr 0>
  +0 > .  1:1(0) ack 2
`;

prove('CLOSE-WAIT', 'outdated timestamp, with data', { from: withTimestamps })`
  +0 < P. 2:12(10) ack 1 win 10000 <TS val 999 ecr 0>
  +0 > .  1:1(0) ack 2
`;

prove('CLOSE-WAIT', 'RST at RCV.NXT')`
  +0 < R 2:2(0)
  +9 > nothing
`;

prove('CLOSE-WAIT', 'RST elsewhere in the window')`
  +0 < R 502:502(0)
  +0 > .  1:1(0) ack 2
`;

prove('CLOSE-WAIT', 'RST at RCV.NXT, with data')`
  +0 < R 2:12(10)
  +9 > nothing
`;

prove('CLOSE-WAIT', 'RST elsewhere in the window, with data')`
  +0 < R 502:512(10)
  +0 > .  1:1(0) ack 2
`;

prove('CLOSE-WAIT', 'SYN')`
  +0 < S  2:2(0) win 10000
  +0 > .  1:1(0) ack 2
`;

prove('CLOSE-WAIT', 'SYN, with data')`
  +0 < S  2:12(10) win 10000
  +0 > .  1:1(0) ack 2
`;

prove('CLOSE-WAIT', 'no ACK')`
  +0 < - 2:2(0) win 10000
  +0 > nothing
`;

prove('CLOSE-WAIT', 'no ACK, with data')`
  +0 < P 2:12(10) win 10000
  +0 > nothing
`;

prove('CLOSE-WAIT', 'old ACK', { when: 'by no more than the largest window' })`
  +0 < .  2:2(0) ack 0 win 10000
  +0 < .  2:2(0) ack 4294957297 win 10000
  +0 > nothing
`;

prove('CLOSE-WAIT', 'old ACK', { when: 'by more than the largest window' })`
  +0 < .  2:2(0) ack 4294957296 win 10000
  +0 > .  1:1(0) ack 2
`;

prove('CLOSE-WAIT', 'old ACK, with data', { when: 'by no more than the largest window' })`
  +0 < P. 2:12(10) ack 0 win 10000
  +0 > nothing
`;

prove('CLOSE-WAIT', 'old ACK, with data', { when: 'by more than the largest window' })`
  +0 < P. 2:12(10) ack 4294957296 win 10000
  +0 > .  1:1(0) ack 2
`;

prove('CLOSE-WAIT', 'new ACK', { when: 'nobody waits for room in the send buffer', from: inFlight })`
  +0 < .  2:2(0) ack 101 win 10000
  +0 > nothing
`;

prove('CLOSE-WAIT', 'new ACK', { when: 'the program waits for room in the send buffer', from: full })`
  +0 < .  2:2(0) ack 101 win 10000
  +0 > nothing
`;

prove('CLOSE-WAIT', 'new ACK, with data', { when: 'nobody waits for room in the send buffer', from: inFlight })`
  +0 < P. 2:12(10) ack 101 win 10000
  +0 > nothing
`;

prove('CLOSE-WAIT', 'new ACK, with data', { when: 'the program waits for room in the send buffer', from: full })`
  +0 < P. 2:12(10) ack 101 win 10000
  +0 > nothing
`;

prove('CLOSE-WAIT', 'ACK beyond SND.NXT')`
  +0 < .  2:2(0) ack 2 win 10000
  +0 > .  1:1(0) ack 2
`;

prove('CLOSE-WAIT', 'ACK beyond SND.NXT, with data')`
  +0 < P. 2:12(10) ack 2 win 10000
  +0 > .  1:1(0) ack 2
`;

prove('CLOSE-WAIT', 'data in order')`
  +0 < P. 2:12(10) ack 1 win 10000
  +0 > nothing
`;

prove('CLOSE-WAIT', 'data out of order')`
  +0 < P. 12:22(10) ack 1 win 10000
  +0 > nothing
`;

prove('CLOSE-WAIT', 'FIN', { when: 'it is the FIN of the peer again' })`
  +0 < F.  1:1(0) ack 1 win 10000
  +0 > .   1:1(0) ack 2
`;

prove('CLOSE-WAIT', 'FIN, with data', { when: 'it is the FIN of the peer again', from: closedWithOctets })`
  +0 < FP. 1:11(10) ack 1 win 10000
  +0 > .   1:1(0) ack 12
`;

prove('CLOSE-WAIT', 'user timeout', { from: nearlyGivenUp })`
  +2.1 > nothing
`;

prove('CLOSE-WAIT', 'retransmission timeout', { from: inFlight })`
  +1 > P. 1:101(100) ack 2
`;
