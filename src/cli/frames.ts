/** Frames of a capture for a command: read, taken apart, filtered, counted; what is wrong with the file is said at the end. Not here: what to do with a frame. */
import { cryptographicRandom } from '../node/platform.ts';
import type { Analysis } from '../see/analysis/index.ts';
import { type CaptureReader, makePacket } from '../see/capture/index.ts';
import { type Dissection, Dissector } from '../see/dissect/index.ts';
import { compileFilter } from '../see/filter/index.ts';
import { openInput, sayProblem } from './captures.ts';
import { leftOut } from './left-out.ts';
import { RunningCount } from './running-count.ts';
import { flush, isTerminal, say } from './terminal.ts';

/** Which frames a command wants. */
export interface FrameChoice {
  /** A display filter; every frame when undefined. */
  filter?: string | undefined;
  /** Stop after so many frames that passed the filter. */
  count?: number | undefined;
  /** Read a file on when its end is reached, until Ctrl-C. */
  follow?: boolean | undefined;
  /** Called when the capture is open, before anything is read of it. */
  opened?: ((reader: CaptureReader) => void) | undefined;
}

/** Decides on frames: made once from a filter's text. What is likely not meant is said on stderr. */
export function frameFilter(text: string | undefined): (dissection: Dissection) => boolean {
  if (text === undefined) return () => true;
  const filter = compileFilter(text);
  for (const hint of filter.hints) say(`hint: ${hint}`);
  return (dissection) => filter.test(dissection);
}

/** Takes the frames of a stranger apart: whoever made them does not know the key of the dissector's table. */
export const strangersDissector = (): Dissector => new Dissector({ random: cryptographicRandom() });

/**
 * Calls `onFrame` for each frame wanted; the dissection holds until the call returns. Says at the end what was left out, by the `analysis` too that the caller leads. Sets the exit code when the capture is damaged, after all its whole frames.
 * @throws TcplabError when the capture cannot be opened or the filter is wrong
 */
export async function eachFrame(
  path: string,
  choice: FrameChoice,
  onFrame: (dissection: Dissection, reader: CaptureReader) => void,
  analysis?: Analysis,
): Promise<void> {
  const matches = frameFilter(choice.filter);
  const file = openInput(path, {}, choice.follow);
  choice.opened?.(file.reader);
  const packet = makePacket();
  const dissector = strangersDissector();
  // A list that comes on the terminal shows by itself that it comes.
  const progress = file.isLive || isTerminal() ? undefined : new RunningCount('packets');
  let left = choice.count ?? Number.POSITIVE_INFINITY;
  for await (const reader of file) {
    while (left > 0 && reader.next(packet)) {
      const dissection = dissector.dissect(packet);
      if (!matches(dissection)) continue;
      left--;
      onFrame(dissection, reader);
    }
    // What comes slowly is shown when it comes.
    if (file.isLive) flush();
    progress?.show(reader.packets, file.position / file.size!);
    if (left <= 0) break;
  }
  progress?.clear();
  for (const line of leftOut(dissector, analysis)) say(line);
  if (left > 0) sayProblem(file);
}
