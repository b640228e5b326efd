/**
 * A large segment of a link with offload, cut into the segments that it stands for, for a link that does not cut: what a kernel does in software where a network card cannot. A host's own
 * connections need none of it (they send what the link takes): a router does, between links of different abilities. Read first: RFC 9293 §3.1, RFC 3168 §6.1.2 (CWR is in one segment). Not here: whether it
 * may be passed on (forwarding.ts), fragments (fragmentation.ts).
 */
import { copy } from '../../core/memory.ts';
import { finish, fold, pseudoHeader4, pseudoHeader6, sum } from '../../wire/checksum.ts';
import type { Frame } from '../../wire/frame.ts';
import { sumOf } from '../../wire/frame-sum.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as tcp from '../../wire/tcp.ts';
import * as udp from '../../wire/udp.ts';
import type { PieceOutput } from './fragmentation.ts';
import { IP_AT } from './frame-layout.ts';

/** What is in a large segment, found once for all its pieces; filled again for each. */
export interface Cut {
  /** Where the packet begins, its TCP or UDP header, and its octets; and where it ends. */
  ip: number;
  transport: number;
  payload: number;
  end: number;
  protocol: number;
  /** Octets of payload in each piece, but for the last. */
  size: number;
}

/** An empty one. */
export const makeCut = (): Cut => ({ ip: 0, transport: 0, payload: 0, end: 0, protocol: 0, size: 0 });

/** Octets of the longest piece. */
export const longestPiece = ({ ip, payload, size }: Cut): number => payload - ip + size;

/** Whether the packet at `ip` of a frame is one that stands for several: then `cut` says how it is cut. */
export function standsForMany({ view, segmentSize }: Frame, ip: number, end: number, cut: Cut): boolean {
  if (segmentSize === 0) return false;
  const four = ipv4.version(view, ip) === 4;
  const transport = four ? ip + ipv4.headerLength(view, ip) : ip + ipv6.HEADER;
  const protocol = four ? ipv4.protocol(view, ip) : ipv6.nextHeader(view, ip);
  const payload =
    protocol === ipv4.TCP
      ? tcp.locate(view, transport, end)
      : protocol === ipv4.UDP && end - transport >= udp.HEADER
        ? transport + udp.HEADER
        : -1;
  if (payload < 0 || end - payload <= segmentSize) return false;
  cut.ip = ip;
  cut.transport = transport;
  cut.payload = payload;
  cut.end = end;
  cut.protocol = protocol;
  cut.size = segmentSize;
  return true;
}

/**
 * Sends the pieces. False when there was no frame for one of them: that and all behind it are lost.
 * @param partial whether the link finishes checksums
 */
export function sendInSegments(packet: Frame, cut: Cut, partial: boolean, output: PieceOutput): boolean {
  const { ip, payload, end, size } = cut;
  const headers = payload - ip;
  let index = 0;
  for (let at = payload; at < end; at += size) {
    const length = end - at < size ? end - at : size;
    const frame = output.take(headers + length);
    if (frame === undefined) return false;
    copy(frame, IP_AT, packet, ip, headers);
    copy(frame, IP_AT + headers, packet, at, length);
    writeHeaders(frame, cut, at - payload, length, index++, partial);
    output.send(frame, headers + length);
  }
  return true;
}

/** Makes the headers in `frame`, which are the whole packet's, those of its piece of `length` octets from `offset` on, the `index`th. */
function writeHeaders(frame: Frame, cut: Cut, offset: number, length: number, index: number, partial: boolean): void {
  const { view } = frame;
  const transport = IP_AT + cut.transport - cut.ip;
  const octets = IP_AT + cut.payload - cut.ip + length - transport;
  let pseudo: number;
  if (ipv4.version(view, IP_AT) === 4) {
    view.setUint16(IP_AT + 2, transport - IP_AT + octets);
    view.setUint16(IP_AT + 4, ipv4.identification(view, IP_AT) + index);
    view.setUint16(IP_AT + 10, 0);
    view.setUint16(IP_AT + 10, finish(sum(view, IP_AT, transport - IP_AT)));
    pseudo = pseudoHeader4(ipv4.source(view, IP_AT), ipv4.destination(view, IP_AT), cut.protocol, octets);
  } else {
    view.setUint16(IP_AT + 4, octets);
    pseudo = pseudoHeader6(view, IP_AT, cut.protocol, octets);
  }
  let field = transport + 6;
  if (cut.protocol === ipv4.UDP) view.setUint16(transport + 4, octets);
  else {
    field = transport + 16;
    view.setInt32(transport + 4, tcp.seq(view, transport) + offset);
    const isLast = cut.payload + offset + length === cut.end;
    const not = (index === 0 ? 0 : tcp.CWR) | (isLast ? 0 : tcp.FIN | tcp.PSH);
    view.setUint16(transport + 12, view.getUint16(transport + 12) & ~not);
  }
  frame.checksum = partial ? 'partial' : 'complete';
  view.setUint16(field, partial ? fold(pseudo) : 0);
  if (partial) return;
  const checksum = finish(sumOf(frame, transport, octets, pseudo));
  view.setUint16(field, checksum === 0 && cut.protocol === ipv4.UDP ? 0xffff : checksum);
}
