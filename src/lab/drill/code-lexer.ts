/** Cuts the code of `%{ }%` into tokens: the small part of Python that scripts use. */
import { type Place, ScriptError, type Source } from './script-error.ts';

/** A token of code; `newline` ends a statement. */
export interface CodeToken extends Place {
  readonly kind: 'number' | 'name' | 'string' | 'sign' | 'newline' | 'end';
  readonly text: string;
}

const TOKEN =
  /(?<space>[ \t\r]+|\\\n)|(?<comment>#[^\n]*)|(?<newline>[\n;])|(?<number>0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?|\.\d+)|(?<name>[A-Za-z_]\w*)|(?<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|(?<sign>\*\*|\/\/|<<|>>|[=!<>]=|[-+*/%&|^~<>=()[\]{},:.])/y;

/** The tokens of code that begins at `begin`. Newlines inside brackets are space. @throws ScriptError */
export function codeTokens(source: Source, text: string, begin: Place): CodeToken[] {
  const tokens: CodeToken[] = [];
  let line = begin.line;
  let lineAt = begin.at - (begin.column - 1);
  let depth = 0;
  for (let at = 0; at < text.length; ) {
    TOKEN.lastIndex = at;
    const place: Place = { at: begin.at + at, line, column: begin.at + at - lineAt + 1 };
    const match = TOKEN.exec(text);
    if (match === null) throw new ScriptError(source, place, `${JSON.stringify(text[at])} means nothing in code`);
    const { newline, number, name, string, sign } = match.groups!;
    if (sign !== undefined) depth += '([{'.includes(sign) ? 1 : ')]}'.includes(sign) ? -1 : 0;
    if (newline !== undefined && depth <= 0) tokens.push({ kind: 'newline', text: newline, ...place });
    if (number !== undefined) tokens.push({ kind: 'number', text: number, ...place });
    if (name !== undefined) tokens.push({ kind: 'name', text: name, ...place });
    if (string !== undefined) tokens.push({ kind: 'string', text: string.slice(1, -1), ...place });
    if (sign !== undefined) tokens.push({ kind: 'sign', text: sign, ...place });
    at = TOKEN.lastIndex;
    const lastNewline = match[0].lastIndexOf('\n');
    if (lastNewline >= 0) {
      line++;
      lineAt = begin.at + match.index + lastNewline + 1;
    }
  }
  tokens.push({ kind: 'end', text: '', at: begin.at + text.length, line, column: begin.at + text.length - lineAt + 1 });
  return tokens;
}
