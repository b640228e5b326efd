/**
 * Literals into values of the type they are compared with: what `10` is depends on that, a number for a port, octet 0x10 for a slice of the payload.
 */

import { nearest } from '../../core/nearest.ts';
import { readIpv4, readIpv6, readMac } from '../../wire/address.ts';
import type { Field, FieldType, FieldValue } from '../dissect/field.ts';
import type { ZoneOffset } from '../dissect/list-time.ts';
import { type Constant, TYPE_NAMES } from './checked.ts';
import type { Expression } from './syntax.ts';
import { readTime, TIME_FORMS } from './time-literal.ts';
import { isPort, MAX_PORT, namesOf, numberOfName } from './value-names.ts';

/** A word, a text or a character. */
export type Literal = Extract<Expression, { kind: 'word' | 'string' | 'character' }>;

/** What a literal is compared with. */
export interface Wanted {
  readonly type: FieldType;
  /** The field, where it is one: its values may have names. */
  readonly field: Field | undefined;
  /** Where local time is from. */
  readonly zone: ZoneOffset;
  /** For octets: whether any number of them will do, as in `contains`. Otherwise a hardware address must be whole. */
  readonly partial: boolean;
}

/** Why a literal is not a value of a type, and perhaps what could be written. */
export interface Refusal {
  readonly refusal: string;
  readonly suggestion?: string;
}

type Converted = { readonly value: FieldValue; readonly prefix?: number } | Refusal;

/** Reads a literal as a value of the wanted type; `written` is its text in the expression. */
export function readLiteral(literal: Literal, wanted: Wanted, written: string): Constant | Refusal {
  const converted = CONVERSIONS[wanted.type](literal, wanted, written);
  if ('refusal' in converted) return converted;
  const { at, length } = literal;
  return {
    kind: 'constant',
    type: wanted.type,
    value: converted.value,
    prefix: converted.prefix,
    text: written,
    at,
    length,
  };
}

const CONVERSIONS: Readonly<Record<FieldType, (literal: Literal, wanted: Wanted, written: string) => Converted>> = {
  unsigned: toNumber,
  signed: toNumber,
  seconds: toSeconds,
  float: toFloat,
  time: toTime,
  boolean: toBoolean,
  ipv4: (literal, _, written) => toAddress(literal, written, 4),
  ipv6: (literal, _, written) => toAddress(literal, written, 6),
  mac: (literal, wanted, written) => (wanted.partial ? toOctets(literal, written) : toMac(literal, written)),
  bytes: (literal, _, written) => toOctets(literal, written),
  protocol: (literal, _, written) => toOctets(literal, written),
  string: toText,
};

