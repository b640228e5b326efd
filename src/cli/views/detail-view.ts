/** Every field of every layer of a frame, as an indented tree. */
import { type DetailOptions, details, type Moment, NEEDS_EVERYTHING } from '../../see/dissect/index.ts';
import { print } from '../terminal.ts';
import type { View } from './view.ts';

/** The view. */
export function detailView(): View {
  const shown: Moment = { seconds: 0, nanoseconds: 0 };
  let isFirst = true;
  // Filled again for each frame: an object spread anew each time left garbage that no quick collection takes.
  const options: { -readonly [Key in keyof DetailOptions]: DetailOptions[Key] } = {
    interfaceName: undefined,
    interfaceDescription: undefined,
    section: undefined,
    shown,
  };
  return {
    header: undefined,
    needs: NEEDS_EVERYTHING,
    show(dissection, origin) {
      const { seconds, nanoseconds } = dissection.packet;
      if (isFirst) setTime(shown, seconds, nanoseconds);
      isFirst = false;
      options.interfaceName = origin?.interfaceName;
      options.interfaceDescription = origin?.interfaceDescription;
      options.section = origin?.section;
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
