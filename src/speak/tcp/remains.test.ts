import { expect, test } from 'vitest';
import { network } from '../../../test/network.ts';
import { Wire } from '../../../test/tcp-wire.ts';
import { MINUTE, SECOND } from '../../core/time.ts';
import * as tcp from '../../wire/tcp.ts';
import { AF_INET, SOCK_STREAM, socket } from '../socket/bsd.ts';
import { makeTcpCounters } from './counters.ts';
import { close, closeBoth, Remains, send, type Tcb } from './index.ts';
import { type IncomingSegment, makeIncomingSegment } from './segment.ts';
import { segmentArrives } from './segment-arrives.ts';
import { snapshot } from './snapshot.ts';
import { TIMER } from './tcb.ts';

/** A connection in TIME-WAIT whose program has gone, and the same folded and unfolded. */
function lingering(): { wire: Wire; whole: Tcb; unfolded: Tcb } {
  const wire = new Wire().handshake();
  closeBoth(wire.a, wire.now);
  wire.settle();
  closeBoth(wire.b, wire.now);
  wire.settle();
  expect(wire.a.state).toBe('TIME-WAIT');
  wire.a.ts.offset = 4_711;
  wire.a.space.receive += 4_711;
  const remains = new Remains();
  return { wire, whole: wire.a, unfolded: remains.unfold(remains.fold(wire.a), wire.pages, makeTcpCounters()) };
}

test('what TIME-WAIT needs is the same after folding: numbers, windows, timestamps, the deadline', () => {
  const { wire, whole, unfolded } = lingering();
  // What was learnt of the path goes: nothing will be sent along it.
  const { cwnd: _, ssthresh: __, srtt: ___, rttvar: ____, rto: _____, ...rest } = snapshot(whole, wire.now);
  expect(snapshot(unfolded, wire.now)).toMatchObject(rest);
  expect(unfolded.ts).toEqual(whole.ts);
  expect(unfolded.space.receive).toBe(whole.space.receive);
  expect(unfolded.acknowledging.challenges).toBe(whole.acknowledging.challenges);
  expect(unfolded.acknowledging.challengesSince).toBe(whole.acknowledging.challengesSince);
  expect([unfolded.orphaned, unfolded.passive, unfolded.mss]).toEqual([true, false, whole.mss]);
});

/** A block with a number of its own in each place that is kept. */
function numbered(wire: Wire): Tcb {
  const tcb = wire.a;
  let next = 40_000;
  const number = (): number => next++;
  const una = number();
  const rcvNxt = number();
  Object.assign(tcb, { iss: number(), irs: number(), pathMtu: number(), ecn: number() });
  Object.assign(tcb.snd, { una, nxt: una, head: una - 1, end: una - 1, small: una - 1, unpushed: 0 });
  Object.assign(tcb.snd, {
    wnd: number(),
    wl1: number(),
    wl2: number(),
    maxWnd: number(),
    mss: number(),
    scale: number(),
  });
  Object.assign(tcb.rcv, { nxt: rcvNxt, fin: rcvNxt - 1, edge: number(), scale: number() });
  Object.assign(tcb.ts, { offset: number(), recent: number(), since: number(), lastAck: rcvNxt });
  Object.assign(tcb.acknowledging, { challenges: number(), challengesSince: number() });
  tcb.space.receive = number();
  tcb.timers.timeWait = number();
  return tcb;
}

test('every number has a place of its own, in the first row and in others', () => {
  const remains = new Remains();
  for (const flags of [
    { passive: true, sack: false, on: false },
    { passive: false, sack: true, on: false },
    { passive: false, sack: false, on: true },
  ]) {
    const { wire } = lingering();
    const whole = numbered(wire);
    Object.assign(whole, { passive: flags.passive, sack: flags.sack });
    whole.ts.on = flags.on;
    // There is one before it.
    remains.fold(lingering().wire.a);
    const place = remains.fold(whole);
    expect([remains.localPort(place), remains.remotePort(place)]).toEqual([whole.localPort, whole.remotePort]);
    const unfolded = remains.unfold(place, wire.pages, makeTcpCounters());
    const { localPort, remotePort, mss, pathMtu, ecn, iss, irs, passive, sack, snd, rcv, ts, options } = whole;
    expect(unfolded).toMatchObject({
      localPort,
      remotePort,
      mss,
      pathMtu,
      ecn,
      iss,
      irs,
      passive,
      sack,
      rcv,
      ts,
      options,
    });
    expect({ ...unfolded.snd, small: snd.small }).toEqual(snd);
    expect(unfolded.space.receive).toBe(whole.space.receive);
    expect(unfolded.timers).toMatchObject({ armed: TIMER.TIME_WAIT, timeWait: whole.timers.timeWait });
    const { challenges, challengesSince } = whole.acknowledging;
    expect(unfolded.acknowledging).toMatchObject({ challenges, challengesSince });
    expect([unfolded.state, unfolded.orphaned, unfolded.closing]).toEqual(['TIME-WAIT', true, true]);
  }
});

