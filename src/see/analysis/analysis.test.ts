import { describe, expect, test } from 'vitest';
import { analysisOf, follow, golden, stream } from '../../../test/conversations.ts';
import { Analysis, type Conversation } from './index.ts';
import type { EndSpace } from './send-space.ts';

const told = (text: string): Conversation => follow(new Analysis(), text).conversation(0)!;
const kinds = ({ frames }: Conversation): string[] => frames.map(({ kind }) => kind);

const HANDSHAKE = `
  0.0 > S  0(0) win 100
  0.1 < S. 0(0) ack 1 win 8
  0.2 > .  1(0) ack 1 win 100`;

test('of two resets, one behind octets that may not have come, nobody can tell which was obeyed: nor what the other end is now', () => {
  const { states, ending } = told(`${HANDSHAKE}
    0.9 > P. 1(5) ack 1
    1.0 > R. 6(0) ack 1
    1.1 < .  1(0) ack 1 win 8
    1.2 > R  1(0)`);
  expect([...states, ending]).toEqual(['CLOSED', 'unknown', 'reset']);
});

test('the window is a hard limit: stop at SND.UNA+SND.WND, go on when it moves', () => {
  const { frames } = told(`${HANDSHAKE}
    1.0 > P. 1(5) ack 1 win 100
    1.1 > P. 6(3) ack 1 win 100
    1.2 < .  1(0) ack 9 win 0
    1.3 < .  1(0) ack 9 win 8
    1.4 > P. 9(4) ack 1 win 100`);
  const account = frames.map((f) => [f.inFlight[0], f.allowed[0], f.usable[0], f.stopped[0], f.resumes]);
  expect(account).toEqual([
    [1, undefined, undefined, false, false],
    [0, 8, 8, false, false],
    [0, 8, 8, false, false],
    [5, 8, 3, false, false],
    [8, 8, 0, true, false],
    [0, 0, 0, true, false],
    [0, 8, 8, false, false],
    [4, 8, 4, false, true],
  ]);
  expect(frames.map(({ kind }) => kind).slice(3)).toEqual(['data', 'data', 'zero window', 'window update', 'data']);
});

test.each([
  // Drawn back: RFC 9293 has 50, Linux 100. Then 70: 70 or 100.
  ['2.0 < . 1(0) ack 1 win 50', '2.1 < . 1(0) ack 1 win 70', '2.2 < . 1(0) ack 6 win 70'],
  // An older segment that acknowledges more: RFC 9293 has 100, Linux 50; then an older one still.
  ['2.0 < P. 9(5) ack 1 win 100', '2.1 < P. 1(4) ack 6 win 50', '2.2 < P. 14(4) ack 6 win 90'],
])('a window that RFC 9293 and Linux see differently is not sure: %s', (...lines) => {
  const head = `${HANDSHAKE}\n1.0 < P. 1(0) ack 1 win 100\n1.1 > P. 1(5) ack 1 win 100\n`;
  const disputed = (count: number): boolean => told(head + lines.slice(0, count).join('\n')).spaces[0].disputed;
  const first = lines[0].includes('P.') ? [false, true, false] : [true, true, false];
  expect([1, 2, 3].map(disputed)).toEqual(first);
});

test('of windows that segments with the same numbers tell of the last to arrive counts, and who watches them leave cannot know it', () => {
  const lines = ['1.0 < . 1(0) ack 1 win 50', '1.1 < . 1(0) ack 1 win 70', '1.2 < . 1(0) ack 1 win 70'];
  const end = (more: string): [number | undefined, boolean, boolean] => {
    const { window, disputed, unsure } = told([HANDSHAKE, '0.9 > P. 1(5) ack 1', ...lines, more].join('\n')).spaces[0];
    return [window, disputed, unsure];
  };
  expect(end('')).toEqual([70, true, false]);
  expect(end('2.0 < . 1(0) ack 6 win 70')).toEqual([70, false, false]);
  // The first SYN,ACK had a number before.
  expect(told(`${HANDSHAKE}\n1.0 < . 1(0) ack 1 win 70`).spaces[0]).toMatchObject({ window: 70, disputed: false });
});

