/** Ladders of a receive window that is closed, and of a send window that lets nothing but a FIN out (RFC 9293 §3.4, §3.8.6). One behaviour a test. */
import { expect, test } from 'vitest';
import { SECOND } from '../../src/core/time.ts';
import { AF_INET, MSG_WAITALL, SOCK_STREAM, socket } from '../../src/speak/socket/bsd.ts';
import { LINUX_CHOICES } from '../../src/speak/tcp/index.ts';
import { auditedNetwork } from '../audited-network.ts';
import { established, type Ladder, type LadderOptions, listening } from './wire.ts';

/** A thousand octets wait for the program, and the window is closed; a hundred of ours are in flight. */
function full(connection: LadderOptions['connection'] = {}): Ladder {
  const ladder = established({ rcvWnd: 1000, connection });
  ladder.wire`
    +0 < .  1:1001(1000) ack 1 win 10000
    +0 > .  1:1(0) ack 1001 win 0
    +0 send(100) = 100
    +0 > P. 1:101(100) ack 1001 win 0
  `;
  return ladder;
}

//= RFC 9293 §3.4 MUST-66
test('with a closed window a probe is refused, and its acknowledgment counts', () => {
  const { tcb, wire } = full();
  wire`
    +0 < P. 1001:1002(1) ack 101 win 10000
    +0 > .  101:101(0) ack 1001 win 0
  `;
  expect([tcb.snd.una === tcb.snd.nxt, tcb.readable]).toEqual([true, 1000]);
});

//= RFC 9293 §3.4 MUST-66
test('with a closed window an acknowledgment alone is taken and not answered', () => {
  const { tcb, wire } = full();
  wire`
    +0 < .  1001:1001(0) ack 1 win 20000
    +0 > nothing
    +0 < .  1001:1001(0) ack 101 win 10000
    +9 > nothing
  `;
  expect(tcb.snd.una === tcb.snd.nxt).toBe(true);
});

//= RFC 9293 §3.6 MUST-12
test('a FIN takes nothing of the window that was promised', () => {
  const { wire } = established({ rcvWnd: 1000 });
  wire`
    +0 < F. 1:1(0) ack 1 win 10000
    +0 > .  1:1(0) ack 2 win 999
  `;
});

//= RFC 9293 §3.4 MUST-66
test('with a closed window only what begins at RCV.NXT is looked at', () => {
  const { tcb, wire } = full();
  wire`
    +0 < P. 991:1001(10) ack 101 win 10000
    +0 > .  101:101(0) ack 1001 win 0
    +0 < P. 1011:1021(10) ack 101 win 10000
    +0 > .  101:101(0) ack 1001 win 0
  `;
  expect(tcb.snd.una === tcb.snd.nxt).toBe(false);
});

//= RFC 9293 §3.4 MUST-66
test('a FIN beyond a closed window is refused, and comes again when there is room', () => {
  const { tcb, wire } = full();
  wire`
    +0 < F. 1001:1001(0) ack 101 win 10000
    +0 > .  101:101(0) ack 1001 win 0
  `;
  expect(tcb.state).toBe('ESTABLISHED');
  wire`
    +0 receive(1000) = 1000
    +0 > .  101:101(0) ack 1001 win 1000
    +0 < F. 1001:1001(0) ack 101 win 10000
    +0 > .  101:101(0) ack 1002
  `;
  expect(tcb.state).toBe('CLOSE-WAIT');
});

//= RFC 9293 §3.6 MUST-12
test('a FIN that Linux takes at a closed window does not leave a window behind that ends before it', () => {
  const { tcb, wire } = full({ choices: LINUX_CHOICES });
  wire`
    +0  < F. 1001:1001(0) ack 101 win 10000
    +.04 > . 101:101(0) ack 1002 win 0
  `;
  expect([tcb.state, tcb.rcv.edge]).toEqual(['CLOSE-WAIT', tcb.rcv.nxt]);
});

//= RFC 9293 §3.4 MUST-66
test('with a closed window a reset with octets is obeyed, and is not answered', () => {
  const { tcb, wire } = full();
  wire`
    +0 < R 1001:1011(10)
    +9 > nothing
  `;
  expect(tcb).toMatchObject({ state: 'CLOSED', error: 'ECONNRESET' });
});

