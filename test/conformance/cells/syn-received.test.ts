/** SYN-RECEIVED, event by event: our SYN,ACK is 0 and not acknowledged, the peer's SYN was 0. Next are 1 and 1. */
import { SECOND } from '../../../src/core/time.ts';
import { type Ladder, synReceived } from '../wire.ts';
import { prove } from './prove.ts';

/** Octets wait for the handshake. */
const withOctets = (): Ladder => {
  const ladder = synReceived();
  ladder.wire`
    +0 send(100) = 100
  `;
  return ladder;
};

/** Every segment of the peer had the timestamp 1000 so far. */
const withTimestamps = (): Ladder => synReceived({ timestamps: true });

/** The SYN,ACK was sent, and once again; the next timeout is the last. */
const nearlyGivenUp = (): Ladder => {
  const ladder = synReceived({ connection: { synTimeout: 2 * SECOND } });
  ladder.wire`
    +1 > S. 0:0(0) ack 1
  `;
  return ladder;
};

prove('SYN-RECEIVED', 'open active')`
  +0 open("active") = -1 EISCONN
  +0 > nothing
`;

prove('SYN-RECEIVED', 'open passive')`
  +0 open("passive") = -1 EISCONN
  +0 > nothing
`;

prove('SYN-RECEIVED', 'send')`
  +0 send(100) = 100
  +0 > nothing
`;

prove('SYN-RECEIVED', 'receive')`
  +0 receive(100) = 0
`;

prove('SYN-RECEIVED', 'close', { when: 'nothing waits to be sent' })`
  +0 close()
  +0 > F. 1:1(0) ack 1
`;

prove('SYN-RECEIVED', 'close', { when: 'octets wait to be sent', from: withOctets })`
  +0 close()
  +0 > nothing
`;

prove('SYN-RECEIVED', 'abort')`
  +0 abort()
  +0 > R. 1:1(0) ack 1
  +9 > nothing
`;

prove('SYN-RECEIVED', 'unacceptable sequence', { when: 'it is no reset' })`
  +0 < .  20001:20001(0) ack 1 win 10000
  +0 > .  1:1(0) ack 1
`;

prove('SYN-RECEIVED', 'unacceptable sequence', { when: 'it is a reset' })`
  +0 < R  20001:20001(0)
  +0 < R. 20001:20001(0) ack 1
  +0 < R  0:0(0)
  +0 > nothing
`;

prove('SYN-RECEIVED', 'unacceptable sequence', { when: 'it is the SYN of the peer again' })`
  +0 < S  0:0(0) win 10000 <mss 1000>
  +0 > S. 0:0(0) ack 1
`;

prove('SYN-RECEIVED', 'unacceptable sequence, with data', { when: 'it is no reset' })`
  +0 < P. 20001:20011(10) ack 1 win 10000
  +0 > .  1:1(0) ack 1
`;

prove('SYN-RECEIVED', 'unacceptable sequence, with data', { when: 'it is a reset' })`
  +0 < R  20001:20011(10)
  +0 > nothing
`;

prove('SYN-RECEIVED', 'unacceptable sequence, with data', { when: 'it is the SYN of the peer again' })`
  +0 < S  0:10(10) win 10000 <mss 1000>
  +0 > S. 0:0(0) ack 1
`;

prove('SYN-RECEIVED', 'outdated timestamp', { from: withTimestamps })`
  +0 < .  1:1(0) ack 1 win 10000 <TS val 999 ecr 0>
  +0 > .  1:1(0) ack 1
`;

prove('SYN-RECEIVED', 'outdated timestamp, with data', { from: withTimestamps })`
  +0 < P. 1:11(10) ack 1 win 10000 <TS val 999 ecr 0>
  +0 > .  1:1(0) ack 1
`;

prove('SYN-RECEIVED', 'RST at RCV.NXT', { when: 'it was opened passively' })`
  +0 < R 1:1(0)
  +9 > nothing
`;

prove('SYN-RECEIVED', 'RST at RCV.NXT', {
  when: 'it was opened actively',
  from: () => synReceived({ open: 'active' }),
})`
  +0 < R 1:1(0)
  +9 > nothing
`;

prove('SYN-RECEIVED', 'RST elsewhere in the window')`
  +0 < R 501:501(0)
  +0 > .  1:1(0) ack 1
`;

prove('SYN-RECEIVED', 'RST at RCV.NXT, with data', { when: 'it was opened passively' })`
  +0 < R 1:11(10)
  +9 > nothing
`;

