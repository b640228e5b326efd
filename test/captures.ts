/** The packets of captures, for tests that go through many of them. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { CaptureReader, makePacket, type Packet } from '../src/see/capture/index.ts';
import { SHARED } from './needs.ts';

/** The captures kept with the project. */
export const GOLDEN_CAPTURES: string = fileURLToPath(new URL('golden/captures', import.meta.url));

/** Paths of the captures of ../shared; none without it. */
export function sharedCaptures(): string[] {
  if (SHARED === undefined) return [];
  return ['own', 'synthetic', 'third-party'].flatMap((folder) => capturesIn(`${SHARED}/captures/${folder}`));
}

/** Paths of the captures in a folder. */
export const capturesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => /cap(ng)?(\.gz)?$/.test(name) || !name.includes('.'))
    .sort()
    .map((name) => `${folder}/${name}`);

/** Calls `onPacket` for each packet of a capture; the object is filled again for the next. */
export function eachPacket(path: string, onPacket: (packet: Packet) => void): void {
  const reader = new CaptureReader();
  const packet = makePacket();
  const octets = readFileSync(path);
  reader.push(path.endsWith('.gz') ? gunzipSync(octets) : octets);
  reader.end();
  while (reader.next(packet)) onPacket(packet);
}
