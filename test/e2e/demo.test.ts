/** `tcplab demo`, as a person runs it: the experiment on tcplab's own TCP, over UDP, with a small window, and on this machine's own TCP. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { needs } from '../needs.ts';
import {
  freePort,
  freshFolder,
  listLines,
  NAMESPACE_TOOLS,
  networkNamespace,
  type Program,
  ROOT,
  run,
  start,
  TEST_LIMIT,
  tcplab,
} from './program.ts';

const MESSAGE = 'Hola server, are you bored?';

/** The lines under a heading of the demo's output, up to the next empty line. */
function section(program: Program, heading: string): string[] {
  const { lines } = program;
  const at = lines.indexOf(heading);
  expect(lines, `the heading ${heading}`).toContain(heading);
  const end = lines.indexOf('', at);
  return lines.slice(at + 2, end);
}

const packets = (program: Program): string[] => section(program, 'The packets between them');

/** The lines of the drawn ladder: from its titles to the first line that is not of it. */
function ladder(program: Program): string[] {
  const lines = program.lines.slice(program.lines.indexOf('The connection, drawn and told') + 2);
  return lines.slice(
    0,
    lines.findIndex((line, i) => i > 3 && !line.includes('│')),
  );
}

const STATE = /[A-Z][A-Z-]+[A-Z12]/;

/** The states down the left and the right side of a ladder. */
function states(lines: readonly string[]): { client: string[]; server: string[] } {
  const sides = lines
    .filter((line) => line.includes('│'))
    .map((line) => [line.split('│')[0]!, line.split('│').at(-1)!]);
  const of = (side: 0 | 1): string[] => sides.flatMap((texts) => STATE.exec(texts[side]!)?.[0] ?? []);
  return { client: of(0), server: of(1) };
}

/** Values of fields of a capture, a row a frame, as `tcplab read --fields` gives them. */
async function fields(path: string, names: string): Promise<string[][]> {
  const { lines } = await run(['read', path, '--fields', names]);
  expect(lines[0]).toBe(names.replaceAll(',', '\t'));
  return lines.slice(1).map((line) => line.split('\t'));
}

