/** The capture filter of a live capture: given to the kernel where it takes it, and otherwise asked here of every packet, because not every way to capture has a kernel that does. */
import type { LiveSource, MakeProgram } from '../node/live/capture.ts';
import type { Packet } from '../see/capture/index.ts';
import { compileCaptureFilter, compileSocketFilter } from '../see/filter/bpf/index.ts';
import { FilterError } from '../see/filter/filter-error.ts';
import { say } from './terminal.ts';

/** Where packets come from: a live capture, or the cable. */
interface Source {
  readonly linkType: number;
  readonly source?: LiveSource | 'cable';
  close(): unknown;
}

/** A capture filter as it was given. */
export class GivenCaptureFilter {
  readonly #text: string;
  /** What is said of the kernel's program: hints, or what is wrong; undefined while it was not asked for. */
  #kernel: { readonly hints: readonly string[]; readonly error?: FilterError } | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** Makes the kernel's program, which then leaves other packets alone; undefined where there can be none. */
  readonly program: MakeProgram = (linkType, cooked) => {
    try {
      const { program, hints } = compileSocketFilter(this.#text, linkType, cooked);
      this.#kernel = { hints };
      return program;
    } catch (error) {
      // What is wrong with the expression itself is said when the capture is open.
      if (!(error instanceof FilterError)) throw error;
      this.#kernel = { hints: [], error };
      return undefined;
    }
  };

  /**
   * Whether a packet is one that the filter takes; those that are get numbers of their own, as if there had been no others. Undefined where only the kernel can tell.
   * @throws FilterError when it is none, after closing the source
   */
  async takingOnly(source: Source): Promise<((packet: Packet) => boolean) | undefined> {
    try {
      const filter = compileCaptureFilter(this.#text, source.linkType);
      for (const hint of filter.hints) say(`hint: ${hint}`);
      let taken = 0;
      return (packet) => {
        if (!filter.test(packet)) return false;
        packet.number = ++taken;
        return true;
      };
    } catch (error) {
      // The octets do not say everything: which way a packet goes, for one.
      const kernel = error instanceof FilterError && source.source === 'ring' ? this.#kernel : undefined;
      if (kernel === undefined || kernel.error !== undefined) {
        await source.close();
        throw kernel?.error ?? error;
      }
      for (const hint of kernel.hints) say(`hint: ${hint}`);
      return undefined;
    }
  }
}
