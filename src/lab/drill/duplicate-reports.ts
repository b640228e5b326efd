/** Segments of which the peer has said that they came twice (RFC 2883), as Linux counts them: tcpi_dsack_dups. */
import { after, before, distance } from '../../core/sequence.ts';
import type { Tcb } from '../../speak/tcp/index.ts';
import type { TcpOptions } from '../../wire/tcp-options.ts';

/** Segments that the first SACK block of an acknowledgment up to `ack` reports to have come twice. */
export function cameTwice({ sackCount, sackBlocks }: TcpOptions, ack: number, { snd }: Tcb): number {
  if (sackCount === 0) return 0;
  const [from, to] = [sackBlocks[0]!, sackBlocks[1]!];
  const within = sackCount > 1 && !before(from, sackBlocks[2]!) && !after(to, sackBlocks[3]!);
  const octets = distance(to, from);
  if (!(before(from, ack) || within) || octets <= 0 || octets > snd.maxWnd) return 0;
  return Math.ceil(octets / snd.mss);
}
