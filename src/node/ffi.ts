/**
 * The door to the operating system's own functions: five of them (load, call, view, errno, poll), so that whatever stands behind can be
 * exchanged. Today it is `koffi`, an optional dependency with prebuilt binaries, loaded when first asked for; Node's own `node:ffi` fits too.
 * Not here: any particular function of the system; those who need one declare it.
 */
import { getSystemErrorName } from 'node:util';
import { TcplabError } from '../core/errors.ts';

/** C types as parameters and results are declared: `size` is size_t, `string` a const char*; pointers come back as addresses. */
export type ForeignType = 'void' | 'i32' | 'u32' | 'i64' | 'size' | 'pointer' | 'string';

/** What such parameters take. A view over memory is handed over by its address and must not be kept by the callee. */
export type ForeignValue = number | bigint | string | ArrayBufferView | null;

/** A C function that can be called. A pointer comes back as its address, null when it is 0. */
export type ForeignFunction = (...values: ForeignValue[]) => number | bigint | null;

/** A loaded library, to be handed to `call`. */
export interface ForeignLibrary {
  /** What was loaded. */
  readonly name: string;
}

/** A descriptor that is being watched. It keeps the process alive until `close`. */
export interface Watch {
  /** Watches on after an error; without it no further event comes. */
  resume(): void;
  /** Ends the watch; to be called before the descriptor is closed. */
  close(): void;
}

/** The five functions. */
export interface Ffi {
  /** Loads a library by its file name; null stands for what the process has loaded already, the C library among it. */
  load(library: string | null): ForeignLibrary;
  /** Declares a function of a library. Declare once, call often. */
  call(
    library: ForeignLibrary,
    symbol: string,
    result: ForeignType,
    parameters: readonly ForeignType[],
  ): ForeignFunction;
  /** Memory of the system as an ArrayBuffer, not copied. Reading it after the memory was given back ends the process. Takes about 5 microseconds. */
  view(address: bigint, octets: number): ArrayBuffer;
  /** The error number of the last call; to be asked at once. */
  errno(): number;
  /**
   * Calls `onEvent(false)` as long as the descriptor is readable, `onEvent(true)` once when it is in error. What `onEvent` throws is an
   * uncaught exception, and promises it settles go on as after any other event.
   */
  poll(descriptor: number, onEvent: (inError: boolean) => void): Watch;
}

/** Brings an `Ffi`, or throws a TcplabError that says why there is none. */
export type FfiLoader = () => Promise<Ffi>;

/** The part of koffi that is used. Its own types give `poll` another callback than it has: it is called with a libuv status first. */
interface Koffi {
  load(path: string | null): { func(name: string, result: string, parameters: string[]): ForeignFunction };
  view(address: bigint, octets: number): ArrayBuffer;
  errno(): number;
  node: {
    poll(
      descriptor: number,
      events: { readable: true },
      callback: (status: number) => void,
    ): {
      start(events: { readable: true }, callback: (status: number) => void): void;
      close(): void;
    };
  };
}

const KOFFI_TYPES: Record<ForeignType, string> = {
  void: 'void',
  i32: 'int32_t',
  u32: 'uint32_t',
  i64: 'int64_t',
  size: 'size_t',
  pointer: 'void *',
  string: 'str',
};

/**
 * The system's functions through koffi.
 * @throws TcplabError `TCPLAB_NO_KOFFI` when koffi is not installed or does not work on this platform
 */
export const loadFfi: FfiLoader = async () => {
  if (process.versions.bun !== undefined) {
    throw new TcplabError('TCPLAB_NO_KOFFI', 'koffi cannot watch descriptors in Bun: use Node for this');
  }
  let koffi: Koffi;
  try {
    koffi = (await import('koffi')).default as unknown as Koffi;
  } catch (error) {
    const reason = String((error as Error).message).split('\n', 1)[0];
    throw new TcplabError(
      'TCPLAB_NO_KOFFI',
      `koffi, which calls the system's own functions, cannot be loaded (${reason}): npm install koffi`,
    );
  }
  return koffiFfi(koffi);
};

function koffiFfi(koffi: Koffi): Ffi {
  const libraries = new Map<ForeignLibrary, ReturnType<Koffi['load']>>();
  return {
    load(name) {
      const library = { name: name ?? 'process' };
      libraries.set(
        library,
        orRefuse(`load ${library.name}`, () => koffi.load(name)),
      );
      return library;
    },
    call(library, symbol, result, parameters) {
      const loaded = libraries.get(library);
      if (loaded === undefined) throw new TcplabError('EINVAL', `${library.name} was not loaded by this Ffi`);
      const types = parameters.map((type) => KOFFI_TYPES[type]);
      return orRefuse(`find ${symbol}`, () => loaded.func(symbol, KOFFI_TYPES[result], types));
    },
    view: (address, octets) => orRefuse('show memory', () => koffi.view(address, octets)),
    errno: () => koffi.errno(),
    poll(descriptor, onEvent) {
      let open = true;
      // koffi calls from outside of Node's event scopes: what is thrown there is lost and promises stay unsettled. An immediate runs in the
      // same turn of the loop, right after the poll phase, as an event of its own.
      const callback = (status: number): void => {
        setImmediate(() => {
          if (open) onEvent(status < 0);
        });
      };
      const handle = koffi.node.poll(descriptor, { readable: true }, callback);
      return {
        resume() {
          if (open) handle.start({ readable: true }, callback);
        },
        close() {
          if (open) handle.close();
          open = false;
        },
      };
    },
  };
}

/** A runtime may lack what koffi needs, as Electron does for memory: that is told like a missing koffi. */
function orRefuse<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new TcplabError('TCPLAB_NO_KOFFI', `koffi cannot ${what} here: ${(error as Error).message}`);
  }
}

/** The name of an error number, `EPERM`. */
export const errorName = (errno: number): string => getSystemErrorName(-errno);
