/** `tcplab filter`: what a filter lets through, in sentences, or where it is wrong. */

import type { Command } from 'commander';
import { entryOf } from '../../core/entry.ts';
import { localZone } from '../../node/local-zone.ts';
import { LINKTYPE } from '../../see/capture/index.ts';
import { compileCaptureFilter, listing } from '../../see/filter/bpf/index.ts';
import { compileFilter, type Filter, FilterError, TYPE_NAMES } from '../../see/filter/index.ts';
import { EXIT, UsageError } from '../failure.ts';
import { paragraph } from '../paragraph.ts';
import { colour, print, say, width } from '../terminal.ts';

interface FilterOptions {
  captureFilter?: boolean;
  linkType: string;
  program?: boolean;
  json?: boolean;
}

/** Link types by the names that people use. */
const LINK_TYPES: Readonly<Record<string, number>> = {
  ethernet: LINKTYPE.ETHERNET,
  raw: LINKTYPE.RAW,
  null: LINKTYPE.NULL,
  sll: LINKTYPE.LINUX_SLL,
  sll2: LINKTYPE.LINUX_SLL2,
};

const HELP = `
There are two languages. Display filters, Wireshark's, choose what is shown
(-Y of read, sniff and cut): they know every field of every layer. Capture
filters, tcpdump's, choose what is captured (-f of sniff): they know headers,
and the kernel runs them.

A comparison is true when any value of its field satisfies it; != asks all of
them. A field by itself asks whether it is there.

  tcp.port == 80                  either port
  tcp.port != 80                  neither port; ~= is: one of them is another
  tcp.flags.syn == 1 && !icmp     and, or, not, xor; also && || !
  ip.addr == 10.0.0.0/8           networks
  tcp.port in {80, 443, 8000..8099}
  tcp.payload contains "Host:"    text or octets, 48:6f:73
  tcp.payload matches "^get "     a pattern, in upper or lower case
  tcp.payload[0:3] == 16:03:01    octets from 0, three of them
  tcp.flags & 0x12                a bit in common
  len(tcp.payload) > 100          also count max min abs upper lower string

Examples:
  tcplab filter 'tcp.port != 7456'
  tcplab filter 'tcp.flags.syn'
  tcplab filter -f 'tcp port 80 and host 10.0.0.1'
  tcplab filter -f --program 'tcp[tcpflags] & tcp-syn != 0'

Exit code 2: it is no filter; the message points at the place.`;

export function define(command: Command): void {
  command
    .argument('<EXPRESSION...>', 'the filter, best in quotes')
    .option('-f, --capture-filter', "it is a capture filter, in tcpdump's language")
    .option('--link-type <TYPE>', `what it captures: ${Object.keys(LINK_TYPES).join(', ')}, or a number`, 'ethernet')
    .option('-d, --program', 'print the program of a capture filter, as tcpdump -d does')
    .option('--json', 'print one JSON object')
    .addHelpText('after', HELP)
    .action((words: string[], options: FilterOptions) => {
      const text = words.join(' ');
      try {
        if (options.captureFilter || options.program) tellCaptureFilter(text, options);
        else tellFilter(text, options);
      } catch (error) {
        if (!(error instanceof FilterError)) throw error;
        tellMistake(text, error, options);
      }
    });
}

function tellFilter(text: string, { json }: FilterOptions): void {
  const filter = compileFilter(text, undefined, localZone());
  const { sentence, hints, fields, needs, glance } = filter;
  if (json) {
    print(
      JSON.stringify({
        filter: text,
        kind: 'display',
        sentence,
        hints,
        fields: fields.map(({ name, type, title }) => ({ name, type, title })),
        needs,
        decidedByOctets: glance !== undefined,
      }),
    );
    return;
  }
  const columns = Math.min(width(), 100);
  print(colour('bold', text));
  paragraph(sentence, columns);
  tellHints(hints, columns);
  if (fields.length > 0) {
    print();
    const wide = Math.max(...fields.map(({ name }) => name.length));
    const typeWide = Math.max(...fields.map(({ type }) => TYPE_NAMES[type].length));
    for (const { name, type, title } of fields)
      print(`  ${name.padEnd(wide)}  ${TYPE_NAMES[type].padEnd(typeWide)}  ${title}`);
  }
  print();
  paragraph(effort(filter), columns);
}

/** What it takes to decide. */
function effort({ needs, glance }: Filter): string {
  if (needs.history !== 'none') return 'It hangs on earlier packets: every packet is taken apart, in order.';
  if (needs.layers === 'none' && glance !== undefined)
    return 'The lengths, the number and the time of a packet decide.';
  if (glance !== undefined)
    return 'The octets of an ordinary packet decide, or say that it need not be looked at further; others (tunnels, tags, fragments, ICMP) are taken apart.';
  return needs.layers === 'all' ? 'Every packet is taken apart.' : 'Every packet is taken apart as far as its headers.';
}

function tellCaptureFilter(text: string, { json, linkType, program: isWanted }: FilterOptions): void {
  const type =
    entryOf(LINK_TYPES, linkType.toLowerCase()) ?? (/^\d{1,5}$/.test(linkType) ? Number(linkType) : undefined);
  if (type === undefined)
    throw new UsageError(
      `--link-type is ${Object.keys(LINK_TYPES).join(', ')} or a LINKTYPE's number, not "${linkType}"`,
    );
  const { sentence, hints, program } = compileCaptureFilter(text, type);
  if (json) {
    print(JSON.stringify({ filter: text, kind: 'capture', linkType: type, sentence, hints, program }));
    return;
  }
  const columns = Math.min(width(), 100);
  print(colour('bold', text));
  paragraph(sentence, columns);
  tellHints(hints, columns);
  print();
  if (isWanted) for (const line of listing(program)) print(line);
  else print(`  ${program.length} instruction${program.length === 1 ? '' : 's'} for the kernel; --program shows them.`);
}

function tellHints(hints: readonly string[], columns: number): void {
  for (const hint of hints) {
    print();
    paragraph(`Hint: ${hint}`, columns);
  }
}

/** Says what is wrong; and when it is a filter of the other language, what it means there. */
function tellMistake(
  text: string,
  { message, reason, at, length, suggestion }: FilterError,
  options: FilterOptions,
): void {
  const other = inOtherLanguage(text, options.captureFilter === true || options.program === true);
  process.exitCode = EXIT.WRONG;
  if (options.json) {
    print(JSON.stringify({ filter: text, error: { reason, at, length, suggestion, otherLanguage: other } }));
    return;
  }
  say(`tcplab: ${message}`);
  if (other !== undefined)
    say(
      options.captureFilter || options.program
        ? `As a display filter (without -f) it is right. ${other}`
        : `As a capture filter (-f) it is right. ${other}`,
    );
}

/** What it means in the other language; undefined when it is none there either. */
function inOtherLanguage(text: string, isCapture: boolean): string | undefined {
  try {
    return isCapture ? compileFilter(text).sentence : compileCaptureFilter(text, LINKTYPE.ETHERNET).sentence;
  } catch (error) {
    if (error instanceof FilterError) return undefined;
    throw error;
  }
}
