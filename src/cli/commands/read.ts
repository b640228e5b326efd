/** `tcplab read`: the packets of a capture file or pipe, as a list or in one of the other views. */
import type { Command } from 'commander';
import type { CaptureFile } from '../../node/capture-file.ts';
import type { CaptureFileCopy } from '../../node/capture-file-copy.ts';
import type { CopySource } from '../../see/capture/index.ts';
import { CAPTURE } from '../captures.ts';
import { sayLeftBehind, throwOn } from '../copies.ts';
import { UsageError, wholeNumber } from '../failure.ts';
import { eachFrame, eachPacket, type FrameChoice } from '../frames.ts';
import { print } from '../terminal.ts';
import { refuseTsharkOptions } from '../tshark-options.ts';
import { addViewOptions, type ViewOptions, viewAsked, viewOf } from '../views/index.ts';
import type { FrameOrigin } from '../views/view.ts';

interface ReadOptions extends ViewOptions {
  filter?: string;
  count?: string;
  write?: string;
  follow?: boolean;
  readFile?: string;
  quiet?: boolean;
}

const HELP = `
The list has Wireshark's columns: No., Time, Source → Destination, Protocol,
Length, Info, without marks of TCP analysis such as [TCP Retransmission].
Filters are Wireshark's display filters; a wrong one is answered with the place
and the nearest name.

Examples:
  tcplab read capture.pcapng
  tcplab read capture.pcapng -Y 'tcp.flags.syn == 1 and ip.addr == 10.0.0.0/8'
  tcplab read capture.pcapng --fields frame.number,ip.src,tcp.seq,tcp.len
  tcplab read capture.pcapng --details -c 3
  tcplab read growing.pcapng --follow                what another program writes
  tcpdump --immediate-mode -U -w - | tcplab read -   packets as they come

Exit code 2: the capture is damaged; every whole packet was shown before the
message.`;

export function define(command: Command): void {
  command
    .argument('[FILE]', CAPTURE)
    .option('-Y, --filter <FILTER>', 'only frames that pass this display filter')
    .option('-c, --count <N>', 'stop after N frames that passed')
    .option('-w, --write <FILE>', 'write those frames to FILE (.pcap or .pcapng) instead of showing them')
    .option('-r, --read-file <FILE>', 'the same as FILE, as for tshark')
    .option('-q, --quiet', 'show no packets: only say what is wrong with FILE')
    .option('--follow', 'go on when the end of FILE is reached, as another program writes it; Ctrl-C ends it');
  addViewOptions(command);
  refuseTsharkOptions(command);
  command.addHelpText('after', HELP).action(read);
}

/** The capture that is named, in either way. */
function pathOf(file: string | undefined, { readFile }: ReadOptions): string {
  if (file !== undefined && readFile !== undefined)
    throw new UsageError(`-r names the capture that is read: there is room for one, not for ${readFile} and ${file}`);
  const path = file ?? readFile;
  if (path === undefined)
    throw new UsageError('name the capture that is to be read: tcplab read FILE, or - for standard input');
  return path;
}

async function read(file: string | undefined, options: ReadOptions): Promise<void> {
  const path = pathOf(file, options);
  const choice: FrameChoice = {
    filter: options.filter,
    follow: options.follow,
    checksums: options.checksums,
    count: options.count === undefined ? undefined : wholeNumber(options.count, '-c', 1, Number.MAX_SAFE_INTEGER),
  };
  if (options.write !== undefined) {
    const shown = viewAsked(options);
    if (shown !== undefined)
      throw new UsageError(`-w writes the frames instead of showing them: it does not go with ${shown}`);
    return copy(path, options.write, choice);
  }
  const view = await viewOf(options);
  if (options.quiet) return eachPacket(path, choice, () => {});
  // Filled again for each frame.
  const origin: { -readonly [Key in keyof FrameOrigin]: FrameOrigin[Key] } = {
    timeDigits: 0,
  };
  // Nothing is printed for a capture that cannot be opened or a filter that is wrong.
  const opened = ({ size, isLive }: CaptureFile): void => {
    if (view.header !== undefined) print(view.header);
    view.begin?.(isLive ? undefined : size);
  };
  await eachFrame(
    path,
    { ...choice, opened },
    (dissection, { resolution }) => {
      origin.timeDigits = resolution;
      view.show(dissection, origin);
    },
    { needs: view.needs, prints: true },
  );
  if (view.footer !== undefined) print(view.footer);
}

/** Writes the frames to a file, with what was found with them. It is opened when what is read is open already: a file is not written over itself. */
async function copy(path: string, to: string, choice: FrameChoice): Promise<void> {
  const { copyCapture } = await import('../../node/capture-file-copy.ts');
  let copied: CaptureFileCopy | undefined;
  let source: CopySource | undefined;
  const opened = ({ reader }: CaptureFile): void => {
    copied = copyCapture(to);
    source = copied.from(reader);
  };
  try {
    await eachPacket(path, { ...choice, opened }, (packet) => source?.write(packet), {
      isReady: () => source?.takesRecords === true,
      take: (records) => source?.writeRecords(records),
    });
  } catch (error) {
    throwOn(error, copied);
  } finally {
    copied?.close();
  }
  if (copied !== undefined) sayLeftBehind(copied.left);
}
