/**
 * What is known of a checksum: ip.checksum.status, tcp.checksum.status ... As Wireshark does unless told otherwise, those of ICMP are verified, and those of IPv4, TCP and UDP are not: a
 * machine's own packets are captured before its network card has filled them in.
 */

import * as udp from '../../../wire/udp.ts';
import { type Dissection, has, viewOf } from '../dissection.ts';
import type { Field } from '../field.ts';
import { icmpChecksum } from '../icmp-checksum.ts';
import { isOverIpv6 } from '../layers/transport.ts';
import { PROTOCOL, type ProtocolId } from '../protocol.ts';
import { layerField } from './kinds.ts';

/** The values. */
export const CHECKSUM = { BAD: 0, GOOD: 1, UNVERIFIED: 2, NOT_PRESENT: 3, ILLEGAL: 4 } as const;

/** Their names in filters. */
export const CHECKSUM_NAMES: readonly string[] = ['Bad', 'Good', 'Unverified', 'Not present', 'Illegal'];

/** A status where the checksum, at `offset`, was captured. */
const statusField = (
  protocol: ProtocolId,
  name: string,
  title: string,
  offset: number,
  status: (dissection: Dissection, layer: number) => number,
): Field =>
  layerField(protocol, name, 'unsigned', title, (dissection, layer, into) => {
    if (has(dissection, layer, offset, 2)) into.push(status(dissection, layer));
  });

/** Whether the checksum of a message is right. */
function icmpStatus(dissection: Dissection, layer: number): number {
  const right = icmpChecksum(dissection, layer);
  if (right < 0) return CHECKSUM.UNVERIFIED;
  return right === viewOf(dissection, layer).getUint16(dissection.starts[layer]! + 2) ? CHECKSUM.GOOD : CHECKSUM.BAD;
}

/** Of zero it depends on the network whether that is no checksum, or a wrong one. */
function udpStatus(dissection: Dissection, layer: number): number {
  if (udp.checksum(viewOf(dissection, layer), dissection.starts[layer]!) !== 0) return CHECKSUM.UNVERIFIED;
  return isOverIpv6(dissection, layer) ? CHECKSUM.ILLEGAL : CHECKSUM.NOT_PRESENT;
}

const unverified = (): number => CHECKSUM.UNVERIFIED;

export const IPV4_CHECKSUM_STATUS: Field = statusField(
  PROTOCOL.IPV4,
  'ip.checksum.status',
  'Header checksum status',
  10,
  unverified,
);
export const TCP_CHECKSUM_STATUS: Field = statusField(
  PROTOCOL.TCP,
  'tcp.checksum.status',
  'Checksum Status',
  16,
  unverified,
);
export const UDP_CHECKSUM_STATUS: Field = statusField(
  PROTOCOL.UDP,
  'udp.checksum.status',
  'Checksum Status',
  6,
  udpStatus,
);
export const ICMP_CHECKSUM_STATUS: Field = statusField(
  PROTOCOL.ICMP,
  'icmp.checksum.status',
  'Checksum Status',
  2,
  icmpStatus,
);
export const ICMPV6_CHECKSUM_STATUS: Field = statusField(
  PROTOCOL.ICMPV6,
  'icmpv6.checksum.status',
  'Checksum Status',
  2,
  icmpStatus,
);
