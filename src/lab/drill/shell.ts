/**
 * The words of shell commands, with quotes and backslashes as sh takes them. Nothing is run: of what would have to be, sums of whole numbers (`$((15*1024))`) are
 * done, and the rest stays as it is written. Read first: POSIX.1-2024, Shell Command Language, §2.2 and §2.3.
 */

/** A word, or a sign that stands between words, such as `>` or `;`. */
export interface ShellWord {
  readonly text: string;
  readonly isSign: boolean;
}

/** A line; it may hold several commands, and goes on where a quote or a backslash says so. */
export interface ShellLine {
  /** As it is written, without comments. */
  readonly text: string;
  readonly words: readonly ShellWord[];
  /** A quote in it has no end. */
  readonly isOpen: boolean;
}

const TOKEN =
  /(?<joint>\\\n)|(?<space>[ \t\r]+)|(?<newline>\n)|\$\(\((?<sum>[\d\s*+-]+)\)\)|(?<sign>[;&|<>()])|'(?<single>[^']*)'|"(?<double>(?:\\[\s\S]|[^"\\])*)"|\\(?<escaped>[\s\S])|(?<plain>[^ \t\r\n;&|<>()'"\\$]+|\$)|(?<open>['"\\][\s\S]*)/y;

/** The lines of a shell text that have words. */
export function shellLines(text: string): ShellLine[] {
  const lines: ShellLine[] = [];
  let words: ShellWord[] = [];
  let word: string | undefined;
  let isOpen = false;
  let from = 0;
  const endWord = (): void => {
    if (word !== undefined) words.push({ text: word, isSign: false });
    word = undefined;
  };
  const endLine = (end: number): void => {
    endWord();
    const written = text
      .slice(from, end)
      .replace(/\\\n[ \t]*/g, '')
      .trim();
    if (words.length > 0) lines.push({ text: written, words, isOpen });
    words = [];
  };
  let end = 0;
  for (let at = 0; at < text.length; ) {
    if (word === undefined && text[at] === '#') {
      const newline = text.indexOf('\n', at);
      at = newline < 0 ? text.length : newline;
      continue;
    }
    TOKEN.lastIndex = at;
    const { joint, space, newline, sum, sign, single, double, escaped, plain, open } = TOKEN.exec(text)!.groups!;
    at = TOKEN.lastIndex;
    if (newline !== undefined) {
      endLine(end);
      from = at;
    } else if (space !== undefined) endWord();
    else if (sign !== undefined) {
      endWord();
      words.push({ text: sign, isSign: true });
    } else if (joint === undefined) {
      isOpen ||= open !== undefined;
      const inner = single ?? escaped ?? plain ?? open;
      word = (word ?? '') + (inner ?? (sum === undefined ? withinQuotes(double!) : summed(sum)));
    }
    if (space === undefined) end = at;
  }
  endLine(end);
  return lines;
}

/** What stands between double quotes: a backslash has its meaning before some signs only. */
const withinQuotes = (text: string): string =>
  text
    .replace(/\$\(\(([\d\s*+-]+)\)\)/g, (_, sum: string) => summed(sum))
    .replace(/\\([$`"\\\n])/g, (_, sign: string) => (sign === '\n' ? '' : sign));

/** Sums and products of whole numbers; as it is written where they are too large. */
function summed(expression: string): string {
  let total = 0;
  for (const [, sign, product = ''] of expression.replace(/\s+/g, '').matchAll(/([+-]?)(\d+(?:\*\d+)*)/g)) {
    const value = product.split('*').reduce((all, factor) => all * Number(factor), 1);
    total += sign === '-' ? -value : value;
  }
  return Number.isSafeInteger(total) ? String(total) : `$((${expression}))`;
}
