/**
 * Detail trees compared with what `tshark -V` prints: block by block, where a block is a layer's line and all that hangs under it. Used by tests. Not here: which blocks
 * may differ.
 */

/** A layer in a detail tree: its line, and the lines under it. */
export type Block = readonly string[];

/** Which layer a block is of, by the beginning of its line; a layer that is in none of these is not tcplab's. */
const LAYERS: readonly (readonly [layer: string, title: RegExp])[] = [
  ['frame', /^Frame \d+: /],
  ['eth', /^(Ethernet II|IEEE 802\.3 Ethernet)/],
  ['null', /^Null\/Loopback/],
  ['sll', /^Linux cooked/],
  ['raw', /^Raw packet data/],
  ['ppp', /^Point-to-Point Protocol/],
  ['chdlc', /^Cisco HDLC/],
  ['slarp', /^Cisco SLARP/],
  ['pap', /^PPP Password/],
  ['chap', /^PPP Challenge/],
  ['nflog', /^Linux Netfilter NFLOG/],
  ['radiotap', /^Radiotap/],
  ['wlan', /^IEEE 802\.11 (QoS )?(Data|Null|QoS)/],
  ['llc', /^Logical-Link Control/],
  ['vlan', /^802\.1Q/],
  ['ieee8021ad', /^IEEE 802\.1ad/],
  ['pppoe', /^PPP-over-Ethernet/],
  ['mpls', /^MultiProtocol Label/],
  ['pwethcw', /^PW Ethernet/],
  ['gre', /^Generic Routing/],
  ['vxlan', /^Virtual eXtensible/],
  ['geneve', /^Generic Network/],
  ['ip', /^Internet Protocol Version 4/],
  ['ipv6', /^Internet Protocol Version 6/],
  ['ah', /^Authentication Header/],
  ['icmp', /^Internet Control Message Protocol($|[^ ])/],
  ['icmpv6', /^Internet Control Message Protocol v6/],
  ['arp', /^Address Resolution Protocol/],
  ['udp', /^User Datagram Protocol/],
  ['tcp', /^Transmission Control Protocol/],
  ['segments', /^\[\d+ Reassembled TCP Segments/],
  ['http', /^Hypertext Transfer Protocol/],
  ['dns', /^(Domain Name System|Multicast Domain Name|Link-local Multicast Name)/],
  ['dhcp', /^Dynamic Host Configuration Protocol \(/],
];

/** The layer that a block is of; undefined for one that tcplab has no rule for, and for data. */
export const layerOfBlock = (block: Block): string | undefined =>
  LAYERS.find(([, title]) => title.test(block[0]!))?.[0];

/** Judgements, which are analysis, of connections over several paths, too: with what hangs under them they are left out. */
const JUDGEMENT =
  /\[Expert Info \((?!Chat\/Sequence\): (?:[A-Z-]+ \S|HTTP\/))|\[Conversation completeness|\[MPTCP analysis|\[Subflow (token|expected)|\[Multipath TCP Data ACK|\[DSS Data Sequence|\[(Request In|Response In|Time: |Retransmi|Unsolicited)|\[TCP Analysis Flags|\[HTTP re(quest|sponse) \d|\[(Prev|Next) re|\[Time since request|\[Request (in frame|URI)|^ {4}(HTTP chunked|Content-encoded|Data \()/;

/** Compared as the field that it is: frame.protocols. */
const PATH = /^ {4}\[Protocols in frame/;

/** The subtree of TCP's analysis, whose other lines depend on what is judged. */
const ANALYSIS = '    [SEQ/ACK analysis]';
const JUDGED = '    [SEQ/ACK analysis, judged]';

/** The blocks of each frame of a text in `tshark -V`'s form, without judgements, hexadecimal dumps and empty lines. */
export function blocksOf(text: string): Block[][] {
  const frames: string[][][] = [];
  let cut = Number.POSITIVE_INFINITY;
  for (const line of text.split('\n')) {
    const depth = line.search(/\S/);
    if (depth < 0 || depth > cut || /^[0-9a-f]{4} {2}/.test(line)) continue;
    cut = JUDGEMENT.test(line) ? depth : Number.POSITIVE_INFINITY;
    const block = frames.at(-1)?.at(-1);
    if (line.includes('[TCP Analysis Flags]')) block?.splice(block.indexOf(ANALYSIS), Infinity, JUDGED);
    if (cut < Number.POSITIVE_INFINITY || PATH.test(line)) continue;
    if (depth > 0) block?.push(line);
    else if (/^Frame \d+: /.test(line)) frames.push([[line]]);
    else frames.at(-1)?.push([line]);
  }
  return frames;
}

/** A layer of a frame whose lines are not tshark's. */
export interface BlockDifference {
  readonly file: string;
  readonly frame: number;
  readonly layer: string;
  readonly got: Block;
  readonly want: Block;
}

/** What comparing blocks came to. */
export interface BlockComparison {
  /** How many were compared, and how many were equal, by layer. */
  readonly compared: Map<string, number>;
  readonly equal: Map<string, number>;
  readonly differences: BlockDifference[];
}

export const makeBlockComparison = (): BlockComparison => ({ compared: new Map(), equal: new Map(), differences: [] });

const NOTHING: Block = [];

/** A block without the subtree of TCP's analysis. */
function withoutAnalysis(block: Block): Block {
  const from = block.findIndex((line) => line === ANALYSIS || line === JUDGED);
  if (from < 0) return block;
  const depth = ANALYSIS.search(/\S/);
  const rest = block.slice(from + 1);
  const end = rest.findIndex((line) => line.search(/\S/) <= depth);
  return [...block.slice(0, from), ...(end < 0 ? [] : rest.slice(end))];
}

function isEqual(got: Block, want: Block): boolean {
  if (!want.includes(JUDGED)) return got.join('\n') === want.join('\n');
  return withoutAnalysis(got).join('\n') === withoutAnalysis(want).join('\n');
}

/** Compares the layers of frames in the order they stand, those of one name with one another, and adds to `into`. */
export function compareBlocks(
  file: string,
  ours: readonly Block[][],
  theirs: readonly Block[][],
  into: BlockComparison,
): void {
  for (const [i, frame] of theirs.entries()) {
    const taken = new Map<string, number>();
    const mine = ours[i] ?? [];
    for (const want of frame) {
      const layer = layerOfBlock(want);
      if (layer === undefined) continue;
      const nth = taken.get(layer) ?? 0;
      taken.set(layer, nth + 1);
      const got = mine.filter((block) => layerOfBlock(block) === layer)[nth] ?? NOTHING;
      into.compared.set(layer, (into.compared.get(layer) ?? 0) + 1);
      if (isEqual(got, want)) into.equal.set(layer, (into.equal.get(layer) ?? 0) + 1);
      else into.differences.push({ file, frame: i + 1, layer, got, want });
    }
  }
}
