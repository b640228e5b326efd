/** RFC 9293 §3.7 and RFC 6691: how large segments are, what is said of that, and when small ones wait. */
import { expect, test } from 'vitest';
import { AF_INET, SOCK_STREAM, socket } from '../../src/speak/socket/bsd.ts';
import * as tcp from '../../src/wire/tcp.ts';
import { makeTcpOptions, read } from '../../src/wire/tcp-options.ts';
import { auditedNetwork } from '../audited-network.ts';
import type { NetworkOptions } from '../network.ts';
import { established, listening, synSent } from './wire.ts';

//= RFC 9293 §3.7.1 MUST-14: in both SYNs, and from both
test('the Maximum Segment Size is said and heard', () => {
  const passive = listening({ mss: 1_400 });
  passive.wire`
    +0 < S  0:0(0) win 10000 <mss 700>
    +0 > S. 0:0(0) ack 1 <mss 1400>
    +0 < .  1:1(0) ack 1 win 10000
    +0 send(2000) = 2000
    +0 > .  1:701(700) ack 1
    +0 > .  701:1401(700) ack 1
    +0 < .  1:1(0) ack 1401 win 10000
    +0 > P. 1401:2001(600) ack 1
  `;
  const active = synSent({ mss: 1_400, connection: { timestamps: false, selectiveAcknowledgments: false } });
  active.wire`
    +1 > S  0:0(0) <mss 1400>
    +0 < S. 0:0(0) ack 1 win 10000 <mss 700>
    +0 > .  1:1(0) ack 1
    +0 send(700) = 700
    +0 > P. 1:701(700) ack 1
  `;
});

//= RFC 9293 §3.7.1 SHLD-5, MAY-3: also where it is the default
test.each([88, 536, 1_460, 65_495])('a size of %s is said', (mss) => {
  const { wire } = listening({ mss });
  wire`
    +0 < S  0:0(0) win 10000
    +0 > S. 0:0(0) ack 1 <mss ${mss}>
  `;
});

//= RFC 9293 §3.7.1 MUST-15
test('a peer that does not say takes 536 octets', () => {
  const { wire } = listening();
  wire`
    +0 < S  0:0(0) win 10000
    +0 > S. 0:0(0) ack 1
    +0 < .  1:1(0) ack 1 win 10000
    +0 send(1000) = 1000
    +0 > .  1:537(536) ack 1
    +0 < .  1:1(0) ack 537 win 10000
    +0 > P. 537:1001(464) ack 1
  `;
});

//= RFC 9293 §3.7.1 MUST-16: the smaller of what the peer takes and what we can send
test('segments are no larger than our own link carries, whatever the peer says', () => {
  const { wire } = listening({ mss: 600 });
  wire`
    +0 < S  0:0(0) win 10000 <mss 9000>
    +0 > S. 0:0(0) ack 1
    +0 < .  1:1(0) ack 1 win 10000
    +0 send(1200) = 1200
    +0 > .  1:601(600) ack 1
    +0 > P. 601:1201(600) ack 1
  `;
});

//= RFC 6691 §2: the size said counts no options, and whoever sends leaves room for those there are
test('options make the octets fewer, and not the size that is said', () => {
  const { wire } = listening({ mss: 1_000 });
  wire`
    +0 < S  0:0(0) win 10000 <mss 1000,sackOK,TS val 1 ecr 0>
    +0 > S. 0:0(0) ack 1 <mss 1000,sackOK,TS val 1 ecr 1>
    +0 < .  1:1(0) ack 1 win 10000 <nop,nop,TS val 1 ecr 0>
    +0 send(988) = 988
    +0 > P. 1:989(988) ack 1
    +0 < .  101:201(100) ack 989 win 10000 <nop,nop,TS val 1 ecr 0>
    +0 > .  989:989(0) ack 1 <nop,nop,TS val 1 ecr 1,nop,nop,sack 101:201>
    +0 send(988) = 988
    +0 > .  989:1965(976) ack 1 <nop,nop,TS val 1 ecr 1,nop,nop,sack 101:201>
    +0 < .  1:1(0) ack 1965 win 10000 <nop,nop,TS val 1 ecr 0>
    +0 > P. 1965:1977(12) ack 1 <nop,nop,TS val 1 ecr 1,nop,nop,sack 101:201>
  `;
});

test('what is sent again leaves room for the options of now', () => {
  const { wire } = listening({ mss: 1_000 });
  wire`
    +0 < S  0:0(0) win 10000 <mss 1000,sackOK,TS val 1 ecr 0>
    +0 > S. 0:0(0) ack 1
    +0 < .  1:1(0) ack 1 win 10000 <nop,nop,TS val 1 ecr 0>
    +0 send(988) = 988
    +0 > P. 1:989(988) ack 1 <nop,nop,TS val 1 ecr 1>
    +0 < .  101:201(100) ack 1 win 10000 <nop,nop,TS val 1 ecr 0>
    +0 > .  989:989(0) ack 1 <nop,nop,TS val 1 ecr 1,nop,nop,sack 101:201>
    +1 > .  1:977(976) ack 1 <nop,nop,TS val 1 ecr 1,nop,nop,sack 101:201>
  `;
});

