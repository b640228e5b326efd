/**
 * `tcplab listen`, `connect` and `sniff -i cable`: what two people in two terminals do, with a third one watching, as users without rights; and the same
 * commands on this machine's own TCP. What a cable is and withstands is in test/cable/.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { seeded } from '../../src/core/random.ts';
import { needs } from '../needs.ts';
import {
  freePort,
  freshFolder,
  type Program,
  ROOT,
  run,
  type StartOptions,
  script,
  start,
  TEST_LIMIT,
  tcplab,
} from './program.ts';

/** A new cable: programs started with these options are on it, as a user without rights. */
function cable(): StartOptions {
  const cwd = freshFolder(true);
  return { cwd, env: { TCPLAB_CABLE: join(cwd, 'cable') }, ordinary: true, input: 'open' };
}

async function sniffing(on: StartOptions, ...args: string[]): Promise<Program> {
  const sniffer = tcplab(['sniff', '-i', 'cable', ...args], on);
  await sniffer.until('Ctrl-C ends it');
  return sniffer;
}

async function listening(on: StartOptions, ...args: string[]): Promise<Program> {
  const server = tcplab(['listen', '7456', ...args], on);
  await server.until('Ctrl-C ends it');
  return server;
}

const flagsOf = (program: Program): string[] => program.lines.map((line) => /\[(.*?)\]/.exec(line)?.[1] ?? line);

/** Octets that look like nothing. */
function noise(octets: number, seed: number): Buffer {
  const random = seeded(seed);
  const words = Int32Array.from({ length: octets / 4 }, () => random.next());
  return Buffer.from(words.buffer);
}

const hash = (octets: Uint8Array): string => createHash('sha256').update(octets).digest('hex');

