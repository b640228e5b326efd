/** Conversations for the tests of the analysing half: from capture files, and written by hand. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Analysis, type AnalysisOptions } from '../src/see/analysis/index.ts';
import { CaptureReader, makePacket } from '../src/see/capture/index.ts';
import { Dissector } from '../src/see/dissect/index.ts';
import type { Segment, Stream } from '../src/see/dissect/segment.ts';
import { makeTcpOptions } from '../src/wire/tcp-options.ts';

/** The path of a capture in test/golden/captures. */
export const golden = (name: string): string => fileURLToPath(new URL(`golden/captures/${name}`, import.meta.url));

/** All segments of a capture file, followed. */
export function analysisOf(path: string, options: AnalysisOptions = {}): Analysis {
  const reader = new CaptureReader();
  const dissector = new Dissector();
  const analysis = new Analysis(options);
  const packet = makePacket();
  const feed = (): void => {
    while (reader.next(packet)) {
      const { segment } = dissector.dissect(packet);
      if (segment !== undefined) analysis.segment(segment);
    }
  };
  reader.push(new Uint8Array(readFileSync(path)));
  feed();
  reader.end();
  feed();
  return analysis;
}

const BITS: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, '.': 16 };
const LINE =
  /^([\d.]+)(?:-([\d.]+|lost))? ([<>]) ([FSRP.]*|none) (\d+)\((\d+)\)(?: ack (\d+))?(?: win (\d+))?(?: ts (\d+))?(?: id (\d+))?$/;

/** A client and a server with well-known names. */
export const stream: Stream = {
  index: 0,
  ends: [
    { address: '10.0.0.1', port: 51234 },
    { address: '10.0.0.2', port: 7456 },
  ],
};

/**
 * Segments, one a line: `0.1 > S. 0(0) ack 1 win 8` is sent by the client after 0.1 seconds; `0.1-0.2` also arrives, after 0.2 seconds;
 * `0.1-lost` never does. Numbers are relative; a window left out is 65535, an `id` of the packet 0.
 */
export function follow(analysis: Analysis, text: string, on: Stream = stream): Analysis {
  const segment: Segment = {
    frame: 0,
    time: 0,
    stream: on,
    from: 0,
    identification: 0,
    seq: 0,
    ack: 0,
    relativeSeq: 0,
    relativeAck: 0,
    flags: 0,
    windowField: 0,
    window: 0,
    windowKnown: true,
    length: 0,
    urgentPointer: 0,
    options: makeTcpOptions(),
  };
  for (const line of text.trim().split('\n')) {
    const match = LINE.exec(line.trim().replace(/ +/g, ' '));
    if (match === null) throw new Error(`not a segment: ${line}`);
    const [, time, arrival, direction, flags, seq, length, ack = '0', window = '65535', stamp, id = '0'] = match;
    segment.frame++;
    segment.time = Math.round(Number(time) * 1e9);
    segment.from = direction === '>' ? 0 : 1;
    segment.identification = Number(id);
    segment.relativeSeq = Number(seq);
    segment.relativeAck = Number(ack);
    // The client's numbers wrap early: 4294967290 is its first.
    segment.seq = (Number(seq) + (segment.from === 0 ? -6 : 5000)) | 0;
    segment.ack = match[7] === undefined ? 0 : (Number(ack) + (segment.from === 0 ? 5000 : -6)) | 0;
    segment.flags = flags === 'none' ? 0 : [...flags!].reduce((bits, flag) => bits | BITS[flag]!, 0);
    segment.windowField = segment.window = Number(window);
    segment.length = Number(length);
    Object.assign(segment.options, makeTcpOptions(), stamp && { timestamps: true, tsval: Number(stamp) });
    if (arrival === undefined) analysis.segment(segment);
    else
      analysis.segment(segment, arrival === 'lost' ? { lost: true } : { arrival: Math.round(Number(arrival) * 1e9) });
  }
  return analysis;
}
