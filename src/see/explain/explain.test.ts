import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { analysisOf, follow, golden } from '../../../test/conversations.ts';
import { needs, SHARED } from '../../../test/needs.ts';
import { Analysis, type Conversation, type Kind } from '../analysis/index.ts';
import { explainFrame, RULES, SECTIONS, summarize, UDP_LESSON } from './index.ts';

const told = (text: string): Conversation => follow(new Analysis(), text).conversation(0)!;
const captured = (name: string, index = 0): Conversation => analysisOf(golden(name)).conversation(index)!;
const sentences = ({ frames }: Conversation): string[] => frames.map((facts) => explainFrame(facts).text);
const rules = ({ frames }: Conversation): string[] => frames.map((facts) => explainFrame(facts).rule);

const HANDSHAKE = `
  0.0 > S  0(0) win 100
  0.1 < S. 0(0) ack 1 win 8
  0.2 > .  1(0) ack 1 win 100`;

test('every kind of segment has a rule that always holds', () => {
  const kinds: Record<Kind, true> = {
    SYN: true,
    'SYN,ACK': true,
    'ACK of SYN': true,
    data: true,
    ACK: true,
    'repeated ACK': true,
    'zero window': true,
    'window update': true,
    'zero-window probe': true,
    'probe answer': true,
    'keep-alive': true,
    'keep-alive answer': true,
    FIN: true,
    'ACK of FIN': true,
    refusal: true,
    RST: true,
    'challenge ACK': true,
    odd: true,
  };
  for (const kind of Object.keys(kinds) as Kind[])
    expect(
      RULES.some((rule) => rule.when === undefined && rule.kinds.includes(kind)),
      kind,
    ).toBe(true);
  expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
});

needs({ shared: true })('the sections are headings of RFC 9293', () => {
  const lines = readFileSync(`${SHARED}/rfc/rfc9293.txt`, 'utf8').split('\n');
  for (const [section, heading] of Object.entries(SECTIONS)) expect(lines).toContain(`${section}.  ${heading}`);
});

test('an orderly connection', () => {
  expect(captured('lo.pcapng').frames.map((facts) => explainFrame(facts))).toMatchObject([
    {
      rule: 'handshake/syn',
      section: 'RFC 9293 §3.5',
      heading: 'Establishing a Connection',
      text: 'The client, 127.0.0.1:34348, asks the server, 127.0.0.1:7456, for a connection. It counts its octets from 2141248231, shown here as 0; this SYN uses up number 0, so its first octet of data will be number 1. It has nothing to acknowledge yet. Its window is 65495: the server may send that many octets before it must wait for an acknowledgment. It can scale its windows (WS=1024): if both ends can, the window field of its later segments counts in units of 1024 octets. It takes at most 65495 octets in one segment (MSS).',
    },
    {
      rule: 'handshake/syn-ack',
      section: 'RFC 9293 §3.5',
      text: "The server agrees and asks for the way back: it has the client's SYN, number 0, and expects number 1 next. It counts its own octets from 4261305373, shown here as 0; this SYN uses up number 0. Its window allows the client 65483 octets: numbers 1 to 65483. It can scale its windows (WS=1024): if both ends can, the window field of its later segments counts in units of 1024 octets. It takes at most 65495 octets in one segment (MSS).",
    },
    {
      rule: 'handshake/ack',
      section: 'RFC 9293 §3.5',
      text: "The client has the server's SYN, number 0, and expects number 1 next. Both ends now know each other's numbers: the connection is open. Its window allows the server 65536 octets: numbers 1 to 65536.",
    },
    {
      rule: 'data/new',
      section: 'RFC 9293 §3.4',
      text: 'The client sends 12 octets, numbers 1 to 12, to be handed to the program at once (PSH). 12 of the 65483 octets that the server allows are now in flight, not yet acknowledged. It expects number 1 next from the server. Its window allows the server 65536 octets: numbers 1 to 65536.',
    },
    {
      rule: 'ack/new',
      section: 'RFC 9293 §3.4',
      text: 'The server has everything before number 13 and expects 13 next: this acknowledges 12 octets (frame 4). Its window allows the client 65536 octets: numbers 13 to 65548.',
    },
    {
      rule: 'close/first-fin',
      section: 'RFC 9293 §3.6',
      text: 'The client has nothing more to send: its FIN uses up number 13. It can still receive: it expects number 1 next from the server. Its window allows the server 65536 octets: numbers 1 to 65536.',
    },
    {
      rule: 'close/second-fin',
      section: 'RFC 9293 §3.6',
      text: "The server has everything before number 14 and expects 14 next: this acknowledges the client's FIN (frame 6). It has nothing more to send either: its own FIN uses up number 1. Its window allows the client 65536 octets: numbers 14 to 65549.",
    },
    {
      rule: 'close/last-ack',
      section: 'RFC 9293 §3.6',
      text: "The client has everything before number 2 and expects 2 next: this acknowledges the server's FIN (frame 7). Both directions are closed. The server is done (CLOSED); the client waits a while (TIME-WAIT), in case this acknowledgment is lost and the FIN comes again. Its window allows the server 65536 octets: numbers 2 to 65537.",
    },
  ]);
  expect(summarize(captured('lo.pcapng'))).toEqual([
    'The client, 127.0.0.1:34348, opened a connection to the server, 127.0.0.1:7456. The handshake took 22 microseconds.',
    '12 octets went from the client to the server, no octets the other way, in 8 segments and 5.2 milliseconds.',
    'The client closed first (frame 6).',
    'It ended in good order: each end sent a FIN and had it acknowledged.',
  ]);
});

