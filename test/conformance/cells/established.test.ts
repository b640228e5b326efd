/** ESTABLISHED, event by event. The next octets are 1 on both sides. */
import { SECOND } from '../../../src/core/time.ts';
import { established, type Ladder } from '../wire.ts';
import { prove } from './prove.ts';

/** The send buffer is full of octets in flight, and the program waits for room. */
const full = (): Ladder => {
  const ladder = established({ connection: { sendBuffer: 100 } });
  ladder.wire`
    +0 send(200) = 100
    +0 > P. 1:101(100) ack 1
  `;
  return ladder;
};

/** The program has not read the ten octets that came. */
const unread = (): Ladder => {
  const ladder = established();
  ladder.wire`
    +0 < P. 1:11(10) ack 1 win 10000
    +0 > .  1:1(0) ack 11
  `;
  return ladder;
};

/** Half of the octets fit the window. */
const heldBack = (): Ladder => {
  const ladder = established({ sndWnd: 100 });
  ladder.wire`
    +0 send(200) = 200
    +0 > .  1:101(100) ack 1
  `;
  return ladder;
};

/** Every segment of the peer had the timestamp 1000 so far. */
const withTimestamps = (): Ladder => established({ timestamps: true });

/** A hundred octets are in flight. */
const inFlight = (): Ladder => {
  const ladder = established();
  ladder.wire`
    +0 send(100) = 100
    +0 > P. 1:101(100) ack 1
  `;
  return ladder;
};

/** The octets were sent, and once again; the next timeout is the last. */
const nearlyGivenUp = (): Ladder => {
  const ladder = established({ connection: { userTimeout: 2 * SECOND } });
  ladder.wire`
    +0 send(100) = 100
    +0 > P. 1:101(100) ack 1
    +1 > P. 1:101(100) ack 1
  `;
  return ladder;
};

prove('ESTABLISHED', 'open active')`
  +0 open("active") = -1 EISCONN
  +0 > nothing
`;

prove('ESTABLISHED', 'open passive')`
  +0 open("passive") = -1 EISCONN
  +0 > nothing
`;

prove('ESTABLISHED', 'send', { when: 'window and buffer have room' })`
  +0 send(100) = 100
  +0 > P. 1:101(100) ack 1
`;

prove('ESTABLISHED', 'send', { when: 'the send buffer is full', from: full })`
  +0 send(100) = 0
  +0 > nothing
`;

prove('ESTABLISHED', 'receive', { when: 'octets wait', from: unread })`
  +0 receive(100) = 10
  +0 > nothing
`;

prove('ESTABLISHED', 'receive', { when: 'none wait' })`
  +0 receive(100) = 0
  +0 > nothing
`;

prove('ESTABLISHED', 'close', { when: 'nothing waits to be sent' })`
  +0 close()
  +0 > F. 1:1(0) ack 1
`;

prove('ESTABLISHED', 'close', { when: 'the window holds octets back', from: heldBack })`
  +0 close()
  +0 > nothing
`;

prove('ESTABLISHED', 'abort')`
  +0 abort()
  +0 > R. 1:1(0) ack 1
  +9 > nothing
`;

prove('ESTABLISHED', 'unacceptable sequence', { when: 'it is no reset' })`
  +0 < .  20001:20001(0) ack 1 win 10000
  +0 > .  1:1(0) ack 1
`;

prove('ESTABLISHED', 'unacceptable sequence', { when: 'it is a reset' })`
  +0 < R  20001:20001(0)
  +0 < R. 20001:20001(0) ack 1
  +0 < R  0:0(0)
  +0 > nothing
`;

prove('ESTABLISHED', 'unacceptable sequence, with data', { when: 'it is no reset' })`
  +0 < P. 20001:20011(10) ack 1 win 10000
  +0 > .  1:1(0) ack 1
`;

prove('ESTABLISHED', 'unacceptable sequence, with data', { when: 'it is a reset' })`
  +0 < R  20001:20011(10)
  +0 > nothing
`;

prove('ESTABLISHED', 'outdated timestamp', { from: withTimestamps })`
  +0 < .  1:1(0) ack 1 win 10000 <TS val 999 ecr 0>
  +0 > .  1:1(0) ack 1
`;

prove('ESTABLISHED', 'outdated timestamp, with data', { from: withTimestamps })`
  +0 < P. 1:11(10) ack 1 win 10000 <TS val 999 ecr 0>
  +0 > .  1:1(0) ack 1
`;

prove('ESTABLISHED', 'RST at RCV.NXT')`
  +0 < R 1:1(0)
  +9 > nothing
`;

