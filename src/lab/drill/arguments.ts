/** The arguments of a call, read as numbers, octets and addresses. */
import { formatIpv4 } from '../../wire/address.ts';
import { readAddressText } from '../../wire/ip-address.ts';
import { numberOf } from './expected-result.ts';
import { MAX_CALL_OCTETS } from './limits.ts';
import type { CallLine, Expression, Field } from './syntax.ts';
import { Unsupported } from './unsupported.ts';

/** Arguments of one call. */
export class Arguments {
  readonly #line: CallLine;
  readonly #defines: ReadonlyMap<string, number>;

  constructor(line: CallLine, defines: ReadonlyMap<string, number>) {
    this.#line = line;
    this.#defines = defines;
  }

  /** The call's name. */
  get name(): string {
    return this.#line.name;
  }

  /** What the script expects as an answer, when that is a number. */
  get wanted(): number | undefined {
    const { result } = this.#line;
    return result === undefined || result.kind === 'any' ? undefined : this.valueOf(result);
  }

  /** The `i`th argument; undefined when there are fewer, or it is `...`. */
  at(i: number): Expression | undefined {
    const argument = this.#line.arguments[i];
    return argument?.kind === 'any' ? undefined : argument;
  }

  /** The same, where it matters whether `...` stands there. */
  written(i: number): Expression | undefined {
    return this.#line.arguments[i];
  }

  /** Whether the `i`th argument is NULL. */
  isNull(i: number): boolean {
    return isNull(this.at(i));
  }

  /** A number. @throws Unsupported */
  valueOf(expression: Expression): number {
    return numberOf(expression, this.#defines);
  }

  /** The `i`th argument as a number; `otherwise` where it is left open. */
  number(i: number, otherwise: number): number {
    const argument = this.at(i);
    return argument === undefined ? otherwise : this.valueOf(argument);
  }

  /** The `i`th argument as its name in the script, for messages and choices. */
  symbol(i: number): string {
    const argument = this.at(i);
    return argument?.kind === 'symbol'
      ? argument.name
      : argument === undefined
        ? '...'
        : String(this.valueOf(argument));
  }

  /** A number that stands alone or as the only one of an array, as options have it: `[1]`. Undefined where it is left open. */
  option(i: number): number | undefined {
    const argument = this.at(i);
    const inner = argument?.kind === 'array' ? argument.items[0] : argument;
    return inner === undefined || inner.kind === 'any' || inner.kind === 'struct' ? undefined : this.valueOf(inner);
  }

  /** The fields of a structure; an empty list where it is left open. */
  fields(expression: Expression | undefined): readonly Field[] {
    return expression?.kind === 'struct' ? expression.fields : [];
  }

  /** The field of that name, `undefined` where there is none or it is left open. */
  field(expression: Expression | undefined, name: string): Expression | undefined {
    const value = this.fieldWritten(expression, name);
    return value?.kind === 'any' ? undefined : value;
  }

  /** The same, where it matters whether `...` stands there. */
  fieldWritten(expression: Expression | undefined, name: string): Expression | undefined {
    return this.fields(expression).find((field) => field.name === name)?.value;
  }

  /** The octets to send of the `i`th argument: those of a string, or `count` of any. @throws Unsupported when they are too many */
  octets(i: number, count: number): Uint8Array {
    return octetsOf(this.at(i), count);
  }

  /** How many octets a list of buffers holds: `[{..., 1000}, {..., 500}]`. */
  vector(list: Expression | undefined): number {
    return bounded(this.lengths(list).reduce((total, length) => total + length, 0));
  }

  /** Octets of each of its elements. */
  lengths(list: Expression | undefined): number[] {
    if (list?.kind !== 'array') return [];
    return list.items.map((item) => {
      const fields = this.fields(item);
      const length = fields.find((field) => field.name === 'iov_len')?.value ?? fields[1]?.value;
      return length === undefined || length.kind === 'any' ? 0 : this.valueOf(length);
    });
  }

  /** The `i`th argument as an address. */
  address(i: number, host: string, port: number): [string, number] {
    return this.addressOf(this.at(i), host, port);
  }

  /** An address structure: host and port, with the given ones where the script leaves them open. */
  addressOf(structure: Expression | undefined, host: string, port: number): [string, number] {
    const sinPort = this.field(structure, 'sin_port') ?? this.field(structure, 'sin6_port');
    const sinAddress = this.field(structure, 'sin_addr') ?? this.field(structure, 'sin6_addr');
    return [
      sinAddress === undefined ? host : this.#host(sinAddress),
      sinPort === undefined ? port : this.valueOf(sinPort),
    ];
  }

  #host(expression: Expression): string {
    if (expression.kind === 'function') {
      const text = expression.items.find((item) => item.kind === 'string');
      if (text !== undefined && readAddressText(text.value) !== undefined) return text.value;
      if (text !== undefined) throw new Unsupported(`${text.value}, which is no address`);
    }
    return formatIpv4(this.valueOf(expression) | 0);
  }
}

/** Whether a value is NULL. */
export const isNull = (expression: Expression | undefined): boolean =>
  expression?.kind === 'symbol' && expression.name === 'NULL';

/** `count` octets: those of a string where there is one. */
export function octetsOf(expression: Expression | undefined, count: number): Uint8Array {
  const octets = new Uint8Array(bounded(count));
  if (expression?.kind === 'string') octets.set(new TextEncoder().encode(expression.value).subarray(0, count));
  else for (let i = 0; i < octets.length; i++) octets[i] = 97 + (i % 26);
  return octets;
}

/** @throws Unsupported when one call is to move more than a call may */
export function bounded(count: number): number {
  if (!(count >= 0 && count <= MAX_CALL_OCTETS))
    throw new Unsupported(`${count} octets in one call; the most is ${MAX_CALL_OCTETS}`);
  return count;
}
