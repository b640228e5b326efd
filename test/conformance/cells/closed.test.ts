/** CLOSED, event by event: there is no connection; whatever arrives but a reset is answered with one. */
import { prove } from './prove.ts';

prove('CLOSED', 'open active')`
  +0 open("active")
  +0 > S 0:0(0) <mss 1460,sackOK,TS val 1 ecr 0>
`;

prove('CLOSED', 'open passive')`
  +0 open("passive")
  +0 > nothing
`;

prove('CLOSED', 'send')`
  +0 send(100) = -1 ENOTCONN
  +0 > nothing
`;

prove('CLOSED', 'receive')`
  +0 receive(100) = -1 ENOTCONN
`;

prove('CLOSED', 'close')`
  +0 close() = -1 ENOTCONN
  +0 > nothing
`;

prove('CLOSED', 'abort')`
  +0 abort() = -1 ENOTCONN
  +0 > nothing
`;

prove('CLOSED', 'RST at RCV.NXT')`
  +0 < R 0:0(0)
  +0 < R. 700:700(0) ack 5
  +0 > nothing
`;

prove('CLOSED', 'RST at RCV.NXT, with data')`
  +0 < R 0:10(10)
  +0 > nothing
`;

prove('CLOSED', 'RST elsewhere in the window')`
  +0 < R 123456:123456(0)
  +0 > nothing
`;

prove('CLOSED', 'RST elsewhere in the window, with data')`
  +0 < R. 123456:123466(10) ack 7
  +0 > nothing
`;

prove('CLOSED', 'SYN', { when: 'it has no ACK' })`
  +0 < S  700:700(0) win 1000
  +0 > R. 0:0(0) ack 701
`;

prove('CLOSED', 'SYN', { when: 'it has an ACK' })`
  +0 < S. 700:700(0) ack 55 win 1000
  +0 > R  55:55(0)
`;

prove('CLOSED', 'SYN, with data', { when: 'it has no ACK' })`
  +0 < S  700:710(10) win 1000
  +0 > R. 0:0(0) ack 711
`;

prove('CLOSED', 'SYN, with data', { when: 'it has an ACK' })`
  +0 < S. 700:710(10) ack 55 win 1000
  +0 > R  55:55(0)
`;

prove('CLOSED', 'no ACK')`
  +0 < - 700:700(0) win 1000
  +0 > R. 0:0(0) ack 700
`;

prove('CLOSED', 'no ACK, with data')`
  +0 < P  700:710(10) win 1000
  +0 > R. 0:0(0) ack 710
`;

prove('CLOSED', 'ACK beyond SND.NXT')`
  +0 < . 700:700(0) ack 55 win 1000
  +0 > R 55:55(0)
`;

prove('CLOSED', 'ACK beyond SND.NXT, with data')`
  +0 < P. 700:710(10) ack 55 win 1000
  +0 > R  55:55(0)
`;

prove('CLOSED', 'data in order')`
  +0 < P. 0:10(10) ack 1 win 1000
  +0 > R  1:1(0)
`;

prove('CLOSED', 'FIN')`
  +0 < F. 700:700(0) ack 55 win 1000
  +0 > R  55:55(0)
`;

prove('CLOSED', 'FIN, with data')`
  +0 < FP. 700:710(10) ack 55 win 1000
  +0 > R   55:55(0)
`;
