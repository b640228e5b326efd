/** Loss recovery by segments: when it begins and ends, what goes again, and what is taken back. */
import { describe, expect, test } from 'vitest';
import { Flight, type FlightOptions } from '../../../../test/flight.ts';
import { INFINITE_THRESHOLD } from '../congestion/reno.ts';
import { PHASE } from './segment-recovery.ts';

const RTT = 100;

/** Ten segments in flight for a round trip. */
const ten = (options?: FlightOptions): Flight => new Flight(options).send(10).pass(RTT);

/** Phase, window and threshold; a threshold that nobody has set is 0. */
const state = ({ recovery: { phase, window, threshold } }: Flight): [number, number, number] => [
  phase,
  window,
  threshold === INFINITE_THRESHOLD ? 0 : threshold,
];

/** Octets that may be in flight, in segments. */
const mayFly = ({ tcb }: Flight): number => tcb.congestion.cwnd / tcb.snd.mss;

const { OPEN, DISORDER, REDUCED, RECOVERY, LOSS } = PHASE;

describe('segments', () => {
  test('the first flight has ten, or one where the SYN was lost', () => {
    expect(mayFly(new Flight())).toBe(10);
    expect(mayFly(new Flight({ synLost: true }))).toBe(1);
  });

  test('a FIN goes with the last octets', () => {
    expect(new Flight().send(2.001).counts.unacknowledged).toBe(2);
    expect(new Flight().send(2.002).counts.unacknowledged).toBe(3);
    expect(new Flight().send(0.001).counts.unacknowledged).toBe(1);
  });

  test('one that goes again in part is two from then on', () => {
    const flight = ten();
    flight.hear(0, { sacks: [[1, 4]] });
    const { tcb, recovery, now } = flight;
    recovery.sentAgain(tcb, flight.at(0), flight.at(0.5), now);
    expect(flight.counts).toEqual({ unacknowledged: 11, sacked: 3, lost: 2, again: 1 });
    // What is unknown, because it was never sent or is acknowledged, changes nothing.
    expect(recovery.sentAgain(tcb, flight.at(10), flight.at(11), now)).toBe(false);
    expect(recovery.sentAgain(tcb, flight.at(-1), flight.at(0), now)).toBe(false);
    recovery.probed(flight.at(10), flight.at(11), now);
    expect(flight.counts).toEqual({ unacknowledged: 11, sacked: 3, lost: 2, again: 1 });
    expect(recovery.sentAgain(tcb, flight.at(0.7), flight.at(1), now)).toBe(false);
    expect(flight.counts).toEqual({ unacknowledged: 11, sacked: 3, lost: 2, again: 2 });
    recovery.probed(flight.at(9), flight.at(9.5), now);
    expect(flight.counts).toEqual({ unacknowledged: 12, sacked: 3, lost: 2, again: 2 });
    recovery.probed(flight.at(9.5), flight.at(10), now);
    recovery.probed(flight.at(9.5), flight.at(9.5), now);
    expect(flight.counts).toEqual({ unacknowledged: 12, sacked: 3, lost: 2, again: 2 });
  });

  test('the retransmission timer begins anew when the first goes again, but not for a timeout', () => {
    const flight = ten();
    flight.hear(0, { sacks: [[2, 6]] });
    const { tcb, recovery, now } = flight;
    tcb.why = 'fast retransmit';
    expect(recovery.sentAgain(tcb, flight.at(1), flight.at(2), now)).toBe(false);
    expect(recovery.sentAgain(tcb, flight.at(0), flight.at(1), now)).toBe(true);
    flight.timeout();
    tcb.why = 'retransmission timeout';
    expect(recovery.sentAgain(tcb, flight.at(0), flight.at(1), now)).toBe(false);
    tcb.why = 'after a timeout';
    expect(recovery.sentAgain(tcb, flight.at(0), flight.at(1), now)).toBe(true);
    recovery.waitsForLate = true;
    expect(recovery.sentAgain(tcb, flight.at(0), flight.at(1), now)).toBe(false);
  });

  test('the first is overdue a timeout after it went', () => {
    const flight = new Flight().send(1).pass(5).send(1).pass(RTT);
    const { tcb, recovery } = flight;
    const overdue = (): number => recovery.overdue(tcb, flight.now) / 1_000;
    expect(overdue()).toBe(2 * RTT - RTT - 5);
    flight.hear(1);
    expect(overdue()).toBe(2 * RTT - RTT);
    flight.pass(3 * RTT);
    expect(overdue()).toBe(-2 * RTT);
    flight.hear(2);
    expect(overdue()).toBe(2 * RTT);
  });

  //= RFC 8985 §6.2: step 2, what was sent at the same time is told apart
  test('what goes after an acknowledgment went later than what went before it, also in the same moment', () => {
    const flight = ten();
    flight.hear(0, { sacks: [[1, 2]] });
    flight.hear(0, { sacks: [[1, 3]] });
    flight.send(1).hear(0, { sacks: [[1, 4]] });
    expect(flight.repeat()).toEqual([0]);
    // What went last may still come.
    flight.pass(RTT).hear(0, {
      sacks: [
        [10, 11],
        [1, 4],
      ],
    });
    expect(flight.counts).toMatchObject({ sacked: 4, again: 1 });
    expect(flight.repeat()).toEqual([4]);
  });
});

