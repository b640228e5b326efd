/** Which fields a checked expression looks at, and so what has to be known of a frame. */
import type { Field } from '../dissect/field.ts';
import { bothNeeds, type DissectionNeeds, NEEDS_NOTHING, needsOfField } from '../dissect/needs.ts';
import type { Operand, Test } from './checked.ts';

/** The fields of a test, each once, in the order in which they are written. */
export function fieldsOf(test: Test): readonly Field[] {
  const fields = new Set<Field>();
  addTest(test, fields);
  return [...fields];
}

/** What all the fields need. */
export const needsOf = (fields: readonly Field[]): DissectionNeeds =>
  fields.map(needsOfField).reduce(bothNeeds, NEEDS_NOTHING);

function addTest(test: Test, to: Set<Field>): void {
  switch (test.kind) {
    case 'and':
    case 'or':
    case 'xor':
      for (const each of test.of) addTest(each, to);
      return;
    case 'not':
      addTest(test.of, to);
      return;
    case 'present':
    case 'nonzero':
      addOperand(test.operand, to);
      return;
    case 'compare':
    case 'contains':
      addOperand(test.left, to);
      addOperand(test.right, to);
      return;
    case 'matches':
      addOperand(test.left, to);
      return;
    case 'member':
      addOperand(test.value, to);
      for (const member of test.members) if (member.kind === 'value') addOperand(member.value, to);
  }
}

function addOperand(operand: Operand, to: Set<Field>): void {
  switch (operand.kind) {
    case 'field':
      to.add(operand.field);
      return;
    case 'slice':
    case 'minus':
      addOperand(operand.of, to);
      return;
    case 'arithmetic':
      addOperand(operand.left, to);
      addOperand(operand.right, to);
      return;
    case 'call':
      for (const each of operand.arguments) addOperand(each, to);
  }
}
