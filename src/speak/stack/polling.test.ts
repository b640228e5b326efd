/** Who is asked for frames, and when: links that announce them, and all others; and that nobody is forgotten. */
import { expect, test } from 'vitest';
import { fakePlatform } from '../../../test/fake-platform.ts';
import { virtualDriver } from '../../../test/network.ts';
import { seeded } from '../../core/random.ts';
import { MILLISECOND, MINUTE, type Micros, SECOND } from '../../core/time.ts';
import { type Frame, FramePool } from '../../wire/frame.ts';
import { impair } from '../link/impair.ts';
import type { Port } from '../link/link.ts';
import { pipe } from '../link/pipe.ts';
import { tap } from '../link/tap.ts';
import { WrappedPort } from '../link/wrapped-port.ts';
import { AF_INET, AF_INET6, bytes, MSG_MORE, SOCK_DGRAM, SOCK_STREAM, socket } from '../socket/bsd.ts';
import type { Driver } from './driver.ts';
import { sendInFragments } from './fragmentation.ts';
import { Host } from './host.ts';
import { RealTimeDriver } from './real-time-driver.ts';

/** Counts how often it is asked. */
class AskedPort extends WrappedPort {
  readonly #announces: boolean;
  asked = 0;

  constructor(inner: Port, announces: boolean) {
    super(inner);
    this.#announces = announces;
  }

  get hasFrames(): boolean | undefined {
    return this.#announces ? this.inner.hasFrames : undefined;
  }

  override receive(now: Micros): Frame | undefined {
    this.asked++;
    return super.receive(now);
  }
}

/** Says nothing when a frame comes, as a link of somebody else's may. */
class SilentPort extends WrappedPort {
  override get onArrival(): undefined {
    return undefined;
  }

  override set onArrival(_wake: (() => void) | undefined) {}
}

/** Two hosts on a cable, 10.0.0.1 and 10.0.0.2, and the second one's end of it. */
function twoHosts(driver: Driver, delay = 0): { one: Host; two: Host; right: Port } {
  const [left, right] = pipe({ medium: 'ip', delay });
  const one = new Host({ driver });
  const two = new Host({ driver });
  one.plug(left, { address: '10.0.0.1/24' });
  two.plug(right, { address: '10.0.0.2/24' });
  return { one, two, right };
}

test('a link that announces its frames is asked for those it has announced; any other in every round', async () => {
  for (const announces of [true, false]) {
    const driver = virtualDriver();
    const { one, two } = twoHosts(driver);
    const [idle] = pipe({ medium: 'ip' });
    const asked = new AskedPort(idle, announces);
    one.plug(asked, { address: '10.1.0.1/24' });
    const server = socket(two, AF_INET, SOCK_DGRAM);
    await server.bind(['10.0.0.2', 7456]);
    const client = socket(one, AF_INET, SOCK_DGRAM);
    await driver.settle();
    const before = asked.asked;
    await driver.run(async () => {
      for (let i = 0; i < 20; i++) {
        await client.sendto(bytes('there'), ['10.0.0.2', 7456]);
        const [, from] = await server.recvfrom(10);
        await server.sendto(bytes('back'), from);
        await client.recvfrom(10);
      }
    });
    const more = asked.asked - before;
    if (announces) expect(more).toBe(0);
    else expect(more).toBeGreaterThanOrEqual(20);
  }
});

test('a tap announces what its link does, an impaired link does not: what it delays it knows itself', () => {
  const [left] = pipe();
  expect(left.hasFrames).toBe(false);
  expect(tap(left, () => {}).hasFrames).toBe(false);
  const impaired: Port = impair(left, { random: seeded(1) });
  expect(impaired.hasFrames).toBeUndefined();
});

test.each(['a link that announces', 'a link that says nothing'])(
  'frames that wait in %s are found by a host that is plugged in after it came to rest',
  async (which) => {
    const driver = virtualDriver();
    const [left, right] = pipe({ medium: 'ip' });
    const one = new Host({ driver });
    const two = new Host({ driver });
    one.plug(left, { address: '10.0.0.1/24' });
    const client = socket(one, AF_INET, SOCK_DGRAM);
    await client.sendto(bytes('early'), ['10.0.0.2', 7456]);
    await driver.advance(SECOND);
    const server = socket(two, AF_INET, SOCK_DGRAM);
    await server.bind(['', 7456]);
    two.plug(which === 'a link that announces' ? right : new SilentPort(right), { address: '10.0.0.2/24' });
    const [octets] = await driver.run(() => server.recvfrom(10));
    expect(new TextDecoder().decode(octets)).toBe('early');
    expect(driver.now).toBe(SECOND);
  },
);

