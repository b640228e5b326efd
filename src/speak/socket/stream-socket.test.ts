/** Waiting, not waiting, flags, options, SO_LINGER, and bursts. What each call answers at once, and its error codes, are compared with Linux's in test/e2e/sockets.test.ts. */
import { expect, test } from 'vitest';
import { brief, type Network, type NetworkOptions, network } from '../../../test/network.ts';
import { MILLISECOND, SECOND } from '../../core/time.ts';
import {
  AF_INET,
  bytes,
  F_GETFL,
  F_SETFL,
  FIONBIO,
  FIONREAD,
  IP_TOS,
  IPPROTO_IP,
  IPPROTO_TCP,
  MSG_DONTWAIT,
  MSG_MORE,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  O_NONBLOCK,
  O_RDWR,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  POLLPRI,
  POLLRDHUP,
  poll,
  SHUT_RD,
  SHUT_WR,
  SIOCATMARK,
  SIOCOUTQ,
  SIOCOUTQNSD,
  SO_ERROR,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_OOBINLINE,
  SO_RCVBUF,
  SO_RCVTIMEO,
  SO_SNDBUF,
  SO_SNDTIMEO,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  type StreamSocket,
  socket,
  TCP_CORK,
  TCP_INFO,
  TCP_LINGER2,
  TCP_MAXSEG,
  TCP_NODELAY,
  TCP_NOTSENT_LOWAT,
  TCP_QUICKACK,
  TCP_USER_TIMEOUT,
} from './bsd.ts';

const SERVER = '10.0.0.2';
const HERE = [SERVER, 7456] as const;

const text = (octets: Uint8Array): string => new TextDecoder().decode(octets);

/** The error code of what a promise rejects with, or 'nothing'. */
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'nothing',
    (error: { code?: string }) => error.code ?? String(error),
  );

/** Runs a program on a connection: the client's socket, the server's, the listener. */
async function between(
  program: (own: StreamSocket, other: StreamSocket, listener: StreamSocket, net: Network) => Promise<void>,
  options: NetworkOptions = {},
  before: (own: StreamSocket, listener: StreamSocket) => void = () => {},
): Promise<Network> {
  const net = network(options);
  await net.driver.run(async () => {
    const listener = socket(net.server, AF_INET, SOCK_STREAM);
    const own = socket(net.client, AF_INET, SOCK_STREAM);
    before(own, listener);
    await listener.bind(HERE);
    await listener.listen(5);
    const accepted = listener.accept();
    await own.connect(HERE);
    await program(own, (await accepted)[0], listener, net);
  });
  return net;
}

/** The payloads that the client has sent, from now on. */
function sizes(): { options: NetworkOptions; sent: number[] } {
  const sent: number[] = [];
  const onFrame: NetworkOptions['onFrame'] = (frame, _now, from) => {
    const octets = Number(brief(frame).split(' ').at(-1));
    if (from === 'client' && octets > 0) sent.push(octets);
  };
  return { options: { onFrame }, sent };
}

test('poll waits for octets, for room, for a connection, for the end, and gives up in time', () =>
  between(async (own, other, listener, { driver, client }) => {
    expect(await poll([{ socket: own, events: POLLIN }], 0)).toEqual([0]);
    const began = driver.now;
    expect(await poll([{ socket: own, events: POLLIN }], 250)).toEqual([0]);
    expect(driver.now - began).toBe(250 * MILLISECOND);
    const both = poll([
      { socket: own, events: POLLIN },
      { socket: listener, events: POLLIN },
    ]);
    await driver.sleep(SECOND);
    await other.send(bytes('x'));
    expect(await both).toEqual([POLLIN, 0]);
    const accepting = poll([{ socket: listener, events: POLLIN }]);
    const third = socket(client, AF_INET, SOCK_STREAM);
    third.setblocking(false);
    expect(await codeOf(third.connect(HERE))).toBe('EINPROGRESS');
    expect(await poll([{ socket: third, events: POLLOUT }])).toEqual([POLLOUT]);
    expect(await accepting).toEqual([POLLIN]);
    // Full: writable again when a third of the buffer is free.
    own.setblocking(false);
    for (let failed = 'nothing'; failed === 'nothing'; failed = await codeOf(own.send(new Uint8Array(65_536))))
      await driver.sleep(SECOND);
    const room = poll([{ socket: own, events: POLLOUT }]);
    const { connection } = own;
    await other.recv(1_000);
    expect(await Promise.race([room, driver.sleep(SECOND).then(() => 'nothing')])).toBe('nothing');
    const into = new Uint8Array(1 << 20);
    const reading = (async () => {
      while ((await other.recvInto(into)) > 0);
    })();
    expect(await room).toEqual([POLLOUT]);
    const tcb = connection!.tcb;
    expect(3 * tcb.writable).toBeGreaterThanOrEqual(tcb.space.send);
    await driver.sleep(SECOND);
    const end = poll([{ socket: third, events: POLLRDHUP }]);
    (await listener.accept())[0].shutdown(SHUT_WR);
    expect(await end).toEqual([POLLRDHUP]);
    const gone = poll([{ socket: third, events: 0 }]);
    third.close();
    expect(await gone).toEqual([POLLNVAL]);
    own.abort();
    expect(await codeOf(reading)).toBe('ECONNRESET');
  }));

