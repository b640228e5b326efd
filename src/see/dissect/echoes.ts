/**
 * Which echo request an echo reply answers: icmp.resp_to, icmpv6.resp_to. The last requests are kept in a small table in which a newer one may displace
 * an older one. Read first: RFC 792 (Echo); RFC 4443 §4.
 */

/** How many requests are kept. */
const SIZE = 1024;

/** Words of a request: who asks and who is asked (IPv4: the first of four words each), identifier and sequence number, code, tunnels, frame. */
export const ASKER = 0;
export const ASKED = 4;
export const REST = 8;
/** Which is 0, or else the same in both, as Wireshark wants it. */
export const CODE = 9;
/** How many layers of UDP are around it: a ping through a tunnel is another than the same one before. */
export const TUNNELS = 10;
const FRAME = 11;
const WORDS = 12;

/** The requests that wait for a reply. */
export class Echoes {
  /** The request that `ask` keeps and `answer` looks for: put addresses, identifier, sequence number and code here first. */
  readonly key: Int32Array = new Int32Array(FRAME);
  readonly #requests = new Int32Array(SIZE * WORDS);
  readonly #times = new Float64Array(SIZE);
  /** What `answer` found: the request's frame (0: none) and time. */
  frame = 0;
  time = 0;

  /** Takes the request of the key. */
  ask(frame: number, time: number): void {
    const place = this.#place();
    this.#requests.set(this.key, place * WORDS);
    this.#requests[place * WORDS + FRAME] = frame;
    this.#times[place] = time;
  }

  /** Finds the request that a reply answers, once. */
  answer(): void {
    const place = this.#place();
    const from = place * WORDS;
    this.frame = 0;
    for (let i = 0; i < FRAME; i++) if (this.#requests[from + i] !== this.key[i]) return;
    this.frame = this.#requests[from + FRAME]!;
    this.time = this.#times[place]!;
    this.#requests[from + FRAME] = 0;
  }

  #place(): number {
    let mixed = 0;
    for (let i = 0; i < FRAME; i++) mixed = Math.imul(mixed ^ this.key[i]!, 0x9e3779b1) ^ (mixed >>> 15);
    return (mixed ^ (mixed >>> 13)) & (SIZE - 1);
  }
}
