/** `tcplab sniff`: packets as they pass, on an interface of this machine or on the cable between programs. */
import type { Command } from 'commander';
import { captureCable } from '../../node/cable/watch.ts';
import { CaptureFiles } from '../../node/capture-files.ts';
import { openLive } from '../../node/live/capture.ts';
import { listInterfaces } from '../../node/live/interfaces.ts';
import type { InterfaceCounts } from '../../see/capture/index.ts';
import { GivenCaptureFilter } from '../capture-filter.ts';
import { writtenFile } from '../copies.ts';
import { UsageError, wholeNumber } from '../failure.ts';
import { leftOut, notShownInTime } from '../left-out.ts';
import { givenFilter, Sieve } from '../sieve.ts';
import { runSniffing, type Sniffing } from '../sniffing.ts';
import { ringLimits, type StopConditions, stopConditions } from '../stop-conditions.ts';
import { print, say } from '../terminal.ts';
import { refuseTsharkOptions } from '../tshark-options.ts';
import { addViewOptions, gathered, type ViewOptions, viewOf } from '../views/index.ts';

interface SniffOptions extends ViewOptions {
  interface?: string;
  cable?: string;
  filter?: string;
  captureFilter?: string;
  write?: string;
  print?: boolean;
  count?: string;
  duration?: string;
  autostop?: string[];
  ring?: string[];
  list?: boolean;
  snapshotLength?: string;
  quiet?: boolean;
  promiscuous?: boolean;
}

/** How long packets that go into a file may wait for others, in milliseconds. */
const UNWATCHED_LATENCY = 50;

const HELP = `
The cable joins the programs of tcplab (listen, connect, the examples) and needs
no rights. Interfaces of the machine, such as lo, need the right to capture:
sudo, or what the message says.

Examples:
  tcplab sniff                                     what passes on the cable
  tcplab sniff -i lo -Y 'tcp.port == 7456' -c 8    eight packets, then the end
  tcplab sniff -i lo -f 'tcp port 7456'            filtered by the kernel
  tcplab sniff -i lo -w capture.pcapng             keep them; Ctrl-C ends it
  tcplab sniff -i lo -w day.pcapng -b duration:3600 -b files:24
                                                   the last day, a file an hour
  tcplab sniff -i lo -w - | ssh host 'cat > x'     to another program
  tcplab sniff --list                              the interfaces there are`;

/** Two would be watched by two captures: `any` is how to watch several. */
function oneInterface(name: string, before: string | undefined): string {
  if (before === undefined) return name;
  throw new UsageError(
    `-i takes one interface, not ${before} and ${name}; -i any watches all of them (sll.ifindex tells which), and tcplab merge joins what two of tcplab sniff wrote`,
  );
}

export function define(command: Command): void {
  command
    .option('-i, --interface <NAME>', 'an interface, `any` of them, or `cable`, the default', oneInterface)
    .option('--cable <PATH>', 'another cable than the usual one')
    .option('-f, --capture-filter <FILTER>', "take only packets that pass this filter, in tcpdump's language")
    .option('-Y, --filter <FILTER>', 'only frames that pass this display filter')
    .option('-w, --write <FILE>', 'write those frames to FILE (.pcapng or .pcap) instead of showing them')
    .option('-P, --print', 'show them while they are written, too')
    .option('-c, --count <N>', 'stop after N frames that passed')
    .option('-a, --autostop <CONDITION>', 'stop after duration:SECONDS, filesize:KB, packets:N or files:N', gathered)
    .option(
      '-b, --ring <CONDITION>',
      'begin another file after duration:SECONDS, filesize:KB or packets:N; keep the last files:N',
      gathered,
    )
    .option('--duration <SECONDS>', 'stop after so long: -a duration:SECONDS')
    .option('-p, --promiscuous', "take also what is not for this machine's addresses")
    .option('-s, --snapshot-length <OCTETS>', 'keep so many octets of each packet; default: all')
    .option('-q, --quiet', 'show no packets, nor how many there are, before the end')
    .option('-D, --list', 'list the interfaces and stop');
  addViewOptions(command);
  refuseTsharkOptions(command);
  command.addHelpText('after', HELP).action((options: SniffOptions) => (options.list ? list() : sniff(options)));
}

function list(): void {
  const rows = [['cable', 'up', 'the programs of tcplab; no rights needed']];
  for (const { name, up, addresses, loopback } of listInterfaces()) {
    rows.push([
      name,
      up ? 'up' : 'down',
      [loopback ? 'this machine itself' : '', ...addresses].filter(Boolean).join(', '),
    ]);
  }
  rows.push(['any', 'up', 'all interfaces of the machine at once']);
  const wide = Math.max(...rows.map(([name]) => name!.length));
  for (const [name, state, what] of rows) print(`${name!.padEnd(wide)}  ${state!.padEnd(4)}  ${what}`);
}

