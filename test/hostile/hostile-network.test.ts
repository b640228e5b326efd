/**
 * A network that means harm: it can neither crash a host, nor pass a limit, nor move or end a connection whose numbers it does not see. Beside each attack two honest hosts talk, by both
 * versions of IP, before it and after it.
 */
import { expect, test } from 'vitest';
import { below, seeded } from '../../src/core/random.ts';
import { SECOND } from '../../src/core/time.ts';
import { AF_INET, type Connection, SOCK_DGRAM, socket } from '../../src/speak/index.ts';
import { parseIpv4 } from '../../src/wire/address.ts';
import * as arp from '../../src/wire/arp.ts';
import * as ethernet from '../../src/wire/ethernet.ts';
import * as icmp from '../../src/wire/icmp.ts';
import * as icmpv6 from '../../src/wire/icmpv6.ts';
import { formatAddress, type Ipv6, parseAddress } from '../../src/wire/ip-address.ts';
import * as ipv4 from '../../src/wire/ipv4.ts';
import * as ipv6 from '../../src/wire/ipv6.ts';
import * as extensions from '../../src/wire/ipv6-extensions.ts';
import * as wire from '../../src/wire/neighbour-discovery.ts';
import * as tcp from '../../src/wire/tcp.ts';
import * as udp from '../../src/wire/udp.ts';
import { NetworkAttacker, PEER, packetOctets, THIEF, VICTIM } from './network-attacker.ts';

const written = (size: number, write: (view: DataView) => void): Uint8Array => {
  const bytes = new Uint8Array(size);
  write(new DataView(bytes.buffer));
  return bytes;
};

const datagram = (length: number, from = 9, to = 9): Uint8Array =>
  written(udp.HEADER + length, (view) => udp.emit(view, 0, from, to, length));

const segment = (from: number, to: number, flags: number, seq = 1, ack = 0): Uint8Array =>
  written(tcp.HEADER, (view) => tcp.emit(view, 0, from, to, seq, ack, flags, 1_000, 0, 0));

/** A fragment of IPv6, behind its header. */
const fragment6 = (offset: number, more: boolean, identification: number, octets: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(extensions.FRAGMENT_HEADER + octets.length);
  extensions.emitFragment(new DataView(bytes.buffer), 0, ipv6.UDP, offset, more, identification);
  bytes.set(octets, extensions.FRAGMENT_HEADER);
  return bytes;
};

/** The connections of the victim, and what must not change of them. */
const pictures = (attacker: NetworkAttacker): string[] =>
  [...attacker.victim.tcp.all()].map(
    ({ tcb, nextHop, softError, iface }) =>
      `${tcb.state} ${tcb.snd.mss} ${tcb.pathMtu} ${formatAddress(nextHop)} ${softError} ${iface.name}`,
  );

const connections = (attacker: NetworkAttacker): Connection[] => [...attacker.victim.tcp.all()];