describe('the window in segments', () => {
  test('says how many octets may be in flight beside what is lost or has come', () => {
    const flight = ten();
    expect([mayFly(flight), flight.recovery.hasRoom]).toEqual([10, false]);
    flight.hear(0, { sacks: [[1, 3]] });
    expect([mayFly(flight), flight.recovery.hasRoom]).toEqual([12, true]);
    flight.send(2);
    expect([mayFly(flight), flight.recovery.hasRoom]).toEqual([12, false]);
    // One that others have overtaken lets nothing more go, nor does the timer begin anew.
    expect(flight.hear(-1, { sacks: [[1, 3]] }).rearms).toBe(false);
    expect(state(flight)).toEqual([DISORDER, 10, 0]);
    flight.hear(0, { sacks: [[1, 4]] });
    expect([...state(flight), mayFly(flight)]).toEqual([RECOVERY, 9, 5, 13]);
    expect(flight.tcb.congestion.ssthresh).toBe(5_000);
    // A segment is one, however short.
    expect(mayFly(new Flight().send(0.3).send(0.3))).toBeCloseTo(8.6);
    const idle = ten();
    idle.hear(10);
    idle.recovery.restart(idle.tcb, 10_000 * RTT, 0);
    expect([...state(idle), mayFly(idle)]).toEqual([OPEN, 10, 0, 10]);
  });

  //= RFC 6937 §3.1: one goes for two that arrive, to begin with
  test('comes down in recovery as segments arrive, to half of what it was', () => {
    const flight = ten();
    const gone: number[] = [];
    for (let end = 2; end <= 10; end++) {
      flight.hear(0, { sacks: [[1, end]] });
      gone.push(flight.repeat().length);
      const room = Math.max(0, Math.floor(mayFly(flight) - (flight.next - 0)));
      if (room > 0) flight.send(room);
      gone.push(room);
    }
    expect(gone).toEqual([0, 1, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0]);
    flight.pass(RTT).hear(flight.next);
    expect(state(flight)).toEqual([OPEN, 6, 5]);
  });

  //= RFC 6937 §3.1: SSRB, CRB where more is lost
  test('lets no more go than has arrived when more is found to be lost', () => {
    const flight = ten();
    flight.hear(0, { sacks: [[1, 4]] });
    expect(flight.repeat()).toEqual([0]);
    flight.pass(RTT).hear(4);
    expect([...state(flight), flight.counts.lost]).toEqual([RECOVERY, 3, 5, 6]);
    const without = new Flight({ sack: false }).send(6).pass(RTT);
    for (let i = 0; i < 3; i++) without.hear(0);
    expect(without.repeat()).toEqual([0]);
    without.pass(RTT).hear(4);
    expect([...state(without), without.counts.lost]).toEqual([RECOVERY, 2, 5, 1]);
  });

  test('comes down half the way to what was, when it is not used for as long as a timeout', () => {
    const unused = (restartsAfterIdle: boolean): [number, number, number] => {
      const flight = ten({ choices: { restartsAfterIdle } });
      flight.hear(10);
      flight
        .send(2)
        .pass(RTT - 1)
        .send(2);
      expect(state(flight)).toEqual([OPEN, 20, 0]);
      flight.pass(1).send(2);
      return state(flight);
    };
    expect([unused(true), unused(false)]).toEqual([
      [OPEN, 15, 0],
      [OPEN, 20, 0],
    ]);
  });

  test('grows as segments arrive when there is no loss', () => {
    const flight = ten();
    flight.hear(4);
    expect(state(flight)).toEqual([OPEN, 14, 0]);
    flight.hear(10);
    expect(state(flight)).toEqual([OPEN, 20, 0]);
  });
});

describe('a mark of congestion', () => {
  //= RFC 3168 §6.1.2
  test('brings the window down once, until something is acknowledged that went after it', () => {
    const flight = ten();
    flight.hear(1, { marked: true });
    expect(state(flight)).toEqual([REDUCED, 10, 5]);
    expect(flight.recovery.deliveredMarked).toBe(1);
    flight.hear(2, { marked: true });
    flight.hear(6, { marked: true });
    expect([state(flight)[0], state(flight)[2]]).toEqual([REDUCED, 5]);
    flight.send(2).pass(RTT).hear(10);
    expect(flight.recovery.phase).toBe(REDUCED);
    flight.hear(11);
    expect(state(flight)).toEqual([OPEN, 5, 5]);
    const soon = ten();
    soon.hear(1, { marked: true });
    soon.send(1).pass(RTT).hear(11);
    expect(state(soon)).toEqual([OPEN, 7, 5]);
  });

  test('in recovery lets nothing be taken back any more', () => {
    const flight = ten();
    flight.hear(0, { sacks: [[1, 4]] });
    expect(flight.repeat()).toEqual([0]);
    flight.hear(0, { sacks: [[1, 5]], marked: true });
    flight.pass(RTT).hear(10);
    flight.hear(10, { sacks: [[0, 1]] });
    expect(state(flight)).toEqual([OPEN, 6, 5]);
  });

  test('nor is what came before it taken back, also after a timeout', () => {
    const flight = ten({ timestamps: true });
    flight.hear(0, { sacks: [[1, 4]], echoes: 0 });
    expect(flight.repeat()).toEqual([0]);
    flight.pass(RTT).hear(10, { echoes: flight.now });
    expect(state(flight)).toEqual([OPEN, 6, 5]);
    flight.send(5).pass(RTT);
    const { now } = flight;
    flight.hear(11, { marked: true, echoes: now });
    flight.pass(2 * RTT).timeout();
    expect(flight.repeat()).toEqual([11]);
    flight.pass(1).hear(12, { echoes: now });
    expect([flight.recovery.phase, flight.recovery.threshold]).toEqual([LOSS, 3]);
  });

  test('a timeout when all is acknowledged that it was for brings it down again, and may be taken back to where it was', () => {
    const flight = ten({ timestamps: true });
    flight.hear(1, { marked: true, echoes: 0 });
    flight.hear(10, { echoes: 0 });
    expect([flight.recovery.phase, flight.recovery.threshold]).toEqual([REDUCED, 5]);
    const { window } = flight.recovery;
    flight
      .send(4)
      .pass(3 * RTT)
      .timeout();
    expect([flight.recovery.phase, flight.recovery.threshold]).toEqual([LOSS, 2]);
    expect(flight.repeat()).toEqual([10]);
    flight.pass(1).hear(11, { echoes: 0 });
    expect(state(flight)).toEqual([OPEN, window, 5]);
  });

  test('with a loss it is the loss that counts, and nothing is taken back', () => {
    const flight = ten();
    flight.hear(0, { sacks: [[1, 4]], marked: true });
    expect([state(flight)[0], state(flight)[2]]).toEqual([RECOVERY, 5]);
    expect(flight.repeat()).toEqual([0]);
    flight.pass(RTT).hear(10);
    flight.hear(10, { sacks: [[0, 1]] });
    expect(state(flight)).toEqual([OPEN, 6, 5]);
  });

  test('a loss while the window comes down for a mark does not bring it down again', () => {
    const flight = ten();
    flight.hear(1, { marked: true });
    flight.hear(4);
    expect(flight.recovery.window).toBeLessThan(9);
    flight.hear(4, { sacks: [[5, 8]] });
    expect([state(flight)[0], state(flight)[2]]).toEqual([RECOVERY, 5]);
    expect(flight.repeat()).toEqual([4]);
    flight.pass(RTT).hear(10);
    // And the mark was none that could be taken back.
    flight.hear(10, { sacks: [[4, 5]] });
    expect(state(flight)).toEqual([OPEN, 5, 5]);
  });
});