test('a refused connection', () => {
  const refused = captured('lo.pcapng', 1);
  expect(explainFrame(refused.frames[1]!)).toMatchObject({
    rule: 'reset/refused',
    section: 'RFC 9293 §3.5.2',
    text: "The server refuses: nobody listens on port 7456, so its TCP answers with a reset (RST). Ack=1 shows that it means the client's SYN, number 0. No connection comes about; both ends are CLOSED.",
  });
  expect(summarize(refused)).toEqual([
    'The client, 127.0.0.1:34350, asked the server, 127.0.0.1:7456, for a connection.',
    'It was refused: nobody listens on port 7456 (frame 10).',
  ]);
});

test('an aborted connection', () => {
  const aborted = captured('kernel__close-with-unread-data.pcap');
  expect(rules(aborted).at(-1)).toBe('reset/obeyed');
  expect(summarize(aborted).at(-1)).toBe('It was aborted: the server reset it (frame 32).');
});

test('the window: stops, waits, goes on', () => {
  const text = sentences(
    told(`${HANDSHAKE}
    1.0 > P. 1(8) ack 1 win 100
    1.2 < .  1(0) ack 9 win 0
    1.4 > .  8(0) ack 1 win 100
    1.5 < .  1(0) ack 9 win 0
    1.6 < .  1(0) ack 9 win 8
    1.7 > P. 9(4) ack 1 win 100`),
  ).slice(3);
  expect(text).toEqual([
    'The client sends 8 octets, numbers 1 to 8, to be handed to the program at once (PSH). Here it stops: 8 of 8 allowed octets are in flight (SND.UNA+SND.WND reached). It must wait until the server allows more. It expects number 1 next from the server. Its window allows the server 100 octets: numbers 1 to 100.',
    'The server has everything before number 9 and expects 9 next: this acknowledges 8 octets (frame 4). It has no room for more: its window is 0, so the client must stop and wait.',
    'The client asks whether the window is still closed (a zero-window probe): an empty segment numbered 8, which the server must answer with its present window. It expects number 1 next from the server. Its window allows the server 100 octets: numbers 1 to 100.',
    'The server answers the probe: it still expects number 9, and its window is still 0. The client has to go on waiting.',
    'The server has room again. It still expects number 9 next. Its window allows the client 8 octets: numbers 9 to 16. The client can go on.',
    'The client may send again and goes on: 4 octets, numbers 9 to 12. 4 of the 8 octets that the server allows are now in flight, not yet acknowledged. It expects number 1 next from the server. Its window allows the server 100 octets: numbers 1 to 100.',
  ]);
});

