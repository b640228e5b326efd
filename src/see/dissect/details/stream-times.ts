/** How long after others of its stream a packet came, for the detail trees of TCP and UDP. */
import type { Dissection } from '../dissection.ts';
import { nanosecondsAsSeconds } from '../numbers.ts';
import type { Tree } from './tree.ts';

/** Adds `[Timestamps]`; `where` is what Wireshark says behind "frame". */
export function addStreamTimes(tree: Tree, { sinceFirst, sinceLast }: Dissection, layer: number, where: string): void {
  tree.add(1, '[Timestamps]');
  tree.add(2, `[Time since first frame${where}: ${nanosecondsAsSeconds(sinceFirst[layer]!)} seconds]`);
  tree.add(2, `[Time since previous frame${where}: ${nanosecondsAsSeconds(sinceLast[layer]!)} seconds]`);
}
