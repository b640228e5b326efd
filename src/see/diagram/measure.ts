/**
 * How wide text is, without a font engine: a table of advance widths of DejaVu Sans, which is wider than the other fonts a viewer is likely to
 * choose. What fits by this table fits there. Also breaking text into lines by any measure.
 */

/** How a piece of text is set. */
export interface TextStyle {
  /** In CSS pixels. */
  readonly size: number;
  readonly mono: boolean;
  readonly bold: boolean;
}

/** Widths of the characters from space to tilde, in hundredths of the size, rounded up. */
const SANS: readonly number[] = [
  32, 41, 46, 84, 64, 96, 78, 28, 40, 40, 50, 84, 32, 37, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34, 84,
  84, 84, 54, 100, 69, 69, 70, 78, 64, 58, 78, 76, 30, 30, 66, 56, 87, 75, 79, 61, 79, 70, 64, 62, 74, 69, 99, 69, 62,
  69, 40, 34, 40, 84, 50, 50, 62, 64, 55, 64, 62, 36, 64, 64, 28, 28, 58, 28, 98, 64, 62, 64, 64, 42, 53, 40, 64, 60,
  82, 60, 60, 53, 64, 34, 64, 84,
];
const MONO = 61;
/** Any other character: as wide as the size. */
const OTHER = 100;
/** How much wider bold letters may be. */
const BOLD = 1.2;

/** The width of a text in CSS pixels, rather too much than too little. */
export function textWidth(text: string, { size, mono, bold }: TextStyle): number {
  let hundredths = 0;
  for (const character of text) hundredths += mono ? MONO : (SANS[character.charCodeAt(0) - 32] ?? OTHER);
  return (hundredths * size * (bold && !mono ? BOLD : 1)) / 100;
}

/** The words of a text in lines that `fits` accepts; a word that does not fit a line of its own is broken, behind a colon where it has one: no group of an address, and no port, is torn. */
export function wrap(text: string, fits: (line: string) => boolean): string[] {
  const lines: string[] = [];
  let line = '';
  for (let word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (fits(longer)) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    while (!fits(word) && word.length > 1) {
      let length = word.length - 1;
      while (length > 1 && !fits(word.slice(0, length))) length--;
      let end = length;
      while (end > 1 && (word[end - 1] !== ':' || word[end] === ':')) end--;
      if (end > 1) length = end;
      lines.push(word.slice(0, length));
      word = word.slice(length);
    }
    line = word;
  }
  if (line !== '') lines.push(line);
  return lines;
}
