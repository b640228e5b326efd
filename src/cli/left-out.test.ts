/** What was left out is said, each thing in a line; when nothing was, nothing is. */
import { expect, test } from 'vitest';
import { follow } from '../../test/conversations.ts';
import { host, tcpSegment, udpDatagram, Wire } from '../../test/packets.ts';
import { Analysis } from '../see/analysis/index.ts';
import { Dissector, type DissectorOptions } from '../see/dissect/index.ts';
import { ACK, PSH, SYN } from '../wire/tcp.ts';
import { leftOut, notShownInTime } from './left-out.ts';
import { strangersDissector } from './sieve.ts';

/** Ten conversations of two segments each, half of a datagram each. */
function run(options: DissectorOptions): string[] {
  const dissector = new Dissector(options);
  const wire = new Wire();
  for (let i = 0; i < 10; i++) {
    for (const [flags, seq, length] of [
      [SYN, 0, 0],
      [ACK, 1, 8],
    ] as const) {
      const data = new Array<number>(length).fill(0);
      dissector.dissect(wire.frame(host(1), host(2), 6, tcpSegment([1000 + i, 80], flags, { seq, data })));
    }
  }
  return leftOut(dissector);
}

test('nothing is said when nothing was left out', () => {
  expect(run({})).toEqual([]);
  expect(leftOut(strangersDissector(), new Analysis())).toEqual([]);
});

test('messages that had no room', () => {
  const dissector = new Dissector({ messages: 1, messageOctets: 0 });
  const wire = new Wire();
  const octets = [...'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'].map((letter) => letter.charCodeAt(0));
  for (const port of [1000, 1001])
    dissector.dissect(wire.frame(host(1), host(2), 6, tcpSegment([80, port], ACK, { data: octets })));
  expect(leftOut(dissector)).toEqual([
    expect.stringMatching(/^left out: 1 message over several segments given up/),
    expect.stringMatching(/^left out: 2 messages that there was no room to keep/),
  ]);
});

test('conversations, segments and their facts that had no room', () => {
  expect(run({ conversations: 7 })).toEqual([
    expect.stringMatching(/^left out: 6 packets of conversations beyond the first 7:/),
  ]);
  expect(run({ unacknowledged: 19 })).toEqual([expect.stringMatching(/^left out: 1 segment forgotten before/)]);
  const analysis = new Analysis({ maxConversations: 1, maxKept: 1 });
  for (const index of [0, 1])
    follow(analysis, '0 > S 0(0)\n1 > S 0(0)\n2 > S 0(0)', {
      index,
      ends: [
        { address: '::', port: 1 },
        { address: '::', port: 2 },
      ],
    });
  expect(leftOut(new Dissector(), analysis)).toEqual([
    expect.stringMatching(/^left out: 3 segments of conversations beyond/),
    expect.stringMatching(/^left out: 2 segments counted, but not told one by one/),
  ]);
});

test('datagrams in fragments that gave way', () => {
  const dissector = new Dissector({ datagrams: 1 });
  const wire = new Wire();
  for (const id of [1, 2, 3])
    dissector.dissect(wire.frame(host(1), host(2), 17, new Array<number>(16).fill(0), { id, fragment: 0x2000 }));
  expect(leftOut(dissector)).toEqual([expect.stringMatching(/^left out: 2 datagrams in fragments given up/)]);
});

test('queries of DNS that gave way', () => {
  const dissector = new Dissector({ queries: 8 });
  const wire = new Wire();
  const query = [0, 7, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < 10; i++) dissector.dissect(wire.frame(host(1), host(2), 17, udpDatagram([5000 + i, 53], query)));
  expect(leftOut(dissector)).toEqual([expect.stringMatching(/^left out: 2 queries of DNS forgotten before an answer/)]);
});

test('requests of HTTP that gave way', () => {
  const dissector = new Dissector({ requests: 2 });
  const wire = new Wire();
  const data = [...'GET / HTTP/1.1\r\n\r\n'].map((letter) => letter.charCodeAt(0));
  for (let i = 0; i < 3; i++) dissector.dissect(wire.frame(host(i), host(1000), 6, tcpSegment([1, 80], PSH, { data })));
  expect(leftOut(dissector)).toEqual([
    expect.stringMatching(/^left out: 1 request of HTTP forgotten before an answer/),
  ]);
});

test('the commands’ table has a key of its own each time', () => {
  const work = (): number => {
    const dissector = strangersDissector();
    const wire = new Wire();
    for (let i = 0; i < 300; i++) dissector.dissect(wire.frame(host(i), host(1000), 6, tcpSegment([1, 80], SYN)));
    return dissector.conversations.looks;
  };
  expect(new Set([work(), work(), work(), work(), work(), work()]).size).toBeGreaterThan(1);
});

test('lines that nobody read in time are counted', () => {
  expect([1, 2, 1_000].map(notShownInTime)).toEqual([
    '1 line was not shown, because nobody read it in time.',
    '2 lines were not shown, because nobody read them in time.',
    '1,000 lines were not shown, because nobody read them in time.',
  ]);
});
