/** What the errors of a descriptor mean: the end of a device, one packet less, or nothing. */
import { expect, test } from 'vitest';
import type { Watch } from '../ffi.ts';
import type { Calls } from './calls.ts';
import { DescriptorChannel } from './descriptor-channel.ts';
import { Device } from './device.ts';

/** A device whose every read answers `result`, with that errno. */
function deviceThat(result: number, errno: number) {
  let onEvent = (_inError: boolean): void => {};
  const watch: Watch = { resume: () => {}, close: () => {} };
  const calls = {
    ffi: {
      errno: () => errno,
      poll: (_descriptor: number, event: (inError: boolean) => void) => {
        onEvent = event;
        return watch;
      },
    },
    memmove: () => 0,
    read: () => result,
    close: () => 0,
  } as unknown as Calls;
  const device = new Device(new DescriptorChannel(calls, 3, { name: 'x0', kind: 'packet', mtu: 1_500, offload: true }));
  let isGone = false;
  void device.gone.then(() => {
    isGone = true;
  });
  /** Reads once, as when the descriptor has become readable. */
  const read = async () => {
    onEvent(false);
    expect(device.port.receive(0)).toBeUndefined();
    await Promise.resolve();
    return { isGone, lost: device.counters.lost };
  };
  return read;
}

test.each([
  ['EBADF', 9],
  ['EBADFD', 77],
  ['ENODEV', 19],
  ['ENXIO', 6],
])('%s: the device is gone', async (_name, errno) => {
  expect(await deviceThat(-1, errno)()).toEqual({ isGone: true, lost: 0 });
});

test('so it is at the end of the file', async () => {
  expect(await deviceThat(0, 0)()).toEqual({ isGone: true, lost: 0 });
});

test.each([
  ['EINVAL', 22],
  ['ENOMEM', 12],
  ['ENOBUFS', 105],
  ['EIO', 5],
  ['EFAULT', 14],
])('%s: one packet is lost, and counted', async (_name, errno) => {
  const read = deviceThat(-1, errno);
  expect(await read()).toEqual({ isGone: false, lost: 1 });
  expect(await read()).toEqual({ isGone: false, lost: 2 });
});

test.each([
  ['EAGAIN', 11],
  ['EINTR', 4],
  ['ENETDOWN', 100],
])('%s: nothing waits', async (_name, errno) => {
  expect(await deviceThat(-1, errno)()).toEqual({ isGone: false, lost: 0 });
});
