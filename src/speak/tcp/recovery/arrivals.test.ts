/** What a peer's acknowledgments tell of segments, and what comes of it. */
import { describe, expect, test } from 'vitest';
import { Flight } from '../../../../test/flight.ts';
import { INFINITE_THRESHOLD } from '../congestion/reno.ts';
import { makeIncomingSegment } from '../segment.ts';
import { Arrivals, newTold } from './arrivals.ts';
import { Reversal } from './reversal.ts';

/** Ten segments of which the first two are lost and have gone again; the others have come. */
function twoAgain(): Flight {
  const flight = new Flight().send(10).pass(100);
  flight.hear(0, { sacks: [[2, 6]] });
  expect(flight.repeat()).toEqual([0]);
  flight.pass(1).hear(0, { sacks: [[2, 10]] });
  expect(flight.repeat()).toEqual([1]);
  expect(flight.counts).toEqual({ unacknowledged: 10, sacked: 8, lost: 2, again: 2 });
  return flight.pass(90);
}

/** The window and its threshold. */
const sizes = ({ recovery }: Flight): [number, number] => [recovery.window, recovery.threshold];

const HALVED = [5, 5];
const AS_IT_WAS = [10, INFINITE_THRESHOLD];

describe('octets that came twice', () => {
  //= RFC 2883 §4.1: below the acknowledgment
  test('a reduction is taken back when all that went again has come twice, and not before', () => {
    const flight = twoAgain();
    flight.hear(10);
    flight.hear(10, { sacks: [[0, 1]] });
    expect([...sizes(flight), flight.recovery.delivered]).toEqual([...HALVED, 11]);
    flight.hear(10, { sacks: [[1, 2]] });
    expect([...sizes(flight), flight.recovery.delivered]).toEqual([...AS_IT_WAS, 12]);
    expect(flight.tcb.congestion.cwnd).toBe(10_000);
  });

  test('one block may tell of several segments', () => {
    const flight = twoAgain();
    flight.hear(10);
    flight.hear(10, { sacks: [[0, 1.5]] });
    expect([...sizes(flight), flight.recovery.delivered]).toEqual([...AS_IT_WAS, 12]);
  });

  test('a block that tells of more than has gone again is not believed', () => {
    const flight = twoAgain();
    flight.hear(10);
    flight.hear(10, { sacks: [[0, 3]] });
    expect([...sizes(flight), flight.recovery.delivered]).toEqual([...HALVED, 10]);
    // Nor is what follows: it is known by now what this peer says.
    flight.hear(10, { sacks: [[0, 2]] });
    expect([...sizes(flight), flight.recovery.delivered]).toEqual([...HALVED, 10]);
  });

  test('an empty block, or one that ends before it begins, tells of nothing', () => {
    const flight = twoAgain();
    flight.hear(10);
    flight.hear(10, { sacks: [[1, 1]] });
    flight.hear(10, { sacks: [[2, 1]] });
    expect(flight.recovery.delivered).toBe(10);
    flight.hear(10, { sacks: [[0, 2]] });
    expect(sizes(flight)).toEqual(AS_IT_WAS);
  });

  //= RFC 2883 §4.2: beyond it, and within the block behind
  test('so does the first block that lies within the second', () => {
    const flight = twoAgain();
    flight.hear(0, { sacks: [[1, 10]] });
    expect(flight.counts).toMatchObject({ sacked: 9, lost: 1, again: 1 });
    // The first time it came before others that were sent earlier.
    expect([flight.recovery.reordering, flight.recovery.reordered]).toEqual([3, 0]);
    flight.hear(0, {
      sacks: [
        [1, 2],
        [1, 10],
      ],
    });
    expect([...sizes(flight), flight.recovery.delivered]).toEqual([...HALVED, 10]);
    expect([flight.recovery.reordering, flight.recovery.reordered]).toEqual([9, 1]);
    flight.hear(10);
    flight.hear(10, { sacks: [[0, 1]] });
    expect(sizes(flight)).toEqual(AS_IT_WAS);
  });

  test('a first block that does not lie within the second, or before the acknowledgment, is one like others', () => {
    type Block = [number, number];
    const delivered = (first: Block, second: Block): number => {
      const flight = twoAgain().send(1);
      flight.hear(0, { sacks: [first, second] });
      expect(flight.recovery.reordered).toBe(0);
      return flight.recovery.delivered;
    };
    // Eight had been delivered, the second segment is now.
    expect([delivered([1, 2], [1, 10]), delivered([1, 1.5], [1, 10]), delivered([9, 10], [1, 10])]).toEqual([
      10, 10, 10,
    ]);
    expect([delivered([1, 3], [2, 10]), delivered([2, 10], [1, 2]), delivered([0, 1], [1, 10])]).toEqual([9, 9, 9]);
    // And the last, which is new.
    expect(delivered([9, 11], [1, 10])).toBe(10);
  });

  test('they are counted once, be they known to be acknowledged or not yet', () => {
    const flight = twoAgain();
    flight.hear(10, { sacks: [[0, 1]] });
    expect([...sizes(flight), flight.recovery.delivered]).toEqual([...HALVED, 11]);
    const beyond = twoAgain();
    beyond.hear(0, { sacks: [[1, 10]] });
    for (let i = 0; i < 2; i++) {
      expect(sizes(beyond)).toEqual(HALVED);
      beyond.hear(0, {
        sacks: [
          [1, 2],
          [1, 10],
        ],
      });
    }
  });

  test('what went again after a timeout may end where the acknowledgment is', () => {
    const flight = new Flight().send(1).pass(400).timeout();
    expect(flight.repeat()).toEqual([0]);
    flight.pass(100).hear(1);
    expect(flight.recovery.threshold).toBe(5);
    flight.hear(1, { sacks: [[0, 1]] });
    expect(flight.recovery.threshold).toBe(INFINITE_THRESHOLD);
  });
});

