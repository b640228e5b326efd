/** What the data of a DNS record says: in its line, and under it. Read first: RFC 1035 §3.3; RFC 2782; RFC 3596; RFC 4034. Records of other types are octets. */
import { printableOctets } from '../../../core/printable.ts';
import { formatIpv4, formatIpv6 } from '../../../wire/address.ts';
import * as dns from '../../../wire/dns.ts';
import { dnsTypeTitle } from '../names.ts';
import { spanText, utcText } from '../time-text.ts';
import { addAuthorization, addService } from './dns-services.ts';
import { hex, type Tree } from './tree.ts';

const { TYPE } = dns;

/** Records whose data is a name, which their line repeats after a word: what the name is called below. */
const NAMES: Readonly<Record<number, readonly [word: string, title: string]>> = {
  [TYPE.NS]: ['ns ', 'Name Server'],
  [TYPE.CNAME]: ['cname ', 'CNAME'],
  [TYPE.PTR]: ['', 'Domain Name'],
  [TYPE.DNAME]: ['dname ', 'Dname'],
};

/** What the line of a record says behind its class. */
export function recordSummary(view: DataView, message: number, end: number, { type, from, to }: dns.Entry): string {
  const name = (at: number): string => (at < to ? dns.readName(view, message, at, end).text : '');
  const size = to - from;
  const word = NAMES[type]?.[0];
  if (word !== undefined) return size > 0 ? `, ${word}${name(from)}` : '';
  switch (type) {
    case TYPE.A:
      return size >= 4 ? `, addr ${formatIpv4(view.getInt32(from))}` : '';
    case TYPE.AAAA:
      return size >= 16 ? `, addr ${formatIpv6(view, from)}` : '';
    case TYPE.MX:
      return size > 2 ? `, preference ${view.getUint16(from)}, mx ${name(from + 2)}` : '';
    case TYPE.SOA:
      return `, mname ${name(from)}`;
    case TYPE.SRV:
      return size > 6
        ? `, priority ${view.getUint16(from)}, weight ${view.getUint16(from + 2)}, port ${view.getUint16(from + 4)}, target ${name(from + 6)}`
        : '';
    case TYPE.NSEC:
      return `, next domain name ${name(from)}`;
    case TYPE.HINFO: {
      const [cpu = '', os = ''] = strings(view, from, to);
      return `, CPU ${cpu}, OS ${os}`;
    }
    default:
      return '';
  }
}

/** Strings of a length octet each. */
function strings(view: DataView, from: number, to: number): string[] {
  const found: string[] = [];
  for (let i = from; i < to; i += 1 + view.getUint8(i)) {
    found.push(printableOctets(view, i + 1, Math.min(i + 1 + view.getUint8(i), to)));
  }
  return found;
}

/** The lines under a record's data length. */
export function addRecordData(tree: Tree, view: DataView, message: number, end: number, entry: dns.Entry): void {
  const { type, from, to } = entry;
  const size = to - from;
  const title = NAMES[type]?.[1];
  if (title !== undefined) {
    if (size > 0) tree.add(3, `${title}: ${dns.readName(view, message, from, end).text}`);
    return;
  }
  if (type === TYPE.SVCB || type === TYPE.HTTPS) addService(tree, view, message, end, entry);
  else if (type === TYPE.CAA) addAuthorization(tree, view, entry);
  else addOtherData(tree, view, message, end, entry);
}

function addOtherData(tree: Tree, view: DataView, message: number, end: number, { type, from, to }: dns.Entry): void {
  const write = RECORDS[type];
  if (write !== undefined) write(tree, view, message, end, from, to);
  else if (to > from) tree.addOctets(3, 'Data', view, from, to);
}

type Write = (tree: Tree, view: DataView, message: number, end: number, from: number, to: number) => void;

const nameText = (view: DataView, message: number, at: number, end: number): dns.Name =>
  dns.readName(view, message, at, end);

const addText =
  (what: string): Write =>
  (tree, view, _message, _end, from, to) => {
    let at = from;
    for (const text of strings(view, from, to)) {
      const length = view.getUint8(at);
      tree.add(3, `${what} Length: ${length}`);
      tree.add(3, `${what}: ${text}`);
      at += 1 + length;
    }
  };

const span = (seconds: number): string => `${seconds} (${spanText(seconds)})`;

const addSoa: Write = (tree, view, message, end, from, to) => {
  const primary = nameText(view, message, from, end);
  tree.add(3, `Primary name server: ${primary.text}`);
  if (primary.end < 0 || primary.end >= to) return;
  const mailbox = nameText(view, message, primary.end, end);
  tree.add(3, `Responsible authority's mailbox: ${mailbox.text}`);
  const at = mailbox.end;
  if (at < 0 || at + 20 > to) return;
  tree.add(3, `Serial Number: ${view.getUint32(at)}`);
  tree.add(3, `Refresh Interval: ${span(view.getUint32(at + 4))}`);
  tree.add(3, `Retry Interval: ${span(view.getUint32(at + 8))}`);
  tree.add(3, `Expire limit: ${span(view.getUint32(at + 12))}`);
  tree.add(3, `Minimum TTL: ${span(view.getUint32(at + 16))}`);
};

const ALGORITHMS: Readonly<Record<number, string>> = {
  1: 'RSA/MD5',
  2: 'Diffie-Hellman',
  3: 'DSA',
  5: 'RSA/SHA1',
  6: 'DSA-NSEC3-SHA1',
  7: 'RSASHA1-NSEC3-SHA1',
  8: 'RSA/SHA-256',
  10: 'RSA/SHA-512',
  13: 'ECDSA Curve P-256 with SHA-256',
  14: 'ECDSA Curve P-384 with SHA-384',
  15: 'Ed25519',
  16: 'Ed448',
};

