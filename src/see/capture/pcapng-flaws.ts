/**
 * What is wrong inside a pcapng block whose own length is right: options and records that go over its end, values of impossible length. Wireshark gives a file up at such a block,
 * since what wrote it wrote nothing that can be believed. Not here: packets and interfaces (pcapng-decoder.ts). Read first: draft-ietf-opsawg-pcapng §3.5, §4.4 to §4.7.
 */
import { BLOCK, isCustom, OPTION, optionsAt, paddedLength } from './pcapng-format.ts';

/** The least octets that a block's body has. */
const LEAST: Readonly<Record<number, number>> = {
  [BLOCK.NAME_RESOLUTION]: 4,
  [BLOCK.INTERFACE_STATISTICS]: 12,
  [BLOCK.SYSTEMD_JOURNAL]: 23,
  [BLOCK.DECRYPTION_SECRETS]: 8,
  [BLOCK.CUSTOM]: 4,
  [BLOCK.CUSTOM_NOT_COPIED]: 4,
};

/** Blocks that have options, as far as they are judged: those of secrets are not. */
const WITH_OPTIONS: ReadonlySet<number> = new Set([
  BLOCK.SECTION_HEADER,
  BLOCK.INTERFACE_DESCRIPTION,
  BLOCK.OBSOLETE_PACKET,
  BLOCK.ENHANCED_PACKET,
  BLOCK.INTERFACE_STATISTICS,
  BLOCK.NAME_RESOLUTION,
]);

/** Lengths that a packet's options must have. */
const PACKET_LENGTHS: Readonly<Record<number, number>> = {
  [OPTION.EPB_FLAGS]: 4,
  [OPTION.EPB_DROPCOUNT]: 8,
  [OPTION.EPB_PACKETID]: 8,
  [OPTION.EPB_QUEUE]: 4,
};

/** Octets of an address in a record of a Name Resolution Block, by type. */
const ADDRESSES: Readonly<Record<number, number>> = { 1: 4, 2: 16 };

/**
 * What is wrong in a block; undefined when nothing is.
 * @param body where its body begins
 * @param end where it ends
 */
export function flawOf(view: DataView, type: number, body: number, end: number, little: boolean): string | undefined {
  const least = LEAST[type] ?? 0;
  if (end - body < least) return `it has ${end - body} octets of at least ${least}`;
  if (type === BLOCK.DECRYPTION_SECRETS) return secretsFlaw(view, body, end, little);
  if (type === BLOCK.NAME_RESOLUTION) {
    const flaw = recordFlaw(view, body, end, little);
    if (flaw !== undefined) return flaw;
  }
  if (!WITH_OPTIONS.has(type)) return undefined;
  const options = optionsAt(view, body - 8, end + 4 - (body - 8), little);
  return options < end ? optionFlaw(view, type, options, end, little) : undefined;
}

function secretsFlaw(view: DataView, body: number, end: number, little: boolean): string | undefined {
  const length = view.getUint32(body + 4, little);
  return length > end - body - 8
    ? `it claims ${length} octets of secrets, but its block holds ${end - body - 8}`
    : undefined;
}

function recordFlaw(view: DataView, body: number, end: number, little: boolean): string | undefined {
  for (let at = body; at + 4 <= end; ) {
    const type = view.getUint16(at, little);
    const length = view.getUint16(at + 2, little);
    const value = at + 4;
    if (type === 0) return undefined;
    if (paddedLength(length) > end - value)
      return `it claims a record of ${length} octets, but its block holds ${end - value}`;
    const address = ADDRESSES[type] ?? length;
    if (length < address) return `it has a record of ${length} octets, where an address has ${address}`;
    if (length > address && view.getUint8(value + length - 1) !== 0) return 'it has a name that does not end';
    at = value + paddedLength(length);
  }
  return undefined;
}

function optionFlaw(view: DataView, type: number, from: number, end: number, little: boolean): string | undefined {
  const isPacket = type === BLOCK.ENHANCED_PACKET || type === BLOCK.OBSOLETE_PACKET;
  for (let at = from; at + 4 <= end; ) {
    const code = view.getUint16(at, little);
    const length = view.getUint16(at + 2, little);
    const value = at + 4;
    if (code === OPTION.END) return undefined;
    if (paddedLength(length) > end - value)
      return `it claims an option of ${length} octets, but its block holds ${end - value}`;
    const fixed = isPacket ? PACKET_LENGTHS[code] : undefined;
    if (fixed !== undefined && length !== fixed)
      return `its option ${code} has ${length} octets, where it must have ${fixed}`;
    const least = leastOf(type, isPacket, code);
    if (length < least) return `its option ${code} has ${length} octets, where it must have at least ${least}`;
    at = value + paddedLength(length);
  }
  return undefined;
}

function leastOf(type: number, isPacket: boolean, code: number): number {
  if (isCustom(code)) return 4;
  const hasKind =
    (isPacket && code === OPTION.EPB_VERDICT) || (type === BLOCK.INTERFACE_DESCRIPTION && code === OPTION.IF_FILTER);
  return hasKind ? 1 : 0;
}
