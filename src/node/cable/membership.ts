/**
 * A program's place on a cable: joins, and comes back by itself when the program that served the cable ends, together with the others that are left.
 * Not here: what members and watchers do with the messages (port.ts, watch.ts).
 */

import { TcplabError } from '../../core/errors.ts';
import { milliseconds, wholeNumber } from '../../core/ranges.ts';
import { type Channel, type ChannelLimit, channelLimit } from './channel.ts';
import { type HubOptions, hubOptions } from './hub.ts';
import { meet } from './meeting.ts';
import { helloBody, KIND, VERSION } from './message.ts';
import { prepareCablePath } from './path.ts';

/** What joining a cable can be told. */
export interface CableOptions {
  /** The socket's path; default `defaultCablePath()`. */
  readonly path?: string | undefined;
  /** What may wait in this program to be written to the hub; default 4 MiB, 65,536 frames. */
  readonly queue?: ChannelLimit;
  /** How long the hub may take to answer a greeting, in milliseconds, 1 to 3,600,000; default 5,000. */
  readonly welcomeTimeout?: number;
  /** How often this program tries to come back after the hub was lost, 0 to 10,000; default 20, in about ten seconds. */
  readonly returns?: number;
  /** For the hub, if this program comes to serve it. */
  readonly hub?: Partial<HubOptions>;
  /** Called when the cable is lost for good: every try to come back has failed. */
  readonly onLost?: (error: TcplabError) => void;
}

const DEFAULT_QUEUE: ChannelLimit = { octets: 4 << 20, frames: 65_536 };

/** How many hubs that end before they answer are greeted. */
const GREETINGS = 8;

/** What a membership hands on. */
export interface Member {
  message(kind: number, view: DataView, bytes: Uint8Array, at: number, end: number): void;
  /** Joined, or joined again with all that the hub knew of this program forgotten. */
  joined(again: boolean): void;
  /** The hub is lost; the way back is being looked for. */
  interrupted(): void;
  /** Lost for good. */
  lost(error: TcplabError): void;
}

/** A place on a cable. */
export class Membership {
  /** The channel to the hub; undefined while there is none. */
  channel: Channel | undefined;
  /** Times the hub was lost and found again. */
  returns = 0;
  readonly #options: CableOptions;
  readonly #role: number;
  readonly #member: Member;
  #path = '';
  #leave: (() => void) | undefined;
  /** Ends the wait for the hub's welcome. */
  #abandon: (() => void) | undefined;
  #closed = false;
  /** The hub ended before it answered a greeting. */
  #vanished = false;

  readonly #queue: ChannelLimit;
  readonly #hub: HubOptions;
  readonly #welcomeTimeout: number;
  readonly #tries: number;

  /** @throws TcplabError EINVAL when an option is out of its range */
  constructor(role: number, member: Member, options: CableOptions) {
    this.#role = role;
    this.#member = member;
    this.#options = options;
    this.#queue = channelLimit('queue', options.queue ?? DEFAULT_QUEUE);
    this.#hub = hubOptions(options.hub ?? {});
    this.#welcomeTimeout = milliseconds('welcomeTimeout', options.welcomeTimeout ?? 5_000, 1, 3_600_000);
    this.#tries = wholeNumber('returns', options.returns ?? 20, 0, 10_000);
  }

  /** The path of the cable; empty before `join`. */
  get path(): string {
    return this.#path;
  }

