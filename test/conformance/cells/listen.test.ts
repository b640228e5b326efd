/** LISTEN, event by event: a SYN is waited for, and nothing has been sent that anybody could acknowledge. */
import { listening } from '../wire.ts';
import { prove } from './prove.ts';

prove('LISTEN', 'open active')`
  +0 open("active")
  +0 > S 0:0(0)
`;

prove('LISTEN', 'open passive')`
  +0 open("passive") = -1 EISCONN
  +0 > nothing
`;

prove('LISTEN', 'send')`
  +0 send(100) = 100
  +0 > S 0:0(0)
`;

prove('LISTEN', 'receive')`
  +0 receive(100) = 0
`;

prove('LISTEN', 'close')`
  +0 close()
  +0 > nothing
`;

prove('LISTEN', 'abort')`
  +0 abort()
  +0 > nothing
`;

prove('LISTEN', 'RST at RCV.NXT')`
  +0 < R 0:0(0)
  +0 < R. 0:0(0) ack 7
  +0 > nothing
`;

prove('LISTEN', 'RST at RCV.NXT, with data')`
  +0 < R 0:10(10)
  +0 > nothing
`;

prove('LISTEN', 'RST elsewhere in the window')`
  +0 < R 5000:5000(0)
  +0 > nothing
`;

prove('LISTEN', 'RST elsewhere in the window, with data')`
  +0 < R. 5000:5010(10) ack 7
  +0 > nothing
`;

prove('LISTEN', 'SYN', { when: 'it has no ACK' })`
  +0 < S  700:700(0) win 1000 <mss 1000>
  +0 > S. 0:0(0) ack 701 win 10000 <mss 1460>
`;

prove('LISTEN', 'SYN', { when: 'it has an ACK' })`
  +0 < S. 700:700(0) ack 55 win 1000
  +0 > R  55:55(0)
`;

// The octets behind the SYN are not acknowledged: 701, not 711.
prove('LISTEN', 'SYN, with data', { when: 'it has no ACK' })`
  +0 < S  700:710(10) win 1000
  +0 > S. 0:0(0) ack 701
`;

prove('LISTEN', 'SYN, with data', { when: 'it has an ACK' })`
  +0 < S. 700:710(10) ack 55 win 1000
  +0 > R  55:55(0)
`;

prove('LISTEN', 'no ACK')`
  +0 < -  700:700(0) win 1000
  +0 < F  700:700(0) win 1000
  +0 > nothing
`;

prove('LISTEN', 'no ACK, with data')`
  +0 < P  700:710(10) win 1000
  +0 > nothing
`;

// Even of the number that its SYN will have: it has not been sent.
prove('LISTEN', 'ACK beyond SND.NXT')`
  +0 < . 700:700(0) ack 0 win 1000
  +0 > R 0:0(0)
`;

prove('LISTEN', 'ACK beyond SND.NXT, with data')`
  +0 < P. 700:710(10) ack 55 win 1000
  +0 > R  55:55(0)
`;

prove('LISTEN', 'data in order')`
  +0 < P. 0:10(10) ack 1 win 1000
  +0 > R  1:1(0)
`;

prove('LISTEN', 'FIN')`
  +0 < F. 700:700(0) ack 55 win 1000
  +0 > R  55:55(0)
`;

prove('LISTEN', 'FIN, with data', { from: () => listening({ rcvWnd: 1000 }) })`
  +0 < FP. 700:710(10) ack 55 win 1000
  +0 > R   55:55(0)
`;
