/** What an interface says of the groups it listens to: when it joins and leaves, and to who asks; by both versions, and never more than so often. */
import { expect, test } from 'vitest';
import { virtualDriver } from '../../../test/network.ts';
import { MILLISECOND, SECOND } from '../../core/time.ts';
import { finish, pseudoHeader, sum, verifies } from '../../wire/checksum.ts';
import * as ethernet from '../../wire/ethernet.ts';
import { FramePool } from '../../wire/frame.ts';
import * as icmp from '../../wire/icmp.ts';
import * as icmpv6 from '../../wire/icmpv6.ts';
import { ALL_NODES, type Ipv6, ipv6At, parseAddress, UNSPECIFIED } from '../../wire/ip-address.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as extensions from '../../wire/ipv6-extensions.ts';
import { responseDelay } from '../../wire/multicast-listener.ts';
import { pipe } from '../link/pipe.ts';
import { Host } from './host.ts';
import type { InterfaceOptions } from './interface.ts';

const six = (text: string): Ipv6 => parseAddress(text) as Ipv6;
const ROUTER = six('fe80::9');
const OWN_GROUP = 'ff02::1:ff00:1';
const pool = new FramePool(2_048, 1_600);

/** What a query is like; by default the general one of version 2, to be answered within ten seconds. */
interface Query {
  group?: Ipv6;
  from?: Ipv6;
  hops?: number;
  alert?: boolean;
  /** Octets of the message: 24 is version 1. */
  length?: number;
  /** The code of the time to answer. */
  delay?: number;
}

/** A host of fd00::1 on an Ethernet whose other end is the test's. */
function alone(options: Partial<InterfaceOptions> = {}) {
  const driver = virtualDriver();
  const [line, port] = pipe();
  const host = new Host({ driver, frames: 64 });
  const mac = Uint8Array.of(2, 0, 0, 0, 0, 1);
  const iface = host.plug(port, { address: 'fd00::1/64', mac, ...options });
  /** What is said within a time: each message in words. */
  const said = async (after = 0): Promise<string[]> => {
    await driver.advance(after);
    const all: string[] = [];
    for (let frame = line.receive(driver.now); frame !== undefined; frame = line.receive(driver.now)) {
      const view = new DataView(frame.bytes.slice(frame.start, frame.start + frame.length).buffer);
      frame.pool.release(frame);
      if (ethernet.type(view, 0) !== ethernet.TYPE_IPV6) continue;
      all.push(inWords(view));
    }
    return all;
  };
  const ask = (query: Query = {}): void => {
    const { group = UNSPECIFIED, from = ROUTER, hops = 1, alert = true, length = 28, delay = 10_000 } = query;
    const frame = pool.take()!;
    const { view, start } = frame;
    const to = group.isUnspecified ? ALL_NODES : group;
    const ip = ethernet.emit(view, start, Uint8Array.of(0x33, 0x33, 0, 0, 0, 1), mac, ethernet.TYPE_IPV6);
    const header = alert ? extensions.ROUTER_ALERT_HEADER : 0;
    let at = ipv6.emit(view, ip, from, to, alert ? 0 : ipv6.ICMPV6, header + length, hops);
    if (alert) at = extensions.emitRouterAlert(view, at, ipv6.ICMPV6);
    for (let i = at; i < at + 40; i++) view.setUint8(i, 0);
    icmp.emit(view, at, icmpv6.LISTENER_QUERY, 0, 0);
    view.setUint16(at + 4, delay);
    if (length >= 24) group.write(view, at + 8);
    view.setUint16(at + 2, finish(sum(view, at, length, pseudoHeader(from, to, ipv6.ICMPV6, length))));
    frame.length = at + length - start;
    line.send(frame, driver.now);
    driver.wake();
  };
  /** The host without what it says at first. */
  const settled = async () => {
    await said(5 * SECOND);
    return { driver, host, iface, said, ask };
  };
  return { driver, host, iface, said, ask, settled };
}

const KINDS = ['', '', 'IS_EX', 'TO_IN', 'TO_EX'];

