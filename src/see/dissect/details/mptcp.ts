/**
 * The detail tree of the option of Multipath TCP, as far as one segment says it. Not here: what connections know of one another's keys and numbers. Read first: RFC 8684 §3; RFC 6824 §3.
 */
import { formatIpv4, formatIpv6 } from '../../../wire/address.ts';
import * as mptcp from '../../../wire/mptcp.ts';
import { octetsOf } from '../dissection.ts';
import { hexOf } from '../numbers.ts';
import { bits, type Flags, flagNames, hex, set, type Tree } from './tree.ts';

/** An option's octets. */
interface Place {
  readonly view: DataView;
  readonly at: number;
  readonly length: number;
}

const SUBTYPES: readonly string[] = [
  'Multipath Capable',
  'Join Connection',
  'Data Sequence Signal',
  'Add Address',
  'Remove Address',
  'Change Subflow Priority',
  'TCP Fallback',
  'Fast Close',
  'TCP Reset',
];

/** Level of an option's lines. */
const LINE = 3;

/** The name of an option's subtype. */
const nameOf = (subtype: number): string => SUBTYPES[subtype] ?? 'Unknown';

/** An option of Multipath TCP. */
export function addMultipath(tree: Tree, view: DataView, at: number, length: number): void {
  const hasSubtype = length >= mptcp.LEAST;
  const subtype = hasSubtype ? mptcp.subtype(view, at) : 0;
  const title = SUBTYPES[subtype] ?? `Unknown (${subtype})`;
  tree.add(2, `Multipath Transmission Control Protocol${hasSubtype ? `: ${title}` : ''}`);
  tree.add(LINE, 'Kind: Multipath TCP (30)');
  tree.add(LINE, `Length: ${length}`);
  if (!hasSubtype) return;
  const first = view.getUint8(at + 2);
  tree.add(LINE, `${bits(first, 0xf0, 8)} = Multipath TCP subtype: ${nameOf(subtype)} (${subtype})`);
  ADD[subtype]?.(tree, { view, at, length });
}

const ADD: readonly ((tree: Tree, place: Place) => void)[] = [
  addCapable,
  addJoin,
  addSignal,
  addAddress,
  addRemoved,
  addPriority,
  addFail,
  addFastClose,
  addReset,
];

const number64 = (view: DataView, at: number): string => view.getBigUint64(at).toString();

function addCapable(tree: Tree, { view, at, length }: Place): void {
  const version = mptcp.version(view, at);
  tree.add(LINE, `${bits(view.getUint8(at + 2), 0x0f, 8)} = Multipath TCP version: ${version}`);
  if (length < 4) return;
  const flags = mptcp.flags(view, at);
  const line = (mask: number, name: string): void =>
    tree.add(LINE + 1, `${bits(flags, mask, 8)} = ${name}: ${flags & mask ? 1 : 0}`);
  tree.add(LINE, `Multipath TCP flags: ${hex(flags, 2)}`);
  line(0x80, 'Checksum required');
  line(0x40, 'Extensibility');
  if (version === 1) {
    line(0x20, 'Do not attempt to establish new subflows to this address and port');
    line(0x01, 'Use HMAC-SHA256');
    tree.add(LINE + 1, `${bits(flags, 0x1e, 8)} = Reserved: ${hex((flags >>> 1) & 15, 1)}`);
  } else {
    line(0x01, 'Use HMAC-SHA1');
    tree.add(LINE + 1, `${bits(flags, 0x3e, 8)} = Reserved: ${hex((flags >>> 1) & 31, 2)}`);
  }
  if (length >= 12) tree.add(LINE, `Sender's Key: ${number64(view, at + 4)}`);
  if (length >= 20) tree.add(LINE, `Receiver's Key: ${number64(view, at + 12)}`);
  if (length >= 22) tree.add(LINE, `Data-level Length: ${view.getUint16(at + 20)}`);
  if (length >= 24) tree.add(LINE, `Checksum: ${hex(view.getUint16(at + 22), 4)}`);
}

function addBackup(tree: Tree, { view, at }: Place): void {
  const flags = view.getUint8(at + 2);
  tree.add(LINE, `Multipath TCP flags: ${hex(flags, 2)}`);
  tree.add(LINE + 1, `${bits(flags, mptcp.BACKUP, 8)} = Backup flag: ${flags & mptcp.BACKUP}`);
}

function addReserved(tree: Tree, { view, at }: Place): void {
  const word = view.getUint16(at + 2);
  tree.add(LINE, `${bits(word, 0x0fff, 16)} = Reserved: ${hex(word & 0x0fff, 3)}`);
}

function addJoin(tree: Tree, place: Place): void {
  const { view, at, length } = place;
  if (length === mptcp.JOIN_ACK) {
    addReserved(tree, place);
    tree.add(LINE, `Sender's HMAC: ${hexOf(octetsOf(view, at + 4, at + length))}`);
    return;
  }
  if (length !== mptcp.JOIN_SYN && length !== mptcp.JOIN_SYN_ACK) return;
  addBackup(tree, place);
  tree.add(LINE, `Address ID: ${mptcp.addressId(view, at)}`);
  if (length === mptcp.JOIN_SYN) tree.add(LINE, `Receiver's Token: ${view.getUint32(at + 4)}`);
  else tree.add(LINE, `Sender's Truncated HMAC: ${number64(view, at + 4)}`);
  tree.add(LINE, `Sender's Random Number: ${view.getUint32(at + length - 4)}`);
}