/** For how long, in milliseconds, what a segment has overtaken is waited for. The shortest round trip is 20 ms, the smoothed one 400. */
describe('for how long segments may be late', () => {
  /** The wait when the last of three arrives 20 ms after it was sent; `before` is what came before that. */
  function wait(before: (flight: Flight) => void): number {
    const flight = new Flight({ trip: 400, shortest: 20 });
    before(flight);
    flight.pass(1_000);
    const from = flight.next;
    flight
      .send(3)
      .pass(20)
      .hear(from, { sacks: [[from + 2, from + 3]] });
    return flight.recovery.wait / 1_000;
  }

  /** A segment has come late by others. */
  const reordered = (flight: Flight): void => {
    flight
      .send(3)
      .pass(20)
      .hear(0, { sacks: [[2, 3]] });
    flight.hear(3);
    expect(flight.recovery.reordered).toBe(1);
  };

  /** One is sent again for nothing. */
  const needless = (flight: Flight, ...twice: [number, number][]): void => {
    const from = flight.next;
    flight.send(1).pass(500).timeout();
    expect(flight.repeat()).toEqual([from]);
    flight.pass(20).hear(from + 1);
    for (const block of twice) flight.hear(from + 1, { sacks: [[from + block[0], from + block[1]]] });
  };

  test('a quarter of the shortest round trip, and one more after octets came twice, where segments have come late before', () => {
    expect(wait(() => {})).toBe(5 + 2);
    expect(wait(reordered)).toBe(5 + 2);
    expect(wait((flight) => needless(flight, [0, 1]))).toBe(5 + 2);
    const both = (flight: Flight, ...twice: [number, number][]): void => {
      reordered(flight);
      needless(flight, ...twice);
    };
    expect(wait((flight) => both(flight, [0, 1]))).toBe(10 + 2);
    // None, or too many.
    expect(wait((flight) => both(flight, [0, 0]))).toBe(5 + 2);
    expect(wait((flight) => both(flight, [-1, 1]))).toBe(5 + 2);
  });

  test('that is forgotten after sixteen recoveries', () => {
    const waited = (recoveries: number): number =>
      wait((flight) => {
        reordered(flight);
        needless(flight, [0, 1]);
        flight.send(1).pass(20).hear(flight.next);
        for (let i = 0; i < recoveries; i++) needless(flight);
      });
    expect([waited(15), waited(16)]).toEqual([10 + 2, 5 + 2]);
  });

  //= RFC 8985 §6.2: step 4
  test('what a tail loss probe sent again tells nothing of that, unless more than that came twice', () => {
    const probed = (flight: Flight, ...twice: [number, number]): void => {
      reordered(flight);
      const from = flight.next;
      flight.send(2).pass(500).timeout();
      expect(flight.repeat()).toEqual([from]);
      flight.pass(20).hear(from + 1);
      flight
        .pass(500)
        .probe()
        .pass(20)
        .hear(from + 2);
      expect(flight.tcb.probe?.again).toBe(true);
      flight.hear(from + 2, { sacks: [[from + twice[0], from + twice[1]]] });
      expect(flight.tcb.probe).toBe(undefined);
    };
    expect(wait((flight) => probed(flight, 1, 2))).toBe(5 + 2);
    expect(wait((flight) => probed(flight, 0, 1))).toBe(10 + 2);
  });
});

describe('octets beyond a hole', () => {
  //= RFC 2018 §3
  test('a block counts that lies beyond the acknowledgment and before SND.NXT, with the segments that are in it whole', () => {
    const sacked = (from: number, end: number): number => {
      const flight = new Flight().send(10).pass(100);
      flight.hear(0, { sacks: [[from, end]] });
      return flight.counts.sacked;
    };
    expect([sacked(3, 5), sacked(3.5, 5), sacked(3, 5.5), sacked(8, 10)]).toEqual([2, 1, 2, 2]);
    expect([sacked(3, 3), sacked(5, 3), sacked(0, 3), sacked(-1, 3), sacked(3, 11), sacked(11, 12)]).toEqual([
      0, 0, 0, 0, 0, 0,
    ]);
  });
});

