/**
 * Dissection compared with what tshark said of the same captures (../shared/captures/NAME-truth): field by field, frame by frame, and the list line. Used by
 * tests and by tools/differences.ts. Not here: which differences are known.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { CaptureReader, makePacket, type Packet } from '../src/see/capture/index.ts';
import { columns, Dissector, type Field, fieldTexts, findField } from '../src/see/dissect/index.ts';

/** What tshark says of a frame, by column. */
export type Row = Readonly<Record<string, string>>;

/** A value that is not tshark's. */
export interface Difference {
  readonly file: string;
  readonly frame: number;
  /** The field, or `Info` or `Protocol`. */
  readonly name: string;
  readonly got: string;
  readonly want: string;
  /** frame.protocols */
  readonly path: string;
}

/** What a comparison came to. */
export interface Comparison {
  /** How many values were compared, by field; `Info` among them. */
  readonly compared: Map<string, number>;
  readonly differences: Difference[];
  /** Frames that were compared, and those left out since a layer that tcplab has no rule for carries others. */
  frames: number;
  leftOut: number;
}

export const makeComparison = (): Comparison => ({ compared: new Map(), differences: [], frames: 0, leftOut: 0 });

/** Columns that are no field of the dissection: labels, and what stands on the list line. */
const NOT_COMPARED = /^(tcp\.analysis\.initial_rtt$|tcp\.completeness$|_ws\.col)/;

/** Layers that tcplab knows, by their names in frame.protocols; `data` and `ethertype` are names of nothing. */
const KNOWN = new Set(
  (
    'eth ethertype null raw ip ipv6 sll ppp nflog radiotap wlan_radio wlan llc vlan ieee8021ad pppoes pppoed mpls gre vxlan geneve ' +
    'pwethheuristic pwethcw pwethnocw ' +
    'ipv6.hopopts ipv6.dstopts ipv6.routing ipv6.fraghdr ah icmp icmpv6 arp udp tcp data'
  ).split(' '),
);

/** Whether tcplab follows as far as a path of frame.protocols goes; of layers above TCP and UDP, what they carry in turn is compared only where it does. */
export const isKnownPath = (path: string): boolean => {
  const names = path.split(':');
  const first = names.findIndex((name) => !KNOWN.has(name));
  // A layer without a rule is the last that tcplab shows: nothing that it knows may follow there.
  return first !== 0 && (first < 0 || !names.slice(first).some((name) => KNOWN.has(name) && name !== 'data'));
};

/** Whether every layer of a frame is known, so that frame.protocols itself can be compared. */
export const isWhollyKnown = (path: string): boolean => path.split(':').every((name) => KNOWN.has(name));

/** What TCP carries is data to tcplab, and nothing or data to tshark, as the protocols above it decide. */
const withoutPayload = (path: string): string => path.replace(/:tcp:data$/, ':tcp');

/** Which protocols ended too early; tshark says besides which of its other judgements call a frame malformed, and what was wrong when it put messages together. */
const malformed = (values: string): string =>
  [...values.matchAll(/\[Malformed Packet: ([^\]:]*)/g)].map(([, name]) => name).join(',');

/** A truth file's rows. */
export function truthOf(file: string): Row[] {
  const [head = '', ...lines] = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n');
  const names = head.split('\t');
  return lines.map((line) => {
    const cells = line.split('\t');
    return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? '']));
  });
}

/** Whether a list line says that its segment is of a message that goes on: such a line is TCP's, whatever is above it. */
export const isMarked = (info: string): boolean => info.endsWith('[TCP segment of a reassembled PDU]');

/** tshark's Info without what analysis puts into it. */
export const plainInfo = (info: string): string =>
  info
    .replace(/^(\[(TCP (?!segment of)[^\]]*|Packet size limited during capture)\] ?)+/, '')
    .replace(/\[Reassembly error, protocol TCP: .*\]$/, '')
    .trimEnd();

/** Every packet of a capture, each in memory of its own, as many as are whole; gzip is taken off. */
export function capturedPackets(path: string): Packet[] {
  const octets = readFileSync(path);
  const reader = new CaptureReader();
  reader.push(new Uint8Array(octets[0] === 0x1f && octets[1] === 0x8b ? gunzipSync(octets) : octets));
  reader.end();
  const packets: Packet[] = [];
  const packet = makePacket();
  while (reader.next(packet)) {
    const bytes = packet.bytes.slice(packet.at, packet.at + packet.capturedLength);
    packets.push({ ...packet, bytes, view: new DataView(bytes.buffer), at: 0 });
  }
  return packets;
}

/** The files of a folder of captures that have an answer. */
export const filesWithTruth = (captures: string, folder: string): string[] =>
  readdirSync(`${captures}/${folder}`).filter((file) => existsSync(`${captures}/${folder}-truth/${file}.tsv.gz`));

/** Compares a capture and adds to `into`. */
export function compareCapture(captures: string, folder: string, file: string, into: Comparison): void {
  compareRows(
    file,
    capturedPackets(`${captures}/${folder}/${file}`),
    truthOf(`${captures}/${folder}-truth/${file}.tsv.gz`),
    into,
  );
}

/** Compares packets with what tshark says of them. */
export function compareRows(file: string, packets: readonly Packet[], rows: readonly Row[], into: Comparison): void {
  const fields = Object.keys(rows[0] ?? {}).flatMap((name): Field[] => {
    const field = NOT_COMPARED.test(name) ? undefined : findField(name);
    return field === undefined ? [] : [field];
  });
  const dissector = new Dissector();
  for (const [i, row] of rows.entries()) {
    const packet = packets[i];
    if (packet === undefined) {
      into.differences.push({ file, frame: i + 1, name: 'frame.number', got: '', want: String(i + 1), path: '' });
      return;
    }
    const dissection = dissector.dissect(packet);
    const path = row['frame.protocols']!;
    if (!isKnownPath(path)) {
      into.leftOut++;
      continue;
    }
    into.frames++;
    const compare = (name: string, got: string, want: string): void => {
      into.compared.set(name, (into.compared.get(name) ?? 0) + 1);
      if (got !== want) into.differences.push({ file, frame: i + 1, name, got, want, path });
    };
    for (const field of fields) {
      const got = fieldTexts(field, dissection).join(',');
      const want = row[field.name]!;
      if (field.name === '_ws.malformed') {
        if (isWhollyKnown(path)) compare(field.name, malformed(got), malformed(want));
      } else if (field.name !== 'frame.protocols') compare(field.name, got, want);
      else if (isWhollyKnown(path)) compare(field.name, withoutPayload(got), withoutPayload(want));
    }
    const line = plainInfo(row['_ws.col.Info']!);
    if (!/(^|:)(tcp|udp|icmp|icmpv6|arp)$/.test(path) && !isMarked(line)) continue;
    const { protocol, info } = columns(dissection);
    compare('Info', info.trimEnd(), line);
    compare('Protocol', protocol, row['_ws.col.Protocol']!);
  }
}
