/** RFC 7323 §3 to §7, timestamps: which are sent, echoed and believed. Rule by rule. */
import { expect, test } from 'vitest';
import { SECOND } from '../../src/core/time.ts';
import { AF_INET, SOCK_STREAM, socket } from '../../src/speak/socket/bsd.ts';
import { LINUX_CHOICES, OWN_CHOICES } from '../../src/speak/tcp/index.ts';
import * as tcp from '../../src/wire/tcp.ts';
import { makeTcpOptions, read, TIMESTAMPS } from '../../src/wire/tcp-options.ts';
import { auditedNetwork } from '../audited-network.ts';
import { forge } from '../network.ts';
import { type Ladder, listening, synSent } from './wire.ts';

/** ESTABLISHED with timestamps; the peer's clock stands at 100. */
function stamped(options: Parameters<typeof listening>[0] = {}): Ladder {
  const ladder = listening(options);
  ladder.wire`
    +0 < S  0:0(0) win 10000 <mss 1000,TS val 100 ecr 0>
    +0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,TS val 1 ecr 100>
    +0 < .  1:1(0) ack 1 win 10000 <nop,nop,TS val 100 ecr 0>
  `;
  return ladder;
}

//= RFC 7323 §3.2: TSecr is 0 where nothing is acknowledged; a SYN,ACK has the option when the SYN has
test('a SYN echoes nothing, and a SYN,ACK offers timestamps only to those who offered them', () => {
  const active = listening();
  active.wire`
    +0 < S  0:0(0) win 10000 <mss 1000>
    +0 > S. 0:0(0) ack 1 <mss 1460>
  `;
  const selective = listening();
  selective.wire`
    +0 < S  0:0(0) win 10000 <mss 1000,sackOK>
    +0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK>
  `;
  const { tcb, wire } = synSent();
  wire`
    +1 > S  0:0(0) <mss 1460,sackOK,TS val 1 ecr 0>
    +0 < S. 0:0(0) ack 1 win 10000 <mss 1000,nop,nop,TS val 7 ecr 0>
    +0 > .  1:1(0) ack 1 <nop,nop,TS val 1 ecr 7>
  `;
  expect(tcb.ts.on).toBe(true);
});

//= RFC 7323 §3.2: where they were not agreed on, they mean nothing
test('timestamps that were not agreed on are ignored', () => {
  const { tcb, wire } = listening();
  wire`
    +0 < S  0:0(0) win 10000 <mss 1000>
    +0 > S. 0:0(0) ack 1 <mss 1460>
    +0 < .  1:1(0) ack 1 win 10000 <nop,nop,TS val 900 ecr 0>
    +0 < P. 1:11(10) ack 1 win 10000 <nop,nop,TS val 100 ecr 0>
    +0 > .  1:1(0) ack 11 <>
    +0 < P. 11:21(10) ack 1 win 10000
    +0 > .  1:1(0) ack 21 <>
  `;
  expect(tcb.readable).toBe(20);
});

//= RFC 7323 §3.2: dropped without a word, and the connection lives
test('a segment without the agreed timestamps is dropped; a SYN without them is challenged', () => {
  const { tcb, wire } = stamped();
  wire`
    +0 < P. 1:11(10) ack 1 win 10000
    +0 > nothing
    +0 < F. 1:1(0) ack 1 win 10000
    +0 > nothing
    +0 < S  5000:5000(0) win 10000 <mss 1000>
    +0 > .  1:1(0) ack 1
    +0 < S  70000:70000(0) win 10000 <mss 1000>
    +0 > .  1:1(0) ack 1
  `;
  expect([tcb.state, tcb.readable]).toEqual(['ESTABLISHED', 0]);
});

//= RFC 7323 §4.1: only when SND.UNA advances; the pause before this segment is no round trip
test('an echo in a segment that acknowledges nothing new is no sample', () => {
  const { tcb, wire } = stamped();
  const { srtt } = tcb.rtt;
  wire`
    +60 < P. 1:11(10) ack 1 win 10000 <nop,nop,TS val 60100 ecr 1>
    +0  > .  1:1(0) ack 11
  `;
  expect(tcb.rtt.srtt).toBe(srtt);
});

