/** Packets of which the capture kept sixty octets: their list lines and options are tshark 4.0.17's. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { needs } from '../../../test/needs.ts';
import { capturedPackets, plainInfo } from '../../../test/truth.ts';
import { columns, Dissector, fieldTexts, findField } from './index.ts';

const MADE = fileURLToPath(new URL('../../../test/golden/made/', import.meta.url));
const OPTIONS = findField('tcp.options')!;

/** How many frames are equal in both, of how many; the others have options of impossible length. */
const EQUAL: Readonly<Record<string, readonly [number, number]>> = {
  'ipv6.pcap': [5, 5],
  'tcp-options.pcap': [414, 493],
};

for (const [file, wanted] of [
  ['ipv6.pcap', 'icmpv6 or ipv6.hopopts'],
  ['tcp-options.pcap', 'tcp'],
] as const)
  needs({ tools: ['tshark', 'editcap'] })(`${file}: ${wanted}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'tcplab-cut-'));
    try {
      const path = join(folder, file);
      execFileSync('editcap', ['-s', '60', MADE + file, path], { stdio: 'ignore' });
      const asked = ['frame.number', '_ws.col.Info', 'tcp.options'].flatMap((name) => ['-e', name]);
      const said = execFileSync('tshark', ['-n', '-r', path, '-Y', wanted, '-T', 'fields', ...asked], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const dissector = new Dissector();
      const ours = new Map(
        capturedPackets(path).map((packet) => {
          const dissection = dissector.dissect(packet);
          return [packet.number, [columns(dissection).info, fieldTexts(OPTIONS, dissection).join(',')]];
        }),
      );
      let equal = 0;
      const rows = said.trimEnd().split('\n');
      for (const row of rows) {
        const [number, info = '', options = ''] = row.split('\t');
        const [ourInfo = '', ourOptions = ''] = ours.get(Number(number))!;
        if (plainInfo(ourInfo) === plainInfo(info) && ourOptions === options.replace('<MISSING>', '')) equal++;
      }
      expect([equal, rows.length]).toEqual(EQUAL[file]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
