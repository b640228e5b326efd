/**
 * What pcapng's blocks and options are: their numbers, where a block's options begin, what kind of value an option has. Not how they are read into packets (pcapng-decoder.ts) nor how they are
 * written (pcapng-writer.ts, pcapng-copy.ts).
 * Read first: draft-ietf-opsawg-pcapng §3.1 (block), §3.5 (options), §4 (blocks) and appendix A (the obsolete Packet Block).
 */

/** Block types. */
export const BLOCK = {
  SECTION_HEADER: 0x0a0d_0d0a,
  INTERFACE_DESCRIPTION: 1,
  OBSOLETE_PACKET: 2,
  SIMPLE_PACKET: 3,
  NAME_RESOLUTION: 4,
  INTERFACE_STATISTICS: 5,
  ENHANCED_PACKET: 6,
  SYSTEMD_JOURNAL: 9,
  DECRYPTION_SECRETS: 10,
  CUSTOM: 0x0000_0bad,
  /** A custom block that a program that changes a capture shall not copy. */
  CUSTOM_NOT_COPIED: 0x4000_0bad,
} as const;

export const BYTE_ORDER_MAGIC = 0x1a2b_3c4d;

/** Options, of every block up to 1 and from 2988, else of the block that their name begins with. */
export const OPTION = {
  END: 0,
  COMMENT: 1,
  CUSTOM_TEXT: 2988,
  CUSTOM_OCTETS: 2989,
  CUSTOM_TEXT_NOT_COPIED: 19372,
  CUSTOM_OCTETS_NOT_COPIED: 19373,
  SHB_HARDWARE: 2,
  SHB_OS: 3,
  SHB_USERAPPL: 4,
  IF_NAME: 2,
  IF_DESCRIPTION: 3,
  IF_IPV4ADDR: 4,
  IF_IPV6ADDR: 5,
  IF_MACADDR: 6,
  IF_EUIADDR: 7,
  IF_SPEED: 8,
  IF_TSRESOL: 9,
  IF_TZONE: 10,
  IF_FILTER: 11,
  IF_OS: 12,
  IF_FCSLEN: 13,
  IF_TSOFFSET: 14,
  IF_HARDWARE: 15,
  IF_TXSPEED: 16,
  IF_RXSPEED: 17,
  IF_IANA_TZNAME: 18,
  EPB_FLAGS: 2,
  EPB_HASH: 3,
  EPB_DROPCOUNT: 4,
  EPB_PACKETID: 5,
  EPB_QUEUE: 6,
  EPB_VERDICT: 7,
  EPB_PROCESSID_THREADID: 8,
  ISB_STARTTIME: 2,
  ISB_ENDTIME: 3,
  ISB_IFRECV: 4,
  ISB_IFDROP: 5,
  ISB_FILTERACCEPT: 6,
  ISB_OSDROP: 7,
  ISB_USRDELIV: 8,
} as const;

/**
 * The numbers in the values of options, for each block type: their width in octets. Values that are not here are octets and text, or unknown. Custom options begin with a number of four octets.
 */
const WIDTHS: Readonly<Record<number, Readonly<Record<number, number>>>> = {
  [BLOCK.INTERFACE_DESCRIPTION]: {
    [OPTION.IF_SPEED]: 8,
    [OPTION.IF_TZONE]: 4,
    [OPTION.IF_TSOFFSET]: 8,
    [OPTION.IF_TXSPEED]: 8,
    [OPTION.IF_RXSPEED]: 8,
  },
  [BLOCK.ENHANCED_PACKET]: {
    [OPTION.EPB_FLAGS]: 4,
    [OPTION.EPB_DROPCOUNT]: 8,
    [OPTION.EPB_PACKETID]: 8,
    [OPTION.EPB_QUEUE]: 4,
    [OPTION.EPB_PROCESSID_THREADID]: 4,
  },
  [BLOCK.OBSOLETE_PACKET]: { [OPTION.EPB_FLAGS]: 4 },
  [BLOCK.INTERFACE_STATISTICS]: {
    // Two halves of 32 bits, the upper one first in either byte order.
    [OPTION.ISB_STARTTIME]: 4,
    [OPTION.ISB_ENDTIME]: 4,
    [OPTION.ISB_IFRECV]: 8,
    [OPTION.ISB_IFDROP]: 8,
    [OPTION.ISB_FILTERACCEPT]: 8,
    [OPTION.ISB_OSDROP]: 8,
    [OPTION.ISB_USRDELIV]: 8,
  },
};

