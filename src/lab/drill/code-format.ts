/** `'%d of %5.2f' % (1, 2)` in the code of `%{ }%`: Python's formats of numbers and texts. */
import { asNumber, show, type Value } from './code-values.ts';

const FORMAT = /%([-+ #0]*)(\d{0,3})(?:\.(\d{1,2}))?[hlL]?([diuoxXeEfFgGrs%])/g;

/** Digits behind the point, where the format does not say. */
const USUAL_PRECISION = 6;

/** `text` with its formats filled in; one for which there is no value stays as it is. @throws Raised TypeError when a number is wanted */
export function format(text: string, values: Value): string {
  const list = typeof values === 'object' ? values : [values];
  let next = 0;
  return text.replace(FORMAT, (whole, flags: string, width: string, precision: string | undefined, kind: string) => {
    if (kind === '%') return '%';
    const value = list[next++];
    if (value === undefined) return whole;
    const digits = precision === undefined ? undefined : Number(precision);
    if (kind === 's' || kind === 'r') return padded('', show(value).slice(0, digits), flags.replace('0', ''), width);
    const number = asNumber(value);
    const sign = number < 0 ? '-' : (/[+ ]/.exec(flags)?.[0] ?? '');
    return padded(sign, magnitude(kind, Math.abs(number), flags.includes('#'), digits), flags, width);
  });
}

/** Padded to a width: by zeros behind the sign, or by spaces before or behind it all. */
function padded(sign: string, text: string, flags: string, width: string): string {
  const most = Number(width);
  if (flags.includes('-')) return (sign + text).padEnd(most);
  return flags.includes('0') ? sign + text.padStart(most - sign.length, '0') : (sign + text).padStart(most);
}

function magnitude(kind: string, number: number, isMarked: boolean, digits: number | undefined): string {
  const text = plain(kind.toLowerCase(), number, isMarked, digits);
  return kind === kind.toLowerCase() ? text : text.toUpperCase();
}

function plain(kind: string, number: number, isMarked: boolean, digits: number | undefined): string {
  switch (kind) {
    case 'x':
    case 'o':
      return `${isMarked ? `0${kind}` : ''}${Math.trunc(number).toString(kind === 'x' ? 16 : 8)}`;
    case 'e':
      return exponential(number, digits ?? USUAL_PRECISION);
    case 'f':
      return number.toFixed(digits ?? USUAL_PRECISION);
    case 'g':
      return shorter(number, Math.max(1, digits ?? USUAL_PRECISION));
    default:
      return String(Math.trunc(number)).padStart(digits ?? 0, '0');
  }
}

/** The exponent has two digits at least. */
const exponential = (number: number, digits: number): string =>
  number.toExponential(digits).replace(/(e[+-])(\d)$/, '$10$2');

/** Of so many digits those that say something, with an exponent where it is small or large. */
function shorter(number: number, digits: number): string {
  const exponent = Number(/e(.*)$/.exec(number.toExponential(digits - 1))?.[1]);
  const isPlain = !(exponent < -4 || exponent >= digits);
  const text = isPlain ? number.toFixed(Math.max(0, digits - 1 - (exponent || 0))) : exponential(number, digits - 1);
  return text.replace(/\.0+(?=e|$)|(\.\d*?)0+(?=e|$)/, '$1');
}
