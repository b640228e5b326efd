/** Tail loss probes of a connection that counts octets; those of one that counts segments are in test/drill (loss-probe-*.pkt). */
import { expect, test } from 'vitest';
import { text, Wire } from '../../../test/tcp-wire.ts';
import { MILLISECOND } from '../../core/time.ts';
import { OWN_CHOICES } from './choices.ts';
import { send } from './user-calls.ts';

const say = (wire: Wire, length: number): void => {
  send(wire.a, text('x'.repeat(length)), 0, length, wire.now);
  wire.settle();
};

/** Two segments have gone, one of the lines that match is lost once, and the probe that is due has gone. */
function probed(lost: RegExp): Wire {
  const wire = new Wire({ choices: { ...OWN_CHOICES, lossProbes: true }, timestamps: false }).handshake();
  let loses = true;
  wire.lose = (line) => {
    const isIt = loses && lost.test(line);
    if (isIt) loses = false;
    return isIt;
  };
  say(wire, 2_000);
  expect([loses, wire.a.probe]).toEqual([false, undefined]);
  while (wire.a.probe?.again === undefined) wire.pass(MILLISECOND);
  return wire;
}

const octetsSent = ({ log }: Wire): (string | undefined)[] =>
  log.filter((line) => line.startsWith('>') && !line.includes('(0)')).map((line) => line.split(' ')[2]);

test('the last segment goes again before the retransmission timeout; it was lost if the peer says no more of it than that it is there', () => {
  const wire = probed(/^> .* 1461\(540\)/);
  expect(octetsSent(wire)).toEqual(['1(1460)', '1461(540)', '1461(540)']);
  expect([wire.a.snd.una, wire.a.probe?.again]).toEqual([wire.a.snd.nxt, true]);
  const { ssthresh } = wire.a.congestion;
  say(wire, 100);
  expect(wire.a.congestion.ssthresh).toBeLessThan(ssthresh);
});

test('it was not where the peer says that it came twice', () => {
  const wire = probed(/^< .* ack 2001/);
  expect(octetsSent(wire)).toEqual(['1(1460)', '1461(540)', '1461(540)']);
  expect(wire.a.probe?.again).toBe(false);
  const { ssthresh } = wire.a.congestion;
  say(wire, 100);
  expect(wire.a.congestion.ssthresh).toBe(ssthresh);
});

//= RFC 8985 §7.2: TLP.end_seq is null
test('while it is not known what became of the first there is no second one: the timeout mends', () => {
  const wire = probed(/^> .* 1461\(540\)/);
  wire.lose = (line) => line.startsWith('>');
  say(wire, 1_460);
  wire.log.length = 0;
  while (octetsSent(wire).length < 2) wire.pass(MILLISECOND);
  expect([wire.a.timeouts, octetsSent(wire)]).toEqual([2, ['2001(1460)', '2001(1460)']]);
});
