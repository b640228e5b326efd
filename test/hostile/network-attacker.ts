/**
 * A station on the same link as two honest hosts: it sends whatever frames it likes to one of them, and sees nothing of what those two say to one another. No stack stands behind it. Whatever
 * it does, the two go on: `goesOn` has them talk by both versions of IP and compares the octets.
 */
import {
  AF_INET6,
  Host,
  type HostOptions,
  type InterfaceOptions,
  type PipePort,
  pipe,
  SOCK_STREAM,
  type StreamSocket,
  socket,
  tap,
  type VirtualDriver,
} from '../../src/speak/index.ts';
import { finish, pseudoHeader, sum } from '../../src/wire/checksum.ts';
import * as ethernet from '../../src/wire/ethernet.ts';
import { FramePool } from '../../src/wire/frame.ts';
import { type IpAddress, type Ipv6, parseAddress } from '../../src/wire/ip-address.ts';
import * as ipv4 from '../../src/wire/ipv4.ts';
import * as ipv6 from '../../src/wire/ipv6.ts';
import { virtualDriver } from '../network.ts';

export const VICTIM = ['10.0.0.2', 'fd00::2'] as const;
export const PEER = ['10.0.0.1', 'fd00::1'] as const;
export const THIEF: Uint8Array = Uint8Array.of(2, 0x66, 0x66, 0x66, 0x66, 0x66);

/** What a packet of the attacker's says of itself; what is not given is as it should be. */
export interface Forged {
  from: string;
  to: string;
  protocol: number;
  /** What follows the IP header, and for IPv4 what stands in it as options. */
  payload: Uint8Array;
  options?: Uint8Array;
  hops?: number;
  identification?: number;
  /** Flags and offset of IPv4. */
  fragment?: number;
  /** Where in the payload a checksum goes that covers it, and the pseudo-header's protocol when it is not `protocol`. */
  checksumAt?: number;
  pseudoProtocol?: number;
}

/** The three of them. */
export class NetworkAttacker {
  readonly driver: VirtualDriver = virtualDriver(7);
  readonly victim: Host;
  readonly peer: Host;
  /** Frames sent, and frames that the victim sent to a hardware address that is not the peer's, nor a group's. */
  written = 0;
  strayed = 0;
  /** Frames that the victim sent. */
  answered = 0;
  readonly ends: [StreamSocket, StreamSocket][] = [];
  readonly #line: PipePort;
  readonly #frames = new FramePool(8_192, 2_048);
  #said = 0;

  constructor(options: Partial<HostOptions> = {}, own: Partial<InterfaceOptions> = {}) {
    const { driver } = this;
    const [left, right] = pipe({ queueFrames: 16_384, queueOctets: 64 << 20 });
    const small = { driver, buffers: 4 << 20, frames: 256, largeFrames: 16 };
    this.peer = new Host({ name: 'peer', ...small });
    this.victim = new Host({ name: 'victim', ...small, ...options });
    this.#line = left;
    this.peer.plug(left, { address: PEER.map((address) => `${address}/${address.includes(':') ? 64 : 24}`) });
    const watched = tap(right, ({ view, start }, _now, direction) => {
      if (direction === 'in') return;
      this.answered++;
      const group = (view.getUint8(start) & 1) !== 0;
      if (!group && view.getUint32(start + 2) === 0x6666_6666) this.strayed++;
    });
    this.victim.plug(watched, { address: ['10.0.0.2/24', 'fd00::2/64'], ...own });
  }

  /** Runs the two honest programs, and what the attacker does between. */
  async run(attack: () => Promise<void>): Promise<void> {
    await this.driver.run(async () => {
      await this.driver.sleep(2_000_000);
      await this.#meet();
      await this.goesOn();
      await attack();
      await this.goesOn();
      await this.#part();
    });
  }

