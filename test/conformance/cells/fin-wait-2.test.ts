/** FIN-WAIT-2, event by event: our FIN, 1, is acknowledged; the peer may still send, from 1 on. */
import { SECOND } from '../../../src/core/time.ts';
import { established, finWait2, type Ladder } from '../wire.ts';
import { prove } from './prove.ts';

/** The program has not read the ten octets that came. */
const unread = (): Ladder => {
  const ladder = established();
  ladder.wire`
    +0 < P. 1:11(10) ack 1 win 10000
    +0 > .  1:1(0) ack 11
    +0 close()
    +0 > F. 1:1(0) ack 11
    +0 < .  11:11(0) ack 2 win 10000
  `;
  return ladder;
};

/** Every segment of the peer had the timestamp 1000 so far. */
const withTimestamps = (): Ladder => finWait2({ timestamps: true });

/** The program has closed both directions: nobody will read. */
const left = (): Ladder => {
  const ladder = established();
  ladder.wire`
    +0 closeBoth()
    +0 > F. 1:1(0) ack 1
    +0 < .  1:1(0) ack 2 win 10000
  `;
  return ladder;
};

/** The peer was asked for a sign of life, once and for the last time. */
const silent = (): Ladder => {
  const ladder = finWait2({
    connection: { keepAlive: true, keepAliveIdle: 10 * SECOND, keepAliveProbes: 1, keepAliveInterval: SECOND },
  });
  ladder.wire`
    +10 > . 1:1(0) ack 1
  `;
  return ladder;
};

prove('FIN-WAIT-2', 'open active')`
  +0 open("active") = -1 EISCONN
  +0 > nothing
`;

prove('FIN-WAIT-2', 'open passive')`
  +0 open("passive") = -1 EISCONN
  +0 > nothing
`;

prove('FIN-WAIT-2', 'send')`
  +0 send(100) = -1 EPIPE
  +0 > nothing
`;

prove('FIN-WAIT-2', 'receive', { when: 'octets wait', from: unread })`
  +0 receive(100) = 10
  +0 > nothing
`;

prove('FIN-WAIT-2', 'receive', { when: 'none wait' })`
  +0 receive(100) = 0
  +0 > nothing
`;

prove('FIN-WAIT-2', 'close')`
  +0 close()
  +0 > nothing
`;

prove('FIN-WAIT-2', 'abort')`
  +0 abort()
  +0 > R. 2:2(0) ack 1
  +9 > nothing
`;

prove('FIN-WAIT-2', 'unacceptable sequence', { when: 'it is no reset' })`
  +0 < .  20001:20001(0) ack 2 win 10000
  +0 > .  2:2(0) ack 1
`;

prove('FIN-WAIT-2', 'unacceptable sequence', { when: 'it is a reset' })`
  +0 < R  20001:20001(0)
  +0 < R. 20001:20001(0) ack 2
  +0 < R  0:0(0)
  +0 > nothing
`;

prove('FIN-WAIT-2', 'unacceptable sequence, with data', { when: 'it is no reset' })`
  +0 < P. 20001:20011(10) ack 2 win 10000
  +0 > .  2:2(0) ack 1
`;

prove('FIN-WAIT-2', 'unacceptable sequence, with data', { when: 'it is a reset' })`
  +0 < R  20001:20011(10)
  +0 > nothing
`;

prove('FIN-WAIT-2', 'outdated timestamp', { from: withTimestamps })`
  +0 < .  1:1(0) ack 2 win 10000 <TS val 999 ecr 0>
  +0 > .  2:2(0) ack 1
`;

prove('FIN-WAIT-2', 'outdated timestamp, with data', { from: withTimestamps })`
  +0 < P. 1:11(10) ack 2 win 10000 <TS val 999 ecr 0>
  +0 > .  2:2(0) ack 1
`;

prove('FIN-WAIT-2', 'RST at RCV.NXT')`
  +0 < R 1:1(0)
  +9 > nothing
`;

prove('FIN-WAIT-2', 'RST elsewhere in the window')`
  +0 < R 501:501(0)
  +0 > .  2:2(0) ack 1
`;

prove('FIN-WAIT-2', 'RST at RCV.NXT, with data')`
  +0 < R 1:11(10)
  +9 > nothing
`;

