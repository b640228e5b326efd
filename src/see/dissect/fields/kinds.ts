/** How fields are declared: the few shapes that most of them have, and the ways their values are written. */
import { writeIpv4 } from '../../../wire/address.ts';
import { BAD_HEADER_LENGTH } from '../../../wire/problem.ts';
import * as tcp from '../../../wire/tcp.ts';
import type { Packet } from '../../capture/packet.ts';
import { bytesOf, type Dissection, has, octetsOf, viewOf } from '../dissection.ts';
import {
  type Field,
  type FieldType,
  type FieldValue,
  type FieldValues,
  type Format,
  type Read,
  written,
} from '../field.ts';
import { isEmptyUdp } from '../layers/transport.ts';
import { nanosecondsAsSeconds } from '../numbers.ts';
import { PROTOCOL, type ProtocolId } from '../protocol.ts';
import { momentText } from '../time-text.ts';

export type { Format, Read } from '../field.ts';

/** `7456`. */
export const decimal: Format = written((text, value) => {
  if (typeof value === 'number' && Number.isSafeInteger(value)) text.decimal(value);
  else text.add(String(value));
});

const ONE = 0x31;
const ZERO = 0x30;
const COLON = 0x3a;

/** `1` or `0`. */
export const bit: Format = written((text, value) => text.octet(value ? ONE : ZERO));

/** `0x0002` for four digits. */
export const hex = (digits: number): Format =>
  written((text, value) => {
    text.add('0x');
    text.hex(Number(value), digits);
  });

/** `127.0.0.1`. */
export const dotted: Format = written((text, value) => writeIpv4(text, value as number));

/** `48656c6c6f`. */
export const octets: Format = written((text, value) => text.hexOctets(value as Uint8Array));

/** `02:00:00:00:00:01`. */
export const colons: Format = written((text, value) => text.hexOctets(value as Uint8Array, COLON));

/** `0.000009868`. */
export const nineDecimals: Format = (value) => (value as number).toFixed(9);

const FORMATS: Readonly<Record<FieldType, Format>> = {
  unsigned: decimal,
  signed: decimal,
  boolean: bit,
  ipv4: dotted,
  ipv6: (value) => colons(value),
  mac: colons,
  string: decimal,
  bytes: octets,
  seconds: nineDecimals,
  float: decimal,
  time: (value) => momentText(value as bigint),
  protocol: octets,
};

/** A field that stands in every header of a protocol, `size` octets at `offset` that must have been captured. */
export function headerField(
  protocol: ProtocolId,
  name: string,
  type: FieldType,
  title: string,
  offset: number,
  size: number,
  read: Read,
  format: Format = FORMATS[type],
): Field {
  return {
    name,
    type,
    title,
    format,
    header: { protocol, values: [{ offset, size, read }] },
    collect(dissection, into) {
      for (let layer = 0; layer < dissection.depth; layer++)
        if (dissection.protocols[layer] === protocol && has(dissection, layer, offset, size))
          into.push(read(viewOf(dissection, layer), dissection.starts[layer]!));
    },
  };
}

/** A field that needs more than the header, such as a number relative to the conversation's first; `collect` appends what a layer has. */
export function layerField(
  protocol: ProtocolId,
  name: string,
  type: FieldType,
  title: string,
  collect: (dissection: Dissection, layer: number, into: FieldValues) => void,
  format: Format = FORMATS[type],
): Field {
  return {
    name,
    type,
    title,
    format,
    collect(dissection, into) {
      for (let layer = 0; layer < dissection.depth; layer++)
        if (dissection.protocols[layer] === protocol) collect(dissection, layer, into);
    },
  };
}

/** A field of the frame as a whole. */
export function frameField(
  name: string,
  type: FieldType,
  title: string,
  read: (dissection: Dissection) => FieldValue | undefined,
  format: Format = FORMATS[type],
): Field {
  return {
    name,
    type,
    title,
    format,
    collect(dissection, into) {
      const value = read(dissection);
      if (value !== undefined) into.push(value);
    },
  };
}

/** A field of the frame of which there may be several values. */
export const allOf = (
  name: string,
  type: FieldType,
  title: string,
  collect: Field['collect'],
  format: Format = FORMATS[type],
): Field => ({ name, type, title, format, collect });

/** A field of the packet: known without taking its octets apart. */
export const packetField = (
  name: string,
  type: FieldType,
  title: string,
  packet: (packet: Packet) => FieldValue | undefined,
): Field => ({ ...frameField(name, type, title, (dissection) => packet(dissection.packet)), packet });

/** A field of which nothing is said but that it is there. */
export const mark = (field: Field): Field => ({ ...field, isMark: true });

/** A field that stands for two, such as tcp.port: both values of each layer, the first one first. */
export function eitherField(
  protocol: ProtocolId,
  name: string,
  type: FieldType,
  title: string,
  size: number,
  first: readonly [offset: number, read: Read],
  second: readonly [offset: number, read: Read],
  format: Format = FORMATS[type],
): Field {
  const field = layerField(
    protocol,
    name,
    type,
    title,
    (dissection, layer, into) => {
      const view = viewOf(dissection, layer);
      const at = dissection.starts[layer]!;
      if (has(dissection, layer, first[0], size)) into.push(first[1](view, at));
      if (has(dissection, layer, second[0], size)) into.push(second[1](view, at));
    },
    format,
  );
  const values = [first, second].map(([offset, read]) => ({ offset, size, read }));
  return { ...field, header: { protocol, values } };
}

/** The name of a protocol as a field: present where it has a layer; its value is the layer's octets. */
export function protocolField(protocol: ProtocolId, name: string, title: string): Field {
  return layerField(protocol, name, 'protocol', title, (dissection, layer, into) => {
    into.push(bytesOf(dissection, layer, dissection.starts[layer]!, dissection.ends[layer]!));
  });
}

/** `size` octets at `at` as a view. */
export const octetsAt = (view: DataView, at: number, size: number): Uint8Array => octetsOf(view, at, at + size);

/** Whether a layer of TCP or UDP came so long after others of its stream; of TCP what is quoted did, too, where its header is whole, and nothing whose first twenty octets are not. */
export function hasStreamTimes(dissection: Dissection, layer: number): boolean {
  const { streams, quoted, protocols, problems } = dissection;
  if (streams[layer]! < 0) return false;
  if (protocols[layer] === PROTOCOL.TCP)
    return (
      problems[layer] === 0 ||
      (quoted[layer] === 0 && problems[layer] !== BAD_HEADER_LENGTH && has(dissection, layer, 0, tcp.HEADER))
    );
  return quoted[layer] === 0 && !isEmptyUdp(dissection, layer);
}

/** Seconds since another packet of the same stream. */
export function streamTimeField(
  protocol: ProtocolId,
  name: string,
  title: string,
  since: 'sinceFirst' | 'sinceLast',
): Field {
  const collect = (dissection: Dissection, take: (nanoseconds: number) => void): void => {
    for (let layer = 0; layer < dissection.depth; layer++)
      if (dissection.protocols[layer] === protocol && hasStreamTimes(dissection, layer))
        take(dissection[since][layer]!);
  };
  return {
    ...frameField(name, 'seconds', title, () => undefined),
    collect: (dissection, into) => collect(dissection, (nanoseconds) => into.push(nanoseconds / 1e9)),
    print: (dissection, into) => collect(dissection, (nanoseconds) => into.push(nanosecondsAsSeconds(nanoseconds))),
  };
}
