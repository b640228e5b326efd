/** What happened in a run, line by line in the script's notation: the ladder that failures print. Of a long run the end is kept. */
import type { Micros } from '../../core/time.ts';
import { MAX_LADDER_LINE, MAX_LADDER_LINES, MAX_OUTPUT } from './limits.ts';
import { timeText } from './notation.ts';

/** A ladder, and what code printed on the way. */
export class ScriptLadder {
  readonly output: string[] = [];
  readonly #lines: string[] = [];
  #dropped = 0;
  #outputLength = 0;

  /** Its lines. */
  get lines(): readonly string[] {
    return this.#dropped === 0 ? this.#lines : [`... ${this.#dropped} lines before`, ...this.#lines];
  }

  /** A line. */
  add(text: string, time: Micros): void {
    const shown = text.length > MAX_LADDER_LINE ? `${text.slice(0, MAX_LADDER_LINE)} ...` : text;
    this.#lines.push(`${timeText(time)} ${shown}`);
    if (this.#lines.length > MAX_LADDER_LINES) {
      this.#lines.shift();
      this.#dropped++;
    }
  }

  /** Something that code printed; what is too much is left out. */
  print(text: string): void {
    this.#outputLength += text.length;
    if (this.#outputLength <= MAX_OUTPUT) this.output.push(text);
  }
}
