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
  /** What the kernel's program makes likely not to be meant; undefined while it has none. */
  #kernelHints: readonly string[] | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** Makes the kernel's program, which then leaves other packets alone; undefined where there can be none. */
  readonly program: MakeProgram = (linkType, cooked) => {
    try {
      const { program, hints } = compileSocketFilter(this.#text, linkType, cooked);
      this.#kernelHints = hints;
      return program;
    } catch (error) {
      // What is wrong with the expression itself is said when the capture is open.
      if (error instanceof FilterError) return undefined;
      throw error;
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
      if (error instanceof FilterError && this.#kernelHints !== undefined && source.source === 'ring') {
        for (const hint of this.#kernelHints) say(`hint: ${hint}`);
        return undefined;
      }
      await source.close();
      throw error;
    }
  }
}
