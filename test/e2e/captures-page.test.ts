/** docs/captures.md and the README: their programs do what the pages say. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { freshFolder, ROOT, script, start, TEST_LIMIT } from './program.ts';

const LO = join(ROOT, 'test/golden/captures/lo.pcapng');
const PLACES: Readonly<Record<string, string>> = {
  'tcplab/node': 'src/node/index.ts',
  'tcplab/capture': 'src/see/capture/index.ts',
  'tcplab/dissect': 'src/see/dissect/index.ts',
  'tcplab/filter': 'src/see/filter/index.ts',
};

test(
  'the example copies what it says, and the page shows the example',
  async () => {
    const page = readFileSync(join(ROOT, 'docs/captures.md'), 'utf8');
    let program = readFileSync(join(ROOT, 'examples/cut.ts'), 'utf8').replace(/^\/\/.*\n/, '');
    for (const [name, place] of Object.entries(PLACES)) program = program.replace(`../${place}`, name);
    expect(page).toContain(`\`\`\`ts\n${program}\`\`\``);
    const folder = freshFolder();
    const { out } = await script('examples/cut.ts', [LO, join(folder, 'some.pcapng')]).end();
    expect(out).toBe('10 of 10 packets are copied.\n');
    expect(readFileSync(join(folder, 'some.pcapng'))).toEqual(readFileSync(LO));
  },
  TEST_LIMIT,
);

test(
  'the README’s program opens a capture, filters it and prints two fields',
  async () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    let program = [...readme.matchAll(/```ts\n(.*?)```/gs)]
      .map(([, text]) => text!)
      .find((text) => text.includes('readCapture'))!;
    for (const [name, place] of Object.entries(PLACES)) {
      program = program.replace(`'${name}'`, `'${pathToFileURL(join(ROOT, place)).href}'`);
    }
    const folder = freshFolder();
    writeFileSync(join(folder, 'program.mts'), program.replace("'mine.pcapng'", JSON.stringify(LO)));
    const { lines } = await start(process.execPath, [join(ROOT, 'tools/run.mjs'), join(folder, 'program.mts')]).end();
    expect(lines).toHaveLength(10);
    expect(lines[0]).toBe('127.0.0.1 0');
  },
  TEST_LIMIT,
);
