/**
 * The header that stands before each packet of a device with offload (struct virtio_net_hdr, 10 octets, the machine's byte order): whether the transport checksum is finished, and into how large segments the
 * system may cut the packet, or has put it together from. Read first: VIRTIO 1.2 §5.1.6.
 */
import { ipAt, isSound } from '../../speak/link/partial-checksum.ts';
import { finish, fold } from '../../wire/checksum.ts';
import type { Frame } from '../../wire/frame.ts';
import { sumOf } from '../../wire/frame-sum.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as tcp from '../../wire/tcp.ts';
import { findTransport, makeTransport, pseudoHeaderOf } from '../../wire/transport.ts';

/** Octets of it. */
export const VIRTIO_HEADER = 10;

/** The checksum field holds the pseudo-header's sum only; it was verified. */
const NEEDS_CSUM = 1;
const DATA_VALID = 2;

const GSO_NONE = 0;
const GSO_TCPV4 = 1;
const GSO_TCPV6 = 4;
const GSO_UDP_L4 = 5;
/** The first segment carries CWR, the others must not (RFC 3168). */
const GSO_ECN = 0x80;

/** Where SCTP has its checksum, which is a CRC: a sum in its place would be wrong. */
const SCTP_FIELD = 8;

/** The order of every machine that there is an FFI for. */
const LITTLE = true;

const transport = makeTransport();

/**
 * Reads the header that stands right before `frame.start`. A checksum that is not of the packet's own TCP or UDP, but of what is in a tunnel or behind a tag, is finished here: further on nobody would know where it stands. False
 * when the frame cannot be what the header says, or is left to be cut or finished in a way that is not known here.
 */
export function readVirtioHeader(frame: Frame, medium: 'ethernet' | 'ip'): boolean {
  const { view } = frame;
  const at = frame.start - VIRTIO_HEADER;
  const flags = view.getUint8(at);
  const gso = view.getUint8(at + 1) & ~GSO_ECN;
  frame.segmentSize = gso === GSO_NONE ? 0 : view.getUint16(at + 4, LITTLE);
  if (flags & NEEDS_CSUM) {
    const from = frame.start + view.getUint16(at + 6, LITTLE);
    return readPartial(frame, medium, from, from + view.getUint16(at + 8, LITTLE)) && isCuttable(gso);
  }
  frame.checksum = flags & DATA_VALID ? 'verified' : 'complete';
  return isCuttable(gso);
}

const isCuttable = (gso: number): boolean =>
  gso === GSO_NONE || gso === GSO_TCPV4 || gso === GSO_TCPV6 || gso === GSO_UDP_L4;

/** Takes in a frame whose checksum, at `field`, is of the octets from `from` on and not finished. */
function readPartial(frame: Frame, medium: 'ethernet' | 'ip', from: number, field: number): boolean {
  const { view } = frame;
  const end = frame.start + frame.length;
  const ip = ipAt(frame, medium);
  if (ip >= 0 && findTransport(view, ip, end, transport) && transport.at === from && transport.field === field) {
    frame.checksum = 'partial';
    return true;
  }
  if (frame.segmentSize > 0 || field + 2 > end || field === from + SCTP_FIELD) return false;
  frame.checksum = 'complete';
  // As Linux does it: 0 is "no checksum" to UDP, and the same number as this to the others.
  view.setUint16(field, finish(sumOf(frame, from, end - from)) || 0xffff);
  return true;
}

/**
 * Writes it there. The checksum of what the system is to cut is left to it, since every piece has its own; one that was complete is verified before. False when it does not verify, or when what the frame leaves to the system is not where the system could
 * find it.
 */
export function writeVirtioHeader(frame: Frame, medium: 'ethernet' | 'ip'): boolean {
  const { view, start, segmentSize } = frame;
  const header = start - VIRTIO_HEADER;
  let flags = 0;
  let gso = GSO_NONE;
  let headers = 0;
  let from = 0;
  let field = 0;
  if (frame.checksum === 'partial' || segmentSize > 0) {
    const ip = ipAt(frame, medium);
    const end = start + frame.length;
    if (ip < 0 || !findTransport(view, ip, end, transport)) return false;
    flags = NEEDS_CSUM;
    from = transport.at - start;
    field = transport.field - transport.at;
    if (segmentSize > 0) {
      if (transport.protocol !== ipv4.TCP || !isSound(frame, ip, end, transport)) return false;
      const payload = tcp.locate(view, transport.at, end);
      if (payload < 0) return false;
      headers = payload - start;
      gso = ipv4.version(view, ip) === 4 ? GSO_TCPV4 : GSO_TCPV6;
      if (tcp.flags(view, transport.at) & tcp.CWR) gso |= GSO_ECN;
      if (frame.checksum !== 'partial')
        view.setUint16(transport.field, fold(pseudoHeaderOf(view, ip, transport, end - transport.at)));
    }
  }
  view.setUint8(header, flags);
  view.setUint8(header + 1, gso);
  view.setUint16(header + 2, headers, LITTLE);
  view.setUint16(header + 4, gso === GSO_NONE ? 0 : segmentSize, LITTLE);
  view.setUint16(header + 6, from, LITTLE);
  view.setUint16(header + 8, field, LITTLE);
  return true;
}