describe('the experiment', () => {
  test(
    'eight packets in order, the programs’ words, the handshake’s fields, a ladder with states and sentences, a capture and a picture',
    async () => {
      const cwd = freshFolder();
      const demo = await run(['demo'], { cwd });
      expect(demo.err).toBe('');
      const port = /'10\.0\.0\.1', (\d+)/.exec(demo.out)?.[1];
      expect(section(demo, 'Two programs')).toEqual([
        "server: Hey you I'm listening on 7456...weird port by the way",
        'client: Sending data...',
        `server: FROM: ('10.0.0.1', ${port}) MSG: b'${MESSAGE}'`,
      ]);

      const [there, back] = [`10.0.0.1 → 10.0.0.2 TCP`, '10.0.0.2 → 10.0.0.1 TCP'];
      const [up, down] = [`${port} → 7456`, `7456 → ${port}`];
      const seen = packets(demo).map((line) =>
        line
          .trim()
          .replace(/\s+/g, ' ')
          .replace(/ (Win|MSS|WS|TSval|TSecr)=\d+| SACK_PERM/g, ''),
      );
      expect(seen.map((line) => line.replace(/^(\d+) \S+ /, '$1 '))).toEqual([
        `1 ${there} 60 ${up} [SYN] Seq=0 Len=0`,
        `2 ${back} 60 ${down} [SYN, ACK] Seq=0 Ack=1 Len=0`,
        `3 ${there} 52 ${up} [ACK] Seq=1 Ack=1 Len=0`,
        `4 ${there} 79 ${up} [PSH, ACK] Seq=1 Ack=1 Len=27`,
        `5 ${back} 52 ${down} [ACK] Seq=1 Ack=28 Len=0`,
        `6 ${there} 52 ${up} [FIN, ACK] Seq=28 Ack=1 Len=0`,
        `7 ${back} 52 ${down} [FIN, ACK] Seq=1 Ack=29 Len=0`,
        `8 ${there} 52 ${up} [ACK] Seq=29 Ack=2 Len=0`,
      ]);

      const table = section(demo, 'The three-way handshake, field by field').map((line) => line.split(/ {2,}/));
      expect(table.map((row) => row.slice(0, 4))).toEqual([
        ['', 'SYN', 'SYN, ACK', 'ACK'],
        ['Sequence number', '0', '0', '1'],
        ['Acknowledgment number', 'none yet', '1', '1'],
        ['Flags', '0x002 SYN', '0x012 SYN, ACK', '0x010 ACK'],
        ['Window', '65535', '65535', '262144'],
      ]);

      const drawn = ladder(demo);
      expect(drawn[1]!.split(/ {2,}/)).toEqual(['', `10.0.0.1:${port}`, '10.0.0.2:7456']);
      expect(states(drawn)).toEqual({
        client: ['CLOSED', 'SYN-SENT', 'ESTABLISHED', 'FIN-WAIT-1', 'TIME-WAIT'],
        server: ['LISTEN', 'SYN-RECEIVED', 'ESTABLISHED', 'CLOSE-WAIT', 'LAST-ACK', 'CLOSED'],
      });
      expect(Math.max(...drawn.map((line) => line.length))).toBeLessThanOrEqual(80);
      // An arrow a segment, to the right from the client, and a section of the RFC under each.
      const arrows = drawn.filter((line) => /[▶◀]/.test(line)).map((line) => (line.includes('▶') ? '>' : '<'));
      expect(arrows.join('')).toBe('><>><><>');
      expect(drawn.filter((line) => /│ {2}RFC 9293 §3\.\d/.test(line))).toHaveLength(8);
      for (const sentence of [
        '27 octets went from the client to the server',
        'The client closed first (frame 6).',
        'It ended in good order',
      ]) {
        expect(demo.out).toContain(sentence);
      }

      const picture = readFileSync(join(cwd, 'tcplab-demo/ladder.svg'), 'utf8');
      expect(picture).toMatch(/^<svg [\s\S]*<\/svg>\s*$/);
      for (const text of [`10.0.0.1:${port}`, '10.0.0.2:7456', 'SYN-RECEIVED', 'TIME-WAIT', 'PSH, ACK']) {
        expect(picture).toContain(text);
      }
      // README.md shows this very picture: where it has changed for the better, copy it there.
      expect(picture === readFileSync(join(ROOT, 'docs/ladder.svg'), 'utf8'), 'docs/ladder.svg is this picture').toBe(
        true,
      );
      const list = await run(['read', 'tcplab-demo/capture.pcapng'], { cwd });
      expect(list.lines).toEqual(packets(demo));
    },
    TEST_LIMIT,
  );

  for (const args of [[], ['--window', '8'], ['--udp']]) {
    needs({ tools: ['tshark'] })(
      `tshark reads the capture of demo ${args.join(' ')} with checksum validation, without a complaint, and prints the same list`.replace(
        '  ',
        ' ',
      ),
      async () => {
        const cwd = freshFolder();
        const demo = await run(['demo', ...args], { cwd });
        const options = ['tcp', 'udp', 'ip'].flatMap((name) => ['-o', `${name}.check_checksum:TRUE`]);
        const tshark = (...more: string[]): Promise<Program> =>
          start('tshark', ['-n', ...options, '-r', 'tcplab-demo/capture.pcapng', ...more], { cwd }).end();
        const statuses = [
          '-T',
          'fields',
          '-e',
          'ip.checksum.status',
          '-e',
          'tcp.checksum.status',
          '-e',
          'udp.checksum.status',
        ];
        const [list, tree, sums] = await Promise.all([tshark(), tshark('-V'), tshark(...statuses)]);
        // 1 is good; the third column is empty over TCP, the second over UDP.
        expect(new Set(sums.lines)).toEqual(new Set([args.includes('--udp') ? '1\t\t1' : '1\t1\t']));
        expect(tree.out).not.toMatch(/incorrect|malformed/i);
        const complaints = tree.lines.filter((line) => /Expert Info \((Warning|Error)/.test(line));
        // A full window is what that experiment is about.
        expect(complaints.filter((line) => !/window.* completely full|TCP Zero Window segment/.test(line))).toEqual([]);
        if (!args.includes('--window')) expect(complaints).toEqual([]);
        expect(list.err.replace(/^Running as user "root".*\n/, '')).toBe('');
        // What Wireshark's analysis says of a full window is not part of our list.
        const plain = list.lines.map((line) => line.replace(/\[TCP [^\]]*\] /, ''));
        const fold = (lines: readonly string[]): string[] => lines.map((line) => line.trim().replace(/\s+/g, ' '));
        expect(fold(packets(demo))).toEqual(fold(args.length === 0 ? list.lines : plain));
      },
      TEST_LIMIT,
    );
  }
});

