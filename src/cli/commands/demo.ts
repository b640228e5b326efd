/** `tcplab demo`: the experiment. Two programs, one connection, every packet seen: as a list, as fields, as a ladder, in words. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { MESSAGE, runExperiment, tell } from '../../lab/index.ts';
import { writeCapture } from '../../node/capture-file.ts';
import { converse, converseInDatagrams } from '../../node/kernel-conversation.ts';
import { captureOf } from '../../node/live/capture-of.ts';
import { flagNames } from '../../rules/flags.ts';
import { Analysis } from '../../see/analysis/index.ts';
import type { Packet } from '../../see/capture/index.ts';
import {
  type Datagram,
  datagramLadder,
  type Ladder,
  ladderOf,
  ladderScene,
  ladderText,
  svg,
} from '../../see/diagram/index.ts';
import { type Dissection, type Endpoint, listLine } from '../../see/dissect/index.ts';
import { SEND_REASONS, type SendReason } from '../../speak/tcp/index.ts';
import { ACK } from '../../wire/tcp.ts';
import { portNumber, UsageError, wholeNumber } from '../failure.ts';
import { makeFolder, writeWhole } from '../output.ts';
import { paragraph } from '../paragraph.ts';
import { strangersDissector } from '../sieve.ts';
import { colour, print, wantsColour, width } from '../terminal.ts';
import { valuesOf } from '../views/field-view.ts';

interface DemoOptions {
  port: string;
  udp?: boolean;
  window?: string;
  kernel?: boolean;
  why?: boolean;
  out: string;
}

const HELP = `
A server listens on port 7456; a client connects, says
"${MESSAGE}" and closes. Both run on tcplab's own TCP,
10 milliseconds apart, in virtual time: it takes an instant, and is the same run
each time.

Examples:
  tcplab demo                  the three-way handshake, data, the close
  tcplab demo --window 8       the receiver allows eight octets at a time
  tcplab demo --why            the reason for each segment, with its clause
  tcplab demo --udp            the same without TCP: what is missing?
  sudo tcplab demo --kernel    the same on this machine's TCP, sniffed on lo`;

export function define(command: Command): void {
  command
    .option('--port <PORT>', "the server's port", '7456')
    .option('--udp', 'the same conversation over UDP')
    .option('--window <OCTETS>', 'the server has room for so many octets, and reads slowly')
    .option('--kernel', "both programs on this machine's own TCP, sniffed on lo (needs the right to capture)")
    .option('--why', 'under each packet why it was sent, as the stack that sent it says')
    .option('--out <DIR>', 'where capture.pcapng and ladder.svg are written', './tcplab-demo')
    .addHelpText('after', HELP)
    .action(demo);
}

/** What is seen of the experiment. */
interface Seen {
  readonly lines: string[];
  /** Sequence, acknowledgment, flags and window of the first three segments. */
  readonly handshake: string[][];
  ladders: readonly Ladder[];
}

async function demo(options: DemoOptions): Promise<void> {
  const port = portNumber(options.port);
  const window = options.window === undefined ? undefined : wholeNumber(options.window, '--window', 1, 1_000_000);
  const udp = options.udp === true;
  if (window !== undefined && udp) throw new UsageError('--window and --udp do not go together: UDP has no window');
  if (window !== undefined && options.kernel) {
    throw new UsageError("--window is for tcplab's own TCP: leave out --kernel");
  }
  if (options.why && (udp || options.kernel)) {
    const other = udp ? '--udp' : '--kernel';
    throw new UsageError(`--why is for tcplab's own TCP, which knows why: leave out ${other}`);
  }
  makeFolder(options.out);
  const capture = join(options.out, 'capture.pcapng');
  const picture = join(options.out, 'ladder.svg');
  heading('Two programs');
  const say = (program: 'server' | 'client', line: string): void => {
    print(`${colour(program, `${program}:`)} ${line}`);
  };
  const seen = options.kernel
    ? await onKernel(port, udp, capture, say)
    : await onOwnStack(port, udp, window, options.why === true, capture, say);
  print();
  heading('The packets between them');
  for (const line of seen.lines) print(line);
  print();
  if (seen.handshake.length > 0) {
    heading('The three-way handshake, field by field');
    table(seen.handshake);
    print();
  }
  heading(udp ? 'The conversation' : 'The connection, drawn and told');
  print(ladderText(seen.ladders, { width: width(), color: wantsColour() }).trimEnd());
  print();
  writeWhole(picture, svg(ladderScene(seen.ladders)));
  print('Written:');
  const wide = Math.max(capture.length, picture.length);
  print(`  ${capture.padEnd(wide)}   for Wireshark, or tcplab read FILE --details`);
  print(`  ${picture.padEnd(wide)}   the ladder as a picture`);
}

function heading(text: string): void {
  print(colour('bold', text));
  print(colour('dim', '─'.repeat(text.length)));
}

