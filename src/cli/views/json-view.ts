/** Each frame as one JSON object, in a line. */
import { frameJson, NEEDS_EVERYTHING } from '../../see/dissect/index.ts';
import { print } from '../terminal.ts';
import type { View } from './view.ts';

/** The view. */
export const jsonView: View = {
  header: undefined,
  needs: NEEDS_EVERYTHING,
  show: (dissection) => print(JSON.stringify(frameJson(dissection))),
};
