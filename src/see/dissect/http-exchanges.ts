/**
 * Which request of HTTP/1 a response answers: http.request_in, http.time. As in Wireshark that is the last request that was seen of the connection, if nothing answered it yet but an interim
 * response. Of each connection one request is kept; of too many the connection that is known longest gives way. Not here: which messages are whole (messages.ts). Read first: RFC 9110 §15.2.
 */
import { wholeNumber } from '../../core/ranges.ts';

/** How many requests of HTTP are remembered. */
export interface HttpOptions {
  /** Connections whose last request is kept for its response, 0 to 1,048,576; default 16,384. */
  readonly requests?: number;
}

/** The last request of a connection: the frame in which it was whole, and when that came, in nanoseconds. */
interface Asked {
  frame: number;
  time: number;
  isAnswered: boolean;
}

/** The last requests. */
export class HttpExchanges {
  readonly limit: number;
  /** Requests that gave way to those of other connections before an answer came. */
  forgotten = 0;
  readonly #asked: Map<number, Asked> = new Map();

  /** @throws TcplabError EINVAL when the limit is out of its range */
  constructor({ requests = 16_384 }: HttpOptions = {}) {
    this.limit = wholeNumber('requests', requests, 0, 1 << 20);
  }

  /** Takes a request of a connection. */
  ask(connection: number, frame: number, time: number): void {
    const asked = this.#asked.get(connection);
    if (asked !== undefined) {
      asked.frame = frame;
      asked.time = time;
      asked.isAnswered = false;
    } else if (this.limit > 0) {
      if (this.#asked.size >= this.limit) this.#makeRoom();
      this.#asked.set(connection, { frame, time, isAnswered: false });
    }
  }

  /** The request that a response of a connection answers; undefined when none is known. @param isFinal whether no other response to it follows: the status is no 1xx */
  answer(connection: number, isFinal: boolean): Readonly<Asked> | undefined {
    const asked = this.#asked.get(connection);
    if (asked === undefined || asked.isAnswered) return undefined;
    asked.isAnswered = isFinal;
    return asked;
  }

  /** Another connection begins that has this number. */
  forget(connection: number): void {
    this.#asked.delete(connection);
  }

  #makeRoom(): void {
    for (const [connection, { isAnswered }] of this.#asked) {
      if (!isAnswered) this.forgotten++;
      this.#asked.delete(connection);
      return;
    }
  }
}
