/** docs/introspection.md: its program, what that says, and its lists of reasons. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DROPS, SEND_REASONS } from '../../src/speak/index.ts';
import { freshFolder, start } from '../cable/children.ts';
import { needs } from '../needs.ts';
import { ROOT, run } from './program.ts';

const page = readFileSync(join(ROOT, 'docs/introspection.md'), 'utf8');

test('the example says what the page shows, and the page shows the example', async () => {
  const example = start('examples/why.ts', [join(freshFolder(), 'why.pcapng')], {});
  expect(await example.end()).toBe(0);
  expect(page).toContain(`\`\`\`text\n${example.out.trimEnd()}\n\`\`\``);
  const program = readFileSync(join(ROOT, 'examples/why.ts'), 'utf8')
    .replace('../src/lab/index.ts', 'tcplab/lab')
    .replace('../src/node/index.ts', 'tcplab/node')
    .replace('../src/speak/index.ts', 'tcplab/stack')
    .replace(/^\/\/.*\n/, '');
  expect(page).toContain(`\`\`\`ts\n${program}\`\`\``);
}, 60_000);

needs({ tools: ['tshark'] })(
  'its capture has the reasons',
  async () => {
    const file = join(freshFolder(), 'why.pcapng');
    expect(await start('examples/why.ts', [file], {}).end()).toBe(0);
    const comments = execFileSync('tshark', ['-r', file, '-T', 'fields', '-e', 'frame.comment'], { encoding: 'utf8' });
    const reasons = comments
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/:| \|/)[0]);
    expect(reasons.slice(0, 4)).toEqual(['active open', 'accepted', 'SYN,ACK received', 'new data']);
    expect(reasons.filter((reason) => reason === 'fast retransmit')).toHaveLength(1);
  },
  60_000,
);

test('tcplab demo --why says why under each packet', async () => {
  const { out } = await run(['demo', '--why'], { cwd: freshFolder() });
  const reasons = [...out.matchAll(/^ {6}(.*?): .* \(RFC \d+ §[\d.]+\)$/gm)].map(([, reason]) => reason);
  expect(reasons).toEqual([
    ...['active open', 'SYN received', 'SYN,ACK received', 'new data', 'quick ACK'],
    ...['close', 'close', 'FIN received'],
  ]);
}, 60_000);

test('every reason is listed', () => {
  for (const [name, { words, rfc }] of Object.entries(SEND_REASONS))
    expect(page).toContain(`\n| ${name} | ${words} | ${rfc} |\n`);
  for (const [name, words] of Object.entries(DROPS)) expect(page).toContain(`\n| ${name} | it ${words} |\n`);
});
