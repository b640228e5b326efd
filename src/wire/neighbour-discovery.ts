/**
 * The messages of neighbour discovery, and their options. Read first: RFC 4861 §4. Not here: the ICMPv6 header before them (icmpv6.ts), what a host makes of
 * them (speak/stack/neighbour-discovery.ts). `at` is where the ICMPv6 header begins.
 */
import type { Ipv6 } from './ip-address.ts';

/** Octets of messages without options: solicitation and advertisement of a neighbour, of a router. */
export const NEIGHBOUR_MESSAGE = 24;
export const ROUTER_SOLICITATION = 8;
export const ROUTER_ADVERTISEMENT = 16;

/** Kinds of options. */
export const SOURCE_LINK_LAYER = 1;
export const TARGET_LINK_LAYER = 2;
export const PREFIX_INFORMATION = 3;
export const MTU = 5;

/** Octets of the options that are written: a link-layer address of Ethernet's. */
export const LINK_LAYER_OPTION = 8;

/** Flags of a neighbour advertisement, in its first octet behind the header's four. */
export const FROM_ROUTER = 0x80;
export const SOLICITED = 0x40;
export const OVERRIDE = 0x20;

/** Flags of a prefix: on this link; hosts may make addresses of it. */
export const ON_LINK = 0x80;
export const AUTONOMOUS = 0x40;

/** A neighbour message's flags, and where its target stands. */
export const flags = (view: DataView, at: number): number => view.getUint8(at + 4);
export const targetAt = (at: number): number => at + 8;

/** A router advertisement: its hop limit (0: not said), and its lifetime as a router in seconds. */
export const hopLimit = (view: DataView, at: number): number => view.getUint8(at + 4);
export const routerLifetime = (view: DataView, at: number): number => view.getUint16(at + 6);

/** Of the prefix option at `at`: length in bits, flags, lifetimes in seconds (0xffffffff: for ever), and where the prefix stands. */
export const prefixLength = (view: DataView, at: number): number => view.getUint8(at + 2);
export const prefixFlags = (view: DataView, at: number): number => view.getUint8(at + 3);
export const validLifetime = (view: DataView, at: number): number => view.getUint32(at + 4);
export const preferredLifetime = (view: DataView, at: number): number => view.getUint32(at + 8);
export const prefixAt = (at: number): number => at + 16;

/** Octets of a prefix option, and of one that tells the MTU. */
export const PREFIX_OPTION = 32;
export const MTU_OPTION = 8;
export const optionMtu = (view: DataView, at: number): number => view.getUint32(at + 4);

/** The most options that are looked at in one message: each is eight octets at the least, and a message that has more has nothing to say. */
const MOST_OPTIONS = 64;

/** Whether the options in `[at, end)` hold together: none of length 0, none cut, not too many (RFC 4861 §6.1.2, §7.1). */
export function optionsHold(view: DataView, at: number, end: number): boolean {
  let left = MOST_OPTIONS;
  let i = at;
  while (i + 8 <= end && left-- > 0) {
    const length = view.getUint8(i + 1) * 8;
    if (length === 0 || i + length > end) return false;
    i += length;
  }
  return i === end;
}

/** The kind of the option at `at`, and where the next begins. */
export const optionKind = (view: DataView, at: number): number => view.getUint8(at);
export const nextOption = (view: DataView, at: number): number => at + view.getUint8(at + 1) * 8;

/** Where the first option of `kind` among those in `[at, end)` begins, which hold together; -1 when there is none. */
export function findOption(view: DataView, at: number, end: number, kind: number): number {
  for (let i = at; i < end; i = nextOption(view, i)) if (optionKind(view, i) === kind) return i;
  return -1;
}

/** Writes a link-layer address as an option; returns where it ends. */
export function emitLinkLayer(view: DataView, at: number, kind: number, mac: Uint8Array): number {
  view.setUint16(at, (kind << 8) | 1);
  for (let i = 0; i < 6; i++) view.setUint8(at + 2 + i, mac[i]!);
  return at + LINK_LAYER_OPTION;
}

/** Writes what follows the ICMPv6 header's first four octets in a neighbour message; returns where its options begin. */
export function emitNeighbour(view: DataView, at: number, bits: number, target: Ipv6): number {
  view.setUint32(at + 4, bits << 24);
  target.write(view, targetAt(at));
  return at + NEIGHBOUR_MESSAGE;
}
