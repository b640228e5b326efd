/** What Linux reckons of each connection of a script's host by what it receives, sends and reads: the memory of its buffer, and how long its acknowledgments wait. This takes note; how it is reckoned: receive-memory.ts, ack-timing.ts. */
import { isSynchronized } from '../../rules/states.ts';
import type { Connection } from '../../speak/stack/connection.ts';
import type { Host } from '../../speak/stack/host.ts';
import type { SegmentReceived, SegmentSent } from '../../speak/stack/trace.ts';
import * as tcp from '../../wire/tcp.ts';
import { AckTiming } from './ack-timing.ts';
import { ReceiveMemory } from './receive-memory.ts';

/** The reckonings of a host's connections. */
export class LinuxReckonings {
  readonly #memories = new Map<Connection, ReceiveMemory>();
  readonly #timings = new Map<Connection, AckTiming>();
  readonly #largest: number;
  readonly #pieceLength: number;

  /**
   * @param largest octets of memory that a buffer may grow to
   * @param pieceLength octets in the segments that a larger packet stands for
   */
  constructor(host: Host, largest: number, pieceLength: number) {
    this.#largest = largest;
    this.#pieceLength = pieceLength;
    host.trace({ received: (event) => this.#received(event), sent: (event) => this.#sent(event) });
  }

  /** The memory of a connection; undefined when it has none yet. */
  memoryOf(connection: Connection | undefined): ReceiveMemory | undefined {
    return connection && this.#memories.get(connection);
  }

  /** A program has made a call. */
  look(): void {
    for (const [connection, memory] of this.#memories) {
      if (connection.tcb.state === 'CLOSED') {
        this.#memories.delete(connection);
        this.#timings.delete(connection);
      } else memory.look();
    }
  }

  #received({ time, connection, frame, at, end, before, after }: SegmentReceived): void {
    if (connection === undefined || before === undefined || after === undefined) return;
    if (!isSynchronized(after.state) && after.state !== 'SYN-RECEIVED') return;
    const memory = this.memoryOf(connection) ?? new ReceiveMemory(connection.tcb, this.#largest, this.#pieceLength);
    this.#memories.set(connection, memory);
    const { view } = frame;
    const dataAt = tcp.locate(view, at, end);
    const flags = tcp.flags(view, at);
    if (dataAt >= 0 && dataAt < end && (flags & tcp.SYN) === 0)
      memory.arrived(
        {
          seq: tcp.seq(view, at),
          length: end - dataAt,
          header: dataAt - at,
          packet: end - frame.start,
          flags,
          expected: before.rcv.nxt | 0,
        },
        time,
      );
    memory.look();
    const timing = this.#timings.get(connection) ?? new AckTiming(connection.tcb);
    this.#timings.set(connection, timing);
    if (dataAt < end && after.rcv.nxt !== before.rcv.nxt) timing.arrived((flags & tcp.PSH) !== 0, time);
  }

  #sent({ connection, after, why }: SegmentSent): void {
    if (connection === undefined || after === undefined || !isSynchronized(after.state)) return;
    this.memoryOf(connection)?.sent();
    this.#timings.get(connection)?.sent(why === 'delayed ACK');
  }
}
