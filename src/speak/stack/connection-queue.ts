/** Connections in the order in which they came, any of which may leave: a chain through the connections themselves, each of which stands in one queue at the most. */
import type { Connection } from './connection.ts';

/** A queue of connections. */
export class ConnectionQueue {
  #first: Connection | undefined = undefined;
  #last: Connection | undefined = undefined;
  #size = 0;

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** The one that came first. */
  get first(): Connection | undefined {
    return this.#first;
  }

  /** Takes in a connection that stands in no queue. */
  add(connection: Connection): void {
    connection.queue = this;
    connection.before = this.#last;
    if (this.#last === undefined) this.#first = connection;
    else this.#last.behind = connection;
    this.#last = connection;
    this.#size++;
  }

  /** Lets a connection go. Answers whether it was here. */
  delete(connection: Connection): boolean {
    if (connection.queue !== this) return false;
    const { before, behind } = connection;
    if (before === undefined) this.#first = behind;
    else before.behind = behind;
    if (behind === undefined) this.#last = before;
    else behind.before = before;
    connection.queue = undefined;
    connection.before = undefined;
    connection.behind = undefined;
    this.#size--;
    return true;
  }
}
