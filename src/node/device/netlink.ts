/**
 * Links, addresses and routes of the machine, asked of the kernel by rtnetlink: no `ip` command is needed. Every request is answered before the call returns. Changes need the right CAP_NET_ADMIN in the process's own
 * network namespace. Not here: which changes a device needs (configure.ts). Read first: RFC 3549, rtnetlink(7).
 */
import { isIPv4, isIPv6 } from 'node:net';
import { TcplabError } from '../../core/errors.ts';
import { errorName } from '../ffi.ts';
import { type Calls, check } from './calls.ts';

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const AF_INET = 2;
const AF_INET6 = 10;

const NLM_F_REQUEST = 1;
const NLM_F_ACK = 4;
const NLM_F_DUMP = 0x300;
const NLM_F_EXCL = 0x200;
const NLM_F_CREATE = 0x400;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
/** What the kernel puts into one answer at the most. */
const LONGEST_ANSWER = 32_768;
const HEADER = 16;

const RTM_NEWLINK = 16;
const RTM_NEWADDR = 20;
const RTM_GETADDR = 22;
const RTM_NEWROUTE = 24;

const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_TXQLEN = 13;
const IFLA_LINKINFO = 18;
const IFLA_NET_NS_PID = 19;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const VETH_INFO_PEER = 1;
const IFF_UP = 1;

const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
/** No duplicate address detection: the other end of the device is this program. */
const IFA_F_NODAD = 2;

const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RT_TABLE_MAIN = 254;
const RTPROT_BOOT = 3;
const RT_SCOPE_UNIVERSE = 0;
const RT_SCOPE_LINK = 253;
const RTN_UNICAST = 1;

/** What a link is to become. */
export interface LinkChange {
  up?: boolean;
  mtu?: number;
  /** Packets that may wait to be sent. */
  queue?: number;
}

/** An address or network, in octets. */
export interface Prefix {
  readonly octets: Buffer;
  readonly length: number;
}

/** Reads `10.9.0.1/24` or `fd00::1/64`. @throws TcplabError EINVAL when it is neither */
export function readPrefix(text: string): Prefix {
  const [address = '', length = '', ...rest] = text.split('/');
  const octets = isIPv4(address) ? ipv4Octets(address) : isIPv6(address) ? ipv6Octets(address) : undefined;
  if (octets === undefined || rest.length > 0 || !/^\d{1,3}$/.test(length) || Number(length) > octets.length * 8) {
    throw new TcplabError('EINVAL', `"${text}" is not an address with its prefix: write 10.9.0.1/24, or fd00::1/64`);
  }
  return { octets, length: Number(length) };
}

/** Reads an address without prefix. @throws TcplabError EINVAL when it is none */
function readAddress(text: string): Buffer {
  if (isIPv4(text)) return ipv4Octets(text);
  if (isIPv6(text)) return ipv6Octets(text);
  throw new TcplabError('EINVAL', `"${text}" is not an address: write 10.9.0.2, or fd00::2`);
}

const ipv4Octets = (text: string): Buffer => Buffer.from(text.split('.').map(Number));

function ipv6Octets(text: string): Buffer {
  // A dotted quad at the end stands for two groups.
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text.split('%', 1)[0]!);
  const quad = dotted === null ? undefined : ipv4Octets(dotted[2]!);
  const plain =
    quad === undefined
      ? text.split('%', 1)[0]!
      : `${dotted![1]}${quad.readUInt16BE(0).toString(16)}:${quad.readUInt16BE(2).toString(16)}`;
  const [head = '', tail] = plain.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const octets = Buffer.alloc(16);
  [...before, ...new Array<string>(zeros).fill('0'), ...after].forEach((group, i) => {
    octets.writeUInt16BE(Number.parseInt(group, 16), i * 2);
  });
  return octets;
}

const family = (octets: Buffer): number => (octets.length === 4 ? AF_INET : AF_INET6);

