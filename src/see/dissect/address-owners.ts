/**
 * Which hardware address an IPv4 address belongs to, as ARP tells, and where two claim one: arp.duplicate-address-frame. The first that claims an address is taken for its owner.
 * Read first: RFC 826; RFC 5227 §2.4.
 */
import * as arp from '../../wire/arp.ts';
import { isEthernetIpv4Arp, isGratuitous } from './arp-message.ts';
import { type Dissection, NO_DUPLICATES, viewOf } from './dissection.ts';

/** Addresses that are kept; the oldest makes room. */
const MOST = 16_384;

/** ff:ff:ff:ff:ff:ff */
const EVERYBODY = 2 ** 48 - 1;

/** Who had an address last: its hardware address, and where that was seen. */
interface Owner {
  /** 48 bits. */
  readonly hardware: number;
  frame: number;
  /** Whole seconds of that frame's time. */
  seconds: number;
}

/** An address that a frame claims, or answers, for another than its owner. */
export interface DuplicateAddress {
  /** int32 */
  readonly address: number;
  /** Hardware addresses of 48 bits: whom it is claimed for, and whose it is. */
  readonly hardware: number;
  readonly owner: number;
  /** The owner's last frame, and how many whole seconds ago that was. */
  readonly frame: number;
  readonly seconds: number;
}

/** The owners of the addresses of a capture. */
export class AddressOwners {
  readonly #owners = new Map<number, Owner>();

  /** Takes what an ARP layer claims. @returns the addresses that another owns, the sender's before the target's */
  take(dissection: Dissection, layer: number): readonly DuplicateAddress[] {
    if (!isEthernetIpv4Arp(dissection, layer)) return NO_DUPLICATES;
    const view = viewOf(dissection, layer);
    const at = dissection.starts[layer]!;
    const operation = arp.operation(view, at);
    if (operation !== arp.REQUEST && operation !== arp.REPLY) return NO_DUPLICATES;
    const sender = this.#claim(dissection, arp.senderProtocol(view, at), view, arp.senderHardwareAt(at));
    // Who asks does not know the target, and who tells of itself has none.
    const hasTarget = operation === arp.REPLY && !isGratuitous(view, at);
    const target = hasTarget
      ? this.#claim(dissection, arp.targetProtocol(view, at), view, arp.targetHardwareAt(at))
      : undefined;
    if (sender === undefined) return target === undefined ? NO_DUPLICATES : [target];
    return target === undefined ? [sender] : [sender, target];
  }

  #claim({ packet }: Dissection, address: number, view: DataView, hardwareAt: number): DuplicateAddress | undefined {
    const hardware = view.getUint16(hardwareAt) * 2 ** 32 + view.getUint32(hardwareAt + 2);
    // Who has no address yet claims none, and neither nobody nor everybody owns one.
    if (address === 0 || hardware === 0 || hardware === EVERYBODY) return undefined;
    const owner = this.#owners.get(address);
    if (owner !== undefined && owner.hardware !== hardware)
      return { address, hardware, owner: owner.hardware, frame: owner.frame, seconds: packet.seconds - owner.seconds };
    if (owner !== undefined) {
      owner.frame = packet.number;
      owner.seconds = packet.seconds;
      return undefined;
    }
    if (this.#owners.size === MOST)
      for (const oldest of this.#owners.keys()) {
        this.#owners.delete(oldest);
        break;
      }
    this.#owners.set(address, { hardware, frame: packet.number, seconds: packet.seconds });
    return undefined;
  }
}
