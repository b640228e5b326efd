/** Every field of every layer of a frame, as an indented tree. */
import { details, NEEDS_EVERYTHING } from '../../see/dissect/index.ts';
import { print } from '../terminal.ts';
import type { View } from './view.ts';

/** The view. */
export const detailView: View = {
  header: undefined,
  needs: NEEDS_EVERYTHING,
  show(dissection, origin) {
    for (const line of details(dissection, { interfaceName: origin?.interfaceName })) print(line);
    print();
  },
};