describe('what may only be late', () => {
  //= RFC 8985 §6.3
  test('goes again after a quarter of a round trip, when it has not come by then', () => {
    const flight = new Flight({ trip: 400, shortest: RTT }).send(3).pass(RTT);
    expect(flight.hear(0, { sacks: [[2, 3]] }).rearms).toBe(false);
    const { recovery } = flight;
    expect([recovery.waitsForLate, recovery.wait / 1_000, recovery.mayProbe]).toEqual([true, RTT / 4 + 2, false]);
    expect(flight.pass(RTT / 4).hear(0, { renews: true }).rearms).toBe(false);
    expect(flight.repeat()).toEqual([]);
    flight.late();
    expect([recovery.waitsForLate, recovery.phase, flight.counts.lost]).toEqual([false, RECOVERY, 2]);
    expect(flight.repeat()).toEqual([0]);
  });

  test('is not lost before its time, and the timer may be early', () => {
    const flight = new Flight({ trip: 400, shortest: RTT }).send(3).pass(RTT);
    flight.hear(0, { sacks: [[2, 3]] });
    flight.pass(RTT / 4 - 1).late();
    expect([state(flight), flight.counts.lost]).toEqual([[DISORDER, 10, 0], 0]);
    expect([flight.recovery.waitsForLate, flight.recovery.wait / 1_000]).toEqual([true, 1 + 2]);
    flight.pass(1 - 0.001).late();
    expect([flight.recovery.waitsForLate, flight.recovery.wait]).toEqual([true, 2_001]);
    flight.pass(1).timeout();
    expect(flight.recovery.waitsForLate).toBe(false);
  });

  test('that is found to be lost, and then comes twice, is taken back as other losses are', () => {
    const flight = new Flight({ trip: 400, shortest: RTT }).send(3).pass(RTT);
    flight.hear(0, { sacks: [[1, 3]] });
    flight.pass(RTT / 4).late();
    expect([...state(flight), flight.repeat()]).toEqual([RECOVERY, 1, 5, [0]]);
    flight.pass(1).hear(3);
    flight.hear(3, { sacks: [[0, 1]] });
    expect(state(flight)).toEqual([OPEN, 10, 0]);
  });

  test('an acknowledgment before that keeps to it, with the timer it leaves alone', () => {
    const flight = new Flight({ trip: 400, shortest: RTT }).send(3).pass(RTT);
    flight.hear(0, { sacks: [[2, 3]] });
    expect(flight.hear(1, { sacks: [[2, 3]] })).toMatchObject({ rearms: false, sentAt: 0 });
  });

  test('an acknowledgment of something new keeps the timer that waits for what is late', () => {
    const flight = new Flight({ trip: 400, shortest: RTT }).send(4).pass(RTT);
    expect(flight.hear(1, { sacks: [[3, 4]] }).rearms).toBe(false);
    expect(flight.hear(4).rearms).toBe(true);
    expect(flight.recovery.waitsForLate).toBe(false);
  });

  test('is lost at once when three others have come, and nothing has ever come late', () => {
    const flight = new Flight({ trip: 400, shortest: RTT }).send(5).pass(RTT);
    flight.hear(0, { sacks: [[1, 3]] });
    expect([flight.recovery.phase, flight.recovery.waitsForLate]).toEqual([DISORDER, true]);
    flight.hear(0, { sacks: [[1, 4]] });
    expect([flight.recovery.phase, flight.recovery.waitsForLate]).toEqual([RECOVERY, false]);
    const late = new Flight({ trip: 400, shortest: RTT }).send(5).pass(RTT);
    late.hear(0, { sacks: [[1, 2]] });
    late.hear(5);
    late
      .send(5)
      .pass(RTT)
      .hear(5, { sacks: [[6, 9]] });
    expect([late.recovery.phase, late.recovery.waitsForLate, late.recovery.reordered]).toEqual([DISORDER, true, 1]);
  });

  test('in recovery nothing is waited for, unless something has ever come late', () => {
    const flight = new Flight({ trip: 400, shortest: RTT }).send(6).pass(1).send(4).pass(RTT);
    flight.hear(0, { sacks: [[1, 4]] });
    flight.repeat();
    flight.hear(0, {
      sacks: [
        [1, 4],
        [6, 7],
      ],
    });
    expect([flight.counts.lost, flight.recovery.waitsForLate]).toEqual([3, false]);
    // Nor for three to tell.
    const one = ten({ trip: 400, shortest: RTT });
    one.hear(0, { sacks: [[1, 4]] });
    expect(one.repeat()).toEqual([0]);
    one.pass(1).hear(4);
    one.hear(4, { sacks: [[8, 9]] });
    expect([one.recovery.phase, one.counts.lost, one.recovery.waitsForLate]).toEqual([RECOVERY, 4, false]);
  });

  test('a loss that is found so brings the window down as others do', () => {
    const flight = new Flight({ trip: 400, shortest: RTT }).send(10).pass(RTT);
    flight.hear(0, { sacks: [[9, 10]] });
    flight.pass(RTT / 4).late();
    // One is known to have arrived, so that one goes.
    expect([...state(flight), flight.counts.lost]).toEqual([RECOVERY, 1, 5, 9]);
    expect(flight.repeat()).toEqual([0]);
    flight.pass(RTT).hear(1, { sacks: [[9, 10]] });
    expect(flight.repeat()).toEqual([1, 2]);
  });
});

