/**
 * What lies between two hosts that random programs talk by: a cable, as most tests have it, or by chance one that cuts segments itself and leaves checksums open, a router between links
 * of different abilities, one that translates addresses, two with a link between them that is too short, which says so or cuts packets into fragments. Not here: the programs (conversation.ts).
 */
import { below, chance, type Random, seeded } from '../../src/core/random.ts';
import type { Micros } from '../../src/core/time.ts';
import type { Audit } from '../../src/lab/audit/index.ts';
import {
  Host,
  type HostOptions,
  type Impairment,
  type Interface,
  impair,
  type PipeOptions,
  type Port,
  pipe,
  tap,
} from '../../src/speak/index.ts';
import { WrappedPort } from '../../src/speak/link/wrapped-port.ts';
import { finish, sum } from '../../src/wire/checksum.ts';
import * as ethernet from '../../src/wire/ethernet.ts';
import type { Frame } from '../../src/wire/frame.ts';
import * as ipv4 from '../../src/wire/ipv4.ts';
import { type Network, virtualDriver } from '../network.ts';

/** What a way is made of. */
export interface WayOptions {
  seed: number;
  ipv6: boolean;
  audit: Audit | undefined;
  host: Partial<Omit<HostOptions, 'driver'>>;
  /** What happens to frames, from the client and to it; elsewhere on the way the same happens less often. */
  out: Impairment;
  in: Impairment;
  /** Whether links take long packets, or cut segments, so that much gets through. */
  long: boolean;
  /** Milliseconds of each link. */
  delay: number;
  onFrame: (frame: Frame, now: Micros) => void;
}

/** The hosts, and what can be done there. */
export interface Way extends Network {
  /** Whether either end can begin: a translation lets nobody in. */
  readonly bothWays: boolean;
  /** Whether a forged segment can be put on the cable. */
  readonly bare: boolean;
  /** Whether a router is between them, and the server on another network. */
  readonly apart: boolean;
}

/** A cable and no more. */
export const PLAIN: Pick<Way, 'bothWays' | 'bare' | 'apart'> = { bothWays: true, bare: true, apart: false };

/** The longest packet that there is. */
const LONGEST = 65_535;

/** A link that may cut segments itself, leave checksums open, have no link layer; long or short packets. */
function link(random: Random, delay: number, least: number, long: boolean): PipeOptions {
  const mtu = (long ? 1_400 : least) + below(random, long ? 9_000 : 1_501 - Math.min(least, 1_400));
  const cuts = long || chance(random, 0.6);
  return {
    delay,
    mtu,
    ...(cuts && { gsoMax: chance(random, 0.5) ? LONGEST : mtu + below(random, 20_000) }),
    checksumOffload: chance(random, cuts ? 0.8 : 0.3),
    medium: chance(random, 0.3) ? 'ip' : 'ethernet',
  };
}

/** Lets packets be cut on the way, as boxes do where the errors that tell of long ones do not arrive. */
class CuttingAllowed extends WrappedPort {
  override send(frame: Frame, now: Micros): void {
    const { view, start } = frame;
    const at = this.medium === 'ip' ? start : start + ethernet.HEADER;
    const isIpv4 = this.medium === 'ip' || ethernet.type(view, start) === ethernet.TYPE_IPV4;
    if (isIpv4 && ipv4.version(view, at) === 4) {
      view.setUint16(at + 6, ipv4.flagsAndOffset(view, at) & ~ipv4.DONT_FRAGMENT);
      view.setUint16(at + 10, 0);
      view.setUint16(at + 10, finish(sum(view, at, ipv4.headerLength(view, at))));
    }
    this.inner.send(frame, now);
  }
}

/** What is between: nothing, a router, one that translates, or two with a link between them that is too short for what the ends take each other to take: it says so, or cuts. */
const PLACES = ['cable', 'router', 'hop', 'translation', 'cutting'] as const;

/** Those there are for IPv6. */
const PLACES_6 = PLACES.slice(0, 3);

