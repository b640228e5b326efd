/**
 * Linux's packet socket: the system calls that a capture needs, with their errors named. What is asked of the kernel here is asked of this
 * process's own network namespace. Not here: the ring and its packets (packet-ring.ts). Read first: packet(7), Documentation/networking/packet_mmap.rst of Linux.
 */
import { TcplabError } from '../../core/errors.ts';
import { errorName, type Ffi, type ForeignFunction } from '../ffi.ts';
import {
  AF_PACKET,
  ETH_P_ALL,
  PACKET_ADD_MEMBERSHIP,
  PACKET_IGNORE_OUTGOING,
  PACKET_MR_PROMISC,
  SIOCGIFFLAGS,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOL_PACKET,
  SOL_SOCKET,
} from '../packet-numbers.ts';
import type { BpfInstruction } from './contract.ts';

const SO_TYPE = 3;
const SO_ERROR = 4;
const SO_ATTACH_FILTER = 26;

const PACKET_RX_RING = 5;
const PACKET_STATISTICS = 6;
const PACKET_VERSION = 10;
const PACKET_RESERVE = 12;
const TPACKET_V3 = 2;

const SIOCGIFHWADDR = 0x8927;
const IFNAMSIZ = 16;
const IFREQ = 40;

const PROT_READ = 1;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 0x01;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const MAP_FIXED = 0x10;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

/** Instructions that a program for SO_ATTACH_FILTER may have (BPF_MAXINSNS). */
const PROGRAM_LIMIT = 4096;
const INSTRUCTION = 8;

/** What is known of an interface before it is captured. */
export interface Device {
  readonly index: number;
  /** ARPHRD_ number. */
  readonly hardware: number;
  readonly up: boolean;
}

interface Calls {
  readonly socket: ForeignFunction;
  readonly setsockopt: ForeignFunction;
  readonly getsockopt: ForeignFunction;
  readonly bind: ForeignFunction;
  readonly ioctl: ForeignFunction;
  readonly mmap: ForeignFunction;
  readonly munmap: ForeignFunction;
  readonly close: ForeignFunction;
  readonly if_nametoindex: ForeignFunction;
}

const declared = new WeakMap<Ffi, Calls>();

function declare(ffi: Ffi): Calls {
  let calls = declared.get(ffi);
  if (calls === undefined) {
    const c = ffi.load(null);
    calls = {
      socket: ffi.call(c, 'socket', 'i32', ['i32', 'i32', 'i32']),
      setsockopt: ffi.call(c, 'setsockopt', 'i32', ['i32', 'i32', 'i32', 'pointer', 'u32']),
      getsockopt: ffi.call(c, 'getsockopt', 'i32', ['i32', 'i32', 'i32', 'pointer', 'pointer']),
      bind: ffi.call(c, 'bind', 'i32', ['i32', 'pointer', 'u32']),
      ioctl: ffi.call(c, 'ioctl', 'i32', ['i32', 'size', 'pointer']),
      mmap: ffi.call(c, 'mmap', 'pointer', ['pointer', 'size', 'i32', 'i32', 'i32', 'i64']),
      munmap: ffi.call(c, 'munmap', 'i32', ['pointer', 'size']),
      close: ffi.call(c, 'close', 'i32', ['i32']),
      if_nametoindex: ffi.call(c, 'if_nametoindex', 'u32', ['string']),
    };
    declared.set(ffi, calls);
  }
  return calls;
}

/** A packet socket. Its methods throw TcplabError: `EACCES` without the rights, else `TCPLAB_NO_CAPTURE` with the system's name of what went wrong. */
export class PacketSocket {
  readonly descriptor: number;
  readonly #ffi: Ffi;
  readonly #calls: Calls;

