/**
 * A checked expression as a decision straight from a packet's octets, for what compares header fields with constants. What it cannot tell it leaves undecided, part
 * by part: of `tcp.port == 80 and tcp.payload contains "x"` the packets of other ports are decided. Not here: which frames can be read so (plain-frame.ts), and the
 * decision about all others (compile.ts).
 */
import type { Packet } from '../capture/packet.ts';
import type { FieldValue } from '../dissect/field.ts';
import { needsOfField } from '../dissect/needs.ts';
import { PROTOCOLS, type ProtocolId } from '../dissect/protocol.ts';
import { calculate, isNonzero } from './calculate.ts';
import type { FieldOperand, Operand, Test } from './checked.ts';
import { compareWith, type Decide, isMember, MIRRORED } from './decide.ts';
import { protocolOf } from './operands.ts';
import { PlainFrame, placeOf } from './plain-frame.ts';
import type { Quantifier } from './syntax.ts';

/** What the octets tell: it passes, it does not, or only its dissection can tell. */
export const PASSES = 1;
export const FAILS = 0;
export const UNDECIDED = -1;
export type Verdict = typeof PASSES | typeof FAILS | typeof UNDECIDED;

/** Decides on a packet by its octets. */
export type Glance = (packet: Packet) => Verdict;

/** Decides on a frame whose headers are found. */
type Look = (frame: PlainFrame) => Verdict;

/**
 * The decision of a test by octets, or undefined when they never tell.
 * @param headers whether headers must be found; without, the packet's lengths, time and number do
 */
export function compileGlance(test: Test, headers: boolean): Glance | undefined {
  const look = lookOf(test);
  if (look === undefined) return undefined;
  const frame = new PlainFrame();
  if (headers) return (packet) => (frame.find(packet) ? look(frame) : UNDECIDED);
  return (packet) => {
    frame.packet = packet;
    return look(frame);
  };
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
  return (frame) => (frame.protocols[place] === protocol ? PASSES : FAILS);
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
  if (packet !== undefined) return (frame) => (decide(packet(frame.packet)) ? PASSES : FAILS);
  return inHeader(header!.protocol, header!.values, quantifier, decide);
}

function inHeader(
  protocol: ProtocolId,
  all: readonly {
    readonly offset: number;
    readonly size: number;
    readonly read: (view: DataView, at: number) => FieldValue;
  }[],
  quantifier: Quantifier,
  decide: Decide,
): Look {
  const place = placeOf(protocol);
  if (place === undefined) return () => FAILS;
  const isAll = quantifier === 'all';
  const count = all.length;
  const first = all[0]!;
  const only = first.read;
  const needed = first.offset + first.size;
  if (count === 1)
    return (frame) => {
      const at = frame.starts[place]!;
      if (frame.protocols[place] !== protocol || at + needed > frame.ends[place]!) return FAILS;
      return decide(only(frame.packet.view, at)) ? PASSES : FAILS;
    };
  if (count === 2 && !isAll) {
    // Either of two, such as tcp.port: the commonest question of all.
    const { offset, size, read } = all[1]!;
    const also = offset + size;
    return (frame) => {
      if (frame.protocols[place] !== protocol) return FAILS;
      const { view } = frame.packet;
      const at = frame.starts[place]!;
      const end = frame.ends[place]!;
      if (at + needed <= end && decide(only(view, at))) return PASSES;
      return at + also <= end && decide(read(view, at)) ? PASSES : FAILS;
    };
  }
  return (frame) => {
    if (frame.protocols[place] !== protocol) return FAILS;
    const at = frame.starts[place]!;
    const end = frame.ends[place]!;
    let some: Verdict = FAILS;
    for (let i = 0; i < count; i++) {
      const { offset, size, read } = all[i]!;
      if (at + offset + size > end) continue;
      if (decide(read(frame.packet.view, at))) {
        if (!isAll) return PASSES;
        some = PASSES;
      } else if (isAll) return FAILS;
    }
    return some;
  };
}
