import { describe, expect, test } from 'vitest';
import { analysisOf, follow, golden } from '../../../test/conversations.ts';
import { Analysis, type Conversation } from './index.ts';

/** Initial states, then one line a frame: the client's state, the server's; states passed through before a +. */
function story({ client, frames, initial }: Conversation): string[] {
  const server = client === 0 ? 1 : 0;
  return [
    `${initial[client]} ${initial[server]}`,
    ...frames.map(({ states, via }) => [client, server].map((end) => [...via[end]!, states[end]!].join('+')).join(' ')),
  ];
}

const told = (text: string): string[] => story(follow(new Analysis(), text).conversation(0)!);
const captured = (name: string, index = 0): string[] => story(analysisOf(golden(name)).conversation(index)!);

test('who asks again after a refusal may be answered', () => {
  const asked = '0 > S 0(0)\n0.1 < R. 0(0) ack 1\n0.5 > S 0(0)\n0.6 < S. 0(0) ack 1';
  expect(told(`${asked}\n0.7 > . 1(0) ack 1`).slice(3)).toEqual([
    'SYN-SENT CLOSED',
    'unknown SYN-RECEIVED',
    'ESTABLISHED ESTABLISHED',
  ]);
  // It had the refusal when the answer came.
  expect(told(`${asked}\n0.7 > R 1(0)`).slice(4)).toEqual(['unknown SYN-RECEIVED', 'CLOSED CLOSED']);
});

test('of one direction: acknowledging more than the SYN shows that an end has the acknowledgment of its own', () => {
  expect(told('0 < S. 0(0) ack 1\n1 < . 1(0) ack 1\n2 < . 1(0) ack 9')).toEqual([
    'SYN-SENT unknown',
    'ESTABLISHED SYN-RECEIVED',
    'ESTABLISHED SYN-RECEIVED',
    'ESTABLISHED ESTABLISHED',
  ]);
});

const HANDSHAKE = `
  0.0 > S  0(0)
  0.1 < S. 0(0) ack 1
  0.2 > .  1(0) ack 1`;
const OPEN = ['CLOSED LISTEN', 'SYN-SENT SYN-RECEIVED', 'ESTABLISHED SYN-RECEIVED', 'ESTABLISHED ESTABLISHED'];