test('what the persist timer lets out leaves room for options, too', () => {
  const { wire } = listening({ mss: 1_000 });
  wire`
    +0 < S  0:0(0) win 10000 <mss 1000,sackOK>
    +0 > S. 0:0(0) ack 1
    +0 < .  1:1(0) ack 1 win 999
    +0 < .  101:201(100) ack 1 win 999
    +0 > .  1:1(0) ack 1 <nop,nop,sack 101:201>
    +0 send(5000) = 5000
    +.2 > P. 1:989(988) ack 1 <nop,nop,sack 101:201>
  `;
});

/** The sizes said in SYNs between two hosts on such a link, and the largest packet. */
async function sizes(
  link: NonNullable<NetworkOptions['link']>,
  octets = 20_000,
): Promise<{ mss: number[]; largest: number; cuts: Set<number> }> {
  const mss: number[] = [];
  const cuts = new Set<number>();
  let largest = 0;
  const net = auditedNetwork({
    link,
    onFrame: ({ view, start, length, segmentSize }) => {
      const at = start + 34;
      if (view.getUint16(start + 12) !== 0x800) return;
      largest = Math.max(largest, length - 14);
      cuts.add(segmentSize);
      const options = read(view, at + tcp.HEADER, at + tcp.headerLength(view, at), makeTcpOptions());
      if (tcp.flags(view, at) & tcp.SYN) mss.push(options.mss);
    },
  });
  const listener = socket(net.server, AF_INET, SOCK_STREAM);
  await listener.bind(['10.0.0.2', 80]);
  await listener.listen(1);
  const own = socket(net.client, AF_INET, SOCK_STREAM);
  await own.connect(['10.0.0.2', 80]);
  const [theirs] = await listener.accept();
  await own.sendall(new Uint8Array(octets));
  for (let got = 0; got < octets; ) got += (await theirs.recv(65_536)).length;
  return { mss, largest, cuts };
}

//= RFC 9293 §3.7.1 MUST-16, MUST-67: no more than IP can take in one packet, less both headers
test.each([68, 576, 1_280, 1_500, 9_000, 65_535])(
  'on a link of %s octets both say 40 less, and fill it',
  async (mtu) => {
    expect(await sizes({ mtu }, 3 * mtu)).toEqual({ mss: [mtu - 40, mtu - 40], largest: mtu, cuts: new Set([0]) });
  },
);

//= RFC 9293 §3.7.3 SHLD-6: a link that sometimes takes more counts as what it always takes
test('a link that takes larger pieces from us says nothing of them to the peer', async () => {
  const { mss, largest, cuts } = await sizes({ mtu: 1_000, gsoMax: 40_000 }, 200_000);
  expect(mss).toEqual([960, 960]);
  // It is told how to cut them: every piece but the last is full, options counted.
  expect(cuts).toEqual(new Set([0, 948]));
  expect(largest).toBeGreaterThan(20_000);
  expect(largest).toBeLessThanOrEqual(40_000);
});

//= RFC 9293 §3.7.4 SHLD-7
test('a piece for a link that cuts ends where a small segment would have to wait', () => {
  const { wire } = established({ cuts: true });
  wire`
    +0  send(10) = 10
    +0  > P. 1:11(10) ack 1
    +0  send(2500) = 2500
    +0  > .  11:2011(2000) ack 1
    +0  > nothing
    +.1 < .  1:1(0) ack 2011 win 10000
    +0  > P. 2011:2511(500) ack 1
    +.1 < .  1:1(0) ack 2511 win 10000
    +0  send(2500) = 2500
    +0  > P. 2511:5011(2500) ack 1
  `;
});

test('a piece for a link that cuts is no larger than the window, by whole segments', () => {
  const { wire } = established({ cuts: true });
  wire`
    +0  < .  1:1(0) ack 1 win 3500
    +0  send(9000) = 9000
    +0  > .  1:3001(3000) ack 1
    +0  > nothing
    +.1 < .  1:1(0) ack 3001 win 10000
    +0  > P. 3001:9001(6000) ack 1
  `;
});

//= RFC 9293 §3.7.4 SHLD-7
test('small segments wait while small ones are in flight, and go together', () => {
  const { wire } = established();
  wire`
    +0  send(10) = 10
    +0  > P. 1:11(10) ack 1
    +0  send(10) = 10
    +0  send(10) = 10
    +0  > nothing
    +.1 < .  1:1(0) ack 11 win 10000
    +0  > P. 11:31(20) ack 1
    +0  send(990) = 990
    +0  > nothing
    +0  send(20) = 20
    +0  > .  31:1031(1000) ack 1
    +0  > nothing
    +.1 < .  1:1(0) ack 1031 win 10000
    +0  > P. 1031:1041(10) ack 1
  `;
});

//= RFC 9293 §3.7.4 MUST-17: for one connection, and from one send to the next
test('a program can turn that off', async () => {
  const { wire } = established({ connection: { noDelay: true } });
  wire`
    +0  send(10) = 10
    +0  > P. 1:11(10) ack 1
    +0  send(10) = 10
    +0  > P. 11:21(10) ack 1
  `;
});
