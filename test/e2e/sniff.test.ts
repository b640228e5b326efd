/** `tcplab sniff` on interfaces of this machine, while two ordinary programs talk, beside tshark; and `draw` and `explain` of what it wrote. The cable is in cable.test.ts. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { needs } from '../needs.ts';
import {
  freshFolder,
  listLines,
  NAMESPACE_TOOLS,
  type Namespace,
  networkNamespace,
  type Program,
  ROOT,
  run,
  start,
  TEST_LIMIT,
  tcplab,
} from './program.ts';

const live = needs({ root: true, tools: [...NAMESPACE_TOOLS, 'python3', 'tcpdump', 'tshark'] });

/** What one of the textbook's programs, as ordinary Python, is started with. */
const python = (name: string, namespace: Namespace): Program =>
  start('python3', [join(ROOT, 'test/e2e', name), '7456'], { namespace });

/** A datagram to a port where nobody is: two packets that belong to nothing else. */
const NOISE =
  'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(("127.0.0.1", 9)); s.send(b"?")';

/** Starts a sniffer and waits until nothing escapes it. */
async function sniffing(args: readonly string[], namespace: Namespace, cwd: string): Promise<Program> {
  const sniffer = tcplab(['sniff', '-i', 'lo', ...args], { namespace, cwd, input: 'open' });
  await sniffer.until('Ctrl-C ends it');
  return sniffer;
}

/** The text of a ladder or an explanation, in one line. */
const story = (program: Program): string => program.out.replace(/[│\s]+/g, ' ');

