/** What Linux reckons of each connection of a script's host by what it receives, sends and reads: the memory of its buffer, how long its acknowledgments wait, the receiver's round trip, what came twice. This takes note; how it is reckoned: receive-memory.ts, ack-timing.ts, receiver-round-trip.ts, duplicate-reports.ts. */
import { isSynchronized } from '../../rules/states.ts';
import type { Connection } from '../../speak/stack/connection.ts';
import type { Host } from '../../speak/stack/host.ts';
import type { SegmentReceived, SegmentSent } from '../../speak/stack/trace.ts';
import * as tcp from '../../wire/tcp.ts';
import * as options from '../../wire/tcp-options.ts';
import { AckTiming } from './ack-timing.ts';
import { cameTwice } from './duplicate-reports.ts';
import { ReceiveMemory } from './receive-memory.ts';
import { ReceiverRoundTrip } from './receiver-round-trip.ts';

/** Of one connection. */
export interface Reckoning {
  readonly memory: ReceiveMemory;
  readonly timing: AckTiming;
  readonly roundTrip: ReceiverRoundTrip;
  /** Segments that the peer says came twice. */
  twice: number;
  /** How often segments came before others that were sent earlier. */
  readonly reordered: number;
}

/** The reckonings of a host's connections. */
export class LinuxReckonings {
  readonly #all = new Map<Connection, Reckoning>();
  readonly #largest: number;
  readonly #pieceLength: number;
  readonly #options = options.makeTcpOptions();

  /**
   * @param largest octets of memory that a buffer may grow to
   * @param pieceLength octets in the segments that a larger packet stands for
   */
  constructor(host: Host, largest: number, pieceLength: number) {
    this.#largest = largest;
    this.#pieceLength = pieceLength;
    host.trace({ received: (event) => this.#received(event), sent: (event) => this.#sent(event) });
  }

  /** That of a connection; undefined when it has none yet. */
  of(connection: Connection | undefined): Reckoning | undefined {
    return connection && this.#all.get(connection);
  }

  /** A program has made a call. */
  look(): void {
    for (const [connection, { memory }] of this.#all) {
      if (connection.tcb.state === 'CLOSED') this.#all.delete(connection);
      else memory.look();
    }
  }

  #received({ time, connection, frame, at, end, before, after }: SegmentReceived): void {
    if (connection === undefined || before === undefined || after === undefined) return;
    if (!isSynchronized(after.state) && after.state !== 'SYN-RECEIVED') return;
    const reckoning = this.of(connection) ?? this.#begin(connection);
    const { memory, timing, roundTrip } = reckoning;
    const { view } = frame;
    const dataAt = tcp.locate(view, at, end);
    const flags = tcp.flags(view, at);
    const said = options.read(view, at + tcp.HEADER, Math.max(dataAt, at + tcp.HEADER), this.#options);
    if (flags & tcp.ACK) reckoning.twice += cameTwice(said, tcp.ack(view, at), connection.tcb);
    const next = after.rcv.nxt !== before.rcv.nxt;
    if (dataAt >= 0 && dataAt < end && (flags & tcp.SYN) === 0) {
      const length = end - dataAt;
      const { offered } = memory;
      if (said.timestamps) roundTrip.echoed(said.tsecr, length >= memory.segment, before.readable > 0, time);
      const expected = before.rcv.nxt | 0;
      const packet = end - frame.start;
      memory.arrived({ seq: tcp.seq(view, at), length, header: dataAt - at, packet, flags, expected }, time);
      if (next) roundTrip.arrived(offered, time);
    }
    if (next && dataAt === end && flags & tcp.FIN) memory.finished();
    memory.look();
    if (dataAt < end && next) timing.arrived((flags & tcp.PSH) !== 0, time);
  }

  #begin(connection: Connection): Reckoning {
    const { tcb } = connection;
    const reckoning = {
      memory: new ReceiveMemory(tcb, this.#largest, this.#pieceLength),
      timing: new AckTiming(tcb),
      roundTrip: new ReceiverRoundTrip(tcb),
      twice: 0,
      get reordered(): number {
        return tcb.snd.chosen?.recovery?.reordered ?? 0;
      },
    };
    this.#all.set(connection, reckoning);
    return reckoning;
  }

  #sent({ connection, after, why }: SegmentSent): void {
    if (connection === undefined || after === undefined || !isSynchronized(after.state)) return;
    const reckoning = this.of(connection);
    if (reckoning === undefined) return;
    reckoning.memory.sent();
    reckoning.timing.sent(why === 'delayed ACK');
  }
}