/** On tcplab's own TCP: hosts, cable and clock are of the lab. */
async function onOwnStack(
  port: number,
  udp: boolean,
  window: number | undefined,
  why: boolean,
  capture: string,
  say: (program: 'server' | 'client', line: string) => void,
): Promise<Seen> {
  const reasons = new Map<number, SendReason>();
  const recorder = await runExperiment({
    afterPrograms: setImmediate,
    epoch: Date.now() * 1_000,
    port,
    udp,
    say,
    onHost: (host) => host.trace({ sent: (event) => reasons.set(event.mark, event.why) }),
    ...(window === undefined ? {} : { window }),
  });
  const chunks: Uint8Array[] = [];
  recorder.writePcapng((chunk) => chunks.push(chunk.slice()), 'lab');
  writeWhole(capture, Buffer.concat(chunks));
  const seen = new Watch();
  const analysis = tell(recorder, (dissection, frame) => {
    seen.frame(dissection, Number.isFinite(frame.arrived) ? (frame.arrived - frame.sent) * 1_000 : undefined);
    const reason = reasons.get(frame.mark);
    if (why && reason !== undefined) seen.remark(reason);
  });
  return seen.result(analysis);
}

/** On this machine's own TCP, seen through its loopback interface. */
async function onKernel(
  port: number,
  udp: boolean,
  capture: string,
  say: (program: 'server' | 'client', line: string) => void,
): Promise<Seen> {
  const conversation = { port, message: MESSAGE, say };
  const wanted = (dissection: Dissection): boolean =>
    valuesOf(udp ? 'udp.port' : 'tcp.port', dissection).includes(String(port));
  const seen = new Watch();
  const analysis = new Analysis();
  const dissector = strangersDissector();
  const file = writeCapture(capture);
  await captureOf(
    'lo',
    (packet: Packet) => {
      const dissection = dissector.dissect(packet);
      if (!wanted(dissection)) return;
      packet.number = seen.count + 1;
      file.write(packet);
      if (dissection.segment !== undefined) analysis.segment(dissection.segment);
      seen.frame(dissection, undefined);
    },
    () => (udp ? converseInDatagrams(conversation) : converse(conversation)),
  ).finally(() => file.close());
  return seen.result(analysis);
}

/** Collects what is shown of each frame. */
class Watch {
  readonly #seen: Seen = { lines: [], handshake: [], ladders: [] };
  readonly #datagrams: Datagram[] = [];
  #ends: [Endpoint, Endpoint] | undefined;

  get count(): number {
    return this.#seen.lines.length;
  }

  /** Why the last frame was sent. */
  remark(why: SendReason): void {
    const { words, rfc } = SEND_REASONS[why];
    this.#seen.lines.push(colour('dim', `      ${why}: ${words} (${rfc})`));
  }

  frame(dissection: Dissection, onItsWay: number | undefined): void {
    const { lines, handshake } = this.#seen;
    lines.push(listLine(dissection));
    if (dissection.segment !== undefined) {
      if (handshake.length < 3) {
        const { flags, relativeSeq, relativeAck, window } = dissection.segment;
        handshake.push([
          String(relativeSeq),
          flags & ACK ? String(relativeAck) : 'none yet',
          `0x${flags.toString(16).padStart(3, '0')} ${flagNames(flags)}`,
          String(window),
        ]);
      }
      return;
    }
    const [source, destination, from, to, length] = [
      'ip.src',
      'ip.dst',
      'udp.srcport',
      'udp.dstport',
      'udp.length',
    ].map((name) => valuesOf(name, dissection)[0]);
    if (length === undefined) return;
    const sender: Endpoint = { address: source!, port: Number(from) };
    const receiver: Endpoint = { address: destination!, port: Number(to) };
    this.#ends ??= [sender, receiver];
    this.#datagrams.push({
      frame: dissection.packet.number,
      from: sender.port === this.#ends[0].port ? 0 : 1,
      time: dissection.time,
      length: Number(length) - 8,
      ...(onItsWay === undefined ? {} : { arrival: dissection.time + onItsWay }),
    });
  }

  result(analysis: Analysis): Seen {
    this.#seen.ladders =
      this.#ends === undefined
        ? analysis.conversations.map((conversation) => ladderOf(conversation))
        : [datagramLadder('udp.stream 0', this.#ends, this.#datagrams)];
    return this.#seen;
  }
}

/** The article's four questions, answered for SYN, SYN-ACK and ACK. */
function table(handshake: readonly string[][]): void {
  const names = ['SYN', 'SYN, ACK', 'ACK'];
  const rows = [
    ['', ...names],
    ...['Sequence number', 'Acknowledgment number', 'Flags', 'Window'].map((name, i) => [
      name,
      ...handshake.map((values) => values[i]!),
    ]),
  ];
  for (const [i, row] of rows.entries()) {
    const line = row
      .map((cell, k) => (k === 0 ? cell.padEnd(24) : cell.padEnd(18)))
      .join('')
      .trimEnd();
    print(i === 0 ? colour('bold', line) : line);
  }
  print();
  paragraph(
    'Sequence number: where the octets of its sender stand (relative: each side began at a random number). Acknowledgment number: what its sender expects next. Window: how many octets its sender will take beyond that.',
    Math.min(width(), 100),
  );
}
