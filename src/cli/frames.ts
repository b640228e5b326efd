/** Packets and frames of a capture for a command: read, filtered, counted; what is wrong with the file is said at the end. Not here: what to do with them, which are wanted (sieve.ts). */
import type { CaptureFile } from '../node/capture-file.ts';
import type { Analysis } from '../see/analysis/index.ts';
import { type CaptureReader, makePacket, makeRecords, type Packet, type Records } from '../see/capture/index.ts';
import { type Dissection, type DissectionNeeds, NEEDS_EVERYTHING } from '../see/dissect/index.ts';
import { openInput, sayProblem } from './captures.ts';
import { leftOut } from './left-out.ts';
import { RunningCount } from './running-count.ts';
import { givenFilter, Sieve } from './sieve.ts';
import { flush, isTerminal, say } from './terminal.ts';

/** Octets read at once where packets are decided on by their octets: that takes less time than to read them, and what is handed over costs. */
const QUICK_CHUNK = 2_097_152;

/** Which frames a command wants. */
export interface FrameChoice {
  /** A display filter; every frame when undefined. */
  filter?: string | undefined;
  /** Stop after so many frames that passed the filter. */
  count?: number | undefined;
  /** Read a file on when its end is reached, until Ctrl-C. */
  follow?: boolean | undefined;
  /** Verify the checksums of IPv4, TCP and UDP. */
  checksums?: boolean | undefined;
  /** Called when the capture is open, before anything is read of it. */
  opened?: ((file: CaptureFile) => void) | undefined;
}

/** What `eachFrame` is told besides. */
export interface FrameOptions {
  /** What is asked of the dissections. Default: everything. */
  readonly needs?: DissectionNeeds;
  /** Who follows the conversations, and so may have left something out. */
  readonly analysis?: Analysis;
  /** Each frame is printed when it comes. */
  readonly prints?: boolean;
}

/**
 * Calls `onFrame` for each frame wanted; the dissection holds until the call returns. Says at the end what was left out. Sets the exit code when the capture is damaged, after all its whole frames.
 * @throws TcplabError when the capture cannot be opened or the filter is wrong
 */
export async function eachFrame(
  path: string,
  choice: FrameChoice,
  onFrame: (dissection: Dissection, reader: CaptureReader) => void,
  { needs = NEEDS_EVERYTHING, analysis, prints = false }: FrameOptions = {},
): Promise<void> {
  const sieve = new Sieve(await givenFilter(choice.filter), needs, choice.checksums);
  // A list that comes on the terminal shows by itself that it comes.
  const count = prints && isTerminal() ? undefined : new RunningCount('packets');
  await eachWanted(path, choice, sieve, count, (_packet, reader) => onFrame(sieve.dissection, reader));
  for (const line of leftOut(sieve.dissector, analysis)) say(line);
}

/** Who takes what is wanted, one by one. */
type Take = (packet: Packet, reader: CaptureReader) => void;

/** Who takes records as they stand in the file. */
export interface TakeRecords {
  /** Whether this capture's can be taken so: known when its header has been read. */
  isReady(): boolean;
  take(records: Records): void;
}

/**
 * Calls `onPacket` for each packet wanted, which holds until the call returns. Otherwise as `eachFrame`; nothing is taken apart that can be told by its octets.
 * @param records takes what it can in place of `onPacket`, many at once
 * @throws TcplabError when the capture cannot be opened or the filter is wrong
 */
export async function eachPacket(
  path: string,
  choice: FrameChoice,
  onPacket: Take,
  records?: TakeRecords,
): Promise<void> {
  const sieve = new Sieve(await givenFilter(choice.filter), undefined, choice.checksums);
  await eachWanted(path, choice, sieve, new RunningCount('packets'), onPacket, records);
  for (const line of leftOut(sieve.dissector)) say(line);
}

async function eachWanted(
  path: string,
  choice: FrameChoice,
  sieve: Sieve,
  count: RunningCount | undefined,
  take: Take,
  takeRecords?: TakeRecords,
): Promise<void> {
  const file = openInput(path, sieve.isQuick ? { chunkSize: QUICK_CHUNK } : {}, choice.follow);
  choice.opened?.(file);
  const packet = makePacket();
  const records = makeRecords();
  const progress = file.isLive ? undefined : count;
  let left = choice.count ?? Number.POSITIVE_INFINITY;
  for await (const reader of file) {
    left -= takeWanted(reader, packet, records, sieve, take, takeRecords, left);
    // What comes slowly is shown when it comes.
    if (file.isLive) flush();
    progress?.show(reader.packets, file.position / file.size!);
    if (left <= 0) break;
  }
  progress?.clear();
  if (left > 0) sayProblem(file);
}

/**
 * Takes what is wanted of a chunk, `most` packets at the most. A function of its own: the engine makes slower code of a loop inside an asynchronous one.
 * @returns how many there were: counted up, as a number without an end that is counted down is made anew for each
 */
function takeWanted(
  reader: CaptureReader,
  packet: Packet,
  records: Records,
  sieve: Sieve,
  take: Take,
  takeRecords: TakeRecords | undefined,
  most: number,
): number {
  let taken = 0;
  while (taken < most) {
    sieve.sift(reader, records, takeRecords?.isReady() ? most - taken : 0);
    if (records.packets > 0) {
      takeRecords!.take(records);
      taken += records.packets;
    } else if (!reader.next(packet)) break;
    else if (sieve.wants(packet)) {
      taken++;
      take(packet, reader);
    }
  }
  return taken;
}
