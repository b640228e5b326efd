/** `tcplab cut`: a part of a capture, by filter, time, stream and number; packets cut short; one capture split into several. */
import type { Command } from 'commander';
import { type CaptureFileCopy, copyCapture } from '../../node/capture-file-copy.ts';
import { type CopySource, type Moment, makePacket, type Packet } from '../../see/capture/index.ts';
import { bothNeeds, type Dissection, type DissectionNeeds, NEEDS_NOTHING } from '../../see/dissect/index.ts';
import { CAPTURE, openInput, sayProblem } from '../captures.ts';
import { sayLeftBehind, throwOn, writtenFile } from '../copies.ts';
import { UsageError, wholeNumber } from '../failure.ts';
import { frameFilter } from '../frame-filter.ts';
import { leftOut } from '../left-out.ts';
import { compareMoments, type GivenTime, givenTime, later } from '../moments.ts';
import { partName } from '../parts.ts';
import { RunningCount } from '../running-count.ts';
import { strangersDissector } from '../sieve.ts';
import { say } from '../terminal.ts';

interface CutOptions {
  write?: string;
  filter?: string;
  stream?: string;
  frames?: string;
  from?: string;
  to?: string;
  snaplen?: string;
  splitPackets?: string;
  splitSeconds?: string;
}

const HELP = `
All conditions must hold. What is found with the packets is kept: link types,
resolutions, and in pcapng names, comments, statistics, unknown blocks and
options. Times are UTC unless they say otherwise.

Examples:
  tcplab cut big.pcapng -Y 'ip.addr == 10.0.0.7' -w one-host.pcapng
  tcplab cut big.pcapng --stream 3,5 -w two-connections.pcapng
  tcplab cut big.pcapng --frames 1-100,205,300- -w some.pcapng
  tcplab cut big.pcapng --from '2026-11-29 00:26' --to +90 -w m.pcap
  tcplab cut big.pcapng --from +10 --to +12.5 -w seconds-10-to-12.pcapng
  tcplab cut big.pcapng -s 96 -w headers.pcapng.gz
  tcplab cut big.pcapng --split-packets 100000 -w part.pcapng
      part_00001_20261129002642.pcapng and so on, each a whole capture
  tcplab cut big.pcapng --split-seconds 60 -w minute.pcapng

Exit code 2: the capture is damaged; all its whole packets were looked at.`;

export function define(command: Command): void {
  command
    .argument('<FILE>', CAPTURE)
    .requiredOption('-w, --write <FILE>', 'the file to write (.pcapng or .pcap, also with .gz), - for standard output')
    .option('-Y, --filter <FILTER>', 'only frames that pass this display filter')
    .option('--stream <N,...>', 'only these TCP connections (tcp.stream)')
    .option('--frames <LIST>', 'only these frame numbers: 1-100,205,300-')
    .option('--from <TIME>', 'only frames of this time and later; +SECONDS counts from the first frame')
    .option('--to <TIME>', 'only frames before this time')
    .option('-s, --snaplen <OCTETS>', 'cut packets to so many octets')
    .option('--split-packets <N>', 'begin another file after so many packets')
    .option('--split-seconds <SECONDS>', 'begin another file after so long')
    .addHelpText('after', HELP)
    .action(cut);
}

async function cut(path: string, options: CutOptions): Promise<void> {
  const chosen = choiceOf(options);
  const parts = partsOf(options);
  const snaplen = options.snaplen === undefined ? undefined : wholeNumber(options.snaplen, '--snaplen', 1, 16_000_000);
  const file = openInput(path);
  const output = new Output(options.write!, parts, snaplen);
  const source = output.copy.from(file.reader);
  const dissector = chosen.matches === undefined ? undefined : strangersDissector(chosen.needs);
  const packet = makePacket();
  const progress = new RunningCount('packets');
  let first: Moment | undefined;
  try {
    for await (const reader of file) {
      while (reader.next(packet)) {
        first ??= { seconds: packet.seconds, nanoseconds: packet.nanoseconds };
        // Every frame is taken apart, wanted or not: connections are numbered by all of them.
        const passes = dissector === undefined || chosen.matches!(dissector.dissect(packet));
        if (passes && chosen.hasNumber(packet.number) && chosen.hasTime(packet, first)) output.write(packet, source);
      }
      if (file.isLive) output.copy.flush();
      else progress.show(reader.packets, file.position / file.size!);
    }
  } catch (error) {
    throwOn(error, output.copy);
  } finally {
    progress.clear();
    output.close();
  }
  const { packets } = output.copy;
  const where = output.parts > 1 ? `${output.parts} files, the last ${output.path}` : writtenFile(output.path);
  say(`${packets.toLocaleString('en')} of ${file.reader.packets.toLocaleString('en')} packets written to ${where}`);
  sayLeftBehind(output.copy.left);
  for (const line of leftOut(dissector)) say(line);
  sayProblem(file);
}

