import { expect, test } from 'vitest';
import { checkNamedSections, compliancePage, readCitations } from './citations.ts';

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
  expect(page).toContain('| MUST-10 | §3.5 |');
  expect(page).toContain('4 are cited in the code and 2 in the tests');
  expect(page.match(/^\| MUST-10 .*not yet \| not yet \|$/m)).not.toBeNull();
});
