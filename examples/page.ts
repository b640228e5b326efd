// The packet list of a capture that somebody chose in a page, as <input type="file"> gives it. Nothing here is Node's: it runs in browsers and elsewhere.
import { CaptureReader, makePacket } from '../src/see/capture/index.ts';
import { Dissector, listLine } from '../src/see/dissect/index.ts';
import { compileFilter } from '../src/see/filter/index.ts';

const CHUNK = 2 ** 21;

export async function linesOf(file: Blob, expression: string): Promise<string[]> {
  const filter = compileFilter(expression);
  const dissector = new Dissector();
  const reader = new CaptureReader();
  const packet = makePacket();
  const lines: string[] = [];
  for (let at = 0; at < file.size; at += CHUNK) {
    reader.push(new Uint8Array(await file.slice(at, at + CHUNK).arrayBuffer()));
    while (reader.next(packet)) {
      const frame = dissector.dissect(packet);
      if (filter.test(frame)) lines.push(listLine(frame));
    }
  }
  reader.end();
  if (reader.problem !== undefined) lines.push(reader.problem.message);
  return lines;
}
