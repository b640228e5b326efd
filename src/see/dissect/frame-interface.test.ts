/** Which interface a frame came from, and the check sequence that its capture says it has, against tshark's answers. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { needs } from '../../../test/needs.ts';
import { packetsOf } from '../../../test/packets.ts';
import { block, hex, little } from '../../../test/pcapng-blocks.ts';
import { Dissector, fieldTexts, findField } from './index.ts';

const SECTION = block(0x0a0d0d0a, `4d3c2b1a 0100 0000 ${'ff'.repeat(8)}`);
const WITHOUT_CHECK = block(1, '0100 0000 00000000');
const WITH_CHECK = block(1, `0100 0000 00000000 ${little(13, 2)}${little(1, 2)}04000000`);
const FRAME = `${'02'.repeat(12)}0800 4500001d 00010000 40110000 0a000001 0a000002 23282329 00090000 41`;
const frameFrom = (number: number): string =>
  block(6, `${little(number)}00000000 ${little(7)}${little(47)}${little(47)}${FRAME} deadbeef 00`);

const NAMES = ['frame.interface_id', 'eth.fcs', 'eth.trailer', 'frame.protocols'];

needs({ tools: ['tshark'] })('interfaces are counted in each section, and each has a check sequence or none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tcplab-interfaces-'));
  try {
    const path = join(folder, 'two-sections.pcapng');
    const first = SECTION + WITHOUT_CHECK + WITH_CHECK + frameFrom(0) + frameFrom(1);
    writeFileSync(path, hex(first, SECTION, WITH_CHECK, frameFrom(0)));
    const { stdout } = spawnSync(
      'tshark',
      ['-n', '-r', path, '-T', 'fields', ...NAMES.flatMap((name) => ['-e', name])],
      {
        encoding: 'utf8',
      },
    );
    const dissector = new Dissector();
    const lines = packetsOf(path).map((packet) => {
      const dissection = dissector.dissect(packet);
      return NAMES.map((name) => fieldTexts(findField(name)!, dissection).join(',')).join('\t');
    });
    expect(lines).toHaveLength(3);
    expect(`${lines.join('\n')}\n`).toBe(stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
