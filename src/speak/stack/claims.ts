/** A host's claims to ports on a link where several hosts share one address (`Port.claim`): each port is claimed once and let go when its last user is gone. */
import type { Port } from '../link/link.ts';

interface Claim {
  users: number;
  readonly granted: Promise<void>;
}

/** The claims of one host. */
export class Claims {
  readonly #port: Port;
  readonly #claims = new Map<number, Claim>();

  constructor(port: Port) {
    this.#port = port;
  }

  /** Whether ports have to be claimed at all. */
  get needed(): boolean {
    return this.#port.claim !== undefined;
  }

  /** One more user of a port. The promise comes true when the port is ours; when it rejects (EADDRINUSE) there is nothing to let go. Let go before that, it settles as the link says. */
  take(protocol: number, port: number): Promise<void> {
    const key = (protocol << 16) | port;
    let claim = this.#claims.get(key);
    if (claim === undefined) {
      const granted = this.#port.claim?.(protocol, port) ?? Promise.resolve();
      const asked: Claim = { users: 0, granted };
      claim = asked;
      this.#claims.set(key, asked);
      granted.catch(() => {
        // Let go while it waited, the port may have been asked for anew since: that claim stays.
        if (this.#claims.get(key) === asked) this.#claims.delete(key);
      });
    }
    claim.users++;
    return claim.granted;
  }

  /** One user less. */
  letGo(protocol: number, port: number): void {
    const key = (protocol << 16) | port;
    const claim = this.#claims.get(key);
    if (claim === undefined) return;
    claim.users--;
    if (claim.users > 0) return;
    this.#claims.delete(key);
    this.#port.release?.(protocol, port);
  }
}
