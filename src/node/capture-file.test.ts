import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CaptureReader, LINKTYPE, makePacket, type Packet } from '../see/capture/index.ts';
import { type CaptureFile, openCapture, readCapture, writeCapture } from './capture-file.ts';

const GOLDEN = fileURLToPath(new URL('../../test/golden/captures/', import.meta.url));
const LARGEST = `${GOLDEN}kernel__zero-window-silly.pcap`;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tcplab-capture-file-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);

function framesOf(octets: Uint8Array): number {
  const reader = new CaptureReader();
  const packet = makePacket();
  reader.push(octets);
  while (reader.next(packet));
  reader.end();
  expect(reader.problem).toBeUndefined();
  return reader.packets;
}

async function count(file: CaptureFile): Promise<{ packets: number; chunks: number }> {
  const packet = makePacket();
  let chunks = 0;
  for await (const reader of file) {
    chunks++;
    while (reader.next(packet));
  }
  return { packets: file.reader.packets, chunks };
}

function some(number: number, overrides: Partial<Packet> = {}): Packet {
  const bytes = Uint8Array.from([number, 2, 3, 4]);
  const where = { bytes, view: new DataView(bytes.buffer), capturedLength: 4, originalLength: 4 };
  return { ...makePacket(), number, seconds: number, ...where, ...overrides };
}

function coded(code: string, message = ''): unknown {
  return expect.objectContaining({ name: 'TcplabError', code, message: expect.stringContaining(message) });
}

describe('reading a regular file', () => {
  const frames = framesOf(readFileSync(LARGEST));

  test('in one chunk or in many, with for await and with readChunk', async () => {
    expect(await count(openCapture(LARGEST))).toEqual({ packets: frames, chunks: 1 });
    const file = openCapture(LARGEST, { chunkSize: 4096 });
    expect(file.size).toBe(statSync(LARGEST).size);
    const { packets, chunks } = await count(file);
    expect(packets).toBe(frames);
    expect(chunks).toBe(Math.ceil(file.size! / 4096));
    expect(file.reader.done).toBe(true);

    const again = openCapture(LARGEST, { chunkSize: 4096 });
    const packet = makePacket();
    while (again.readChunk()) while (again.reader.next(packet));
    expect(again.reader.packets).toBe(frames);
    expect(again.readChunk()).toBe(false);
  });

  test('timers have their turn while a file is read', async () => {
    let turns = 0;
    setImmediate(() => turns++);
    await count(openCapture(LARGEST, { chunkSize: 4096 }));
    expect(turns).toBe(1);
  });

  test('a file that grows while it is read is read to its new end, and nothing twice', async () => {
    const whole = readFileSync(LARGEST);
    const growing = path('grows.pcap');
    writeFileSync(growing, whole.subarray(0, 10_000));
    const file = openCapture(growing, { chunkSize: 4096 });
    const packet = makePacket();
    let octets = 0;
    for await (const reader of file) {
      if (file.position === 10_000) appendFileSync(growing, whole.subarray(10_000));
      while (reader.next(packet)) octets += packet.capturedLength;
    }
    expect(file.position).toBe(whole.length);
    expect(octets).toBe(whole.length - 24 - 16 * frames);
    expect(file.reader.problem).toBe(undefined);
  });

  test('readCapture hands out every packet, and stops when it is told to', async () => {
    let octets = 0;
    const reader = await readCapture(LARGEST, (packet) => {
      octets += packet.capturedLength;
    });
    expect(reader.packets).toBe(frames);
    expect(octets).toBe(statSync(LARGEST).size - 24 - 16 * frames);
    const stopped = await readCapture(LARGEST, (packet) => packet.number < 3);
    expect(stopped.packets).toBe(3);
  });

  test('a damaged file is read as far as it goes', async () => {
    writeFileSync(path('cut.pcap'), readFileSync(LARGEST).subarray(0, 4096));
    const reader = await readCapture(path('cut.pcap'), () => {});
    expect(reader.packets).toBeGreaterThan(0);
    expect(reader.problem?.kind).toBe('cut-short');
    writeFileSync(path('not.txt'), 'this is no capture'.repeat(1000));
    const file = openCapture(path('not.txt'), { chunkSize: 4096 });
    expect(await count(file)).toEqual({ packets: 0, chunks: 1 });
    expect(file.reader.problem?.kind).toBe('not-a-capture');
  });

  test('a compressed one is undone; how far the reading has come is told in its own octets', async () => {
    writeFileSync(path('packed.pcap.gz'), gzipSync(readFileSync(LARGEST)));
    const file = openCapture(path('packed.pcap.gz'));
    expect((await count(file)).packets).toBe(frames);
    expect(file.reader.problem).toBeUndefined();
    expect(file.position).toBe(statSync(path('packed.pcap.gz')).size);
    const again = openCapture(path('packed.pcap.gz'));
    expect(() => again.readChunk()).toThrow(coded('EINVAL', 'is compressed (gzip): read it with for await'));
    writeFileSync(path('cut.pcap.gz'), gzipSync(readFileSync(LARGEST)).subarray(0, 2000));
    const cut = await readCapture(path('cut.pcap.gz'), () => {});
    expect(cut.packets).toBeGreaterThan(10);
    expect(cut.problem).toMatchObject({
      kind: 'cut-short',
      message: "the file's gzip data end too early, at offset 2000 of the compressed file",
    });
  });

  test('one that grows is followed until that is no longer wanted', async () => {
    const whole = readFileSync(LARGEST);
    const cuts = [2, 30, 1000, 1001, whole.length - 5, whole.length];
    writeFileSync(path('growing.pcap'), '');
    let grown = 0;
    const grow = (): void => {
      const to = cuts.shift();
      if (to === undefined) return end.abort();
      appendFileSync(path('growing.pcap'), whole.subarray(grown, to));
      grown = to;
    };
    const end = new AbortController();
    const file = openCapture(path('growing.pcap'), { follow: end.signal });
    expect(file.isLive).toBe(true);
    const growing = setInterval(grow, 20);
    expect((await count(file)).packets).toBe(frames);
    clearInterval(growing);
    expect(file.reader.problem).toBeUndefined();

    const early = new AbortController();
    const cut = openCapture(path('cut.pcap'), { follow: early.signal });
    setTimeout(() => early.abort(), 50);
    await count(cut);
    expect(cut.reader.problem, 'a packet that is still being written is no damage').toBeUndefined();
  });

  test('one that is made shorter while it is followed is damaged', async () => {
    writeFileSync(path('shrinks.pcap'), readFileSync(LARGEST));
    const file = openCapture(path('shrinks.pcap'), { follow: new AbortController().signal });
    for await (const reader of file) {
      const packet = makePacket();
      while (reader.next(packet));
      writeFileSync(path('shrinks.pcap'), '');
    }
    expect(file.reader.packets).toBe(frames);
    expect(file.reader.problem?.message).toContain('the file was made shorter while it was followed');
  });

  test('what cannot be read', async () => {
    expect(() => openCapture(path('missing.pcap'))).toThrow(coded('ENOENT', `cannot read "${path('missing.pcap')}"`));
    expect(() => openCapture(folder)).toThrow(coded('EISDIR', 'it is a directory: name a file in it'));
    expect(() => openCapture(LARGEST, { chunkSize: 1 })).toThrow(coded('EINVAL', 'chunkSize is a whole number from'));
    await expect(readCapture(path('missing.pcap'), () => {})).rejects.toThrow(coded('ENOENT'));
    if (process.getuid?.() !== 0) {
      writeFileSync(path('secret.pcap'), '', { mode: 0 });
      expect(() => openCapture(path('secret.pcap'))).toThrow(coded('EACCES', 'you may not read it'));
    }
  });

  test('what the caller throws comes out as it is', async () => {
    const error = new Error('mine');
    await expect(
      readCapture(LARGEST, () => {
        throw error;
      }),
    ).rejects.toBe(error);
  });
});

