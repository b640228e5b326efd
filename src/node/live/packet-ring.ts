/**
 * Capture through Linux's packet ring (TPACKET_V3): the kernel writes packets into blocks of memory that it shares with us, hands a block over when
 * it is full or as old as it may be, and gets it back when its packets were read. Nothing is copied and nothing is allocated per packet; an idle
 * interface costs no wake-up. Not here: the system calls (packet-socket.ts). Read first: Documentation/networking/packet_mmap.rst of Linux;
 * for the cooked header, LINKTYPE_LINUX_SLL2 at tcpdump.org.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { TcplabError } from '../../core/errors.ts';
import { LINKTYPE, makePacket, type Packet } from '../../see/capture/packet.ts';
import { errorName, type Ffi, type Watch } from '../ffi.ts';
import {
  bufferOctets,
  type LiveCapture,
  type LiveEvents,
  type LiveOptions,
  type LiveStatistics,
  latencyMilliseconds,
} from './contract.ts';
import { ANY, framing, LOOPBACK } from './interfaces.ts';
import { PacketSocket } from './packet-socket.ts';
import { noInterface } from './refusal.ts';

/**
 * Octets in a block: more than the 64 KiB that a segment of a loopback interface can have, as no packet crosses blocks. Of packets that may wait for others more go into one, since
 * each hand-over of a block costs as much as some hundred packets; so large that the ring still has this many blocks.
 */
const BLOCK = 1 << 17;
const PATIENT_BLOCK = 1 << 19;
const LEAST_BLOCKS = 32;
/** From how many milliseconds on packets may wait. */
const PATIENT = 20;

/** Octets read in one turn of the event loop: with the next blocks waiting, timers and signals still get theirs. */
const OCTETS_A_TURN = 1 << 21;

/** Octets that the kernel leaves free before each packet: for the cooked header or a VLAN tag. */
const HEADROOM = 32;
const SLL2_HEADER = 20;
const VLAN_TAG = 4;
/** Both addresses of an Ethernet header, which a VLAN tag stands behind. */
const ADDRESSES = 12;
const TYPE_VLAN = 0x8100;

/** struct tpacket_block_desc, octets: state, number of packets, offset of the first. */
const BLOCK_STATUS = 8;
const BLOCK_PACKETS = 12;
const BLOCK_FIRST = 16;
const STATUS_USER = 0x1;

/** struct tpacket3_hdr as 32-bit words, and the octets behind it where struct sockaddr_ll stands. */
const W_NEXT = 0;
const W_SECONDS = 1;
const W_NANOSECONDS = 2;
const W_CAPTURED = 3;
const W_ORIGINAL = 4;
const W_STATUS = 5;
const H_MAC = 12;
const H_VLAN_TCI = 16;
const H_VLAN_TPID = 18;
const SLL = 48;
const SLL_PROTOCOL = SLL + 2;
const SLL_HARDWARE = SLL + 8;
const SLL_PACKET_TYPE = SLL + 10;
const SLL_ADDRESS_LENGTH = SLL + 11;

const PACKET_STATUS_CHECKSUM_PENDING = 0x8;
const PACKET_STATUS_VLAN = 0x10;
const PACKET_STATUS_VLAN_TYPE = 0x40;
const PACKET_OUTGOING = 4;

const ENETDOWN = 100;
/** How often an interface that is down is looked at. */
const ATTENTION_MILLISECONDS = 500;

/**
 * Opens a ring on an interface or on `any`.
 * @throws TcplabError `EACCES`, `TCPLAB_NO_INTERFACE`, `TCPLAB_NO_CAPTURE`, `EINVAL`
 */
export function openPacketRing(ffi: Ffi, name: string, options: LiveOptions): LiveCapture {
  return new PacketRing(ffi, name, options);
}

class PacketRing implements LiveCapture {
  readonly name: string;
  readonly source = 'ring';
  readonly note: string;
  readonly linkType: number;

  readonly #ffi: Ffi;
  readonly #socket: PacketSocket;
  readonly #index: number;
  readonly #cooked: boolean;
  /** Outgoing packets of loopback interfaces come a second time as incoming ones; those are the ones shown. */
  readonly #skipOutgoing: boolean;

  readonly #address: bigint;
  readonly #memory: ArrayBuffer;
  readonly #words: Int32Array;
  readonly #halves: Uint16Array;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Octets of a block, and how many there are. */
  readonly #block: number;
  readonly #blocks: number;
  /** A block with a packet in it is handed over after so many milliseconds. Blocks times this is how long the event loop may stall at any rate. */
  readonly #latency: number;
  /** The block to be read next. */
  #current = 0;
  readonly #packet: Packet = makePacket();

  #events: LiveEvents | undefined;
  #watch: Watch | undefined;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #reading = false;
  #down: boolean;
  #attention: NodeJS.Timeout | undefined;
  #received = 0;
  #skipped = 0;
  #dropped = 0;

