/** The detail tree of DHCP. Read first: RFC 2131 §2; RFC 2132. */
import { printableString as text } from '../../../core/printable.ts';
import { formatIpv4, formatMac } from '../../../wire/address.ts';
import * as dhcp from '../../../wire/dhcp.ts';
import * as dns from '../../../wire/dns.ts';
import { dhcpOptionName, dhcpValue } from '../dhcp-options.ts';
import { type Dissection, octetsOf } from '../dissection.ts';
import { FILE_NAME, FILE_NAME_AT, overload, SERVER_NAME, SERVER_NAME_AT, secondsElapsed } from '../fields/dhcp.ts';
import { dhcpTypeName, hardwareTypeName } from '../names.ts';
import { hexOf } from '../numbers.ts';
import { spanText } from '../time-text.ts';
import { placeOf } from './cursor.ts';
import { bits, type Flags, flagNames, hex, shortHex, type Tree } from './tree.ts';

const { OPTION } = dhcp;

/** A DHCP layer. */
export function addDhcp(tree: Tree, dissection: Dissection, layer: number): void {
  const { view, at, end } = placeOf(dissection, layer);
  const type = dissection.problems[layer] === 0 ? dhcp.messageType(view, at, end) : 0;
  const name = dhcpTypeName(type);
  tree.add(0, `Dynamic Host Configuration Protocol${name === undefined || type === 0 ? '' : ` (${name})`}`);
  if (dissection.problems[layer] !== 0) return;
  addHeader(tree, view, at);
  addNames(tree, view, at, overload(view, at, end));
  if (!dhcp.hasOptions(view, at, end)) return;
  tree.add(1, 'Magic cookie: DHCP');
  addOptions(tree, view, at, end);
}

function addHeader(tree: Tree, view: DataView, at: number): void {
  const operation = dhcp.operation(view, at);
  const operationName = operation === 1 ? 'Boot Request' : operation === 2 ? 'Boot Reply' : 'Unknown';
  const hardware = view.getUint8(at + 1);
  const hardwareLength = dhcp.hardwareLength(view, at);
  const flags = view.getUint16(at + 10);
  const isBroadcast = flags >= 0x8000;
  const cast = isBroadcast ? 'Broadcast' : 'Unicast';
  tree.add(1, `Message type: ${operationName} (${operation})`);
  tree.add(1, `Hardware type: ${hardwareTypeName(hardware)} (${hex(hardware, 2)})`);
  tree.add(1, `Hardware address length: ${hardwareLength}`);
  tree.add(1, `Hops: ${view.getUint8(at + 3)}`);
  tree.add(1, `Transaction ID: ${hex(dhcp.transaction(view, at), 8)}`);
  tree.add(1, `Seconds elapsed: ${secondsElapsed(view, at)}`);
  tree.add(1, `Bootp flags: ${hex(flags, 4)}${isBroadcast ? ', Broadcast flag' : ''} (${cast})`);
  tree.add(2, `${bits(flags, 0x8000, 16)} = Broadcast flag: ${cast}`);
  tree.add(2, `${bits(flags, 0x7fff, 16)} = Reserved flags: ${hex(flags & 0x7fff, 4)}`);
  tree.add(1, `Client IP address: ${formatIpv4(dhcp.clientAddress(view, at))}`);
  tree.add(1, `Your (client) IP address: ${formatIpv4(dhcp.yourAddress(view, at))}`);
  tree.add(1, `Next server IP address: ${formatIpv4(dhcp.serverAddress(view, at))}`);
  tree.add(1, `Relay agent IP address: ${formatIpv4(dhcp.relayAddress(view, at))}`);
  const address = dhcp.clientHardwareAt(at);
  const used = Math.min(hardwareLength, 16);
  if (hardwareLength === 6) tree.add(1, `Client MAC address: ${formatMac(view, address)}`);
  else if (used > 0) tree.add(1, `Client hardware address: ${hexOf(octetsOf(view, address, address + used))}`);
  else tree.add(1, 'Client address not given');
  if (used < 16 && used > 0)
    tree.add(1, `Client hardware address padding: ${hexOf(octetsOf(view, address + used, address + 16))}`);
}

function addNames(tree: Tree, view: DataView, at: number, overloaded: number): void {
  const server = text(view, at + SERVER_NAME_AT, at + SERVER_NAME_AT + SERVER_NAME);
  const file = text(view, at + FILE_NAME_AT, at + FILE_NAME_AT + FILE_NAME);
  if (overloaded & 2) tree.add(1, 'Server name option overloaded by DHCP');
  else tree.add(1, server === '' ? 'Server host name not given' : `Server host name: ${server}`);
  if (overloaded & 1) tree.add(1, 'Boot file name option overloaded by DHCP');
  else tree.add(1, file === '' ? 'Boot file name not given' : `Boot file name: ${file}`);
}