describe('writing', () => {
  test('a copy of a capture has its packets and interfaces, in either format', async () => {
    for (const name of ['copy.pcap', 'copy.pcapng']) {
      const copy = writeCapture(path(name));
      const source = await readCapture(`${GOLDEN}lo.pcapng`, (packet, reader) => copy.write(packet, reader.interfaces));
      copy.close();
      const list: string[] = [];
      for (const file of [`${GOLDEN}lo.pcapng`, path(name)]) {
        const octets: string[] = [];
        await readCapture(file, ({ seconds, nanoseconds, originalLength, bytes, at, capturedLength }) => {
          octets.push(`${seconds}.${nanoseconds} ${originalLength} ${bytes.slice(at, at + capturedLength)}`);
        });
        list.push(octets.join('\n'));
      }
      expect(list[1]).toBe(list[0]);
      const written = await readCapture(path(name), () => {});
      expect(written.format).toBe(name.endsWith('pcap') ? 'pcap' : 'pcapng');
      if (written.format === 'pcapng') expect(written.interfaces[0]?.name).toBe(source.interfaces[0]?.name);
    }
  });

  test('everything is in the file when flush and close return', () => {
    const writer = writeCapture(path('flushed.pcap'), { interfaces: [{ linkType: LINKTYPE.ETHERNET }] });
    expect(framesOf(readFileSync(path('flushed.pcap')))).toBe(0);
    writer.write(some(1));
    writer.flush();
    expect(framesOf(readFileSync(path('flushed.pcap')))).toBe(1);
    writer.write(some(2));
    writer.close();
    writer.close();
    writer.flush();
    expect(framesOf(readFileSync(path('flushed.pcap')))).toBe(2);
    expect(writer.packets).toBe(2);
    expect(() => writer.write(some(3))).toThrow(coded('EBADF', 'it is closed'));
  });

  test('a capture without packets is a whole one', () => {
    for (const name of ['empty.pcap', 'empty.pcapng', 'empty']) {
      writeCapture(path(name)).close();
      expect(framesOf(readFileSync(path(name)))).toBe(0);
    }
    expect(readFileSync(path('empty'))[0]).toBe(0x0a);
  });

  test('a file that is there is overwritten', () => {
    writeFileSync(path('old.pcap'), 'x'.repeat(1000));
    const writer = writeCapture(path('old.pcap'), { resolution: 'micro', snaplen: 3 });
    writer.write(some(1));
    writer.close();
    expect(readFileSync(path('old.pcap'))).toHaveLength(24 + 16 + 3);
  });

  test('pcap holds one link type, pcapng any', () => {
    const packets = [some(1), some(2, { linkType: LINKTYPE.RAW, interfaceId: 1 })];
    const pcap = writeCapture(path('mixed'), { format: 'pcap' });
    pcap.write(packets[0]!);
    expect(() => pcap.write(packets[1]!)).toThrow(coded('TCPLAB_LINK_TYPE', 'write pcapng'));
    pcap.close();
    const pcapng = writeCapture(path('mixed'));
    for (const packet of packets) pcapng.write(packet);
    pcapng.close();
    expect(framesOf(readFileSync(path('mixed')))).toBe(2);
  });

  test('never to the file that is being read, by whatever name', () => {
    writeFileSync(path('source.pcap'), readFileSync(LARGEST));
    symlinkSync(path('source.pcap'), path('symbolic.pcap'));
    linkSync(path('source.pcap'), path('hard.pcap'));
    const file = openCapture(path('source.pcap'));
    const second = openCapture(path('symbolic.pcap'));
    second.close();
    for (const name of ['source.pcap', 'symbolic.pcap', 'hard.pcap']) {
      expect(() => writeCapture(path(name))).toThrow(coded('TCPLAB_SAME_FILE', 'write to another one'));
    }
    expect(readFileSync(path('source.pcap'))).toEqual(readFileSync(LARGEST));
    file.close();
    writeCapture(path('hard.pcap')).close();
    expect(framesOf(readFileSync(path('source.pcap')))).toBe(0);
  });

  test('what cannot be written', () => {
    mkdirSync(path('directory'));
    expect(() => writeCapture(path('directory'))).toThrow(coded('EISDIR', 'cannot write'));
    expect(() => writeCapture(path('no/such/folder.pcap'))).toThrow(coded('ENOENT'));
    expect(() => writeCapture(path('x.pcap'), { snaplen: -1, interfaces: [{ linkType: 1 }] })).toThrow(
      coded('EINVAL', 'not -1'),
    );
    expect(existsSync(path('x.pcap'))).toBe(false);
    if (existsSync('/dev/full')) {
      const writer = writeCapture('/dev/full', { format: 'pcap' });
      writer.write(some(1));
      expect(() => writer.close()).toThrow(coded('ENOSPC', 'no space is left'));
      expect(() => writer.close()).not.toThrow();
    }
  });
});

