/**
 * An interface of the machine that is there already (one end of a veth pair, a network card) as a link of ours, by Linux's packet socket: every frame that comes in by it is read, and frames go out by it. The machine's own stack
 * sees the frames, too, so ours has to have an address of its own there. What TUN is to who may not have it: in a network namespace that one has made oneself (`unshare -Urn`) no rights are needed. Read first: packet(7).
 */
import { errorName } from '../ffi.ts';
import {
  AF_PACKET,
  ETH_P_ALL,
  PACKET_ADD_MEMBERSHIP,
  PACKET_IGNORE_OUTGOING,
  PACKET_MR_PROMISC,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOL_PACKET,
  SOL_SOCKET,
} from '../packet-numbers.ts';
import { type Calls, check, interfaceState } from './calls.ts';
import { noPacketRights, noSuchInterface } from './refusal.ts';

const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const PACKET_VNET_HDR = 15;

/** Octets that may wait in each direction. */
const BUFFER: number = 16 << 20;

/** @throws TcplabError `EACCES` without the rights, `TCPLAB_NO_INTERFACE` */
export function openPacket(calls: Calls, name: string): { descriptor: number; mtu: number } {
  const state = interfaceState(calls, name);
  if (state === undefined) throw noSuchInterface(name);
  const { socket, setsockopt, bind, close, ffi } = calls;
  // Protocol 0: nothing arrives before all is set.
  const descriptor = Number(socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (descriptor < 0) throw noPacketRights(name, errorName(ffi.errno()));
  const set = (level: number, option: number, ...values: number[]): number =>
    Number(setsockopt(descriptor, level, option, Int32Array.from(values), values.length * 4));
  try {
    check(calls, set(SOL_PACKET, PACKET_VNET_HDR, 1), 'PACKET_VNET_HDR');
    // What this machine's own stack sends by the interface is not for us.
    check(calls, set(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1), 'PACKET_IGNORE_OUTGOING');
    // Our hardware address is not the interface's own.
    check(calls, set(SOL_PACKET, PACKET_ADD_MEMBERSHIP, state.index, PACKET_MR_PROMISC, 0, 0), 'PACKET_MR_PROMISC');
    // Beyond the limit for everybody where that is allowed.
    if (set(SOL_SOCKET, SO_RCVBUFFORCE, BUFFER) < 0) set(SOL_SOCKET, SO_RCVBUF, BUFFER);
    if (set(SOL_SOCKET, SO_SNDBUFFORCE, BUFFER) < 0) set(SOL_SOCKET, SO_SNDBUF, BUFFER);
    const address = Buffer.alloc(20);
    address.writeUInt16LE(AF_PACKET, 0);
    address.writeUInt16BE(ETH_P_ALL, 2);
    address.writeInt32LE(state.index, 4);
    check(calls, bind(descriptor, address, address.length), `bind to ${name}`);
  } catch (error) {
    close(descriptor);
    throw error;
  }
  return { descriptor, mtu: state.mtu };
}