test('a socket is writable while a third of its send buffer is free, and not for the first octet of room', () =>
  between(
    async (own, other, _listener, { driver }) => {
      own.setsockopt(SOL_SOCKET, SO_SNDBUF, 9_000);
      own.setblocking(false);
      for (let failed = 'nothing'; failed === 'nothing'; failed = await codeOf(own.send(new Uint8Array(500))))
        await driver.sleep(SECOND);
      const { tcb } = own.connection!;
      let crowded = 0;
      for (let i = 0; i < 40; i++) {
        await other.recv(400);
        await driver.sleep(SECOND);
        const [bits] = await poll([{ socket: own, events: POLLOUT }], 0);
        expect(bits).toBe(tcb.writable >= 3_000 ? POLLOUT : 0);
        if (bits === 0 && tcb.writable > 0) crowded++;
        if (bits !== 0) break;
      }
      expect(crowded).toBeGreaterThan(0);
    },
    {},
    (_, listener) => listener.setsockopt(SOL_SOCKET, SO_RCVBUF, 2_000),
  ));

test('an accepted socket waits, whatever the listening one does', () =>
  between(async (_own, _other, listener, { client }) => {
    listener.setblocking(false);
    expect(await codeOf(listener.accept())).toBe('EAGAIN');
    await socket(client, AF_INET, SOCK_STREAM).connect(HERE);
    const [accepted] = await listener.accept();
    expect([listener.getblocking(), accepted.getblocking()]).toEqual([false, true]);
  }));

test('poll tells of a refusal, and of what waits on a UDP socket', async () => {
  const net = network();
  await net.driver.run(async () => {
    const own = socket(net.client, AF_INET, SOCK_STREAM);
    own.setblocking(false);
    expect(await codeOf(own.connect(HERE))).toBe('EINPROGRESS');
    expect(await poll([{ socket: own, events: POLLOUT }])).toEqual([POLLOUT | POLLERR | POLLHUP]);
    expect(await codeOf(own.connect(HERE))).toBe('ECONNREFUSED');
    const datagrams = socket(net.server, AF_INET, SOCK_DGRAM);
    await datagrams.bind(HERE);
    datagrams.fcntl(F_SETFL, O_NONBLOCK);
    expect(datagrams.fcntl(F_GETFL)).toBe(O_RDWR | O_NONBLOCK);
    expect(await codeOf(datagrams.recv(1))).toBe('EAGAIN');
    const arriving = poll([{ socket: datagrams, events: POLLIN }]);
    await socket(net.client, AF_INET, SOCK_DGRAM).sendto(bytes('hello'), HERE);
    expect(await arriving).toEqual([POLLIN]);
    expect(text(await datagrams.recv(9))).toBe('hello');
    expect(await codeOf(poll([]))).toBe('EINVAL');
    expect(await codeOf(poll([{ socket: own, events: 1 << 20 }]))).toBe('EINVAL');
  });
});

