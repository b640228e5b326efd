/**
 * Which echo request an echo reply answers: icmp.resp_to. The last requests are kept in a small table in which a newer one may displace
 * an older one. Read first: RFC 792 (Echo).
 */
import * as icmp from '../../wire/icmp.ts';
import * as ipv4 from '../../wire/ipv4.ts';

/** How many requests are kept. */
const SIZE = 1024;
/** Words of a request: asker, asked, identifier and sequence number, frame. */
const WORDS = 4;

/** The requests that wait for a reply. */
export class Echoes {
  readonly #requests = new Int32Array(SIZE * WORDS);
  readonly #times = new Float64Array(SIZE);
  /** What `answer` found: the request's frame (0: none) and time. */
  frame = 0;
  time = 0;

  /** Takes a request whose IPv4 header is at `ip` and whose ICMP header is at `at` in their views. */
  ask(ipView: DataView, ip: number, view: DataView, at: number, frame: number, time: number): void {
    const place = this.#place(ipv4.source(ipView, ip), ipv4.destination(ipView, ip), icmp.rest(view, at));
    this.#requests[place * WORDS] = ipv4.source(ipView, ip);
    this.#requests[place * WORDS + 1] = ipv4.destination(ipView, ip);
    this.#requests[place * WORDS + 2] = icmp.rest(view, at);
    this.#requests[place * WORDS + 3] = frame;
    this.#times[place] = time;
  }

  /** Finds the request that a reply answers, once. */
  answer(ipView: DataView, ip: number, view: DataView, at: number): void {
    const asker = ipv4.destination(ipView, ip);
    const asked = ipv4.source(ipView, ip);
    const rest = icmp.rest(view, at);
    const place = this.#place(asker, asked, rest);
    const requests = this.#requests;
    const from = place * WORDS;
    this.frame = 0;
    if (requests[from] !== asker || requests[from + 1] !== asked || requests[from + 2] !== rest) return;
    this.frame = requests[from + 3]!;
    this.time = this.#times[place]!;
    requests[from + 3] = 0;
  }

  #place(asker: number, asked: number, rest: number): number {
    const mixed = Math.imul(asker, 0x9e3779b1) ^ Math.imul(asked, 0x85ebca6b) ^ Math.imul(rest, 0xc2b2ae35);
    return (mixed ^ (mixed >>> 15)) & (SIZE - 1);
  }
}
