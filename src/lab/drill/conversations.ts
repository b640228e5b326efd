/** The connections of a script, told apart by ports, and which of them a line speaks of when it names none: the last one spoken of. */
import * as tcp from '../../wire/tcp.ts';
import type { Ends } from './ip-header.ts';
import type { SeenPacket } from './packet.ts';
import { SequenceMap } from './sequence-map.ts';
import type { Stage } from './stage.ts';
import type { PacketLine } from './syntax.ts';

/** The port of the first peer that connects without naming one; the next ones follow. */
export const FIRST_PEER_PORT = 49_152;

/** The connections of a script. */
export class Conversations {
  readonly #stage: Stage;
  readonly #maps = new Map<number, SequenceMap>();
  #current: SequenceMap | undefined = undefined;
  /** How often the host had been asked to listen when the current connection began. */
  #listens = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** The one that was spoken of last. */
  get current(): SequenceMap | undefined {
    return this.#current;
  }

  /** Whether there are several. */
  get areSeveral(): boolean {
    return this.#maps.size > 1;
  }

  /** From now on lines without ports speak of this one. */
  enter(map: SequenceMap): void {
    this.#current = map;
    this.#listens = this.#stage.listens;
  }

  /** The connection of a packet that the host sent. */
  of({ sourcePort, destinationPort }: SeenPacket): SequenceMap {
    return this.#between(sourcePort, destinationPort);
  }

  /** The connection that a packet of the script's belongs to: a SYN for a listener begins one. */
  ofDelivered(line: PacketLine): SequenceMap {
    if (line.ports !== undefined) return this.#between(line.ports[1], line.ports[0]);
    const current = this.#current;
    if (current !== undefined && !(opens(line.body) && this.#listens !== this.#stage.listens)) return current;
    const { bindPort, connectPort } = this.#stage;
    return this.#between(bindPort, line.body.kind === 'udp' ? connectPort : FIRST_PEER_PORT + this.#maps.size);
  }

  /** What in the ports of a packet of the host's is not as the line says; undefined when all is. */
  strangeness(line: PacketLine, packet: SeenPacket): string | undefined {
    if (line.ports !== undefined) {
      const [from, to] = line.ports;
      return from === packet.sourcePort && to === packet.destinationPort ? undefined : 'the ports';
    }
    if (this.#current === undefined || line.body.kind !== 'tcp' || packet.body.kind !== 'tcp') return undefined;
    return this.of(packet) === this.#current || opens(packet.body) ? undefined : 'the connection: ports';
  }

  /** The ends of a packet that the host would send on a connection. */
  endsOf(map: SequenceMap): Ends {
    const { localAddress, remoteAddress } = this.#stage;
    return {
      source: localAddress,
      destination: remoteAddress,
      sourcePort: map.localPort,
      destinationPort: map.remotePort,
    };
  }

  #between(localPort: number, remotePort: number): SequenceMap {
    const key = localPort * 65_536 + remotePort;
    let map = this.#maps.get(key);
    if (map === undefined) {
      map = new SequenceMap(localPort, remotePort);
      this.#maps.set(key, map);
    }
    return map;
  }
}

/** Whether it is the SYN of an active open. */
const opens = (body: PacketLine['body'] | SeenPacket['body']): boolean =>
  body.kind === 'tcp' && (body.flags & (tcp.SYN | tcp.ACK)) === tcp.SYN;

/** The same ends, for a packet that goes the other way. */
export const turned = ({ source, destination, sourcePort, destinationPort }: Ends): Ends => ({
  source: destination,
  destination: source,
  sourcePort: destinationPort,
  destinationPort: sourcePort,
});
