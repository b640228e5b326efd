/** RFC 5961, whole: what somebody who sees nothing of a connection can do to it by guessing. Rule by rule. */
import { expect, test } from 'vitest';
import {
  closeWait,
  closing,
  established,
  finWait1,
  finWait2,
  lastAck,
  synReceived,
  synSent,
  timeWait,
} from './wire.ts';

//= RFC 5961 §3.2: 1, outside the window; 2, exact; 3, in the window
test('a reset counts when it is exactly next; in the window it is asked about; elsewhere it is nothing', () => {
  const { tcb, wire } = established({ rcvWnd: 1_000 });
  wire`
    +0 < R. 0:0(0) ack 1
    +0 > nothing
    +0 < R. 1001:1001(0) ack 1
    +0 > nothing
    +0 < R. 4294966000:4294967100(1100) ack 1
    +0 > nothing
    +0 < R. 4294966900:704(1100) ack 1    // its octets reach into the window, its number does not
    +0 > nothing
    +0 < R. 2:2(0) ack 1
    +0 > .  1:1(0) ack 1 win 1000
    +0 < R. 1000:1000(0) ack 1
    +0 > .  1:1(0) ack 1 win 1000
  `;
  expect(tcb.state).toBe('ESTABLISHED');
  wire`
    +0 < R. 1:1(0) ack 1
    +0 > nothing
  `;
  expect(tcb).toMatchObject({ state: 'CLOSED', error: 'ECONNRESET' });
});

//= RFC 5961 §3.2: in every synchronized state; TIME-WAIT listens to no reset at all (RFC 1337)
test.each([
  ['SYN-RECEIVED', synReceived],
  ['ESTABLISHED', established],
  ['FIN-WAIT-1', finWait1],
  ['FIN-WAIT-2', finWait2],
  ['CLOSE-WAIT', closeWait],
  ['CLOSING', closing],
  ['LAST-ACK', lastAck],
] as const)('a guessed reset does not end %s', (state, opener) => {
  const { tcb, wire } = opener();
  wire`
    +0 < R  500:500(0)
    +0 > .  ${state === 'SYN-RECEIVED' ? 1 : (tcb.snd.nxt - tcb.iss) | 0}:${state === 'SYN-RECEIVED' ? 1 : (tcb.snd.nxt - tcb.iss) | 0}(0) ack ${(tcb.rcv.nxt - tcb.irs) | 0}
  `;
  expect(tcb.state).toBe(state);
});

//= RFC 5961 §3.2: in SYN-SENT a reset must acknowledge the SYN, and nothing else is asked of it (RFC 9293's erratum 8167)
test('in SYN-SENT a reset that acknowledges the SYN refuses, whatever its number', () => {
  const { tcb, wire } = synSent();
  wire`
    +0 < R  0:0(0)
    +0 < R. 0:0(0) ack 0
    +0 < R. 0:0(0) ack 2
    +0 > nothing
  `;
  expect(tcb.state).toBe('SYN-SENT');
  wire`+0 < R. 123456:123456(0) ack 1`;
  expect(tcb).toMatchObject({ state: 'CLOSED', error: 'ECONNREFUSED' });
});

//= RFC 5961 §4.2: irrespective of its number
test('a SYN into a connection is asked about, wherever it lies, and changes nothing', () => {
  const { tcb, wire } = established();
  wire`
    +0 < S  1:1(0) win 1000
    +0 > .  1:1(0) ack 1
    +0 < S  500:500(0) win 1000
    +0 > .  1:1(0) ack 1
    +0 < S  900000:900000(0) win 1000
    +0 > .  1:1(0) ack 1
    +0 < S. 0:0(0) ack 1 win 1000
    +0 > .  1:1(0) ack 1
  `;
  expect([tcb.state, tcb.snd.wnd]).toEqual(['ESTABLISHED', 10_000]);
  // The peer that did start again answers the question with a reset, and that one counts.
  wire`
    +0 < R  1:1(0)
    +0 > nothing
  `;
  expect(tcb.state).toBe('CLOSED');
});

//= RFC 5961 §5.2: SND.UNA - MAX.SND.WND =< SEG.ACK =< SND.NXT, for segments with data or FIN too
test('octets whose acknowledgment is impossible are not taken', () => {
  const { tcb, wire } = established({ sndWnd: 2_000 });
  wire`
    +0 send(500) = 500
    +0 > P. 1:501(500) ack 1
    +0 < P. 1:11(10) ack 502 win 1000
    +0 > .  501:501(0) ack 1
    +0 < F. 1:1(0) ack 4294965296 win 1000
    +0 > .  501:501(0) ack 1
    +0 < P. 1:11(10) ack 2147483640 win 1000
    +0 > .  501:501(0) ack 1
  `;
  expect([tcb.state, tcb.readable, tcb.snd.wnd]).toEqual(['ESTABLISHED', 0, 2_000]);
  wire`
    +0 < P. 1:11(10) ack 4294965297 win 1000
    +0 > .  501:501(0) ack 11
  `;
  expect(tcb.readable).toBe(10);
});

//= RFC 5961 §7: so many challenges in so long, both of them options
test('challenges are rationed, and the ration is renewed', () => {
  const { wire } = established({ connection: { challengeLimit: 2, challengeInterval: 3_000_000 } });
  const guesses = [
    ['R', 500],
    ['S', 600],
    ['.', 700],
  ] as const;
  for (const [flags, seq] of guesses.slice(0, 2))
    wire`
    +0 < ${flags} ${seq}:${seq}(0) win 100
    +0 > . 1:1(0) ack 1
  `;
  for (const [flags, seq] of guesses)
    wire`
    +0 < ${flags} ${seq}:${seq}(0) ack 7777 win 100
    +0 > nothing
  `;
  wire`
    +3 < R 500:500(0)
    +0 > . 1:1(0) ack 1
  `;
});

test('the ration counts from its first challenge, not from its last: who asks once a second for a sign of life always gets one', () => {
  const { wire } = established({ sndWnd: 10_000 });
  for (let i = 0; i < 40; i++)
    wire`
      +1 < . 0:0(0) ack 1 win 10000
      +0 > . 1:1(0) ack 1
    `;
});

test('the ration is renewed after a silence of any length', () => {
  const { wire } = established({ connection: { challengeLimit: 1 } });
  wire`
    +0 < R 500:500(0)
    +0 > . 1:1(0) ack 1
    +0 < R 500:500(0)
    +0 > nothing
  `;
  for (let day = 0; day < 30; day++) wire`+86400 > nothing`;
  wire`
    +0 < R 500:500(0)
    +0 > . 1:1(0) ack 1
  `;
});

test('a spent ration does not keep the peer from hearing that its octets have come', () => {
  const { tcb, wire } = established({ connection: { challengeLimit: 1 } });
  wire`
    +0 < P. 1:101(100) ack 1 win 10000
    +0 > .  1:1(0) ack 101
    +0 < R  500:500(0)
    +0 > .  1:1(0) ack 101
    +0 < P. 1:101(100) ack 1 win 10000      // our acknowledgment was lost
    +0 > .  1:1(0) ack 101
  `;
  expect(tcb.readable).toBe(100);
});

//= RFC 1337 §3: no reset ends TIME-WAIT
test('TIME-WAIT is not assassinated', () => {
  const { tcb, wire } = timeWait();
  wire`
    +0 < R. 2:2(0) ack 2
    +0 < R  2:2(0)
    +0 < R  500:500(0)
    +0 > nothing
  `;
  expect(tcb.state).toBe('TIME-WAIT');
});
