/** Fields of ARP and IPv4: arp.*, ip.* */
import { formatIpv4 } from '../../../wire/address.ts';
import * as arp from '../../../wire/arp.ts';
import * as ipv4 from '../../../wire/ipv4.ts';
import type { DuplicateAddress } from '../address-owners.ts';
import {
  type ArpPurpose,
  arpPurpose,
  DYNAMIC_ERROR,
  isEthernetArp,
  isIpv4Arp,
  senderProtocolAt,
  targetHardwareAt,
  targetProtocolAt,
} from '../arp-message.ts';
import { type Dissection, has, viewOf } from '../dissection.ts';
import type { Field, FieldType, FieldValue } from '../field.ts';
import { PROTOCOL } from '../protocol.ts';
import { IPV4_CHECKSUM } from './checksum-status.ts';
import { fragmentFields } from './fragments.ts';
import { eitherField, headerField, hex, layerField, mark, octetsAt, protocolField, type Read } from './kinds.ts';

const IP = PROTOCOL.IPV4;
const IP6 = PROTOCOL.IPV6;
const ARP = PROTOCOL.ARP;

const source4: Read = (view, at) => ipv4.source(view, at) >>> 0;
const destination4: Read = (view, at) => ipv4.destination(view, at) >>> 0;
/** ip.len: the header's word; for an offload packet, whose word is zero, the octets that there are. */
export function totalLength(dissection: Dissection, layer: number): number {
  const at = dissection.starts[layer]!;
  return ipv4.totalLength(viewOf(dissection, layer), at) || dissection.wireEnds[layer]! - at;
}

const flag4 =
  (mask: number): Read =>
  (view, at) =>
    (ipv4.flagsAndOffset(view, at) & mask) !== 0;

/** ip.* */
export const IPV4_FIELDS: readonly Field[] = [
  protocolField(IP, 'ip', 'Internet Protocol Version 4'),
  {
    // One field for both: `ip.version == 6` finds IPv6.
    ...headerField(IP, 'ip.version', 'unsigned', 'Version', 0, 1, ipv4.version),
    header: undefined,
    collect(dissection, into) {
      for (let layer = 0; layer < dissection.depth; layer++) {
        const protocol = dissection.protocols[layer];
        if ((protocol === IP || protocol === IP6) && has(dissection, layer, 0, 1))
          into.push(ipv4.version(viewOf(dissection, layer), dissection.starts[layer]!));
      }
    },
  },
  headerField(IP, 'ip.hdr_len', 'unsigned', 'Header Length', 0, 1, ipv4.headerLength),
  headerField(
    IP,
    'ip.dsfield',
    'unsigned',
    'Differentiated Services Field',
    1,
    1,
    (view, at) => view.getUint8(at + 1),
    hex(2),
  ),
  headerField(IP, 'ip.dsfield.dscp', 'unsigned', 'Differentiated Services Codepoint', 1, 1, ipv4.dscp),
  headerField(IP, 'ip.dsfield.ecn', 'unsigned', 'Explicit Congestion Notification', 1, 1, ipv4.ecn),
  layerField(IP, 'ip.len', 'unsigned', 'Total Length', (dissection, layer, into) => {
    if (has(dissection, layer, 2, 2)) into.push(totalLength(dissection, layer));
  }),
  headerField(IP, 'ip.id', 'unsigned', 'Identification', 4, 2, ipv4.identification, hex(4)),
  headerField(IP, 'ip.flags', 'unsigned', 'Flags', 6, 1, (view, at) => view.getUint8(at + 6) >>> 5, hex(2)),
  headerField(IP, 'ip.flags.rb', 'boolean', 'Reserved bit', 6, 1, (view, at) => view.getUint8(at + 6) >= 0x80),
  headerField(IP, 'ip.flags.df', 'boolean', "Don't fragment", 6, 2, flag4(ipv4.DONT_FRAGMENT)),
  headerField(IP, 'ip.flags.mf', 'boolean', 'More fragments', 6, 2, flag4(ipv4.MORE_FRAGMENTS)),
  // In units of eight octets, as Wireshark counts it.
  headerField(
    IP,
    'ip.frag_offset',
    'unsigned',
    'Fragment Offset',
    6,
    2,
    (view, at) => ipv4.fragmentOffset(view, at) / 8,
  ),
  headerField(IP, 'ip.ttl', 'unsigned', 'Time to Live', 8, 1, ipv4.timeToLive),
  headerField(IP, 'ip.proto', 'unsigned', 'Protocol', 9, 1, ipv4.protocol),
  headerField(IP, 'ip.checksum', 'unsigned', 'Header Checksum', 10, 2, ipv4.checksum, hex(4)),
  ...IPV4_CHECKSUM,
  headerField(IP, 'ip.src', 'ipv4', 'Source Address', 12, 4, source4),
  headerField(IP, 'ip.dst', 'ipv4', 'Destination Address', 16, 4, destination4),
  eitherField(IP, 'ip.addr', 'ipv4', 'Source or Destination Address', 4, [12, source4], [16, destination4]),
  eitherField(
    IP,
    'ip.host',
    'string',
    'Source or Destination Host',
    4,
    [12, (view, at) => formatIpv4(ipv4.source(view, at))],
    [16, (view, at) => formatIpv4(ipv4.destination(view, at))],
  ),
  headerField(IP, 'ip.src_host', 'string', 'Source Host', 12, 4, (view, at) => formatIpv4(ipv4.source(view, at))),
  headerField(IP, 'ip.dst_host', 'string', 'Destination Host', 16, 4, (view, at) =>
    formatIpv4(ipv4.destination(view, at)),
  ),
  ...fragmentFields(IP, 'ip', 'IPv4', 'octets', 'reassembled_in'),
];

