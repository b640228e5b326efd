import fc from 'fast-check';
import { expect, test } from 'vitest';
import { virtualDriver } from '../../../test/network.ts';
import { SECOND } from '../../core/time.ts';
import { parseAddress } from '../../wire/ip-address.ts';
import { pipe } from '../link/pipe.ts';
import { AF_INET, SOCK_DGRAM, SOCK_STREAM, socket } from '../socket/bsd.ts';
import { Host } from '../stack/host.ts';
import { Resolver, type ResolverOptions } from './index.ts';
import { A, AAAA, readAnswer, writeQuestion } from './message.ts';

const SERVER = '10.0.0.2';

const nameOctets = (name: string): number[] => [
  ...name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]),
  0,
];

type Record = [name: string, type: number, ttl: number, data: number[]];

const four = (text: string): number[] => text.split('.').map(Number);
const six = (text: string): number[] => {
  const view = new DataView(new ArrayBuffer(16));
  (parseAddress(text) as { write(view: DataView, at: number): void }).write(view, 0);
  return [...new Uint8Array(view.buffer)];
};

/** An answer to a question, put together by hand. */
function answer(
  question: Uint8Array,
  records: Record[],
  { code = 0, truncated = false, authority = [] as Record[] } = {},
) {
  const record = ([name, type, ttl, data]: Record): number[] => [
    // The name of the question by a pointer to it.
    ...(name === '@' ? [0xc0, 12] : nameOctets(name)),
    0,
    type,
    0,
    1,
    ttl >>> 24,
    (ttl >>> 16) & 255,
    (ttl >>> 8) & 255,
    ttl & 255,
    data.length >> 8,
    data.length & 255,
    ...data,
  ];
  const counts = [0, 1, 0, records.length, 0, authority.length, 0, 0];
  const head = [question[0]!, question[1]!, 0x81 | (truncated ? 2 : 0), 0x80 | code, ...counts];
  return Uint8Array.from([...head, ...question.subarray(12), ...records.flatMap(record), ...authority.flatMap(record)]);
}

const SOA: Record = [
  'test',
  6,
  900,
  [...nameOctets('ns.test'), ...nameOctets('who.test'), ...new Array(16).fill(0), 0, 0, 0, 60],
];

/** A resolver, and a name server that answers what `zone` says to a name and a type; undefined for silence. */
function network(
  zone: (name: string, type: number, question: Uint8Array, tcp: boolean) => Uint8Array | undefined,
  options: Partial<ResolverOptions> = {},
) {
  const driver = virtualDriver();
  const [left, right] = pipe();
  const host = new Host({ driver, frames: 64 });
  const server = new Host({ driver, frames: 64 });
  host.plug(left, { address: '10.0.0.1/24' });
  server.plug(right, { address: `${SERVER}/24` });
  const asked: string[] = [];
  const reply = (question: Uint8Array, tcp: boolean): Uint8Array | undefined => {
    let name = '';
    let at = 12;
    for (; question[at] !== 0; at += 1 + question[at]!)
      name += `${name === '' ? '' : '.'}${Buffer.from(question.subarray(at + 1, at + 1 + question[at]!))}`;
    const type = question[at + 2]!;
    asked.push(`${name} ${type}${tcp ? ' tcp' : ''}`);
    return zone(name, type, question, tcp);
  };
  const serve = async (): Promise<void> => {
    const sck = socket(server, AF_INET, SOCK_DGRAM);
    await sck.bind(['', 53]);
    void (async () => {
      for (;;) {
        const [question, from] = await sck.recvfrom(512);
        const said = reply(question, false);
        if (said !== undefined) await sck.sendto(said, from);
      }
    })().catch(() => {});
    const listener = socket(server, AF_INET, SOCK_STREAM);
    await listener.bind(['', 53]);
    await listener.listen();
    void (async () => {
      for (;;) {
        const [connection] = await listener.accept();
        const question = await connection.recv(512);
        const said = reply(question.subarray(2), true)!;
        await connection.sendall(Uint8Array.from([said.length >> 8, said.length & 255, ...said]));
        connection.close();
      }
    })().catch(() => {});
  };
  const resolver = new Resolver(host, [SERVER], options);
  const run = <T>(program: () => Promise<T>): Promise<T> => driver.run(async () => serve().then(program));
  return { driver, host, resolver, asked, run };
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'nothing',
    (error) => error.code,
  );

