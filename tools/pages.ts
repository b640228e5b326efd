/** The checks of what people read: links, commands, dependencies and error codes named in README, CONTRIBUTING and docs/. */
import { posix } from 'node:path';
import type { Problem, Sources } from './problem.ts';
import { lineAt } from './problem.ts';

/** Relative links lead to files that are there, and `#heading` to a heading of a page. */
export function checkLinks(pages: Sources, exists: (path: string) => boolean): Problem[] {
  const problems: Problem[] = [];
  for (const [file, text] of pages) {
    const prose = withoutCode(text);
    for (const match of prose.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)|(?:src|srcset|href)="([^"]+)"/g)) {
      const target = match[1] ?? match[2] ?? '';
      if (/^[a-z][a-z+.-]*:/i.test(target)) continue;
      const [path = '', heading] = target.split('#');
      const full = path === '' ? file : posix.normalize(posix.join(posix.dirname(file), decodeURI(path)));
      const line = lineAt(text, match.index);
      const page = pages.get(full);
      if (page === undefined && !exists(full))
        problems.push({ file, line, message: `links to ${target}: there is no ${full}.` });
      else if (heading && page !== undefined && !headings(page).includes(heading)) {
        problems.push({ file, line, message: `links to ${target}: ${full} has no such heading.` });
      }
    }
  }
  return problems;
}

/** The same text with code replaced by blanks, so that places stay where they were. */
function withoutCode(text: string): string {
  const blank = (code: string): string => code.replace(/[^\n]/g, ' ');
  return text.replace(/^```[^\n]*\n[\s\S]*?^```/gm, blank).replace(/`[^`\n]*`/g, blank);
}

/** The headings of a page, as GitHub makes anchors of them. */
function headings(page: string): string[] {
  return [...page.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** A call of the command line, at the beginning of a command: `tcplab read`, `npx tcplab read`, `npm run -s tcplab -- read`. */
const TCPLAB = /(?:(?:^|[|;&(]|\$ |npx |sudo |\b[A-Z_]+=\S* )[ \t]*tcplab|npm run(?: -\S+)* tcplab --) ([a-z][\w-]*)/gm;

/** `npm run X`, `npm start` and `tcplab X` in code name what there is. Without `subcommands` those are not checked. */
export function checkCommands(
  pages: Sources,
  scripts: readonly string[],
  subcommands: readonly string[] | undefined,
): Problem[] {
  const problems: Problem[] = [];
  for (const [file, text] of pages) {
    for (const { code, at } of codeOf(text)) {
      const refuse = (index: number, message: string): void => {
        problems.push({ file, line: lineAt(text, at + index), message });
      };
      for (const match of code.matchAll(/\bnpm (?:(?:run|run-script)((?: -\S+)*) ([\w:-]+)|(start|test)\b)/g)) {
        const name = match[2] ?? match[3] ?? '';
        if (!scripts.includes(name))
          refuse(match.index, `names "npm run ${name}", and package.json has no such script.`);
      }
      if (subcommands === undefined) continue;
      for (const match of code.matchAll(TCPLAB)) {
        const name = match[1] ?? '';
        if (name !== 'help' && !subcommands.includes(name)) {
          refuse(match.index, `names "tcplab ${name}", and src/cli/commands/ has no such command.`);
        }
      }
    }
  }
  return problems;
}

/** The code of a page: fenced blocks and spans. */
function codeOf(text: string): { code: string; at: number }[] {
  const found = [...text.matchAll(/^```[^\n]*\n([\s\S]*?)^```|`([^`\n]+)`/gm)];
  return found.map((match) => {
    const code = match[1] ?? match[2] ?? '';
    return { code, at: match.index + match[0].indexOf(code) };
  });
}

/** Each dependency has a row in docs/dependencies.md, and each row a dependency. */
export function checkDependencies(file: string, page: string, dependencies: readonly string[]): Problem[] {
  const rows = [...page.matchAll(/^\| `([^`]+)` \|/gm)];
  const named = rows.map(([, name = '']) => name);
  return [
    ...dependencies
      .filter((name) => !named.includes(name))
      .map((name) => ({
        file,
        line: 1,
        message: `package.json has ${name}, and no row here says what it is for and why this one.`,
      })),
    ...rows
      .filter(([, name = '']) => !dependencies.includes(name))
      .map((match) => ({
        file,
        line: lineAt(page, match.index),
        message: `${match[1]} is not in package.json any more: remove its row.`,
      })),
  ];
}

/** The TCPLAB_ codes that the sources throw, each with the first place. Names of environment variables are none. */
export function errorCodes(sources: Sources): Map<string, { file: string; line: number }> {
  const codes = new Map<string, { file: string; line: number }>();
  for (const [file, text] of sources) {
    if (file.endsWith('.test.ts')) continue;
    for (const match of text.matchAll(/(?<!env\[)(['"`])(TCPLAB_[A-Z0-9_]+)\1/g)) {
      const code = match[2] ?? '';
      if (!codes.has(code)) codes.set(code, { file, line: lineAt(text, match.index) });
    }
  }
  return codes;
}

/** Each error code has a heading in docs/errors.md, and each heading there that is a code, a place that throws it. */
export function checkErrors(
  file: string,
  page: string,
  posix: readonly string[],
  own: ReadonlyMap<string, { file: string; line: number }>,
): Problem[] {
  const titles = [...page.matchAll(/^#+ `?([A-Z][A-Z0-9_]+)`?$/gm)];
  const named = titles.map(([, code = '']) => code);
  const missing = (code: string): string =>
    `${code} has no heading in ${file}: add "### ${code}" with its meaning, its usual cause and what to do.`;
  return [
    ...posix.filter((code) => !named.includes(code)).map((code) => ({ file, line: 1, message: missing(code) })),
    ...[...own].filter(([code]) => !named.includes(code)).map(([code, at]) => ({ ...at, message: missing(code) })),
    ...titles
      .filter(([, code = '']) => !posix.includes(code) && !own.has(code))
      .map((match) => ({
        file,
        line: lineAt(page, match.index),
        message: `nothing in src/ throws ${match[1]}: remove its heading.`,
      })),
  ];
}
