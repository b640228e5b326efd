/** Names of the files that a capture is split into. */
import { basename, dirname, extname, join } from 'node:path';

/** `capture_00001_20261129002642.pcapng`: the number of the part, from 1, and when its first packet was captured, in UTC. */
export function partName(path: string, number: number, seconds: number): string {
  // .pcap.gz is one ending.
  const packed = extname(path) === '.gz' ? '.gz' : '';
  const rest = basename(path, packed);
  const ending = extname(rest);
  const date = new Date(seconds * 1000);
  const time = Number.isNaN(date.getTime()) ? '00000000000000' : date.toISOString().replace(/\D/g, '').slice(0, 14);
  return join(dirname(path), `${basename(rest, ending)}_${String(number).padStart(5, '0')}_${time}${ending}${packed}`);
}
