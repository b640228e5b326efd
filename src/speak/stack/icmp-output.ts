/**
 * What ICMP of either version sends: an echo reply or an error, in a frame of the host's, so often and no more. Not here: whether one is due, to whom it goes, its checksum (icmp.ts, icmp6.ts). Read first: RFC 1122
 * §3.2.2, RFC 4443 §2.4 (f) (rate limit).
 */
import type { Micros } from '../../core/time.ts';
import type { Frame } from '../../wire/frame.ts';
import * as icmp from '../../wire/icmp.ts';
import type { ArrivedPacket } from './arrived-packet.ts';
import { IP_AT } from './frame-layout.ts';
import type { Host } from './host.ts';
import type { IcmpOptions } from './icmp.ts';
import { RateLimit } from './rate-limit.ts';

/** The output of one version. */
export class IcmpOutput {
  readonly #host: Host;
  readonly #header: number;
  readonly #errors: RateLimit;
  readonly #replies: RateLimit;

  /** @param header octets of the IP header, behind room for which messages stand */
  constructor(host: Host, header: number, options: IcmpOptions) {
    this.#host = host;
    this.#header = header;
    // A count that strangers share would tell the one whether what he sent in the name of the other was answered.
    this.#errors = new RateLimit(options.errorsPerSecond, options.errorsAtOnce, host.random);
    this.#replies = new RateLimit(options.repliesPerSecond, options.repliesAtOnce);
  }

  /** The answer to the echo request in `packet`, of `length` octets; undefined (and counted) when there have been too many, or no frame is free. */
  reply({ frame: request, at, end }: ArrivedPacket, type: number, now: Micros): Frame | undefined {
    const length = end - at;
    const frame = this.#frame(this.#replies, this.#header + length, now);
    if (frame === undefined) return undefined;
    //= RFC 1122 §3.2.2.6 (the whole of the request's data comes back)
    //= RFC 4443 §4.2
    const to = IP_AT + this.#header;
    frame.bytes.set(request.bytes.subarray(at, end), to);
    icmp.emit(frame.view, to, type, 0, icmp.rest(request.view, at));
    frame.length = length;
    this.#host.counters.icmpEchoReplies++;
    return frame;
  }

  /**
   * An error about `packet`, of `length` octets, that quotes as much of it as fits; undefined likewise.
   * @param rest the last four octets of the message's header
   * @param longest octets of the packet that it makes, at the most
   */
  error(
    { frame: about, ip, end }: ArrivedPacket,
    type: number,
    code: number,
    rest: number,
    longest: number,
    now: Micros,
  ): Frame | undefined {
    const quoted = Math.min(end - ip, longest - this.#header - icmp.HEADER);
    const frame = this.#frame(this.#errors, this.#header + icmp.HEADER + quoted, now);
    if (frame === undefined) return undefined;
    const dataAt = icmp.emit(frame.view, IP_AT + this.#header, type, code, rest);
    for (let i = 0; i < quoted; i++) frame.bytes[dataAt + i] = about.bytes[ip + i]!;
    frame.length = icmp.HEADER + quoted;
    this.#host.counters.icmpErrorsOut++;
    return frame;
  }

  #frame(limit: RateLimit, octets: number, now: Micros): Frame | undefined {
    const { counters, frames } = this.#host;
    if (!limit.take(now)) {
      counters.icmpRateLimited++;
      return undefined;
    }
    const frame = frames.takeFor(octets);
    if (frame === undefined) counters.ipNoFrame++;
    return frame;
  }
}
