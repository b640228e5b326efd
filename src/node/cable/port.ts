/**
 * The port that a host is plugged into to be on a cable: for the host it takes the place of its loopback interface, and so every program on the
 * cable is reached at 127.0.0.1, as all programs of one machine are. Frames look as on Linux's `lo`: Ethernet with hardware addresses of
 * zero, an MTU of 65,535 (hence TCP's MSS of 65,495), and checksums that are complete, so that captures verify.
 *
 * Not here: who gets which frame (hub.ts), how the program comes back when the hub is lost (membership.ts).
 */
import { posixError, TcplabError } from '../../core/errors.ts';
import { type Micros, NEVER } from '../../core/time.ts';
import type { Port } from '../../speak/link/link.ts';
import { type Frame, FramePool } from '../../wire/frame.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import { Arrivals } from './arrivals.ts';
import { Conversations } from './conversations.ts';
import type { HubStatistics } from './hub.ts';
import { hubAt } from './meeting.ts';
import { type CableOptions, Membership } from './membership.ts';
import { GRANTED, KIND, LONGEST_FRAME, MEMBER, MTU, TOO_MANY } from './message.ts';

/** Octets of frames that wait for this program's host at the most. */
const ARRIVALS = 8 << 20;

/** The host has one received frame at a time, by the contract of `Port`. */
const FRAMES = 2;

/** What a program's end of a cable has counted. */
export interface CableStatistics {
  /** Frames sent to the hub, and received from it. */
  sent: number;
  received: number;
  /** Frames that were not sent, because the queue was full or there was no hub just then. */
  droppedSending: number;
  /** Frames that came and found no room. */
  droppedReceiving: number;
  /** Claimed ports that the next hub did not grant again: another program had taken them while the hub was lost. */
  claimsLost: number;
  /** Times the hub was lost and found again. */
  returns: number;
}

/** A claim of a port. */
interface Claim {
  readonly protocol: number;
  readonly port: number;
  /** Calls of `claim` without their `release`; those that wait are counted too. */
  count: number;
  /** The request that is on the way; 0 when it is answered. */
  request: number;
  /** It was granted, if only by a hub that is no more. */
  held: boolean;
  readonly granted: Promise<void>;
  settle: (error?: TcplabError) => void;
}

/** A port of a protocol as one number. */
const keyOf = (protocol: number, port: number): number => (protocol << 16) | port;

/** A program's end of a cable. */
export class Cable {
  /** What a host is plugged into. */
  readonly port: Port;
  readonly #membership: Membership;
  readonly #arrived = new Arrivals(ARRIVALS);
  readonly #pool = new FramePool(FRAMES, LONGEST_FRAME);
  readonly #conversations = new Conversations();
  readonly #claims = new Map<number, Claim>();
  readonly #requests = new Map<number, Claim>();
  #lastRequest = 0;
  /** Keeps the process running while claims wait for their answers. */
  #awake: NodeJS.Timeout | undefined;
  #claiming = 0;
  #joined: Promise<void> | undefined;
  #over: TcplabError | undefined;
  #sent = 0;
  #received = 0;
  #droppedSending = 0;
  #droppedReceiving = 0;
  #claimsLost = 0;

  constructor(options: CableOptions = {}) {
    this.#membership = new Membership(
      MEMBER,
      {
        message: this.#message,
        joined: (again) => this.#welcomed(again),
        interrupted: () => {},
        lost: (error) => this.#end(error),
      },
      options,
    );
    this.port = {
      medium: 'ethernet',
      mtu: MTU,
      gsoMax: MTU,
      checksumOffload: false,
      send: (frame) => this.#send(frame),
      receive: () => this.#receive(),
      nextTimeout: (): Micros => (this.#arrived.empty ? NEVER : 0),
      onArrival: undefined,
      claim: (protocol, port) => this.claim(protocol, port),
      release: (protocol, port) => this.release(protocol, port),
    };
  }

