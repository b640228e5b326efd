/** Ladders of the retransmission timeout and of congestion control (RFC 9293 §3.8.1, §3.8.2; RFC 6298, RFC 5681). One behaviour a test. */
import { expect, test } from 'vitest';
import { SECOND } from '../../src/core/time.ts';
import { OWN_CHOICES, tcpInfo } from '../../src/speak/tcp/index.ts';
import { established, listening, synSent } from './wire.ts';

const ROUND_TRIP = 100_000;

//= RFC 9293 §3.8.1 MUST-18: RFC 6298 §2
test('the timeout follows the round trips: one and a half of the first, then smoothed', () => {
  const { tcb, wire } = listening({ connection: { minimumRto: 1_000 } });
  wire`
    +0 < S 0:0(0) win 10000 <mss 1000>
    +0 > S. 0:0(0) ack 1
    +.1 < . 1:1(0) ack 1 win 10000
  `;
  expect(tcb.rtt).toMatchObject({ srtt: ROUND_TRIP, rttvar: ROUND_TRIP / 2, rto: 3 * ROUND_TRIP });
  wire`
    +0 send(10) = 10
    +0 > P. 1:11(10) ack 1
    +.2 < . 1:1(0) ack 11 win 10000
  `;
  expect(tcb.rtt).toMatchObject({ srtt: 112_500, rttvar: 62_500, rto: 112_500 + 4 * 62_500 });
});

//= RFC 9293 §3.8.1 MUST-18: Karn's algorithm
test('what was sent twice gives no round trip, and the timeout stays doubled until something sent once was acknowledged', () => {
  const { tcb, wire } = established();
  const { srtt } = tcb.rtt;
  wire`
    +0 send(10) = 10
    +0 > P. 1:11(10) ack 1
    +1 > P. 1:11(10) ack 1
    +2 > P. 1:11(10) ack 1
    +.1 < . 1:1(0) ack 11 win 10000
  `;
  expect(tcb.rtt).toMatchObject({ srtt, rto: 4_000_000 });
  wire`
    +0 send(10) = 10
    +0 > P. 11:21(10) ack 1
    +.1 < . 1:1(0) ack 21 win 10000
  `;
  expect(tcb.rtt.rto).toBe(1_000_000);
});

//= RFC 9293 §3.8.1 MUST-18: Karn's algorithm
test('a SYN that was sent twice gives none, whichever of the two was answered', () => {
  const { tcb, wire } = synSent();
  wire`
    +1 > S 0:0(0)
    +.1 < S. 0:0(0) ack 1 win 10000 <mss 1000>
    +0 > . 1:1(0) ack 1
  `;
  expect(tcb.rtt.srtt).toBe(0);
});

//= RFC 5681 §3.1: a lost SYN
//= RFC 6298 §5: (5.7)
test('after a SYN that went again one segment goes, and three seconds are waited for its acknowledgment', () => {
  const { tcb, wire } = synSent();
  wire`
    +1 > S 0:0(0)
    +.1 < S. 0:0(0) ack 1 win 10000 <mss 1000>
    +0 > . 1:1(0) ack 1
    +0 send(5000) = 5000
    +0 > . 1:1001(1000) ack 1
    +3 > . 1:1001(1000) ack 1
  `;
  expect(tcpInfo(tcb, 4_100_000)).toMatchObject({ tcpi_total_retrans: 2, tcpi_delivered: 1 });
});

//= RFC 5681 §3.1: a lost SYN,ACK
test('a SYN that comes again tells that the SYN,ACK was lost', () => {
  const { tcb, wire } = listening();
  wire`
    +0 < S 0:0(0) win 10000 <mss 1000>
    +0 > S. 0:0(0) ack 1
    +.5 < S 0:0(0) win 10000 <mss 1000>
    +0 > S. 0:0(0) ack 1
    +.1 < . 1:1(0) ack 1 win 10000
    +0 send(5000) = 5000
    +0 > . 1:1001(1000) ack 1
    +.1 < . 1:1(0) ack 1001 win 10000
    +0 > . 1001:3001(2000) ack 1
  `;
  expect(tcpInfo(tcb, SECOND)).toMatchObject({ tcpi_total_retrans: 1, tcpi_delivered: 2 });
});

