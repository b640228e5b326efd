/** Linux's TUN and TAP devices: opened, made to last, removed. Not here: their packets (descriptor-channel.ts), their addresses (configure.ts). Read first: Documentation/networking/tuntap.rst of Linux. */
import { closeSync, constants, openSync } from 'node:fs';
import { TcplabError } from '../../core/errors.ts';
import { errorName } from '../ffi.ts';
import { type Calls, check, IFREQ_DATA, interfaceRequest } from './calls.ts';
import type { DeviceOptions } from './contract.ts';
import { noNode, noTun } from './refusal.ts';

const NODE = '/dev/net/tun';

const IFF_TUN = 1;
const IFF_TAP = 2;
const IFF_NO_PI = 0x1000;
const IFF_VNET_HDR = 0x4000;
const TUNSETIFF = 0x400454ca;
const TUNSETPERSIST = 0x400454cb;
const TUNSETOWNER = 0x400454cc;
const TUNSETGROUP = 0x400454ce;
const TUNSETOFFLOAD = 0x400454d0;
const TUNGETIFF = 0x800454d2;

/** TUN_F_CSUM, TSO4, TSO6, TSO_ECN: what the system may leave to us. */
const OFFLOAD = 1 | 2 | 4 | 8;

/** An open device. */
export interface OpenTun {
  readonly descriptor: number;
  /** As the system has it: the number in `tun%d` filled in. */
  readonly name: string;
}

/**
 * Opens the device `name`, which is made unless it is there.
 * @throws TcplabError `EACCES` without the rights, `TCPLAB_NO_TUN` where there are none, `EBUSY` when another program has it, `EINVAL` when a name or a kind does not fit
 */
export function openTun(calls: Calls, name: string, options: DeviceOptions): OpenTun {
  const { kind = 'tun', offload = true, owner, group, persistent, addresses = [] } = options;
  const request = interfaceRequest(name);
  request.writeUInt16LE((kind === 'tap' ? IFF_TAP : IFF_TUN) | IFF_NO_PI | IFF_VNET_HDR, IFREQ_DATA);
  let descriptor: number;
  try {
    descriptor = openSync(NODE, constants.O_RDWR | constants.O_NONBLOCK);
  } catch (error) {
    throw noNode(NODE, name, (error as NodeJS.ErrnoException).code ?? 'unknown');
  }
  try {
    if (Number(calls.ioctl(descriptor, TUNSETIFF, request)) < 0)
      throw noTun(name, kind, errorName(calls.ffi.errno()), addresses);
    check(calls, calls.ioctlNumber(descriptor, TUNSETOFFLOAD, offload ? OFFLOAD : 0), 'TUNSETOFFLOAD');
    if (owner !== undefined) check(calls, calls.ioctlNumber(descriptor, TUNSETOWNER, owner), 'TUNSETOWNER');
    if (group !== undefined) check(calls, calls.ioctlNumber(descriptor, TUNSETGROUP, group), 'TUNSETGROUP');
    if (persistent !== undefined)
      check(calls, calls.ioctlNumber(descriptor, TUNSETPERSIST, persistent ? 1 : 0), 'TUNSETPERSIST');
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return { descriptor, name: nameIn(request) };
}

/**
 * What an inherited descriptor leads to.
 * @throws TcplabError EINVAL when it is no TUN or TAP device with offload headers
 */
export function tunOf(calls: Calls, descriptor: number): { name: string; kind: 'tun' | 'tap' } {
  const request = interfaceRequest('x');
  if (Number(calls.ioctl(descriptor, TUNGETIFF, request)) < 0)
    throw new TcplabError(
      'EINVAL',
      `descriptor ${descriptor} is no TUN or TAP device: ${errorName(calls.ffi.errno())}`,
    );
  const flags = request.readUInt16LE(IFREQ_DATA);
  if ((flags & IFF_VNET_HDR) === 0)
    throw new TcplabError(
      'EINVAL',
      `descriptor ${descriptor} is a device without IFF_VNET_HDR: open it with openDevice`,
    );
  return { name: nameIn(request), kind: flags & IFF_TAP ? 'tap' : 'tun' };
}

function nameIn(request: Buffer): string {
  return request.toString('utf8', 0, IFREQ_DATA).split('\0', 1)[0]!;
}