function addOptions(tree: Tree, view: DataView, at: number, end: number): void {
  const last = dhcp.eachOption(view, at, end, (option, from, to) => {
    if (option === OPTION.PAD) {
      tree.add(1, 'Option: (0) Padding');
      tree.addOctets(2, 'Padding', view, from, to);
      return;
    }
    if (option === OPTION.END) {
      tree.add(1, 'Option: (255) End');
      tree.add(2, 'Option End: 255');
      return;
    }
    tree.add(1, `Option: (${option}) ${dhcpOptionName(option)}${titleOf(view, option, from, to)}`);
    tree.add(2, `Length: ${view.getUint8(from - 1)}`);
    if (to - from === view.getUint8(from - 1)) addValue(tree, view, option, from, to);
  });
  if (last < end) tree.addOctets(1, 'Padding', view, last, end);
}

/** What an option says in its own line. */
function titleOf(view: DataView, option: number, from: number, to: number): string {
  if (option === OPTION.MESSAGE_TYPE && to - from === 1) return ` (${dhcpTypeName(view.getUint8(from)) ?? 'Unknown'})`;
  return dhcpValue(option) === 'address' && to - from === 4 ? ` (${formatIpv4(view.getInt32(from))})` : '';
}

function addValue(tree: Tree, view: DataView, option: number, from: number, to: number): void {
  const size = to - from;
  const name = dhcpOptionName(option);
  switch (dhcpValue(option)) {
    case 'address':
    case 'addresses':
      for (let i = from; i + 4 <= to; i += 4)
        tree.add(2, `${name.replace(/rs$/, 'r')}: ${formatIpv4(view.getInt32(i))}`);
      return;
    case 'text':
      tree.add(2, `${name}: ${text(view, from, to)}`);
      return;
    case 'seconds':
      if (size === 4) return tree.add(2, `${name}: ${secondsText(view.getUint32(from))}`);
      break;
    case 'number':
      if (size === 1 || size === 2)
        return tree.add(2, `${name}: ${size === 1 ? view.getUint8(from) : view.getUint16(from)}`);
      break;
    case 'switch':
      if (size === 1) return tree.add(2, `${name}: ${view.getUint8(from) ? 'Enabled' : 'Disabled'}`);
      break;
    default:
      if (addStructure(tree, view, option, from, to)) return;
  }
  tree.addOctets(2, 'Value', view, from, to);
}

const secondsText = (seconds: number): string =>
  `(${seconds}s) ${seconds < 0 ? `-${spanText(-seconds)}` : seconds === 0xffff_ffff ? 'infinity' : spanText(seconds)}`;

const NODE_TYPES: Readonly<Record<number, string>> = { 1: 'B-node', 2: 'P-node', 4: 'M-node', 8: 'H-node' };
const ARCHITECTURES: readonly string[] = [
  'IA x86 PC',
  'NEC/PC98',
  'IA64 PC',
  'DEC Alpha',
  'ArcX86',
  'Intel Lean Client',
  'EFI IA32',
  'EFI x64',
  'EFI Xscale',
  'EFI BC',
];
const OVERLOADS: readonly string[] = [
  'Unknown',
  'Boot file name holds options',
  'Server host name holds options',
  'Boot file and server host names hold options',
];

/** An option with an inside of its own. @returns whether it was written */
function addStructure(tree: Tree, view: DataView, option: number, from: number, to: number): boolean {
  const size = to - from;
  const first = size > 0 ? view.getUint8(from) : 0;
  switch (option) {
    case OPTION.MESSAGE_TYPE:
      if (size !== 1) return false;
      tree.add(2, `DHCP: ${dhcpTypeName(first) ?? 'Unknown'} (${first})`);
      return true;
    case OPTION.TIME_OFFSET:
      if (size !== 4) return false;
      tree.add(2, `Time Offset: ${secondsText(view.getInt32(from))}`);
      return true;
    case OPTION.PARAMETERS:
      for (let i = from; i < to; i++)
        tree.add(2, `Parameter Request List Item: (${view.getUint8(i)}) ${dhcpOptionName(view.getUint8(i))}`);
      return true;
    case OPTION.CLIENT_IDENTIFIER:
      if (size !== 7 || first !== 1) return false;
      tree.add(2, `Hardware type: ${hardwareTypeName(first)} (${hex(first, 2)})`);
      tree.add(2, `Client MAC address: ${formatMac(view, from + 1)}`);
      return true;
    case OPTION.NETBIOS_NODE:
      tree.add(2, `NetBIOS over TCP/IP Node Type: ${NODE_TYPES[first] ?? 'Unknown'} (${first})`);
      return true;
    case OPTION.ARCHITECTURE:
      for (let i = from; i + 2 <= to; i += 2)
        tree.add(
          2,
          `Client System Architecture: ${ARCHITECTURES[view.getUint16(i)] ?? 'Unknown'} (${view.getUint16(i)})`,
        );
      return true;
    case OPTION.NETWORK_DEVICE:
      if (size !== 3 || first !== 1) return false;
      tree.add(2, `Major Version: ${view.getUint8(from + 1)}`);
      tree.add(2, `Minor Version: ${view.getUint8(from + 2)}`);
      return true;
    case OPTION.UUID:
      if (size !== 17 || first !== 0) return false;
      tree.add(2, `Client Identifier (UUID): ${uuid(view, from + 1)}`);
      return true;
    case OPTION.OVERLOAD:
      tree.add(2, `Option Overload: ${OVERLOADS[first] ?? 'Unknown'} (${first})`);
      return true;
    case OPTION.STATIC_ROUTE:
      for (let i = from; i + 8 <= to; i += 8) {
        tree.add(2, `Destination IP Address: ${formatIpv4(view.getInt32(i))}`);
        tree.add(2, `Destination Router: ${formatIpv4(view.getInt32(i + 4))}`);
      }
      return true;
    case OPTION.CLASSLESS_ROUTE:
      return addClasslessRoutes(tree, view, from, to);
    case OPTION.SEARCH:
      return addSearch(tree, view, from, to);
    case OPTION.AGENT:
      return addAgent(tree, view, from, to);
    case OPTION.CLIENT_NAME:
      return size >= 3 && addClientName(tree, view, from, to);
    default:
      return false;
  }
}

