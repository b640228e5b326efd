/**
 * A checked expression as a decision straight from a packet's octets, for what compares header fields with constants. What it cannot tell it leaves undecided, part
 * by part: of `tcp.port == 80 and tcp.payload contains "x"` the packets of other ports are decided. Not here: which frames can be read so (plain-frame.ts), and the
 * decision about all others (compile.ts).
 */
import type { Packet } from '../capture/packet.ts';
import { FAILS, type Judge, PASSES, UNDECIDED, type Verdict } from '../capture/sift.ts';
import type { Field, HeaderPlace } from '../dissect/field.ts';
import { needsOfField } from '../dissect/needs.ts';
import { PROTOCOLS, type ProtocolId } from '../dissect/protocol.ts';
import { calculate, isNonzero } from './calculate.ts';
import type { FieldOperand, Operand, Test } from './checked.ts';
import { compareWith, type Decide, isMember, MIRRORED } from './decide.ts';
import { protocolOf } from './operands.ts';
import { type Place, PlainFrame, placeOf } from './plain-frame.ts';
import type { Quantifier } from './syntax.ts';

/** Decides on a packet by its octets. */
export type Glance = (packet: Packet) => Verdict;

/** Decides on a frame whose headers are found. */
type Look = (frame: PlainFrame) => Verdict;

/** The decision of a test by octets, for those who have packets and, when it asks for nothing else, for those who have only octets; undefined when octets never tell. */
export interface Glances {
  readonly glance: Glance | undefined;
  readonly judge: Judge | undefined;
}

/** @param fields all that the test looks at */
export function compileGlances(test: Test, fields: readonly Field[]): Glances {
  const look = lookOf(test);
  if (look === undefined) return { glance: undefined, judge: undefined };
  const frame = new PlainFrame();
  const judge: Judge = (view, at, end, linkType) => (frame.find(view, at, end, linkType) ? look(frame) : UNDECIDED);
  const judged: Glance = ({ view, at, capturedLength, linkType }) => judge(view, at, at + capturedLength, linkType);
  // The packet's lengths, time and number, which need no header to be found.
  const ofPacket = fields.filter((field) => field.packet !== undefined).length;
  if (ofPacket === 0) return { glance: judged, judge };
  const needsHeaders = ofPacket < fields.length;
  const glance: Glance = (packet) => {
    frame.packet = packet;
    return needsHeaders ? judged(packet) : look(frame);
  };
  return { glance, judge: undefined };
}

const undecided: Look = () => UNDECIDED;

function lookOf(test: Test): Look | undefined {
  switch (test.kind) {
    case 'and':
    case 'or':
    case 'xor': {
      const looks = test.of.map(lookOf);
      if (looks.every((look) => look === undefined)) return undefined;
      return combined(
        test.kind,
        looks.map((look) => look ?? undecided),
      );
    }
    case 'not': {
      const of = lookOf(test.of);
      if (of === undefined) return undefined;
      return (frame) => {
        const verdict = of(frame);
        return verdict === UNDECIDED ? UNDECIDED : verdict === PASSES ? FAILS : PASSES;
      };
    }
    case 'present':
      return presence(test.operand);
    case 'nonzero':
      return values(test.operand, 'any', isNonzero);
    case 'compare': {
      const { comparison, quantifier, left, right } = test;
      if (right.kind === 'constant') return values(left, quantifier, compareWith(comparison, right));
      if (left.kind === 'constant') return values(right, quantifier, compareWith(MIRRORED[comparison], left));
      return undefined;
    }
    case 'member':
      if (test.members.some((member) => member.kind === 'value' && member.value.kind !== 'constant')) return undefined;
      return values(test.value, test.quantifier, isMember(test.members));
    default:
      return undefined;
  }
}

function combined(kind: 'and' | 'or' | 'xor', looks: readonly Look[]): Look {
  if (kind === 'xor')
    return (frame) => {
      let odd: Verdict = FAILS;
      for (let i = 0; i < looks.length; i++) {
        const verdict = looks[i]!(frame);
        if (verdict === UNDECIDED) return UNDECIDED;
        if (verdict === PASSES) odd = odd === PASSES ? FAILS : PASSES;
      }
      return odd;
    };
  const [stop, otherwise]: readonly Verdict[] = kind === 'and' ? [FAILS, PASSES] : [PASSES, FAILS];
  return (frame) => {
    let result: Verdict = otherwise!;
    for (let i = 0; i < looks.length; i++) {
      const verdict = looks[i]!(frame);
      if (verdict === stop) return verdict;
      if (verdict === UNDECIDED) result = UNDECIDED;
    }
    return result;
  };
}

