/**
 * A large segment of a link with offload, cut into the segments that it stands for, for a link that does not cut: what a kernel does in software where a network card cannot. A host's own
 * connections need none of it (they send what the link takes): a router does, between links of different abilities. Read first: RFC 9293 §3.1, RFC 3168 §6.1.2 (CWR is in one segment). Not here: whether it
 * may be passed on (forwarding.ts), fragments (fragmentation.ts).
 */
import { copy } from '../../core/memory.ts';
import { finish, fold, sum } from '../../wire/checksum.ts';
import type { Frame } from '../../wire/frame.ts';
import { sumOf } from '../../wire/frame-sum.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as tcp from '../../wire/tcp.ts';
import { findTransport, isUnsummed, makeTransport, pseudoHeaderOf, type Transport } from '../../wire/transport.ts';
import * as udp from '../../wire/udp.ts';
import type { PieceOutput } from './fragmentation.ts';
import { IP_AT } from './frame-layout.ts';

/** What is in a large segment, found once for all its pieces; filled again for each. */
export interface Cut extends Transport {
  /** Where the packet begins, where its octets do behind the header of TCP or UDP, and where it ends. */
  ip: number;
  payload: number;
  end: number;
  /** Octets of payload in each piece, but for the last. */
  size: number;
}

/** An empty one. */
export const makeCut = (): Cut => ({ ...makeTransport(), ip: 0, payload: 0, end: 0, size: 0 });

/** Octets of the longest piece. */
export const longestPiece = ({ ip, payload, size }: Cut): number => payload - ip + size;

/**
 * Whether the packet at `ip` of a frame is one, or stands for many: then `cut` says how it is cut. Or it should be cut and cannot: its header is not to be found.
 */
export function countOf(
  { view, segmentSize }: Frame,
  ip: number,
  end: number,
  cut: Cut,
): 'one' | 'many' | 'uncuttable' {
  if (segmentSize === 0) return 'one';
  if (!findTransport(view, ip, end, cut)) return 'uncuttable';
  cut.ip = ip;
  cut.end = end;
  cut.size = segmentSize;
  cut.payload = cut.protocol === ipv4.TCP ? tcp.locate(view, cut.at, end) : cut.at + udp.HEADER;
  if (cut.payload < 0) return 'uncuttable';
  return end - cut.payload <= segmentSize ? 'one' : 'many';
}

/**
 * Sends the pieces, whose checksums vouch for whatever is in the whole: `isSound` is asked first. False when there was no frame for one of them: that and all behind it are lost.
 * @param partial whether the link finishes checksums
 */
export function sendInSegments(packet: Frame, cut: Cut, partial: boolean, output: PieceOutput): boolean {
  const { ip, payload, end, size } = cut;
  const headers = payload - ip;
  for (let at = payload; at < end; at += size) {
    const length = end - at < size ? end - at : size;
    const frame = output.take(headers + length);
    if (frame === undefined) return false;
    frame.mark = packet.mark;
    copy(frame, IP_AT, packet, ip, headers);
    copy(frame, IP_AT + headers, packet, at, length);
    writeHeaders(frame, packet, cut, at - payload, length, partial);
    output.send(frame, headers + length);
  }
  return true;
}

/** Makes the headers in `frame`, which are those of the whole `packet`, those of its piece of `length` octets from `offset` on. */
function writeHeaders(frame: Frame, packet: Frame, cut: Cut, offset: number, length: number, partial: boolean): void {
  const { view } = frame;
  const transport = IP_AT + cut.at - cut.ip;
  const octets = cut.payload - cut.at + length;
  if (ipv4.version(view, IP_AT) === 4) {
    view.setUint16(IP_AT + 2, transport - IP_AT + octets);
    view.setUint16(IP_AT + 4, ipv4.identification(view, IP_AT) + offset / cut.size);
    view.setUint16(IP_AT + 10, 0);
    view.setUint16(IP_AT + 10, finish(sum(view, IP_AT, transport - IP_AT)));
  } else view.setUint16(IP_AT + 4, transport - IP_AT - ipv6.HEADER + octets);
  if (cut.protocol === ipv4.UDP) view.setUint16(transport + 4, octets);
  else {
    view.setInt32(transport + 4, tcp.seq(view, transport) + offset);
    const isLast = cut.payload + offset + length === cut.end;
    const not = (offset === 0 ? 0 : tcp.CWR) | (isLast ? 0 : tcp.FIN | tcp.PSH);
    view.setUint16(transport + 12, view.getUint16(transport + 12) & ~not);
  }
  if (isUnsummed(packet.view, cut.ip, cut)) return;
  frame.checksum = partial ? 'partial' : 'complete';
  const pseudo = pseudoHeaderOf(packet.view, cut.ip, cut, octets);
  const field = transport + cut.field - cut.at;
  view.setUint16(field, partial ? fold(pseudo) : 0);
  if (partial) return;
  const checksum = finish(sumOf(frame, transport, octets, pseudo));
  view.setUint16(field, checksum === 0 && cut.protocol === ipv4.UDP ? 0xffff : checksum);
}
