/** What a capture filter says, before anything is known about link types: the parser's result. */
import type { Place } from '../filter-error.ts';

/** Protocols that qualify something, and stand alone. */
export const PROTOCOL_WORDS = [
  'ether',
  'link',
  'radio',
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
  'carp',
  'igrp',
  'ah',
  'esp',
  'atalk',
  'aarp',
  'decnet',
  'lat',
  'mopdl',
  'moprc',
  'sca',
  'stp',
  'ipx',
  'netbeui',
  'iso',
  'clnp',
  'esis',
  'isis',
  'l1',
  'l2',
  'iih',
  'lsp',
  'snp',
  'csnp',
  'psnp',
] as const;
export type ProtocolWord = (typeof PROTOCOL_WORDS)[number];

/** Other words for the link layer, whichever it is. */
export const LINK_WORDS: ReadonlySet<string> = new Set(['fddi', 'tr', 'wlan', 'ppp', 'slip']);

/** Which of both ends is meant. */
export type EndDirection = 'src' | 'dst' | 'src or dst' | 'src and dst';
/** The same, or an address of IEEE 802.11: who receives or sends a frame over the air, or by its place. */
export type Direction = EndDirection | WlanDirection;

/** Whether a direction is one of an end, or none is given: all link layers have those. */
export const isOfEnd = (direction: Direction | undefined): direction is EndDirection | undefined =>
  direction === undefined ||
  direction === 'src' ||
  direction === 'dst' ||
  direction === 'src or dst' ||
  direction === 'src and dst';
export const WLAN_DIRECTION_WORDS = ['ra', 'ta', 'addr1', 'addr2', 'addr3', 'addr4'] as const;
export type WlanDirection = (typeof WLAN_DIRECTION_WORDS)[number];

/** What an identifier is. */
export type Kind = 'host' | 'net' | 'port' | 'portrange' | 'proto' | 'protochain';

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
export type Encapsulation = 'vlan' | 'mpls' | 'pppoed' | 'pppoes' | 'geneve';

/** Formats of LLC: information, supervisory, unnumbered, and commands and responses of these. */
export const LLC_FORMATS = [
  'i',
  's',
  'u',
  'rr',
  'rnr',
  'rej',
  'ui',
  'ua',
  'disc',
  'sabme',
  'test',
  'xid',
  'frmr',
] as const;
export type LlcFormat = (typeof LLC_FORMATS)[number];

/** What is asked of frame control of IEEE 802.11, and the bits that its octets then have. */
export type WlanNode = Place & {
  readonly kind: 'wlan';
  readonly asked: 'type' | 'subtype' | 'dir';
  readonly value: number;
};

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
    | { readonly kind: 'interface'; readonly number: number }
    | { readonly kind: 'llc'; readonly format: LlcFormat | undefined }
    | WlanNode
    | { readonly kind: 'relation'; readonly relation: string; readonly left: Arithmetic; readonly right: Arithmetic }
  );
