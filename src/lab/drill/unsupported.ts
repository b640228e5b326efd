/** What a script asks for and this machine has not: neither a fault of the script nor of the stack, so it is told apart from both. */

/** Thrown inside a run, caught at its end. */
export class Unsupported extends Error {
  /** In words: `setsockopt TCP_CORK`. */
  readonly what: string;
  /** The line that asks for it, where that is known. */
  line: number | undefined;

  constructor(what: string, line?: number) {
    super(`not supported yet: ${what}`);
    this.name = 'Unsupported';
    this.what = what;
    this.line = line;
  }
}
