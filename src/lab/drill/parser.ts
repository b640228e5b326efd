/**
 * Parses a script: option lines, then events, each a time and what is done or expected then. Lines mean nothing to the notation: an event begins with
 * its time. Packets and calls have parsers of their own (packet-parser.ts, call-parser.ts).
 */
import { type Micros, SECOND } from '../../core/time.ts';
import { parseCall } from './call-parser.ts';
import { tokensOf } from './lexer.ts';
import { MAX_EVENTS, MAX_TIME } from './limits.ts';
import { parsePacket } from './packet-parser.ts';
import { type Place, printable, ScriptError, type Source } from './script-error.ts';
import type { EventTime, OptionLine, Script, ScriptEvent } from './syntax.ts';
import { TokenReader } from './token-reader.ts';

/** `#ifdef NAME`, `#ifndef NAME`, `#else`, `#endif`, each on a line of its own. */
const CONDITION = /^[ \t]*#[ \t]*(ifdef|ifndef|else|endif)\b[ \t]*(\w*)/;

/** The script with the lines that its conditions leave out made blank: every other line stays where it is. @throws ScriptError */
function withConditions({ file, text }: Source, defined: ReadonlySet<string>): string {
  if (!/^[ \t]*#[ \t]*(?:if|else|endif)/m.test(text)) return text;
  const open: { kept: boolean; readonly place: Place }[] = [];
  let at = 0;
  const lines = text.split('\n').map((line, i) => {
    const [, what, name = ''] = CONDITION.exec(line) ?? [];
    const place = { at, line: i + 1, column: 1 };
    at += line.length + 1;
    const innermost = open.at(-1);
    if (what === 'ifdef' || what === 'ifndef') open.push({ kept: defined.has(name) === (what === 'ifdef'), place });
    else if (what !== undefined && innermost === undefined)
      throw new ScriptError({ file, text }, place, `#${what} without an #ifdef or #ifndef before it`);
    else if (what === 'else') innermost!.kept = !innermost!.kept;
    else if (what === 'endif') open.pop();
    return what !== undefined || !open.every(({ kept }) => kept) ? '' : line;
  });
  const unclosed = open.at(-1);
  if (unclosed !== undefined)
    throw new ScriptError(
      { file, text },
      unclosed.place,
      'the condition that begins here has no end; it ends with #endif',
    );
  return lines.join('\n');
}

/** Names that the script's own lines define: `-D NAME=1`, `--define=NAME=1`. */
const ownNames = (text: string): string[] =>
  (text.match(/^[ \t]*-.*$/gm) ?? []).flatMap((line) =>
    Array.from(line.matchAll(/(?<!\S)(?:-D[ \t]*|--define=)(\w+)/g), (match) => match[1]!),
  );

const nameOf = (definition: string): string => definition.split('=')[0]!;

/**
 * What a script says.
 * @param whole the script
 * @param file what it is called in messages
 * @param defined `NAME=VALUE` each, besides what the script defines itself, and before that
 * @throws ScriptError where it is not one: the message names file, line and column, with a caret
 */
export function parseScript(whole: string, file: string, defined: readonly string[] = []): Script {
  const defines = new Map(defined.map((each) => [nameOf(each), each.slice(nameOf(each).length + 1)]));
  const text = withConditions({ file, text: whole }, new Set([...defines.keys(), ...ownNames(whole)]));
  const source: Source = { file, text };
  const reader = new TokenReader(source, tokensOf(source, defines));
  const options: OptionLine[] = [];
  const events: ScriptEvent[] = [];
  // When the last event begins; undefined behind one that may come at any time.
  let latest: Micros | undefined = 0;
  while (reader.peek().kind !== 'end') {
    if (reader.peek().kind === 'option') options.push(parseOptionLine(reader));
    else if (events.length === MAX_EVENTS) reader.fail(`a script has at most ${MAX_EVENTS} events`);
    else {
      const begin = reader.peek();
      const event = parseEvent(reader);
      const { kind, from, to = from } = event.time;
      if (kind === 'absolute' && latest !== undefined && to < latest)
        reader.fail(`time goes backwards: what stands before this begins at ${latest / SECOND}`, begin);
      latest = kind === 'absolute' ? from : kind === 'any' || latest === undefined ? undefined : latest + from;
      events.push(event);
    }
  }
  if (events.length === 0) reader.fail('this script has no events: nothing would be looked at');
  return { source, options, events };
}

function parseOptionLine(reader: TokenReader): OptionLine {
  const token = reader.next();
  const split = token.text.indexOf('=');
  const next = reader.peek();
  if (split === token.text.length - 1 && next.line === token.line && next.kind !== 'option' && next.kind !== 'end')
    reader.fail(`the value of an option stands behind =, as in --${token.text}${next.text}`, next);
  return { place: token, name: token.text.slice(0, split), value: token.text.slice(split + 1).trim() };
}

const AT_ONCE: EventTime = { kind: 'relative', from: 0, to: undefined };

function parseEvent(reader: TokenReader): ScriptEvent {
  const begin = reader.peek();
  // What is set up before the first event has no time.
  const time = begin.kind === 'shell' || begin.kind === 'code' ? AT_ONCE : parseTime(reader);
  const action = parseAction(reader, time);
  const isExpected = action.kind === 'packet' && action.direction === 'out';
  if (!isExpected && (time.kind === 'any' || time.to !== undefined))
    reader.fail(
      'any time (*), or one of a range (~), is for what the host sends; all else happens when the script says',
      begin,
    );
  const text = printable(reader.source.text.slice(begin.at, reader.end).replace(/\s+/g, ' '));
  return { place: { at: begin.at, line: begin.line, column: begin.column }, text, time, action };
}

function parseAction(reader: TokenReader, time: EventTime): ScriptEvent['action'] {
  const token = reader.peek();
  if (token.kind === 'code') {
    reader.next();
    // The text begins behind `%{`.
    return { kind: 'code', text: token.text, place: { at: token.at + 2, line: token.line, column: token.column + 2 } };
  }
  if (token.kind === 'shell') return { kind: 'shell', text: reader.next().text };
  if (reader.is('<') || reader.is('>')) return parsePacket(reader);
  if (reader.takes('...')) {
    if (time.kind === 'any' || time.to !== undefined)
      reader.fail('a blocking call is START...END with one time each, both counted from the same moment');
    reader.takes('+');
    const end = parseSeconds(reader);
    if (end < time.from) reader.fail('a call cannot end before it begins', token);
    return parseCall(reader, end);
  }
  if (token.kind === 'word') return parseCall(reader, undefined);
  return reader.fail(
    `behind a time stands < or > and a packet, a system call, %{ code }% or a shell command in backquotes, not ${reader.shown()}`,
  );
}

/** `0.1`, `+.1`, `*`, `0.5~0.7`, `+0~+.2`. */
function parseTime(reader: TokenReader): EventTime {
  if (reader.takes('*')) return { kind: 'any', from: 0, to: undefined };
  const relative = reader.takes('+');
  if (reader.peek().kind !== 'number')
    reader.fail(`an event begins with its time (0.1, +0.1, *, 0.1~0.2 or +0~+.2), not with ${reader.shown()}`);
  const from = parseSeconds(reader);
  let to: Micros | undefined;
  if (reader.takes('~')) {
    reader.takes('+');
    to = parseSeconds(reader);
    if (to < from) reader.fail('a range of times ends before it begins');
  }
  return { kind: relative ? 'relative' : 'absolute', from, to };
}

function parseSeconds(reader: TokenReader): Micros {
  const token = reader.expectKind('number', 'a time in seconds');
  const time = Math.round(Number(token.text) * SECOND);
  if (!(time <= MAX_TIME)) reader.fail(`a time is at most ${MAX_TIME / SECOND} seconds, not ${token.text}`, token);
  return time;
}
