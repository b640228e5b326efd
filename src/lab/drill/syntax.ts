/** What a script says, once parsed: options, and events in their order. Sizes in octets, times in microseconds, numbers as the script writes them. */
import type { Micros } from '../../core/time.ts';
import type { Place, Source } from './script-error.ts';

/** A script. */
export interface Script {
  readonly source: Source;
  readonly options: readonly OptionLine[];
  readonly events: readonly ScriptEvent[];
}

/** `--mss=1000`, or `-D NAME=VALUE`, whose name is `define`. */
export interface OptionLine {
  readonly place: Place;
  readonly name: string;
  readonly value: string;
}

/** When: since the beginning, since the event before, or at any time; `to` is the end of a range. */
export interface EventTime {
  readonly kind: 'absolute' | 'relative' | 'any';
  readonly from: Micros;
  readonly to: Micros | undefined;
}

/** Something that is done or expected at a time. */
export interface ScriptEvent {
  readonly place: Place;
  /** Its text, on one line. */
  readonly text: string;
  readonly time: EventTime;
  readonly action: PacketLine | CallLine | CodeLine | ShellLine;
}

/** A packet that the script sends (`in`: towards the host) or expects (`out`). */
export interface PacketLine {
  readonly kind: 'packet';
  readonly direction: 'in' | 'out';
  readonly ip: IpLine;
  /** Source and destination port, where the script names them. */
  readonly ports: readonly [number, number] | undefined;
  readonly body: TcpLine | UdpLine | IcmpLine | NothingLine;
}

/** What `[ect0]`, `[tos 0x2, ttl 3]` say of the IP header; undefined where nothing is said. */
export interface IpLine {
  /** The two ECN bits; `ect` is either of ECT(0) and ECT(1). */
  readonly ecn: 0 | 1 | 2 | 3 | 'ect' | undefined;
  readonly tos: number | undefined;
  /** The six bits of a Differentiated Services codepoint, above those of ECN. */
  readonly dscp: number | undefined;
  readonly ttl: number | undefined;
}

/** A TCP segment. */
export interface TcpLine {
  readonly kind: 'tcp';
  /** Nine control bits. */
  readonly flags: number;
  readonly range: Range;
  readonly ack: number | undefined;
  readonly window: number | undefined;
  readonly urgent: number | undefined;
  /** In their order; `any` for `<...>`; undefined when the line has none. */
  readonly options: readonly OptionSpec[] | 'any' | undefined;
}

/** `1:1001(1000)`; `1:1001(1000)!` has the numbers of the wire, and `...(1000)` any. */
export interface Range {
  readonly numbers: 'of the script' | 'of the wire' | 'any';
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

/** The TCP options that have a name in scripts; `other` is one that a packet has and scripts cannot name. */
export type OptionName = 'mss' | 'wscale' | 'sackOK' | 'sack' | 'TS' | 'nop' | 'eol' | 'FO' | 'FOEXP' | 'md5' | 'other';

/** A TCP option. `numbers` are its values in their order (`...` is undefined); `cookie` is that of FO and FOEXP, and the digest of md5. */
export interface OptionSpec {
  readonly name: OptionName;
  readonly numbers: readonly (number | undefined)[];
  /** The echo of a timestamp that is to go as it is: `ecr 5!`. */
  readonly isReal?: boolean;
  readonly cookie: Uint8Array | undefined;
}

/** A UDP datagram with `length` octets of payload. */
export interface UdpLine {
  readonly kind: 'udp';
  readonly length: number;
}

/** An ICMP message; `quoted` is the packet of the host's that it speaks of. */
export interface IcmpLine {
  readonly kind: 'icmp';
  /** Whose type, code and MTU it has: it is sent, or expected, as what the script is played on says the same. */
  readonly version: 4 | 6;
  readonly type: number;
  /** Whether type and code are written as numbers (`type_13`, `code_1`), which are those of what the script is played on. */
  readonly typeIsNumber: boolean;
  readonly code: number;
  readonly codeIsNumber: boolean;
  readonly mtu: number | undefined;
  /** The identifier of an echo. */
  readonly id: number | undefined;
  readonly quoted: { readonly protocol: 'tcp' | 'udp'; readonly from: number; readonly length: number } | undefined;
  /** Octets of the message with its header, where it quotes nothing. */
  readonly length: number | undefined;
}

/** `> nothing`: no packet stands unread at this time. */
export interface NothingLine {
  readonly kind: 'nothing';
}

/** A system call. */
export interface CallLine {
  readonly kind: 'call';
  readonly name: string;
  readonly arguments: readonly Expression[];
  /** When a blocking call returns: as `time` counts; undefined when it does not block. */
  readonly end: Micros | undefined;
  /** What it returns; undefined when that is not said. */
  readonly result: Expression | undefined;
  readonly errno: string | undefined;
}

/** A value in a call. */
export type Expression =
  | { readonly kind: 'any'; readonly place: Place }
  | { readonly kind: 'number'; readonly place: Place; readonly value: number }
  | { readonly kind: 'string'; readonly place: Place; readonly value: string }
  | { readonly kind: 'symbol'; readonly place: Place; readonly name: string }
  | { readonly kind: 'array'; readonly place: Place; readonly items: readonly Expression[] }
  | { readonly kind: 'struct'; readonly place: Place; readonly fields: readonly Field[] }
  | { readonly kind: 'function'; readonly place: Place; readonly name: string; readonly items: readonly Expression[] }
  | {
      readonly kind: 'binary';
      readonly place: Place;
      readonly sign: '|' | '<<';
      readonly left: Expression;
      readonly right: Expression;
    };

/** A field of a structure; `count` is what stands in parentheses behind its name, as in `msg_iov(1)=`. */
export interface Field {
  readonly name: string | undefined;
  readonly count: Expression | undefined;
  readonly value: Expression;
}

/** `%{ code }%`. */
export interface CodeLine {
  readonly kind: 'code';
  readonly text: string;
  /** Where the text begins. */
  readonly place: Place;
}

/** A backquoted command: read for its settings, never run. */
export interface ShellLine {
  readonly kind: 'shell';
  readonly text: string;
}
