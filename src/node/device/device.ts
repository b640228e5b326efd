/**
 * A network device of the system as a link: `host.plug(device.port, ...)` joins a host of this program to the system's own stack, and by it to real networks. The same on every system; what differs is the channel (contract.ts).
 * Not here: what a frame means.
 */
import { type Micros, NEVER, TICK } from '../../core/time.ts';
import type { Port } from '../../speak/link/link.ts';
import * as ethernet from '../../wire/ethernet.ts';
import { type Frame, FramePool } from '../../wire/frame.ts';
import type { Watch } from '../ffi.ts';
import { type Channel, type DeviceKind, type DeviceOptions, GONE, LOST, NOTHING } from './contract.ts';
import { type DescriptorFacts, inheritedChannel, openLinuxChannel, removeLinuxDevice } from './linux.ts';
import { noDevices } from './refusal.ts';

/** What a device counts. */
export interface DeviceCounters {
  /** Frames and octets that came from the system ... */
  framesIn: number;
  octetsIn: number;
  /** ... and that it took. */
  framesOut: number;
  octetsOut: number;
  /** Frames that it did not take: the device was down, or its queue full; or their checksum, or their cutting, cannot be left to the system. */
  refused: number;
  /** Frames that the system had for us and could not give, or in a form that is not known here: segments in a tunnel, to be cut; SCTP, its checksum to be made. */
  lost: number;
  /** Frames longer than the device carries. */
  oversized: number;
}

/** Frames for what comes in: their receivers have them until they have passed them on. */
const FRAMES = 64;

/** Room before the first octet and for an Ethernet header; with 65,535 octets of IP packet. */
const LARGE: number = 65_535 + ethernet.HEADER;

class DevicePort implements Port {
  readonly medium: 'ethernet' | 'ip';
  readonly mtu: number;
  readonly gsoMax: number;
  readonly checksumOffload: boolean;
  onArrival: (() => void) | undefined = undefined;
  readonly counters: DeviceCounters = {
    framesIn: 0,
    octetsIn: 0,
    framesOut: 0,
    octetsOut: 0,
    refused: 0,
    lost: 0,
    oversized: 0,
  };
  gone = false;
  onGone: (() => void) | undefined = undefined;
  readonly #channel: Channel;
  readonly #pool: FramePool;
  readonly #longest: number;
  /** Packets wait, as far as is known; and there was no frame for one. */
  #readable = false;
  #starved = false;
  #now: Micros = 0;

  constructor(channel: Channel) {
    this.medium = channel.medium;
    this.mtu = channel.mtu;
    this.gsoMax = channel.gsoMax;
    this.checksumOffload = channel.checksumOffload;
    this.#channel = channel;
    const header = channel.medium === 'ethernet' ? ethernet.HEADER : 0;
    this.#longest = channel.gsoMax + header;
    // The system may have larger packets for us than `mtu` even where it is to cut them: a frame that was cut would be lost.
    this.#pool = new FramePool(FRAMES, LARGE);
  }

  readonly arrived = (): void => {
    this.#readable = true;
    this.onArrival?.();
  };

  send(frame: Frame, _now: Micros): void {
    const { counters } = this;
    if (frame.length > this.#longest) counters.oversized++;
    else if (!this.gone && this.#channel.write(frame)) {
      counters.framesOut++;
      counters.octetsOut += frame.length;
    } else counters.refused++;
    frame.pool.release(frame);
  }

  receive(now: Micros): Frame | undefined {
    if (!this.#readable || this.gone) return undefined;
    const frame = this.#pool.take();
    if (frame === undefined) {
      this.#starved = true;
      this.#now = now;
      return undefined;
    }
    this.#starved = false;
    const octets = this.#channel.read(frame);
    if (octets > NOTHING) {
      this.counters.framesIn++;
      this.counters.octetsIn += octets;
      return frame;
    }
    // Behind a lost one others may wait: the watch finds them.
    this.#readable = false;
    this.#pool.release(frame);
    if (octets === LOST) this.counters.lost++;
    if (octets === GONE) {
      this.gone = true;
      this.onGone?.();
    }
    return undefined;
  }

  nextTimeout(): Micros {
    return this.#starved ? this.#now + TICK : NEVER;
  }
}

/** A device. It keeps the program running until it is closed. */
export class Device {
  readonly name: string;
  readonly kind: DeviceKind;
  readonly mtu: number;
  /** What a host is plugged into. */
  readonly port: Port;
  /** Comes true when the system has taken the device away; never when it was closed here. */
  readonly gone: Promise<void>;
  readonly #channel: Channel;
  readonly #port: DevicePort;
  readonly #watch: Watch;
  #closed = false;

  /** For the functions below, and for channels of other systems. */
  constructor(channel: Channel) {
    this.name = channel.name;
    this.kind = channel.kind;
    this.mtu = channel.mtu;
    this.#channel = channel;
    this.#port = new DevicePort(channel);
    this.port = this.#port;
    this.#watch = channel.watch(this.#port.arrived);
    this.gone = new Promise((resolve) => {
      this.#port.onGone = () => {
        this.close();
        resolve();
      };
    });
  }

  /** What passed, and what did not. */
  get counters(): Readonly<DeviceCounters> {
    return this.#port.counters;
  }

  /** The system's name of what it refused a frame with last; undefined when it never did. */
  get lastError(): string | undefined {
    return this.#channel.lastError;
  }

  /** For handing the device to another process (handover.ts); undefined where it has no descriptor. */
  get facts(): DescriptorFacts | undefined {
    const { descriptor, name, kind, checksumOffload: offload } = this.#channel;
    return descriptor === undefined ? undefined : { descriptor, name, kind, offload };
  }

  /** Gives the device back; one that is not persistent is gone then, with its addresses and routes. What a host sends into it from now on is lost. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#port.gone = true;
    this.#watch.close();
    this.#channel.close();
  }
}

/**
 * Opens a network device of the system, sets up the system's side of it (MTU, addresses, routes, up), and needs nothing but koffi for that.
 * @param name what the system is to call it; `tun%d` takes the first free number. For the kind `packet` an interface that is there
 * @throws TcplabError `EACCES` without the rights, `EBUSY`, `EINVAL`, `TCPLAB_NO_TUN` where there are no such devices, `TCPLAB_NO_INTERFACE`, `TCPLAB_NO_KOFFI`
 * @example
 * const device = await openDevice('tun0', { addresses: ['10.9.0.1/24'] });
 * host.plug(device.port, { address: '10.9.0.2/24', gateway: '10.9.0.1' });
 */
export async function openDevice(name: string, options: DeviceOptions = {}): Promise<Device> {
  if (process.platform !== 'linux') throw noDevices(process.platform);
  return new Device(await openLinuxChannel(name, options));
}

/** Takes over the device that another process has opened and handed on (handover.ts). */
export const inheritDevice = async (facts: DescriptorFacts): Promise<Device> =>
  new Device(await inheritedChannel(facts));

/** Removes a persistent device. @throws TcplabError `TCPLAB_NO_INTERFACE`, `EACCES`, `EBUSY` while a program has it */
export async function removeDevice(name: string, kind: 'tun' | 'tap' = 'tun'): Promise<void> {
  if (process.platform !== 'linux') throw noDevices(process.platform);
  return removeLinuxDevice(name, kind);
}
