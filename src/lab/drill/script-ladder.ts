/** What happened in a run, line by line in the script's notation: the ladder that failures print. Of a long run the end is kept. */
import type { Micros } from '../../core/time.ts';
import { MAX_LADDER_LINE, MAX_LADDER_LINES, MAX_OUTPUT } from './limits.ts';
import { type PacketWords, packetWords, timeText } from './notation.ts';
import type { SeenPacket } from './packet.ts';
import type { SequenceMap } from './sequence-map.ts';

const cut = (text: string): string => (text.length > MAX_LADDER_LINE ? `${text.slice(0, MAX_LADDER_LINE)} ...` : text);

/** What stands behind a packet of the host's that no line of the script has read. */
const NOT_ASKED_FOR = '(no line asked for it)';

/** Ports of a packet: whence and whither. */
type Ports = readonly [from: number, to: number];

/** A line of a ladder. */
interface Rung {
  readonly time: Micros;
  words: PacketWords;
  /** Undefined where it is no packet, or its words have them. */
  readonly ports: Ports | undefined;
  asked: boolean;
}

/** A ladder, and what code printed on the way. */
export class ScriptLadder {
  readonly output: string[] = [];
  readonly #rungs: Rung[] = [];
  readonly #sighted = new WeakMap<SeenPacket, Rung>();
  #dropped = 0;
  #outputLength = 0;

  /** Its lines; of packets with their ports, where there are several connections to tell apart. */
  linesOf(several: boolean): readonly string[] {
    const lines = this.#rungs.map(({ time, words: { before, behind }, ports, asked }) => {
      const between = several && ports !== undefined ? `${ports[0]} > ${ports[1]} ` : '';
      return `${timeText(time)} ${cut(before + between + behind)}${asked ? '' : ` ${NOT_ASKED_FOR}`}`;
    });
    return this.#dropped === 0 ? lines : [`... ${this.#dropped} lines before`, ...lines];
  }

  /** A line, behind all of its time. */
  add(text: string, time: Micros): void {
    this.addPacket({ before: '', behind: text }, undefined, time);
  }

  /** The same of a packet that the script sends. */
  addPacket(words: PacketWords, ports: Ports | undefined, time: Micros): void {
    this.#insert({ time, words, ports, asked: true });
  }

  /** A packet that the host has sent and no line has read. */
  sight(packet: SeenPacket, map: SequenceMap): void {
    const ports = [packet.sourcePort, packet.destinationPort] as const;
    const rung = { time: packet.time, words: packetWords(packet, map), ports, asked: false };
    this.#sighted.set(packet, rung);
    this.#insert(rung);
  }

  hasSighted(packet: SeenPacket): boolean {
    return this.#sighted.has(packet);
  }

  /** A packet is looked at where the script has come to; its numbers may be known only now. */
  read(packet: SeenPacket, map: SequenceMap, asked: boolean): void {
    if (!this.hasSighted(packet)) this.sight(packet, map);
    const rung = this.#sighted.get(packet)!;
    rung.words = packetWords(packet, map);
    rung.asked = asked;
  }

  #insert(rung: Rung): void {
    const rungs = this.#rungs;
    let at = rungs.length;
    while (at > 0 && rungs[at - 1]!.time > rung.time) at--;
    rungs.splice(at, 0, rung);
    if (rungs.length <= MAX_LADDER_LINES) return;
    rungs.shift();
    this.#dropped++;
  }

  /** Something that code printed; what is too much is left out. */
  print(text: string): void {
    this.#outputLength += text.length;
    if (this.#outputLength <= MAX_OUTPUT) this.output.push(text);
  }
}
