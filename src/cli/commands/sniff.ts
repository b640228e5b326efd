/** `tcplab sniff`: packets as they pass, on an interface of this machine or on the cable between programs. */
import type { Command } from 'commander';
import { captureCable } from '../../node/cable/watch.ts';
import { writeCapture } from '../../node/capture-file.ts';
import { openLive } from '../../node/live/capture.ts';
import { listInterfaces } from '../../node/live/interfaces.ts';
import { wholeNumber } from '../failure.ts';
import { frameFilter, strangersDissector } from '../frames.ts';
import { leftOut } from '../left-out.ts';
import { flush, print, printInBackground, say } from '../terminal.ts';
import { addViewOptions, type ViewOptions, viewOf } from '../views/index.ts';

interface SniffOptions extends ViewOptions {
  interface: string;
  cable?: string;
  filter?: string;
  write?: string;
  count?: string;
  duration?: string;
  list?: boolean;
  promiscuous?: boolean;
}

const HELP = `
The cable joins the programs of tcplab (listen, connect, the examples) and needs
no rights. Interfaces of the machine, such as lo, need the right to capture:
sudo, or what the message says.

Examples:
  tcplab sniff                                     what passes on the cable
  tcplab sniff -i lo -Y 'tcp.port == 7456' -c 8    eight packets, then the end
  tcplab sniff -i lo -w capture.pcapng             keep them; Ctrl-C ends it
  tcplab sniff --list                              the interfaces there are`;

export function define(command: Command): void {
  command
    .option('-i, --interface <NAME>', 'an interface, `any` of them, or `cable`', 'cable')
    .option('--cable <PATH>', 'another cable than the usual one')
    .option('-Y, --filter <FILTER>', 'only frames that pass this display filter')
    .option('-w, --write <FILE>', 'write those frames to FILE (.pcapng or .pcap) as well')
    .option('-c, --count <N>', 'stop after N frames that passed')
    .option('--duration <SECONDS>', 'stop after so long')
    .option('-p, --promiscuous', "take also what is not for this machine's addresses")
    .option('--list', 'list the interfaces and stop');
  addViewOptions(command);
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

/** Says that the capture runs and which way its packets come; the note has a line for each better way that was not open. */
function announce(note: string): void {
  const [way = '', ...others] = note.split('\n');
  say(`${way.slice(0, 1).toUpperCase()}${way.slice(1)}. Ctrl-C ends it.`);
  for (const other of others) say(other);
}

async function sniff(options: SniffOptions): Promise<void> {
  const matches = frameFilter(options.filter);
  const view = viewOf(options);
  const most =
    options.count === undefined
      ? Number.POSITIVE_INFINITY
      : wholeNumber(options.count, '-c', 1, Number.MAX_SAFE_INTEGER);
  const seconds =
    options.duration === undefined ? undefined : wholeNumber(options.duration, '--duration', 1, 1_000_000);
  const source =
    options.interface === 'cable'
      ? await captureCable(options.cable === undefined ? {} : { path: options.cable })
      : await openLive(options.interface, { promiscuous: options.promiscuous === true });
  const interfaces = [{ linkType: source.linkType, name: source.name }];
  const file = options.write === undefined ? undefined : writeCapture(options.write, { interfaces });
  const dissector = strangersDissector();
  const origin = { interfaceName: source.name, timeDigits: 9 };
  let shown = 0;
  let waiting = false;
  let ending = false;

  let printingFailed = (_error: unknown): void => {};
  const shownAll = printInBackground((error) => printingFailed(error));
  let notShown = 0;
  await new Promise<void>((resolve, reject) => {
    /** Ends the capture: with what waits in it, or at once. */
    const end = (how: 'finish' | 'close'): void => {
      if (ending) return;
      ending = true;
      source[how]().then(resolve, reject);
    };
    const stop = (): void => end('finish');
    const fail = (error: unknown): void => {
      reject(error);
      end('close');
    };
    printingFailed = fail;
    /** What came in this turn is seen, and is in the file. */
    const handOn = (): void => {
      waiting = false;
      flush();
      try {
        file?.flush();
      } catch (error) {
        fail(error);
      }
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    if (seconds !== undefined) setTimeout(stop, seconds * 1000).unref();
    announce(source.note);
    if (view.header !== undefined) print(view.header);
    source.start({
      packet: (packet) => {
        if (shown >= most) return;
        const dissection = dissector.dissect(packet);
        if (!matches(dissection)) return;
        shown++;
        try {
          file?.write(packet);
        } catch (error) {
          fail(error);
        }
        // The list would stand in the middle of a capture that goes to standard output.
        if (options.write !== '-') view.show(dissection, origin);
        if (!waiting) {
          waiting = true;
          setImmediate(handOn);
        }
        if (shown >= most) end('close');
      },
      note: say,
      end: (problem) => {
        if (problem === undefined) resolve();
        else reject(problem);
      },
    });
  }).finally(async () => {
    file?.close();
    notShown = await shownAll();
  });
  if (notShown > 0) say(`${notShown} lines were not shown, because nobody read them in time.`);

  const { received, dropped } = source.statistics();
  const lost =
    dropped === undefined ? '' : dropped === 0 ? ', none lost' : `, ${dropped} LOST because this program was too slow`;
  say(
    `${shown} shown of ${received} captured on ${source.name}${lost}${file === undefined ? '' : `; written to ${options.write}`}`,
  );
  for (const line of leftOut(dissector)) say(line);
}