test('both versions, aliases, the cache and its end', async () => {
  const net = network((_, type, question) =>
    type === A
      ? answer(question, [
          ['@', 5, 60, nameOctets('other.test')],
          ['other.test', A, 100, four('192.0.2.7')],
          ['stranger.test', A, 100, four('192.0.2.66')],
        ])
      : answer(question, [['@', AAAA, 30, six('2001:db8::7')]]),
  );
  await net.run(async () => {
    expect(await net.resolver.lookup('www.Example.test.')).toEqual(['2001:db8::7', '192.0.2.7']);
    expect(net.asked).toEqual(['www.example.test 28', 'www.example.test 1']);
    await net.driver.sleep(20 * SECOND);
    expect(await net.resolver.lookup('www.example.test', 4)).toEqual(['192.0.2.7']);
    expect(net.asked.length).toBe(2);
    await net.driver.sleep(20 * SECOND);
    // That of IPv6 lived 30 seconds, the alias 60.
    expect(await net.resolver.lookup('www.example.test')).toEqual(['2001:db8::7', '192.0.2.7']);
    expect(net.asked.length).toBe(3);
    expect(await net.resolver.lookup('192.0.2.1')).toEqual(['192.0.2.1']);
    expect(await net.resolver.lookup('localhost')).toEqual(['::1', '127.0.0.1']);
    expect(net.asked.length).toBe(3);
  });
});

//= RFC 2308 §5
test('that there is no such name is remembered for as long as the zone says', async () => {
  const net = network((_, __, question) => answer(question, [], { code: 3, authority: [SOA] }));
  await net.run(async () => {
    expect(await codeOf(net.resolver.lookup('no.test', 4))).toBe('TCPLAB_NO_NAME');
    expect(await codeOf(net.resolver.lookup('no.test', 4))).toBe('TCPLAB_NO_NAME');
    expect(net.asked.length).toBe(1);
    await net.driver.sleep(61 * SECOND);
    expect(await codeOf(net.resolver.lookup('no.test', 4))).toBe('TCPLAB_NO_NAME');
    expect(net.asked.length).toBe(2);
  });
});

test('what is too long comes by TCP; who is silent is asked again, and then given up; questions in common are one', async () => {
  const long: Record[] = Array.from({ length: 60 }, (_, i) => ['@', A, 60, [10, 1, 1, i]]);
  const net = network((name, _, question, tcp) => {
    if (name === 'silent.test') return undefined;
    return tcp ? answer(question, long) : answer(question, [], { truncated: true });
  });
  await net.run(async () => {
    const [one, two] = await Promise.all([net.resolver.lookup('long.test', 4), net.resolver.lookup('long.test', 4)]);
    expect([one!.length, two]).toEqual([60, one]);
    expect(net.asked).toEqual(['long.test 1', 'long.test 1 tcp']);
    const began = net.driver.now;
    expect(await codeOf(net.resolver.lookup('silent.test', 4))).toBe('TCPLAB_NAME_SERVER');
    expect(net.driver.now - began).toBe(4 * SECOND);
    expect(await codeOf(net.resolver.lookup('a..b'))).toBe('EINVAL');
  });
});

//= RFC 5452 §4.5
test('answers to other questions, with other numbers or from elsewhere are not believed', async () => {
  const net = network((_, __, question) => {
    const forged = answer(question, [['@', A, 60, four('192.0.2.66')]]);
    forged[1]! ^= 1;
    return forged;
  });
  await net.run(async () => {
    expect(await codeOf(net.resolver.lookup('www.test', 4))).toBe('TCPLAB_NAME_SERVER');
    expect(net.resolver.size).toBe(0);
  });
  const question = writeQuestion(7, 'www.test', A);
  const good = answer(question, [['@', A, 60, four('192.0.2.1')]]);
  expect(readAnswer(good, 7, 'www.test', A)?.records.length).toBe(1);
  expect(readAnswer(good, 8, 'www.test', A)).toBeUndefined();
  expect(readAnswer(good, 7, 'ww2.test', A)).toBeUndefined();
  expect(readAnswer(good, 7, 'www.test', AAAA)).toBeUndefined();
  expect(readAnswer(question, 7, 'www.test', A)).toBeUndefined();
});

test('the cache is bounded', async () => {
  const net = network((_, __, question) => answer(question, [['@', A, 60, four('192.0.2.1')]]), { entries: 8 });
  await net.run(async () => {
    for (let i = 0; i < 40; i++) await net.resolver.lookup(`n${i}.test`, 4);
    expect(net.resolver.size).toBe(8);
  });
  expect(() => new Resolver(net.host, [])).toThrow('needs the address of a name server');
  expect(() => new Resolver(net.host, ['ns.test'])).toThrow('not "ns.test"');
});

test('octets of any kind are read without a throw, and pointers in circles end', () => {
  const question = writeQuestion(7, 'www.test', A);
  const circle = answer(question, [['@', 5, 60, [0xc0, 0x26]]]);
  expect(readAnswer(circle, 7, 'www.test', A)?.records).toEqual([]);
  const good = answer(question, [['@', A, 60, four('192.0.2.1')]], { authority: [SOA] });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 8 }),
      fc.nat(good.length),
      (changes, cut) => {
        const bytes = good.slice(0, cut);
        for (const [at, octet] of changes) if (at < bytes.length) bytes[at] = octet;
        readAnswer(bytes, 7, 'www.test', A);
      },
    ),
    { numRuns: 3_000 },
  );
});
