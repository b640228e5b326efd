/** A picture as data: texts, lines and shapes at places, in CSS pixels from the upper left corner. `svg.ts` writes it. */
import { type TextStyle, textWidth } from './measure.ts';

/** What a piece of the picture is, from which its colour follows. */
export type Role =
  | 'paper'
  | 'ink'
  | 'muted'
  | 'rule'
  | 'client'
  | 'server'
  | 'reset'
  | 'opening'
  | 'open'
  | 'closing'
  | 'closed'
  | 'unknown';

/** Text; `y` is its baseline. */
export interface SceneText extends TextStyle {
  readonly kind: 'text';
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly anchor: 'start' | 'middle' | 'end';
  readonly role: Role;
  /** A rim of paper around the letters, where lines may pass behind them. */
  readonly halo: boolean;
}

/** A straight line; with `head` an arrow. */
export interface SceneLine {
  readonly kind: 'line';
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  readonly width: number;
  readonly role: Role;
  readonly dashed: boolean;
  readonly head: boolean;
}

/** A box with round corners. */
export interface SceneBox {
  readonly kind: 'box';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly radius: number;
  readonly role: Role;
}

/** A cross: what does not get through. */
export interface SceneCross {
  readonly kind: 'cross';
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly role: Role;
}

export type SceneItem = SceneText | SceneLine | SceneBox | SceneCross;

/** A picture. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  /** One line, for those who cannot see it. */
  readonly title: string;
  /** What it shows, in words. */
  readonly description: string;
  /** In the order of drawing. */
  readonly items: readonly SceneItem[];
}

/** A rectangle. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The room that a text takes at most. */
export function textBox(text: SceneText): Box {
  const width = textWidth(text.text, text);
  const left = text.anchor === 'start' ? text.x : text.anchor === 'end' ? text.x - width : text.x - width / 2;
  return { left, top: text.y - 0.8 * text.size, right: left + width, bottom: text.y + 0.22 * text.size };
}
