import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answer, type DnsRecord, four, nameOctets, six, soa } from '../../../test/dns-octets.ts';
import { virtualDriver } from '../../../test/network.ts';
import { SECOND } from '../../core/time.ts';
import { pipe } from '../link/pipe.ts';
import { AF_INET, AF_INET6, SOCK_DGRAM, SOCK_STREAM, socket } from '../socket/bsd.ts';
import { Host } from '../stack/host.ts';
import { Resolver, type ResolverOptions } from './index.ts';
import { A, AAAA, readAnswer, writeQuestion } from './message.ts';

const SERVER = '10.0.0.2';

/** A resolver, and a name server that answers what `zone` says to a name and a type; undefined for silence. */
function network(
  zone: (name: string, type: number, question: Uint8Array, tcp: boolean) => Uint8Array | undefined,
  options: Partial<ResolverOptions> = {},
  servers: readonly string[] = [SERVER],
) {
  const driver = virtualDriver();
  const [left, right] = pipe();
  const host = new Host({ driver, frames: 64 });
  const server = new Host({ driver, frames: 64 });
  host.plug(left, { address: ['10.0.0.1/24', 'fd00::1/64'] });
  server.plug(right, { address: [`${SERVER}/24`, 'fd00::2/64'] });
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
    const sck = socket(server, AF_INET6, SOCK_DGRAM);
    await sck.bind(['::', 53]);
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
        expect(question[0]! * 256 + question[1]!).toBe(question.length - 2);
        const said = reply(question.subarray(2), true)!;
        const framed = said.length === 0 ? said : Uint8Array.from([said.length >> 8, said.length & 255, ...said]);
        for (let at = 0; at < framed.length; at += 700) await connection.sendall(framed.subarray(at, at + 700));
        connection.close();
      }
    })().catch(() => {});
  };
  const resolver = new Resolver(host, servers, options);
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
  const net = network((_, __, question) => answer(question, [], { code: 3, authority: [soa(900, 60)] }));
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
  const long: DnsRecord[] = Array.from({ length: 60 }, (_, i) => ['@', A, 60, [10, 1, 1, i]]);
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

test('asking: each server in turn, again and again; who answers that it cannot is passed over, and who refuses', async () => {
  const net = network(
    (name, _, question) => {
      if (name === 'ill.test') return answer(question, [], { code: 2 });
      return answer(question, [['@', A, 60, four('192.0.2.1')]]);
    },
    { timeout: 1_000, tries: 3 },
    ['10.0.0.9', SERVER],
  );
  await net.run(async () => {
    const began = net.driver.now;
    expect(await net.resolver.lookup('www.test', 4)).toEqual(['192.0.2.1']);
    expect(net.driver.now - began).toBeGreaterThanOrEqual(SECOND);
    await expect(net.resolver.lookup('ill.test', 4)).rejects.toThrow(`ill.test: ${SERVER} answered with code 2`);
    expect(net.asked.filter((each) => each === 'ill.test 1').length).toBe(3);
    const closed = new Resolver(net.host, [SERVER], { port: 54 });
    await expect(closed.lookup('www.test', 4)).rejects.toThrow(
      /TCPLAB_NAME_SERVER|no name server has an answer.*ECONNREFUSED/,
    );
    await expect(new Resolver(net.host, ['10.0.0.9'], { timeout: 100 }).lookup('www.test', 4)).rejects.toThrow(
      'none has answered',
    );
  });
});

test('a server of IPv6 is asked by IPv6', async () => {
  const net = network((_, __, question) => answer(question, [['@', A, 60, four('192.0.2.1')]]), {}, ['fd00::2']);
  await net.run(async () => expect(await net.resolver.lookup('www.test', 4)).toEqual(['192.0.2.1']));
});

test('one version alone; an error of the one does not hide the other', async () => {
  const net = network((_, type, question) =>
    type === A ? answer(question, [['@', A, 60, four('192.0.2.1')]]) : answer(question, [], { code: 2 }),
  );
  await net.run(async () => {
    expect(await net.resolver.lookup('www.test')).toEqual(['192.0.2.1']);
    expect(await codeOf(net.resolver.lookup('www.test', 6))).toBe('TCPLAB_NAME_SERVER');
    expect(await net.resolver.lookup('localhost', 4)).toEqual(['127.0.0.1']);
    expect(await net.resolver.lookup('here.localhost', 6)).toEqual(['::1']);
    expect(await net.resolver.lookup('fd00::1')).toEqual(['fd00::1']);
    await expect(net.resolver.lookup('a..b')).rejects.toThrow('"a..b" is not a name');
  });
  const none = network((_, __, question) => answer(question, []));
  await none.run(async () => {
    await expect(none.resolver.lookup('www.test')).rejects.toThrow('there is no www.test');
    await expect(none.resolver.lookup('www.test', 6)).rejects.toThrow('there is no www.test with an IPv6 address');
  });
});

