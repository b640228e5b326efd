/**
 * Ladders laid out as a picture: where everything stands. Lifelines take the colour of their end's state; a state's name stands where it
 * begins. With room for it, sentences stand in a column of their own, else under their arrows. Not here: what to say (explain), colours and
 * SVG (svg.ts). No two texts overlap: a test measures them with the table of measure.ts.
 */
import { wholeNumber } from '../../core/ranges.ts';
import type { InferredState } from '../analysis/facts.ts';
import { type Arrow, type Ladder, omittedText, type Side, stateText, timeText } from './ladder.ts';
import { type TextStyle, textWidth, wrap } from './measure.ts';
import { phaseOf } from './phase.ts';
import type { Role, Scene, SceneItem, SceneText } from './scene.ts';

/** How a picture is laid out. */
export interface SceneOptions {
  /** Width of the picture in CSS pixels, 1 to 100,000, of which fewer than 480 count as 480. Default 960. */
  width?: number;
}

/** Space at the edges: wide pictures can afford more. */
const marginOf = (width: number): number => (width < BESIDE ? 12 : 24);
/** Room for a state's name and a time beside a lifeline. */
const GUTTER = 112;
const LIFELINE = 6;
/** Between a label and the lifelines. */
const LABEL_SPACE = 10;
/** From here on, sentences have their own column. */
const BESIDE = 840;
const SMALLEST = 480;
/** The largest that can be asked for. */
const LARGEST = 100_000;

const FLAGS: TextStyle = { size: 13, mono: false, bold: true };
const FIELDS: TextStyle = { size: 12, mono: true, bold: false };
const STATE: TextStyle = { size: 11, mono: false, bold: true };
const SMALL: TextStyle = { size: 11, mono: true, bold: false };
const SENTENCE: TextStyle = { size: 13, mono: false, bold: false };
const SECTION: TextStyle = { size: 11, mono: false, bold: false };
const END: TextStyle = { size: 13, mono: true, bold: true };
const ROLE: TextStyle = { size: 12, mono: false, bold: false };

/** Line heights. */
const SENTENCE_LINE = 18;
const FIELD_LINE = 16;
const STATE_LINE = 15;
/** From the top of a row to its arrow: a line of text above it. */
const ABOVE = 26;
/** The least from arrow to arrow. */
const ROW = 62;
/** The least between two moments on slanted ladders. */
const MOMENT = 20;

/** A picture of one ladder or several, one below the other. */
export function ladderScene(ladders: readonly Ladder[], options: SceneOptions = {}): Scene {
  const width = Math.max(SMALLEST, wholeNumber('width', options.width ?? 960, 1, LARGEST));
  const items: SceneItem[] = [];
  const margin = marginOf(width);
  let y = 24;
  ladders.forEach((ladder, index) => {
    if (index > 0) {
      y += 8;
      items.push(line(margin, y, width - margin, y, 1, 'rule'));
      y += 24;
    }
    y = new Layout(ladder, width, items).draw(y);
  });
  const height = Math.ceil(y + 16);
  // Text last, so that no line passes over it.
  items.sort((a, b) => Number(a.kind === 'text') - Number(b.kind === 'text'));
  items.unshift({ kind: 'box', x: 0, y: 0, width, height, radius: 8, role: 'paper' });
  const names = ladders.map(({ ends }) => `${ends[0]} and ${ends[1]}`);
  return {
    width,
    height,
    title: `Ladder of ${names.length === 1 ? 'the conversation' : `${names.length} conversations`} between ${names.join(', ')}`,
    description: ladders.map(describe).join(' '),
    items,
  };
}

/** A ladder in words, for those who cannot see the picture. */
function describe({ ends, arrows, omitted, summary, roles }: Ladder): string {
  const steps = arrows.map(({ from, name, fields }) => `${roles[from]}: ${name} ${fields.join(' ')}`);
  const rest = omitted > 0 ? ` (${omittedText(omitted)})` : '';
  return `${roles[0]} ${ends[0]}, ${roles[1]} ${ends[1]}. ${steps.join('; ')}${rest}. ${summary.join(' ')}`.trim();
}

const line = (x1: number, y1: number, x2: number, y2: number, width: number, role: Role): SceneItem => ({
  kind: 'line',
  x1,
  y1,
  x2,
  y2,
  width,
  role,
  dashed: false,
  head: false,
});

