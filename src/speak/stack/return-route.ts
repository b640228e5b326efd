/**
 * The way back: a connection that others opened by way of gateways answers through the same, whichever they are by now. Not here: what a route is (source-route.ts).
 * Read first: RFC 9293 §3.9.2.1.
 */
import type { Ipv4 } from '../../wire/address.ts';
import * as wire from '../../wire/tcp.ts';
import * as tcp from '../tcp/index.ts';
import type { ArrivedPacket } from './arrived-packet.ts';
import type { Connection } from './connection.ts';
import type { Host } from './host.ts';
import type { Interface } from './interface.ts';
import { returnRoute, type SourceRoute } from './source-route.ts';

/** What the way back needs to know of a host: which addresses can be gateways', and where they are. */
export type Surroundings = Pick<Host, 'interfaceTowards' | 'isLocal' | 'isUnicast'>;

/** `connection` goes through gateways from now on, the first of them reached by `iface`. */
export function setRoute(connection: Connection, route: SourceRoute, iface: Interface): void {
  connection.route = route;
  connection.iface = iface;
  connection.nextHop = iface.nextHop(route.first);
  tcp.setIpOptions(connection.tcb, route.length);
}

/** The source route of a packet turned around; undefined when it has none, or its first gateway can be none. */
export function wayBack(packet: ArrivedPacket, host: Surroundings): SourceRoute | undefined {
  const route = returnRoute(packet.frame.view, packet.ip, packet.at, packet.source as Ipv4);
  return route === undefined || !host.isUnicast(route.first) || host.isLocal(route.first) ? undefined : route;
}

/** A segment for a connection has come with IP options: perhaps another way back. Only from one that is next, and acknowledges what is in flight: no stranger is to turn it. */
export function takeRoute(
  connection: Connection,
  packet: ArrivedPacket,
  { seq, ack, flags }: tcp.IncomingSegment,
  host: Surroundings,
): void {
  const { tcb } = connection;
  //= RFC 9293 §3.9.2.1 MUST-52: the way that our program has given stays
  if (!tcb.passive || seq !== tcb.rcv.nxt || (flags & (wire.ACK | wire.RST)) !== wire.ACK) return;
  if (((ack - tcb.snd.una) | 0) < 0 || ((ack - tcb.snd.nxt) | 0) > 0) return;
  const route = wayBack(packet, host);
  if (route === undefined || route.equals(connection.route)) return;
  //= RFC 9293 §3.9.2.1 SHLD-24
  setRoute(connection, route, host.interfaceTowards(route.first, connection.iface));
}
