/**
 * Source routes: the gateways that a connection's packets go through, given by its program or taken, turned around, from the packets that arrive. Read first:
 * RFC 9293 §3.9.2.1; RFC 791 §3.1 (source route options); RFC 1122 §3.2.1.8. Not here: how the option looks (wire/ipv4-options.ts).
 */
import { TcplabError } from '../../core/errors.ts';
import { type Ipv4, parseIpv4 } from '../../wire/address.ts';
import * as options from '../../wire/ipv4-options.ts';
import type { SourceRouteOption } from '../tcp/index.ts';

/** A way through gateways. */
export class SourceRoute {
  /** Whether packets may pass through these only, each next to the one before. */
  readonly strict: boolean;
  /** Gateways in the order in which they are passed, one at least. */
  readonly hops: readonly Ipv4[];

  constructor(strict: boolean, hops: readonly Ipv4[]) {
    this.strict = strict;
    this.hops = hops;
  }

  /** Where packets go first. */
  get first(): Ipv4 {
    return this.hops[0]!;
  }

  /** Octets that the option adds to each IP header. */
  get length(): number {
    return options.routeLength(this.hops.length);
  }

  /** Whether the other one is the same way. */
  equals(other: SourceRoute | undefined): boolean {
    return (
      other !== undefined &&
      other.strict === this.strict &&
      other.hops.length === this.hops.length &&
      this.hops.every((hop, i) => hop === other.hops[i])
    );
  }

  /** Writes the option for a packet to `final`; returns where the payload begins. */
  emit(view: DataView, at: number, final: Ipv4): number {
    return options.emitSourceRoute(view, at, this.strict, this.hops, final);
  }
}

/**
 * The route that a program asks for.
 * @throws TcplabError EINVAL when it is none
 */
export function sourceRoute({ via, strict = false }: SourceRouteOption): SourceRoute {
  if (via.length < 1 || via.length > options.MAX_ROUTE)
    throw new TcplabError('EINVAL', `a source route has 1 to ${options.MAX_ROUTE} gateways, not ${via.length}`);
  return new SourceRoute(strict, via.map(parseIpv4));
}

/**
 * The way back along the completed source route of the packet at `at`, whose payload begins at `payload`; undefined when it has none.
 * @param source whom the packet is from: some write themselves down as the first gateway (RFC 1122 §3.2.1.8, case B)
 */
export function returnRoute(view: DataView, at: number, payload: number, source: Ipv4): SourceRoute | undefined {
  const route = options.findSourceRoute(view, at, payload);
  if (route < 0 || !options.isRouteDone(view, route)) return undefined;
  const hops: Ipv4[] = [];
  for (let i = options.routeCount(view, route) - 1; i >= 0; i--) hops.push(options.routeAddress(view, route, i));
  if (hops.at(-1) === source) hops.pop();
  return hops.length === 0 ? undefined : new SourceRoute(options.isStrict(view, route), hops);
}