test('a call that was told how long to wait gives up with EAGAIN, and what it has is the program’s', () =>
  between(async (own, other, listener, { driver }) => {
    own.setsockopt(SOL_SOCKET, SO_RCVTIMEO, { sec: 0, usec: 300_000 });
    const began = driver.now;
    expect(await codeOf(own.recv(1))).toBe('EAGAIN');
    expect(driver.now - began).toBe(300 * MILLISECOND);
    const whole = own.recv(5, MSG_WAITALL);
    await other.send(bytes('abc'));
    expect(text(await whole)).toBe('abc');
    listener.setsockopt(SOL_SOCKET, SO_RCVTIMEO, { sec: 2, usec: 0 });
    expect(await codeOf(listener.accept())).toBe('EAGAIN');
    other.setsockopt(SOL_SOCKET, SO_SNDTIMEO, { sec: 1, usec: 0 });
    expect(await codeOf(other.sendall(new Uint8Array(16 << 20)))).toBe('EAGAIN');
    // Nothing of an earlier wait is left: the next octet finds who waits for it.
    own.setsockopt(SOL_SOCKET, SO_RCVTIMEO, { sec: 0, usec: 0 });
    expect((await own.recv(10)).length).toBe(10);
  }));

test('MSG_WAITALL waits for all, MSG_PEEK leaves them, and the end cuts both short', () =>
  between(async (own, other) => {
    const whole = own.recv(6, MSG_WAITALL);
    for (const part of ['ab', 'cd', 'ef']) await other.send(bytes(part));
    expect(text(await whole)).toBe('abcdef');
    const looked = own.recv(3, MSG_PEEK | MSG_WAITALL);
    await other.send(bytes('xyz'));
    expect(text(await looked)).toBe('xyz');
    const into = new Uint8Array(8);
    expect(await own.recvInto(into, 1, 2, MSG_PEEK)).toBe(2);
    expect(text(into.subarray(1, 3))).toBe('xy');
    expect(own.ioctl(FIONREAD)).toBe(3);
    const short = own.recv(9, MSG_WAITALL);
    other.close();
    expect(text(await short)).toBe('xyz');
    expect((await own.recv(9, MSG_WAITALL)).length).toBe(0);
    // Another flag of Linux', which these sockets have not.
    expect(await codeOf(own.recv(1, 0x2000))).toBe('EOPNOTSUPP');
    expect((await own.recv(1, MSG_TRUNC)).length).toBe(0);
    expect(await codeOf(own.send(bytes('x'), MSG_PEEK))).toBe('EOPNOTSUPP');
  }));

test('what is more to come waits for it; a cork until it is drawn; TCP_NODELAY for nothing', async () => {
  const { options, sent } = sizes();
  await between(
    async (own, _other, _listener, { driver }) => {
      await own.send(bytes('head'), MSG_MORE);
      await own.sendall(bytes('body'));
      expect(sent).toEqual([8]);
      own.setsockopt(IPPROTO_TCP, TCP_CORK, 1);
      await own.send(bytes('a'));
      await own.send(bytes('b'));
      expect(own.ioctl(SIOCOUTQNSD)).toBe(2);
      own.setsockopt(IPPROTO_TCP, TCP_CORK, 0);
      expect(sent).toEqual([8, 2]);
      expect(own.ioctl(SIOCOUTQ)).toBeGreaterThan(0);
      await driver.sleep(SECOND);
      expect(own.ioctl(SIOCOUTQ)).toBe(0);
      // Nagle: the second small one waits for the first to be acknowledged.
      sent.length = 0;
      await Promise.all([own.send(bytes('one')), own.send(bytes('two'))]);
      own.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
      expect(sent).toEqual([3, 3]);
    },
    { ...options, link: { delay: 10 } },
  );
});

test('buffers: as large as was asked for, and answered twice as large; a smaller one takes nothing back', () =>
  between(
    async (own, other, _listener, { driver }) => {
      expect(other.getsockopt(SOL_SOCKET, SO_RCVBUF)).toBe(10_000);
      await own.send(new Uint8Array(50_000));
      await driver.sleep(SECOND);
      expect(other.ioctl(FIONREAD)).toBe(5_000);
      expect(own.info().tcpi_snd_wnd).toBe(0);
      other.setsockopt(SOL_SOCKET, SO_RCVBUF, 0);
      expect(other.getsockopt(SOL_SOCKET, SO_RCVBUF)).toBe(2_304);
      other.setsockopt(SOL_SOCKET, SO_RCVBUF, 20_000);
      await driver.sleep(SECOND);
      expect(other.ioctl(FIONREAD)).toBe(20_000);
      own.setsockopt(SOL_SOCKET, SO_SNDBUF, 3_000);
      expect(await codeOf(own.send(bytes('x'), MSG_DONTWAIT))).toBe('EAGAIN');
      own.setsockopt(SOL_SOCKET, SO_SNDBUF, 100_000);
      expect(await own.send(bytes('x'), MSG_DONTWAIT)).toBe(1);
    },
    {},
    (_, listener) => listener.setsockopt(SOL_SOCKET, SO_RCVBUF, 5_000),
  ));

