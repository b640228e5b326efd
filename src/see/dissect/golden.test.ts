/** The list, the detail tree, the hex dump and the JSON form of a real capture, against what tshark 4.0.17 prints of it (test/golden/dissect). */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { packetsOf } from '../../../test/packets.ts';
import { Dissector, details, FIELDS, fieldTexts, frameJson, hexDump, listLine } from './index.ts';

const golden = (name: string): string => new URL(`../../../test/golden/${name}`, import.meta.url).pathname;
const textOf = (name: string): string => readFileSync(golden(`dissect/${name}`), 'utf8');
const PACKETS = packetsOf(golden('captures/lo.pcapng'));

test('the packet list is tshark -n, octet for octet', () => {
  const dissector = new Dissector();
  const lines = PACKETS.map((packet) => `${listLine(dissector.dissect(packet))}\n`);
  expect(lines.join('')).toBe(textOf('lo-list.txt'));
});

test('the detail tree is tshark -V -O frame,eth,ip,tcp,udp,icmp,arp,data without its expert and completeness lines', () => {
  const dissector = new Dissector();
  const frames = PACKETS.map((packet) => details(dissector.dissect(packet)).join('\n'));
  expect(`${frames.join('\n\n')}\n`).toBe(textOf('lo-details.txt'));
});

test('the hex dump is tshark -x', () => {
  expect(`${hexDump(PACKETS[0]!).join('\n')}\n`).toBe(textOf('lo-hex.txt').trimEnd().concat('\n'));
});

test('a frame in JSON has its number, exact time and fields by layer', () => {
  const json = JSON.parse(JSON.stringify(frameJson(new Dissector().dissect(PACKETS[0]!))));
  expect(json).toMatchObject({ number: 1, time: '1795376857.167300129' });
  expect(Object.keys(json.layers)).toEqual(['frame', 'eth', 'ip', 'tcp']);
  expect(json.layers.ip).toMatchObject({
    'ip.src': '127.0.0.1',
    'ip.addr': ['127.0.0.1', '127.0.0.1'],
    'ip.flags.df': true,
  });
  expect(json.layers.tcp).toMatchObject({
    'tcp.srcport': 34348,
    'tcp.flags': 2,
    'tcp.flags.str': '··········S·',
    'tcp.options.mss_val': 65495,
    'tcp.option_kind': [2, 4, 8, 1, 3],
  });
});

test('JSON has every field of every layer as it is written elsewhere; numbers and what is true or false are JSON’s own', () => {
  const dissector = new Dissector();
  for (const packet of PACKETS) {
    const dissection = dissector.dissect(packet);
    const { layers } = frameJson(dissection);
    for (const field of FIELDS) {
      const layer = layers[field.name.slice(0, field.name.indexOf('.'))];
      if (layer === undefined || field.type === 'protocol') continue;
      const values = [layer[field.name] ?? []].flat();
      const isPlain = field.type === 'unsigned' || field.type === 'signed' || field.type === 'boolean';
      expect(values.map((value) => (typeof value === 'string' ? value : field.format(value)))).toEqual(
        fieldTexts(field, dissection),
      );
      expect(values.every((value) => (typeof value !== 'string') === isPlain)).toBe(true);
    }
  }
});
