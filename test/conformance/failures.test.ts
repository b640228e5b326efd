/** Ladders of a peer that falls silent: R1, R2 and the user timeout (RFC 9293 §3.8.3), keep-alives (§3.8.4). One behaviour a test. */
import { expect, test } from 'vitest';
import { MINUTE, SECOND } from '../../src/core/time.ts';
import { DEFAULT_OPTIONS } from '../../src/speak/index.ts';
import { configure, EVENT } from '../../src/speak/tcp/index.ts';
import { established, type Ladder, listening, synSent, timeWait } from './wire.ts';

/** Lets time pass in which the connection may send what it likes. */
function pass({ stage }: Ladder, until: number): void {
  stage.pass({ until, orPacket: false });
  stage.unread.length = 0;
}

//= RFC 9293 §3.8.3 MUST-20, SHLD-11: R2
test('data that nobody acknowledges is sent again for more than a hundred seconds, and ends the connection after fifteen minutes', () => {
  expect(DEFAULT_OPTIONS.userTimeout).toBeGreaterThanOrEqual(100_000);
  const ladder = established();
  ladder.wire`
    +0 send(10) = 10
    +0 > P. 1:11(10) ack 1
    +1 > P. 1:11(10) ack 1
    +2 > P. 1:11(10) ack 1
    +4 > P. 1:11(10) ack 1
    +8 > P. 1:11(10) ack 1
    +16 > P. 1:11(10) ack 1
    +32 > P. 1:11(10) ack 1
    +60 > P. 1:11(10) ack 1
  `;
  pass(ladder, 15 * MINUTE - SECOND);
  expect(ladder.tcb.state).toBe('ESTABLISHED');
  pass(ladder, 15 * MINUTE + SECOND);
  expect(ladder.tcb).toMatchObject({ state: 'CLOSED', error: 'ETIMEDOUT' });
});

//= RFC 9293 §3.8.3 SHLD-9, SHLD-10, MUST-20: R1
test('after the third retransmission the program is told, before the connection is given up', () => {
  expect(DEFAULT_OPTIONS.reportAfter).toBeGreaterThanOrEqual(3);
  const { stage, wire } = established();
  wire`
    +0 send(10) = 10
    +0 > P. 1:11(10) ack 1
    +1 > P. 1:11(10) ack 1
    +2 > P. 1:11(10) ack 1
    +1 > nothing
  `;
  expect(stage.events & EVENT.TROUBLE).toBe(0);
  wire`+3 > P. 1:11(10) ack 1`;
  expect(stage.events & EVENT.TROUBLE).toBe(EVENT.TROUBLE);
  stage.events = 0;
  wire`
    +.1 < . 1:1(0) ack 11 win 10000     // an answer: counting begins anew
    +0 send(10) = 10
    +0 > P. 11:21(10) ack 1
    +8 > P. 11:21(10) ack 1
    +.1 < . 1:1(0) ack 21 win 10000
  `;
  expect(stage.events & EVENT.TROUBLE).toBe(0);
});

//= RFC 9293 §3.8.3 MUST-22, MUST-23
test('a SYN is sent again for three minutes at the least; then the program is told', () => {
  const ladder = synSent();
  ladder.wire`
    +1 > S 0:0(0)
    +2 > S 0:0(0)
    +4 > S 0:0(0)
  `;
  expect(ladder.stage.events & EVENT.TROUBLE).toBe(EVENT.TROUBLE);
  pass(ladder, 3 * MINUTE - SECOND);
  expect(ladder.tcb.state).toBe('SYN-SENT');
  pass(ladder, 3 * MINUTE + SECOND);
  expect(ladder.tcb).toMatchObject({ state: 'CLOSED', error: 'ETIMEDOUT' });
  expect(ladder.stage.told).toContain('ETIMEDOUT');
});

//= RFC 9293 §3.8.3 MUST-22, MUST-23
test('so is a SYN,ACK', () => {
  const ladder = listening();
  ladder.wire`
    +0 < S 0:0(0) win 1000 <mss 1000>
    +0 > S. 0:0(0) ack 1
    +1 > S. 0:0(0) ack 1
    +2 > S. 0:0(0) ack 1
  `;
  pass(ladder, 3 * MINUTE - SECOND);
  expect(ladder.tcb.state).toBe('SYN-RECEIVED');
  pass(ladder, 3 * MINUTE + SECOND);
  expect(ladder.tcb.state).toBe('CLOSED');
});

//= RFC 9293 §3.8.3 MUST-21
test('a program sets R2 for its connection, at any time: it is kept to the moment, also for what waits already', () => {
  const { tcb, wire } = established({ connection: { userTimeout: 5 * SECOND } });
  wire`
    +0 send(10) = 10
    +0 > P. 1:11(10) ack 1
    +1 > P. 1:11(10) ack 1
    +2 > P. 1:11(10) ack 1
    +1.99 > nothing
  `;
  expect(tcb.state).toBe('ESTABLISHED');
  wire`+.02 > nothing`;
  expect(tcb).toMatchObject({ state: 'CLOSED', error: 'ETIMEDOUT' });

  const later = established();
  later.wire`
    +0 send(10) = 10
    +0 > P. 1:11(10) ack 1
    +1 > P. 1:11(10) ack 1
    +2 > P. 1:11(10) ack 1
    +4 > P. 1:11(10) ack 1
  `;
  configure(later.tcb, { userTimeout: 8 * SECOND }, later.stage.now);
  later.wire`+.98 > nothing`;
  expect(later.tcb.state).toBe('ESTABLISHED');
  later.wire`+.04 > nothing`;
  expect(later.tcb).toMatchObject({ state: 'CLOSED', error: 'ETIMEDOUT' });
});