//= RFC 5722 §4
//= RFC 3128 §2
test('fragments: a flood, overlapping ones, tiny ones, ones beyond the end; limits hold, and honest ones still pass', async () => {
  const attacker = new NetworkAttacker();
  const { victim, peer, driver } = attacker;
  await attacker.run(async () => {
    const random = seeded(3);
    const octets = new Uint8Array(800).fill(7);
    for (let i = 0; i < 20_000; i++) {
      const kind = i % 5;
      const offset = kind === 0 ? 0 : 8 * below(random, 8_191);
      const length = kind === 1 ? 8 : 8 * (1 + below(random, 90));
      const identification = kind === 2 ? 7 : random.next();
      const more = kind !== 3;
      const payload = octets.subarray(0, length);
      if (i % 2 === 0)
        attacker.packet({
          from: kind === 2 ? '10.0.0.66' : `10.0.0.${1 + below(random, 250)}`,
          to: VICTIM[0],
          protocol: ipv4.UDP,
          payload,
          identification: identification & 0xffff,
          fragment: (more ? ipv4.MORE_FRAGMENTS : 0) | (offset >> 3),
        });
      else
        attacker.packet({
          from: `fd00::${(1 + below(random, 60_000)).toString(16)}`,
          to: VICTIM[1],
          protocol: extensions.FRAGMENT,
          payload: fragment6(offset, more, identification, payload),
        });
      if (i % 500 === 499) {
        await attacker.settle();
        expect(victim.reassembly.size).toBeLessThanOrEqual(256);
        expect(victim.reassembly.octets).toBeLessThanOrEqual(4 << 20);
      }
    }
    // One that comes after them finds room.
    const receiver = socket(victim, AF_INET, SOCK_DGRAM);
    await receiver.bind(['', 4_000]);
    const sender = socket(peer, AF_INET, SOCK_DGRAM);
    const long = Uint8Array.from({ length: 9_000 }, (_, i) => i & 255);
    await sender.sendto(long, [VICTIM[0], 4_000]);
    expect(await receiver.recv(65_536)).toEqual(long);
    receiver.close();
    sender.close();
    await driver.sleep(61 * SECOND);
    expect([victim.reassembly.size, victim.reassembly.octets]).toEqual([0, 0]);
  });
  const { counters } = victim;
  for (const name of ['ipFragmentOverlaps', 'ipFragmentMalformed', 'ipReassemblyEvicted', 'ipFragmentDropped'] as const)
    expect([name, counters[name] > 0]).toEqual([name, true]);
}, 60_000);

//= RFC 5927 §4.1
test('forged ICMP errors of every kind about connections whose numbers are not known change nothing', async () => {
  const attacker = new NetworkAttacker();
  const { victim } = attacker;
  await attacker.run(async () => {
    const before = pictures(attacker);
    for (const { tcb, localAddress, remoteAddress } of connections(attacker)) {
      const [local, remote] = [formatAddress(localAddress), formatAddress(remoteAddress)];
      const four = typeof localAddress === 'number';
      for (let type = 0; type < (four ? 20 : 8); type++)
        for (let code = 0; code < 17; code++)
          for (const mtu of [0, 68, 1_280]) {
            // The ends are known to it, the number is not.
            const far = (tcb.snd.una + 0x4000_0000 + 1_000 * code) | 0;
            const quoted = packetOctets({
              from: local,
              to: remote,
              protocol: ipv4.TCP,
              payload: segment(tcb.localPort, tcb.remotePort, tcp.ACK, far),
            });
            const message = new Uint8Array(icmp.HEADER + quoted.length);
            icmp.emit(new DataView(message.buffer), 0, type, code, mtu);
            message.set(quoted, icmp.HEADER);
            const protocol = four ? ipv4.ICMP : ipv6.ICMPV6;
            for (const from of four ? ['10.0.0.77', remote] : ['fd00::77', remote])
              attacker.packet({ from, to: local, protocol, payload: message, checksumAt: 2 });
          }
      await attacker.settle();
    }
    expect(pictures(attacker)).toEqual(before);
    expect(victim.paths.size).toBe(0);
  });
  expect(victim.counters.icmpErrorsIn).toBeGreaterThan(1_000);
});

