/** Devices of Linux: TUN, TAP, and interfaces by a packet socket. */

import { TcplabError } from '../../core/errors.ts';
import { wholeNumber } from '../../core/ranges.ts';
import { loadFfi } from '../ffi.ts';
import { type Calls, callsOf, interfaceState } from './calls.ts';
import { configure } from './configure.ts';
import type { Channel, DeviceKind, DeviceOptions, OpenChannel } from './contract.ts';
import { DescriptorChannel } from './descriptor-channel.ts';
import { openPacket } from './packet.ts';
import { noSuchInterface } from './refusal.ts';
import { openTun, tunOf } from './tun.ts';

const KINDS: readonly string[] = ['tun', 'tap', 'packet'];

/** A packet and its Ethernet header fit a device's largest frame. */
const MOST_MTU = 65_521;

export const openLinuxChannel: OpenChannel = async (name, options) => {
  const { kind = 'tun', mtu, queue, offload = true } = options;
  if (!KINDS.includes(kind))
    throw new TcplabError('EINVAL', `a device is of the kind ${KINDS.join(', ')}, not ${String(kind)}`);
  if (mtu !== undefined) wholeNumber("a device's mtu", mtu, 68, MOST_MTU);
  if (queue !== undefined) wholeNumber("a device's queue", queue, 1, 100_000);
  const calls = callsOf(await loadFfi());
  if (kind === 'packet') return openInterface(calls, name, options);
  const opened = openTun(calls, name, options);
  try {
    const set = configure(calls, opened.name, options);
    return new DescriptorChannel(calls, opened.descriptor, { name: opened.name, kind, mtu: set, offload });
  } catch (error) {
    calls.close(opened.descriptor);
    throw error;
  }
};

function openInterface(calls: Calls, name: string, options: DeviceOptions): Channel {
  const { descriptor, mtu } = openPacket(calls, name);
  try {
    // The interface is the machine's own: it is changed only where that was asked for.
    const asks = options.mtu !== undefined || options.addresses !== undefined || options.routes !== undefined;
    const set = asks || interfaceState(calls, name)?.up === false ? configure(calls, name, options) : mtu;
    return new DescriptorChannel(calls, descriptor, {
      name,
      kind: 'packet',
      mtu: Math.min(set, MOST_MTU),
      offload: options.offload ?? true,
    });
  } catch (error) {
    calls.close(descriptor);
    throw error;
  }
}

/** What the receiver of a descriptor has to be told of it. */
export interface DescriptorFacts {
  readonly descriptor: number;
  readonly name: string;
  readonly kind: DeviceKind;
  readonly offload: boolean;
}

/** The channel of a descriptor that was opened by another process and inherited. Dies with that one. @throws TcplabError EINVAL when it is none */
export async function inheritedChannel({ descriptor, name, kind, offload }: DescriptorFacts): Promise<Channel> {
  const calls = callsOf(await loadFfi());
  if (kind !== 'packet') {
    const found = tunOf(calls, descriptor);
    if (found.kind !== kind || found.name !== name)
      throw new TcplabError(
        'EINVAL',
        `descriptor ${descriptor} is ${found.kind} ${found.name}, and was said to be ${kind} ${name}`,
      );
  }
  const state = interfaceState(calls, name);
  if (state === undefined) throw noSuchInterface(name);
  calls.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  return new DescriptorChannel(calls, descriptor, { name, kind, mtu: Math.min(state.mtu, MOST_MTU), offload });
}

const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;

/** Removes a persistent device. @throws TcplabError as `openTun` */
export async function removeLinuxDevice(name: string, kind: 'tun' | 'tap'): Promise<void> {
  const calls = callsOf(await loadFfi());
  if (interfaceState(calls, name) === undefined) throw noSuchInterface(name);
  const { descriptor } = openTun(calls, name, { kind, persistent: false });
  calls.close(descriptor);
}
