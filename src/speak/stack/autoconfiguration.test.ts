import { expect, test } from 'vitest';
import { virtualDriver } from '../../../test/network.ts';
import { MINUTE, SECOND } from '../../core/time.ts';
import { finish, pseudoHeader, sum, verifies } from '../../wire/checksum.ts';
import * as ethernet from '../../wire/ethernet.ts';
import { FramePool } from '../../wire/frame.ts';
import * as icmp from '../../wire/icmp.ts';
import * as icmpv6 from '../../wire/icmpv6.ts';
import { ALL_NODES, type Ipv6, ipv6At, parseAddress, parsePrefix, solicitedNode } from '../../wire/ip-address.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { HOP_BY_HOP } from '../../wire/ipv6-extensions.ts';
import * as wire from '../../wire/neighbour-discovery.ts';
import { pipe } from '../link/pipe.ts';
import { isBetter, labelOf, ownAddress, scopeOf } from './addresses6.ts';
import { MAX_PREFIXES, MAX_ROUTERS } from './autoconfiguration.ts';
import { Host, type HostOptions } from './host.ts';
import type { InterfaceOptions } from './interface.ts';

const MAC = Uint8Array.of(2, 0, 0, 0, 0, 9);
const OURS = parseAddress('fe80::9') as Ipv6;
const pool = new FramePool(2_048, 1_600);
const six = (text: string): Ipv6 => parseAddress(text) as Ipv6;

/** A host on a cable whose other end is the test's. */
function alone(options: Partial<InterfaceOptions> = {}, host: Partial<HostOptions> = {}) {
  const driver = virtualDriver();
  const [line, port] = pipe();
  const own = new Host({ driver, frames: 128, ...host });
  const iface = own.plug(port, {
    address: [],
    mac: Uint8Array.of(2, 0, 0, 0, 0, 1),
    ipv6: { autoconfigure: true },
    ...options,
    ...(options.address === undefined ? { address: '0.0.0.0/0' } : {}),
  });
  const sent = async (after = 0) => {
    await driver.advance(after);
    const all: { type: number; from: string; to: string; mac: string; view: DataView; at: number }[] = [];
    for (let frame = line.receive(driver.now); frame !== undefined; frame = line.receive(driver.now)) {
      const view = new DataView(frame.bytes.slice(frame.start, frame.start + frame.length).buffer);
      frame.pool.release(frame);
      // Who says what is listened to has tests of its own (multicast-listener.test.ts).
      if (ethernet.type(view, 0) !== ethernet.TYPE_IPV6 || ipv6.nextHeader(view, 14) === HOP_BY_HOP) continue;
      const [from, to] = [ipv6At(view, ipv6.sourceAt(14)), ipv6At(view, ipv6.destinationAt(14))];
      const length = view.byteLength - 54;
      expect(verifies(sum(view, 54, length, pseudoHeader(from, to, ipv6.nextHeader(view, 14), length)))).toBe(true);
      const mac = Buffer.from(view.buffer, 0, 6).toString('hex');
      all.push({ type: icmp.type(view, 54), from: `${from}`, to: `${to}`, mac, view, at: 54 });
    }
    return all;
  };
  /** Sends an ICMPv6 message that `write` makes; answers nothing, as a network does. */
  const put = (
    type: number,
    to: Ipv6,
    write: (view: DataView, at: number) => number,
    { from = OURS, hops = 255, mac = MAC }: { from?: Ipv6; hops?: number; mac?: Uint8Array } = {},
  ): void => {
    const frame = pool.take()!;
    const { view, start } = frame;
    const group = Uint8Array.of(0x33, 0x33, to.d >>> 24, to.d >>> 16, to.d >>> 8, to.d);
    const ip = ethernet.emit(view, start, to.isMulticast ? group : iface.mac, mac, ethernet.TYPE_IPV6);
    const at = ip + ipv6.HEADER;
    for (let i = at; i < at + 200; i++) view.setUint8(i, 0);
    icmp.emit(view, at, type, 0, 0);
    const length = write(view, at) - at;
    view.setUint16(at + 2, finish(sum(view, at, length, pseudoHeader(from, to, ipv6.ICMPV6, length))));
    ipv6.emit(view, ip, from, to, ipv6.ICMPV6, length, hops);
    frame.length = at + length - start;
    line.send(frame, driver.now);
    driver.wake();
  };
  return { driver, host: own, iface, sent, put, addresses: () => states(own) };
}

