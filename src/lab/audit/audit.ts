/**
 * The audit: the watching half judges the speaking half, and the other way round. Each host of an experiment is captured where it stands; what the analysis infers from
 * the frames alone (states, SND.UNA, SND.NXT, SND.WND, RCV.NXT, RCV.WND) is compared, segment by segment, with what the connections say of themselves (`Host.trace`).
 *
 * A capture at a host sees all that decides that host's end, so there everything is compared. The other end is compared where the capture has seen what decides it: at segments
 * that it sent when all that had been sent to it had come; where a router is captured, both are such ends. Two things are neither right nor wrong and are counted on their own: that the analysis says it cannot tell, and that
 * what the connection did cannot be seen from outside (a program has closed, and the FIN waits behind data).
 *
 * Not here: loopback interfaces, where one capture would be both ends'. Read first: RFC 9293 §3.3.1, §3.3.2.
 */
import { inRange, type Ranges } from '../../core/ranges.ts';
import type { Host } from '../../speak/stack/host.ts';
import type { Interface } from '../../speak/stack/interface.ts';
import { HostVantage } from './host-vantage.ts';
import { type AuditReport, Books } from './report.ts';
import { RouterVantage } from './router-vantage.ts';
import { Testimony } from './testimony.ts';
import type { Vantage } from './vantage.ts';

/** Limits of an audit. */
export interface AuditOptions {
  /** Differences told in detail, 0 to 2^20. Default 20. */
  maxDifferences?: number;
  /** Segments of each host whose states are compared, 1 to 2^24; the other variables of further ones are compared all the same. Default 100,000. */
  maxSegments?: number;
}

const DEFAULTS: Required<AuditOptions> = { maxDifferences: 20, maxSegments: 100_000 };

const RANGES: Ranges<Required<AuditOptions>> = { whole: { maxDifferences: [0, 1 << 20], maxSegments: [1, 1 << 24] } };

/** An audit of the hosts it is told to watch. */
export class Audit {
  readonly #options: Required<AuditOptions>;
  readonly #vantages: Vantage[] = [];
  readonly #testimony = new Testimony();
  readonly #books: Books;

  /** @throws TcplabError EINVAL when an option is out of its range */
  constructor(options: AuditOptions = {}) {
    this.#options = inRange(DEFAULTS, options, RANGES);
    this.#books = new Books(this.#options.maxDifferences);
  }

  /**
   * Captures and traces `host` from now on. Hosts that talk with one another are watched by one audit.
   * @example const audit = new Audit(); audit.watch(client); audit.watch(server); ...; console.log(auditText(audit.finish()));
   */
  watch(host: Host): void {
    this.#vantages.push(new HostVantage(host, this.#testimony, this.#books, this.#options.maxSegments));
  }

  /** Captures an interface of a router from now on. What passes there is compared with what hosts say that this audit watches. */
  watchPassing(router: Host, iface: Interface): void {
    this.#vantages.push(new RouterVantage(router, iface, this.#testimony, this.#books, this.#options.maxSegments));
  }

  /** Ends it and says what was found. */
  finish(): AuditReport {
    for (const vantage of this.#vantages.splice(0)) vantage.finish();
    return this.#books.report();
  }
}