test('redirects of both versions turn no packet', async () => {
  const attacker = new NetworkAttacker({}, { ipv6: { autoconfigure: true } });
  const { victim } = attacker;
  await attacker.run(async () => {
    const before = pictures(attacker);
    const routes = victim.routes.all.length;
    const known = victim.interfaces[1]!.neighbours!.hardwareOf(parseAddress(PEER[1]));
    for (const { tcb, localAddress, remoteAddress } of connections(attacker)) {
      const [local, remote] = [formatAddress(localAddress), formatAddress(remoteAddress)];
      // It has even seen a segment.
      const payload = segment(tcb.localPort, tcb.remotePort, tcp.ACK, tcb.snd.nxt);
      const quoted = packetOctets({ from: local, to: remote, protocol: ipv4.TCP, payload });
      if (typeof localAddress === 'number') {
        const message = new Uint8Array(icmp.HEADER + quoted.length);
        icmp.emit(new DataView(message.buffer), 0, icmp.REDIRECT, 1, parseIpv4('10.0.0.66'));
        message.set(quoted, icmp.HEADER);
        attacker.packet({ from: '10.0.0.1', to: local, protocol: ipv4.ICMP, payload: message, checksumAt: 2 });
      } else {
        const message = written(48, (view) => {
          icmp.emit(view, 0, icmpv6.REDIRECT, 0, 0);
          (parseAddress('fe80::66') as Ipv6).write(view, 8);
          (remoteAddress as Ipv6).write(view, 24);
          wire.emitLinkLayer(view, 40, wire.TARGET_LINK_LAYER, THIEF);
        });
        attacker.packet({
          from: 'fe80::1',
          to: local,
          protocol: ipv6.ICMPV6,
          payload: message,
          checksumAt: 2,
          hops: 255,
        });
      }
    }
    await attacker.settle();
    expect(pictures(attacker)).toEqual(before);
    expect(victim.routes.all.length).toBe(routes);
    expect(victim.interfaces[1]!.neighbours!.hardwareOf(parseAddress(PEER[1]))).toEqual(known);
  });
  expect(attacker.strayed).toBe(0);
});

test('who claims the peer is he, by ARP and by neighbour discovery, a thousand times over, gets no segment', async () => {
  const attacker = new NetworkAttacker({ arp: { neighbours: 64 } });
  const { victim } = attacker;
  const cache = victim.interfaces[1]!.neighbours!;
  await attacker.run(async () => {
    const claim = (i: number): void => {
      const operation = i & 1 ? arp.REPLY : arp.REQUEST;
      const target = i & 2 ? VICTIM[0] : PEER[0];
      const bytes = written(arp.LENGTH, (view) =>
        arp.emit(view, 0, operation, THIEF, parseIpv4(PEER[0]), new Uint8Array(6), parseIpv4(target)),
      );
      attacker.frame(ethernet.TYPE_ARP, bytes);
      const peer = parseAddress(PEER[1]) as Ipv6;
      const solicits = (i & 4) !== 0;
      const message = written(wire.NEIGHBOUR_MESSAGE + 8, (view) => {
        icmp.emit(view, 0, solicits ? icmpv6.NEIGHBOUR_SOLICITATION : icmpv6.NEIGHBOUR_ADVERTISEMENT, 0, 0);
        const bits = wire.OVERRIDE | (i & 8 ? wire.SOLICITED : 0);
        const told = solicits ? (parseAddress(VICTIM[1]) as Ipv6) : peer;
        wire.emitNeighbour(view, 0, solicits ? 0 : bits, told);
        const kind = solicits ? wire.SOURCE_LINK_LAYER : wire.TARGET_LINK_LAYER;
        wire.emitLinkLayer(view, wire.NEIGHBOUR_MESSAGE, kind, THIEF);
      });
      const forged = { from: PEER[1], to: VICTIM[1], protocol: ipv6.ICMPV6, payload: message };
      attacker.packet({ ...forged, checksumAt: 2, hops: 255 });
    };
    // And strangers by the thousand, each of whom wants to be remembered.
    const stranger = (i: number): void => {
      const bytes = written(arp.LENGTH, (view) =>
        arp.emit(view, 0, arp.REQUEST, THIEF, 0x0a00_0000 + (i & 255), new Uint8Array(6), parseIpv4(VICTIM[0])),
      );
      attacker.frame(ethernet.TYPE_ARP, bytes);
    };
    for (let i = 0; i < 1_000; i++) {
      claim(i);
      stranger(3 + (i % 250));
      if (i % 100 === 99) {
        await attacker.settle();
        expect(cache.size).toBeLessThanOrEqual(64);
        await attacker.goesOn();
      }
    }
    await attacker.settle(10 * SECOND);
    expect(cache.hardwareOf(parseAddress(PEER[1]))).toEqual(attacker.peer.interfaces[1]!.mac);
    expect(cache.hardwareOf(parseAddress(PEER[0]))).toEqual(attacker.peer.interfaces[1]!.mac);
  });
  expect(victim.counters.neighbourContests).toBeGreaterThan(500);
  expect(victim.counters.neighbourMoves).toBe(0);
}, 60_000);

