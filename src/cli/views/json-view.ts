/** Each frame as one JSON object, in a line: by itself, or in an array as `tshark -T json` prints it. */
import { localZone } from '../../node/local-zone.ts';
import {
  bothNeeds,
  dayText,
  type Field,
  fieldTexts,
  NEEDS_EVERYTHING,
  NEEDS_NOTHING,
  needsOfField,
  writeFrameJson,
  writeFrameTexts,
} from '../../see/dissect/index.ts';
import { endLine, output } from '../terminal.ts';
import { fieldNamed } from './field-view.ts';
import type { View } from './view.ts';

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
 * @param names the fields that are wanted, which then are lists without layers; all of all layers when undefined
 * @throws UsageError when there is no such field
 */
export function jsonArrayView(names: readonly string[] | undefined): View {
  const fields = names?.map(fieldNamed);
  const zone = localZone();
  let isFirst = true;
  return {
    header: '[',
    footer: ']',
    needs: fields?.map(needsOfField).reduce(bothNeeds, NEEDS_NOTHING) ?? NEEDS_EVERYTHING,
    show(dissection) {
      if (!isFirst) output.add(',');
      isFirst = false;
      const date = dayText(dissection.packet.seconds, zone);
      output.add(`{"_index":"packets-${date}","_type":"doc","_score":null,"_source":{"layers":`);
      if (fields === undefined) writeFrameTexts(output, dissection);
      else output.add(JSON.stringify(chosen(fields, dissection)));
      output.add('}}');
      endLine();
    },
  };
}

/** The texts of the fields that a frame has. */
function chosen(fields: readonly Field[], dissection: Parameters<typeof fieldTexts>[1]): Record<string, string[]> {
  const texts: Record<string, string[]> = {};
  for (const field of fields) {
    const values = fieldTexts(field, dissection);
    if (values.length > 0) texts[field.name] = values;
  }
  return texts;
}
