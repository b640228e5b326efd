import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { analysisOf, follow, golden, stream } from '../../../test/conversations.ts';
import { hasTool, needs, SHARED } from '../../../test/needs.ts';
import { Analysis, type Conversation } from '../analysis/index.ts';
import {
  datagramLadder,
  type Ladder,
  ladderOf,
  ladderScene,
  ladderText,
  type Scene,
  type SceneText,
  svg,
} from './index.ts';
import { textBox } from './scene.ts';

/** capture -> text -> svg: what is drawn must be what was drawn. A new file is written where it is not. */
const GOLDEN: readonly {
  capture: string;
  maxSegments?: number;
  width?: number;
  columns?: number;
  sentences?: false;
}[] = [
  { capture: 'lo.pcapng' },
  { capture: 'lo.pcapng', sentences: false, width: 560 },
  { capture: 'lo.pcapng', width: 480, columns: 60 },
  { capture: 'kernel__close-with-unread-data.pcap' },
  { capture: 'kernel__half-close.pcap', maxSegments: 16 },
  { capture: 'kernel__simultaneous-close.pcap' },
  { capture: 'kernel__simultaneous-open.pcap' },
  { capture: 'zw.pcapng', maxSegments: 24 },
];

function compare(name: string, now: string): void {
  const path = fileURLToPath(new URL(`../../../test/golden/ladder/${name}`, import.meta.url));
  const then = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (now === then) rmSync(`${path}.new`, { force: true });
  else writeFileSync(`${path}.new`, now);
  expect(now, `${path}.new differs; look at it, and if it is right, give it the name without .new`).toBe(then);
}

const laddersOf = (path: string, options = {}): Ladder[] =>
  analysisOf(path).conversations.map((conversation) => ladderOf(conversation, options));

test.each(GOLDEN)('golden $capture $width', ({ capture, maxSegments = 500, width, columns, sentences = true }) => {
  const ladders = laddersOf(golden(capture), { maxSegments, sentences });
  const name = `${capture.replace(/\..*/, '')}${width === undefined ? '' : `-${width}`}`;
  compare(`${name}.txt`, ladderText(ladders, columns === undefined ? {} : { width: columns }));
  compare(`${name}.svg`, svg(ladderScene(ladders, width === undefined ? {} : { width })));
});

const SLANTED = `
  0.000-0.050 > S  0(0)
  0.051-0.100 < S. 0(0) ack 1
  0.101-0.150 > .  1(0) ack 1
  0.102-0.151 > P. 1(27) ack 1
  0.103-lost  > P. 28(27) ack 1
  0.152-0.200 < .  1(0) ack 28
  0.400-0.450 > P. 28(27) ack 1
  0.451-0.500 < .  1(0) ack 55
  0.600-0.650 > F. 55(0) ack 1
  0.601-0.651 < F. 1(0) ack 55
  0.652-0.700 > .  56(0) ack 2
  0.653-0.701 < .  2(0) ack 56`;
const told = (text: string): Conversation => follow(new Analysis(), text).conversation(0)!;
const slanted = (): Ladder => ladderOf(told(SLANTED));

/** A ladder with the widest of everything. */
function widest(): Ladder {
  const ladder = ladderOf(told('0 > S 0(0)\n0 < S. 0(0) ack 1'));
  const end = '[2001:db8:1111:2222:3333:4444:5555:6666]:65535';
  return {
    ...ladder,
    ends: [end, end],
    initial: ['SYN-RECEIVED', 'SYN-RECEIVED'],
    arrows: ladder.arrows.map((arrow) => ({
      ...arrow,
      frame: 4_294_967,
      time: -1.5e300,
      name: 'FIN, SYN, RST, PSH, ACK, URG, ECE, CWR, AE',
      fields: ['Seq=4294967295', 'Ack=4294967295', 'Win=1073725440', 'Len=65535'],
      states: [
        ['SYN-RECEIVED', 'CLOSE-WAIT', 'SYN-RECEIVED'],
        ['SYN-RECEIVED', 'CLOSE-WAIT', 'SYN-RECEIVED'],
      ],
      note: { text: `${'W'.repeat(300)} <&> ${'word '.repeat(60)}`.trim(), section: 'RFC 9293 §3.8.6.2.2' },
    })),
  };
}

