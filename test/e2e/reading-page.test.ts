/** docs/reading.md: its programs are the examples, which do what they say; its commands are answered as tshark answers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { linesOf } from '../../examples/page.ts';
import { needs } from '../needs.ts';
import { ROOT, run, script, start, TEST_LIMIT } from './program.ts';

const LO = join(ROOT, 'test/golden/captures/lo.pcapng');
const PAGE = readFileSync(join(ROOT, 'docs/reading.md'), 'utf8');

/** An example as the page shows it: with the package's names. */
const example = (name: string): string =>
  readFileSync(join(ROOT, 'examples', name), 'utf8')
    .replace(/^\/\/.*\n/, '')
    .replace('../src/node/index.ts', 'tcplab/node')
    .replace(/\.\.\/src\/see\/(\w+)\/index\.ts/g, 'tcplab/$1');

test.each(['fields.ts', 'page.ts'])('the page shows examples/%s', (name) => {
  expect(PAGE).toContain(`\`\`\`ts\n${example(name)}\`\`\``);
});

test(
  'examples/fields.ts prints two fields of each packet that passes',
  async () => {
    const { lines } = await script('examples/fields.ts', [LO]).end();
    expect(lines).toHaveLength(10);
    expect(lines.slice(0, 3)).toEqual(['127.0.0.1 0', '127.0.0.1 0', '127.0.0.1 1']);
  },
  TEST_LIMIT,
);

test('examples/page.ts lists what passes, and says what is wrong with a capture', async () => {
  const octets = readFileSync(LO);
  expect(await linesOf(new Blob([octets]), 'tcp.flags.reset == 1')).toHaveLength(1);
  const cut = await linesOf(new Blob([octets.subarray(0, -10)]), 'tcp.flags.reset == 1');
  expect(cut.at(-1)).toMatch(/^the file ends in the middle of/);
});

describe('beside tshark', () => {
  const withTshark = needs({ tools: ['tshark'] });

  /** What both print, in another time zone than most machines'. */
  async function both(ours: readonly string[], theirs: readonly string[]): Promise<[ours: string, theirs: string]> {
    const env = { TZ: 'America/St_Johns' };
    const [mine, other] = await Promise.all([
      run(['read', LO, ...ours], { env }),
      start('tshark', ['-n', '-r', LO, ...theirs], { env }).end(),
    ]);
    return [mine.out, other.out];
  }

  withTshark(
    'kinds of time are tshark’s',
    async () => {
      for (const kind of ['d', 'a', 'ud', 'e']) {
        const [ours, theirs] = await both(['-t', kind], ['-t', kind]);
        expect(ours).toBe(theirs);
      }
      const shown = ['-Y', 'frame.number in {2, 5, 6}', '-t', 'dd'];
      const [ours, theirs] = await both(shown, shown);
      expect(ours).toBe(theirs);
    },
    TEST_LIMIT,
  );

  withTshark(
    'columns and the ways of writing fields are tshark’s',
    async () => {
      const columns = 'gui.column.format:"No.","%m","D","%d","S","%s","L","%L","I","%i","F","%Cus:tcp.stream:0:R"';
      const [list, theirList] = await both(['--columns', 'no,dst,src,length,info,tcp.stream'], ['-o', columns]);
      // tshark puts only the usual ones under one another.
      const squeezed = (text: string): string => text.replace(/ +/g, ' ');
      expect(squeezed(list)).toBe(squeezed(theirList));
      const fields = ['-T', 'fields', '-e', 'frame.number', '-e', 'ip.addr', '-e', 'tcp.flags', '-e', 'udp.port'];
      for (const layout of [
        ['-E', 'header=y', '-E', 'aggregator=/s'],
        ['-E', 'separator=/s', '-E', 'quote=d', '-E', 'occurrence=l'],
      ]) {
        const [ours, theirs] = await both([...fields, ...layout], [...fields, ...layout]);
        expect(ours).toBe(theirs);
      }
    },
    TEST_LIMIT,
  );
});

test(
  'what is asked for wrongly is answered with what there is',
  async () => {
    const wrong = async (...args: string[]): Promise<string> => (await run(['read', LO, ...args], {}, 2)).err;
    expect(await wrong('--columns', 'nunber')).toContain('there is no column "nunber"; did you mean number?');
    expect(await wrong('-t', 'x')).toContain('-t takes relative (r), delta (d)');
    expect(await wrong('-T', 'fields')).toContain('-T fields prints the fields that -e names');
    expect(await wrong('-e', 'tcp.port')).toContain('-e names a field for -T fields');
    expect(await wrong('-E', 'header=y')).toContain('-E says how fields are written');
    expect(await wrong('--color', 'maybe')).toContain('--color takes auto, always or never');
  },
  TEST_LIMIT,
);
