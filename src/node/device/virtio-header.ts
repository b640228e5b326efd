/**
 * The header that stands before each packet of a device with offload (struct virtio_net_hdr, 10 octets, the machine's byte order): whether the transport checksum is finished, and into how large segments the
 * system may cut the packet, or has put it together from. Read first: VIRTIO 1.2 §5.1.6.
 */
import { completeChecksum } from '../../speak/link/partial-checksum.ts';
import { fold, pseudoHeader4, pseudoHeader6 } from '../../wire/checksum.ts';
import * as ethernet from '../../wire/ethernet.ts';
import type { Frame } from '../../wire/frame.ts';

/** Octets of it. */
export const VIRTIO_HEADER = 10;

/** The checksum field holds the pseudo-header's sum only; it was verified. */
const NEEDS_CSUM = 1;
const DATA_VALID = 2;

const GSO_NONE = 0;
const GSO_TCPV4 = 1;
const GSO_TCPV6 = 4;
/** The first segment carries CWR, the others must not (RFC 3168). */
const GSO_ECN = 0x80;

const TCP = 6;
const UDP = 17;
const CWR = 0x80;

/** The order of every machine that there is an FFI for. */
const LITTLE = true;

/** Reads the header that stands right before `frame.start`. */
export function readVirtioHeader(frame: Frame): void {
  const { view } = frame;
  const at = frame.start - VIRTIO_HEADER;
  const flags = view.getUint8(at);
  frame.checksum = flags & NEEDS_CSUM ? 'partial' : flags & DATA_VALID ? 'verified' : 'complete';
  frame.segmentSize = view.getUint8(at + 1) === GSO_NONE ? 0 : view.getUint16(at + 4, LITTLE);
}

/** Writes it there. What the system could not finish is finished here; the checksum of what it is to cut is left to it, since every piece has its own. */
export function writeVirtioHeader(frame: Frame, medium: 'ethernet' | 'ip'): void {
  const { view } = frame;
  const at = frame.start - VIRTIO_HEADER;
  const ip = medium === 'ip' ? frame.start : frame.start + ethernet.HEADER;
  let flags = 0;
  let gso = GSO_NONE;
  let headers = 0;
  let from = 0;
  let field = 0;
  if (frame.checksum === 'partial' || frame.segmentSize > 0) {
    const version = view.getUint8(ip) >> 4;
    const protocol = version === 4 ? view.getUint8(ip + 9) : version === 6 ? view.getUint8(ip + 6) : 0;
    const transport = version === 4 ? ip + (view.getUint8(ip) & 15) * 4 : ip + 40;
    if (protocol === TCP || (protocol === UDP && frame.segmentSize === 0)) {
      flags = NEEDS_CSUM;
      from = transport - frame.start;
      field = protocol === TCP ? 16 : 6;
      if (frame.checksum !== 'partial') {
        const length = frame.start + frame.length - transport;
        const pseudo =
          version === 4
            ? pseudoHeader4(view.getInt32(ip + 12), view.getInt32(ip + 16), protocol, length)
            : pseudoHeader6(view, ip, protocol, length);
        view.setUint16(transport + field, fold(pseudo));
      }
      if (frame.segmentSize > 0) {
        gso = (version === 4 ? GSO_TCPV4 : GSO_TCPV6) | (view.getUint8(transport + 13) & CWR ? GSO_ECN : 0);
        headers = from + (view.getUint8(transport + 12) >> 4) * 4;
      }
    } else completeChecksum(frame, medium);
  }
  view.setUint8(at, flags);
  view.setUint8(at + 1, gso);
  view.setUint16(at + 2, headers, LITTLE);
  view.setUint16(at + 4, gso === GSO_NONE ? 0 : frame.segmentSize, LITTLE);
  view.setUint16(at + 6, from, LITTLE);
  view.setUint16(at + 8, field, LITTLE);
}