describe('what an end takes is known', () => {
  const OPEN = `${HANDSHAKE}
    0.3 < .  1(0) ack 1 win 100
    0.4 > P. 1(20) ack 1`;
  const end = (text: string): Pick<EndSpace, 'una' | 'window' | 'unsure' | 'disputed'> => {
    const { una, window, unsure, disputed } = told(`${OPEN}\n${text}`).spaces[0];
    return { una: una! + 6, window, unsure, disputed };
  };
  const sure = { unsure: false, disputed: false };

  test('where RFC 9293 and Linux take a window from segments of their own, and both come to the same', () => {
    // Octets pass over an earlier segment, which acknowledges more: only Linux takes its window, which is the one there is.
    const late = '1.0 < P. 9(5) ack 1 win 100\n1.1 < P. 1(4) ack 6 win 100';
    expect(end(late)).toEqual({ una: 6, window: 100, ...sure });
    expect(end(late.replace(/100$/, '50'))).toEqual({ una: 6, window: 100, unsure: false, disputed: true });
    // From here on the first is right and Linux the one with the older segment: both take the window of a later one.
    expect(end(`${late.replace(/100$/, '50')}\n1.2 < . 14(0) ack 6 win 70`)).toEqual({ una: 6, window: 70, ...sure });
  });

  test('where a segment comes that most drop, and would say nothing new', () => {
    const octets = '1.0 < P. 1(5) ack 6 win 90\n1.1 > . 21(0) ack 6';
    // It ends at what has been acknowledged: Linux looks at it, RFC 9293 does not.
    expect(end(`${octets}\n1.2 < P. 1(5) ack 6 win 90`)).toEqual({ una: 6, window: 90, ...sure });
    // One that acknowledges more may have been taken: what acknowledges less afterwards does not tell.
    const doubted = `${octets}\n1.2 < P. 1(5) ack 9 win 90\n1.3 < . 6(0) ack 8 win 90`;
    expect(end(doubted)).toMatchObject({ una: 8, unsure: true });
    expect(end(`${doubted}\n1.4 < . 6(0) ack 9 win 90`)).toEqual({ una: 9, window: 90, ...sure });
    for (const news of ['ack 6 win 80', 'ack 9 win 90'])
      expect(end(`${octets}\n1.2 < P. 1(5) ${news}`)).toMatchObject({ una: 6, window: 90, unsure: true });
    // With a number that is not the one that gave the window it gives none.
    const more = `${octets}\n1.15 < P. 6(5) ack 6 win 85\n1.2 > . 21(0) ack 11`;
    expect(end(`${more}\n1.3 < P. 1(10) ack 6 win 70`)).toEqual({ una: 6, window: 85, ...sure });
  });

  test('where octets come late that nobody has seen, and not where they come again', () => {
    const behind = '1.0 < P. 11(5) ack 1 win 100';
    expect(end(`${behind}\n1.1 < P. 1(10) ack 6 win 100`)).toEqual({ una: 6, window: 100, ...sure });
    // What is missing was before it: it is not old, whether it is here or not.
    expect(end(`${behind}\n1.1 < P. 11(5) ack 6 win 100`)).toEqual({ una: 6, window: 100, ...sure });
    expect(end('1.0 < P. 1(5) ack 1 win 100\n1.1 < P. 1(5) ack 6 win 100')).toMatchObject({ una: 6, unsure: true });
    // The end has told that it has the octets that were not captured.
    const missed = `${behind}\n1.1 > . 21(0) ack 16\n1.2 < P. 16(5) ack 1`;
    expect(end(`${missed}\n1.3 < P. 16(5) ack 6 win 100`)).toMatchObject({ una: 6, unsure: true });
  });

  test('where windows came with the same numbers and timestamps that tell which was the last', () => {
    const all = `${OPEN.replaceAll('win 100', 'win 100 ts 7').replace('win 8', 'win 8 ts 7').replace('(20) ack 1', '(20) ack 1 ts 8')}
      0.9 < . 1(0) ack 6 win 50 ts 10
      1.1 < . 1(0) ack 6 win 70 ts 12`;
    const space = (text: string): object => told(text).spaces[0];
    expect(space(all)).toMatchObject({ window: 70, ...sure });
    // Linux takes one that is older by 1.
    expect(space(all.replace('ts 12', 'ts 11'))).toMatchObject({ window: 70, disputed: true });
    expect(space(all.replaceAll(/ ts \d+/g, ''))).toMatchObject({ window: 70, disputed: true });
    // Octets before it have not been acknowledged: the end does not keep such a timestamp (RFC 7323 §4.3), and lets the older one pass.
    const ahead = all.replaceAll('< . 1(0) ack 6', '< . 9(0) ack 6');
    expect(space(ahead)).toMatchObject({ window: 70, disputed: true });
  });
});