describe('remembered', () => {
  test('no longer than the alias nor than the address, nor than the option says; not at all where that is nothing', async () => {
    const lives = { alias: 50, address: 90 };
    const net = network(
      (_, __, question) =>
        answer(question, [
          ['@', 5, lives.alias, nameOctets('b.test')],
          ['b.test', A, lives.address, four('192.0.2.1')],
          ['b.test', A, 200, four('192.0.2.2')],
        ]),
      { longest: 70_000 },
    );
    await net.run(async () => {
      for (const [alias, address, life] of [
        [50, 90, 50],
        [90, 40, 40],
        [100, 200, 70],
      ] as const) {
        Object.assign(lives, { alias, address });
        net.resolver.clear();
        expect(net.resolver.size).toBe(0);
        const began = net.asked.length;
        await net.resolver.lookup('a.test', 4);
        // When the answer came, a moment ago.
        await net.driver.sleep((life - 1) * SECOND);
        await net.resolver.lookup('a.test', 4);
        expect(net.asked.length - began, `${life} seconds`).toBe(1);
        await net.driver.sleep(2 * SECOND);
        await net.resolver.lookup('a.test', 4);
        expect(net.asked.length - began).toBe(2);
      }
      for (const options of [{ longest: 0 }, { entries: 0 }]) {
        const forgetful = new Resolver(net.host, [SERVER], options);
        await forgetful.lookup('a.test', 4);
        expect(forgetful.size).toBe(0);
      }
      lives.address = 0;
      net.resolver.clear();
      await net.resolver.lookup('a.test', 4);
      expect(net.resolver.size).toBe(0);
    });
  });

  //= RFC 2308 §5
  test.each([
    [900, 60, 300_000, 60],
    [30, 60, 300_000, 30],
    [900, 600, 100_000, 100],
    [-1, 60, 300_000, 0],
  ])(
    'that there is nothing: zone %d and %d seconds, at the most %d ms',
    async (ttl, minimum, longestNegative, life) => {
      const net = network((_, __, question) => answer(question, [], { authority: [soa(ttl, minimum)] }), {
        longestNegative,
      });
      await net.run(async () => {
        await codeOf(net.resolver.lookup('no.test', 4));
        if (life === 0) return expect(net.resolver.size).toBe(0);
        await net.driver.sleep((life - 1) * SECOND);
        await codeOf(net.resolver.lookup('no.test', 4));
        expect(net.asked.length).toBe(1);
        await net.driver.sleep(2 * SECOND);
        await codeOf(net.resolver.lookup('no.test', 4));
        expect(net.asked.length).toBe(2);
      });
    },
  );

  test('the one learned longest ago is forgotten first; learned again, it is new', async () => {
    const net = network((_, __, question) => answer(question, [['@', A, 10, four('192.0.2.1')]]), { entries: 2 });
    await net.run(async () => {
      for (const name of ['a', 'b']) await net.resolver.lookup(name, 4);
      await net.driver.sleep(11 * SECOND);
      for (const name of ['a', 'c', 'a']) await net.resolver.lookup(name, 4);
      expect(net.asked).toEqual(['a 1', 'b 1', 'a 1', 'c 1']);
    });
  });
});

test('no more than 256 questions are under way at once', async () => {
  const net = network(() => undefined, { timeout: 1_000, tries: 1 });
  await net.run(async () => {
    const all = Array.from({ length: 256 }, (_, i) => codeOf(net.resolver.lookup(`n${i}.test`, 4)));
    // Who asks what is being asked waits for that.
    all.push(codeOf(net.resolver.lookup('n1.test', 4)));
    await expect(net.resolver.lookup('one.more.test', 4)).rejects.toThrow('256 questions are under way already');
    expect(new Set(await Promise.all(all))).toEqual(new Set(['TCPLAB_NAME_SERVER']));
    await expect(net.resolver.lookup('one.more.test', 4)).rejects.toThrow('none has answered');
  });
});

test('by TCP an answer comes in pieces, or the connection ends without one', async () => {
  const long: DnsRecord[] = Array.from({ length: 300 }, (_, i) => ['@', A, 60, [10, 1, i >> 8, i & 255]]);
  const net = network(
    (name, _, question, tcp) => {
      if (!tcp) return answer(question, [], { truncated: true });
      return name === 'short.test' ? new Uint8Array(0) : answer(question, long);
    },
    { tries: 1 },
  );
  await net.run(async () => {
    // 256 records of it are looked at.
    expect((await net.resolver.lookup('long.test', 4)).length).toBe(256);
    await expect(net.resolver.lookup('short.test', 4)).rejects.toThrow('none has answered');
  });
});

test('aliases are followed sixteen times', async () => {
  const chain = (length: number): DnsRecord[] => [
    ...Array.from({ length }, (_, i): DnsRecord => [i === 0 ? '@' : `n${i}.test`, 5, 60, nameOctets(`n${i + 1}.test`)]),
    [`n${length}.test`, A, 60, four('192.0.2.1')],
  ];
  const net = network((name, _, question) => answer(question, chain(Number(name.split('.')[0]))));
  await net.run(async () => {
    expect(await net.resolver.lookup('16.test', 4)).toEqual(['192.0.2.1']);
    expect(await codeOf(net.resolver.lookup('17.test', 4))).toBe('TCPLAB_NO_NAME');
  });
});

test('options in their ranges', () => {
  const { host } = network(() => undefined);
  const ranges = {
    timeout: [1, 60_000],
    tries: [1, 16],
    entries: [0, 1 << 20],
    longest: [0, 604_800_000],
    longestNegative: [0, 604_800_000],
    port: [1, 65_535],
  };
  for (const [name, [least, most]] of Object.entries(ranges)) {
    for (const good of [least!, most!]) new Resolver(host, [SERVER], { [name]: good });
    for (const bad of [least! - 1, most! + 1])
      expect(() => new Resolver(host, [SERVER], { [name]: bad })).toThrow(`resolver.${name}`);
  }
});

test('octets of any kind are read without a throw, and pointers in circles end', () => {
  const question = writeQuestion(7, 'www.test', A);
  const circle = answer(question, [['@', 5, 60, [0xc0, 0x26]]]);
  expect(readAnswer(circle, 7, 'www.test', A)?.records).toEqual([]);
  const good = answer(question, [['@', A, 60, four('192.0.2.1')]], { authority: [soa(900, 60)] });
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
