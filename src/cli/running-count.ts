/** What is counted while a person waits: one line on standard error that is written over, on a terminal only, from the first second on. Not here: what is counted. */

/** How long nothing is said, and how often it is written anew, in milliseconds. */
const FIRST = 1000;
const AGAIN = 200;

/** The line. */
export class RunningCount {
  readonly #what: string;
  readonly #isShown: boolean;
  #next: number;
  #written = false;

  /** @param what is counted: `packets` */
  constructor(what: string) {
    this.#what = what;
    // Where the answer itself comes on the terminal, it shows that something happens.
    this.#isShown = process.stderr.isTTY === true;
    this.#next = performance.now() + FIRST;
  }

  /**
   * Writes the count, when it is time.
   * @param part how much of the work is done, from 0 to 1, where that is known
   */
  show(count: number, part?: number): void {
    if (!this.#isShown) return;
    const now = performance.now();
    if (now < this.#next) return;
    this.#next = now + AGAIN;
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
