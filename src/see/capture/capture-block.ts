/** What stands in a capture between its packets: the header of a pcap or snoop file, and pcapng's blocks of every other type, as they are. */

/** The `type` of a pcap or snoop file's header, which pcapng does not number. */
export const CAPTURE_FILE_HEADER = -1;

/** A piece of a capture that is no packet. It is the reader's own and is filled again: to keep octets, copy them. */
export interface CaptureBlock {
  /** The pcapng block type, such as 4 for name resolution; `CAPTURE_FILE_HEADER` for a pcap or snoop file's header. */
  type: number;
  /** The byte order of its numbers. */
  littleEndian: boolean;
  /** Where it is, with its type and lengths: `length` octets at `at`. `bytes` and `view` cover the same memory. */
  bytes: Uint8Array;
  view: DataView;
  at: number;
  length: number;
}