//= RFC 6298 §5: (5.1)
test('a SYN that comes again does not put off the next SYN,ACK', () => {
  const { wire } = listening();
  wire`
    +0 < S 0:0(0) win 10000 <mss 1000>
    +0 > S. 0:0(0) ack 1
    +.7 < S 0:0(0) win 10000 <mss 1000>
    +0 > S. 0:0(0) ack 1
    +.1 < S 0:0(0) win 10000 <mss 1000>
    +0 > S. 0:0(0) ack 1
    +.2 > S. 0:0(0) ack 1
  `;
});

//= RFC 9293 §3.8.2 MUST-19: the doubled timeout
test('each timeout of the same octets doubles the next', () => {
  const { wire } = established();
  wire`
    +0 send(10) = 10
    +0 > P. 1:11(10) ack 1
    +1 > P. 1:11(10) ack 1
    +2 > P. 1:11(10) ack 1
    +4 > P. 1:11(10) ack 1
    +8 > P. 1:11(10) ack 1
  `;
});

//= RFC 9293 §3.8.2 MUST-19: slow start
test('after a timeout one segment, then two, then four: a window that doubles in a round trip', () => {
  const { tcb, wire } = established({ sndWnd: 60_000 });
  wire`
    +0 send(10000) = 10000
    +0 > P. 1:10001(10000) ack 1
    +1 > . 1:1001(1000) ack 1
  `;
  expect(tcb.congestion).toMatchObject({ cwnd: 1_000, ssthresh: 5_000 });
  wire`
    +.1 < . 1:1(0) ack 1001 win 60000
    +0 > . 1001:3001(2000) ack 1
    +.1 < . 1:1(0) ack 3001 win 60000
    +0 > . 3001:7001(4000) ack 1
  `;
  expect(tcb.congestion.cwnd).toBe(4_000);
});

//= RFC 9293 §3.8.2 MUST-19: congestion avoidance
test('beyond the threshold a round trip adds one segment', () => {
  const { tcb, wire } = established({ sndWnd: 60_000 });
  tcb.congestion.ssthresh = 10_000;
  wire`
    +0 send(30000) = 30000
    +0 > . 1:10001(10000) ack 1
    +.1 < . 1:1(0) ack 5001 win 60000
    +0 > . 10001:15001(5000) ack 1
    +0 < . 1:1(0) ack 10001 win 60000
    +0 > . 15001:21001(6000) ack 1
  `;
  expect(tcb.congestion.cwnd).toBe(11_000);
});

//= RFC 5681 §3.2: (2), limited transmit is not included
test('what the first two duplicates let go beyond the window does not make the threshold higher', () => {
  const { tcb, wire } = established({ sndWnd: 60_000 });
  wire`
    +0  send(20000) = 20000
    +0  > . 1:10001(10000) ack 1
    +.1 < . 1:1(0) ack 1 win 60000
    +0  > . 10001:11001(1000) ack 1
    +0  < . 1:1(0) ack 1 win 60000
    +0  > . 11001:12001(1000) ack 1
    +0  < . 1:1(0) ack 1 win 60000
    +0  > . 1:1001(1000) ack 1
  `;
  expect(tcb.congestion.ssthresh).toBe(5_000);
});

test('what the window lets go after a duplicate has been in flight like any other', () => {
  const { tcb, wire } = established({ sndWnd: 60_000 });
  wire`
    +0  send(6000) = 6000
    +0  > P. 1:6001(6000) ack 1
    +.1 < . 1:1(0) ack 1 win 60000
    +0  < . 1:1(0) ack 1 win 60000
    +0  send(2000) = 2000
    +0  > P. 6001:8001(2000) ack 1
    +0  < . 1:1(0) ack 1 win 60000
    +0  > . 1:1001(1000) ack 1
  `;
  expect(tcb.congestion.ssthresh).toBe(4_000);
});

