/**
 * What carries frames. A `Link` joins ports; a `Port` is one attachment point, where a host (or a sniffer) is plugged in.
 *
 * The contract, which keeps anything from re-entering anything:
 * - `port.send(frame, now)` takes the frame over and queues it. It never delivers, and it never throws: a frame that does not fit is
 *   dropped, counted and released.
 * - A host calls `port.receive(now)` until it answers undefined, or has taken its share of this round, or programs are to have their turn. The receiver has the frame until it releases it
 *   (`frame.pool.release(frame)`), which it does before it asks for the next one.
 * - `port.nextTimeout()` says when `receive` may have something that it has not now; NEVER when only a `send` can change that.
 */
import type { Micros } from '../../core/time.ts';
import type { Frame } from '../../wire/frame.ts';

/** What a link is like for those plugged into it. */
export interface LinkProperties {
  /** What a frame begins with: an Ethernet header, or an IP header at once. */
  readonly medium: 'ethernet' | 'ip';
  /** Octets of IP packet that one frame carries at the most; where that varies from frame to frame, what each of them does. */
  readonly mtu: number;
  /** Octets of IP packet the link takes in one piece when it cuts segments itself (segmentation offload); equal to `mtu` when it does not. */
  readonly gsoMax: number;
  /** The link vouches for the octets it carries: transport checksums may be 'partial'. */
  readonly checksumOffload: boolean;
}

/** One end of a link. */
export interface Port extends LinkProperties {
  /** Takes `frame` over. */
  send(frame: Frame, now: Micros): void;
  /** The next frame that has arrived by `now`; undefined when there is none. */
  receive(now: Micros): Frame | undefined;
  /** When to call `receive` again. */
  nextTimeout(): Micros;
  /**
   * Called by the link when frames have come: those from outside the driver (a socket, a device), so that it wakes up; those of hosts of the same driver where the port says whether it `hasFrames`.
   * Set by the host that is plugged in, and there is one; a port around a port passes it on.
   */
  onArrival: (() => void) | undefined;
  /**
   * Whether frames are on their way to this end. Where a port says so, `onArrival` is called for every frame, whoever sends it: as long as it is not, there is nothing to
   * receive, and nobody asks. Default undefined: the port is asked in every round.
   */
  readonly hasFrames?: boolean | undefined;
  /**
   * Where several hosts share one address (programs on a cable are all 127.0.0.1, as programs on one machine are), the link keeps the list of who has
   * which port. `claim` asks for one; absent where every host has its own addresses. A host claims a port before it listens, binds or connects from it,
   * and releases it when its last socket and connection there are gone; claims of one port by the same host are counted.
   * @throws TcplabError (as a rejection) EADDRINUSE when another host has the port, EBADF when it was released before the answer came
   */
  claim?(protocol: number, port: number): Promise<void>;
  /** Takes back one `claim` that was granted or is not yet answered. */
  release?(protocol: number, port: number): void;
}
