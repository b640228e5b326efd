/**
 * The IPv6 addresses of an interface, the groups it listens to, and which address packets come from. Read first: RFC 4291 §2.8 (what a node listens to), RFC 4862 §5.5.4 (life of an
 * address), RFC 6724 §5 (source address selection). Not here: how addresses are made and tried (autoconfiguration.ts).
 */
import { type Micros, NEVER } from '../../core/time.ts';
import { ALL_NODES, commonBits, Ipv6, solicitedNode } from '../../wire/ip-address.ts';

/** The most addresses of an interface: what routers advertise must end somewhere. */
export const MAX_ADDRESSES = 16;

/**
 * How an address stands. Tentative: it is not known yet whether somebody else has it, and nothing comes from it. Optimistic: the same, but it is used meanwhile (RFC 4429).
 * Deprecated: what is there goes on, nothing new begins. Duplicate: somebody else has it.
 */
export type AddressState = 'tentative' | 'optimistic' | 'preferred' | 'deprecated' | 'duplicate';

/** An address of an interface. */
export interface OwnAddress {
  readonly address: Ipv6;
  /** Length of its network's prefix in bits. */
  readonly prefix: number;
  readonly origin: 'static' | 'link-local' | 'autoconfigured';
  state: AddressState;
  preferredUntil: Micros;
  validUntil: Micros;
  /** Questions left to ask whether somebody else has it, and when the next is due, or its answer. */
  probes: number;
  nextProbe: Micros;
}

/** An address of which nothing is known yet but what it is. */
export const ownAddress = (address: Ipv6, prefix: number, origin: OwnAddress['origin']): OwnAddress => ({
  address,
  prefix,
  origin,
  state: 'preferred',
  preferredUntil: NEVER,
  validUntil: NEVER,
  probes: 0,
  nextProbe: NEVER,
});

/** The addresses of an interface. */
export class Addresses6 {
  #all: readonly OwnAddress[] = [];

  get all(): readonly OwnAddress[] {
    return this.#all;
  }

  /** Takes an address in; false when it is there, or there are too many. */
  add(own: OwnAddress): boolean {
    if (this.#all.length >= MAX_ADDRESSES || this.find(own.address) !== undefined) return false;
    this.#all = [...this.#all, own];
    return true;
  }

  remove(own: OwnAddress): void {
    this.#all = this.#all.filter((other) => other !== own);
  }

  find(address: Ipv6): OwnAddress | undefined {
    return this.#all.find((own) => own.address.equals(address));
  }

  /** Whether packets for `address` are for us, and may come from it. */
  has(address: Ipv6): boolean {
    for (const { address: own, state } of this.#all)
      if (own.equals(address)) return state !== 'tentative' && state !== 'duplicate';
    return false;
  }

  /** Whether we listen to a group: that of all nodes, and those of our addresses. */
  hears(group: Ipv6): boolean {
    if (ALL_NODES.a === group.a && group.d === 1 && (group.b | group.c) === 0) return true;
    return this.#all.some(({ address, state }) => state !== 'duplicate' && sameGroup(solicitedNode(address), group));
  }

  /** Our link-local address, if it is usable. */
  get linkLocal(): Ipv6 | undefined {
    return this.#all.find(({ address }) => address.isLinkLocal && this.has(address))?.address;
  }

  /** The address that packets to `destination` come from; undefined when none will do. */
  select(destination: Ipv6): Ipv6 | undefined {
    let best: OwnAddress | undefined;
    for (const own of this.#all)
      if (this.has(own.address) && (best === undefined || isBetter(own, best, destination))) best = own;
    return best?.address;
  }
}

const sameGroup = (x: Ipv6, y: Ipv6): boolean => x.a === y.a && x.b === y.b && x.c === y.c && x.d === y.d;

//= RFC 6724 §5
/** Whether packets to `destination` come from `x` rather than from `y`. */
export function isBetter(x: OwnAddress, y: OwnAddress, destination: Ipv6): boolean {
  // Rule 1: the same address.
  const same = Number(x.address.equals(destination)) - Number(y.address.equals(destination));
  if (same !== 0) return same > 0;
  // Rule 2: the smallest scope that reaches; else the largest.
  const [sx, sy, sd] = [scopeOf(x.address), scopeOf(y.address), scopeOf(destination)];
  if (sx !== sy) return sx < sy ? sx >= sd : sy < sd;
  // Rule 3: not one that is on its way out.
  const deprecated = Number(x.state === 'deprecated') - Number(y.state === 'deprecated');
  if (deprecated !== 0) return deprecated < 0;
  // Rule 6: one of the same kind.
  const label = labelOf(destination);
  const labels = Number(labelOf(x.address) === label) - Number(labelOf(y.address) === label);
  if (labels !== 0) return labels > 0;
  // Rule 8: one of the nearest network, as far as its own prefix goes.
  const bits = (own: OwnAddress): number => Math.min(own.prefix, commonBits(own.address, destination));
  return bits(x) > bits(y);
}

/** The scope of an address as a number: 2 link-local, 5 site-local, 14 global (RFC 6724 §3.1). */
export function scopeOf(address: Ipv6): number {
  if (address.isMulticast) return (address.a >>> 16) & 15;
  if (address.isLinkLocal || address.isLoopback) return 2;
  return address.a >>> 22 === 0x3fb ? 5 : 14;
}

/** RFC 6724 §2.1, the table of policies: network, length of its prefix, label; the longest first. */
const POLICIES: readonly (readonly [Ipv6, number, number])[] = [
  [new Ipv6(0, 0, 0, 1), 128, 0],
  [new Ipv6(0, 0, 0xffff, 0), 96, 4],
  [new Ipv6(0, 0, 0, 0), 96, 3],
  [new Ipv6(0x2001_0000, 0, 0, 0), 32, 5],
  [new Ipv6(0x2002_0000, 0, 0, 0), 16, 2],
  [new Ipv6(0x3ffe_0000, 0, 0, 0), 16, 12],
  [new Ipv6(0xfec0_0000 | 0, 0, 0, 0), 10, 11],
  [new Ipv6(0xfc00_0000 | 0, 0, 0, 0), 7, 13],
];

/** The label of an address in the table of policies; 1 for all that stand in no other row. */
export function labelOf(address: Ipv6): number {
  for (const [network, length, label] of POLICIES) if (commonBits(network, address) >= length) return label;
  return 1;
}
