/** How many octets each end of a conversation sent, each counted once: as many as tshark's sequence numbers and lengths make. */
import { execFileSync } from 'node:child_process';
import { expect } from 'vitest';
import { analysisOf } from '../../../test/conversations.ts';
import { needs, SHARED } from '../../../test/needs.ts';
import { filesWithTruth } from '../../../test/truth.ts';

const SHARED_CAPTURES = `${SHARED}/captures`;
const FIELDS = ['tcp.stream', 'ip.src', 'ipv6.src', 'tcp.srcport', 'tcp.seq_raw', 'tcp.len', 'tcp.flags.syn'];

/** Captures in which numbers come late, again or in part. */
const TELLING = /^(dup_data|fast|http_gap|nohs|ooo|partial|recv|rto|sack|wrap)/;

/** By connection and sender. */
function octetsOf(path: string): Map<string, number> {
  const names = FIELDS.flatMap((name) => ['-e', name]);
  const options = ['-n', '-r', path, '-Y', 'tcp.len > 0 && tcp.flags.reset == 0 && !icmp', '-T', 'fields', ...names];
  const said = execFileSync('tshark', options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const seen = new Map<string, Set<number>>();
  for (const line of said.split('\n').filter(Boolean)) {
    const [stream, v4, v6, port, seq, length, syn] = line.split('\t');
    const key = `${stream} ${v4 || v6} ${port}`;
    const numbers = seen.get(key) ?? new Set();
    seen.set(key, numbers);
    for (let i = 0; i < Number(length); i++) numbers.add((Number(seq) + Number(syn) + i) >>> 0);
  }
  return new Map([...seen].map(([key, numbers]) => [key, numbers.size]));
}

needs({ shared: true, tools: ['tshark'] })(
  'octets are counted as tshark numbers them, whatever was lost, late or sent again',
  () => {
    const wrong: string[] = [];
    let ends = 0;
    for (const file of filesWithTruth(SHARED_CAPTURES, 'synthetic').filter((name) => TELLING.test(name))) {
      const path = `${SHARED_CAPTURES}/synthetic/${file}`;
      const wanted = octetsOf(path);
      for (const { index, ends: both, counts } of analysisOf(path).conversations)
        for (const [i, { address, port }] of both.entries()) {
          const want = wanted.get(`${index} ${address} ${port}`) ?? 0;
          ends++;
          if (counts[i]!.octets !== want) wrong.push(`${file} ${index} ${address}: ${counts[i]!.octets}, not ${want}`);
        }
    }
    expect(wrong).toEqual([]);
    expect(ends).toBeGreaterThan(25);
  },
  120_000,
);
