/** Ladders of explicit congestion notification (RFC 3168): how it is agreed on, what is marked, and what marks lead to. */
import { expect, test } from 'vitest';
import { established, listening, synSent } from './wire.ts';

const SIZES = { peerMss: 1_000, connection: { timestamps: false, selectiveAcknowledgments: false } } as const;
const ACTIVE = { ...SIZES, connection: { ...SIZES.connection, ecn: 'active' } } as const;

/** ESTABLISHED from a passive open by a peer that asked for ECN. */
function agreed(options: Parameters<typeof listening>[0] = SIZES): ReturnType<typeof listening> {
  const ladder = listening(options);
  ladder.wire`
    +0 [noecn] < SEW 0:0(0) win 20000 <mss 1000>
    +0 > [noecn] SE. 0:0(0) ack 1
    +0 < . 1:1(0) ack 1 win 20000
  `;
  return ladder;
}

//= RFC 9293 §3.8.2 SHLD-8: agreed on when the peer asks
test('a SYN that asks is answered with ECE alone, and octets go out as ECT(0); one that does not ask gets none', () => {
  agreed().wire`
    +0 send(100) = 100
    +0 > [ect0] P. 1:101(100) ack 1
  `;
});
