/** What is counted while a person waits: one line on standard error that is written over, on a terminal only, from the first second on. Not here: what is counted. */

/** How long nothing is said, and how often it is written anew, in milliseconds. */
const FIRST = 1000;
const AGAIN = 200;

/** The line. */
export class RunningCount {
  readonly #what: string;
  #next = Date.now() + FIRST;
  #written = false;

  /** @param what is counted: `packets` */
  constructor(what: string) {
    this.#what = what;
  }

  /**
   * Writes the count, when it is time.
   * @param part how much of the work is done, from 0 to 1, where that is known
   */
  show(count: number, part?: number): void {
    const now = Date.now();
    if (now < this.#next) return;
    // Asked late: Node loads streams to tell, which a short command can do without.
    const isShown = process.stderr.isTTY === true;
    this.#next = isShown ? now + AGAIN : Number.POSITIVE_INFINITY;
    if (!isShown) return;
    this.#written = true;
    const share = part === undefined ? '' : ` ${String(Math.floor(100 * Math.min(1, part))).padStart(3)} %`;
    process.stderr.write(`\r\x1b[K${count.toLocaleString('en')} ${this.#what}${share}`);
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#written) process.stderr.write('\r\x1b[K');
    this.#written = false;
  }
}
