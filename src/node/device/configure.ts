/** Gives a device what it is to have on the system's side: MTU, queue, addresses, routes, and up. What it has already is not asked for again, so that one set up beforehand needs no rights. */
import { type Calls, interfaceState } from './calls.ts';
import type { DeviceOptions } from './contract.ts';
import { Netlink, NetlinkRefusal, readPrefix } from './netlink.ts';
import { noConfiguration } from './refusal.ts';

const QUEUE = 4_096;

/**
 * Sets `name` up and answers its MTU.
 * @throws TcplabError `EACCES` without the rights, `EINVAL` when an address is none
 */
export function configure(calls: Calls, name: string, options: DeviceOptions): number {
  const { mtu, addresses = [], routes = [], queue = QUEUE } = options;
  const before = interfaceState(calls, name)!;
  const netlink = new Netlink(calls);
  const { index } = before;
  const wanted = mtu ?? before.mtu;
  const had = netlink.addresses(index);
  const missing = addresses.filter((address) => {
    const { octets, length } = readPrefix(address);
    return !had.some((one) => one.length === length && one.octets.equals(octets));
  });
  const changes = before.mtu !== wanted || !before.up;
  try {
    // The queue alone is worth no refusal: a device that was set up beforehand keeps its own.
    if (changes) {
      netlink.setLink(index, { mtu: wanted, queue });
      for (const address of missing) netlink.addAddress(index, address);
      netlink.setLink(index, { up: true });
    } else for (const address of missing) netlink.addAddress(index, address);
    for (const { to, via } of routes) onceOnly(() => netlink.addRoute(index, to, via));
  } catch (error) {
    if (!(error instanceof NetlinkRefusal) || (error.reason !== 'EPERM' && error.reason !== 'EACCES')) throw error;
    throw noConfiguration(name, error.message, [
      ...missing.map((address) => `sudo ip address add ${address} dev ${name}`),
      ...(changes ? [`sudo ip link set ${name} mtu ${wanted} up`] : []),
      ...routes.map(({ to, via }) => `sudo ip route add ${to}${via === undefined ? '' : ` via ${via}`} dev ${name}`),
    ]);
  }
  return wanted;
}

/** A route that is there is what was asked for. */
function onceOnly(change: () => void): void {
  try {
    change();
  } catch (error) {
    if (!(error instanceof NetlinkRefusal) || error.reason !== 'EEXIST') throw error;
  }
}
