/** Display filters made at random, for comparing with tshark: every field and operator, with values that a capture has. */
import { below, type Random } from '../src/core/random.ts';
import type { Field, FieldValue } from '../src/see/dissect/index.ts';

/** Fields that a capture has, with some of their values. */
export type Samples = ReadonlyMap<Field, readonly FieldValue[]>;

const hexOf = (octets: Uint8Array): string => [...octets].map((octet) => octet.toString(16).padStart(2, '0')).join(':');

/** A value as it is written in a filter. */
function literal(field: Field, value: FieldValue): string {
  switch (field.type) {
    case 'boolean':
      return value ? '1' : '0';
    case 'ipv6':
      return hexOf(value as Uint8Array).replace(/(..):(..)/g, '$1$2');
    case 'string':
    case 'time':
      return JSON.stringify(field.format(value));
    case 'bytes':
    case 'protocol':
      return hexOf((value as Uint8Array).subarray(0, 12));
    case 'seconds':
      return (value as number).toFixed(9);
    default:
      return field.format(value);
  }
}

/** A random expression of one field, or of two. */
export function randomExpression(random: Random, samples: Samples): string {
  const fields = [...samples.keys()];
  const one = (): string => {
    const field = fields[below(random, fields.length)]!;
    return expressionOf(random, field, samples);
  };
  return below(random, 3) === 0 ? `${one()} ${['and', 'or'][below(random, 2)]} ${one()}` : one();
}

function expressionOf(random: Random, field: Field, samples: Samples): string {
  const pick = <T>(from: readonly T[]): T => from[below(random, from.length)]!;
  const values = samples.get(field)!;
  const value = pick(values);
  const { name, type } = field;
  const written = literal(field, value);
  const sign = pick(['==', '!=', '~=', '<', '<=', '>', '>=', '===', '!==', 'eq', 'ne', 'gt', 'le']);
  const compared = type === 'boolean' ? `${name} ${pick(['==', '!=', '~='])} ${written}` : `${name} ${sign} ${written}`;
  const forms = [name, `not ${name}`, `count(${name}) == ${1 + below(random, 3)}`];
  if (type === 'protocol' || type === 'bytes') {
    const octets = value as Uint8Array;
    const at = below(random, Math.min(8, octets.length - 2));
    forms.push(
      `len(${name}) > ${below(random, 60)}`,
      `${name}[${at}:2] == ${hexOf(octets.subarray(at, at + 2))}`,
      `${name}[${at}] > ${hexOf(Uint8Array.of(below(random, 256)))}`,
      `${name}[-2:] == ${hexOf(octets.subarray(-2))}`,
      `${name} contains ${hexOf(octets.subarray(at, at + 3))}`,
      `${name}[0:2] & ff:0f == ${hexOf(octets.subarray(0, 2))}`,
    );
    return pick(forms);
  }
  forms.push(compared, compared, `${pick(['any', 'all'])} ${compared}`, `!(${compared})`);
  if (type === 'boolean') return pick(forms);
  forms.push(`${name} in {${written}, ${literal(field, pick(values))}}`, `${name} not in {${written}}`);
  forms.push(`max(${name}) ${sign} ${written}`, `min(${name}) ${sign} ${written}`);
  if (type === 'unsigned' || type === 'signed') {
    const other = pick([...samples.keys()].filter((each) => each.type === 'unsigned'));
    const number = Number(value);
    forms.push(
      `${name} + ${below(random, 50)} ${sign} ${written}`,
      `${name} - ${below(random, 50)} ${sign} ${written}`,
      `{${name} * 2} + 1 ${sign} ${written}`,
      `${name} / 3 ${sign} ${below(random, 80)}`,
      `${name} % 7 == ${below(random, 7)}`,
      `${name} & ${1 << below(random, 8)}`,
      `${name} & 0x${(1 + below(random, 255)).toString(16)} == ${below(random, 16)}`,
      `${name} in {${Math.max(0, number - below(random, 9))}..${number}}`,
      `string(${name}) matches "${below(random, 10)}$"`,
      `${name} ${sign} ${other.name}`,
    );
    if (/^(?:ip|ipv6|tcp|udp|eth|icmp)\./.test(name))
      forms.push(`${name}#1 ${sign} ${written}`, `${name}#[-1] == ${written}`, `${name}#2 == ${written}`);
  }
  if (type === 'ipv4') {
    const address = value as number;
    forms.push(
      `${name} ${pick(['==', '!=', '~='])} ${written}/${8 + below(random, 25)}`,
      `${name}[0:2] == ${hexOf(Uint8Array.of(address >>> 24, (address >>> 16) & 255))}`,
      `${name} & 255.255.0.0 == ${written}`,
    );
  }
  if (type === 'ipv6')
    forms.push(`${name} ${pick(['==', '!=', '~='])} ${written}/${8 + below(random, 120)}`, `${name}[0:2] == fe:80`);
  if (type === 'mac')
    forms.push(`${name}[0:3] == ${written.slice(0, 8)}`, `${name}[0] & 1`, `${name} contains ${written.slice(3, 8)}`);
  if (type === 'string') {
    const text = value as string;
    forms.push(
      `${name} contains ${JSON.stringify(text.slice(0, 3))}`,
      `lower(${name}) == ${JSON.stringify(text.toLowerCase())}`,
      `len(${name}) > ${below(random, 20)}`,
    );
  }
  return pick(forms);
}
