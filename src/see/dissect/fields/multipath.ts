/** Fields of the option of Multipath TCP: tcp.options.mptcp.*, but for its keys, numbers and codes of 64 bits. */
import * as mptcp from '../../../wire/mptcp.ts';
import type { Field, FieldType, FieldValues } from '../field.ts';
import { PROTOCOL } from '../protocol.ts';
import { ipv6Text } from './ipv6.ts';
import { type Format, hex, layerField, octetsAt } from './kinds.ts';
import { eachOption, KIND } from './tcp-options.ts';

const TCP = PROTOCOL.TCP;
const { CAPABLE, JOIN, SIGNAL, ADD_ADDRESS, PRIORITY, FAIL, FAST_CLOSE, RESET } = mptcp;

/** Appends what an option has of a field. */
type Take = (view: DataView, at: number, length: number, into: FieldValues) => void;

/** A value of options of Multipath TCP that are long enough for their subtype. */
const multipath = (name: string, title: string, take: Take, format?: Format, type: FieldType = 'unsigned'): Field =>
  layerField(
    TCP,
    `tcp.options.mptcp.${name}`,
    type,
    title,
    (dissection, layer, into) => {
      eachOption(dissection, layer, (view, kind, at, length) => {
        if (kind === KIND.MULTIPATH && length >= mptcp.LEAST) take(view, at, length, into);
      });
    },
    format,
  );

/** Where the flags are of an option that has flags; -1 in others. */
function flagsAt(view: DataView, at: number, length: number): number {
  const subtype = mptcp.subtype(view, at);
  if (subtype === CAPABLE || subtype === SIGNAL) return length >= 4 ? at + 3 : -1;
  if (subtype === JOIN) return length === mptcp.JOIN_SYN || length === mptcp.JOIN_SYN_ACK ? at + 2 : -1;
  return subtype === PRIORITY || (subtype === RESET && length >= 4) ? at + 2 : -1;
}

/** A flag of some subtypes, and of one version only where that is given. */
const flag = (
  subtypes: readonly number[],
  mask: number,
  name: string,
  title: string,
  isVersion: (version: number) => boolean = () => true,
): Field =>
  multipath(name, title, (view, at, length, into) => {
    const place = flagsAt(view, at, length);
    if (place < 0 || !subtypes.includes(mptcp.subtype(view, at))) return;
    if (mptcp.subtype(view, at) !== CAPABLE || isVersion(mptcp.version(view, at)))
      into.push(view.getUint8(place) & mask ? 1 : 0);
  });

const isFirst = (version: number): boolean => version === 1;
const isBefore = (version: number): boolean => version !== 1;

const hasMapping = (view: DataView, at: number, length: number): boolean =>
  mptcp.subtype(view, at) === SIGNAL &&
  length >= 4 &&
  (mptcp.flags(view, at) & mptcp.HAS_MAPPING) !== 0 &&
  mptcp.subflowAt(view, at) + mptcp.MAPPED <= at + length;

/** A field of an address that is offered: `next` is what stands behind the address. */
const offered = (
  name: string,
  title: string,
  type: FieldType,
  take: (view: DataView, at: number, length: number, octets: number, into: FieldValues) => void,
  format?: Format,
): Field =>
  multipath(
    name,
    title,
    (view, at, length, into) => {
      const octets = mptcp.addressOctets(length);
      const isThere = mptcp.subtype(view, at) === ADD_ADDRESS && length >= 4 + octets;
      if (isThere) take(view, at, length, octets, into);
    },
    format,
    type,
  );

/** The lower half of the subtype's octet of an address: in version 0 the version of IP, in version 1 whether it is only heard. */
const half = (name: string, title: string, isIpVersion: boolean, mask: number): Field =>
  multipath(name, title, (view, at, length, into) => {
    if (mptcp.subtype(view, at) !== ADD_ADDRESS || length < 8) return;
    const low = view.getUint8(at + 2) & 15;
    if ((low === 4 || low === 6) === isIpVersion) into.push(low & mask);
  });

