/**
 * What breaks the silence behind a script's last line. A sender whose octets nobody acknowledges sends them again, and a receiver acknowledges late: both
 * are timers that the script stopped watching, and say nothing new. New octets, a SYN, a reset or an acknowledgment of nothing new are news.
 */
import * as tcp from '../../wire/tcp.ts';
import type { SeenPacket } from './packet.ts';
import type { SequenceMap } from './sequence-map.ts';

/** Whether a packet says something that the ones before did not lead to by themselves. */
export function isNews(packet: SeenPacket, map: SequenceMap): boolean {
  const { body } = packet;
  if (body.kind !== 'tcp') return true;
  if (body.flags & tcp.RST || !map.hasSent) return true;
  const occupies = body.length + (body.flags & tcp.SYN ? 1 : 0) + (body.flags & tcp.FIN ? 1 : 0);
  if (occupies > 0) return map.isBeyondSent((body.seq + occupies) | 0);
  return !map.isProbe(body.seq) && !map.acknowledgesMore(body.ack);
}
