/** Each frame as one JSON object, in a line: by itself, or in an array as `tshark -T json` prints it. */
import { localZone } from '../../node/local-zone.ts';
import {
  bothNeeds,
  type Dissection,
  dayText,
  NEEDS_EVERYTHING,
  NEEDS_NOTHING,
  writeFrameJson,
  writeFrameTexts,
} from '../../see/dissect/index.ts';
import { endLine, output } from '../terminal.ts';
import { type Texts, textsOf } from './field-view.ts';
import type { ListTime } from './list-times.ts';
import type { FrameOrigin, View } from './view.ts';

/** The view of objects. */
export const jsonView: View = {
  header: undefined,
  needs: NEEDS_EVERYTHING,
  show(dissection) {
    writeFrameJson(output, dissection);
    endLine();
  },
};

/**
 * The view of an array: Elasticsearch's documents, whose layers have texts.
 * @param names the fields and columns that are wanted, which then are lists without layers; all fields of all layers when undefined
 * @param time what `_ws.col.Time` is
 * @throws UsageError when there is no such field or column
 */
export function jsonArrayView(names: readonly string[] | undefined, time: ListTime): View {
  const fields = names?.map((name) => textsOf(name, time));
  const zone = localZone();
  let isFirst = true;
  return {
    header: '[',
    footer: ']',
    needs: fields?.map(({ needs }) => needs).reduce(bothNeeds, NEEDS_NOTHING) ?? NEEDS_EVERYTHING,
    show(dissection, origin) {
      if (!isFirst) output.add(',');
      isFirst = false;
      const date = dayText(dissection.packet.seconds, zone);
      output.add(`{"_index":"packets-${date}","_type":"doc","_score":null,"_source":{"layers":`);
      if (fields === undefined) writeFrameTexts(output, dissection);
      else output.add(JSON.stringify(chosen(fields, dissection, origin)));
      output.add('}}');
      endLine();
    },
  };
}

/** The texts of those that a frame has. */
function chosen(
  fields: readonly Texts[],
  dissection: Dissection,
  origin: FrameOrigin | undefined,
): Record<string, string[]> {
  const texts: Record<string, string[]> = {};
  for (const { name, read } of fields) {
    const values = read(dissection, origin);
    if (values.length > 0) texts[name] = values;
  }
  return texts;
}
