/**
 * Watching a cable: a copy of every frame with the time at which the hub handed it on, once each. A watcher sends nothing and delays nobody; one that is too
 * slow loses frames and is told how many. As a live capture the cable stands beside network interfaces (live/capture.ts).
 */
import { TcplabError } from '../../core/errors.ts';
import { LINKTYPE, makePacket } from '../../see/capture/packet.ts';
import type { LiveCapture, LiveEvents } from '../live/capture.ts';
import { type CableOptions, Membership } from './membership.ts';
import { KIND, WATCHER } from './message.ts';

/** What a watcher is told. */
export interface CableWatcher {
  /** A frame of `length` octets at `bytes[at]`, valid until the call returns, and when: seconds and nanoseconds since the Unix epoch. */
  frame(bytes: Uint8Array, at: number, length: number, seconds: number, nanoseconds: number): void;
  /** So many frames were dropped here, because this watcher was too slow. */
  dropped?(count: number): void;
  /** The program that served the cable ended: frames that pass until the others have found one another again are not seen. */
  interrupted?(): void;
}

/** A watch that runs until it is closed. It keeps the process running. */
export interface CableWatch {
  /** The path of the cable's socket. */
  readonly path: string;
  close(): void;
}

/**
 * Watches a cable; if nobody serves it yet, this program does.
 * @throws TcplabError TCPLAB_CABLE_... when the place cannot be used or trusted, or the hub turns this program away
 */
export async function watchCable(watcher: CableWatcher, options: CableOptions = {}): Promise<CableWatch> {
  const awake = setInterval(() => {}, 0x7fffffff);
  const membership = new Membership(
    WATCHER,
    {
      message: (kind, view, bytes, at, end) => {
        if (kind === KIND.SEEN && end - at >= 8)
          watcher.frame(bytes, at + 8, end - at - 8, view.getUint32(at), view.getUint32(at + 4));
        else if (kind === KIND.DROPPED && end - at === 4) watcher.dropped?.(view.getUint32(at));
      },
      joined: () => {},
      interrupted: () => watcher.interrupted?.(),
      lost: () => clearInterval(awake),
    },
    options,
  );
  const close = (): void => {
    clearInterval(awake);
    membership.close();
  };
  try {
    await membership.join();
  } catch (error) {
    close();
    throw error;
  }
  return { path: membership.path, close };
}

/** A cable as a source of packets for the sniffer. */
export interface CableCapture extends Omit<LiveCapture, 'source'> {
  readonly source: 'cable';
}

/**
 * Watches a cable as a live capture: the same calls as for a network interface, no rights needed.
 * @throws TcplabError as `watchCable`
 */
export async function captureCable(options: CableOptions = {}): Promise<CableCapture> {
  let events: LiveEvents | undefined;
  let closed = false;
  let dropped = 0;
  const packet = makePacket();
  packet.linkType = LINKTYPE.ETHERNET;
  /** Frames that came before `start`, and those while a packet is handed out from them. */
  let early: [bytes: Uint8Array, seconds: number, nanoseconds: number][] = [];

  const hand = (bytes: Uint8Array, at: number, length: number, seconds: number, nanoseconds: number): void => {
    if (closed || events === undefined) return;
    packet.number++;
    packet.seconds = seconds;
    packet.nanoseconds = nanoseconds;
    if (
      packet.bytes.buffer !== bytes.buffer ||
      packet.bytes.byteOffset !== bytes.byteOffset ||
      packet.bytes.length !== bytes.length
    ) {
      packet.bytes = bytes;
      packet.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    packet.at = at;
    packet.capturedLength = length;
    packet.originalLength = length;
    events.packet(packet, false);
  };

  const watch = await watchCable(
    {
      frame: (bytes, at, length, seconds, nanoseconds) => {
        if (events !== undefined) hand(bytes, at, length, seconds, nanoseconds);
        else if (early.length < EARLY) early.push([bytes.slice(at, at + length), seconds, nanoseconds]);
        else dropped++;
      },
      dropped: (count) => {
        dropped += count;
        events?.note?.(`${count === 1 ? '1 frame was' : `${count} frames were`} dropped, the watcher was too slow`);
      },
      interrupted: () =>
        events?.note?.('the program that served the cable ended; what passes until the others meet again is not seen'),
    },
    {
      ...options,
      onLost: (error) => {
        if (!closed) events?.end?.(error);
        options.onLost?.(error);
      },
    },
  );
  const close = async (): Promise<void> => {
    closed = true;
    watch.close();
  };
  return {
    name: watch.path,
    source: 'cable',
    note: `watching the cable at ${watch.path}, which programs of this user share`,
    linkType: LINKTYPE.ETHERNET,
    start: (to) => {
      if (closed) throw new TcplabError('EBADF', `the capture of the cable at ${watch.path} is closed; open another`);
      if (events !== undefined)
        throw new TcplabError(
          'EALREADY',
          `the capture of the cable at ${watch.path} is started already; one start is enough`,
        );
      events = to;
      for (const [bytes, seconds, nanoseconds] of early) hand(bytes, 0, bytes.length, seconds, nanoseconds);
      early = [];
    },
    statistics: () => ({ received: packet.number, dropped }),
    close,
    finish: close,
  };
}

/** The most frames that are kept for a capture that is opened and not started. */
const EARLY = 1_024;
