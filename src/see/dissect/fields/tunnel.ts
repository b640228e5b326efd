/** Fields of tags, labels and tunnels: vlan.*, ieee8021ad.*, llc.*, ppp.*, pppoe.*, mpls.*, gre.*, vxlan.*, geneve.*, nflog.* */
import * as geneve from '../../../wire/geneve.ts';
import * as gre from '../../../wire/gre.ts';
import * as llc from '../../../wire/llc.ts';
import * as mpls from '../../../wire/mpls.ts';
import * as nflog from '../../../wire/nflog.ts';
import * as ppp from '../../../wire/ppp.ts';
import * as vlan from '../../../wire/vlan.ts';
import * as vxlan from '../../../wire/vxlan.ts';
import { has, viewOf } from '../dissection.ts';
import type { Field, FieldType, FieldValue } from '../field.ts';
import { LEAST_ETHER_TYPE } from '../layers/payload.ts';
import { PROTOCOL, type ProtocolId } from '../protocol.ts';
import {
  bit,
  decimal,
  type Format,
  headerField,
  hex,
  layerField,
  octets,
  octetsAt,
  protocolField,
  type Read,
} from './kinds.ts';
import { trailerField } from './link.ts';

const { VLAN, SERVICE_VLAN, LLC, PPP, PPPOE_SESSION, PPPOE_DISCOVERY, MPLS, GRE, VXLAN, GENEVE, NFLOG } = PROTOCOL;

/** A field that stands in a header of a protocol where `offset` says, from its start; absent where it says undefined. */
function optionalField(
  protocol: ProtocolId,
  name: string,
  type: FieldType,
  title: string,
  size: number,
  offset: (view: DataView, at: number) => number | undefined,
  read: Read,
  format: Format = decimal,
): Field {
  return layerField(
    protocol,
    name,
    type,
    title,
    (dissection, layer, into) => {
      if (dissection.problems[layer] !== 0) return;
      const view = viewOf(dissection, layer);
      const at = dissection.starts[layer]!;
      const place = offset(view, at);
      if (place !== undefined && has(dissection, layer, place - at, size)) into.push(read(view, place));
    },
    format,
  );
}

const typeOrNothing = (view: DataView, at: number): number | undefined =>
  vlan.type(view, at) >= LEAST_ETHER_TYPE ? at : undefined;
const lengthOrNothing = (view: DataView, at: number): number | undefined =>
  vlan.type(view, at) < LEAST_ETHER_TYPE ? at : undefined;

/** Where the tags of a service layer are: one, or the provider's and the customer's. */
type Tags = readonly [first: number, second?: number];
const EACH = (tags: Tags): Tags => tags;

/** A field of a service tag, or of those among two that `which` chooses. */
const serviceField = (
  name: string,
  title: string,
  which: (tags: Tags) => readonly (number | undefined)[],
  read: Read,
): Field =>
  layerField(SERVICE_VLAN, name, 'unsigned', title, (dissection, layer, into) => {
    if (!has(dissection, layer, 0, vlan.HEADER)) return;
    const view = viewOf(dissection, layer);
    const at = dissection.starts[layer]!;
    const isDouble = vlan.isDouble(view, at);
    if (isDouble && !has(dissection, layer, vlan.HEADER, 2)) return;
    for (const tag of which(isDouble ? [at, at + vlan.HEADER] : [at]))
      if (tag !== undefined) into.push(read(view, tag));
  });

/** vlan.* and ieee8021ad.* */
export const VLAN_FIELDS: readonly Field[] = [
  protocolField(VLAN, 'vlan', '802.1Q Virtual LAN'),
  headerField(VLAN, 'vlan.priority', 'unsigned', 'Priority', 0, 2, vlan.priority),
  headerField(VLAN, 'vlan.dei', 'boolean', 'DEI', 0, 2, vlan.dropEligible),
  headerField(VLAN, 'vlan.id', 'unsigned', 'ID', 0, 2, vlan.identifier),
  optionalField(VLAN, 'vlan.etype', 'unsigned', 'Type', 4, typeOrNothing, vlan.type, hex(4)),
  optionalField(VLAN, 'vlan.len', 'unsigned', 'Length', 4, lengthOrNothing, vlan.type),
  trailerField('vlan.trailer', (protocol) => protocol === VLAN),
  protocolField(SERVICE_VLAN, 'ieee8021ad', 'IEEE 802.1ad'),
  serviceField('ieee8021ad.priority', 'Priority', EACH, vlan.priority),
  serviceField('ieee8021ad.dei', 'DEI', EACH, (view, at) => Number(vlan.dropEligible(view, at))),
  serviceField('ieee8021ad.id', 'ID', ([only, second]) => (second === undefined ? [only] : []), vlan.identifier),
  serviceField('ieee8021ad.svid', 'ID', ([first, second]) => (second === undefined ? [] : [first]), vlan.identifier),
  serviceField('ieee8021ad.cvid', 'ID', ([, second]) => (second === undefined ? [] : [second]), vlan.identifier),
];

