/** The commonest conditions: octets at a place against a constant. */
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
  LDX_IMM,
  LDX_MEM,
  LDX_MSH,
  TAX,
  TXA,
  WITH_X,
} from './instruction.ts';

/** How many octets can be loaded at once. */
export type Size = 1 | 2 | 4;

/** Loads octets at a place, and at one plus X. */
export const ABSOLUTE: Readonly<Record<Size, number>> = { 1: LD_B_ABS, 2: LD_H_ABS, 4: LD_W_ABS };
export const INDIRECT: Readonly<Record<Size, number>> = { 1: LD_B_IND, 2: LD_H_IND, 4: LD_W_IND };

/** A place in a packet: octets from its beginning, or from where a scratch word says. */
export interface Spot {
  readonly offset: number;
  /** The scratch word. */
  readonly behind: number | undefined;
}

/** A place that is the same in every packet. */
export const at = (offset: number): Spot => ({ offset, behind: undefined });

/** A place that a scratch word says. */
export const behind = (word: number): Spot => ({ offset: 0, behind: word });

export const plus = (spot: Spot, octets: number): Spot => ({ ...spot, offset: spot.offset + octets });

/** Loads octets at a place. */
export const load = (spot: Spot, size: Size): readonly Step[] =>
  spot.behind === undefined
    ? [{ code: ABSOLUTE[size], k: spot.offset }]
    : [
        { code: LDX_MEM, k: spot.behind },
        { code: INDIRECT[size], k: spot.offset },
      ];

const test = (steps: readonly Step[], jump: Jump, k: number): Condition => ({ kind: 'test', steps, jump, k: k >>> 0 });

export const equals = (spot: Spot, size: Size, value: number): Condition => test(load(spot, size), JEQ, value);

export const greater = (spot: Spot, size: Size, value: number): Condition => test(load(spot, size), JGT, value);

export const atLeast = (spot: Spot, size: Size, value: number): Condition => test(load(spot, size), JGE, value);

/** That one of some bits is set. */
export const hasBits = (spot: Spot, size: Size, bits: number): Condition => test(load(spot, size), JSET, bits);

/** That the bits of a mask are those of a value. */
export function masked(spot: Spot, size: Size, mask: number, value: number): Condition {
  if (mask >>> 0 === (size === 4 ? 0xffff_ffff : 2 ** (8 * size) - 1)) return equals(spot, size, value);
  return test([...load(spot, size), { code: ALU['&']!, k: mask >>> 0 }], JEQ, value);
}

/** Sets X to what must be added to the offset of an IPv4 header's octet to get that of the header's end: its length, and where the header is when that is not fixed. */
export const lengthOfIpv4 = (header: Spot): readonly Step[] =>
  header.behind === undefined
    ? [{ code: LDX_MSH, k: header.offset }]
    : [
        ...load(header, 1),
        { code: ALU['&']!, k: 0x0f },
        { code: ALU['<<']!, k: 2 },
        { code: ALU['+']! | WITH_X, k: 0 },
        { code: TAX, k: 0 },
      ];

/** Octets of an IPv6 header. */
export const IPV6_HEADER = 40;

/** The same as `lengthOfIpv4` for IPv6, whose header has one length. */
export const lengthOfIpv6 = (header: Spot): readonly Step[] =>
  header.behind === undefined
    ? [{ code: LDX_IMM, k: IPV6_HEADER }]
    : [
        { code: LDX_MEM, k: header.behind },
        { code: TXA, k: 0 },
        { code: ALU['+']!, k: IPV6_HEADER },
        { code: TAX, k: 0 },
      ];

/** Loads octets at `offset` behind an IPv4 header, whose length is variable. */
export const behindIpv4 = (header: Spot, offset: number, size: Size): readonly Step[] => [
  ...lengthOfIpv4(header),
  { code: INDIRECT[size], k: header.offset + offset },
];
