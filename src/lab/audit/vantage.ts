/** Where a capture is taken, and what both kinds have in common. Not here: a host (host-vantage.ts), a router (router-vantage.ts). */
import type { Micros } from '../../core/time.ts';
import type { FrameFacts } from '../../see/analysis/index.ts';
import { LINKTYPE } from '../../see/capture/index.ts';
import { pseudoHeader4, pseudoHeader6, sum, verifies } from '../../wire/checksum.ts';
import * as ethernet from '../../wire/ethernet.ts';
import type { Frame } from '../../wire/frame.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { Judge } from './judge.ts';
import type { Books } from './report.ts';
import type { Spoken, Testimony } from './testimony.ts';

/** Where a capture is taken: at a host, or where it passes packets on. */
export abstract class Vantage {
  protected readonly testimony: Testimony;
  protected readonly judge: Judge;
  readonly #books: Books;

  protected constructor(name: string, testimony: Testimony, books: Books, maxSegments: number) {
    this.testimony = testimony;
    this.judge = new Judge(name, books, maxSegments);
    this.#books = books;
  }

  /** Shows a frame to the analysis; undefined when it is no segment, or damaged. */
  protected see(frame: Frame, medium: 'ethernet' | 'ip', now: Micros, mayBeDamaged: boolean): FrameFacts | undefined {
    if (mayBeDamaged && isDamaged(frame, medium)) {
      this.#books.damaged++;
      return undefined;
    }
    const { view, bytes, start, length } = frame;
    return this.judge.see(view, bytes, start, length, medium === 'ip' ? LINKTYPE.RAW : LINKTYPE.ETHERNET, now);
  }

  /** Compares what the analysis infers of a segment's sender with what that said. */
  protected compare(
    facts: FrameFacts,
    { after, secret, hidden }: Spoken,
    now: Micros,
    own: boolean,
    nxt: boolean,
  ): void {
    if (hidden) return;
    const end = facts.from;
    if (after !== undefined) this.judge.compare(facts, end, after, now, { own, sent: true, nxt, secret });
    else this.judge.claim(facts, end, 'CLOSED', now, own);
  }

  /** Ends it. */
  abstract finish(): void;
}

/** Whether a frame's checksums are wrong: no host takes it for a segment. */
function isDamaged(frame: Frame, medium: 'ethernet' | 'ip'): boolean {
  const { view, start } = frame;
  const end = start + frame.length;
  const at = medium === 'ip' ? start : ethernet.locate(view, start, end);
  if (at < 0) return true;
  const type = medium === 'ethernet' ? ethernet.type(view, start) : undefined;
  if (type === ethernet.TYPE_IPV6 || (type === undefined && ipv6.locate(view, at, end) >= 0))
    return isDamaged6(frame, at, end);
  if (type !== undefined && type !== ethernet.TYPE_IPV4) return false;
  const payload = ipv4.locate(view, at, end);
  if (payload < 0 || at + ipv4.totalLength(view, at) > end || !verifies(sum(view, at, payload - at))) return true;
  if (frame.checksum !== 'complete' || ipv4.protocol(view, at) !== ipv4.TCP) return false;
  // Its checksum is in the first of them, and of all.
  if (ipv4.isFragment(view, at)) return false;
  const length = ipv4.payloadEnd(view, at, end) - payload;
  const pseudo = pseudoHeader4(ipv4.source(view, at), ipv4.destination(view, at), ipv4.TCP, length);
  return !verifies(sum(view, payload, length, pseudo));
}

/** The same of IPv6, whose header has no checksum. */
function isDamaged6({ view, checksum }: Frame, at: number, end: number): boolean {
  const payload = ipv6.locate(view, at, end);
  if (payload < 0 || payload + ipv6.payloadLength(view, at) > end) return true;
  if (checksum !== 'complete' || ipv6.nextHeader(view, at) !== ipv6.TCP) return false;
  const length = ipv6.payloadEnd(view, at, end) - payload;
  return !verifies(sum(view, payload, length, pseudoHeader6(view, at, ipv6.TCP, length)));
}
