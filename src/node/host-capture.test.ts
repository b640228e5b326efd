import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { needs } from '../../test/needs.ts';
import { type Network, network } from '../../test/network.ts';
import { CaptureReader, makePacket } from '../see/capture/index.ts';
import { AF_INET, bytes, Host, pipe, SOCK_STREAM, socket } from '../speak/index.ts';
import { captureTo } from './host-capture.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tcplab-host-capture-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);

/** The server listens on 7456, the client says something and closes. */
async function talk({ driver, client, server }: Network, address = '10.0.0.2'): Promise<void> {
  const listener = socket(server, AF_INET, SOCK_STREAM);
  await listener.bind(['', 7456]);
  await listener.listen(1);
  const sck = socket(client, AF_INET, SOCK_STREAM);
  await sck.connect([address, 7456]);
  const [other] = await listener.accept();
  await sck.sendall(bytes('Hola server, are you bored?'));
  while ((await other.recv(100)).length < 27);
  sck.close();
  await driver.sleep(1_000);
  other.close();
  listener.close();
}

function packetsOf(file: string): number {
  const reader = new CaptureReader();
  reader.push(readFileSync(file));
  reader.end();
  const packet = makePacket();
  while (reader.next(packet));
  expect(reader.problem).toBeUndefined();
  return reader.packets;
}

needs({ tools: ['tshark'] })('tshark reads frames, interface names, times and reasons', async () => {
  const net = network({ link: { delay: 10 } });
  const file = path('client.pcapng');
  const capture = captureTo(net.client, file);
  await net.driver.run(() => talk(net));
  await net.driver.settle();
  capture.close();
  const columns = ['frame.time_epoch', 'frame.interface_name', 'ip.src', 'tcp.checksum.status', 'frame.comment'];
  const fields = columns.flatMap((name) => ['-e', name]);
  const options = ['-o', 'tcp.check_checksum:TRUE', '-T', 'fields', ...fields];
  const lines = execFileSync('tshark', ['-r', file, ...options], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  expect(lines).toHaveLength(capture.packets);
  expect(new Set(lines.map(([, name]) => name))).toEqual(new Set(['eth0']));
  const times = lines.map(([time]) => Number(time));
  expect(times).toEqual([...times].sort((a, b) => a - b));
  // The first two are ARP's.
  expect(lines.slice(0, 2).map(([, , , , comment]) => comment)).toEqual(['', '']);
  expect(lines.slice(2).map(([, , from, status, comment]) => [from, status, comment!.split(/:| \|/)[0]])).toEqual([
    ['10.0.0.1', '1', 'active open'],
    ['10.0.0.2', '1', 'accepted'],
    ['10.0.0.1', '1', 'SYN,ACK received'],
    ['10.0.0.1', '1', 'new data'],
    ['10.0.0.1', '1', 'close'],
    ['10.0.0.2', '1', 'accepted'],
    ['10.0.0.2', '1', 'accepted'],
    ['10.0.0.1', '1', 'FIN received'],
    ['10.0.0.2', '1', 'accepted'],
  ]);
});

test('a loopback frame is there once; an interface plugged in later is there, too', async () => {
  const net = network();
  const file = path('lo.pcapng');
  const capture = captureTo(net.client, file);
  await net.driver.run(() => talk({ ...net, server: net.client }, '127.0.0.1'));
  // The driver's clock and pipe of the later interface: a second network of one host.
  const before = capture.packets;
  expect(before).toBe(net.client.counters.framesOut);
  const [left, right] = pipe();
  net.client.plug(left, { address: '10.0.1.1/24', name: 'late' });
  const other = new Host({ driver: net.driver });
  other.plug(right, { address: '10.0.1.2/24' });
  await net.driver.run(() => talk({ ...net, server: other }, '10.0.1.2'));
  capture.close();
  expect(readFileSync(file).includes('late')).toBe(true);
  expect(capture.packets).toBeGreaterThan(before + 8);
  expect(packetsOf(file)).toBe(capture.packets);
});

test('what is written reaches the file while it is captured, on request and when the process ends', async () => {
  const net = network();
  const file = path('live.pcapng');
  const exits = process.listenerCount('exit');
  const capture = captureTo(net.server, file, { comments: false, flushInterval: 60_000 });
  await net.driver.run(() => talk(net));
  expect(packetsOf(file)).toBe(0);
  capture.flush();
  expect(packetsOf(file)).toBe(net.server.counters.framesIn + net.server.counters.framesOut);
  await net.driver.run(() => talk(net));
  const atExit = process.listeners('exit').at(-1)!;
  atExit.call(process, 0);
  expect(packetsOf(file)).toBe(net.server.counters.framesIn + net.server.counters.framesOut);
  expect(process.listenerCount('exit')).toBe(exits);
  expect(() => capture.close()).not.toThrow();
});

test('what cannot be begun is refused', () => {
  const { client } = network();
  expect(() => captureTo(client, path('no/folder'))).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  expect(() => captureTo(client, path('x'), { flushInterval: 0 })).toThrow('not 0');
});

needs({ tools: ['mkfifo', 'head'] })('a reader that goes away ends the capture and not the conversation', async () => {
  const fifo = path('fifo');
  execFileSync('mkfifo', [fifo]);
  const reader = spawn('head', ['-c', '10', fifo], { stdio: 'ignore' });
  const gone = once(reader, 'exit');
  const net = network();
  const capture = captureTo(net.client, fifo, { bufferSize: 1 });
  await gone;
  await net.driver.run(() => talk(net));
  capture.flush();
  expect(capture.error).toMatchObject({ code: 'EPIPE' });
  const { packets } = capture;
  await net.driver.run(() => talk(net));
  expect(capture.packets).toBe(packets);
  expect(() => capture.close()).toThrow(expect.objectContaining({ code: 'EPIPE' }));
  expect(() => capture.close()).not.toThrow();
});
