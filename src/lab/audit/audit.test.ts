import { describe, expect, test, vi } from 'vitest';
import { type Network, network, virtualDriver } from '../../../test/network.ts';
import { SECOND } from '../../core/time.ts';
import { AF_INET, bytes, type Connection, Host, pipe, SOCK_STREAM, socket } from '../../speak/index.ts';
import * as tcp from '../../wire/tcp.ts';
import { Audit, type AuditReport, auditText, Judge } from './index.ts';

/** A client says something twice and closes, then the server; audited. `meddle` is called between the two. */
async function audited(meddle: (net: Network) => void = () => {}, before = meddle): Promise<AuditReport> {
  const audit = new Audit({ maxDifferences: 3 });
  const net = network({ link: { delay: 10 } });
  if (before !== meddle) before(net);
  audit.watch(net.client);
  audit.watch(net.server);
  const { driver, client, server } = net;
  await driver.run(async () => {
    const listener = socket(server, AF_INET, SOCK_STREAM);
    await listener.bind(['', 7456]);
    await listener.listen(1);
    const sck = socket(client, AF_INET, SOCK_STREAM);
    await sck.connect(['10.0.0.2', 7456]);
    const [other] = await listener.accept();
    await sck.sendall(bytes('Hola server, '));
    await other.recv(100);
    await driver.sleep(SECOND);
    if (before === meddle) meddle(net);
    await sck.sendall(bytes('are you bored?'));
    await other.recv(100);
    sck.close();
    await driver.sleep(SECOND);
    other.close();
    listener.close();
  });
  await driver.settle();
  return audit.finish();
}

const differing = ({ tallies }: AuditReport): string[] =>
  Object.entries(tallies).flatMap(([variable, { differ }]) => (differ > 0 ? [variable] : []));

test('an honest connection and an honest analysis agree', async () => {
  const report = await audited();
  expect(report).toMatchObject({ differ: 0, damaged: 0, differences: [] });
  for (const { equal } of Object.values(report.tallies)) expect(equal).toBeGreaterThan(5);
  // SYN, SYN,ACK, ACK, two with octets, FIN, FIN, and four acknowledgments; each seen by both hosts.
  expect(report.segments).toBe(22);
  expect(auditText(report)).toMatch(/^state {4}\d+ equal, 0 differ[\s\S]*22 segments, 0 damaged; cannot tell: \d/);
});

describe('a connection that is not what its segments say', () => {
  const client = ({ client }: Network) => [...client.tcp.all()][0]!.tcb;

  test('is noticed: its send space', async () => {
    const report = await audited((net) => {
      client(net).snd.wnd += 1;
    });
    expect(differing(report)).toEqual(['snd.wnd']);
    expect(report.differences[0]).toMatchObject({ host: 'client', end: 'own', variable: 'snd.wnd' });
    expect(auditText(report)).toContain('client, frame ');
  });

  test('is noticed: its state', async () => {
    const report = await audited((net) => {
      client(net).state = 'CLOSE-WAIT';
    });
    expect(differing(report)).toContain('state');
  });
});

test('who does not wait in FIN-WAIT-2 is closed, which nobody outside can know', async () => {
  const audit = new Audit();
  const { driver, client, server } = network({ audit });
  await driver.run(async () => {
    const listener = socket(server, AF_INET, SOCK_STREAM);
    await listener.bind(['', 7456]);
    await listener.listen(1);
    const sck = socket(client, AF_INET, SOCK_STREAM, { finWait2: -1 });
    await sck.connect(['10.0.0.2', 7456]);
    const [other] = await listener.accept();
    sck.close();
    await driver.sleep(SECOND);
    other.close();
    listener.close();
  });
  await driver.settle();
  const { differ, tallies } = audit.finish();
  expect([differ, tallies.state.hidden]).toEqual([0, 1]);
});

