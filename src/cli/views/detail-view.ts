/** Every field of every layer of a frame, as an indented tree. */
import { details, type Moment, NEEDS_EVERYTHING } from '../../see/dissect/index.ts';
import { print } from '../terminal.ts';
import type { View } from './view.ts';

/** The view. */
export function detailView(): View {
  let shown: Moment | undefined;
  return {
    header: undefined,
    needs: NEEDS_EVERYTHING,
    show(dissection, origin) {
      const { seconds, nanoseconds } = dissection.packet;
      const now = { seconds, nanoseconds };
      for (const line of details(dissection, { ...origin, shown: shown ?? now })) print(line);
      print();
      shown = now;
    },
  };
}