describe('on the cable', () => {
  needs({ tools: ['script'] })(
    'two people in two terminals, a sniffer in a third: nothing until the client starts, then eight packets',
    async () => {
      const on = cable();
      /** The command line in a terminal of its own. */
      const terminal = (...args: string[]): Program => {
        const words = [process.execPath, join(ROOT, 'tools/run.mjs'), join(ROOT, 'src/cli/main.ts'), ...args];
        return start('script', ['-qec', words.map((word) => `'${word}'`).join(' '), '/dev/null'], on);
      };
      const sniffer = await sniffing(on);
      const server = terminal('listen', '7456');
      await server.until('Listening on localhost:7456, on the cable. Ctrl-C ends it.');
      expect(sniffer.out).toBe('');
      const client = terminal('connect', 'localhost', '7456');
      await client.until('Connected to localhost:7456, on the cable.');
      client.type('Hola server, are you bored?\n');
      await server.until('Hola server, are you bored?');
      await sniffer.until('[ACK] Seq=1 Ack=29');
      client.type('\x04');
      await Promise.all([client.end(), server.end()]);
      await sniffer.until(/\[ACK\] Seq=30 Ack=2 .*\n/);
      expect(flagsOf(sniffer)).toEqual(['SYN', 'SYN, ACK', 'ACK', 'PSH, ACK', 'ACK', 'FIN, ACK', 'FIN, ACK', 'ACK']);
      const lines = sniffer.lines.map((line) => line.trim().replace(/\s+/g, ' '));
      expect(lines[0]).toMatch(/^1 0\.000000000 127\.0\.0\.1 → 127\.0\.0\.1 TCP \d+ \d+ → 7456 \[SYN\] Seq=0 /);
      expect(lines[3]).toContain('Len=28');
      expect(server.out).toMatch(/Connection from 127\.0\.0\.1:\d+/);
      sniffer.process.kill('SIGINT');
      await sniffer.end();
      expect(sniffer.err).toMatch(/\n8 shown of 8 captured on .*cable, none lost\n$/);
    },
    TEST_LIMIT,
  );

  test(
    'the examples say what the textbook’s programs say; the sniffer ends after the eighth packet',
    async () => {
      const on = cable();
      const sniffer = await sniffing(on, '-c', '8', '-w', 'cable.pcapng', '-P');
      const server = script('examples/server.ts', [], on);
      await server.until("Hey you I'm listening on 7456...weird port by the way\n");
      expect(sniffer.out).toBe('');
      const client = await script('examples/client.ts', [], on).end();
      await Promise.all([server.end(), sniffer.end()]);
      expect(client.out).toBe('Sending data...\n');
      const port = /(\d+) → 7456 \[SYN\]/.exec(sniffer.out)![1];
      expect(server.out).toBe(
        `Hey you I'm listening on 7456...weird port by the way\nFROM: ('127.0.0.1', ${port}) MSG: b'Hola server, are you bored?'\n\n`,
      );
      const told = await run(['explain', 'cable.pcapng'], on);
      const story = told.out.replace(/\s+/g, ' ');
      expect(story).toContain('27 octets went from the client to the server, no octets the other way, in 8 segments');
      expect(story).toContain('The client closed first');
      expect(story).toContain('It ended in good order');
    },
    TEST_LIMIT,
  );

  test(
    'text both ways; the end of input closes one direction only: the answer to everything comes after it',
    async () => {
      const on = cable();
      const [sniffer, server] = await Promise.all([sniffing(on), listening(on)]);
      const client = tcplab(['connect', 'localhost', '7456'], on);
      await client.until('Connected');
      server.type('Who is there?\n');
      await client.until('Who is there?\n');
      client.type('¿Hola?\n');
      client.endInput();
      await server.until('¿Hola?\n');
      // The server knows that no more will come.
      await sniffer.until(/→ 7456 \[FIN, ACK\] [\s\S]* 7456 → \d+ \[ACK\]/);
      server.type('Good bye.\n');
      server.endInput();
      await Promise.all([client.end(), server.end()]);
      expect(client.out).toBe('Who is there?\nGood bye.\n');
      expect(server.out).toBe('¿Hola?\n');
    },
    TEST_LIMIT,
  );

  test(
    'a server whose client has closed ends by itself, though its input is open',
    async () => {
      const on = cable();
      const server = await listening(on);
      await run(['connect', 'localhost', '7456'], { ...on, input: 'That is all.\n' });
      await server.end();
      expect(server.out).toBe('That is all.\n');
    },
    TEST_LIMIT,
  );

  test(
    'three megabytes arrive as they were sent, in either direction and in both at once',
    async () => {
      const [up, down] = [noise(3_000_000, 1), noise(1_000_000, 2)];
      const on = cable();
      const server = await listening({ ...on, input: down });
      const client = await run(['connect', 'localhost', '7456'], { ...on, input: up });
      await server.end();
      expect(server.octets.length).toBe(up.length);
      expect(hash(server.octets)).toBe(hash(up));
      expect(hash(client.octets)).toBe(hash(down));
    },
    TEST_LIMIT,
  );

  test(
    'nobody listens: refused, with what to do; the port of another is told, too',
    async () => {
      const on = cable();
      // One after the other: the first to come is the cable's hub, and a datagram sent while a hub goes is lost, as datagrams are.
      const refused = await run(['connect', 'localhost', '7456'], on, 1);
      const unreachable = await run(['connect', 'localhost', '7457', '-u'], { ...on, input: 'hello?' }, 1);
      const server = await listening(on);
      expect(refused.err).toBe(
        'tcplab: connect localhost:7456: ECONNREFUSED, the connection was refused: nobody listens there. Start one on the cable: tcplab listen 7456\n',
      );
      expect(unreachable.err).toMatch(/ECONNREFUSED.*Start one on the cable: tcplab listen 7457 -u\n$/);
      const second = await run(['listen', '7456'], on, 1);
      expect(second.err).toMatch(/^tcplab: .*7456.*EADDRINUSE.* choose another port\n$/);
      expect(server.out).toBe('');
    },
    TEST_LIMIT,
  );

  test(
    '-u: datagrams there and back',
    async () => {
      const on = cable();
      const sniffer = await sniffing(on, '--fields', 'udp.dstport,udp.length', '-c', '2');
      const server = await listening(on, '-u');
      server.type('first answer');
      const client = tcplab(['connect', 'localhost', '7456', '-u'], on);
      client.type('first');
      await server.until('first');
      await client.until('first answer');
      client.endInput();
      await client.end();
      server.process.kill('SIGINT');
      await sniffer.end();
      expect(sniffer.lines).toEqual(['udp.dstport\tudp.length', '7456\t13', expect.stringMatching(/^\d{5}\t20$/)]);
    },
    TEST_LIMIT,
  );

  test(
    'two cables do not mix, whether named by --cable or by TCPLAB_CABLE',
    async () => {
      const [one, other] = [cable(), cable()];
      const path = other.env!.TCPLAB_CABLE!;
      const [sniffer, server] = await Promise.all([sniffing(one), listening(one)]);
      const lost = await run(['connect', 'localhost', '7456', '--cable', path], one, 1);
      expect(lost.err).toContain('ECONNREFUSED');
      expect(sniffer.out).toBe('');
      await run(['connect', 'localhost', '7456'], { ...one, input: 'found' });
      await server.end();
      expect(server.out).toBe('found');
      await sniffer.until(/^ +1 .*\[SYN\]/);
    },
    TEST_LIMIT,
  );

  test(
    'Ctrl-C ends a connection in good order, and says so to whoever started the program',
    async () => {
      const on = cable();
      const sniffer = await sniffing(on, '-Y', 'tcp.flags.fin == 1 or tcp.flags.reset == 1');
      const server = await listening(on);
      const client = tcplab(['connect', 'localhost', '7456'], on);
      await Promise.all([client.until('Connected'), server.until('Connection from')]);
      client.process.kill('SIGINT');
      await client.end(130);
      await server.end();
      await sniffer.until(/FIN[\s\S]*FIN/);
      expect(new Set(flagsOf(sniffer))).toEqual(new Set(['FIN, ACK']));
    },
    TEST_LIMIT,
  );
});

