/**
 * Transport checksums between links that vouch for their octets and links that do not: one that was left 'partial' (the field holds the pseudo-header's sum) is completed for a link that does not, and one that is complete is verified before another takes its
 * place, which would vouch for whatever has become of the octets.
 */
import { finish, sum, verifies } from '../../wire/checksum.ts';
import * as ethernet from '../../wire/ethernet.ts';
import type { Frame } from '../../wire/frame.ts';
import { sumOf } from '../../wire/frame-sum.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { findTransport, isUnsummed, makeTransport, pseudoHeaderOf, type Transport } from '../../wire/transport.ts';

/** Offset of the IP header of whatever version; -1 when there is none. */
export function ipAt(
  { view, start, length }: Pick<Frame, 'view' | 'start' | 'length'>,
  medium: 'ethernet' | 'ip',
): number {
  const end = start + length;
  if (medium === 'ip') return length > 0 ? start : -1;
  const at = ethernet.locate(view, start, end);
  if (at < 0 || at >= end) return -1;
  const type = ethernet.type(view, start);
  return type === ethernet.TYPE_IPV4 || type === ethernet.TYPE_IPV6 ? at : -1;
}

/** Makes the checksum of a frame complete, if it is partial. False when it cannot be: nothing has changed then. */
export function completeChecksum(
  frame: Pick<Frame, 'view' | 'start' | 'length' | 'checksum'>,
  medium: 'ethernet' | 'ip',
): boolean {
  if (frame.checksum !== 'partial') return true;
  const at = ipAt(frame, medium);
  if (at < 0 || !completeAt(frame.view, at, frame.start + frame.length)) return false;
  frame.checksum = 'complete';
  return true;
}

const transport = makeTransport();

/** Makes the partial checksum of the packet at `at`, whose frame ends at `frameEnd`, complete. False when it has none: no TCP or UDP, or a field of UDP that says so. */
export function completeAt(view: DataView, at: number, frameEnd: number): boolean {
  const end = ipv4.version(view, at) === 4 ? ipv4.payloadEnd(view, at, frameEnd) : ipv6.payloadEnd(view, at, frameEnd);
  if (!findTransport(view, at, end, transport)) return false;
  const { protocol, at: from, field } = transport;
  // The sum of a pseudo-header is never 0.
  if (view.getUint16(field) === 0) return false;
  const checksum = finish(sum(view, from, end - from));
  view.setUint16(field, checksum === 0 && protocol === ipv4.UDP ? 0xffff : checksum);
  return true;
}

/** Whether the octets of the packet at `ip`, which ends at `end` and whose header is `found`, are what was sent: its checksum says so, or the link it came by did; or it has none. */
export const isSound = (frame: Frame, ip: number, end: number, found: Transport): boolean =>
  frame.checksum !== 'complete' ||
  isUnsummed(frame.view, ip, found) ||
  verifies(sumOf(frame, found.at, end - found.at, pseudoHeaderOf(frame.view, ip, found, end - found.at)));