describe('what was no loss', () => {
  //= RFC 4015 §3.2: an echo of what was sent before the repetition
  test('is taken back at once when an acknowledgment echoes the first transmission', () => {
    const flight = ten({ timestamps: true });
    flight.hear(0, { sacks: [[1, 4]], echoes: 0 });
    expect(flight.repeat()).toEqual([0]);
    expect(state(flight)).toEqual([RECOVERY, 8, 5]);
    flight.pass(5).hear(4, { echoes: 0 });
    expect([...state(flight), flight.recovery.reordered]).toEqual([OPEN, 11, 0, 1]);
    expect(flight.recovery.reordering).toBe(4);
  });

  test('in the middle of recovery as soon as all that went again has come twice', () => {
    const flight = ten();
    flight.hear(0, { sacks: [[1, 4]] });
    expect(flight.repeat()).toEqual([0]);
    flight.pass(5).hear(4);
    expect(flight.recovery.phase).toBe(RECOVERY);
    flight.hear(4, { sacks: [[0, 1]] });
    expect(state(flight)).toEqual([OPEN, 10, 0]);
  });

  test('and a new recovery begins when others are lost all the same', () => {
    const flight = ten();
    flight.hear(0, { sacks: [[2, 6]] });
    expect(flight.repeat()).toEqual([0]);
    flight.pass(1).hear(0, { sacks: [[2, 8]] });
    expect(flight.repeat()).toEqual([1]);
    flight.pass(RTT).hear(8, { sacks: [[0, 1]] });
    expect([...state(flight), flight.counts]).toEqual([
      ...[RECOVERY, 5, 5],
      { unacknowledged: 2, sacked: 0, lost: 2, again: 0 },
    ]);
    flight.send(1).hear(8, { sacks: [[1, 2]] });
    expect([flight.recovery.phase, flight.recovery.threshold]).toEqual([RECOVERY, 5]);
    expect(flight.repeat()).toEqual([8]);
    // It is not over before what was sent meanwhile is acknowledged.
    flight.pass(RTT).hear(10);
    expect(flight.recovery.phase).toBe(RECOVERY);
    flight.hear(11);
    expect(flight.recovery.phase).toBe(OPEN);
  });

  test('when an acknowledgment of all ends recovery, and echoes the first transmission', () => {
    const flight = ten({ timestamps: true });
    flight.hear(0, { sacks: [[1, 4]], echoes: 0 });
    expect(flight.repeat()).toEqual([0]);
    flight.pass(5).hear(10, { echoes: 0 });
    expect(state(flight)).toEqual([OPEN, 17, 0]);
  });

  test('and whatever is still missing is judged anew', () => {
    const flight = ten({ timestamps: true });
    flight.hear(0, {
      sacks: [
        [1, 5],
        [6, 9],
      ],
      echoes: 0,
    });
    // The peer's window lets the first one go.
    const { snd } = flight.tcb;
    const { wnd } = snd;
    snd.wnd = 1_000;
    flight.hear(0, { echoes: 0 });
    expect([flight.repeat(), flight.counts.lost]).toEqual([[0], 2]);
    snd.wnd = wnd;
    flight.pass(5).hear(5, { sacks: [[6, 9]], echoes: 0 });
    expect([flight.recovery.phase, flight.counts.lost, flight.recovery.waitsForLate]).toEqual([DISORDER, 0, true]);
    expect(flight.recovery.wait / 1_000).toBeCloseTo(RTT / 4 - 5 + 2);
    // Now that it is: what goes again is the first that does, also where the other is remembered.
    flight.pass(20).late();
    const { now } = flight;
    expect([flight.recovery.phase, flight.repeat()]).toEqual([RECOVERY, [5]]);
    flight.pass(5).hear(9, { echoes: now - 10_000 });
    expect([flight.recovery.phase, flight.recovery.threshold]).toEqual([OPEN, INFINITE_THRESHOLD]);
  });

  test('after it, too, while something else has come beyond a hole', () => {
    const flight = ten();
    flight.hear(0, { sacks: [[1, 4]] });
    expect(flight.repeat()).toEqual([0]);
    flight.pass(RTT).hear(10);
    flight
      .send(4)
      .pass(RTT)
      .hear(10, { sacks: [[12, 13]] });
    expect(state(flight)).toEqual([DISORDER, 6, 5]);
    flight.hear(10, { sacks: [[0, 1]] });
    expect(state(flight)).toEqual([DISORDER, 10, 0]);
  });

  test('once: a window that came down since then stays so', () => {
    const flight = ten();
    flight.hear(10);
    flight
      .send(20)
      .pass(RTT)
      .hear(10, { sacks: [[11, 14]] });
    expect(flight.repeat()).toEqual([10]);
    flight.pass(5).hear(30);
    flight.hear(30, { sacks: [[10, 11]] });
    expect(flight.recovery.window).toBeGreaterThan(19);
    flight.recovery.restart(flight.tcb, 10_000 * RTT, flight.now);
    flight.hear(30);
    flight.hear(30, { sacks: [[10, 11]] });
    flight.send(2).hear(30, { sacks: [[31, 32]] });
    expect(flight.recovery.window).toBe(10);
  });

  test('also the second time, when the first repetition was long ago', () => {
    const flight = ten({ timestamps: true });
    flight.hear(0, { sacks: [[1, 4]], echoes: 0 });
    expect(flight.repeat()).toEqual([0]);
    flight.pass(RTT).hear(10, { echoes: flight.now });
    expect(state(flight)).toEqual([OPEN, 6, 5]);
    const { now } = flight;
    flight
      .send(6)
      .pass(RTT)
      .hear(10, { sacks: [[11, 14]], echoes: now });
    expect(flight.repeat()).toEqual([10]);
    flight.pass(5).hear(14, { echoes: now });
    expect([flight.recovery.phase, flight.recovery.threshold]).toEqual([OPEN, 5]);
    expect(flight.recovery.window).toBeGreaterThan(5);
  });

  test('nor is anything taken back for an echo of the repetition', () => {
    const flight = ten({ timestamps: true });
    flight.hear(0, { sacks: [[1, 4]], echoes: 0 });
    const at = flight.now;
    expect(flight.repeat()).toEqual([0]);
    flight.pass(RTT).hear(4, { echoes: at });
    expect(flight.recovery.phase).toBe(RECOVERY);
  });

  test('waits with that while others that went again are in flight', () => {
    const flight = ten({ timestamps: true });
    flight.hear(0, { sacks: [[2, 6]], echoes: 0 });
    expect(flight.repeat()).toEqual([0]);
    flight.pass(1).hear(0, { sacks: [[2, 8]], echoes: 0 });
    expect(flight.repeat()).toEqual([1]);
    flight.pass(1).hear(1, { sacks: [[2, 8]], echoes: 0 });
    expect([state(flight)[0], state(flight)[2], flight.counts.again]).toEqual([RECOVERY, 5, 1]);
    flight.hear(8, { echoes: 0 });
    expect([state(flight)[0], state(flight)[2]]).toEqual([OPEN, 0]);
  });

  test('what was lost and never went again, and is acknowledged, was only late', () => {
    const flight = ten();
    flight.hear(0, { sacks: [[1, 4]] });
    flight.hear(4);
    expect([...state(flight), flight.recovery.reordered]).toEqual([OPEN, 11, 0, 2]);
    // So it is at the end of recovery, and without SACK before it.
    for (const [ack, phase] of [
      [10, OPEN],
      [4, OPEN],
    ] as const) {
      const other = ten({ sack: false });
      for (let i = 0; i < 3; i++) other.hear(0);
      expect(state(other)[0]).toBe(RECOVERY);
      other.hear(ack);
      expect([state(other)[0], state(other)[2]]).toEqual(ack === 10 ? [RECOVERY, 5] : [phase, 0]);
    }
  });

  //= RFC 6582 §3.2: step 3, full acknowledgment
  test('without SACK recovery goes on until something behind it is acknowledged', () => {
    const flight = ten({ sack: false });
    for (let i = 0; i < 3; i++) flight.hear(0);
    expect(flight.repeat()).toEqual([0]);
    flight.send(1).pass(RTT).hear(10);
    expect(flight.recovery.phase).toBe(RECOVERY);
    flight.hear(11);
    expect(flight.recovery.phase).toBe(OPEN);
  });

  test('duplicates tell of no loss until then, and those of before are forgotten', () => {
    const flight = ten({ sack: false });
    for (let i = 0; i < 9; i++) flight.hear(0);
    expect(flight.repeat()).toEqual([0]);
    flight.send(5);
    for (let i = 0; i < 3; i++) flight.hear(0);
    flight.pass(RTT).hear(10);
    expect([...state(flight), flight.counts]).toEqual([
      ...[RECOVERY, 5, 5],
      { unacknowledged: 5, sacked: 0, lost: 0, again: 0 },
    ]);
    for (let i = 0; i < 4; i++) flight.hear(10);
    expect([flight.counts.sacked, flight.counts.lost, flight.repeat()]).toEqual([0, 0, []]);
  });

  test('a timeout in between may be a mistake of its own', () => {
    const flight = ten({ sack: false, timestamps: true });
    for (let i = 0; i < 3; i++) flight.hear(0, { echoes: 0 });
    expect(flight.repeat()).toEqual([0]);
    flight.pass(RTT).hear(10, { echoes: flight.now - 1_000 });
    expect(flight.recovery.phase).toBe(RECOVERY);
    const { now } = flight;
    flight
      .send(2)
      .pass(3 * RTT)
      .timeout();
    expect(flight.repeat()).toEqual([10]);
    flight.pass(1).hear(11, { echoes: now });
    expect(flight.recovery.window).toBeGreaterThan(2);
  });

  test('without SACK each acknowledgment of a part tells of the next loss', () => {
    const flight = ten({ sack: false });
    for (let i = 0; i < 3; i++) flight.hear(0);
    expect(flight.repeat()).toEqual([0]);
    for (let i = 0; i < 5; i++) flight.hear(0);
    expect(flight.counts).toEqual({ unacknowledged: 10, sacked: 8, lost: 1, again: 1 });
    flight.pass(RTT).hear(4);
    expect(flight.counts).toMatchObject({ unacknowledged: 6, lost: 1, again: 0 });
    expect(flight.repeat()).toEqual([4]);
  });
});