const states = (host: Host): string[] =>
  host.interfaces[1]!.ipv6!.addresses.all.map(({ address, state }) => `${address} ${state}`);

/** A router advertisement: lifetime in seconds, prefixes with valid and preferred lifetimes. */
const advertisement =
  (lifetime: number, prefixes: [string, number, number, number?][] = [], mtu = 0) =>
  (view: DataView, at: number): number => {
    view.setUint8(at + 4, 61);
    view.setUint16(at + 6, lifetime);
    let end = at + wire.ROUTER_ADVERTISEMENT;
    end = wire.emitLinkLayer(view, end, wire.SOURCE_LINK_LAYER, MAC);
    if (mtu > 0) {
      view.setUint16(end, (wire.MTU << 8) | 1);
      view.setUint32(end + 4, mtu);
      end += wire.MTU_OPTION;
    }
    for (const [text, valid, preferred, bits = wire.ON_LINK | wire.AUTONOMOUS] of prefixes) {
      const { address, length } = parsePrefix(text);
      view.setUint16(end, (wire.PREFIX_INFORMATION << 8) | 4);
      view.setUint8(end + 2, length);
      view.setUint8(end + 3, bits);
      view.setUint32(end + 4, valid);
      view.setUint32(end + 8, preferred);
      view.setUint32(end + 12, 0);
      (address as Ipv6).write(view, end + 16);
      end += wire.PREFIX_OPTION;
    }
    return end;
  };

//= RFC 4862 §5.4.2
//= RFC 4861 §6.3.7
test('a link-local address is tried, routers are asked three times, four seconds apart', async () => {
  const { sent, addresses } = alone();
  const first = await sent();
  expect(first.map(({ type, from, to, mac }) => [type, from, to, mac])).toEqual([
    [icmpv6.NEIGHBOUR_SOLICITATION, '::', 'ff02::1:ff00:1', '3333ff000001'],
    [icmpv6.ROUTER_SOLICITATION, 'fe80::ff:fe00:1', 'ff02::2', '333300000002'],
  ]);
  expect(addresses()).toEqual(['fe80::ff:fe00:1%2 optimistic']);
  const later = await sent(20 * SECOND);
  expect(later.map(({ type }) => type)).toEqual([icmpv6.ROUTER_SOLICITATION, icmpv6.ROUTER_SOLICITATION]);
  expect(addresses()).toEqual(['fe80::ff:fe00:1%2 preferred']);
});

//= RFC 4862 §5.5.3
test('an advertisement makes an address, a way out, an MTU and a hop limit; all of it passes', async () => {
  const { host, iface, put, sent, addresses, driver } = alone();
  await sent(2 * SECOND);
  put(icmpv6.ROUTER_ADVERTISEMENT, ALL_NODES, advertisement(1_800, [['2001:db8::/64', 600, 300]], 1_400));
  const [probe] = await sent();
  expect([probe!.type, probe!.from, probe!.to]).toEqual([icmpv6.NEIGHBOUR_SOLICITATION, '::', 'ff02::1:ff00:1']);
  expect(addresses()[1]).toBe('2001:db8::ff:fe00:1 tentative');
  expect(host.isLocal(six('2001:db8::ff:fe00:1'))).toBe(false);
  await sent(2 * SECOND);
  expect(addresses()[1]).toBe('2001:db8::ff:fe00:1 preferred');
  expect(host.route(six('2001:db9::1'))).toBe(iface);
  expect(`${iface.nextHop(six('2001:db9::1'))}`).toBe('fe80::9%2');
  expect(`${iface.nextHop(six('2001:db8::77'))}`).toBe('2001:db8::77');
  expect([iface.mtuFor(OURS), iface.mssFor(OURS), iface.mtuFor(0)]).toEqual([1_400, 1_340, 1_500]);
  host.udp.send(iface, six('2001:db8::ff:fe00:1'), 1, six('2001:db9::1'), 2, new Uint8Array(4), driver.now);
  const [packet] = await sent();
  expect([packet!.mac, ipv6.hopLimit(packet!.view, 14)]).toEqual(['020000000009', 61]);
  await sent(5 * MINUTE);
  expect(addresses()[1]).toBe('2001:db8::ff:fe00:1 deprecated');
  await sent(6 * MINUTE);
  expect(addresses().length).toBe(1);
  expect(`${iface.nextHop(six('2001:db8::77'))}`).toBe('fe80::9%2');
  await sent(30 * MINUTE);
  expect(host.route(six('2001:db9::1'))).toBeUndefined();
});

