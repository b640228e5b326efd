import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { freshFolder } from '../../../test/cable/children.ts';
import { Cable, openCable } from './port.ts';

const cables: Cable[] = [];

afterEach(() => {
  for (const cable of cables.splice(0)) cable.close();
});

const on = (path: string, claims = 10): Cable => {
  const cable = new Cable({ path, hub: { claims } });
  cables.push(cable);
  return cable;
};

const closed = { code: 'EBADF' };

test('a port that is claimed and released in one turn is free for others, whether the cable is joined or not', async () => {
  const path = join(freshFolder(), 'cable');
  const [a, b] = [on(path), on(path)];
  for (const when of ['before joining', 'joined']) {
    const claimed = a.claim(6, 7456);
    a.release(6, 7456);
    await expect(claimed, when).rejects.toMatchObject(closed);
    await a.join();
    await b.claim(6, 7456);
    b.release(6, 7456);
  }
});

test('a release between the request and its answer leaves nobody waiting, and a claim after it is its own', async () => {
  const path = join(freshFolder(), 'cable');
  const [a, b] = [on(path), on(path)];
  await a.join();
  const first = a.claim(6, 80);
  const second = a.claim(6, 80);
  a.release(6, 80);
  a.release(6, 80);
  const third = a.claim(6, 80);
  await expect(first).rejects.toMatchObject(closed);
  await expect(second).rejects.toMatchObject(closed);
  await third;
  await expect(b.claim(6, 80)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  a.release(6, 80);
  await b.claim(6, 80);
});

test('a claim lasts as long as one of those who made it has not released it', async () => {
  const path = join(freshFolder(), 'cable');
  const [a, b] = [on(path), on(path)];
  const both = [a.claim(17, 53), a.claim(17, 53)];
  a.release(17, 53);
  await Promise.all(both);
  await expect(b.claim(17, 53)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  a.release(17, 53);
  await b.claim(17, 53);
});

test('more ports than a program may have, and ports that cannot be, are refused by name', async () => {
  const cable = on(join(freshFolder(), 'cable'), 1);
  await cable.claim(6, 80);
  await expect(cable.claim(6, 81)).rejects.toMatchObject({
    code: 'EMFILE',
    message: expect.stringMatching(/^claim port 81 on the cable at .*hub\.claims/),
  });
  cable.release(6, 80);
  await cable.claim(6, 81);
  for (const [protocol, port] of [
    [1, 80],
    [6, 0],
    [17, 65_536],
    [17, 1.5],
  ] as const)
    await expect(cable.claim(protocol, port)).rejects.toMatchObject({ code: 'EINVAL' });
});

test('claims that wait when the cable cannot be joined, or is left, are told why', async () => {
  const path = join(freshFolder(), 'cable');
  const server = createServer((socket) => socket.end('220 mail ready\r\n'));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const stranger = on(path);
  for (const port of [80, 81])
    await expect(stranger.claim(6, port)).rejects.toMatchObject({ code: 'TCPLAB_CABLE_REFUSED' });
  server.close();

  const cable = await openCable({ path: join(freshFolder(), 'cable') });
  const waiting = cable.claim(6, 80);
  cable.close();
  await expect(waiting).rejects.toMatchObject({ code: 'TCPLAB_CABLE_LOST' });
});
