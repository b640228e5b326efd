/** What a copy of captures left behind, said: nothing is lost silently. */
import { TcplabError } from '../core/errors.ts';
import type { CaptureFileCopy } from '../node/capture-file-copy.ts';
import type { LeftBehind } from '../see/capture/index.ts';
import { say } from './terminal.ts';

/** A file that was written, as it is called in a sentence. */
export const writtenFile = (path: string): string => (path === '-' ? 'standard output' : path);

/** Throws on what ended a copy. A pcap file that refused a packet of another link type has those before it alone: it is removed. */
export function throwOn(error: unknown, copy: CaptureFileCopy | undefined): never {
  if (error instanceof TcplabError && error.code === 'TCPLAB_LINK_TYPE') copy?.discard();
  throw error;
}

/** What each count is of, and why it was left behind. */
const REASONS: readonly (readonly [of: keyof LeftBehind, one: string, many: string, why: string])[] = [
  [
    'packetOptions',
    'packet',
    'packets',
    'without its comment, flags or other options: pcap has no place for them, pcapng does',
  ],
  [
    'interfaceOptions',
    'interface',
    'interfaces',
    'without its name or description: pcap has no place for it, pcapng does',
  ],
  [
    'sectionOptions',
    'section',
    'sections',
    'without its comment, system or hardware: pcap has no place for them, pcapng does',
  ],
  ['blocks', 'block', 'blocks', 'beside the packets left out: the file has no place for it'],
  [
    'sections',
    'section',
    'sections',
    'begins behind packets: what it says of its system, program and comments was left out',
  ],
  ['finerTimes', 'time', 'times', 'cut to microseconds, as those of the first interface are'],
  ['missingTimes', 'packet', 'packets', 'without time got that of the packet before: the file has to have one'],
  [
    'notToBeCopied',
    'custom block or option',
    'custom blocks and options',
    'left out: whoever wrote it asks that it not be copied',
  ],
  ['notInParts', 'block', 'blocks', 'of names and secrets stands only in one part: it is too large to be in all'],
];

/** Says what was not copied, a line for each kind; nothing when all was. */
export function sayLeftBehind(left: LeftBehind): void {
  for (const [of, one, many, why] of REASONS) {
    const count = left[of];
    if (count > 0) say(`note: ${count.toLocaleString('en')} ${count === 1 ? one : many} ${why}`);
  }
}
