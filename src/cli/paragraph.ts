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
