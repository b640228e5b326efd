/** SYN-SENT, event by event: our SYN is 0, the peer's number is not known, so all that tells a true answer is its acknowledgment of the SYN: 1. */
import { SECOND } from '../../../src/core/time.ts';
import { synSent } from '../wire.ts';
import { prove } from './prove.ts';

prove('SYN-SENT', 'open active')`
  +0 open("active") = -1 EISCONN
  +0 > nothing
`;

prove('SYN-SENT', 'open passive')`
  +0 open("passive") = -1 EISCONN
  +0 > nothing
`;

prove('SYN-SENT', 'send')`
  +0 send(100) = 100
  +0 > nothing
`;

prove('SYN-SENT', 'receive')`
  +0 receive(100) = 0
`;

prove('SYN-SENT', 'close')`
  +0 close()
  +9 > nothing
`;

prove('SYN-SENT', 'abort')`
  +0 abort()
  +9 > nothing
`;

prove('SYN-SENT', 'RST at RCV.NXT', { when: 'it acknowledges our SYN' })`
  +0 < R. 0:0(0) ack 1
  +9 > nothing
`;

prove('SYN-SENT', 'RST at RCV.NXT', { when: 'it acknowledges something else' })`
  +0 < R. 0:0(0) ack 2
  +0 < R. 0:0(0) ack 0
  +0 > nothing
`;

prove('SYN-SENT', 'RST at RCV.NXT', { when: 'it has no ACK' })`
  +0 < R 0:0(0)
  +0 > nothing
`;

prove('SYN-SENT', 'RST at RCV.NXT, with data', { when: 'it acknowledges our SYN' })`
  +0 < R. 0:10(10) ack 1
  +9 > nothing
`;

prove('SYN-SENT', 'RST at RCV.NXT, with data', { when: 'it acknowledges something else' })`
  +0 < R. 0:10(10) ack 2
  +0 > nothing
`;

prove('SYN-SENT', 'RST at RCV.NXT, with data', { when: 'it has no ACK' })`
  +0 < R 0:10(10)
  +0 > nothing
`;

prove('SYN-SENT', 'RST elsewhere in the window', { when: 'it acknowledges our SYN' })`
  +0 < R. 5000:5000(0) ack 1
  +9 > nothing
`;

prove('SYN-SENT', 'RST elsewhere in the window', { when: 'it acknowledges something else' })`
  +0 < R. 5000:5000(0) ack 2
  +0 > nothing
`;

prove('SYN-SENT', 'RST elsewhere in the window', { when: 'it has no ACK' })`
  +0 < R 5000:5000(0)
  +0 > nothing
`;

prove('SYN-SENT', 'RST elsewhere in the window, with data', { when: 'it acknowledges our SYN' })`
  +0 < R. 5000:5010(10) ack 1
  +9 > nothing
`;

prove('SYN-SENT', 'RST elsewhere in the window, with data', { when: 'it acknowledges something else' })`
  +0 < R. 5000:5010(10) ack 2
  +0 > nothing
`;

prove('SYN-SENT', 'RST elsewhere in the window, with data', { when: 'it has no ACK' })`
  +0 < R 5000:5010(10)
  +0 > nothing
`;

prove('SYN-SENT', 'SYN', { when: 'it acknowledges our SYN' })`
  +0 < S. 0:0(0) ack 1 win 1000
  +0 > .  1:1(0) ack 1
`;

prove('SYN-SENT', 'SYN', { when: 'it has no ACK' })`
  +0 < S  0:0(0) win 1000
  +0 > S. 0:0(0) ack 1
`;

prove('SYN-SENT', 'SYN', { when: 'it acknowledges something else' })`
  +0 < S. 0:0(0) ack 2 win 1000
  +0 > R  2:2(0)
`;

prove('SYN-SENT', 'SYN, with data', { when: 'it acknowledges our SYN' })`
  +0 < S. 0:10(10) ack 1 win 1000
  +0 > .  1:1(0) ack 11
`;

// The octets behind the SYN are not acknowledged.
prove('SYN-SENT', 'SYN, with data', { when: 'it has no ACK' })`
  +0 < S  0:10(10) win 1000
  +0 > S. 0:0(0) ack 1
`;

prove('SYN-SENT', 'SYN, with data', { when: 'it acknowledges something else' })`
  +0 < S. 0:10(10) ack 0 win 1000
  +0 > R  0:0(0)
`;

prove('SYN-SENT', 'no ACK')`
  +0 < - 0:0(0) win 1000
  +0 > nothing
`;

prove('SYN-SENT', 'no ACK, with data')`
  +0 < P 0:10(10) win 1000
  +0 > nothing
`;

prove('SYN-SENT', 'old ACK')`
  +0 < . 0:0(0) ack 0 win 1000
  +0 > R 0:0(0)
`;

prove('SYN-SENT', 'old ACK, with data')`
  +0 < P. 0:10(10) ack 0 win 1000
  +0 > R  0:0(0)
`;

prove('SYN-SENT', 'new ACK')`
  +0 < . 0:0(0) ack 1 win 1000
  +0 > nothing
`;

prove('SYN-SENT', 'new ACK, with data')`
  +0 < P. 0:10(10) ack 1 win 1000
  +0 > nothing
`;

prove('SYN-SENT', 'ACK beyond SND.NXT')`
  +0 < . 0:0(0) ack 2 win 1000
  +0 > R 2:2(0)
`;

prove('SYN-SENT', 'ACK beyond SND.NXT, with data')`
  +0 < P. 0:10(10) ack 2 win 1000
  +0 > R  2:2(0)
`;

prove('SYN-SENT', 'data in order')`
  +0 < P. 1:11(10) ack 1 win 1000
  +0 > nothing
`;

prove('SYN-SENT', 'FIN')`
  +0 < F. 1:1(0) ack 1 win 1000
  +0 > nothing
`;

prove('SYN-SENT', 'FIN, with data')`
  +0 < FP. 1:11(10) ack 1 win 1000
  +0 > nothing
`;

/** A SYN was sent, and once again; the next timeout is the last. */
const nearlyGivenUp = (): ReturnType<typeof synSent> => {
  const ladder = synSent({ connection: { synTimeout: 2 * SECOND } });
  ladder.wire`+1 > S 0:0(0)`;
  return ladder;
};

prove('SYN-SENT', 'user timeout', { from: nearlyGivenUp })`
  +2.1 > nothing
`;

prove('SYN-SENT', 'retransmission timeout')`
  +1 > S 0:0(0)
`;