test('closes that cross, half-closes, and who waits', () => {
  expect(
    rules(told(`${HANDSHAKE}\n1 > F. 1(0) ack 1\n2 < F. 1(0) ack 1\n3 > . 2(0) ack 2\n4 < . 2(0) ack 2`)).slice(3),
  ).toEqual(['close/first-fin', 'close/simultaneous-fin', 'close/simultaneous-ack', 'close/simultaneous-ack']);
  expect(rules(captured('kernel__half-close.pcap')).slice(4, 7)).toEqual([
    'close/first-fin',
    'ack/new',
    'close/half-closed',
  ]);
  expect(sentences(captured('kernel__half-close.pcap'))[81]).toBe(
    'The server knows that the other direction is closed and still expects number 5 next. It has nothing more to send either: this segment has its last 632 octets, numbers 59369 to 60000, and its own FIN uses up number 60001. Its window allows the client 65536 octets: numbers 5 to 65540.',
  );
});

test('opens that cross', () => {
  expect(rules(captured('kernel__simultaneous-open.pcap')).slice(0, 5)).toEqual([
    'handshake/syn',
    'handshake/simultaneous-syn',
    'handshake/simultaneous-syn-ack',
    'handshake/simultaneous-syn-ack',
    'handshake/ack',
  ]);
});

test('what comes again', () => {
  expect(
    rules(
      told(`
      0.0 > S  0(0)
      1.0 > S  0(0)
      1.1 < S. 0(0) ack 1
      2.1 < S. 0(0) ack 1
      2.2 > .  1(0) ack 1
      3.0 > P. 1(5) ack 1
      4.0 > P. 1(5) ack 1
      5.0 > F. 6(0) ack 1
      6.0 > F. 6(0) ack 1`),
    ),
  ).toEqual([
    'handshake/syn',
    'handshake/syn-again',
    'handshake/syn-ack',
    'handshake/syn-ack-again',
    'handshake/ack',
    'data/new',
    'data/again',
    'close/first-fin',
    'close/fin-again',
  ]);
});

test('who asks again after a refusal had an answer', () => {
  const again = sentences(told('0 > S 0(0)\n0.1 < R. 0(0) ack 1\n0.5 > S 0(0)'));
  expect(again[2]).toBe(
    'The client asks again, with the same number, though it was refused: some systems try several times before they tell the program.',
  );
  expect(sentences(told('0 > S 0(0)\n0.5 > S 0(0)'))[1]).toContain('no answer to frame 1 has reached it');
});

test('a SYN says what it brings along', () => {
  const fast = sentences(told('0 > S 0(3)\n0.1 < S. 0(4) ack 4'));
  expect(fast[0]).toContain('so its first octet of data is number 1. It brings 3 octets along, numbers 1 to 3. It has');
  expect(fast[1]).toContain('this SYN uses up number 0. It brings 4 octets along, numbers 1 to 4. Its window');
});

test('a FIN says what is missing before it, and what is sent again has no frame when that is forgotten', () => {
  const open = '0 > S 0(0)\n0.1 < S. 0(0) ack 1\n0.2 > . 1(0) ack 1\n';
  expect(sentences(told(`${open}0.3 > F. 11(0) ack 1`)).at(-1)).toContain(
    'its FIN uses up number 11. 10 octets from the client before it have not been seen: lost, late or not captured. It can',
  );
  const many = Array.from({ length: 100 }, (_, i) => `1 > . ${1 + 10 * i}(10) ack 1\n`).join('');
  expect(sentences(told(`${open}${many}2 > . 1(10) ack 1`)).at(-1)).toMatch(
    /^The client sends 10 octets again, numbers 1 to 10: they, or their acknowledgment,/,
  );
  expect(sentences(told(`${open}${many}2 > . 1(1010) ack 1`)).at(-1)).toContain('; frame 103 carried the first');
});

