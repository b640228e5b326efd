/**
 * Standard output as a command uses it: text gathered into large writes, colour only where it is wanted, the width there is. A reader that
 * goes away (`tcplab read x | head`) ends the program quietly. Not here: what is printed.
 */
import { fstatSync, write } from 'node:fs';
import { promisify } from 'node:util';
import { TextSink, utf8 } from '../core/text-sink.ts';
import { timers } from '../node/builtin.ts';
import { systemError } from '../node/system-error.ts';
import { isFull, writeAll } from './write-all.ts';

/** Standard output's file descriptor. */
const STDOUT = 1;

/** Octets gathered before they are written. */
const BUFFER = 1 << 16;

/** The terminal's width where it is not known, in columns. */
const DEFAULT_WIDTH = 80;

/** Octets that wait for a slow reader in the background, at the most; lines beyond are counted and not shown. */
const BACKGROUND_LIMIT = 8 << 20;

const NEWLINE = 0x0a;

/** Where lines are written that are made of octets; `endLine` ends each. */
export const output: TextSink = new TextSink(2 * BUFFER);
/** Where the line that is being written begins. */
let lineStart = 0;
/** Printing does not wait for the reader, and who hears of a write that failed: see `printInBackground`. */
let background: ((error: unknown) => void) | undefined;
let notShown = 0;
/** Writes out the lines that somebody else writes. */
let flushElsewhere: (() => void) | undefined;
let writing: Promise<void> | undefined;

/** Prints a line. Lines are gathered: `flush` writes them out. */
export function print(line: string = ''): void {
  output.add(line);
  endLine();
}

/** Ends the line that was written to `output`. */
export function endLine(): void {
  if (background !== undefined && lineStart > BACKGROUND_LIMIT) {
    output.cut(lineStart);
    notShown++;
    return;
  }
  output.octet(NEWLINE);
  lineStart = output.length;
  if (lineStart >= BUFFER) flush();
}

/** Writes out what was printed. */
export function flush(): void {
  flushElsewhere?.();
  if (background !== undefined) {
    if (writing !== undefined || lineStart === 0) return;
    writing = writeInBackground()
      .catch(background)
      .then(() => {
        writing = undefined;
        // What was printed between the last look and now.
        flush();
      });
    return;
  }
  if (lineStart === 0) return;
  const { bytes } = output;
  const end = lineStart;
  forget();
  writeOut(bytes.subarray(0, end));
}

/** Somebody else writes lines from now on: behind what was printed so far, and before all that is printed later. `flushed` writes them out. */
export function flushBefore(flushed: () => void): void {
  flush();
  flushElsewhere = flushed;
}

/** The lines that wait wait no longer. */
function forget(): void {
  output.cut(0);
  lineStart = 0;
}

/**
 * Printing no longer waits for the reader, so that a slow one (a pager) holds up nobody whom this program serves. What finds no room is not shown.
 * @param failed is told of a write that failed, when it fails
 * @returns what ends this: it waits for the reader and answers how many lines were not shown, or throws what a write failed with
 */
export function printInBackground(failed: (error: unknown) => void): () => Promise<number> {
  let failure: unknown;
  background = (error) => {
    failure ??= error;
    failed(error);
  };
  return async () => {
    flush();
    while (writing !== undefined) await writing;
    background = undefined;
    if (failure !== undefined) throw failure;
    return notShown;
  };
}

const writeLater = promisify(write);

async function writeInBackground(): Promise<void> {
  while (lineStart > 0) {
    const octets = output.bytes.slice(0, lineStart);
    forget();
    for (let at = 0; at < octets.length; ) {
      try {
        at += (await writeLater(1, octets, at)).bytesWritten;
      } catch (error) {
        if (!isFull(error)) outputFailed(error);
        await timers().setTimeout(5);
      }
    }
  }
}

/**
 * Writing has failed. A reader that is gone ends the program: that is no failure, and there is nobody to tell.
 * @throws TcplabError the system's code
 */
export function outputFailed(error: unknown): never {
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0);
  throw systemError(error, 'write to standard output');
}

/** Writes octets to standard output, all of them, behind what was printed before. */
export function writeOctets(octets: Uint8Array): void {
  flush();
  writeOut(octets);
}

function writeOut(octets: Uint8Array): void {
  try {
    writeAll(octets);
  } catch (error) {
    outputFailed(error);
  }
}

/** Says something to the person beside the output: progress, notes, errors. */
export function say(line: string): void {
  flush();
  process.stderr.write(`${line}\n`);
}

/** When output is coloured; `auto` is on a terminal, as the environment says. */
export type ColourChoice = 'auto' | 'always' | 'never';

let colourChoice: ColourChoice = 'auto';

/** Chooses when output is coloured, over what the environment says unless it is `auto`. */
export function chooseColour(choice: ColourChoice): void {
  colourChoice = choice;
}

/** Whether to colour: on a terminal, unless NO_COLOR is set to anything (no-color.org) or the terminal is dumb; FORCE_COLOR asks for it elsewhere. */
export function wantsColour(): boolean {
  if (colourChoice !== 'auto') return colourChoice === 'always';
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '' && FORCE_COLOR !== '0') return true;
  return isTerminal() && TERM !== 'dumb';
}

/** Whether standard output is a terminal, where a person looks at it. Node loads streams to tell, which files and pipes can do without. */
export const isTerminal = (): boolean => mayBeTerminal() && process.stdout.isTTY === true;

function mayBeTerminal(): boolean {
  try {
    return fstatSync(STDOUT).isCharacterDevice();
  } catch {
    return false;
  }
}

/** Columns of the terminal, or of COLUMNS where there is none; 80 when nobody knows. At least 60. */
export function width(): number {
  const columns = process.stdout.columns ?? Number(process.env.COLUMNS);
  return Number.isInteger(columns) && columns > 0 ? Math.max(60, columns) : DEFAULT_WIDTH;
}

/** SGR codes for the few meanings that are coloured: the two ends as in the ladder. */
const SGR = { bold: '1', dim: '2', server: '35', client: '36', good: '32', bad: '31', closing: '33' } as const;

/** What switches a style on, as octets for a list; `undefined` switches all off. */
export const styleOctets = (style: keyof typeof SGR | undefined): Uint8Array =>
  utf8(`\x1b[${style === undefined ? 0 : SGR[style]}m`);

/** `text` in a colour, where colour is wanted. */
export function colour(style: keyof typeof SGR, text: string): string {
  return wantsColour() ? `\x1b[${SGR[style]}m${text}\x1b[0m` : text;
}
