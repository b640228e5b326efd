/** Ladders of windows: taken back, closed, probed, silly (RFC 9293 §3.8.6), and of what is pushed (§3.9.1.2). One behaviour a test. */
import { expect, test } from 'vitest';
import { MINUTE } from '../../src/core/time.ts';
import { connectionSettings, DEFAULT_SETTINGS, receive, send } from '../../src/speak/tcp/index.ts';
import { Wire } from '../tcp-wire.ts';
import { established } from './wire.ts';

const NO_DELAY = { noDelay: true } as const;

//= RFC 9293 §3.8.6 SHLD-14: never to the left
test('a receiver that is full keeps its right edge where it was', () => {
  const { tcb, wire } = established({ rcvWnd: 3_000 });
  wire`
    +0 < . 1:1001(1000) ack 1 win 10000
    +0 > . 1:1(0) ack 1001 win 2000
    +0 < . 1001:2001(1000) ack 1 win 10000
    +0 > . 1:1(0) ack 2001 win 1000
    +0 receive(1000) = 1000
    +0 < . 2001:3001(1000) ack 1 win 10000
    +0 > . 1:1(0) ack 3001 win 0
  `;
  expect(tcb.readable).toBe(2_000);
});

//= RFC 9293 §3.8.6 MUST-34, SHLD-15
test('a window that is taken back below what is in flight stops new octets, and harms nothing', () => {
  const { tcb, wire } = established({ sndWnd: 4_000, connection: NO_DELAY });
  wire`
    +0 send(4000) = 4000
    +0 > P. 1:4001(4000) ack 1
    +0 send(2000) = 2000
    +.1 < . 1:1(0) ack 1001 win 1000     // edge at 2001; 4001 has been sent
    +0 > nothing
    +.1 < . 1:1(0) ack 2001 win 2000     // edge at 4001: still nothing to spare
    +0 > nothing
    +.1 < . 1:1(0) ack 4001 win 4000
    +0 > P. 4001:6001(2000) ack 1
  `;
  expect(tcb.state).toBe('ESTABLISHED');
});

//= RFC 9293 §3.8.6 SHLD-16, MAY-7
test('what is in flight is sent again as usual, the first time also beyond the window', () => {
  const { wire } = established({ sndWnd: 4_000 });
  wire`
    +0 send(2000) = 2000
    +0 > P. 1:2001(2000) ack 1
    +.1 < . 1:1(0) ack 1001 win 500
    +1 > P. 1001:2001(1000) ack 1
    +2 > . 1001:1501(500) ack 1
    +.1 < . 1:1(0) ack 1501 win 500
    +0 > P. 1501:2001(500) ack 1
  `;
});

//= RFC 9293 §3.8.6 SHLD-17
test('octets beyond a window that was taken back may stay unacknowledged for hours', () => {
  const ladder = established({ sndWnd: 4_000 });
  const { tcb, stage, wire } = ladder;
  wire`
    +0 send(2000) = 2000
    +0 > P. 1:2001(2000) ack 1
    +.1 < . 1:1(0) ack 1001 win 0
    +1 > . 1001:1002(1) ack 1
    +.1 < . 1:1(0) ack 1001 win 0
    +1.9 > . 1001:1002(1) ack 1
    +.1 < . 1:1(0) ack 1001 win 0
    +3.9 > . 1001:1002(1) ack 1
    +.1 < . 1:1(0) ack 1001 win 0
    +7.9 > . 1001:1002(1) ack 1
    +.1 < . 1:1(0) ack 1001 win 0
    +15.9 > . 1001:1002(1) ack 1
    +.1 < . 1:1(0) ack 1001 win 0
    +31.9 > . 1001:1002(1) ack 1
    +.1 < . 1:1(0) ack 1001 win 0
  `;
  for (let i = 0; i < 60; i++) {
    wire`
      +59.9 > . 1001:1002(1) ack 1
      +.1 < . 1:1(0) ack 1001 win 0
    `;
  }
  expect(stage.now).toBeGreaterThan(60 * MINUTE);
  expect(tcb.state).toBe('ESTABLISHED');
});

//= RFC 9293 §3.8.6 MUST-35
test('a window that shrinks to zero, with nothing or with something in flight, is probed', () => {
  const { wire } = established({ sndWnd: 4_000 });
  wire`
    +0 < . 1:1(0) ack 1 win 0
    +0 send(10) = 10
    +1 > . 1:2(1) ack 1
    +.1 < . 1:1(0) ack 2 win 10
    +0 > P. 2:11(9) ack 1
    +.1 < . 1:1(0) ack 2 win 0
    +.9 > . 2:3(1) ack 1
    +2 > . 2:3(1) ack 1
  `;
});

