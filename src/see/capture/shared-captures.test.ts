/** Every capture of ../shared/captures against what tshark says of it: number of frames, damage, times, lengths. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect } from 'vitest';
import { needs, SHARED } from '../../../test/needs.ts';
import { CaptureReader } from './capture-reader.ts';
import { makePacket } from './packet.ts';

/** Where tcplab and tshark 4.0.17 differ, and why. */
const DIFFERENCES: Record<string, string> = {
  'pcpp__igmplayer.pcap': 'damaged; tshark takes it for a Nokia pcap, with record headers of 20 octets',
  'tcpdump__timestamp_invalid_micro.pcap': '2,147,483,648 microseconds, which overflow in tshark',
  'pcpp__crash-eec28dafde1f1ac2299674a75a914ae16d4046fa.pcap': '8,916,227 microseconds, which overflow in tshark',
  // tshark shows custom blocks as frames.
  'ngtest__le-test017.pcapng': 'custom blocks',
  'ngtest__le-test018.pcapng': 'custom blocks',
  'ngtest__le-test102.pcapng': 'custom blocks',
  'ngtest__le-test202.pcapng': 'custom blocks',
};

interface Truth {
  complaint: boolean;
  frames: number;
  /** Of each frame: time, length, captured length. */
  rows: string[][];
}

function lines(path: string): string[][] {
  const octets = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(octets) : octets).toString();
  return text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'));
}

function truthOf(folder: string): Map<string, Truth> {
  const truths = new Map<string, Truth>();
  for (const [name, code, frames] of lines(`${folder}-truth/status.tsv`)) {
    const rows = `${folder}-truth/${name}.tsv.gz`;
    truths.set(name!, {
      complaint: code !== '0',
      frames: Math.max(0, Number(frames)),
      rows: existsSync(rows) ? lines(rows).map((row) => row.slice(1, 4)) : [],
    });
  }
  return truths;
}

/** What there is to say of a file that is not as tshark says; empty when it is. */
function compare(octets: Uint8Array, chunk: number, truth: Truth): string[] {
  const said: string[] = [];
  const reader = new CaptureReader();
  const packet = makePacket();
  for (let at = 0; at < octets.length; at += chunk) {
    reader.push(octets.subarray(at, at + chunk));
    while (reader.next(packet)) {
      const [time = '', length, captured] = truth.rows[packet.number - 1] ?? [];
      const got = `${packet.seconds}.${String(packet.nanoseconds).padStart(9, '0')}`;
      // A simple packet has no time. tshark shows a fraction of a second or more as it stands, with ten digits.
      const even = /^\d+\.\d{9}$/.test(time);
      if (even && got !== time) said.push(`frame ${packet.number}: time ${got}, tshark ${time}`);
      // tshark ends at 2^31 - 1.
      const original = Math.min(packet.originalLength, 0x7fff_ffff);
      if (original !== Number(length) || packet.capturedLength !== Number(captured)) {
        said.push(`frame ${packet.number}: ${original}/${packet.capturedLength} octets, tshark ${length}/${captured}`);
      }
    }
  }
  reader.end();
  if (reader.packets !== truth.frames) said.push(`${reader.packets} frames, tshark ${truth.frames}`);
  const complaint = reader.problem !== undefined;
  if (complaint !== truth.complaint)
    said.push(`${reader.problem?.message ?? 'no complaint'}, tshark the other way round`);
  return said;
}

describe('as tshark says', () => {
  const it = needs({ shared: true });
  for (const name of ['own', 'synthetic', 'third-party']) {
    it(`captures/${name}`, () => {
      const folder = `${SHARED}/captures/${name}`;
      const truths = truthOf(folder);
      const differing: string[] = [];
      const files = readdirSync(folder);
      expect(files.length).toBeGreaterThan(20);
      for (const file of files) {
        const stored = readFileSync(`${folder}/${file}`);
        const octets = file.endsWith('.gz') ? gunzipSync(stored) : stored;
        const truth = truths.get(file);
        expect(truth, file).toBeDefined();
        for (const chunk of [octets.length + 1, 4096, 61]) {
          const said = compare(octets, chunk, truth!);
          if (said.length > 0) differing.push(file);
          if (!(file in DIFFERENCES)) expect(said, `${file} in chunks of ${chunk}`).toEqual([]);
        }
      }
      // What has ceased to differ must go from the list.
      const expected = Object.keys(DIFFERENCES).filter((file) => files.includes(file));
      expect([...new Set(differing)].sort()).toEqual(expected.sort());
    });
  }
});