prove('SYN-RECEIVED', 'RST at RCV.NXT, with data', {
  when: 'it was opened actively',
  from: () => synReceived({ open: 'active' }),
})`
  +0 < R 1:11(10)
  +9 > nothing
`;

prove('SYN-RECEIVED', 'RST elsewhere in the window, with data')`
  +0 < R 501:511(10)
  +0 > .  1:1(0) ack 1
`;

prove('SYN-RECEIVED', 'SYN', { when: 'it was opened passively' })`
  +0 < S 1:1(0) win 10000
  +9 > nothing
`;

prove('SYN-RECEIVED', 'SYN', { when: 'it was opened actively', from: () => synReceived({ open: 'active' }) })`
  +0 < S 1:1(0) win 10000
  +0 > .  1:1(0) ack 1
`;

prove('SYN-RECEIVED', 'SYN', {
  when: 'it is the SYN,ACK of a simultaneous open',
  from: () => synReceived({ open: 'active' }),
})`
  +0 < S. 0:0(0) ack 1 win 10000
  +0 > .  1:1(0) ack 1
`;

prove('SYN-RECEIVED', 'SYN, with data', { when: 'it was opened passively' })`
  +0 < S 1:11(10) win 10000
  +9 > nothing
`;

prove('SYN-RECEIVED', 'SYN, with data', {
  when: 'it was opened actively',
  from: () => synReceived({ open: 'active' }),
})`
  +0 < S 1:11(10) win 10000
  +0 > .  1:1(0) ack 1
`;

prove('SYN-RECEIVED', 'SYN, with data', {
  when: 'it is the SYN,ACK of a simultaneous open',
  from: () => synReceived({ open: 'active' }),
})`
  +0 < S. 0:10(10) ack 1 win 10000
  +0 > .  1:1(0) ack 11
`;

prove('SYN-RECEIVED', 'no ACK')`
  +0 < - 1:1(0) win 10000
  +0 > nothing
`;

prove('SYN-RECEIVED', 'no ACK, with data')`
  +0 < P 1:11(10) win 10000
  +0 > nothing
`;

prove('SYN-RECEIVED', 'old ACK')`
  +0 < . 1:1(0) ack 0 win 10000
  +0 > R 0:0(0)
`;

prove('SYN-RECEIVED', 'old ACK, with data')`
  +0 < P. 1:11(10) ack 0 win 10000
  +0 > R  0:0(0)
`;

prove('SYN-RECEIVED', 'new ACK')`
  +0 < .  1:1(0) ack 1 win 10000
  +0 > nothing
`;

prove('SYN-RECEIVED', 'new ACK, with data')`
  +0 < P. 1:11(10) ack 1 win 10000
  +0 > .  1:1(0) ack 11
`;

prove('SYN-RECEIVED', 'ACK beyond SND.NXT')`
  +0 < . 1:1(0) ack 2 win 10000
  +0 > R 2:2(0)
`;

prove('SYN-RECEIVED', 'ACK beyond SND.NXT, with data')`
  +0 < P. 1:11(10) ack 2 win 10000
  +0 > R  2:2(0)
`;

prove('SYN-RECEIVED', 'data in order')`
  +0 < P. 1:11(10) ack 1 win 10000
  +0 > .  1:1(0) ack 11
`;

prove('SYN-RECEIVED', 'data out of order')`
  +0 < P. 11:21(10) ack 1 win 10000
  +0 > .  1:1(0) ack 1
`;

prove('SYN-RECEIVED', 'FIN', { when: 'all before it has come' })`
  +0 < F.  1:1(0) ack 1 win 10000
  +0 > .   1:1(0) ack 2
`;

prove('SYN-RECEIVED', 'FIN', { when: 'octets before it are missing' })`
  +0 < F.  11:11(0) ack 1 win 10000
  +0 > .   1:1(0) ack 1
`;

prove('SYN-RECEIVED', 'FIN, with data', { when: 'all before it has come' })`
  +0 < FP. 1:11(10) ack 1 win 10000
  +0 > .   1:1(0) ack 12
`;

prove('SYN-RECEIVED', 'FIN, with data', { when: 'octets before it are missing' })`
  +0 < FP. 11:21(10) ack 1 win 10000
  +0 > .   1:1(0) ack 1
`;

prove('SYN-RECEIVED', 'user timeout', { from: nearlyGivenUp })`
  +2.1 > nothing
`;

prove('SYN-RECEIVED', 'retransmission timeout')`
  +1 > S. 0:0(0) ack 1
`;