/** One ladder on its way into a scene. */
class Layout {
  readonly #ladder: Ladder;
  readonly #width: number;
  readonly #items: SceneItem[];
  readonly #margin: number;
  readonly #beside: boolean;
  readonly #x: readonly [number, number];
  /** Where each side's state began, and which. */
  readonly #since: [number, number] = [0, 0];
  readonly #state: [InferredState, InferredState] = ['unknown', 'unknown'];
  readonly #lifelines: SceneItem[] = [];

  constructor(ladder: Ladder, width: number, items: SceneItem[]) {
    this.#ladder = ladder;
    this.#width = width;
    this.#items = items;
    this.#beside = width >= BESIDE && ladder.arrows.some(({ note }) => note !== undefined);
    this.#margin = marginOf(width);
    const right = this.#beside ? Math.round(width * 0.57) : width;
    this.#x = [this.#margin + GUTTER, right - this.#margin - GUTTER];
  }

  /** Draws from `top` down; returns where it ends. */
  draw(top: number): number {
    const { initial, arrows, omitted, omittedAt } = this.#ladder;
    let y = this.#heading(top);
    this.#since[0] = this.#since[1] = y;
    const lifelinesAt = this.#items.length;
    if (initial !== undefined)
      for (const side of [0, 1] as const) {
        this.#state[side] = initial[side];
        this.#text(
          this.#stateX(side),
          y + 10,
          stateText(initial[side]),
          STATE,
          side === 0 ? 'end' : 'start',
          phaseOf(initial[side]),
        );
      }
    y += initial === undefined ? 0 : 18;
    const slanted = arrows.some(({ arrival }) => arrival !== undefined);
    if (slanted) y = this.#slantedArrows(y);
    else
      arrows.forEach((arrow, index) => {
        if (omitted > 0 && index === omittedAt) y = this.#omission(y);
        y = this.#levelArrow(arrow, y);
      });
    if (omitted > 0 && (slanted || omittedAt === arrows.length)) y = this.#omission(y);
    for (const side of [0, 1] as const) this.#closeLifeline(side, y);
    this.#items.splice(lifelinesAt, 0, ...this.#lifelines);
    // Lines cross where sentences would stand, so these follow below.
    if (slanted && !this.#beside) y = this.#sentencesBelow(y + 8);
    return this.#summary(y + 8);
  }