/** `from > to: what`, of a message of listeners whose form is right; others by their type. */
function inWords(view: DataView): string {
  const [from, to] = [ipv6At(view, ipv6.sourceAt(14)), ipv6At(view, ipv6.destinationAt(14))];
  if (ipv6.nextHeader(view, 14) !== extensions.HOP_BY_HOP) return `type ${icmp.type(view, 54)}`;
  //= RFC 3810 §5: hop limit 1, and an option that has routers look at it
  expect([ipv6.hopLimit(view, 14), Buffer.from(view.buffer, 54, 8).toString('hex')]).toEqual([1, '3a00050200000100']);
  expect(Buffer.from(view.buffer, 0, 2).toString('hex')).toBe('3333');
  const at = 62;
  const length = view.byteLength - at;
  expect(ipv6.payloadLength(view, 14)).toBe(length + 8);
  expect(verifies(sum(view, at, length, pseudoHeader(from, to, ipv6.ICMPV6, length)))).toBe(true);
  const type = icmp.type(view, at);
  let what = '';
  if (type === icmpv6.LISTENER_REPORT_2) {
    const count = view.getUint16(at + 6);
    expect(length).toBe(8 + 20 * count);
    const records = Array.from({ length: count }, (_, i) => at + 8 + 20 * i);
    what = records.map((i) => `${KINDS[view.getUint8(i)]} ${ipv6At(view, i + 4)}`).join(' ');
  } else {
    expect(length).toBe(24);
    what = `${type === icmpv6.LISTENER_DONE ? 'done' : 'report'} ${ipv6At(view, at + 8)}`;
  }
  return `${from} > ${to}: ${what}`;
}

const FROM = 'fe80::ff:fe00:1 >';

//= RFC 3810 §6.1
//= RFC 5790 §4.2
test('what is listened to is said at once, before anybody is asked, and once more within a second', async () => {
  const { iface, said } = alone();
  const first = await said();
  // The address and the one of the link have one group.
  expect(first.slice(0, 1)).toEqual([`${FROM} ff02::16: TO_EX ${OWN_GROUP}`]);
  expect(first.filter((each) => each.includes('ff02::16')).length).toBe(1);
  expect(iface.ipv6!.listener!.groups.map(String)).toEqual([`${OWN_GROUP}%2`]);
  expect((await said(SECOND + 1)).filter((each) => each.includes('ff02::16'))).toEqual(first.slice(0, 1));
  expect(await said(600 * SECOND)).toEqual([]);
});

//= RFC 3810 §6.2
//= RFC 5790 §4.3
test('a query is answered once, within the time it leaves, with what it asks for', async () => {
  const { said, ask } = await alone({ address: ['fd00::1/64', 'fd00::22/64'] }).settled();
  const all = `${FROM} ff02::16: IS_EX ${OWN_GROUP} IS_EX ff02::1:ff00:22`;
  ask({ delay: 4_000 });
  ask({ delay: 10_000 });
  expect(await said(4 * SECOND)).toEqual([all]);
  expect(await said(20 * SECOND)).toEqual([]);
  ask({ group: six('ff02::1:ff00:22'), delay: 1_000 });
  expect(await said(SECOND)).toEqual([`${FROM} ff02::16: IS_EX ff02::1:ff00:22`]);
  ask({ group: six('ff02::1:ff00:33'), delay: 1_000 });
  expect(await said(20 * SECOND)).toEqual([]);
  // It leaves a long time, and that is made use of: not all answer at once.
  let early = 0;
  for (let i = 0; i < 20; i++) {
    ask();
    const soon = (await said(SECOND)).length;
    expect(soon + (await said(9 * SECOND)).length).toBe(1);
    early += soon;
  }
  expect(early).toBeLessThan(10);
});

test('a query that a router on this link cannot have sent is none', async () => {
  const { host, said, ask } = await alone().settled();
  const forged: Query[] = [{ hops: 2 }, { hops: 255 }, { alert: false }, { from: six('fd00::9') }];
  for (const each of [...forged, { from: UNSPECIFIED }, { length: 26 }, { length: 20 }]) ask(each);
  expect(await said(20 * SECOND)).toEqual([]);
  expect(host.counters.icmpMalformed).toBe(7);
});