test('who claims our own addresses gets neither them nor a storm of answers', async () => {
  const attacker = new NetworkAttacker();
  const { victim } = attacker;
  await attacker.run(async () => {
    const before = attacker.answered;
    const own = parseAddress(VICTIM[1]) as Ipv6;
    for (let i = 0; i < 1_000; i++) {
      const bytes = written(arp.LENGTH, (view) =>
        arp.emit(view, 0, arp.REQUEST, THIEF, parseIpv4(VICTIM[0]), new Uint8Array(6), parseIpv4(VICTIM[0])),
      );
      attacker.frame(ethernet.TYPE_ARP, bytes);
      const message = written(wire.NEIGHBOUR_MESSAGE + 8, (view) => {
        icmp.emit(view, 0, icmpv6.NEIGHBOUR_ADVERTISEMENT, 0, 0);
        wire.emitNeighbour(view, 0, wire.OVERRIDE, own);
        wire.emitLinkLayer(view, wire.NEIGHBOUR_MESSAGE, wire.TARGET_LINK_LAYER, THIEF);
      });
      const forged = { from: VICTIM[1], to: 'ff02::1', protocol: ipv6.ICMPV6, payload: message };
      attacker.packet({ ...forged, checksumAt: 2, hops: 255 });
      if (i % 200 === 199) await attacker.settle();
    }
    expect(victim.isLocal(own)).toBe(true);
    // One announcement of each version in ten seconds.
    expect(attacker.answered - before).toBeLessThanOrEqual(4);
  });
  expect([victim.counters.arpConflicts, victim.counters.ip6Duplicates]).toEqual([1_000, 1_000]);
});

test('router advertisements by the thousand: bounded, and the connections that are there stay where they are', async () => {
  const attacker = new NetworkAttacker({}, { ipv6: { autoconfigure: true } });
  const { victim } = attacker;
  await attacker.run(async () => {
    const before = pictures(attacker);
    const random = seeded(5);
    for (let i = 0; i < 5_000; i++) {
      const message = written(wire.ROUTER_ADVERTISEMENT + 8 + 3 * wire.PREFIX_OPTION, (view) => {
        icmp.emit(view, 0, icmpv6.ROUTER_ADVERTISEMENT, 0, 0);
        view.setUint8(4, below(random, 256));
        view.setUint16(6, below(random, 65_536));
        let at = wire.emitLinkLayer(view, wire.ROUTER_ADVERTISEMENT, wire.SOURCE_LINK_LAYER, THIEF);
        for (let prefix = 0; prefix < 3; prefix++, at += wire.PREFIX_OPTION) {
          view.setUint16(at, (wire.PREFIX_INFORMATION << 8) | 4);
          view.setUint8(at + 2, i % 7 === 0 ? 128 : 64);
          view.setUint8(at + 3, wire.ON_LINK | wire.AUTONOMOUS);
          view.setUint32(at + 4, below(random, 100_000));
          view.setUint32(at + 8, below(random, 100_000));
          // Now and then the very network that the hosts are on.
          if (i % 11 === 0) (parseAddress('fd00::') as Ipv6).write(view, at + 16);
          else for (let word = 0; word < 4; word++) view.setInt32(at + 16 + 4 * word, random.next());
        }
      });
      const from = `fe80::${below(random, 60_000).toString(16)}`;
      attacker.packet({ from, to: 'ff02::1', protocol: ipv6.ICMPV6, payload: message, checksumAt: 2, hops: 255 });
      if (i % 250 === 249) await attacker.settle();
    }
    const { routers, prefixes } = victim.interfaces[1]!.ipv6!.autoconfiguration;
    expect(routers.length).toBeLessThanOrEqual(8);
    expect(prefixes.length).toBeLessThanOrEqual(16);
    expect(victim.interfaces[1]!.ipv6!.addresses.all.length).toBeLessThanOrEqual(16);
    expect(victim.routes.all.length).toBeLessThanOrEqual(64);
    expect(victim.interfaces[1]!.neighbours!.size).toBeLessThanOrEqual(1_024);
    expect(pictures(attacker)).toEqual(before);
  });
}, 60_000);

