/** Packets, options and times as scripts write them: what ladders and failures show. */
import { SECOND } from '../../core/time.ts';
import * as tcp from '../../wire/tcp.ts';
import type { SeenPacket, SeenSegment } from './packet.ts';
import { FLAG_LETTERS } from './packet-parser.ts';
import type { SequenceMap } from './sequence-map.ts';
import type { OptionSpec, TcpLine } from './syntax.ts';

/** A time in seconds, with six digits. */
export const timeText = (time: number): string => (time / SECOND).toFixed(6);

/** `S.`, `FP.`; `-` for none. */
export const flagsText = (flags: number): string =>
  FLAG_LETTERS.reduce((text, [letter, bit]) => (flags & bit ? text + letter : text), '') || '-';

const ECN_TEXT = ['', '[ect1] ', '[ect0] ', '[ce] '];

/** A packet in words, whose ports would stand between the two parts. */
export interface PacketWords {
  readonly before: string;
  readonly behind: string;
}

/** A packet of the host's, in the script's numbers. */
export function packetWords(packet: SeenPacket, map: SequenceMap): PacketWords {
  const { body, ecn } = packet;
  const prefix = `> ${ECN_TEXT[ecn]}`;
  if (body.kind === 'udp') return udpWords(prefix, body.length);
  if (body.kind === 'tcp') return { before: prefix, behind: segmentText(body, map) };
  const what = body.kind === 'icmp' ? `icmp type ${body.type} code ${body.code}` : 'a packet of another protocol';
  return { before: '', behind: `${prefix}${what} (${body.length} octets)` };
}

/** The same in one, without ports. */
export function packetText(packet: SeenPacket, map: SequenceMap): string {
  const { before, behind } = packetWords(packet, map);
  return before + behind;
}

/** `udp (100)`. */
export const udpWords = (prefix: string, length: number): PacketWords => ({
  before: `${prefix}udp `,
  behind: `(${length})`,
});

function segmentText(body: SeenSegment, map: SequenceMap): string {
  const { flags, window, urgent, length } = body;
  // A SYN before anything is known begins at 0 for the script.
  const from = flags & tcp.SYN && !map.known ? 0 : map.toScript(body.seq);
  const ack = flags & tcp.ACK ? ` ack ${body.ack >>> 0}` : '';
  const urg = flags & tcp.URG ? ` urg ${urgent}` : '';
  const options = body.options.length === 0 ? '' : ` <${optionsText(body.options, map)}>`;
  return `${flagsText(flags)} ${from}:${(from + length) >>> 0}(${length})${ack} win ${window}${urg}${options}`;
}

/** A line of the script as it was delivered. */
export function deliveredText(line: TcpLine): string {
  const { flags, range, ack, window, urgent, options } = line;
  const parts = [flagsText(flags), `${range.from}:${range.to}(${range.length})`];
  if (ack !== undefined) parts.push(`ack ${ack}`);
  if (window !== undefined) parts.push(`win ${window}`);
  if (urgent !== undefined) parts.push(`urg ${urgent}`);
  if (options !== undefined && options !== 'any') parts.push(`<${optionsText(options, undefined)}>`);
  return parts.join(' ');
}

/** Options between the brackets; timestamps of the host are put into the script's numbers by `map`. */
export function optionsText(options: readonly OptionSpec[], map: SequenceMap | undefined): string {
  return options.map((option) => optionText(option, map)).join(',');
}

function optionText({ name, numbers, cookie }: OptionSpec, map: SequenceMap | undefined): string {
  const [first = '...', second = '...'] = numbers;
  switch (name) {
    case 'mss':
    case 'wscale':
      return `${name} ${first}`;
    case 'TS':
      return `TS val ${typeof first === 'number' && map !== undefined ? map.timestampToScript(first) : first} ecr ${second}`;
    case 'sack': {
      const blocks: string[] = [];
      for (let i = 0; i + 1 < numbers.length; i += 2) blocks.push(`${numbers[i]}:${numbers[i + 1]}`);
      return `sack ${blocks.join(' ')}`;
    }
    case 'FO':
    case 'FOEXP':
    case 'md5':
      return cookie === undefined || cookie.length === 0 ? name : `${name} ${hex(cookie)}`;
    case 'other':
      return `kind ${first} ${hex(cookie ?? new Uint8Array(0))}`;
    default:
      return name;
  }
}

const hex = (octets: Uint8Array): string => Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('');
