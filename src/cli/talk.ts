/**
 * A connection joined to this terminal, in netcat's manners: standard input goes out, what comes in is printed as it is, the end of
 * input closes our direction and leaves the other open. Not here: how the connection is made.
 */
import type { Socket as KernelSocket } from 'node:net';
import { systemError } from '../node/system-error.ts';
import { SHUT_WR, type StreamSocket } from '../speak/socket/bsd.ts';
import { say, writeOctets } from './terminal.ts';

/** A connection as it is joined to the terminal: tcplab's own, or the kernel's. */
export interface Talk {
  /** The next octets; none when the other side has closed its direction. */
  receive(): Promise<Uint8Array>;
  send(octets: Uint8Array): Promise<void>;
  /** Closes our direction. */
  end(): void;
  close(): void;
}

/** Octets asked for at once. */
const PIECE = 65_536;

/** How long a pipe may be silent after the other side has closed until `listen` ends, in milliseconds. A terminal is not waited for. */
const LAST_WORDS = 2_000;

/** A connection on tcplab's own TCP. */
export const talkOf = (socket: StreamSocket): Talk => ({
  receive: () => socket.recv(PIECE),
  send: (octets) => socket.sendall(octets),
  end: () => socket.shutdown(SHUT_WR),
  close: () => socket.close(),
});

/** A connection on the kernel's TCP; made with `allowHalfOpen`. */
export function talkOfKernel(socket: KernelSocket): Talk {
  const { remoteAddress, remotePort } = socket;
  let failure: unknown;
  let wake = (): void => {};
  socket.on('error', (error) => {
    failure = systemError(error, `connection with ${remoteAddress}:${remotePort}`);
  });
  for (const event of ['readable', 'end', 'close']) socket.on(event, () => wake());
  return {
    // Not the socket's own iterator: that destroys it at the end of what comes, and with it the direction that is still open.
    receive: async () => {
      for (;;) {
        const chunk = socket.read() as Uint8Array | null;
        if (chunk !== null) return chunk;
        if (failure !== undefined) throw failure;
        if (socket.readableEnded || socket.destroyed) return new Uint8Array(0);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    send: (octets) =>
      new Promise((resolve, reject) => {
        socket.write(octets, (error) => (error ? reject(failure ?? error) : resolve()));
      }),
    end: () => socket.end(),
    close: () => socket.destroySoon(),
  };
}

/**
 * Joins a connection to the terminal until both directions are closed. On a terminal, until the other side has closed. `listening`: the same where the
 * input is a pipe and says nothing for a while after that, since a server's client is mostly gone then.
 */
export async function join(talk: Talk, listening: boolean): Promise<void> {
  const input = process.stdin;
  // Ctrl-C closes as the end of a program does: orderly.
  const interrupted = (): void => {
    process.exitCode = 130;
    input.destroy();
    talk.close();
  };
  process.once('SIGINT', interrupted);
  let otherSideClosed = (): void => {};
  const closed = new Promise<void>((resolve) => {
    otherSideClosed = resolve;
  });
  const sending = send(talk, input, closed);
  // Whoever waits for it below hears of a failure; until then it is nobody's.
  sending.catch(() => {});
  try {
    for (;;) {
      const octets = await talk.receive();
      if (octets.length === 0) break;
      writeOctets(octets);
    }
    if (listening || input.isTTY) otherSideClosed();
    await sending;
    talk.close();
  } catch (error) {
    if (process.exitCode !== 130) throw error;
  } finally {
    process.removeListener('SIGINT', interrupted);
    input.destroy();
  }
}

/**
 * Joins one connection after the other to the terminal, until Ctrl-C. What is typed goes to the one that there is, or waits for the next; the end of input ends nothing.
 * @param stop ends `next`, which is rejected then
 */
export async function joinEach(next: () => Promise<Talk>, stop: () => void): Promise<void> {
  const input = process.stdin;
  let talk: Talk | undefined;
  let ended = false;
  const interrupted = (): void => {
    ended = true;
    process.exitCode = 130;
    input.destroy();
    talk?.close();
    stop();
  };
  process.once('SIGINT', interrupted);
  input.pause();
  const typed = (octets: Uint8Array): void => void talk?.send(octets).catch(() => {});
  input.on('data', typed);
  input.pause();
  while (!ended) {
    try {
      talk = await next();
      input.resume();
      for (;;) {
        const octets = await talk.receive();
        if (octets.length === 0) break;
        writeOctets(octets);
      }
    } catch (error) {
      // One that was reset is not the last.
      if (talk === undefined && !ended) throw error;
      if (!ended) say(`tcplab: ${(error as Error).message}`);
    }
    input.pause();
    talk?.close();
    talk = undefined;
  }
}

/** Octets of input that go into one datagram at the most. */
const DATAGRAM = 16_384;

/** Standard input as datagrams: each chunk is one, a large chunk several. Done at its end. */
export async function sendDatagrams(send: (octets: Uint8Array) => Promise<unknown>): Promise<void> {
  for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
    for (let at = 0; at < chunk.length; at += DATAGRAM) await send(chunk.subarray(at, at + DATAGRAM));
  }
}

/** Sends the input and closes our direction: at its end, or when it has said nothing for a while since the other side has closed. */
async function send(talk: Talk, input: NodeJS.ReadStream, closed: Promise<void>): Promise<void> {
  const chunks = input[Symbol.asyncIterator]();
  let giveUp = (): void => {};
  let over = false;
  let silence: NodeJS.Timeout | undefined;
  closed.then(() => {
    if (input.isTTY) {
      over = true;
      giveUp();
      return;
    }
    silence = setTimeout(() => giveUp(), LAST_WORDS);
    silence.unref();
  });
  while (!over) {
    silence?.refresh();
    // Not a race with `closed`: each would leave a reaction with it, and memory would grow with the input.
    const chunk = await new Promise<IteratorResult<unknown> | undefined>((resolve, reject) => {
      giveUp = () => resolve(undefined);
      chunks.next().then(resolve, reject);
    });
    if (chunk === undefined || chunk.done) break;
    await talk.send(chunk.value as Uint8Array);
  }
  talk.end();
}