//= RFC 9293 §3.4 MUST-66
test('in TIME-WAIT a reset is not answered either, when the FIN has filled the window', () => {
  const { tcb, wire } = established({ rcvWnd: 1000 });
  wire`
    +0 close()
    +0 > F.  1:1(0) ack 1
    +0 < FP. 1:1000(999) ack 2 win 10000
    +0 > .   2:2(0) ack 1001 win 0
    +0 < R   1001:1011(10)
    +0 > nothing
  `;
  expect(tcb.state).toBe('TIME-WAIT');
});

test('probes with octets are no duplicate acknowledgments, however many come', () => {
  const { wire } = full();
  wire`
    +.1 < P. 1001:1002(1) ack 1 win 10000
    +0  > .  101:101(0) ack 1001 win 0
    +.1 < P. 1001:1002(1) ack 1 win 10000
    +0  > .  101:101(0) ack 1001 win 0
    +.1 < P. 1001:1002(1) ack 1 win 10000
    +0  > .  101:101(0) ack 1001 win 0
    +.1 < P. 1001:1002(1) ack 1 win 10000
    +0  > .  101:101(0) ack 1001 win 0
  `;
});

//= RFC 9293 §3.8.6.2.2 MUST-39
test('a window opens by half of the buffer, be that a single octet, and not by less', () => {
  const small = established({ rcvWnd: 2 });
  small.wire`
    +0 < .  1:3(2) ack 1 win 10000
    +0 > .  1:1(0) ack 3 win 0
    +0 receive(1) = 1
    +0 > .  1:1(0) ack 3 win 1
  `;
  const large = full();
  large.wire`
    +0 < . 1001:1001(0) ack 101 win 10000
    +0 receive(499) = 499
    +0 > nothing
    +0 receive(1) = 1
    +0 > . 101:101(0) ack 1001 win 500
  `;
});

//= RFC 9293 §3.8.6 MUST-34
test('a FIN needs a number of the window, and no room in the congestion window', () => {
  const congested = established({ sndWnd: 60_000 });
  congested.wire`
    +0 send(10000) = 10000
    +0 > P. 1:10001(10000) ack 1
    +0 close()
    +0 > F. 10001:10001(0) ack 1
  `;
  const last = established({ sndWnd: 101 });
  last.wire`
    +0 send(100) = 100
    +0 > P. 1:101(100) ack 1
    +0 close()
    +0 > F. 101:101(0) ack 1
  `;
  const none = established({ sndWnd: 100 });
  none.wire`
    +0 send(100) = 100
    +0 > P. 1:101(100) ack 1
    +0 close()
    +0 > nothing
  `;
});

//= RFC 9293 §3.8.6 MUST-34
test('an octet and a FIN wait for the window together', () => {
  const { wire } = established({ sndWnd: 1000 });
  wire`
    +0 send(1000) = 1000
    +0 > P. 1:1001(1000) ack 1
    +0 < .  1:1(0) ack 1001 win 0
    +0 send(1) = 1
    +0 close()
    +0 > nothing
    +0 < .  1:1(0) ack 1001 win 1000
    +0 > FP. 1001:1002(1) ack 1
  `;
});

//= RFC 9293 §3.8.6.1 MUST-37
test('a peer whose window is open and that acknowledges nothing new is given up: its acknowledgments answer no probe', () => {
  const { tcb, wire } = established({ connection: { userTimeout: 3 * SECOND } });
  wire`
    +0  send(100) = 100
    +0  > P. 1:101(100) ack 1
    +.5 < .  1:1(0) ack 1 win 10000
    +.5 > P. 1:101(100) ack 1
    +.5 < .  1:1(0) ack 1 win 10000
    +1.6 > nothing
  `;
  expect(tcb).toMatchObject({ state: 'CLOSED', error: 'ETIMEDOUT' });
});

