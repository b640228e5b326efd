/** A trace's events in a line each, for people: a packet's comment in a capture, a line of a log. Not here: the words of reasons and verdicts, which are the connection's. */
import { DROPS, SEND_REASONS, type TcbSnapshot } from '../tcp/index.ts';
import type { HostVerdict, SegmentReceived, SegmentSent } from './trace.ts';

/** What is said of verdicts that no connection gave. */
const HOST_VERDICTS: Record<Exclude<HostVerdict, 'accepted' | keyof typeof DROPS>, string> = {
  'not unicast': 'was not for this host alone',
  'bad checksum': 'is damaged',
  malformed: 'does not hold together',
  'no source': 'comes from 0.0.0.0, which is nobody',
  'same ends': 'comes from where it goes to',
  'no connection': 'is for a connection that does not exist',
  'TIME-WAIT kept': 'could be confused with the connection that is in TIME-WAIT',
  'accept queue full': 'finds too many connections waiting to be accepted',
  'SYN queue full': 'finds too many handshakes unfinished',
  'table full': 'finds the table of connections full',
};

/** `new data: its program has given it octets, ... (RFC 9293 §3.10.2) | ESTABLISHED una 1 nxt 1001 wnd 65535 cwnd 14480 flight 1000`, numbers relative. */
export function sentText({ why, before, after }: SegmentSent): string {
  const { words, rfc } = SEND_REASONS[why];
  return `${why}: ${words} (${rfc})${stateText(before, after)}`;
}

/** `accepted | SYN-RECEIVED -> ESTABLISHED ...`, `dropped, PAWS: it has a timestamp from the past | ESTABLISHED ...`. */
export function receivedText({ verdict, before, after }: SegmentReceived): string {
  const words = verdict === 'accepted' ? undefined : { ...HOST_VERDICTS, ...DROPS }[verdict];
  return `${words === undefined ? 'accepted' : `dropped, ${verdict}: it ${words}`}${stateText(before, after)}`;
}

function stateText(before: TcbSnapshot | undefined, after: TcbSnapshot | undefined): string {
  if (before === undefined || after === undefined) return '';
  const states = before.state === after.state ? after.state : `${before.state} -> ${after.state}`;
  const { snd, rcv, iss, irs } = after;
  const sending = `una ${(snd.una - iss) >>> 0} nxt ${(snd.nxt - iss) >>> 0} wnd ${snd.wnd} cwnd ${after.cwnd} flight ${after.flight}`;
  const receiving = `rcv.nxt ${(rcv.nxt - irs) >>> 0} rcv.wnd ${rcv.wnd}`;
  const held = after.held.map(([left, right]) => ` ${(left - irs) >>> 0}-${(right - irs) >>> 0}`).join('');
  return ` | ${states} ${sending} ${receiving}${held === '' ? '' : ` held${held}`}`;
}