const snap =
  (isEtherType: boolean) =>
  (view: DataView, at: number): number | undefined =>
    llc.isSnap(view, at) && llc.isEtherType(llc.organization(view, at)) === isEtherType ? at : undefined;

/** llc.* */
export const LLC_FIELDS: readonly Field[] = [
  protocolField(LLC, 'llc', 'Logical-Link Control'),
  headerField(LLC, 'llc.dsap', 'unsigned', 'DSAP', 0, 1, llc.destinationSap, hex(2)),
  headerField(LLC, 'llc.ssap', 'unsigned', 'SSAP', 1, 1, llc.sourceSap, hex(2)),
  layerField(
    LLC,
    'llc.control',
    'unsigned',
    'Control',
    (dissection, layer, into) => {
      const isNumbered =
        has(dissection, layer, 2, 2) && !llc.isUnnumbered(viewOf(dissection, layer), dissection.starts[layer]!);
      if (isNumbered) into.push(viewOf(dissection, layer).getUint16(dissection.starts[layer]! + 2, true));
      else if (has(dissection, layer, 2, 1))
        into.push(llc.control(viewOf(dissection, layer), dissection.starts[layer]!));
    },
    hex(4),
  ),
  optionalField(
    LLC,
    'llc.oui',
    'unsigned',
    'Organization Code',
    8,
    (view, at) => (llc.isSnap(view, at) ? at : undefined),
    llc.organization,
  ),
  optionalField(LLC, 'llc.type', 'unsigned', 'Type', 8, snap(true), llc.protocol, hex(4)),
];

/** A field of PPPoE, in either of its stages. */
function pppoeField(
  name: string,
  title: string,
  offset: number,
  size: number,
  read: Read,
  format: Format = decimal,
): Field {
  return {
    name,
    type: 'unsigned',
    title,
    format,
    collect(dissection, into) {
      for (let layer = 0; layer < dissection.depth; layer++) {
        const protocol = dissection.protocols[layer];
        if ((protocol === PPPOE_SESSION || protocol === PPPOE_DISCOVERY) && has(dissection, layer, offset, size))
          into.push(read(viewOf(dissection, layer), dissection.starts[layer]!));
      }
    },
  };
}

/** ppp.* and pppoe.* */
export const PPP_FIELDS: readonly Field[] = [
  protocolField(PPPOE_DISCOVERY, 'pppoed', 'PPP-over-Ethernet Discovery'),
  protocolField(PPPOE_SESSION, 'pppoes', 'PPP-over-Ethernet Session'),
  pppoeField('pppoe.version', 'Version', 0, 1, ppp.version),
  pppoeField('pppoe.type', 'Type', 0, 1, ppp.type),
  pppoeField('pppoe.code', 'Code', 1, 1, ppp.code, hex(2)),
  pppoeField('pppoe.session_id', 'Session ID', 2, 2, ppp.session, hex(4)),
  pppoeField('pppoe.payload_length', 'Payload Length', 4, 2, ppp.payloadLength),
  protocolField(PPP, 'ppp', 'Point-to-Point Protocol'),
  layerField(
    PPP,
    'ppp.protocol',
    'unsigned',
    'Protocol',
    (dissection, layer, into) => {
      const at = dissection.starts[layer]!;
      if (dissection.problems[layer] !== 0 || dissection.payloads[layer] === at) return;
      const view = viewOf(dissection, layer);
      into.push(ppp.protocol(view, at + ppp.framing(view, at, dissection.payloads[layer]!)));
    },
    hex(4),
  ),
];

/** A field of each label of a stack. */
function labelField(name: string, title: string, read: (view: DataView, at: number) => FieldValue): Field {
  return layerField(MPLS, name, 'unsigned', title, (dissection, layer, into) => {
    const view = viewOf(dissection, layer);
    const end = dissection.payloads[layer]!;
    for (let at = dissection.starts[layer]!; at + mpls.ENTRY <= end; at += mpls.ENTRY) into.push(read(view, at));
  });
}

/** mpls.* */
export const MPLS_FIELDS: readonly Field[] = [
  protocolField(MPLS, 'mpls', 'MultiProtocol Label Switching Header'),
  labelField('mpls.label', 'MPLS Label', mpls.label),
  labelField('mpls.exp', 'MPLS Experimental Bits', mpls.trafficClass),
  labelField('mpls.bottom', 'MPLS Bottom Of Label Stack', (view, at) => Number(mpls.isBottom(view, at))),
  labelField('mpls.ttl', 'MPLS TTL', mpls.timeToLive),
  protocolField(PROTOCOL.PSEUDOWIRE, 'pwethcw', 'PW Ethernet Control Word'),
];

const greFlag = (name: string, title: string, mask: number): Field =>
  headerField(GRE, name, 'boolean', title, 0, 2, (view, at) => (gre.flags(view, at) & mask) !== 0, bit);

const greOption =
  (mask: number, place: (view: DataView, at: number) => number) =>
  (view: DataView, at: number): number | undefined =>
    gre.flags(view, at) & mask ? place(view, at) : undefined;

