import { expect, test } from 'vitest';
import { needs } from '../../test/needs.ts';
import { TcplabError } from '../core/errors.ts';
import { errorName, type Ffi, loadFfi } from './ffi.ts';

/** koffi is optional: without it there is nothing to test here. */
async function optionalFfi(): Promise<Ffi | undefined> {
  try {
    return await loadFfi();
  } catch (error) {
    expect(error).toBeInstanceOf(TcplabError);
    return undefined;
  }
}

const ffi = await optionalFfi();
const onLinux =
  ffi === undefined ? (name: string) => test.skip(`${name} (needs koffi)`, () => {}) : needs({ tools: ['ip'] });

onLinux("a function of the C library is called, and its error is the system's", () => {
  const c = ffi!.load(null);
  expect(ffi!.call(c, 'getpid', 'i32', [])()).toBe(process.pid);
  expect(ffi!.call(c, 'close', 'i32', ['i32'])(-1)).toBe(-1);
  expect(errorName(ffi!.errno())).toBe('EBADF');
});

onLinux('memory of the system is seen through a view', () => {
  const c = ffi!.load(null);
  const calloc = ffi!.call(c, 'calloc', 'pointer', ['size', 'size']);
  const memset = ffi!.call(c, 'memset', 'pointer', ['pointer', 'i32', 'size']);
  const address = BigInt(calloc(1, 16)!);
  const bytes = new Uint8Array(ffi!.view(address, 16));
  expect(bytes[3]).toBe(0);
  memset(address, 7, 8);
  expect([...bytes]).toEqual([...Array(8).fill(7), ...Array(8).fill(0)]);
});

onLinux('a descriptor is watched until the watch is closed, and promises settled by it go on', async () => {
  const c = ffi!.load(null);
  const ends = new Int32Array(2);
  expect(ffi!.call(c, 'pipe', 'i32', ['pointer'])(ends)).toBe(0);
  const [readEnd, writeEnd] = [ends[0]!, ends[1]!];
  const close = ffi!.call(c, 'close', 'i32', ['i32']);
  let events = 0;
  await new Promise<void>((resolve) => {
    const watch = ffi!.poll(readEnd, () => {
      events++;
      watch.close();
      resolve();
    });
    ffi!.call(c, 'write', 'i64', ['i32', 'pointer', 'size'])(writeEnd, Uint8Array.of(1), 1);
  });
  close(readEnd);
  close(writeEnd);
  expect(events).toBe(1);
});

onLinux('a function that does not exist is told by its name', () => {
  expect(() => ffi!.call(ffi!.load(null), 'no_such_function', 'i32', [])).toThrow(/no_such_function/);
  expect(() => ffi!.call({ name: 'stranger' }, 'getpid', 'i32', [])).toThrow(/stranger/);
});
