/** Traffic on the loopback interface for tests of captures: a UDP socket that sends to itself, and the capture of what it sent. */
import { createSocket, type Socket } from 'node:dgram';
import type { LiveCapture, LiveEvents } from '../src/node/live/contract.ts';
import type { Packet } from '../src/see/capture/packet.ts';

/** A UDP socket on 127.0.0.1; its port tells its packets from others'. */
export interface Talker {
  readonly port: number;
  /** Sends a datagram from this socket to itself. */
  say(payload: string | Uint8Array): Promise<void>;
  close(): void;
}

/** Opens a talker on a port that is free. */
export function openTalker(): Promise<Talker> {
  const socket: Socket = createSocket('udp4');
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      resolve({
        port,
        say: (payload) =>
          new Promise((done, failed) => {
            socket.send(payload, port, '127.0.0.1', (error) => (error === null ? done() : failed(error)));
          }),
        close: () => socket.close(),
      });
    });
  });
}

/** What a test keeps of a packet. */
export interface Heard {
  readonly number: number;
  readonly linkType: number;
  readonly time: number;
  readonly capturedLength: number;
  readonly originalLength: number;
  readonly checksumPending: boolean;
  /** All its octets, in hexadecimal. */
  readonly octets: string;
  /** Its UDP payload as text. */
  readonly payload: string;
}

/** Collects the UDP datagrams to a port from a capture on loopback, where IPv4 headers have 20 octets. */
export class Listener {
  readonly heard: Heard[] = [];
  readonly notes: string[] = [];
  readonly ends: unknown[] = [];
  readonly #port: number;
  readonly #header: number;
  #waiting: (() => void) | undefined;

  /** @param header octets before the IP header */
  constructor(port: number, header = 14) {
    this.#port = port;
    this.#header = header;
  }

  /** Events for `start`; `also` is called with each packet of the port after it was kept. */
  events(also?: () => void): LiveEvents {
    return {
      packet: (packet, checksumPending) => {
        if (!this.#isOurs(packet)) return;
        const octets = Buffer.from(packet.bytes.subarray(packet.at, packet.at + packet.capturedLength));
        this.heard.push({
          number: packet.number,
          linkType: packet.linkType,
          time: packet.seconds * 1000 + packet.nanoseconds / 1e6,
          capturedLength: packet.capturedLength,
          originalLength: packet.originalLength,
          checksumPending,
          octets: octets.toString('hex'),
          payload: octets.toString('latin1', this.#header + 28),
        });
        also?.();
        this.#waiting?.();
      },
      note: (text) => this.notes.push(text),
      end: (problem) => {
        this.ends.push(problem);
        this.#waiting?.();
      },
    };
  }

  /** Resolves when what was heard meets the condition. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = () => {
        if (condition()) resolve();
      };
      this.#waiting();
    });
  }

  /** Resolves when a datagram with this payload was heard: then all before it were, too. */
  last(payload: string): Promise<void> {
    return this.until(() => this.heard.at(-1)?.payload === payload);
  }

  #isOurs(packet: Packet): boolean {
    const ip = packet.at + this.#header;
    if (packet.capturedLength < this.#header + 28) return false;
    const { view } = packet;
    return view.getUint8(ip) === 0x45 && view.getUint8(ip + 9) === 17 && view.getUint16(ip + 22) === this.#port;
  }
}

/** Runs a test's body with a capture and a talker, and closes both whatever happens. */
export async function withCapture(capture: LiveCapture, body: (talker: Talker) => Promise<void>): Promise<void> {
  const talker = await openTalker();
  try {
    await body(talker);
  } finally {
    talker.close();
    await capture.close();
  }
}
