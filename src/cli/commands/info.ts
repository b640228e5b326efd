/** `tcplab info`: what captures are as wholes: format, link types, counts, times, rates, interfaces, comments. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import type { Command } from 'commander';
import { TcplabError } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import type { CaptureFile } from '../../node/capture-file.ts';
import { asFileError } from '../../node/file-error.ts';
import {
  type CaptureReader,
  CaptureSummary,
  type InterfaceSummary,
  linkTypeName,
  makePacket,
} from '../../see/capture/index.ts';
import { CAPTURES, openInput, sayProblem } from '../captures.ts';
import { EXIT, UsageError } from '../failure.ts';
import { dateText, inSeconds, secondsText } from '../moments.ts';
import { RunningCount } from '../running-count.ts';
import { flush, print, say } from '../terminal.ts';

interface InfoOptions {
  json?: boolean;
  hashes?: boolean;
}

const HELP = `
Dates are in UTC. Octets are what the packets had on the wire; what was captured
of them is told where it is less. Time order is kept when no packet's time is
before that of the packet before it.

Examples:
  tcplab info capture.pcapng
  tcplab info *.pcap --json          one JSON object a file, for programs
  tcplab info evidence.pcap --hashes with SHA-256 and SHA-1 of the file
  ssh router tcpdump -w - | tcplab info -

Exit code 2: a capture is damaged; what is told is of the packets before that.`;

export function define(command: Command): void {
  command
    .argument('<FILES...>', CAPTURES)
    .option('--hashes', 'the SHA-256 and SHA-1 of each file')
    .option('--json', 'print one JSON object a file')
    .addHelpText('after', HELP)
    .action(info);
}

async function info(paths: readonly string[], options: InfoOptions): Promise<void> {
  if (options.hashes && paths.includes('-'))
    throw new UsageError('--hashes needs files: standard input is read only once');
  let isFirst = true;
  for (const path of paths) {
    try {
      const told = await summed(path);
      const hashes = options.hashes ? hashesOf(path) : {};
      if (!isFirst && !options.json) print();
      if (options.json) print(JSON.stringify(asJson(told, hashes)));
      else for (const line of asText(told, hashes)) print(line);
      isFirst = false;
      flush();
      sayProblem(told.file);
    } catch (error) {
      // The other files have their turn all the same.
      if (!(error instanceof TcplabError)) throw error;
      say(`tcplab: ${error.message}`);
      process.exitCode = EXIT.FAILED;
    }
  }
}

interface Told {
  readonly file: CaptureFile;
  readonly reader: CaptureReader;
  readonly summary: CaptureSummary;
}

async function summed(path: string): Promise<Told> {
  const file = openInput(path);
  const summary = new CaptureSummary(file.reader);
  const packet = makePacket();
  const progress = new RunningCount('packets');
  for await (const reader of file) {
    while (reader.next(packet)) summary.add(packet);
    if (file.size !== undefined) progress.show(reader.packets, file.position / file.size);
  }
  progress.clear();
  return { file, reader: file.reader, summary };
}

/** SHA-256 and SHA-1 of a file as it is stored. */
function hashesOf(path: string): Record<string, string> {
  const hashes = { 'SHA-256': createHash('sha256'), 'SHA-1': createHash('sha1') };
  const chunk = new Uint8Array(1 << 20);
  try {
    const descriptor = openSync(path, 'r');
    try {
      for (let octets = readSync(descriptor, chunk); octets > 0; octets = readSync(descriptor, chunk)) {
        for (const hash of Object.values(hashes)) hash.update(chunk.subarray(0, octets));
      }
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw asFileError('read', path, error);
  }
  return Object.fromEntries(Object.entries(hashes).map(([name, hash]) => [name, hash.digest('hex')]));
}

const whole = (number: number | bigint): string => number.toLocaleString('en');
const counted = (number: number, one: string, many = `${one}s`): string =>
  `${whole(number)} ${number === 1 ? one : many}`;

const significant = (number: number): string => number.toLocaleString('en', { maximumSignificantDigits: 4 });

const hundredths = (number: number): string =>
  number.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** `1.23 kbit/s`. */
function bitRate(number: number): string {
  const [divisor, prefix] =
    number >= 1e9 ? [1e9, 'G'] : number >= 1e6 ? [1e6, 'M'] : number >= 1e3 ? [1e3, 'k'] : [1, ''];
  return `${significant(number / divisor)} ${prefix}bit/s`;
}

const linkText = (linkType: number): string => `${linkTypeName(linkType) ?? 'link type'} (${linkType})`;

/** The resolution of an interface's times, in words. */
function resolutionText(tsresol: number): string {
  if ((tsresol & 0x80) !== 0) return `times in 2^-${tsresol & 0x7f} s`;
  const names: Record<number, string> = { 0: 'seconds', 3: 'milliseconds', 6: 'microseconds', 9: 'nanoseconds' };
  return `times in ${names[tsresol] ?? `10^-${tsresol} s`}`;
}

/** Text of the file's, which may be anything, on one line. */
const told = (text: string): string => printable(text);

function asText({ file, reader, summary }: Told, hashes: Record<string, string>): string[] {
  const rows: [name: string, text: string][] = [];
  const { packets, octets, capturedOctets, first, last, duration } = summary;
  const digits = reader.resolution;
  const orders = new Set(summary.sections.map(({ byteOrder }) => byteOrder));
  const order =
    reader.byteOrder === undefined ? '' : orders.size > 1 ? ', of both byte orders' : `, ${reader.byteOrder}-endian`;
  const sections = summary.sections.length > 1 ? `, ${summary.sections.length} sections` : '';
  const packed = file.compression === undefined ? '' : `, compressed with ${file.compression}`;
  rows.push(['format', `${reader.format ?? 'not a capture'}${order}${sections}${packed}`]);
  const linkTypes = [...new Set(summary.interfaces.map(({ linkType }) => linkType))];
  if (linkTypes.length > 0) rows.push(['link types', linkTypes.map(linkText).join(', ')]);
  rows.push(['snap length', snapText(summary)]);
  rows.push(['packets', whole(packets)]);
  rows.push([
    'octets',
    `${whole(octets)}${capturedOctets === octets ? '' : `, ${whole(capturedOctets)} of them captured`}`,
  ]);
  rows.push(['file size', counted(file.position, 'octet')]);
  if (first !== undefined && last !== undefined && duration !== undefined) {
    rows.push(['first packet', dateText(first, digits)], ['last packet', dateText(last, digits)]);
    rows.push(['duration', `${whole(duration.seconds)}${secondsText(duration, digits).replace(/^\d+/, '')} s`]);
    const long = inSeconds(duration);
    if (long > 0) {
      const average = [
        `${significant(packets / long)} packets/s`,
        `${significant(octets / long)} octets/s`,
        bitRate((octets * 8) / long),
      ];
      rows.push(['rates', average.join(', ')]);
    }
    const { outOfOrder } = summary;
    rows.push([
      'time order',
      outOfOrder === undefined ? 'kept' : `not kept: packet ${outOfOrder} is earlier than the one before it`,
    ]);
  }
  if (packets > 0) rows.push(['packet size', `${hundredths(octets / packets)} octets on average`]);
  if (summary.untimed > 0) rows.push(['without time', counted(summary.untimed, 'packet')]);
  summary.sections.forEach(({ hardware, os, application, comments }, i) => {
    const of = summary.sections.length > 1 ? ` ${i}` : '';
    if (application !== '') rows.push([`written by${of}`, told(application)]);
    if (os !== '') rows.push([`system${of}`, told(os)]);
    if (hardware !== '') rows.push([`hardware${of}`, told(hardware)]);
    for (const comment of comments) rows.push([`comment${of}`, told(comment)]);
  });
  summary.interfaces.forEach((one, i) => {
    rows.push([`interface ${i}`, interfaceText(one)]);
    for (const comment of one.comments) rows.push(['', `comment: ${told(comment)}`]);
  });
  for (const { packet, text } of summary.packetComments)
    rows.push([`packet ${whole(packet)}`, `comment: ${told(text)}`]);
  const also = alsoText(summary);
  if (also !== '') rows.push(['also', also]);
  rows.push(...Object.entries(hashes));
  const wide = Math.max(...rows.map(([name]) => name.length));
  return [
    file.path === '-' ? 'standard input' : told(file.path),
    ...rows.map(([name, text]) => `  ${name.padEnd(wide)}  ${text}`),
  ];
}

function snapText({ interfaces, cutPackets, shortestCut, longestCut }: CaptureSummary): string {
  const limits = [...new Set(interfaces.map(({ snaplen }) => (snaplen === 0 ? 'none' : whole(snaplen))))];
  const range = shortestCut === longestCut ? whole(longestCut) : `${whole(shortestCut)} to ${whole(longestCut)}`;
  const cut = cutPackets === 0 ? '' : `; ${counted(cutPackets, 'packet')} cut at ${range} octets`;
  return `${limits.length === 0 ? 'none' : limits.join(', ')}${cut}`;
}

function interfaceText(one: InterfaceSummary): string {
  const parts = [
    one.name === '' ? undefined : told(one.name),
    one.description === undefined ? undefined : `"${told(one.description)}"`,
    linkText(one.linkType),
    counted(one.packets, 'packet'),
    one.snaplen === 0 ? undefined : `snap length ${whole(one.snaplen)}`,
    resolutionText(one.tsresol),
    one.tsoffset === 0 ? undefined : `from ${whole(one.tsoffset)} s on`,
    one.fcsLength === 0 ? undefined : `${one.fcsLength} octets of FCS`,
    one.speed === undefined ? undefined : bitRate(Number(one.speed)),
    one.filter === undefined || one.filter === '' ? undefined : `filter "${told(one.filter)}"`,
    one.os === undefined ? undefined : told(one.os),
    one.hardware === undefined ? undefined : told(one.hardware),
    one.received === undefined ? undefined : `${whole(one.received)} received`,
    one.dropped === undefined ? undefined : `${whole(one.dropped)} dropped`,
    one.droppedBySystem === undefined ? undefined : `${whole(one.droppedBySystem)} dropped by the system`,
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}

function alsoText({ commented, blocks }: CaptureSummary): string {
  const parts = [
    [commented, 'packet with a comment', 'packets with a comment'],
    [blocks.names, 'address with a name', 'addresses with names'],
    [blocks.secrets, 'block of decryption secrets', 'blocks of decryption secrets'],
    [blocks.statistics, 'block of statistics', 'blocks of statistics'],
    [blocks.journal, 'journal entry', 'journal entries'],
    [blocks.custom, 'custom block', 'custom blocks'],
    [blocks.unknown, 'block of an unknown type', 'blocks of unknown types'],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, one, many]) => counted(count, one, many))
    .join(', ');
}