/** Which frames are wanted. */
interface Choice {
  readonly matches: ((dissection: Dissection) => boolean) | undefined;
  /** What `matches` asks of a dissection. */
  readonly needs: DissectionNeeds;
  hasNumber(number: number): boolean;
  hasTime(packet: Packet, first: Moment): boolean;
}

function choiceOf({ filter, stream, frames, from, to }: CutOptions): Choice {
  const streams = stream?.split(',').map((one) => wholeNumber(one.trim(), '--stream', 0, 0xffff_ffff));
  const conditions = [
    ...(filter === undefined ? [] : [frameFilter(filter)]),
    ...(streams === undefined ? [] : [frameFilter(`tcp.stream in {${streams.join(', ')}}`)]),
  ];
  const ranges = frames === undefined ? undefined : rangesOf(frames);
  const earliest = from === undefined ? undefined : givenTime(from, '--from');
  const end = to === undefined ? undefined : givenTime(to, '--to');
  const at = (time: GivenTime, first: Moment): Moment => (time.isRelative ? later(first, time) : time);
  return {
    matches:
      conditions.length === 0 ? undefined : (dissection) => conditions.every((condition) => condition.test(dissection)),
    needs: conditions.map(({ needs }) => needs).reduce(bothNeeds, NEEDS_NOTHING),
    hasNumber: (number) => ranges === undefined || ranges.some(([low, high]) => number >= low && number <= high),
    hasTime: (packet, first) =>
      (earliest === undefined || compareMoments(packet, at(earliest, first)) >= 0) &&
      (end === undefined || compareMoments(packet, at(end, first)) < 0),
  };
}

/** `1-100,205,300-` as ranges, both ends with them. */
function rangesOf(text: string): [low: number, high: number][] {
  return text.split(',').map((part) => {
    const [, low, dash, high] = /^\s*(\d*)\s*(-?)\s*(\d*)\s*$/.exec(part) ?? [];
    const from = low === '' ? 1 : Number(low);
    const to = dash === '' ? from : high === '' ? Number.POSITIVE_INFINITY : Number(high);
    if (low === undefined || (low === '' && high === '') || (dash === '' && high !== '') || from < 1 || to < from) {
      throw new UsageError(`--frames is a list of numbers and ranges such as 1-100,205,300-, not "${text}"`);
    }
    return [from, to];
  });
}

/** When another file begins. */
interface Parts {
  readonly packets: number;
  readonly seconds: number;
}

function partsOf({ write, splitPackets, splitSeconds }: CutOptions): Parts | undefined {
  if (splitPackets === undefined && splitSeconds === undefined) return undefined;
  if (write === '-')
    throw new UsageError('--split-packets and --split-seconds need files: standard output is only one');
  const seconds = Number(splitSeconds ?? Number.POSITIVE_INFINITY);
  if (!(seconds > 0)) throw new UsageError(`--split-seconds is a number above 0, not "${splitSeconds}"`);
  const packets =
    splitPackets === undefined
      ? Number.POSITIVE_INFINITY
      : wholeNumber(splitPackets, '--split-packets', 1, Number.MAX_SAFE_INTEGER);
  return { packets, seconds };
}

/** What is written: one file, or parts whose names have a number and a time. */
class Output {
  readonly copy: CaptureFileCopy;
  path: string;
  parts = 0;
  readonly #name: string;
  readonly #limits: Parts | undefined;
  /** Packets before this part, and when its first was. */
  #before = 0;
  #began: Moment | undefined;

  constructor(path: string, limits: Parts | undefined, snaplen: number | undefined) {
    this.#name = path;
    this.#limits = limits;
    this.path = path;
    this.copy = copyCapture(path, { parts: limits !== undefined, ...(snaplen !== undefined && { snaplen }) });
  }

  write(packet: Packet, source: CopySource): void {
    if (this.#limits !== undefined) this.#turn(packet, this.#limits);
    source.write(packet);
  }

  close(): void {
    this.copy.close();
  }

  /** Begins another part when it is time. */
  #turn(packet: Packet, { packets, seconds }: Parts): void {
    const since = this.#began === undefined ? 0 : secondsBetween(this.#began, packet);
    const isTime = since >= seconds;
    if (this.#began !== undefined && !isTime && this.copy.packets - this.#before < packets) return;
    // Parts by time begin at whole multiples of it; those without a packet are left out.
    const { seconds: at, nanoseconds } = packet;
    if (this.#began === undefined || !isTime) this.#began = { seconds: at, nanoseconds };
    else this.#began = later(this.#began, momentOf(Math.floor(since / seconds) * seconds));
    this.#before = this.copy.packets;
    this.parts++;
    this.path = partName(this.#name, this.parts, at);
    this.copy.next(this.path);
  }
}

const secondsBetween = (from: Moment, to: Moment): number =>
  to.seconds - from.seconds + (to.nanoseconds - from.nanoseconds) / 1e9;

const momentOf = (seconds: number): Moment => ({
  seconds: Math.floor(seconds),
  nanoseconds: Math.round((seconds % 1) * 1e9),
});
