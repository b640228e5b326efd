/**
 * Standard output as a command uses it: text gathered into large writes, colour only where it is wanted, the width there is. A reader that
 * goes away (`tcplab read x | head`) ends the program quietly. Not here: what is printed.
 */
import { writeSync } from 'node:fs';

/** Octets gathered before they are written. */
const BUFFER = 1 << 16;

/** The terminal's width where it is not known, in columns. */
const DEFAULT_WIDTH = 80;

let waiting: string[] = [];
let waitingLength = 0;

/** Prints a line. Lines are gathered: `flush` writes them out. */
export function print(line: string = ''): void {
  waiting.push(line, '\n');
  waitingLength += line.length + 1;
  if (waitingLength >= BUFFER) flush();
}

/** Writes out what was printed. */
export function flush(): void {
  if (waitingLength === 0) return;
  const text = waiting.join('');
  waiting = [];
  waitingLength = 0;
  writeOut(Buffer.from(text));
}

/** Writes octets to standard output, all of them, behind what was printed before. */
export function writeOctets(octets: Uint8Array): void {
  flush();
  writeOut(octets);
}

function writeOut(octets: Uint8Array): void {
  for (let at = 0; at < octets.length; ) {
    try {
      at += writeSync(1, octets, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Nobody reads on: that is no failure, and there is nobody to tell.
      if (code === 'EPIPE') process.exit(0);
      if (code !== 'EAGAIN') throw error;
      // A full pipe that does not block: give its reader a millisecond.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

/** Says something to the person beside the output: progress, notes, errors. */
export function say(line: string): void {
  flush();
  process.stderr.write(`${line}\n`);
}

/** Whether to colour: on a terminal, unless NO_COLOR is set to anything (no-color.org) or the terminal is dumb; FORCE_COLOR asks for it elsewhere. */
export function wantsColour(): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '' && FORCE_COLOR !== '0') return true;
  return process.stdout.isTTY === true && TERM !== 'dumb';
}

/** Columns of the terminal, or of COLUMNS where there is none; 80 when nobody knows. At least 60. */
export function width(): number {
  const columns = process.stdout.columns ?? Number(process.env.COLUMNS);
  return Number.isInteger(columns) && columns > 0 ? Math.max(60, columns) : DEFAULT_WIDTH;
}

/** SGR codes for the few meanings that are coloured: the two ends as in the ladder. */
const SGR = { bold: '1', dim: '2', server: '35', client: '36', good: '32', bad: '31' } as const;

/** `text` in a colour, where colour is wanted. */
export function colour(style: keyof typeof SGR, text: string): string {
  return wantsColour() ? `\x1b[${SGR[style]}m${text}\x1b[0m` : text;
}