/** What tcpdump and dumpcap keep of a packet when nobody says how much. */
const WHOLE = 262_144;

/** How much of each packet is kept; 0 is all of it, as for tcpdump. */
const snaplenOf = ({ snapshotLength }: SniffOptions): number =>
  (snapshotLength === undefined ? 0 : wholeNumber(snapshotLength, '-s', 0, WHOLE)) || WHOLE;

/** When to stop, from all the options that say so. */
function stopOf({ autostop = [], count, duration }: SniffOptions): StopConditions {
  const stop = stopConditions(autostop);
  if (count !== undefined) stop.packets = wholeNumber(count, '-c', 1, Number.MAX_SAFE_INTEGER);
  if (duration !== undefined) stop.duration = wholeNumber(duration, '--duration', 1, 1_000_000);
  return stop;
}

/** Refuses options that say something of a file when none is written, and files that could not be told apart. */
function checkFile({ write, ring, print: printed }: SniffOptions, stop: StopConditions): void {
  if (write === undefined) {
    if (ring !== undefined) throw new UsageError('-b says when another file begins: name them with -w');
    if (printed)
      throw new UsageError('-P shows packets while they are written: they are shown without it when there is no -w');
    if (stop.filesize !== undefined || stop.files !== undefined)
      throw new UsageError('-a filesize: and files: say when what is written is enough: name a file with -w');
  } else if (write === '-') {
    if (ring !== undefined)
      throw new UsageError('-b begins other files, and standard output (-w -) is one: name a file with -w');
    if (printed) throw new UsageError('-P would print into the capture that goes to standard output (-w -)');
  }
}

async function sniff(options: SniffOptions): Promise<void> {
  const { write, interface: watched = 'cable' } = options;
  const filter = await givenFilter(options.filter);
  const stop = stopOf(options);
  checkFile(options, stop);
  const limits = options.ring === undefined ? undefined : ringLimits(options.ring);
  const chosen = await viewOf(options);
  const view = options.print || (write === undefined && !options.quiet) ? chosen : undefined;
  const sieve = new Sieve(filter, view?.needs, options.checksums);
  const captureFilter = options.captureFilter === undefined ? undefined : new GivenCaptureFilter(options.captureFilter);
  const source =
    watched === 'cable'
      ? await captureCable(options.cable === undefined ? {} : { path: options.cable })
      : await openLive(watched, {
          promiscuous: options.promiscuous === true,
          program: captureFilter?.program,
          // Where nobody looks on, fewer and larger pieces cost less.
          latencyMilliseconds: view === undefined && write !== '-' ? UNWATCHED_LATENCY : 1,
        });
  const isTaken = await captureFilter?.takingOnly(source);
  const snaplen = snaplenOf(options);
  const interfaces = [
    {
      linkType: source.linkType,
      name: source.name,
      ...(snaplen < WHOLE && { snaplen }),
      ...(options.captureFilter !== undefined && { filter: options.captureFilter }),
    },
  ];
  const file =
    write === undefined
      ? undefined
      : new CaptureFiles(write, limits, {
          interfaces,
          ...(snaplen < WHOLE && { snaplen }),
          counts: countsOf(source),
        });
  view?.begin?.();
  const { passed, notShown } = await runSniffing({
    source,
    sieve,
    isTaken,
    snaplen,
    quiet: options.quiet === true,
    view,
    file,
    stop,
  });
  if (notShown > 0) say(notShownInTime(notShown));
  const { received, dropped } = source.statistics();
  const lost =
    dropped === undefined ? '' : dropped === 0 ? ', none lost' : `, ${dropped} LOST because this program was too slow`;
  const what = view !== undefined ? 'shown' : write !== undefined ? 'kept' : 'taken';
  say(
    `${passed} ${what} of ${received} captured on ${source.name}${lost}${file === undefined ? '' : `; written to ${namesOf(file)}`}`,
  );
  for (const line of leftOut(sieve.dissector)) say(line);
}

/** What the capture counted from now on, as dumpcap writes it at a file's end. */
function countsOf(source: Sniffing['source']): () => InterfaceCounts {
  const start = instant();
  return () => ({ start, end: instant(), ...source.statistics() });
}

function instant(): InterfaceCounts['start'] {
  const now = Date.now();
  return { seconds: Math.floor(now / 1000), nanoseconds: (now % 1000) * 1_000_000 };
}

/** The files that were written, in words. */
function namesOf({ begun, paths }: CaptureFiles): string {
  if (begun === 1) return writtenFile(paths[0]!);
  const kept = paths.length < begun ? `, of which the last ${paths.length} are kept` : '';
  return `${begun} files${kept}: ${paths[0]} to ${paths.at(-1)}`;
}