const DIGESTS: Readonly<Record<number, string>> = { 1: 'SHA-1', 2: 'SHA-256', 3: 'GOST R 34.11-94', 4: 'SHA-384' };

const algorithm = (number: number): string => `Algorithm: ${ALGORITHMS[number] ?? 'Unknown'} (${number})`;

/** The types that a bit map says to exist (RFC 4034 §4.1.2). */
function addBitMap(tree: Tree, view: DataView, from: number, to: number): void {
  for (let i = from; i + 2 <= to; ) {
    const window = view.getUint8(i) << 8;
    const length = view.getUint8(i + 1);
    const last = Math.min(i + 2 + length, to);
    for (let k = i + 2; k < last; k++)
      for (let b = 0; b < 8; b++)
        if (view.getUint8(k) & (0x80 >>> b)) {
          const type = window + 8 * (k - i - 2) + b;
          tree.add(3, `RR type in bit map: ${dnsTypeTitle(type).replace(/ \(\d+\)$/, '')}`);
        }
    i += 2 + length;
  }
}

const RECORDS: Readonly<Record<number, Write>> = {
  [TYPE.A]: (tree, view, _message, _end, from, to) => {
    if (to - from >= 4) tree.add(3, `Address: ${formatIpv4(view.getInt32(from))}`);
  },
  [TYPE.AAAA]: (tree, view, _message, _end, from, to) => {
    if (to - from >= 16) tree.add(3, `AAAA Address: ${formatIpv6(view, from)}`);
  },
  [TYPE.MX]: (tree, view, message, end, from, to) => {
    if (to - from < 3) return;
    tree.add(3, `Preference: ${view.getUint16(from)}`);
    tree.add(3, `Mail Exchange: ${nameText(view, message, from + 2, end).text}`);
  },
  [TYPE.SRV]: (tree, view, message, end, from, to) => {
    if (to - from < 7) return;
    tree.add(3, `Priority: ${view.getUint16(from)}`);
    tree.add(3, `Weight: ${view.getUint16(from + 2)}`);
    tree.add(3, `Port: ${view.getUint16(from + 4)}`);
    tree.add(3, `Target: ${nameText(view, message, from + 6, end).text}`);
  },
  [TYPE.SOA]: addSoa,
  [TYPE.TXT]: addText('TXT'),
  [TYPE.SPF]: addText('SPF'),
  [TYPE.HINFO]: (tree, view, _message, _end, from, to) => {
    const [cpu = '', os = ''] = strings(view, from, to);
    tree.add(3, `CPU Length: ${cpu.length}`);
    tree.add(3, `CPU: ${cpu}`);
    tree.add(3, `OS Length: ${os.length}`);
    tree.add(3, `OS: ${os}`);
  },
  [TYPE.RP]: (tree, view, message, end, from) => {
    const mailbox = nameText(view, message, from, end);
    tree.add(3, `Mailbox: ${mailbox.text}`);
    if (mailbox.end >= 0) tree.add(3, `TXT RR: ${nameText(view, message, mailbox.end, end).text}`);
  },
  [TYPE.NSEC]: (tree, view, message, end, from, to) => {
    const next = nameText(view, message, from, end);
    tree.add(3, `Next Domain Name: ${next.text}`);
    if (next.end >= 0) addBitMap(tree, view, next.end, to);
  },
  [TYPE.DS]: (tree, view, _message, _end, from, to) => {
    if (to - from < 4) return;
    const digest = view.getUint8(from + 3);
    tree.add(3, `Key id: ${hex(view.getUint16(from), 4)}`);
    tree.add(3, algorithm(view.getUint8(from + 2)));
    tree.add(3, `Digest Type: ${DIGESTS[digest] ?? 'Unknown'} (${digest})`);
    if (to > from + 4) tree.addOctets(3, 'Digest', view, from + 4, to);
  },
  [TYPE.SSHFP]: (tree, view, _message, _end, from, to) => {
    if (to - from < 3) return;
    const [kind, print] = [view.getUint8(from), view.getUint8(from + 1)];
    const kinds: Readonly<Record<number, string>> = { 1: 'RSA', 2: 'DSS', 3: 'ECDSA', 4: 'Ed25519' };
    const prints: Readonly<Record<number, string>> = { 1: 'SHA1', 2: 'SHA256' };
    tree.add(3, `Algorithm: ${kinds[kind] ?? 'Unknown'} (${kind})`);
    tree.add(3, `Fingerprint type: ${prints[print] ?? 'Unknown'} (${print})`);
    tree.addOctets(3, 'Fingerprint', view, from + 2, to);
  },
  [TYPE.RRSIG]: (tree, view, message, end, from, to) => {
    if (to - from < 19) return;
    tree.add(3, `Type Covered: ${dnsTypeTitle(view.getUint16(from))}`);
    tree.add(3, algorithm(view.getUint8(from + 2)));
    tree.add(3, `Labels: ${view.getUint8(from + 3)}`);
    tree.add(3, `Original TTL: ${span(view.getUint32(from + 4))}`);
    tree.add(3, `Signature Expiration: ${utcText(view.getUint32(from + 8), 0)}`);
    tree.add(3, `Signature Inception: ${utcText(view.getUint32(from + 12), 0)}`);
    tree.add(3, `Key Tag: ${view.getUint16(from + 16)}`);
    const signer = nameText(view, message, from + 18, end);
    tree.add(3, `Signer's name: ${signer.text}`);
    if (signer.end >= 0 && signer.end < to) tree.addOctets(3, 'Signature', view, signer.end, to);
  },
};
