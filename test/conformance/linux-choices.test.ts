/** What Linux chooses where scripts cannot see it, or see it in passing only (test/drill has those that can): each choice against the RFC's own way. */
import { expect, test } from 'vitest';
import {
  configure,
  LINUX_CHOICES,
  learnPathMtu,
  makeIncomingSegment,
  OWN_CHOICES,
  segmentArrives,
  send,
  type Tcb,
  tcpInfo,
} from '../../src/speak/tcp/index.ts';
import { TIMER } from '../../src/speak/tcp/tcb.ts';
import * as tcp from '../../src/wire/tcp.ts';
import { established, listening, synReceived, synSent } from './wire.ts';

const linux = { connection: { choices: LINUX_CHOICES } };

/** A segment without octets, its sequence number relative to RCV.NXT. */
function arrive(tcb: Tcb, flags: number, seq: number): void {
  const segment = makeIncomingSegment();
  const length = (flags & tcp.SYN ? 1 : 0) + (flags & tcp.FIN ? 1 : 0);
  Object.assign(segment, { flags, seq: (tcb.rcv.nxt + seq) | 0, ack: tcb.snd.nxt, length, window: 10_000 });
  segmentArrives(tcb, segment, 0);
}

//= RFC 9293 §3.10.7.1: with an acknowledgment where there is none to answer
test('a second SYN without ACK ends an opening with a reset that acknowledges it', () => {
  const { tcb } = synReceived(linux);
  arrive(tcb, tcp.SYN, 5);
  expect(tcb.state).toBe('CLOSED');
  expect(tcb.reset).toMatchObject({ seq: 0, ack: (tcb.rcv.nxt + 6) | 0, flags: tcp.RST | tcp.ACK });
  const own = synReceived().tcb;
  arrive(own, tcp.SYN, 5);
  expect([own.state, own.reset]).toEqual(['CLOSED', undefined]);
});

// RFC 9293 §3.8.6: the window is not drawn back
test('of a simultaneous opening the SYN,ACK has the window that the SYN had, though segments are shorter with timestamps', () => {
  const { wire } = synSent({ ...linux, rcvWnd: 4_500, timestamps: true });
  wire`
    +.1 < S  0:0(0) win 5000 <mss 1000,TS val 1000 ecr 0>
    +0  > S. 0:0(0) ack 1 win 4380
  `;
});

test('a reset ends a simultaneous opening: refused, or reset', () => {
  for (const [options, error] of [
    [{}, 'ECONNREFUSED'],
    [linux, 'ECONNRESET'],
  ] as const) {
    const { tcb } = synReceived({ ...options, open: 'active' });
    arrive(tcb, tcp.RST | tcp.ACK, 0);
    expect([tcb.state, tcb.error]).toEqual(['CLOSED', error]);
  }
});

test('keep-alive that is asked for before there is a connection begins with it', () => {
  for (const { tcb } of [listening(), synSent(), synReceived()]) {
    configure(tcb, { keepAlive: true }, 0);
    expect(tcb.timers.armed & TIMER.KEEP_ALIVE).toBe(0);
  }
  const { tcb } = synReceived();
  configure(tcb, { keepAlive: true }, 0);
  arrive(tcb, tcp.ACK, 0);
  expect([tcb.state, tcb.timers.armed & TIMER.KEEP_ALIVE]).toEqual(['ESTABLISHED', TIMER.KEEP_ALIVE]);
});

test('a listener that sends is active from then on', () => {
  const { tcb } = listening();
  expect(tcb.passive).toBe(true);
  send(tcb, new Uint8Array(1), 0, 1, 0);
  expect([tcb.state, tcb.passive]).toEqual(['SYN-SENT', false]);
});

test('a way that takes more than the peer does makes no segment longer', () => {
  const { tcb } = established();
  const { mss } = tcb.snd;
  learnPathMtu(tcb, mss + 400, 0);
  expect([tcb.snd.mss, tcb.resend.active]).toEqual([mss, false]);
  // Nothing is in flight: nothing goes again.
  learnPathMtu(tcb, mss - 100, 0);
  expect([tcb.snd.mss, tcb.resend.active]).toEqual([mss - 140, false]);
});

test('a connection that is over has nothing in flight', () => {
  const { tcb, wire } = established();
  wire`
    +0 send(100) = 100
    +0 > P. 1:101(100) ack 1
    +0 < R. 1:1(0) ack 1 win 0
  `;
  expect(tcpInfo(tcb, 0)).toMatchObject({ tcpi_state: 7, tcpi_unacked: 0 });
});

//= RFC 9293 §3.8.6.2.1: half of the largest window, and not a octet less
test('what fills exactly half of the largest window goes at once', () => {
  const { wire } = listening({ mss: 1_400 });
  wire`
    +0 < S  0:0(0) win 1000 <mss 1400>
    +0 > S. 0:0(0) ack 1
    +0 < .  1:1(0) ack 1 win 1000
    +0 send(3000) = 3000
    +0 > .  1:1001(1000) ack 1
    +0 < .  1:1(0) ack 1001 win 500
    +0 > .  1001:1501(500) ack 1
    +0 < .  1:1(0) ack 1501 win 499
    +0 > nothing
  `;
});

test('a segment of one octet asks for it to be handed on', () => {
  const { wire } = established();
  wire`
    +0 send(1) = 1
    +0 > P. 1:2(1) ack 1
  `;
});

//= RFC 9293 §3.7.1 MUST-67
test('what a SYN,ACK asks for is what the link takes, or the way to the peer', () => {
  for (const [options, mss] of [
    [{}, 1_460],
    [linux, 1_260],
  ] as const) {
    const { tcb, wire } = listening(options);
    tcb.pathMtu = 1_300;
    wire`
      +0 < S 0:0(0) win 1000
      +0 > S. 0:0(0) ack 1 <mss ${mss}>
    `;
  }
});

//= RFC 9293 §3.8.6.2.1
test('a loss probe sends nothing new into a window that has no room for it', () => {
  const { wire } = listening({ connection: { choices: { ...OWN_CHOICES, lossProbes: true } } });
  wire`
    +0   < S  0:0(0) win 500 <mss 1000,sackOK>
    +0   > S. 0:0(0) ack 1
    +.05 < .  1:1(0) ack 1 win 500
    +0   send(800) = 800
    +0   > .  1:501(500) ack 1
    +.3  > .  1:501(500) ack 1
    +.05 < .  1:1(0) ack 501 win 500
    +0   > P. 501:801(300) ack 1
  `;
});
