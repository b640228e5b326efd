/** The conversations of a capture, for the commands that tell or draw them. */
import { Analysis, type Conversation } from '../see/analysis/index.ts';
import type { Dissection } from '../see/dissect/index.ts';
import { UsageError } from './failure.ts';
import { frameFilter } from './frame-filter.ts';
import { eachFrame } from './frames.ts';

/** Which conversations a command wants. */
export interface StoryChoice {
  filter?: string | undefined;
  /** One conversation: tcp.stream. */
  stream?: number | undefined;
}

/**
 * The TCP conversations of a capture that have a frame which passes the filter. Every segment is analysed, whatever the filter says: a story cannot be told from some of its frames.
 * @throws UsageError when there are none
 */
export async function storiesOf(path: string, choice: StoryChoice): Promise<readonly Conversation[]> {
  const analysis = new Analysis();
  const wanted = new Set<number>();
  let frames = 0;
  let streams = 0;
  const filter = frameFilter(choice.filter ?? '');
  const onFrame = (dissection: Dissection): void => {
    frames++;
    const { segment } = dissection;
    if (segment === undefined) return;
    const { index } = segment.stream;
    streams = Math.max(streams, index + 1);
    // The limits of the analysis are for the conversations that are asked for.
    if (choice.stream !== undefined && index !== choice.stream) return;
    analysis.segment(segment);
    if (filter.test(dissection)) wanted.add(index);
  };
  await eachFrame(path, {}, onFrame, { analysis });
  const { conversations } = analysis;
  if (streams === 0) {
    throw new UsageError(
      `there is no TCP conversation in ${path} (${frames} ${frames === 1 ? 'frame' : 'frames'}); tcplab read shows what there is`,
    );
  }
  if (choice.stream !== undefined) {
    if (conversations.length > 0) return conversations;
    throw new UsageError(`there is no tcp.stream ${choice.stream} in ${path}: it has ${streams}, numbered from 0`);
  }
  const found = conversations.filter(({ index }) => wanted.has(index));
  if (found.length > 0) return found;
  throw new UsageError(
    `none of the ${streams} TCP conversations in ${path} has a frame that passes the filter ${choice.filter}`,
  );
}