  /**
   * Opens a socket that receives nothing until `bind`.
   * @param inherited the descriptor of one that is open already
   */
  constructor(ffi: Ffi, cooked: boolean, inherited?: number) {
    this.#ffi = ffi;
    this.#calls = declare(ffi);
    const type = cooked ? SOCK_DGRAM : SOCK_RAW;
    if (inherited === undefined) {
      const descriptor = Number(this.#calls.socket(AF_PACKET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      if (descriptor < 0) this.#fail('socket(AF_PACKET)');
      this.descriptor = descriptor;
    } else {
      this.descriptor = inherited;
      const found = this.#get(SOL_SOCKET, SO_TYPE, 1)[0];
      if (found !== type) {
        throw new TcplabError(
          'EINVAL',
          `descriptor ${inherited} is a socket of type ${found}, this interface needs type ${type} (${cooked ? 'SOCK_DGRAM' : 'SOCK_RAW'})`,
        );
      }
    }
  }

  /** What the kernel knows of an interface; undefined when there is none of this name. */
  static device(ffi: Ffi, name: string): Device | undefined {
    const calls = declare(ffi);
    const index = Number(calls.if_nametoindex(name));
    if (index === 0) return undefined;
    // Any socket answers these; an ordinary one needs no rights.
    const asked = Number(calls.socket(2 /* AF_INET */, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    try {
      const request = new Uint8Array(IFREQ);
      new TextEncoder().encodeInto(name, request.subarray(0, IFNAMSIZ - 1));
      const answer = new Uint16Array(request.buffer, IFNAMSIZ, 1);
      if (Number(calls.ioctl(asked, SIOCGIFHWADDR, request)) < 0) return undefined;
      const hardware = answer[0]!;
      if (Number(calls.ioctl(asked, SIOCGIFFLAGS, request)) < 0) return undefined;
      return { index, hardware, up: (answer[0]! & 1) !== 0 };
    } finally {
      calls.close(asked);
    }
  }

  /** Packets that leave are not captured: for interfaces where each of them comes in again. False when the kernel (before 4.20) cannot. */
  ignoreOutgoing(): boolean {
    return Number(this.#set(SOL_PACKET, PACKET_IGNORE_OUTGOING, Int32Array.of(1))) === 0;
  }

  /** Promiscuous mode for as long as the socket is open. */
  addPromiscuous(index: number): void {
    const request = new Int32Array(4);
    request[0] = index;
    new Uint16Array(request.buffer)[2] = PACKET_MR_PROMISC;
    if (this.#set(SOL_PACKET, PACKET_ADD_MEMBERSHIP, request) !== 0) this.#fail('PACKET_ADD_MEMBERSHIP');
  }

  /** The kernel runs this on each packet from now on; 0 as its result drops the packet. */
  attach(program: readonly BpfInstruction[]): void {
    if (program.length < 1 || program.length > PROGRAM_LIMIT) {
      throw new TcplabError(
        'EINVAL',
        `a BPF program has 1 to ${PROGRAM_LIMIT} instructions, this one ${program.length}`,
      );
    }
    // struct sock_fprog holds an address, and only memory of the system has one that is known here.
    const octets = program.length * INSTRUCTION;
    const memory = this.#map(octets, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, null, -1);
    const view = this.#ffi.view(memory, octets);
    const halves = new Uint16Array(view);
    const octet = new Uint8Array(view);
    const words = new Uint32Array(view);
    program.forEach(({ code, jt, jf, k }, i) => {
      halves[i * 4] = code;
      octet[i * 8 + 2] = jt;
      octet[i * 8 + 3] = jf;
      words[i * 2 + 1] = k;
    });
    const header = new BigUint64Array(2);
    new Uint16Array(header.buffer)[0] = program.length;
    header[1] = memory;
    const refused = this.#set(SOL_SOCKET, SO_ATTACH_FILTER, header) !== 0;
    const errno = this.#ffi.errno();
    this.#unmapWhenUnused(view, memory);
    if (refused) throw new TcplabError('EINVAL', `the kernel refuses the BPF program: ${errorName(errno)}`);
  }

  /** Makes a receive ring of TPACKET_V3 and maps it. @param reserve octets of headroom before each packet */
  ring(blockOctets: number, blocks: number, retireMilliseconds: number, reserve: number): bigint {
    if (this.#set(SOL_PACKET, PACKET_VERSION, Int32Array.of(TPACKET_V3)) !== 0) this.#fail('PACKET_VERSION');
    if (this.#set(SOL_PACKET, PACKET_RESERVE, Int32Array.of(reserve)) !== 0) this.#fail('PACKET_RESERVE');
    const frame = 2048;
    const request = Int32Array.of(blockOctets, blocks, frame, (blockOctets / frame) * blocks, retireMilliseconds, 0, 0);
    if (this.#set(SOL_PACKET, PACKET_RX_RING, request) !== 0) this.#fail(`PACKET_RX_RING of ${blocks} blocks`);
    return this.#map(blockOctets * blocks, PROT_READ_WRITE, MAP_SHARED, null, this.descriptor);
  }

  /** Begins to receive. @param index the interface, 0 for all */
  bind(index: number): void {
    const address = new Int32Array(5);
    const halves = new Uint16Array(address.buffer);
    halves[0] = AF_PACKET;
    new DataView(address.buffer).setUint16(2, ETH_P_ALL);
    address[1] = index;
    if (Number(this.#calls.bind(this.descriptor, address, address.byteLength)) !== 0) this.#fail('bind');
  }

  /** The pending error's number, 0 for none; asking clears it. */
  takeError(): number {
    return this.#get(SOL_SOCKET, SO_ERROR, 1)[0]!;
  }

  /** Packets (those dropped counted among them) and drops since this was asked last. */
  takeCounts(): { packets: number; drops: number } {
    const counts = new Uint32Array(this.#get(SOL_PACKET, PACKET_STATISTICS, 3).buffer);
    return { packets: counts[0]!, drops: counts[1]! };
  }

  /**
   * Takes the ring out of mapped memory so that views over it can outlive it: they see zeros then, where reading unmapped memory would end the
   * process. The addresses are given back once nobody holds the view.
   */
  unmapRing(view: ArrayBuffer, address: bigint): void {
    this.#map(view.byteLength, PROT_READ, MAP_PRIVATE_ANONYMOUS | MAP_FIXED, address, -1);
    this.#unmapWhenUnused(view, address);
  }

  /** Gives memory back that no view is over. */
  unmap(address: bigint, octets: number): void {
    this.#calls.munmap(address, octets);
  }

  /** Closes the socket; its descriptor must not be watched any more. */
  close(): void {
    this.#calls.close(this.descriptor);
  }

  /** Unmaps memory when the view over it is garbage. */
  #unmapWhenUnused(view: ArrayBuffer, address: bigint): void {
    const { munmap } = this.#calls;
    const octets = view.byteLength;
    unused.register(view, () => munmap(address, octets));
  }

  #map(octets: number, protection: number, flags: number, at: bigint | null, descriptor: number): bigint {
    const address = this.#calls.mmap(at, octets, protection, flags, descriptor, 0);
    if (address === null || BigInt(address) === MAP_FAILED) this.#fail(`mmap of ${octets} octets`);
    return BigInt(address!);
  }

  #set(level: number, name: number, value: NodeJS.TypedArray): number {
    return Number(this.#calls.setsockopt(this.descriptor, level, name, value, value.byteLength));
  }

  #get(level: number, name: number, words: number): Int32Array {
    const value = new Int32Array(words);
    const length = Int32Array.of(value.byteLength);
    if (Number(this.#calls.getsockopt(this.descriptor, level, name, value, length)) !== 0) this.#fail('getsockopt');
    return value;
  }

  #fail(what: string): never {
    const name = errorName(this.#ffi.errno());
    const code = name === 'EPERM' || name === 'EACCES' ? 'EACCES' : 'TCPLAB_NO_CAPTURE';
    throw new TcplabError(code, `${what}: ${name}`);
  }
}

/** Memory to be given back when the view over it is gone. */
const unused = new FinalizationRegistry<() => void>((giveBack) => giveBack());
