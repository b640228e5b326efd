/** A capture filter: an expression of tcpdump's language as a program of classic BPF, which kernels run, and as a decision about packets. */
import type { Packet } from '../../capture/packet.ts';
import { FilterError } from '../filter-error.ts';
import { assemble } from './assemble.ts';
import { explainCapture } from './explain.ts';
import { Generator } from './generate.ts';
import { type BpfInstruction, JA, MAX_INSTRUCTIONS, RET_K, run } from './instruction.ts';
import { KERNEL_COOKED, LINK_LAYERS, type LinkLayer, PLAIN } from './link-layer.ts';
import { parseCapture } from './parser.ts';
import type { CaptureNode } from './syntax.ts';
import { WLAN_LAYERS } from './wlan-layer.ts';

/** A compiled capture filter. */
export interface CaptureFilter {
  /** The expression. */
  readonly text: string;
  /** What is right but often not what was meant. */
  readonly hints: readonly string[];
  /** What it lets through, in one sentence. */
  readonly sentence: string;
  /** The program for packets of the link type: what `tcpdump -d` shows. */
  readonly program: readonly BpfInstruction[];
  /** Whether a packet passes. Nothing in a packet makes it throw. */
  test(packet: Packet): boolean;
}

/** A capture filter compiled for a socket of Linux. */
export type SocketFilter = Pick<CaptureFilter, 'hints' | 'program'>;

/** How much of a packet the program keeps: all that Linux captures. */
const SNAP_LENGTH = 262_144;

/**
 * Makes a capture filter; an empty one lets every packet through.
 *
 * ```ts
 * const filter = compileCaptureFilter('tcp port 7456 and host 10.0.0.1', LINKTYPE.ETHERNET);
 * if (filter.test(packet)) print(packet);
 * ```
 *
 * @param text at most 10,000 characters
 * @param linkType the LINKTYPE of the packets
 * @throws FilterError when the expression is no capture filter, or asks for what the link type does not say; its message points at the place
 */
export function compileCaptureFilter(text: string, linkType: number): CaptureFilter {
  const { tree, hints } = parseCapture(text);
  const compiled = compiledFor(text, tree, linkLayerOf(linkType), false);
  return {
    text,
    hints: [...hints, ...compiled.hints],
    sentence: explainCapture(tree),
    program: compiled.program,
    test: ({ view, at, capturedLength, originalLength }) =>
      run(compiled.program, view, at, capturedLength, originalLength) !== 0,
  };
}

/**
 * The same for a Linux packet socket (SO_ATTACH_FILTER), where the kernel keeps the outermost VLAN tag apart from the octets, and tells which way a packet goes.
 * @param linkType the LINKTYPE of the packets as they are handed out
 * @param cooked the socket hands them out without their link headers (SOCK_DGRAM), as one on all interfaces does
 * @throws FilterError as `compileCaptureFilter`, for what such a socket does not have
 */
export function compileSocketFilter(text: string, linkType: number, cooked: boolean): SocketFilter {
  const { tree, hints } = parseCapture(text);
  const { program, hints: more } = compiledFor(text, tree, cooked ? KERNEL_COOKED : linkLayerOf(linkType), true);
  return { program, hints: [...hints, ...more] };
}

function compiledFor(text: string, tree: CaptureNode | undefined, link: LinkLayer, kernel: boolean): SocketFilter {
  const generator = new Generator(text, link, kernel);
  const program = programOf(text, tree, generator);
  const never = isNever(program) ? [`No packet of this link layer (${link.name}) passes this filter.`] : [];
  return { program, hints: [...generator.hints, ...never] };
}

/** The link layer of a LINKTYPE. */
const linkLayerOf = (linkType: number): LinkLayer =>
  LINK_LAYERS.get(linkType) ?? WLAN_LAYERS.get(linkType) ?? { ...PLAIN, name: `link type ${linkType}`, is: undefined };

/** Whether a program refuses every packet before it looks at one. */
const isNever = ([first]: readonly BpfInstruction[]): boolean => first!.code === JA && first!.k > 0;

function programOf(text: string, tree: CaptureNode | undefined, generator: Generator): BpfInstruction[] {
  if (tree === undefined) return [{ code: RET_K, jt: 0, jf: 0, k: SNAP_LENGTH }];
  const condition = generator.whole(tree);
  const program = assemble(condition, SNAP_LENGTH, generator.preparations);
  if (program === undefined)
    throw new FilterError(
      text,
      { at: 0, length: text.length },
      `The filter would be a program of more than ${MAX_INSTRUCTIONS} instructions, the most that the kernel takes.`,
    );
  return program;
}
