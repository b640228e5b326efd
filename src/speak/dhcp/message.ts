/** DHCP messages: octets to fields and back. Read first: RFC 2131 §2, RFC 2132 §3-9. Not here: who says what when (client.ts). */
import type { Ipv4 } from '../../wire/address.ts';
import { COOKIE, HEADER, OPTION } from '../../wire/dhcp.ts';

/** Message types (option 53). */
export const DISCOVER = 1;
export const OFFER = 2;
export const REQUEST = 3;
export const DECLINE = 4;
export const ACK = 5;
export const NAK = 6;
export const RELEASE = 7;

/** The least octets that a message has: what BOOTP clients sent. */
const LEAST = 300;

/** The most addresses taken from one option. */
const MOST_ADDRESSES = 4;

/** What a client says. */
export interface ClientMessage {
  type: number;
  /** Of this exchange, int32. */
  transaction: number;
  mac: Uint8Array;
  /** Seconds since it began to ask, 0 to 65,535. */
  seconds: number;
  /** Its address, where it may answer for it already. */
  address?: Ipv4 | undefined;
  /** The address that it would have, and the server that offered it. */
  requested?: Ipv4 | undefined;
  server?: Ipv4 | undefined;
}

/** What a server says. */
export interface ServerMessage {
  readonly type: number;
  readonly transaction: number;
  readonly address: Ipv4;
  readonly server: Ipv4;
  /** Length of the network's prefix; 32 when the server did not say. */
  readonly prefix: number;
  readonly routers: readonly Ipv4[];
  readonly nameServers: readonly Ipv4[];
  /** Seconds; 0xffffffff for ever. `renewal` and `rebinding`: undefined when the server leaves them to us. */
  readonly lease: number;
  readonly renewal: number | undefined;
  readonly rebinding: number | undefined;
}

/** The octets of a client's message. It asks for answers to everybody where it has no address to be answered at. */
export function writeMessage(message: ClientMessage): Uint8Array {
  const bytes = new Uint8Array(LEAST);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x0101_0600);
  view.setInt32(4, message.transaction);
  view.setUint16(8, Math.min(message.seconds, 0xffff));
  view.setUint16(10, message.address === undefined ? 0x8000 : 0);
  view.setInt32(12, message.address ?? 0);
  bytes.set(message.mac, 28);
  view.setUint32(HEADER, COOKIE);
  let at = HEADER + 4;
  const option = (kind: number, ...octets: number[]): void => {
    bytes.set([kind, octets.length, ...octets], at);
    at += 2 + octets.length;
  };
  option(OPTION.MESSAGE_TYPE, message.type);
  option(OPTION.CLIENT_IDENTIFIER, 1, ...message.mac);
  if (message.requested !== undefined) option(OPTION.REQUESTED, ...quad(message.requested));
  if (message.server !== undefined) option(OPTION.SERVER, ...quad(message.server));
  if (message.type === DISCOVER || message.type === REQUEST)
    option(
      OPTION.PARAMETERS,
      OPTION.MASK,
      OPTION.ROUTERS,
      OPTION.NAME_SERVERS,
      OPTION.LEASE,
      OPTION.RENEWAL,
      OPTION.REBINDING,
    );
  bytes[at] = OPTION.END;
  return bytes;
}

const quad = (address: Ipv4): number[] => [
  address >>> 24,
  (address >>> 16) & 255,
  (address >>> 8) & 255,
  address & 255,
];

/** A server's message to the client with that hardware address; undefined when it is none, or does not hold together. */
export function readMessage(bytes: Uint8Array, mac: Uint8Array): ServerMessage | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < HEADER + 4 || view.getUint8(0) !== 2 || view.getUint32(HEADER) !== COOKIE) return undefined;
  for (let i = 0; i < 6; i++) if (bytes[28 + i] !== mac[i]) return undefined;
  const options = readOptions(bytes);
  if (options === undefined) return undefined;
  const number = (kind: number): number | undefined => {
    const found = options.get(kind);
    return found?.length === 4 ? new DataView(found.buffer, found.byteOffset).getUint32(0) : undefined;
  };
  const addresses = (kind: number): Ipv4[] => {
    const found = options.get(kind) ?? new Uint8Array();
    const inside = new DataView(found.buffer, found.byteOffset, found.length);
    const count = Math.min(MOST_ADDRESSES, found.length >> 2);
    return Array.from({ length: count }, (_, i) => inside.getInt32(4 * i));
  };
  const type = options.get(OPTION.MESSAGE_TYPE);
  const server = number(OPTION.SERVER);
  if (type?.length !== 1 || server === undefined) return undefined;
  return {
    type: type[0]!,
    transaction: view.getInt32(4),
    address: view.getInt32(16),
    server: server | 0,
    prefix: prefixOf(number(OPTION.MASK)),
    routers: addresses(OPTION.ROUTERS),
    nameServers: addresses(OPTION.NAME_SERVERS),
    lease: number(OPTION.LEASE) ?? 0,
    renewal: number(OPTION.RENEWAL),
    rebinding: number(OPTION.REBINDING),
  };
}

/** Options by their number, those that come several times one behind the other (RFC 3396); undefined when one is cut. */
function readOptions(bytes: Uint8Array): Map<number, Uint8Array> | undefined {
  const options = new Map<number, Uint8Array>();
  for (let at = HEADER + 4; at < bytes.length; ) {
    const kind = bytes[at]!;
    if (kind === OPTION.END) return options;
    if (kind === OPTION.PAD) {
      at++;
      continue;
    }
    const length = bytes[at + 1];
    if (length === undefined || at + 2 + length > bytes.length) return undefined;
    const before = options.get(kind) ?? new Uint8Array();
    const both = new Uint8Array(before.length + length);
    both.set(before);
    both.set(bytes.subarray(at + 2, at + 2 + length), before.length);
    options.set(kind, both);
    at += 2 + length;
  }
  return options;
}

/** The length of a mask that is one: ones before zeros; 32 for any other. */
function prefixOf(mask: number | undefined): number {
  if (mask === undefined) return 32;
  const length = Math.clz32(~mask);
  return (length === 0 ? 0 : (-1 << (32 - length)) >>> 0) === mask ? length : 32;
}
