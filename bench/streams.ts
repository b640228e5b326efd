/** The jobs of sockets.ts through the streams face, each written as a program of the Web would be. */
import { connect, listen } from '../src/speak/socket/streams.ts';
import { CHUNK, PORT, seconds, twoHosts, WORK } from './sockets.ts';

const SERVER = { hostname: '10.0.0.2', port: PORT };

/** Octets a second, by a reader that brings its own buffer. */
export const streamsBulk = (): Promise<number> => bulk(true);

/** The same by a loop over the chunks, which are made for it. */
export const chunksBulk = (): Promise<number> => bulk(false);

async function bulk(byob: boolean): Promise<number> {
  const { driver, client, server } = await twoHosts();
  return driver.run(async () => {
    const listener = listen(server, SERVER, { byob });
    const sender = connect(client, SERVER);
    const receiver = await listener.accept();
    await sender.opened;
    const chunk = new Uint8Array(CHUNK).fill(7);
    const writer = sender.writable.getWriter();
    const start = performance.now();
    const sending = (async () => {
      for (let sent = 0; sent < WORK.bulk; sent += CHUNK) {
        await writer.ready;
        writer.write(chunk);
      }
      await writer.close();
    })();
    const received = await (byob ? readInto(receiver.readable) : readChunks(receiver.readable));
    const took = seconds(start);
    await sending;
    await Promise.all([receiver.close(), sender.close()]);
    listener.close();
    if (received !== WORK.bulk) throw new Error(`bulk: ${received} octets of ${WORK.bulk} arrived`);
    return received / took;
  });
}

async function readInto(readable: ReadableStream<Uint8Array>): Promise<number> {
  const reader = readable.getReader({ mode: 'byob' });
  let received = 0;
  for (let buffer = new ArrayBuffer(CHUNK); ; ) {
    const { value, done } = await reader.read(new Uint8Array(buffer));
    if (done) return received;
    received += value.length;
    buffer = value.buffer;
  }
}

async function readChunks(readable: ReadableStream<Uint8Array>): Promise<number> {
  let received = 0;
  for await (const octets of readable) received += octets.length;
  return received;
}

/** Connections opened and closed a second; each end reads and writes through its streams, as otherwise none would be made. 2 MSL pass at the end. */
export async function streamsConnectClose(): Promise<number> {
  const { driver, client, server } = await twoHosts();
  const start = performance.now();
  await driver.run(async () => {
    const listener = listen(server, SERVER);
    const serving = (async () => {
      for (let i = 0; i < WORK.batch; i++) {
        const connection = await listener.accept();
        await connection.readable.getReader().read();
        connection.close();
      }
    })();
    for (let i = 0; i < WORK.batch; i++) {
      const connection = connect(client, SERVER);
      await connection.opened;
      await connection.writable.close();
      connection.close();
    }
    await serving;
    listener.close();
  });
  await driver.settle();
  return WORK.batch / seconds(start);
}

/** Round trips of one octet a second. */
export async function streamsPingPong(): Promise<number> {
  const { driver, client, server } = await twoHosts();
  return driver.run(async () => {
    const listener = listen(server, SERVER);
    const one = connect(client, SERVER);
    const other = await listener.accept();
    const echoing = (async () => {
      const reader = other.readable.getReader();
      const writer = other.writable.getWriter();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        await writer.write(value);
      }
      await other.close();
    })();
    const reader = one.readable.getReader();
    const writer = one.writable.getWriter();
    const octet = new Uint8Array(1);
    const start = performance.now();
    for (let i = 0; i < WORK.roundTrips; i++) {
      await writer.write(octet);
      await reader.read();
    }
    const took = seconds(start);
    await one.close();
    await echoing;
    listener.close();
    return WORK.roundTrips / took;
  });
}
