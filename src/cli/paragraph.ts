/** Prose on a terminal. */
import { print } from './terminal.ts';

/** Text in lines of at most `columns`, but for words that are longer, each behind an indent. */
function wrapped(text: string, columns: number, indent: string): string[] {
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of text.split(' ')) {
    if (line !== undefined && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = undefined;
    }
    line = line === undefined ? indent + word : `${line} ${word}`;
  }
  return [...lines, line!];
}

/** Text wrapped at `columns`, indented by two. */
export function paragraph(text: string, columns: number, out: (line: string) => void = print): void {
  for (const line of wrapped(text, columns, '  ')) out(line);
}

/** What the items of a list begin with. */
const ITEM = '  - ';
const UNDER_ITEM = ' '.repeat(ITEM.length);

/** A help text whose paragraphs and items are wrapped anew where the terminal has fewer than `columns`: other lines that are indented, examples, stay as they are. */
export function narrowed(text: string, columns: number): string {
  const lines: string[] = [];
  let prose: string[] = [];
  const endParagraph = (): void => {
    const fits = prose.every((line) => line.length <= columns);
    lines.push(...(fits ? prose : wrapped(prose.join(' '), columns, '')));
    prose = [];
  };
  for (const line of text.split('\n')) {
    if (line !== '' && !line.startsWith(' ')) {
      prose.push(line);
      continue;
    }
    endParagraph();
    if (line.startsWith(ITEM)) {
      const [first, ...rest] = wrapped(line.slice(ITEM.length), columns, UNDER_ITEM);
      lines.push(ITEM + first!.slice(ITEM.length), ...rest);
    } else lines.push(line);
  }
  endParagraph();
  return lines.join('\n');
}