test('chains of extension headers, routing headers, options that ask for an answer', async () => {
  const attacker = new NetworkAttacker();
  const { victim } = attacker;
  await attacker.run(async () => {
    const random = seeded(11);
    const kinds = [extensions.HOP_BY_HOP, extensions.ROUTING, extensions.FRAGMENT, extensions.DESTINATION_OPTIONS];
    const before = attacker.answered;
    const start = attacker.driver.now;
    for (let i = 0; i < 10_000; i++) {
      const count = i % 3 === 0 ? 100 : 1 + below(random, 20);
      const bytes = Uint8Array.from({ length: 8 * count }, () => below(random, 256));
      for (let header = 0; header < count; header++) {
        bytes[8 * header] = kinds[below(random, 4)]!;
        bytes[8 * header + 1] = i % 4 === 0 ? below(random, 4) : 0;
        // Type 0 with segments left, and others.
        if (i % 5 === 0) bytes[8 * header + 2] = 0;
      }
      attacker.packet({ from: 'fd00::77', to: VICTIM[1], protocol: kinds[i & 3]!, payload: bytes });
      if (i % 500 === 499) await attacker.settle();
    }
    // So many errors at once, so many a second, and questions who is fd00::77.
    const seconds = (attacker.driver.now - start) / SECOND;
    expect(attacker.answered - before).toBeLessThanOrEqual(50 + 1_000 * seconds + 20);
  });
  expect(victim.counters.icmpRateLimited + victim.counters.icmpErrorsOut).toBeGreaterThan(1_000);
}, 60_000);

test('packets from themselves to themselves, source-routed ones, and ones from where nobody can be, get no answer', async () => {
  const attacker = new NetworkAttacker({ sourceRoutes: false });
  const { victim } = attacker;
  await attacker.run(async () => {
    // What the honest owe one another is said first.
    await attacker.settle(SECOND);
    const before = attacker.answered;
    const echo = new Uint8Array(64);
    const groups = [
      ['255.255.255.255', 'ff02::1'],
      ['224.0.0.1', 'ff0e::1'],
      ['10.0.0.255', '::'],
      ['0.0.0.0', '::1'],
      ['127.0.0.1', '::ffff:10.0.0.2'],
      VICTIM,
    ] as const;
    for (const sources of groups)
      for (const four of [true, false]) {
        const [from, to] = four ? [sources[0], VICTIM[0]] : [sources[1], VICTIM[1]];
        const probe = (payload: Uint8Array, protocol: number, checksumAt: number): void =>
          attacker.packet({ from, to, protocol, payload, checksumAt });
        for (const flags of [tcp.SYN, tcp.ACK, tcp.SYN | tcp.ACK, tcp.FIN, tcp.RST])
          probe(segment(7, 7, flags), ipv4.TCP, 16);
        probe(datagram(8), ipv4.UDP, 6);
        echo[0] = four ? icmp.ECHO_REQUEST : icmpv6.ECHO_REQUEST;
        probe(echo.slice(), four ? ipv4.ICMP : ipv6.ICMPV6, 2);
      }
    for (const kind of [131, 137]) {
      const options = Uint8Array.of(kind, 11, 4, 10, 0, 0, 1, 10, 0, 0, 66, 0);
      const common = { from: '10.0.0.77', to: VICTIM[0], options };
      attacker.packet({ ...common, protocol: ipv4.TCP, payload: segment(9, 9, tcp.SYN), checksumAt: 16 });
      attacker.packet({ ...common, protocol: ipv4.UDP, payload: datagram(9), checksumAt: 6 });
    }
    // To everybody: nobody answers with an error, nor with a segment.
    attacker.packet({ from: '10.0.0.77', to: '10.0.0.255', protocol: ipv4.UDP, payload: datagram(9), checksumAt: 6 });
    attacker.packet({ from: 'fd00::77', to: 'ff02::1', protocol: ipv6.UDP, payload: datagram(9), checksumAt: 6 });
    const syn = segment(9, 9, tcp.SYN);
    attacker.packet({ from: 'fd00::77', to: 'ff02::1', protocol: ipv6.TCP, payload: syn, checksumAt: 16 });
    attacker.packet({ from: '10.0.0.77', to: '255.255.255.255', protocol: ipv4.TCP, payload: syn, checksumAt: 16 });
    await attacker.settle();
    expect(attacker.answered - before).toBe(0);
  });
  expect(victim.counters.ipMartian).toBeGreaterThan(40);
  expect(victim.counters.ipSourceRouted).toBe(4);
});

