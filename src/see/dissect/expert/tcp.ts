/** Expert information of TCP, as far as one segment says it. */
import * as tcp from '../../../wire/tcp.ts';
import { END, lengthAt, MSS, NOP, SACK, SACK_PERMITTED, TIMESTAMPS, WINDOW_SCALE } from '../../../wire/tcp-options.ts';
import { MAX_SHIFT } from '../conversations.ts';
import { type Dissection, has, viewOf } from '../dissection.ts';
import { hasLength, isBogus, isReadable } from '../fields/tcp.ts';
import { isShort } from '../fields/tcp-events.ts';
import { isDuplicateSack } from '../fields/tcp-options.ts';
import { optionName } from '../names.ts';
import { GROUP, type ItemsOf, SEVERITY, type TakeItem } from './item.ts';
import { checksumItem } from './network.ts';

const { CHAT, NOTE, WARNING, ERROR } = SEVERITY;

export const tcpItems: ItemsOf = (dissection, layer, take) => {
  if (!isReadable(dissection, layer)) return;
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const flags = tcp.flags(view, at);
  if (isBogus(dissection, layer))
    return take(`Bogus TCP header length (${tcp.headerLength(view, at)}, must be at least 20)`, ERROR, GROUP.PROTOCOL);
  if (isShort(dissection, layer))
    take(
      'Short segment. Segment/fragment does not contain a full TCP header (might be NMAP or someone else deliberately sending unusual packets)',
      WARNING,
      GROUP.MALFORMED,
    );
  if ((flags & tcp.ACK) === 0 && tcp.ack(view, at) !== 0)
    take('The acknowledgment number field is nonzero while the ACK flag is not set', NOTE, GROUP.PROTOCOL);
  flagItems(dissection, layer, flags, take);
  checksumItem('tcp', dissection, layer, take);
  if (!has(dissection, layer, 0, tcp.HEADER)) return;
  if ((flags & tcp.URG) === 0 && tcp.urgentPointer(view, at) !== 0)
    take('The urgent pointer field is nonzero while the URG flag is not set', NOTE, GROUP.PROTOCOL);
  optionItems(dissection, layer, flags, take);
};

/** What a segment does to its connection. */
function flagItems(dissection: Dissection, layer: number, flags: number, take: TakeItem): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  if (flags & tcp.RST) take('Connection reset (RST)', WARNING, GROUP.SEQUENCE);
  if (flags & tcp.SYN) {
    const server = flags & tcp.ACK ? tcp.sourcePort(view, at) : tcp.destinationPort(view, at);
    const what = flags & tcp.ACK ? 'acknowledge (SYN+ACK)' : 'request (SYN)';
    take(`Connection establish ${what}: server port ${server}`, CHAT, GROUP.SEQUENCE);
  }
  if ((flags & tcp.FIN) === 0) return;
  take('Connection finish (FIN)', CHAT, GROUP.SEQUENCE);
  if (dissection.quoted[layer] === 1) return;
  if (dissection.closing === 'first') take('This frame initiates the connection closing', NOTE, GROUP.SEQUENCE);
  if (dissection.closing === 'second') take('This frame undergoes the connection closing', NOTE, GROUP.SEQUENCE);
}

/** As many octets of no option one behind the other as no host has a use for. */
const MANY_NOPS = 4;

/** Options whose lengths never differ; those of others are believed. */
const LENGTHS: ReadonlyMap<number, number> = new Map([
  [MSS, 4],
  [WINDOW_SCALE, 3],
  [SACK_PERMITTED, 2],
  [TIMESTAMPS, 10],
]);

function optionItems(dissection: Dissection, layer: number, flags: number, take: TakeItem): void {
  const view = viewOf(dissection, layer);
  const end = dissection.payloads[layer]!;
  let nops = 0;
  let hasMss = false;
  let at = dissection.starts[layer]! + tcp.HEADER;
  const hasOptions = at < end && hasLength(dissection, layer);
  while (at < end) {
    const kind = view.getUint8(at);
    const length = lengthAt(view, at, end);
    if (length === 0) {
      // Of a header that was cut nobody knows what the rest of it says.
      if (at + 1 >= end || dissection.problems[layer] !== 0) break;
      return brokenItem(kind, view.getUint8(at + 1), take);
    }
    if (kind === END) {
      if (isZero(view, at, end)) break;
      return take('Non-zero header padding', ERROR, GROUP.PROTOCOL);
    }
    nops = kind === NOP ? nops + 1 : 0;
    if (nops === MANY_NOPS)
      take(`${MANY_NOPS} NOP in a row - a router may have removed some options`, WARNING, GROUP.PROTOCOL);
    if (kind === MSS) hasMss = true;
    optionItem(dissection, layer, at, kind, length, take);
    at += length;
  }
  if (!hasOptions) return;
  if (flags & tcp.SYN && !hasMss) take('The SYN packet does not contain a MSS option', NOTE, GROUP.PROTOCOL);
  if ((flags & tcp.SYN) === 0 && hasMss) take('The non-SYN packet does contain a MSS option', WARNING, GROUP.PROTOCOL);
}

/** An option that is whole. */
function optionItem(
  dissection: Dissection,
  layer: number,
  at: number,
  kind: number,
  length: number,
  take: TakeItem,
): void {
  const view = viewOf(dissection, layer);
  const right = LENGTHS.get(kind) ?? length;
  if (length !== right) return take(`option length should be ${right}`, NOTE, GROUP.SEQUENCE);
  if (kind === WINDOW_SCALE && view.getUint8(at + 2) > MAX_SHIFT)
    take(`Window scale shift exceeds ${MAX_SHIFT}`, WARNING, GROUP.PROTOCOL);
  if (kind === SACK && isDuplicateSack(dissection, layer, view, at, length))
    take('D-SACK Sequence', WARNING, GROUP.SEQUENCE);
}

/** An option whose length cannot be. */
function brokenItem(kind: number, length: number, take: TakeItem): void {
  const [title] = optionName(kind);
  const name = title === 'Unknown' ? `Unknown (0x${kind.toString(16).padStart(2, '0')})` : title;
  const octets = `${length} byte${length === 1 ? '' : 's'}`;
  const why =
    length < 2
      ? `with too-short option length = ${octets}`
      : `option length = ${octets} says option goes past end of options`;
  take(`${name} (${why})`, NOTE, GROUP.SEQUENCE);
}

function isZero(view: DataView, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (view.getUint8(at) !== 0) return false;
  return true;
}
