/**
 * What a field is: a named, typed value that a dissected frame has none, one or several of. The names, types and titles are Wireshark's, so
 * that what people know of display filters and of `tshark -T fields` holds here. The list of fields is made by the layers' own files.
 */
import { type TextSink, textOf } from '../../core/text-sink.ts';
import type { Packet } from '../capture/packet.ts';
import type { Dissection } from './dissection.ts';
import type { ProtocolId } from './protocol.ts';

/** What a field's values are, and so how filters compare them. */
export type FieldType =
  /** Whole number from 0 to 2^53, as a number. */
  | 'unsigned'
  /** Whole number that may be negative, as a number. */
  | 'signed'
  | 'boolean'
  /** An IPv4 address as an unsigned number. */
  | 'ipv4'
  /** Sixteen octets. */
  | 'ipv6'
  /** Six octets. */
  | 'mac'
  | 'string'
  | 'bytes'
  /** Seconds, as a number; shown with nine decimals. */
  | 'seconds'
  /** A number with decimals, as a number. */
  | 'float'
  /** A moment: nanoseconds since 1970, UTC, as a bigint, because a number cannot hold them. */
  | 'time'
  /** Present or not: a protocol name such as `tcp`; its value is its octets. */
  | 'protocol';

/** A value of a field. Octets are a view into the frame: copy them to keep them. */
export type FieldValue = number | bigint | boolean | string | Uint8Array;

/** What takes a field's values: an array, or what looks at each and keeps none. */
export interface FieldValues {
  push(value: FieldValue): unknown;
}

/** Reads one value from a header at `at`. */
export type Read = (view: DataView, at: number) => FieldValue;

/** Where the values of a field stand that is nothing but octets of its protocol's header. */
export interface HeaderPlace {
  readonly protocol: ProtocolId;
  /** Each value: `size` octets at `offset` of the header, and how they are read. */
  readonly values: readonly { readonly offset: number; readonly size: number; readonly read: Read }[];
}

/** How a value is written: as a string, or as octets where there is a way that makes no string. Of what is no string itself those are digits, letters and punctuation that stand in JSON as they are. */
export interface Format {
  (value: FieldValue): string;
  readonly write?: (text: TextSink, value: FieldValue) => void;
}

/** A format that writes octets, from which its strings are made too. */
export const written = (write: (text: TextSink, value: FieldValue) => void): Format =>
  Object.assign((value: FieldValue) => textOf((text) => write(text, value)), { write });

/** A field. */
export interface Field {
  /** `tcp.srcport`. */
  readonly name: string;
  readonly type: FieldType;
  /** `Source Port`: Wireshark's display name. */
  readonly title: string;
  /** Appends this frame's values to `into` in wire order; appends nothing when the frame has none. */
  collect(dissection: Dissection, into: FieldValues): void;
  /** A value as `tshark -T fields` prints it: `7456`, `0x0002`, `127.0.0.1`, `1` for true. JSON has strings as they are. */
  readonly format: Format;
  /** Only where a number cannot hold the value exactly (nanoseconds since 1970): appends the exact texts, one for each value. */
  print?(dissection: Dissection, into: string[]): void;
  /** Only of a field that can be read from its protocol's header without anything else being known: filters then need no dissection. */
  readonly header?: HeaderPlace | undefined;
  /** Only of a field that the packet itself has: its value. */
  readonly packet?: (packet: Packet) => FieldValue | undefined;
  /** Only of a field whose values are all true: that it is there says all. */
  readonly isMark?: true;
}

/** A field's values in a frame as `tshark -T fields` prints them, in wire order. */
export function fieldTexts(field: Field, dissection: Dissection): string[] {
  const texts: string[] = [];
  if (field.print !== undefined) {
    field.print(dissection, texts);
    return texts;
  }
  const values: FieldValue[] = [];
  field.collect(dissection, values);
  for (const value of values) texts.push(field.format(value));
  return texts;
}

/** Which of a field's values are written, and what stands between them. */
export interface FieldWriterOptions {
  /** Default `,`. */
  readonly aggregator?: string;
  /** `first`, `last`, or all of them, the default. */
  readonly occurrence?: 'first' | 'last' | 'all';
}

/** Writes a field's values in frame after frame as `tshark -T fields` prints them: octets, no strings for most fields. One is made for each column. */
export class FieldWriter implements FieldValues {
  readonly field: Field;
  readonly #write: (text: TextSink, value: FieldValue) => void;
  readonly #aggregator: string;
  readonly #occurrence: 'first' | 'last' | 'all';
  #text: TextSink | undefined;
  #from = 0;
  #count = 0;

  constructor(field: Field, options: FieldWriterOptions = {}) {
    const { format } = field;
    this.field = field;
    this.#write = format.write ?? ((text, value) => text.add(format(value)));
    this.#aggregator = options.aggregator ?? ',';
    this.#occurrence = options.occurrence ?? 'all';
  }

  /** Writes a frame's values. @returns how many the frame has */
  write(text: TextSink, dissection: Dissection): number {
    this.#text = text;
    this.#from = text.length;
    this.#count = 0;
    if (this.field.print === undefined) this.field.collect(dissection, this);
    else this.#print(text, dissection);
    return this.#count;
  }

  /** Takes a value. Fields call it. */
  push(value: FieldValue): void {
    if (this.#next()) this.#write(this.#text!, value);
  }

  #print(text: TextSink, dissection: Dissection): void {
    const exact: string[] = [];
    this.field.print?.(dissection, exact);
    for (const one of exact) if (this.#next()) text.add(one);
  }

  /** Makes room for the next value. @returns whether it is wanted */
  #next(): boolean {
    if (this.#count++ === 0) return true;
    if (this.#occurrence === 'first') return false;
    if (this.#occurrence === 'last') this.#text!.cut(this.#from);
    else this.#text!.add(this.#aggregator);
    return true;
  }
}
