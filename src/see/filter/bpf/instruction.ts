/**
 * Classic BPF: the instructions of the machine that kernels and libpcap run on packets, how they are written down, and the machine itself. Not here: how programs
 * are made (assemble.ts). Read first: McCanne and Jacobson, "The BSD Packet Filter" (1993), §3; linux/filter.h.
 */

/** One instruction, as Linux's struct sock_filter. */
export interface BpfInstruction {
  readonly code: number;
  /** Of a conditional jump: instructions skipped when it holds, and when not; 0 to 255. */
  readonly jt: number;
  readonly jf: number;
  /** The constant: an unsigned 32-bit number. */
  readonly k: number;
}

/** Loads into A: by size, at a fixed place or at one plus X; into X: a constant, a scratch word, and four times the low nibble of an octet. */
export const LD_W_ABS = 0x20;
export const LD_H_ABS = 0x28;
export const LD_B_ABS = 0x30;
export const LD_W_IND = 0x40;
export const LD_H_IND = 0x48;
export const LD_B_IND = 0x50;
export const LD_IMM = 0x00;
export const LD_LEN = 0x80;
export const LD_MEM = 0x60;
export const LDX_MEM = 0x61;
export const LDX_IMM = 0x01;
export const LDX_MSH = 0xb1;
export const ST = 0x02;
export const TAX = 0x07;
export const TXA = 0x87;
export const RET_K = 0x06;
export const JA = 0x05;
/** Conditional jumps, to be joined with `WITH_X` when X is what A is compared with. */
export const JEQ = 0x15;
export const JGT = 0x25;
export const JGE = 0x35;
export const JSET = 0x45;
/** Calculations of A with a constant, or with X. */
export const ALU: Readonly<Record<string, number>> = {
  '+': 0x04,
  '-': 0x14,
  '*': 0x24,
  '/': 0x34,
  '|': 0x44,
  '&': 0x54,
  '<<': 0x64,
  '>>': 0x74,
  '%': 0x94,
  '^': 0xa4,
};
export const NEG = 0x84;
export const WITH_X = 0x08;

/** Scratch words. */
export const SCRATCH = 16;

/** The most instructions that Linux takes (BPF_MAXINSNS). */
export const MAX_INSTRUCTIONS = 4096;

/** Loads beyond this offset ask Linux about the packet instead of for its octets (SKF_AD_OFF). */
export const ANCILLARY = 0xffff_f000;
/** What follows the link header, as an EtherType; the VLAN tag that the kernel took out; whether there was one. */
export const ANCILLARY_PROTOCOL: number = ANCILLARY + 0;
export const ANCILLARY_PACKET_TYPE: number = ANCILLARY + 4;
/** The number of the interface. */
export const ANCILLARY_INTERFACE: number = ANCILLARY + 8;
export const ANCILLARY_VLAN_TAG: number = ANCILLARY + 44;
export const ANCILLARY_VLAN_PRESENT: number = ANCILLARY + 48;

const scratch = new Int32Array(SCRATCH);

/**
 * Runs a program on a packet: `captured` octets at `at` of `view`, of `length` on the wire. Gives what the program returns, 0 also when it reads where no octets are:
 * the packet does not pass.
 */
export function run(
  program: readonly BpfInstruction[],
  view: DataView,
  at: number,
  captured: number,
  length: number,
): number {
  let a = 0;
  let x = 0;
  for (let pc = 0; pc < program.length; pc++) {
    const { code, jt, jf, k } = program[pc]!;
    switch (code) {
      case LD_W_ABS:
        if (k + 4 > captured) return 0;
        a = view.getInt32(at + k);
        break;
      case LD_H_ABS:
        if (k + 2 > captured) return 0;
        a = view.getUint16(at + k);
        break;
      case LD_B_ABS:
        if (k + 1 > captured) return 0;
        a = view.getUint8(at + k);
        break;
      case LD_W_IND: {
        const offset = (x + k) >>> 0;
        if (offset + 4 > captured) return 0;
        a = view.getInt32(at + offset);
        break;
      }
      case LD_H_IND: {
        const offset = (x + k) >>> 0;
        if (offset + 2 > captured) return 0;
        a = view.getUint16(at + offset);
        break;
      }
      case LD_B_IND: {
        const offset = (x + k) >>> 0;
        if (offset + 1 > captured) return 0;
        a = view.getUint8(at + offset);
        break;
      }
      case LDX_MSH:
        if (k + 1 > captured) return 0;
        x = (view.getUint8(at + k) & 15) * 4;
        break;
      case JEQ:
        pc += a >>> 0 === k ? jt : jf;
        break;
      case JGT:
        pc += a >>> 0 > k ? jt : jf;
        break;
      case JGE:
        pc += a >>> 0 >= k ? jt : jf;
        break;
      case JSET:
        pc += (a & k) !== 0 ? jt : jf;
        break;
      case JEQ | WITH_X:
        pc += a === x ? jt : jf;
        break;
      case JGT | WITH_X:
        pc += a >>> 0 > x >>> 0 ? jt : jf;
        break;
      case JGE | WITH_X:
        pc += a >>> 0 >= x >>> 0 ? jt : jf;
        break;
      case JSET | WITH_X:
        pc += (a & x) !== 0 ? jt : jf;
        break;
      case JA:
        pc += k;
        break;
      case RET_K:
        return k;
      case 0x16:
        return a >>> 0;
      case LD_IMM:
        a = k | 0;
        break;
      case LDX_IMM:
        x = k | 0;
        break;
      case LD_LEN:
        a = length | 0;
        break;
      case 0x81:
        x = length | 0;
        break;
      case LD_MEM:
        a = scratch[k]!;
        break;
      case LDX_MEM:
        x = scratch[k]!;
        break;
      case ST:
        scratch[k] = a;
        break;
      case 0x03:
        scratch[k] = x;
        break;
      case TAX:
        x = a;
        break;
      case TXA:
        a = x;
        break;
      case NEG:
        a = -a | 0;
        break;
      default: {
        const by = (code & WITH_X) === 0 ? k | 0 : x;
        const operation = code & ~WITH_X;
        if (by === 0 && (operation === 0x34 || operation === 0x94)) return 0;
        a = calculate(operation, a, by);
      }
    }
  }
  return 0;
}