//= RFC 3810 §8.2.1
test('while a router of version 1 asks, it is answered in its words', async () => {
  const { said, ask } = await alone({ address: ['fd00::1/64', 'fd00::22/64'] }).settled();
  ask({ length: 24, delay: 1_000 });
  const reports = [`${FROM} ${OWN_GROUP}: report ${OWN_GROUP}`, `${FROM} ff02::1:ff00:22: report ff02::1:ff00:22`];
  expect((await said(SECOND)).sort()).toEqual(reports);
  ask({ delay: 1_000 });
  expect((await said(259 * SECOND - 1)).sort()).toEqual(reports);
  await said(SECOND + 1);
  ask({ delay: 1_000 });
  expect((await said(SECOND)).length).toBe(1);
});

test('an address that another has is listened to no more; a router of version 1 is told so, too', async () => {
  for (const version1 of [false, true]) {
    const { iface, said, ask, driver } = alone({ address: ['fd00::1/64', 'fd00::22/64'] });
    await said();
    if (version1) {
      ask({ length: 24 });
      await driver.advance(0);
    }
    iface.ipv6!.autoconfiguration.duplicate(six('fd00::22'), driver.now);
    driver.wake();
    const left = version1 ? 'ff02::2: done ff02::1:ff00:22' : 'ff02::16: TO_IN ff02::1:ff00:22';
    expect((await said()).filter((each) => each.includes('00:22'))).toEqual([`${FROM} ${left}`]);
    expect((await said(SECOND + 1)).filter((each) => each.includes(left)).length).toBe(1);
    ask();
    expect((await said(20 * SECOND)).join()).not.toContain('00:22');
    expect(iface.ipv6!.listener!.groups.map(String)).toEqual([`${OWN_GROUP}%2`]);
  }
});

test('a group that is left and joined again before it was told twice is joined', async () => {
  const { iface, said, driver } = await alone({ address: ['fd00::1/64', 'fd00::22/64'] }).settled();
  const { addresses, listener } = iface.ipv6!;
  const own = addresses.find(six('fd00::22'))!;
  addresses.remove(own);
  listener!.follow(driver.now);
  addresses.add(own);
  listener!.follow(driver.now);
  driver.wake();
  const joined = `${FROM} ff02::16: TO_EX ff02::1:ff00:22`;
  expect(await said(2 * SECOND)).toEqual([joined, joined]);
});

test('a flood of queries is answered so often and no more', async () => {
  const { host, said, ask } = await alone().settled();
  const before = host.counters.icmpListenerReports;
  for (let i = 0; i < 1_000; i++) {
    ask({ delay: 0, length: i & 1 ? 24 : 28 });
    await said(10 * MILLISECOND);
  }
  // One every 50 ms, as chance has it.
  expect(host.counters.icmpListenerReports - before).toBeLessThan(1_000 / 3);
});

test('the time that a query leaves: in milliseconds, long ones as a code', () => {
  const view = new DataView(new ArrayBuffer(8));
  const of = (code: number): number => {
    view.setUint16(4, code);
    return responseDelay(view, 0, 28);
  };
  expect([0, 10_000, 0x7fff, 0x8000, 0x8001, 0xffff].map(of)).toEqual([
    0,
    10_000,
    32_767,
    32_768,
    32_776,
    0x1fff << 10,
  ]);
  // Version 1 has no codes.
  view.setUint16(4, 0xffff);
  expect(responseDelay(view, 0, 24)).toBe(0xffff);
});

test('there are no groups where frames begin with IP', async () => {
  const driver = virtualDriver();
  const [line, port] = pipe({ medium: 'ip' });
  const host = new Host({ driver });
  const iface = host.plug(port, { address: 'fd00::1/64' });
  await driver.advance(5 * SECOND);
  expect([iface.ipv6!.listener, line.receive(driver.now)]).toEqual([undefined, undefined]);
});