describe('a router between two hosts', () => {
  /** Octets each way between links of which the first cuts segments itself; the router is captured on both. `meddle` is called in the middle. */
  async function routed(meddle: (client: Connection) => void = () => {}): Promise<AuditReport> {
    const driver = virtualDriver();
    const [left, inside] = pipe({ delay: 5, gsoMax: 65_535, checksumOffload: true });
    const [outside, right] = pipe({ delay: 5, medium: 'ip' });
    const client = new Host({ driver, name: 'client' });
    const server = new Host({ driver, name: 'server' });
    const router = new Host({ driver, name: 'router', forwarding: true });
    client.plug(left, { address: '10.0.0.1/24', gateway: '10.0.0.9' });
    const near = router.plug(inside, { address: '10.0.0.9/24' });
    const far = router.plug(outside, { address: '10.0.1.9/24' });
    server.plug(right, { address: '10.0.1.2/24', gateway: '10.0.1.9' });
    router.forwarding!.translate(far);
    const audit = new Audit();
    audit.watch(client);
    audit.watch(server);
    audit.watchPassing(router, near);
    audit.watchPassing(router, far);
    await driver.run(async () => {
      const listener = socket(server, AF_INET, SOCK_STREAM);
      await listener.bind(['', 7456]);
      await listener.listen(1);
      const sck = socket(client, AF_INET, SOCK_STREAM);
      await sck.connect(['10.0.1.2', 7456]);
      const [other] = await listener.accept();
      const sent = sck.sendall(new Uint8Array(200_000));
      for (let got = 0; got < 200_000; ) got += (await other.recv(50_000)).length;
      await sent;
      await driver.sleep(SECOND);
      await other.sendall(bytes('and back'));
      await sck.recv(100);
      meddle(sck.connection!);
      await sck.sendall(bytes('so it is'));
      sck.close();
      await driver.sleep(SECOND);
      other.close();
      listener.close();
    });
    await driver.settle();
    return audit.finish();
  }

  test('sees what both are, each segment in one piece on one side and cut on the other', async () => {
    const report = await routed();
    expect(report).toMatchObject({ differ: 0, damaged: 0 });
    expect(report.segments).toBeGreaterThan(300);
  });

  test('notices one that is not what its segments say, on both sides', async () => {
    const { differences } = await routed(({ tcb }) => {
      tcb.snd.wnd += 1;
    });
    expect(new Set(differences.map(({ host, end, variable }) => `${host}: ${variable} of its ${end} end`))).toEqual(
      new Set([
        'client: snd.wnd of its own end',
        ...['router eth0', 'router eth1', 'server'].map((host) => `${host}: snd.wnd of its other end`),
      ]),
    );
  });
});

test('an analysis that takes a segment for another one is noticed', async () => {
  const { see } = Judge.prototype;
  const spy = vi.spyOn(Judge.prototype, 'see').mockImplementation(function (
    this: Judge,
    _view,
    bytes,
    at,
    length,
    ...rest
  ) {
    const wrong = bytes.slice(at, at + length);
    const flags = length > 54 ? tcp.flags(new DataView(wrong.buffer), 34) : 0;
    // An acknowledgment of an octet less, wherever octets are sent.
    if (flags & tcp.PSH) wrong[45]!--;
    return see.call(this, new DataView(wrong.buffer), wrong, 0, length, ...rest);
  });
  const report = await audited();
  spy.mockRestore();
  expect(differing(report)).toContain('rcv.nxt');
});

test('a damaged frame is no segment', async () => {
  const report = await audited(
    () => {},
    ({ server }) => {
      let touched = false;
      server.tap((_iface, { view, start, length }, _now, direction) => {
        const at = start + 34;
        if (touched || direction !== 'in' || length <= 54 || (tcp.flags(view, at) & tcp.PSH) === 0) return;
        touched = true;
        view.setUint16(at + 14, 1);
      });
    },
  );
  expect(report).toMatchObject({ differ: 0, damaged: 1 });
});
