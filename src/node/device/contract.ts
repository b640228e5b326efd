/**
 * What a network device of the system is to tcplab, and what each system has to provide for it. A `Channel` is the part that differs: Linux fills it with TUN, TAP and packet
 * sockets (linux.ts); macOS (utun) and Windows (wintun) can fill it too. Everything above, pools, counters, the port that a host is plugged into, is the same for all (device.ts).
 */
import type { LinkProperties } from '../../speak/link/link.ts';
import type { Frame } from '../../wire/frame.ts';
import type { Watch } from '../ffi.ts';

/** `tun`: IP packets; `tap`: Ethernet frames; `packet`: an interface that is there already (one end of a veth pair, a network card), by a packet socket, Ethernet frames. */
export type DeviceKind = 'tun' | 'tap' | 'packet';

/** How a device is opened. */
export interface DeviceOptions {
  /** Default `tun`. */
  kind?: DeviceKind;
  /** Octets of IP packet a frame carries at the most, 68 to 65,521; default 1,500, or what a device that is there already has. */
  mtu?: number;
  /**
   * Whether segments of up to 64 KB and unfinished checksums pass, which saves most of the work for each of them; default true. Without it every packet is of `mtu` and whole, as it would be
   * on a wire.
   */
  offload?: boolean;
  /** Addresses that the system's own stack has on the device, with prefix: `10.9.0.1/24`, `fd00::1/64`; default none. What a host of tcplab has is said when it is plugged in. */
  addresses?: readonly string[];
  /** Networks that the system sends into the device; default none but those of its addresses. */
  routes?: readonly DeviceRoute[];
  /** Packets that the system lets wait for this program, 1 to 100,000; default 4,096. */
  queue?: number;
  /** Whose device it is: the one user id (and group id) that may open it without rights. Only where the device is made. */
  owner?: number;
  group?: number;
  /** Whether the device outlives this program, until `removeDevice`; default false: it is gone when the program is, however that ends. */
  persistent?: boolean;
}

/** A network that is reached by a device. */
export interface DeviceRoute {
  /** With prefix: `10.55.0.0/16`, `fd55::/32`, `0.0.0.0/0`. */
  to: string;
  /** The next hop's address; default none: the network is right there. */
  via?: string;
}

/** What `Channel.read` answers when no packet waits, when none will ever come again, and when one waited and cannot be had. */
export const NOTHING = 0;
export const GONE = -1;
export const LOST = -2;

/** A device as the system gives it: packets in, packets out, none of it blocking. */
export interface Channel extends LinkProperties {
  /** The system's name of it; Linux fills in the number of `tun%d`. */
  readonly name: string;
  readonly kind: DeviceKind;
  /** The descriptor, for handing it to another process; undefined where there is none. */
  readonly descriptor: number | undefined;
  /**
   * Takes the next packet into `frame`: `start`, `length`, `checksum` ('partial' or 'verified' where the system vouches for it) and `segmentSize` are set. The IP header is to stand on a multiple of 16 octets
   * where that costs nothing. Answers its octets, NOTHING, GONE or LOST.
   */
  read(frame: Frame): number;
  /** Hands a packet to the system, which copies it. False when it was not taken (`lastError` says why, if the system was asked). */
  write(frame: Frame): boolean;
  /** The system's name of what a `write` failed with last; undefined when none has. */
  readonly lastError: string | undefined;
  /** Calls `onReadable` whenever packets wait, until closed. Keeps the process running. */
  watch(onReadable: () => void): Watch;
  /** Gives the device back. A device that is not persistent is gone then. */
  close(): void;
}

/** Opens devices of one system. */
export type OpenChannel = (name: string, options: DeviceOptions) => Promise<Channel>;
