/** What a checked expression needs to be known of a frame: all that its fields need. */
import { bothNeeds, type DissectionNeeds, NEEDS_NOTHING, needsOfField } from '../dissect/needs.ts';
import type { Member, Operand, Test } from './checked.ts';

/** What a test needs. */
export function needsOf(test: Test): DissectionNeeds {
  switch (test.kind) {
    case 'and':
    case 'or':
    case 'xor':
      return all(test.of.map(needsOf));
    case 'not':
      return needsOf(test.of);
    case 'present':
    case 'nonzero':
      return ofOperand(test.operand);
    case 'compare':
    case 'contains':
      return bothNeeds(ofOperand(test.left), ofOperand(test.right));
    case 'matches':
      return ofOperand(test.left);
    case 'member':
      return bothNeeds(ofOperand(test.value), all(test.members.map(ofMember)));
  }
}

const all = (needs: readonly DissectionNeeds[]): DissectionNeeds => needs.reduce(bothNeeds, NEEDS_NOTHING);

const ofMember = (member: Member): DissectionNeeds =>
  member.kind === 'range' ? NEEDS_NOTHING : ofOperand(member.value);

function ofOperand(operand: Operand): DissectionNeeds {
  switch (operand.kind) {
    case 'field':
      return needsOfField(operand.field);
    case 'constant':
      return NEEDS_NOTHING;
    case 'slice':
    case 'minus':
      return ofOperand(operand.of);
    case 'arithmetic':
      return bothNeeds(ofOperand(operand.left), ofOperand(operand.right));
    case 'call':
      return all(operand.arguments.map(ofOperand));
  }
}
