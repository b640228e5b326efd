/**
 * A protocol anywhere in the chain of headers behind IPv4 or IPv6: `protochain`. A program cannot go back, so that the steps are written as often as headers are looked
 * at. Read first: RFC 8200 §4; RFC 4302 §2.2.
 */
import type { Condition, Step } from './assemble.ts';
import { ALU, JA, JEQ, LD_B_IND, LD_MEM, ST, TAX, WITH_X } from './instruction.ts';
import { lengthOfIpv4, lengthOfIpv6, load, plus, type Spot } from './load.ts';

/** How many headers are looked at. More are in no packet that is not made to confuse. */
const HEADERS = 16;

/** Numbers of headers of IPv6 that another one follows, and of the one that comes in IPv4 as well and counts in words. */
const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const DESTINATION = 60;
const AUTHENTICATION = 51;

const step = (code: number, k = 0): Step => ({ code, k });

/** The scratch word for the number of the next header. */
const NEXT = 0;

/** That a protocol is in the chain behind a header. */
export function inChain(protocol: number, header: Spot, isIpv4: boolean): Condition {
  // From behind: what looks at one header goes on with what looks at those behind it.
  let steps: readonly Step[] = [];
  for (let i = 0; i < HEADERS; i++) steps = [...pass(protocol, header.offset, isIpv4, steps.length), ...steps];
  const first = load(plus(header, isIpv4 ? 9 : 6), 1);
  const start = [...first, step(ST, NEXT), ...(isIpv4 ? lengthOfIpv4(header) : lengthOfIpv6(header))];
  return { kind: 'test', steps: [...start, step(LD_MEM, NEXT), ...steps], jump: JEQ, k: protocol };
}

/** Goes behind one header: A is its number, X with `offset` its place. `rest` steps follow for those behind it, which are left out where the chain ends. */
function pass(protocol: number, offset: number, isIpv4: boolean, rest: number): readonly Step[] {
  const kinds = isIpv4 ? [] : [HOP_BY_HOP, DESTINATION, ROUTING, FRAGMENT];
  const [inDoubleWords, inWords] = [behindIt(offset, 1, 8), behindIt(offset, 2, 4)];
  const after = inDoubleWords.length + 1 + inWords.length + rest;
  return [
    { code: JEQ, k: protocol, jt: kinds.length + 1 },
    ...kinds.map((kind, i) => ({ code: JEQ, k: kind, jt: kinds.length - i + 1 })),
    { code: JEQ, k: AUTHENTICATION, jt: inDoubleWords.length + 2 },
    step(JA, after),
    ...inDoubleWords,
    step(JA, inWords.length),
    ...inWords,
  ];
}

/** Reads the number of what is behind a header, whose length does not count `more` of its units, and goes there. */
const behindIt = (offset: number, more: number, unit: number): readonly Step[] => [
  step(LD_B_IND, offset),
  step(ST, NEXT),
  step(LD_B_IND, offset + 1),
  step(ALU['+']!, more),
  step(ALU['*']!, unit),
  step(ALU['+']! | WITH_X),
  step(TAX),
  step(LD_MEM, NEXT),
];