test('an address is not ended at once by saying so, and a router that says it is none is none', async () => {
  const { host, put, sent, addresses } = alone();
  await sent(2 * SECOND);
  put(icmpv6.ROUTER_ADVERTISEMENT, ALL_NODES, advertisement(1_800, [['2001:db8::/64', 86_400, 86_400]]));
  await sent(2 * SECOND);
  put(icmpv6.ROUTER_ADVERTISEMENT, ALL_NODES, advertisement(0, [['2001:db8::/64', 1, 1]]));
  await sent(2 * SECOND);
  expect(addresses()[1]).toBe('2001:db8::ff:fe00:1 deprecated');
  expect(host.route(six('2001:db9::1'))).toBeUndefined();
  await sent(119 * MINUTE);
  expect(addresses().length).toBe(2);
  await sent(2 * MINUTE);
  expect(addresses().length).toBe(1);
});

test('advertisements are heeded only where they are wanted, and only from this link', async () => {
  const plain = alone({ ipv6: {}, address: 'fd00::1/64' });
  await plain.sent(2 * SECOND);
  plain.put(icmpv6.ROUTER_ADVERTISEMENT, ALL_NODES, advertisement(1_800, [['2001:db8::/64', 600, 300]]));
  await plain.sent(2 * SECOND);
  expect(plain.addresses().length).toBe(2);
  expect(plain.host.counters.icmpIgnored).toBe(1);
  const { host, put, sent, addresses } = alone();
  await sent(2 * SECOND);
  const write = advertisement(1_800, [['2001:db8::/64', 600, 300]]);
  put(icmpv6.ROUTER_ADVERTISEMENT, ALL_NODES, write, { hops: 254 });
  put(icmpv6.ROUTER_ADVERTISEMENT, ALL_NODES, write, { from: six('2001:db8::9') });
  put(icmpv6.ROUTER_ADVERTISEMENT, ALL_NODES, (view, at) => write(view, at) - 8);
  put(icmpv6.ROUTER_ADVERTISEMENT, ALL_NODES, (view, at) => {
    const end = write(view, at);
    view.setUint8(at + wire.ROUTER_ADVERTISEMENT + 1, 0);
    return end;
  });
  await sent(2 * SECOND);
  expect(host.counters.icmpMalformed).toBe(4);
  expect(addresses().length).toBe(1);
});

test('a flood of advertisements fills nothing beyond its limits', async () => {
  const { host, iface, put, sent, addresses } = alone();
  await sent(2 * SECOND);
  for (let i = 0; i < 1_000; i++) {
    const from = six(`fe80::a:${i.toString(16)}`);
    put(icmpv6.ROUTER_ADVERTISEMENT, ALL_NODES, advertisement(9_000, [[`2001:db8:${i.toString(16)}::/64`, 600, 300]]), {
      from,
    });
    if (i % 50 === 49) await sent();
  }
  const { routers, prefixes } = iface.ipv6!.autoconfiguration;
  expect([routers.length, prefixes.length, addresses().length]).toEqual([MAX_ROUTERS, MAX_PREFIXES, 16]);
  expect(host.counters.ip6TooMuchAdvertised).toBeGreaterThan(1_000);
});

