/** Fields of expert information: _ws.expert.*, and of what ended too early: _ws.malformed. */
import { brokenLayer } from '../broken.ts';
import { eachItem, GROUP_NAMES, SEVERITY_NAMES, type TakeItem } from '../expert/index.ts';
import type { Field, FieldType, FieldValue } from '../field.ts';
import { allOf } from './kinds.ts';

/** A value of each item. */
const itemField = (
  name: string,
  type: FieldType,
  title: string,
  read: (...item: Parameters<TakeItem>) => FieldValue,
): Field => allOf(name, type, title, (dissection, into) => eachItem(dissection, (...item) => into.push(read(...item))));

/** _ws.* */
export const EXPERT_FIELDS: readonly Field[] = [
  itemField(
    '_ws.expert',
    'string',
    'Expert Info',
    (message, severity, group) => `Expert Info (${SEVERITY_NAMES.get(severity)}/${GROUP_NAMES.get(group)}): ${message}`,
  ),
  itemField('_ws.expert.message', 'string', 'Message', (message) => message),
  itemField('_ws.expert.severity', 'unsigned', 'Severity level', (_message, severity) => severity),
  itemField('_ws.expert.group', 'unsigned', 'Group', (_message, _severity, group) => group),
  allOf('_ws.malformed', 'string', 'Malformed Packet', (dissection, into) => {
    const broken = brokenLayer(dissection);
    if (broken?.isCut !== false) return;
    into.push(`[Malformed Packet: ${broken.name}]`);
    into.push('_ws.malformed');
  }),
];