  constructor(ffi: Ffi, name: string, options: LiveOptions) {
    requireSixtyFourBits();
    const device = name === ANY ? { index: 0, hardware: -1, up: true } : PacketSocket.device(ffi, name);
    if (device === undefined) throw noInterface(name);
    const frames = name === ANY ? { linkType: LINKTYPE.LINUX_SLL2, cooked: true } : framing(device.hardware);
    if (frames === undefined) {
      throw new TcplabError(
        'TCPLAB_NO_CAPTURE',
        `${name} is a wireless interface in monitor mode (hardware type ${device.hardware}), which the ring does not read`,
      );
    }
    this.#ffi = ffi;
    this.name = name;
    this.linkType = frames.linkType;
    this.#cooked = frames.cooked;
    this.#index = device.index;
    this.#latency = latencyMilliseconds(options);
    const buffer = bufferOctets(options);
    this.#block = this.#latency >= PATIENT && buffer >= LEAST_BLOCKS * PATIENT_BLOCK ? PATIENT_BLOCK : BLOCK;
    this.#blocks = Math.floor(buffer / this.#block);
    this.#socket = new PacketSocket(ffi, frames.cooked, options.descriptor);
    this.#down = !device.up;
    const octets = this.#blocks * this.#block;
    let mapped: bigint | undefined;
    try {
      const loopback = device.hardware === LOOPBACK;
      this.#skipOutgoing = (loopback && !this.#socket.ignoreOutgoing()) || name === ANY;
      const { program } = options;
      const instructions = typeof program === 'function' ? program(frames.linkType, frames.cooked) : program;
      if (instructions !== undefined) this.#socket.attach(instructions);
      mapped = this.#socket.ring(this.#block, this.#blocks, this.#latency, HEADROOM);
      if (options.promiscuous === true && name !== ANY) this.#socket.addPromiscuous(device.index);
      this.#memory = ffi.view(mapped, octets);
      // Bound last: a packet that comes before the program and the ring are there would pass unfiltered.
      this.#socket.bind(device.index);
      // That it is down now is told in the note.
      this.#socket.takeError();
    } catch (error) {
      if (mapped !== undefined) this.#socket.unmap(mapped, octets);
      this.#socket.close();
      throw error;
    }
    this.#address = mapped;
    this.#words = new Int32Array(this.#memory);
    this.#halves = new Uint16Array(this.#memory);
    this.#bytes = new Uint8Array(this.#memory);
    this.#view = new DataView(this.#memory);
    this.#packet.bytes = this.#bytes;
    this.#packet.view = this.#view;
    this.#packet.linkType = this.linkType;
    const size = `${octets / (1 << 20)} MiB`;
    const down = device.up ? '' : `; ${name} is down and shows nothing until it is up (sudo ip link set ${name} up)`;
    this.note = `capturing on ${name} through the kernel's packet ring of ${size}${down}`;
  }