describe('captures', () => {
  test('an orderly connection, and a refused one', () => {
    expect(captured('lo.pcapng')).toEqual([
      ...OPEN,
      'ESTABLISHED ESTABLISHED',
      'ESTABLISHED ESTABLISHED',
      'FIN-WAIT-1 CLOSE-WAIT',
      'TIME-WAIT LAST-ACK',
      'TIME-WAIT CLOSED',
    ]);
    expect(captured('lo.pcapng', 1)).toEqual(['CLOSED CLOSED', 'SYN-SENT CLOSED', 'CLOSED CLOSED']);
  });

  test('a server that closes with unread data aborts', () => {
    const states = captured('kernel__close-with-unread-data.pcap');
    expect(states.slice(0, 4)).toEqual(OPEN);
    expect(new Set(states.slice(4, -1))).toEqual(new Set(['ESTABLISHED ESTABLISHED']));
    expect(states.at(-1)).toBe('CLOSED CLOSED');
  });

  test('a half-close: the server goes on sending for 75 frames', () => {
    const states = captured('kernel__half-close.pcap');
    expect(states.slice(0, 4)).toEqual(OPEN);
    // Frame 6 does not acknowledge the FIN of frame 5, so it was sent before that came; frame 7 does.
    expect(states.slice(4, 8)).toEqual([
      'ESTABLISHED ESTABLISHED',
      'FIN-WAIT-1 ESTABLISHED',
      'FIN-WAIT-1 ESTABLISHED',
      'FIN-WAIT-2 CLOSE-WAIT',
    ]);
    expect(new Set(states.slice(8, 82))).toEqual(new Set(['FIN-WAIT-2 CLOSE-WAIT']));
    expect(states.slice(82)).toEqual(['TIME-WAIT LAST-ACK', 'TIME-WAIT CLOSED']);
  });

  test('a simultaneous open, and at its end a simultaneous close', () => {
    expect(captured('kernel__simultaneous-open.pcap')).toEqual([
      'CLOSED CLOSED',
      'SYN-SENT CLOSED',
      'SYN-RECEIVED SYN-SENT',
      'SYN-RECEIVED SYN-RECEIVED',
      'ESTABLISHED SYN-RECEIVED',
      ...new Array<string>(5).fill('ESTABLISHED ESTABLISHED'),
      'FIN-WAIT-1 ESTABLISHED',
      'FIN-WAIT-1 ESTABLISHED',
      'CLOSING FIN-WAIT-1',
      'CLOSING CLOSING+TIME-WAIT',
    ]);
  });

  test('a stray segment of an older connection, then a reset that crosses a FIN', () => {
    expect(captured('kernel__simultaneous-close.pcap')).toEqual(['unknown unknown', 'unknown unknown']);
    expect(captured('kernel__simultaneous-close.pcap', 1)).toEqual([
      ...OPEN,
      'ESTABLISHED ESTABLISHED',
      'ESTABLISHED ESTABLISHED',
      'FIN-WAIT-1 ESTABLISHED',
      'CLOSED CLOSED',
      'CLOSED CLOSED',
    ]);
  });

  test('a closed window does not move a state', () => {
    const states = captured('zw.pcapng');
    expect(states.slice(0, 4)).toEqual(OPEN);
    expect(new Set(states.slice(4, 42))).toEqual(new Set(['ESTABLISHED ESTABLISHED']));
    expect(states.slice(42)).toEqual([
      'FIN-WAIT-1 CLOSE-WAIT',
      'FIN-WAIT-2 CLOSE-WAIT',
      'TIME-WAIT LAST-ACK',
      'TIME-WAIT CLOSED',
    ]);
  });

  test('ports used again are a new conversation', () => {
    for (const index of [0, 1, 2])
      expect(captured('kernel__port-reuse.pcap', index)).toEqual([
        ...OPEN,
        'ESTABLISHED ESTABLISHED',
        'FIN-WAIT-1 ESTABLISHED',
        // Frame 6 acknowledges the data only, frame 7 the FIN too.
        'FIN-WAIT-1 ESTABLISHED',
        'FIN-WAIT-2 CLOSE-WAIT',
        'FIN-WAIT-2 CLOSE-WAIT',
        'CLOSED CLOSED',
      ]);
  });

  test('a SYN that nobody answers tells nothing of the other end', () => {
    expect(captured('kernel__syn-blackhole.pcap')).toEqual([
      'CLOSED unknown',
      ...new Array<string>(7).fill('SYN-SENT unknown'),
    ]);
  });
});