describe('--window', () => {
  for (const window of [8, 1, 20]) {
    test(
      `${window}: the sender stops at SND.UNA+SND.WND, waits, and goes on when the receiver allows more`,
      async () => {
        const cwd = freshFolder();
        const demo = await run(['demo', '--window', String(window)], { cwd });
        const got = [...demo.out.matchAll(/MSG: b'([^']*)'/g)].map(([, text]) => text!);
        expect(got.join('')).toBe(MESSAGE);
        expect(Math.max(...got.map((text) => text.length))).toBeLessThanOrEqual(window);

        const names = 'tcp.srcport,tcp.seq,tcp.len,tcp.ack,tcp.window_size_value,tcp.flags.syn,frame.time_relative';
        let edge = 0;
        let [full, waited, windows] = [0, 0, 0];
        let fullAt = Number.NaN;
        for (const row of await fields(join(cwd, 'tcplab-demo/capture.pcapng'), names)) {
          const [from, seq, length, ack, allowed] = row.map(Number) as [number, number, number, number, number];
          if (from === 7456) {
            // SND.UNA+SND.WND as the client knows it.
            edge = ack + allowed;
            expect(allowed).toBeLessThanOrEqual(window);
            if (allowed === 0) windows++;
          } else if (length > 0) {
            expect(seq + length).toBeLessThanOrEqual(edge);
            const at = Number(row[6]);
            if (!Number.isNaN(fullAt) && at - fullAt > 0.25) waited++;
            fullAt = seq + length === edge ? at : Number.NaN;
            if (seq + length === edge) full++;
          }
        }
        const stops = Math.ceil(MESSAGE.length / window) - 1;
        expect({ full, waited }).toEqual({ full: window === 1 ? 27 : stops, waited: stops });
        expect(windows).toBeGreaterThanOrEqual(stops);
        expect(demo.out.replace(/[│\s]+/g, ' ')).toContain(
          `Here it stops: ${window} of ${window} allowed ${window === 1 ? 'octet is' : 'octets are'} in flight`,
        );
      },
      TEST_LIMIT,
    );
  }
});