/** Octets of each number that the value of an option consists of; 0 when it is no number. */
export const optionWidth = (block: number, code: number): number => WIDTHS[block]?.[code] ?? 0;

/** Whether an option's code is one of the four custom ones, whose value begins with an enterprise number. */
export const isCustom = (code: number): boolean =>
  code === OPTION.CUSTOM_TEXT || code === OPTION.CUSTOM_OCTETS || isNotCopied(code);

/** Whether an option asks not to be copied by a program that changes the capture. */
export const isNotCopied = (code: number): boolean =>
  code === OPTION.CUSTOM_TEXT_NOT_COPIED || code === OPTION.CUSTOM_OCTETS_NOT_COPIED;

/** Octets of a block besides its body. */
export const BLOCK_FRAME = 12;

const text = new TextDecoder();

/** UTF-8, up to a zero octet: some writers end their strings with one. */
export function textOf(bytes: Uint8Array, at: number, length: number): string {
  const octets = bytes.subarray(at, at + length);
  const zero = octets.indexOf(0);
  return text.decode(zero < 0 ? octets : octets.subarray(0, zero));
}

/** Calls `visit` for each whole option from `at` to `end`, until one that ends them. */
export function eachOption(
  view: DataView,
  at: number,
  end: number,
  little: boolean,
  visit: (code: number, value: number, length: number) => void,
): void {
  while (at + 4 <= end) {
    const code = view.getUint16(at, little);
    const length = view.getUint16(at + 2, little);
    const value = at + 4;
    if (code === OPTION.END || value + length > end) return;
    visit(code, value, length);
    at = value + ((length + 3) & ~3);
  }
}

/**
 * Where a block's options begin, for the blocks that have a place for them.
 * @param view has the whole block, a sound one, `length` octets at `at`
 * @returns where its options would begin; its last four octets when it has none
 */
export function optionsAt(view: DataView, at: number, length: number, little: boolean): number {
  const end = at + length - 4;
  const body = at + 8;
  switch (view.getUint32(at, little)) {
    case BLOCK.SECTION_HEADER:
      return Math.min(body + 16, end);
    case BLOCK.INTERFACE_DESCRIPTION:
      return Math.min(body + 8, end);
    case BLOCK.INTERFACE_STATISTICS:
      return Math.min(body + 12, end);
    case BLOCK.ENHANCED_PACKET:
    case BLOCK.OBSOLETE_PACKET:
      return length < BLOCK_FRAME + 20
        ? end
        : Math.min(body + 20 + paddedLength(view.getUint32(body + 12, little)), end);
    case BLOCK.DECRYPTION_SECRETS:
      return length < BLOCK_FRAME + 8 ? end : Math.min(body + 8 + paddedLength(view.getUint32(body + 4, little)), end);
    case BLOCK.NAME_RESOLUTION:
      return afterRecords(view, body, end, little);
    default:
      return end;
  }
}

/** `length` with the octets that fill it up to a multiple of four. */
export const paddedLength = (length: number): number => Math.ceil(length / 4) * 4;

/** Behind a Name Resolution Block's records, which have the form of options. */
function afterRecords(view: DataView, at: number, end: number, little: boolean): number {
  while (at + 4 <= end) {
    const type = view.getUint16(at, little);
    at += 4 + paddedLength(view.getUint16(at + 2, little));
    if (type === 0) break;
  }
  return Math.min(at, end);
}

const TWO_32 = 0x1_0000_0000;
const BILLION = 1_000_000_000;

/**
 * Writes a time as the upper and the lower 32 bits of a count of nanoseconds since 1970. The product's low 32 bits are exact; the rest is off by far less than 2^31 in doubles, so rounding
 * gives the upper ones.
 */
export function putNanoseconds(
  view: DataView,
  at: number,
  seconds: number,
  nanoseconds: number,
  little: boolean,
): void {
  const low = (Math.imul(seconds, BILLION) + nanoseconds) >>> 0;
  view.setUint32(at, Math.round((seconds * BILLION + nanoseconds - low) / TWO_32), little);
  view.setUint32(at + 4, low, little);
}

/** Writes a time as `putNanoseconds` does, in microseconds. */
export function putMicroseconds(
  view: DataView,
  at: number,
  seconds: number,
  nanoseconds: number,
  little: boolean,
): void {
  const ticks = seconds * 1_000_000 + Math.floor(nanoseconds / 1000);
  view.setUint32(at, Math.floor(ticks / TWO_32), little);
  view.setUint32(at + 4, ticks % TWO_32, little);
}
