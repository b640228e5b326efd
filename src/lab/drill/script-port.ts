/** The link of a script's host: what the host sends is handed to the engine, what the script sends waits here. Nothing is on the other end. */
import { type Micros, NEVER } from '../../core/time.ts';
import type { Port } from '../../speak/link/link.ts';
import { type Frame, FramePool } from '../../wire/frame.ts';

/** A port that carries IP packets to and from a script. */
export class ScriptPort implements Port {
  readonly medium = 'ip';
  readonly mtu: number;
  readonly gsoMax: number;
  readonly checksumOffload = false;
  onArrival: (() => void) | undefined = undefined;
  readonly #arriving: Frame[] = [];
  readonly #onSend: (packet: Uint8Array, now: Micros) => void;

  /** @param onSend is handed a copy of each packet that the host sends */
  constructor(mtu: number, onSend: (packet: Uint8Array, now: Micros) => void) {
    this.mtu = mtu;
    this.gsoMax = mtu;
    this.#onSend = onSend;
  }

  send(frame: Frame, now: Micros): void {
    const packet = frame.bytes.slice(frame.start, frame.start + frame.length);
    frame.pool.release(frame);
    this.#onSend(packet, now);
  }

  receive(): Frame | undefined {
    return this.#arriving.shift();
  }

  nextTimeout(): Micros {
    return this.#arriving.length > 0 ? 0 : NEVER;
  }

  /** A packet arrives. */
  deliver(packet: Uint8Array): void {
    const frame = new FramePool(1, packet.length).take()!;
    frame.bytes.set(packet, frame.start);
    frame.length = packet.length;
    this.#arriving.push(frame);
    this.onArrival?.();
  }
}
