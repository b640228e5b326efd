/** Our own scripts, each by the behaviour it is named for: all of this directory pass. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Audit, auditText } from '../../src/lab/audit/index.ts';
import { reportLines, runScript } from '../../src/lab/drill/index.ts';
import { CannotTell } from '../cannot-tell.ts';

const FOLDER = import.meta.dirname;

const scriptsIn = (folder: string): string[] =>
  readdirSync(join(FOLDER, folder)).filter((name) => name.endsWith('.pkt'));

const scripts = scriptsIn('');

test('there are scripts', () => {
  expect(scripts.length).toBeGreaterThanOrEqual(60);
});

/** Where Linux decides otherwise than the RFC has it, who watches the line and believes the RFC cannot know. */
test.each(scriptsIn('linux'))('linux/%s', async (name) => {
  const result = await runScript(readFileSync(join(FOLDER, 'linux', name), 'utf8'), name, {
    afterPrograms: (callback) => void setImmediate(callback),
  });
  expect(result.outcome, reportLines(result, true).join('\n')).toBe('passed');
});

const cannotTell = new CannotTell();

test.each(scripts)('%s', async (name) => {
  const audit = new Audit();
  const result = await runScript(readFileSync(join(FOLDER, name), 'utf8'), name, {
    afterPrograms: (callback) => void setImmediate(callback),
    readFile: (path) => readFileSync(join(FOLDER, path), 'utf8'),
    onHost: (host) => audit.watch(host),
  });
  expect(result.outcome, reportLines(result, true).join('\n')).toBe('passed');
  expect(result.notes).toEqual([]);
  const report = audit.finish();
  expect(report.differ, auditText(report)).toBe(0);
  cannotTell.add(report);
});

// Many scripts are an end and a few segments, some of them such as nobody sends.
test('the analysis of their segments could mostly tell what the connection was', () => {
  cannotTell.expectAtMost({
    ...{ state: 0.01, 'snd.una': 0.1, 'snd.nxt': 0.09, 'snd.wnd': 0.11 },
    ...{ 'rcv.nxt': 0.17, 'rcv.wnd': 0.01 },
  });
});