/** Decimal, 0x hexadecimal, 0b binary, or octal when it begins with 0. */
function numberOf(text: string): number | undefined {
  if (/^(?:0|[1-9]\d*|0[xX][0-9a-fA-F]+|0[bB][01]+)$/.test(text)) return Number(text);
  return /^0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

function toNumber(literal: Literal, { field }: Wanted, written: string): Converted {
  if (literal.kind === 'character') return { value: literal.code };
  const name = field && numberOfName(field.name, literal.text);
  const value = literal.kind === 'word' ? numberOf(literal.text) : undefined;
  if (value !== undefined) {
    if (value > Number.MAX_SAFE_INTEGER)
      return { refusal: `${written} is too big, maximum ${Number.MAX_SAFE_INTEGER}.` };
    if (field && isPort(field.name) && value > MAX_PORT)
      return { refusal: `"${written}" is too big for this field, maximum ${MAX_PORT}: a port has 16 bits.` };
    return { value };
  }
  if (name !== undefined) return { value: name };
  const text = literal.text;
  const what = field?.name ?? 'the other side';
  if (literal.kind === 'string' && numberOf(text) !== undefined)
    return {
      refusal: `${what} is ${TYPE_NAMES.unsigned}, ${written} is text. Write it without quotes: ${text}.`,
      suggestion: text,
    };
  if (literal.kind === 'string' && field?.name === 'tcp.flags')
    return {
      refusal: `tcp.flags is a number of 12 bits. A flag is tested by its field, tcp.flags.syn == 1, or by its bit, tcp.flags & 0x02.`,
    };
  if (/^0\d+$/.test(text))
    return {
      refusal: `"${text}" is not a valid number: with a leading 0 it is octal, which has digits from 0 to 7.`,
      suggestion: text.replace(/^0+(?=\d)/, ''),
    };
  if (/^0o[0-7]+$/i.test(text))
    return {
      refusal: `"${text}" is not a valid number. Octal begins with a mere 0: 0${text.slice(2)}.`,
      suggestion: `0${text.slice(2)}`,
    };
  const range = /^(\d+)-(\d+)$/.exec(text);
  if (range)
    return {
      refusal: `"${text}" is not a valid number. A range is written in a set: in {${range[1]}..${range[2]}}. A minus needs spaces around it.`,
      suggestion: `{${range[1]}..${range[2]}}`,
    };
  if (/^\d/.test(text) || field === undefined)
    return { refusal: `${written.startsWith('"') ? written : `"${text}"`} is not a valid number.` };
  const near = nearest(text, namesOf(field.name));
  return {
    refusal: `${written.startsWith('"') ? written : `"${text}"`} is neither a number nor a name among the values of ${field.name}.${near ? ` Did you mean ${near}?` : ''}`,
    ...(near ? { suggestion: near } : {}),
  };
}

function toFloat(literal: Literal, _: Wanted, written: string): Converted {
  const text = literal.kind === 'word' ? literal.text : '';
  const value = /^(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?$/i.test(text) ? Number(text) : numberOf(text);
  if (value !== undefined) return { value };
  return {
    refusal: `${written.startsWith('"') ? written : `"${written}"`} is not a valid number with decimals, such as 0.5.`,
  };
}

const UNITS: Readonly<Record<string, number>> = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 };

function toSeconds(literal: Literal, _: Wanted, written: string): Converted {
  const match = literal.kind === 'word' ? /^(\d+\.?\d*(?:e-?\d+)?|\.\d+)(s|ms|us|ns)?$/i.exec(literal.text) : null;
  if (match === null)
    return {
      refusal: `${written.startsWith('"') ? written : `"${written}"`} is not a valid time. Write seconds, 0.2, or with a unit, 200ms, 15us.`,
    };
  return { value: Number(match[1]) / UNITS[(match[2] ?? 's').toLowerCase()]! };
}

function toTime(literal: Literal, { zone }: Wanted, written: string): Converted {
  const value = literal.kind === 'character' ? undefined : readTime(literal.text, zone);
  if (value !== undefined) return { value };
  return {
    refusal: `${written.startsWith('"') ? written : `"${written}"`} is not a valid absolute time. ${TIME_FORMS}`,
  };
}

function toBoolean(literal: Literal, { field }: Wanted, written: string): Converted {
  if (literal.kind === 'word' && /^true$/i.test(literal.text)) return { value: true };
  if (literal.kind === 'word' && /^false$/i.test(literal.text)) return { value: false };
  if (literal.kind !== 'character' && literal.text === 'Set') return { value: true };
  if (literal.kind !== 'character' && literal.text === 'Not set') return { value: false };
  const number =
    literal.kind === 'character' ? literal.code : literal.kind === 'word' ? numberOf(literal.text) : undefined;
  if (number !== undefined) return { value: number !== 0 };
  return {
    refusal: `${written.startsWith('"') ? written : `"${written}"`} cannot be found among the possible values for ${field?.name ?? 'a flag'}: 1 or True, 0 or False.`,
    suggestion: '1',
  };
}

/** An address, perhaps with the length of a prefix; `localhost` is the loopback address. */
function toAddress(literal: Literal, written: string, version: 4 | 6): Converted {
  const bits = version === 4 ? 32 : 128;
  const text = literal.kind === 'character' ? '' : literal.text;
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const read = (host: string): FieldValue | undefined => {
    if (version === 6) return readIpv6(host);
    const value = readIpv4(host);
    return value === undefined ? undefined : value >>> 0;
  };
  const value = read(address === 'localhost' ? (version === 4 ? '127.0.0.1' : '::1') : address);
  if (value === undefined) {
    const other = version === 4 ? readIpv6(address) : readIpv4(address);
    const advice =
      other !== undefined
        ? ` It is an IPv${version === 4 ? 6 : 4} address: those are in ${version === 4 ? 'ipv6.addr, ipv6.src and ipv6.dst' : 'ip.addr, ip.src and ip.dst'}.`
        : version === 4 && /^\d+(\.\d+){0,2}$/.test(address)
          ? ' A network is written with the length of its prefix: 10.1.0.0/16.'
          : /^[a-z]/i.test(address)
            ? ' Names of hosts are not looked up, except localhost.'
            : '';
    return {
      refusal: `${written.startsWith('"') ? written : `"${text}"`} is not a valid IPv${version} address.${advice}`,
    };
  }
  if (literal.kind === 'string') return { refusal: `An address is written without quotes: ${text}.`, suggestion: text };
  if (slash < 0) return { value };
  const prefix = Number(text.slice(slash + 1));
  if (prefix > bits)
    return {
      refusal: `The prefix of an IPv${version} network should be <= ${bits}, not ${text.slice(slash + 1)}.`,
      suggestion: `${address}/${bits}`,
    };
  return { value, prefix };
}

function toMac(literal: Literal, written: string): Converted {
  const value = literal.kind === 'word' ? (readMac(literal.text) ?? wholeMac(literal.text)) : undefined;
  if (value !== undefined) return { value };
  return {
    refusal: `${written} is not a valid hardware address. Write six octets, 02:00:00:00:00:01, or a part of it: eth.src[0:3] == 02:00:00.`,
  };
}

/** `0200.0000.0001`, and twelve digits without separators. */
function wholeMac(text: string): Uint8Array | undefined {
  const octets = hexOctets(text);
  return octets?.length === 6 ? octets : undefined;
}

/** Octets in hexadecimal, alone or in groups: `48:65:6c`, `48-65-6c`, `4865.6c6c`, `48656c`. */
function hexOctets(text: string): Uint8Array | undefined {
  const grouped =
    /^[0-9a-f]{2}(?:([:.-])[0-9a-f]{2}(?:\1[0-9a-f]{2})*)?$|^[0-9a-f]{4}(?:\.[0-9a-f]{4})+$|^(?:[0-9a-f]{2})+$/i;
  if (!grouped.test(text)) return undefined;
  const digits = text.replace(/[:.-]/g, '');
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}

function toOctets(literal: Literal, written: string): Converted {
  if (literal.kind === 'string') return { value: literal.octets };
  if (literal.kind === 'character') return { value: Uint8Array.of(literal.code) };
  const { text } = literal;
  const octets = /^0b[01]+$/i.test(text) ? undefined : hexOctets(text);
  if (octets !== undefined) return { value: octets };
  const number = /^(?:[0-9a-f]|0x[0-9a-f]+|0b[01]+)$/i.test(text)
    ? Number(text.length === 1 ? `0x${text}` : text)
    : undefined;
  if (number !== undefined && number <= 255) return { value: Uint8Array.of(number) };
  const decimal = /^[1-9]\d*$/.test(text) ? Number(text) : 256;
  const advice =
    decimal <= 255
      ? ` Octets are hexadecimal: ${decimal} is 0x${decimal.toString(16).padStart(2, '0')}.`
      : /^0x[0-9a-f]+$/i.test(text)
        ? ` 0x goes with one octet; several are written 48:65:6c.`
        : ` Octets are written 48:65:6c, text "Hel".`;
  return { refusal: `"${written}" is not a valid byte string.${advice}` };
}

function toText(literal: Literal): Converted {
  return { value: literal.kind === 'character' ? String.fromCharCode(literal.code) : literal.text };
}
