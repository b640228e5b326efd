import { expect, test } from 'vitest';
import { text, Wire } from '../../../test/tcp-wire.ts';
import { MILLISECOND, SECOND, TICK, ticksAt } from '../../core/time.ts';
import { OWN_CHOICES } from './choices.ts';
import { addSample, handshakeDone, makeRtt, sampleDue } from './rtt.ts';
import { configure } from './settings.ts';
import { TIMER } from './tcb.ts';
import { arm, nextTimeout, resendFirst, timeout } from './timers.ts';
import { send } from './user-calls.ts';

const ALL = Object.values(TIMER);

test('the first of the timers is the next, whichever it is', () => {
  for (const soon of ALL) {
    const { a, now } = new Wire().handshake();
    a.timers.armed = 0;
    for (const which of ALL) arm(a, which, which === soon ? 40 * MILLISECOND : SECOND, now);
    expect(nextTimeout(a, now) - now, `timer ${soon}`).toBeLessThan(50 * MILLISECOND);
    a.timers.armed &= ~soon;
    expect(nextTimeout(a, now) - now).toBeGreaterThan(900 * MILLISECOND);
  }
});

test('arming one leaves the others as they are', () => {
  for (const which of ALL) {
    const { a, now } = new Wire().handshake();
    const before = { ...a.timers };
    arm(a, which, 7 * SECOND, now);
    const changed = Object.entries(before).filter(([name, value]) => a.timers[name as keyof typeof before] !== value);
    expect(changed.map(([name]) => name).filter((name) => name !== 'armed')).toHaveLength(1);
  }
});

//= RFC 9293 §3.8.3 MUST-21: the program's to set, also to forever
test('a user timeout without end leaves the timer as it is, and a short one ends a probe that waits', () => {
  const { a, now } = new Wire().handshake();
  send(a, text('octets'), 0, 6, now);
  const wire = new Wire().handshake();
  arm(a, TIMER.RETRANSMISSION, SECOND, now);
  const deadline = a.timers.retransmission;
  configure(a, { userTimeout: Number.POSITIVE_INFINITY }, now);
  expect(a.timers.retransmission).toBe(deadline);
  arm(wire.a, TIMER.PERSIST, 30 * SECOND, wire.now);
  configure(wire.a, { userTimeout: SECOND }, wire.now);
  expect((wire.a.timers.persist - ticksAt(wire.now)) * TICK).toBeLessThan(2 * SECOND);
});

//= RFC 7323 §4.2
test('a sample is due when a round trip has passed since the last, not before', () => {
  const rtt = makeRtt(SECOND);
  addSample(rtt, 800, 1_000, { minimumRto: 0, maximumRto: SECOND, choices: OWN_CHOICES });
  expect([1_799, 1_800].map((now) => sampleDue(rtt, now))).toEqual([false, true]);
});

test('the shortest round trip is kept', () => {
  const rtt = makeRtt(SECOND);
  for (const sample of [50, 30, 80])
    addSample(rtt, sample * MILLISECOND, 0, { minimumRto: 0, maximumRto: SECOND, choices: OWN_CHOICES });
  expect(rtt.shortest).toBe(30 * MILLISECOND);
});

//= RFC 6298 §5.7
test('after a SYN that was sent again the timeout is three seconds, unless it is longer already', () => {
  for (const [rto, after] of [
    [2, 3],
    [4, 4],
  ] as const) {
    const rtt = makeRtt(SECOND);
    rtt.synExpired = true;
    rtt.srtt = 1;
    rtt.rto = rto * SECOND;
    handshakeDone(rtt, OWN_CHOICES);
    expect(rtt.rto).toBe(after * SECOND);
  }
});

test('what is sent again after a loss is one segment, and under way', () => {
  const { a } = new Wire().handshake();
  a.snd.nxt = (a.snd.una + 3 * a.snd.mss) | 0;
  resendFirst(a, 'fast retransmit');
  const { next, end, allowed, active } = a.resend;
  expect([next, end, allowed, active]).toEqual([a.snd.una, (a.snd.una + a.snd.mss) | 0, 1, true]);
});

//= RFC 9293 §3.8.3 MUST-20, MUST-22, MUST-23
test.each([
  [1_999, 'ESTABLISHED'],
  [2_000, 'CLOSED'],
])('a user timeout of 2,000 ticks: after %d of them without an answer the connection is %s', (ticks, state) => {
  const { a, now } = new Wire({ userTimeout: 2_000 * TICK }).handshake();
  a.snd.nxt = (a.snd.una + 1) | 0;
  a.timers.stalled = ticksAt(now);
  a.timers.armed = TIMER.RETRANSMISSION;
  a.timers.retransmission = ticksAt(now);
  timeout(a, now + ticks * TICK);
  expect(a.state).toBe(state);
});
