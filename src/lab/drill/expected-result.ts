/** Values of expressions that need nothing but names: what a call is expected to answer, flags, numbers. */
import { nearest } from '../../core/nearest.ts';
import { CONSTANTS } from './constants.ts';
import type { CallLine, Expression } from './syntax.ts';
import { Unsupported } from './unsupported.ts';

/** Errors that have another name in Linux, too. */
const SECOND_NAMES: Readonly<Record<string, string>> = { EWOULDBLOCK: 'EAGAIN', ENOTSUP: 'EOPNOTSUPP' };

/** What a call is to answer; undefined where the script leaves it open. */
export function resultOf(
  { result, errno }: CallLine,
  defines: ReadonlyMap<string, number>,
): { value: number | undefined; errno: string | undefined } {
  const name = errno === undefined ? undefined : (SECOND_NAMES[errno] ?? errno);
  if (result === undefined || result.kind === 'any') return { value: undefined, errno: name };
  return { value: numberOf(result, defines), errno: name };
}

/** What a name that nobody knows was probably meant to be, for the end of a message; where none is near, `otherwise`. */
export function meant(name: string, names: Iterable<string>, otherwise = ''): string {
  const near = nearest(name, names);
  return near === undefined ? otherwise : `; did you mean ${near}?`;
}

/** Names that belong to the system: a number for one would not make it known here. */
const OF_THE_SYSTEM = /^(?:SO|SOL|SOCK|TCP|UDP|IP|IPV6|IPPROTO|MSG|AF|PF|F|O|SCM|SHUT)_|^(?:E?POLL|SIOC)[A-Z]/;

/** How a name that is the script's own gets its number. */
const definition = (name: string): string => (OF_THE_SYSTEM.test(name) ? '' : `; -D ${name}=VALUE would define it`);

/** The number that an expression is. @throws Unsupported when it is none that is known */
export function numberOf(expression: Expression, defines: ReadonlyMap<string, number>): number {
  switch (expression.kind) {
    case 'number':
      return expression.value;
    case 'symbol': {
      const value = defines.get(expression.name) ?? CONSTANTS.get(expression.name);
      if (value === undefined)
        throw new Unsupported(
          `the constant ${expression.name}${meant(expression.name, CONSTANTS.keys())}${definition(expression.name)}`,
          expression.place.line,
        );
      return value;
    }
    case 'binary': {
      const left = numberOf(expression.left, defines);
      const right = numberOf(expression.right, defines);
      return expression.sign === '|' ? left | right : left << right;
    }
    case 'function': {
      const [first] = expression.items;
      // Byte order is nobody's concern here: numbers stay as people write them.
      if (/^(htons|htonl|ntohs|ntohl)$/.test(expression.name) && first !== undefined) return numberOf(first, defines);
      break;
    }
    default:
  }
  throw new Unsupported(`a ${expression.kind} where a number is wanted`, expression.place.line);
}