test(
  '--udp: one datagram, and what is missing',
  async () => {
    const cwd = freshFolder();
    const demo = await run(['demo', '--udp', '--port', '4711'], { cwd });
    expect(packets(demo)).toHaveLength(1);
    expect(packets(demo)[0]).toMatch(/10\.0\.0\.1 → 10\.0\.0\.2 +UDP 55 \d+ → 4711 Len=27$/);
    expect(section(demo, 'Two programs').at(-1)).toMatch(/^server: FROM: \('10\.0\.0\.1', \d+\) MSG: b'Hola server, /);
    for (const missing of ['No handshake', 'No sequence numbers', 'No acknowledgment', 'No window', 'No close']) {
      expect(demo.out).toContain(missing);
    }
    expect(demo.out).not.toContain('three-way');
    expect(readFileSync(join(cwd, 'tcplab-demo/ladder.svg'), 'utf8')).toContain('UDP');
  },
  TEST_LIMIT,
);

test(
  '--port and --out: another port, another folder, made with those it is in',
  async () => {
    const cwd = freshFolder();
    const demo = await run(['demo', '--port', '4711', '--out', 'a/b'], { cwd });
    expect(packets(demo)[0]).toMatch(/ → 4711 \[SYN\]/);
    expect(demo.out).toContain("I'm listening on 4711...");
    expect(existsSync(join(cwd, 'a/b/capture.pcapng')) && existsSync(join(cwd, 'a/b/ladder.svg'))).toBe(true);
    expect(existsSync(join(cwd, 'tcplab-demo'))).toBe(false);
    // The same run each time: only the clock in the capture differs.
    const again = await run(['demo', '--port', '4711', '--out', 'a/b'], { cwd });
    expect(again.out).toBe(demo.out);
  },
  TEST_LIMIT,
);

describe('--kernel', () => {
  needs({ root: true })(
    'both programs on this machine’s own TCP, sniffed on its loopback interface',
    async () => {
      const cwd = freshFolder();
      const port = await freePort();
      const demo = await run(['demo', '--kernel', '--port', String(port)], { cwd });
      const seen = packets(demo).map((line) => line.trim().split(/\s+/));
      expect(seen.map(([number]) => number)).toEqual(seen.map((_, i) => String(i + 1)));
      const flags = packets(demo).map((line) => /\[(.*?)\]/.exec(line)![1]);
      expect(flags.slice(0, 4)).toEqual(['SYN', 'SYN, ACK', 'ACK', 'PSH, ACK']);
      expect(flags.filter((names) => names === 'FIN, ACK')).toHaveLength(2);
      expect([8, 9]).toContain(flags.length);
      expect(packets(demo)[3]).toContain(`→ ${port} [PSH, ACK]`);
      expect(packets(demo)[3]).toContain('Len=27');
      expect(demo.out).toContain('The client closed first');
      expect(demo.out).toContain('It ended in good order');
      const list = await run(['read', 'tcplab-demo/capture.pcapng'], { cwd });
      expect(listLines(list.out)).toEqual(listLines(packets(demo).join('\n')));
    },
    TEST_LIMIT,
  );

  needs({ root: true, tools: NAMESPACE_TOOLS })(
    'over UDP; and a port that is taken is told',
    async () => {
      const cwd = freshFolder();
      const namespace = await networkNamespace();
      const demo = await run(['demo', '--kernel', '--udp'], { cwd, namespace });
      expect(packets(demo)).toHaveLength(1);
      expect(packets(demo)[0]).toContain('→ 7456 Len=27');
      const holder = tcplab(['listen', '7456', '--kernel'], { namespace, input: 'open' });
      await holder.until('Listening');
      const refused = await run(['demo', '--kernel'], { cwd, namespace }, 1);
      expect(refused.err).toBe('tcplab: listen 127.0.0.1:7456: EADDRINUSE, the address is already in use\n');
    },
    TEST_LIMIT,
  );
});

test(
  'what does not go together, and where nothing can be written, is told with what to do',
  async () => {
    const cwd = freshFolder();
    const cases: readonly [args: string[], code: number, message: string | RegExp][] = [
      [['--window', '8', '--udp'], 2, '--window and --udp do not go together: UDP has no window'],
      [['--why', '--kernel'], 2, "--why is for tcplab's own TCP, which knows why: leave out --kernel"],
      [['--window', '8', '--kernel'], 2, "--window is for tcplab's own TCP: leave out --kernel"],
      [['--window', '0'], 2, '--window is a whole number from 1 to 1000000, not "0"'],
      [['--port', '99999'], 2, 'a port is a whole number from 1 to 65535, not "99999"'],
      [['--out', '/dev/null/x'], 1, /^cannot write "\/dev\/null\/x": /],
      [['--out', '/proc/x'], 1, /^cannot write "\/proc\/x": /],
    ];
    const ended = await Promise.all(cases.map(([args, code]) => run(['demo', ...args], { cwd }, code)));
    for (const [i, [, , message]] of cases.entries()) {
      const [line, ...more] = ended[i]!.err.trimEnd().split('\n');
      expect(more).toEqual([]);
      expect(line!.replace('tcplab: ', '')).toEqual(
        typeof message === 'string' ? message : expect.stringMatching(message),
      );
      expect(ended[i]!.out).toBe('');
    }
  },
  TEST_LIMIT,
);