describe('--kernel', () => {
  needs({ tools: ['python3'] })(
    'with ordinary programs on this machine’s own TCP, either way round; an answer after our end of input arrives',
    async () => {
      const [first, second] = [await freePort(), await freePort()];
      const python = (name: string, port: number, ...args: string[]): Program =>
        start('python3', [join(ROOT, 'test/e2e', name), String(port), ...args]);
      const theirs = python('server.py', first, '--answer');
      await theirs.until('Hey you');
      const client = await run(['connect', 'localhost', String(first), '--kernel'], { input: 'Anybody?' });
      await theirs.end();
      expect(client.out).toBe('I am never bored.\n');
      expect(client.err).toMatch(/^Connected to \S+:\d+, by this machine's own TCP\.\n$/);
      expect(theirs.out).toContain("MSG: b'Anybody?'");

      const ours = tcplab(['listen', String(second), '--kernel'], { input: 'open' });
      await ours.until('Ctrl-C ends it');
      await python('client.py', second).end();
      await ours.end();
      expect(ours.out).toBe('Hola server, are you bored?');
    },
    TEST_LIMIT,
  );

  test(
    'a large answer after our end of input, and datagrams',
    async () => {
      const port = String(await freePort());
      const [up, down] = [noise(200_000, 3), noise(3_000_000, 4)];
      const server = tcplab(['listen', port, '--kernel'], { input: down });
      await server.until('Ctrl-C ends it');
      const client = await run(['connect', '127.0.0.1', port, '--kernel'], { input: up });
      await server.end();
      expect(hash(server.octets)).toBe(hash(up));
      expect(hash(client.octets)).toBe(hash(down));

      const other = tcplab(['listen', port, '-u', '--kernel'], { input: 'open' });
      await other.until('Ctrl-C ends it');
      other.type('welcome');
      const sender = tcplab(['connect', '127.0.0.1', port, '-u', '--kernel'], { input: 'open' });
      sender.type('hello');
      await Promise.all([other.until('hello'), sender.until('welcome')]);
      sender.endInput();
      await sender.end();
    },
    TEST_LIMIT,
  );

  test(
    'refusals and names that are none are told with what to do',
    async () => {
      const port = String(await freePort());
      const [tcp, udp, name] = await Promise.all([
        run(['connect', '127.0.0.1', port, '--kernel'], {}, 1),
        run(['connect', '127.0.0.1', port, '--kernel', '-u'], { input: 'hello?' }, 1),
        run(['connect', 'no.such.host.invalid', port, '--kernel'], {}, 1),
      ]);
      expect(tcp.err).toMatch(/ECONNREFUSED.*\. Start one on this machine: tcplab listen \d+ --kernel\n$/);
      expect(udp.err).toMatch(/ECONNREFUSED.*\. Start one on this machine: tcplab listen \d+ -u --kernel\n$/);
      expect(name.err).toMatch(/^tcplab: connect no\.such\.host\.invalid:\d+: /);
      expect(name.err).not.toContain('    at ');
    },
    TEST_LIMIT,
  );
});