describe('segments that come late by others', () => {
  test('are none that one acknowledgment tells of with those, in whatever order', () => {
    const blocks: [number, number][] = [
      [3, 4],
      [5, 6],
      [7, 8],
      [9, 10],
    ];
    for (const order of ['0123', '3210', '1302', '2031', '3021', '0312']) {
      const flight = new Flight().send(12).pass(100);
      flight.hear(0, { sacks: [...order].map((i) => blocks[Number(i)]!) });
      expect([flight.counts.sacked, flight.recovery.reordered], order).toEqual([4, 0]);
    }
  });

  test('tell by how many that may be', () => {
    const late = (first: [number, number], ...words: Parameters<Flight['hear']>[]): [number, number] => {
      const flight = new Flight().send(310.5).pass(100);
      flight.hear(0, { sacks: [first] });
      for (const word of words) flight.hear(...word);
      return [flight.recovery.reordering, flight.recovery.reordered];
    };
    const both = (first: [number, number], second: [number, number]): { sacks: [number, number][] } => ({
      sacks: [second, first],
    });
    expect(late([3, 4], [0, both([3, 4], [1, 2])])).toEqual([3, 1]);
    expect(late([4, 5], [0, both([4, 5], [1, 2])])).toEqual([4, 1]);
    expect(late([4, 5], [0, both([4, 5], [3, 4])])).toEqual([3, 1]);
    // Beyond what came first is in order.
    expect(late([4, 5], [0, both([4, 5], [5, 6])])).toEqual([3, 0]);
    // Acknowledged.
    expect(late([4, 5], [1, { sacks: [[4, 5]] }])).toEqual([5, 1]);
    expect(late([4, 5], [5])).toEqual([5, 1]);
    // The last segment is half of one.
    expect(late([310, 310.5], [0, both([310, 310.5], [301, 302])])).toEqual([10, 1]);
    // No more than 300.
    expect(late([310, 310.5], [0, both([310, 310.5], [1, 2])])).toEqual([300, 1]);
  });
});

describe('what an acknowledgment tells of time', () => {
  const RTT = 100;

  //= RFC 6298 §3: Karn's algorithm
  test('the first that was sent once is the one that counts, be it acknowledged or told of', () => {
    const sentAt = (...word: Parameters<Flight['hear']>): number | undefined => {
      const flight = new Flight().send(1).pass(1).send(1).pass(1).send(8).pass(RTT);
      flight.hear(0, { sacks: [[4, 5]] });
      return flight.hear(...word).sentAt;
    };
    expect([sentAt(2), sentAt(5), sentAt(0, { sacks: [[1, 9]] })]).toEqual([0, 0, 1_000]);
    expect([sentAt(0, { sacks: [[4, 5]] }), sentAt(0)]).toEqual([undefined, undefined]);
    expect(sentAt(1, { sacks: [[2, 5]] })).toBe(0);
  });

  test('where something went again, it may have been that; what lies beyond a hole still counts', () => {
    const flight = new Flight().send(10).pass(RTT);
    flight.hear(0, { sacks: [[1, 4]] });
    expect(flight.repeat()).toEqual([0]);
    flight.pass(5).send(2).pass(RTT);
    expect(flight.hear(4).sentAt).toBe(undefined);
    expect(flight.hear(5, { sacks: [[10, 12]] }).sentAt).toBe(0);
    const other = new Flight().send(10).pass(RTT);
    other.hear(0, { sacks: [[1, 4]] });
    expect(other.repeat()).toEqual([0]);
    expect(other.pass(RTT).hear(6, { sacks: [[8, 10]] }).sentAt).toBe(0);
    const both = new Flight().send(10).pass(RTT);
    both.hear(0, { sacks: [[2, 5]] });
    both.repeat();
    both.pass(1).hear(0, { sacks: [[2, 8]] });
    expect(both.repeat()).toEqual([1]);
    // It was sent twice: neither counts.
    expect(both.pass(RTT).hear(0, { sacks: [[1, 8]] }).sentAt).toBe(undefined);
    // Nor does what the peer had told of before.
    expect(both.hear(8).sentAt).toBe(undefined);
  });

  //= RFC 6298 §5: (5.3)
  test('the retransmission timer begins anew when something is acknowledged, or told of that was sent before the first went again', () => {
    const flight = new Flight().send(10).pass(RTT);
    expect(flight.hear(0, { sacks: [[2, 3]] }).rearms).toBe(false);
    expect(flight.hear(0, { sacks: [[2, 5]] }).rearms).toBe(false);
    expect(flight.repeat()).toEqual([0]);
    expect(flight.pass(1).hear(0, { sacks: [[2, 6]] }).rearms).toBe(true);
    flight.send(2).pass(RTT);
    expect(flight.hear(0, { sacks: [[10, 12]] }).rearms).toBe(false);
    expect(flight.hear(0).rearms).toBe(false);
    expect(flight.hear(1, { sacks: [[10, 12]] }).rearms).toBe(true);
  });

  test('what went again and arrived tells of all that was sent before; an echo of the first transmission does not', () => {
    const lost = (timestamps: boolean, echoes: number | undefined, after = 150): number => {
      const flight = new Flight({ timestamps }).send(10).pass(RTT);
      flight.hear(0, { sacks: [[1, 4]], ...(echoes === undefined ? {} : { echoes: 0 }) });
      expect(flight.repeat()).toEqual([0]);
      flight.pass(after).hear(4, echoes === undefined ? {} : { echoes });
      return flight.counts.lost;
    };
    expect([lost(false, undefined), lost(false, 0), lost(true, undefined), lost(true, RTT * 1_000)]).toEqual([
      6, 6, 6, 6,
    ]);
    expect([lost(true, 0), lost(true, RTT * 1_000 - 1)]).toEqual([0, 0]);
    // Nor where the peer tells that it has both.
    for (const to of [1, 4]) {
      const flight = new Flight({ timestamps: true }).send(10).pass(RTT);
      flight.hear(0, { sacks: [[1, 4]], echoes: 0 });
      expect(flight.repeat()).toEqual([0]);
      const beyond: [number, number][] = to === 1 ? [[1, 4]] : [];
      flight.pass(150).hear(to, { sacks: [[0, 1], ...beyond], echoes: 0 });
      expect(flight.counts).toMatchObject({ unacknowledged: 10 - to, lost: 0 });
    }
    // Sooner than any round trip it cannot have been what went again.
    expect([lost(false, undefined, 99), lost(false, undefined, RTT)]).toEqual([0, 6]);
  });
});