/** An attribute: its length and type, its value, room up to a multiple of 4. */
function attribute(type: number, ...values: readonly Buffer[]): Buffer {
  const value = Buffer.concat(values);
  const octets = Buffer.alloc((4 + value.length + 3) & ~3);
  octets.writeUInt16LE(4 + value.length, 0);
  octets.writeUInt16LE(type, 2);
  value.copy(octets, 4);
  return octets;
}

function u32(value: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32LE(value);
  return octets;
}

const text = (value: string): Buffer => Buffer.from(`${value}\0`);

/** struct ifinfomsg. `index` 0: the link is named by an attribute, or new. */
function linkMessage(index: number, flags: number, change: number): Buffer {
  const octets = Buffer.alloc(16);
  octets.writeInt32LE(index, 4);
  octets.writeUInt32LE(flags, 8);
  octets.writeUInt32LE(change, 12);
  return octets;
}

/** A kernel's answer that says no. */
export class NetlinkRefusal extends TcplabError {
  /** The system's name for why: `EPERM`, `EEXIST`. */
  readonly reason: string;

  constructor(what: string, reason: string) {
    super('TCPLAB_SYSTEM', `${what}: ${reason}`);
    this.reason = reason;
  }
}

/** Asks the kernel of this network namespace for one change after the other. */
export class Netlink {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** @throws NetlinkRefusal */
  setLink(index: number, { up, mtu, queue }: LinkChange): void {
    const message = linkMessage(index, up ? IFF_UP : 0, up === undefined ? 0 : IFF_UP);
    const attributes: Buffer[] = [];
    if (mtu !== undefined) attributes.push(attribute(IFLA_MTU, u32(mtu)));
    if (queue !== undefined) attributes.push(attribute(IFLA_TXQLEN, u32(queue)));
    const words = [mtu !== undefined && `mtu ${mtu}`, up !== undefined && (up ? 'up' : 'down')].filter(Boolean);
    this.#request(`set interface ${index} ${words.join(', ')}`, RTM_NEWLINK, 0, message, ...attributes);
  }