describe('a timeout', () => {
  //= RFC 5681 §3.1: the loss window
  test('takes all for lost that has had its time, and one segment goes; the window is halved once', () => {
    const flight = ten().pass(RTT).timeout();
    expect([...state(flight), flight.counts.lost]).toEqual([LOSS, 1, 5, 10]);
    expect(flight.tcb.resend.why).toBe('retransmission timeout');
    expect(flight.repeat()).toEqual([0]);
    flight.pass(2 * RTT).timeout(2);
    expect([...state(flight), flight.counts]).toEqual([
      ...[LOSS, 1, 5],
      { unacknowledged: 10, sacked: 0, lost: 10, again: 0 },
    ]);
    // The first time it is said once more that it is one.
    flight.pass(2 * RTT).timeout(1);
    expect(state(flight)).toEqual([LOSS, 1, 2]);
  });

  test('leaves in flight what went less than a round trip ago, where SACK tells how long one takes', () => {
    const flight = new Flight().send(3).pass(RTT);
    flight.hear(1);
    flight
      .send(2)
      .pass(RTT - 1)
      .timeout();
    expect([...state(flight), flight.counts]).toEqual([
      ...[LOSS, 3, 5],
      { unacknowledged: 4, sacked: 0, lost: 2, again: 0 },
    ]);
    // What went exactly as long ago has had its time; a microsecond less is not enough, but for the first.
    for (const [sooner, lost] of [
      [0, 4],
      [0.001, 2],
    ] as const) {
      const exact = new Flight().send(3).pass(RTT);
      exact.hear(1);
      exact
        .pass(RTT)
        .send(2)
        .pass(RTT - sooner)
        .timeout();
      expect(exact.counts.lost).toBe(lost);
    }
    const again = new Flight().send(3).pass(RTT);
    again.hear(1);
    again.pass(2 * RTT).timeout();
    expect(again.repeat()).toEqual([1]);
    again.pass(RTT / 2).timeout(2);
    expect(again.counts).toMatchObject({ lost: 2, again: 0 });
    const without = new Flight({ sack: false }).send(3).pass(RTT);
    without.hear(1);
    without
      .send(2)
      .pass(RTT - 1)
      .timeout();
    expect(without.counts.lost).toBe(4);
  });

  //= RFC 2018 §8: the receiver may have thrown away what it told of
  test('forgets what the peer has told of when that is the first; otherwise it still counts', () => {
    const flight = ten();
    flight.hear(0, { sacks: [[1, 4]] });
    flight.repeat();
    flight.pass(2 * RTT).timeout();
    expect(flight.counts).toMatchObject({ sacked: 3, lost: 7 });
    const renege = new Flight().send(10).pass(RTT);
    renege.hear(0, { sacks: [[2, 4]] });
    renege.hear(2);
    renege.pass(2 * RTT).timeout();
    expect(renege.counts).toEqual({ unacknowledged: 8, sacked: 0, lost: 8, again: 0 });
    const duplicates = ten({ sack: false });
    for (let i = 0; i < 2; i++) duplicates.hear(0);
    duplicates.pass(2 * RTT).timeout();
    expect(duplicates.counts).toMatchObject({ sacked: 0, lost: 10 });
  });

  test('is waited for when an acknowledgment shows that the peer has thrown away what it told of', () => {
    const flight = ten();
    flight.hear(0, { sacks: [[2, 5]] });
    expect(flight.recovery.phase).toBe(RECOVERY);
    expect(flight.hear(2)).toMatchObject({ reneged: true, rearms: false });
    expect([flight.recovery.phase, flight.counts]).toEqual([
      RECOVERY,
      { unacknowledged: 8, sacked: 3, lost: 0, again: 0 },
    ]);
    expect(flight.hear(5)).toMatchObject({ reneged: false });
    expect(flight.recovery.phase).toBe(OPEN);
  });

  test('in the middle of recovery does not bring the threshold down again before all of it is acknowledged', () => {
    const flight = ten();
    flight.hear(0, { sacks: [[1, 4]] });
    flight.repeat();
    flight.pass(2 * RTT).timeout(2);
    expect(state(flight)).toEqual([LOSS, 1, 5]);
  });

  test('in the middle of disorder three that had come tell that no more may come late', () => {
    const flight = new Flight({ sack: true }).send(12).pass(RTT);
    flight.hear(0, { sacks: [[8, 9]] });
    flight.hear(0, {
      sacks: [
        [1, 2],
        [8, 9],
      ],
    });
    expect(flight.recovery.reordering).toBe(8);
    flight.hear(0, {
      sacks: [
        [1, 3],
        [8, 9],
      ],
    });
    expect([flight.recovery.phase, flight.counts.sacked]).toEqual([DISORDER, 3]);
    flight.pass(RTT).timeout();
    expect(flight.recovery.reordering).toBe(3);
    const two = new Flight().send(12).pass(RTT);
    two.hear(0, { sacks: [[8, 9]] });
    two.hear(0, {
      sacks: [
        [1, 2],
        [8, 9],
      ],
    });
    two.pass(RTT).timeout();
    expect(two.recovery.reordering).toBe(8);
  });
});