test('the options that travel: largest segment, type of service, quick acknowledgments', async () => {
  const { options, sent } = sizes();
  await between(
    async (own, other, listener, { driver }) => {
      expect(own.getsockopt(IPPROTO_TCP, TCP_MAXSEG)).toBe(988);
      await own.sendall(new Uint8Array(3_000));
      await driver.sleep(SECOND);
      expect(Math.max(...sent)).toBe(988);
      expect(other.getsockopt(IPPROTO_TCP, TCP_MAXSEG)).toBe(988);
      other.setsockopt(IPPROTO_TCP, TCP_QUICKACK, 0);
      expect(other.getsockopt(IPPROTO_TCP, TCP_QUICKACK)).toBe(0);
      other.setsockopt(IPPROTO_TCP, TCP_QUICKACK, 1);
      other.setsockopt(IPPROTO_IP, IP_TOS, 16);
      expect(other.connection?.tcb.options.typeOfService).toBe(16);
      expect(listener.getsockopt(IPPROTO_IP, IP_TOS)).toBe(0);
      expect(() => own.setsockopt(IPPROTO_TCP, TCP_NODELAY, Number.NaN)).toThrow('whole number');
      expect(() => own.setsockopt(SOL_SOCKET, SO_LINGER, 1 as unknown as { onoff: 1; linger: 0 })).toThrow('onoff');
    },
    options,
    (own) => own.setsockopt(IPPROTO_TCP, TCP_MAXSEG, 1_000),
  );
});

test('a user timeout and keep-alives set on a living connection end it in their time', async () => {
  let deaf = false;
  await between(
    async (own, other, _listener, { driver }) => {
      own.setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT, 5_000);
      deaf = true;
      await own.send(bytes('anybody?'));
      const began = driver.now;
      expect(await codeOf(own.recv(1))).toBe('ETIMEDOUT');
      expect((driver.now - began) / SECOND).toBeCloseTo(5, 0);
      expect((await own.recv(1)).length).toBe(0);
      other.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1);
      for (const [name, value] of [
        [4, 10],
        [5, 2],
        [6, 3],
      ] as const)
        other.setsockopt(IPPROTO_TCP, name, value);
      const later = driver.now;
      expect(text(await other.recv(1).catch(() => bytes('!')))).toBe('!');
      expect(driver.now - later).toBeLessThan(17 * SECOND);
    },
    { impairment: (driver) => ({ random: driver.random, out: { drop: () => deaf } }) },
  );
});

test('a user timeout leaves what was said of a SYN and of a SYN,ACK, also when it is taken back', async () => {
  await between(async (own) => {
    const { userTimeout } = own.connectionSettings;
    own.tell({ synTimeout: 7 * SECOND, synAckTimeout: 3 * SECOND });
    own.setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT, 1_000);
    const forSyn = { synTimeout: 7 * SECOND, synAckTimeout: 3 * SECOND };
    expect(own.connectionSettings).toMatchObject({ userTimeout: SECOND, userTimeoutForAll: true, ...forSyn });
    // What the host has by itself is told when it was asked for.
    own.setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT, userTimeout / MILLISECOND);
    expect(own.getsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT)).toBe(userTimeout / MILLISECOND);
    own.setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT, 0);
    expect(own.getsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT)).toBe(0);
    expect(own.connectionSettings).toMatchObject({ userTimeout, userTimeoutForAll: false, ...forSyn });
  });
});