/** A connection whose octets were lost once; the first of them sent again was acknowledged after 50 ms, with an echo of `echo` of its clock. */
function echoed(echo: (clock: number) => number): Ladder & { clock: number } {
  const ladder = stamped({ sndWnd: 60_000 });
  const { tcb, wire } = ladder;
  wire`
    +0 send(9880) = 9880
    +0 > P. 1:9881(9880) ack 1
    +1 > .  1:989(988) ack 1
  `;
  const clock = (1_000 + tcb.ts.offset) | 0;
  wire`
    +.05 < . 1:1(0) ack 989 win 60000 <nop,nop,TS val 1100 ecr ${echo(clock) >>> 0}>
    +0   > . 989:2965(1976) ack 1
  `;
  return { ...ladder, clock };
}

//= RFC 7323 §4.1: an echo is unambiguous where Karn's algorithm is blind
test('an echo tells which transmission was acknowledged', () => {
  // An eighth of 50 ms: the handshake took no time at all.
  const { srtt } = echoed((clock) => clock).tcb.rtt;
  expect(srtt).toBeGreaterThan(6_000);
  expect(srtt).toBeLessThan(7_000);
});

test('an echo of a clock that was never sent is no sample', () => {
  for (const never of [1, 60 * 60, -(31 * 60), -(60 * 60), 20 * 86_400])
    expect(echoed((clock) => (clock + 1_000 * never) | 0).tcb.rtt.srtt, `${never} seconds`).toBe(1);
});

//= RFC 7323 §4.2: one sample in a round trip
test('many echoes in one round trip count once', () => {
  const { tcb, wire, clock } = echoed((each) => each);
  const { srtt } = tcb.rtt;
  wire`
    +.001 < . 1:1(0) ack 1977 win 60000 <nop,nop,TS val 1101 ecr ${clock}>
    +0    > . 2965:4941(1976) ack 1
    +.001 < . 1:1(0) ack 2965 win 60000 <nop,nop,TS val 1102 ecr ${clock}>
    +0    > . 4941:6917(1976) ack 1
  `;
  expect(tcb.rtt.srtt).toBe(srtt);
  wire`
    +.008 < . 1:1(0) ack 3953 win 60000 <nop,nop,TS val 1110 ecr ${clock}>
    +0    > . 6917:8893(1976) ack 1
  `;
  expect(tcb.rtt.srtt).toBeGreaterThan(srtt);
});

//= RFC 7323 §4.3: (2), the timestamp that is echoed: (A) delayed acknowledgments, (B) a hole, (C) the hole filled
test('the earliest unacknowledged segment is echoed; beyond a hole, the last in order; then the one that fills it', () => {
  const { tcb, wire } = stamped();
  wire`
    +0  < .  1:1001(1000) ack 1 win 10000 <nop,nop,TS val 101 ecr 0>
    +0  > .  1:1(0) ack 1001 <nop,nop,TS val 1 ecr 101>
  `;
  tcb.acknowledging.quick = 0;
  wire`
    +0  < .  1001:2001(1000) ack 1 win 10000 <nop,nop,TS val 102 ecr 0>
    +0  < .  2001:2101(100) ack 1 win 10000 <nop,nop,TS val 103 ecr 0>
    +0  > .  1:1(0) ack 2101 <nop,nop,TS val 1 ecr 102>
    +0  < .  3101:4101(1000) ack 1 win 10000 <nop,nop,TS val 104 ecr 0>
    +0  > .  1:1(0) ack 2101 <nop,nop,TS val 1 ecr 102>
    +0  < .  2101:3101(1000) ack 1 win 10000 <nop,nop,TS val 105 ecr 0>
    +0  > .  1:1(0) ack 4101 <nop,nop,TS val 1 ecr 105>
  `;
});