test('octets strewn over real packets, at every place, by the ten thousand: nothing is thrown, everything is counted', async () => {
  const attacker = new NetworkAttacker({}, { ipv6: { autoconfigure: true } });
  const { victim } = attacker;
  await attacker.run(async () => {
    const random = seeded(13);
    const before = connections(attacker).length;
    const seeds = [
      packetOctets({
        from: '10.0.0.77',
        to: VICTIM[0],
        protocol: ipv4.TCP,
        payload: segment(1, 2, tcp.SYN),
        checksumAt: 16,
      }),
      packetOctets({ from: '10.0.0.77', to: VICTIM[0], protocol: ipv4.UDP, payload: datagram(60) }),
      packetOctets({
        from: 'fd00::77',
        to: VICTIM[1],
        protocol: ipv6.TCP,
        payload: segment(1, 2, tcp.SYN),
        checksumAt: 16,
      }),
      packetOctets({
        from: 'fd00::77',
        to: VICTIM[1],
        protocol: ipv6.ICMPV6,
        payload: new Uint8Array(80).fill(134),
        checksumAt: 2,
        hops: 255,
      }),
      packetOctets({
        from: 'fd00::77',
        to: VICTIM[1],
        protocol: extensions.FRAGMENT,
        payload: fragment6(0, true, 5, datagram(88)),
      }),
      packetOctets({
        from: 'fd00::77',
        to: VICTIM[1],
        protocol: 0,
        payload: Uint8Array.of(60, 0, 5, 2, 0, 0, 1, 0, 17, 0, 1, 4, 0, 0, 0, 0, ...datagram(8)),
      }),
      written(arp.LENGTH, (view) => arp.emit(view, 0, arp.REQUEST, THIEF, 0x0a00_004d, THIEF, 0x0a00_0002)),
    ];
    const types = [0, 0, 1, 1, 1, 1, 2].map((i) => [ethernet.TYPE_IPV4, ethernet.TYPE_IPV6, ethernet.TYPE_ARP][i]!);
    for (let i = 0; i < 20_000; i++) {
      const which = below(random, seeds.length);
      const bytes = seeds[which]!.slice(0, 1 + below(random, 2 * seeds[which]!.length));
      for (let change = below(random, 6); change > 0; change--) bytes[below(random, bytes.length)] = below(random, 256);
      attacker.frame(i % 17 === 0 ? below(random, 65_536) : types[which]!, bytes);
      if (i % 500 === 499) await attacker.settle();
    }
    expect(connections(attacker).length).toBe(before);
  });
  expect(victim.counters.framesIn).toBeGreaterThan(20_000);
}, 60_000);
