/**
 * A channel over a descriptor that takes and gives one packet a call, each behind a virtio header: a TUN or TAP device, and a packet socket with PACKET_VNET_HDR, alike. Reads and writes go straight to and from
 * the memory of frames. Not here: how the descriptor is made (tun.ts, packet.ts). Never `fs.read` on such a descriptor: a thread that waits in it keeps the process from ending.
 */
import * as ethernet from '../../wire/ethernet.ts';
import { type Frame, HEADROOM } from '../../wire/frame.ts';
import { errorName, type Watch } from '../ffi.ts';
import { SOL_SOCKET } from '../packet-numbers.ts';
import { addressOf, type Calls } from './calls.ts';
import { type Channel, type DeviceKind, GONE, LOST, NOTHING } from './contract.ts';
import { readVirtioHeader, VIRTIO_HEADER, writeVirtioHeader } from './virtio-header.ts';

/** Where the IP header of every packet stands: on a multiple of 16. */
const IP_AT: number = HEADROOM + ethernet.HEADER;

/** Linux's numbers: of an empty queue, a call that a signal ended, and an interface that was taken down and may come up again; ... */
const EMPTY: readonly number[] = [11 /* EAGAIN */, 4 /* EINTR */, 100 /* ENETDOWN */];
/** ... and of a device that is no more. After any other (EINVAL: a packet that the kernel has no header for; ENOMEM) the next packet is as good as ever. */
const ENDED: readonly number[] = [9 /* EBADF */, 77 /* EBADFD */, 19 /* ENODEV */, 6 /* ENXIO */];

const SO_ERROR = 4;

/** What a descriptor leads to. */
export interface DescriptorProperties {
  readonly name: string;
  readonly kind: DeviceKind;
  readonly mtu: number;
  readonly offload: boolean;
}

/** The most octets of IP packet in one piece. */
const LARGEST = 65_535;

/** The channel. */
export class DescriptorChannel implements Channel {
  readonly name: string;
  readonly kind: DeviceKind;
  readonly descriptor: number;
  readonly medium: 'ethernet' | 'ip';
  readonly mtu: number;
  readonly gsoMax: number;
  readonly checksumOffload: boolean;
  readonly #calls: Calls;
  readonly #start: number;
  /** The buffer that the last frame lay in, and where it begins in memory: nearly all lie in the same one. */
  #buffer: ArrayBuffer | undefined = undefined;
  #base = 0;
  #errno = 0;

  constructor(calls: Calls, descriptor: number, { name, kind, mtu, offload }: DescriptorProperties) {
    this.#calls = calls;
    this.descriptor = descriptor;
    this.name = name;
    this.kind = kind;
    this.medium = kind === 'tun' ? 'ip' : 'ethernet';
    this.mtu = mtu;
    this.gsoMax = offload ? LARGEST : mtu;
    this.checksumOffload = offload;
    this.#start = kind === 'tun' ? IP_AT : HEADROOM;
  }

  get lastError(): string | undefined {
    return this.#errno === 0 ? undefined : errorName(this.#errno);
  }

  read(frame: Frame): number {
    const start = this.#start;
    const from = start - VIRTIO_HEADER;
    const octets = Number(this.#calls.read(this.descriptor, this.#address(frame) + from, frame.view.byteLength - from));
    if (octets < 0) return this.#failed();
    if (octets <= VIRTIO_HEADER) return octets === 0 ? GONE : NOTHING;
    frame.start = start;
    frame.length = octets - VIRTIO_HEADER;
    return readVirtioHeader(frame, this.medium) ? frame.length : LOST;
  }

  /** What a read that has failed means. */
  #failed(): number {
    const errno = this.#calls.ffi.errno();
    if (ENDED.includes(errno)) return GONE;
    return EMPTY.includes(errno) ? NOTHING : LOST;
  }

  write(frame: Frame): boolean {
    if (!writeVirtioHeader(frame, this.medium)) return false;
    const at = this.#address(frame) + frame.start - VIRTIO_HEADER;
    if (Number(this.#calls.write(this.descriptor, at, frame.length + VIRTIO_HEADER)) >= 0) return true;
    this.#errno = this.#calls.ffi.errno();
    return false;
  }

  watch(onReadable: () => void): Watch {
    const { ffi, getsockopt } = this.#calls;
    const watch = ffi.poll(this.descriptor, (inError) => {
      if (inError) {
        // Asking for a socket's error clears it; without that the watch would find it again and again.
        getsockopt(this.descriptor, SOL_SOCKET, SO_ERROR, new Int32Array(1), Int32Array.of(4));
        watch.resume();
      }
      onReadable();
    });
    return watch;
  }

  close(): void {
    this.#calls.close(this.descriptor);
  }

  #address({ view }: Frame): number {
    const { buffer } = view;
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      this.#base = addressOf(this.#calls, buffer);
    }
    return this.#base + view.byteOffset;
  }
}