//= RFC 4861 §7.2.4
//= RFC 4861 §7.1.1
test('who asks for us is answered, with the flags that the RFC says; what does not hold together is not', async () => {
  const { host, put, sent, driver } = alone({ ipv6: {}, address: 'fd00::1/64' });
  await sent(2 * SECOND);
  const target = six('fd00::1');
  const solicit =
    (of: Ipv6, withOption: boolean) =>
    (view: DataView, at: number): number => {
      const end = wire.emitNeighbour(view, at, 0, of);
      return withOption ? wire.emitLinkLayer(view, end, wire.SOURCE_LINK_LAYER, MAC) : end;
    };
  const from = six('fd00::9');
  put(icmpv6.NEIGHBOUR_SOLICITATION, solicitedNode(target), solicit(target, true), { from });
  const [answer] = await sent();
  expect([answer!.type, answer!.from, answer!.to, answer!.mac]).toEqual([
    icmpv6.NEIGHBOUR_ADVERTISEMENT,
    'fd00::1',
    'fd00::9',
    '020000000009',
  ]);
  expect(wire.flags(answer!.view, answer!.at)).toBe(wire.SOLICITED | wire.OVERRIDE);
  // One who tries the address itself hears it as all do.
  put(icmpv6.NEIGHBOUR_SOLICITATION, solicitedNode(target), solicit(target, false), { from: six('::') });
  const [defence] = await sent();
  expect([defence!.to, wire.flags(defence!.view, defence!.at)]).toEqual(['ff02::1', wire.OVERRIDE]);
  const wrong: [Ipv6, (view: DataView, at: number) => number, { from?: Ipv6; hops?: number }][] = [
    [solicitedNode(target), solicit(target, true), { from, hops: 254 }],
    [solicitedNode(target), solicit(target, true), { from: six('::') }],
    [target, solicit(target, false), { from: six('::') }],
    [solicitedNode(target), solicit(six('ff02::1'), true), { from }],
    [solicitedNode(target), (view, at) => solicit(target, true)(view, at) - 1, { from }],
  ];
  for (const [to, write, how] of wrong) put(icmpv6.NEIGHBOUR_SOLICITATION, to, write, how);
  expect(await sent()).toEqual([]);
  expect(host.counters.icmpMalformed).toBe(wrong.length);
  // Another's address is nobody's business here.
  put(icmpv6.NEIGHBOUR_SOLICITATION, solicitedNode(target), solicit(six('fd00::77'), true), { from });
  expect(await sent()).toEqual([]);
  expect(driver.now).toBeGreaterThan(0);
});

test('a neighbour that is known is not moved by who only says so; one that has gone is', async () => {
  const { host, iface, put, sent, driver } = alone({ ipv6: {}, address: 'fd00::1/64' });
  await sent(2 * SECOND);
  const [there, own] = [six('fd00::9'), six('fd00::1')];
  const thief = Uint8Array.of(2, 0, 0, 0, 0, 0x66);
  const say =
    (mac: Uint8Array, bits: number) =>
    (view: DataView, at: number): number =>
      wire.emitLinkLayer(view, wire.emitNeighbour(view, at, bits, there), wire.TARGET_LINK_LAYER, mac);
  host.udp.send(iface, own, 1, there, 2, new Uint8Array(4), driver.now);
  await sent();
  put(icmpv6.NEIGHBOUR_ADVERTISEMENT, own, say(MAC, wire.SOLICITED | wire.OVERRIDE), { from: there });
  expect((await sent()).map(({ mac }) => mac)).toEqual(['020000000009']);
  put(icmpv6.NEIGHBOUR_ADVERTISEMENT, own, say(thief, wire.OVERRIDE), { from: there, mac: thief });
  const [question] = await sent();
  expect([question!.type, question!.mac]).toEqual([icmpv6.NEIGHBOUR_SOLICITATION, '020000000009']);
  put(icmpv6.NEIGHBOUR_ADVERTISEMENT, own, say(MAC, wire.SOLICITED | wire.OVERRIDE), { from: there });
  await sent(5 * SECOND);
  expect(iface.neighbours!.hardwareOf(there)).toEqual(MAC);
  // Without the override flag nothing is asked even.
  put(icmpv6.NEIGHBOUR_ADVERTISEMENT, own, say(thief, 0), { from: there, mac: thief });
  expect(await sent()).toEqual([]);
  put(icmpv6.NEIGHBOUR_ADVERTISEMENT, own, say(thief, wire.OVERRIDE), { from: there, mac: thief });
  await sent(2 * SECOND);
  expect(iface.neighbours!.hardwareOf(there)).toEqual(thief);
  expect([host.counters.neighbourContests, host.counters.neighbourMoves]).toEqual([2, 1]);
});

//= RFC 6724 §5
test('which of its addresses packets come from', () => {
  const better = (x: string, y: string, to: string, states: [string, string] = ['preferred', 'preferred']): boolean => {
    const [one, two] = [x, y].map((text, i) => {
      const own = ownAddress(six(text), 64, 'static');
      own.state = states[i] as 'preferred';
      return own;
    });
    const [first, second] = [isBetter(one!, two!, six(to)), isBetter(two!, one!, six(to))];
    expect(first).not.toBe(second);
    return first;
  };
  expect(better('2001:db8::1', '2001:db8::2', '2001:db8::1')).toBe(true);
  expect(better('2001:db8::1', 'fe80::1', '2001:db9::1')).toBe(true);
  expect(better('fe80::1', '2001:db8::1', 'fe80::2')).toBe(true);
  expect(better('fe80::1', '2001:db8::1', 'ff02::1')).toBe(true);
  expect(better('2001:db8:1::1', '2001:db8:2::1', '2001:db8:2::9', ['preferred', 'deprecated'])).toBe(true);
  expect(better('fd00::1', '2001:db8::1', 'fd99::1')).toBe(true);
  expect(better('2002:c000:201::1', '2001:db8::1', '2002:c000:202::1')).toBe(true);
  expect(better('2001:db8:1::1', '2001:db8:2::1', '2001:db8:1::9')).toBe(true);
});