/** One calculation of the machine: whole numbers of 32 bits, without sign. */
export function calculate(operation: number, a: number, by: number): number {
  switch (operation) {
    case 0x04:
      return (a + by) | 0;
    case 0x14:
      return (a - by) | 0;
    case 0x24:
      return Math.imul(a, by);
    case 0x34:
      return Math.trunc((a >>> 0) / (by >>> 0)) | 0;
    case 0x94:
      return ((a >>> 0) % (by >>> 0)) | 0;
    case 0x44:
      return a | by;
    case 0x54:
      return a & by;
    case 0xa4:
      return a ^ by;
    case 0x64:
      return by >>> 0 > 31 ? 0 : a << by;
    case 0x74:
      return by >>> 0 > 31 ? 0 : (a >>> by) | 0;
    default:
      return 0;
  }
}

const LISTED: Readonly<Record<number, readonly [name: string, operand: (k: number) => string]>> = {
  [LD_W_ABS]: ['ld', place],
  [LD_H_ABS]: ['ldh', place],
  [LD_B_ABS]: ['ldb', place],
  [LD_W_IND]: ['ld', (k) => `[x + ${k}]`],
  [LD_H_IND]: ['ldh', (k) => `[x + ${k}]`],
  [LD_B_IND]: ['ldb', (k) => `[x + ${k}]`],
  [LD_IMM]: ['ld', (k) => `#0x${k.toString(16)}`],
  [LD_LEN]: ['ld', () => '#pktlen'],
  [LD_MEM]: ['ld', (k) => `M[${k}]`],
  [LDX_MSH]: ['ldxb', (k) => `4*([${k}]&0xf)`],
  [ST]: ['st', (k) => `M[${k}]`],
  [TAX]: ['tax', () => ''],
  [TXA]: ['txa', () => ''],
  [LDX_MEM]: ['ldx', (k) => `M[${k}]`],
  [LDX_IMM]: ['ldx', (k) => `#0x${k.toString(16)}`],
  [NEG]: ['neg', () => ''],
  [RET_K]: ['ret', (k) => `#${k}`],
};

const JUMPS: Readonly<Record<number, string>> = { [JEQ]: 'jeq', [JGT]: 'jgt', [JGE]: 'jge', [JSET]: 'jset' };
const CALCULATIONS: Readonly<Record<string, string>> = {
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '/': 'div',
  '|': 'or',
  '&': 'and',
  '<<': 'lsh',
  '>>': 'rsh',
  '%': 'mod',
  '^': 'xor',
};

function place(k: number): string {
  switch (k) {
    case ANCILLARY_PROTOCOL:
      return '#protocol';
    case ANCILLARY_PACKET_TYPE:
      return '#type';
    case ANCILLARY_INTERFACE:
      return '#ifidx';
    case ANCILLARY_VLAN_TAG:
      return '#vlan_tci';
    case ANCILLARY_VLAN_PRESENT:
      return '#vlan_avail';
    default:
      return `[${k}]`;
  }
}

/** A program as text, one instruction a line, as `tcpdump -d` writes it. */
export function listing(program: readonly BpfInstruction[]): string[] {
  return program.map(({ code, jt, jf, k }, i) => {
    const number = `(${String(i).padStart(3, '0')})`;
    const write = (name: string, operand: string, jumps = ''): string =>
      `${number} ${name.padEnd(8)} ${operand.padEnd(16)}${jumps}`.trimEnd();
    const constant = `#0x${k.toString(16)}`;
    if (code === JA) return write('ja', String(i + 1 + k));
    const listed = LISTED[code];
    if (listed !== undefined) return write(listed[0], listed[1](k));
    const withX = (code & WITH_X) !== 0;
    const jump = JUMPS[code & ~WITH_X];
    if (jump !== undefined) return write(jump, withX ? 'x' : constant, ` jt ${i + 1 + jt}\tjf ${i + 1 + jf}`);
    const sign = Object.keys(ALU).find((each) => ALU[each] === (code & ~WITH_X));
    return write(sign === undefined ? 'unimp' : CALCULATIONS[sign]!, withX ? 'x' : constant);
  });
}
