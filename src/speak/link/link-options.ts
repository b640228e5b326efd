/** What every link in memory can be told, with the defaults and their check. */
import { TcplabError } from '../../core/errors.ts';
import { MILLISECOND, type Micros } from '../../core/time.ts';
import type { LinkProperties } from './link.ts';

/** Options of a link in memory. */
export interface LinkOptions {
  /** What a frame begins with: an Ethernet header, or an IP header at once; default `'ethernet'`. */
  medium?: 'ethernet' | 'ip';
  /** Octets of IP packet in a frame at the most, 68 to 65,535; default 1,500. */
  mtu?: number;
  /** Octets of IP packet that the link takes in one piece, `mtu` to 65,535; default `mtu`. */
  gsoMax?: number;
  /** Whether transport checksums may be left out, as nothing on this link changes a bit; default false: captures of it then hold no unfinished checksums. */
  checksumOffload?: boolean;
  /** The most frames on their way to one end, 1 or more; default 4,096. */
  queueFrames?: number;
  /** The most octets on their way to one end; default 16 MiB. */
  queueOctets?: number;
}

/** What a link counts, for the frames on their way to one end. */
export interface LinkCounters {
  /** Frames and octets taken. */
  frames: number;
  octets: number;
  /** Frames dropped because the queue was full. */
  dropped: number;
  /** Frames dropped because they held more than the link carries. */
  oversized: number;
}

/** The properties that `options` ask for. @throws TcplabError EINVAL when one is out of range */
export function linkProperties(options: LinkOptions, defaultMtu: number): LinkProperties {
  const { medium = 'ethernet', mtu = defaultMtu, gsoMax = mtu, checksumOffload = false } = options;
  if (!(Number.isInteger(mtu) && mtu >= 68 && mtu <= 65_535))
    throw new TcplabError('EINVAL', `a link's mtu is 68 to 65535 octets, not ${mtu}`);
  if (!(Number.isInteger(gsoMax) && gsoMax >= mtu && gsoMax <= 65_535))
    throw new TcplabError('EINVAL', `a link's gsoMax is from its mtu (${mtu}) to 65535 octets, not ${gsoMax}`);
  return { medium, mtu, gsoMax, checksumOffload };
}

/** Milliseconds (fractions allowed, 0 or more) as Micros. @throws TcplabError EINVAL when negative or not a number */
export function milliseconds(name: string, value: number): Micros {
  if (!(value >= 0 && Number.isFinite(value)))
    throw new TcplabError('EINVAL', `${name} is a number of milliseconds, 0 or more, not ${value}`);
  return Math.round(value * MILLISECOND);
}

/** The defaults of the queue limits. */
export const QUEUE_FRAMES = 4_096;
export const QUEUE_OCTETS: number = 16 << 20;
