/** A time for packets that have none, where they are copied to a place that needs one: that of the packet before, from which they cannot have come far. */
import type { LeftBehind } from './capture-copy.ts';
import type { CaptureInterface } from './interface.ts';
import type { Packet } from './packet.ts';

/** The time of the packet that was copied last. */
export class LastTime {
  #seconds = 0;
  #nanoseconds = 0;

  /** A packet is copied. */
  note({ hasTime, seconds, nanoseconds }: Packet): void {
    if (!hasTime) return;
    this.#seconds = seconds;
    this.#nanoseconds = nanoseconds;
  }

  /** The packet with a time, which is counted when it is not its own. */
  timed(packet: Packet, left: LeftBehind): Packet {
    if (packet.hasTime) return packet;
    left.missingTimes++;
    return { ...packet, hasTime: true, seconds: this.#seconds, nanoseconds: this.#nanoseconds };
  }
}

/** A time in the units of an interface, in 64 bits; 0 where it is before those begin. */
export function ticksOf({ seconds, nanoseconds }: Packet, { tsresol, tsoffset }: CaptureInterface): bigint {
  const base = (tsresol & 0x80) === 0 ? 10n : 2n;
  const units = base ** BigInt(tsresol & 0x7f);
  const ticks = (BigInt(seconds) - BigInt(tsoffset)) * units + (BigInt(nanoseconds) * units) / 1_000_000_000n;
  return ticks < 0n ? 0n : BigInt.asUintN(64, ticks);
}