test('an acknowledgment names its frame and counts octets, not SYN and FIN', () => {
  const { frames } = told(`${HANDSHAKE}
    1.0 > P. 1(5) ack 1
    1.1 > F. 6(3) ack 1
    1.2 < .  1(0) ack 6
    1.3 < F. 1(0) ack 10
    1.4 > .  10(0) ack 2`);
  expect(
    frames.map((f) => [f.acknowledged, f.acknowledgesFrame, f.acknowledgesSyn, f.acknowledgesFin]).slice(1),
  ).toEqual([
    [0, 1, true, false],
    [0, 2, true, false],
    [0, undefined, false, false],
    [0, undefined, false, false],
    [5, 4, false, false],
    [3, 5, false, true],
    [0, 7, false, true],
  ]);
});

test('what is sent again is told from what is new', () => {
  const conversation = told(`${HANDSHAKE}
    1.0 > P. 1(5) ack 1
    1.1 > P. 1(5) ack 1
    1.2 > P. 1(8) ack 1
    1.3 > P. 20(5) ack 1
    1.4 > P. 10(3) ack 1`);
  const sorted = conversation.frames.slice(3).map((f) => [f.newOctets, f.lateOctets, f.oldOctets, f.repeats, f.gap]);
  expect(sorted).toEqual([
    [5, 0, 0, undefined, 0],
    [0, 0, 5, 4, 0],
    [3, 0, 5, 5, 0],
    [5, 0, 0, undefined, 11],
    // It fills the gap: late or sent again, but no frame that was seen carried it.
    [0, 3, 0, undefined, 0],
  ]);
  expect(conversation.counts[0]).toEqual({ segments: 7, octets: 16, repeats: 2 });
});

test('each octet is counted once, in whatever order it comes, and what was acknowledged before it was seen', () => {
  const octets = (text: string): number => told(`${HANDSHAKE}\n${text}`).counts[0].octets;
  expect(octets('1 > . 21(10) ack 1\n1 > . 11(10) ack 1\n1 > . 1(40) ack 1\n1 > . 15(10) ack 1')).toBe(40);
  expect(octets('1 < . 1(0) ack 11\n1 > . 1(10) ack 1\n1 > . 1(10) ack 1')).toBe(10);
  // A number that is only said is not sent.
  expect(octets('1 > . 11(0) ack 1\n1 > . 1(10) ack 1\n1 > . 11(5) ack 1')).toBe(15);
});

test('what is sent again is known long after the frame that carried it is forgotten', () => {
  const many = Array.from({ length: 100 }, (_, i) => `1 > . ${1 + 10 * i}(10) ack 1`).join('\n');
  const { frames, counts } = told(`${HANDSHAKE}\n${many}\n2 > . 1(10) ack 1`);
  expect(frames.at(-1)).toMatchObject({ repeats: undefined, newOctets: 0, lateOctets: 0, oldOctets: 10 });
  expect(counts[0]).toMatchObject({ octets: 1000, repeats: 1 });
});

test('where a capture began in the middle, lower numbers may come behind higher ones; one octet may be a keep-alive', () => {
  const { frames, counts } = told('0 > . 20(5) ack 1\n1 > . 10(5) ack 1\n2 > . 12(10) ack 1\n3 > . 5(1) ack 1');
  expect(frames.map(({ newOctets, lateOctets, oldOctets }) => [newOctets, lateOctets, oldOctets])).toEqual([
    [5, 0, 0],
    [0, 5, 0],
    [0, 5, 5],
    [0, 0, 0],
  ]);
  expect(counts[0]).toMatchObject({ octets: 15, repeats: 1 });
});

test('who asks again after a refusal, and is answered, was not refused', () => {
  const asked = '0 > S 0(0)\n0.1 < R. 0(0) ack 1\n0.5 > S 0(0)';
  expect(told(asked)).toMatchObject({ ending: 'no answer', reset: undefined });
  expect(told(`${asked}\n0.6 < R. 0(0) ack 1`)).toMatchObject({ ending: 'refused', reset: { from: 1, frame: 4 } });
  const agreed = told(`${asked}\n0.6 < S. 0(0) ack 1\n0.7 > . 1(0) ack 1\n0.8 < P. 1(3) ack 1`);
  expect(agreed).toMatchObject({ ending: 'open', reset: undefined, states: ['ESTABLISHED', 'ESTABLISHED'] });
});

