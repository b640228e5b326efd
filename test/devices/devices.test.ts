/** Network devices of the system: opened, set up, handed on, taken away, each case in a network namespace of its own; the kernel's stack is at the other end. */
import { expect, test } from 'vitest';
import { canBeOrdinary, NAMESPACE, NAMESPACE_LIMIT, ordinarily, runInNamespace } from '../namespace.ts';
import { needs } from '../needs.ts';

const own = needs(NAMESPACE);
const it = (name: string, body: () => Promise<void>): void => own(name, body, NAMESPACE_LIMIT);
const inside = <T>(...args: string[]): Promise<T> => runInNamespace<T>('test/devices/inside.ts', args);

interface Refusal {
  code: string;
  message: string;
}

for (const kind of ['tun', 'tap', 'packet']) {
  for (const offload of ['on', 'off']) {
    // A packet socket sees what the other end of the pair offers: without offload there, too, that is another test.
    if (kind === 'packet' && offload === 'off') continue;
    it(`${kind}, offload ${offload}: the kernel's TCP talks with ours`, async () => {
      const { equal, large, refused, left } = await inside<{
        equal: boolean;
        large: { in: boolean; oversized: number };
        refused: number;
        left: string[];
      }>('echo', kind, offload, '1500');
      expect({ equal, refused, left, oversized: large.oversized }).toEqual({
        equal: true,
        refused: 0,
        left: [],
        oversized: 0,
      });
      if (offload === 'off') expect(large.in).toBe(false);
    });
  }
}

(process.getuid?.() !== 0 || canBeOrdinary() ? it : test.skip)(
  'without any right: in a network of one’s own, by one end of a veth pair',
  async () => {
    const args = ['echo', 'packet', 'on', '1500'];
    const seen = await runInNamespace<{ equal: boolean }>('test/devices/inside.ts', args, 80, ordinarily);
    expect(seen.equal).toBe(true);
  },
);

it('a device is set up with everything, and leaves nothing', async () => {
  expect(await inside('configured')).toEqual({
    name: 'tun0',
    mtu: 9_000,
    queue: 700,
    up: true,
    addresses: ['10.9.0.1/24', 'fd00:9::1/64'],
    routes: ['10.9.0.0/24', '10.55.0.0/16', '10.56.0.0/16 via 10.9.0.2', 'fd00:9::/64', 'fd55::/32'],
    left: [],
  });
});

it('a persistent device belongs to a user, who needs no rights but cannot set it up', async () => {
  const seen = await inside<{ stays: string[]; stranger: unknown; changed: Refusal; left: string[] }>('persistent');
  expect({ ...seen, changed: seen.changed.code }).toEqual({
    stays: ['mine'],
    stranger: 'mine',
    changed: 'EACCES',
    left: [],
  });
  expect(seen.changed.message).toContain('sudo ip address add 10.77.0.1/24 dev mine');
});

it('a refusal has its code and names the command that mends it', async () => {
  const seen = await inside<Record<string, Refusal>>('refusals');
  const codes = Object.fromEntries(Object.entries(seen).map(([name, { code }]) => [name, code]));
  expect(codes).toEqual({
    device: 'EACCES',
    packet: 'EACCES',
    busy: 'EBUSY',
    kind: 'EINVAL',
    mtu: 'EINVAL',
    name: 'EINVAL',
    address: 'EINVAL',
    missing: 'TCPLAB_NO_INTERFACE',
    left: undefined,
  });
  expect(seen.left).toEqual([]);
  // Where the node is open to all, what is said is how to make a device of one's own.
  expect(seen.device!.message).toMatch(/sudo chmod 0666 \/dev\/net\/tun|sudo ip tuntap add dev tun0 mode tun user/);
  expect(seen.packet!.message).toContain('unshare -Urn');
  expect(seen.missing!.message).toContain('did you mean busy?');
});

it('a child without any rights uses the device that its parent has opened', async () => {
  expect(await inside('handedOver')).toEqual({
    ready: 'CapEff: 0000000000000000',
    said: 'user 65534',
    left: [],
  });
});

needs({ root: true, tools: [...NAMESPACE.tools, 'nc', 'tshark', 'id'] })(
  'listen and connect speak by a device, drop rights, capture and explain, and leave nothing',
  async () => {
    expect(await inside('commands')).toEqual({
      out: 'one two',
      code: 130,
      user: '65534',
      owner: 0,
      explained: 2,
      syns: 4,
      commented: true,
      refused: 1,
      as: 'daemon',
      said: 'tcplab: connect 10.9.0.1:9001: ECONNREFUSED, the connection was refused: nobody listens there. Start a server on that machine, or ask another port',
      left: [],
    });
  },
  NAMESPACE_LIMIT,
);

it('a device that the system takes away is told of', async () => {
  expect(await inside('taken')).toEqual({ left: [], gone: true });
});

it('however a program ends, neither device nor route of it is left', async () => {
  const gone = { device: [], route: '' };
  expect(await inside('killed')).toEqual({ SIGKILL: gone, SIGTERM: gone, SIGINT: gone, exit: gone });
});

for (const version of ['1', '2'])
  needs({ root: true, tools: [...NAMESPACE.tools, 'bridge', 'tshark'] })(
    `a switch that passes groups on only to who listens, and asks in version ${version}, knows our hosts, who find one another`,
    async () => {
      expect(await inside('snooping', version)).toEqual({
        // The address that each was told and the one of the link have one group.
        told: ['one ff02::1:ff01:1', 'other ff02::1:ff02:2'],
        received: 7,
        objections: '',
      });
    },
    NAMESPACE_LIMIT,
  );

needs({ root: true, tools: [...NAMESPACE.tools, 'python3'] })(
  'datagrams that a kernel leaves to the link to cut come as what they are',
  async () => expect(await inside('datagrams')).toEqual([1_000, 1_000, 500]),
  NAMESPACE_LIMIT,
);

for (const offload of ['on', 'off'])
  needs({ root: true, tools: [...NAMESPACE.tools, 'python3'] })(
    `a kernel's segments behind extension headers come through a host that passes them on, offload ${offload}`,
    async () => expect(await inside('behindOptions', offload)).toEqual({ octetsIn: 200_000, tooLong: 0, lost: 0 }),
    NAMESPACE_LIMIT,
  );