test('SO_LINGER: nothing to wait for is not waited for; what is on its way is; not longer than was said', async () => {
  let deaf = false;
  const impairment: NetworkOptions['impairment'] = (driver) => ({ random: driver.random, out: { drop: () => deaf } });
  await between(
    async (own, other, listener, { driver, client, server }) => {
      own.setsockopt(SOL_SOCKET, SO_LINGER, { onoff: 1, linger: 5 });
      await own.send(new Uint8Array(100_000));
      const began = driver.now;
      await own.close();
      // A round trip and more, and not the five seconds.
      expect(driver.now - began).toBeGreaterThanOrEqual(200 * MILLISECOND);
      expect(driver.now - began).toBeLessThan(2 * SECOND);
      expect(other.ioctl(FIONREAD)).toBe(100_000);
      const second = socket(client, AF_INET, SOCK_STREAM);
      second.setsockopt(SOL_SOCKET, SO_LINGER, { onoff: 1, linger: 3 });
      await second.connect(HERE);
      deaf = true;
      await second.send(bytes('lost'));
      const later = driver.now;
      await second.close();
      expect(driver.now - later).toBe(3 * SECOND);
      deaf = false;
      const [late] = await listener.accept();
      // The host sees it through.
      expect(text(await late.recv(9))).toBe('lost');
      late.setsockopt(SOL_SOCKET, SO_LINGER, { onoff: 1, linger: 0 });
      await late.close();
      const third = socket(client, AF_INET, SOCK_STREAM);
      await third.connect(HERE);
      const [answer] = await listener.accept();
      answer.setsockopt(SOL_SOCKET, SO_LINGER, { onoff: 1, linger: 0 });
      await answer.close();
      expect(await codeOf(third.recv(1))).toBe('ECONNRESET');
      expect(server.tcp.active).toBe(1);
    },
    { link: { delay: 100 }, impairment },
  );
});

test('TCP_LINGER2 of less than 0: nobody waits in FIN-WAIT-2', () =>
  between(async (own, _other, _listener, { driver, client }) => {
    own.setsockopt(IPPROTO_TCP, TCP_LINGER2, -1);
    own.close();
    await driver.sleep(SECOND);
    expect(client.tcp.size).toBe(0);
  }));

test('urgent octets: out of line they are asked for alone, in line they stand where they were sent', () =>
  between(async (own, other, _listener, { driver }) => {
    other.setsockopt(SOL_SOCKET, SO_OOBINLINE, 0);
    const pressing = poll([{ socket: other, events: POLLPRI }]);
    await own.send(bytes('abX'), MSG_OOB);
    await own.send(bytes('cd'));
    expect(await pressing).toEqual([POLLPRI]);
    await driver.sleep(SECOND);
    expect(text(await other.recv(9))).toBe('ab');
    expect(other.ioctl(SIOCATMARK)).toBe(1);
    expect(text(await other.recv(1, MSG_OOB))).toBe('X');
    expect(text(await other.recv(9))).toBe('cd');
    expect(await codeOf(other.recv(1, MSG_OOB))).toBe('EINVAL');
    other.setsockopt(SOL_SOCKET, SO_OOBINLINE, 1);
    await own.send(bytes('Y'), MSG_OOB);
    expect(text(await other.recv(9))).toBe('Y');
  }));

test('TCP_NOTSENT_LOWAT: what was not sent yet makes a socket one that waits', () =>
  between(async (own, other, _listener, { driver }) => {
    own.setsockopt(IPPROTO_TCP, TCP_NOTSENT_LOWAT, 10_000);
    other.setsockopt(SOL_SOCKET, SO_RCVBUF, 5_000);
    const into = new Uint8Array(100_000);
    // A buffer of a quarter of a megabyte has room; the window is what is in the way.
    await own.send(new Uint8Array(200_000));
    await own.send(new Uint8Array(200_000), MSG_DONTWAIT).catch(() => {});
    await driver.sleep(SECOND);
    own.setblocking(false);
    while (((await own.send(new Uint8Array(20_000)).catch(() => 0)) ?? 0) > 0) await driver.sleep(SECOND);
    expect(own.ioctl(SIOCOUTQNSD)).toBeGreaterThanOrEqual(10_000);
    expect(await poll([{ socket: own, events: POLLOUT }], 0)).toEqual([0]);
    const writable = poll([{ socket: own, events: POLLOUT }]);
    const reading = (async () => {
      while ((await other.recvInto(into)) > 0);
    })();
    expect(await writable).toEqual([POLLOUT]);
    expect(own.ioctl(SIOCOUTQNSD)).toBeLessThan(10_000);
    own.close();
    await reading;
  }));

