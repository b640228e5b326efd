/** What random conversations came by, counted: reasons to send, verdicts, states, what links and routers did. A test says what must be among it. */
import type { Host } from '../../src/speak/index.ts';
import * as tcp from '../../src/wire/tcp.ts';

/** How often each was reached. */
export class Reached {
  readonly counts: Map<string, number> = new Map();
  #hosts: Host[] = [];

  count(name: string, by = 1): void {
    if (by > 0) this.counts.set(name, (this.counts.get(name) ?? 0) + by);
  }

  /** Watches a host, whose counters are counted by `finish`. */
  watch(host: Host): void {
    this.#hosts.push(host);
    host.trace({
      sent: ({ why, frame, at, end, connection, after }) => {
        this.count(why);
        const flags = tcp.flags(frame.view, at);
        if (flags & tcp.URG) this.count('urgent data');
        if (frame.segmentSize > 0)
          this.count(`segments in one piece of ${end - at > 60_000 ? '60,000 octets' : 'fewer'}`);
        if (after === undefined) return;
        this.count(after.state);
        if (after.rcv.scale !== 0 || after.snd.scale !== 0) this.count(`scale ${after.snd.scale}`);
        if (after.snd.mss < 100) this.count('tiny MSS');
        const { space, options } = connection!.tcb;
        if (space.receive > options.receiveBuffer) this.count('receive buffer grown');
        if (after.state === 'CLOSE-WAIT' && why === 'new data') this.count('octets after the FIN of the other');
      },
      received: ({ verdict, frame, after, before }) => {
        this.count(`came: ${verdict}`);
        if (frame.checksum === 'partial') this.count('partial checksum');
        if (before !== undefined && after !== undefined && after.rcv.wnd > 0 && before.rcv.wnd === 0)
          this.count('window opened');
      },
    });
  }

  finish(): void {
    for (const { counters } of this.#hosts) {
      const { tcpTimeWaitReused, tcpTimeWaitKept, tcpSynCookiesSent, tcpSynCookiesTaken } = counters;
      const { ipReassembled, icmpErrorsIn, tcpOrphansReset } = counters;
      const all = { tcpTimeWaitReused, tcpTimeWaitKept, tcpSynCookiesSent, tcpSynCookiesTaken };
      for (const [name, count] of Object.entries({ ...all, ipReassembled, icmpErrorsIn, tcpOrphansReset }))
        this.count(name, count);
    }
    this.#hosts = [];
  }
}
