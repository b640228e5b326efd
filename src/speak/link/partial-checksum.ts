/** Completes a transport checksum that was left 'partial' (the field holds the pseudo-header's sum), for a link that does not vouch for its octets. */
import { finish, sum } from '../../wire/checksum.ts';
import * as ethernet from '../../wire/ethernet.ts';
import type { Frame } from '../../wire/frame.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';

/** Offset of the IPv4 header in a frame; -1 when it holds no IPv4 packet. */
export function ipv4At(frame: Pick<Frame, 'view' | 'start' | 'length'>, medium: 'ethernet' | 'ip'): number {
  const at = ipAt(frame, medium);
  const end = frame.start + frame.length;
  return at >= 0 && ipv4.version(frame.view, at) === 4 && ipv4.locate(frame.view, at, end) >= 0 ? at : -1;
}

/** Offset of the IP header of whatever version; -1 when there is none. */
function ipAt({ view, start, length }: Pick<Frame, 'view' | 'start' | 'length'>, medium: 'ethernet' | 'ip'): number {
  const end = start + length;
  if (medium === 'ip') return length > 0 ? start : -1;
  const at = ethernet.locate(view, start, end);
  if (at < 0 || at >= end) return -1;
  const type = ethernet.type(view, start);
  return type === ethernet.TYPE_IPV4 || type === ethernet.TYPE_IPV6 ? at : -1;
}

/** Makes the checksum of a frame complete, if it is partial. */
export function completeChecksum(
  frame: Pick<Frame, 'view' | 'start' | 'length' | 'checksum'>,
  medium: 'ethernet' | 'ip',
): void {
  if (frame.checksum !== 'partial') return;
  frame.checksum = 'complete';
  const at = ipAt(frame, medium);
  if (at >= 0) completeAt(frame.view, at, frame.start + frame.length);
}

/** The same for the packet at `at`, whose frame ends at `frameEnd`. */
export function completeAt(view: DataView, at: number, frameEnd: number): void {
  const four = ipv4.version(view, at) === 4;
  const from = four ? ipv4.locate(view, at, frameEnd) : ipv6.locate(view, at, frameEnd);
  if (from < 0) return;
  const end = four ? ipv4.payloadEnd(view, at, frameEnd) : ipv6.payloadEnd(view, at, frameEnd);
  const protocol = four ? ipv4.protocol(view, at) : ipv6.nextHeader(view, at);
  const field = protocol === ipv4.TCP ? from + 16 : from + 6;
  if ((protocol !== ipv4.TCP && protocol !== ipv4.UDP) || field + 2 > end) return;
  const checksum = finish(sum(view, from, end - from));
  view.setUint16(field, checksum === 0 && protocol === ipv4.UDP ? 0xffff : checksum);
}
