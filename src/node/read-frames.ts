/** A capture's frames, filtered and taken apart, in one call: for programs that want nothing but that. Not here: packets as they are (readCapture in capture-file.ts). */
import type { CaptureReader, Packet } from '../see/capture/index.ts';
import { type Dissection, Dissector } from '../see/dissect/index.ts';
import { compileFilter } from '../see/filter/index.ts';
import { type CaptureFileOptions, readCapture } from './capture-file.ts';
import { localZone } from './local-zone.ts';
import { cryptographicRandom } from './platform.ts';

/**
 * Calls `onFrame` for each frame of a capture that passes a display filter; the frame holds until the call returns. It can return false to stop there.
 * @param path a file, a named pipe, or `-` for standard input
 * @param filter an expression in Wireshark's language; empty: every frame
 * @returns the reader, with what the file was and its `problem`
 * @throws FilterError when the filter is none; TcplabError as `openCapture`; what `onFrame` throws
 * @example
 * await readFrames('mine.pcapng', 'tcp.flags.syn == 1', (frame) => console.log(listLine(frame)));
 */
export async function readFrames(
  path: string,
  filter: string,
  onFrame: (frame: Dissection, reader: CaptureReader) => unknown,
  options: CaptureFileOptions = {},
): Promise<CaptureReader> {
  const wanted = compileFilter(filter, undefined, localZone());
  const dissector = new Dissector({ random: cryptographicRandom() });
  const take = (packet: Packet, reader: CaptureReader): unknown => {
    const frame = dissector.dissect(packet);
    return wanted.test(frame) ? onFrame(frame, reader) : undefined;
  };
  return readCapture(path, take, options);
}