/** Flags of a signal, with what they say. */
const SIGNAL_FLAGS: Flags = [
  [mptcp.DATA_FIN, 'DATA_FIN'],
  [mptcp.LONG_NUMBER, 'Data Sequence Number is 8 octets'],
  [mptcp.HAS_MAPPING, 'Data Sequence Number, Subflow Sequence Number, Data-level Length, Checksum present'],
  [mptcp.LONG_ACK, 'Data ACK is 8 octets'],
  [mptcp.HAS_ACK, 'Data ACK is present'],
];

function addSignal(tree: Tree, { view, at, length }: Place): void {
  if (length < 4) return;
  const flags = mptcp.flags(view, at);
  tree.add(LINE, `Multipath TCP flags: ${hex(flags, 2)}`);
  for (const [mask, name] of SIGNAL_FLAGS)
    tree.add(LINE + 1, `${bits(flags, mask, 8)} = ${name}: ${flags & mask ? 1 : 0}`);
  const mapping = mptcp.mappingAt(view, at);
  const end = at + length;
  if (flags & mptcp.HAS_ACK && mapping <= end)
    tree.add(
      LINE,
      flags & mptcp.LONG_ACK
        ? `Original MPTCP Data ACK: ${number64(view, at + 4)} (64bits)`
        : `Original MPTCP Data ACK: ${view.getUint32(at + 4)}`,
    );
  const subflow = mptcp.subflowAt(view, at);
  if ((flags & mptcp.HAS_MAPPING) === 0 || subflow + mptcp.MAPPED > end) return;
  const isLong = (flags & mptcp.LONG_NUMBER) !== 0;
  const number = isLong ? number64(view, mapping) : String(view.getUint32(mapping));
  tree.add(LINE, `Data Sequence Number: ${number}  (${isLong ? 64 : 32}bits version)`);
  tree.add(LINE, `Subflow Sequence Number: ${view.getUint32(subflow)}`);
  tree.add(LINE, `Data-level Length: ${view.getUint16(subflow + 4)}`);
}

/** Addresses of version 0 say which IP they are of; those of version 1 whether they are only heard. */
function addAddress(tree: Tree, { view, at, length }: Place): void {
  if (length < 8) return;
  const first = view.getUint8(at + 2);
  const low = first & 15;
  if (low === 4 || low === 6) tree.add(LINE, `${bits(first, 0x0f, 8)} = IP version: ${low}`);
  else tree.add(LINE, `${bits(first, 0x01, 8)} = Echo: ${first & 1}`);
  tree.add(LINE, `Address ID: ${mptcp.addressId(view, at)}`);
  const octets = mptcp.addressOctets(length);
  let next = at + 4 + octets;
  if (next > at + length) return;
  if (octets === 4) tree.add(LINE, `Advertised IPv4 Address: ${formatIpv4(view.getInt32(at + 4))}`);
  else tree.add(LINE, `Advertised IPv6 Address: ${formatIpv6(view, at + 4)}`);
  if ((at + length - next) % 8 === 2) {
    tree.add(LINE, `Advertised port: ${view.getUint16(next)}`);
    next += 2;
  }
  if (next + 8 <= at + length) tree.add(LINE, `Truncated HMAC: ${number64(view, next)}`);
}

function addRemoved(tree: Tree, { view, at, length }: Place): void {
  tree.add(LINE, `[Number of removed addresses: ${length - mptcp.LEAST}]`);
  for (let i = at + mptcp.LEAST; i < at + length; i++) tree.add(LINE, `Address ID: ${view.getUint8(i)}`);
}

function addPriority(tree: Tree, place: Place): void {
  addBackup(tree, place);
  if (place.length > mptcp.LEAST) tree.add(LINE, `Address ID: ${mptcp.addressId(place.view, place.at)}`);
}

function addFail(tree: Tree, place: Place): void {
  if (place.length < 12) return;
  addReserved(tree, place);
  tree.add(LINE, `Data Sequence Number: ${number64(place.view, place.at + 4)}`);
}

function addFastClose(tree: Tree, place: Place): void {
  if (place.length < 12) return;
  addReserved(tree, place);
  tree.add(LINE, `Receiver's Key: ${number64(place.view, place.at + 4)}`);
}

const RESET_FLAGS: Flags = [
  [0x08, 'Flag U'],
  [0x04, 'Flag V'],
  [0x02, 'Flag W'],
  [0x01, 'Transient'],
];

const REASONS: readonly string[] = [
  'Unspecified error',
  'MPTCP-specific error',
  'Lack of resources',
  'Administratively prohibited',
  'Too much outstanding data',
  'Unacceptable performance',
  'Middlebox interference',
];

function addReset(tree: Tree, { view, at, length }: Place): void {
  if (length < 4) return;
  const flags = view.getUint8(at + 2);
  tree.add(LINE, `Multipath TCP flags: ${hex(flags, 2)}${flagNames(flags & 15, RESET_FLAGS)}`);
  for (const [mask, name] of RESET_FLAGS)
    tree.add(LINE + 1, `${bits(flags, mask, 4)} = ${name}: ${set((flags & mask) !== 0)}`);
  const reason = view.getUint8(at + 3);
  tree.add(LINE, `TCPRST Reason: ${REASONS[reason] ?? 'Unknown'} (${hex(reason, 2)})`);
}
