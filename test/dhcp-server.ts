/** A DHCP server of the tests' own, on a cable with a client: what it hears is read, and what it says written, by another hand than the client's. */
import { expect } from 'vitest';
import { SECOND } from '../src/core/time.ts';
import { type DhcpClient, type DhcpOptions, type Lease, requestLease } from '../src/speak/dhcp/index.ts';
import { pipe } from '../src/speak/link/pipe.ts';
import { type Datagram, DatagramQueue, DEFAULT_DATAGRAM_OPTIONS } from '../src/speak/stack/datagrams.ts';
import { Host } from '../src/speak/stack/host.ts';
import type { Interface } from '../src/speak/stack/interface.ts';
import type { VirtualDriver } from '../src/speak/stack/virtual-driver.ts';
import { formatIpv4, parseIpv4 } from '../src/wire/address.ts';
import { virtualDriver } from './network.ts';

/** What a client said. */
export interface Asked {
  /** Seconds of the driver's clock, and those that the message says. */
  readonly time: number;
  readonly seconds: number;
  readonly type: number;
  readonly transaction: number;
  readonly own: string;
  readonly mac: readonly number[];
  readonly broadcast: boolean;
  /** By number. */
  readonly options: ReadonlyMap<number, readonly number[]>;
}

/** What the server says. */
export interface Said {
  type: number;
  address?: string;
  transaction?: number;
  mac?: readonly number[];
  port?: number;
  /** By number; in place of those that it says otherwise, or none of that number. */
  options?: Readonly<Record<number, readonly number[] | undefined>>;
}

export const OFFER = 2;
export const ACK = 5;
export const NAK = 6;

/** An int32 or an address as four octets. */
export const octets = (value: number | string): number[] => {
  const number = typeof value === 'string' ? parseIpv4(value) : value;
  return [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255];
};

const hear = (bytes: Uint8Array, time: number): Asked => {
  const options = new Map<number, number[]>();
  for (let at = 240; bytes[at] !== 255; at += 2 + bytes[at + 1]!)
    options.set(bytes[at]!, [...bytes.subarray(at + 2, at + 2 + bytes[at + 1]!)]);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  expect([view.getUint32(0), view.getUint32(236), bytes.length >= 300]).toEqual([0x0101_0600, 0x6382_5363, true]);
  return {
    time: time / SECOND,
    seconds: view.getUint16(8),
    type: options.get(53)![0]!,
    transaction: view.getInt32(4),
    own: formatIpv4(view.getInt32(12)),
    mac: [...bytes.subarray(28, 34)],
    broadcast: view.getUint16(10) === 0x8000,
    options,
  };
};

/** The two of them. */
export interface DhcpNetwork {
  readonly driver: VirtualDriver;
  readonly host: Host;
  readonly iface: Interface;
  readonly server: Host;
  readonly client: DhcpClient;
  readonly heard: Asked[];
  readonly changes: (Lease | undefined)[];
  /** Says something, asked or not. */
  say(said: Said): void;
}

/**
 * A client and a server, 10.0.0.1, which offers 10.0.0.50/24 for 600 seconds and grants what it offered, unless `answer` says otherwise.
 * @param answer what it says to a message, the `count`-th; undefined for silence
 */
export function dhcpNetwork(
  answer: (asked: Asked, count: number) => Said | undefined = usual,
  options: DhcpOptions = {},
): DhcpNetwork {
  const driver = virtualDriver();
  const [left, right] = pipe();
  const host = new Host({ driver, name: 'client', frames: 64 });
  const iface = host.plug(left, { address: '0.0.0.0/0', mac: Uint8Array.of(2, 0, 0, 0, 0, 9) });
  const server = new Host({ driver, name: 'server', frames: 64 });
  const theirs = server.plug(right, { address: '10.0.0.1/24' });
  const queue = new DatagramQueue(0, 67, DEFAULT_DATAGRAM_OPTIONS);
  server.udp.ports.bind(queue);
  const heard: Asked[] = [];
  const say = ({ type, address = '10.0.0.50', port = 67, options: others = {}, ...said }: Said): void => {
    const bytes = new Uint8Array(400);
    const view = new DataView(bytes.buffer);
    const last = heard.at(-1);
    view.setUint32(0, 0x0201_0600);
    view.setInt32(4, said.transaction ?? last?.transaction ?? 0);
    view.setInt32(16, parseIpv4(address));
    bytes.set(said.mac ?? iface.mac, 28);
    view.setUint32(236, 0x6382_5363);
    const all: Record<number, readonly number[] | undefined> = {
      53: [type],
      54: octets('10.0.0.1'),
      51: octets(600),
      1: [255, 255, 255, 0],
      3: octets('10.0.0.1'),
      6: octets('10.0.0.1'),
      ...others,
    };
    const list = Object.entries(all).flatMap(([kind, value]) =>
      value === undefined ? [] : [Number(kind), value.length, ...value],
    );
    bytes.set([...list, 255], 240);
    const to = last === undefined || last.broadcast ? -1 : parseIpv4(last.own);
    server.udp.send(theirs, parseIpv4('10.0.0.1'), port, to, 68, bytes, driver.now);
  };
  queue.onArrival = () => {
    for (let got: Datagram | undefined = queue.take(); got !== undefined; got = queue.take()) {
      const asked = hear(got.bytes, driver.now);
      heard.push(asked);
      const said = answer(asked, heard.length);
      if (said !== undefined) say(said);
    }
  };
  const changes: (Lease | undefined)[] = [];
  const client = requestLease(host, iface, { onChange: (each) => changes.push(each), ...options });
  return { driver, host, iface, server, client, heard, changes, say };
}

/** An offer to who discovers, a grant to who requests. */
export const usual = ({ type }: Asked): Said | undefined => ({ 1: { type: OFFER }, 3: { type: ACK } })[type];
