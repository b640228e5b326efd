/** Values at the edge of a rule: a single octet, a segment size of nothing, the last microsecond. */
import { expect, test } from 'vitest';
import { connectionSettings, DEFAULT_SETTINGS, send, sendRecord, sendUrgent } from '../../src/speak/tcp/index.ts';
import { established, type Ladder, listening } from './wire.ts';

//= RFC 9293 §3.9.1.2 MUST-61
test('a single octet is pushed', () => {
  const { wire } = established();
  wire`
    +0 send(1) = 1
    +0 > P. 1:2(1) ack 1
  `;
});

//= RFC 9293 §3.9.1.2 MUST-61
test('octets that were held for more to come are pushed when they have waited long enough', () => {
  const { wire } = established({ connection: { cork: true } });
  wire`
    +0  send(100) = 100
    +.2 > P. 1:101(100) ack 1
  `;
});

//= RFC 9293 §3.9.1.2 MUST-61, SHLD-27
test('the end of a record is pushed, though more octets wait behind it', () => {
  const { tcb, wire } = established({ connection: { noDelay: true } });
  expect(sendRecord(tcb, new Uint8Array(30), 0, 30, 0)).toBe(30);
  expect(send(tcb, new Uint8Array(50), 0, 50, 0)).toBe(50);
  wire`
    +0 > P. 1:31(30) ack 1
    +0 > P. 31:81(50) ack 1
  `;
});

//= RFC 9293 §3.7.1 MUST-16
test('a peer that says it takes segments of no octets has said nothing, one that takes a single one gets small ones', () => {
  const { tcb, wire } = established({ peerMss: 0 });
  expect(tcb.snd.mss).toBe(536);
  wire`
    +0 send(536) = 536
    +0 > P. 1:537(536) ack 1
  `;
  expect(established({ peerMss: 1 }).tcb.snd.mss).toBe(48);
});

//= RFC 9293 §3.8.5 MUST-62
test('octets behind the urgent ones are not marked, though the urgent ones are not acknowledged yet', () => {
  const { tcb, wire } = established({ connection: { noDelay: true } });
  expect(sendUrgent(tcb, new Uint8Array(10), 0, 10, 0)).toBe(10);
  wire`
    +0 > PU. 1:11(10) ack 1 urg 10
    +0 send(10) = 10
    +0 > P.  11:21(10) ack 1
  `;
});

//= RFC 9293 §3.8.5 SHLD-13
test('urgent octets that find no room are not announced', () => {
  const { tcb, wire } = established({ connection: { sendBuffer: 100 } });
  wire`
    +0 send(100) = 100
    +0 > P. 1:101(100) ack 1
  `;
  expect(sendUrgent(tcb, new Uint8Array(10), 0, 10, 0)).toBe(0);
  wire`+1 > P. 1:101(100) ack 1`;
});

//= RFC 9293 §3.8.6 MUST-35: and RFC 7323 §2.4
test('a scaled window that was drawn back lets all through once more, then what it says and one rounding; a closed one, an octet', () => {
  const { wire } = listening({ connection: { windowScaling: true } });
  wire`
    +0 < S  0:0(0) win 10000 <mss 1000,nop,wscale 7>
    +0 > S. 0:0(0) ack 1
    +0 < .  1:1(0) ack 1 win 100
    +0 send(1000) = 1000
    +0 > P. 1:1001(1000) ack 1
    +0 < .  1:1(0) ack 1 win 5
    +1 > P. 1:1001(1000) ack 1
    +2 > .  1:768(767) ack 1
    +0 < .  1:1(0) ack 1 win 0
    +4 > .  1:2(1) ack 1
  `;
});

//= RFC 9293 §3.8.6.3 MUST-40
test('an acknowledgment waits for less than half a second', () => {
  expect(connectionSettings(DEFAULT_SETTINGS, { delayedAck: 499.999 }).delayedAck).toBe(499_999);
  expect(() => connectionSettings(DEFAULT_SETTINGS, { delayedAck: 500 })).toThrow(
    'delayedAck is a number of milliseconds from 0 to 499.999, not 500',
  );
});