//= RFC 9293 §3.8.6.1 MUST-37
test('an answered probe begins the count of unanswered ones anew', () => {
  const { tcb, wire } = established({ sndWnd: 1000 });
  wire`
    +0 send(1001) = 1001
    +0 > .  1:1001(1000) ack 1
    +0 < .  1:1(0) ack 1001 win 0
    +1 > .  1001:1002(1) ack 1
  `;
  expect(tcb.timeouts).toBe(1);
  wire`
    +0 < .  1:1(0) ack 1001 win 0
    +2 > .  1001:1002(1) ack 1
  `;
  expect(tcb.timeouts).toBe(1);
  wire`+4 > . 1001:1002(1) ack 1`;
  expect(tcb.timeouts).toBe(2);
});

//= RFC 9293 §3.8.6.1 SHLD-29
test('a window that opened and closes again is probed first after the retransmission timeout again', () => {
  const { wire } = established({ sndWnd: 1000 });
  wire`
    +0 send(1001) = 1001
    +0 > .  1:1001(1000) ack 1
    +0 < .  1:1(0) ack 1001 win 0
    +1 > .  1001:1002(1) ack 1
    +0 < .  1:1(0) ack 1001 win 0
    +2 > .  1001:1002(1) ack 1
    +0 < .  1:1(0) ack 1002 win 1000
    +0 send(1001) = 1001
    +0 > .  1002:2002(1000) ack 1
    +0 < .  1:1(0) ack 2002 win 0
    +1 > .  2002:2003(1) ack 1
  `;
});

/** The peer's window is closed, and a probe has gone beyond it. */
function probing(): Ladder {
  const ladder = established({ sndWnd: 100 });
  ladder.wire`
    +0  send(200) = 200
    +0  > . 1:101(100) ack 1
    +.1 < . 1:1(0) ack 101 win 0
    +1  > . 101:102(1) ack 1
    +0  < . 1:1(0) ack 101 win 0
  `;
  return ladder;
}

//= RFC 9293 §3.4: table 6, what the peer takes of us
test('behind a probe of its closed window the peer is acknowledged from where it listens', () => {
  const { wire } = probing();
  wire`
    +.1 < P. 1:11(10) ack 101 win 0
    +0  > .  101:101(0) ack 11
    +0  < .  11:11(0) ack 102 win 100
    +0  > P. 102:201(99) ack 11
    +0  < P. 11:21(10) ack 102 win 100
    +.04 > . 201:201(0) ack 21
  `;
});

//= RFC 9293 §3.4: table 6
test('and it is reset from there', () => {
  const { wire } = probing();
  wire`
    +0 abort()
    +0 > R. 101:101(0) ack 1
  `;
});

//= RFC 9293 §3.8.6 SHLD-16
test('a window that was drawn back is spoken to from its edge, give or take the rounding of its field', () => {
  for (const [scale, window, from] of [
    ['', 60, 61],
    ['', 98, 99],
    [',wscale 2', 24, 100],
    [',wscale 2', 23, 93],
  ] as const) {
    const { wire } = listening({ connection: { windowScaling: true } });
    wire`
      +0  < S  0:0(0) win 1000 <mss 1000${scale}>
      +0  > S. 0:0(0) ack 1
      +0  < .  1:1(0) ack 1 win 1000
      +0  send(99) = 99
      +0  > P. 1:100(99) ack 1
      +.1 < P. 1:11(10) ack 1 win ${window}
      +0  > .  ${from}:${from}(0) ack 11
    `;
  }
});

test('while one program does not read the other way is as fast as ever, and nobody is taken for dead', async () => {
  const { driver, client, server } = auditedNetwork();
  await driver.run(async () => {
    const listener = socket(server, AF_INET, SOCK_STREAM, {
      keepAlive: true,
      keepAliveIdle: 1_000,
      keepAliveInterval: 1_000,
    });
    await listener.bind(['10.0.0.2', 7456]);
    await listener.listen(1);
    const own = socket(client, AF_INET, SOCK_STREAM);
    await own.connect(['10.0.0.2', 7456]);
    const [deaf] = await listener.accept();
    own.sendall(new Uint8Array(8 << 20)).catch(() => {});
    await driver.sleep(60 * SECOND);
    const begun = driver.now;
    const sent = deaf.sendall(new Uint8Array(1 << 20));
    await own.recv(1 << 20, MSG_WAITALL);
    await sent;
    expect(driver.now - begun).toBeLessThan(SECOND);
    own.abort();
    deaf.abort();
    listener.close();
  });
  expect(server.counters.tcpRetransSegs).toBe(0);
});
