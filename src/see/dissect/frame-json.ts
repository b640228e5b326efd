/** A frame as JSON: its number, its time, and its fields by layer under tshark's names. It is written as octets, of which the plain data is made when somebody asks for that. */
import { type TextSink, textOf, utf8 } from '../../core/text-sink.ts';
import type { Dissection } from './dissection.ts';
import { type Field, type FieldType, type FieldValue, fieldTexts } from './field.ts';
import { FIELDS } from './fields/index.ts';
import { colons, decimal } from './fields/kinds.ts';
import { seconds } from './numbers.ts';
import { PROTOCOL, PROTOCOLS } from './protocol.ts';

/** A field's value in JSON: several values of one field become a list. */
export type JsonValue = number | boolean | string | readonly (number | boolean | string)[];

/** A frame in JSON. */
export interface FrameJson {
  number: number;
  /** Seconds since the Unix epoch with nine decimals, as text: a number could not hold them; empty for a packet without time. */
  time: string;
  /** `{ ip: { 'ip.src': '127.0.0.1', ... }, tcp: { ... } }` */
  layers: Record<string, Record<string, JsonValue>>;
}

/** Types whose values are JSON's own. */
const PLAIN: ReadonlySet<FieldType> = new Set<FieldType>(['unsigned', 'signed', 'boolean']);

/** A field, and what stands before its value. */
interface Member {
  readonly field: Field;
  readonly name: Uint8Array;
  /** Whether its values are numbers and booleans of JSON; others are its texts. */
  readonly isPlain: boolean;
}

/** `"name":` */
const nameOctets = (name: string): Uint8Array => utf8(`${JSON.stringify(name)}:`);

const MEMBERS: ReadonlyMap<string, readonly Member[]> = (() => {
  const byLayer = new Map<string, Member[]>();
  for (const field of FIELDS) {
    const { name, type } = field;
    if (type === 'protocol') continue;
    const layer = name.slice(0, name.indexOf('.'));
    const members = byLayer.get(layer) ?? [];
    members.push({ field, name: nameOctets(name), isPlain: PLAIN.has(type) });
    byLayer.set(layer, members);
  }
  return byLayer;
})();

const LAYER_NAMES: readonly Uint8Array[] = PROTOCOLS.map(({ name }) => nameOctets(name));

const NUMBER = utf8('{"number":');
const TIME = utf8(',"time":"');
const LAYERS = utf8('","layers":{');

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** A frame as plain data. */
export const frameJson = (dissection: Dissection): FrameJson =>
  JSON.parse(textOf((text) => writeFrameJson(text, dissection)));

/** Writes a frame's layers as one object of JSON whose values are all text, as `tshark -T json` has them, in a line without its end. */
export function writeFrameTexts(text: TextSink, dissection: Dissection): void {
  text.octet(OPEN);
  writeLayers(text, dissection, false);
}

/** Writes a frame as one object of JSON, in a line without its end. */
export function writeFrameJson(text: TextSink, dissection: Dissection): void {
  const { packet } = dissection;
  text.octets(NUMBER);
  text.decimal(packet.number);
  text.octets(TIME);
  if (packet.hasTime) text.add(seconds(packet.seconds, packet.nanoseconds));
  text.octets(LAYERS);
  writeLayers(text, dissection, true);
  text.octet(CLOSE);
}

/** Writes the layers and the end of their object. @param plain whether numbers and what is true or false are JSON's own */
function writeLayers(text: TextSink, dissection: Dissection, plain: boolean): void {
  const { depth, protocols } = dissection;
  const start = text.length;
  for (let layer = 0; layer < depth; layer++) {
    const protocol = protocols[layer]!;
    if (protocol === PROTOCOL.NONE || isShown(dissection, layer)) continue;
    if (text.length > start) text.octet(COMMA);
    text.octets(LAYER_NAMES[protocol]!);
    writeLayer(text, dissection, MEMBERS.get(PROTOCOLS[protocol]!.name) ?? [], plain);
  }
  text.octet(CLOSE);
}

/** Whether a layer of the same name stands before one: the fields of all of them are there. */
function isShown({ protocols }: Dissection, layer: number): boolean {
  const { name } = PROTOCOLS[protocols[layer]!]!;
  for (let i = 0; i < layer; i++) if (PROTOCOLS[protocols[i]!]!.name === name) return true;
  return false;
}

/** How tshark writes octets in JSON. */
const COLONS = { format: colons };

/** The values of the field that is being written. */
const values: FieldValue[] = [];

function writeLayer(text: TextSink, dissection: Dissection, members: readonly Member[], plain: boolean): void {
  text.octet(OPEN);
  const start = text.length;
  for (const { field, name, isPlain: isOwn } of members) {
    const isPlain = plain && isOwn;
    values.length = 0;
    if (isPlain || field.print === undefined) field.collect(dissection, values);
    else values.push(...fieldTexts(field, dissection));
    if (values.length === 0) continue;
    if (text.length > start) text.octet(COMMA);
    text.octets(name);
    if (values.length > 1) text.octet(OPEN_LIST);
    for (let i = 0; i < values.length; i++) {
      if (i > 0) text.octet(COMMA);
      const value = values[i]!;
      if (isPlain) decimal.write?.(text, value);
      else if (!plain && field.type === 'bytes') writeText(text, COLONS, value);
      else if (field.print === undefined) writeText(text, field, value);
      else text.add(JSON.stringify(value));
    }
    if (values.length > 1) text.octet(CLOSE_LIST);
  }
  text.octet(CLOSE);
}

function writeText(text: TextSink, { format }: Pick<Field, 'format'>, value: FieldValue): void {
  if (format.write === undefined || typeof value === 'string') {
    text.add(JSON.stringify(typeof value === 'string' ? value : format(value)));
    return;
  }
  text.octet(QUOTE);
  format.write(text, value);
  text.octet(QUOTE);
}