prove('ESTABLISHED', 'RST elsewhere in the window')`
  +0 < R 501:501(0)
  +0 > .  1:1(0) ack 1
`;

prove('ESTABLISHED', 'RST at RCV.NXT, with data')`
  +0 < R 1:11(10)
  +9 > nothing
`;

prove('ESTABLISHED', 'RST elsewhere in the window, with data')`
  +0 < R 501:511(10)
  +0 > .  1:1(0) ack 1
`;

prove('ESTABLISHED', 'SYN')`
  +0 < S  1:1(0) win 10000
  +0 > .  1:1(0) ack 1
`;

prove('ESTABLISHED', 'SYN, with data')`
  +0 < S  1:11(10) win 10000
  +0 > .  1:1(0) ack 1
`;

prove('ESTABLISHED', 'no ACK')`
  +0 < - 1:1(0) win 10000
  +0 > nothing
`;

prove('ESTABLISHED', 'no ACK, with data')`
  +0 < P 1:11(10) win 10000
  +0 > nothing
`;

prove('ESTABLISHED', 'old ACK', { when: 'by no more than the largest window' })`
  +0 < .  1:1(0) ack 0 win 10000
  +0 < .  1:1(0) ack 4294957297 win 10000
  +0 > nothing
`;

prove('ESTABLISHED', 'old ACK', { when: 'by more than the largest window' })`
  +0 < .  1:1(0) ack 4294957296 win 10000
  +0 > .  1:1(0) ack 1
`;

prove('ESTABLISHED', 'old ACK, with data', { when: 'by no more than the largest window' })`
  +0 < P. 1:11(10) ack 0 win 10000
  +0 > .  1:1(0) ack 11
`;

prove('ESTABLISHED', 'old ACK, with data', { when: 'by more than the largest window' })`
  +0 < P. 1:11(10) ack 4294957296 win 10000
  +0 > .  1:1(0) ack 1
`;

prove('ESTABLISHED', 'new ACK', { when: 'nobody waits for room in the send buffer', from: inFlight })`
  +0 < .  1:1(0) ack 101 win 10000
  +0 > nothing
`;

prove('ESTABLISHED', 'new ACK', { when: 'the program waits for room in the send buffer', from: full })`
  +0 < .  1:1(0) ack 101 win 10000
  +0 > nothing
`;

prove('ESTABLISHED', 'new ACK, with data', { when: 'nobody waits for room in the send buffer', from: inFlight })`
  +0 < P. 1:11(10) ack 101 win 10000
  +0 > .  101:101(0) ack 11
`;

prove('ESTABLISHED', 'new ACK, with data', { when: 'the program waits for room in the send buffer', from: full })`
  +0 < P. 1:11(10) ack 101 win 10000
  +0 > .  101:101(0) ack 11
`;

prove('ESTABLISHED', 'ACK beyond SND.NXT')`
  +0 < .  1:1(0) ack 2 win 10000
  +0 > .  1:1(0) ack 1
`;

prove('ESTABLISHED', 'ACK beyond SND.NXT, with data')`
  +0 < P. 1:11(10) ack 2 win 10000
  +0 > .  1:1(0) ack 1
`;

prove('ESTABLISHED', 'data in order')`
  +0 < P. 1:11(10) ack 1 win 10000
  +0 > .  1:1(0) ack 11
`;

prove('ESTABLISHED', 'data out of order')`
  +0 < P. 11:21(10) ack 1 win 10000
  +0 > .  1:1(0) ack 1
`;

prove('ESTABLISHED', 'FIN', { when: 'all before it has come' })`
  +0 < F.  1:1(0) ack 1 win 10000
  +0 > .   1:1(0) ack 2
`;

prove('ESTABLISHED', 'FIN', { when: 'octets before it are missing' })`
  +0 < F.  11:11(0) ack 1 win 10000
  +0 > .   1:1(0) ack 1
`;

prove('ESTABLISHED', 'FIN, with data', { when: 'all before it has come' })`
  +0 < FP. 1:11(10) ack 1 win 10000
  +0 > .   1:1(0) ack 12
`;

prove('ESTABLISHED', 'FIN, with data', { when: 'octets before it are missing' })`
  +0 < FP. 11:21(10) ack 1 win 10000
  +0 > .   1:1(0) ack 1
`;

prove('ESTABLISHED', 'user timeout', { from: nearlyGivenUp })`
  +2.1 > nothing
`;

prove('ESTABLISHED', 'retransmission timeout', { from: inFlight })`
  +1 > P. 1:101(100) ack 1
`;
