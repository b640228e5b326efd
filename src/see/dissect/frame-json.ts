/** A frame as plain data for JSON: its number, its time, and its fields by layer under tshark's names. */
import type { Dissection } from './dissection.ts';
import { type Field, type FieldValue, fieldTexts } from './field.ts';
import { FIELDS } from './fields/index.ts';
import { seconds } from './numbers.ts';
import { PROTOCOL, PROTOCOLS } from './protocol.ts';

/** A field's value in JSON: several values of one field become a list. */
export type JsonValue = number | boolean | string | readonly (number | boolean | string)[];

/** A frame in JSON. */
export interface FrameJson {
  number: number;
  /** Seconds since the Unix epoch with nine decimals, as text: a number could not hold them. */
  time: string;
  /** `{ ip: { 'ip.src': '127.0.0.1', ... }, tcp: { ... } }` */
  layers: Record<string, Record<string, JsonValue>>;
}

const FIELDS_BY_LAYER: ReadonlyMap<string, readonly Field[]> = (() => {
  const byLayer = new Map<string, Field[]>();
  for (const field of FIELDS) {
    if (field.type === 'protocol') continue;
    const layer = field.name.slice(0, field.name.indexOf('.'));
    const fields = byLayer.get(layer) ?? [];
    fields.push(field);
    byLayer.set(layer, fields);
  }
  return byLayer;
})();

/** A frame as plain data. */
export function frameJson(dissection: Dissection): FrameJson {
  const { packet } = dissection;
  const layers: Record<string, Record<string, JsonValue>> = {};
  for (let i = 0; i < dissection.depth; i++) {
    const { id, name } = PROTOCOLS[dissection.protocols[i]!]!;
    if (id === PROTOCOL.NONE || layers[name] !== undefined) continue;
    const values: Record<string, JsonValue> = {};
    for (const field of FIELDS_BY_LAYER.get(name) ?? []) {
      const value = jsonOf(field, dissection);
      if (value !== undefined) values[field.name] = value;
    }
    layers[name] = values;
  }
  return { number: packet.number, time: seconds(packet.seconds, packet.nanoseconds), layers };
}

function jsonOf(field: Field, dissection: Dissection): JsonValue | undefined {
  const values: FieldValue[] = [];
  field.collect(dissection, values);
  if (values.length === 0) return undefined;
  const isPlain = field.type === 'unsigned' || field.type === 'signed' || field.type === 'boolean';
  const plain = isPlain ? (values as (number | boolean)[]) : fieldTexts(field, dissection);
  return plain.length === 1 ? plain[0]! : plain;
}
