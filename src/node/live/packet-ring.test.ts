/**
 * The ring on this machine's loopback interface, with datagrams that the tests send themselves, and in network namespaces of
 * test/live-namespace.ts, which end with the process in them. Nothing here waits for time to pass: only for packets.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Listener, withCapture } from '../../../test/live-traffic.ts';
import { needs } from '../../../test/needs.ts';
import { TcplabError } from '../../core/errors.ts';
import { LINKTYPE } from '../../see/capture/packet.ts';
import { type Ffi, loadFfi } from '../ffi.ts';
import type { BpfInstruction, LiveOptions } from './contract.ts';
import { ANY } from './interfaces.ts';
import { openPacketRing } from './packet-ring.ts';
import { PacketSocket } from './packet-socket.ts';
import { openProgram, PROGRAMS } from './program.ts';

const ffi: Ffi | undefined = await loadFfi().catch(() => undefined);

function needsRing(...tools: string[]): ReturnType<typeof needs> {
  if (ffi === undefined) return (name) => test.skip(`${name} (needs koffi)`, () => {});
  return needs({ root: true, tools: ['ip', ...tools] });
}

/** struct tpacket_req3's option (Linux's if_packet.h). */
const PACKET_RX_RING = 5;

const withRing = needsRing();
const lo = (options: LiveOptions = {}) => openPacketRing(ffi!, 'lo', options);

withRing('each datagram on lo is shown once, whole, in order and in its time', async () => {
  const capture = lo();
  await withCapture(capture, async (talker) => {
    const listener = new Listener(talker.port);
    const before = Date.now();
    // Collected from the opening on, so these two are there when it starts.
    await talker.say('first');
    await talker.say('second');
    capture.start(listener.events());
    await talker.say('x'.repeat(60_000));
    await talker.say('last');
    await listener.last('last');
    expect(listener.heard.map(({ payload }) => payload)).toEqual(['first', 'second', 'x'.repeat(60_000), 'last']);
    expect(listener.heard.map(({ originalLength }) => originalLength)).toEqual([47, 48, 60_042, 46]);
    for (const one of listener.heard) {
      expect(one.capturedLength).toBe(one.originalLength);
      expect(one.linkType).toBe(LINKTYPE.ETHERNET);
      expect(one.checksumPending, 'the loopback interface does not fill checksums in').toBe(true);
      expect(one.time).toBeGreaterThanOrEqual(before - 1);
      expect(one.time).toBeLessThanOrEqual(Date.now() + 1);
    }
    expect(capture.statistics().dropped).toBe(0);
    expect(capture.statistics().received).toBeGreaterThanOrEqual(4);
  });
});

