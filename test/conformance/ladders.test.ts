/** Ladders of a connection's life: its beginning, its ends, and what strangers and full receivers do to it. One behaviour a test. */
import { expect, test } from 'vitest';
import { closed, closeWait, established, finWait1, lastAck, listening, synReceived, synSent } from './wire.ts';

test('a passive open answers a SYN with its own and is established by the ACK', () => {
  const { tcb, wire } = listening();
  wire`
    +0  < S  700:700(0) win 4000 <mss 1000>
    +0  > S. 0:0(0) ack 701 <mss 1460>
  `;
  expect(tcb.state).toBe('SYN-RECEIVED');
  wire`
    +.1 < .  701:701(0) ack 1 win 4000
    +0  > nothing
  `;
  expect(tcb.state).toBe('ESTABLISHED');
});

test('an active open acknowledges the SYN,ACK at once', () => {
  const { tcb, wire } = synSent();
  wire`
    +.1 < S. 0:0(0) ack 1 win 4000 <mss 1000>
    +0  > .  1:1(0) ack 1
  `;
  expect(tcb.state).toBe('ESTABLISHED');
});

test('a simultaneous open ends in one connection', () => {
  const { tcb, wire } = synSent();
  wire`
    +.1 < S  0:0(0) win 4000 <mss 1000>
    +0  > S. 0:0(0) ack 1
  `;
  expect(tcb.state).toBe('SYN-RECEIVED');
  wire`
    +.1 < S. 0:0(0) ack 1 win 4000 <mss 1000>
    +0  > .  1:1(0) ack 1
  `;
  expect(tcb.state).toBe('ESTABLISHED');
});

test('a reset that acknowledges the SYN refuses the connection; one that does not is nothing', () => {
  const { tcb, wire } = synSent();
  wire`
    +.1 < R. 0:0(0) ack 2
    +0  < R  0:0(0)
    +0  > nothing
  `;
  expect(tcb.state).toBe('SYN-SENT');
  wire`
    +.1 < R. 0:0(0) ack 1
    +0  > nothing
  `;
  expect(tcb).toMatchObject({ state: 'CLOSED', error: 'ECONNREFUSED' });
});

test('in CLOSED everything but a reset is answered with a reset', () => {
  const { wire } = closed();
  wire`
    +0 < S  100:100(0) win 1000
    +0 > R. 0:0(0) ack 101
    +0 < P. 100:110(10) ack 7 win 1000
    +0 > R  7:7(0)
    +0 < R  110:110(0)
    +0 > nothing
  `;
});

test('a reset inside the window but off RCV.NXT is challenged, not obeyed', () => {
  const { tcb, wire } = established({ rcvWnd: 1000 });
  wire`
    +0   < R  501:501(0)                  // in the window, but not RCV.NXT ...
    +0   > .  1:1(0) ack 1 win 1000       // ... so the peer is asked to confirm
    +.1  < R  5001:5001(0)                // outside: not even that
    +0   > nothing
  `;
  expect(tcb.state).toBe('ESTABLISHED');
  wire`
    +.1  < R  1:1(0)
    +0   > nothing
  `;
  expect(tcb).toMatchObject({ state: 'CLOSED', error: 'ECONNRESET' });
});

test('we close first: FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT, and four minutes later nothing', () => {
  const { tcb, wire } = finWait1();
  wire`
    +.1  < .  1:1(0) ack 2 win 4000
    +0   > nothing
  `;
  expect(tcb.state).toBe('FIN-WAIT-2');
  wire`
    +.1  < F. 1:1(0) ack 2 win 4000
    +0   > .  2:2(0) ack 2
  `;
  expect(tcb.state).toBe('TIME-WAIT');
  wire`
    +239 > nothing
    +0   < F. 1:1(0) ack 2 win 4000       // our ACK was lost: the wait begins again
    +0   > .  2:2(0) ack 2
    +239 > nothing
  `;
  expect(tcb.state).toBe('TIME-WAIT');
  wire`+2 > nothing`;
  expect(tcb.state).toBe('CLOSED');
});

test('the peer closes first: CLOSE-WAIT takes octets to send, LAST-ACK ends with the ACK of our FIN', () => {
  const { tcb, wire } = closeWait();
  wire`
    +.1  send(100) = 100
    +0   > P. 1:101(100) ack 2
    +.1  < .  2:2(0) ack 101 win 4000
    +0   close()
    +0   > F. 101:101(0) ack 2
  `;
  expect(tcb.state).toBe('LAST-ACK');
  wire`
    +.1  < .  2:2(0) ack 102 win 4000
    +0   > nothing
  `;
  expect(tcb).toMatchObject({ state: 'CLOSED', error: undefined });
});

test('an unacknowledged FIN is sent again', () => {
  const { tcb, wire } = lastAck();
  wire`
    +1   > F. 1:1(0) ack 2
    +2   > F. 1:1(0) ack 2
    +.1  < .  2:2(0) ack 2 win 4000
  `;
  expect(tcb.state).toBe('CLOSED');
});

test('a window of zero stops the sender until the peer opens it', () => {
  const { wire } = established({ sndWnd: 1000 });
  wire`
    +0   send(2000) = 2000
    +0   > .  1:1001(1000) ack 1
    +.1  < .  1:1(0) ack 1001 win 0
    +.1  > nothing
    +0   < .  1:1(0) ack 1001 win 1000
    +0   > P. 1001:2001(1000) ack 1
  `;
});

test('a receiver that is full says so, acknowledges what it takes and refuses the rest', () => {
  const { tcb, wire } = established({ rcvWnd: 1000 });
  wire`
    +0   < .  1:1001(1000) ack 1 win 4000
    +0   > .  1:1(0) ack 1001 win 0
    +.1  < .  1001:1002(1) ack 1 win 4000   // a probe
    +0   > .  1:1(0) ack 1001 win 0
    +.1  receive(1000) = 1000
    +0   > .  1:1(0) ack 1001 win 1000
  `;
  expect(tcb.readable).toBe(0);
});

test('a SYN,ACK that is not acknowledged is sent again, and a repeated SYN asks for it', () => {
  const { wire } = synReceived();
  wire`
    +1   > S. 0:0(0) ack 1
    +.5  < S  0:0(0) win 10000 <mss 1000>
    +0   > S. 0:0(0) ack 1
  `;
});

test('a ladder that the connection does not follow fails with the line, and what came instead', () => {
  const { wire } = established();
  expect(
    () => wire`
    +0   < F. 1:1(0) ack 1 win 1000
    +0   > .  1:1(0) ack 1
  `,
  ).toThrow(/line 3 of the block.*\n.*expected.*\n.*got: +> \. 1:1\(0\) ack 2 .*different: the acknowledgment number/);
});

test('a segment that no line of a block reads fails it', () => {
  const { wire } = established();
  expect(() => wire`+0 < F. 1:1(0) ack 1 win 1000`).toThrow(/expected: nothing\n.*got: +> \. 1:1\(0\) ack 2/);
});