  /** Connections from the victim to the peer and back, by both versions. */
  async #meet(): Promise<void> {
    for (const [from, to, address] of [
      [this.victim, this.peer, PEER[1]],
      [this.peer, this.victim, VICTIM[1]],
      [this.victim, this.peer, `::ffff:${PEER[0]}`],
      [this.peer, this.victim, `::ffff:${VICTIM[0]}`],
    ] as const) {
      const listener = socket(to, AF_INET6, SOCK_STREAM);
      await listener.bind(['::', 0]);
      await listener.listen();
      const one = socket(from, AF_INET6, SOCK_STREAM);
      await one.connect([address, listener.getsockname()[1]]);
      const [other] = await listener.accept();
      this.ends.push([one, other]);
      listener.close();
    }
  }

  /** Everybody says 20,000 octets to his peer, who hears just them. */
  async goesOn(): Promise<void> {
    const salt = ++this.#said;
    const octets = Uint8Array.from({ length: 20_000 }, (_, i) => (i * 7 + salt) & 255);
    for (const [one, other] of this.ends)
      for (const [sender, receiver] of [
        [one, other],
        [other, one],
      ] as const) {
        const sending = sender.sendall(octets);
        for (let at = 0; at < octets.length; ) {
          const got = await receiver.recv(65_536);
          if (got.length === 0 || !got.every((octet, i) => octet === octets[at + i])) throw new Error('octets differ');
          at += got.length;
        }
        await sending;
      }
  }

  async #part(): Promise<void> {
    for (const pair of this.ends) for (const each of pair) each.close();
    await this.driver.sleep(1_000);
  }

  /** Lets the victim work off what was sent. */
  async settle(micros = 1_000): Promise<void> {
    this.driver.wake();
    await this.driver.sleep(micros);
  }

  /** Sends a frame of octets behind an Ethernet header, by default to the victim alone. */
  frame(type: number, octets: Uint8Array, to: Uint8Array = this.victim.interfaces[1]!.mac): void {
    const frame = this.#frames.take();
    if (frame === undefined) throw new Error('the attacker has no frames left: settle more often');
    const at = ethernet.emit(frame.view, frame.start, to, THIEF, type);
    frame.bytes.set(octets, at);
    frame.length = at + octets.length - frame.start;
    this.written++;
    this.#line.send(frame, this.driver.now);
  }

  /** Sends a packet. */
  packet(forged: Forged): void {
    const octets = packetOctets(forged);
    this.frame(forged.from.includes(':') ? ethernet.TYPE_IPV6 : ethernet.TYPE_IPV4, octets);
  }
}

/** The octets of a packet. */
export function packetOctets(forged: Forged): Uint8Array {
  const { from, to, protocol, payload, options = new Uint8Array(), hops = 64, checksumAt } = forged;
  const [source, destination] = [parseAddress(from), parseAddress(to)] as [IpAddress, IpAddress];
  const header = typeof source === 'number' ? ipv4.HEADER + options.length : ipv6.HEADER;
  const bytes = new Uint8Array(header + payload.length);
  const view = new DataView(bytes.buffer);
  bytes.set(payload, header);
  const { pseudoProtocol = protocol } = forged;
  if (checksumAt !== undefined) {
    const isIcmp = pseudoProtocol === ipv4.ICMP;
    const pseudo = isIcmp ? 0 : pseudoHeader(source, destination, pseudoProtocol, payload.length);
    view.setUint16(header + checksumAt, 0);
    view.setUint16(header + checksumAt, finish(sum(view, header, payload.length, pseudo)));
  }
  if (typeof source === 'number') {
    const { identification = 1, fragment = 0 } = forged;
    const length = options.length + payload.length;
    ipv4.emit(view, 0, source, destination as number, protocol, length, identification, fragment, hops);
    bytes.set(options, ipv4.HEADER);
    if (options.length > 0) ipv4.setOptions(view, 0, header);
  } else ipv6.emit(view, 0, source, destination as Ipv6, protocol, payload.length, hops);
  return bytes;
}
