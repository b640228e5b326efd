/** What a command's answer leaves out because a table had reached its limit: said at the end, when there is something. Not here: damage of the capture (frames.ts). */
import type { Analysis } from '../see/analysis/index.ts';
import type { Dissector } from '../see/dissect/index.ts';

/** How many of a thing, in words. */
const counted = (count: number, one: string, many: string): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

/** What to say of lines that nobody read in time. */
export const notShownInTime = (count: number): string =>
  `${counted(count, 'line was', 'lines were')} not shown, because nobody read ${count === 1 ? 'it' : 'them'} in time.`;

/** A line for each thing that was left out; none when nothing was, or nobody took packets apart. */
export function leftOut(dissector: Dissector | undefined, analysis?: Analysis): string[] {
  if (dissector === undefined) return [];
  const { conversations, acknowledgments, datagrams, messages, dnsExchanges, httpExchanges } = dissector;
  const lines: string[] = [];
  /** Writes the line only when there is one: the first number with separators in it takes the platform a tenth of a program's start. */
  const say = (count: number, one: string, many: string, what: () => string): void => {
    if (count > 0) lines.push(`left out: ${counted(count, one, many)} ${what()}`);
  };
  say(
    conversations.untracked,
    'packet',
    'packets',
    () =>
      `of conversations beyond the first ${conversations.count.toLocaleString('en')}: no stream, no relative numbers`,
  );
  say(
    acknowledgments.forgotten,
    'segment',
    'segments',
    () => 'forgotten before an acknowledgment came: who acknowledges them, and how much was in flight, is not known',
  );
  say(
    datagrams.abandoned,
    'datagram',
    'datagrams',
    () => 'in fragments given up before all had come, for newer ones: what they carry is not shown',
  );
  say(
    messages.abandoned,
    'message',
    'messages',
    () => 'over several segments given up before they were whole, as there was no room: where they end is not shown',
  );
  say(
    messages.unkept,
    'message',
    'messages',
    () => 'that there was no room to keep: where they end is shown, not which segments they are of',
  );
  say(
    dnsExchanges.forgotten,
    'query',
    'queries',
    () => 'of DNS forgotten before an answer came, for newer ones: which response answers them is not known',
  );
  say(
    httpExchanges.forgotten,
    'request',
    'requests',
    () =>
      'of HTTP forgotten before an answer came, for those of newer connections: which response answers them is not known',
  );
  if (analysis !== undefined) {
    say(analysis.ignored, 'segment', 'segments', () => 'of conversations beyond the most that are followed');
    say(analysis.unkept, 'segment', 'segments', () => 'counted, but not told one by one: the first are, up to a limit');
  }
  return lines;
}
