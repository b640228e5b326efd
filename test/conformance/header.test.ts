/** RFC 9293 §3.1, §3.2 and §3.4: what stands in a header, and what is made of it. How options are read octet by octet is src/wire's. */
import { expect, test } from 'vitest';
import { AF_INET, SOCK_STREAM, socket } from '../../src/speak/socket/bsd.ts';
import { pseudoHeader4, sum, verifies } from '../../src/wire/checksum.ts';
import * as ethernet from '../../src/wire/ethernet.ts';
import type { Frame } from '../../src/wire/frame.ts';
import * as ipv4 from '../../src/wire/ipv4.ts';
import * as tcp from '../../src/wire/tcp.ts';
import { makeTcpOptions, read } from '../../src/wire/tcp-options.ts';
import { auditedNetwork } from '../audited-network.ts';
import { brief, forge, type Network } from '../network.ts';
import { established, listening } from './wire.ts';

const SERVER = '10.0.0.2';

/** Calls back with every TCP segment on the wire: where it begins and ends, and the addresses' part of its checksum. */
const eachSegment =
  (see: (view: DataView, at: number, end: number, pseudo: number) => void) =>
  ({ view, start, length }: Frame): void => {
    const ip = start + ethernet.HEADER;
    if (ethernet.type(view, start) !== ethernet.TYPE_IPV4 || ipv4.protocol(view, ip) !== ipv4.TCP) return;
    const at = ip + ipv4.headerLength(view, ip);
    const end = ipv4.payloadEnd(view, ip, start + length);
    see(view, at, end, pseudoHeader4(ipv4.source(view, ip), ipv4.destination(view, ip), ipv4.TCP, end - at));
  };

/** A connection, octets both ways, its end, and one that is refused. */
async function talk({ client, server, driver }: Network): Promise<void> {
  const listener = socket(server, AF_INET, SOCK_STREAM);
  await listener.bind([SERVER, 7456]);
  await listener.listen(1);
  const own = socket(client, AF_INET, SOCK_STREAM);
  await own.connect([SERVER, 7456]);
  const [theirs] = await listener.accept();
  await own.sendall(new Uint8Array(5_001).fill(7));
  for (let got = 0; got < 5_001; ) got += (await theirs.recv(4_096)).length;
  await theirs.sendall(new Uint8Array(3).fill(9));
  await own.recv(10);
  own.close();
  theirs.close();
  await expect(socket(client, AF_INET, SOCK_STREAM).connect([SERVER, 1])).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  });
  await driver.advance(1_000_000);
}

//= RFC 9293 §3.1 MUST-1
test('a window of 40,000 octets is no negative number', () => {
  const { tcb, wire } = established({ sndWnd: 40_000 });
  wire`
    +0 send(1000) = 1000
    +0 > P. 1:1001(1000) ack 1
  `;
  expect(tcb.snd.wnd).toBe(40_000);
});

//= RFC 9293 §3.1 REC-1
test('a window is kept in 32 bits', () => {
  const { tcb, wire } = listening({ connection: { windowScaling: true } });
  wire`
    +0 < S  0:0(0) win 65535 <mss 1000,nop,wscale 14>
    +0 > S. 0:0(0) ack 1 <...>
    +0 < .  1:1(0) ack 1 win 65535
  `;
  expect(tcb.snd.wnd).toBe(65_535 * 2 ** 14);
});

//= RFC 9293 §3.1 MUST-2
test('every segment sent has its checksum, resets included', async () => {
  const seen: boolean[] = [];
  const onFrame = eachSegment((view, at, end, pseudo) => {
    seen.push(verifies(sum(view, at, end - at, pseudo)));
  });
  await talk(auditedNetwork({ onFrame }));
  expect(seen.length).toBeGreaterThan(12);
  expect(new Set(seen)).toEqual(new Set([true]));
});

//= RFC 9293 §3.1 MUST-3
test('a segment whose checksum is wrong is dropped', async () => {
  const answers: string[] = [];
  const net = auditedNetwork({ onFrame: (frame, _now, from) => from === 'server' && answers.push(brief(frame)) });
  for (const checksum of [0, 0xffff, 0x1234]) forge(net, { port: 80, flags: tcp.SYN, checksum });
  await net.driver.advance(1_000);
  expect([answers, net.server.counters.tcpBadChecksum]).toEqual([[], 3]);
  forge(net, { port: 80, flags: tcp.SYN });
  await net.driver.advance(1_000);
  expect([answers.at(-1), net.server.counters.tcpBadChecksum]).toEqual(['RST, ACK', 3]);
});

//= RFC 9293 §3.1 MUST-5, MUST-6
test('options may come with any segment, and those that mean nothing here are nothing', () => {
  const { tcb, wire } = listening();
  wire`
    +0  < S  0:0(0) win 10000 <mss 1000,TS val 100 ecr 0,FO a1b2c3d4>
    +0  > S. 0:0(0) ack 1 <mss 1460,nop,nop,TS val 1 ecr 100>
    +0  < .  1:1(0) ack 1 win 10000 <FO a1b2,nop,nop,TS val 101 ecr 0>
    +.1 < P. 1:11(10) ack 1 win 10000 <nop,FO a1b2c3d4,nop,TS val 205 ecr 0>
    +0  > .  1:1(0) ack 11 <nop,nop,TS val 1 ecr 205>
  `;
  expect([tcb.state, tcb.readable]).toEqual(['ESTABLISHED', 10]);
});

//= RFC 9293 §3.2 MUST-65
test('the Maximum Segment Size goes with SYNs and with nothing else', async () => {
  const seen = { withSyn: 0, without: 0 };
  const options = makeTcpOptions();
  const onFrame = eachSegment((view, at) => {
    const { mss } = read(view, at + tcp.HEADER, at + tcp.headerLength(view, at), options);
    const isSyn = (tcp.flags(view, at) & tcp.SYN) !== 0;
    expect(mss >= 0).toBe(isSyn);
    seen[isSyn ? 'withSyn' : 'without']++;
  });
  await talk(auditedNetwork({ onFrame }));
  expect(seen.withSyn).toBe(3);
  expect(seen.without).toBeGreaterThan(10);
});

//= RFC 9293 §3.4 MUST-66
test('a closed window keeps out octets, but neither an urgent pointer nor a reset', () => {
  const { tcb, wire } = established({ rcvWnd: 1_000 });
  wire`
    +0 < .  1:1001(1000) ack 1 win 4000
    +0 > .  1:1(0) ack 1001 win 0
  `;
  expect(tcb.urgent).toBe(0);
  wire`
    +0 < U. 1001:1011(10) ack 1 win 4000 urg 10
    +0 > .  1:1(0) ack 1001 win 0
  `;
  expect(tcb.urgent).toBe(1_010);
  wire`
    +0 < R  1001:1001(0)
    +0 > nothing
  `;
  expect(tcb).toMatchObject({ state: 'CLOSED', error: 'ECONNRESET' });
});
