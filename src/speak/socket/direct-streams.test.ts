/** What readers and writers that go straight to a connection must not be told apart by: the streams of the platform say what is right. */
import { expect, test } from 'vitest';
import { network } from '../../../test/network.ts';
import { SECOND } from '../../core/time.ts';
import type { Driver } from '../stack/driver.ts';
import { bytes } from './bsd.ts';
import { connect, listen, type TcpConnection } from './streams.ts';

const SERVER = { hostname: '10.0.0.2', port: 7456 };

const text = (octets: Uint8Array | undefined): string | undefined => octets && new TextDecoder().decode(octets);

/** What a promise came to, in words. */
const outcome = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    (value) => {
      const { value: chunk, done } = (value ?? {}) as { value?: Uint8Array; done?: boolean };
      return done === undefined ? 'done' : done ? `end ${chunk === undefined ? 'of all' : chunk.length}` : text(chunk)!;
    },
    (error: { code?: string; name?: string } | undefined) => `fails ${error?.code ?? error?.name ?? String(error)}`,
  );

interface Scene {
  readonly own: TcpConnection;
  readonly accepted: TcpConnection;
  readonly driver: Driver;
  /** Sends from the other side, and waits until it has come. */
  say(what: string): Promise<void>;
}

/** What a scene tells; with `byob` every read goes through the platform's stream. */
async function told(scene: (scene: Scene) => Promise<unknown>, byob: boolean): Promise<unknown> {
  const { driver, client, server } = network();
  let what: unknown;
  await driver.run(async () => {
    const listener = listen(server, SERVER, { byob });
    const own = connect(client, SERVER, { sendBuffer: 4_096 });
    const accepted = await listener.accept();
    // A writer of the scene's own finds the writable free.
    const say = async (words: string): Promise<void> => {
      const writer = own.writable.getWriter();
      await writer.write(bytes(words));
      writer.releaseLock();
      await driver.sleep(SECOND);
    };
    what = await scene({ own, accepted, driver, say });
    own.abort();
    accepted.abort();
    listener.close();
  });
  await driver.settle();
  return what;
}

const READS: Record<string, (scene: Scene) => Promise<unknown>> = {
  'reads that wait are answered in their order': async ({ accepted, say }) => {
    const reader = accepted.readable.getReader();
    const reads = [outcome(reader.read()), outcome(reader.read())];
    await say('one');
    reads.push(outcome(reader.read()));
    await say('two');
    await say('three');
    return Promise.all(reads);
  },
  'a reader that leaves takes its reads with it, and what comes then is for the next': async ({ accepted, say }) => {
    const first = accepted.readable.getReader();
    const reads = [outcome(first.read())];
    first.releaseLock();
    reads.push(outcome(first.read()), outcome(first.closed));
    const second = accepted.readable.getReader();
    reads.push(outcome(second.read()));
    await say('for the second');
    return Promise.all(reads);
  },
  'what a pipe has left behind comes first': async ({ accepted, say }) => {
    const { readable } = accepted;
    const broken = new WritableStream({
      write: () => {
        throw new RangeError('full');
      },
    });
    const piped = outcome(readable.pipeTo(broken, { preventCancel: true }));
    await say('lost with the pipe');
    const said = [await piped];
    await say('one');
    const reader = readable.getReader();
    said.push(await outcome(reader.read()));
    const waits = outcome(reader.read());
    await say('two');
    said.push(await waits);
    return said;
  },
  'what a pipe that was stopped had asked for comes first': async ({ accepted, driver, say }) => {
    const { readable } = accepted;
    const stop = new AbortController();
    const piped = outcome(readable.pipeTo(new WritableStream(), { preventCancel: true, signal: stop.signal }));
    await driver.sleep(SECOND);
    stop.abort();
    const said = [await piped];
    await say('one');
    await say('two');
    const reader = readable.getReader();
    said.push(await outcome(reader.read()), await outcome(reader.read()));
    const waits = outcome(reader.read());
    await say('three');
    said.push(await waits);
    return said;
  },
  'a loop and a reader take turns': async ({ accepted, say }) => {
    const { readable } = accepted;
    const said: unknown[] = [];
    await say('one');
    for await (const chunk of readable.values({ preventCancel: true })) {
      said.push(text(chunk));
      break;
    }
    const reader = readable.getReader();
    const waits = outcome(reader.read());
    await say('two');
    said.push(await waits);
    reader.releaseLock();
    await say('three');
    for await (const chunk of readable) {
      said.push(text(chunk));
      break;
    }
    said.push(await outcome(readable.getReader().read()));
    return said;
  },
  'cancelling ends the reads that wait': async ({ accepted }) => {
    const reader = accepted.readable.getReader();
    const reads = [outcome(reader.read()), outcome(reader.read())];
    return Promise.all([...reads, outcome(reader.cancel()), outcome(reader.closed), outcome(reader.read())]);
  },
  'the FIN ends the reads that wait': async ({ own, accepted, say }) => {
    const reader = accepted.readable.getReader();
    const reads = [outcome(reader.read()), outcome(reader.read()), outcome(reader.read())];
    await say('last words');
    own.closeWrite();
    return Promise.all([...reads, outcome(reader.closed), outcome(reader.read())]);
  },
  'octets and FIN at once: first the ones, then the other': async ({ own, accepted, driver }) => {
    const writer = own.writable.getWriter();
    await writer.write(bytes('bye'));
    await writer.close();
    await driver.sleep(SECOND);
    const reader = accepted.readable.getReader();
    return [await outcome(reader.read()), await outcome(reader.read()), await outcome(reader.closed)];
  },
  'the end is known with the last octets, when nothing else is to come': async ({ own, accepted, driver, say }) => {
    accepted.closeWrite();
    await say('bye');
    own.closeWrite();
    await driver.sleep(SECOND);
    const reader = accepted.readable.getReader();
    const said = [await outcome(reader.read())];
    const soon = driver.sleep(SECOND).then(() => 'later');
    return [
      ...said,
      await Promise.race([outcome(reader.closed), soon]),
      await Promise.race([outcome(accepted.closed), soon]),
    ];
  },
  'a reset fails the reads that wait': async ({ own, accepted }) => {
    const reader = accepted.readable.getReader();
    const reads = [outcome(reader.read()), outcome(reader.read())];
    own.abort();
    return Promise.all([...reads, outcome(reader.closed), outcome(reader.read())]);
  },
  'what came before a reset is read before it is told': async ({ own, accepted, say }) => {
    const reader = accepted.readable.getReader();
    await say('before');
    own.abort();
    await accepted.closed.catch(() => {});
    return [await outcome(reader.read()), await outcome(reader.read())];
  },
  'closing the connection ends the reads that wait': async ({ accepted }) => {
    const reader = accepted.readable.getReader();
    const read = outcome(reader.read());
    accepted.close();
    return [await read, await outcome(reader.read())];
  },
  'a tee has all of it twice': async ({ own, accepted, say }) => {
    const [left, right] = accepted.readable.tee();
    await say('both');
    own.closeWrite();
    const all = async (stream: ReadableStream<Uint8Array>): Promise<string> => {
      let said = '';
      for await (const chunk of stream) said += text(chunk);
      return said;
    };
    return Promise.all([all(left), all(right)]);
  },
};

