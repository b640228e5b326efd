/**
 * A segment that is not full and fills the peer's window, though more octets wait: Linux hands its device several segments in one piece, and cuts a piece that it has begun at the end of the window.
 * RFC 9293 §3.8.6.2.1 would rather have full segments; only where it was chosen (`fillsWindow`).
 */
import { larger, smaller } from '../../core/least.ts';
import { after, distance } from '../../core/sequence.ts';
import { MILLISECOND, type Micros, SECOND } from '../../core/time.ts';
import { PHASE } from './recovery/segment-recovery.ts';
import type { Tcb } from './tcb.ts';
import { usable } from './windows.ts';

/** When the next acknowledgment is near; half a round trip, if that is less. */
const NEAR = MILLISECOND;

/** Octets that a device takes in one piece at the most, where a round trip is short. */
const LARGEST_PIECE = 65_536;

/** The congestion window, in octets. */
const windowOf = ({ snd, congestion }: Tcb): number =>
  snd.chosen?.recovery === undefined ? congestion.cwnd : snd.chosen.recovery.window * snd.mss;

/** Segments in a piece: as many as go in a thousandth of a second, more where the round trip is short; no more than half of the peer's largest window has. */
function inPiece(tcb: Tcb): number {
  const { snd, rtt, options } = tcb;
  const window = windowOf(tcb);
  const sent = rtt.srtt === 0 ? 0 : (2 * window * SECOND) / rtt.srtt / 1_024;
  const short = rtt.shortest < 1 << 14 ? LARGEST_PIECE >> (rtt.shortest >> 9) : 0;
  const segments = larger(options.choices.fillsWindow, Math.floor((sent + short) / snd.mss));
  return smaller(segments, Math.floor((snd.maxWnd >> 1) / snd.mss));
}

/** The same of the next piece: no more than half of the congestion window has. */
const nextPiece = (tcb: Tcb): number => smaller(inPiece(tcb), larger(1, Math.floor(windowOf(tcb) / tcb.snd.mss) >> 1));

/** Octets of such a segment, 0 when none goes: `full` ones have just gone before it. */
export function restOfWindow(tcb: Tcb, full: number): number {
  if (full === 0 || tcb.options.choices.fillsWindow === 0) return 0;
  const { snd, options } = tcb;
  const room = snd.wnd - distance(snd.nxt, snd.una);
  if (room <= 0 || room >= snd.mss || distance(snd.end, snd.nxt) <= room || usable(tcb) < room) return 0;
  if (tcb.records !== undefined || options.cork || snd.more || snd.urgent) return 0;
  // Nagle's algorithm in Minshall's form.
  if (!options.noDelay && after(snd.small, snd.una)) return 0;
  const piece = nextPiece(tcb);
  return piece > 1 && full % piece > 0 ? room : 0;
}

/**
 * Whether more octets wait for an acknowledgment though both windows let some go: a piece has just gone, what is let go besides is less than another, and a third of the window, and the next acknowledgment is near. Then
 * a larger piece goes.
 */
export function waitsForPiece(tcb: Tcb, now: Micros): boolean {
  const { snd, rtt, closing, options } = tcb;
  const recovery = snd.chosen?.recovery;
  if (options.choices.fillsWindow === 0 || recovery === undefined || recovery.phase >= PHASE.RECOVERY) return false;
  if (closing || distance(snd.end, snd.nxt) <= snd.mss) return false;
  const room = usable(tcb);
  if (snd.chosen!.burst % nextPiece(tcb) !== 0) return false;
  if (room >= inPiece(tcb) * snd.mss || 3 * room >= smaller(snd.wnd, windowOf(tcb))) return false;
  return rtt.srtt - recovery.age(now) <= smaller(NEAR, rtt.srtt >> 1);
}
