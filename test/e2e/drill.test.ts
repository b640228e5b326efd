/** `tcplab drill`, as a person uses it: exit codes, JSON, directories, and scripts that cannot be read or understood. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freshFolder, run, TEST_LIMIT } from './program.ts';

const LISTENS = '0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n';
const ANSWERS = `${LISTENS}+0 < S 0:0(0) win 1000\n+0 > S. 0:0(0) ack`;

function folder(scripts: Readonly<Record<string, string>>): string {
  const at = freshFolder();
  for (const [name, text] of Object.entries(scripts)) writeFileSync(join(at, name), text);
  return at;
}

test(
  'each script of a directory has its line, whatever the others are; the exit code tells the worst',
  async () => {
    const at = folder({
      'a.pkt': `${ANSWERS} 1 <...>`,
      'b.pkt': `${ANSWERS} 2 <...>`,
      'c.pkt': '',
      'e.txt': 'no script',
    });
    mkdirSync(join(at, 'd.pkt'));
    const lines = (await run(['drill', '--json', at], {}, 2)).out.trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { outcome: string }).outcome)).toEqual([
      'passed',
      'failed',
      'invalid',
      'invalid',
    ]);
    const { out } = await run(['drill', at], {}, 2);
    expect(out).toContain(
      `${join(at, 'b.pkt')}:5: failed\n  expected: +0 > S. 0:0(0) ack 2 <...>\n  got:      > S. 0:0(0) ack 1`,
    );
    expect(out).toContain(`${join(at, 'd.pkt')} could not be read: EISDIR`);
    expect(out.trim().split('\n').at(-1)).toBe('1 passed, 3 failed');
    expect((await run(['drill', join(at, 'b.pkt')], {}, 1)).err).toBe('');
  },
  TEST_LIMIT,
);

test(
  'a directory in which links lead round about has each script once, by the names of its own folders',
  async () => {
    const at = folder({ 'a.pkt': '0 > nothing' });
    mkdirSync(join(at, 'b', 'c'), { recursive: true });
    writeFileSync(join(at, 'b', 'c', 'd.pkt'), '0 > nothing');
    symlinkSync('..', join(at, 'b', 'round'));
    symlinkSync('b', join(at, 'also-b'));
    symlinkSync('itself', join(at, 'itself'));
    symlinkSync('nowhere', join(at, 'gone'));
    const beyond = folder({ 'e.pkt': '0 > nothing' });
    symlinkSync(beyond, join(at, 'b', 'beyond'));
    const lines = (await run(['drill', '--json', at])).out.trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { file: string }).file)).toEqual(
      ['a.pkt', 'b/beyond/e.pkt', 'b/c/d.pkt'].map((name) => join(at, name)),
    );
  },
  TEST_LIMIT,
);

test(
  'options of packetdrill that mean nothing here are taken, and told with -v',
  async () => {
    const at = folder({ 'a.pkt': `${ANSWERS} 1 <...>` });
    const { out } = await run([
      'drill',
      '-v',
      '--debug',
      '--init_scripts=x.sh',
      '--tolerance_usecs=9',
      join(at, 'a.pkt'),
    ]);
    expect(out).toContain('note: --debug means nothing here\n  note: --init_scripts means nothing here');
  },
  TEST_LIMIT,
);

test(
  'a file that is not there, and a directory without scripts, are failed ones: the others are played',
  async () => {
    const at = folder({ 'a.pkt': `${ANSWERS} 1 <...>` });
    const missing = join(at, 'b.pkt');
    const empty = folder({});
    const { out } = await run(['drill', '-v', missing, empty, join(at, 'a.pkt')], {}, 2);
    expect(out).toContain(`there is no script ${missing}; name a file, or a directory`);
    expect(out).toContain(`${empty} has no .pkt file in it`);
    expect(out).toContain(`${join(at, 'a.pkt')}: passed`);
    expect(out.trim().split('\n').slice(-2)).toEqual([
      '2 of the failed could not be read or understood',
      '1 passed, 2 failed',
    ]);
  },
  TEST_LIMIT,
);

test(
  '- is a script from standard input',
  async () => {
    const { out } = await run(['drill', '-'], { input: `${ANSWERS} 2 <...>` }, 1);
    expect(out).toContain('standard input:5: failed');
    expect((await run(['drill', '-'], { input: `${ANSWERS} 1 <...>` })).out).toBe('1 passed, 0 failed\n');
  },
  TEST_LIMIT,
);
