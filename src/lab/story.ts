/** What the watching half makes of a recording: each frame taken apart, its conversations analysed with what a recording knows beyond a capture: when frames arrived. */
import { NEVER } from '../core/time.ts';
import { Analysis } from '../see/analysis/index.ts';
import { type Dissection, Dissector } from '../see/dissect/index.ts';
import type { RecordedFrame, Recorder } from './recorder.ts';

/**
 * Takes a recording apart, frame by frame, and analyses its TCP conversations.
 * @param onFrame is called for each frame; the dissection holds until it returns
 */
export function tell(recorder: Recorder, onFrame: (dissection: Dissection, frame: RecordedFrame) => void): Analysis {
  const analysis = new Analysis();
  const dissector = new Dissector();
  const start = recorder.frames[0]?.sent ?? 0;
  recorder.packets((packet, frame) => {
    const dissection = dissector.dissect(packet);
    if (dissection.segment !== undefined) {
      const lost = frame.arrived === NEVER;
      analysis.segment(dissection.segment, lost ? { lost } : { arrival: (frame.arrived - start) * 1_000 });
    }
    onFrame(dissection, frame);
  });
  return analysis;
}
