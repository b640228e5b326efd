import { mkdirSync, mkdtempSync, readdirSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { LINKTYPE, makePacket, type Packet } from '../see/capture/index.ts';
import { openCapture } from './capture-file.ts';
import { CaptureFiles, type CaptureFilesLimits } from './capture-files.ts';

const root = mkdtempSync(join(tmpdir(), 'tcplab-files-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;

function packetAt(seconds: number): Packet {
  const packet = makePacket();
  packet.bytes = new Uint8Array(100);
  packet.view = new DataView(packet.bytes.buffer);
  packet.capturedLength = packet.originalLength = 100;
  packet.linkType = LINKTYPE.ETHERNET;
  packet.seconds = seconds;
  return packet;
}

/** How many packets each file has when packets of these seconds are written under limits. */
function written(
  limits: CaptureFilesLimits | undefined,
  seconds: readonly number[],
): { names: string[]; packets: number[]; begun: number } {
  const folder = join(root, String(folders++));
  const path = `${folder}-day.pcap`;
  const files = new CaptureFiles(path, limits, { interfaces: [{ linkType: LINKTYPE.ETHERNET }] });
  for (const second of seconds) files.write(packetAt(second));
  files.close();
  expect(files.packets).toBe(seconds.length);
  expect(readdirSync(root).map((name) => join(root, name))).toEqual(expect.arrayContaining([...files.paths]));
  const packets = files.paths.map((name) => {
    const file = openCapture(name);
    const packet = makePacket();
    let count = 0;
    while (file.readChunk()) while (file.reader.next(packet)) count++;
    return count;
  });
  return { names: files.paths.map((name) => name.slice(`${folder}-`.length)), packets, begun: files.begun };
}

test('without limits all goes into the one file that is named', () => {
  expect(written(undefined, [1, 2, 3])).toEqual({ names: ['day.pcap'], packets: [3], begun: 1 });
});

test('another file begins with the packet that would be too many, too much or too late', () => {
  expect(written({ packets: 2 }, [1, 2, 3, 4, 5]).packets).toEqual([2, 2, 1]);
  // 116 octets a packet.
  expect(written({ octets: 200 }, [1, 2, 3]).packets).toEqual([2, 1]);
  expect(written({ seconds: 10 }, [5, 14, 15, 24, 25]).packets).toEqual([2, 2, 1]);
});

test('names are numbered and dated as dumpcap’s are, and the oldest files give way', () => {
  const { names, packets, begun } = written({ packets: 1, files: 2 }, [1, 2, 3, 4]);
  expect(begun).toBe(4);
  expect(packets).toEqual([1, 1]);
  expect(names[0]).toMatch(/^day_00003_\d{14}\.pcap$/);
  expect(readdirSync(root).filter((name) => name.startsWith(`${folders - 1}-`))).toHaveLength(2);
});

test('a file that somebody has taken away need not be removed; one that cannot be ends it', () => {
  const options = { interfaces: [{ linkType: LINKTYPE.ETHERNET }] };
  const files = new CaptureFiles(join(root, 'taken.pcap'), { packets: 1, files: 1 }, options);
  files.write(packetAt(1));
  unlinkSync(files.paths[0]!);
  files.write(packetAt(2));
  expect(files.paths).toHaveLength(1);
  // A folder in its place.
  unlinkSync(files.paths[0]!);
  mkdirSync(files.paths[0]!);
  expect(() => files.write(packetAt(3))).toThrow(/taken_00002_\d+\.pcap": E(ISDIR|PERM)/);
  files.close();
});
