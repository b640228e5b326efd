/** Wrong use, from the outside: what a program that is not checked by TypeScript gets wrong is refused with a TcplabError that says what belongs there. */
import { expect, test } from 'vitest';
import { TcplabError } from '../src/core/errors.ts';
import { runScript } from '../src/lab/index.ts';
import { captureTo } from '../src/node/index.ts';
import {
  AF_INET,
  Host,
  impair,
  mib,
  pipe,
  poll,
  SO_LINGER,
  SO_RCVBUF,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  seeded,
  socket,
} from '../src/speak/index.ts';
import { connect, listen } from '../src/speak/socket/streams.ts';
import { virtualDriver } from './network.ts';

/** A value where the type says that it cannot be. */
const wrong = (value: unknown): never => value as never;

async function refusal(use: () => unknown): Promise<string> {
  try {
    await use();
  } catch (error) {
    if (!(error instanceof TcplabError)) throw error;
    expect(error.code).toBe('EINVAL');
    return error.message;
  }
  return 'nothing was refused';
}

const host = new Host({ driver: virtualDriver() });
const own = socket(host, AF_INET, SOCK_STREAM);
const datagrams = socket(host, AF_INET, SOCK_DGRAM);

test.each<[string, () => unknown, string]>([
  ['a host without a driver', () => new Host(wrong(undefined)), 'a host needs a driver'],
  ['a link that is none', () => host.plug(wrong(5), { address: '10.0.0.1/24' }), 'plug takes an end of a link'],
  ['a link without an address', () => host.plug(pipe()[0], wrong(undefined)), 'plug takes an end of a link'],
  ['socket without a host', () => socket(wrong(AF_INET), wrong(SOCK_STREAM), wrong(undefined)), 'socket: the first'],
  ['connect without a host', () => connect(wrong('10.0.0.2:80'), wrong(undefined)), 'connect: the first argument'],
  ['listen without a host', () => listen(wrong('10.0.0.2:80'), wrong(undefined)), 'listen: the first argument'],
  ['mib without a host', () => mib(wrong(undefined)), 'mib: the first argument is a host'],
  ['captureTo without a host', () => captureTo(wrong('x.pcapng'), wrong(undefined)), 'captureTo: the first argument'],
  ['captureTo without a name', () => captureTo(host, wrong(undefined)), 'the name of a file, not undefined'],
  ['bind to nothing', () => own.bind(wrong(undefined)), "such as ['localhost', 7456], not undefined"],
  ['bind to a text', () => own.bind(wrong('10.0.0.1')), 'bind: an address is a host and a port'],
  ['connect to nothing', () => own.connect(wrong(undefined)), 'connect: an address is a host and a port'],
  ['a host that is a number', () => own.connect(wrong([7, 7])), 'connect: 7 is not an address'],
  ['a datagram to nobody', () => datagrams.sendto(new Uint8Array(1), wrong(undefined)), 'sendto: an address is'],
  ['a stream to nothing', () => connect(host, wrong(undefined)), "{ hostname: '10.0.0.2', port: 7456 }, not undefined"],
  ['a stream to null', () => connect(host, wrong(null)), 'not null'],
  ['a stream to a number', () => connect(host, wrong(5)), 'not 5'],
  ['a stream without a hostname', () => connect(host, wrong({ port: 5 })), 'not { port: 5 }'],
  ['a signal that is none', () => connect(host, '10.0.0.2:7', { signal: wrong(5) }), 'signal is an AbortSignal, not 5'],
  ['an option misspelt', () => connect(host, '10.0.0.2:7', wrong({ nodelay: true })), 'no option "nodelay"'],
  [
    'an option of another type',
    () => connect(host, '10.0.0.2:7', { noDelay: wrong('yes') }),
    'true or false, not "yes"',
  ],
  [
    'an object for a number',
    () => own.setsockopt(SOL_SOCKET, SO_RCVBUF, wrong({ a: 1 })),
    'whole number, not { a: 1 }',
  ],
  ['null for a number', () => own.setsockopt(SOL_SOCKET, SO_RCVBUF, wrong(null)), 'a whole number, not null'],
  ['null for several numbers', () => own.setsockopt(SOL_SOCKET, SO_LINGER, wrong(null)), 'linger: 1 }, not null'],
  ['nothing to send', () => own.send(wrong(undefined)), 'takes octets (a Uint8Array), not undefined'],
  ['poll of a number', () => poll(wrong(5)), 'a list such as'],
  ['poll of what is no socket', () => poll([{ socket: wrong(5), events: 1 }]), 'a list such as'],
  [
    'a mishap of no direction',
    () => impair(pipe()[0], wrong({ random: seeded(1), loss: 0.1 })),
    'there are random, out',
  ],
  [
    'a share where a function decides',
    () => impair(pipe()[0], { random: seeded(1), out: { drop: wrong(0.05) } }),
    'a share of the frames is loss',
  ],
  ['a trace for nobody', () => host.trace(wrong(3)), 'one or both, not 3'],
  ['a trace that nothing hears', () => host.trace(wrong({ send: () => {} })), 'who is told is'],
  ['poll of nothing, for a while', () => poll([], 1_000), 'no clock to wait by'],
  ['a mishap misspelt', () => impair(pipe()[0], { random: seeded(1), out: wrong({ lost: 1 }) }), 'no option "lost"'],
  [
    'a script alone',
    () => runScript('+0 close(3) = 0', wrong(undefined), wrong(undefined)),
    'runScript takes a script',
  ],
])('%s', async (_, use, words) => {
  expect(await refusal(use)).toContain(words);
});