  /** Two interfaces joined by a cable. The second may be made in the network namespace of the process `pid`. @throws NetlinkRefusal */
  addVeth(name: string, peer: string, pid?: number): void {
    const where = pid === undefined ? [] : [attribute(IFLA_NET_NS_PID, u32(pid))];
    const other = Buffer.concat([linkMessage(0, 0, 0), attribute(IFLA_IFNAME, text(peer)), ...where]);
    const info = attribute(
      IFLA_LINKINFO,
      attribute(IFLA_INFO_KIND, text('veth')),
      attribute(IFLA_INFO_DATA, attribute(VETH_INFO_PEER, other)),
    );
    const own = attribute(IFLA_IFNAME, text(name));
    this.#request(
      `make the pair ${name} and ${peer}`,
      RTM_NEWLINK,
      NLM_F_CREATE | NLM_F_EXCL,
      linkMessage(0, 0, 0),
      own,
      info,
    );
  }

  /** @throws NetlinkRefusal, TcplabError EINVAL when it is no address with prefix */
  addAddress(index: number, address: string): void {
    const { octets, length } = readPrefix(address);
    const message = Buffer.alloc(8);
    message[0] = family(octets);
    message[1] = length;
    message[2] = octets.length === 16 ? IFA_F_NODAD : 0;
    message.writeUInt32LE(index, 4);
    const attributes = [attribute(IFA_LOCAL, octets), attribute(IFA_ADDRESS, octets)];
    this.#request(`give the address ${address}`, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, message, ...attributes);
  }

  /** @throws NetlinkRefusal, TcplabError EINVAL when an address is none */
  addRoute(index: number, to: string, via?: string): void {
    const { octets, length } = readPrefix(to);
    const gateway = via === undefined ? undefined : readAddress(via);
    const message = Buffer.alloc(12);
    message[0] = family(octets);
    message[1] = length;
    message[4] = RT_TABLE_MAIN;
    message[5] = RTPROT_BOOT;
    message[6] = gateway === undefined && octets.length === 4 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
    message[7] = RTN_UNICAST;
    const attributes = [attribute(RTA_DST, octets), attribute(RTA_OIF, u32(index))];
    if (gateway !== undefined) attributes.push(attribute(RTA_GATEWAY, gateway));
    this.#request(
      `add a route to ${to}${via === undefined ? '' : ` via ${via}`}`,
      RTM_NEWROUTE,
      NLM_F_CREATE | NLM_F_EXCL,
      message,
      ...attributes,
    );
  }

  /** The addresses that an interface has. Needs no rights. */
  addresses(index: number): Prefix[] {
    const found: Prefix[] = [];
    this.#ask('list addresses', RTM_GETADDR, NLM_F_DUMP, Buffer.alloc(8), (type, body) => {
      if (type !== RTM_NEWADDR || body.readUInt32LE(4) !== index) return;
      const length = body[1]!;
      let octets: Buffer | undefined;
      // IPv4 has its own address in IFA_LOCAL, and the other end's, if there is one, in IFA_ADDRESS; IPv6 has only the latter.
      eachAttribute(body.subarray(8), (kind, value) => {
        if (kind === IFA_LOCAL || (kind === IFA_ADDRESS && octets === undefined)) octets = Buffer.from(value);
      });
      if (octets !== undefined) found.push({ octets, length });
    });
    return found;
  }

  #request(what: string, type: number, flags: number, ...parts: readonly Buffer[]): void {
    this.#ask(what, type, NLM_F_ACK | flags, Buffer.concat(parts), () => {});
  }

  /** Sends one message and hands on what is answered, up to the end of it. */
  #ask(what: string, type: number, flags: number, body: Buffer, each: (type: number, body: Buffer) => void): void {
    const calls = this.#calls;
    const message = Buffer.alloc(HEADER);
    message.writeUInt32LE(HEADER + body.length, 0);
    message.writeUInt16LE(type, 4);
    message.writeUInt16LE(NLM_F_REQUEST | flags, 6);
    message.writeUInt32LE(1, 8);
    const whole = Buffer.concat([message, body]);
    const asked = check(calls, calls.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, 0), 'socket(AF_NETLINK)');
    try {
      check(calls, calls.send(asked, whole, whole.length, 0), what);
      const answer = Buffer.alloc(LONGEST_ANSWER);
      for (;;) {
        const octets = check(calls, calls.recv(asked, answer, answer.length, 0), what);
        if (octets < HEADER) throw new TcplabError('TCPLAB_SYSTEM', `${what}: the kernel answers nothing`);
        for (let at = 0; at + HEADER <= octets; ) {
          const length = answer.readUInt32LE(at);
          if (length < HEADER || at + length > octets)
            throw new TcplabError('TCPLAB_SYSTEM', `${what}: the kernel's answer is not understood`);
          const kind = answer.readUInt16LE(at + 4);
          if (kind === NLMSG_DONE) return;
          if (kind === NLMSG_ERROR) {
            const error = answer.readInt32LE(at + HEADER);
            if (error !== 0) throw new NetlinkRefusal(what, errorName(-error));
            return;
          }
          each(kind, answer.subarray(at + HEADER, at + length));
          at += (length + 3) & ~3;
        }
      }
    } finally {
      calls.close(asked);
    }
  }
}

/** The attributes that stand in `octets`, one behind the other. */
function eachAttribute(octets: Buffer, each: (type: number, value: Buffer) => void): void {
  for (let at = 0; at + 4 <= octets.length; ) {
    const length = octets.readUInt16LE(at);
    if (length < 4 || at + length > octets.length) return;
    each(octets.readUInt16LE(at + 2), octets.subarray(at + 4, at + length));
    at += (length + 3) & ~3;
  }
}