describe('whether a timeout was a mistake', () => {
  const timedOut = (options: FlightOptions = {}): Flight => {
    const flight = ten(options)
      .queue(4)
      .pass(2 * RTT)
      .timeout();
    expect(flight.repeat()).toEqual([0]);
    return flight.pass(RTT);
  };

  //= RFC 5682 §3.1: (2b), new octets go
  test('new octets are to tell: nothing else goes meanwhile', () => {
    for (const sack of [true, false]) {
      const flight = timedOut({ sack });
      flight.hear(1);
      expect([...state(flight), flight.repeat(), mayFly(flight)]).toEqual([LOSS, 2, 5, [], 11]);
      flight.send(2);
      expect(flight.repeat()).toEqual([]);
    }
  });

  test('what went again and others that went once, acknowledged at once, tell it only where SACK is agreed', () => {
    const flight = timedOut();
    flight.hear(3);
    expect(flight.recovery.phase).toBe(OPEN);
    const without = timedOut({ sack: false });
    without.hear(3);
    expect([without.recovery.phase, without.repeat(), mayFly(without)]).toEqual([LOSS, [], 11]);
  });

  //= RFC 5682 §3.1: (3b)
  test('it was, when something is acknowledged then that went once', () => {
    for (const sack of [true, false]) {
      const flight = timedOut({ sack });
      flight.hear(1);
      flight.send(2).pass(1).hear(1, { renews: true });
      flight.hear(2);
      expect([...state(flight), flight.counts.lost]).toEqual([OPEN, 11, 0, 0]);
    }
    // Without SACK what was in flight is kept to until something behind it is acknowledged.
    const all = new Flight({ sack: false })
      .send(2)
      .queue(2)
      .pass(3 * RTT)
      .timeout();
    expect(all.repeat()).toEqual([0]);
    all.pass(RTT).hear(1);
    all.send(1).pass(1).hear(2);
    expect([...state(all), all.repeat()]).toEqual([LOSS, 10, 0, []]);
    all.hear(3);
    expect(all.recovery.phase).toBe(OPEN);
    // The last that was in flight, too.
    const flight = new Flight()
      .send(2)
      .queue(2)
      .pass(3 * RTT)
      .timeout();
    expect(flight.repeat()).toEqual([0]);
    flight.pass(RTT).hear(1);
    flight.send(1).pass(1).hear(2);
    expect(state(flight)).toEqual([OPEN, 10, 0]);
  });

  test('it was, when the peer tells of something beyond that went once, at any time', () => {
    const flight = timedOut();
    flight.hear(0, { sacks: [[3, 4]] });
    expect([...state(flight), flight.counts.lost]).toEqual([DISORDER, 10, 0, 0]);
    // A duplicate has not yet told that it was none.
    const duplicate = ten()
      .pass(2 * RTT)
      .timeout();
    expect(duplicate.repeat()).toEqual([0]);
    duplicate.hear(0);
    duplicate.hear(0, { sacks: [[3, 4]] });
    expect(duplicate.recovery.phase).toBe(DISORDER);
    const last = timedOut();
    last.hear(0, { sacks: [[9, 10]] });
    expect(last.recovery.threshold).toBe(INFINITE_THRESHOLD);
  });

  //= RFC 5682 §3.1: (3a)
  test('it was not, when a duplicate answers the new octets: the rest goes again', () => {
    const flight = timedOut();
    flight.hear(1);
    flight
      .send(2)
      .pass(RTT)
      .hear(1, { sacks: [[10, 11]] });
    expect([flight.recovery.phase, flight.repeat()]).toEqual([LOSS, [1]]);
    // What was in flight and comes all the same says nothing any more.
    flight.hear(1, {
      sacks: [
        [3, 4],
        [10, 11],
      ],
    });
    expect([flight.recovery.phase, flight.recovery.threshold]).toEqual([LOSS, 5]);
    // Octets that come with it change nothing of that.
    const talking = timedOut();
    talking.hear(1);
    talking
      .send(2)
      .pass(RTT)
      .hear(1, { sacks: [[10, 11]], octets: 1 });
    talking.repeat();
    talking.hear(1, {
      sacks: [
        [3, 4],
        [10, 11],
      ],
    });
    expect(talking.recovery.phase).toBe(LOSS);
    const without = timedOut({ sack: false });
    without.hear(1);
    without.send(2).pass(RTT).hear(1);
    expect([without.recovery.phase, without.counts.sacked, without.repeat()]).toEqual([LOSS, 1, [1]]);
    without.pass(RTT).hear(2);
    expect([without.recovery.phase, without.recovery.threshold]).toEqual([LOSS, 5]);
    without.hear(3);
    expect([without.recovery.phase, without.recovery.threshold]).toEqual([LOSS, 5]);
  });

  test('another timeout ends the asking', () => {
    const flight = timedOut();
    flight.hear(1);
    expect(flight.repeat()).toEqual([]);
    flight.pass(4 * RTT).timeout(2);
    expect(flight.repeat()).toEqual([1]);
  });

  test('a duplicate before new octets have gone tells nothing', () => {
    const flight = timedOut({ sack: false });
    flight.hear(0);
    flight.hear(1);
    expect([flight.recovery.phase, flight.repeat()]).toEqual([LOSS, []]);
    flight.send(1).hear(2);
    expect(flight.recovery.phase).toBe(OPEN);
  });

  test('nobody can tell where nothing new is there, or the window lets it not go', () => {
    const none = ten()
      .pass(2 * RTT)
      .timeout();
    expect(none.repeat()).toEqual([0]);
    none.pass(RTT).hear(1);
    expect(none.tcb.resend.why).toBe('after a timeout');
    expect(none.repeat()).toEqual([1, 2]);
    none.pass(1).hear(1, { sacks: [[5, 6]] });
    expect(none.recovery.phase).toBe(LOSS);
    const shut = timedOut({ room: 9 });
    shut.hear(1);
    expect(shut.repeat()).toEqual([1, 2]);
    const open = timedOut({ room: 9.001 });
    open.hear(1);
    expect(open.repeat()).toEqual([]);
    const octet = ten()
      .queue(0.001)
      .pass(2 * RTT)
      .timeout();
    expect(octet.repeat()).toEqual([0]);
    octet.pass(RTT).hear(1);
    expect(octet.repeat()).toEqual([]);
  });

  //= RFC 6582 §3.2: step 3, here after a timeout
  test('without SACK an echo tells it, too, and what was in flight is kept to until something behind is acknowledged', () => {
    const flight = ten({ sack: false, timestamps: true })
      .pass(2 * RTT)
      .timeout();
    expect(flight.repeat()).toEqual([0]);
    flight.pass(1).hear(1, { echoes: 0 });
    expect([...state(flight), flight.counts.lost]).toEqual([LOSS, 11, 0, 0]);
    const one = new Flight({ sack: false, timestamps: true })
      .send(1)
      .pass(3 * RTT)
      .timeout();
    expect(one.repeat()).toEqual([0]);
    one.pass(1).hear(1, { echoes: 0 });
    expect(state(one)).toEqual([LOSS, 10, 0]);
    one.send(1).pass(RTT).hear(2, { echoes: one.now });
    expect(one.recovery.phase).toBe(OPEN);
  });

  test('without SACK duplicates count while it is to be told, until more is acknowledged', () => {
    const flight = timedOut({ sack: false });
    flight.hear(0);
    expect([flight.counts.sacked, flight.recovery.reordered]).toEqual([0, 0]);
    flight.hear(1);
    flight.send(2);
    flight.hear(1);
    flight.hear(1, { renews: true });
    expect(flight.counts.sacked).toBe(1);
    flight.hear(1);
    expect(flight.counts.sacked).toBe(2);
    flight.repeat();
    flight.hear(2);
    expect(flight.counts.sacked).toBe(0);
  });

  test('what went again is lost again when something arrives that went later: that is a loss as others are', () => {
    const flight = new Flight()
      .send(4)
      .pass(3 * RTT)
      .timeout();
    expect(flight.repeat()).toEqual([0]);
    flight.pass(RTT).hear(1);
    expect(flight.repeat()).toEqual([1, 2]);
    flight.pass(RTT).hear(1, { sacks: [[2, 3]] });
    expect([flight.recovery.phase, flight.repeat()]).toEqual([RECOVERY, [1]]);
  });

  test('nor where recovery was under way, but at the second timeout', () => {
    const recovering = (times: number): Flight => {
      const flight = ten().queue(4);
      flight.hear(0, { sacks: [[1, 4]] });
      expect(flight.repeat()).toEqual([0]);
      flight.pass(2 * RTT).timeout(times);
      expect(flight.repeat()).toEqual([0]);
      flight.pass(RTT).hear(0, {
        sacks: [
          [1, 4],
          [6, 7],
        ],
      });
      return flight;
    };
    expect(recovering(1).recovery.phase).toBe(LOSS);
    // What was sent before it is lost all the same.
    expect(recovering(2).recovery.phase).toBe(RECOVERY);
  });

  test('an acknowledgment of all ends it', () => {
    const flight = timedOut();
    flight.hear(10);
    expect([flight.recovery.phase, flight.recovery.threshold]).toEqual([OPEN, INFINITE_THRESHOLD]);
    const none = new Flight()
      .send(1)
      .queue(2)
      .pass(2 * RTT)
      .timeout();
    none.repeat();
    none.pass(RTT).hear(1);
    expect(state(none)).toEqual([OPEN, 2, 5]);
  });

  test('what went again before that was known is in flight until the peer tells that it has come, too', () => {
    const flight = new Flight({ timestamps: true })
      .send(5)
      .pass(3 * RTT)
      .timeout();
    const before = flight.now - 1_000;
    expect(flight.repeat()).toEqual([0]);
    const after = flight.now;
    flight.pass(RTT).hear(1, { echoes: after });
    expect(flight.repeat()).toEqual([1, 2]);
    flight.pass(RTT).hear(2, { echoes: after });
    expect(flight.repeat()).toEqual([3, 4]);
    flight.pass(1).hear(3, { echoes: before });
    expect([flight.recovery.phase, flight.counts]).toEqual([
      DISORDER,
      { unacknowledged: 2, sacked: 0, lost: 0, again: 2 },
    ]);
    flight.hear(3, { sacks: [[4, 5]] });
    expect(flight.counts).toMatchObject({ sacked: 1, again: 2 });
    flight.hear(3, {
      sacks: [
        [4, 5],
        [4, 5],
      ],
    });
    expect(flight.counts).toMatchObject({ sacked: 1, again: 1 });
  });

  test('an echo of what went before it tells at once', () => {
    const flight = ten({ timestamps: true })
      .pass(2 * RTT)
      .timeout();
    flight.repeat();
    flight.pass(1).hear(1, { echoes: 0 });
    expect([...state(flight), flight.counts.lost, flight.repeat()]).toEqual([OPEN, 11, 0, 0, []]);
  });
});

