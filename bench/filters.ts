/** Deciding: nanoseconds of CPU a packet that a filter takes, over packets that are in memory already, so that nothing but the decision is measured. */
import { below, seeded } from '../src/core/random.ts';
import { LINKTYPE, makePacket, type Packet } from '../src/see/capture/index.ts';
import { compileCaptureFilter, compileFilter, decider } from '../src/see/filter/index.ts';
import * as ethernet from '../src/wire/ethernet.ts';
import * as ipv4 from '../src/wire/ipv4.ts';
import * as tcp from '../src/wire/tcp.ts';

/** Different packets, one in four of them to or from port 7456. */
const PACKETS = 4_096;

/** Decisions in one measurement. */
const DECISIONS = 5_000_000;

const OCTETS = 96;

/** Packets of Ethernet, IPv4 and TCP, one behind the other in one memory. */
function makePackets(): Packet {
  const packet = makePacket();
  packet.bytes = new Uint8Array(PACKETS * OCTETS);
  packet.view = new DataView(packet.bytes.buffer);
  packet.linkType = LINKTYPE.ETHERNET;
  packet.capturedLength = OCTETS;
  const random = seeded(7456);
  const mac = Uint8Array.of(2, 0, 0, 0, 0, 1);
  for (let i = 0; i < PACKETS; i++) {
    const at = ethernet.emit(packet.view, i * OCTETS, mac, mac, ethernet.TYPE_IPV4);
    const payload = below(random, 1400);
    const [from, to] = [0x0a000000 | below(random, 256), 0x0a800001];
    const tcpAt = ipv4.emit(packet.view, at, from, to, ipv4.TCP, tcp.HEADER + payload, i, ipv4.DONT_FRAGMENT, 64);
    const [client, server] = [32_768 + below(random, 9_999), below(random, 4) === 0 ? 7456 : 80];
    const [source, destination] = below(random, 2) === 0 ? [client, server] : [server, client];
    tcp.emit(packet.view, tcpAt, source, destination, i, i, tcp.ACK, 501, 0, 0);
    packet.originalLength = OCTETS;
  }
  return packet;
}

/** Nanoseconds of CPU a decision. */
function time(decide: (packet: Packet) => boolean): number {
  const packet = makePackets();
  let passed = 0;
  const once = (decisions: number): void => {
    for (let i = 0; i < decisions; i++) {
      packet.at = (i & (PACKETS - 1)) * OCTETS;
      packet.number = i;
      if (decide(packet)) passed++;
    }
  };
  once(DECISIONS / 5);
  passed = 0;
  // CPU, not wall time: nobody waits for anything here, and a busy machine would count what others did.
  const start = process.cpuUsage();
  once(DECISIONS);
  const { user, system } = process.cpuUsage(start);
  if (passed < DECISIONS / 6 || passed > DECISIONS / 3) throw new Error(`filter: ${passed} packets passed`);
  return ((user + system) * 1e3) / DECISIONS;
}

/** `tcp.port == 7456` by a packet's octets. */
export const byOctets = (): number => time(decider(compileFilter('tcp.port == 7456')));

/** The same where the layers must be found, but nothing of other packets be known. */
export const byHeaders = (): number =>
  time(decider(compileFilter('tcp.port == 7456 and not tcp.payload[0:2] == ff:ff')));

/** The same where every packet must be followed. */
export const byHistory = (): number => time(decider(compileFilter('tcp.port == 7456 and tcp.stream < 100000')));

/** The capture filter of the same, as the kernel would run it. */
export function byProgram(): number {
  const filter = compileCaptureFilter('tcp port 7456', LINKTYPE.ETHERNET);
  return time((packet) => filter.test(packet));
}
