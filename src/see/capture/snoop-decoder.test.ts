import { expect, test } from 'vitest';
import { CaptureReader } from './capture-reader.ts';
import { makePacket } from './packet.ts';

const words = (...numbers: number[]): string => numbers.map((number) => number.toString(16).padStart(8, '0')).join('');
const header = (version = 2, dataLink = 4): string => `736e6f6f70000000${words(version, dataLink)}`;
/** RFC 1761 §Packet Record Format: original, included, record length, drops, seconds, microseconds; then the packet, and padding. */
const record = (included: number, length: number, data: string, microseconds = 5): string =>
  `${words(60, included, length, 0, 1_000, microseconds)}${data}`;

function read(
  hex: string,
  chunk = 1000,
): { packets: unknown[]; problem: string | undefined; linkType: number | undefined } {
  const octets = new Uint8Array(Buffer.from(hex, 'hex'));
  const reader = new CaptureReader();
  const packet = makePacket();
  const packets: unknown[] = [];
  for (let at = 0; at < octets.length; at += chunk) {
    reader.push(octets.subarray(at, at + chunk));
    while (reader.next(packet)) {
      const { seconds, nanoseconds, originalLength, bytes, at: from, capturedLength } = packet;
      const data = Buffer.from(bytes.subarray(from, from + capturedLength)).toString('hex');
      packets.push([seconds, nanoseconds, originalLength, data]);
    }
  }
  reader.end();
  return { packets, problem: reader.problem?.message, linkType: reader.interfaces[0]?.linkType };
}

test('packets with their padding, in chunks of any size; microseconds of a second or more count as seconds', () => {
  const file = `${header()}${record(4, 28, 'aabbccdd')}${record(3, 28, 'aabbcc00', 2_000_001)}`;
  for (const chunk of [1, 7, 1000]) {
    const { packets, problem, linkType } = read(file, chunk);
    expect(problem).toBeUndefined();
    expect(linkType).toBe(1);
    expect(packets).toEqual([
      [1_000, 5_000, 60, 'aabbccdd'],
      [1_002, 1_000, 60, 'aabbcc'],
    ]);
  }
});

test('what cannot be is named, behind the packets before it', () => {
  const good = `${header()}${record(4, 28, 'aabbccdd')}`;
  expect(read(`${good}${record(300_000, 300_024, '')}`)).toMatchObject({
    packets: [expect.anything()],
    problem:
      'packet 2 cannot be read, at offset 44: it claims 300000 captured octets, more than the 262144 a packet may have',
  });
  expect(read(`${good}${record(8, 28, 'aabbccdd')}`).problem).toContain(
    'it claims a record of 28 octets with 8 captured ones',
  );
  expect(read(`${good}${record(8, 0xffff_ffff, '')}`).problem).toContain('it claims a record of 4294967295 octets');
  expect(read(`${good}${record(8, 32, 'aabb')}`).problem).toContain(
    'the file ends in the middle of packet 2, at offset 44',
  );
  expect(read(header(3)).problem).toContain('snoop version 3 is none that tcplab knows');
  expect(read(header(2, 9)).problem).toContain("snoop's datalink type 9 is none that tcplab knows");
  expect(read(`736e6f6f71000000${words(2, 4)}`).problem).toContain('goes on otherwise');
});
