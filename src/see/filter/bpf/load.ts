/** The commonest conditions: octets at a fixed place against a constant. */
import type { Condition, Jump, Step } from './assemble.ts';
import {
  ALU,
  JEQ,
  JGE,
  JGT,
  JSET,
  LD_B_ABS,
  LD_B_IND,
  LD_H_ABS,
  LD_H_IND,
  LD_W_ABS,
  LD_W_IND,
  LDX_MSH,
} from './instruction.ts';

/** How many octets can be loaded at once. */
export type Size = 1 | 2 | 4;

/** Loads octets at a place, and at one plus X. */
export const ABSOLUTE: Readonly<Record<Size, number>> = { 1: LD_B_ABS, 2: LD_H_ABS, 4: LD_W_ABS };
export const INDIRECT: Readonly<Record<Size, number>> = { 1: LD_B_IND, 2: LD_H_IND, 4: LD_W_IND };

const test = (steps: readonly Step[], jump: Jump, k: number): Condition => ({ kind: 'test', steps, jump, k: k >>> 0 });
const load = (offset: number, size: Size): Step => ({ code: ABSOLUTE[size], k: offset });

export const equals = (offset: number, size: Size, value: number): Condition => test([load(offset, size)], JEQ, value);

export const greater = (offset: number, size: Size, value: number): Condition => test([load(offset, size)], JGT, value);

export const atLeast = (offset: number, size: Size, value: number): Condition => test([load(offset, size)], JGE, value);

/** That one of some bits is set. */
export const hasBits = (offset: number, size: Size, bits: number): Condition => test([load(offset, size)], JSET, bits);

/** That the bits of a mask are those of a value. */
export function masked(offset: number, size: Size, mask: number, value: number): Condition {
  if (mask >>> 0 === (size === 4 ? 0xffff_ffff : 2 ** (8 * size) - 1)) return equals(offset, size, value);
  return test([load(offset, size), { code: ALU['&']!, k: mask >>> 0 }], JEQ, value);
}

/** Octets at `offset` behind an IPv4 header at `network`, whose length is variable. */
export const behindIpv4 = (network: number, offset: number, size: Size): readonly Step[] => [
  { code: LDX_MSH, k: network },
  { code: INDIRECT[size], k: network + offset },
];