test('with something that went again, nothing that was acknowledged is the last that tells of time', () => {
  const newest = (again: boolean): number | undefined => {
    const { tcb } = new Flight().send(2);
    const arrivals = new Arrivals(new Reversal());
    const { board } = arrivals;
    const { una, nxt } = tcb.snd;
    board.add(una, una + 1_000, 10);
    board.add(una + 1_000, nxt, 20);
    if (again) board.repeat(board.at(0)!, 30);
    const told = newTold(true, true, false, nxt, nxt);
    const segment = Object.assign(makeIncomingSegment(), { ack: nxt });
    arrivals.takeAcknowledged(tcb, segment, told, una, 40);
    return told.newestAt;
  };
  expect([newest(false), newest(true)]).toEqual([20, undefined]);
});

describe('duplicates, where SACK is not agreed', () => {
  const without = (count: number, duplicates: number): Flight => {
    const flight = new Flight({ sack: false }).send(count).pass(100);
    for (let i = 0; i < duplicates; i++) flight.hear(0);
    return flight;
  };
  const figures = ({ counts: { sacked }, recovery: { delivered, reordering, reordered } }: Flight): number[] => [
    sacked,
    delivered,
    reordering,
    reordered,
  ];

  test('each stands for a segment that has arrived, and an acknowledgment for one and those', () => {
    const flight = without(10, 4);
    expect(flight.repeat()).toEqual([0]);
    expect(figures(flight)).toEqual([4, 4, 3, 0]);
    // One that brings something is none.
    flight.hear(0, { renews: true });
    flight.hear(0, { octets: 1 });
    expect(figures(flight)).toEqual([4, 4, 3, 0]);
    // The first, and two of which duplicates had told.
    flight.hear(3);
    expect(figures(flight)).toEqual([2, 5, 3, 0]);
    flight.hear(4);
    expect(figures(flight)).toEqual([2, 6, 3, 0]);
    flight.hear(9);
    expect(figures(flight)).toEqual([0, 9, 3, 0]);
  });

  test('one segment at the least has not arrived: more duplicates tell that others came before it', () => {
    expect(figures(without(2, 1))).toEqual([1, 1, 3, 0]);
    expect(figures(without(2, 2))).toEqual([1, 1, 2, 1]);
    const flight = without(4, 2);
    flight.hear(2);
    expect(figures(flight)).toEqual([0, 3, 3, 0]);
    const late = without(3, 2);
    late.hear(1);
    expect(figures(late)).toEqual([0, 3, 3, 1]);
    // The two that seemed to have come were the first two.
    const many = without(310, 309);
    many.hear(0);
    expect(figures(many).slice(2)).toEqual([300, 1]);
  });
});