prove('FIN-WAIT-2', 'RST elsewhere in the window, with data')`
  +0 < R 501:511(10)
  +0 > .  2:2(0) ack 1
`;

prove('FIN-WAIT-2', 'SYN')`
  +0 < S  1:1(0) win 10000
  +0 > .  2:2(0) ack 1
`;

prove('FIN-WAIT-2', 'SYN, with data')`
  +0 < S  1:11(10) win 10000
  +0 > .  2:2(0) ack 1
`;

prove('FIN-WAIT-2', 'no ACK')`
  +0 < - 1:1(0) win 10000
  +0 > nothing
`;

prove('FIN-WAIT-2', 'no ACK, with data')`
  +0 < P 1:11(10) win 10000
  +0 > nothing
`;

prove('FIN-WAIT-2', 'old ACK', { when: 'by no more than the largest window' })`
  +0 < .  1:1(0) ack 1 win 10000
  +0 < .  1:1(0) ack 4294957298 win 10000
  +0 > nothing
`;

prove('FIN-WAIT-2', 'old ACK', { when: 'by more than the largest window' })`
  +0 < .  1:1(0) ack 4294957297 win 10000
  +0 > .  2:2(0) ack 1
`;

prove('FIN-WAIT-2', 'old ACK, with data', { when: 'by no more than the largest window' })`
  +0 < P. 1:11(10) ack 1 win 10000
  +0 > .  2:2(0) ack 11
`;

prove('FIN-WAIT-2', 'old ACK, with data', { when: 'by more than the largest window' })`
  +0 < P. 1:11(10) ack 4294957297 win 10000
  +0 > .  2:2(0) ack 1
`;

prove('FIN-WAIT-2', 'ACK beyond SND.NXT')`
  +0 < .  1:1(0) ack 3 win 10000
  +0 > .  2:2(0) ack 1
`;

prove('FIN-WAIT-2', 'ACK beyond SND.NXT, with data')`
  +0 < P. 1:11(10) ack 3 win 10000
  +0 > .  2:2(0) ack 1
`;

prove('FIN-WAIT-2', 'data in order', { when: 'the program still reads' })`
  +0 < P. 1:11(10) ack 2 win 10000
  +0 > .  2:2(0) ack 11
`;

prove('FIN-WAIT-2', 'data in order', { when: 'the program has closed both directions', from: left })`
  +0 < P. 1:11(10) ack 2 win 10000
  +0 > R  2:2(0)
`;

prove('FIN-WAIT-2', 'data out of order', { when: 'the program still reads' })`
  +0 < P. 11:21(10) ack 2 win 10000
  +0 > .  2:2(0) ack 1
`;

prove('FIN-WAIT-2', 'data out of order', { when: 'the program has closed both directions', from: left })`
  +0 < P. 11:21(10) ack 2 win 10000
  +0 > R  2:2(0)
`;

prove('FIN-WAIT-2', 'FIN', { when: 'all before it has come' })`
  +0 < F.  1:1(0) ack 2 win 10000
  +0 > .   2:2(0) ack 2
`;

prove('FIN-WAIT-2', 'FIN', { when: 'octets before it are missing' })`
  +0 < F.  11:11(0) ack 2 win 10000
  +0 > .   2:2(0) ack 1
`;

prove('FIN-WAIT-2', 'FIN, with data', { when: 'all before it has come' })`
  +0 < FP. 1:11(10) ack 2 win 10000
  +0 > .   2:2(0) ack 12
`;

prove('FIN-WAIT-2', 'FIN, with data', { when: 'octets before it are missing' })`
  +0 < FP. 11:21(10) ack 2 win 10000
  +0 > .   2:2(0) ack 1
`;

prove('FIN-WAIT-2', 'FIN, with data', { when: 'the program has closed both directions', from: left })`
  +0 < FP. 1:11(10) ack 2 win 10000
  +0 > R   2:2(0)
`;

prove('FIN-WAIT-2', 'user timeout', { when: 'keep-alives go without an answer', from: silent })`
  +1.1 > nothing
`;

prove('FIN-WAIT-2', 'user timeout', { when: 'the program has closed both directions', from: left })`
  +61 > nothing
`;
