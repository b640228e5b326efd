/**
 * The window that an end is given (SND.WND), as far as a tap can tell: which segments give one, by RFC 9293 and by Linux, which differ, and which of several was the last. Not here: whether a
 * segment is taken, and what it acknowledges (send-space.ts). Read first: RFC 9293 §3.10.7.4 (fifth step); RFC 7323 §2.
 */
import { after, before, distance, notAfter } from '../../core/sequence.ts';
import { SYN } from '../../wire/tcp.ts';
import type { Segment } from '../dissect/segment.ts';
import type { InferredState } from './facts.ts';
import type { Acceptance, SendSpace } from './send-space.ts';

/** The window of a first SYN. */
export function giveWindow(s: Segment, sender: SendSpace, receiver: SendSpace): void {
  setWindow(s, sender, receiver);
  receiver.newsWindow = receiver.window;
  receiver.newsWl1 = s.seq;
}

/**
 * The window that a segment gives where it was `taken`; `acknowledges`: something new. RFC 9293 §3.10.7.4 takes it from one with a later number than who gave it last, or the same and no earlier
 * acknowledgment: not from an old one. Linux asks for something new: an acknowledgment, a later number, or a window that opens or closes; it takes none in TIME-WAIT.
 */
export function takeWindow(
  s: Segment,
  sender: SendSpace,
  receiver: SendSpace,
  acknowledges: boolean,
  taken: Acceptance,
  received: InferredState,
): void {
  const { wl1, wl2, window, newsWindow, newsWl1, perhapsUna, unsure, tied } = receiver;
  const given = windowOf(s, sender, receiver);
  const [later, same] = [wl1 === undefined || after(s.seq, wl1), s.seq === wl1];
  const heeded = later || (same && notAfter(wl2, s.ack));
  // Who does not know what there is does not know what is more.
  const known = !unsure && !tied;
  const wider = known && (given ?? 0) > (newsWindow ?? 0);
  const laterNews = later || (known && newsWl1 !== undefined && after(s.seq, newsWl1));
  const isNews = acknowledges || laterNews || (s.seq === newsWl1 && (given === 0 || wider));
  const news = isNews && received !== 'TIME-WAIT';
  const differs = given !== window || given !== newsWindow;
  // Of two with the same numbers the one that arrives last decides.
  const isTie = same && s.ack === wl2 && differs && !isOlderDropped(s, sender, receiver);
  if (heeded) setWindow(s, sender, receiver);
  if (news) {
    receiver.newsWindow = given;
    receiver.newsWl1 = s.seq;
  }
  const both = heeded && news && !isTie;
  receiver.tied = isTie || (tied && !both);
  receiver.disputed = receiver.tied || receiver.window !== receiver.newsWindow;
  if (taken !== 'yes') {
    const isAnother = heeded && (later || s.ack !== wl2 || given !== window);
    if (isAnother || (news && (s.seq !== newsWl1 || given !== newsWindow))) receiver.unsure = true;
  } else if (both && (perhapsUna === undefined || !before(s.ack, perhapsUna))) {
    receiver.unsure = false;
    receiver.perhapsUna = undefined;
  }
}

/** Whether a segment that acknowledges nothing new would, if it were taken, give another window than there is, or count as the one that gave it. */
export function wouldSetWindow(s: Segment, sender: SendSpace, receiver: SendSpace): boolean {
  const { wl1, wl2, window, newsWl1, newsWindow } = receiver;
  if (wl1 === undefined || newsWl1 === undefined || after(s.seq, wl1) || after(s.seq, newsWl1)) return true;
  if (s.seq === wl1 && after(s.ack, wl2)) return true;
  const given = windowOf(s, sender, receiver);
  return (s.seq === wl1 && given !== window) || (s.seq === newsWl1 && given !== newsWindow);
}

/**
 * Whether the segment that set the window last cannot have arrived behind this one, which has the same numbers: its timestamp would have been older than TS.Recent, which this one has moved
 * (RFC 7323 §4.3, §5.3). Linux lets a difference of 1 pass.
 */
function isOlderDropped(s: Segment, sender: SendSpace, receiver: SendSpace): boolean {
  const { wlStamp, said, stamps } = receiver;
  const { timestamps, tsval } = s.options;
  if (!timestamps || wlStamp === undefined || sender.stamps === false || stamps === false) return false;
  return said !== undefined && notAfter(s.seq, said) && distance(tsval, wlStamp) > 1;
}

/** The greatest shift that counts (RFC 7323 §2.3). */
const MAX_SHIFT = 14;

/** The segment's window in octets, by what both SYNs offered where they have been seen (RFC 7323 §1.3, §2.2); undefined when nobody can tell. */
export function windowOf(s: Segment, sender: SendSpace, receiver: SendSpace): number | undefined {
  if (s.flags & SYN) return s.windowField;
  const { offered } = sender;
  // Its own SYN is missing: who knows whether it scales.
  if (offered === undefined && receiver.offered !== undefined && s.window > 0) return undefined;
  if (offered === undefined || receiver.offered === undefined)
    return s.windowKnown || s.window === 0 ? s.window : undefined;
  return offered >= 0 && receiver.offered >= 0 ? s.windowField << Math.min(offered, MAX_SHIFT) : s.windowField;
}

function setWindow(s: Segment, sender: SendSpace, receiver: SendSpace): void {
  receiver.window = windowOf(s, sender, receiver);
  receiver.largest = Math.max(receiver.largest, receiver.window ?? 0);
  receiver.wl1 = s.seq;
  receiver.wl2 = s.ack;
  receiver.wlStamp = s.options.timestamps ? s.options.tsval : undefined;
}
