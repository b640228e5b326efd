/** Ladders of explicit congestion notification (RFC 3168): how it is agreed on, what is marked, and what marks lead to. One behaviour a test. */
import { expect, test } from 'vitest';
import { type ConnectionSettings, tcpInfo } from '../../src/speak/tcp/index.ts';
import { type Ladder, listening, synSent } from './wire.ts';

const PLAIN: Partial<ConnectionSettings> = { timestamps: false, selectiveAcknowledgments: false };

/** ESTABLISHED from a passive open by a peer that asked for ECN. */
function agreed(connection: Partial<ConnectionSettings> = {}): Ladder {
  const ladder = listening({ connection: { ...PLAIN, ...connection } });
  ladder.wire`
    +0 < SEW 0:0(0) win 50000 <mss 1000>
    +0 > [noecn] SE. 0:0(0) ack 1
    +.1 < . 1:1(0) ack 1 win 50000
  `;
  return ladder;
}

//= RFC 9293 §3.8.2 SHLD-8: agreed on when the peer asks
test('a SYN that asks is answered with ECE alone; octets then go as ECT(0), and nothing else does', () => {
  const { tcb, stage, wire } = agreed();
  // TCPI_OPT_ECN.
  expect(tcpInfo(tcb, stage.now).tcpi_options & 8).toBe(8);
  wire`
    +0 send(100) = 100
    +0 > [ect0] P. 1:101(100) ack 1
    +.1 < . 1:1(0) ack 101 win 50000
    +0 < P. 1:101(100) ack 101 win 50000
    +0 > [noecn] . 101:101(0) ack 101
    +0 close()
    +0 > [noecn] F. 101:101(0) ack 101
  `;
});

test('a SYN that does not ask, or asks by half, gets a SYN,ACK without ECE, and nothing is ECT', () => {
  for (const flags of ['S', 'SE', 'SW']) {
    const { wire } = listening({ connection: PLAIN });
    wire`
      +0 < ${flags} 0:0(0) win 50000 <mss 1000>
      +0 > S. 0:0(0) ack 1
      +.1 < . 1:1(0) ack 1 win 50000
      +0 send(100) = 100
      +0 > [noecn] P. 1:101(100) ack 1
      +0 < [ce] P. 1:101(100) ack 101 win 50000
      +0 > [noecn] . 101:101(0) ack 101
    `;
  }
});

test('told not to, a host never agrees', () => {
  const { wire } = listening({ connection: { ...PLAIN, ecn: 'off' } });
  wire`
    +0 < SEW 0:0(0) win 50000 <mss 1000>
    +0 > S. 0:0(0) ack 1
  `;
});

//= RFC 9293 §3.8.2 SHLD-8: asked for when the program wants it
test('an active open asks, and takes ECE alone for a yes', () => {
  const { wire } = active();
  wire`
    +.1 < SE. 0:0(0) ack 1 win 50000 <mss 1000>
    +0 > [noecn] . 1:1(0) ack 1
    +0 send(100) = 100
    +0 > [ect0] P. 1:101(100) ack 1
  `;
});

//= RFC 3168 §6.1.1.2
test('a SYN,ACK without ECE, or one that only reflects both bits, is a no', () => {
  for (const flags of ['S.', 'SEW.', 'SW.']) {
    const { wire } = active();
    wire`
      +.1 < ${flags} 0:0(0) ack 1 win 50000 <mss 1000>
      +0 > . 1:1(0) ack 1
      +0 send(100) = 100
      +0 > [noecn] P. 1:101(100) ack 1
      +.1 < [ce] P. 1:101(100) ack 101 win 50000
      +0 > . 101:101(0) ack 101
    `;
  }
});

/** SYN-SENT; the SYN has asked. */
const active = (): Ladder => synSent({ connection: { ...PLAIN, ecn: 'active' } });

//= RFC 3168 §6.1.1.1
test('a SYN that was not answered is sent again without asking; then nothing is ECT, though the first one is granted', () => {
  const { wire } = active();
  wire`
    +1 > S 0:0(0)
    +.1 < SE. 0:0(0) ack 1 win 50000 <mss 1000>
    +0 > . 1:1(0) ack 1
    +0 send(100) = 100
    +0 > [noecn] P. 1:101(100) ack 1
    +.1 < [ce] P. 1:101(100) ack 101 win 50000   // marks are echoed all the same
    +0 > E. 101:101(0) ack 101
  `;
});

