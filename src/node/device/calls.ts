/** Linux's calls that devices need, through the FFI: declared once, errors named. Not here: what is asked with them (tun.ts, packet.ts, netlink.ts). */
import { TcplabError } from '../../core/errors.ts';
import { errorName, type Ffi, type ForeignFunction } from '../ffi.ts';
import { SIOCGIFFLAGS, SOCK_CLOEXEC, SOCK_DGRAM } from '../packet-numbers.ts';

/** A request of an interface by name (struct ifreq): its name, and what is asked at IFREQ_DATA. */
const IFNAMSIZ = 16;
const IFREQ = 40;
export const IFREQ_DATA: number = IFNAMSIZ;

const SIOCGIFMTU = 0x8921;

/** The functions of the C library. `read` and `write` take an address, not a view: see `addressOf`. */
export interface Calls {
  readonly ffi: Ffi;
  readonly socket: ForeignFunction;
  readonly setsockopt: ForeignFunction;
  readonly getsockopt: ForeignFunction;
  readonly bind: ForeignFunction;
  readonly ioctl: ForeignFunction;
  /** The same with a number as its argument. */
  readonly ioctlNumber: ForeignFunction;
  readonly read: ForeignFunction;
  readonly write: ForeignFunction;
  readonly send: ForeignFunction;
  readonly recv: ForeignFunction;
  readonly close: ForeignFunction;
  readonly prctl: ForeignFunction;
  readonly if_nametoindex: ForeignFunction;
  readonly memmove: ForeignFunction;
}

const declared = new WeakMap<Ffi, Calls>();

/** The functions, declared when first asked for. */
export function callsOf(ffi: Ffi): Calls {
  let calls = declared.get(ffi);
  if (calls === undefined) {
    const c = ffi.load(null);
    calls = {
      ffi,
      socket: ffi.call(c, 'socket', 'i32', ['i32', 'i32', 'i32']),
      setsockopt: ffi.call(c, 'setsockopt', 'i32', ['i32', 'i32', 'i32', 'pointer', 'u32']),
      getsockopt: ffi.call(c, 'getsockopt', 'i32', ['i32', 'i32', 'i32', 'pointer', 'pointer']),
      bind: ffi.call(c, 'bind', 'i32', ['i32', 'pointer', 'u32']),
      ioctl: ffi.call(c, 'ioctl', 'i32', ['i32', 'size', 'pointer']),
      ioctlNumber: ffi.call(c, 'ioctl', 'i32', ['i32', 'size', 'size']),
      read: ffi.call(c, 'read', 'i64', ['i32', 'size', 'size']),
      write: ffi.call(c, 'write', 'i64', ['i32', 'size', 'size']),
      send: ffi.call(c, 'send', 'i64', ['i32', 'pointer', 'size', 'i32']),
      recv: ffi.call(c, 'recv', 'i64', ['i32', 'pointer', 'size', 'i32']),
      close: ffi.call(c, 'close', 'i32', ['i32']),
      prctl: ffi.call(c, 'prctl', 'i32', ['i32', 'size', 'size', 'size', 'size']),
      if_nametoindex: ffi.call(c, 'if_nametoindex', 'u32', ['string']),
      memmove: ffi.call(c, 'memmove', 'pointer', ['pointer', 'pointer', 'size']),
    };
    declared.set(ffi, calls);
  }
  return calls;
}

/** The name of what the last call failed with. To be asked at once. */
export const lastErrorName = ({ ffi }: Calls): string => errorName(ffi.errno());

/** @throws TcplabError `TCPLAB_SYSTEM` when a call has failed */
export function check(calls: Calls, result: number | bigint | null, what: string): number {
  if (Number(result) < 0) throw new TcplabError('TCPLAB_SYSTEM', `${what}: ${lastErrorName(calls)}`);
  return Number(result);
}

/** Where `buffer` begins in memory. Large buffers and WebAssembly's memory of a fixed size stay where they are. Addresses are below 2^53: numbers hold them, and cost no object. */
export function addressOf({ memmove }: Calls, buffer: ArrayBuffer): number {
  const first = new Uint8Array(buffer, 0, 1);
  return Number(memmove(first, first, 0));
}

/** An ifreq for the interface `name`. @throws TcplabError EINVAL when that is too long for a name, or empty */
export function interfaceRequest(name: string): Buffer {
  const octets = Buffer.from(name);
  if (octets.length === 0 || octets.length >= IFNAMSIZ || /[\s/\0]/.test(name)) {
    throw new TcplabError(
      'EINVAL',
      `"${name}" is no name for an interface: it has 1 to ${IFNAMSIZ - 1} octets, without spaces and slashes, such as tun0`,
    );
  }
  const request = Buffer.alloc(IFREQ);
  octets.copy(request);
  return request;
}

/** What the system knows of an interface. */
export interface InterfaceState {
  readonly index: number;
  readonly up: boolean;
  readonly mtu: number;
}

/** The state of an interface; undefined when there is none of this name. Needs no rights. */
export function interfaceState(calls: Calls, name: string): InterfaceState | undefined {
  const index = Number(calls.if_nametoindex(name));
  if (index === 0) return undefined;
  const asked = Number(calls.socket(2 /* AF_INET */, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  try {
    const request = interfaceRequest(name);
    if (Number(calls.ioctl(asked, SIOCGIFFLAGS, request)) < 0) return undefined;
    const up = (request.readUInt16LE(IFREQ_DATA) & 1) !== 0;
    if (Number(calls.ioctl(asked, SIOCGIFMTU, request)) < 0) return undefined;
    return { index, up, mtu: request.readInt32LE(IFREQ_DATA) };
  } finally {
    calls.close(asked);
  }
}
