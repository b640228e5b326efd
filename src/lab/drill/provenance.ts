/** What is known of a packet that a script's host sends besides its octets, and decides how strictly a script is taken at its word. */
import { after } from '../../core/sequence.ts';
import type { Connection } from '../../speak/stack/connection.ts';
import type { Host } from '../../speak/stack/host.ts';

/** Of one packet. */
export interface Provenance {
  /**
   * Some kernels of Linux 6 send it and others do not: an acknowledgment of what was never sent is answered in ESTABLISHED since late 6.18 (RFC 9293 §3.10.7.4 asks for
   * that), and was dropped without a word before.
   */
  readonly disputed: boolean;
  /** Linux may have asked for its octets to be handed on, though more wait: it does at the end of a piece of several segments, which may be no full one, and whenever half of the peer's largest window was written, which may be one. */
  readonly pushes: boolean;
}

/** Of what is not a segment of a connection. */
const UNKNOWN: Provenance = { disputed: false, pushes: false };

/** Takes note of it on one host. */
export class Provenances {
  /** Whose segment the host has just refused. */
  #refused: Connection | undefined = undefined;
  #next = UNKNOWN;

  constructor(host: Host) {
    host.trace({
      before: false,
      received: ({ connection, verdict }) => {
        const answers = verdict === 'ACK of the future' && connection?.tcb.state === 'ESTABLISHED';
        this.#refused = answers ? connection : undefined;
      },
      sent: ({ connection, why }) => {
        if (connection === undefined) return;
        const { snd } = connection.tcb;
        this.#next = {
          disputed: why === 'challenge for an ACK' && connection === this.#refused,
          pushes: after(snd.end, snd.nxt) && (snd.small === snd.nxt || snd.maxWnd >> 1 < 2 * snd.mss),
        };
      },
    });
  }

  /** That of the packet that is on its way to the link. */
  take(): Provenance {
    const taken = this.#next;
    this.#next = UNKNOWN;
    return taken;
  }
}
