/**
 * How the command line ends when something is wrong: one message that says what and what to do, never a stack trace, and an exit code.
 * 0: done. 1: it could not be done. 2: the call was wrong, or the capture that was read is damaged.
 */
import { type ErrorCode, TcplabError } from '../core/errors.ts';
import { nameOf } from '../node/file-error.ts';
import { flush, say } from './terminal.ts';

export const EXIT = { DONE: 0, FAILED: 1, WRONG: 2 } as const;

/** A call that was wrong: the message says how it is right. */
export class UsageError extends Error {}

/** Ends the program with a message for what was thrown. A reader of standard output that has gone away ends it quietly, as it does when text is printed. */
export function fail(error: unknown): never {
  if (error instanceof TcplabError && error.code === 'EPIPE' && error.message.includes(nameOf('-', 'write')))
    process.exit(EXIT.DONE);
  flush();
  say(messageOf(error));
  process.exit(error instanceof UsageError || isFilterError(error) ? EXIT.WRONG : EXIT.FAILED);
}

const isFilterError = (error: unknown): boolean => error instanceof TcplabError && error.code === 'TCPLAB_FILTER';

function messageOf(error: unknown): string {
  if (error instanceof TcplabError || error instanceof UsageError) return `tcplab: ${error.message}`;
  const { stack } = error as Error;
  return `tcplab: this should not have happened. Please report it with what you did:\n${stack ?? String(error)}`;
}

/** `error` with what to do about it behind its message, where its code is one of those that advice is for; any other as it is. */
export function withAdvice(error: unknown, advice: Partial<Record<ErrorCode, string>>): unknown {
  if (!(error instanceof TcplabError)) return error;
  const text = advice[error.code];
  return text === undefined ? error : new TcplabError(error.code, `${error.message}. ${text}`);
}

/** A whole number from an option's text. */
export function wholeNumber(text: string, name: string, from: number, to: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= from && value <= to) return value;
  const range = to >= 2 ** 31 ? `of ${from} or more` : `from ${from} to ${to}`;
  throw new UsageError(`${name} is a whole number ${range}, not "${text}"`);
}

/** A port, 1 to 65535, from an argument. */
export const portNumber = (text: string): number => wholeNumber(text, 'a port', 1, 65535);
