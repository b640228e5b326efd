/**
 * Capture through a program that has the rights for it or is simply there: dumpcap (of Wireshark) or tcpdump, which write a capture file to a pipe
 * that is read as it grows. Dearer and later than the packet ring, but it needs no library and works beyond Linux.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { TcplabError } from '../../core/errors.ts';
import { CaptureReader } from '../../see/capture/capture-reader.ts';
import { makePacket, type Packet } from '../../see/capture/packet.ts';
import {
  bufferOctets,
  type LiveCapture,
  type LiveEvents,
  type LiveOptions,
  type LiveSource,
  type LiveStatistics,
} from './contract.ts';
import { noInterface } from './refusal.ts';

/** The programs, the better one first. */
export const PROGRAMS: readonly Program[] = ['dumpcap', 'tcpdump'];

/** A program that can capture. */
export type Program = Exclude<LiveSource, 'ring'>;

interface Manners {
  /** Arguments to capture on an interface, with so much memory in the kernel, and write to the standard output, with nanoseconds. */
  arguments(name: string, bufferOctets: number): string[];
  /** How late a packet can come, in milliseconds: so long `finish` waits for what is in the program's hands. */
  readonly lateness: number;
  /** Where its last words tell what was dropped. */
  readonly dropped: RegExp;
}

const MANNERS: Record<Program, Manners> = {
  dumpcap: {
    arguments: (name, octets) => ['-q', '-B', String(Math.ceil(octets / (1 << 20))), '-i', name, '-w', '-'],
    lateness: 300,
    dropped: /^Packets received\/dropped on interface .*: \d+\/(\d+) \(/m,
  },
  tcpdump: {
    arguments: (name, octets) => [
      ...['-U', '--time-stamp-precision=nano', '-B', String(Math.ceil(octets / 1024))],
      ...['-i', name, '-w', '-'],
    ],
    lateness: 1100,
    dropped: /^(\d+) packets? dropped by kernel/m,
  },
};

/** A program that has not begun its file by then is given up, in milliseconds. */
const OPEN_LIMIT = 10_000;
/** A program that was interrupted and has not ended by then is killed, in milliseconds. */
const END_LIMIT = 2_000;
/** Characters kept of what a program says. */
const WORDS_LIMIT = 8_192;

/**
 * Starts a program and waits until it captures.
 * @param reasons why nothing better is used, for the note
 * @throws TcplabError `TCPLAB_NO_CAPTURE` when it is not installed or fails, `EACCES` when it has no rights, `TCPLAB_NO_INTERFACE`
 */
export async function openProgram(
  program: Program,
  name: string,
  options: LiveOptions,
  reasons: readonly string[],
): Promise<LiveCapture> {
  const { arguments: list, lateness } = MANNERS[program];
  const why = reasons.map((reason) => `\n  not through ${reason}`).join('');
  const note = `capturing on ${name} through ${program}: packets come up to ${lateness / 1000} s late${why}`;
  // In their own language the programs could not be understood.
  const child = spawn(
    program,
    [...list(name, bufferOctets(options)), ...(options.promiscuous === true ? [] : ['-p'])],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C' },
    },
  );
  const capture = new ProgramCapture(program, name, note, child);
  await capture.opened();
  return capture;
}

class ProgramCapture implements LiveCapture {
  readonly name: string;
  readonly source: Program;
  readonly note: string;

  readonly #child: ChildProcess;
  readonly #output: Readable;
  readonly #reader: CaptureReader = new CaptureReader();
  readonly #packet: Packet = makePacket();
  /** The packet was read while the file's beginning was looked for, and waits for `start`. */
  #held = false;
  /** What the program said; the end of it. */
  #words = '';
  /** Settles when the program has ended and all its output was read. */
  readonly #ended: Promise<void>;
  #over = false;
  #failure: NodeJS.ErrnoException | undefined;
  #events: LiveEvents | undefined;
  /** Packets are not handed out any more, or the end is of our making. */
  #closing = false;
  #finishing = false;
  #received = 0;