describe('while Python’s server and client talk', () => {
  live(
    'the list is tshark’s, the file it writes is read by tshark without complaint, and draw and explain tell the story',
    async () => {
      const cwd = freshFolder();
      const namespace = await networkNamespace();
      const tcpdump = start(
        'tcpdump',
        ['-i', 'lo', '--immediate-mode', '-U', '-Z', 'root', '-w', 'tcpdump.pcap', '-c', '10'],
        { namespace, cwd },
      );
      const [eight, all] = await Promise.all([
        sniffing(['-Y', 'tcp.port == 7456', '-c', '8'], namespace, cwd),
        sniffing(['-w', 'all.pcapng', '-P'], namespace, cwd),
        tcpdump.until('listening on lo'),
      ]);
      await start('python3', ['-c', NOISE], { namespace }).end();
      const server = python('server.py', namespace);
      await server.until("Hey you I'm listening on 7456...weird port by the way");
      const client = python('client.py', namespace);
      await Promise.all([client.end(), server.end(), eight.end(), tcpdump.end()]);
      expect(server.out).toMatch(/FROM: \('127\.0\.0\.1', \d+\) MSG: b'Hola server, are you bored\?' \n/);

      const tshark = await start('tshark', ['-n', '-r', 'tcpdump.pcap', '-Y', 'tcp.port == 7456'], { cwd }).end();
      expect(listLines(eight.out)).toHaveLength(8);
      expect(listLines(eight.out)).toEqual(listLines(tshark.out));
      // Two packets came before them.
      expect(listLines(eight.out)[0]).toMatch(/^3 127\.0\.0\.1 → 127\.0\.0\.1 TCP 74 \d+ → 7456 \[SYN\] Seq=0 /);
      expect(eight.err.trimEnd().split('\n').at(-1)).toMatch(/^8 shown of \d+ captured on lo, none lost$/);

      all.process.kill('SIGINT');
      await all.end();
      expect(all.err.trimEnd().split('\n').at(-1)).toMatch(
        /^(\d+) shown of \1 captured on lo, none lost; written to all\.pcapng$/,
      );
      const [reread, drawn, told, picture] = await Promise.all([
        start('tshark', ['-n', '-r', 'all.pcapng'], { cwd }).end(),
        run(['draw', 'all.pcapng'], { cwd }),
        run(['explain', 'all.pcapng'], { cwd }),
        run(['draw', 'all.pcapng', '-o', 'ladder.svg'], { cwd }),
      ]);
      expect(reread.err.replace(/^Running as user "root".*\n/, '')).toBe('');
      // tshark takes the datagram to port 9 for what it looks like; the rest is equal.
      const tcp = (program: Program): string[] => listLines(program.out).filter((line) => line.includes(' TCP '));
      expect(tcp(all)).toEqual(tcp(reread));

      const sides = drawn.lines.filter((line) => line.includes('│')).map((line) => line.split('│'));
      const states = (texts: readonly (string | undefined)[]): string[] =>
        texts.flatMap((text) => /[A-Z][A-Z-]+[A-Z12]/.exec(text!)?.[0] ?? []);
      // When the server takes its time, its acknowledgment of the FIN comes by itself.
      expect(states(sides.map((parts) => parts[0])).filter((state) => state !== 'FIN-WAIT-2')).toEqual([
        'CLOSED',
        'SYN-SENT',
        'ESTABLISHED',
        'FIN-WAIT-1',
        'TIME-WAIT',
      ]);
      expect(states(sides.map((parts) => parts.at(-1)))).toEqual([
        'LISTEN',
        'SYN-RECEIVED',
        'ESTABLISHED',
        'CLOSE-WAIT',
        'LAST-ACK',
        'CLOSED',
      ]);
      for (const sentence of [
        'asks the server, 127.0.0.1:7456, for a connection',
        'Both ends now know each other',
        'The client sends 27 octets, numbers 1 to 27',
        'The client has nothing more to send: its FIN uses up number 28',
        '27 octets went from the client to the server, no octets the other way',
        'The client closed first (frame 8).',
        'It ended in good order',
      ]) {
        expect(story(drawn)).toContain(sentence);
        expect(story(told)).toContain(sentence);
      }
      expect(told.out).toMatch(/^tcp\.stream 0: 127\.0\.0\.1:\d+ \(client\), 127\.0\.0\.1:7456 \(server\)\n/);
      expect(picture.err).toBe('ladder.svg: 1 conversation drawn\n');
      expect(readFileSync(join(cwd, 'ladder.svg'), 'utf8')).toMatch(/^<svg [\s\S]*TIME-WAIT[\s\S]*<\/svg>\s*$/);
    },
    TEST_LIMIT,
  );

  live(
    'no server: the refusal is told as one',
    async () => {
      const cwd = freshFolder();
      const namespace = await networkNamespace();
      const sniffer = await sniffing(['-Y', 'tcp', '-c', '2', '-w', 'refused.pcap', '-P'], namespace, cwd);
      const client = await python('client.py', namespace).end(1);
      expect(client.err).toContain('ConnectionRefusedError');
      await sniffer.end();
      expect(sniffer.lines.map((line) => /\[(.*?)\]/.exec(line)![1])).toEqual(['SYN', 'RST, ACK']);
      const [drawn, told] = await Promise.all([
        run(['draw', 'refused.pcap'], { cwd }),
        run(['explain', 'refused.pcap'], { cwd }),
      ]);
      for (const sentence of [
        'The server refuses: nobody listens on port 7456',
        'It was refused: nobody listens on port 7456 (frame 2).',
        'RFC 9293 §3.5.2',
      ]) {
        expect(story(drawn)).toContain(sentence);
        expect(story(told)).toContain(sentence);
      }
      expect(drawn.out).not.toContain('ESTABLISHED');
    },
    TEST_LIMIT,
  );

  live(
    'its views: fields as values, details as a tree, JSON; and a capture on standard output, packet by packet',
    async () => {
      const cwd = freshFolder();
      const namespace = await networkNamespace();
      const filter = ['-Y', 'tcp.flags.syn == 1', '-c', '2'];
      const [fields, details, json, capture] = await Promise.all([
        sniffing([...filter, '--fields', 'tcp.flags.str,tcp.dstport'], namespace, cwd),
        sniffing([...filter, '--details'], namespace, cwd),
        sniffing([...filter, '--json'], namespace, cwd),
        sniffing([...filter, '-w', '-'], namespace, cwd),
      ]);
      const server = python('server.py', namespace);
      await server.until('Hey you');
      const client = python('client.py', namespace);
      await Promise.all([client, server, fields, details, json, capture].map((program) => program.end()));
      expect(fields.lines).toEqual([
        'tcp.flags.str\ttcp.dstport',
        '··········S·\t7456',
        expect.stringMatching(/^·······A··S·\t\d+$/),
      ]);
      expect(details.lines[0]).toMatch(/^Frame \d+: 74 bytes on wire .* on interface lo, id 0$/);
      expect(details.lines.filter((line) => line.startsWith('Transmission Control Protocol'))).toHaveLength(2);
      expect(json.lines.map((line) => JSON.parse(line).layers.tcp['tcp.flags'])).toEqual([0x002, 0x012]);
      const list = await run(['read', '-', '--fields', 'tcp.flags'], { input: capture.octets });
      expect(list.lines).toEqual(['tcp.flags', '0x0002', '0x0012']);
    },
    TEST_LIMIT,
  );
});

