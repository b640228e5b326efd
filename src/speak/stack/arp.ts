/**
 * ARP: asks who has an IPv4 address, answers who asks for ours, and defends it against others who use it. Not here: what is remembered (neighbours.ts). Read first: RFC 826 ("Packet
 * Reception"); RFC 5227 §2.1 (probing), §2.3 (announcing), §2.4 (conflicts).
 */
import { type Micros, NEVER, SECOND } from '../../core/time.ts';
import type { Ipv4 } from '../../wire/address.ts';
import * as arp from '../../wire/arp.ts';
import * as ethernet from '../../wire/ethernet.ts';
import { type Frame, HEADROOM } from '../../wire/frame.ts';
import type { HostCounters } from './counters.ts';
import type { Interface } from './interface.ts';
import { macAt, type Neighbours, sameMac } from './neighbours.ts';

const UNKNOWN = new Uint8Array(6);
const EVERYBODY = new Uint8Array(6).fill(0xff);

/** RFC 5227 §1.1: how often and how far apart an address is probed for before it is used, how long an answer is waited for then, and how long after defending an address it is defended again. */
const PROBES = 3;
const PROBE_INTERVAL: Micros = 1 * SECOND;
const ANNOUNCE_WAIT: Micros = 2 * SECOND;
const DEFEND_INTERVAL: Micros = 10 * SECOND;

interface Probing {
  readonly address: Ipv4;
  left: number;
  next: Micros;
  readonly done: (free: boolean) => void;
}

/** The ARP of one interface. */
export class Arp {
  readonly #interface: Interface;
  readonly #neighbours: Neighbours;
  readonly #counters: HostCounters;
  readonly #takeFrame: () => Frame | undefined;
  #defended: Micros = -DEFEND_INTERVAL;
  #probing: Probing | undefined = undefined;

  constructor(iface: Interface, neighbours: Neighbours, counters: HostCounters, takeFrame: () => Frame | undefined) {
    this.#interface = iface;
    this.#neighbours = neighbours;
    this.#counters = counters;
    this.#takeFrame = takeFrame;
  }

  /** A packet at `at` has arrived. RFC 826: what it says of somebody we know is taken up; a question for us is answered. */
  arrives(view: DataView, at: number, end: number, now: Micros): void {
    if (
      arp.locate(view, at, end) < 0 ||
      arp.hardwareType(view, at) !== 1 ||
      arp.protocolType(view, at) !== ethernet.TYPE_IPV4 ||
      // A group has no address of its own.
      (view.getUint8(arp.senderHardwareAt(at)) & 1) !== 0
    ) {
      this.#counters.arpMalformed++;
      return;
    }
    const iface = this.#interface;
    const sender = arp.senderProtocol(view, at);
    const mac = macAt(view, arp.senderHardwareAt(at));
    const foreign = !sameMac(mac, iface.mac);
    if (foreign && this.#probing !== undefined && this.#contradicts(this.#probing.address, view, at))
      this.#probed(false);
    if (iface.address === 0) return;
    if (sender === iface.address) {
      if (foreign) this.#defend(now);
      return;
    }
    const forUs = arp.targetProtocol(view, at) === iface.address;
    // Nobody's address and those of other networks are not remembered.
    if (sender !== 0 && iface.isOnLink(sender) && !iface.isBroadcast(sender))
      this.#neighbours.learn(sender, mac, forUs, true, now);
    if (forUs && arp.operation(view, at) === arp.REQUEST) this.#emit(arp.REPLY, mac, iface.address, mac, sender, now);
  }

  /** Asks who has `address`: everybody, or the one who had it last. */
  ask(address: Ipv4, known: Uint8Array | undefined, now: Micros): void {
    this.#emit(arp.REQUEST, known ?? EVERYBODY, this.#interface.address, UNKNOWN, address, now);
  }

  /** Tells everybody that we have our address (RFC 5227 §2.3). */
  announce(now: Micros): void {
    const { address } = this.#interface;
    if (address !== 0) this.#emit(arp.REQUEST, EVERYBODY, address, UNKNOWN, address, now);
  }

  /** Finds out whether nobody uses `address` (RFC 5227 §2.1), and tells `done`. Another probe that is under way ends. */
  probe(address: Ipv4, now: Micros, done: (free: boolean) => void): void {
    this.#probing = { address, left: PROBES, next: now, done };
    this.timeout(now);
  }

  /** When a probe is due. */
  nextTimeout(): Micros {
    return this.#probing?.next ?? NEVER;
  }

  timeout(now: Micros): boolean {
    const probing = this.#probing;
    if (probing === undefined || probing.next > now) return false;
    if (probing.left === 0) this.#probed(true);
    else {
      probing.left--;
      probing.next = now + (probing.left === 0 ? ANNOUNCE_WAIT : PROBE_INTERVAL);
      this.#emit(arp.REQUEST, EVERYBODY, 0, UNKNOWN, probing.address, now);
    }
    return true;
  }

  /** Whether a packet shows that another has, or is about to take, the address that is probed for. */
  #contradicts(address: Ipv4, view: DataView, at: number): boolean {
    const sender = arp.senderProtocol(view, at);
    return sender === address || (sender === 0 && arp.targetProtocol(view, at) === address);
  }

  #probed(free: boolean): void {
    const done = this.#probing?.done;
    this.#probing = undefined;
    done?.(free);
  }

  /** Somebody else uses our address. It stays ours: we say so, but not for ever in turn (RFC 5227 §2.4 (c)). */
  #defend(now: Micros): void {
    this.#counters.arpConflicts++;
    if (now - this.#defended < DEFEND_INTERVAL) return;
    this.#defended = now;
    this.announce(now);
  }

  #emit(operation: number, to: Uint8Array, sender: Ipv4, targetHardware: Uint8Array, target: Ipv4, now: Micros): void {
    const frame = this.#takeFrame();
    if (frame === undefined) {
      this.#counters.ipNoFrame++;
      return;
    }
    const { mac } = this.#interface;
    const at = ethernet.emit(frame.view, HEADROOM, to, mac, ethernet.TYPE_ARP);
    frame.start = HEADROOM;
    frame.length = arp.emit(frame.view, at, operation, mac, sender, targetHardware, target) - HEADROOM;
    this.#interface.put(frame, now);
  }
}