test('a reset that clears an older connection away ends none', () => {
  const cleared = '0 > S 0(0)\n0.1 < . 77(0) ack 99\n0.2 > R 99(0)';
  expect(told(cleared)).toMatchObject({ ending: 'open', reset: undefined });
  const agreed = told(`${cleared}\n1 > S 0(0)\n1.1 < S. 2000000000(0) ack 1\n1.2 > . 1(0) ack 2000000001`);
  expect(agreed).toMatchObject({ ending: 'open', states: ['ESTABLISHED', 'ESTABLISHED'] });
  expect(told('0 > S 0(0)\n0.1 < S. 0(0) ack 1\n0.2 > R 1(0)\n1 > S 0(0)').ending).toBe('no answer');
});

test('a port that refused, or knew an older connection, counts anew from its SYN', () => {
  const later = '2 > S 0(0)\n3 < S. 2000000000(0) ack 1\n4 > . 1(0) ack 2000000001\n5 < . 2000000001(9) ack 1';
  const refused = told(`0 > S 0(0)\n1 < R. 0(0) ack 1\n${later}`);
  expect(refused.counts[1]).toMatchObject({ octets: 9, repeats: 0 });
  expect(told(`0 > S 0(0)\n1 < . 77(0) ack 99\n${later}`).counts[1]).toMatchObject({ octets: 9, repeats: 0 });
  // A SYN that only came late begins nothing.
  const late = told('0 > . 1(5) ack 1\n1 > S 0(0)\n2 > . 1(5) ack 1');
  expect(late.counts[0]).toMatchObject({ octets: 5, repeats: 1 });
});

describe('probes', () => {
  test("Linux's zero-window probes are not keep-alives", () => {
    const { frames } = analysisOf(golden('zw.pcapng')).conversation(0)!;
    expect(frames.slice(6, 16).map(({ kind }) => kind)).toEqual([
      'zero window',
      'zero-window probe',
      'probe answer',
      'zero-window probe',
      'zero-window probe',
      'probe answer',
      'zero-window probe',
      'probe answer',
      'window update',
      'data',
    ]);
  });

  test('keep-alives and their answers', () => {
    const all = kinds(analysisOf(golden('kernel__keepalive.pcap')).conversation(0)!);
    expect(all.slice(5, 13)).toEqual(new Array(4).fill(['keep-alive', 'keep-alive answer']).flat());
  });

  test('one octet sent again is no keep-alive, and one new octet into a closed window is a probe', () => {
    expect(kinds(told(`${HANDSHAKE}\n1.0 > P. 1(1) ack 1\n1.2 > P. 1(1) ack 1`)).slice(3)).toEqual(['data', 'data']);
    expect(
      kinds(told(`${HANDSHAKE}\n1.0 > P. 1(8) ack 1\n1.1 < . 1(0) ack 9 win 0\n1.4 > . 9(1) ack 1`)).slice(3),
    ).toEqual(['data', 'zero window', 'zero-window probe']);
  });
});

test('who is the client', () => {
  expect(told('0 < S 0(0)').client).toBe(1);
  expect(told('0 < S. 0(0) ack 1')).toMatchObject({ client: 0, clientKnown: true, complete: false });
  expect(told('0 < . 1(0) ack 1')).toMatchObject({ client: 0, clientKnown: false, complete: false });
});

test('how it ended', () => {
  expect(told('0 > S 0(0)\n1 > S 0(0)')).toMatchObject({ ending: 'no answer' });
  expect(told('0 > S 0(0)\n1 < R. 0(0) ack 1')).toMatchObject({ ending: 'refused', reset: { from: 1, frame: 2 } });
  expect(told(`${HANDSHAKE}\n1 > R. 1(0) ack 1`)).toMatchObject({ ending: 'reset', reset: { from: 0, frame: 4 } });
  expect(told(`${HANDSHAKE}\n1 > F. 1(0) ack 1\n2 < . 1(0) ack 2`)).toMatchObject({
    ending: 'open',
    firstFin: { from: 0, frame: 4 },
  });
  expect(told(`${HANDSHAKE}\n1 > F. 1(0) ack 1\n2 < F. 1(0) ack 2\n3 > . 2(0) ack 2`)).toMatchObject({
    ending: 'orderly',
    handshake: 200_000_000,
  });
});