/** As Windows keeps it: the first three numbers in little-endian order. */
function uuid(view: DataView, at: number): string {
  const rest = hexOf(octetsOf(view, at + 8, at + 16));
  const numbers = [
    view.getUint32(at, true).toString(16).padStart(8, '0'),
    view
      .getUint16(at + 4, true)
      .toString(16)
      .padStart(4, '0'),
    view
      .getUint16(at + 6, true)
      .toString(16)
      .padStart(4, '0'),
  ];
  return `${numbers.join('-')}-${rest.slice(0, 4)}-${rest.slice(4)}`;
}

function addClasslessRoutes(tree: Tree, view: DataView, from: number, to: number): boolean {
  for (let i = from; i < to; ) {
    const width = view.getUint8(i);
    const size = (width + 7) >>> 3;
    if (width > 32 || i + 1 + size + 4 > to) return true;
    let destination = 0;
    for (let k = 0; k < 4; k++) destination = (destination << 8) | (k < size ? view.getUint8(i + 1 + k) : 0);
    const router = formatIpv4(view.getInt32(i + 1 + size));
    tree.add(2, width === 0 ? ` default-${router}` : ` ${formatIpv4(destination)}/${width}-${router}`);
    i += 1 + size + 4;
  }
  return true;
}

/** Domains to search, in DNS' notation (RFC 3397). */
function addSearch(tree: Tree, view: DataView, from: number, to: number): boolean {
  for (let i = from; i < to; ) {
    const name = dns.readName(view, from, i, to);
    if (name.end < 0) return true;
    tree.add(2, `FQDN: ${name.text}`);
    i = name.end;
  }
  return true;
}

const AGENT_PARTS: Readonly<Record<number, string>> = { 1: 'Agent Circuit ID', 2: 'Agent Remote ID' };

function addAgent(tree: Tree, view: DataView, from: number, to: number): boolean {
  for (let i = from; i + 2 <= to; i += 2 + view.getUint8(i + 1)) {
    const kind = view.getUint8(i);
    const length = view.getUint8(i + 1);
    const name = AGENT_PARTS[kind];
    tree.add(2, `Option 82 Suboption: (${kind}) ${name ?? 'Unknown'}`);
    tree.add(3, `Length: ${length}`);
    if (i + 2 + length <= to) tree.add(3, `${name ?? 'Value'}: ${shortHex(octetsOf(view, i + 2, i + 2 + length))}`);
  }
  return true;
}

function addClientName(tree: Tree, view: DataView, from: number, to: number): boolean {
  const flags = view.getUint8(from);
  const names: Flags = [
    [8, 'Server DDNS'],
    [4, 'Encoding'],
    [2, 'Server overrides'],
    [1, 'Server'],
  ];
  tree.add(2, `Flags: ${hex(flags, 2)}${flagNames(flags, names)}`);
  tree.add(3, `${bits(flags, 0xf0, 8)} = Reserved flags: ${hex(flags >>> 4, 1)}`);
  tree.add(3, `${bits(flags, 8, 8)} = Server DDNS: ${flags & 8 ? 'No server updates' : 'Some server updates'}`);
  tree.add(3, `${bits(flags, 4, 8)} = Encoding: ${flags & 4 ? 'Binary encoding' : 'ASCII encoding'}`);
  tree.add(3, `${bits(flags, 2, 8)} = Server overrides: ${flags & 2 ? 'Override' : 'No override'}`);
  tree.add(3, `${bits(flags, 1, 8)} = Server: ${flags & 1 ? 'Server' : 'Client'}`);
  tree.add(2, `A-RR result: ${view.getUint8(from + 1)}`);
  tree.add(2, `PTR-RR result: ${view.getUint8(from + 2)}`);
  tree.add(2, `Client name: ${flags & 4 ? dns.readName(view, from + 3, from + 3, to).text : text(view, from + 3, to)}`);
  return true;
}
