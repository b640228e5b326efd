/**
 * The network interfaces of this machine: which there are, whether they are up, their addresses, what a capture of each begins with. Asked from
 * the files Linux keeps about them and from Node; needs no rights and no library. Not here: capturing (capture.ts).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { LINKTYPE } from '../../see/capture/packet.ts';

/** The name that stands for all interfaces at once. */
export const ANY = 'any';

/** A network interface. What the platform does not tell is undefined. */
export interface NetworkInterface {
  readonly name: string;
  readonly up: boolean;
  readonly loopback: boolean;
  /** With prefix lengths: `127.0.0.1/8`, `::1/128`. */
  readonly addresses: readonly string[];
  /** The LINKTYPE a capture of it has; undefined where it cannot be captured or is not known. */
  readonly linkType: number | undefined;
  /** Octets of the largest IP packet. */
  readonly mtu: number | undefined;
}

/** How packets of an interface are taken: with their own header, or cooked, where the system leaves it out and Linux cooked v2 says what is known of it. */
export interface Framing {
  readonly linkType: number;
  readonly cooked: boolean;
}

const IFF_UP = 0x1;
const IFF_LOOPBACK = 0x8;

/** Hardware types (ARPHRD_ in if_arp.h). */
const ETHER = 1;
const RAW_IP = 519;
export const LOOPBACK = 772;
const NONE = 65534;
/** 802.11 in monitor mode, in its three headers: cooked it would mean nothing. */
const MONITOR: readonly number[] = [801, 802, 803];

/** How packets of an interface with this hardware type (ARPHRD) are taken; undefined when they cannot be. */
export function framing(hardware: number): Framing | undefined {
  if (hardware === ETHER || hardware === LOOPBACK) return { linkType: LINKTYPE.ETHERNET, cooked: false };
  if (hardware === NONE || hardware === RAW_IP) return { linkType: LINKTYPE.RAW, cooked: false };
  return MONITOR.includes(hardware) ? undefined : { linkType: LINKTYPE.LINUX_SLL2, cooked: true };
}

/** The interfaces of this machine, in the system's order. On other systems than Linux only those with an address. */
export function listInterfaces(): NetworkInterface[] {
  const addressed = addresses();
  const names = linuxNames() ?? [...addressed.keys()];
  return names.map((name) => {
    const known = addressed.get(name);
    const flags = sysNumber(name, 'flags');
    const hardware = sysNumber(name, 'type');
    return {
      name,
      up: flags === undefined ? known !== undefined : (flags & IFF_UP) !== 0,
      loopback: flags === undefined ? (known?.internal ?? false) : (flags & IFF_LOOPBACK) !== 0,
      addresses: known?.addresses ?? [],
      linkType: hardware === undefined ? undefined : framing(hardware)?.linkType,
      mtu: sysNumber(name, 'mtu'),
    };
  });
}

/** Names from /proc, which knows this process's network namespace even where /sys shows another one. */
function linuxNames(): string[] | undefined {
  try {
    return readFileSync('/proc/self/net/dev', 'utf8')
      .split('\n')
      .slice(2)
      .map((line) => line.slice(0, line.lastIndexOf(':')).trim())
      .filter((name) => name !== '');
  } catch {
    try {
      return readdirSync('/sys/class/net');
    } catch {
      return undefined;
    }
  }
}

function sysNumber(name: string, attribute: string): number | undefined {
  try {
    const value = Number(readFileSync(`/sys/class/net/${name}/${attribute}`, 'utf8'));
    return Number.isInteger(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function addresses(): Map<string, { internal: boolean; addresses: string[] }> {
  const found = new Map<string, { internal: boolean; addresses: string[] }>();
  let all: ReturnType<typeof networkInterfaces>;
  try {
    all = networkInterfaces();
  } catch {
    return found;
  }
  for (const [name, entries] of Object.entries(all)) {
    if (entries === undefined || entries.length === 0) continue;
    found.set(name, {
      internal: entries[0]!.internal,
      addresses: entries.map((entry) => entry.cidr ?? entry.address),
    });
  }
  return found;
}
