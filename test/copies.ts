/** Captures copied in memory. */
import {
  CaptureCopy,
  type CaptureCopyOptions,
  CaptureReader,
  makePacket,
  type Packet,
} from '../src/see/capture/index.ts';

/** Copies the packets of `files` that `wants` wants. */
export function copied(
  files: readonly Uint8Array[],
  options: CaptureCopyOptions = {},
  wants: (packet: Packet) => boolean = () => true,
): { octets: Uint8Array; copy: CaptureCopy } {
  const chunks: Uint8Array[] = [];
  const copy = new CaptureCopy((chunk) => chunks.push(chunk.slice()), options);
  for (const file of files) {
    const reader = new CaptureReader();
    const source = copy.from(reader);
    const packet = makePacket();
    reader.push(file);
    while (reader.next(packet)) if (wants(packet)) source.write(packet);
  }
  copy.end();
  return { octets: new Uint8Array(Buffer.concat(chunks)), copy };
}
