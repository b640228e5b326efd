/** What a capture filter says, before anything is known about link types: the parser's result. */
import type { Place } from '../filter-error.ts';

/** Protocols that qualify something, and stand alone. */
export const PROTOCOL_WORDS = [
  'ether',
  'link',
  'ip',
  'ip6',
  'arp',
  'rarp',
  'tcp',
  'udp',
  'sctp',
  'icmp',
  'icmp6',
  'igmp',
  'pim',
  'vrrp',
  'ah',
  'esp',
] as const;
export type ProtocolWord = (typeof PROTOCOL_WORDS)[number];

/** Which of both ends is meant. */
export type Direction = 'src' | 'dst' | 'src or dst' | 'src and dst';

/** What an identifier is. */
export type Kind = 'host' | 'net' | 'port' | 'portrange' | 'proto';

/** What stands before an identifier. */
export interface Qualifiers {
  readonly protocol: ProtocolWord | undefined;
  readonly direction: Direction | undefined;
  readonly kind: Kind | undefined;
}

/** What is named: a number, `10.1`, `10.1.0.0/16`, `10.1.0.0 mask 255.255.0.0`, `fe80::1/64`, `02:00:00:00:00:01`, a name, a range of ports. */
export type Identifier = Place &
  (
    | { readonly type: 'number'; readonly value: number }
    | {
        readonly type: 'ipv4';
        readonly text: string;
        readonly prefix: number | undefined;
        readonly mask: string | undefined;
      }
    | { readonly type: 'ipv6'; readonly value: Uint8Array; readonly prefix: number | undefined }
    | { readonly type: 'mac'; readonly value: Uint8Array }
    | { readonly type: 'name'; readonly text: string }
    | { readonly type: 'range'; readonly low: string; readonly high: string }
  );

/** Something to calculate with. */
export type Arithmetic = Place &
  (
    | { readonly kind: 'number'; readonly value: number }
    | { readonly kind: 'len' }
    | { readonly kind: 'load'; readonly protocol: ProtocolWord; readonly index: Arithmetic; readonly size: 1 | 2 | 4 }
    | { readonly kind: 'binary'; readonly operator: string; readonly left: Arithmetic; readonly right: Arithmetic }
    | { readonly kind: 'minus'; readonly of: Arithmetic }
  );

/** Headers that move all that follows. */
export type Encapsulation = 'vlan' | 'mpls' | 'pppoed' | 'pppoes';

/** A node of the syntax tree. */
export type CaptureNode = Place &
  (
    | { readonly kind: 'and' | 'or'; readonly left: CaptureNode; readonly right: CaptureNode }
    | { readonly kind: 'not'; readonly of: CaptureNode }
    | { readonly kind: 'primitive'; readonly qualifiers: Qualifiers; readonly identifier: Identifier }
    | { readonly kind: 'protocol'; readonly protocol: ProtocolWord }
    | {
        readonly kind: 'cast';
        readonly protocol: ProtocolWord | undefined;
        readonly cast: 'broadcast' | 'multicast';
      }
    | { readonly kind: 'length'; readonly relation: 'less' | 'greater'; readonly octets: number }
    | { readonly kind: 'encapsulation'; readonly header: Encapsulation; readonly number: number | undefined }
    | { readonly kind: 'passage'; readonly way: 'inbound' | 'outbound' }
    | { readonly kind: 'relation'; readonly relation: string; readonly left: Arithmetic; readonly right: Arithmetic }
  );