/** A way, as `random` has it. The client is 10.0.0.1 and fd00::1; the server 10.0.0.2 or, behind a router, 10.0.1.2, and fd00::2 or fd01::2. */
export function way(random: Random, options: WayOptions): Way {
  const { seed, ipv6, audit, onFrame, delay } = options;
  const driver = virtualDriver(seed);
  const place = ipv6 ? PLACES_6[below(random, PLACES_6.length)]! : PLACES[below(random, PLACES.length)]!;
  const isCutting = place === 'cutting';
  const isShort = place === 'hop' || isCutting;
  // An outage, or the end of all: one end is gone for the other.
  const from = chance(random, 0.15) ? below(random, 3_000_000) : Number.POSITIVE_INFINITY;
  const until = chance(random, 0.5) ? from + below(random, 5_000_000) : Number.POSITIVE_INFINITY;
  const drop = (): boolean => driver.now >= from && driver.now < until;
  const least = place === 'cable' && !ipv6 && chance(random, 0.3) ? 68 : ipv6 ? 1_280 : 600;
  const near = link(random, delay, isShort ? 1_400 : least, options.long);
  const [left, right] = pipe(near);
  const tapped = (inner: Port): Port =>
    tap(inner, (frame, now, direction) => direction === 'out' && onFrame(frame, now));
  // A fragment does not tell whether it is damaged: who sees it pass takes it for what it says, and what is put together of it.
  const sound = isCutting ? { corrupt: 0 } : {};
  const line = (what: Impairment): Impairment => ({ ...what, ...sound, drop });
  const bad = { random: seeded(driver.random.next()), out: line(options.out), in: line(options.in) };
  // A host without a frame to put fragments together in drops what its capture shows whole.
  const small = { buffers: 4 << 20, frames: 256, largeFrames: 1_024, ...options.host };
  const client = new Host({ driver, name: 'client', ...small });
  const server = new Host({ driver, name: 'server', ...small });
  audit?.watch(client);
  audit?.watch(server);
  const impaired = impair(left, bad);
  const port = isCutting ? new CuttingAllowed(impaired) : impaired;
  const addresses = (net: number, last: number): string[] => [
    `10.0.${net}.${last}/24`,
    ...(ipv6 ? [`fd0${net}::${last}/64`] : []),
  ];
  const gateway = (net: number, last = 9): string[] => [`10.0.${net}.${last}`, ...(ipv6 ? [`fd0${net}::${last}`] : [])];
  if (place === 'cable') {
    client.plug(tapped(port), { address: addresses(0, 1) });
    server.plug(tapped(right), { address: addresses(0, 2) });
    const bare = near.medium === 'ethernet' && !ipv6;
    return { driver, client, server, port, ...PLAIN, bare };
  }
  const [there, here] = pipe(link(random, below(random, 10), isShort ? 1_400 : least, options.long));
  const worse = seeded(driver.random.next());
  const elsewhere = chance(random, 0.5)
    ? impair(here, { random: worse, out: { loss: 0.02, reorder: 0.05, duplicate: 0.02 }, in: { loss: 0.02 } })
    : here;
  client.plug(tapped(port), { address: addresses(0, 1), gateway: gateway(0) });
  server.plug(tapped(isCutting ? new CuttingAllowed(elsewhere) : elsewhere), {
    address: addresses(1, 2),
    gateway: gateway(1),
  });
  const router = (name: string): Host => new Host({ driver, name, forwarding: true, frames: 256, largeFrames: 1_024 });
  const watched = (host: Host, by: Port, address: string[], gateway?: string[]): Interface => {
    const iface = host.plug(by, { address, ...(gateway && { gateway }) });
    audit?.watchPassing(host, iface);
    return iface;
  };
  const first = router('router');
  watched(first, right, addresses(0, 9));
  if (isShort) {
    const second = router('second router');
    const mtu = ipv6 ? 1_280 + below(random, 100) : isCutting ? 100 + below(random, 900) : 552 + below(random, 500);
    const [one, other] = pipe({ mtu, delay: below(random, 5) });
    watched(first, one, addresses(2, 1), gateway(2, 2));
    watched(second, other, addresses(2, 2), gateway(2, 1));
    watched(second, there, addresses(1, 9));
  } else {
    const outside = watched(first, there, addresses(1, 9));
    if (place === 'translation') first.forwarding!.translate(outside);
  }
  return { driver, client, server, port, bothWays: place !== 'translation', bare: false, apart: true };
}