/** Where texts overlap one another, or leave the picture. */
function faults({ items, width, height }: Scene): string[] {
  const texts = items.filter((item): item is SceneText => item.kind === 'text');
  const boxes = texts.map((text) => ({ text: text.text, ...textBox(text) })).sort((a, b) => a.top - b.top);
  const found: string[] = [];
  boxes.forEach((a, index) => {
    if (a.left < 0 || a.top < 0 || a.right > width || a.bottom > height) found.push(`"${a.text}" is outside`);
    for (const b of boxes.slice(index + 1)) {
      if (b.top >= a.bottom) break;
      if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
        found.push(`"${a.text}" overlaps "${b.text}"`);
    }
  });
  return found;
}

describe('nothing overlaps and nothing is cut off', () => {
  const ladders: Record<string, () => Ladder[]> = {
    slanted: () => [slanted()],
    widest: () => [widest()],
    'widest slanted': () => [
      { ...widest(), arrows: widest().arrows.map((arrow) => ({ ...arrow, arrival: arrow.time + 1 })) },
    ],
    'without sentences': () => [
      ladderOf(told(SLANTED), { sentences: false }),
      ...laddersOf(golden('lo.pcapng'), { sentences: false }),
    ],
    datagrams: () => [
      datagramLadder('udp.stream 0', stream.ends, [{ frame: 1, from: 0, time: 0, length: 27, lost: true }]),
    ],
    ...Object.fromEntries(GOLDEN.map(({ capture }) => [capture, () => laddersOf(golden(capture))])),
  };
  test.each(Object.keys(ladders))('%s', (name) => {
    for (const width of [480, 640, 839, 840, 960, 1400])
      expect(faults(ladderScene(ladders[name]!(), { width })), `${width} pixels wide`).toEqual([]);
    for (const columns of [60, 80, 120])
      for (const line of ladderText(ladders[name]!(), { width: columns }).split('\n'))
        expect(line.length, line).toBeLessThanOrEqual(columns);
  });

  needs({ shared: true })('any capture', () => {
    for (const folder of ['own', 'synthetic'])
      for (const name of readdirSync(`${SHARED}/captures/${folder}`)) {
        const ladders = laddersOf(`${SHARED}/captures/${folder}/${name}`, { maxSegments: 60 });
        for (const width of [480, 960]) expect(faults(ladderScene(ladders, { width })), name).toEqual([]);
        for (const line of ladderText(ladders).split('\n')) expect(line.length, name).toBeLessThanOrEqual(80);
      }
  });

  test('the measure finds an overlap and a text outside', () => {
    const scene = ladderScene([slanted()]);
    const { items, ...rest } = scene;
    const first = items.find((item) => item.kind === 'text')!;
    expect(faults({ ...rest, items: [...items, { ...first, x: first.x + 1 } as SceneText] })).not.toEqual([]);
    expect(faults({ ...rest, width: 500, items })).not.toEqual([]);
  });
});

test('the client stands left, even when the server spoke first', () => {
  const ladder = ladderOf(told('0 < S 0(0)\n1 > S. 0(0) ack 1'));
  expect(ladder.ends).toEqual(['10.0.0.2:7456', '10.0.0.1:51234']);
  expect(ladder.arrows.map(({ from }) => from)).toEqual([0, 1]);
});

test('a ladder too long is shortened in its middle, and says so', () => {
  const text = Array.from({ length: 100 }, (_, i) => `1 > P. ${1 + i}(1) ack 1`).join('\n');
  const conversation = told(text);
  const ladder = ladderOf(conversation, { maxSegments: 20 });
  expect(ladder.arrows.map(({ frame }) => frame)).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 93, 94, 95, 96, 97, 98, 99, 100,
  ]);
  expect(ladderText([ladder])).toContain('… 80 more segments');
  expect(svg(ladderScene([ladder]))).toContain('… 80 more segments');
  const kept = ladderOf(follow(new Analysis({ maxKept: 10 }), text).conversation(0)!);
  expect(kept).toMatchObject({ omitted: 90, omittedAt: 10 });
  expect(ladderText([kept])).toContain('… 90 more segments');
});

