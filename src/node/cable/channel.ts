/**
 * One end of a cable's wire between a program and the hub: messages go out through two buffers, one that is being written and one that fills
 * meanwhile, so that a frame costs a copy and no allocation, and many small ones share a system call. The same over a socket and inside one
 * process (the hub's own program). A full buffer is an answer, never an exception: the caller counts a drop.
 *
 * Not here: what the messages mean (message.ts, hub.ts).
 */

import type { Socket } from 'node:net';
import { wholeNumber } from '../../core/ranges.ts';
import { LONGEST_BODY, MESSAGE_HEADER } from './message.ts';

/** Octets a buffer begins with; it doubles as needed. */
const FIRST_SIZE = 65_536;

/** Octets above the limit that are kept for messages which are not frames: claims and answers must not be lost to a burst of frames. */
const RESERVE = 1 << 20;

/** How long a closed socket may take to get rid of what was sent before, in milliseconds; what is left then is dropped. */
export const LINGER = 2_000;

/** How much may wait in a channel to be written; as much again may be being written. */
export interface ChannelLimit {
  /** Octets of messages, 1 to 2^36. */
  readonly octets: number;
  /** Frames, 1 to 2^24. */
  readonly frames: number;
}

/**
 * A limit that was told.
 * @throws TcplabError EINVAL when it is out of its range
 */
export function channelLimit(name: string, { octets, frames }: ChannelLimit): ChannelLimit {
  wholeNumber(`${name}.octets`, octets, 1, 2 ** 36);
  wholeNumber(`${name}.frames`, frames, 1, 1 << 24);
  return { octets, frames };
}

/** What a channel hands its messages to. `bytes[at, end)` is the body and is valid until the call returns. */
export interface Receiver {
  message(kind: number, view: DataView, bytes: Uint8Array, at: number, end: number): void;
  /** The other end is gone; `reason` is empty when it just closed. Called once. */
  closed(reason: string): void;
  /** All that waited has been written. */
  drained?(): void;
}

/** Octets that grow as needed. */
class Octets {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  view: DataView<ArrayBuffer> = new DataView(this.bytes.buffer);
  length = 0;

  /** Makes room for `more` octets and keeps what is there. */
  grow(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    let size = Math.max(FIRST_SIZE, this.bytes.length);
    while (size < this.length + more) size *= 2;
    const bytes = new Uint8Array(size);
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }
}

/** Messages out, and through `feed` messages in. */
export class Channel {
  receiver: Receiver | undefined;
  /** Above which frames are not taken. */
  limit: ChannelLimit;
  #framesWaiting = 0;
  readonly #write: (bytes: Uint8Array, done: () => void) => void;
  readonly #end: (now: boolean) => void;
  readonly #closing: () => void;
  #filling = new Octets();
  #writing = new Octets();
  #busy = false;
  #scheduled = false;
  #closed = false;
  #ending = false;
  /** The beginning of a message whose end has not come. */
  #rest = new Octets();

  /**
   * @param limit above which frames are not taken
   * @param write begins to write; `bytes` stay as they are until it calls `done`
   * @param end closes what is written to: at once, or after what is written
   * @param closing told at `close` that what still waits is the last: the other end may never take it
   */
  constructor(
    limit: ChannelLimit,
    write: (bytes: Uint8Array, done: () => void) => void,
    end: (now: boolean) => void,
    closing: () => void = () => {},
  ) {
    this.limit = limit;
    this.#write = write;
    this.#end = end;
    this.#closing = closing;
  }

  /** Whether the channel is closed, from either side. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Whether a frame of `length` octets finds room now. */
  fits(length: number): boolean {
    return (
      !this.#closed &&
      this.#framesWaiting < this.limit.frames &&
      this.#filling.length + MESSAGE_HEADER + 8 + length <= this.limit.octets
    );
  }

  /**
   * Sends a frame behind a prefix of up to eight octets (`prefix` octets of `high` and `low`; 0 or 8).
   * @returns false when there was no room: the frame is dropped
   */
  frame(kind: number, bytes: Uint8Array, at: number, length: number, prefix: 0 | 8 = 0, high = 0, low = 0): boolean {
    if (!this.fits(length)) return false;
    const out = this.#filling;
    out.grow(MESSAGE_HEADER + prefix + length);
    let to = out.length;
    out.view.setUint32(to, prefix + length);
    out.view.setUint8(to + 4, kind);
    to += MESSAGE_HEADER;
    if (prefix === 8) {
      out.view.setUint32(to, high);
      out.view.setUint32(to + 4, low);
      to += 8;
    }
    out.bytes.set(bytes.subarray(at, at + length), to);
    out.length = to + length;
    this.#framesWaiting++;
    this.#schedule();
    return true;
  }