test('a host whose address is refused does not take the link from the one that has it', async () => {
  const driver = virtualDriver();
  const { one, two, right } = twoHosts(driver);
  const three = new Host({ driver });
  expect(() => three.plug(right, { address: '10.0.0.3/24', gateway: '10.9.9.9' })).toThrow('10.9.9.9');
  const server = socket(two, AF_INET, SOCK_DGRAM);
  await server.bind(['10.0.0.2', 7456]);
  await driver.settle();
  const client = socket(one, AF_INET, SOCK_DGRAM);
  await driver.run(async () => {
    await client.sendto(bytes('to two'), ['10.0.0.2', 7456]);
    await server.recvfrom(10);
  });
});

test('when somebody who watches throws, what lies behind the frame is taken in by the next drain', async () => {
  const driver = virtualDriver();
  const { one, two } = twoHosts(driver, 1);
  const server = socket(two, AF_INET, SOCK_DGRAM);
  await server.bind(['10.0.0.2', 7456]);
  const client = socket(one, AF_INET, SOCK_DGRAM);
  await driver.settle();
  await client.sendto(bytes('one'), ['10.0.0.2', 7456]);
  await client.sendto(bytes('two'), ['10.0.0.2', 7456]);
  const end = two.tap((_iface, _frame, _now, direction) => {
    if (direction === 'in') throw new Error('a sink that fails');
  });
  const received = server.recvfrom(10);
  await expect(driver.run(() => received)).rejects.toThrow('a sink that fails');
  end();
  const [octets] = await driver.run(() => received);
  expect(new TextDecoder().decode(octets)).toBe('two');
  expect(driver.now).toBe(MILLISECOND);
});

test('on real time a connection to nobody times out, though the cable wakes nobody', async () => {
  const { platform, pass } = fakePlatform();
  const driver = new RealTimeDriver(platform, seeded(1));
  const [left] = pipe({ medium: 'ip' });
  const host = new Host({ driver });
  host.plug(left, { address: '10.0.0.1/24' });
  await pass(SECOND);
  const own = socket(host, AF_INET, SOCK_STREAM);
  const ends = own.connect(['10.0.0.2', 7456]).catch(({ code }) => code);
  await pass(10 * MINUTE);
  expect(await ends).toBe('ETIMEDOUT');
  own.close();
});

test('on real time octets that wait for more go out after a while, though nothing else happens', async () => {
  const { platform, pass } = fakePlatform();
  const driver = new RealTimeDriver(platform, seeded(1));
  const { one, two } = twoHosts(driver);
  const listener = socket(two, AF_INET, SOCK_STREAM);
  await listener.bind(['10.0.0.2', 7456]);
  await listener.listen(1);
  const own = socket(one, AF_INET, SOCK_STREAM);
  const accepted = listener.accept();
  const connected = own.connect(['10.0.0.2', 7456]);
  await pass(SECOND);
  await connected;
  const [other] = await accepted;
  let heard = '';
  void other.recv(10).then((octets) => {
    heard = new TextDecoder().decode(octets);
  });
  await pass(MINUTE);
  await own.send(bytes('more'), MSG_MORE);
  await pass(SECOND);
  expect(heard).toBe('more');
});

/** Hands each packet of more than 100 octets over in two fragments, the first of them marked. */
class MarkingPort extends WrappedPort {
  readonly #pool = new FramePool(16, 1_500);
  readonly #fragments: Frame[] = [];

  override receive(now: Micros): Frame | undefined {
    const ready = this.#fragments.shift();
    if (ready !== undefined) return ready;
    const frame = super.receive(now);
    if (frame === undefined || frame.length <= 100) return frame;
    sendInFragments(frame, frame.start, frame.start + frame.length, 1_280, 77, {
      take: () => this.#pool.take(),
      send: (fragment, octets) => {
        fragment.start = frame.start;
        fragment.length = octets;
        const mark = this.#fragments.length === 0 ? 3 : 2;
        fragment.view.setUint16(fragment.start, 0x6000 | (mark << 4));
        this.#fragments.push(fragment);
      },
    });
    frame.pool.release(frame);
    return this.#fragments.shift();
  }
}

test('a mark on the first fragment of an IPv6 packet is on the segment in it, whatever the last one says', async () => {
  const driver = virtualDriver();
  const [left, right] = pipe({ medium: 'ip', mtu: 1_500 });
  const one = new Host({ driver });
  const two = new Host({ driver });
  one.plug(left, { address: 'fd00::1/64' });
  two.plug(new MarkingPort(right), { address: 'fd00::2/64' });
  const listener = socket(two, AF_INET6, SOCK_STREAM);
  await listener.bind(['::', 7456]);
  await listener.listen(1);
  const own = socket(one, AF_INET6, SOCK_STREAM);
  await driver.run(async () => {
    await own.connect(['fd00::2', 7456]);
    const [other] = await listener.accept();
    await own.sendall(new Uint8Array(1_400));
    for (let got = 0; got < 1_400; ) got += (await other.recv(1_400)).length;
  });
  const [connection] = [...two.tcp.all()];
  expect(connection?.receivedTypeOfService).toBe(3);
  expect(two.counters.ipReassembled).toBe(1);
});