//= RFC 7323 §5.2: modulo 2^32
test('a clock that wraps goes on', () => {
  const { tcb, wire } = listening();
  wire`
    +0 < S  0:0(0) win 10000 <mss 1000,TS val 4294967290 ecr 0>
    +0 > S. 0:0(0) ack 1
    +0 < .  1:1(0) ack 1 win 10000 <nop,nop,TS val 4294967295 ecr 0>
    +0 < P. 1:11(10) ack 1 win 10000 <nop,nop,TS val 4 ecr 0>
    +0 > .  1:1(0) ack 11 <nop,nop,TS val 1 ecr 4>
    +0 < P. 11:21(10) ack 1 win 10000 <nop,nop,TS val 4294967295 ecr 0>
    +0 > .  1:1(0) ack 11 <nop,nop,TS val 1 ecr 4>
  `;
  expect(tcb.readable).toBe(10);
});

//= RFC 7323 §5.3: R1, before the sequence number is looked at; R2, no clock is taken from what is outside the window
test('a segment from the past is answered and dropped; one from outside the window sets no clock', () => {
  const { tcb, wire } = stamped();
  wire`
    +0 < P. 1:11(10) ack 1 win 10000 <nop,nop,TS val 99 ecr 0>
    +0 > .  1:1(0) ack 1 <nop,nop,TS val 1 ecr 100>
    +0 < P. 90001:90011(10) ack 1 win 10000 <nop,nop,TS val 5000 ecr 0>
    +0 > .  1:1(0) ack 1 <nop,nop,TS val 1 ecr 100>
    +0 < P. 1:11(10) ack 1 win 10000 <nop,nop,TS val 100 ecr 0>
    +0 > .  1:1(0) ack 11 <nop,nop,TS val 1 ecr 100>
  `;
  expect(tcb.readable).toBe(10);
});

test('a guessed sequence number without a guessed acknowledgment sets no clock', () => {
  const { tcb, wire } = stamped();
  wire`
    +0 < P. 1:11(10) ack 20000 win 10000 <nop,nop,TS val 5000 ecr 0>
    +0 > .  1:1(0) ack 1 <nop,nop,TS val 1 ecr 100>
    +0 < S  1:1(0) win 10000 <mss 1000,TS val 5000 ecr 0>
    +0 > .  1:1(0) ack 1 <nop,nop,TS val 1 ecr 100>
    +0 < P. 1:11(10) ack 1 win 10000 <nop,nop,TS val 101 ecr 0>
    +0 > .  1:1(0) ack 11 <nop,nop,TS val 1 ecr 101>
  `;
  expect(tcb.readable).toBe(10);
});

//= RFC 7323 §5.2: a reset is not tested, and its clock is not taken
test('a reset from the past resets; one in TIME-WAIT sets no clock', () => {
  const { tcb, wire } = stamped();
  wire`
    +0 < R. 1:1(0) ack 1 <nop,nop,TS val 1 ecr 0>
    +0 > nothing
  `;
  expect(tcb).toMatchObject({ state: 'CLOSED', error: 'ECONNRESET' });
  const closing = stamped();
  closing.wire`
    +0 close()
    +0 > F. 1:1(0) ack 1
    +0 < F. 1:1(0) ack 2 win 10000 <nop,nop,TS val 101 ecr 0>
    +0 > .  2:2(0) ack 2
    +0 < R. 2:2(0) ack 2 <nop,nop,TS val 9000 ecr 0>
    +0 > nothing
  `;
  expect(closing.tcb.ts.recent).toBe(101);
});

//= RFC 7323 §5.2: timestamps in resets: one for a segment has that segment's, one for an ABORT has ours
test('resets have timestamps where the segment or the connection has', () => {
  const aborted = stamped();
  aborted.wire`
    +0 abort()
    +0 > R. 1:1(0) ack 1 <nop,nop,TS val 1 ecr 100>
  `;
  const { wire } = listening();
  wire`
    +0 < S  0:0(0) win 10000 <mss 1000,TS val 100 ecr 0>
    +0 > S. 0:0(0) ack 1
    +0 < .  1:1(0) ack 77 win 10000 <nop,nop,TS val 205 ecr 0>
    +0 > R  77:77(0) <nop,nop,TS val 1 ecr 205>
  `;
});

