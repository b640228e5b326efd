/** Those who wait in `poll` for a socket: functions that are called when something may have changed. */
export class Watchers {
  readonly #all = new Set<() => void>();

  /** Whether anybody waits. */
  get any(): boolean {
    return this.#all.size > 0;
  }

  /** Adds one; returns what takes it away again. */
  add(changed: () => void): () => void {
    this.#all.add(changed);
    return () => this.#all.delete(changed);
  }

  /** Calls them. */
  tell(): void {
    for (const changed of this.#all) changed();
  }
}