/** A field whose values octets tell. */
const isPlain = ({ field, layers }: FieldOperand): boolean =>
  layers === undefined &&
  (field.packet !== undefined || (field.header !== undefined && needsOfField(field).layers === 'headers'));

function presence(operand: Operand): Look | undefined {
  if (operand.kind !== 'field') return undefined;
  if (isPlain(operand)) return values(operand, 'any', () => true);
  const { field, type, layers } = operand;
  if (type !== 'protocol' || layers !== undefined || needsOfField(field).layers !== 'headers') return undefined;
  const protocol = protocolOf(field.name);
  if (PROTOCOLS[protocol]!.name !== field.name) return undefined;
  const place = placeOf(protocol);
  if (place === undefined) return () => FAILS;
  const protocolAt = PROTOCOL_AT[place];
  return (frame) => (protocolAt(frame) === protocol ? PASSES : FAILS);
}

/** Whether the values of an operand, which is a plain field or the bits that it has in common with a constant, satisfy a decision. */
function values(operand: Operand, quantifier: Quantifier, decide: Decide): Look | undefined {
  if (operand.kind === 'arithmetic' && operand.operator === '&') {
    const { left, right } = operand;
    const [field, mask] = right.kind === 'constant' ? [left, right] : [right, left];
    if (mask.kind !== 'constant' || field.kind === 'constant') return undefined;
    return values(field, quantifier, (value) => {
      const bits = calculate('&', value, mask.value);
      return bits !== undefined && decide(bits);
    });
  }
  if (operand.kind !== 'field' || !isPlain(operand)) return undefined;
  const { packet, header } = operand.field;
  if (packet !== undefined)
    return (frame) => {
      const value = packet(frame.packet);
      return value !== undefined && decide(value) ? PASSES : FAILS;
    };
  return inHeader(header!.protocol, header!.values, quantifier, decide);
}

/** The protocol at a place of a frame. */
const PROTOCOL_AT: Readonly<Record<Place, (frame: PlainFrame) => ProtocolId>> = {
  link: (frame) => frame.linkProtocol,
  network: (frame) => frame.networkProtocol,
  transport: (frame) => frame.transportProtocol,
};

/** Values of a header that stands in `view` from `at` to `end`. */
type LookInside = (view: DataView, at: number, end: number) => Verdict;

/** What is looked for in the header of one protocol; a frame without it has no values. */
function inHeader(protocol: ProtocolId, all: HeaderPlace['values'], quantifier: Quantifier, decide: Decide): Look {
  const look = quantifier === 'any' ? anyOf(all, decide) : allOf(all, decide);
  switch (placeOf(protocol)) {
    case 'link':
      return (frame) => (frame.linkProtocol === protocol ? look(frame.view, frame.link, frame.network) : FAILS);
    case 'network':
      return (frame) => (frame.networkProtocol === protocol ? look(frame.view, frame.network, frame.transport) : FAILS);
    case 'transport':
      return (frame) => (frame.transportProtocol === protocol ? look(frame.view, frame.transport, frame.end) : FAILS);
    default:
      return () => FAILS;
  }
}

function anyOf(all: HeaderPlace['values'], decide: Decide): LookInside {
  const [first, second] = all as [HeaderPlace['values'][0], HeaderPlace['values'][0]?];
  const { read } = first;
  const needed = first.offset + first.size;
  if (second === undefined) return (view, at, end) => (at + needed <= end && decide(read(view, at)) ? PASSES : FAILS);
  // Either of two, such as tcp.port: the commonest question of all.
  const also = second.offset + second.size;
  const readSecond = second.read;
  return (view, at, end) => {
    if (at + needed <= end && decide(read(view, at))) return PASSES;
    return at + also <= end && decide(readSecond(view, at)) ? PASSES : FAILS;
  };
}

function allOf(all: HeaderPlace['values'], decide: Decide): LookInside {
  return (view, at, end) => {
    let some: Verdict = FAILS;
    for (const { offset, size, read } of all) {
      if (at + offset + size > end) continue;
      if (!decide(read(view, at))) return FAILS;
      some = PASSES;
    }
    return some;
  };
}
