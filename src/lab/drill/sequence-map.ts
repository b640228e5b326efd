/**
 * One connection as script and wire see it: the script's numbers and the real ones. The script's peer uses its own numbers on the wire; the host's, which
 * it draws at random, are moved by a distance that its SYN tells; timestamps likewise, value by value.
 */
import { add, after, before, distance, type Seq } from '../../core/sequence.ts';
import * as tcp from '../../wire/tcp.ts';
import type { SeenPacket, SeenSegment } from './packet.ts';

/** The most timestamps that are remembered. */
const MAX_TIMESTAMPS = 4_096;

/** A connection of a script. */
export class SequenceMap {
  readonly localPort: number;
  readonly remotePort: number;
  /** What to add to the script's number for the host's octets to get the real one; undefined before the host's SYN. */
  #offset: number | undefined = undefined;
  /** Script's timestamp of the host to the real one, and the first pair's distance for those never seen. */
  readonly #timestamps = new Map<number, number>();
  #timestampOffset: number | undefined = undefined;
  /** A SYN of the peer's has come: the host may begin anew. */
  #reopened = true;
  /** The number behind the last octet that the host has sent. */
  #sentTo: Seq = 0;
  #hasSent = false;
  /** When the host's last segment with octets was sent, how many it had, and the highest acknowledgment that the script has sent for them. */
  #burst = -1;
  #burstLength = 0;
  #answered: Seq = 0;
  #hasHeard = false;
  /** The number of the host's last SYN. */
  #begin: Seq = 0;
  /** What is sent between these ports. */
  protocol: 'tcp' | 'udp' = 'tcp';

  constructor(localPort: number, remotePort: number) {
    this.localPort = localPort;
    this.remotePort = remotePort;
  }

  /** Whether the host's numbers can be told. */
  get known(): boolean {
    return this.#offset !== undefined;
  }

  /** The host's SYN has the number `real`, the script says `script`: that tells all others, until the peer opens again. */
  learnSyn(script: number, real: Seq, opens: boolean): void {
    // The same SYN again, or one that answers no new SYN of the peer's.
    if (this.known && (real === this.#begin || !(this.#reopened || opens))) return;
    this.#begin = real;
    // A connection's timestamps begin where the script says, whatever those before it were.
    this.#timestampOffset = undefined;
    this.#timestamps.clear();
    this.#offset = distance(real, script | 0);
    this.#reopened = false;
    this.#hasSent = false;
    this.#burst = -1;
    this.#hasHeard = false;
  }

  /** The peer sends a SYN. */
  reopen(): void {
    this.#reopened = true;
  }

  /** The host has sent a segment that the script has looked at. */
  sent({ body, time }: SeenPacket): void {
    if (body.kind === 'udp') this.protocol = 'udp';
    if (body.kind !== 'tcp') return;
    if (body.length > 0) {
      this.#burst = time;
      this.#burstLength = body.length;
    }
    const end = (body.seq + body.length + (body.flags & tcp.SYN ? 1 : 0) + (body.flags & tcp.FIN ? 1 : 0)) | 0;
    if (!this.#hasSent || after(end, this.#sentTo)) this.#sentTo = end;
    this.#hasSent = true;
  }

  get hasSent(): boolean {
    return this.#hasSent;
  }

  /** Whether a stretch that ends at `end` holds octets that were never sent before. */
  isBeyondSent(end: Seq): boolean {
    return after(end, this.#sentTo);
  }

  /** The script's peer acknowledges up to `ack`. */
  heard(ack: number): void {
    const real = this.toWire(ack);
    if (!this.#hasHeard || after(real, this.#answered)) this.#answered = real;
    this.#hasHeard = true;
  }

  /** Whether it is the number behind all that was sent. */
  isNext(seq: Seq): boolean {
    return this.#hasSent && seq === this.#sentTo;
  }

  /** Whether a segment follows one of its size at once: a kernel may have handed its device both in one. */
  isOfBurst({ seq, length }: SeenSegment, time: number): boolean {
    return this.isNext(seq) && time === this.#burst && length === this.#burstLength;
  }

  /** Whether octets go on where a burst left off that the script has looked at: as much as it cared for. */
  continues(seq: Seq, time: number): boolean {
    return (
      this.#hasSent &&
      seq === this.#sentTo &&
      (time === this.#burst || !this.#hasHeard || before(this.#answered, this.#sentTo))
    );
  }

  /** A number of the host's octets, as it is on the wire. */
  toWire(script: number): Seq {
    return add(script | 0, this.#offset ?? 0);
  }

  /** The same, as the script writes it: 0 to 2^32 - 1. */
  toScript(real: Seq): number {
    return distance(real, this.#offset ?? 0) >>> 0;
  }

  /** The host's timestamp `real` is the script's `script`. */
  learnTimestamp(script: number, real: number): void {
    this.#timestampOffset ??= distance(real, script | 0);
    if (this.#timestamps.size >= MAX_TIMESTAMPS) this.#timestamps.clear();
    this.#timestamps.set(script >>> 0, real);
  }

  /** What the peer echoes: 0 stays 0, which means none. */
  timestampToWire(script: number): number {
    if (script === 0) return 0;
    return this.#timestamps.get(script >>> 0) ?? add(script | 0, this.#timestampOffset ?? 0);
  }

  /** The script's number for a timestamp of the host. */
  timestampToScript(real: number): number {
    return distance(real, this.#timestampOffset ?? real) >>> 0;
  }
}
