/**
 * Connections in TIME-WAIT whose programs have gone, folded to what has to be remembered, each at a place: a small number. They are columns, not objects: there may be tens of thousands, for
 * minutes. Not here: when one is folded and what becomes of it (connection-table.ts), what is left of its TCB (tcp/remains.ts).
 */
import type { PagePool } from '../../core/pages.ts';
import type { IpAddress } from '../../wire/ip-address.ts';
import { Remains, type TcpCounters } from '../tcp/index.ts';
import { Connection } from './connection.ts';
import type { Interface } from './interface.ts';

/** Where a folded connection was, as the table has to know it when it lets it go; one serves every one. */
export interface Ends {
  localAddress: IpAddress;
  localPort: number;
  remoteAddress: IpAddress;
  remotePort: number;
  claimed: boolean;
}

/** The folded connections of a host. */
export class Lingering {
  readonly #remains = new Remains();
  readonly #local: IpAddress[] = [];
  readonly #remote: IpAddress[] = [];
  readonly #ifaces: Interface[] = [];
  readonly #flowLabels: number[] = [];
  readonly #claimed: boolean[] = [];
  readonly #ends: Ends = { localAddress: 0, localPort: 0, remoteAddress: 0, remotePort: 0, claimed: false };

  /** Folds one; answers its place. */
  fold({ tcb, localAddress, remoteAddress, iface, claimed, flowLabel }: Connection): number {
    const place = this.#remains.fold(tcb);
    this.#local[place] = localAddress;
    this.#remote[place] = remoteAddress;
    this.#ifaces[place] = iface;
    this.#claimed[place] = claimed;
    this.#flowLabels[place] = flowLabel;
    return place;
  }

  /** The connection again; its place is free. */
  unfold(place: number, pages: PagePool, counters: TcpCounters): Connection {
    const tcb = this.#remains.unfold(place, pages, counters);
    const connection = new Connection(tcb, this.#local[place]!, this.#remote[place]!, this.#ifaces[place]!, undefined);
    connection.flowLabel = this.#flowLabels[place]!;
    connection.claimed = this.#claimed[place]!;
    return connection;
  }

  /** Forgets one, whose place is free then. Answers where it was; until the next is forgotten. */
  forget(place: number): Readonly<Ends> {
    const ends = this.#ends;
    ends.localAddress = this.#local[place]!;
    ends.localPort = this.#remains.localPort(place);
    ends.remoteAddress = this.#remote[place]!;
    ends.remotePort = this.#remains.remotePort(place);
    ends.claimed = this.#claimed[place]!;
    this.#remains.drop(place);
    return ends;
  }
}