/** Counts beyond 2^53, which JSON's numbers cannot hold, become text. */
function jsonNumber(number: bigint | undefined): number | string | undefined {
  if (number === undefined) return undefined;
  return number <= Number.MAX_SAFE_INTEGER ? Number(number) : String(number);
}

function asJson({ file, reader, summary }: Told, hashes: Record<string, string>): object {
  const { packets, octets, first, last, duration } = summary;
  const digits = reader.resolution;
  const long = duration === undefined ? undefined : inSeconds(duration);
  const perSecond = long === 0 ? undefined : long;
  return {
    file: file.path,
    format: reader.format ?? null,
    byteOrder: reader.byteOrder ?? null,
    compression: file.compression ?? null,
    fileSize: file.position,
    packets,
    octets,
    capturedOctets: summary.capturedOctets,
    cutPackets: summary.cutPackets,
    ...(summary.cutPackets > 0 && { shortestCut: summary.shortestCut, longestCut: summary.longestCut }),
    firstTime: first === undefined ? null : secondsText(first, digits),
    lastTime: last === undefined ? null : secondsText(last, digits),
    duration: long ?? null,
    octetsPerSecond: perSecond === undefined ? null : octets / perSecond,
    packetsPerSecond: perSecond === undefined ? null : packets / perSecond,
    octetsPerPacket: packets > 0 ? octets / packets : null,
    timeOrder: first === undefined ? null : summary.outOfOrder === undefined,
    outOfOrderPacket: summary.outOfOrder ?? null,
    untimedPackets: summary.untimed,
    commentedPackets: summary.commented,
    packetComments: summary.packetComments,
    sections: summary.sections,
    interfaces: summary.interfaces.map((one) => ({
      ...one,
      linkTypeName: linkTypeName(one.linkType) ?? null,
      speed: jsonNumber(one.speed),
      received: jsonNumber(one.received),
      dropped: jsonNumber(one.dropped),
      droppedBySystem: jsonNumber(one.droppedBySystem),
    })),
    blocks: summary.blocks,
    ...hashes,
    problem: reader.problem ?? null,
  };
}
