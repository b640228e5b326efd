/** What a TCP socket tells of its connection: Linux's tcp_info, and what waits in its buffers (`ioctl`). */
import { posixError } from '../../core/errors.ts';
import { distance, type Seq } from '../../core/sequence.ts';
import type { Connection } from '../stack/connection.ts';
import type { Host } from '../stack/host.ts';
import type { Listener } from '../stack/listener.ts';
import { type ConnectionSettings, makeTcb, STATE_NUMBER, type Tcb, type TcpInfo, tcpInfo } from '../tcp/index.ts';
import { SIOCATMARK, SIOCINQ, SIOCOUTQ, SIOCOUTQNSD } from './constants.ts';

/** The MSS of a connection that is not there. */
const DEFAULT_MSS = 536;

/** The figures of a socket; one that listens tells, as in Linux, how many wait to be accepted (tcpi_unacked) and how many may (tcpi_sacked). */
export function infoOf(
  host: Host,
  options: Readonly<ConnectionSettings>,
  connection: Connection | undefined,
  listener: Listener | undefined,
): TcpInfo {
  const { now } = host.driver;
  if (connection !== undefined) {
    const { tcb, iface, remoteAddress } = connection;
    return tcpInfo(tcb, now, host.pathMtu(iface, remoteAddress, now));
  }
  const nothing = tcpInfo(makeTcb(0, 0, DEFAULT_MSS, options, host.pages, host.counters), now, 0);
  if (!listener?.listening) return nothing;
  return {
    ...nothing,
    tcpi_state: STATE_NUMBER.LISTEN,
    tcpi_unacked: listener.ready,
    tcpi_sacked: listener.backlog,
  };
}

/** Octets to be read: up to the urgent one, where that is kept out of line, as in Linux. */
const untilMark = ({ readable, urgent }: Tcb, outOfLine: boolean): number =>
  outOfLine && urgent > 0 ? Math.min(readable, urgent - 1) : readable;

/** Sequence numbers from `from` on that are given away, also when the connection ended before they were acknowledged: a FIN that was asked for has one, a SYN while it may still be answered is not counted. */
function numbersFrom({ state, snd, closing }: Tcb, from: Seq): number {
  switch (state) {
    case 'LISTEN':
    case 'SYN-SENT':
    case 'SYN-RECEIVED':
      return Math.max(0, distance(snd.end, snd.head));
    default:
      return Math.max(0, distance(snd.end, from) + (closing ? 1 : 0));
  }
}

/**
 * Octets to be read (up to the urgent one, where that is kept out of line), not acknowledged, not sent; 1 when the next octet to be read is the urgent one.
 * @throws TcplabError EINVAL
 */
export function queued(request: number, tcb: Tcb | undefined, isListening: boolean, outOfLine: boolean): number {
  if (isListening && request !== SIOCATMARK) throw posixError('EINVAL', 'ioctl');
  switch (request) {
    case SIOCINQ:
      return tcb === undefined ? 0 : untilMark(tcb, outOfLine);
    case SIOCOUTQ:
      return tcb === undefined ? 0 : numbersFrom(tcb, tcb.snd.una);
    case SIOCOUTQNSD:
      return tcb === undefined ? 0 : numbersFrom(tcb, tcb.snd.nxt);
    case SIOCATMARK:
      return Number(tcb?.urgent === 1);
    default:
      throw posixError('EINVAL', `ioctl ${request}`);
  }
}
