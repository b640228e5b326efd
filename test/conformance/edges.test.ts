/** Values at the edge of a rule: a single octet, a segment size of nothing, the last microsecond. */
import { expect, test } from 'vitest';
import { connectionOptions, DEFAULT_OPTIONS, sendUrgent } from '../../src/speak/tcp/index.ts';
import { established } from './wire.ts';

//= RFC 9293 §3.9.1.2 MUST-61
test('a single octet is pushed', () => {
  const { wire } = established();
  wire`
    +0 send(1) = 1
    +0 > P. 1:2(1) ack 1
  `;
});

//= RFC 9293 §3.7.1 MUST-16
test('a peer that says it takes segments of no octets gets small ones, not the default size', () => {
  const { tcb, wire } = established({ peerMss: 0 });
  expect(tcb.snd.mss).toBe(48);
  wire`
    +0 send(48) = 48
    +0 > P. 1:49(48) ack 1
  `;
});

//= RFC 9293 §3.8.5 MUST-62
test('octets behind the urgent ones are not marked, though the urgent ones are not acknowledged yet', () => {
  const { tcb, wire } = established({ connection: { noDelay: true } });
  sendUrgent(tcb, new Uint8Array(10), 0, 10, 0);
  wire`
    +0 > PU. 1:11(10) ack 1 urg 10
    +0 send(10) = 10
    +0 > P.  11:21(10) ack 1
  `;
});

//= RFC 9293 §3.8.6.3 MUST-40
test('an acknowledgment waits for less than half a second', () => {
  expect(connectionOptions(DEFAULT_OPTIONS, { delayedAck: 499_999 }).delayedAck).toBe(499_999);
  expect(() => connectionOptions(DEFAULT_OPTIONS, { delayedAck: 500_000 })).toThrow(
    'delayedAck is a number from 0 to 499999, not 500000',
  );
});
