/** Fields of DHCP and BOOTP: dhcp.*; those of options are named as in Wireshark. Read first: RFC 2131 §2; RFC 2132. */
import { printableString } from '../../../core/printable.ts';
import * as dhcp from '../../../wire/dhcp.ts';
import { dhcpOptionName } from '../dhcp-options.ts';
import { type Dissection, has, viewOf } from '../dissection.ts';
import type { Field, FieldType, FieldValues } from '../field.ts';
import { PROTOCOL } from '../protocol.ts';
import {
  decimal,
  dotted,
  type Format,
  headerField,
  hex,
  layerField,
  octets,
  octetsAt,
  protocolField,
} from './kinds.ts';

const { DHCP } = PROTOCOL;
const { OPTION } = dhcp;

/** The hardware types of Ethernet and IEEE 802. */
const ETHERNET = 1;
const IEEE_802 = 6;

/** Whether the client's hardware address is one of those. */
const hasMac = (view: DataView, at: number): boolean =>
  [ETHERNET, IEEE_802].includes(view.getUint8(at + 1)) && dhcp.hardwareLength(view, at) === 6;

/** Where the two names stand in the header, and their octets. */
export const SERVER_NAME_AT = 44;
export const SERVER_NAME = 64;
export const FILE_NAME_AT = 108;
export const FILE_NAME = 128;

/** Some clients write them in little-endian order: Wireshark takes what is below 256 that way for that. */
export function secondsElapsed(view: DataView, at: number): number {
  const seconds = view.getUint16(at + 8);
  return seconds > 0xff && (seconds & 0xff) === 0 ? seconds >>> 8 : seconds;
}

/** What the option "overload" says: bit 0, the file name holds options; bit 1, the server's name does. */
export function overload(view: DataView, at: number, end: number): number {
  let value = 0;
  if (!dhcp.hasOptions(view, at, end)) return value;
  dhcp.eachOption(view, at, end, (option, from, to) => {
    if (option === OPTION.OVERLOAD && to > from) value = view.getUint8(from);
  });
  return value;
}

/** A name in the header, empty where it is not given, unless options stand there. */
const nameField = (name: string, title: string, offset: number, size: number, overloaded: number): Field =>
  layerField(DHCP, name, 'string', title, (dissection, layer, into) => {
    if (dissection.problems[layer] !== 0) return;
    const view = viewOf(dissection, layer);
    const at = dissection.starts[layer]!;
    if ((overload(view, at, dissection.ends[layer]!) & overloaded) === 0)
      into.push(printableString(view, at + offset, at + offset + size));
  });

/** What a message's options have of a field: `take` is given each option and where its value is. */
const optionsField = (
  name: string,
  type: FieldType,
  title: string,
  take: (view: DataView, option: number, from: number, to: number, into: FieldValues) => void,
  format: Format = type === 'ipv4' ? dotted : decimal,
): Field =>
  layerField(
    DHCP,
    name,
    type,
    title,
    (dissection, layer, into) => {
      const view = viewOf(dissection, layer);
      const at = dissection.starts[layer]!;
      const end = dissection.ends[layer]!;
      if (dissection.problems[layer] !== 0 || !dhcp.hasOptions(view, at, end)) return;
      dhcp.eachOption(view, at, end, (option, from, to) => take(view, option, from, to, into));
    },
    format,
  );

/** The values of one option that is whole. */
const optionField = (
  name: string,
  type: FieldType,
  wanted: number,
  take: (view: DataView, from: number, to: number, into: FieldValues) => void,
  title = dhcpOptionName(wanted),
): Field =>
  optionsField(`dhcp.option.${name}`, type, title, (view, option, from, to, into) => {
    if (option === wanted && to - from === view.getUint8(from - 1)) take(view, from, to, into);
  });

/** Options of addresses. */
const ADDRESSES = [
  ['subnet_mask', 1],
  ['router', 3],
  ['time_server', 4],
  ['domain_name_server', 6],
  ['broadcast_address', 28],
  ['ntp_server', 42],
  ['netbios_over_tcpip_name_server', 44],
  ['requested_ip_address', 50],
  ['dhcp_server_id', 54],
] as const;

/** Options of text. */
const TEXTS = [
  ['hostname', 12],
  ['domain_name', 15],
  ['message', 56],
  ['vendor_class_id', 60],
  ['tftp_server_name', 66],
  ['bootfile_name', 67],
] as const;

/** Options of a whole number, and its octets. */
const NUMBERS = [
  ['interface_mtu', 26, 2],
  ['netbios_over_tcpip_node_type', 46, 1],
  ['ip_address_lease_time', 51, 4],
  ['dhcp_max_message_size', 57, 2],
  ['renewal_time_value', 58, 4],
  ['rebinding_time_value', 59, 4],
] as const;

const addressField = (name: string, wanted: number): Field =>
  optionField(name, 'ipv4', wanted, (view, from, to, into) => {
    for (let i = from; i + 4 <= to; i += 4) into.push(view.getUint32(i));
  });

const textField = (name: string, wanted: number): Field =>
  optionField(name, 'string', wanted, (view, from, to, into) => into.push(printableString(view, from, to)));

const numberField = (name: string, wanted: number, size: 1 | 2 | 4): Field =>
  optionField(name, 'unsigned', wanted, (view, from, to, into) => {
    if (to - from === size)
      into.push(size === 1 ? view.getUint8(from) : size === 2 ? view.getUint16(from) : view.getUint32(from));
  });