describe('by hand', () => {
  test('an old SYN that is answered once more begins another connection, which its other end resets', () => {
    expect(
      told(`${HANDSHAKE}
      1.0 > P. 1(5) ack 1
      1.1 > R. 6(0) ack 1
      1.2 > S  0(0)
      1.3 < S. 7000(0) ack 1
      1.4 > R  1(0)`),
    ).toEqual([
      ...OPEN,
      'ESTABLISHED ESTABLISHED',
      'CLOSED CLOSED',
      'CLOSED CLOSED',
      'CLOSED LISTEN+SYN-RECEIVED',
      'CLOSED CLOSED',
    ]);
  });

  test('who has given up a handshake, and forgotten it, begins another with the SYN that comes again', () => {
    const text = `
      0.0 > S  0(0) win 100
      0.1 < S. 0(0) ack 1 win 8
      3.0 > S  0(0) win 100
      3.1 < S. 7000(0) ack 1 win 9
      3.2 > .  1(0) ack 7001`;
    expect(told(text).slice(2)).toEqual([
      'SYN-SENT SYN-RECEIVED',
      'SYN-SENT SYN-RECEIVED',
      'ESTABLISHED LISTEN+SYN-RECEIVED',
      'ESTABLISHED ESTABLISHED',
    ]);
    const analysis = new Analysis();
    follow(analysis, text);
    expect(analysis.conversation(0)!.spaces[1]).toMatchObject({ una: 5000 + 7001, unsure: false });
  });

  test('what an end says of an older connection, before it answers the SYN, is none of this one', () => {
    const text = `
      0.0 > S  0(0) win 100
      0.1 < P. 4000(90) ack 3000 win 50
      0.2 > R  3000(0)
      1.0 > S  0(0) win 100
      1.1 < S. 4050(0) ack 1 win 9
      1.2 > .  1(0) ack 4051`;
    expect(told(text).slice(-2)).toEqual(['ESTABLISHED LISTEN+SYN-RECEIVED', 'ESTABLISHED ESTABLISHED']);
    const [client, server] = follow(new Analysis(), text).conversation(0)!.spaces;
    expect(client).toMatchObject({ una: 1 - 6, window: 9, unsure: false });
    expect(server).toMatchObject({ una: 4051 + 5000, next: 4051 + 5000, rcvWnd: 9, unsure: false });
  });

  test('a reset with the number that its receiver acknowledged last is not exact when more has come since', () => {
    const states = told(`${HANDSHAKE}
      1.0 < P. 1(5) ack 1
      1.1 > .  1(0) ack 6
      1.2 < P. 6(5) ack 1
      1.3 < R  6(0)
      1.4 < R  11(0)`);
    expect(states.slice(-3)).toEqual(['ESTABLISHED ESTABLISHED', 'unknown CLOSED', 'CLOSED CLOSED']);
  });

  test('a reset behind octets that stood in a closed window is not exact: they were acknowledged by nobody', () => {
    const states = told(`
      0.0 > S  0(0) win 5
      0.1 < S. 0(0) ack 1
      0.2 > .  1(0) ack 1 win 5
      1.0 < P. 1(5) ack 1
      1.1 > .  1(0) ack 6 win 0
      1.2 < P. 6(5) ack 1
      1.3 < R  11(0)`);
    expect(states.slice(-2)).toEqual(['ESTABLISHED ESTABLISHED', 'unknown CLOSED']);
  });

  test('a SYN,ACK with another number does not unmake a connection', () => {
    expect(told(`${HANDSHAKE}\n1.0 < S. 7000(0) ack 1`)).toEqual([...OPEN, 'ESTABLISHED ESTABLISHED']);
  });

  test('figure 13: FINs that cross', () => {
    expect(
      told(`${HANDSHAKE}
      1.00 > F. 1(0) ack 1
      1.01 < F. 1(0) ack 1
      1.10 > .  2(0) ack 2
      1.11 < .  2(0) ack 2`),
    ).toEqual([
      ...OPEN,
      'FIN-WAIT-1 ESTABLISHED',
      'CLOSING FIN-WAIT-1',
      'CLOSING CLOSING+TIME-WAIT',
      'TIME-WAIT TIME-WAIT',
    ]);
  });

  test('the server closes first', () => {
    expect(
      told(`${HANDSHAKE}
      1.0 < F. 1(0) ack 1
      1.1 > .  1(0) ack 2
      1.2 > F. 1(0) ack 2
      1.3 < .  2(0) ack 2`),
    ).toEqual([...OPEN, 'CLOSE-WAIT FIN-WAIT-1', 'CLOSE-WAIT FIN-WAIT-2', 'LAST-ACK TIME-WAIT', 'CLOSED TIME-WAIT']);
  });

  test('data after a FIN was sent, but before it came, takes CLOSE-WAIT back', () => {
    expect(
      told(`${HANDSHAKE}
      1.0 > F.  1(0) ack 1
      1.1 < P.  1(10) ack 1
      1.2 < P. 11(10) ack 1
      1.3 > .   2(0) ack 21
      1.4 < .  21(0) ack 2`),
    ).toEqual([
      ...OPEN,
      'FIN-WAIT-1 ESTABLISHED',
      'FIN-WAIT-1 ESTABLISHED',
      'FIN-WAIT-1 ESTABLISHED',
      'FIN-WAIT-1 CLOSE-WAIT',
      'FIN-WAIT-2 CLOSE-WAIT',
    ]);
  });

  test('a SYN sent again shows that the SYN,ACK had not come', () => {
    expect(
      told(`
      0.0 > S  0(0)
      0.1 < S. 0(0) ack 1
      1.0 > S  0(0)
      1.1 < S. 0(0) ack 1
      1.2 > .  1(0) ack 1`),
    ).toEqual([
      'CLOSED LISTEN',
      'SYN-SENT SYN-RECEIVED',
      'SYN-SENT SYN-RECEIVED',
      // The second SYN is no news to the server, but behind it the first SYN,ACK counts as come; the client's ACK confirms it.
      'SYN-SENT SYN-RECEIVED',
      'ESTABLISHED SYN-RECEIVED',
      'ESTABLISHED ESTABLISHED',
    ]);
  });

  test('timestamps that one end only has offered are asked of nobody', () => {
    for (const [first, second] of [
      [' ts 7', ''],
      ['', ' ts 7'],
    ])
      expect(
        told(`
          0.0 > S  0(0)${first}
          0.1 < S. 0(0) ack 1${second}
          0.2 > .  1(0) ack 1
          0.3 > P. 1(5) ack 1
          0.4 < F. 1(0) ack 6`),
      ).toEqual([...OPEN, 'ESTABLISHED ESTABLISHED', 'CLOSE-WAIT FIN-WAIT-1']);
  });

  test('a SYN,ACK sent again shows that the ACK had not come', () => {
    expect(
      told(`${HANDSHAKE}
      1.1 < S. 0(0) ack 1
      1.2 > .  1(0) ack 1`),
    ).toEqual([...OPEN.slice(0, 3), 'ESTABLISHED SYN-RECEIVED', 'ESTABLISHED SYN-RECEIVED', 'ESTABLISHED ESTABLISHED']);
  });

  test('a FIN sent again moves nothing', () => {
    expect(
      told(`${HANDSHAKE}
      1.0 > F. 1(0) ack 1
      1.3 > F. 1(0) ack 1
      1.4 < F. 1(0) ack 2
      1.5 > .  2(0) ack 2`),
    ).toEqual([...OPEN, 'FIN-WAIT-1 CLOSE-WAIT', 'FIN-WAIT-1 CLOSE-WAIT', 'TIME-WAIT LAST-ACK', 'TIME-WAIT CLOSED']);
  });

  test('a lost FIN is not received', () => {
    expect(
      told(`${HANDSHAKE}
      1.0-lost > F. 1(0) ack 1
      1.3-1.4  > F. 1(0) ack 1`),
    ).toEqual([...OPEN, 'FIN-WAIT-1 ESTABLISHED', 'FIN-WAIT-1 CLOSE-WAIT']);
  });

  test('where arrivals are known, states follow the clock', () => {
    expect(
      told(`
      0.00-0.05 > S  0(0)
      0.05-0.10 < S. 0(0) ack 1
      0.10-0.15 > .  1(0) ack 1
      0.11-0.16 > P. 1(5) ack 1
      0.60-0.65 > F. 6(0) ack 1
      0.61-0.66 < F. 1(0) ack 6
      0.67-0.72 > .  7(0) ack 2
      0.68-0.73 < .  2(0) ack 7`),
    ).toEqual([
      ...OPEN,
      'ESTABLISHED ESTABLISHED',
      // The server has the FIN of this frame, when it comes, in FIN-WAIT-1 already.
      'FIN-WAIT-1 CLOSING',
      'CLOSING FIN-WAIT-1',
      'CLOSING TIME-WAIT',
      // And it sends this one before the one above comes.
      'TIME-WAIT CLOSING',
    ]);
  });

  test('a reset that its receiver had not got when it sent', () => {
    expect(
      told(`${HANDSHAKE}
      1.0 < R. 1(0) ack 1
      1.1 > P. 1(5) ack 1
      1.2 < R  1(0)`),
    ).toEqual([...OPEN, 'ESTABLISHED CLOSED', 'ESTABLISHED CLOSED', 'CLOSED CLOSED']);
  });

  test('a reset that came to nothing leaves unclear what was so before it', () => {
    const states = told(`${HANDSHAKE}
      0.3 > F. 11(0) ack 1
      0.4 < .  1(0) ack 1
      0.5 > .  1(10) ack 1
      0.6 > R  1(0)
      0.7 < .  1(0) ack 12`);
    expect(states.slice(-4)).toEqual([
      'FIN-WAIT-1 ESTABLISHED',
      'FIN-WAIT-1 unknown',
      'CLOSED unknown',
      'CLOSED CLOSE-WAIT',
    ]);
  });

  test('a FIN that had not come leaves unclear whether the acknowledgment had that came with octets sent before', () => {
    const states = told(`${HANDSHAKE}
      0.2 > .  1(10) ack 1
      0.3 > F. 11(5) ack 1
      0.4 < F. 1(0) ack 1
      0.5 > .  1(10) ack 2
      0.6 < .  2(0) ack 11
      0.7 > F. 11(5) ack 2
      0.8 < .  2(0) ack 11`);
    expect(states.slice(-5)).toEqual(['CLOSING FIN-WAIT-1', ...Array(4).fill('CLOSING unknown')]);
  });

  test('a reset of an older connection, which comes late, moves nobody', () => {
    const states = told(`
      0.0 > S  1000(0)
      0.1 < S. 1000(0) ack 1001
      0.2 > R  500(0)
      0.2 > R. 600(0) ack 800
      0.3 > .  1001(0) ack 1001`);
    expect(states.slice(-4)).toEqual([
      'ESTABLISHED SYN-RECEIVED',
      'ESTABLISHED SYN-RECEIVED',
      'ESTABLISHED SYN-RECEIVED',
      'ESTABLISHED ESTABLISHED',
    ]);
  });

  test('a reset with a number out of the window moves only its sender', () => {
    expect(
      told(`${HANDSHAKE}
      1.0 < R. 900(0) ack 1`),
    ).toEqual([...OPEN, 'ESTABLISHED CLOSED']);
  });

  test('begun in the middle: unknown until both have sent data', () => {
    expect(
      told(`
      0.0 > .  1(0) ack 1
      0.1 < P. 1(10) ack 1
      0.2 > .  1(0) ack 11
      0.3 > P. 1(10) ack 11
      0.4 > F. 11(0) ack 11`),
    ).toEqual([
      'unknown unknown',
      'unknown unknown',
      'unknown unknown',
      'unknown unknown',
      'ESTABLISHED ESTABLISHED',
      'FIN-WAIT-1 CLOSE-WAIT',
    ]);
  });

  test('begun in the middle of a close', () => {
    expect(
      told(`
      0.0 < F. 1(0) ack 1
      0.1 > F. 1(0) ack 2
      0.2 < .  2(0) ack 2`),
    ).toEqual(['unknown unknown', 'unknown unknown', 'LAST-ACK TIME-WAIT', 'CLOSED TIME-WAIT']);
  });

  test('begun with a SYN,ACK, or with a reset', () => {
    expect(told('0.1 < S. 0(0) ack 1\n0.2 > . 1(0) ack 1')).toEqual([
      'SYN-SENT unknown',
      'ESTABLISHED SYN-RECEIVED',
      'ESTABLISHED ESTABLISHED',
    ]);
    expect(told('0.1 < R 0(0)')).toEqual(['unknown unknown', 'CLOSED CLOSED']);
  });
});