/** tcp.options.mptcp.* */
export const MULTIPATH_FIELDS: readonly Field[] = [
  multipath('subtype', 'Multipath TCP subtype', (view, at, _length, into) => into.push(mptcp.subtype(view, at))),
  multipath('version', 'Multipath TCP version', (view, at, _length, into) => {
    if (mptcp.subtype(view, at) === CAPABLE) into.push(mptcp.version(view, at));
  }),
  multipath(
    'flags',
    'Multipath TCP flags',
    (view, at, length, into) => {
      const place = flagsAt(view, at, length);
      if (place >= 0) into.push(view.getUint8(place));
    },
    hex(2),
  ),
  flag([CAPABLE], 0x80, 'checksumreq.flags', 'Checksum required'),
  flag([CAPABLE], 0x40, 'extensibility.flag', 'Extensibility'),
  flag(
    [CAPABLE],
    0x20,
    'nomoresubflows.flag',
    'Do not attempt to establish new subflows to this address and port',
    isFirst,
  ),
  flag([CAPABLE], 0x01, 'sha256.flag', 'Use HMAC-SHA256', isFirst),
  flag([CAPABLE], 0x01, 'sha1.flag', 'Use HMAC-SHA1', isBefore),
  flag([JOIN, PRIORITY], mptcp.BACKUP, 'backup.flag', 'Backup flag'),
  flag([SIGNAL], mptcp.DATA_FIN, 'datafin.flag', 'DATA_FIN'),
  flag([SIGNAL], mptcp.LONG_NUMBER, 'dseqn8.flag', 'Data Sequence Number is 8 octets'),
  flag(
    [SIGNAL],
    mptcp.HAS_MAPPING,
    'dseqnpresent.flag',
    'Data Sequence Number, Subflow Sequence Number, Data-level Length, Checksum present',
  ),
  flag([SIGNAL], mptcp.LONG_ACK, 'dataack8.flag', 'Data ACK is 8 octets'),
  flag([SIGNAL], mptcp.HAS_ACK, 'dataackpresent.flag', 'Data ACK is present'),
  multipath(
    'reserved',
    'Reserved',
    (view, at, length, into) => {
      const subtype = mptcp.subtype(view, at);
      const isThere = subtype === JOIN ? length === mptcp.JOIN_ACK : length >= 12;
      if ((subtype === JOIN || subtype === FAIL || subtype === FAST_CLOSE) && isThere)
        into.push(view.getUint16(at + 2) & 0x0fff);
    },
    hex(4),
  ),
  multipath(
    'rst_reason',
    'TCPRST Reason',
    (view, at, length, into) => {
      if (mptcp.subtype(view, at) === RESET && length >= 4) into.push(view.getUint8(at + 3));
    },
    hex(2),
  ),
  multipath('addrid', 'Address ID', (view, at, length, into) => {
    const [from, to] = mptcp.addressIds(view, at, length);
    for (let i = from; i < to; i++) into.push(view.getUint8(i));
  }),
  multipath('recvtok', "Receiver's Token", (view, at, length, into) => {
    if (mptcp.subtype(view, at) === JOIN && length === mptcp.JOIN_SYN) into.push(view.getUint32(at + 4));
  }),
  multipath('sendrand', "Sender's Random Number", (view, at, length, into) => {
    const isThere = length === mptcp.JOIN_SYN || length === mptcp.JOIN_SYN_ACK;
    if (mptcp.subtype(view, at) === JOIN && isThere) into.push(view.getUint32(at + length - 4));
  }),
  multipath(
    'sendhmac',
    "Sender's HMAC",
    (view, at, length, into) => {
      if (mptcp.subtype(view, at) === JOIN && length === mptcp.JOIN_ACK) into.push(octetsAt(view, at + 4, length - 4));
    },
    undefined,
    'bytes',
  ),
  multipath('subflowseqno', 'Subflow Sequence Number', (view, at, length, into) => {
    if (hasMapping(view, at, length)) into.push(view.getUint32(mptcp.subflowAt(view, at)));
  }),
  multipath('datalvllen', 'Data-level Length', (view, at, length, into) => {
    if (hasMapping(view, at, length)) into.push(view.getUint16(mptcp.subflowAt(view, at) + 4));
    else if (mptcp.subtype(view, at) === CAPABLE && length >= 22) into.push(view.getUint16(at + 20));
  }),
  multipath(
    'checksum',
    'Checksum',
    (view, at, length, into) => {
      if (mptcp.subtype(view, at) === CAPABLE && length >= 24) into.push(view.getUint16(at + 22));
    },
    hex(4),
  ),
  half('ipver', 'IP version', true, 15),
  half('echo', 'Echo', false, 1),
  offered('ipv4', 'Advertised IPv4 Address', 'ipv4', (view, at, _length, octets, into) => {
    if (octets === 4) into.push(view.getUint32(at + 4));
  }),
  offered(
    'ipv6',
    'Advertised IPv6 Address',
    'ipv6',
    (view, at, _length, octets, into) => {
      if (octets === 16) into.push(octetsAt(view, at + 4, 16));
    },
    ipv6Text,
  ),
  offered('port', 'Advertised port', 'unsigned', (view, at, length, octets, into) => {
    if ((length - 4 - octets) % 8 === 2) into.push(view.getUint16(at + 4 + octets));
  }),
];
