/**
 * A captured packet as readers hand it out and writers take it. One `Packet` is made once and filled again for each: to keep octets beyond the
 * next read, copy them.
 */

/** Link types (the LINKTYPE_ registry's numbers) that tcplab names. */
export const LINKTYPE = {
  NULL: 0,
  ETHERNET: 1,
  PPP: 9,
  RAW_BSD: 12,
  RAW_OPENBSD: 14,
  PPP_HDLC: 50,
  RAW: 101,
  C_HDLC: 104,
  IEEE802_11: 105,
  LOOP: 108,
  LINUX_SLL: 113,
  IEEE802_11_RADIOTAP: 127,
  IPV4: 228,
  IPV6: 229,
  NFLOG: 239,
  LINUX_SLL2: 276,
} as const;

/** What a capture says of the interface that a packet came from. One object for all packets of an interface. */
export interface PacketOrigin {
  /** Its name, such as `eth0`; empty when the capture does not say. */
  readonly interfaceName: string;
  /** What it is called besides; undefined: nothing. */
  readonly interfaceDescription?: string | undefined;
  /** The section of the capture that it is in, from 1; undefined when the capture has none. */
  readonly section?: number | undefined;
  /** Which of the interfaces of that section it is, from 0. */
  readonly numberInSection?: number | undefined;
  /** Digits behind the decimal point that its times can need, 0 to 9; undefined: as many as those of the whole capture. */
  readonly timeDigits?: number | undefined;
}

/** One packet of a capture. */
export interface Packet {
  /** 1 for the first packet of the capture: Wireshark's frame.number. */
  number: number;
  /** Whether it has a time: a pcapng Simple Packet has none. */
  hasTime: boolean;
  /** When, since the Unix epoch: whole seconds, and nanoseconds below one second. Both are 0 where there is no time. */
  seconds: number;
  nanoseconds: number;
  /** Where the octets are: `capturedLength` of them at `at`. `bytes` and `view` cover the same memory. */
  bytes: Uint8Array;
  view: DataView;
  at: number;
  capturedLength: number;
  /** Octets the packet had on the wire. */
  originalLength: number;
  /** The LINKTYPE of the interface it came from. */
  linkType: number;
  /** Index of that interface in the capture, 0 for classic pcap. */
  interfaceId: number;
  /** Octets of a frame check sequence at its end, as the capture tells of the interface; 0 where it tells of none. */
  fcsLength: number;
  /** What its capture says of that interface; undefined where it knows none, as classic pcap and snoop. */
  origin: PacketOrigin | undefined;
  /** The record of its file that it came in, header, options and all: `recordLength` octets at `recordAt` of `bytes`. 0 octets when it came from no file. */
  recordAt: number;
  recordLength: number;
}

/** An empty packet to be filled. */
export function makePacket(): Packet {
  const bytes = new Uint8Array(0);
  return {
    number: 0,
    hasTime: true,
    seconds: 0,
    nanoseconds: 0,
    bytes,
    view: new DataView(bytes.buffer),
    at: 0,
    capturedLength: 0,
    originalLength: 0,
    linkType: LINKTYPE.ETHERNET,
    interfaceId: 0,
    fcsLength: 0,
    origin: undefined,
    recordAt: 0,
    recordLength: 0,
  };
}
