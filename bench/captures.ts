/** Reading: packets a second counted and filtered from a capture that is made here, and how long tshark and tcpdump take for the same. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { below, seeded } from '../src/core/random.ts';
import { openCapture, writeCapture } from '../src/node/capture-file.ts';
import { LINKTYPE, makePacket } from '../src/see/capture/index.ts';
import { compileFilter, decider } from '../src/see/filter/index.ts';
import * as ethernet from '../src/wire/ethernet.ts';
import * as ipv4 from '../src/wire/ipv4.ts';
import * as tcp from '../src/wire/tcp.ts';

/** Packets in the capture. */
export const PACKETS = 500_000;

/** Octets kept of each: headers, as `tcpdump -s 96` keeps them. */
const SNAPLEN = 96;

/** Conversations it has; one in four goes to port 7456. */
const CONVERSATIONS = 2_000;

/** Writes the capture into a folder of its own. */
export function makeCapture(): { path: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'tcplab-bench-'));
  const path = join(folder, 'bench.pcap');
  const writer = writeCapture(path, {
    interfaces: [{ linkType: LINKTYPE.ETHERNET }],
    resolution: 'micro',
    snaplen: SNAPLEN,
  });
  const packet = makePacket();
  packet.bytes = new Uint8Array(SNAPLEN);
  packet.view = new DataView(packet.bytes.buffer);
  const random = seeded(7456);
  const mac = Uint8Array.of(2, 0, 0, 0, 0, 1);
  const sent = new Int32Array(2 * CONVERSATIONS);
  for (let i = 0; i < PACKETS; i++) {
    const conversation = below(random, CONVERSATIONS);
    const back = below(random, 2);
    const payload = back ? 0 : 1 + below(random, 1400);
    const [client, server] = [0x0a000000 | conversation, 0x0a800001];
    const [high, low] = [32_768 + conversation, conversation % 4 === 0 ? 7456 : 80];
    const at = ethernet.emit(packet.view, 0, mac, mac, ethernet.TYPE_IPV4);
    const [from, to] = back ? [server, client] : [client, server];
    const tcpAt = ipv4.emit(
      packet.view,
      at,
      from,
      to,
      ipv4.TCP,
      tcp.HEADER + payload,
      i & 0xffff,
      ipv4.DONT_FRAGMENT,
      64,
    );
    const me = 2 * conversation + back;
    const [source, destination] = back ? [low, high] : [high, low];
    tcp.emit(packet.view, tcpAt, source, destination, sent[me]!, sent[me ^ 1]!, tcp.ACK, 501, 0, 0);
    sent[me] = (sent[me]! + payload) | 0;
    packet.originalLength = tcpAt + tcp.HEADER + payload;
    packet.capturedLength = Math.min(SNAPLEN, packet.originalLength);
    packet.seconds = 1_700_000_000 + Math.floor(i / 100_000);
    packet.nanoseconds = (i % 100_000) * 10_000;
    writer.write(packet);
  }
  writer.close();
  return { path, remove: () => rmSync(folder, { recursive: true }) };
}

/** Packets a second, only counted. */
export function countPackets(path: string): number {
  const file = openCapture(path);
  const packet = makePacket();
  const start = performance.now();
  let count = 0;
  while (file.readChunk()) while (file.reader.next(packet)) count++;
  const took = (performance.now() - start) / 1000;
  if (count !== PACKETS) throw new Error(`read-count: ${count} packets of ${PACKETS}`);
  return count / took;
}

/** Packets a second, filtered on a port. */
export function filterPackets(path: string): number {
  const file = openCapture(path);
  const packet = makePacket();
  const passes = decider(compileFilter('tcp.port == 7456'));
  const start = performance.now();
  let count = 0;
  while (file.readChunk()) while (file.reader.next(packet)) if (passes(packet)) count++;
  const took = (performance.now() - start) / 1000;
  if (count < PACKETS / 5 || count > PACKETS / 3) throw new Error(`read-filter: ${count} packets passed`);
  return PACKETS / took;
}

/** Packets a second of a program over the same file, its start included; undefined when it is not installed or fails. */
export function program(command: string, args: readonly string[]): number | undefined {
  const start = performance.now();
  const { status } = spawnSync(command, args, { stdio: 'ignore' });
  return status === 0 ? PACKETS / ((performance.now() - start) / 1000) : undefined;
}
