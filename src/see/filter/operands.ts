/**
 * What has values, as functions that hand them out. Each function hands a frame's values to whatever takes them, so that a field compared with a constant
 * needs no list at all; where a list is needed, it is made once and filled again.
 */
import { bytesOf, type Dissection } from '../dissect/dissection.ts';
import type { Field, FieldValue, FieldValues } from '../dissect/field.ts';
import { PROTOCOL, PROTOCOLS, type ProtocolId } from '../dissect/protocol.ts';
import { calculate } from './calculate.ts';
import type { Operand } from './checked.ts';
import { compareValues } from './compare-values.ts';
import { MAX_VALUES } from './limits.ts';
import type { Piece } from './syntax.ts';

/** Hands out a frame's values. */
export type Collect = (dissection: Dissection, into: FieldValues) => void;

/** A list of values that is filled again for each frame. */
export class ValueList implements FieldValues {
  readonly items: FieldValue[] = [];
  count = 0;

  push(value: FieldValue): void {
    if (this.count < MAX_VALUES) this.items[this.count++] = value;
  }

  /** Fills the list with a frame's values. */
  fill(collect: Collect, dissection: Dissection): void {
    this.count = 0;
    collect(dissection, this);
  }
}

/** How an operand's values are got. */
export function compileOperand(operand: Operand): Collect {
  switch (operand.kind) {
    case 'field':
      return operand.layers === undefined ? collectField(operand.field) : collectLayers(operand.field, operand.layers);
    case 'constant': {
      const { value } = operand;
      return (_, into) => into.push(value);
    }
    case 'slice':
      return collectSlices(operand.of, operand.pieces);
    case 'minus':
      return mapped(compileOperand(operand.of), (value) => -(value as number));
    case 'arithmetic': {
      const [left, right] = [compileOperand(operand.left), compileOperand(operand.right)];
      const [lefts, rights] = [new ValueList(), new ValueList()];
      const { operator } = operand;
      return (dissection, into) => {
        lefts.fill(left, dissection);
        rights.fill(right, dissection);
        for (let i = 0; i < lefts.count; i++)
          for (let j = 0; j < rights.count; j++) {
            const value = calculate(operator, lefts.items[i]!, rights.items[j]!);
            if (value !== undefined) into.push(value);
          }
      };
    }
    case 'call':
      return compileCall(operand);
  }
}

const collectField =
  (field: Field): Collect =>
  (dissection, into) =>
    field.collect(dissection, into);

/** Hands on what a function makes of each value. */
function mapped(collect: Collect, change: (value: FieldValue) => FieldValue): Collect {
  const list = new ValueList();
  return (dissection, into) => {
    list.fill(collect, dissection);
    for (let i = 0; i < list.count; i++) into.push(change(list.items[i]!));
  };
}

/** The protocol that a field belongs to, by its name: `tcp` for tcp.port. */
export function protocolOf(field: string): ProtocolId {
  const name = field.split('.', 1)[0]!;
  return PROTOCOLS.find((protocol) => protocol.name === name)?.id ?? PROTOCOL.NONE;
}

/** Of the `total` members, whether a piece has the one at `index` (both from 0). */
function pieceHas({ offset, length }: Piece, index: number, total: number): boolean {
  const start = offset < 0 ? total + offset : offset;
  return index >= start && (length === undefined || index < start + length);
}

/** Fields of a protocol that a frame has once, however many layers of it there are. */
const OF_FRAME = /^tcp\.analysis\.|\.resp_to$/;

/** The values a field has in some layers of its protocol; layers are numbered from 1. */
function collectLayers(field: Field, pieces: readonly Piece[]): Collect {
  const protocol = protocolOf(field.name);
  const wanted = pieces.map(({ offset, length }): Piece => ({ offset: offset > 0 ? offset - 1 : offset, length }));
  // No layer has number 0, and none is numbered within the frame as a whole.
  const isNone = pieces.every(({ offset, length }) => offset === 0 && length === 1);
  const isOfFrame = OF_FRAME.test(field.name);
  const hidden: number[] = [];
  return (dissection, into) => {
    if (isNone) return;
    const { protocols, depth } = dissection;
    let total = 0;
    for (let layer = 0; layer < depth; layer++) if (protocols[layer] === protocol) total++;
    hidden.length = 0;
    let index = 0;
    // Fields look through all layers of their protocol: those that are not wanted are given another for as long as this field looks.
    for (let layer = 0; layer < depth; layer++) {
      if (protocols[layer] !== protocol) continue;
      if (!wanted.some((piece) => pieceHas(piece, index, total))) {
        protocols[layer] = PROTOCOL.NONE;
        hidden.push(layer);
      }
      index++;
    }
    // What a frame has once belongs to the first of the layers.
    if (!isOfFrame || wanted.some((piece) => pieceHas(piece, 0, total))) field.collect(dissection, into);
    for (let i = 0; i < hidden.length; i++) protocols[hidden[i]!] = protocol;
  };
}

