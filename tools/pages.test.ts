import { expect, test } from 'vitest';
import { checkCommands, checkDependencies, checkErrors, checkLinks, errorCodes } from './pages.ts';

const pages = (text: string): Map<string, string> =>
  new Map([
    ['docs/a.md', text],
    ['README.md', '# tcplab\n\n## Five things to try\n'],
  ]);

test('links lead to files and headings', () => {
  const check = (text: string): number[] =>
    checkLinks(pages(text), (path) => path === 'docs/ladder.svg').map(({ line }) => line);
  const good =
    '# A Page\n[a](../README.md) [b](../README.md#five-things-to-try) [c](#a-page) ![d](ladder.svg) <img src="ladder.svg"> [e](https://example.org/x.md) `[f](none.md)`';
  expect(check(good)).toEqual([]);
  expect(check('\n[a](none.md)')).toEqual([2]);
  expect(check('\n\n<img src="none.svg">')).toEqual([3]);
  expect(check('[a](../README.md#nothing)')).toEqual([1]);
  expect(check('[a](#nothing)')).toEqual([1]);
});

test('commands exist', () => {
  const check = (text: string): string[] =>
    checkCommands(pages(text), ['ok', 'start', 'tcplab'], ['sniff', 'read']).map(
      ({ line, message }) => `${line}: ${message}`,
    );
  const good =
    'tcplab shows `npm run ok`, `npm start`\n```sh\nnpx tcplab read x.pcap\ntcpdump -w - | tcplab read -\nnpm run -s tcplab -- sniff -i lo\ntcplab --help\n```\n';
  expect(check(good)).toEqual([]);
  expect(check('`npm run oke`')[0]).toContain('1: names "npm run oke"');
  expect(check('`npm test`')[0]).toContain('"npm run test"');
  expect(check('\n```sh\ntcplab snif -i lo\n```\n')[0]).toContain('3: names "tcplab snif"');
  expect(check('`npm run -s tcplab -- snif`')[0]).toContain('names "tcplab snif"');
  expect(check('```sh\nls | tcplab raed -\n```\n')[0]).toContain('names "tcplab raed"');
});

test('dependencies and rows are the same', () => {
  const page = '| package | what for |\n| `koffi` | capture |\n| `gone` | nothing |\n';
  expect(checkDependencies('d.md', page, ['koffi', 'fresh']).map(({ line, message }) => `${line}: ${message}`)).toEqual(
    [
      '1: package.json has fresh, and no row here says what it is for and why this one.',
      '3: gone is not in package.json any more: remove its row.',
    ],
  );
});

test('error codes and headings are the same; environment variables and tests have none', () => {
  const own = errorCodes(
    new Map([
      ['src/node/a.ts', `\nthrow new TcplabError('TCPLAB_LOST', process.env['TCPLAB_CABLE']);`],
      ['src/node/a.test.ts', `expect('TCPLAB_TEST')`],
    ]),
  );
  expect([...own]).toEqual([['TCPLAB_LOST', { file: 'src/node/a.ts', line: 2 }]]);
  const page = '# Errors\n### EINVAL\n### `EPERM`\n### TCPLAB_OLD\n';
  const said = checkErrors('docs/errors.md', page, ['EINVAL', 'EPIPE'], own);
  expect(said.map(({ file, line, message }) => `${file}:${line}: ${message.split(/[ :]/, 4).join(' ')}`)).toEqual([
    'docs/errors.md:1: EPIPE has no heading',
    'src/node/a.ts:2: TCPLAB_LOST has no heading',
    'docs/errors.md:3: nothing in src/ throws',
    'docs/errors.md:4: nothing in src/ throws',
  ]);
});