withRing('a TCP connection on lo is shown from its SYN to its last ACK, each segment once', async () => {
  const capture = lo();
  const server = createServer((socket) => socket.on('data', () => socket.end('answer'))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const segments: { sequence: number; flags: number; length: number; fromServer: boolean }[] = [];
  try {
    await new Promise<void>((resolve) => {
      let finished = 0;
      capture.start({
        packet({ view, at, capturedLength }) {
          if (capturedLength < 54 || view.getUint8(at + 23) !== 6) return;
          const fromServer = view.getUint16(at + 34) === port;
          if (!fromServer && view.getUint16(at + 36) !== port) return;
          const length = view.getUint16(at + 16) - 20 - (view.getUint8(at + 46) >> 4) * 4;
          const flags = view.getUint8(at + 47);
          segments.push({ sequence: view.getUint32(at + 38), flags, length, fromServer });
          if ((flags & 1) !== 0) finished++;
          else if (finished === 2) resolve();
        },
      });
      const client = createConnection(port, '127.0.0.1', () => client.end('question'));
      client.resume();
    });
  } finally {
    server.close();
    await capture.close();
  }
  expect(segments.slice(0, 3).map(({ flags }) => flags)).toEqual([0x02, 0x12, 0x10]);
  const carrying = segments.filter(({ length, flags }) => length > 0 || (flags & 3) !== 0);
  const unique = new Set(carrying.map((one) => `${one.fromServer} ${one.sequence} ${one.length} ${one.flags}`));
  expect(unique.size, 'a segment that takes sequence numbers was shown twice').toBe(carrying.length);
  expect(segments.reduce((sum, { length }) => sum + length, 0)).toBe('question'.length + 'answer'.length);
});

for (const program of PROGRAMS) {
  needsRing(program)(`what ${program} captures at the same time is the same`, async () => {
    const capture = lo();
    const reference = await openProgram(program, 'lo', {}, []);
    await withCapture(capture, async (talker) => {
      const ring = new Listener(talker.port);
      const other = new Listener(talker.port);
      capture.start(ring.events());
      reference.start(other.events());
      for (let i = 0; i < 200; i++) await talker.say(`${i} ${'.'.repeat((i * 97) % 1400)}`);
      await talker.say('last');
      await Promise.all([ring.last('last'), other.last('last')]);
      await reference.close();
      expect(reference.statistics().dropped).toBe(0);
      expect(ring.heard).toHaveLength(201);
      expect(ring.heard.map(({ octets }) => octets)).toEqual(other.heard.map(({ octets }) => octets));
      expect(ring.heard.map(({ originalLength }) => originalLength)).toEqual(
        other.heard.map(({ originalLength }) => originalLength),
      );
    });
  });
}

withRing(
  'nothing is handed out after close, not even from inside a packet, and what was kept is harmless',
  async () => {
    const capture = lo();
    await withCapture(capture, async (talker) => {
      const listener = new Listener(talker.port);
      let kept: Uint8Array = new Uint8Array(0);
      const etherTypeAt = 0;
      const events = listener.events();
      for (const payload of ['one', 'two', 'three']) await talker.say(payload);
      await new Promise<void>((resolve) => {
        capture.start({
          packet(packet, checksumPending) {
            events.packet(packet, checksumPending);
            kept = packet.bytes;
            if (listener.heard.length === 1) void capture.close().then(resolve);
          },
        });
      });
      await talker.say('four');
      await new Promise((resolve) => setImmediate(resolve));
      expect(listener.heard.map(({ payload }) => payload)).toEqual(['one']);
      expect(kept[etherTypeAt], 'a view over the ring outlives it, and is empty then').toBe(0);
      expect(() => capture.start(events)).toThrow(/closed/);
      expect(capture.statistics().received).toBeGreaterThanOrEqual(3);
    });
  },
);

withRing('finish hands out what was captured before it, even if the event loop did not get to it', async () => {
  const deaf: Ffi = { ...ffi!, poll: () => ({ resume() {}, close() {} }) };
  const capture = openPacketRing(deaf, 'lo', {});
  await withCapture(capture, async (talker) => {
    const listener = new Listener(talker.port);
    capture.start(listener.events());
    for (let i = 0; i < 50; i++) await talker.say(`${i}`);
    await capture.finish();
    expect(listener.heard).toHaveLength(50);
    expect(listener.ends).toEqual([]);
  });
});

withRing('packets that may wait for others come all the same, at the latest when the capture is finished', async () => {
  const capture = lo({ latencyMilliseconds: 300 });
  await withCapture(capture, async (talker) => {
    const listener = new Listener(talker.port);
    capture.start(listener.events());
    for (let i = 0; i < 5; i++) await talker.say(`${i}`);
    await capture.finish();
    expect(listener.heard.map(({ payload }) => payload)).toEqual(['0', '1', '2', '3', '4']);
  });
});

withRing('packets that may wait come in larger blocks, where the buffer has enough of these', async () => {
  const asked: number[][] = [];
  const listening: Ffi = {
    ...ffi!,
    call: (library, name, ...types) => {
      const call = ffi!.call(library, name, ...types);
      return (...values) => {
        if (name === 'setsockopt' && values[2] === PACKET_RX_RING)
          asked.push([...(values[3] as Int32Array)].slice(0, 2));
        return call(...values);
      };
    },
  };
  for (const options of [{}, { latencyMilliseconds: 50 }, { latencyMilliseconds: 50, bufferOctets: 1 << 20 }]) {
    await openPacketRing(listening, 'lo', options).close();
  }
  expect(asked).toEqual([
    [1 << 17, 128],
    [1 << 19, 32],
    [1 << 17, 8],
  ]);
});

withRing('a ring that is full drops, counts what it dropped, and loses nothing that it counted', async () => {
  const capture = lo({ bufferOctets: 1 << 18 });
  await withCapture(capture, async (talker) => {
    const sent = 600;
    for (let i = 0; i < sent; i++) await talker.say(`${i} ${'.'.repeat(1400)}`);
    const { received, dropped } = capture.statistics();
    expect(dropped).toBeGreaterThan(0);
    expect(received + dropped!).toBeGreaterThanOrEqual(sent);
    const listener = new Listener(talker.port);
    capture.start(listener.events());
    await capture.finish();
    expect(listener.heard.length).toBeGreaterThan(0);
    expect(listener.heard.length).toBeLessThanOrEqual(received);
    expect(listener.heard.map(({ payload }) => Number.parseInt(payload, 10))).toEqual(listener.heard.map((_, i) => i));
  });
});

withRing('any shows loopback packets once, behind a cooked header', async () => {
  const capture = openPacketRing(ffi!, ANY, {});
  await withCapture(capture, async (talker) => {
    const listener = new Listener(talker.port, 20);
    capture.start(listener.events());
    await talker.say('first');
    await talker.say('last');
    await listener.last('last');
    expect(listener.heard.map(({ payload }) => payload)).toEqual(['first', 'last']);
    // Protocol IPv4, reserved, interface 1, hardware type 772, to this host, six octets of address.
    expect(listener.heard[0]!.octets.slice(0, 40)).toBe(`08000000${'00000001'}0304${'00'}06${'0'.repeat(16)}`);
    expect(listener.heard[0]!.linkType).toBe(LINKTYPE.LINUX_SLL2);
    expect(listener.heard[0]!.originalLength).toBe(20 + 28 + 5);
  });
});

/** Accepts UDP over IPv4 to a port, when the IP header has no options. */
const toPort = (port: number): BpfInstruction[] => [
  { code: 0x28, jt: 0, jf: 0, k: 36 },
  { code: 0x15, jt: 0, jf: 1, k: port },
  { code: 0x06, jt: 0, jf: 0, k: 0xffff_ffff },
  { code: 0x06, jt: 0, jf: 0, k: 0 },
];

withRing('a BPF program in the kernel keeps other packets out of the ring', async () => {
  const other = lo();
  await withCapture(other, async (talker) => {
    const capture = lo({ program: toPort(talker.port) });
    await withCapture(capture, async (stranger) => {
      const listener = new Listener(talker.port);
      capture.start(listener.events());
      await stranger.say('not this');
      await talker.say('this');
      await listener.last('this');
      expect(capture.statistics().received).toBe(1);
      expect(listener.heard[0]!.number).toBe(1);
    });
  });
});

withRing('wrong options are refused with their value', () => {
  expect(() => lo({ bufferOctets: 1000 })).toThrow(/1000/);
  for (const latencyMilliseconds of [0, 1001, 1.5]) {
    expect(() => lo({ latencyMilliseconds })).toThrow(new RegExp(`latencyMilliseconds.*${latencyMilliseconds}`));
  }
  expect(() => lo({ program: [] })).toThrow(/1 to 4096 instructions, this one 0/);
  expect(() => lo({ program: [{ code: 0x15, jt: 9, jf: 9, k: 1 }] })).toThrow(/refuses the BPF program/);
  const cooked = new PacketSocket(ffi!, true);
  expect(() => lo({ descriptor: cooked.descriptor })).toThrow(/needs type 3/);
  cooked.close();
  expect(() => openPacketRing(ffi!, 'no-such-thing', {})).toThrow(TcplabError);
});

/** Runs a case of test/live-namespace.ts, which prints what it saw as JSON. */
async function inProcess(wrapper: string[], name: string, descriptor?: number): Promise<unknown> {
  const script = fileURLToPath(new URL('../../../test/live-namespace.ts', import.meta.url));
  const command = [...wrapper, process.execPath, '--import', 'tsx', script, name];
  const child = spawn(command[0]!, command.slice(1), {
    stdio: ['ignore', 'pipe', 'pipe', descriptor ?? 'ignore'],
  });
  let output = '';
  let complaint = '';
  child.stdout!.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr!.on('data', (chunk) => {
    complaint += chunk;
  });
  await once(child, 'close');
  expect(complaint).toBe('');
  return JSON.parse(output);
}

needsRing('unshare', 'python3')('VLAN tags are where they were on the wire', async () => {
  const frames = (await inProcess(['unshare', '-n'], 'vlan')) as string[];
  const addresses = '020000000001020000000002';
  expect(frames).toEqual([`${addresses}0800`, `${addresses}810060050800`, `${addresses}88a80007810000050800`]);
});

needsRing('unshare')('an interface that goes down is survived, one that is removed ends the capture', async () => {
  expect(await inProcess(['unshare', '-n'], 'down')).toEqual({
    notes: [
      'v0 went down: its packets are shown again when it is up',
      'v0 is up again',
      'v0 went down: its packets are shown again when it is up',
    ],
    heard: 1,
    end: 'TCPLAB_NO_INTERFACE',
  });
});

needsRing('setpriv')('a process without rights captures through a socket that it was given', async () => {
  const given = new PacketSocket(ffi!, false);
  try {
    const seen = await inProcess(
      ['setpriv', '--bounding-set', '-all', '--inh-caps', '-all'],
      'given',
      given.descriptor,
    );
    expect(seen).toEqual({ own: 'EACCES', payloads: ['through the given socket'] });
  } finally {
    given.close();
  }
});
