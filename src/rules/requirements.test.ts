import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { needs, SHARED } from '../../test/needs.ts';
import { REQUIREMENTS, requirement } from './requirements.ts';
import { citationProblem, RFCS, SECTIONS } from './sections.ts';

/** The lines of RFC 9293 by section, and all of Appendix B under `B`; each joined so that a label broken over two lines is whole. */
function sectionTexts(): Map<string, string> {
  const lines = readFileSync(`${SHARED}/rfc/rfc9293.txt`, 'utf8').split('\n');
  const start = lines.indexOf('1.  Purpose and Scope');
  const texts = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of lines.slice(start)) {
    const heading = /^(?:Appendix )?(\d+(?:\.\d+)*|[AB](?:\.\d+)*)\. {1,2}\S/.exec(line);
    if (heading?.[1] !== undefined) {
      current = [];
      texts.set(heading[1], current);
    }
    current.push(line);
  }
  return new Map([...texts].map(([section, part]) => [section, part.join(' ').replace(/-\s+(?=\d)/g, '-')]));
}

test('every label of Appendix B is there, once', () => {
  const labels = REQUIREMENTS.map(({ label }) => label);
  const run = (kind: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${kind}-${i + 1}`);
  const expected = [...run('MUST', 69), ...run('SHLD', 31), ...run('MAY', 18), ...run('REC', 1)];
  expect(labels.toSorted()).toEqual(expected.toSorted());
});

test('each is one sentence of its own, and stands in a section that exists', () => {
  expect(new Set(REQUIREMENTS.map(({ text }) => text)).size).toBe(REQUIREMENTS.length);
  for (const { label, section, text } of REQUIREMENTS) {
    expect(text, label).toMatch(/^[A-Z].*\.$/);
    expect(SECTIONS.has(section), label).toBe(true);
  }
  expect(requirement('MUST-10')?.section).toBe('3.5');
  expect(requirement('MUST-70')).toBeUndefined();
});

test('a citation of what is not there is a problem', () => {
  expect(citationProblem(9293, '3.10.7.4')).toBeUndefined();
  expect(citationProblem(9293, '3.11')).toContain('no section 3.11');
  expect(citationProblem(6298, '2')).toBeUndefined();
  expect(citationProblem(1149, '1')).toContain('RFC 1149');
});

const itReads = needs({ shared: true });

itReads("each label stands in its section of the RFC's text, and in Appendix B", () => {
  const texts = sectionTexts();
  const has = (section: string, label: string): boolean => new RegExp(`\\b${label}\\b`).test(texts.get(section) ?? '');
  for (const { label, section } of REQUIREMENTS) {
    expect(has('B', label), `${label} in Appendix B`).toBe(true);
    // Only Appendix B has this label; the clause it names is in §3.8.3.
    if (label !== 'MUST-22') expect(has(section, label), `${label} in §${section}`).toBe(true);
  }
});

itReads("the sections and their titles are the RFC's", () => {
  const texts = sectionTexts();
  for (const [section, title] of SECTIONS) {
    const text = texts.get(section)?.replace(/\s+/g, ' ');
    expect(text, section).toMatch(new RegExp(`^(Appendix )?${section.replaceAll('.', '\\.')}\\. `));
    expect(text, section).toContain(title);
  }
  const unlisted = [...texts.keys()].filter((section) => !SECTIONS.has(section) && !section.startsWith('8'));
  expect(unlisted).toEqual([]);
});

itReads("no sentence is the RFC's own", () => {
  const flat = [...sectionTexts().values()].join(' ').replace(/\s+/g, ' ');
  for (const { label, text } of REQUIREMENTS) expect(flat.includes(text.slice(0, 40)), label).toBe(false);
});

itReads('the RFCs have their titles', () => {
  const flat = (text: string): string => text.replace(/[\s_]+/g, ' ').toLowerCase();
  for (const [number, title] of RFCS) {
    const path = `${SHARED}/rfc/rfc${number}.txt`;
    if (!existsSync(path)) continue;
    expect(flat(readFileSync(path, 'utf8').slice(0, 6000)), `RFC ${number}`).toContain(flat(title));
  }
});