describe('shorter segments, as a router has asked for', () => {
  //= RFC 1191 §6.3: no sign of congestion
  test('what is too long goes again in shorter pieces, and the window stays', () => {
    const flight = ten();
    flight.hear(1);
    const { tcb, recovery } = flight;
    tcb.snd.mss = 600;
    recovery.shortened(tcb, 600, flight.now);
    expect([...state(flight), flight.counts]).toEqual([
      ...[LOSS, 11, 0],
      { unacknowledged: 15, sacked: 0, lost: 15, again: 0 },
    ]);
    expect(tcb.resend.why).toBe('path MTU');
    expect(flight.repeat().slice(0, 3)).toEqual([1, 1.6, 2.2]);
    // What comes out of order tells nothing of how late segments may be.
    flight.hear(1, { sacks: [[4, 4.6]] });
    flight.hear(1, {
      sacks: [
        [2.2, 2.8],
        [4, 4.6],
      ],
    });
    expect([flight.counts.sacked, flight.recovery.reordered]).toEqual([2, 0]);
    // Nothing of that is a mistake that could be taken back.
    flight.pass(RTT).hear(10);
    expect(state(flight).slice(1)).toEqual([24, 0]);
  });

  test('nor is it taken for a mistake, as the recovery before it might have been', () => {
    const flight = ten();
    flight.hear(0, { sacks: [[1, 4]] });
    expect(flight.repeat()).toEqual([0]);
    flight.pass(RTT).hear(10);
    flight.send(4).pass(RTT);
    flight.tcb.snd.mss = 600;
    flight.recovery.shortened(flight.tcb, 600, flight.now);
    flight.hear(10.6);
    expect([flight.recovery.phase, flight.counts.lost]).toEqual([LOSS, 6]);
  });

  test('what is short enough stays in flight', () => {
    const flight = new Flight().send(0.6).send(1).pass(RTT);
    flight.tcb.snd.mss = 600;
    flight.recovery.shortened(flight.tcb, 600, flight.now);
    expect(flight.counts).toEqual({ unacknowledged: 3, sacked: 0, lost: 2, again: 0 });
  });

  test('after a timeout it goes on being one; while the window comes down its threshold stays', () => {
    const flight = ten()
      .pass(2 * RTT)
      .timeout();
    flight.recovery.shortened(flight.tcb, 600, flight.now);
    expect(state(flight)).toEqual([LOSS, 1, 5]);
    const marked = ten();
    marked.hear(1, { marked: true });
    marked.recovery.shortened(marked.tcb, 600, marked.now);
    expect([marked.recovery.phase, marked.recovery.threshold]).toEqual([LOSS, 5]);
  });

  test('the threshold keeps what is known of the way', () => {
    const flight = ten();
    flight.hear(0, { sacks: [[1, 4]] });
    flight.repeat();
    flight.pass(RTT).hear(10);
    expect(state(flight)).toEqual([OPEN, 6, 5]);
    for (let i = 0; i < 10; i++) {
      flight.send(flight.recovery.window).pass(RTT);
      flight.hear(flight.next);
    }
    expect(state(flight)).toEqual([OPEN, 16, 5]);
    flight.send(3);
    flight.recovery.shortened(flight.tcb, 600, flight.now);
    expect(state(flight)).toEqual([LOSS, 16, 12]);
  });

  test('a timeout before it may still be taken back, and it is none itself', () => {
    const flight = ten({ timestamps: true })
      .pass(2 * RTT)
      .timeout();
    expect(flight.repeat()).toEqual([0]);
    flight.recovery.shortened(flight.tcb, 600, flight.now);
    flight.hear(1, { echoes: 0 });
    expect([flight.recovery.phase, flight.recovery.threshold]).toEqual([DISORDER, INFINITE_THRESHOLD]);
    flight.hear(10, { echoes: 0 });
    flight.send(4).pass(1);
    flight.tcb.snd.mss = 600;
    flight.recovery.shortened(flight.tcb, 600, flight.now);
    // Octets of the first transmission come, in pieces; the rest was lost all the same.
    flight.hear(10, { sacks: [[10.6, 11.2]], echoes: 0 });
    expect(flight.recovery.phase).toBe(LOSS);
    flight.hear(10.6, { echoes: 0 });
    expect([flight.recovery.phase, flight.counts.lost]).toEqual([LOSS, 5]);
  });
});