test("the peer's SYN that comes again without asking takes the agreement back", () => {
  const { wire } = listening({ connection: PLAIN });
  wire`
    +0 < SEW 0:0(0) win 50000 <mss 1000>
    +0 > SE. 0:0(0) ack 1
    +.5 < S 0:0(0) win 50000 <mss 1000>
    +0 > S. 0:0(0) ack 1
    +.1 < . 1:1(0) ack 1 win 50000
    +0 send(100) = 100
    +0 > [noecn] P. 1:101(100) ack 1
  `;
});

test('in a simultaneous open both have asked and both agree', () => {
  const { tcb, wire } = active();
  wire`
    +.1 < SEW 0:0(0) win 50000 <mss 1000>
    +0 > SE. 0:0(0) ack 1
    +.1 < SE. 0:0(0) ack 1 win 50000 <mss 1000>
    +0 > . 1:1(0) ack 1
    +0 send(100) = 100
    +0 > [ect0] P. 1:101(100) ack 1
  `;
  expect(tcb.state).toBe('ESTABLISHED');
});

test('in a simultaneous open with a peer that has not asked nothing is agreed', () => {
  const { wire } = active();
  wire`
    +.1 < S 0:0(0) win 50000 <mss 1000>
    +0 > S. 0:0(0) ack 1
    +.1 < S. 0:0(0) ack 1 win 50000 <mss 1000>
    +0 > . 1:1(0) ack 1
    +0 send(100) = 100
    +0 > [noecn] P. 1:101(100) ack 1
  `;
});

//= RFC 9293 §3.8.2 SHLD-8: the receiver echoes
test('a mark is echoed at once and in every segment, until the sender says CWR; a later mark begins anew', () => {
  const { wire } = agreed();
  wire`
    +0 < [ce] . 1:101(100) ack 1 win 50000
    +0 > E. 1:1(0) ack 101
    +0 < [ect0] . 101:201(100) ack 1 win 50000
    +0 > E. 1:1(0) ack 201
    +0 send(100) = 100
    +0 > [ect0] PE. 1:101(100) ack 201
    +0 < [ect0] W. 201:301(100) ack 101 win 50000
    +0 > . 101:101(0) ack 301
    +0 < [ect0] . 301:401(100) ack 101 win 50000
    +.04 > . 101:101(0) ack 401
    +0 < [ce] W. 401:501(100) ack 101 win 50000   // marked itself: the echo goes on
    +0 > E. 101:101(0) ack 501
  `;
});

//= RFC 3168 §6.1.5
test('a mark on octets outside the window says nothing', () => {
  const { wire } = agreed();
  wire`
    +0 < . 1:101(100) ack 1 win 50000
    +0 > . 1:1(0) ack 101
    +0 < [ce] . 1:101(100) ack 1 win 50000
    +0 > . 1:1(0) ack 101
    +0 < [ce] . 90001:90101(100) ack 1 win 50000
    +0 > . 1:1(0) ack 101
  `;
});

//= RFC 3168 §6.1.6
test('a mark on a window probe is echoed', () => {
  const { tcb, wire } = agreed({ receiveBuffer: 100 });
  wire`
    +0 < . 1:101(100) ack 1 win 50000
    +0 > . 1:1(0) ack 101 win 0
    +1 < [ce] . 101:102(1) ack 1 win 50000
    +0 > E. 1:1(0) ack 101 win 0
  `;
  expect(tcb.readable).toBe(100);
});

//= RFC 9293 §3.8.2 SHLD-8: the sender slows down
test('an echo halves the window, once in a window of octets, and the next new octets say CWR', () => {
  const { tcb, wire } = agreed();
  expect(tcb.congestion.cwnd).toBe(10_000);
  wire`
    +0 send(16000) = 16000
    +0 > [ect0] . 1:1001(1000) ack 1
    +0 > [ect0] . 1001:2001(1000) ack 1
    +0 > [ect0] . 2001:3001(1000) ack 1
    +0 > [ect0] . 3001:4001(1000) ack 1
    +0 > [ect0] . 4001:5001(1000) ack 1
    +0 > [ect0] . 5001:6001(1000) ack 1
    +0 > [ect0] . 6001:7001(1000) ack 1
    +0 > [ect0] . 7001:8001(1000) ack 1
    +0 > [ect0] . 8001:9001(1000) ack 1
    +0 > [ect0] . 9001:10001(1000) ack 1
    +.1 < E. 1:1(0) ack 2001 win 50000
  `;
  expect(tcb.congestion).toMatchObject({ cwnd: 5_000, ssthresh: 5_000 });
  wire`
    +0 < E. 1:1(0) ack 4001 win 50000
    +0 < E. 1:1(0) ack 5001 win 50000
  `;
  expect(tcb.congestion).toMatchObject({ cwnd: 5_000, ssthresh: 5_000 });
  wire`
    +0 < E. 1:1(0) ack 6001 win 50000
    +0 > [ect0] W. 10001:11001(1000) ack 1
    +0 < . 1:1(0) ack 7001 win 50000
    +0 > [ect0] . 11001:12001(1000) ack 1
    +0 < E. 1:1(0) ack 11001 win 50000    // octets from after the reduction: another one
    +0 > [ect0] W. 12001:13001(1000) ack 1
  `;
  expect(tcb.congestion.ssthresh).toBe(2_500);
});