test('of one direction: what an end acknowledges or resets tells that it was answered', () => {
  const client = told('0 > S 0(0)\n1 > . 1(0) ack 1\n2 > . 1(0) ack 1\n3 > . 1(0) ack 9');
  expect(client.ending).toBe('open');
  expect(client.frames.map(({ kind }) => kind)).toEqual(['SYN', 'ACK of SYN', 'repeated ACK', 'ACK']);
  // A scanner does not acknowledge: it resets.
  expect(told('0 > S 0(0)\n1 > R 1(0)').ending).toBe('reset');
  const both = told('0 > S 0(0)\n1 < S. 0(0) ack 1\n2 > . 1(0) ack 1\n3 > . 1(0) ack 1');
  expect(both.frames.map(({ kind }) => kind)).toEqual(['SYN', 'SYN,ACK', 'ACK of SYN', 'repeated ACK']);
});

test('an ACK that answers a SYN with other numbers is a challenge, and the reset to it moves only the other end', () => {
  const { frames, states } = told('0 > S 0(0)\n0.1 < . 1(0) ack 4294467297\n0.2 > R 4294467297(0)');
  expect(frames.map(({ kind }) => kind)).toEqual(['SYN', 'challenge ACK', 'RST']);
  expect(states[0]).toBe('SYN-SENT');
});

test('no rule of TCP makes such segments', () => {
  expect(kinds(told('0 > none 1(0)\n1 > F 1(0)\n2 > SF 1(0)\n3 > SR 1(0)'))).toEqual(['odd', 'odd', 'odd', 'odd']);
});

test('tables have limits', () => {
  const analysis = new Analysis({ maxConversations: 2, maxKept: 3 });
  for (const index of [0, 1, 2]) follow(analysis, `${HANDSHAKE}\n1 > F. 1(0) ack 1`, { ...stream, index });
  expect(analysis.conversations.map(({ index }) => index)).toEqual([0, 1]);
  expect(analysis.ignored).toBe(4);
  expect(analysis.conversation(0)).toMatchObject({ segments: 4, states: ['FIN-WAIT-1', 'CLOSE-WAIT'] });
  expect(analysis.conversation(0)!.frames).toHaveLength(3);
  expect(analysis.unkept).toBe(2);
});

test('what all conversations keep together has a limit of its own', () => {
  const analysis = new Analysis({ maxKeptInAll: 6 });
  for (const index of [0, 1, 2]) follow(analysis, `${HANDSHAKE}\n1 > F. 1(0) ack 1`, { ...stream, index });
  expect(analysis.conversations.map(({ frames }) => frames.length)).toEqual([4, 2, 0]);
  expect(analysis.unkept).toBe(6);
  expect(analysis.conversation(2)).toMatchObject({ segments: 4, states: ['FIN-WAIT-1', 'CLOSE-WAIT'] });
});

test('an acknowledgment names the frame whose end it reaches, not one sent later', () => {
  const { frames } = told(`${HANDSHAKE}
    1.0 > P. 1(2) ack 1
    1.1 > P. 3(2) ack 1
    1.2 > P. 1(2) ack 1
    1.3 < .  1(0) ack 5`);
  expect(frames.at(-1)).toMatchObject({ acknowledgesFrame: 5, acknowledged: 4 });
});

test('the log of frames forgets the oldest and keeps the nearest', () => {
  const many = Array.from({ length: 100 }, (_, i) => `1 > P. ${1 + i}(1) ack 1`).join('\n');
  const { frames } = told(`${HANDSHAKE}\n${many}\n2 < . 1(0) ack 2\n2 < . 1(0) ack 90\n2 < . 1(0) ack 101`);
  expect(frames.slice(-3).map(({ acknowledgesFrame }) => acknowledgesFrame)).toEqual([undefined, 92, 103]);
});

test('options out of range are refused', () => {
  expect(() => new Analysis({ maxConversations: 0 })).toThrow('maxConversations is a whole number from 1');
  expect(() => new Analysis({ maxKept: -1 })).toThrow('maxKept is a whole number from 0');
  expect(() => new Analysis({ maxKeptInAll: Number.NaN })).toThrow('maxKeptInAll is a whole number from 0');
});
