/** Each frame as one JSON object, in a line. */
import { NEEDS_EVERYTHING, writeFrameJson } from '../../see/dissect/index.ts';
import { endLine, output } from '../terminal.ts';
import type { View } from './view.ts';

/** The view. */
export const jsonView: View = {
  header: undefined,
  needs: NEEDS_EVERYTHING,
  show(dissection) {
    writeFrameJson(output, dissection);
    endLine();
  },
};