test('of one direction it is not said that nobody answered, nor how much went the other way', () => {
  const client = told('0 > S 0(0)\n0.1 > . 1(0) ack 1\n0.2 > P. 1(5) ack 1\n0.3 > F. 6(0) ack 9');
  expect(summarize(client)).toEqual([
    'The client, 10.0.0.1:51234, opened a connection to the server, 10.0.0.2:7456.',
    '5 octets went from the client to the server in 4 segments and 300 milliseconds.',
    'The capture has nothing that the server sent.',
    'The client closed first (frame 4).',
    'How it stood when the capture ended cannot be told from one direction.',
  ]);
  expect(sentences(client)[1]).toMatch(/^The client has the server's SYN, number 0, and expects number 1 next\. Its/);
  const server = told('0 < S. 0(0) ack 1\n0.1 < P. 1(7) ack 6');
  expect(sentences(server)[0]).toContain(
    'it has the SYN of the client, 10.0.0.1:51234, number 0, and expects number 1',
  );
  expect(summarize(server).slice(1)).toEqual([
    '7 octets went from the server to the client in 2 segments and 100 milliseconds.',
    'The capture has nothing that the client sent.',
    'How it stood when the capture ended cannot be told from one direction.',
  ]);
});

test('packets that the capture has twice are told once, and counted', () => {
  const once = '0 > P. 1(5) ack 1 id 7\n';
  expect(summarize(told(once + once))).toContain(
    'The capture has 1 packet twice, as one taken in two places has; each is told once.',
  );
  expect(summarize(told(once + once + once)).join(' ')).toContain('The capture has 2 packets twice');
  expect(summarize(told(once)).join(' ')).not.toContain('twice');
  expect(summarize(told(once))[1]).toBe('5 octets went from the client to the server in 1 segment.');
});

test('a capture that began in the middle, and one where nobody answers', () => {
  const middle = told('0 < . 1(0) ack 1');
  expect(sentences(middle)[0]).toMatch(
    /^The capture began in the middle of this conversation\. The server, 10\.0\.0\.2:7456, has/,
  );
  expect(summarize(middle)[0]).toBe(
    'The capture began in the middle: it lacks the first SYN. 10.0.0.1:51234 is taken for the client, because its port is the higher one, 10.0.0.2:7456 for the server.',
  );
  expect(summarize(captured('kernel__syn-blackhole.pcap'))).toEqual([
    'The client, 10.9.0.1:38402, asked the server, 10.9.0.2:7000, for a connection.',
    'Nobody answered: 7 segments in 7.1 seconds, and not one from port 7000.',
  ]);
});

needs({ shared: true })('sentences are whole, whatever the capture', async () => {
  const { readdirSync } = await import('node:fs');
  for (const folder of ['own', 'synthetic'])
    for (const name of readdirSync(`${SHARED}/captures/${folder}`))
      for (const conversation of analysisOf(`${SHARED}/captures/${folder}/${name}`).conversations)
        for (const text of [...sentences(conversation), ...summarize(conversation)])
          expect(text, `${name}: ${text}`).toMatch(/^[A-Z0-9](?!.*( {2}|undefined|NaN|,,|,\.|\.\.|-\d+ octets)).*[.]$/);
});

test('the lesson of UDP names what TCP has', () => {
  expect(UDP_LESSON.map(({ section }) => section)).toEqual([
    'RFC 9293 §3.5',
    'RFC 9293 §3.4',
    'RFC 9293 §3.8.1',
    'RFC 9293 §3.8.6',
    'RFC 9293 §3.6',
    'RFC 768',
  ]);
});

test('a reset drops what was in flight, and a FIN is no octet', () => {
  const after = (text: string): string => sentences(told(`${HANDSHAKE}${text}`)).at(-1)!;
  expect(after('\n1 > P. 1(5) ack 1\n2 > F. 6(0) ack 1\n3 < R. 1(0) ack 1')).toContain(
    ' 5 octets from the client had not been',
  );
  expect(after('\n2 > F. 1(0) ack 1\n3 < R. 1(0) ack 1')).not.toContain('had not been');
});
