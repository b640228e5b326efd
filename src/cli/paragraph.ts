/** Prose on a terminal. */
import { print } from './terminal.ts';

/** Text wrapped at `columns`, indented by two. */
export function paragraph(text: string, columns: number, out: (line: string) => void = print): void {
  let line = ' ';
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > columns && line.trim() !== '') {
      out(line);
      line = ' ';
    }
    line += ` ${word}`;
  }
  out(line);
}

/** A help text whose prose is wrapped anew where the terminal has fewer than `columns`: lines that are indented, lists and examples, stay as they are. */
export function narrowed(text: string, columns: number): string {
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    if (line.length <= columns || line.startsWith(' ')) {
      lines.push(line);
      continue;
    }
    let rest = line;
    while (rest.length > columns) {
      const space = rest.lastIndexOf(' ', columns);
      if (space <= 0) break;
      lines.push(rest.slice(0, space));
      rest = rest.slice(space + 1);
    }
    lines.push(rest);
  }
  return lines.join('\n');
}
