/** Which packets a command wants, decided in the cheapest way there is: by their octets where those tell, and taken apart only as far as somebody asks. */
import { localTimeZone } from '../node/local-zone.ts';
import { cryptographicRandom } from '../node/platform.ts';
import type { CaptureReader, Packet, Records } from '../see/capture/index.ts';
import {
  bothNeeds,
  type Dissection,
  type DissectionNeeds,
  Dissector,
  NEEDS_EVERYTHING,
  NEEDS_NOTHING,
} from '../see/dissect/index.ts';
import { FAILS, type Filter, type Glance, type Judge, PASSES, UNDECIDED } from '../see/filter/index.ts';

/**
 * The filter of a text; undefined when there is none, and nothing of the language is loaded then.
 * @throws FilterError when it is wrong
 */
export async function givenFilter(text: string | undefined): Promise<Filter | undefined> {
  if (text === undefined) return undefined;
  const { frameFilter } = await import('./frame-filter.ts');
  return frameFilter(text);
}

const passesAll = (): typeof PASSES => PASSES;

/** Takes the frames of a stranger apart, as far as is needed: whoever made them does not know the key of the dissector's table. Nobody asks it for a list of streams. */
export const strangersDissector = (needs: DissectionNeeds = NEEDS_EVERYTHING, checksums = false): Dissector =>
  new Dissector({
    // Where nobody follows conversations there is no table.
    random: needs.history === 'none' ? undefined : cryptographicRandom(),
    streams: 0,
    // 120 MB are there for all of it: a tree or an object a frame is made of strings, which take room of their own, and the thread that writes lines does, too.
    memory: needs.history === 'all' ? 30_000_000 : 39_000_000,
    messageOctets: 1 << 21,
    needs,
    checksums,
    zone: localTimeZone(),
  });

/** Decides on one packet of a capture after the other, all of them, in order. */
export class Sieve {
  readonly #needs: DissectionNeeds;
  readonly #checksums: boolean;
  #dissector: Dissector | undefined;
  readonly #filter: Filter | undefined;
  readonly #glance: Glance | undefined;
  readonly #judge: Judge | undefined;
  readonly #dissects: boolean;
  #dissection: Dissection | undefined;

  /**
   * @param filter what packets have to pass; every packet is wanted when undefined
   * @param needs what is asked of the dissections of wanted packets; undefined when nobody looks at them
   * @param checksums whether those of IPv4, TCP and UDP are verified
   */
  constructor(filter: Filter | undefined, needs: DissectionNeeds | undefined, checksums = false) {
    const all = bothNeeds(filter?.needs ?? NEEDS_NOTHING, needs ?? NEEDS_NOTHING);
    this.#needs = all;
    this.#checksums = checksums;
    this.#filter = filter;
    const isAlone = all.history === 'none';
    this.#glance = isAlone ? filter?.glance : undefined;
    // Where everything is taken apart there is nothing to pass over.
    if (filter !== undefined) this.#judge = isAlone ? filter.judge : undefined;
    else this.#judge = needs === undefined ? passesAll : undefined;
    this.#dissects = needs !== undefined;
  }

  /** Passes over the packets next in a capture whose octets tell that nobody wants them, and gathers the records behind them that are wanted, `most` at the most, where their octets tell. */
  sift(reader: CaptureReader, into: Records, most: number): void {
    if (this.#judge !== undefined) reader.sift(this.#judge, into, most);
  }

  /** Whether a packet is wanted. */
  wants(packet: Packet): boolean {
    const verdict = this.#filter === undefined ? PASSES : this.#glance === undefined ? UNDECIDED : this.#glance(packet);
    if (verdict === FAILS) return false;
    if (verdict === PASSES && !this.#dissects) return true;
    this.#dissector ??= strangersDissector(this.#needs, this.#checksums);
    this.#dissection = this.#dissector.dissect(packet);
    return verdict === PASSES || this.#filter!.test(this.#dissection);
  }

  /** Whether packets are decided on by their octets, which takes less time than to read them. */
  get isQuick(): boolean {
    return this.#judge !== undefined;
  }

  /** Who took packets apart; undefined while none had to be. */
  get dissector(): Dissector | undefined {
    return this.#dissector;
  }

  /** The packet found wanted last, taken apart, for those who said that they look at it; it holds until the next. */
  get dissection(): Dissection {
    return this.#dissection!;
  }
}
