/**
 * A connection joined to this terminal, in netcat's manners: standard input goes out, what comes in is printed as it is, the end of
 * input closes our direction and leaves the other open. Not here: how the connection is made.
 */
import type { Socket as KernelSocket } from 'node:net';
import { SHUT_WR, type StreamSocket } from '../speak/socket/bsd.ts';
import { writeOctets } from './terminal.ts';

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

/** A connection on tcplab's own TCP. */
export const talkOf = (socket: StreamSocket): Talk => ({
  receive: () => socket.recv(PIECE),
  send: (octets) => socket.sendall(octets),
  end: () => socket.shutdown(SHUT_WR),
  close: () => socket.close(),
});

/** A connection on the kernel's TCP; made with `allowHalfOpen`. */
export function talkOfKernel(socket: KernelSocket): Talk {
  const chunks = socket[Symbol.asyncIterator]();
  return {
    receive: async () => {
      const { value, done } = await chunks.next();
      return done ? new Uint8Array(0) : (value as Uint8Array);
    },
    send: (octets) =>
      new Promise((resolve, reject) => {
        socket.write(octets, (error) => (error ? reject(error) : resolve()));
      }),
    end: () => socket.end(),
    close: () => socket.destroySoon(),
  };
}

/**
 * Joins a connection to the terminal until both directions are closed; `listening`: until the other side has closed (a server's client is gone then, whatever
 * waits at our input), and so on a terminal.
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
  const sending = (async () => {
    for await (const chunk of input) await talk.send(chunk as Uint8Array);
    talk.end();
  })();
  // Whoever waits for it below hears of a failure; until then it is nobody's.
  sending.catch(() => {});
  try {
    for (;;) {
      const octets = await talk.receive();
      if (octets.length === 0) break;
      writeOctets(octets);
    }
    if (!listening && !input.isTTY) await sending;
    talk.close();
  } catch (error) {
    if (process.exitCode !== 130) throw error;
  } finally {
    process.removeListener('SIGINT', interrupted);
    input.destroy();
  }
}
