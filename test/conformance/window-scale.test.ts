/** RFC 7323 §2, window scaling, rule by rule. */
import { expect, test } from 'vitest';
import { established, listening, synSent } from './wire.ts';

const scaling = { windowScaling: true };

//= RFC 7323 §2.2: both sides, or nobody
test('scaling is on when both SYNs offer it, and off otherwise', () => {
  const offered = listening({ rcvWnd: 200_000, connection: scaling });
  offered.wire`
    +0 < S  0:0(0) win 1000 <mss 1000,nop,wscale 7>
    +0 > S. 0:0(0) ack 1 <mss 1460,nop,wscale 2>
    +0 < .  1:1(0) ack 1 win 1000
  `;
  expect([offered.tcb.snd.wnd, offered.tcb.rcv.scale]).toEqual([128_000, 2]);
  const notOffered = listening({ rcvWnd: 200_000, connection: scaling });
  notOffered.wire`
    +0 < S  0:0(0) win 1000 <mss 1000>
    +0 > S. 0:0(0) ack 1 win 65535 <mss 1460>
    +0 < .  1:1(0) ack 1 win 1000
    +0 < P. 1:11(10) ack 1 win 1000
    +0 > .  1:1(0) ack 11 win 65525
  `;
  expect([notOffered.tcb.snd.wnd, notOffered.tcb.rcv.scale]).toEqual([1_000, 0]);
  const refused = synSent({ rcvWnd: 200_000, connection: scaling });
  refused.wire`
    +0 < S. 0:0(0) ack 1 win 1000 <mss 1000>
    +0 > .  1:1(0) ack 1 win 65535
  `;
});

//= RFC 7323 §2.2: in a segment without SYN it is ignored
test('an offer that comes after the SYN changes nothing', () => {
  const { tcb, wire } = listening({ connection: scaling });
  wire`
    +0 < S  0:0(0) win 1000 <mss 1000,nop,wscale 3>
    +0 > S. 0:0(0) ack 1
    +0 < .  1:1(0) ack 1 win 1000 <nop,nop,nop,wscale 9>
    +0 < .  1:1(0) ack 1 win 1000 <nop,nop,nop,wscale 9>
  `;
  expect(tcb.snd.wnd).toBe(8_000);
});

//= RFC 7323 §2.2: the window field of a SYN is never scaled, also that of the SYN,ACK of a simultaneous open
test('windows of SYNs are taken and sent as they are', () => {
  const active = synSent({ rcvWnd: 50_000, connection: { ...scaling, receiveBufferMaximum: 200_000 } });
  active.wire`
    +0 < S. 0:0(0) ack 1 win 1000 <mss 1000,nop,wscale 7>
    +0 > .  1:1(0) ack 1 win 12500
  `;
  expect(active.tcb.snd.wnd).toBe(1_000);
  const both = synSent({ rcvWnd: 50_000, connection: { ...scaling, receiveBufferMaximum: 200_000 } });
  both.wire`
    +0 < S  0:0(0) win 1000 <mss 1000,nop,wscale 7>
    +0 > S. 0:0(0) ack 1 win 50000 <mss 1460,nop,wscale 2>
    +0 < S. 0:0(0) ack 1 win 1000 <mss 1000,nop,wscale 7>
    +0 > .  1:1(0) ack 1
  `;
  expect([both.tcb.state, both.tcb.snd.wnd]).toEqual(['ESTABLISHED', 1_000]);
  both.wire`+0 < .  1:1(0) ack 1 win 1000`;
  expect(both.tcb.snd.wnd).toBe(128_000);
});

//= RFC 7323 §2.3: no shift above 14, neither sent nor obeyed
test('the greatest shift is 14, and windows stay below 2^30', () => {
  const { tcb, wire } = listening({
    connection: { ...scaling, receiveBuffer: 1 << 30, receiveBufferMaximum: 1 << 30 },
  });
  wire`
    +0 < S  0:0(0) win 65535 <mss 1000,nop,wscale 15>
    +0 > S. 0:0(0) ack 1 <mss 1460,nop,wscale 14>
    +0 < .  1:1(0) ack 1 win 65535
  `;
  expect(tcb.snd.wnd).toBe(65_535 << 14);
  expect((tcb.rcv.edge - tcb.rcv.nxt) | 0).toBeLessThan(2 ** 30);
});

//= RFC 7323 §2.4: (1) and (2), the receiver takes all that any window it sent has allowed
test('rounding a window does not take back what was promised', () => {
  const { tcb, wire } = listening({ rcvWnd: 20_000, connection: { ...scaling, receiveBufferMaximum: 4 << 20 } });
  wire`
    +0 < S  0:0(0) win 10000 <mss 1000,nop,wscale 0>
    +0 > S. 0:0(0) ack 1 win 20000 <mss 1460,nop,wscale 7>
    +0 < .  1:1(0) ack 1 win 10000
    +0 < .  1:1001(1000) ack 1 win 10000
    +0 > .  1:1(0) ack 1001 win 149
    +0 < .  1001:1006(5) ack 1 win 10000
    +0 > .  1:1(0) ack 1006 win 149
  `;
  // 149 * 128 octets from 1,006 on: a rounding more than the buffer has, rather than one less than was said.
  const edge = 1_006 + 149 * 128;
  expect((tcb.rcv.edge - tcb.irs) | 0).toBe(edge);
  wire`
    +0 < P. ${edge - 10}:${edge}(10) ack 1 win 10000
    +0 > .  1:1(0) ack 1006
  `;
  expect(tcb.held?.count).toBe(1);
});

//= RFC 7323 §2.4: (3) what is new stays inside the latest window; (4) what is sent again need not, the first time; (5) later it does
test('a sender sends new octets inside a window that was drawn back, and old ones once more as they were', () => {
  const { wire } = established({ sndWnd: 3_000 });
  wire`
    +0 send(4000) = 4000
    +0 > .  1:3001(3000) ack 1
    +.1 < . 1:1(0) ack 1001 win 500
    +1  > . 1001:2001(1000) ack 1
    +2  > . 1001:1501(500) ack 1
    +.1 < . 1:1(0) ack 3001 win 500
    +0  > nothing
    +.1 < . 1:1(0) ack 3001 win 1000
    +0  > P. 3001:4001(1000) ack 1
  `;
});
