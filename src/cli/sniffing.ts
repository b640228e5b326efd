/** A capture that runs: its packets filtered, counted, shown, written, until it is stopped. Not here: what is captured and how it is asked for (commands/sniff.ts). */
import type { CableCapture } from '../node/cable/watch.ts';
import type { CaptureFiles } from '../node/capture-files.ts';
import type { LiveCapture } from '../node/live/capture.ts';
import type { Packet } from '../see/capture/index.ts';
import { RunningCount } from './running-count.ts';
import type { Sieve } from './sieve.ts';
import type { StopConditions } from './stop-conditions.ts';
import { flush, print, printInBackground, say } from './terminal.ts';
import type { View } from './views/index.ts';

/** What is done with the packets. */
export interface Sniffing {
  readonly source: LiveCapture | CableCapture;
  /** Whether the capture filter takes a packet; what it does not take is as if it had not come. Undefined when all are taken. */
  readonly isTaken: ((packet: Packet) => boolean) | undefined;
  /** Octets that are kept of a packet at the most. */
  readonly snaplen: number;
  /** Whether the running count is left out. */
  readonly quiet: boolean;
  /** Which packets are wanted, and what they are. */
  readonly sieve: Sieve;
  /** Undefined when none is shown. */
  readonly view: View | undefined;
  readonly file: CaptureFiles | undefined;
  readonly stop: StopConditions;
}

/** What came of it. */
export interface SniffingResult {
  /** Packets that passed the filter. */
  readonly passed: number;
  /** Lines that nobody read in time. */
  readonly notShown: number;
}

/** Octets in dumpcap's kB. */
const KILO = 1000;

/** Says that the capture runs and which way its packets come; the note has a line for each better way that was not open. */
function announce(note: string): void {
  const [way = '', ...others] = note.split('\n');
  say(`${way.slice(0, 1).toUpperCase()}${way.slice(1)}. Ctrl-C ends it.`);
  for (const other of others) say(other);
}

/**
 * Runs a capture until it ends, a condition is met, or Ctrl-C.
 * @throws TcplabError what ended the capture, or what writing failed with
 */
export async function runSniffing(sniffing: Sniffing): Promise<SniffingResult> {
  const { source, isTaken, snaplen, quiet, sieve, view, file, stop } = sniffing;
  const most = stop.packets ?? Number.POSITIVE_INFINITY;
  const origin = { interfaceName: source.name };
  const exact = { timeDigits: 9 };
  const count = view === undefined && !quiet ? new RunningCount('packets') : undefined;
  let passed = 0;
  let waiting = false;
  let ending = false;
  let notShown = 0;
  let printingFailed = (_error: unknown): void => {};
  const shownAll = printInBackground((error) => printingFailed(error));
  const isFull = (): boolean =>
    passed >= most || (file !== undefined && stop.filesize !== undefined && file.octets >= KILO * stop.filesize);

  await new Promise<void>((resolve, reject) => {
    /** Ends the capture: with what waits in it, or at once. */
    const end = (how: 'finish' | 'close'): void => {
      if (ending) return;
      ending = true;
      source[how]().then(resolve, reject);
    };
    const fail = (error: unknown): void => {
      reject(error);
      end('close');
    };
    printingFailed = fail;
    /** What came in this turn is seen, and is in the file. */
    const handOn = (): void => {
      waiting = false;
      flush();
      count?.show(passed);
      try {
        file?.flush();
      } catch (error) {
        fail(error);
      }
    };
    const finish = (): void => end('finish');
    process.once('SIGINT', finish);
    process.once('SIGTERM', finish);
    if (stop.duration !== undefined) setTimeout(finish, stop.duration * 1000).unref();
    announce(source.note);
    if (view?.header !== undefined) print(view.header);
    source.start({
      packet: (packet) => {
        if (isFull() || isTaken?.(packet) === false) return;
        packet.origin = origin;
        if (packet.capturedLength > snaplen) packet.capturedLength = snaplen;
        if (!sieve.wants(packet)) return;
        if (stop.files !== undefined && file !== undefined && file.begun >= stop.files && file.isFull(packet)) {
          end('close');
          return;
        }
        passed++;
        view?.show(sieve.dissection, exact);
        try {
          file?.write(packet);
        } catch (error) {
          fail(error);
        }
        if (!waiting) {
          waiting = true;
          setImmediate(handOn);
        }
        if (isFull()) end('close');
      },
      note: say,
      end: (problem) => {
        if (problem === undefined) resolve();
        else reject(problem);
      },
    });
  }).finally(async () => {
    count?.clear();
    file?.close();
    if (view?.footer !== undefined) print(view.footer);
    notShown = await shownAll();
  });
  return { passed, notShown };
}