test('what is told of a connection, of a listening socket, of none', () =>
  between(async (own, other, listener, { driver, client }) => {
    await own.sendall(bytes('hello'));
    expect(text(await other.recv(9))).toBe('hello');
    await driver.sleep(SECOND);
    expect(own.info()).toMatchObject({ tcpi_state: 1, tcpi_bytes_acked: 6, tcpi_data_segs_out: 1, tcpi_pmtu: 1_500 });
    expect(own.info().tcpi_last_data_sent).toBeGreaterThanOrEqual(999);
    expect(other.getsockopt(IPPROTO_TCP, TCP_INFO)).toMatchObject({ tcpi_bytes_received: 5, tcpi_rcv_mss: 536 });
    await socket(client, AF_INET, SOCK_STREAM).connect(HERE);
    expect(listener.info()).toMatchObject({ tcpi_state: 10, tcpi_unacked: 1, tcpi_sacked: 5 });
    expect(socket(client, AF_INET, SOCK_STREAM).info()).toMatchObject({
      tcpi_state: 7,
      tcpi_snd_mss: 536,
      tcpi_rto: SECOND,
    });
    own.ioctl(FIONBIO, 1);
    expect(own.getblocking()).toBe(false);
    own.close();
    for (const act of [() => own.info(), () => own.ioctl(FIONREAD), () => own.getsockopt(IPPROTO_TCP, TCP_INFO)])
      expect(act).toThrow('EBADF');
  }));

test('on the one that waits: a shutdown ends listening, and connecting', async () => {
  const net = network({ link: { delay: 1_000 } });
  await net.driver.run(async () => {
    const listener = socket(net.server, AF_INET, SOCK_STREAM);
    await listener.bind(HERE);
    await listener.listen(1);
    const accepting = codeOf(listener.accept());
    listener.shutdown(SHUT_RD);
    expect(await accepting).toBe('EINVAL');
    const own = socket(net.client, AF_INET, SOCK_STREAM);
    const connecting = codeOf(own.connect(HERE));
    const reading = codeOf(own.recv(1));
    await net.driver.sleep(SECOND / 2);
    own.shutdown(SHUT_WR);
    expect(await connecting).toBe('ECONNRESET');
    expect(await reading).toBe('ENOTCONN');
  });
});

test('who has given up a SYN may connect anew at once, or listen', async () => {
  const net = network({ link: { delay: 1_000 } });
  await net.driver.run(async () => {
    const listener = socket(net.server, AF_INET, SOCK_STREAM);
    await listener.bind(HERE);
    await listener.listen(1);
    const own = socket(net.client, AF_INET, SOCK_STREAM);
    await own.bind(['10.0.0.1', 7000]);
    own.setblocking(false);
    expect(await codeOf(own.connect(HERE))).toBe('EINPROGRESS');
    expect(await codeOf(own.listen())).toBe('EINVAL');
    own.shutdown(SHUT_WR);
    await own.listen();
    expect([own.info().tcpi_state, own.getsockname()]).toEqual([10, ['10.0.0.1', 7000]]);
    expect(await codeOf(own.connect(HERE))).toBe('EISCONN');
    own.shutdown(SHUT_RD);
    // That it was given up is told once, or forgotten with the next attempt.
    own.setblocking(true);
    await own.connect(HERE);
    expect(own.getsockopt(SOL_SOCKET, SO_ERROR)).toBe(0);
  });
});

test('a port that listening chose goes with it, one that was bound stays', async () => {
  const { client, driver } = network();
  await driver.run(async () => {
    for (const bound of [true, false]) {
      const own = socket(client, AF_INET, SOCK_STREAM);
      if (bound) await own.bind(['0.0.0.0', 7000]);
      await own.listen();
      const [, port] = own.getsockname();
      own.shutdown(SHUT_RD);
      expect(await codeOf(own.accept())).toBe('EINVAL');
      const other = socket(client, AF_INET, SOCK_STREAM);
      expect(await codeOf(other.bind(['0.0.0.0', port]))).toBe(bound ? 'EADDRINUSE' : 'nothing');
      await own.listen();
      expect(own.getsockname()[1] === port).toBe(bound);
      own.close();
      other.close();
    }
  });
});

test('octets for a connection that is being made wait for it', async () => {
  const net = network({ link: { delay: 100 } });
  await net.driver.run(async () => {
    const listener = socket(net.server, AF_INET, SOCK_STREAM);
    await listener.bind(HERE);
    await listener.listen(1);
    const own = socket(net.client, AF_INET, SOCK_STREAM);
    const all = Promise.all([own.connect(HERE), own.sendall(bytes('first')), own.recv(9)]);
    const [other] = await listener.accept();
    expect(text(await other.recv(9))).toBe('first');
    await other.sendall(bytes('answer'));
    expect(text((await all)[2])).toBe('answer');
  });
});

