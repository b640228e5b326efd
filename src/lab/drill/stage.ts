/**
 * What a script is played on: a host, or a bare connection. The engine (engine.ts) asks a stage for what can be done at once, and yields a `Pass` when
 * time has to go on, so that it itself neither waits nor knows a driver.
 */
import type { Micros } from '../../core/time.ts';
import type { IpAddress } from '../../wire/ip-address.ts';
import type { Value } from './code-values.ts';
import type { SeenPacket } from './packet.ts';
import type { CallLine } from './syntax.ts';

/** Let time go on until `until`, with all that happens in it; with `orPacket`, at the most until the end of the instant at which the host sends something. */
export interface Pass {
  readonly until: Micros;
  readonly orPacket: boolean;
}

/** What a call answered. */
export interface CallResult {
  readonly value: number;
  /** The error's name where `value` is -1. */
  readonly errno: string | undefined;
  /** What it wrote elsewhere that is not what the script expects, in words. */
  readonly different: string | undefined;
}

/** A call that was made. */
export interface OngoingCall {
  /** What it answered and when; undefined as long as it waits. */
  readonly finished: { readonly at: Micros; readonly result: CallResult } | undefined;
  /** What it threw that no script can expect: not supported, or a wrong script. */
  readonly error: unknown;
}

/** A stage. */
export interface Stage {
  /** Microseconds since the script began. */
  readonly now: Micros;
  /** Packets that the host has sent and nobody has looked at, the first first. The engine takes them out. */
  readonly unread: SeenPacket[];
  /** Addresses of host and peer, both of one version. */
  readonly localAddress: IpAddress;
  readonly remoteAddress: IpAddress;
  /** The port of the host that its `bind` takes where the script leaves it open, and the peer's that its `connect` takes. */
  readonly bindPort: number;
  readonly connectPort: number;
  /** How often the host was asked to listen. */
  readonly listens: number;
  /** A packet arrives at the host, now. */
  deliver(packet: Uint8Array): void;
  /** A program on the host makes a call. */
  call(line: CallLine): OngoingCall;
  /** The value of a name in code, for the connection between these ports; undefined when nobody knows the name. May throw `Unsupported`. */
  lookup(name: string, localPort: number, remotePort: number): Value | undefined;
}
