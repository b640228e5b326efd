/**
 * What the peer has told by SACK of octets beyond a hole, for congestion control that counts duplicates: an acknowledgment that tells nothing new, which the network may have doubled,
 * stands for no segment that has arrived. Not here: loss recovery by segments (recovery/), which keeps a board of its own. Read first: RFC 5681 §3.2 (1), RFC 2018 §5, RFC 6675 §2.
 */
import { IntervalSet } from '../../core/interval-set.ts';
import { after, before, type Seq } from '../../core/sequence.ts';
import type { TcpOptions } from '../../wire/tcp-options.ts';
import type { IncomingSegment } from './segment.ts';
import type { Tcb } from './tcb.ts';

/** The most stretches that are remembered; what is told of others counts as news each time. */
const STRETCHES = 64;

/** Whether the first block, of one or more, tells of octets that came twice: it begins before the acknowledgment, or lies within the second (RFC 2883 §4). */
export function tellsTwice({ sackCount, sackBlocks }: TcpOptions, ack: Seq): boolean {
  if (before(sackBlocks[0]!, ack)) return true;
  return sackCount > 1 && !before(sackBlocks[0]!, sackBlocks[2]!) && !after(sackBlocks[1]!, sackBlocks[3]!);
}

/** Whether the segment tells of octets beyond its acknowledgment that were not told of before; they are noted. */
//= RFC 5681 §3.2: (1), new SACK information
export function tellsNews(tcb: Tcb, { ack, options }: IncomingSegment): boolean {
  const { sackCount, sackBlocks } = options;
  if (sackCount === 0 || tellsTwice(options, ack)) return false;
  tcb.told ??= new IntervalSet(STRETCHES);
  let news = false;
  for (let i = 0; i < sackCount; i++) {
    const from = sackBlocks[2 * i]!;
    const to = sackBlocks[2 * i + 1]!;
    // What was never sent cannot have come.
    if (!before(from, to) || !after(from, ack) || after(to, tcb.snd.nxt) || tcb.told.covers(from, to)) continue;
    tcb.told.add(from, to);
    news = true;
  }
  return news;
}

/** All before `ack` has come: what was told of that says nothing any more. */
export function forgetTold(tcb: Tcb, told: IntervalSet, ack: Seq): void {
  told.takeFrom(ack);
  if (told.count === 0) tcb.told = undefined;
}
