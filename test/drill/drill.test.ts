/** Our own scripts, each by the behaviour it is named for: all of this directory pass. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reportLines, runScript } from '../../src/lab/drill/index.ts';

const FOLDER = import.meta.dirname;

const scripts = readdirSync(FOLDER).filter((name) => name.endsWith('.pkt'));

test('there are scripts', () => {
  expect(scripts.length).toBeGreaterThanOrEqual(60);
});

test.each(scripts)('%s', async (name) => {
  const result = await runScript(readFileSync(join(FOLDER, name), 'utf8'), name, {
    afterPrograms: (callback) => void setImmediate(callback),
    readFile: (path) => readFileSync(join(FOLDER, path), 'utf8'),
  });
  expect(result.outcome, reportLines(result, true).join('\n')).toBe('passed');
  expect(result.notes).toEqual([]);
});
