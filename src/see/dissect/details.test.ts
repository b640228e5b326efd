/** The detail trees of tags, labels, tunnels and IPv6 against tshark -V, line by line, without Wireshark's judgements. */
import { spawnSync } from 'node:child_process';
import { expect } from 'vitest';
import { needs, SHARED } from '../../../test/needs.ts';
import { capturedPackets } from '../../../test/truth.ts';
import { Dissector, details } from './index.ts';

/** Protocols that both print in full; of all others only the titles are compared, where both have one. */
const FULL =
  'ip,tcp,udp,icmp,arp,ipv6,ipv6.hopopts,ipv6.routing,ipv6.fraghdr,ipv6.dstopts,icmpv6,vlan,ieee8021ad,pppoes,ppp,mpls,gre,vxlan,geneve';

const NOT_COMPARED = /^(Frame|Hypertext|Data|Ethernet II|Line-based|[0-9a-f]{4} {2})/;

/** Lines without expert information, with what hangs under it, and without what is not compared. */
function facts(text: string): string[] {
  const kept: string[] = [];
  let cut = Number.POSITIVE_INFINITY;
  for (const line of text.split('\n')) {
    const depth = line.search(/\S|$/);
    if (line.trim() === '' || depth > cut) continue;
    cut = /\[Expert|ompleteness/.test(line) ? depth : Number.POSITIVE_INFINITY;
    if (cut === Number.POSITIVE_INFINITY && !NOT_COMPARED.test(line)) kept.push(line);
  }
  return kept;
}

for (const [file, frames, what] of [
  ['pcpp__VlanPackets.pcap', 20, 'tags in tags, ICMP'],
  ['pcpp__one_http_stream_rst.pcap', 4, 'PPP over Ethernet, TCP'],
  ['pcap4j__IpV6ExtFragmentPacketTest.pcap', 2, 'fragments of IPv6'],
  ['pcpp__four_ipv6_http_streams.pcap', 4, 'TCP over IPv6'],
  ['pcpp__ICMPv6_echos.cap', 10, 'ICMPv6'],
] as const)
  needs({ shared: true, tools: ['tshark'] })(`--details: ${what} (${file})`, () => {
    const path = `${SHARED}/captures/third-party/${file}`;
    const options = ['-n', '-V', '-O', FULL, '-c', String(frames), '-r', path];
    const theirs = spawnSync('tshark', options, { encoding: 'utf8' }).stdout;
    const dissector = new Dissector();
    const ours = capturedPackets(path)
      .slice(0, frames)
      .map((packet) => details(dissector.dissect(packet)).join('\n'));
    expect(facts(ours.join('\n'))).toEqual(facts(theirs));
    expect(facts(theirs).length).toBeGreaterThan(20 * frames);
  });
