/** The demo's programs on the kernel's TCP, where they cannot reach one another. */
import { expect } from 'vitest';
import { NAMESPACE, NAMESPACE_LIMIT, runInNamespace } from '../namespace.ts';
import { needs } from '../needs.ts';

needs(NAMESPACE)(
  'who cannot be connected to is told of, and the port is free again; the program ends',
  async () => {
    const outcomes = await runInNamespace('test/devices/nowhere.ts', [], 30);
    const [stream, datagram] = ['connect', 'sendto'].map(
      (call) => `${call} 127.0.0.1:7456: ENETUNREACH, the network is unreachable`,
    );
    expect(outcomes).toEqual([stream, stream, datagram, datagram]);
  },
  NAMESPACE_LIMIT,
);
