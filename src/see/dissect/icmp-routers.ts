/** The routers that an advertisement of ICMP tells of, by router discovery. */
import * as icmp from '../../wire/icmp.ts';

/** Octets of a router: its address, and how it is preferred. */
const ROUTER = 8;
const WORD = 4;

/** Calls `take` with the place of each router of an advertisement that is there; with none when its entries have another size. */
export function eachRouter(view: DataView, at: number, end: number, take: (place: number) => void): void {
  if (WORD * view.getUint8(at + 5) !== ROUTER) return;
  const stop = Math.min(end, at + icmp.HEADER + ROUTER * view.getUint8(at + 4));
  for (let place = at + icmp.HEADER; place + ROUTER <= stop; place += ROUTER) take(place);
}
