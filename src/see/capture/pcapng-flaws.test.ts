/** Blocks that contradict themselves: which ones, after how many packets, is Wireshark's answer. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { needs } from '../../../test/needs.ts';
import { block, hex, little } from '../../../test/pcapng-blocks.ts';
import { CaptureReader, makePacket } from './index.ts';

const SECTION = block(0x0a0d0d0a, `4d3c2b1a 0100 0000 ${'ff'.repeat(8)}`);
const interfaceOf = (options = ''): string => block(1, `0100 0000 00000000 ${options}`);
const packetOf = (options = ''): string =>
  block(6, `00000000 ${little(1)}${little(1)}${little(4)}${little(4)}61626364 ${options}`);
const GOOD = SECTION + interfaceOf() + packetOf();
const END = '00000000';

/** An option or a record: its number, its length, its value as it stands there. */
const item = (code: number, length: number, value = ''): string => little(code, 2) + little(length, 2) + value;
const OVER = item(1, 400, '61626364');

const FILES: Readonly<Record<string, string>> = {
  'a packet whose option goes on': SECTION + interfaceOf() + packetOf(OVER),
  'an option behind the last one': GOOD + packetOf(END + OVER),
  'flags of three octets': GOOD + packetOf(item(2, 3, '01020300')),
  'flags of four octets': GOOD + packetOf(item(2, 4, '01000000')),
  'drops of four octets': GOOD + packetOf(item(4, 4, '01000000')),
  'a number of four octets': GOOD + packetOf(item(5, 4, '01000000')),
  'a queue of eight octets': GOOD + packetOf(item(6, 8, '0100000000000000')),
  'a verdict of none': GOOD + packetOf(item(7, 0)),
  'a hash of none': GOOD + packetOf(item(3, 0)),
  'a comment of none': GOOD + packetOf(item(1, 0)),
  'a custom option without its owner': GOOD + packetOf(item(2988, 2, '61620000')),
  'an unknown option that goes on': GOOD + packetOf(item(77, 5, '61626364')),
  'an interface whose option goes on': SECTION + interfaceOf(OVER) + packetOf(),
  'a filter of none': SECTION + interfaceOf(item(11, 0)) + packetOf(),
  'a clock of two octets': SECTION + interfaceOf(item(9, 2, '06060000')) + packetOf(),
  'a section whose option goes on': GOOD + block(0x0a0d0d0a, `4d3c2b1a 0100 0000 ${'ff'.repeat(8)}${OVER}`),
  'statistics whose option goes on': GOOD + block(5, `00000000 00000000 00000000 ${OVER}`),
  'statistics that are short': GOOD + block(5, '00000000 00000000') + packetOf(),
  'statistics of four octets': GOOD + block(5, `00000000 00000000 00000000 ${item(4, 4, '01000000')}`) + packetOf(),
  'names that are none': GOOD + block(4, '') + packetOf(),
  'a name that goes on': GOOD + block(4, item(1, 400, '61626364')) + packetOf(),
  'a name of three octets': GOOD + block(4, item(1, 3, '61626300') + END) + packetOf(),
  'a name without an end': GOOD + block(4, item(1, 8, '0a000001 61626364') + END) + packetOf(),
  'a second name without an end': GOOD + block(4, item(1, 8, '0a000001 61006364') + END) + packetOf(),
  'a name': GOOD + block(4, item(1, 8, '0a000001 61626300') + END) + packetOf(),
  'an address without a name': GOOD + block(4, item(2, 16, '00'.repeat(16)) + END) + packetOf(),
  'names whose option goes on': GOOD + block(4, END + OVER) + packetOf(),
  'names that do not end': GOOD + block(4, item(1, 8, '0a000001 61626300')) + packetOf(),
  'names of an unknown kind': GOOD + block(4, item(7, 4, '61626364') + END) + packetOf(),
  'secrets that go on': GOOD + block(10, `4b534c54 ${little(400)}61626364`) + packetOf(),
  'secrets that are short': GOOD + block(10, '4b534c54') + packetOf(),
  'secrets whose option goes on': GOOD + block(10, `4b534c54 ${little(4)}61626364 ${OVER}`) + packetOf(),
  'a custom block of nobody': GOOD + block(0xbad, '') + packetOf(),
  'a journal of four octets': GOOD + block(9, '61626364') + packetOf(),
  'a simple packet with more behind': GOOD + block(3, `${little(4)}6162636465666768`) + packetOf(),
  'an unknown block': GOOD + block(0x77, '') + packetOf(),
};

needs({ tools: ['capinfos'] })('files are damaged where they are for Wireshark, after as many packets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tcplab-flaws-'));
  try {
    const names = Object.keys(FILES);
    for (const name of names) writeFileSync(join(folder, name), hex(FILES[name]!));
    const { stdout, stderr } = spawnSync('capinfos', ['-Tmrc', ...names], { cwd: folder, encoding: 'utf8' });
    const whole = new Map(
      stdout.split('\n').map((line): [string, string] => {
        const [name = '', packets = ''] = line.split(',');
        return [name, packets];
      }),
    );
    // Of a file whose interface is already damaged no packet is told.
    const damaged = new Map([...stderr.matchAll(/The file "(.*)" appears/g)].map(([, name = '']) => [name, '0']));
    for (const [, packets = '', name = ''] of stderr.matchAll(/after reading (\d+) packets? from "(.*)"/g))
      damaged.set(name, packets);
    for (const name of names) {
      const reader = new CaptureReader();
      reader.push(hex(FILES[name]!));
      reader.end();
      let packets = 0;
      for (const packet = makePacket(); reader.next(packet); ) packets++;
      const got = `${packets} ${reader.problem === undefined ? 'whole' : 'damaged'}`;
      const want = damaged.has(name) ? `${damaged.get(name)} damaged` : `${whole.get(name)} whole`;
      expect(got, `${name}: ${reader.problem?.message}`).toBe(want);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