test('a place is taken again once its block is dropped or unfolded, and nothing waits in what is folded', () => {
  const remains = new Remains();
  const { wire, whole } = lingering();
  const folded = (): number => remains.fold(whole);
  expect([folded(), folded(), folded()]).toEqual([0, 1, 2]);
  remains.drop(1);
  expect([folded(), folded()]).toEqual([1, 3]);
  remains.unfold(2, wire.pages, makeTcpCounters());
  expect([folded(), folded()]).toEqual([2, 4]);
  const unread = new Wire().handshake();
  close(unread.a, unread.now);
  send(unread.b, new Uint8Array(100), 0, 100, unread.now);
  close(unread.b, unread.now);
  unread.settle();
  expect(unread.pages.free).toBeLessThan(unread.pages.pages);
  remains.fold(unread.a);
  expect(unread.pages.free).toBe(unread.pages.pages);
});

test('a program that goes in TIME-WAIT and has not read all gives its pages back, folded or not', () => {
  const wire = new Wire().handshake();
  close(wire.a, wire.now);
  send(wire.b, new Uint8Array(100), 0, 100, wire.now);
  close(wire.b, wire.now);
  wire.settle();
  expect([wire.a.state, wire.a.readable]).toEqual(['TIME-WAIT', 100]);
  closeBoth(wire.a, wire.now);
  expect([wire.a.state, wire.a.readable, wire.pages.free]).toEqual(['TIME-WAIT', 0, wire.pages.pages]);
});

test('a late segment finds in the unfolded block what it would have found in the whole one', () => {
  const { wire, whole, unfolded } = lingering();
  const late = (change: Partial<IncomingSegment>): IncomingSegment => {
    const segment = makeIncomingSegment();
    segment.options.timestamps = true;
    segment.options.tsval = whole.ts.recent;
    const fin = { flags: tcp.FIN | tcp.ACK, seq: (whole.rcv.nxt - 1) | 0, ack: whole.snd.nxt, length: 1 };
    return Object.assign(segment, fin, change);
  };
  wire.now += SECOND;
  for (const change of [
    {},
    { flags: tcp.RST, seq: whole.rcv.nxt, length: 0 },
    { seq: (whole.rcv.nxt + 7) | 0, dataLength: 1, flags: tcp.ACK },
    { ack: (whole.snd.nxt + 1) | 0, seq: whole.rcv.nxt, length: 0, flags: tcp.ACK },
  ]) {
    for (const each of [whole, unfolded]) segmentArrives(each, late(change), wire.now);
    expect([unfolded.state, unfolded.owes, unfolded.timers.timeWait]).toEqual([
      whole.state,
      whole.owes,
      whole.timers.timeWait,
    ]);
  }
  expect(unfolded.owes).not.toBe(0);
});

test('a host answers a FIN that comes again for a folded connection, and waits anew; then everything is gone', async () => {
  const flags: string[] = [];
  let lost = 0;
  const net = network({
    // The last acknowledgment of the handshake's end is lost: the server's FIN comes again.
    impairment: (driver) => ({
      random: driver.random,
      out: {
        drop: (_, frame) =>
          flagsOf(frame.view, frame.start) === tcp.ACK && flags.at(-2) === 'S FA' && lost === 0 && ++lost === 1,
      },
    }),
    onFrame: (frame, _, from) => {
      const bits = flagsOf(frame.view, frame.start);
      if (bits >= 0)
        flags.push(`${from === 'client' ? 'C' : 'S'} ${bits & tcp.FIN ? 'F' : ''}${bits & tcp.ACK ? 'A' : ''}`);
    },
  });
  const { client, server, driver } = net;
  await driver.run(async () => {
    const listener = socket(server, AF_INET, SOCK_STREAM);
    await listener.bind(['', 7456]);
    await listener.listen(1);
    const own = socket(client, AF_INET, SOCK_STREAM);
    const [, [other]] = await Promise.all([own.connect(['10.0.0.2', 7456]), listener.accept()]);
    own.close();
    await other.recv(1);
    other.close();
    listener.close();
  });
  await driver.advance(3 * MINUTE);
  expect(lost).toBe(1);
  expect(flags.slice(-4)).toEqual(['S FA', 'C A', 'S FA', 'C A']);
  expect([client.tcp.size, server.tcp.size]).toEqual([1, 0]);
  expect(client.pages.free).toBe(client.pages.pages);
  // Looked at, it is a connection like others.
  expect([...client.tcp.all()].map(({ tcb, remoteAddress }) => [tcb.state, tcb.remotePort, remoteAddress])).toEqual([
    ['TIME-WAIT', 7456, 0x0a00_0002],
  ]);
  await driver.advance(2 * MINUTE);
  expect(client.tcp.size).toBe(0);
  expect(await driver.settle()).toBe(true);
});

const flagsOf = (view: DataView, ethernetAt: number): number =>
  view.getUint8(ethernetAt + 14 + 9) === 6 ? view.getUint8(ethernetAt + 14 + 20 + 13) & 0x3f : -1;
