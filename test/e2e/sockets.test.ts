/**
 * The same small programs (sockets.txt) on this machine's own sockets (sockets.py) and on ours: every call must answer the same, octets, bits and error codes. Calls are
 * `NAME VERB WORD...`; all sockets are told not to wait, and what a call brings about has happened when the next one is made.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { MILLISECOND } from '../../src/core/time.ts';
import * as face from '../../src/speak/socket/bsd.ts';
import { Host } from '../../src/speak/stack/host.ts';
import { needs } from '../needs.ts';
import { virtualDriver } from '../network.ts';
import { ROOT } from './program.ts';

/** Programs by name: `# NAME`, then lines with calls between semicolons. */
function programs(text: string): [name: string, lines: string[]][] {
  return text
    .split(/^# /m)
    .slice(1)
    .map((part) => {
      const [name = '', ...lines] = part.trim().split('\n');
      return [
        name,
        lines
          .flatMap((line) => line.split(';'))
          .map((call) => call.trim())
          .filter(Boolean),
      ];
    });
}

const constant = (name: string): number => (face as unknown as Record<string, number>)[name]!;

const POLL = [
  ['IN', face.POLLIN],
  ['PRI', face.POLLPRI],
  ['OUT', face.POLLOUT],
  ['ERR', face.POLLERR],
  ['HUP', face.POLLHUP],
  ['NVAL', face.POLLNVAL],
  ['RDHUP', face.POLLRDHUP],
] as const;

const STRUCTURES: Readonly<Record<string, readonly string[]>> = {
  SO_LINGER: ['onoff', 'linger'],
  SO_RCVTIMEO: ['sec', 'usec'],
  SO_SNDTIMEO: ['sec', 'usec'],
};

/** Plays lines on sockets of ours: both ends on the loopback of one host. */
async function play(lines: readonly string[]): Promise<string[]> {
  const driver = virtualDriver();
  const host = new Host({ driver, buffers: 16 << 20 });
  const sockets = new Map<string, face.StreamSocket>();
  const fresh = (): face.StreamSocket => {
    const made = face.socket(host, face.AF_INET, face.SOCK_STREAM);
    made.setblocking(false);
    return made;
  };
  const outcomes: string[] = [];
  await driver.run(async () => {
    for (const words of lines) {
      const [name = '', verb = '', ...rest] = words.split(' ');
      try {
        outcomes.push(await act(sockets, fresh, name, verb, rest));
      } catch (error) {
        outcomes.push((error as { code?: string }).code ?? String(error));
      }
      await driver.sleep(5 * MILLISECOND);
    }
    for (const left of sockets.values()) left.close();
  });
  return outcomes;
}

async function act(
  sockets: Map<string, face.StreamSocket>,
  fresh: () => face.StreamSocket,
  name: string,
  verb: string,
  words: readonly string[],
): Promise<string> {
  if (!sockets.has(name) && (verb === 'socket' || verb === 'listen' || verb === 'bound' || verb === 'connect'))
    sockets.set(name, fresh());
  if (verb === 'accept') {
    const [accepted] = await sockets.get(words[0]!)!.accept();
    sockets.set(name, accepted);
    accepted.setblocking(false);
    return 'ok';
  }
  const own = sockets.get(name)!;
  const flags = words
    .slice(1)
    .reduce((all, flag) => all | (verb === 'recv' || verb === 'send' ? constant(flag) : 0), 0);
  const [level, option] = [constant(words[0]!), constant(words[1]!)];
  const fields = STRUCTURES[words[1] ?? ''];
  switch (verb) {
    case 'socket':
      return 'ok';
    case 'bound':
      await own.bind(['127.0.0.1', 0]);
      return 'ok';
    case 'listen':
      await own.bind(['127.0.0.1', 0]);
      await own.listen(Number(words[0]));
      return 'ok';
    case 'listen-on':
      await own.listen(Number(words[0]));
      return 'ok';
    case 'bind':
      await own.bind(['127.0.0.1', 0]);
      return 'ok';
    case 'connect':
      await own.connect(sockets.get(words[0]!)!.getsockname());
      return 'ok';
    case 'recv': {
      const octets = await own.recv(Number(words[0]), flags);
      return octets.length < 20 ? `'${new TextDecoder().decode(octets)}'` : `${octets.length} octets`;
    }
    case 'send':
      return String(await own.send(face.bytes(words[0]!), flags));
    case 'fill':
      // Full is what is still full a moment later.
      for (;;) {
        let sent = 0;
        try {
          for (;;) sent += await own.send(new Uint8Array(65_536));
        } catch (error) {
          if (sent === 0) throw error;
        }
        await own.driver.sleep(200 * MILLISECOND);
      }
    case 'drain':
      while ((await own.recv(1 << 20)).length > 0);
      return 'end';
    case 'shutdown':
      own.shutdown(Number(words[0]) as 0);
      return 'ok';
    case 'close':
      own.close();
      return 'ok';
    case 'peer':
      own.getpeername();
      return 'ok';
    case 'poll': {
      const [bits = 0] = await face.poll([{ socket: own, events: 0x2047 }], 0);
      return POLL.flatMap(([word, bit]) => (bits & bit ? [word] : [])).join('|') || '0';
    }
    case 'set': {
      const values = words.slice(2).map(Number);
      const value = fields ? Object.fromEntries(fields.map((field, i) => [field, values[i]])) : values[0];
      own.setsockopt(level, option, value as number);
      return 'ok';
    }
    case 'get': {
      const value = own.getsockopt(level, option) as unknown as Record<string, number>;
      return fields ? fields.map((field) => value[field]).join(' ') : String(value);
    }
    default:
      throw new Error(`no verb ${verb}`);
  }
}

needs({ tools: ['python3'] })('the same programs get the same answers from Linux and from us', async () => {
  const all = programs(readFileSync(`${ROOT}/test/e2e/sockets.txt`, 'utf8'));
  const input = JSON.stringify(all.map(([, lines]) => lines));
  const { stdout, stderr } = spawnSync('python3', [`${ROOT}/test/e2e/sockets.py`], { input, encoding: 'utf8' });
  expect(stderr).toBe('');
  const linux = JSON.parse(stdout) as string[][];
  for (const [i, [name, lines]] of all.entries()) {
    const ours = await play(lines);
    const table = (outcomes: readonly string[]): string[] => lines.map((line, j) => `${line}: ${outcomes[j]}`);
    expect.soft([name, ...table(ours)]).toEqual([name, ...table(linux[i]!)]);
  }
});
