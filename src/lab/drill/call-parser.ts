/** Parses system calls and the values in them: what strace would print. */
import { nearest } from '../../core/nearest.ts';
import { ERRORS } from './constants.ts';
import { meant } from './expected-result.ts';
import type { CallLine, Expression, Field } from './syntax.ts';
import type { TokenReader } from './token-reader.ts';

/** A call: the end time that stands before its name is in `end` already. @throws ScriptError */
export function parseCall(reader: TokenReader, end: number | undefined): CallLine {
  const name = reader.expectKind('word', 'a system call').text;
  const list = parseList(reader, '(', ')', `the arguments of ${name}`);
  const common = { kind: 'call', name, arguments: list, end } as const;
  if (!reader.takes('=')) return { ...common, result: undefined, errno: undefined };
  const result = reader.takes('?') ? undefined : parseExpression(reader);
  const errno = reader.peek().kind === 'word' ? parseErrno(reader) : undefined;
  if (reader.is('(')) skipNote(reader);
  return { ...common, result, errno };
}

/** The name of an error, as errno(3) has it. @throws ScriptError */
function parseErrno(reader: TokenReader): string | undefined {
  const { text } = reader.peek();
  if (!/^E[A-Z0-9]+$/.test(text)) return undefined;
  if (!ERRORS.has(text) && nearest(text, ERRORS.keys()) !== undefined)
    reader.fail(`there is no error ${text}${meant(text, ERRORS.keys())}`);
  return reader.next().text;
}

/** `(Resource temporarily unavailable)`: for people. */
function skipNote(reader: TokenReader): void {
  const open = reader.next();
  for (let depth = 1; depth > 0; ) {
    const token = reader.next();
    if (token.kind === 'end') reader.fail('the note that begins here has no end; it ends with )', open);
    if (token.kind === 'sign' && token.text === '(') depth++;
    if (token.kind === 'sign' && token.text === ')') depth--;
  }
}

function parseList(reader: TokenReader, open: string, close: string, what: string): Expression[] {
  reader.expect(open, what);
  const items: Expression[] = [];
  if (reader.takes(close)) return items;
  do items.push(parseExpression(reader));
  while (reader.takes(','));
  reader.expect(close, what);
  return items;
}

/** A value: `O_RDWR|O_NONBLOCK`, `1 << 4`, and all that stands alone. @throws ScriptError */
export function parseExpression(reader: TokenReader): Expression {
  return reader.nested(() => {
    let left = parseOperand(reader);
    while (reader.is('|') || reader.is('<<')) {
      const { text, ...place } = reader.next();
      const sign = text === '|' ? '|' : '<<';
      left = { kind: 'binary', place, sign, left, right: parseOperand(reader) };
    }
    return left;
  });
}

function parseOperand(reader: TokenReader): Expression {
  const token = reader.peek();
  const place = { at: token.at, line: token.line, column: token.column };
  switch (token.kind) {
    case 'number':
      return { kind: 'number', place, value: Number(reader.next().text) };
    case 'string': {
      let value = reader.next().text;
      // One after another they are one, as in C.
      while (reader.peek().kind === 'string') value += reader.next().text;
      // "text"... is the beginning of a longer one, as strace prints it.
      reader.takes('...');
      return { kind: 'string', place, value };
    }
    case 'word': {
      const { text: name } = reader.next();
      if (reader.is('(')) return { kind: 'function', place, name, items: parseList(reader, '(', ')', name) };
      return { kind: 'symbol', place, name };
    }
    default:
  }
  if (reader.takes('...')) return { kind: 'any', place };
  if (reader.takes('-')) {
    const number = reader.expectKind('number', 'a number behind -');
    return { kind: 'number', place, value: -Number(number.text) };
  }
  if (reader.takes('(')) {
    const inner = parseExpression(reader);
    reader.expect(')', 'the parenthesis');
    return inner;
  }
  if (reader.is('[')) return { kind: 'array', place, items: parseList(reader, '[', ']', 'an array') };
  if (reader.is('{')) return { kind: 'struct', place, fields: parseFields(reader) };
  return reader.fail(`a value has to stand here, not ${reader.shown()}`);
}

function parseFields(reader: TokenReader): Field[] {
  reader.expect('{', 'a structure');
  const fields: Field[] = [];
  if (reader.takes('}')) return fields;
  do {
    if (reader.is('}')) break;
    fields.push(parseField(reader));
  } while (reader.takes(','));
  reader.expect('}', 'a structure');
  return fields;
}

/** `sa_family=AF_INET`, `msg_iov(1)=[...]`, or a value without a name. */
function parseField(reader: TokenReader): Field {
  if (reader.peek().kind === 'word' && reader.is('=', 1)) {
    const name = reader.next().text;
    reader.next();
    return { name, count: undefined, value: parseExpression(reader) };
  }
  const value = parseExpression(reader);
  if (value.kind === 'function' && value.items.length <= 1 && reader.takes('='))
    return { name: value.name, count: value.items[0], value: parseExpression(reader) };
  return { name: undefined, count: undefined, value };
}