describe('what goes next', () => {
  test("nothing beyond the peer's window, but the first segment", () => {
    const flight = ten();
    flight.hear(0, { sacks: [[2, 8]] });
    flight.tcb.snd.wnd = 1_000;
    expect(flight.repeat()).toEqual([0]);
    flight.hear(0, { sacks: [[2, 9]] });
    expect([flight.tcb.resend.active, flight.repeat()]).toEqual([false, []]);
    flight.tcb.snd.wnd = 1_001;
    flight.hear(0, { sacks: [[2, 10]] });
    expect(flight.tcb.resend).toMatchObject({ active: true, why: 'fast retransmit' });
    expect(flight.repeat()).toEqual([1]);
    const shut = ten();
    shut.tcb.snd.wnd = 0;
    shut.hear(0, { sacks: [[1, 4]] });
    expect(shut.repeat()).toEqual([0]);
  });

  test('short segments that are lost go together', () => {
    const flight = new Flight().send(0.3).send(0.3).send(0.3).send(1).send(5).pass(RTT);
    flight.hear(0, { sacks: [[1.9, 6.9]] });
    const { resend } = flight.tcb;
    expect([resend.next, resend.end]).toEqual([flight.at(0), flight.at(0.9)]);
    expect(flight.counts).toMatchObject({ unacknowledged: 7, lost: 2 });
  });
});

describe('a tail loss probe', () => {
  test('is no sample of the round trip, and what it tells of later segments is not of the first transmission', () => {
    expect(probed(1).pass(RTT).hear(1).sentAt).toBe(undefined);
    const flight = probed();
    flight.pass(RTT / 2).hear(0, { sacks: [[3, 4]] });
    expect([flight.recovery.phase, flight.counts.lost, flight.recovery.waitsForLate]).toEqual([DISORDER, 0, false]);
  });

  test('is forgotten with a timeout', () => {
    expect(probed().pass(RTT).timeout().tcb.probe).toBe(undefined);
  });

  const probed = (count = 4): Flight =>
    new Flight()
      .send(count)
      .pass(3 * RTT)
      .probe();

  //= RFC 8985 §7.4.2
  test('has mended a loss, when something behind it is acknowledged and nothing came twice', () => {
    const flight = probed();
    flight.pass(RTT).hear(4);
    expect([...state(flight), flight.tcb.probe?.again]).toEqual([OPEN, 10, 0, true]);
    flight.send(2).pass(RTT).hear(5);
    expect([...state(flight), flight.tcb.probe]).toEqual([OPEN, 5, 5, undefined]);
  });

  test('was needless, when the peer says that it came twice, or says the same again', () => {
    const twice = probed();
    twice.pass(RTT).hear(4, { sacks: [[3, 4]] });
    expect([...state(twice), twice.tcb.probe]).toEqual([OPEN, 10, 0, undefined]);
    const again = probed();
    again.pass(1).hear(4);
    again.pass(RTT).hear(4);
    expect([...state(again), again.tcb.probe]).toEqual([OPEN, 10, 0, undefined]);
  });

  test('is not answered by what is acknowledged before it, brings octets, or tells of others', () => {
    const flight = probed();
    flight.pass(RTT).hear(3);
    flight.hear(4, { renews: true });
    flight.hear(4, { renews: true });
    expect(flight.tcb.probe?.again).toBe(true);
    flight
      .send(3)
      .pass(RTT)
      .hear(4, { sacks: [[5, 6]] });
    expect(flight.tcb.probe?.again).toBe(true);
  });

  test('of new octets asks for nothing when they are acknowledged', () => {
    const flight = new Flight().send(2).pass(3 * RTT);
    flight.tcb.probe = { to: flight.at(3), again: false };
    flight.send(1).pass(RTT).hear(2);
    expect(flight.tcb.probe?.again).toBe(false);
    flight.hear(3);
    expect([...state(flight), flight.tcb.probe]).toEqual([OPEN, 10, 0, undefined]);
  });

  test('goes only while nothing is being mended, and something is in flight', () => {
    const flight = new Flight();
    expect(flight.recovery.mayProbe).toBe(false);
    flight.send(10).pass(RTT);
    expect(flight.recovery.mayProbe).toBe(true);
    flight.hear(1, { marked: true });
    expect([flight.recovery.phase, flight.recovery.mayProbe]).toEqual([REDUCED, true]);
    flight.hear(1, { sacks: [[2, 3]] });
    flight.hear(1, { sacks: [[2, 5]] });
    expect([flight.recovery.phase, flight.recovery.mayProbe]).toEqual([RECOVERY, false]);
    const disordered = new Flight({ trip: 400, shortest: RTT }).send(10).pass(RTT);
    disordered.hear(0, { sacks: [[2, 3]] });
    disordered.recovery.waitsForLate = false;
    expect([disordered.recovery.phase, disordered.recovery.mayProbe]).toEqual([DISORDER, false]);
  });

  test('that is lost is counted with what went again: it, too, has to come twice before anything is taken back', () => {
    const flight = probed(10);
    flight.pass(RTT).hear(0, { sacks: [[1, 4]] });
    expect(flight.repeat()).toEqual([0]);
    flight.pass(RTT).hear(10);
    flight.hear(10, { sacks: [[0, 1]] });
    expect(flight.recovery.threshold).toBe(5);
    flight.hear(10, { sacks: [[9, 10]] });
    expect(flight.recovery.threshold).toBe(INFINITE_THRESHOLD);
  });
});

describe('slow start ends before a loss where CUBIC is chosen', () => {
  /** The window is 19; so many acknowledgments come after 13 milliseconds more than the first. Answers the threshold. */
  const threshold = (cubic: boolean, count: number, hear: (flight: Flight, i: number) => void, more = 13): number => {
    const flight = ten({ choices: { cubic } });
    // One segment has come late by all others: no duplicates tell of a loss.
    flight.hear(0, { sacks: [[9, 10]] });
    flight.hear(10);
    flight.send(20).pass(RTT + more);
    for (let i = 1; i <= count; i++) hear(flight, i);
    return state(flight)[2];
  };

  //= RFC 9438 §4.10
  test('by round trips that have become longer, as the last segment tells that is acknowledged or told of', () => {
    const acknowledged = (flight: Flight, i: number): void => void flight.hear(10 + i);
    expect([threshold(true, 8, acknowledged), threshold(true, 9, acknowledged)]).toEqual([0, 27]);
    expect(threshold(false, 9, acknowledged)).toBe(0);
    expect(threshold(true, 9, acknowledged, 0)).toBe(0);
    const told = (flight: Flight, i: number): void => void flight.hear(11, { sacks: [[12, 12 + i]] });
    expect([threshold(true, 8, told), threshold(true, 9, told)]).toEqual([0, 28]);
  });
});
