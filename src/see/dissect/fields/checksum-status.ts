/**
 * What is known of a checksum: ip.checksum.status, tcp.checksum_calculated ... As Wireshark does unless told otherwise, those of ICMP are verified, and those of IPv4, TCP and UDP are only
 * where a dissector is asked to (`DissectorOptions.checksums`): a machine's own packets are captured before its network card has filled them in.
 */

import * as udp from '../../../wire/udp.ts';
import { icmpChecksum, ipv4Checksum, tcpChecksum, udpChecksum } from '../checksums.ts';
import { type Dissection, has, viewOf } from '../dissection.ts';
import type { Field } from '../field.ts';
import { isOverIpv6 } from '../layers/transport.ts';
import { PROTOCOL, type ProtocolId } from '../protocol.ts';
import { hex, layerField, mark } from './kinds.ts';

/** The values. */
export const CHECKSUM = { BAD: 0, GOOD: 1, UNVERIFIED: 2, NOT_PRESENT: 3, ILLEGAL: 4 } as const;

/** Their names in filters. */
export const CHECKSUM_NAMES: readonly string[] = ['Bad', 'Good', 'Unverified', 'Not present', 'Illegal'];

/** What a layer's checksum should be: -1 when that cannot be told, or is not asked. */
export type RightChecksum = (dissection: Dissection, layer: number) => number;

/** Only where a dissector verifies them. */
const whereAsked =
  (right: RightChecksum): RightChecksum =>
  (dissection, layer) =>
    dissection.verifiesChecksums ? right(dissection, layer) : -1;

/** A protocol with a checksum, by its name in filters. */
export type Summed = 'ip' | 'tcp' | 'udp' | 'icmp' | 'icmpv6';

/** Where in a protocol's header its checksum stands, and what it should be. */
interface Checksum {
  readonly protocol: ProtocolId;
  readonly offset: number;
  readonly right: RightChecksum;
}

const CHECKSUMS: Readonly<Record<Summed, Checksum>> = {
  ip: { protocol: PROTOCOL.IPV4, offset: 10, right: whereAsked(ipv4Checksum) },
  tcp: { protocol: PROTOCOL.TCP, offset: 16, right: whereAsked(tcpChecksum) },
  udp: { protocol: PROTOCOL.UDP, offset: 6, right: whereAsked(udpChecksum) },
  icmp: { protocol: PROTOCOL.ICMP, offset: 2, right: icmpChecksum },
  icmpv6: { protocol: PROTOCOL.ICMPV6, offset: 2, right: icmpChecksum },
};

/** What the checksum of a layer should be: the one it has, when that is right; -1 when it cannot be told, is not asked or was not captured. */
export function checksumOf(name: Summed, dissection: Dissection, layer: number): number {
  const { offset, right } = CHECKSUMS[name];
  return has(dissection, layer, offset, 2) ? right(dissection, layer) : -1;
}

/** The checksum that a layer should have in place of its own, which is wrong; -1 when it is right, or nobody knows. */
export function correctedChecksum(name: Summed, dissection: Dissection, layer: number): number {
  const right = checksumOf(name, dissection, layer);
  if (right < 0) return -1;
  return right === viewOf(dissection, layer).getUint16(dissection.starts[layer]! + CHECKSUMS[name].offset) ? -1 : right;
}

/** Whether a checksum is right. */
function statusOf(name: Summed, dissection: Dissection, layer: number): number {
  if (checksumOf(name, dissection, layer) < 0) return CHECKSUM.UNVERIFIED;
  return correctedChecksum(name, dissection, layer) < 0 ? CHECKSUM.GOOD : CHECKSUM.BAD;
}

/** Of zero it depends on the network whether that is no checksum, or a wrong one. */
function udpStatus(dissection: Dissection, layer: number): number {
  if (udp.checksum(viewOf(dissection, layer), dissection.starts[layer]!) !== 0)
    return statusOf('udp', dissection, layer);
  return isOverIpv6(dissection, layer) ? CHECKSUM.ILLEGAL : CHECKSUM.NOT_PRESENT;
}

/** What is known of a protocol's checksum, what it should be, and whether it is wrong, where the checksum was captured. */
function fieldsOf(name: Summed, title: string, bad: string, status = statusOf.bind(undefined, name)): Field[] {
  const { protocol, offset } = CHECKSUMS[name];
  const fields = [
    layerField(protocol, `${name}.checksum.status`, 'unsigned', title, (dissection, layer, into) => {
      if (has(dissection, layer, offset, 2)) into.push(status(dissection, layer));
    }),
    mark(
      layerField(protocol, bad, 'boolean', 'Bad checksum', (dissection, layer, into) => {
        if (correctedChecksum(name, dissection, layer) >= 0) into.push(true);
      }),
    ),
  ];
  if (protocol === PROTOCOL.ICMP || protocol === PROTOCOL.ICMPV6) return fields;
  const calculated = layerField(
    protocol,
    `${name}.checksum_calculated`,
    'unsigned',
    'Calculated Checksum',
    (dissection, layer, into) => {
      const right = checksumOf(name, dissection, layer);
      if (right >= 0) into.push(right);
    },
    hex(4),
  );
  return [...fields, calculated];
}

export const IPV4_CHECKSUM: readonly Field[] = fieldsOf('ip', 'Header checksum status', 'ip.checksum_bad.expert');
export const TCP_CHECKSUM: readonly Field[] = fieldsOf('tcp', 'Checksum Status', 'tcp.checksum_bad.expert');
export const UDP_CHECKSUM: readonly Field[] = fieldsOf('udp', 'Checksum Status', 'udp.checksum.bad', udpStatus);
export const ICMP_CHECKSUM: readonly Field[] = fieldsOf('icmp', 'Checksum Status', 'icmp.checksum_bad');
export const ICMPV6_CHECKSUM: readonly Field[] = fieldsOf('icmpv6', 'Checksum Status', 'icmpv6.checksum_bad.expert');