//= RFC 6724 §2.1
//= RFC 6724 §3.1
test('labels and scopes are those of the RFC', () => {
  const table: [string, number, number][] = [
    ['::1', 0, 2],
    ['::ffff:192.0.2.1', 4, 14],
    ['::1.2.3.4', 3, 14],
    ['2001::9', 5, 14],
    ['2002:102:304::1', 2, 14],
    ['3ffe::1', 12, 14],
    ['fec0::1', 11, 5],
    ['fc00::1', 13, 14],
    ['fdff::1', 13, 14],
    ['fe80::1', 1, 2],
    ['2001:1::1', 1, 14],
    ['2001:db8::1', 1, 14],
    ['ff02::1', 1, 2],
    ['ff05::1', 1, 5],
    ['ff0e::1', 1, 14],
  ];
  expect(table.map(([text]) => [text, labelOf(six(text)), scopeOf(six(text))])).toEqual(table);
});

test('a link-local address that is told is the only one; an interface without hardware addresses makes none', async () => {
  expect(alone({ ipv6: {}, address: ['fe80::5/64', 'fd00::5/64'] }).addresses()).toEqual([
    'fe80::5%2 optimistic',
    'fd00::5 optimistic',
  ]);
  const [, port] = pipe({ medium: 'ip' });
  const host = new Host({ driver: virtualDriver() });
  host.plug(port, { address: 'fd00::1/64' });
  expect(states(host)).toEqual(['fd00::1 preferred']);
});

//= RFC 4429 §3.3
test('an address that is still tried is given up when another tries it as well, or says that it has it; not when he only asks', async () => {
  for (const how of ['asks', 'tries', 'has'] as const) {
    const { put, sent, addresses, host } = alone({ ipv6: {}, address: 'fd00::5/64' });
    await sent();
    const target = six('fd00::5');
    const write = (view: DataView, at: number): number => {
      const end = wire.emitNeighbour(view, at, 0, target);
      return how === 'asks' ? wire.emitLinkLayer(view, end, wire.SOURCE_LINK_LAYER, MAC) : end;
    };
    if (how === 'has') put(icmpv6.NEIGHBOUR_ADVERTISEMENT, ALL_NODES, write, { from: target });
    else {
      const from = how === 'tries' ? six('::') : six('fd00::9');
      put(icmpv6.NEIGHBOUR_SOLICITATION, solicitedNode(target), write, { from });
    }
    const [answer] = await sent();
    if (how === 'asks') expect(wire.flags(answer!.view, answer!.at)).toBe(wire.SOLICITED);
    expect([how, addresses()[1], host.isLocal(target)]).toEqual([
      how,
      `fd00::5 ${how === 'asks' ? 'optimistic' : 'duplicate'}`,
      how === 'asks',
    ]);
  }
});

//= RFC 4862 §5.4.3
test('an address that a router has it make is not answered for, nor used, while it is tried', async () => {
  const { put, sent, host, addresses } = alone();
  await sent(2 * SECOND);
  put(icmpv6.ROUTER_ADVERTISEMENT, ALL_NODES, advertisement(1_800, [['2001:db8::/64', 600, 300]]));
  await sent();
  const target = six('2001:db8::ff:fe00:1');
  const write = (view: DataView, at: number): number => wire.emitNeighbour(view, at, 0, target);
  put(icmpv6.NEIGHBOUR_SOLICITATION, solicitedNode(target), write, { from: six('2001:db8::9') });
  expect(await sent()).toEqual([]);
  put(icmpv6.NEIGHBOUR_SOLICITATION, solicitedNode(target), write, { from: six('::') });
  await sent(5 * SECOND);
  expect([addresses()[1], host.isLocal(target)]).toEqual(['2001:db8::ff:fe00:1 duplicate', false]);
  // Its own link-local address has the same identifier, and is another's business.
  expect(addresses()[0]).toBe('fe80::ff:fe00:1%2 preferred');
});