test('connections in one burst, each served to its end before the next is accepted: none is lost, though all have gone', async () => {
  const net = network({ host: { buffers: 64 << 20, frames: 4_096 } });
  await net.driver.run(async () => {
    const listener = socket(net.server, AF_INET, SOCK_STREAM);
    await listener.bind([SERVER, 7456]);
    await listener.listen(16);
    const clients = Array.from({ length: 1_000 }, async () => {
      const own = socket(net.client, AF_INET, SOCK_STREAM);
      await own.connect([SERVER, 7456]);
      await own.sendall(new Uint8Array(3_000));
      await own.close();
    });
    let octets = 0;
    for (let served = 0; served < 1_000; served++) {
      const [accepted] = await listener.accept();
      for (let got = await accepted.recv(4_096); got.length > 0; got = await accepted.recv(4_096)) octets += got.length;
      await accepted.close();
    }
    await Promise.all(clients);
    await listener.close();
    expect(octets).toBe(3_000_000);
  });
});

test('5,000 connections in one burst on a backlog of 128: every one settles, and what each said is read', async () => {
  const COUNT = 5_000;
  const net = network({ host: { frames: 8_192, buffers: 64 << 20, arp: { waiting: COUNT } } });
  await net.driver.run(async () => {
    const listener = socket(net.server, AF_INET, SOCK_STREAM);
    await listener.bind(HERE);
    await listener.listen();
    const heard = new Set<string>();
    const serve = async (): Promise<void> => {
      const answers: Promise<void>[] = [];
      for (let i = 0; i < COUNT; i++) {
        const [other] = await listener.accept();
        const answer = async (): Promise<void> => {
          heard.add(text(await other.recv(9)));
          expect((await other.recv(9)).length).toBe(0);
          other.close();
        };
        answers.push(answer());
      }
      await Promise.all(answers);
    };
    const call = async (i: number): Promise<void> => {
      const own = socket(net.client, AF_INET, SOCK_STREAM);
      await own.connect(HERE);
      await own.sendall(bytes(String(i)));
      // Closed perhaps before it was accepted.
      own.close();
    };
    await Promise.all([serve(), ...Array.from({ length: COUNT }, (_, i) => call(i))]);
    expect(heard.size).toBe(COUNT);
  });
  await net.driver.settle();
  for (const host of [net.client, net.server]) {
    expect(host.tcp.size).toBe(0);
    expect(host.pages.free).toBe(host.pages.pages);
  }
});

test.each([0, 1, 5])(
  '300 connections in one burst on a backlog of %d, the server speaks first: none waits for a time-out',
  async (backlog) => {
    const net = network({ link: { delay: 10 }, host: { frames: 1_024, arp: { waiting: 300 } } });
    await net.driver.run(async () => {
      const listener = socket(net.server, AF_INET, SOCK_STREAM);
      await listener.bind(HERE);
      await listener.listen(backlog);
      const serve = async (): Promise<void> => {
        for (let i = 0; i < 300; i++) {
          const [other] = await listener.accept();
          await other.sendall(bytes('welcome'));
          other.close();
        }
      };
      const call = async (): Promise<string> => {
        const own = socket(net.client, AF_INET, SOCK_STREAM);
        await own.connect(HERE);
        const heard = text(await own.recv(9));
        own.close();
        return heard;
      };
      const [, ...heard] = await Promise.all([serve(), ...Array.from({ length: 300 }, call)]);
      expect(heard).toEqual(Array.from({ length: 300 }, () => 'welcome'));
    });
    expect(net.driver.now).toBeLessThan(SECOND);
    expect(net.server.counters.tcpAcceptQueueFull).toBe(0);
  },
);

test('connections that end before they are accepted: what they brought is read first; nothing is left behind', async () => {
  const net = network({ host: { buffers: 1 << 20 } });
  await net.driver.run(async () => {
    const listener = socket(net.server, AF_INET, SOCK_STREAM);
    await listener.bind(HERE);
    await listener.listen(10);
    for (const how of ['reset', 'close', 'reset', 'close']) {
      const own = socket(net.client, AF_INET, SOCK_STREAM);
      await own.connect(HERE);
      await own.sendall(bytes('last words'));
      await net.driver.sleep(SECOND);
      if (how === 'reset') own.abort();
      else own.close();
    }
    await net.driver.sleep(SECOND);
    const ends: string[] = [];
    for (let i = 0; i < 3; i++) {
      const [other, [address]] = await listener.accept();
      expect(address).toBe('10.0.0.1');
      expect(text(await other.recv(99))).toBe('last words');
      ends.push(await codeOf(other.recv(1)));
      other.close();
    }
    expect(ends).toEqual(['ECONNRESET', 'nothing', 'ECONNRESET']);
    listener.close();
  });
  await net.driver.settle();
  expect(net.server.tcp.size).toBe(0);
  expect(net.server.pages.free).toBe(net.server.pages.pages);
});

