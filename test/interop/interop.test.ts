/**
 * Our stack and the Linux kernel's, with the programs people run on it, over devices of the machine. Each line is a network namespace of its own, in which all talks on it happen; everything that passed is judged by tshark and by see/'s
 * analysis, and neither stack may keep a connection.
 */
import { expect } from 'vitest';
import { NAMESPACE, runInNamespace } from '../namespace.ts';
import { needs } from '../needs.ts';
import type { Line, Verdict } from './station.ts';

const MEBI = 1 << 20;
const TOOLS = [...NAMESPACE.tools, 'tshark', 'ss', 'mount', 'python3', 'curl', 'nc', 'iperf3'];
const it = needs({ root: true, tools: TOOLS });
const withSsh = needs({ root: true, tools: [...TOOLS, 'ssh', 'sshd', 'ssh-keygen'] });

/** Seconds that one line may take on a machine that does much else. */
const LIMIT = 240;

type Talk = [name: string, octets: number];

/** What every talk is to answer. */
const WELL: Readonly<Record<string, unknown>> = {
  pythonServer: `Hey you I'm listening on 7456...weird port by the way\nFROM: ('10.9.0.2', PORT) MSG: b'Hola server, are you bored?'`,
  pythonClient: '10.9.0.1 Hola server, are you bored?',
  curl: { fetched: true, posted: true },
  nodeHttp: { status: 'HTTP/1.1 200 OK', equal: true },
  nc: { received: true, sent: true },
  ssh: { in: true, out: true, command: true },
  iperf3: { in: true, 'in-R': true, out: true, 'out-R': true },
  bulk: { received: true, sent: true },
};

async function all(line: Line, talks: readonly Talk[]): Promise<Verdict> {
  const args = [line, ...talks].map((one) => JSON.stringify(one));
  const { said, verdict } = await runInNamespace<{ said: unknown; verdict: Verdict }>(
    'test/interop/inside.ts',
    args,
    LIMIT,
  );
  expect(said).toEqual(Object.fromEntries(talks.map(([name]) => [name, WELL[name]])));
  expect({ tshark: verdict.tshark, analysis: verdict.analysis, left: verdict.left }).toEqual({
    tshark: [],
    analysis: [],
    left: [],
  });
  return verdict;
}

const FILES: readonly Talk[] = [
  ['curl', 4 * MEBI],
  ['nodeHttp', 2 * MEBI],
  ['nc', 2 * MEBI],
];

it(
  'every program, TUN, MTU 1500, offload',
  async () => {
    const { largest } = await all({ kind: 'tun', mtu: 1_500, offload: true }, [
      ['pythonServer', 0],
      ['pythonClient', 0],
      ...FILES,
      ['iperf3', 8 * MEBI],
    ]);
    // The link has cut and joined segments: it was used as it is meant to be.
    expect(largest).toBeGreaterThan(20_000);
  },
  LIMIT * 1_000,
);

it(
  'every program, TUN, MTU 1500, no offload',
  async () => {
    const { largest } = await all({ kind: 'tun', mtu: 1_500, offload: false }, [
      ['pythonServer', 0],
      ['pythonClient', 0],
      ...FILES,
      ['iperf3', 4 * MEBI],
    ]);
    expect(largest).toBe(1_500);
  },
  LIMIT * 1_000,
);

for (const ipv6 of [false, true]) {
  for (const mtu of [1_280, 9_000]) {
    for (const offload of [true, false]) {
      it(
        `files, ${ipv6 ? 'IPv6, ' : ''}TUN, MTU ${mtu}, ${offload ? 'offload' : 'no offload'}`,
        async () => {
          const { largest } = await all({ kind: 'tun', mtu, offload, ipv6 }, FILES);
          if (!offload) expect(largest).toBe(mtu);
        },
        LIMIT * 1_000,
      );
    }
  }
}

it('files, TAP', async () => void (await all({ kind: 'tap', mtu: 1_500, offload: true }, FILES)), LIMIT * 1_000);

it(
  'files, one end of a veth pair',
  async () => void (await all({ kind: 'packet', mtu: 1_500, offload: true }, FILES)),
  LIMIT * 1_000,
);

for (const [offload, ipv6] of [
  [true, false],
  [false, false],
  [false, true],
] as const) {
  it(
    `files, ${ipv6 ? 'IPv6, ' : ''}some packets lost and some overtaken, ${offload ? 'offload' : 'no offload'}`,
    async () => {
      await all({ kind: 'tun', mtu: 1_500, offload, ipv6, impaired: true }, [
        ['curl', 4 * MEBI],
        ['nc', 8 * MEBI],
      ]);
    },
    LIMIT * 1_000,
  );
}

for (const kind of ['tun', 'tap', 'packet'] as const) {
  for (const offload of kind === 'packet' ? [true] : [true, false]) {
    it(
      `files over IPv6, ${kind}, ${offload ? 'offload' : 'no offload'}`,
      async () => {
        const { largest } = await all({ kind, mtu: 1_500, offload, ipv6: true }, FILES);
        if (offload) expect(largest).toBeGreaterThan(20_000);
      },
      LIMIT * 1_000,
    );
  }
}

for (const [name, line] of Object.entries<Line>({
  offload: { kind: 'tun', mtu: 1_500, offload: true },
  'no offload': { kind: 'tun', mtu: 1_500, offload: false },
  'IPv6, TAP, offload': { kind: 'tap', mtu: 1_500, offload: true, ipv6: true },
}))
  withSsh(`ssh both ways, ${name}`, async () => void (await all(line, [['ssh', 2 * MEBI]])), LIMIT * 1_000);

it(
  'a gibibyte each way, offload',
  async () => {
    await all({ kind: 'tun', mtu: 1_500, offload: true, snaplen: 128 }, [['bulk', 1_024 * MEBI]]);
  },
  LIMIT * 1_000,
);