for (const [name, scene] of Object.entries(READS))
  test(`${name}, as in a stream of the platform`, async () => {
    const plain = await told(scene, true);
    expect(await told(scene, false)).toEqual(plain);
    expect(JSON.stringify(plain).length).toBeGreaterThan(4);
  });

const WRITES: Record<string, [scene: (scene: Scene) => Promise<unknown>, expected: unknown]> = {
  'after close a write fails at once, and the FIN follows what was written': [
    async ({ own, accepted }) => {
      const writer = own.writable.getWriter();
      const first = outcome(writer.write(bytes('first')));
      const closed = outcome(writer.close());
      const late = outcome(writer.write(bytes('late')));
      let said = '';
      for await (const chunk of accepted.readable) said += text(chunk);
      return [await first, await closed, await late, said];
    },
    ['done', 'done', 'fails ERR_INVALID_STATE', 'first'],
  ],
  'the next writer of a stream that is closing may not write either': [
    async ({ own }) => {
      const first = own.writable.getWriter();
      const closed = outcome(first.close());
      first.releaseLock();
      const second = own.writable.getWriter();
      return [await outcome(second.write(bytes('late'))), await closed];
    },
    ['fails ERR_INVALID_STATE', 'done'],
  ],
  'a writer that has left may not write': [
    async ({ own, accepted }) => {
      const writer = own.writable.getWriter();
      writer.releaseLock();
      const late = await outcome(writer.write(bytes('late')));
      own.closeWrite();
      return [late, await outcome(accepted.readable.getReader().read())];
    },
    ['fails ERR_INVALID_STATE', 'end of all'],
  ],
  'after abort nothing is written': [
    async ({ own }) => {
      const writer = own.writable.getWriter();
      const aborted = outcome(writer.abort(new RangeError('enough')));
      return [await outcome(writer.write(bytes('late'))), await aborted];
    },
    ['fails RangeError', 'done'],
  ],
  'what the send buffer has no room for waits in line, and the order is kept': [
    async ({ own, accepted, driver }) => {
      const writer = own.writable.getWriter();
      const parts = ['a', 'b', 'c', 'd', 'e'].map((letter) => bytes(letter.repeat(100_000)));
      const writes = parts.map((part) => writer.write(part));
      const room = writer.desiredSize;
      await driver.sleep(SECOND);
      let said = '';
      const reading = (async () => {
        for await (const chunk of accepted.readable) said += text(chunk);
      })();
      await Promise.all(writes);
      const roomAfter = writer.desiredSize;
      await writer.write(bytes('f'));
      await writer.close();
      await reading;
      return [room, roomAfter, said.replace(/(.)\1*/g, '$1'), said.length];
    },
    [-4, 1, 'abcdef', 500_001],
  ],
  'what is no octets is refused and ends the connection': [
    async ({ own }) => {
      const writer = own.writable.getWriter();
      await writer.write(bytes('well'));
      return [
        await outcome(writer.write('text' as unknown as Uint8Array)),
        await outcome(writer.write(bytes('late'))),
        await outcome(own.closed),
      ];
    },
    ['fails EINVAL', 'fails EINVAL', 'fails EINVAL'],
  ],
  'a write to a connection that was reset fails as it did': [
    async ({ own, accepted }) => {
      const writer = own.writable.getWriter();
      await writer.write(bytes('well'));
      accepted.abort();
      await own.closed.catch(() => {});
      return [await outcome(writer.write(bytes('late'))), await outcome(writer.closed)];
    },
    ['fails ECONNRESET', 'fails ECONNRESET'],
  ],
  'nothing is nothing': [async ({ own }) => outcome(own.writable.getWriter().write(new Uint8Array(0))), 'done'],
};

for (const [name, [scene, expected]] of Object.entries(WRITES))
  test(name, async () => {
    expect(await told(scene, false)).toEqual(expected);
  });