/** ESTABLISHED with SACK agreed on, ten segments in flight and more to send. */
function sacking(): ReturnType<typeof listening> {
  const ladder = listening();
  ladder.wire`
    +0 < S  0:0(0) win 60000 <mss 1000,sackOK>
    +0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK>
    +0 < .  1:1(0) ack 1 win 60000
    +0 send(20000) = 20000
    +0 > . 1:10001(10000) ack 1
    +.1 < . 1:1(0) ack 1 win 60000 <sack 1001:2001,nop,nop>
    +0 > . 10001:11001(1000) ack 1
  `;
  return ladder;
}

//= RFC 5681 §3.2: (1), new SACK information
test('an acknowledgment that the network has doubled is no duplicate where it tells of nothing new', () => {
  const { tcb, wire } = sacking();
  wire`
    +0 < . 1:1(0) ack 1 win 60000 <sack 1001:2001,nop,nop>
    +0 < . 1:1(0) ack 1 win 60000 <sack 1001:2001,nop,nop>
    +0 < . 1:1(0) ack 1 win 60000 <sack 1501:2001,nop,nop>
    +0 < . 1:1(0) ack 1 win 60000 <sack 90001:91001,nop,nop>
  `;
  expect(tcb.congestion).toMatchObject({ duplicates: 1, recovering: false });
  wire`
    +0 < . 1:1(0) ack 1 win 60000 <sack 1001:3001,nop,nop>
    +0 > . 11001:12001(1000) ack 1
    +0 < . 1:1(0) ack 1 win 60000 <sack 5001:6001 1001:3001,nop,nop>
    +0 > . 1:1001(1000) ack 1
  `;
  expect(tcb.congestion.recovering).toBe(true);
});

test('what SACK tells of counts, be the window another one and octets with it', () => {
  const { tcb, wire } = sacking();
  wire`
    +0 < .  1:1(0) ack 1 win 59000 <sack 1001:3001,nop,nop>
    +0 > .  11001:12001(1000) ack 1
    +0 < P. 1:11(10) ack 1 win 58000 <sack 1001:4001,nop,nop>
    +0 > .  1:1001(1000) ack 11
  `;
  expect(tcb.congestion.recovering).toBe(true);
});

test('what came with an acknowledgment of more is known, and what is behind one is forgotten', () => {
  const { tcb, wire } = sacking();
  wire`
    +0 < . 1:1(0) ack 3001 win 60000 <sack 4001:5001,nop,nop>
    +0 > . 11001:15001(4000) ack 1
    +0 < . 1:1(0) ack 3001 win 60000 <sack 4001:5001,nop,nop>
  `;
  expect(tcb.congestion.duplicates).toBe(0);
  expect(tcb.told?.count).toBe(1);
  wire`
    +0 < . 1:1(0) ack 5001 win 60000
    +0 > . 15001:19001(4000) ack 1
  `;
  expect(tcb.told).toBe(undefined);
});

//= RFC 2018 §8
test('after a timeout what was told of beyond the hole may be told of again', () => {
  const { tcb, wire } = sacking();
  wire`+.9~+1.1 > . 1:1001(1000) ack 1`;
  expect(tcb.told).toBe(undefined);
});

//= RFC 5681 §3.1: the loss window is a full segment, however long that is by then
test("segments that grow with the peer's window after a timeout can still be sent", () => {
  const { wire } = established({ sndWnd: 200, connection: { choices: { ...OWN_CHOICES, halvesToWindow: true } } });
  wire`
    +0  send(2000) = 2000
    +0  > . 1:201(200) ack 1
    +1  > . 1:201(200) ack 1
    +.1 < . 1:1(0) ack 201 win 0
    +0  < . 1:1(0) ack 201 win 10000
    +0  > . 201:1201(1000) ack 1
  `;
});
