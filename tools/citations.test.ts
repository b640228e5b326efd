import { describe, expect, test } from 'vitest';
import { REQUIREMENTS } from '../src/rules/requirements.ts';
import { checkCompliance, checkNamedSections, compliancePage, readCitations } from './citations.ts';

const read = (files: Record<string, string>): ReturnType<typeof readCitations> =>
  readCitations(new Map(Object.entries(files)));

/** What is said about one file with this comment. */
const said = (comment: string): string =>
  read({ 'src/speak/tcp/a.ts': `export const a = 1;\n${comment}\nexport const b = 2;\n` })
    .problems.map(({ line, message }) => `${line}: ${message}`)
    .join('\n');

test.each([
  '//= RFC 9293 §3.5 MUST-10',
  '//= RFC 9293 §3.5 MUST-10, MUST-11',
  '//= RFC 9293 §3.5 MUST-10: simultaneous open',
  '//= RFC 9293 §3.10.7.4: first, check the sequence number',
  '//= RFC 9293 §3.10.8 TIME-WAIT TIMEOUT',
  '//= RFC 6298 §5.3',
])('%s is a citation', (comment) => {
  expect(said(comment)).toBe('');
});

test.each([
  ['//= RFC 9293 §3.5 MUST-70', '2: RFC 9293 has no MUST-70'],
  ['//= RFC 9293 §3.6 MUST-10', '2: MUST-10 stands in §3.5'],
  ['//= RFC 793 §3.5 MUST-10', "2: MUST-10 is cited from RFC 793, but the labels are RFC 9293's"],
  ['//= RFC 9293 §3.11', '2: RFC 9293 has no section 3.11'],
  ['//= RFC 1149 §1', '2: RFC 1149 is not in the list'],
  ['//= MUST-10', '2: "//= MUST-10" is not a citation'],
  ['//= RFC 9293 §3.5 MUST10', 'is not a citation'],
  ['//= RFC 9293 §3.5 SHOULD-1', 'is not a citation'],
  ['//= RFC 9293 3.5 MUST-10', 'is not a citation'],
])('%s is refused', (comment, message) => {
  expect(said(comment)).toContain(message);
});

test('a section named in any text must exist', () => {
  expect(checkNamedSections('docs/a.md', 'See RFC 9293 §3.10.7.4 and RFC 7323 §2.3.')).toEqual([]);
  expect(checkNamedSections('docs/a.md', '\nSee RFC 9293 §3.99.')).toMatchObject([{ line: 2 }]);
});

test('a citation is placed in the function or test that it stands in or before', () => {
  const { citations, problems } = read({
    'src/speak/tcp/a.ts': `
      //= RFC 9293 §3.1 MUST-1
      export function before(): void {}
      export function around(): void {
        const x = 1;
        //= RFC 9293 §3.1 MUST-2
        if (x) return;
      }
      class Sender {
        //= RFC 9293 §3.1 MUST-3
        method(): void {}
      }
      const arrow = () => {
        return 1; //= RFC 9293 §3.1 MUST-4
      };
      const text = '//= not a citation';
    `,
    'src/speak/tcp/a.test.ts': `
      //= RFC 9293 §3.1 MUST-1
      test('a window is unsigned', () => {
        const helper = () => 1;
        //= RFC 9293 §3.1 MUST-2
        expect(helper()).toBe(1);
      });
    `,
  });
  expect(problems).toEqual([]);
  expect(citations.map(({ label, place }) => `${label} ${place}`)).toEqual([
    'MUST-1 before',
    'MUST-2 around',
    'MUST-3 method',
    'MUST-4 arrow',
    'MUST-1 a window is unsigned',
    'MUST-2 a window is unsigned',
  ]);
  const page = compliancePage(citations);
  const row = page.split('\n').find((line) => line.startsWith('| MUST-1 |'));
  expect(row).toContain('[speak/tcp/a.ts](../src/speak/tcp/a.ts): before');
  expect(row).toContain('[speak/tcp/a.test.ts](../src/speak/tcp/a.test.ts): a window is unsigned');
  expect(row).toContain('not negative ones. (§3.1) |');
  expect(page).toContain('4 are cited in the code and 2 in the tests');
  expect(page.match(/^\| MUST-10 .*not yet \| not yet \|$/m)).not.toBeNull();
});

test('a declined MAY has its reason on the page, in place of code and test', () => {
  const page = compliancePage([], new Map([['MAY-1', 'Nobody wants it.']]));
  expect(page).toMatch(/^\| MAY-1 \| .* \| declined: Nobody wants it\. \| {2}\|$/m);
  expect(page).toContain('1 are declined');
});

describe('every requirement is met and guarded', () => {
  type Citations = Parameters<typeof checkCompliance>[0];
  const all: Citations = REQUIREMENTS.flatMap(({ label }) => [
    { label, file: 'src/speak/tcp/a.ts', place: 'a' },
    { label, file: 'src/speak/tcp/a.test.ts', place: 'a' },
  ]);
  const nothing = new Map<string, string>();
  const without = (label: string, file = ''): Citations =>
    all.filter((citation) => citation.label !== label || !citation.file.endsWith(file));
  const said = (...args: Parameters<typeof checkCompliance>): string =>
    checkCompliance(...args)
      .map(({ message }) => message)
      .join('\n');

  test('all of them cited twice is all right, and so is a declined MAY', () => {
    expect(said(all, nothing)).toBe('');
    expect(said(without('MAY-1'), new Map([['MAY-1', 'No.']]))).toBe('');
  });

  test.each([
    [without('MUST-1', 'a.ts'), 'MUST-1 is not cited in the code: '],
    [without('MUST-1', 'test.ts'), 'MUST-1 is not cited at a test: '],
    [without('SHLD-1'), 'SHLD-1 is not cited in the code and not at a test: '],
    [without('REC-1'), 'REC-1 is not cited in'],
    [without('MAY-1'), 'Cite it, or say in DECLINED why not.'],
  ])('what is missing is named (%#)', (citations, message) => {
    expect(said(citations, nothing)).toContain(message);
    expect(said(citations, nothing).split('\n')).toHaveLength(1);
  });

  test('only a MAY is declined, and not one that is done', () => {
    expect(said(without('SHLD-1'), new Map([['SHLD-1', 'No.']]))).toContain('only a MAY can be');
    expect(said(all, new Map([['MAY-1', 'No.']]))).toContain('MAY-1 is declined and cited as well');
    expect(said(all, new Map([['MAY-19', 'No.']]))).toContain('RFC 9293 has no MAY-19');
  });
});
