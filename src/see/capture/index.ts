/**
 * `tcplab/capture`: captures in and out of octets: classic pcap and pcapng, read from and written to chunks, and snoop, read. Files are node/'s and browser/'s.
 */

export { CAPTURE_FILE_HEADER, type CaptureBlock } from './capture-block.ts';
export { CaptureCopy, type CaptureCopyOptions, type CopySource, type LeftBehind } from './capture-copy.ts';
export type { CaptureSink } from './capture-output.ts';
export type { CaptureProblem, CaptureReaderOptions } from './capture-reader.ts';
export { CaptureReader } from './capture-reader.ts';
export { COMPRESSION_MAGIC, type Compression, compressionOf } from './compression.ts';
export type { CaptureInterface } from './interface.ts';
export { timeDigits } from './interface.ts';
export { linkTypeName } from './link-types.ts';
export type { Packet } from './packet.ts';
export { LINKTYPE, makePacket } from './packet.ts';
export { packetComments } from './packet-comments.ts';
export type { PcapWriterOptions } from './pcap-writer.ts';
export { PcapWriter } from './pcap-writer.ts';
export type { InterfaceCounts, PcapngWriterInterface, PcapngWriterOptions } from './pcapng-writer.ts';
export { PcapngWriter } from './pcapng-writer.ts';
export type { CaptureFormat } from './record.ts';
export { FAILS, type Judge, makeRecords, PASSES, type Records, UNDECIDED, type Verdict } from './sift.ts';
export {
  type BlockCounts,
  CaptureSummary,
  type InterfaceSummary,
  type Moment,
  type SectionSummary,
} from './summary.ts';