/** Version 1 makes two halves of the key. */
const greKey =
  (version: number) =>
  (view: DataView, at: number): number | undefined =>
    gre.flags(view, at) & gre.KEY && (gre.version(view, at) === 1) === (version === 1)
      ? gre.keyAt(view, at)
      : undefined;

/** gre.* */
export const GRE_FIELDS: readonly Field[] = [
  protocolField(GRE, 'gre', 'Generic Routing Encapsulation'),
  headerField(GRE, 'gre.flags_and_version', 'unsigned', 'Flags and Version', 0, 2, gre.flags, hex(4)),
  greFlag('gre.flags.checksum', 'Checksum Bit', gre.CHECKSUM),
  greFlag('gre.flags.routing', 'Routing Bit', gre.ROUTING),
  greFlag('gre.flags.key', 'Key Bit', gre.KEY),
  greFlag('gre.flags.sequence_number', 'Sequence Number Bit', gre.SEQUENCE),
  headerField(GRE, 'gre.flags.version', 'unsigned', 'Version', 0, 2, gre.version),
  headerField(GRE, 'gre.proto', 'unsigned', 'Protocol Type', 2, 2, gre.protocol, hex(4)),
  optionalField(
    GRE,
    'gre.checksum',
    'unsigned',
    'Checksum',
    2,
    greOption(gre.CHECKSUM | gre.ROUTING, (_view, at) => gre.checksumAt(at)),
    (view, at) => view.getUint16(at),
    hex(4),
  ),
  optionalField(GRE, 'gre.key', 'unsigned', 'Key', 4, greKey(0), (view, at) => view.getUint32(at), hex(8)),
  optionalField(GRE, 'gre.key.payload_length', 'unsigned', 'Payload Length', 2, greKey(1), (view, at) =>
    view.getUint16(at),
  ),
  optionalField(GRE, 'gre.key.call_id', 'unsigned', 'Call ID', 4, greKey(1), (view, at) => view.getUint16(at + 2)),
  optionalField(
    GRE,
    'gre.sequence_number',
    'unsigned',
    'Sequence Number',
    4,
    greOption(gre.SEQUENCE, gre.sequenceAt),
    (view, at) => view.getUint32(at),
  ),
  optionalField(
    GRE,
    'gre.ack_number',
    'unsigned',
    'Acknowledgment Number',
    4,
    (view, at) =>
      gre.version(view, at) === 1 && gre.flags(view, at) & gre.ACKNOWLEDGMENT
        ? gre.acknowledgmentAt(view, at)
        : undefined,
    (view, at) => view.getUint32(at),
  ),
];

/** vxlan.* and geneve.* */
export const OVERLAY_FIELDS: readonly Field[] = [
  protocolField(VXLAN, 'vxlan', 'Virtual eXtensible Local Area Network'),
  headerField(VXLAN, 'vxlan.flags', 'unsigned', 'Flags', 0, 2, vxlan.flags, hex(4)),
  headerField(VXLAN, 'vxlan.gbp', 'unsigned', 'Group Policy ID', 2, 2, vxlan.groupPolicy),
  headerField(VXLAN, 'vxlan.vni', 'unsigned', 'VXLAN Network Identifier (VNI)', 4, 4, vxlan.network),
  protocolField(GENEVE, 'geneve', 'Generic Network Virtualization Encapsulation'),
  headerField(GENEVE, 'geneve.version', 'unsigned', 'Version', 0, 1, geneve.version),
  headerField(GENEVE, 'geneve.flags', 'unsigned', 'Flags', 1, 1, geneve.flags, hex(2)),
  headerField(
    GENEVE,
    'geneve.flags.oam',
    'boolean',
    'Operations, Administration and Management Frame',
    1,
    1,
    (view, at) => (geneve.flags(view, at) & 0x80) !== 0,
  ),
  headerField(
    GENEVE,
    'geneve.flags.critical',
    'boolean',
    'Critical Options Present',
    1,
    1,
    (view, at) => (geneve.flags(view, at) & 0x40) !== 0,
  ),
  headerField(GENEVE, 'geneve.proto_type', 'unsigned', 'Protocol Type', 2, 2, geneve.protocol, hex(4)),
  headerField(GENEVE, 'geneve.vni', 'unsigned', 'Virtual Network Identifier (VNI)', 4, 4, geneve.network, hex(6)),
  optionalField(
    GENEVE,
    'geneve.options',
    'bytes',
    'Geneve Options',
    8,
    (view, at) => (geneve.optionsLength(view, at) > 0 ? at : undefined),
    (view, at) => octetsAt(view, at + geneve.HEADER, geneve.optionsLength(view, at)),
    octets,
  ),
];

/** nflog.* */
export const NFLOG_FIELDS: readonly Field[] = [
  protocolField(NFLOG, 'nflog', 'Linux Netfilter NFLOG'),
  headerField(NFLOG, 'nflog.family', 'unsigned', 'Family', 0, 1, nflog.family),
  headerField(NFLOG, 'nflog.version', 'unsigned', 'Version', 1, 1, nflog.version),
  headerField(NFLOG, 'nflog.res_id', 'unsigned', 'Resource ID', 2, 2, nflog.resource),
];
