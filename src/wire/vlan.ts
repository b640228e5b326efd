/** VLAN tags behind an EtherType: IEEE 802.1Q customer tags and IEEE 802.1ad service tags, which look the same. Read first: IEEE 802.1Q-2018 §9.6. */
import { TOO_SHORT } from './problem.ts';

/** Octets of a tag behind its EtherType: control information, and the EtherType of what it carries. */
export const HEADER = 4;

/** EtherTypes of tags. */
export const TYPE_CUSTOMER = 0x8100;
export const TYPE_SERVICE = 0x88a8;
/** What some switches used for a second tag before 802.1ad. */
export const TYPE_OLD_SERVICE = 0x9100;

/** Where the payload begins, or a negative Problem. */
export const locate = (_view: DataView, at: number, end: number): number =>
  end - at < HEADER ? TOO_SHORT : at + HEADER;

export const priority = (view: DataView, at: number): number => view.getUint8(at) >>> 5;
/** Drop eligible indicator, once the canonical format indicator. */
export const dropEligible = (view: DataView, at: number): boolean => (view.getUint8(at) & 0x10) !== 0;
export const identifier = (view: DataView, at: number): number => view.getUint16(at) & 0xfff;
/** An EtherType, or below 1536 a length. */
export const type = (view: DataView, at: number): number => view.getUint16(at + 2);

/** Whether a service tag, of which the EtherType is there, has a second one behind it: the two go together, the provider's and the customer's. */
export const isDouble = (view: DataView, at: number): boolean => type(view, at) === TYPE_SERVICE;

/** Where the payload of a service tag, or of two, begins, or a negative Problem. */
export function locateService(view: DataView, at: number, end: number): number {
  if (end - at < HEADER) return TOO_SHORT;
  const payload = isDouble(view, at) ? at + 2 * HEADER : at + HEADER;
  return payload > end ? TOO_SHORT : payload;
}

/** The EtherType behind a service tag, or behind two. */
export const serviceType = (view: DataView, at: number): number => type(view, isDouble(view, at) ? at + HEADER : at);