test('a socket closed while it connects is gone, and the next burst is not disturbed', async () => {
  const net = network({ link: { delay: 50 } });
  await net.driver.run(async () => {
    const listener = socket(net.server, AF_INET, SOCK_STREAM);
    await listener.bind(HERE);
    await listener.listen(300);
    // Neighbours know one another from now on.
    const first = socket(net.client, AF_INET, SOCK_STREAM);
    await first.connect(HERE);
    first.close();
    const tries = Array.from({ length: 200 }, (_, i) => {
      const own = socket(net.client, AF_INET, SOCK_STREAM);
      const code = codeOf(own.connect(HERE));
      // Some before the SYN has arrived, some while the answer is on its way, some when it is there.
      void net.driver.sleep(i * MILLISECOND).then(() => own.close());
      return code;
    });
    const codes = await Promise.all(tries);
    expect(codes.slice(0, 100)).toEqual(Array.from({ length: 100 }, () => 'EBADF'));
    expect(codes.slice(101)).toEqual(Array.from({ length: 99 }, () => 'nothing'));
    await net.driver.sleep(SECOND);
    const last = socket(net.client, AF_INET, SOCK_STREAM);
    await last.connect(HERE);
    last.close();
    listener.close();
  });
  await net.driver.settle();
  expect([net.client.tcp.size, net.server.tcp.size]).toEqual([0, 0]);
});

test('a call behind one that waits for ever is told when its own time is over', async () => {
  await between(async (own, _other, _listener, { driver }) => {
    const first = codeOf(own.recv(1));
    own.setsockopt(SOL_SOCKET, SO_RCVTIMEO, { sec: 1, usec: 0 });
    const begun = driver.now;
    expect(await Promise.all([codeOf(own.recv(1)), codeOf(own.recv(1))])).toEqual(['EAGAIN', 'EAGAIN']);
    expect(driver.now - begun).toBe(SECOND);
    own.close();
    expect(await first).toBe('EBADF');
  });
});

test('an accept that must not wait is rejected while another waits', async () => {
  await between(async (_own, _other, listener) => {
    const waits = codeOf(listener.accept());
    listener.setblocking(false);
    expect(await codeOf(listener.accept())).toBe('EAGAIN');
    listener.close();
    expect(await waits).toBe('EBADF');
  });
});

test('octets with more to follow that the pool had no page for go when there is one', async () => {
  const PAGE = 4_096;
  const { driver, client, server } = network({
    host: { buffers: 16 * PAGE, connection: { receiveBuffer: PAGE, sendBuffer: 1 << 20 } },
  });
  await driver.run(async () => {
    const listener = socket(server, AF_INET, SOCK_STREAM);
    await listener.bind(HERE);
    await listener.listen(20);
    const pair = async (): Promise<[StreamSocket, StreamSocket]> => {
      const own = socket(client, AF_INET, SOCK_STREAM);
      await own.connect(HERE);
      return [own, (await listener.accept())[0]];
    };
    // Somebody uses the pool up, and reads on until it is whole again.
    const [greedy, reader] = await pair();
    const sending = greedy.sendall(new Uint8Array(40 * PAGE));
    for (let left = 40 * PAGE; left > 0; ) left -= (await reader.recv(left)).length;
    await sending;
    await driver.sleep(SECOND);
    // Then one holds all that can be shared, and others the pages that are kept for beginners.
    const readers: StreamSocket[] = [];
    for (const pages of [12, 1, 1, 1, 1]) {
      const [holder, taker] = await pair();
      readers.push(taker);
      // What fills the window, and what stays here.
      await holder.sendall(new Uint8Array(PAGE));
      await driver.sleep(SECOND);
      await holder.sendall(new Uint8Array(pages * PAGE));
    }
    expect(client.pages.free).toBe(0);
    const [own, other] = await pair();
    const told = own.send(bytes('x'), MSG_MORE);
    await driver.sleep(SECOND);
    await readers[1]!.recv(PAGE);
    expect(await told).toBe(1);
    expect(await other.recv(1)).toEqual(bytes('x'));
  });
});
