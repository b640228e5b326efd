/** The detail trees against tshark -V, layer by layer, without Wireshark's judgements. `TCPLAB_TRUTH=1` takes all captures and prints how many layers of each kind are equal. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
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
  /VlanPackets|PPPoE|pppoe|nflog|solaris|3e80211|80211_qos|vxlan|geneve|various_gre|mpls-traceroute|802.1ad|ah-ipip|null|sll2|Linux|DltRaw|ICMPv6_echos|ipv6_ndp|ipv6_options|DnsPackets|dhcp_|icmp|ppp_ip|tcp_rst_data|urgent|port-reuse|udp-frag|opts|zerowin|sack/;

const isTaken = (file: string): boolean =>
  !OTHERWISE_READ.test(file) && (process.env.TCPLAB_TRUTH !== undefined || FEW.test(file));

function compare(folder: string, result: BlockComparison): void {
  for (const file of readdirSync(`${SHARED}/captures/${folder}`).filter(isTaken)) {
    const path = `${SHARED}/captures/${folder}/${file}`;
    const options = { encoding: 'utf8', maxBuffer: 2 ** 28, env: { ...process.env, TZ: 'UTC' } } as const;
    const theirs = blocksOf(spawnSync('tshark', ['-n', '-V', '-r', path], options).stdout);
    const dissector = new Dissector();
    const ours = capturedPackets(path).map((packet) => blocksOf(details(dissector.dissect(packet)).join('\n'))[0]!);
    compareBlocks(file, ours, theirs, result);
  }
}

const shares = ({ compared, equal }: BlockComparison): string[] =>
  [...compared].map(([layer, count]) => `  ${layer}: ${equal.get(layer) ?? 0} of ${count}`);

/** Of how many layers in a hundred all lines are tshark's, at the least; what the others lack is in docs/differences.md. */
const LEAST: Readonly<Record<string, number>> = {
  eth: 99.5,
  null: 85,
  sll: 100,
  raw: 100,
  ppp: 97,
  llc: 85,
  vlan: 90,
  ieee8021ad: 100,
  pppoe: 50,
  mpls: 80,
  gre: 55,
  vxlan: 100,
  geneve: 40,
  nflog: 100,
  ip: 98,
  ipv6: 30,
  ah: 100,
  icmp: 40,
  icmpv6: 25,
  arp: 90,
  udp: 90,
  tcp: 80,
  dns: 80,
  dhcp: 75,
};

both(
  '--details: the layers are tshark -V',
  () => {
    const result = makeBlockComparison();
    for (const folder of ['own', 'synthetic', 'third-party']) compare(folder, result);
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
