/** What expert information is made of, and where it goes. The numbers and names are Wireshark's. */
import type { Dissection } from '../dissection.ts';

/** How much an item matters. */
export const SEVERITY = {
  COMMENT: 0x10_0000,
  CHAT: 0x20_0000,
  NOTE: 0x40_0000,
  WARNING: 0x60_0000,
  ERROR: 0x80_0000,
} as const;

/** What an item is about. */
export const GROUP = {
  CHECKSUM: 0x100_0000,
  SEQUENCE: 0x200_0000,
  MALFORMED: 0x700_0000,
  PROTOCOL: 0x900_0000,
  COMMENT: 0xb00_0000,
  DEPRECATED: 0xe00_0000,
} as const;

export type Severity = (typeof SEVERITY)[keyof typeof SEVERITY];
export type Group = (typeof GROUP)[keyof typeof GROUP];

export const SEVERITY_NAMES: ReadonlyMap<number, string> = new Map<number, string>([
  [SEVERITY.COMMENT, 'Comment'],
  [SEVERITY.CHAT, 'Chat'],
  [SEVERITY.NOTE, 'Note'],
  [SEVERITY.WARNING, 'Warning'],
  [SEVERITY.ERROR, 'Error'],
]);

export const GROUP_NAMES: ReadonlyMap<number, string> = new Map<number, string>([
  [GROUP.CHECKSUM, 'Checksum'],
  [GROUP.SEQUENCE, 'Sequence'],
  [GROUP.MALFORMED, 'Malformed'],
  [GROUP.PROTOCOL, 'Protocol'],
  [GROUP.COMMENT, 'Comment'],
  [GROUP.DEPRECATED, 'Deprecated'],
]);

/** Takes an item. */
export type TakeItem = (message: string, severity: Severity, group: Group) => void;

/** Gives the items of a layer, in the order of its tree. */
export type ItemsOf = (dissection: Dissection, layer: number, take: TakeItem) => void;
