/**
 * Urgent octets out of line, as sockets without SO_OOBINLINE have them: the last octet of the urgent data is taken out of the stream, reading stops before it, and MSG_OOB asks for
 * it alone. Kept for old programs; RFC 6093 §5 asks new ones for SO_OOBINLINE, with which none of this happens. Read first: RFC 6093 §3.
 */
import { posixError } from '../../core/errors.ts';
import type { Connection } from '../stack/connection.ts';
import type { Host } from '../stack/host.ts';
import { peekUrgent, urgentCame } from '../tcp/index.ts';

const SCRATCH = new Uint8Array(1);

/** What a socket keeps of its urgent octet. */
export class OutOfLine {
  readonly #host: Host;
  /** The end of the urgent data whose octet somebody has asked for. */
  #takenUpTo: number | undefined = undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Octets that can be read in one go: up to the mark, or those behind it when it is next. */
  readable({ tcb }: Connection): number {
    const { readable, urgent } = tcb;
    if (urgent === 1) return Math.max(0, readable - 1);
    return urgent > 0 ? Math.min(readable, urgent - 1) : readable;
  }

  /** Octets that whoever reads next does not see: the mark's, when it is next. */
  hidden({ tcb }: Connection): number {
    return tcb.urgent === 1 && tcb.readable > 0 ? 1 : 0;
  }

  /** To be called before octets are read: passes the mark when it is next. Its octet is lost, as in Linux, if nobody has asked for it. */
  pass(connection: Connection): void {
    if (this.hidden(connection) > 0) this.#host.tcp.receive(connection, SCRATCH, 0, 1);
  }

  /** Whether there is an urgent octet to ask for: it may have come before what stands in front of it. */
  isThere({ tcb }: Connection): boolean {
    return this.#takenUpTo !== tcb.rcv.up && urgentCame(tcb);
  }

  /**
   * The urgent octet.
   * @throws TcplabError EINVAL when there is none, EAGAIN when it is on its way
   */
  take({ tcb }: Connection, staysThere: boolean): Uint8Array<ArrayBuffer> {
    if (tcb.urgent === 0 || this.#takenUpTo === tcb.rcv.up) throw posixError('EINVAL', 'recv MSG_OOB');
    const octet = new Uint8Array(1);
    if (!peekUrgent(tcb, octet)) throw posixError('EAGAIN', 'recv MSG_OOB');
    if (!staysThere) this.#takenUpTo = tcb.rcv.up;
    return octet;
  }
}
