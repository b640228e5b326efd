import { expect, test } from 'vitest';
import { virtualDriver } from '../../../test/network.ts';
import { SECOND } from '../../core/time.ts';
import { finish, pseudoHeader4, sum } from '../../wire/checksum.ts';
import * as ethernet from '../../wire/ethernet.ts';
import { FramePool } from '../../wire/frame.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as tcp from '../../wire/tcp.ts';
import { loopback } from '../link/loopback.ts';
import { pipe } from '../link/pipe.ts';
import { AF_INET, SOCK_STREAM, socket } from '../socket/bsd.ts';
import { Host } from './host.ts';

test('a SYN from its own destination ("LAND") is dropped and counted; a program can connect to itself', async () => {
  const driver = virtualDriver();
  const port = loopback();
  const host = new Host({ driver, loopback: port });
  await driver.run(async () => {
    const listener = socket(host, AF_INET, SOCK_STREAM);
    await listener.bind(['127.0.0.1', 80]);
    await listener.listen(5);
    const frame = new FramePool(1, 100).take()!;
    const local = 0x7f000001;
    const mac = new Uint8Array(6);
    const ip = ethernet.emit(frame.view, frame.start, mac, mac, ethernet.TYPE_IPV4);
    const at = ipv4.emit(frame.view, ip, local, local, ipv4.TCP, tcp.HEADER, 1, 0, 64);
    tcp.emit(frame.view, at, 80, 80, 1, 0, tcp.SYN, 1000, 0, 0);
    frame.view.setUint16(at + 16, finish(sum(frame.view, at, 20, pseudoHeader4(local, local, ipv4.TCP, 20))));
    frame.length = at + 20 - frame.start;
    port.send(frame, driver.now);
    driver.wake();
    await driver.sleep(SECOND);
    expect([host.counters.tcpSameEnds, host.tcp.size]).toEqual([1, 0]);
    const self = socket(host, AF_INET, SOCK_STREAM);
    await self.bind(['127.0.0.1', 5000]);
    await self.connect(['127.0.0.1', 5000]);
    await self.sendall(Uint8Array.of(7));
    expect([...(await self.recv(9))]).toEqual([7]);
  });
});

test('a sender that found the host without pages goes on when others have given theirs back', async () => {
  const driver = virtualDriver();
  const [left, right] = pipe();
  const client = new Host({ driver, name: 'client', buffers: 16_384 });
  const server = new Host({ driver, name: 'server' });
  client.plug(left, { address: '10.0.0.1/24' });
  server.plug(right, { address: '10.0.0.2/24' });
  await driver.run(async () => {
    const listener = socket(server, AF_INET, SOCK_STREAM, { receiveBuffer: 2_000 });
    await listener.bind(['', 1]);
    await listener.listen(5);
    const [greedy, modest] = [0, 1].map(() => socket(client, AF_INET, SOCK_STREAM));
    for (const sck of [greedy!, modest!]) {
      const accepted = listener.accept();
      await sck.connect(['10.0.0.2', 1]);
      await accepted;
    }
    // Nobody reads: the greedy one fills every page of the host.
    const filling = greedy!.sendall(new Uint8Array(100_000)).catch((error: { code: string }) => error.code);
    await driver.sleep(SECOND);
    expect(client.pages.free).toBe(client.pages.kept);
    const sending = modest!.sendall(new Uint8Array(100));
    await driver.sleep(SECOND);
    greedy!.abort();
    await sending;
    expect(await filling).toBeDefined();
  });
});