test('a router that goes takes no other’s routes; one that was none is not heard; what is for ever stays', async () => {
  const { put, sent, host, iface, addresses } = alone({ address: 'fd00::1/64', gateway: 'fd00::fe' });
  await sent(2 * SECOND);
  const other = six('fe80::8');
  for (const from of [OURS, other]) put(icmpv6.ROUTER_ADVERTISEMENT, ALL_NODES, advertisement(1_800), { from });
  put(icmpv6.ROUTER_ADVERTISEMENT, ALL_NODES, advertisement(0), { from: six('fe80::7') });
  await sent();
  const { autoconfiguration } = iface.ipv6!;
  expect(autoconfiguration.routers.map(String)).toEqual(['fe80::9%2', 'fe80::8%2']);
  put(icmpv6.ROUTER_ADVERTISEMENT, ALL_NODES, advertisement(0, [['2001:db8::/64', 0xffff_ffff, 0xffff_ffff]]));
  await sent(2 * SECOND);
  expect(autoconfiguration.routers.map(String)).toEqual(['fe80::8%2']);
  const gateways = host.routes.all.flatMap(({ gateway }) => (gateway === undefined ? [] : [`${gateway}`]));
  expect(gateways.sort()).toEqual(['fd00::fe', 'fe80::8%2']);
  await sent(100 * 24 * 60 * MINUTE);
  expect(addresses().at(-1)).toBe('2001:db8::ff:fe00:1 preferred');
  expect(autoconfiguration.routers).toEqual([]);
});

//= RFC 4861 §7.3.3
test('a neighbour that is believed too long is asked at the address it had, and used meanwhile', async () => {
  const { host, iface, put, sent, driver } = alone({ ipv6: {}, address: 'fd00::1/64' });
  await sent(2 * SECOND);
  const [there, own] = [six('fd00::9'), six('fd00::1')];
  const send = (): boolean => host.udp.send(iface, own, 1, there, 2, new Uint8Array(4), driver.now);
  send();
  const [question] = await sent();
  expect([question!.to, question!.mac]).toEqual(['ff02::1:ff00:9', '3333ff000009']);
  const write = (view: DataView, at: number): number =>
    wire.emitLinkLayer(
      view,
      wire.emitNeighbour(view, at, wire.SOLICITED | wire.OVERRIDE, there),
      wire.TARGET_LINK_LAYER,
      MAC,
    );
  put(icmpv6.NEIGHBOUR_ADVERTISEMENT, own, write, { from: there });
  await sent(59 * SECOND);
  send();
  expect((await sent()).map(({ to }) => to)).toEqual(['fd00::9']);
  await sent(SECOND);
  send();
  const [again, packet] = await sent();
  expect([again!.type, again!.to, again!.mac]).toEqual([icmpv6.NEIGHBOUR_SOLICITATION, 'fd00::9', '020000000009']);
  expect([packet!.to, packet!.mac]).toEqual(['fd00::9', '020000000009']);
  // Nobody answers: it is forgotten.
  await sent(10 * SECOND);
  expect(iface.neighbours!.hardwareOf(there)).toBeUndefined();
});

test('what a router says again lives as long again', async () => {
  const { put, sent, iface } = alone();
  await sent(2 * SECOND);
  const { autoconfiguration } = iface.ipv6!;
  for (let i = 0; i < 3; i++) {
    put(icmpv6.ROUTER_ADVERTISEMENT, ALL_NODES, advertisement(60, [['2001:db8::/64', 60, 30, wire.ON_LINK]]));
    await sent(50 * SECOND);
    expect([autoconfiguration.routers.length, autoconfiguration.prefixes.length]).toEqual([1, 1]);
    // On the link, and nothing that an address is made of.
    expect(iface.ipv6!.addresses.all.length).toBe(1);
  }
  await sent(11 * SECOND);
  expect([autoconfiguration.routers.length, autoconfiguration.prefixes.length]).toEqual([0, 0]);
});

test('an address that was told is not a router’s to end', async () => {
  const { put, sent, addresses } = alone({ address: '2001:db8::ff:fe00:1/64' });
  await sent(2 * SECOND);
  put(icmpv6.ROUTER_ADVERTISEMENT, ALL_NODES, advertisement(1_800, [['2001:db8::/64', 7_300, 1]]));
  await sent(3 * 60 * MINUTE);
  expect(addresses()).toEqual(['fe80::ff:fe00:1%2 preferred', '2001:db8::ff:fe00:1 preferred']);
});
