/**
 * What breaks the silence behind a script's last line. A sender whose octets nobody acknowledges sends them again, or a later one as a probe; a receiver
 * acknowledges what has come: the script stopped watching these, and they say nothing new. Octets that nothing led to, a SYN or a reset are news.
 */
import * as tcp from '../../wire/tcp.ts';
import type { SeenPacket } from './packet.ts';
import type { SequenceMap } from './sequence-map.ts';

/** Whether a packet says something that the ones before did not lead to by themselves. */
export function isNews(packet: SeenPacket, map: SequenceMap): boolean {
  const { body } = packet;
  if (body.kind === 'icmp') return false;
  if (body.kind !== 'tcp' || !map.hasSent) return true;
  // What a program has left behind closes when it closes: by a FIN, or by a reset where it had not read everything.
  const ends = body.length === 0 && (body.flags & (tcp.FIN | tcp.ACK)) === (tcp.FIN | tcp.ACK);
  if (body.flags & tcp.RST) return !(body.flags & tcp.ACK && map.isNext(body.seq));
  if (ends && map.isNext(body.seq)) return false;
  const occupies = body.length + (body.flags & tcp.SYN ? 1 : 0) + (body.flags & tcp.FIN ? 1 : 0);
  if (occupies === 0) return false;
  return map.isBeyondSent((body.seq + occupies) | 0) && !map.continues(body.seq, packet.time);
}
