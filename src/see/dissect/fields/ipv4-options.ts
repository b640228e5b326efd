/** Fields of IPv4's options: ip.opt.*, and the routes ip.rec_rt, ip.src_rt, ip.empty_rt and ip.cur_rt. */
import * as ipv4 from '../../../wire/ipv4.ts';
import * as option from '../../../wire/ipv4-options.ts';
import { type Dissection, viewOf } from '../dissection.ts';
import type { Field, FieldType, FieldValues } from '../field.ts';
import { IPV4_OPTION_NAMES } from '../ipv4-option-names.ts';
import { PROTOCOL } from '../protocol.ts';
import { layerField } from './kinds.ts';

/** Takes the values of a known option. */
type Take = (view: DataView, type: number, from: number, to: number, into: FieldValues) => void;

/** Calls `take` for each option that has a name; a header that was cut has none. */
function eachKnown(dissection: Dissection, layer: number, take: Take, into: FieldValues): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const payload = dissection.payloads[layer]!;
  if (dissection.problems[layer] !== 0 || payload - at <= ipv4.HEADER) return;
  option.eachOption(view, at, payload, (type, from, to) => {
    if (IPV4_OPTION_NAMES[type] !== undefined) take(view, type, from, to, into);
  });
}

const optionField = (name: string, type: FieldType, title: string, take: Take): Field =>
  layerField(PROTOCOL.IPV4, name, type, title, (dissection, layer, into) => eachKnown(dissection, layer, take, into));

/** Octets before the first address of a route, and before the first time. */
const ROUTE = 3;
const TIMES = 4;

const isSourceRoute = (type: number): boolean =>
  type === option.LOOSE_SOURCE_ROUTE || type === option.STRICT_SOURCE_ROUTE;

/** The addresses of routes for which `wanted` holds, by what is on either side of the pointer; the last of a source route that goes on is the destination. */
const routeField = (name: string, title: string, wanted: (isSource: boolean, isPassed: boolean) => boolean): Field =>
  optionField(name, 'ipv4', title, (view, type, from, to, into) => {
    const isSource = isSourceRoute(type);
    if ((!isSource && type !== option.RECORD_ROUTE) || to - from < ROUTE) return;
    const pointer = view.getUint8(from + 2);
    if (pointer <= ROUTE || pointer % 4 !== 0) return;
    for (let at = from + ROUTE; at + 4 <= to; at += 4) {
      const isPassed = at - from + 1 < pointer;
      const isDestination = isSource && !isPassed && at + 4 === to;
      if (!isDestination && wanted(isSource, isPassed)) into.push(view.getUint32(at));
    }
  });

/** Whether the times of an option stand with addresses. */
const hasAddresses = (view: DataView, from: number): boolean => {
  const flag = view.getUint8(from + 3) & 15;
  return flag === 1 || flag === 3;
};

const timeField = (name: string, type: FieldType, title: string, isAddress: boolean): Field =>
  optionField(name, type, title, (view, kind, from, to, into) => {
    if (kind !== option.TIMESTAMP || to - from < TIMES) return;
    const step = hasAddresses(view, from) ? 8 : 4;
    if (isAddress && step === 4) return;
    for (let at = from + TIMES; at + step <= to; at += step) into.push(view.getUint32(isAddress ? at : at + step - 4));
  });

/** A word of two octets of some options. */
const wordField = (name: string, title: string, ...types: readonly number[]): Field =>
  optionField(name, 'unsigned', title, (view, type, from, to, into) => {
    if (types.includes(type) && to - from >= 4) into.push(view.getUint16(from + 2));
  });

const POINTED: ReadonlySet<number> = new Set([
  option.RECORD_ROUTE,
  option.TIMESTAMP,
  option.LOOSE_SOURCE_ROUTE,
  option.STRICT_SOURCE_ROUTE,
]);

/** ip.opt.* and the routes. */
export const IPV4_OPTION_FIELDS: readonly Field[] = [
  optionField('ip.opt.type', 'unsigned', 'Type', (_view, type, _from, _to, into) => into.push(type)),
  optionField('ip.opt.len', 'unsigned', 'Length', (view, type, from, _to, into) => {
    if (type !== option.END && type !== option.NOP) into.push(view.getUint8(from + 1));
  }),
  optionField('ip.opt.ptr', 'unsigned', 'Pointer', (view, type, from, to, into) => {
    if (POINTED.has(type) && to - from >= ROUTE) into.push(view.getUint8(from + 2));
  }),
  routeField('ip.rec_rt', 'Recorded Route', (_isSource, isPassed) => isPassed),
  routeField('ip.empty_rt', 'Empty Route', (isSource, isPassed) => !isSource && !isPassed),
  routeField('ip.src_rt', 'Source Route', (isSource, isPassed) => isSource && !isPassed),
  layerField(PROTOCOL.IPV4, 'ip.cur_rt', 'ipv4', 'Current Route', (dissection, layer, into) => {
    const view = viewOf(dissection, layer);
    const at = dissection.starts[layer]!;
    const isRouted =
      dissection.problems[layer] === 0 && option.finalDestination(view, at, dissection.payloads[layer]!) !== undefined;
    if (isRouted) into.push(ipv4.destination(view, at) >>> 0);
  }),
  timeField('ip.opt.time_stamp', 'unsigned', 'Time stamp', false),
  timeField('ip.opt.time_stamp_addr', 'ipv4', 'Address', true),
  wordField('ip.opt.ra', 'Router Alert', option.ROUTER_ALERT),
  wordField('ip.opt.mtu', 'MTU', option.MTU_PROBE, option.MTU_REPLY),
  wordField('ip.opt.sid', 'Stream Identifier', option.STREAM_ID),
];
