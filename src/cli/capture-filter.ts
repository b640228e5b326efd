/** Capture filters of a live capture: given to the kernel where it takes them, and asked here of every packet, because not every way to capture has a kernel that does. */
import type { MakeProgram } from '../node/live/capture.ts';
import type { Packet } from '../see/capture/index.ts';
import { compileCaptureFilter } from '../see/filter/bpf/index.ts';
import { FilterError } from '../see/filter/filter-error.ts';
import { say } from './terminal.ts';

/** A capture filter for the kernel, which then leaves other packets alone; undefined where it cannot, and `takingOnly` does it all. */
export function kernelProgram(text: string | undefined): MakeProgram | undefined {
  if (text === undefined) return undefined;
  return (linkType, cooked) => {
    try {
      return compileCaptureFilter(text, linkType).kernelProgram(cooked);
    } catch (error) {
      // What is wrong with the expression itself is said when the capture is open.
      if (error instanceof FilterError) return undefined;
      throw error;
    }
  };
}

/**
 * Whether a packet is one that the capture filter takes; those that are get numbers of their own, as if there had been no others. Undefined without a filter.
 * @throws FilterError when it is none, after closing the source
 */
export async function takingOnly(
  text: string | undefined,
  source: { readonly linkType: number; close(): unknown },
): Promise<((packet: Packet) => boolean) | undefined> {
  if (text === undefined) return undefined;
  try {
    const filter = compileCaptureFilter(text, source.linkType);
    for (const hint of filter.hints) say(`hint: ${hint}`);
    let taken = 0;
    return (packet) => {
      if (!filter.test(packet)) return false;
      packet.number = ++taken;
      return true;
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}
