/** What programs do that few do: what they tell their connections, and whom they bother. Not here: the talks (conversation.ts). */
import { below, chance, type Random } from '../../src/core/random.ts';
import type { ConnectionOptions } from '../../src/speak/index.ts';
import * as tcp from '../../src/wire/tcp.ts';
import { forge, type Network } from '../network.ts';

/** Sizes of all orders, 20 to 2^most: of some octets each, a talk would go on for hours. */
const anySize = (random: Random, most: number): number => 20 + below(random, 2 ** below(random, most + 1));

/** What a connection is told besides. */
export function rareOptions(random: Random): Partial<ConnectionOptions> {
  const sometimes = (share: number, options: () => Partial<ConnectionOptions>): Partial<ConnectionOptions> =>
    chance(random, share) ? options() : {};
  return {
    // Buffers that grow, and window scales from 0 to 14.
    ...sometimes(0.5, () => {
      const receiveBuffer = anySize(random, 16);
      return { receiveBuffer, receiveBufferMaximum: Math.max(receiveBuffer, 2 ** (14 + below(random, 17))) };
    }),
    ...sometimes(0.5, () => {
      const sendBuffer = anySize(random, 16);
      return { sendBuffer, sendBufferMaximum: Math.max(sendBuffer, anySize(random, 24)) };
    }),
    ...sometimes(0.2, () => ({ maximumSegment: 88 + below(random, 1 << below(random, 14)) })),
    ...sometimes(0.3, () => ({
      keepAlive: true,
      keepAliveIdle: 20 + below(random, 3_000),
      keepAliveInterval: 20 + below(random, 2_000),
      keepAliveProbes: 1 + below(random, 6),
    })),
    ...sometimes(0.2, () => ({ userTimeout: 500 + below(random, 60_000), userTimeoutForAll: chance(random, 0.5) })),
    ...sometimes(0.2, () => ({ synTimeout: 500 + below(random, 30_000) })),
    ...sometimes(0.2, () => ({ finWait2: below(random, 5_000) - 1 })),
    ...sometimes(0.2, () => ({ timeWait: below(random, 3_000) })),
    ...sometimes(0.2, () => ({ delayedAck: below(random, 500) })),
    ...sometimes(0.2, () => ({ minimumRto: 1 + below(random, 2_000) })),
    ...sometimes(0.1, () => ({ deferAccept: 1 + below(random, 3) })),
    ...sometimes(0.3, () => ({ noDelay: true })),
    ...sometimes(0.1, () => ({ cork: true })),
    ...sometimes(0.5, () => ({ ecn: chance(random, 0.8) ? 'active' : 'off' })),
  };
}

/** SYNs from everywhere: the listener has no room left to remember more, and bakes cookies. */
export function floods(net: Network, random: Random): void {
  const first = below(random, 1_000_000);
  const count = 30 + below(random, 40);
  for (let i = 0; i < count; i++) {
    net.driver.at(net.driver.now + first + i * below(random, 20_000), () =>
      forge(net, { source: 0x0a00_0064 + i, port: 7456, flags: tcp.SYN, seq: random.next() }),
    );
  }
}
