/** Programs with sockets on a cable: what two people in two terminals do, with a sniffer in a third. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cableHost } from '../../src/node/index.ts';
import { AF_INET, bytes, MSG_WAITALL, SOCK_STREAM, type StreamSocket, socket } from '../../src/speak/socket/bsd.ts';
import { type Child, freshFolder, start } from './children.ts';

const LIMIT = 60_000;

/** A new cable, and what starts programs on it. */
function cable(): { path: string; run: (program: string, ...args: string[]) => Child; watch: () => Promise<Child> } {
  const path = join(freshFolder(), 'cable');
  return {
    path,
    run: (program, ...args) => start(program, args, { TCPLAB_CABLE: path, NO_COLOR: '1' }),
    watch: async () => {
      const watcher = start('test/cable/program.ts', [path, 'watcher']);
      await watcher.until('joined');
      return watcher;
    },
  };
}

const TALKER = 'test/cable/talker.ts';
const WITHOUT_PORT = /^\d+>7456 |^7456>\d+ /;

/** A watcher's lines, seen from the client: `> SYN`, `< SYN,ACK`. */
const story = (watcher: Child): string[] =>
  watcher
    .lines()
    .slice(1)
    .map((line) => `${/^\d+>7456/.test(line) ? '>' : '<'} ${line.replace(WITHOUT_PORT, '')}`);

test(
  'server and client say what the textbook’s say, end by themselves, and eight packets pass: none before the client starts',
  async () => {
    const { run, watch } = cable();
    const watcher = await watch();
    const server = run('examples/server.ts');
    await server.until("Hey you I'm listening on 7456...weird port by the way");
    expect(story(watcher)).toEqual([]);
    const client = run('examples/client.ts');
    expect([await client.end(), await server.end()]).toEqual([0, 0]);
    expect(client.out).toBe('Sending data...\n');
    const port = /^(\d+)>/.exec(watcher.lines()[1] ?? '')?.[1];
    expect(server.out).toBe(
      `Hey you I'm listening on 7456...weird port by the way\nFROM: ('127.0.0.1', ${port}) MSG: b'Hola server, are you bored?'\n\n`,
    );
    await expect.poll(() => story(watcher).length, { timeout: LIMIT }).toBe(8);
    const packets = story(watcher);
    expect(packets.slice(0, 4)).toEqual(['> SYN', '< SYN,ACK', '> ACK', '> PSH,ACK']);
    // The client's FIN and the server's acknowledgment of the data may cross.
    expect([...packets.slice(4, 6)].sort()).toEqual(['< ACK', '> FIN,ACK']);
    expect(packets.slice(6)).toEqual(['< FIN,ACK', '> ACK']);
  },
  LIMIT,
);

test(
  'one loop over poll answers several at once',
  async () => {
    const { path, run } = cable();
    const server = run('examples/poll.ts');
    await server.until('Everybody on 7456 is answered');
    const host = cableHost({ path });
    const [first, second] = [0, 1].map(() => socket(host, AF_INET, SOCK_STREAM));
    const say = async (own: StreamSocket, words: string): Promise<string> => {
      await own.sendall(bytes(words));
      return new TextDecoder().decode(await own.recv(words.length, MSG_WAITALL));
    };
    await first!.connect(['localhost', 7456]);
    await second!.connect(['localhost', 7456]);
    expect([await say(second!, 'two'), await say(first!, 'one'), await say(second!, 'two again')]).toEqual([
      'two',
      'one',
      'two again',
    ]);
    await second!.close();
    await server.until('Somebody goes: segments in 2, out 2');
    expect(await say(first!, 'still there')).toBe('still there');
    await first!.close();
    server.process.kill();
  },
  LIMIT,
);

test(
  'a client without a server is refused, by a reset that the sniffer sees',
  async () => {
    const { run, watch } = cable();
    const watcher = await watch();
    const client = run('examples/client.ts');
    expect(await client.end()).toBe(1);
    expect(client.err).toContain('ECONNREFUSED, the connection was refused: nobody listens there');
    await expect.poll(() => story(watcher), { timeout: LIMIT }).toEqual(['> SYN', '< RST,ACK']);
  },
  LIMIT,
);

test(
  'a second server on the port is told that it is in use, and takes it when the first has ended',
  async () => {
    const { run } = cable();
    const first = run('examples/server.ts');
    await first.until(/listening/);
    const second = run('examples/server.ts');
    expect(await second.end()).toBe(1);
    expect(second.err).toContain('EADDRINUSE');
    first.process.kill('SIGKILL');
    await first.end();
    const third = run('examples/server.ts');
    await third.until(/listening/);
  },
  LIMIT,
);

test(
  'the program that serves the cable is killed in the middle of a transfer between two others: it goes on, whole',
  async () => {
    const { run, watch, path } = cable();
    const hub = start('test/cable/program.ts', [path, 'member']);
    await hub.until('joined');
    const watcher = await watch();
    const sink = run(TALKER, 'sink');
    await sink.until('listening');
    const source = run(TALKER, 'source', '1000000');
    await source.until('half');
    hub.process.kill('SIGKILL');
    await hub.end();
    source.tell({});
    expect([await source.end(), await sink.end()]).toEqual([0, 0]);
    expect(sink.lines().at(-1)).toBe(`1000000 ${source.lines()[0]}`);
    expect(watcher.lines()).toContain('interrupted');
  },
  LIMIT,
);

for (const victim of ['wait', 'serve']) {
  const served = victim === 'serve' ? 'served' : 'did not serve';
  test(
    `a program whose peer is killed is told, and does not wait for ever, when the killed one ${served} the cable`,
    async () => {
      const { run } = cable();
      const server = run(TALKER, 'serve');
      await server.until('listening');
      const client = run(TALKER, 'wait');
      await Promise.all([client.until('connected'), server.until('accepted')]);
      const [dead, alive] = victim === 'serve' ? [server, client] : [client, server];
      dead.process.kill('SIGKILL');
      expect(await alive.end()).toBe(0);
      expect(alive.lines().at(-1)).toBe('ECONNRESET');
    },
    LIMIT,
  );
}

test(
  'datagrams find their way, and the answer back',
  async () => {
    const { run } = cable();
    const server = run(TALKER, 'dgram');
    await server.until('bound');
    const client = run(TALKER, 'ask');
    expect([await client.end(), await server.end()]).toEqual([0, 0]);
    expect(client.out).toBe(`b"you said b'hi'"\n`);
  },
  LIMIT,
);