  /** Sends a message that is not a frame. An end that lets a mebibyte of them pile up is closed. */
  post(kind: number, body: Uint8Array): void {
    if (this.#closed) return;
    const out = this.#filling;
    if (out.length + MESSAGE_HEADER + body.length > this.limit.octets + RESERVE) {
      this.fail('it does not read what it is sent');
      return;
    }
    out.grow(MESSAGE_HEADER + body.length);
    out.view.setUint32(out.length, body.length);
    out.view.setUint8(out.length + 4, kind);
    out.bytes.set(body, out.length + MESSAGE_HEADER);
    out.length += MESSAGE_HEADER + body.length;
    this.#schedule();
  }

  /** Takes octets that came from the other end, in pieces of any size, and hands on the whole messages in them. */
  feed(chunk: Uint8Array): void {
    if (this.#closed) return;
    let bytes = chunk;
    const rest = this.#rest;
    if (rest.length > 0) {
      rest.grow(chunk.length);
      rest.bytes.set(chunk, rest.length);
      rest.length += chunk.length;
      bytes = rest.bytes.subarray(0, rest.length);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    while (bytes.length - at >= MESSAGE_HEADER && !this.#closed) {
      const length = view.getUint32(at);
      if (length > LONGEST_BODY) {
        this.fail(`it sent a message of ${length} octets, and none has more than ${LONGEST_BODY}`);
        return;
      }
      const end = at + MESSAGE_HEADER + length;
      if (end > bytes.length) break;
      this.receiver?.message(view.getUint8(at + 4), view, bytes, at + MESSAGE_HEADER, end);
      at = end;
    }
    const left = bytes.length - at;
    if (bytes === chunk) {
      if (left > 0) {
        rest.length = 0;
        rest.grow(left);
        rest.bytes.set(chunk.subarray(at), 0);
      }
    } else {
      rest.bytes.copyWithin(0, at, rest.length);
    }
    rest.length = left;
  }

  /** Closes after what was sent so far; nothing more is received. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ending = true;
    this.#closing();
    if (!this.#busy) this.#flush();
  }

  /** Closes at once; the receiver is told why. */
  fail(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#end(true);
    this.receiver?.closed(reason);
  }

  #schedule(): void {
    if (this.#busy || this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(this.#flush);
  }

  readonly #flush = (): void => {
    this.#scheduled = false;
    if (this.#busy || (this.#closed && !this.#ending)) return;
    if (this.#filling.length === 0) {
      if (this.#ending) this.#end(false);
      return;
    }
    const out = this.#filling;
    this.#filling = this.#writing;
    this.#writing = out;
    this.#framesWaiting = 0;
    this.#busy = true;
    this.#write(out.bytes.subarray(0, out.length), this.#written);
  };

  readonly #written = (): void => {
    this.#writing.length = 0;
    this.#busy = false;
    if (this.#filling.length === 0 && !this.#ending) this.receiver?.drained?.();
    if (this.#filling.length > 0 || this.#ending) this.#flush();
  };
}

/** A channel over a connected socket. The socket does not keep the process alive; what is still to be written does, after `close` for `LINGER` at the most. */
export function socketChannel(socket: Socket, limit: ChannelLimit): Channel {
  const channel = new Channel(
    limit,
    (bytes, done) => {
      socket.write(bytes, () => done());
    },
    (now) => {
      if (now) {
        socket.destroy();
        return;
      }
      socket.end(() => socket.destroy());
    },
    () => {
      // From here on, not from the end of the write that is under way: that never comes when the other end has stopped reading.
      const timer = setTimeout(() => socket.destroy(), LINGER);
      timer.unref();
      socket.once('close', () => clearTimeout(timer));
    },
  );
  socket.on('data', (chunk) => channel.feed(chunk));
  socket.on('error', () => {});
  socket.on('close', () => channel.fail(''));
  socket.unref();
  return channel;
}

/** Two channels inside one process, joined. */
export function joinedChannels(limits: readonly [ChannelLimit, ChannelLimit]): [Channel, Channel] {
  const make = (limit: ChannelLimit, other: () => Channel): Channel =>
    new Channel(
      limit,
      (bytes, done) => {
        other().feed(bytes);
        done();
      },
      () => other().fail(''),
    );
  const a: Channel = make(limits[0], () => b);
  const b: Channel = make(limits[1], () => a);
  return [a, b];
}