//= RFC 9293 §3.8.6.1 MUST-36, SHLD-29, SHLD-30
test('a closed window is probed after the retransmission timeout, and then at doubling intervals', () => {
  const { wire } = established({ sndWnd: 0 });
  wire`
    +0 send(10) = 10
    +.99 > nothing
    +.01 > . 1:2(1) ack 1
    +2 > . 1:2(1) ack 1
    +4 > . 1:2(1) ack 1
    +8 > . 1:2(1) ack 1
    +.1 < . 1:1(0) ack 2 win 10000
    +0 > P. 2:11(9) ack 1
  `;
});

//= RFC 9293 §3.8.6.1 MAY-8
test('a program that does not read keeps the window closed for as long as it likes', () => {
  const wire = new Wire({}, { receiveBuffer: 1_000 }).handshake();
  send(wire.a, new Uint8Array(2_000), 0, 2_000, 0);
  wire.pass(24 * 60 * MINUTE);
  expect([wire.a.state, wire.b.state, wire.b.readable]).toEqual(['ESTABLISHED', 'ESTABLISHED', 1_000]);
  expect(receive(wire.b, new Uint8Array(1_000), 0, 1_000, wire.now)).toBe(1_000);
  wire.pass(2 * MINUTE);
  expect(wire.b.readable).toBe(1_000);
});

//= RFC 9293 §3.8.6.2.1 MUST-38
test('a sliver of window is not filled with a sliver of octets; all there is may go, or half of the largest window', () => {
  const { wire } = established({ sndWnd: 2_000, connection: NO_DELAY });
  wire`
    +0 send(5000) = 5000
    +0 > . 1:2001(2000) ack 1
    +.1 < . 1:1(0) ack 1501 win 700      // 200 octets are open, and 3000 wait
    +0 > nothing
    +.1 < . 1:1(0) ack 2001 win 900
    +0 > nothing
    +.1 < . 1:1(0) ack 2001 win 1000     // a full segment
    +0 > . 2001:3001(1000) ack 1
    +.1 < . 1:1(0) ack 3001 win 2000
    +0 > P. 3001:5001(2000) ack 1
  `;
  const tail = established({ sndWnd: 2_000, connection: NO_DELAY });
  tail.wire`
    +0 send(1900) = 1900
    +0 > . 1:1001(1000) ack 1
    +0 > P. 1001:1901(900) ack 1
    +0 send(50) = 50
    +0 > P. 1901:1951(50) ack 1
  `;
});

//= RFC 9293 §3.8.6.2.1 MUST-38: (4), the override timeout
test('octets that a sliver of window holds back go out in the end', () => {
  const { wire } = established({ sndWnd: 4_000 });
  wire`
    +0 < . 1:1(0) ack 1 win 300
    +0 send(1000) = 1000
    +.19 > nothing
    +.01 > P. 1:301(300) ack 1
  `;
});

//= RFC 9293 §3.8.6.2.2 MUST-39
test('a full receiver whose program reads in small pieces opens its window by a full segment, or half of the buffer', () => {
  const { wire } = established({ rcvWnd: 10_000 });
  wire`
    +0 < . 1:10001(10000) ack 1 win 10000
    +0 > . 1:1(0) ack 10001 win 0
    +0 receive(1000) = 1000
    +0 receive(400) = 400
    +0 < . 10001:10002(1) ack 1 win 10000
    +0 > . 1:1(0) ack 10001 win 0
    +0 receive(60) = 60
    +0 > . 1:1(0) ack 10001 win 1460
  `;
  const small = established({ rcvWnd: 1_000 });
  small.wire`
    +0 < . 1:1001(1000) ack 1 win 10000
    +0 > . 1:1(0) ack 1001 win 0
    +0 receive(499) = 499
    +0 > nothing
    +0 receive(1) = 1
    +0 > . 1:1(0) ack 1001 win 500
  `;
});

//= RFC 9293 §3.8.6.3 SHLD-18, MUST-40
test('an acknowledgment waits for company, for less than half a second', () => {
  const { tcb, wire } = established();
  tcb.acknowledging.quick = 0;
  wire`
    +0 < P. 1:101(100) ack 1 win 10000
    +.03 > nothing
    +.01 > . 1:1(0) ack 101
    +1 < P. 101:201(100) ack 1 win 10000
    +.01 send(10) = 10
    +0 > P. 1:11(10) ack 201
    +1 > P. 1:11(10) ack 201
  `;
  expect(() => connectionSettings(DEFAULT_SETTINGS, { delayedAck: 500 })).toThrow('delayedAck');
});