describe('the end', () => {
  const needsRoot = needs({ root: true, tools: [...NAMESPACE_TOOLS, 'mkfifo', 'python3'] });

  needsRoot(
    'comes after --duration, with SIGINT and with SIGTERM: the file is whole, and what was seen is summed up',
    async () => {
      const cwd = freshFolder();
      const namespace = await networkNamespace();
      const [timed, interrupted, terminated] = await Promise.all([
        sniffing(['--duration', '1', '-w', 'timed.pcapng'], namespace, cwd),
        sniffing(['-w', 'interrupted.pcap'], namespace, cwd),
        sniffing([], namespace, cwd),
      ]);
      interrupted.process.kill('SIGINT');
      terminated.process.kill('SIGTERM');
      await Promise.all([timed.end(), interrupted.end(), terminated.end()]);
      const kept = '0 kept of 0 captured on lo, none lost; written to';
      expect(timed.err).toContain(`${kept} timed.pcapng\n`);
      expect(interrupted.err).toContain(`${kept} interrupted.pcap\n`);
      expect(terminated.err).toContain('0 shown of 0 captured on lo, none lost\n');
      for (const name of ['timed.pcapng', 'interrupted.pcap']) {
        expect((await run(['read', name], { cwd })).out).toBe('');
      }
    },
    TEST_LIMIT,
  );

  needsRoot(
    'what cannot be written is told with a name and a reason, before and while packets come',
    async () => {
      const cwd = freshFolder();
      const namespace = await networkNamespace();
      const missing = await run(['sniff', '-i', 'lo', '-w', 'no/such/folder.pcap'], { namespace, cwd }, 1);
      expect(missing.err).toMatch(/^tcplab: cannot write "no\/such\/folder\.pcap": ENOENT, there is no such file/);
      const full = await run(['sniff', '-i', 'lo', '-w', '/dev/full'], { namespace, cwd }, 1);
      expect(full.err).toBe('tcplab: cannot write "/dev/full": ENOSPC, no space is left on the device\n');

      // The list itself, which is printed in the background.
      const words = [process.execPath, join(ROOT, 'tools/run.mjs'), join(ROOT, 'src/cli/main.ts'), 'sniff', '-i', 'lo'];
      const list = `${words.map((word) => `'${word}'`).join(' ')} --fields frame.number --duration 1 > /dev/full`;
      const unshown = await start('sh', ['-c', list], { namespace, cwd }).end(1);
      expect(unshown.err).toContain('tcplab: write to standard output: ENOSPC, no space is left on the device');

      await start('mkfifo', ['pipe'], { cwd }).end();
      const reader = start('head', ['-c', '1', 'pipe'], { cwd });
      const broken = await sniffing(['-w', 'pipe'], namespace, cwd);
      await reader.end();
      await start('python3', ['-c', NOISE], { namespace }).end();
      await broken.end(1);
      expect(broken.err).toContain('tcplab: cannot write "pipe": EPIPE, nobody reads it any more\n');
    },
    TEST_LIMIT,
  );
});

