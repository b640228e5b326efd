/**
 * Ladders as text for a terminal: box-drawing characters, in 80 columns unless told otherwise. Colours are ANSI's sixteen, so that they follow
 * the terminal's own theme; whether to use them is for the caller to know.
 */
import { wholeNumber } from '../../core/ranges.ts';
import { type Arrow, type Ladder, omittedText, type Side, stateText, timeText } from './ladder.ts';
import { wrap } from './measure.ts';
import { phaseOf } from './phase.ts';

/** How text is written. */
export interface TerminalOptions {
  /** Columns, 1 to 10,000, of which fewer than 60 count as 60; default 80. */
  width?: number;
  /** Whether to use ANSI colours; default false. */
  color?: boolean;
}

/** Columns beside a lifeline: the longest state's name and a space. */
const GUTTER = 13;
const NARROWEST = 60;

const SGR = {
  dim: '2',
  bold: '1',
  client: '36',
  server: '35',
  reset: '31',
  opening: '33',
  open: '32',
  closing: '33',
  closed: '2',
  unknown: '2',
} as const;

/** The widest that can be asked for. */
const WIDEST = 10_000;

/** What a piece of text is, from which its colour follows. */
type Tone = keyof typeof SGR;

/** The text of one ladder or several, one below the other; ends with a line feed. */
export function ladderText(ladders: readonly Ladder[], options: TerminalOptions = {}): string {
  const width = Math.max(NARROWEST, wholeNumber('width', options.width ?? 80, 1, WIDEST));
  const writer = new Writer(width, options.color ?? false);
  ladders.forEach((ladder, index) => {
    if (index > 0) writer.lines.push('');
    writer.ladder(ladder);
  });
  return `${writer.lines.join('\n')}\n`;
}

class Writer {
  readonly lines: string[] = [];
  readonly #width: number;
  readonly #color: boolean;
  /** Columns between the lifelines. */
  readonly #inner: number;

  constructor(width: number, color: boolean) {
    this.#width = width;
    this.#color = color;
    this.#inner = width - 2 * GUTTER - 2;
  }

