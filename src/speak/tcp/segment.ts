/** A segment that has arrived, checked and read: SEG.SEQ, SEG.ACK and the rest of RFC 9293 §3.3.1, figure 4's variables. */
import type { Octets } from '../../wire/frame.ts';
import * as tcp from '../../wire/tcp.ts';
import { makeTcpOptions, read, type TcpOptions } from '../../wire/tcp-options.ts';
import type { Verdict } from './verdicts.ts';

/** An arrived segment. A host makes one and fills it again for each. */
export interface IncomingSegment {
  sourcePort: number;
  destinationPort: number;
  /** SEG.SEQ and SEG.ACK, int32. */
  seq: number;
  ack: number;
  /** SEG.LEN: payload octets, plus one each for SYN and FIN. */
  length: number;
  /** SEG.WND as it stands in the header. */
  window: number;
  /** SEG.UP: the urgent pointer as it stands in the header. */
  urgent: number;
  flags: number;
  /** It came with a SYN, be that trimmed off by now: its window is not scaled. */
  ofSyn: boolean;
  /** The octet of Differentiated Services and ECN in the IP header; whoever reads that sets it, `readSegment` does not. */
  typeOfService: number;
  /** The payload: `dataLength` octets of `octets` from `dataAt`. Valid until the frame is released. */
  octets: Octets;
  dataAt: number;
  dataLength: number;
  readonly options: TcpOptions;
  /** What its connection did with it, once that has it. */
  verdict: Verdict;
}

const NO_OCTETS: Octets = { view: new DataView(new ArrayBuffer(0)), bytes: new Uint8Array(0) };

export const makeIncomingSegment = (): IncomingSegment => ({
  sourcePort: 0,
  destinationPort: 0,
  seq: 0,
  ack: 0,
  length: 0,
  window: 0,
  urgent: 0,
  flags: 0,
  ofSyn: false,
  typeOfService: 0,
  octets: NO_OCTETS,
  dataAt: 0,
  dataLength: 0,
  options: makeTcpOptions(),
  verdict: 'accepted',
});

/** Reads the segment in `[at, end)`; answers false, and leaves `into` as it was, when the header does not hold together. Checksums are the caller's. */
export function readSegment(octets: Octets, at: number, end: number, into: IncomingSegment): boolean {
  const { view } = octets;
  const dataAt = tcp.readHeader(view, at, end, into);
  if (dataAt < 0) return false;
  const { flags } = into;
  into.ofSyn = (flags & tcp.SYN) !== 0;
  into.octets = octets;
  into.dataAt = dataAt;
  into.dataLength = end - dataAt;
  into.length = end - dataAt + (flags & tcp.SYN ? 1 : 0) + (flags & tcp.FIN ? 1 : 0);
  //= RFC 9293 §3.1 MUST-5: whatever the segment is
  read(view, at + tcp.HEADER, dataAt, into.options);
  return true;
}
