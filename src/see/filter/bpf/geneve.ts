/**
 * What a capture filter finds in Geneve: where the packet inside begins is calculated on the way, and put by for what stands to the right. Read first: RFC 8926 §3.
 */
import { ALWAYS, and, type Condition, not, type Step } from './assemble.ts';
import { ALU, JA, JEQ, JGE, LD_B_IND, LD_H_IND, LD_IMM, LD_MEM, LDX_MEM, ST, TAX, TXA, WITH_X } from './instruction.ts';
import { ETHERNET, type LinkLayer, type Places } from './link-layer.ts';
import { behind, behindIpv4, IPV6_HEADER, lengthOfIpv4, lengthOfIpv6, load, plus, type Spot } from './load.ts';
import { INNER_HEADER, INNER_PAYLOAD, INNER_TYPE } from './scratch.ts';

/** Its port of UDP, and the most that its number of a network can be. */
const PORT = 6081;
export const MAX_NETWORK = 0xff_ffff;

const UDP = 8;
/** Octets of Geneve without its options. */
const HEADER = 8;
/** The type that says Ethernet, and where Ethernet has its own. */
const BRIDGED = 0x6558;
const TYPE_AT = 12;

const step = (code: number, k = 0): Step => ({ code, k });

/** Where what is in Geneve is. */
const PLACES: Places = { header: behind(INNER_HEADER), type: behind(INNER_TYPE), payload: behind(INNER_PAYLOAD) };

/** The words are set even where no Geneve was met and the filter goes on all the same, as in `geneve or tcp`. */
export const INSIDE: LinkLayer = {
  ...ETHERNET,
  name: 'Geneve',
  places: PLACES,
  preparations: [INNER_HEADER, INNER_PAYLOAD, INNER_TYPE].map((word) => ({
    word,
    steps: [step(LD_IMM), step(ST, word)],
  })),
};

/** That Ethernet is in Geneve, not a packet without link header: its header is not where its payload is. */
export const isBridged: Condition = not({
  kind: 'test',
  steps: [step(LDX_MEM, INNER_HEADER), step(LD_MEM, INNER_PAYLOAD)],
  jump: JEQ,
  k: undefined,
});

/**
 * That UDP behind a network header carries Geneve, of one network where a number is given; the places are put by then.
 * @param isUdp that the packet is UDP, and no fragment but the first
 */
export function geneve(header: Spot, isIpv4: boolean, isUdp: Condition, network: number | undefined): Condition {
  const octets = (offset: number, size: 1 | 2 | 4): readonly Step[] =>
    isIpv4 ? behindIpv4(header, offset, size) : load(plus(header, IPV6_HEADER + offset), size);
  const is = (offset: number, size: 1 | 2 | 4, mask: number, value: number): Condition => ({
    kind: 'test',
    steps: [...octets(offset, size), { code: ALU['&']!, k: mask }],
    jump: JEQ,
    k: value,
  });
  return and(
    isUdp,
    { kind: 'test', steps: octets(2, 2), jump: JEQ, k: PORT },
    is(UDP, 1, 0xc0, 0),
    network === undefined ? ALWAYS : is(UDP + 4, 4, 0xffff_ff00, (network << 8) >>> 0),
    {
      kind: 'test',
      steps: [...(isIpv4 ? lengthOfIpv4(header) : lengthOfIpv6(header)), ...putBy(header.offset + UDP)],
      jump: JGE,
      k: 0,
    },
  );
}

/** Puts the places by; Geneve begins `offset` octets behind X. */
const putBy = (offset: number): readonly Step[] => [
  step(TXA),
  step(ALU['+']!, offset),
  step(TAX),
  step(ALU['+']!, 2),
  step(ST, INNER_TYPE),
  // The options' length, in words.
  step(LD_B_IND),
  step(ALU['&']!, 0x3f),
  step(ALU['*']!, 4),
  step(ALU['+']!, HEADER),
  step(ALU['+']! | WITH_X),
  step(ST, INNER_HEADER),
  step(LD_H_IND, 2),
  step(LDX_MEM, INNER_HEADER),
  { code: JEQ, k: BRIDGED, jt: 2, jf: 0 },
  step(TXA),
  step(JA, 4),
  step(TXA),
  step(ALU['+']!, TYPE_AT),
  step(ST, INNER_TYPE),
  step(ALU['+']!, 2),
  step(ST, INNER_PAYLOAD),
];
