/** Every field of every layer of a frame, as an indented tree. */
import { type DetailOptions, details, type Moment, NEEDS_EVERYTHING } from '../../see/dissect/index.ts';
import { print } from '../terminal.ts';
import type { View } from './view.ts';

/** The view. */
export function detailView(): View {
  const shown: Moment = { seconds: 0, nanoseconds: 0 };
  let isFirst = true;
  const options: DetailOptions = { shown };
  return {
    header: undefined,
    needs: NEEDS_EVERYTHING,
    show(dissection) {
      const { seconds, nanoseconds } = dissection.packet;
      if (isFirst) setTime(shown, seconds, nanoseconds);
      isFirst = false;
      for (const line of details(dissection, options)) print(line);
      print();
      setTime(shown, seconds, nanoseconds);
    },
  };
}

function setTime(moment: Moment, seconds: number, nanoseconds: number): void {
  moment.seconds = seconds;
  moment.nanoseconds = nanoseconds;
}