  /**
   * Joins. The process is kept running until that is done.
   * @throws TcplabError as `meet` and `prepareCablePath`; TCPLAB_CABLE_VERSION, TCPLAB_CABLE_REFUSED when the hub says no or nothing
   */
  async join(): Promise<void> {
    const awake = setInterval(() => {}, 1_000);
    try {
      this.#path = prepareCablePath(this.#options.path);
      for (let i = 1; ; i++) {
        this.#vanished = false;
        try {
          return await this.#enter(false);
        } catch (error) {
          // Found a program that served the cable and was about to end, as short ones do when several start at once.
          if (!this.#vanished || i === GREETINGS) throw error;
        }
        await new Promise((resolve) => {
          setTimeout(resolve, Math.random() * Math.min(500, 20 * 2 ** i));
        });
      }
    } finally {
      clearInterval(awake);
    }
  }

  /** Leaves, after what was sent so far. */
  close(): void {
    this.#closed = true;
    this.channel = undefined;
    this.#leave?.();
    this.#leave = undefined;
    this.#abandon?.();
  }

  async #enter(again: boolean): Promise<void> {
    const { channel, leave } = await meet(this.#path, this.#queue, this.#hub);
    this.#leave = leave;
    const failure = this.#closed ? undefined : await this.#greet(channel, again);
    if (failure === undefined && !this.#closed) return;
    leave();
    this.#leave = undefined;
    if (failure !== undefined) throw failure;
  }

  /** Says who this is; answers what is wrong, or undefined once the hub has welcomed this program (or it has closed meanwhile). */
  #greet(channel: Channel, again: boolean): Promise<TcplabError | undefined> {
    return new Promise((resolve) => {
      const done = (failure?: TcplabError): void => {
        clearTimeout(timer);
        this.#abandon = undefined;
        resolve(failure);
      };
      const failed = (code: `TCPLAB_CABLE_${string}`, what: string): void =>
        done(new TcplabError(code, `the program that serves the cable at ${this.#path} ${what}`));
      const timer = setTimeout(
        failed,
        this.#welcomeTimeout,
        'TCPLAB_CABLE_REFUSED',
        `does not answer within ${this.#welcomeTimeout} ms: it is stopped or busy; end it, or name another path`,
      );
      if (again) timer.unref();
      this.#abandon = done;
      channel.receiver = {
        message: (kind, view, bytes, at, end) => {
          if (kind === KIND.WELCOME) {
            channel.receiver = { message: this.#message, closed: () => this.#interrupted(channel) };
            this.channel = channel;
            done();
            this.#member.joined(again);
          } else if (kind === KIND.REFUSED && end - at >= 2) {
            failed(
              view.getUint16(at) === VERSION ? 'TCPLAB_CABLE_REFUSED' : 'TCPLAB_CABLE_VERSION',
              `turned this one away: ${new TextDecoder().decode(bytes.subarray(at + 2, end))}`,
            );
          } else {
            failed(
              'TCPLAB_CABLE_VERSION',
              `answered with a message of kind ${kind}, which is no tcplab greeting; end it, or name another path`,
            );
          }
        },
        closed: (reason) => {
          this.#vanished = reason === '';
          failed('TCPLAB_CABLE_REFUSED', `closed ${reason === '' ? 'at once' : `for ${reason}`}`);
        },
      };
      channel.post(KIND.HELLO, helloBody(this.#role, again));
    });
  }

  readonly #message = (kind: number, view: DataView, bytes: Uint8Array, at: number, end: number): void => {
    // A hub that turns a program away later closes too, which is what counts.
    if (kind !== KIND.REFUSED) this.#member.message(kind, view, bytes, at, end);
  };

  #interrupted(channel: Channel): void {
    if (this.#closed || this.channel !== channel) return;
    this.channel = undefined;
    this.#leave?.();
    this.#leave = undefined;
    this.#member.interrupted();
    void this.#comeBack();
  }

  async #comeBack(): Promise<void> {
    const tries = this.#tries;
    let last: TcplabError | undefined;
    for (let i = 0; i < tries && !this.#closed; i++) {
      // All that are left come at once; a random wait, growing to half a second, spreads them. A program with nothing left to do need not wait.
      await new Promise<void>((resolve) => {
        setTimeout(resolve, Math.random() * Math.min(1_000, 20 * 2 ** i)).unref();
      });
      if (this.#closed) return;
      try {
        await this.#enter(true);
        this.returns++;
        return;
      } catch (error) {
        last = error instanceof TcplabError ? error : new TcplabError('TCPLAB_CABLE_LOST', String(error));
      }
    }
    if (this.#closed) return;
    const error = new TcplabError(
      'TCPLAB_CABLE_LOST',
      `the program that served the cable at ${this.#path} is gone, and the way back was not found in ${tries} tries (last: ${last?.message ?? 'none'}); start this program again`,
    );
    this.#closed = true;
    this.#member.lost(error);
    this.#options.onLost?.(error);
  }
}