  ladder(ladder: Ladder): void {
    this.#heading(ladder);
    const { initial } = ladder;
    if (initial === undefined) this.#row('', '', '');
    else
      this.#row(
        this.#toned(phaseOf(initial[0]), stateText(initial[0]).padStart(GUTTER - 1)),
        '',
        this.#toned(phaseOf(initial[1]), stateText(initial[1])),
      );
    ladder.arrows.forEach((arrow, index) => {
      if (ladder.omitted > 0 && index === ladder.omittedAt) this.#omission(ladder.omitted);
      this.#arrow(arrow);
    });
    if (ladder.omitted > 0 && ladder.omittedAt === ladder.arrows.length) this.#omission(ladder.omitted);
    if (ladder.summary.length > 0) this.lines.push('');
    for (const sentence of ladder.summary)
      for (const line of wrap(sentence, (part) => part.length <= this.#width)) this.lines.push(line);
  }

  /** Both ends' names, each centred above its lifeline as far as the width allows. */
  #heading({ ends, roles }: Ladder): void {
    const half = Math.floor((this.#width - 2) / 2);
    const columns = ([0, 1] as const).map((side) => [
      { text: roles[side], tone: 'dim' as Tone },
      ...wrap(ends[side], (part) => part.length <= half).map((text) => ({
        text,
        tone: (side === 0 ? 'client' : 'server') as Tone,
      })),
    ]);
    for (let i = 0; i < Math.max(columns[0]!.length, columns[1]!.length); i++) {
      const [left, right] = [columns[0]![i], columns[1]![i]];
      const at = (text: string, lifeline: number, low: number, high: number): number =>
        Math.max(low, Math.min(high - text.length, lifeline - Math.floor(text.length / 2)));
      let line = '';
      if (left !== undefined) line = ' '.repeat(at(left.text, GUTTER, 0, half)) + left.text;
      const leftLength = line.length;
      let text =
        left === undefined ? '' : line.slice(0, leftLength - left.text.length) + this.#toned(left.tone, left.text);
      if (right !== undefined) {
        const start = at(right.text, this.#width - GUTTER - 1, this.#width - half, this.#width);
        text += ' '.repeat(start - leftLength) + this.#toned(right.tone, right.text);
      }
      this.lines.push(text);
    }
  }

  #arrow(arrow: Arrow): void {
    const { from, states, arrival } = arrow;
    const to: Side = from === 0 ? 1 : 0;
    const tone: Tone = arrow.reset ? 'reset' : from === 0 ? 'client' : 'server';
    this.#row('', '', '');
    const label = [`${arrow.name} `, ...arrow.fields];
    const rows = wrap(
      label.map((part) => part.replaceAll(' ', '\u00a0')).join(' '),
      (part) => part.length <= this.#inner - 2,
    );
    rows.forEach((text, index) => {
      const last = index === rows.length - 1;
      const times: [string, string] = ['', ''];
      if (last) {
        // One clock: on the left. Two: each on its side, and the frame's number opposite the sender.
        const clock = arrival === undefined ? 0 : from;
        times[clock] = timeText(arrow.time);
        times[clock === 0 ? 1 : 0] = frameText(arrow.frame);
      }
      const plain = text.replaceAll('\u00a0', ' ');
      const room = this.#inner - 2 - plain.length;
      const shift = from === 0 ? 0 : room;
      const name = index === 0 && plain.startsWith(arrow.name) ? arrow.name : '';
      const written = this.#toned(tone, name, 'bold') + plain.slice(name.length);
      this.#row(
        this.#toned('dim', times[0].padStart(GUTTER - 1)),
        ` ${' '.repeat(shift)}${written}${' '.repeat(room - shift)} `,
        this.#toned('dim', times[1]),
      );
    });
    const shafts = this.#shafts(arrow);
    const depth = Math.max(shafts.length, states[from].length, states[to].length + (shafts.length - 1));
    for (let i = 0; i < depth; i++) {
      const beside = ([0, 1] as const).map((side) => {
        if (i === 0 && side === to && arrival !== undefined)
          return this.#toned('dim', side === 0 ? timeText(arrival).padStart(GUTTER - 1) : timeText(arrival));
        // A slanted arrow's receiver enters its state where the arrow ends.
        const state = states[side][side === to ? i - (shafts.length - 1) : i];
        return state === undefined
          ? undefined
          : this.#toned(phaseOf(state), side === 0 ? stateText(state).padStart(GUTTER - 1) : stateText(state));
      });
      const shaft = shafts[i];
      this.#row(beside[0] ?? '', shaft === undefined ? '' : this.#toned(tone, shaft), beside[1] ?? '');
    }
    if (arrow.note !== undefined) {
      const { text, section } = arrow.note;
      for (const part of wrap(text, (piece) => piece.length <= this.#inner - 4)) this.#row('', `  ${part}`, '');
      this.#row('', `  ${this.#toned('dim', section)}`, '', `  ${section}`.length);
    }
  }

  /** The arrow itself: one line, or two with a step where both ends' times are known; broken off where it is lost. */
  #shafts({ from, lost, arrival }: Arrow): string[] {
    const inner = this.#inner;
    const flip = (text: string): string => (from === 0 ? text : mirrored(text));
    if (lost) {
      const length = Math.floor(inner * 0.6);
      return [flip(`${'╌'.repeat(length)}✗ lost`.padEnd(inner))];
    }
    if (arrival === undefined) return [flip(`${'─'.repeat(inner - 1)}▶`)];
    const half = Math.floor(inner / 2);
    return [
      flip(`${'─'.repeat(half)}╮${' '.repeat(inner - half - 1)}`),
      flip(`${' '.repeat(half)}╰${'─'.repeat(inner - half - 2)}▶`),
    ];
  }

  #omission(count: number): void {
    const text = omittedText(count);
    const left = Math.floor((this.#inner - text.length) / 2);
    this.#row('', '', '');
    this.#row('', ' '.repeat(left) + this.#toned('dim', text), '', left + text.length);
  }

  /** One line: left gutter, lifeline, inside, lifeline, right gutter. `visible` is the inside's length where colours are in it. */
  #row(left: string, inside: string, right: string, visible: number = plainLength(inside)): void {
    const lifeline = this.#toned('dim', '│');
    const gutter = ' '.repeat(GUTTER - 1 - plainLength(left)) + left;
    const fill = ' '.repeat(Math.max(0, this.#inner - visible));
    this.lines.push(`${gutter} ${lifeline}${inside}${fill}${lifeline} ${right}`.trimEnd());
  }

  #toned(tone: Tone, text: string, also?: Tone): string {
    if (!this.#color || text === '') return text;
    return `\u001b[${SGR[tone]}${also === undefined ? '' : `;${SGR[also]}`}m${text}\u001b[0m`;
  }
}

/** A frame's number, with as many words as the gutter has room for. */
const frameText = (frame: number): string => (frame < 1_000_000 ? `frame ${frame}` : `#${frame}`);

/** Length without colours. */
const plainLength = (text: string): number => {
  let length = 0;
  let escaped = false;
  for (const character of text) {
    if (character === '\u001b') escaped = true;
    else if (escaped) escaped = character !== 'm';
    else length++;
  }
  return length;
};

const MIRROR: Readonly<Record<string, string>> = { '▶': '◀', '╮': '╭', '╰': '╯' };

/** An arrow drawn to the right, turned to the left; words stay readable. */
function mirrored(text: string): string {
  const reversed = [...text].reverse().map((character) => MIRROR[character] ?? character);
  return reversed.join('').replace('tsol ✗', 'lost ✗');
}
