import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { helloBody, KIND, MESSAGE_HEADER, WATCHER } from '../../src/node/cable/message.ts';
import { defaultCablePath } from '../../src/node/cable/path.ts';
import { openCable } from '../../src/node/cable/port.ts';
import { captureCable } from '../../src/node/cable/watch.ts';
import { FramePool } from '../../src/wire/frame.ts';
import * as tcp from '../../src/wire/tcp.ts';
import { needs } from '../needs.ts';
import { type Child, freshFolder, start } from './children.ts';
import { datagram, pooled, segment } from './frames.ts';

const LIMIT = 30_000;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const member = (path: string): Child => start('test/cable/program.ts', [path, 'member']);
const watcher = (path: string): Child => start('test/cable/program.ts', [path, 'watcher']);

/** Octets of one message. */
function message(kind: number, body: Uint8Array): Buffer {
  const out = Buffer.alloc(MESSAGE_HEADER + body.length);
  out.writeUInt32BE(body.length);
  out.writeUInt8(kind, 4);
  out.set(body, MESSAGE_HEADER);
  return out;
}

test(
  'three programs: two talk, the watcher sees it, and the socket is nobody else’s and gone at the end',
  async () => {
    const path = join(freshFolder(), 'cable');
    const a = member(path);
    await a.until('joined');
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
    const w = watcher(path);
    const b = member(path);
    await Promise.all([w.until('joined'), b.until('joined')]);
    a.tell({ claim: [17, 53] });
    await a.until('granted');
    b.tell({ claim: [17, 53] });
    await b.until('EADDRINUSE');
    b.tell({ send: hex(datagram(5_000, 53, 'who')) });
    await a.until('5000>53 "who"');
    a.tell({ send: hex(datagram(53, 5_000, 'me')) });
    await b.until('53>5000 "me"');
    await w.until('53>5000 "me"');
    expect(w.lines()).toEqual(['joined', '5000>53 "who"', '53>5000 "me"']);
    b.tell({ end: true });
    w.tell({});
    expect([await b.end(), await w.end()]).toEqual([0, 0]);
    a.tell({ end: true });
    expect(await a.end()).toBe(0);
    expect(existsSync(path)).toBe(false);
  },
  LIMIT,
);

test(
  'the program that serves is killed: the others meet again, keep their ports, and the port of the dead one is free',
  async () => {
    const path = join(freshFolder(), 'cable');
    const hub = member(path);
    await hub.until('joined');
    const [a, b, w] = [member(path), member(path), watcher(path)];
    await Promise.all([a, b, w].map((one) => one.until('joined')));
    hub.tell({ claim: [6, 22] });
    a.tell({ claim: [6, 7456] });
    await Promise.all([hub.until('granted'), a.until('granted')]);
    hub.process.kill('SIGKILL');
    await hub.end();
    await w.until('interrupted');
    for (;;) {
      // What is sent while there is no hub is lost, as on a cable that is unplugged: TCP would send it again.
      b.tell({ send: hex(segment(40_000, 7456, tcp.SYN)) });
      if (await Promise.race([a.until('40000>7456 SYN').then(() => true), pause(50)])) break;
    }
    await w.until('40000>7456 SYN');
    b.tell({ claim: [6, 7456] });
    await b.until('EADDRINUSE');
    b.tell({ claim: [6, 22] });
    await b.until('granted');
  },
  LIMIT,
);

const pause = (milliseconds: number): Promise<false> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds, false);
  });

test(
  'a killed peer is noticed: a reset with the expected number comes to who waits, also when it was the hub that died',
  async () => {
    for (const victim of ['a member', 'the hub']) {
      const path = join(freshFolder(), 'cable');
      const first = member(path);
      await first.until('joined');
      const second = member(path);
      await second.until('joined');
      const [dead, waiting] = victim === 'the hub' ? [first, second] : [second, first];
      dead.tell({ claim: [6, 7456] });
      await dead.until('granted');
      waiting.tell({ send: hex(segment(40_000, 7456, tcp.SYN, 100)) });
      await dead.until('40000>7456 SYN');
      dead.tell({ send: hex(segment(7456, 40_000, tcp.SYN | tcp.ACK, 700, 101)) });
      await waiting.until('7456>40000 SYN,ACK');
      waiting.tell({ send: hex(segment(40_000, 7456, tcp.ACK, 101, 701)) });
      await dead.until('40000>7456 ACK');
      dead.process.kill('SIGKILL');
      await waiting.until('7456>40000 RST');
    }
  },
  LIMIT,
);

test(
  'a socket that nobody answers is replaced, and of many programs that start at once one serves',
  async () => {
    const path = join(freshFolder(), 'cable');
    const stale = member(path);
    await stale.until('joined');
    stale.process.kill('SIGKILL');
    await stale.end();
    expect(lstatSync(path).isSocket()).toBe(true);
    const programs = Array.from({ length: 5 }, () => member(path));
    await Promise.all(programs.map((one) => one.until('joined')));
    programs[0]!.tell({ claim: [17, 53] });
    await programs[0]!.until('granted');
    for (const [i, one] of programs.entries()) if (i > 0) one.tell({ send: hex(datagram(5_000 + i, 53, 'here')) });
    await Promise.all([1, 2, 3, 4].map((i) => programs[0]!.until(`${5_000 + i}>53 "here"`)));
  },
  LIMIT,
);