/** A hardware address, where it is one of Ethernet. */
const arpHardware = (name: string, title: string, place: (view: DataView, at: number) => number): Field =>
  layerField(ARP, name, 'mac', title, (dissection, layer, into) => {
    const view = viewOf(dissection, layer);
    if (isEthernetArp(dissection, layer)) into.push(octetsAt(view, place(view, dissection.starts[layer]!), 6));
  });

/** A protocol address, where it is one of IPv4. */
const arpProtocol = (name: string, title: string, place: (view: DataView, at: number) => number): Field =>
  layerField(ARP, name, 'ipv4', title, (dissection, layer, into) => {
    const view = viewOf(dissection, layer);
    const at = dissection.starts[layer]!;
    if (!isIpv4Arp(dissection, layer)) return;
    // What stands for the target in an error of dynamic RARP is its cause (RFC 1931).
    if (place === targetProtocolAt && arp.operation(view, at) === DYNAMIC_ERROR) return;
    into.push(view.getUint32(place(view, at)));
  });

/** What a message is for besides asking and answering: present only where it is that. */
const purposeField = (name: string, title: string, ...purposes: ArpPurpose[]): Field =>
  mark(
    layerField(ARP, name, 'boolean', title, (dissection, layer, into) => {
      const purpose = dissection.problems[layer] === 0 ? arpPurpose(dissection, layer) : undefined;
      if (purpose !== undefined && purposes.includes(purpose)) into.push(true);
    }),
  );

/** What is known of each address that is claimed for another than its owner. */
const duplicateField = (
  name: string,
  type: FieldType,
  title: string,
  read: (one: DuplicateAddress) => FieldValue,
): Field =>
  layerField(ARP, name, type, title, ({ duplicateAddresses }, _, into) => {
    for (const one of duplicateAddresses) into.push(read(one));
  });

/** arp.* */
export const ARP_FIELDS: readonly Field[] = [
  protocolField(ARP, 'arp', 'Address Resolution Protocol'),
  headerField(ARP, 'arp.hw.type', 'unsigned', 'Hardware type', 0, 2, arp.hardwareType),
  headerField(ARP, 'arp.proto.type', 'unsigned', 'Protocol type', 2, 2, arp.protocolType, hex(4)),
  headerField(ARP, 'arp.hw.size', 'unsigned', 'Hardware size', 4, 1, arp.hardwareSize),
  headerField(ARP, 'arp.proto.size', 'unsigned', 'Protocol size', 5, 1, arp.protocolSize),
  headerField(ARP, 'arp.opcode', 'unsigned', 'Opcode', 6, 2, arp.operation),
  purposeField('arp.isgratuitous', 'Is gratuitous', 'gratuitous', 'announcement'),
  purposeField('arp.isprobe', 'Is probe', 'probe'),
  purposeField('arp.isannouncement', 'Is announcement', 'announcement'),
  arpHardware('arp.src.hw_mac', 'Sender MAC address', (_, at) => arp.senderHardwareAt(at)),
  arpProtocol('arp.src.proto_ipv4', 'Sender IP address', senderProtocolAt),
  arpHardware('arp.dst.hw_mac', 'Target MAC address', targetHardwareAt),
  arpProtocol('arp.dst.proto_ipv4', 'Target IP address', targetProtocolAt),
  mark(duplicateField('arp.duplicate-address-detected', 'boolean', 'Duplicate IP address configured', () => true)),
  duplicateField(
    'arp.duplicate-address-frame',
    'unsigned',
    'Frame showing earlier use of IP address',
    ({ frame }) => frame,
  ),
  duplicateField(
    'arp.seconds-since-duplicate-address-frame',
    'unsigned',
    'Seconds since earlier frame seen',
    ({ seconds }) => seconds,
  ),
];
