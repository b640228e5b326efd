/**
 * What a capture says of an interface that packets came from: an Interface Description Block of a pcapng file, or the one
 * interface that a classic pcap file's header describes.
 */

/** An interface of a capture. */
export interface CaptureInterface {
  /** The LINKTYPE_ number: what a packet's octets begin with. */
  readonly linkType: number;
  /** Octets kept of each packet at most; 0 when there was no limit. */
  readonly snaplen: number;
  /**
   * The resolution of its times, as pcapng's if_tsresol: with the top bit clear, 10 to the minus this many seconds (6 is a
   * microsecond, 9 a nanosecond); with it set, 2 to the minus the other seven bits.
   */
  readonly tsresol: number;
  /** Seconds to be added to its times (pcapng's if_tsoffset); the times of packets handed out have it in them. */
  readonly tsoffset: number;
  /** Its name where it was captured, such as `eth0`; empty when the file does not say. */
  readonly name: string;
  /** What it is called besides, such as `Loopback`; undefined when the file does not say. */
  readonly description?: string | undefined;
  /** Octets of Ethernet frame check sequence that each packet ends with; 0 when there are none or the file does not say. */
  readonly fcsLength: number;
}

/** Digits that times are shown with, and how many units a second has at the least for them, as Wireshark has it. */
const DIGITS: readonly (readonly [digits: number, units: number])[] = [
  [9, 1e9],
  [6, 1e6],
  [3, 1e3],
  [2, 100],
  [1, 10],
];

/** How many digits behind the decimal point times of this if_tsresol are shown with: 0, 1, 2, 3, 6 or 9. */
export function timeDigits(tsresol: number): number {
  const exponent = tsresol & 0x7f;
  const units = (tsresol & 0x80) === 0 ? 10 ** exponent : 2 ** exponent;
  return DIGITS.find(([, least]) => units >= least)?.[0] ?? 0;
}