test(
  'a hub whose socket was removed gives way, and its programs meet again',
  async () => {
    const path = join(freshFolder(), 'cable');
    const [a, b] = [await openCable({ path }), await openCable({ path })];
    unlinkSync(path);
    await expect.poll(() => a.statistics().returns + b.statistics().returns, { timeout: LIMIT }).toBe(2);
    expect(existsSync(path)).toBe(true);
    await a.claim(6, 80);
    await expect(b.claim(6, 80)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    a.release(6, 80);
    await b.claim(6, 80);
    a.close();
    b.close();
    expect(existsSync(path)).toBe(false);
    await expect(a.claim(6, 81)).rejects.toMatchObject({ code: 'TCPLAB_CABLE_LOST' });
  },
  LIMIT,
);

test('garbage on the socket is shown the door with a reason, and the cable goes on', async () => {
  const path = join(freshFolder(), 'cable');
  const cable = await openCable({ path });
  const talk = (octets: Buffer): Promise<string> =>
    new Promise((resolve) => {
      let answer = '';
      const socket = connect(path, () => socket.write(octets));
      socket.on('data', (chunk) => {
        answer += chunk.toString('latin1');
      });
      socket.on('error', () => {});
      socket.on('close', () => resolve(answer));
    });
  const other = helloBody(WATCHER, false);
  other[7] = 2;
  expect(await talk(Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'))).toBe('');
  expect(await talk(message(99, new Uint8Array(5)))).toContain('not the greeting of a tcplab program');
  expect(await talk(message(KIND.HELLO, other))).toContain('version 1 and the program version 2');
  await cable.claim(6, 7456);
  expect(cable.hubStatistics()?.refused).toBe(2);
  cable.close();
});

test('a program that meets a hub of another version, or something that is no hub, says so', async () => {
  const answers: [Buffer, string, RegExp][] = [
    [message(KIND.REFUSED, Uint8Array.of(0, 9, ...Buffer.from('too old'))), 'TCPLAB_CABLE_VERSION', /too old/],
    [message(77, new Uint8Array(3)), 'TCPLAB_CABLE_VERSION', /no tcplab greeting/],
    [Buffer.from('220 mail ready\r\n'), 'TCPLAB_CABLE_REFUSED', /it sent a message of 842149920 octets/],
    [Buffer.alloc(0), 'TCPLAB_CABLE_REFUSED', /does not answer within 50 ms/],
  ];
  for (const [answer, code, text] of answers) {
    const path = join(freshFolder(), 'cable');
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.write(answer);
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    await expect(openCable({ path, ...(answer.length === 0 ? { welcomeTimeout: 50 } : {}) })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(text),
    });
    server.close();
  }
});

test('a program that meets a hub which is just ending looks for the next one, but not for ever', async () => {
  const path = join(freshFolder(), 'cable');
  let met = 0;
  const ending = (times: number): Promise<Server> => {
    const server = createServer((socket) => {
      socket.destroy();
      met++;
      if (met === times) server.close();
    });
    return new Promise((resolve) => server.listen(path, () => resolve(server)));
  };
  await ending(2);
  const cable = await openCable({ path });
  expect(met).toBe(2);
  expect(cable.hubStatistics()).toBeDefined();
  cable.close();

  const server = await ending(Number.POSITIVE_INFINITY);
  await expect(openCable({ path })).rejects.toMatchObject({
    code: 'TCPLAB_CABLE_REFUSED',
    message: expect.stringMatching(/closed at once$/),
  });
  server.close();
});

test('places that cannot be trusted or used are refused, each with what to do', async () => {
  const folder = freshFolder();
  const refused = async (path: string, code: string, text: RegExp): Promise<void> =>
    expect(openCable({ path })).rejects.toMatchObject({ code, message: expect.stringMatching(text) });
  writeFileSync(join(folder, 'file'), '');
  symlinkSync('/run/other', join(folder, 'link'));
  mkdirSync(join(folder, 'open'));
  chmodSync(join(folder, 'open'), 0o777);
  await refused(join(folder, 'file'), 'TCPLAB_CABLE_PATH', /is not a socket; remove it/);
  await refused(join(folder, 'link'), 'TCPLAB_CABLE_PATH', /is a symbolic link/);
  await refused(join(folder, 'file', 'cable'), 'TCPLAB_CABLE_PATH', /needs the folder .*file, which is not there/);
  await refused(join(folder, 'mistyped', 'cable'), 'TCPLAB_CABLE_PATH', /mkdir -m 700 .*mistyped/);
  expect(existsSync(join(folder, 'mistyped'))).toBe(false);
  await refused(join(folder, 'open', 'cable'), 'TCPLAB_CABLE_FOREIGN', /other users may write .* "chmod 700/);
  await refused(join(folder, 'x'.repeat(120)), 'TCPLAB_CABLE_PATH', /takes at most 10[37]/);
});

test('the default place is named by TCPLAB_CABLE, else in XDG_RUNTIME_DIR, else in a folder of the user', () => {
  const before = { ...process.env };
  try {
    process.env.TCPLAB_CABLE = '/somewhere/cable';
    process.env.XDG_RUNTIME_DIR = '/run/user/7';
    expect(defaultCablePath()).toBe('/somewhere/cable');
    delete process.env.TCPLAB_CABLE;
    expect(defaultCablePath()).toBe('/run/user/7/tcplab/cable');
    delete process.env.XDG_RUNTIME_DIR;
    expect(defaultCablePath()).toMatch(new RegExp(`/tcplab-${process.geteuid?.()}/cable$`));
  } finally {
    process.env.TCPLAB_CABLE = before.TCPLAB_CABLE ?? '';
    if (before.TCPLAB_CABLE === undefined) delete process.env.TCPLAB_CABLE;
    if (before.XDG_RUNTIME_DIR !== undefined) process.env.XDG_RUNTIME_DIR = before.XDG_RUNTIME_DIR;
  }
});

needs({ root: true })('what belongs to another user is refused, to root as well', async () => {
  const folder = freshFolder();
  mkdirSync(join(folder, 'theirs'));
  chownSync(join(folder, 'theirs'), 65534, 65534);
  await expect(openCable({ path: join(folder, 'theirs', 'cable') })).rejects.toMatchObject({
    code: 'TCPLAB_CABLE_FOREIGN',
    message: expect.stringMatching(/belongs to user 65534 and you are user 0/),
  });
  const path = join(folder, 'cable');
  const cable = await openCable({ path });
  chownSync(path, 65534, 65534);
  const other = start('test/cable/program.ts', [path, 'member']);
  expect(await other.end()).toBe(1);
  expect(other.err).toContain('TCPLAB_CABLE_FOREIGN');
  cable.close();
});

test(
  'a watcher that reads too slowly loses frames and learns how many; the members lose none',
  async () => {
    const path = join(freshFolder(), 'cable');
    const hub = { watcherQueue: { octets: 100_000, frames: 1_000 } };
    const [a, b] = [await openCable({ path, hub }), await openCable({ path })];
    await b.claim(17, 53);
    const slow = connect(path);
    const hello = message(KIND.HELLO, helloBody(WATCHER, false));
    await new Promise<void>((resolve) => {
      slow.once('data', () => {
        slow.pause();
        resolve();
      });
      slow.write(hello);
    });
    const pool = new FramePool(1, 65_549);
    const frame = datagram(5_000, 53, 'x'.repeat(8_000));
    let received = 0;
    const drain = (): void => {
      for (let got = b.port.receive(0); got !== undefined; got = b.port.receive(0)) {
        received++;
        got.pool.release(got);
      }
    };
    for (let i = 0; i < 2_000; i++) {
      a.port.send(pooled(pool, frame), 0);
      await new Promise((resolve) => setImmediate(resolve));
      drain();
    }
    expect(received).toBe(2_000);
    const dropped = a.hubStatistics()!.droppedForWatchers;
    expect(dropped).toBeGreaterThan(1_000);
    let octets = Buffer.alloc(0);
    let [seen, told] = [0, 0];
    slow.on('data', (chunk) => {
      octets = Buffer.concat([octets, chunk]);
      while (octets.length >= 5 && octets.length >= 5 + octets.readUInt32BE()) {
        if (octets[4] === KIND.SEEN) seen++;
        if (octets[4] === KIND.DROPPED) told += octets.readUInt32BE(5);
        octets = octets.subarray(5 + octets.readUInt32BE());
      }
    });
    slow.resume();
    await expect.poll(() => seen + told, { timeout: LIMIT }).toBe(2_000);
    expect(told).toBe(dropped);
    slow.destroy();
    a.close();
    b.close();
  },
  LIMIT,
);

test('a cable is a live capture like an interface', async () => {
  const path = join(freshFolder(), 'cable');
  const capture = await captureCable({ path });
  const cable = await openCable({ path });
  const pool = new FramePool(1, 100);
  const send = async (text: string): Promise<void> => {
    cable.port.send(pooled(pool, datagram(9, 53, text)), 0);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  };
  await send('before start');
  const seen: [number, number, number][] = [];
  capture.start({
    packet: (packet) => {
      seen.push([packet.number, packet.capturedLength, packet.linkType]);
      expect(Math.abs(packet.seconds - Date.now() / 1000)).toBeLessThan(60);
      expect(packet.view.getUint16(packet.at + 12)).toBe(0x0800);
    },
  });
  expect(() => capture.start({ packet: () => {} })).toThrow(/EALREADY|already/);
  await send('after');
  expect(seen).toEqual([
    [1, 42 + 12, 1],
    [2, 42 + 5, 1],
  ]);
  expect(capture.statistics()).toEqual({ received: 2, dropped: 0 });
  await capture.close();
  await send('late');
  expect(seen).toHaveLength(2);
  cable.close();
});
