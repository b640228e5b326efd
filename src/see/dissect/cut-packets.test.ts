/** Packets of which the capture kept the first octets: their list lines and options are tshark 4.0.17's. */
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

/**
 * How many frames are equal in both, of how many. The others have options of impossible length; or go on with a message of HTTP that was cut, or carry a body of a type that the line does not tell, or a cut one that is packed (docs/differences.md).
 */
for (const [file, snapLength, wanted, equal, frames] of [
  ['ipv6.pcap', 60, 'icmpv6 or ipv6.hopopts', 5, 5],
  ['tcp-options.pcap', 60, 'tcp', 410, 493],
  ['http-media.pcap', 90, 'http', 53, 54],
  ['http-media.pcap', 150, 'http', 52, 54],
  ['http-heads.pcap', 90, 'http', 10, 10],
  ['http-heads.pcap', 150, 'http', 10, 10],
] as const)
  needs({ tools: ['tshark', 'editcap'] })(`${file}: ${wanted}, ${snapLength} octets`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'tcplab-cut-'));
    try {
      const path = join(folder, file);
      execFileSync('editcap', ['-s', `${snapLength}`, MADE + file, path], { stdio: 'ignore' });
      const asked = ['frame.number', '_ws.col.Protocol', '_ws.col.Info', 'tcp.options'].flatMap((name) => ['-e', name]);
      const said = execFileSync('tshark', ['-n', '-r', path, '-Y', wanted, '-T', 'fields', ...asked], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const dissector = new Dissector();
      const ours = new Map(
        capturedPackets(path).map((packet) => {
          const dissection = dissector.dissect(packet);
          const { protocol, info } = columns(dissection);
          return [packet.number, [protocol, info, fieldTexts(OPTIONS, dissection).join(',')]];
        }),
      );
      let same = 0;
      const rows = said.trimEnd().split('\n');
      for (const row of rows) {
        const [number, protocol = '', info = '', options = ''] = row.split('\t');
        const [ourProtocol = '', ourInfo = '', ourOptions = ''] = ours.get(Number(number))!;
        if (
          ourProtocol === protocol &&
          plainInfo(ourInfo) === plainInfo(info) &&
          ourOptions === options.replace('<MISSING>', '')
        )
          same++;
      }
      expect([same, rows.length]).toEqual([equal, frames]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