test('slanted arrows and lost ones', () => {
  const { items } = ladderScene([slanted()]);
  const arrows = items.filter((item) => item.kind === 'line');
  expect(arrows).toHaveLength(12);
  for (const arrow of arrows) expect(arrow.y2).toBeGreaterThan(arrow.y1);
  expect(arrows.filter(({ head, dashed }) => !head && dashed)).toHaveLength(1);
  expect(items.filter(({ kind }) => kind === 'cross')).toHaveLength(1);
  expect(slanted().arrows.map(({ states }) => states.map((entered) => entered.join(' ')).join(' | '))).toEqual([
    'SYN-SENT | SYN-RECEIVED',
    'ESTABLISHED | ',
    ' | ESTABLISHED',
    ...new Array<string>(5).fill(' | '),
    'FIN-WAIT-1 | CLOSING',
    'CLOSING | FIN-WAIT-1',
    ' | TIME-WAIT',
    'TIME-WAIT | ',
  ]);
  const text = ladderText([slanted()]);
  expect(text).toContain('    SYN-SENT │──────────────────────────╮                         │ 0.050000\n');
  expect(text).toContain('             │                          ╰────────────────────────▶│ SYN-RECEIVED\n');
  expect(text).toContain('╌✗ lost');
});

test('colours only when asked for, and the same text beneath them', () => {
  const plain = ladderText([slanted()]);
  const coloured = ladderText([slanted()], { color: true });
  expect(plain).not.toContain('\u001b');
  expect(coloured).toContain('\u001b[32mESTABLISHED\u001b[0m');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a terminal's colours begin with
  expect(coloured.replace(/\u001b\[[\d;]*m/g, '').replace(/ +$/gm, '')).toBe(plain);
});

test('an SVG says what it shows, in both themes, and is escaped', () => {
  const text = svg(ladderScene([widest()]));
  expect(text).toMatch(
    /^<svg [^>]*role="img" aria-labelledby="title description">\n<title id="title">Ladder of the conversation/,
  );
  expect(text).toContain('prefers-color-scheme:dark');
  expect(text).toContain('&lt;&amp;&gt;');
  expect(text).not.toMatch(/https?:(?!\/\/www\.w3\.org\/2000\/svg")|<script|NaN|undefined/);
  expect(svg(ladderScene([widest()]))).toBe(text);
  expect(svg(ladderScene([widest()]), { theme: 'dark' })).not.toContain('prefers-color-scheme');
});

test.each(['light', 'dark'] as const)('texts stand out from the paper: %s', (theme) => {
  const text = svg(ladderScene([slanted()]), { theme });
  const colours = Object.fromEntries(
    [...text.matchAll(/\.(\w+)\{color:(#\w{6})\}/g)].map((match) => [match[1], match[2]!]),
  );
  const luminance = (colour: string): number => {
    const [r, g, b] = [1, 3, 5].map((at) => {
      const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  };
  for (const [role, colour] of Object.entries<string>(colours)) {
    if (role === 'paper' || role === 'rule') continue;
    const [light, dark] = [luminance(colour), luminance(colours.paper!)].sort((a, b) => b - a);
    expect((light! + 0.05) / (dark! + 0.05), role).toBeGreaterThan(4.5);
  }
  expect(Object.keys(colours)).toHaveLength(12);
});

if (hasTool('rsvg-convert'))
  needs({ tools: ['rsvg-convert'] })('an SVG reader accepts it', async () => {
    const { spawnSync } = await import('node:child_process');
    const { status, stdout } = spawnSync('rsvg-convert', [], { input: svg(ladderScene([widest()])) });
    expect(status).toBe(0);
    expect(stdout.subarray(1, 4).toString()).toBe('PNG');
  });