/** How many descriptors of this process are open for a file. */
const descriptorsOf = (file: string): number =>
  readdirSync('/proc/self/fd').filter((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`) === file;
    } catch {
      return false;
    }
  }).length;

describe.runIf(existsSync('/proc/self/fd'))('octets are read ahead', () => {
  test('a capture that is left or closed meanwhile is closed when they have come', async () => {
    for (const close of [true, false]) {
      const file = openCapture(LARGEST, { chunkSize: 4096 });
      for await (const reader of file) {
        expect(reader.packets).toBe(0);
        expect(descriptorsOf(LARGEST)).toBe(1);
        if (close) file.close();
        break;
      }
      await vi.waitFor(() => expect(descriptorsOf(LARGEST)).toBe(0));
    }
  });

  test('what is in the one chunk stands while the other is filled', async () => {
    const whole = readFileSync(LARGEST);
    const packet = makePacket();
    let frames = 0;
    for await (const reader of openCapture(LARGEST, { chunkSize: 4096 })) {
      // Long enough for the next octets to have come.
      await new Promise((resolve) => setTimeout(resolve, 1));
      while (reader.next(packet)) {
        frames++;
        expect(whole.includes(Buffer.from(packet.bytes.subarray(packet.at, packet.at + packet.capturedLength)))).toBe(
          true,
        );
      }
    }
    expect(frames).toBe(framesOf(whole));
  });
});
