/** A packet that IP hands up to TCP, UDP or ICMP. Not here: what makes one good (arriving-frames.ts, arriving-ipv6.ts), what it carries. Read first: RFC 791 §3.1, RFC 8200 §3. */
import { halves } from '../../wire/checksum.ts';
import type { Frame } from '../../wire/frame.ts';
import type { IpAddress } from '../../wire/ip-address.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import type { Interface } from './interface.ts';

/** A packet that has arrived. A host has one of these and fills it again for each: it holds until the call that brings it returns. */
export class ArrivedPacket {
  /** What it came by. */
  iface!: Interface;
  /** The frame it stands in: its IP header at `ip`, its payload in `[at, end)`. */
  frame!: Frame;
  ip = 0;
  at = 0;
  end = 0;
  /** Both of one version. */
  source: IpAddress = 0;
  destination: IpAddress = 0;
  /** The sum of their words, for the pseudo-header. */
  addressSum = 0;
  /** It is for this host alone: no broadcast, no multicast. */
  unicast = false;

  /** Whether its IP header has options, which only IPv4's does. */
  get hasOptions(): boolean {
    return this.at - this.ip > ipv4.HEADER && typeof this.source === 'number';
  }

  /** The Differentiated Services field and ECN. */
  get typeOfService(): number {
    const { view } = this.frame;
    return typeof this.source === 'number' ? ipv4.typeOfService(view, this.ip) : ipv6.trafficClass(view, this.ip);
  }

  /** The partial sum of the pseudo-header for `length` octets of payload (RFC 9293 §3.1, RFC 8200 §8.1). */
  pseudoHeader(protocol: number, length: number): number {
    return this.addressSum + protocol + halves(length);
  }
}
