/** Completes a transport checksum that was left 'partial' (the field holds the pseudo-header's sum), for a link that does not vouch for its octets. */
import { finish, sum } from '../../wire/checksum.ts';
import * as ethernet from '../../wire/ethernet.ts';
import type { Frame } from '../../wire/frame.ts';
import * as ipv4 from '../../wire/ipv4.ts';

/** Offset of the IPv4 header in a frame; -1 when it holds no IPv4 packet. */
export function ipv4At(frame: Pick<Frame, 'view' | 'start' | 'length'>, medium: 'ethernet' | 'ip'): number {
  const { view, start } = frame;
  const end = start + frame.length;
  if (medium === 'ip') return ipv4.locate(view, start, end) < 0 ? -1 : start;
  const at = ethernet.locate(view, start, end);
  if (at < 0 || ethernet.type(view, start) !== ethernet.TYPE_IPV4) return -1;
  return ipv4.locate(view, at, end) < 0 ? -1 : at;
}

/** Makes the checksum of a frame complete, if it is partial. */
export function completeChecksum(
  frame: Pick<Frame, 'view' | 'start' | 'length' | 'checksum'>,
  medium: 'ethernet' | 'ip',
): void {
  if (frame.checksum !== 'partial') return;
  frame.checksum = 'complete';
  const at = ipv4At(frame, medium);
  if (at < 0) return;
  const { view } = frame;
  const from = at + ipv4.headerLength(view, at);
  const end = ipv4.payloadEnd(view, at, frame.start + frame.length);
  const protocol = ipv4.protocol(view, at);
  const field = protocol === ipv4.TCP ? from + 16 : from + 6;
  if ((protocol !== ipv4.TCP && protocol !== ipv4.UDP) || field + 2 > end) return;
  const checksum = finish(sum(view, from, end - from));
  view.setUint16(field, checksum === 0 && protocol === ipv4.UDP ? 0xffff : checksum);
}
