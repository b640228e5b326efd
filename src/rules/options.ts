/** TCP options as data: kind, length, names, where they may stand. Read first: RFC 9293 §3.2; the IANA registry "TCP Option Kind Numbers". */

/** A kind of TCP option. */
export interface OptionKind {
  readonly kind: number;
  /** Octets with kind and length; undefined when it varies. */
  readonly length: number | undefined;
  /** Wireshark's name in its detail view. */
  readonly name: string;
  /** Only in segments with SYN. */
  readonly synOnly: boolean;
  /** One sentence, for people. */
  readonly meaning: string;
  readonly rfc: string;
}

/** The kinds that tcplab reads, by number. */
export const OPTION_KINDS: readonly OptionKind[] = [
  {
    kind: 0,
    length: 1,
    name: 'End of Option List',
    synOnly: false,
    meaning: 'no more options follow',
    rfc: 'RFC 9293 §3.2',
  },
  { kind: 1, length: 1, name: 'No-Operation', synOnly: false, meaning: 'one octet of padding', rfc: 'RFC 9293 §3.2' },
  {
    kind: 2,
    length: 4,
    name: 'Maximum segment size',
    synOnly: true,
    meaning: 'the largest segment its sender will take',
    rfc: 'RFC 9293 §3.7.1',
  },
  {
    kind: 3,
    length: 3,
    name: 'Window scale',
    synOnly: true,
    meaning: 'by how many bits the sender shifts its window field',
    rfc: 'RFC 7323 §2.2',
  },
  {
    kind: 4,
    length: 2,
    name: 'SACK permitted',
    synOnly: true,
    meaning: 'the sender understands selective acknowledgments',
    rfc: 'RFC 2018 §2',
  },
  {
    kind: 5,
    length: undefined,
    name: 'SACK',
    synOnly: false,
    meaning: 'which later octets have arrived already',
    rfc: 'RFC 2018 §3',
  },
  {
    kind: 8,
    length: 10,
    name: 'Timestamps',
    synOnly: false,
    meaning: "the sender's clock, and the echo of the other one's",
    rfc: 'RFC 7323 §3.2',
  },
];