/** Calls `take` for each client identifier that is an address of Ethernet. */
function eachMacIdentifier(dissection: Dissection, layer: number, take: (view: DataView, from: number) => void): void {
  const view = viewOf(dissection, layer);
  const [at, end] = [dissection.starts[layer]!, dissection.ends[layer]!];
  if (dissection.problems[layer] !== 0 || !dhcp.hasOptions(view, at, end)) return;
  dhcp.eachOption(view, at, end, (option, from, to) => {
    if (option === OPTION.CLIENT_IDENTIFIER && to - from === 7 && view.getUint8(from) === ETHERNET) take(view, from);
  });
}

/** dhcp.* */
export const DHCP_FIELDS: readonly Field[] = [
  protocolField(DHCP, 'dhcp', 'Dynamic Host Configuration Protocol'),
  headerField(DHCP, 'dhcp.type', 'unsigned', 'Message type', 0, 1, dhcp.operation),
  layerField(
    DHCP,
    'dhcp.hw.type',
    'unsigned',
    'Hardware type',
    (dissection, layer, into) => {
      if (!has(dissection, layer, 1, 1)) return;
      into.push(viewOf(dissection, layer).getUint8(dissection.starts[layer]! + 1));
      eachMacIdentifier(dissection, layer, (view, from) => into.push(view.getUint8(from)));
    },
    hex(2),
  ),
  headerField(DHCP, 'dhcp.hw.len', 'unsigned', 'Hardware address length', 2, 1, dhcp.hardwareLength),
  headerField(DHCP, 'dhcp.hops', 'unsigned', 'Hops', 3, 1, (view, at) => view.getUint8(at + 3)),
  headerField(DHCP, 'dhcp.id', 'unsigned', 'Transaction ID', 4, 4, dhcp.transaction, hex(8)),
  headerField(DHCP, 'dhcp.secs', 'unsigned', 'Seconds elapsed', 8, 2, secondsElapsed),
  headerField(DHCP, 'dhcp.flags', 'unsigned', 'Bootp flags', 10, 2, (view, at) => view.getUint16(at + 10), hex(4)),
  headerField(DHCP, 'dhcp.flags.bc', 'boolean', 'Broadcast flag', 10, 2, (view, at) => view.getUint8(at + 10) >= 0x80),
  headerField(
    DHCP,
    'dhcp.ip.client',
    'ipv4',
    'Client IP address',
    12,
    4,
    (view, at) => dhcp.clientAddress(view, at) >>> 0,
  ),
  headerField(
    DHCP,
    'dhcp.ip.your',
    'ipv4',
    'Your (client) IP address',
    16,
    4,
    (view, at) => dhcp.yourAddress(view, at) >>> 0,
  ),
  headerField(
    DHCP,
    'dhcp.ip.server',
    'ipv4',
    'Next server IP address',
    20,
    4,
    (view, at) => dhcp.serverAddress(view, at) >>> 0,
  ),
  headerField(
    DHCP,
    'dhcp.ip.relay',
    'ipv4',
    'Relay agent IP address',
    24,
    4,
    (view, at) => dhcp.relayAddress(view, at) >>> 0,
  ),
  layerField(DHCP, 'dhcp.hw.mac_addr', 'mac', 'Client MAC address', (dissection, layer, into) => {
    const view = viewOf(dissection, layer);
    const at = dissection.starts[layer]!;
    if (has(dissection, layer, 28, 6) && hasMac(view, at)) into.push(octetsAt(view, dhcp.clientHardwareAt(at), 6));
    eachMacIdentifier(dissection, layer, (inside, from) => into.push(octetsAt(inside, from + 1, 6)));
  }),
  nameField('dhcp.server', 'Server host name', SERVER_NAME_AT, SERVER_NAME, 2),
  nameField('dhcp.file', 'Boot file name', FILE_NAME_AT, FILE_NAME, 1),
  layerField(
    DHCP,
    'dhcp.cookie',
    'ipv4',
    'Magic cookie',
    (dissection, layer, into) => {
      const at = dissection.starts[layer]!;
      if (dissection.problems[layer] === 0 && dhcp.hasOptions(viewOf(dissection, layer), at, dissection.ends[layer]!))
        into.push(dhcp.COOKIE);
    },
    dotted,
  ),
  // The option that ends all others has type 0 in Wireshark, too.
  optionsField('dhcp.option.type', 'unsigned', 'Option', (_view, option, _from, _to, into) =>
    into.push(option === OPTION.END ? OPTION.PAD : option),
  ),
  optionsField('dhcp.option.length', 'unsigned', 'Length', (view, option, from, _to, into) => {
    if (option !== OPTION.PAD && option !== OPTION.END) into.push(view.getUint8(from - 1));
  }),
  optionsField(
    'dhcp.option.value',
    'bytes',
    'Value',
    (view, option, from, to, into) => {
      if (option !== OPTION.PAD && option !== OPTION.END && to > from) into.push(octetsAt(view, from, to - from));
    },
    octets,
  ),
  optionsField('dhcp.option.end', 'unsigned', 'Option End', (_view, option, _from, _to, into) => {
    if (option === OPTION.END) into.push(option);
  }),
  ...ADDRESSES.map(([name, option]) => addressField(name, option)),
  ...TEXTS.map(([name, option]) => textField(name, option)),
  ...NUMBERS.map(([name, option, octets]) => numberField(name, option, octets)),
  optionField(
    'request_list_item',
    'unsigned',
    OPTION.PARAMETERS,
    (view, from, to, into) => {
      for (let i = from; i < to; i++) into.push(view.getUint8(i));
    },
    'Parameter Request List Item',
  ),
  layerField(DHCP, 'dhcp.option.dhcp', 'unsigned', 'DHCP', (dissection, layer, into) => {
    const type = dhcp.messageType(viewOf(dissection, layer), dissection.starts[layer]!, dissection.ends[layer]!);
    if (dissection.problems[layer] === 0 && type > 0) into.push(type);
  }),
];