//= RFC 3168 §6.1.5
test('a retransmission is neither ECT nor CWR; the loss is told with the next new octets', () => {
  const { wire } = agreed();
  wire`
    +0 send(100) = 100
    +0 > [ect0] P. 1:101(100) ack 1
    +1 > [noecn] P. 1:101(100) ack 1
    +.1 < . 1:1(0) ack 101 win 50000
    +0 send(100) = 100
    +0 > [ect0] PW. 101:201(100) ack 1
  `;
});

test('a fast retransmit is told with CWR; in a window whose marks were answered it does not halve again', () => {
  const { tcb, wire } = agreed();
  wire`
    +0 send(5000) = 5000
    +0 > [ect0] . 1:1001(1000) ack 1
    +0 > [ect0] . 1001:2001(1000) ack 1
    +0 > [ect0] . 2001:3001(1000) ack 1
    +0 > [ect0] . 3001:4001(1000) ack 1
    +0 > [ect0] P. 4001:5001(1000) ack 1
    +.1 < E. 1:1(0) ack 1001 win 50000
  `;
  expect(tcb.congestion.ssthresh).toBe(2_500);
  wire`
    +0 < E. 1:1(0) ack 1001 win 50000
    +0 < E. 1:1(0) ack 1001 win 50000
    +0 < E. 1:1(0) ack 1001 win 50000
    +0 > [noecn] . 1001:2001(1000) ack 1
  `;
  expect(tcb.congestion.ssthresh).toBe(2_500);
  wire`
    +.1 < . 1:1(0) ack 5001 win 50000
    +0 send(100) = 100
    +0 > [ect0] PW. 5001:5101(100) ack 1
  `;
});

//= RFC 3168 §6.1.2
test('an echo for a window of one segment: nothing new before the retransmission timer ends', () => {
  const { tcb, wire } = agreed();
  wire`
    +0 send(1000) = 1000
    +0 > [ect0] P. 1:1001(1000) ack 1
    +1 > [noecn] P. 1:1001(1000) ack 1
    +0 send(1000) = 1000
  `;
  expect(tcb.congestion.cwnd).toBe(1_000);
  wire`
    +.1 < E. 1:1(0) ack 1001 win 50000
    +2 > [ect0] PW. 1001:2001(1000) ack 1
    +.1 < . 1:1(0) ack 2001 win 50000
    +0 send(100) = 100
    +0 > [ect0] P. 2001:2101(100) ack 1
  `;
});

test('and it is waited for that timer also when all in flight is acknowledged meanwhile', () => {
  const { wire } = agreed();
  wire`
    +0 send(2000) = 2000
    +0 > [ect0] P. 1:2001(2000) ack 1
    +1 > [noecn] . 1:1001(1000) ack 1
    +.1 < E. 1:1(0) ack 1001 win 50000
    +0 > [noecn] P. 1001:2001(1000) ack 1
    +.1 < . 1:1(0) ack 2001 win 50000
    +0 send(1000) = 1000
    +1.9 > [ect0] PW. 2001:3001(1000) ack 1
  `;
});

//= RFC 3168 §6.1.6
test('a window probe is neither ECT nor CWR', () => {
  const { wire } = agreed();
  wire`
    +0 send(100) = 100
    +0 > [ect0] P. 1:101(100) ack 1
    +1 > [noecn] P. 1:101(100) ack 1
    +0 < . 1:1(0) ack 101 win 0
    +0 send(100) = 100
    +2 > [noecn] . 101:102(1) ack 1
  `;
});
