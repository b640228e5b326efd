/** Two hosts on a line that marks packets where it would lose them: with ECN nothing is lost, and nothing is sent twice. */
import { expect, test } from 'vitest';
import { seeded } from '../../src/core/random.ts';
import { AF_INET, type ConnectionOptions, type ImpairedPort, SOCK_STREAM, socket } from '../../src/speak/index.ts';
import { auditedNetwork } from '../audited-network.ts';

const OCTETS = 2 << 20;

/** Sends OCTETS from client to server and answers what that took. */
async function transfer(ecn: ConnectionOptions['ecn']): Promise<{ resent: number; lost: number; marked: number }> {
  const net = auditedNetwork({
    host: { connection: { ecn } },
    impairment: () => ({ random: seeded(7), out: { loss: 0.02, mark: true, delay: 5 } }),
  });
  await net.driver.run(async () => {
    const listener = socket(net.server, AF_INET, SOCK_STREAM);
    await listener.bind(['10.0.0.2', 7456]);
    await listener.listen();
    const client = socket(net.client, AF_INET, SOCK_STREAM);
    await client.connect(['10.0.0.2', 7456]);
    const [accepted] = await listener.accept();
    const sent = client.sendall(new Uint8Array(OCTETS));
    let got = 0;
    while (got < OCTETS) got += (await accepted.recv(1 << 16)).length;
    await sent;
  });
  const { lost, marked } = (net.port as ImpairedPort).counters.out!;
  return { resent: net.client.counters.tcpRetransSegs, lost, marked };
}

//= RFC 9293 §3.8.2 SHLD-8
test('marks take the place of losses', async () => {
  const [without, over] = [await transfer('off'), await transfer('active')];
  expect(without.marked).toBe(0);
  expect(without.resent).toBeGreaterThan(20);
  expect(over.marked).toBeGreaterThan(20);
  // What is not ECN-capable (the handshake, acknowledgments) is lost as ever.
  expect(over.resent).toBeLessThanOrEqual(over.lost);
});