  start(events: LiveEvents): void {
    if (this.#state !== 'open') throw new TcplabError('EBADF', `the capture on ${this.name} is closed`);
    if (this.#events !== undefined)
      throw new TcplabError('EALREADY', `the capture on ${this.name} was started already`);
    this.#events = events;
    this.#watch = this.#ffi.poll(this.#socket.descriptor, (inError) => {
      this.#read(OCTETS_A_TURN / this.#block);
      if (inError && this.#state === 'open') this.#recover(events);
    });
    if (this.#down) this.#attend(events);
  }

  statistics(): LiveStatistics {
    if (this.#state !== 'closed') this.#count();
    return { received: this.#received - this.#skipped, dropped: this.#dropped };
  }

  close(): Promise<void> {
    if (this.#state === 'open') this.#state = 'closing';
    if (!this.#reading) this.#release();
    return Promise.resolve();
  }

  async finish(): Promise<void> {
    if (this.#state !== 'open') return;
    // What came just now is in a block that the kernel hands over when its time is up.
    await sleep(3 * this.#latency);
    if (this.#events !== undefined && !this.#reading) this.#read(this.#blocks);
    await this.close();
  }

  /** Hands out the packets of the blocks that are ready, at most so many blocks. */
  #read(limit: number): void {
    if (this.#state !== 'open') return;
    this.#reading = true;
    try {
      for (let i = 0; i < limit && this.#state === 'open'; i++) {
        const block = this.#current * this.#block;
        const status = (block + BLOCK_STATUS) >> 2;
        if ((Atomics.load(this.#words, status) & STATUS_USER) === 0) break;
        try {
          this.#readBlock(block);
        } finally {
          Atomics.store(this.#words, status, 0);
          this.#current = this.#current + 1 === this.#blocks ? 0 : this.#current + 1;
        }
      }
    } finally {
      this.#reading = false;
      if (this.#state !== 'open') this.#release();
    }
  }

  #readBlock(block: number): void {
    const words = this.#words;
    const halves = this.#halves;
    const bytes = this.#bytes;
    const packet = this.#packet;
    const events = this.#events!;
    const cooked = this.#cooked;
    const skipOutgoing = this.#skipOutgoing;
    let header = block + words[(block + BLOCK_FIRST) >> 2]!;
    for (let left = words[(block + BLOCK_PACKETS) >> 2]!; left > 0; left--) {
      const word = header >> 2;
      const at = header;
      header += words[word + W_NEXT]!;
      if (skipOutgoing && bytes[at + SLL_PACKET_TYPE] === PACKET_OUTGOING) {
        if (halves[(at + SLL_HARDWARE) >> 1] === LOOPBACK) {
          this.#skipped++;
          continue;
        }
      }
      const status = words[word + W_STATUS]!;
      packet.number++;
      packet.seconds = words[word + W_SECONDS]! >>> 0;
      packet.nanoseconds = words[word + W_NANOSECONDS]!;
      packet.at = at + halves[(at >> 1) + H_MAC]!;
      packet.capturedLength = words[word + W_CAPTURED]!;
      packet.originalLength = words[word + W_ORIGINAL]!;
      if (cooked) this.#writeCookedHeader(at);
      else if ((status & PACKET_STATUS_VLAN) !== 0) this.#writeTag(at, status);
      events.packet(packet, (status & PACKET_STATUS_CHECKSUM_PENDING) !== 0);
      if (this.#state !== 'open') return;
    }
  }

  /** The kernel took the VLAN tag out of the frame: puts it back, the addresses moved into the headroom. */
  #writeTag(header: number, status: number): void {
    const packet = this.#packet;
    if (this.linkType !== LINKTYPE.ETHERNET || packet.capturedLength < ADDRESSES) return;
    const half = header >> 1;
    const at = packet.at - VLAN_TAG;
    this.#bytes.copyWithin(at, packet.at, packet.at + ADDRESSES);
    const type = (status & PACKET_STATUS_VLAN_TYPE) === 0 ? TYPE_VLAN : this.#halves[half + H_VLAN_TPID]!;
    this.#view.setUint16(at + ADDRESSES, type);
    this.#view.setUint16(at + ADDRESSES + 2, this.#halves[half + H_VLAN_TCI]!);
    packet.at = at;
    packet.capturedLength += VLAN_TAG;
    packet.originalLength += VLAN_TAG;
  }

  /** Writes a LINKTYPE_LINUX_SLL2 header into the headroom, from what the kernel says of the packet. */
  #writeCookedHeader(header: number): void {
    const packet = this.#packet;
    const view = this.#view;
    const bytes = this.#bytes;
    const at = packet.at - SLL2_HEADER;
    const sll = header + SLL;
    bytes.copyWithin(at, header + SLL_PROTOCOL, header + SLL_PROTOCOL + 2);
    view.setUint16(at + 2, 0);
    view.setInt32(at + 4, this.#words[(sll + 4) >> 2]!);
    view.setUint16(at + 8, this.#halves[(header + SLL_HARDWARE) >> 1]!);
    bytes.copyWithin(at + 10, header + SLL_PACKET_TYPE, header + SLL_ADDRESS_LENGTH + 1 + 8);
    packet.at = at;
    packet.capturedLength += SLL2_HEADER;
    packet.originalLength += SLL2_HEADER;
  }

  /** The socket is in error: its interface went down, or away. */
  #recover(events: LiveEvents): void {
    const errno = this.#socket.takeError();
    if (errno !== 0 && errno !== ENETDOWN) {
      void this.close();
      events.end?.(new TcplabError('TCPLAB_NO_CAPTURE', `the capture on ${this.name} broke off: ${errorName(errno)}`));
      return;
    }
    this.#watch?.resume();
    if (errno === ENETDOWN) this.#attend(events);
  }

  /** While the interface is down, looks now and then whether it is up again or gone: of the latter the socket does not tell. */
  #attend(events: LiveEvents): void {
    clearTimeout(this.#attention);
    const device = PacketSocket.device(this.#ffi, this.name);
    if (device?.index !== this.#index) {
      void this.finish().then(() =>
        events.end?.(new TcplabError('TCPLAB_NO_INTERFACE', `${this.name} was removed: its capture ends here`)),
      );
    } else if (device.up) {
      this.#down = false;
      events.note?.(`${this.name} is up again`);
    } else {
      if (!this.#down) events.note?.(`${this.name} went down: its packets are shown again when it is up`);
      this.#down = true;
      this.#attention = setTimeout(() => this.#attend(events), ATTENTION_MILLISECONDS);
    }
  }

  #count(): void {
    const { packets, drops } = this.#socket.takeCounts();
    this.#received += packets - drops;
    this.#dropped += drops;
  }

  /** Gives everything back: the watch first, then the memory, then the socket. */
  #release(): void {
    if (this.#state === 'closed') return;
    clearTimeout(this.#attention);
    this.#watch?.close();
    this.#count();
    this.#state = 'closed';
    this.#socket.unmapRing(this.#memory, this.#address);
    this.#socket.close();
  }
}

/** The layouts above are those of 64-bit systems. */
function requireSixtyFourBits(): void {
  if (process.arch === 'arm' || process.arch === 'ia32') {
    throw new TcplabError('TCPLAB_NO_CAPTURE', `the packet ring needs a 64-bit system, this is ${process.arch}`);
  }
}