/** Octets of a value, for slices: text in UTF-8, an IPv4 address as its four. */
export function octetsOf(value: FieldValue): Uint8Array {
  if (typeof value === 'object') return value;
  if (typeof value === 'string') return new TextEncoder().encode(value);
  const number = Number(value);
  return Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number);
}

function collectSlices(of: Operand, pieces: readonly Piece[]): Collect {
  const only = pieces.length === 1 ? pieces[0]! : undefined;
  const list = new ValueList();
  const collect = compileHeader(of);
  return (dissection, into) => {
    list.fill(collect, dissection);
    for (let i = 0; i < list.count; i++) {
      const octets = octetsOf(list.items[i]!);
      const sliced = only === undefined ? joined(octets, pieces) : slice(octets, only);
      if (sliced !== undefined) into.push(sliced);
    }
  };
}

/** The octets of a piece; undefined when they are not all there. */
function slice(octets: Uint8Array, { offset, length }: Piece): Uint8Array | undefined {
  const start = offset < 0 ? octets.length + offset : offset;
  const end = length === undefined ? octets.length : start + length;
  return start < 0 || start >= octets.length || end > octets.length ? undefined : octets.subarray(start, end);
}

function joined(octets: Uint8Array, pieces: readonly Piece[]): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (const piece of pieces) {
    const part = slice(octets, piece);
    if (part === undefined) return undefined;
    parts.push(part);
    length += part.length;
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function compileCall(call: Extract<Operand, { kind: 'call' }>): Collect {
  const first = call.arguments[0]!;
  const collect = compileOperand(first);
  switch (call.name) {
    case 'len':
      return mapped(compileHeader(first), (value) => octetsOf(value).length);
    case 'abs':
      return mapped(collect, (value) => Math.abs(value as number));
    case 'upper':
      return mapped(collect, (value) => (value as string).toUpperCase());
    case 'lower':
      return mapped(collect, (value) => (value as string).toLowerCase());
    case 'string':
      return mapped(collect, textOf(first));
    case 'count': {
      const list = new ValueList();
      return (dissection, into) => {
        list.fill(collect, dissection);
        // As in Wireshark, where there is no value there is no number of them either.
        if (list.count > 0) into.push(list.count);
      };
    }
    case 'max':
    case 'min': {
      const sign = call.name === 'max' ? 1 : -1;
      const all = call.arguments.map(compileOperand);
      const list = new ValueList();
      return (dissection, into) => {
        let best: FieldValue | undefined;
        for (let i = 0; i < all.length; i++) {
          list.fill(all[i]!, dissection);
          for (let j = 0; j < list.count; j++) {
            const value = list.items[j]!;
            if (best === undefined || sign * compareValues(value, best) > 0) best = value;
          }
        }
        if (best !== undefined) into.push(best);
      };
    }
  }
}

/** How an operand's values are got where a protocol stands for its header. */
const compileHeader = (operand: Operand): Collect =>
  compileOperand(
    operand.kind === 'field' && operand.type === 'protocol' ? { ...operand, field: headerOf(operand.field) } : operand,
  );

/** Protocols that are all header. */
const WHOLE: ReadonlySet<ProtocolId> = new Set<ProtocolId>([
  PROTOCOL.FRAME,
  PROTOCOL.ARP,
  PROTOCOL.ICMP,
  PROTOCOL.ICMPV6,
  PROTOCOL.DNS,
  PROTOCOL.DHCP,
  PROTOCOL.DATA,
]);

/** A protocol of which only the header is seen, as Wireshark does for slices and lengths; `contains` and `matches` look behind it. */
function headerOf(field: Field): Field {
  const protocol = PROTOCOLS.find(({ name }) => name === field.name)?.id ?? PROTOCOL.NONE;
  // What is no layer of its own is what the field says: a message over TCP, an option.
  if (protocol === PROTOCOL.NONE || WHOLE.has(protocol)) return field;
  return {
    ...field,
    collect(dissection, into) {
      const { protocols, depth, starts, payloads } = dissection;
      for (let layer = 0; layer < depth; layer++)
        if (protocols[layer] === protocol) into.push(bytesOf(dissection, layer, starts[layer]!, payloads[layer]!));
    },
  };
}

/** How `string()` writes a field's values: numbers in decimal as in Wireshark, the rest as the field does. */
function textOf(operand: Operand): (value: FieldValue) => string {
  if (operand.kind !== 'field' || operand.type === 'unsigned' || operand.type === 'signed') return String;
  if (operand.type === 'boolean') return (value) => (value ? 'True' : 'False');
  const { field } = operand;
  return (value) => field.format(value);
}