  /** Titles above the lifelines. */
  #heading(top: number): number {
    const { ends, roles, title } = this.#ladder;
    const middle = (this.#x[0] + this.#x[1]) / 2;
    const outer = [this.#margin, this.#x[1] + GUTTER] as const;
    let bottom = top;
    for (const side of [0, 1] as const) {
      const room = middle - outer[0] - 12;
      const lines = wrap(ends[side], (text) => textWidth(text, END) <= room);
      const widest = Math.max(...lines.map((text) => textWidth(text, END)));
      // Centred above its lifeline where that stays inside the picture and on its half.
      const [low, high] = side === 0 ? [outer[0], middle - 12] : [middle + 12, outer[1]];
      const x = Math.min(Math.max(this.#x[side], low + widest / 2), high - widest / 2);
      this.#text(x, top + 10, roles[side], ROLE, 'middle', 'muted');
      lines.forEach((text, index) => {
        this.#text(x, top + 28 + index * 17, text, END, 'middle', side === 0 ? 'client' : 'server');
      });
      bottom = Math.max(bottom, top + 28 + lines.length * 17);
    }
    if (this.#beside) this.#text(this.#sentenceX(), top + 10, title, SMALL, 'start', 'muted');
    else {
      const room = 2 * Math.min(middle - this.#x[0], this.#x[1] - middle) - 120;
      if (textWidth(title, SMALL) <= room) this.#text(middle, top + 10, title, SMALL, 'middle', 'muted');
    }
    return bottom;
  }

  /** A segment whose ends' times are not told apart: flags above the arrow, numbers below it. */
  #levelArrow(arrow: Arrow, top: number): number {
    const { from } = arrow;
    const [left, right] = this.#x;
    const names = this.#wrapLabel(arrow.name, FLAGS);
    const y = top + ABOVE + (names.length - 1) * FIELD_LINE;
    const middle = (left + right) / 2;
    const to: Side = from === 0 ? 1 : 0;
    const role: Role = arrow.reset ? 'reset' : from === 0 ? 'client' : 'server';
    names.forEach((text, index) => {
      this.#text(middle, y - 9 - (names.length - 1 - index) * FIELD_LINE, text, FLAGS, 'middle', role);
    });
    const rows = this.#wrapLabel(arrow.fields.join(' '), FIELDS);
    rows.forEach((text, index) => {
      this.#text(middle, y + 16 + index * FIELD_LINE, text, FIELDS, 'middle', 'ink');
    });
    this.#text(this.#stateX(0), y - 12, timeText(arrow.time), SMALL, 'end', 'muted');
    this.#text(this.#stateX(1), y - 12, `frame ${arrow.frame}`, SMALL, 'start', 'muted');
    this.#arrowLine(arrow, y, y);
    this.#enter(arrow, from, y);
    this.#enter(arrow, to, y);
    const states = Math.max(arrow.states[0].length, arrow.states[1].length);
    let bottom = Math.max(y + 8 + rows.length * FIELD_LINE, y + (states - 1) * STATE_LINE + 6);
    if (arrow.note !== undefined && this.#beside) bottom = Math.max(bottom, this.#sentence(arrow, top + 14) + 6);
    if (arrow.note !== undefined && !this.#beside) bottom = this.#sentence(arrow, bottom + SENTENCE_LINE) + 4;
    return Math.max(bottom + 4, y - ABOVE + ROW);
  }

  /** Segments with a time at each end: moments in their order from top to bottom, arrows aslant between them. */
  #slantedArrows(top: number): number {
    const { arrows } = this.#ladder;
    const moments = arrows.flatMap((arrow) => {
      const sent = { arrow, time: arrow.time, sent: true };
      return arrow.lost ? [sent] : [sent, { arrow, time: arrow.arrival ?? arrow.time, sent: false }];
    });
    // Stable: at one time an arrival stands before what was sent after it, perhaps because of it.
    moments.sort((a, b) => a.time - b.time);
    const tails = new Map<Arrow, number>();
    let y = top;
    let free = top;
    for (const { arrow, sent } of moments) {
      const role: Role = arrow.reset ? 'reset' : arrow.from === 0 ? 'client' : 'server';
      const to: Side = arrow.from === 0 ? 1 : 0;
      const [left, right] = this.#x;
      if (sent) {
        const rows = [
          ...this.#wrapLabel(`${arrow.name} #${arrow.frame}`, FLAGS).map((text) => ({ text, style: FLAGS, role })),
          ...this.#wrapLabel(arrow.fields.join(' '), FIELDS).map((text) => ({
            text,
            style: FIELDS,
            role: 'ink' as const,
          })),
        ];
        y = Math.max(y + rows.length * FIELD_LINE + 14, free + ABOVE);
        tails.set(arrow, y);
        const [x, anchor] =
          arrow.from === 0 ? ([left + LABEL_SPACE, 'start'] as const) : ([right - LABEL_SPACE, 'end'] as const);
        rows.forEach(({ text, style, role: tone }, index) => {
          this.#text(x, y - 7 - (rows.length - 1 - index) * FIELD_LINE, text, style, anchor, tone, true);
        });
        this.#moment(arrow.from, y, arrow.time);
        this.#enter(arrow, arrow.from, y);
        free = y;
        if (arrow.note !== undefined && this.#beside) free = this.#sentence(arrow, y - ABOVE + 14) + 8;
        if (arrow.lost) this.#arrowLine(arrow, y, y + ROW);
        y += Math.max(0, arrow.states[arrow.from].length - 1) * STATE_LINE;
      } else {
        y += MOMENT + 10;
        this.#arrowLine(arrow, tails.get(arrow)!, y);
        this.#moment(to, y, arrow.arrival ?? arrow.time);
        this.#enter(arrow, to, y);
        y += Math.max(0, arrow.states[to].length - 1) * STATE_LINE;
      }
    }
    return Math.max(y, free) + 24;
  }

  #moment(side: Side, y: number, time: number): void {
    this.#text(this.#stateX(side), y - 12, timeText(time), SMALL, side === 0 ? 'end' : 'start', 'muted');
  }

  /** The line of a segment from its tail to its head, or to where it is lost. */
  #arrowLine(arrow: Arrow, tail: number, head: number): void {
    const gap = LIFELINE / 2 + 1;
    const [left, right] = [this.#x[0] + gap, this.#x[1] - gap];
    const [x1, end] = arrow.from === 0 ? [left, right] : [right, left];
    const role: Role = arrow.reset ? 'reset' : arrow.from === 0 ? 'client' : 'server';
    const part = arrow.lost ? 0.6 : 1;
    const x2 = x1 + part * (end - x1);
    const y2 = tail + part * (head - tail);
    this.#items.push({ kind: 'line', x1, y1: tail, x2, y2, width: 1.6, role, dashed: arrow.lost, head: !arrow.lost });
    if (arrow.lost) this.#items.push({ kind: 'cross', x: x2, y: y2, size: 6, role: 'reset' });
  }

  /** The states that a side enters at `y`. */
  #enter(arrow: Arrow, side: Side, y: number): void {
    arrow.states[side].forEach((state, index) => {
      const at = y + index * STATE_LINE;
      this.#closeLifeline(side, at);
      this.#state[side] = state;
      this.#text(this.#stateX(side), at + 4, stateText(state), STATE, side === 0 ? 'end' : 'start', phaseOf(state));
    });
  }

  /** The lifeline down to `y`, in the colour of the state that ends there. */
  #closeLifeline(side: Side, y: number): void {
    const top = this.#since[side];
    const x = this.#x[side] - LIFELINE / 2;
    if (y > top) {
      const phase = this.#ladder.initial === undefined ? 'closed' : phaseOf(this.#state[side]);
      const role = phase === 'closed' || phase === 'unknown' ? 'rule' : phase;
      this.#lifelines.push({ kind: 'box', x, y: top, width: LIFELINE, height: y - top, radius: 0, role });
    }
    this.#since[side] = y;
  }