  constructor(program: Program, name: string, note: string, child: ChildProcess) {
    this.source = program;
    this.name = name;
    this.note = note;
    this.#child = child;
    this.#output = child.stdout!;
    this.#output.on('data', (chunk: Uint8Array) => {
      if (this.#closing) return;
      this.#reader.push(chunk);
      this.#handOut();
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#words = (this.#words + text).slice(-WORDS_LIMIT);
    });
    child.on('error', (error) => {
      this.#failure = error;
    });
    this.#ended = new Promise((resolve) => {
      child.on('close', () => {
        this.#over = true;
        resolve();
        this.#tellEnd();
      });
    });
  }

  get linkType(): number {
    return this.#reader.interfaces[0]!.linkType;
  }

  /** Resolves when the program has begun its file: then it captures. Throws when it ends instead. */
  async opened(): Promise<void> {
    const { promise, settle } = signal();
    const begun = (): void => {
      if (this.#reader.interfaces.length > 0 || this.#reader.problem !== undefined) settle();
    };
    this.#output.on('data', begun);
    const limit = setTimeout(settle, OPEN_LIMIT);
    void this.#ended.then(settle);
    await promise;
    clearTimeout(limit);
    this.#output.off('data', begun);
    if (this.#reader.interfaces.length > 0 && this.#reader.problem === undefined) return;
    const problem = this.#problem() ?? `it did not begin within ${OPEN_LIMIT / 1000} s`;
    await this.close();
    if (/permission|not permitted/i.test(problem)) throw new TcplabError('EACCES', problem);
    if (/no device named|no such device/i.test(problem)) throw noInterface(this.name);
    throw new TcplabError('TCPLAB_NO_CAPTURE', problem);
  }

  start(events: LiveEvents): void {
    if (this.#closing) throw new TcplabError('EBADF', `the capture on ${this.name} is closed`);
    if (this.#events !== undefined)
      throw new TcplabError('EALREADY', `the capture on ${this.name} was started already`);
    this.#events = events;
    // Not from within this call: who starts a capture is not ready for its packets until start has returned.
    setImmediate(() => {
      if (!this.#closing) this.#handOut();
      this.#output.resume();
      if (this.#over) this.#tellEnd();
    });
  }

  statistics(): LiveStatistics {
    const told = MANNERS[this.source].dropped.exec(this.#words)?.[1];
    return { received: this.#received, dropped: told === undefined ? undefined : Number(told) };
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#stop();
  }

  async finish(): Promise<void> {
    if (this.#closing || this.#finishing) return this.#ended;
    if (this.#events === undefined) return this.close();
    this.#finishing = true;
    if (!this.#over) await Promise.race([sleep(MANNERS[this.source].lateness), this.#ended]);
    await this.#stop();
    this.#closing = true;
  }

  /** Interrupts the program, as its user would, and sees that it ends. */
  async #stop(): Promise<void> {
    if (this.#closing || this.#events === undefined) this.#output.resume();
    if (this.#over) return;
    this.#child.kill('SIGINT');
    const limit = setTimeout(() => {
      this.#child.kill('SIGKILL');
      // A child of the program may hold its output open.
      this.#output.destroy();
      this.#child.stderr!.destroy();
    }, END_LIMIT);
    await this.#ended;
    clearTimeout(limit);
  }

  /** Hands out the packets that are whole; before `start`, reads no further than to the first. */
  #handOut(): void {
    const packet = this.#packet;
    const events = this.#events;
    if (events === undefined) {
      this.#held = this.#reader.next(packet);
      if (this.#reader.interfaces.length > 0) this.#output.pause();
      return;
    }
    if (this.#held) {
      this.#held = false;
      this.#received++;
      events.packet(packet, false);
    }
    while (!this.#closing && this.#reader.next(packet)) {
      this.#received++;
      events.packet(packet, false);
    }
    if (this.#reader.problem !== undefined && !this.#over) void this.#stop();
  }

  /** The program ended by itself: with a failure, or because it was interrupted together with us. */
  #tellEnd(): void {
    const events = this.#events;
    if (events === undefined || this.#closing || this.#finishing) return;
    this.#closing = true;
    const interrupted = this.#child.signalCode === 'SIGINT' || this.#child.exitCode === 0;
    const problem = interrupted && this.#reader.problem === undefined ? undefined : this.#problem();
    events.end?.(
      problem === undefined
        ? undefined
        : new TcplabError('TCPLAB_NO_CAPTURE', `${this.source} on ${this.name}: ${problem}`),
    );
  }

  /** What went wrong, in the program's words if it had any. */
  #problem(): string | undefined {
    if (this.#failure?.code === 'ENOENT') return 'it is not installed';
    if (this.#failure?.code === 'EACCES') return 'you have no permission to run it';
    if (this.#failure !== undefined) return this.#failure.message;
    if (this.#reader.problem !== undefined) return this.#reader.problem.message;
    const said = complaint(this.#words, this.source);
    if (said !== undefined) return said;
    return this.#over ? `it ended with ${this.#child.signalCode ?? `exit code ${this.#child.exitCode}`}` : undefined;
  }
}

/** The line in which a program complains, with the parenthesis that it puts on the next one. */
function complaint(words: string, program: string): string | undefined {
  const lines = words.split('\n').map((line) => line.trim());
  const at = lines.findIndex((line) => line.startsWith(`${program}: `) && !/: listening on |: Warning/i.test(line));
  if (at < 0) return undefined;
  const more = lines[at + 1] ?? '';
  return lines[at]!.slice(program.length + 2) + (more.startsWith('(') ? ` ${more}` : '');
}

function signal(): { promise: Promise<void>; settle: () => void } {
  let settle = (): void => {};
  const promise = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return { promise, settle };
}
