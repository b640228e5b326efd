/** Fields of IPv6 and its extension headers: ipv6.*, ah.* */
import { formatIpv6, writeIpv6 } from '../../../wire/address.ts';
import * as ipv6 from '../../../wire/ipv6.ts';
import * as extension from '../../../wire/ipv6-extension.ts';
import * as extensions from '../../../wire/ipv6-extensions.ts';
import { type Field, written } from '../field.ts';
import { PROTOCOL, type ProtocolId } from '../protocol.ts';
import { fragmentFields } from './fragments.ts';
import { decimal, eitherField, type Format, headerField, hex, octetsAt, protocolField, type Read } from './kinds.ts';

const { IPV6, HOP_BY_HOP, DESTINATION_OPTIONS, ROUTING, FRAGMENT, AUTHENTICATION } = PROTOCOL;

/** Sixteen octets as RFC 5952 writes them. */
export const ipv6Text: Format = written((text, value) => {
  const { buffer, byteOffset } = value as Uint8Array;
  writeIpv6(text, new DataView(buffer, byteOffset, 16), 0);
});

const source: Read = (view, at) => octetsAt(view, ipv6.sourceAt(at), 16);
const destination: Read = (view, at) => octetsAt(view, ipv6.destinationAt(at), 16);
const textAt =
  (place: (at: number) => number): Read =>
  (view, at) =>
    formatIpv6(view, place(at));

/** The next header, the length field and the length in octets, which hop-by-hop, destination and routing headers all have. */
const extensionFields = (protocol: ProtocolId, name: string, title: string): Field[] => [
  protocolField(protocol, name, title),
  headerField(protocol, `${name}.nxt`, 'unsigned', 'Next Header', 0, 1, extension.nextHeader),
  headerField(protocol, `${name}.len`, 'unsigned', 'Length', 1, 1, extension.lengthField),
  headerField(protocol, `${name}.len_oct`, 'unsigned', 'Length', 1, 1, extension.length),
];

/** ipv6.* and ah.* */
export const IPV6_FIELDS: readonly Field[] = [
  protocolField(IPV6, 'ipv6', 'Internet Protocol Version 6'),
  headerField(IPV6, 'ipv6.version', 'unsigned', 'Version', 0, 1, ipv6.version),
  headerField(IPV6, 'ipv6.tclass', 'unsigned', 'Traffic Class', 0, 4, ipv6.trafficClass, hex(8)),
  headerField(
    IPV6,
    'ipv6.tclass.dscp',
    'unsigned',
    'Differentiated Services Codepoint',
    0,
    4,
    (view, at) => ipv6.trafficClass(view, at) >>> 2,
  ),
  headerField(
    IPV6,
    'ipv6.tclass.ecn',
    'unsigned',
    'Explicit Congestion Notification',
    0,
    4,
    (view, at) => ipv6.trafficClass(view, at) & 3,
  ),
  headerField(IPV6, 'ipv6.flow', 'unsigned', 'Flow Label', 0, 4, ipv6.flowLabel, hex(6)),
  headerField(IPV6, 'ipv6.plen', 'unsigned', 'Payload Length', 4, 2, ipv6.payloadLength),
  headerField(IPV6, 'ipv6.nxt', 'unsigned', 'Next Header', 6, 1, ipv6.nextHeader),
  headerField(IPV6, 'ipv6.hlim', 'unsigned', 'Hop Limit', 7, 1, ipv6.hopLimit),
  headerField(IPV6, 'ipv6.src', 'ipv6', 'Source Address', 8, 16, source, ipv6Text),
  headerField(IPV6, 'ipv6.dst', 'ipv6', 'Destination Address', 24, 16, destination, ipv6Text),
  eitherField(IPV6, 'ipv6.addr', 'ipv6', 'Source or Destination Address', 16, [8, source], [24, destination], ipv6Text),
  headerField(IPV6, 'ipv6.src_host', 'string', 'Source Host', 8, 16, textAt(ipv6.sourceAt)),
  headerField(IPV6, 'ipv6.dst_host', 'string', 'Destination Host', 24, 16, textAt(ipv6.destinationAt)),
  eitherField(
    IPV6,
    'ipv6.host',
    'string',
    'Source or Destination Host',
    16,
    [8, textAt(ipv6.sourceAt)],
    [24, textAt(ipv6.destinationAt)],
  ),
  ...extensionFields(HOP_BY_HOP, 'ipv6.hopopts', 'IPv6 Hop-by-Hop Option'),
  ...extensionFields(ROUTING, 'ipv6.routing', 'Routing Header for IPv6'),
  headerField(ROUTING, 'ipv6.routing.type', 'unsigned', 'Type', 2, 1, extension.routingType),
  headerField(ROUTING, 'ipv6.routing.segleft', 'unsigned', 'Segments Left', 3, 1, extension.segmentsLeft),
  ...extensionFields(DESTINATION_OPTIONS, 'ipv6.dstopts', 'Destination Options for IPv6'),
  protocolField(FRAGMENT, 'ipv6.fraghdr', 'Fragment Header for IPv6'),
  headerField(FRAGMENT, 'ipv6.fraghdr.nxt', 'unsigned', 'Next header', 0, 1, extension.nextHeader),
  // In units of eight octets, as it stands in the header.
  headerField(
    FRAGMENT,
    'ipv6.fraghdr.offset',
    'unsigned',
    'Offset',
    2,
    2,
    (view, at) => extensions.fragmentOffset(view, at) / 8,
  ),
  headerField(FRAGMENT, 'ipv6.fraghdr.more', 'boolean', 'More Fragments', 2, 2, extensions.moreFragments),
  headerField(
    FRAGMENT,
    'ipv6.fraghdr.ident',
    'unsigned',
    'Identification',
    4,
    4,
    (view, at) => extensions.fragmentIdentification(view, at) >>> 0,
    hex(8),
  ),
  headerField(
    FRAGMENT,
    'ipv6.fraghdr.reserved_octet',
    'unsigned',
    'Reserved octet',
    1,
    1,
    (view, at) => view.getUint8(at + 1),
    hex(2),
  ),
  headerField(
    FRAGMENT,
    'ipv6.fraghdr.reserved_bits',
    'unsigned',
    'Reserved bits',
    2,
    2,
    (view, at) => (view.getUint16(at + 2) >>> 1) & 3,
  ),
  ...fragmentFields(FRAGMENT, 'ipv6', 'IPv6', 'mark', 'reassembled.in'),
  protocolField(AUTHENTICATION, 'ah', 'Authentication Header'),
  headerField(AUTHENTICATION, 'ah.next_header', 'unsigned', 'Next header', 0, 1, extension.nextHeader, decimal),
  headerField(AUTHENTICATION, 'ah.length', 'unsigned', 'Length', 1, 1, extension.lengthField),
  headerField(AUTHENTICATION, 'ah.spi', 'unsigned', 'AH SPI', 4, 4, (view, at) => view.getUint32(at + 4), hex(8)),
  headerField(AUTHENTICATION, 'ah.sequence', 'unsigned', 'AH Sequence', 8, 4, (view, at) => view.getUint32(at + 8)),
];
