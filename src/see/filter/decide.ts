/** What one value must be: comparisons with constants and sets of them, as functions of a value. Not here: which values a frame has (operands.ts, glance.ts). */
import { maskIpv4 } from '../../wire/address.ts';
import type { FieldValue } from '../dissect/field.ts';
import type { Comparison, Constant, Member } from './checked.ts';
import { comparePrefixes, compareValues } from './compare-values.ts';

/** Whether a value satisfies a comparison. */
export type Decide = (value: FieldValue) => boolean;

/** What the sign of a comparison's result must be. */
export const HOLDS: Readonly<Record<Comparison, (order: number) => boolean>> = {
  '==': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

/** The comparison that says the same with its sides changed. */
export const MIRRORED: Readonly<Record<Comparison, Comparison>> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/** A comparison with a constant, made for its type. */
export function compareWith(comparison: Comparison, constant: Constant): Decide {
  const { value, prefix } = constant;
  const holds = HOLDS[comparison];
  if (prefix !== undefined && typeof value === 'number' && comparison === '==') {
    const mask = maskIpv4(prefix);
    return (other) => (((other as number) ^ value) & mask) === 0;
  }
  if (prefix !== undefined) return (other) => holds(comparePrefixes(other, value, prefix));
  if (typeof value === 'object') return (other) => holds(compareValues(other, value));
  switch (comparison) {
    case '==':
      return (other) => other === value;
    case '!=':
      return (other) => other !== value;
    case '<':
      return (other) => other < value;
    case '<=':
      return (other) => other <= value;
    case '>':
      return (other) => other > value;
    case '>=':
      return (other) => other >= value;
  }
}

/** Whether a value is among the constant members of a set; those that a frame must be asked for are left out. */
export function isMember(members: readonly Member[]): Decide {
  const constants: Decide[] = [];
  const equals = new Set<FieldValue>();
  for (const member of members) {
    if (member.kind === 'range') {
      const [low, high] = [member.low.value, member.high.value];
      constants.push((each) => compareValues(each, low) >= 0 && compareValues(each, high) <= 0);
    } else if (member.value.kind !== 'constant') continue;
    else if (typeof member.value.value === 'object' || member.value.prefix !== undefined)
      constants.push(compareWith('==', member.value));
    else equals.add(member.value.value);
  }
  return (each) => {
    if (equals.has(each)) return true;
    for (let i = 0; i < constants.length; i++) if (constants[i]!(each)) return true;
    return false;
  };
}
