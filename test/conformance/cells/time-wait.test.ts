/** TIME-WAIT, event by event: both FINs, 1 and 1, are sent and acknowledged; what comes now is old. */
import { established, finWait1, type Ladder, timeWait } from '../wire.ts';
import { prove } from './prove.ts';

/** The program has not read the ten octets that came. */
const unread = (): Ladder => {
  const ladder = established();
  ladder.wire`
    +0 < P. 1:11(10) ack 1 win 10000
    +0 > .  1:1(0) ack 11
    +0 close()
    +0 > F. 1:1(0) ack 11
    +0 < F. 11:11(0) ack 2 win 10000
    +0 > .  2:2(0) ack 12
  `;
  return ladder;
};

/** Every segment of the peer had the timestamp 1000 so far. */
const withTimestamps = (): Ladder => timeWait({ timestamps: true });

/** The FIN of the peer came with ten octets. */
const closedWithOctets = (): Ladder => {
  const ladder = finWait1();
  ladder.wire`
    +0 < FP. 1:11(10) ack 2 win 10000
    +0 > .   2:2(0) ack 12
  `;
  return ladder;
};

prove('TIME-WAIT', 'open active')`
  +0 open("active") = -1 EISCONN
  +0 > nothing
`;

prove('TIME-WAIT', 'open passive')`
  +0 open("passive") = -1 EISCONN
  +0 > nothing
`;

prove('TIME-WAIT', 'send')`
  +0 send(100) = -1 EPIPE
  +0 > nothing
`;

prove('TIME-WAIT', 'receive', { when: 'octets wait', from: unread })`
  +0 receive(100) = 10
  +0 > nothing
`;

prove('TIME-WAIT', 'receive', { when: 'none wait' })`
  +0 receive(100) = 0
  +0 > nothing
`;

prove('TIME-WAIT', 'close')`
  +0 close() = -1 EPIPE
  +0 > nothing
`;

prove('TIME-WAIT', 'abort')`
  +0 abort()
  +9 > nothing
`;

prove('TIME-WAIT', 'unacceptable sequence', { when: 'it is no reset' })`
  +0 < .  20001:20001(0) ack 2 win 10000
  +0 > .  2:2(0) ack 2
`;

prove('TIME-WAIT', 'unacceptable sequence', { when: 'it is a reset' })`
  +0 < R  20001:20001(0)
  +0 < R. 20001:20001(0) ack 2
  +0 < R  1:1(0)
  +0 > nothing
`;

prove('TIME-WAIT', 'unacceptable sequence, with data', { when: 'it is no reset' })`
  +0 < P. 20001:20011(10) ack 2 win 10000
  +0 > .  2:2(0) ack 2
`;

prove('TIME-WAIT', 'unacceptable sequence, with data', { when: 'it is a reset' })`
  +0 < R  20001:20011(10)
  +0 > nothing
`;

prove('TIME-WAIT', 'outdated timestamp', { from: withTimestamps })`
  +0 < .  2:2(0) ack 2 win 10000 <TS val 999 ecr 0>
  +0 > .  2:2(0) ack 2
`;

prove('TIME-WAIT', 'outdated timestamp, with data', { from: withTimestamps })`
  +0 < P. 2:12(10) ack 2 win 10000 <TS val 999 ecr 0>
  +0 > .  2:2(0) ack 2
`;

prove('TIME-WAIT', 'RST at RCV.NXT')`
  +0 < R 2:2(0)
  +0 > nothing
`;

prove('TIME-WAIT', 'RST elsewhere in the window')`
  +0 < R 502:502(0)
  +0 > nothing
`;

prove('TIME-WAIT', 'RST at RCV.NXT, with data')`
  +0 < R 2:12(10)
  +0 > nothing
`;

prove('TIME-WAIT', 'RST elsewhere in the window, with data')`
  +0 < R 502:512(10)
  +0 > nothing
`;

prove('TIME-WAIT', 'SYN', { when: 'it cannot be mistaken for the old connection, and somebody listens' })`
  +0 < S  2:2(0) win 10000 <mss 1000>
  +0 > S. 0:0(0) ack 3
`;

prove('TIME-WAIT', 'SYN', { when: 'it could be an old duplicate' })`
  +0 < S  1:1(0) win 10000 <mss 1000>
  +0 > nothing
`;

prove('TIME-WAIT', 'SYN', { when: 'nobody listens, or it has an ACK', from: () => timeWait({ open: 'active' }) })`
  +0 < S  2:2(0) win 10000
  +0 > .  2:2(0) ack 2
`;

prove('TIME-WAIT', 'SYN, with data', { when: 'it cannot be mistaken for the old connection, and somebody listens' })`
  +0 < S  2:12(10) win 10000 <mss 1000>
  +0 > S. 0:0(0) ack 3
`;

prove('TIME-WAIT', 'SYN, with data', { when: 'it could be an old duplicate' })`
  +0 < S  1:11(10) win 10000 <mss 1000>
  +0 > nothing
`;

prove('TIME-WAIT', 'SYN, with data', { when: 'nobody listens, or it has an ACK' })`
  +0 < S. 2:12(10) ack 2 win 10000
  +0 > .  2:2(0) ack 2
`;

prove('TIME-WAIT', 'no ACK')`
  +0 < - 2:2(0) win 10000
  +0 > nothing
`;

prove('TIME-WAIT', 'no ACK, with data')`
  +0 < P 2:12(10) win 10000
  +0 > nothing
`;

prove('TIME-WAIT', 'old ACK', { when: 'by no more than the largest window' })`
  +0 < .  2:2(0) ack 1 win 10000
  +0 < .  2:2(0) ack 4294957298 win 10000
  +0 > nothing
`;

prove('TIME-WAIT', 'old ACK', { when: 'by more than the largest window' })`
  +0 < .  2:2(0) ack 4294957297 win 10000
  +0 > .  2:2(0) ack 2
`;

prove('TIME-WAIT', 'old ACK, with data', { when: 'by no more than the largest window' })`
  +0 < P. 2:12(10) ack 1 win 10000
  +0 > nothing
`;

prove('TIME-WAIT', 'old ACK, with data', { when: 'by more than the largest window' })`
  +0 < P. 2:12(10) ack 4294957297 win 10000
  +0 > .  2:2(0) ack 2
`;

prove('TIME-WAIT', 'ACK beyond SND.NXT')`
  +0 < .  2:2(0) ack 3 win 10000
  +0 > .  2:2(0) ack 2
`;

prove('TIME-WAIT', 'ACK beyond SND.NXT, with data')`
  +0 < P. 2:12(10) ack 3 win 10000
  +0 > .  2:2(0) ack 2
`;

prove('TIME-WAIT', 'data in order')`
  +0 < P. 2:12(10) ack 2 win 10000
  +0 > nothing
`;

prove('TIME-WAIT', 'data out of order')`
  +0 < P. 12:22(10) ack 2 win 10000
  +0 > nothing
`;

prove('TIME-WAIT', 'FIN', { when: 'it is the FIN of the peer again' })`
  +200 < F.  1:1(0) ack 2 win 10000
  +0   > .   2:2(0) ack 2
  +239 > nothing
`;

prove('TIME-WAIT', 'FIN, with data', { when: 'it is the FIN of the peer again', from: closedWithOctets })`
  +200 < FP. 1:11(10) ack 2 win 10000
  +0   > .   2:2(0) ack 12
  +239 > nothing
`;

prove('TIME-WAIT', 'TIME-WAIT timeout')`
  +241 > nothing
`;
