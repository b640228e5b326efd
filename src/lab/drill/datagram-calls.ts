/** What the calls of scripts do with a socket of datagrams: whom they send to, and what is compared of a datagram that came. */
import { MSG_TRUNC } from '../../speak/socket/bsd.ts';
import { type Arguments, bounded, isNull } from './arguments.ts';
import type { DatagramEntry, Desk } from './desk.ts';
import { addressFor, otherAddress } from './socket-names.ts';
import type { CallResult } from './stage.ts';
import type { Expression } from './syntax.ts';

/** No datagram has more octets. */
const LONGEST_DATAGRAM = 65_535;

/** What a script says of a datagram that it reads, beside its length; undefined where it leaves that open. */
export interface SaidOfDatagram {
  /** Who sent it. */
  readonly name: Expression | undefined;
  /** What `recvmsg` answers in `msg_flags`. */
  readonly flags: Expression | undefined;
}

export const NOTHING_SAID: SaidOfDatagram = { name: undefined, flags: undefined };

/** Sends a datagram to the address that is written; without one, or with NULL, to the end that is connected to. Where it is left open, the script's peer is meant. */
export function sendDatagram(
  entry: DatagramEntry,
  values: Arguments,
  desk: Desk,
  octets: Uint8Array,
  to: Expression | undefined,
): Promise<number> {
  if (to === undefined || isNull(to) || (to.kind === 'any' && isConnected(entry))) return entry.socket.send(octets);
  return entry.socket.sendto(octets, addressFor(entry, values.addressOf(to, ...desk.remote)));
}

function isConnected({ socket: datagrams }: DatagramEntry): boolean {
  try {
    datagrams.getpeername();
    return true;
  } catch {
    return false;
  }
}

/** Reads a datagram. With MSG_TRUNC its whole length is told. */
export async function receiveDatagram(
  { socket: datagrams }: DatagramEntry,
  values: Arguments,
  count: number,
  flags: number,
  { name, flags: saidFlags }: SaidOfDatagram,
): Promise<CallResult> {
  const tellsLength = (flags & MSG_TRUNC) !== 0;
  const message = await datagrams.recvmsg(tellsLength ? LONGEST_DATAGRAM : bounded(count), flags & ~MSG_TRUNC);
  const { length } = message.octets;
  const told = tellsLength && length > count ? MSG_TRUNC : message.flags;
  const different: string[] = [];
  const sender = isNull(name) ? undefined : otherAddress(values, name, message.address);
  if (sender !== undefined) different.push(sender);
  if (saidFlags !== undefined && values.valueOf(saidFlags) !== told)
    different.push(`msg_flags=${told === 0 ? 0 : 'MSG_TRUNC'}`);
  return { value: length, errno: undefined, different: different.length === 0 ? undefined : different.join(', ') };
}