//= RFC 9293 §3.8.6.3 SHLD-19
test('a second full segment, or as many octets, is acknowledged at once', () => {
  const { tcb, wire } = established({ rcvWnd: 60_000 });
  tcb.acknowledging.quick = 0;
  wire`
    +0 < . 1:1461(1460) ack 1 win 10000
    +.01 < . 1461:2921(1460) ack 1 win 10000
    +0 > . 1:1(0) ack 2921
    +0 < . 2921:3621(700) ack 1 win 10000
    +0 < . 3621:4321(700) ack 1 win 10000
    +0 > nothing
    +0 < . 4321:5841(1520) ack 1 win 10000
    +0 > . 1:1(0) ack 5841
  `;
  // None of the quick ones is used up that are not there.
  expect(tcb.acknowledging.quick).toBe(0);
});

//= RFC 9293 §3.10.7.4 SHLD-31, MAY-13
test('octets that come too early are kept, and each tells at once what is missing', () => {
  const { tcb, wire } = established();
  wire`
    +0 < . 101:201(100) ack 1 win 10000
    +0 > . 1:1(0) ack 1
    +0 < . 301:401(100) ack 1 win 10000
    +0 > . 1:1(0) ack 1
    +0 < . 1:101(100) ack 1 win 10000
    +0 > . 1:1(0) ack 201
    +0 < . 201:301(100) ack 1 win 10000
    +0 > . 1:1(0) ack 401
  `;
  expect(tcb.readable).toBe(400);
});

//= RFC 9293 §3.10.7.4 MAY-12
test('octets with an acknowledgment from before the largest window are refused', () => {
  const { tcb, wire } = established({ sndWnd: 1_000 });
  wire`
    +0 send(3000) = 3000
    +0 > . 1:1001(1000) ack 1
    +.1 < . 1:1(0) ack 1001 win 1000
    +0 > . 1001:2001(1000) ack 1
    +.1 < . 1:1(0) ack 2001 win 1000
    +0 > P. 2001:3001(1000) ack 1
    +0 < . 1:101(100) ack 1000 win 1000
    +0 > . 3001:3001(0) ack 1
  `;
  expect(tcb.readable).toBe(0);
  wire`
    +0 < . 1:101(100) ack 1001 win 1000
    +0 > . 3001:3001(0) ack 101
  `;
  expect(tcb.readable).toBe(100);
});

//= RFC 9293 §3.9.1.2 MUST-60, MUST-61
test('octets do not wait for more to come, and PSH stands with the last that there are', () => {
  const { wire } = established();
  wire`
    +0 send(10) = 10
    +0 > P. 1:11(10) ack 1
    +.1 < . 1:1(0) ack 11 win 10000
    +0 send(2500) = 2500
    +0 > . 11:1011(1000) ack 1
    +0 > . 1011:2011(1000) ack 1
    +0 > P. 2011:2511(500) ack 1
  `;
});

//= RFC 9293 §3.9.1.2 SHLD-27, SHLD-28, MAY-16
test('octets of many calls that could not go at once go in the largest segments there are, with one PSH', () => {
  const { wire } = established();
  wire`
    +0 send(100) = 100
    +0 > P. 1:101(100) ack 1
    +0 send(500) = 500
    +0 send(400) = 400
    +0 > nothing
    +0 send(300) = 300
    +0 > . 101:1101(1000) ack 1
    +.1 < . 1:1(0) ack 101 win 10000
    +0 > P. 1101:1301(200) ack 1
  `;
});

test('a small segment does not wait for one that was small two gigabytes ago', () => {
  const wire = new Wire({}, { receiveBuffer: 1 << 20 }).handshake();
  wire.a.snd.small = (wire.a.snd.una - 0x7fff_0000) | 0;
  send(wire.a, new Uint8Array(200 * 1_448), 0, 200 * 1_448, 0);
  wire.settle();
  wire.log.length = 0;
  send(wire.a, new Uint8Array(10), 0, 10, 0);
  wire.step(wire.a);
  expect(wire.log).toHaveLength(1);
});

//= RFC 9293 §3.8.6.2.1 MUST-38
test('half of the largest window goes only where no small segment is in flight', () => {
  const { wire } = established({ sndWnd: 1_000 });
  wire`
    +0  send(400) = 400
    +0  > P. 1:401(400) ack 1
    +0  send(800) = 800
    +.1 < .  1:1(0) ack 401 win 1000
    +0  > P. 401:1201(800) ack 1
  `;
});

//= RFC 9293 §3.8.6.2.1 MUST-38: a full segment
test('a link that cuts is given whole segments, be what does not fill one half of the window with them', () => {
  const { wire } = established({ sndWnd: 2_500, cuts: true });
  wire`
    +0  send(5000) = 5000
    +0  > . 1:2001(2000) ack 1
    +.1 < . 1:1(0) ack 2001 win 2500
    +0  > . 2001:4001(2000) ack 1
  `;
});