  #omission(top: number): number {
    this.#text((this.#x[0] + this.#x[1]) / 2, top + 22, omittedText(this.#ladder.omitted), FLAGS, 'middle', 'muted');
    return top + 40;
  }

  /** A sentence and its section; returns where they end. */
  #sentence(arrow: Arrow, baseline: number): number {
    const { text, section } = arrow.note!;
    const x = this.#sentenceX();
    const room = this.#beside ? this.#width - this.#margin - x : this.#x[1] - this.#x[0] - 32;
    const lines = wrap(text, (part) => textWidth(part, SENTENCE) <= room);
    lines.forEach((part, index) => {
      this.#text(x, baseline + index * SENTENCE_LINE, part, SENTENCE, 'start', 'ink');
    });
    const end = baseline + lines.length * SENTENCE_LINE;
    this.#text(x, end, section, SECTION, 'start', 'muted');
    return end + 8;
  }

  #sentencesBelow(top: number): number {
    let y = top + 18;
    for (const { frame, note } of this.#ladder.arrows) {
      if (note === undefined) continue;
      y = this.#paragraph(`#${frame} ${note.text}`, y);
      this.#text(this.#margin, y - 2, note.section, SECTION, 'start', 'muted');
      y += SENTENCE_LINE;
    }
    return y - 10;
  }

  /** A paragraph over the whole width from this baseline on; returns the baseline of the next. */
  #paragraph(paragraph: string, baseline: number): number {
    const room = this.#width - 2 * this.#margin;
    let y = baseline;
    for (const text of wrap(paragraph, (part) => textWidth(part, SENTENCE) <= room)) {
      this.#text(this.#margin, y, text, SENTENCE, 'start', 'ink');
      y += SENTENCE_LINE + 1;
    }
    return y;
  }

  #wrapLabel(text: string, style: TextStyle): string[] {
    return wrap(text, (part) => textWidth(part, style) <= this.#x[1] - this.#x[0] - 2 * LABEL_SPACE);
  }

  #summary(top: number): number {
    let y = top + 18;
    for (const sentence of this.#ladder.summary) y = this.#paragraph(sentence, y);
    return y;
  }

  #sentenceX(): number {
    return this.#beside ? this.#x[1] + GUTTER + this.#margin : this.#x[0] + 16;
  }

  #stateX(side: Side): number {
    return side === 0 ? this.#x[0] - 12 : this.#x[1] + 12;
  }

  #text(
    x: number,
    y: number,
    text: string,
    style: TextStyle,
    anchor: SceneText['anchor'],
    role: Role,
    halo = false,
  ): void {
    this.#items.push({ kind: 'text', x, y, text, anchor, role, halo, ...style });
  }
}