describe('which packets', () => {
  live(
    'which way they go is asked of the kernel, and the file says what was asked; -q shows none',
    async () => {
      const cwd = freshFolder();
      const namespace = await networkNamespace();
      // On the loopback each packet goes out and comes in.
      const [inbound, outbound, quiet] = await Promise.all([
        sniffing(['-f', 'inbound and udp', '-w', 'in.pcapng', '-q'], namespace, cwd),
        sniffing(['-f', 'outbound and tcp', '-w', 'out.pcapng', '-q'], namespace, cwd),
        sniffing(['-f', 'udp', '-q', '-c', '1'], namespace, cwd),
      ]);
      await start('python3', ['-c', NOISE], { namespace }).end();
      await quiet.end();
      expect(quiet.out).toBe('');
      expect(quiet.err).toContain('1 taken of 1 captured on lo');
      for (const { process } of [inbound, outbound]) process.kill('SIGINT');
      await Promise.all([inbound.end(), outbound.end()]);
      expect(inbound.err).toContain('1 kept of 1 captured on lo');
      expect(outbound.err).toContain('0 kept of 0 captured on lo');
      const filters = await run(['info', 'in.pcapng', 'out.pcapng'], { cwd });
      expect(filters.out).toContain('filter "inbound and udp"');
      expect(filters.out).toContain('filter "outbound and tcp"');
    },
    TEST_LIMIT,
  );
});

describe('a capture that cannot be', () => {
  needs({ root: true, tools: ['setpriv'] })(
    'no rights: what gives them, what was tried, and what needs none; nothing is written',
    async () => {
      const cwd = freshFolder();
      const powerless = ['--bounding-set=-all', '--inh-caps=-all', process.execPath, join(ROOT, 'tools/run.mjs')];
      const without = (...args: string[]): Promise<Program> =>
        start('setpriv', [...powerless, join(ROOT, 'src/cli/main.ts'), ...args], { cwd }).end(1);
      const [sniff, demo] = await Promise.all([
        without('sniff', '-i', 'lo', '-w', 'x.pcapng'),
        without('demo', '--kernel', '--out', 'demo'),
      ]);
      for (const { err } of [sniff, demo]) {
        expect(err).toMatch(/^tcplab: capturing on lo: permission denied/);
        for (const way of ['sudo', 'setcap cap_net_raw', 'dumpcap', 'tcplab sniff -i cable', 'tcplab read FILE']) {
          expect(err).toContain(way);
        }
        expect(err).not.toContain('    at ');
      }
      expect(existsSync(join(cwd, 'x.pcapng'))).toBe(false);
    },
    TEST_LIMIT,
  );

  test(
    'no such interface: which there are; a wrong filter: where; wrong numbers: what is right',
    async () => {
      const cwd = freshFolder();
      const [interfaces, list, filter, count, duration, two] = await Promise.all([
        run(['sniff', '-i', 'nosuch0'], { cwd }, 1),
        run(['sniff', '--list'], { cwd }),
        run(['sniff', '-i', 'lo', '-Y', 'tcp.prt == 7456', '-w', 'x.pcap'], { cwd }, 2),
        run(['sniff', '-c', '0'], { cwd }, 2),
        run(['sniff', '--duration', 'long'], { cwd }, 2),
        run(['sniff', '-i', 'cable', '-i', 'eth0'], { cwd }, 2),
      ]);
      expect(interfaces.err).toMatch(/^tcplab: there is no interface "nosuch0"\nThere are: .*\blo\b.*, any \(/);
      expect(list.lines[0]).toMatch(/^cable +up +the programs of tcplab; no rights needed$/);
      expect(list.out).toMatch(/^lo +up +this machine itself, 127\.0\.0\.1\/8/m);
      expect(filter.err).toContain('Did you mean tcp.port?\n    tcp.prt == 7456\n    ^~~~~~~\n');
      expect(existsSync(join(cwd, 'x.pcap'))).toBe(false);
      expect(count.err).toMatch(/^tcplab: -c is a whole number of 1 or more, not "0"\n$/);
      expect(duration.err).toBe('tcplab: --duration is a whole number from 1 to 1000000, not "long"\n');
      expect(two.err).toMatch(
        /^tcplab: -i takes one interface, not cable and eth0; -i any watches all of them .*tcplab merge/,
      );
    },
    TEST_LIMIT,
  );
});
