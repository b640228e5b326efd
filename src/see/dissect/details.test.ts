/** The detail trees against tshark -V, layer by layer, without Wireshark's judgements. `TCPLAB_TRUTH=1` takes all captures and prints how many layers of each kind are equal. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { type BlockComparison, blocksOf, compareBlocks, makeBlockComparison } from '../../../test/detail-blocks.ts';
import { needs, SHARED } from '../../../test/needs.ts';
import { capturedPackets } from '../../../test/truth.ts';
import { Dissector, details } from './index.ts';

const both = needs({ shared: true, tools: ['tshark'] });

/** Captures whose containers the two read in different ways (test/known-differences.ts). */
const OTHERWISE_READ = /^(ngtest__|pcpp__(cf-|crash-)|tcpdump__timestamp_invalid)/;

/** Without `TCPLAB_TRUTH`, small captures with many kinds of layers: tshark takes a while to start. */
const FEW =
  /exthdr|VlanPackets|PPPoE|pppoe|nflog|solaris|3e80211|80211_qos|vxlan|geneve|various_gre|mpls-traceroute|802.1ad|ah-ipip|null|sll2|Linux|DltRaw|ICMPv6_echos|ipv6_ndp|ipv6_options|DnsPackets|dhcp_|icmp|ppp_ip|tcp_rst_data|urgent|port-reuse|udp-frag|opts|zerowin|sack/;

const isTaken = (file: string): boolean =>
  !OTHERWISE_READ.test(file) && (process.env.TCPLAB_TRUTH !== undefined || FEW.test(file));

function compare(path: string, file: string, result: BlockComparison): void {
  const options = { encoding: 'utf8', maxBuffer: 2 ** 28, env: { ...process.env, TZ: 'UTC' } } as const;
  const theirs = blocksOf(spawnSync('tshark', ['-n', '-V', '-r', path], options).stdout);
  const dissector = new Dissector();
  const ours = capturedPackets(path).map((packet) => blocksOf(details(dissector.dissect(packet)).join('\n'))[0]!);
  compareBlocks(file, ours, theirs, result);
}

const shares = ({ compared, equal }: BlockComparison): string[] =>
  [...compared].map(([layer, count]) => `  ${layer}: ${equal.get(layer) ?? 0} of ${count}`);

/** Of how many layers in a hundred all lines are tshark's, at the least; what the others lack is in docs/differences.md. */
const LEAST: Readonly<Record<string, number>> = {
  frame: 98,
  eth: 99.5,
  null: 100,
  sll: 100,
  raw: 100,
  ppp: 100,
  llc: 98,
  vlan: 97.5,
  ieee8021ad: 100,
  pppoe: 100,
  mpls: 83,
  gre: 78,
  vxlan: 100,
  geneve: 100,
  nflog: 100,
  radiotap: 92,
  wlan: 70,
  ip: 98.5,
  ipv6: 97.5,
  ah: 100,
  icmp: 85,
  icmpv6: 97.7,
  arp: 97.5,
  udp: 98.5,
  tcp: 94.5,
  segments: 98,
  dns: 94.5,
  dhcp: 80,
};

both(
  '--details: the layers are tshark -V',
  () => {
    const result = makeBlockComparison();
    for (const folder of ['own', 'synthetic', 'third-party'])
      for (const file of readdirSync(`${SHARED}/captures/${folder}`).filter(isTaken))
        compare(`${SHARED}/captures/${folder}/${file}`, file, result);
    if (process.env.TCPLAB_TRUTH !== undefined) console.log(shares(result).join('\n'));
    const worse = Object.entries(LEAST).flatMap(([layer, least]) => {
      const share = (100 * (result.equal.get(layer) ?? 0)) / (result.compared.get(layer) ?? 0);
      return share >= least
        ? []
        : [{ layer, share, example: result.differences.find((difference) => difference.layer === layer) }];
    });
    expect(worse).toEqual([]);
  },
  300_000,
);

const MADE = fileURLToPath(new URL('../../../test/golden/made/', import.meta.url));

/** Of the layers of the made captures, how many have all of tshark's lines, of how many; the others are of headers that were cut, or that contradict themselves. */
const OF_MADE: Readonly<Record<string, readonly [equal: number, compared: number]>> = {
  chap: [25, 78],
  chdlc: [142, 146],
  pap: [16, 36],
  slarp: [59, 61],
  ah: [0, 5],
  arp: [255, 287],
  dhcp: [19, 20],
  dns: [198, 303],
  eth: [5416, 5426],
  frame: [7295, 7295],
  geneve: [42, 44],
  gre: [107, 109],
  http: [122, 127],
  icmp: [451, 465],
  icmpv6: [279, 346],
  ieee8021ad: [79, 82],
  ip: [4372, 4430],
  ipv6: [834, 940],
  llc: [336, 353],
  mpls: [110, 110],
  nflog: [10, 18],
  null: [17, 17],
  ppp: [614, 656],
  pppoe: [105, 109],
  pwethcw: [3, 3],
  radiotap: [98, 105],
  raw: [6, 7],
  segments: [97, 101],
  sll: [186, 204],
  tcp: [1959, 2176],
  udp: [1112, 1244],
  vlan: [159, 165],
  vxlan: [20, 23],
  wlan: [369, 378],
};

needs({ tools: ['tshark'] })(
  '--details: the layers of the made captures are tshark -V',
  () => {
    const result = makeBlockComparison();
    for (const file of readdirSync(MADE).filter((name) => name.endsWith('.pcap'))) compare(MADE + file, file, result);
    const found = [...result.compared].map(([layer, count]) => [layer, [result.equal.get(layer) ?? 0, count]]);
    expect(Object.fromEntries(found)).toEqual(OF_MADE);
  },
  300_000,
);