//= RFC 9293 §3.8.3 MUST-21: "infinity"
test('R2 may be without end', () => {
  const ladder = established({ connection: { userTimeout: Number.POSITIVE_INFINITY } });
  ladder.wire`
    +0 send(10) = 10
    +0 > P. 1:11(10) ack 1
  `;
  pass(ladder, 24 * 60 * MINUTE);
  expect(ladder.tcb.state).toBe('ESTABLISHED');
});

//= RFC 9293 §3.8.6.1 MUST-37: whatever the user timeout
test('a peer that answers probes is not given up for a user timeout shorter than the time between them', () => {
  const ladder = established({ sndWnd: 0, connection: { userTimeout: 3 * SECOND } });
  const { tcb, wire } = ladder;
  wire`
    +0 send(10) = 10
    +1 > . 1:2(1) ack 1
    +0 < . 1:1(0) ack 1 win 0
    +2 > . 1:2(1) ack 1
    +0 < . 1:1(0) ack 1 win 0
    +3 > . 1:2(1) ack 1
    +0 < . 1:1(0) ack 1 win 0
    +3 > . 1:2(1) ack 1
  `;
  pass(ladder, ladder.stage.now + 2.9 * SECOND);
  expect(tcb.state).toBe('ESTABLISHED');
  pass(ladder, ladder.stage.now + 0.2 * SECOND);
  expect(tcb).toMatchObject({ state: 'CLOSED', error: 'ETIMEDOUT' });
});

//= RFC 9293 §3.8.4 MUST-25, MAY-5
test('nobody is asked for a sign of life unless the program wants it', () => {
  const { wire } = established();
  wire`+80000 > nothing`;
});

//= RFC 9293 §3.8.4 MUST-24, MUST-28, SHLD-12, MAY-5
test('a peer that has been silent for two hours is asked by an acknowledged number without octets, and asked again two hours after its answer', () => {
  const { tcb, wire } = established({ connection: { keepAlive: true } });
  wire`
    +7199 > nothing
    +1 > . 0:0(0) ack 1
    +.1 < . 1:1(0) ack 1 win 10000
    +7200 > . 0:0(0) ack 1
    +.1 < . 1:1(0) ack 1 win 10000
  `;
  expect(tcb.state).toBe('ESTABLISHED');
  configure(tcb, { keepAlive: false }, 0);
  wire`+80000 > nothing`;
});

//= RFC 9293 §3.8.4 MUST-27, MUST-29
test('the program sets after how long a peer is asked; not one question, but all of them without an answer end the connection', () => {
  const connection = {
    keepAlive: true,
    keepAliveIdle: 60 * SECOND,
    keepAliveInterval: 10 * SECOND,
    keepAliveProbes: 3,
  };
  const { tcb, wire } = established({ connection });
  wire`
    +60 > . 0:0(0) ack 1
    +10 > . 0:0(0) ack 1
    +5 < . 1:1(0) ack 1 win 10000    // one was lost, one was answered
    +60 > . 0:0(0) ack 1
    +10 > . 0:0(0) ack 1
    +10 > . 0:0(0) ack 1
    +9 > nothing
  `;
  expect(tcb.state).toBe('ESTABLISHED');
  wire`+2 > nothing`;
  expect(tcb).toMatchObject({ state: 'CLOSED', error: 'ETIMEDOUT' });
});

//= RFC 9293 §3.8.4 MUST-26
test('while something waits for an acknowledgment, or to be sent, no keep-alive goes out; nor does one after a segment has come', () => {
  const connection = { keepAlive: true, keepAliveIdle: 10 * SECOND };
  const { wire } = established({ connection });
  wire`
    +5 < . 1:11(10) ack 1 win 10000
    +0 > . 1:1(0) ack 11
    +9.9 > nothing
    +0 send(10) = 10
    +0 > P. 1:11(10) ack 11
    +1 > P. 1:11(10) ack 11
    +2 > P. 1:11(10) ack 11
    +4 > P. 1:11(10) ack 11
    +8 > P. 1:11(10) ack 11
    +1 < . 11:11(0) ack 11 win 0
    +0 send(10) = 10
    +16 > . 11:12(1) ack 11
    +0 < . 11:11(0) ack 11 win 0
    +14 > nothing
  `;
});

test('in TIME-WAIT nobody is asked for a sign of life', () => {
  const { tcb, wire } = timeWait({ connection: { keepAlive: true, keepAliveIdle: SECOND } });
  expect(tcb.state).toBe('TIME-WAIT');
  wire`+239 > nothing`;
  expect(tcb.state).toBe('TIME-WAIT');
});