  /** The path of the cable's socket; empty before `join`. */
  get path(): string {
    return this.#membership.path;
  }

  /** Counts until now. */
  statistics(): CableStatistics {
    return {
      sent: this.#sent,
      received: this.#received,
      droppedSending: this.#droppedSending,
      droppedReceiving: this.#droppedReceiving,
      claimsLost: this.#claimsLost,
      returns: this.#membership.returns,
    };
  }

  /** What the hub has counted, when this process serves it; undefined otherwise. */
  hubStatistics(): HubStatistics | undefined {
    return hubAt(this.path)?.statistics;
  }

  /**
   * Joins the cable; the first call does, later ones wait for it. `claim` joins by itself.
   * @throws TcplabError TCPLAB_CABLE_... when the place cannot be used or trusted, or the hub turns this program away
   */
  join(): Promise<void> {
    this.#joined ??= this.#membership.join();
    return this.#joined;
  }

  /**
   * Makes a port of 127.0.0.1 this program's own.
   * @param protocol 6 for TCP, 17 for UDP
   * @param port 1 to 65,535
   * @throws TcplabError (as a rejection) EADDRINUSE when another program on the cable has it; EMFILE when this one has as many as it may have
   *   (`HubOptions.claims`); EBADF when it was released before the answer came; EINVAL when there is no such port; TCPLAB_CABLE_... when the
   *   cable cannot be joined or is lost
   */
  async claim(protocol: number, port: number): Promise<void> {
    if ((protocol !== ipv4.TCP && protocol !== ipv4.UDP) || !Number.isInteger(port) || port < 1 || port > 65_535)
      throw new TcplabError(
        'EINVAL',
        `claim port ${port} of protocol ${protocol}: EINVAL, ports are 1 to 65535 of protocol 6 (TCP) or 17 (UDP)`,
      );
    if (this.#over !== undefined) throw this.#over;
    // Counted in the turn of the call: a release may come in the same one.
    const claim = this.#claims.get(keyOf(protocol, port)) ?? this.#newClaim(protocol, port);
    claim.count++;
    this.#awake ??= setInterval(() => {}, 0x7fffffff);
    this.#claiming++;
    try {
      await claim.granted;
    } finally {
      if (--this.#claiming === 0) {
        clearInterval(this.#awake);
        this.#awake = undefined;
      }
    }
  }

  /** Gives up one claim of a port, granted or not yet answered; with the last one that waits, all that wait are rejected (EBADF). */
  release(protocol: number, port: number): void {
    const claim = this.#claims.get(keyOf(protocol, port));
    if (claim === undefined || --claim.count > 0) return;
    this.#drop(claim, posixError('EBADF', `claim port ${port} on the cable at ${this.path}`));
    // Behind the request, if that is still on the way: the hub grants the port and takes it back.
    if (protocol === ipv4.TCP) this.#conversations.released(port);
    this.#membership.channel?.post(KIND.RELEASE, Uint8Array.of(protocol, port >>> 8, port & 255));
  }

  /** Leaves the cable, after what was sent so far. If this process serves it, the programs that are left go on by themselves. */
  close(): void {
    this.#end(new TcplabError('TCPLAB_CABLE_LOST', `this program has left the cable at ${this.path}`));
    this.#membership.close();
  }

  #send(frame: Frame): void {
    const end = frame.start + frame.length;
    this.#conversations.sent(frame.view, frame.start, end);
    if (this.#membership.channel?.frame(KIND.FRAME, frame.bytes, frame.start, frame.length)) this.#sent++;
    else this.#droppedSending++;
    frame.pool.release(frame);
  }

  #receive(): Frame | undefined {
    if (this.#arrived.empty) return undefined;
    const frame = this.#pool.take();
    if (frame === undefined) return undefined;
    this.#arrived.take(frame);
    this.#conversations.received(frame.view, frame.start, frame.start + frame.length);
    this.#received++;
    return frame;
  }

  readonly #message = (kind: number, view: DataView, bytes: Uint8Array, at: number, end: number): void => {
    if (kind === KIND.FRAME && end - at <= LONGEST_FRAME) {
      const first = this.#arrived.empty;
      if (!this.#arrived.put(bytes, at, end - at)) this.#droppedReceiving++;
      else if (first) this.port.onArrival?.();
    } else if (kind === KIND.CLAIMED && end - at === 5) {
      this.#answered(view.getUint32(at), view.getUint8(at + 4));
    } else if (kind === KIND.GONE && end - at === 2) {
      // Through the hub like any frame, so that watchers see what the stack is told.
      for (const reset of this.#conversations.resets(view.getUint16(at)))
        this.#membership.channel?.frame(KIND.FRAME, reset, 0, reset.length);
    }
  };

  #newClaim(protocol: number, port: number): Claim {
    let settle: Claim['settle'] = () => {};
    const granted = new Promise<void>((resolve, reject) => {
      settle = (error) => (error === undefined ? resolve() : reject(error));
    });
    const claim: Claim = { protocol, port, count: 0, request: 0, held: false, granted, settle };
    this.#claims.set(keyOf(protocol, port), claim);
    // Without a hub just now, `#welcomed` asks.
    if (this.#membership.channel !== undefined) this.#request(claim);
    else this.join().catch((error: TcplabError) => this.#drop(claim, error));
    return claim;
  }

  /** A claim that is over, for those who wait with why. */
  #drop(claim: Claim, error: TcplabError): void {
    const key = keyOf(claim.protocol, claim.port);
    if (this.#claims.get(key) === claim) this.#claims.delete(key);
    this.#requests.delete(claim.request);
    claim.settle(error);
  }

  #request(claim: Claim): void {
    this.#lastRequest = (this.#lastRequest + 1) >>> 0 || 1;
    claim.request = this.#lastRequest;
    this.#requests.set(claim.request, claim);
    const body = new Uint8Array(7);
    const view = new DataView(body.buffer);
    view.setUint32(0, claim.request);
    view.setUint8(4, claim.protocol);
    view.setUint16(5, claim.port);
    this.#membership.channel?.post(KIND.CLAIM, body);
  }

  #answered(request: number, answer: number): void {
    const claim = this.#requests.get(request);
    if (claim === undefined) return;
    if (answer === GRANTED) {
      this.#requests.delete(request);
      claim.request = 0;
      claim.held = true;
      claim.settle();
      return;
    }
    if (claim.held) this.#claimsLost++;
    const operation = `claim port ${claim.port} on the cable at ${this.path}`;
    this.#drop(
      claim,
      answer === TOO_MANY
        ? new TcplabError(
            'EMFILE',
            `${operation}: EMFILE, this program has as many ports as one may have on this cable; close sockets, or have the program that serves the cable allow more (hub.claims)`,
          )
        : posixError('EADDRINUSE', operation),
    );
  }

  /** A new hub knows nothing of this program: it is told the ports, and asked which of the other ends are still there. */
  #welcomed(again: boolean): void {
    this.#requests.clear();
    for (const claim of this.#claims.values()) this.#request(claim);
    if (!again) return;
    for (const port of this.#conversations.peers())
      this.#membership.channel?.post(KIND.ASK, Uint8Array.of(port >>> 8, port & 255));
  }

  #end(error: TcplabError): void {
    this.#over ??= error;
    for (const claim of this.#claims.values()) this.#drop(claim, error);
  }
}

/**
 * Joins a cable; the first program to do so serves it.
 * @throws TcplabError TCPLAB_CABLE_... when the place cannot be used or trusted, or the hub turns this program away
 * @example
 * const cable = await openCable({ path: '/run/user/1000/tcplab/cable' });
 * const host = new Host({ loopback: cable.port });
 */
export async function openCable(options: CableOptions = {}): Promise<Cable> {
  const cable = new Cable(options);
  await cable.join();
  return cable;
}
