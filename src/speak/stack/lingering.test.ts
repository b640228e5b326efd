import { expect, test } from 'vitest';
import { network } from '../../../test/network.ts';
import { Wire } from '../../../test/tcp-wire.ts';
import { closeBoth, makeTcpCounters } from '../tcp/index.ts';
import { Connection } from './connection.ts';
import { Lingering } from './lingering.ts';

const { client } = network();
const [iface] = client.interfaces;

/** A connection in TIME-WAIT whose program has gone. */
function lingering(remoteAddress: number, flowLabel: number, claimed: boolean): { wire: Wire; connection: Connection } {
  const wire = new Wire().handshake();
  closeBoth(wire.a, wire.now);
  wire.settle();
  closeBoth(wire.b, wire.now);
  wire.settle();
  const connection = new Connection(wire.a, 0x0a00_0001, remoteAddress, iface!, undefined);
  connection.flowLabel = flowLabel;
  connection.claimed = claimed;
  return { wire, connection };
}

test('a connection is between the same ends when it is unfolded, and all else about it is as it was', () => {
  const columns = new Lingering();
  const { wire, connection } = lingering(0x0a00_0002, 7, true);
  const other = lingering(0x0a00_0003, 8, false).connection;
  expect([columns.fold(connection), columns.fold(other)]).toEqual([0, 1]);
  for (const [place, whole] of [
    [1, other],
    [0, connection],
  ] as const) {
    const unfolded = columns.unfold(place, wire.pages, makeTcpCounters());
    const { localAddress, remoteAddress, flowLabel, claimed } = whole;
    expect(unfolded).toMatchObject({ localAddress, remoteAddress, flowLabel, claimed, owner: undefined });
    expect(unfolded.iface).toBe(iface);
    expect(unfolded.tcb).toMatchObject({ state: 'TIME-WAIT', localPort: whole.tcb.localPort, irs: whole.tcb.irs });
  }
});

test('one that is forgotten says where it was, and leaves its place to the next', () => {
  const columns = new Lingering();
  const { connection } = lingering(0x0a00_0002, 7, true);
  columns.fold(connection);
  columns.fold(lingering(0x0a00_0003, 8, false).connection);
  const ends = { localAddress: 0x0a00_0001, localPort: 34_348, remotePort: 7_456 };
  expect(columns.forget(1)).toEqual({ ...ends, remoteAddress: 0x0a00_0003, claimed: false });
  expect(columns.forget(0)).toEqual({ ...ends, remoteAddress: 0x0a00_0002, claimed: true });
  expect([columns.fold(connection), columns.fold(connection), columns.fold(connection)]).toEqual([0, 1, 2]);
});