/** The first segments of a connection, which are acknowledged one by one, are over. The next octet is 1601. */
function settled(): Ladder {
  const ladder = established();
  for (let from = 1; from <= 1_501; from += 100) {
    ladder.wire`
      +0 < . ${from}:${from + 100}(100) ack 1 win 10000
      +0 > . 1:1(0) ack ${from + 100}
    `;
  }
  return ladder;
}

//= RFC 9293 §3.8.6.3 SHLD-18, SHLD-19, MUST-40
test('a small segment is acknowledged a moment later, counted from the first of several; what makes a full one, at once', () => {
  const { wire } = settled();
  wire`
    +0   < . 1601:1611(10) ack 1 win 10000
    +.04 > . 1:1(0) ack 1611
    +0   < . 1611:1621(10) ack 1 win 10000
    +.03 < . 1621:1631(10) ack 1 win 10000
    +.01 > . 1:1(0) ack 1631
    +0   < . 1631:1641(10) ack 1 win 10000
    +0   < . 1641:2177(536) ack 1 win 10000
    +0   > . 1:1(0) ack 2177
  `;
});

//= RFC 9293 §3.10.7.4 SHLD-31: and RFC 2018 §4, the latest first
test('of what is kept beyond holes the stretch that grew last is told first', () => {
  const { wire } = listening();
  wire`
    +0 < S  0:0(0) win 10000 <mss 1000,sackOK>
    +0 > S. 0:0(0) ack 1
    +0 < .  1:1(0) ack 1 win 10000
    +0 < .  101:201(100) ack 1 win 10000
    +0 > .  1:1(0) ack 1 <nop,nop,sack 101:201>
    +0 < .  301:401(100) ack 1 win 10000
    +0 > .  1:1(0) ack 1 <nop,nop,sack 301:401 101:201>
    +0 < .  201:251(50) ack 1 win 10000
    +0 > .  1:1(0) ack 1 <nop,nop,sack 101:251 301:401>
  `;
});

//= RFC 2018 §4: what was told of last is told of again, so that an acknowledgment that is lost takes little with it
test('behind it follow those that were told of last, wherever they lie', () => {
  const { wire } = listening();
  wire`
    +0 < S  0:0(0) win 10000 <mss 1000,sackOK>
    +0 > S. 0:0(0) ack 1
    +0 < .  1:1(0) ack 1 win 10000
    +0 < .  901:902(1) ack 1 win 10000
    +0 > .  1:1(0) ack 1 <nop,nop,sack 901:902>
    +0 < .  801:802(1) ack 1 win 10000
    +0 > .  1:1(0) ack 1 <nop,nop,sack 801:802 901:902>
    +0 < .  701:702(1) ack 1 win 10000
    +0 > .  1:1(0) ack 1 <nop,nop,sack 701:702 801:802 901:902>
    +0 < .  601:602(1) ack 1 win 10000
    +0 > .  1:1(0) ack 1 <nop,nop,sack 601:602 701:702 801:802 901:902>
    +0 < .  501:502(1) ack 1 win 10000
    +0 > .  1:1(0) ack 1 <nop,nop,sack 501:502 601:602 701:702 801:802>
    +0 < .  702:703(1) ack 1 win 10000
    +0 > .  1:1(0) ack 1 <nop,nop,sack 701:703 501:502 601:602 801:802>
    +0 < .  602:701(99) ack 1 win 10000
    +0 > .  1:1(0) ack 1 <nop,nop,sack 601:703 501:502 801:802 901:902>
  `;
});

// RFC 9293 §3.10.7.4, first step, table 6; RFC 5961 §3.2.
test('the last number of the window is in it, the one behind it is not', () => {
  const { tcb, wire } = established();
  wire`
    +0 send(100) = 100
    +0 > P. 1:101(100) ack 1
    +0 < P. 10001:10011(10) ack 101 win 10000
    +0 > .  101:101(0) ack 1
  `;
  expect(tcb.snd.una === tcb.snd.nxt).toBe(false);
  wire`
    +0 < P. 10000:10010(10) ack 101 win 10000
    +0 > .  101:101(0) ack 1
    +0 < R  10001:10001(0)
    +0 > nothing
    +0 < R  10000:10000(0)
    +0 > .  101:101(0) ack 1
  `;
  expect([tcb.snd.una === tcb.snd.nxt, tcb.state]).toEqual([true, 'ESTABLISHED']);
});
