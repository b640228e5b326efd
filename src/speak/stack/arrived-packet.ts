/** A packet that IP hands up to TCP, UDP or ICMP. Not here: what makes one good (arriving-frames.ts), what it carries. Read first: RFC 791 §3.1. */
import type { Ipv4 } from '../../wire/address.ts';
import type { Frame } from '../../wire/frame.ts';
import * as ipv4 from '../../wire/ipv4.ts';
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
  source: Ipv4 = 0;
  destination: Ipv4 = 0;
  /** It is for this host alone: no broadcast, no multicast. */
  unicast = false;

  /** Whether its IP header has options. */
  get hasOptions(): boolean {
    return this.at - this.ip > ipv4.HEADER;
  }
}
