/** A scene as an SVG file: self-contained, light or dark as its viewer likes, the same octets for the same scene. */
import type { Role, Scene, SceneItem, SceneLine, SceneText } from './scene.ts';

/** How an SVG is coloured. */
export interface SvgOptions {
  /** `'auto'` follows the viewer (CSS prefers-color-scheme). Default 'auto'. */
  theme?: 'auto' | 'light' | 'dark';
}

/** Colours: on paper, and on a dark screen. Texts keep a contrast of 4.5 to 1 and more against the paper. */
const COLOURS: Readonly<Record<Role, readonly [light: string, dark: string]>> = {
  paper: ['#ffffff', '#0d1117'],
  ink: ['#1f2328', '#e6edf3'],
  muted: ['#59636e', '#9198a1'],
  rule: ['#d1d9e0', '#3d444d'],
  client: ['#0550ae', '#79c0ff'],
  server: ['#6f42c1', '#d2a8ff'],
  reset: ['#cf222e', '#ff7b72'],
  opening: ['#9a6700', '#e3b341'],
  open: ['#1a7f37', '#56d364'],
  closing: ['#bc4c00', '#ffa657'],
  closed: ['#59636e', '#9198a1'],
  unknown: ['#6e7781', '#8b949e'],
};

const SANS = "system-ui,-apple-system,'Segoe UI','Helvetica Neue','DejaVu Sans',Arial,sans-serif";
const MONO = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace";

/** The SVG text of a scene. */
export function svg(scene: Scene, options: SvgOptions = {}): string {
  const { theme = 'auto' } = options;
  const { width, height, title, description, items } = scene;
  const colours = (dark: 0 | 1): string =>
    Object.entries(COLOURS)
      .map(([role, colour]) => `.${role}{color:${colour[dark]}}`)
      .join('')
      .concat(`.h{stroke:${COLOURS.paper[dark]}}`);
  const style = [
    `text,.s{fill:currentColor}text{font-family:${SANS}}.m{font-family:${MONO}}.b{font-weight:600}`,
    '.l{fill:none;stroke:currentColor;stroke-linecap:round}.h{stroke-width:5;stroke-linejoin:round;paint-order:stroke}',
    colours(theme === 'dark' ? 1 : 0),
    theme === 'auto' ? `@media (prefers-color-scheme:dark){${colours(1)}}` : '',
  ].join('');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${number(width)}" height="${number(height)}" viewBox="0 0 ${number(width)} ${number(height)}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="description">${escaped(description)}</desc>`,
    `<style>${style}</style>`,
    ...items.map(element),
    '</svg>',
    '',
  ].join('\n');
}

function element(item: SceneItem): string {
  switch (item.kind) {
    case 'text':
      return textElement(item);
    case 'line':
      return lineElement(item);
    case 'box':
      return `<rect class="${item.role} s" x="${number(item.x)}" y="${number(item.y)}" width="${number(item.width)}" height="${number(item.height)}" rx="${number(item.radius)}"/>`;
    case 'cross': {
      const { x, y, size } = item;
      const [left, right, top, bottom] = [x - size, x + size, y - size, y + size].map(number);
      return `<path class="${item.role} l" stroke-width="2.5" d="M${left} ${top}L${right} ${bottom}M${left} ${bottom}L${right} ${top}"/>`;
    }
  }
}

function textElement({ x, y, size, mono, bold, anchor, role, text, halo }: SceneText): string {
  const classes = [role, mono ? 'm' : '', bold ? 'b' : '', halo ? 'h' : ''].filter(Boolean).join(' ');
  const anchored = anchor === 'start' ? '' : ` text-anchor="${anchor}"`;
  return `<text class="${classes}" x="${number(x)}" y="${number(y)}" font-size="${number(size)}"${anchored}>${escaped(text)}</text>`;
}

/** Length and half width of an arrow's head. */
const HEAD = 10;
const HALF = 4.5;

function lineElement({ x1, y1, x2, y2, width, role, dashed, head }: SceneLine): string {
  const dash = dashed ? ' stroke-dasharray="5 5"' : '';
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
  // The line ends inside the head, so that the tip stays sharp.
  const [ex, ey] = head ? [x2 - ux * HEAD * 0.8, y2 - uy * HEAD * 0.8] : [x2, y2];
  const line = `<path class="${role} l" stroke-width="${number(width)}"${dash} d="M${number(x1)} ${number(y1)}L${number(ex)} ${number(ey)}"/>`;
  if (!head) return line;
  const [bx, by] = [x2 - ux * HEAD, y2 - uy * HEAD];
  const corner = (side: 1 | -1): string => `${number(bx - side * uy * HALF)} ${number(by + side * ux * HALF)}`;
  return `${line}<path class="${role} s" d="M${number(x2)} ${number(y2)}L${corner(1)}L${corner(-1)}Z"/>`;
}

/** At most two decimals: the same on every platform. */
const number = (value: number): string => String(Math.round(value * 100) / 100);

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
