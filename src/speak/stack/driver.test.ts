import { expect, test } from 'vitest';
import { fakePlatform } from '../../../test/fake-platform.ts';
import { network, virtualDriver } from '../../../test/network.ts';
import { seeded } from '../../core/random.ts';
import { MINUTE, SECOND } from '../../core/time.ts';
import { AF_INET, bytes, SOCK_STREAM, socket } from '../socket/bsd.ts';
import { Host } from './host.ts';
import { RealTimeDriver } from './real-time-driver.ts';

test('an hour of virtual time is over at once, and programs wake in order', async () => {
  const driver = virtualDriver();
  const order: string[] = [];
  const sleeper = async (name: string, delay: number): Promise<void> => {
    await driver.sleep(delay);
    order.push(`${name} ${driver.now / SECOND}`);
  };
  await driver.run(() => Promise.all([sleeper('b', 60 * MINUTE), sleeper('a', SECOND), sleeper('c', SECOND)]));
  expect(order).toEqual(['a 1', 'c 1', 'b 3600']);
});

test('an alarm can be called off', async () => {
  const driver = virtualDriver();
  let rang = false;
  const cancel = driver.at(SECOND, () => {
    rang = true;
  });
  cancel();
  expect(await driver.settle()).toBe(true);
  expect([rang, driver.now]).toEqual([false, 0]);
});

test('a program that waits for what never happens is told so, and what it waits for', async () => {
  const { driver, server } = network();
  const listener = socket(server, AF_INET, SOCK_STREAM);
  await listener.bind(['10.0.0.2', 7456]);
  await listener.listen(1);
  await expect(driver.run(() => listener.accept())).rejects.toMatchObject({
    code: 'TCPLAB_DEADLOCK',
    message: expect.stringContaining('server: accept on 10.0.0.2:7456'),
  });
});

test('a program that goes on for ever is stopped at the limit', async () => {
  const driver = virtualDriver();
  const forever = async (): Promise<void> => {
    for (;;) await driver.sleep(SECOND);
  };
  await expect(driver.run(forever, 10 * SECOND)).rejects.toMatchObject({ code: 'TCPLAB_TIME_LIMIT' });
  expect(driver.now).toBe(10 * SECOND);
});

test('run answers what the program answers, and throws what it throws', async () => {
  const driver = virtualDriver();
  expect(await driver.run(async () => 7456)).toBe(7456);
  await expect(driver.run(() => Promise.reject(new Error('as it should')))).rejects.toThrow('as it should');
});

test('one run at a time', async () => {
  const driver = virtualDriver();
  const first = driver.run(() => driver.sleep(SECOND));
  await expect(driver.run(async () => {})).rejects.toMatchObject({ code: 'EALREADY' });
  await first;
});

test('advance stops where it is told to', async () => {
  const driver = virtualDriver();
  let woken = 0;
  void driver.sleep(2 * SECOND).then(() => woken++);
  await driver.advance(SECOND);
  expect([driver.now, woken]).toEqual([SECOND, 0]);
  await driver.advance(SECOND);
  expect([driver.now, woken]).toEqual([2 * SECOND, 1]);
});

test('on real time: programs talk, timers fire, and the process is held as long as there is something to do', async () => {
  const { platform, pass, timers, held } = fakePlatform();
  const driver = new RealTimeDriver(platform, seeded(1));
  expect(driver.now).toBe(0);
  expect(driver.epoch).toBe(5_001_000);
  const host = new Host({ driver });
  const said: string[] = [];
  const serve = async (): Promise<void> => {
    const listener = socket(host, AF_INET, SOCK_STREAM);
    await listener.bind(['localhost', 7456]);
    await listener.listen(1);
    const [connection] = await listener.accept();
    for (let got = await connection.recv(100); got.length > 0; got = await connection.recv(100))
      said.push(new TextDecoder().decode(got));
    connection.close();
    listener.close();
  };
  const call = async (): Promise<void> => {
    const own = socket(host, AF_INET, SOCK_STREAM);
    await own.connect(['localhost', 7456]);
    await own.sendall(bytes('now'));
    await driver.sleep(3 * SECOND);
    await own.sendall(bytes('later'));
    own.close();
  };
  const both = Promise.all([serve(), call()]);
  await pass(SECOND);
  expect(said).toEqual(['now']);
  expect(held).toEqual([true]);
  await pass(3 * SECOND);
  expect(said).toEqual(['now', 'later']);
  await both;
  // TIME-WAIT is left, which keeps nobody here.
  expect(held).toEqual([true, false]);
  expect([...host.tcp.all()].map(({ tcb }) => tcb.state)).toEqual(['TIME-WAIT']);
  await pass(5 * MINUTE);
  expect(host.tcp.size).toBe(0);
  await pass(MINUTE);
  expect(timers.size).toBe(0);
});

test('an acknowledgment waits for company, but not while octets without end come in', async () => {
  let acknowledgments = 0;
  const net = network({
    link: { mtu: 1_500 },
    host: { connection: { receiveBuffer: 200_000, receiveBufferMaximum: 200_000 } },
    onFrame: (_frame, _now, from) => {
      if (from === 'server') acknowledgments++;
    },
  });
  const listener = socket(net.server, AF_INET, SOCK_STREAM);
  await listener.bind(['10.0.0.2', 7456]);
  await listener.listen(1);
  const sender = socket(net.client, AF_INET, SOCK_STREAM);
  await net.driver.run(async () => {
    await sender.connect(['10.0.0.2', 7456]);
    const [receiver] = await listener.accept();
    const sending = sender.sendall(new Uint8Array(2_000_000));
    for (let got = 0; got < 2_000_000; ) got += (await receiver.recv(65_536)).length;
    await sending;
  });
  // A window goes at once, and is acknowledged in more steps than one.
  expect(acknowledgments).toBeGreaterThan(40);
  expect(acknowledgments).toBeLessThan(100);
});
