/** Expert information against tshark's, item for item and in its order. `TCPLAB_TRUTH=1` takes all captures. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { expect } from 'vitest';
import { needs, SHARED } from '../../../test/needs.ts';
import { capturedPackets, isWhollyKnown } from '../../../test/truth.ts';
import { Dissector, fieldTexts, findField } from './index.ts';

/** Captures whose containers the two read in different ways (test/known-differences.ts). */
const OTHERWISE_READ = /^(ngtest__|pcpp__(cf-|crash-)|tcpdump__timestamp_invalid)/;

/** Captures that have all items among them. */
const FEW =
  /^(opts|bad|dsack|rto)\.|kernel__(port-reuse|urgent|udp-frag)|emix|rewrite_|ipv6_options|routing|traceroute|kday|invalid_hdr|ipv4-malformed|sll_oversized|activeos/;

/** What analysis of connections says, and protocols above TCP and UDP, the frame's own clock and comments, and radio. */
const ELSEWHERE =
  /suspected|Duplicate ACK|Previous segment|ACKed segment|window|Window segment|keep-alive|Window Probe|new tcp session|TFO|fragment overlaps|DNS (query|response)|Packet #|^test\d|Arrival Time|assuming|No dissector|Extraneous|Seconds elapsed|Non standard compliant/;

/** What is known to differ, by file. */
const KNOWN: readonly (readonly [file: RegExp, why: string])[] = [
  [
    /ipv6_options|ip_ts_opts_asan|l7fuzzing/,
    'options of IPv4 and IPv6 are not judged, nor a length in IPv6 that leaves no room',
  ],
  [/icmp_traceroute/, 'what is malformed in a quotation is not said'],
  [/mptcp-v1/, 'tshark counts NOPs on both sides of an MPTCP option as one row'],
  [/kday3/, 'a packet of IPv6 behind the EtherType of IPv4: that its version is none of IPv4 is not said'],
  [/kday4/, 'a length in place of an EtherType that is longer than the frame'],
  [/frag6_negative_len/, 'behind a fragment header with an impossible offset tshark stops'],
];

needs({ shared: true, tools: ['tshark'] })(
  'the items of every frame whose layers are known are tshark’s',
  () => {
    const different: string[] = [];
    const seen = new Map<string, number>();
    const [message, severity, group] = ['message', 'severity', 'group'].map((name) => findField(`_ws.expert.${name}`)!);
    for (const folder of ['own', 'synthetic', 'third-party'])
      for (const file of readdirSync(`${SHARED}/captures/${folder}`)) {
        if (OTHERWISE_READ.test(file) || (process.env.TCPLAB_TRUTH === undefined && !FEW.test(file))) continue;
        const path = `${SHARED}/captures/${folder}/${file}`;
        const names = ['frame.protocols', '_ws.expert.message', '_ws.expert.severity', '_ws.expert.group'];
        const { stdout } = spawnSync(
          'tshark',
          ['-n', '-r', path, '-T', 'fields', '-E', 'aggregator=|', ...names.flatMap((name) => ['-e', name])],
          { encoding: 'utf8', maxBuffer: 2 ** 28 },
        );
        const rows = stdout.replace(/\n$/, '').split('\n');
        const dissector = new Dissector();
        for (const [i, packet] of capturedPackets(path).entries()) {
          const dissection = dissector.dissect(packet);
          const [protocols = '', ...columns] = (rows[i] ?? '').split('\t');
          if (rows[i] === undefined || !isWhollyKnown(protocols.replace(/:(dns|mdns|llmnr|dhcp|mptcp)/, ''))) continue;
          const [messages = [], severities = [], groups = []] = columns.map((column) => column.split('|'));
          const want = messages
            .map((text, k) => `${text} (${severities[k]}, ${groups[k]})`)
            .filter((text) => text !== ' (, )' && !ELSEWHERE.test(text));
          const [m, s, g] = [message!, severity!, group!].map((field) => fieldTexts(field, dissection));
          const got = m!.map((text, k) => `${text} (${s![k]}, ${g![k]})`);
          for (const text of got) seen.set(text.replace(/\d+/g, '#'), i);
          if (got.join('|') !== want.join('|') && !KNOWN.some(([known]) => known.test(file)))
            different.push(`${file} ${i + 1} ${protocols}: ${got.join(' | ')} instead of ${want.join(' | ')}`);
        }
      }
    expect(different).toEqual([]);
    expect(seen.size).toBeGreaterThan(20);
  },
  300_000,
);
