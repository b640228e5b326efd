/** What every link in memory can be told, with the defaults and their check. */
import { milliseconds, wholeNumber } from '../../core/ranges.ts';
import { MILLISECOND, type Micros } from '../../core/time.ts';
import { FrameQueue } from './frame-queue.ts';
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
  /** The most frames on their way to one end, 1 to 2^24; default 4,096. */
  queueFrames?: number;
  /** The most octets on their way to one end, 1 to 2^36; default 16 MiB. */
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
  wholeNumber("a link's mtu", mtu, 68, 65_535);
  wholeNumber("a link's gsoMax", gsoMax, mtu, 65_535);
  return { medium, mtu, gsoMax, checksumOffload };
}

/** Milliseconds (fractions allowed, 0 to a day) as Micros. @throws TcplabError EINVAL when they are not */
export const delayOf = (name: string, value: number): Micros =>
  Math.round(milliseconds(name, value, 0, 86_400_000) * MILLISECOND);

/** The queue that `options` ask for. @throws TcplabError EINVAL when a limit is out of range */
export function frameQueue(options: Pick<LinkOptions, 'queueFrames' | 'queueOctets'>): FrameQueue {
  const { queueFrames = QUEUE_FRAMES, queueOctets = QUEUE_OCTETS } = options;
  wholeNumber('queueFrames', queueFrames, 1, MOST_FRAMES);
  wholeNumber('queueOctets', queueOctets, 1, MOST_OCTETS);
  return new FrameQueue(queueFrames, queueOctets);
}

/** The defaults of the queue limits, and the most that they may be. */
export const QUEUE_FRAMES = 4_096;
const QUEUE_OCTETS: number = 16 << 20;
const MOST_FRAMES: number = 1 << 24;
const MOST_OCTETS: number = 2 ** 36;
