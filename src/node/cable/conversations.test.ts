import { expect, test } from 'vitest';
import { describe, LOOPBACK, segment } from '../../../test/cable/frames.ts';
import { pseudoHeader4, pseudoHeader6, sum, verifies } from '../../wire/checksum.ts';
import { type IpAddress, LOOPBACK6 } from '../../wire/ip-address.ts';
import * as tcp from '../../wire/tcp.ts';
import { Conversations } from './conversations.ts';

const HERE = 40_000;
const THERE = 7_456;

function talk(address?: IpAddress): {
  known: Conversations;
  out: (flags: number, ack?: number) => void;
  come: (flags: number) => void;
} {
  const known = new Conversations();
  const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer);
  return {
    known,
    out: (flags, ack = 0) => {
      const frame = segment(HERE, THERE, flags, 1, ack, address);
      known.sent(view(frame), 0, frame.length);
    },
    come: (flags) => {
      const frame = segment(THERE, HERE, flags, 0, 0, address);
      known.received(view(frame), 0, frame.length);
    },
  };
}

test('a peer that is gone is answered for: a reset with the number that was last acknowledged', () => {
  const { known, out } = talk();
  out(tcp.SYN);
  out(tcp.ACK, 1_001);
  out(tcp.ACK | tcp.PSH, -5);
  expect([...known.peers()]).toEqual([THERE]);
  expect(known.resets(22)).toEqual([]);
  const resets = known.resets(THERE);
  expect(resets.map((bytes) => describe(bytes))).toEqual([`${THERE}>${HERE} RST`]);
  const view = new DataView(resets[0]!.buffer);
  expect(tcp.seq(view, 34)).toBe(-5);
  expect(verifies(sum(view, 14, 20))).toBe(true);
  expect(verifies(sum(view, 34, 20, pseudoHeader4(LOOPBACK, LOOPBACK, 6, 20)))).toBe(true);
  expect(known.size).toBe(0);
});

test('a connection that both have closed, that was reset, or that never began is none', () => {
  for (const end of [
    ({ out, come }: ReturnType<typeof talk>) => {
      out(tcp.FIN | tcp.ACK);
      come(tcp.FIN | tcp.ACK);
    },
    ({ out, come }: ReturnType<typeof talk>) => {
      come(tcp.FIN | tcp.ACK);
      out(tcp.FIN | tcp.ACK);
    },
    ({ come }: ReturnType<typeof talk>) => come(tcp.RST),
    ({ out }: ReturnType<typeof talk>) => out(tcp.RST),
    ({ known }: ReturnType<typeof talk>) => known.released(HERE),
  ]) {
    const conversation = talk();
    conversation.out(tcp.SYN);
    conversation.out(tcp.ACK, 7);
    conversation.out(tcp.FIN | tcp.ACK);
    expect(conversation.known.size).toBe(1);
    end(conversation);
    conversation.out(tcp.ACK, 8);
    expect(conversation.known.size).toBe(0);
  }
  const { known, out } = talk();
  out(tcp.ACK, 7);
  expect(known.size).toBe(0);
  out(tcp.SYN);
  // A SYN without an answer is sent again, and refused then.
  expect(known.resets(THERE)).toEqual([]);
});

test('over IPv6, too; of the same ports over IPv4 it is another', () => {
  const { known, out, come } = talk(LOOPBACK6);
  out(tcp.SYN);
  out(tcp.ACK, 1_001);
  const frame = segment(HERE, THERE, tcp.SYN);
  known.sent(new DataView(frame.buffer), 0, frame.length);
  expect(known.size).toBe(2);
  const [reset, ...others] = known.resets(THERE);
  expect(others).toEqual([]);
  expect(describe(reset!)).toBe(`${THERE}>${HERE} RST`);
  const view = new DataView(reset!.buffer);
  expect(tcp.seq(view, 54)).toBe(1_001);
  expect(verifies(sum(view, 54, 20, pseudoHeader6(view, 14, 6, 20)))).toBe(true);
  out(tcp.SYN);
  come(tcp.RST);
  expect(known.size).toBe(0);
});