test('a reset for which there is no connection echoes the clock of its segment, and has none itself; unless it is told not to', async () => {
  const timestamps = [TIMESTAMPS, 10, 0, 0, 4, 210, 0, 0, 0, 9, 1, 1];
  for (const choices of [OWN_CHOICES, LINUX_CHOICES]) {
    const seen: (readonly number[])[] = [];
    const net = auditedNetwork({
      host: { connection: { choices } },
      onFrame: ({ view, start }, _now, from) => {
        const at = start + 34;
        if (from !== 'server' || view.getUint16(start + 12) !== 0x800) return;
        const options = read(view, at + tcp.HEADER, at + tcp.headerLength(view, at), makeTcpOptions());
        seen.push([tcp.flags(view, at), Number(options.timestamps), options.tsval, options.tsecr]);
      },
    });
    forge(net, { port: 80, flags: tcp.SYN, options: timestamps });
    forge(net, { port: 80, flags: tcp.ACK, ack: 5, options: timestamps });
    forge(net, { port: 80, flags: tcp.SYN });
    await net.driver.advance(1_000);
    const echo = choices.resetsEcho ? [1, 0, 1234] : [0, 0, 0];
    expect(seen).toEqual([
      [tcp.RST | tcp.ACK, ...echo],
      [tcp.RST, ...echo],
      [tcp.RST | tcp.ACK, 0, 0, 0],
    ]);
  }
});

//= RFC 7323 §5.5: however long it was, and whatever the peer's clock says then
test('after more than 24 days TS.Recent says nothing, and is set anew', () => {
  const after = (days: number): Ladder => {
    const ladder = stamped();
    for (let day = 0; day < days; day++) ladder.wire`+86400 > nothing`;
    return ladder;
  };
  for (const days of [25, 30, 45, 200]) {
    const { tcb, wire } = after(days);
    wire`
      +0 < P. 1:11(10) ack 1 win 10000 <nop,nop,TS val 99 ecr 0>
      +0 > .  1:1(0) ack 11 <nop,nop,TS val 1 ecr 99>
      +0 < P. 11:21(10) ack 1 win 10000 <nop,nop,TS val 98 ecr 0>
      +0 > .  1:1(0) ack 11 <nop,nop,TS val 1 ecr 99>
    `;
    expect([days, tcb.readable]).toEqual([days, 10]);
  }
  const { tcb, wire } = after(23);
  wire`
    +0 < P. 1:11(10) ack 1 win 10000 <nop,nop,TS val 99 ecr 0>
    +0 > .  1:1(0) ack 1
  `;
  expect(tcb.readable).toBe(0);
});

//= RFC 7323 §5.4: between 1 ms and 1 s a tick; §7.1: from a beginning that nobody can guess, the same for the same two ends
test("the clock ticks in milliseconds, and tells nothing of the host's", async () => {
  const clocks = async (seed: number): Promise<number[]> => {
    const seen: number[] = [];
    const net = auditedNetwork({
      seed,
      onFrame: ({ view, start }, _now, from) => {
        const at = start + 34;
        if (from !== 'client' || view.getUint16(start + 12) !== 0x800) return;
        const end = at + tcp.headerLength(view, at);
        if (tcp.flags(view, at) === tcp.SYN) seen.push(read(view, at + tcp.HEADER, end, makeTcpOptions()).tsval);
      },
    });
    for (const port of [5_000, 5_000, 5_001]) {
      const own = socket(net.client, AF_INET, SOCK_STREAM);
      await own.bind(['10.0.0.1', port]);
      await own.connect(['10.0.0.2', 1]).catch(() => {});
      own.close();
      await net.driver.advance(10 * SECOND);
    }
    return seen;
  };
  const [first = 0, again = 0, other = 0] = await clocks(1);
  expect((again - first) | 0).toBe(10_000);
  expect(Math.abs((other - again) | 0)).toBeGreaterThan(100_000);
  expect((await clocks(2))[0]).not.toBe(first);
});
