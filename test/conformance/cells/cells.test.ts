/** The table of events and states is whole: every cell has its outcome and a ladder that proves it, or a reason why it cannot happen. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CELLS, EVENTS } from '../../../src/rules/cells.ts';
import { citationProblem } from '../../../src/rules/sections.ts';
import { nextState, STATES, TRANSITIONS } from '../../../src/rules/states.ts';

/** A ladder's claim: `prove('STATE', 'event'` and perhaps `, { when: '...'`. */
const PROOF = /\bprove\(\s*'([A-Z0-9-]+)',\s*'([^']+)'(?:,\s*\{\s*when:\s*'([^']+)')?/g;

const cells = STATES.flatMap((state) => EVENTS.map((event) => ({ state, event, ...CELLS[state][event] })));

const name = (state: string, event: string, when: string | undefined): string =>
  `${state}, ${event}${when === undefined ? '' : `, ${when}`}`;

test('every outcome of every cell is proved by a ladder', () => {
  const folder = new URL('.', import.meta.url);
  const proved = new Set<string>();
  for (const file of readdirSync(folder)) {
    if (!file.endsWith('.test.ts')) continue;
    const text = readFileSync(new URL(file, folder), 'utf8');
    for (const [, state = '', event = '', when] of text.matchAll(PROOF)) proved.add(name(state, event, when));
  }
  const outcomes = cells.flatMap(({ state, event, outcomes: each }) =>
    each.map(({ when }) => name(state, event, when)),
  );
  expect(outcomes.filter((outcome) => !proved.has(outcome))).toEqual([]);
});

test('a cell says what happens, or why nothing can', () => {
  for (const { state, event, outcomes, never } of cells) {
    const cell = name(state, event, undefined);
    if (never !== undefined) expect([cell, outcomes.length, never.length > 20]).toEqual([cell, 0, true]);
    else expect(outcomes.length, cell).toBeGreaterThan(0);
    // Several ways are told apart, one needs no condition, unless another state has several.
    const whens = outcomes.map(({ when }) => when);
    expect(new Set(whens).size, cell).toBe(whens.length);
    if (outcomes.length > 1) expect(whens, cell).not.toContain(undefined);
    for (const { says, departure } of outcomes) {
      expect(says, cell).toMatch(/\.$/);
      if (departure !== undefined) expect(departure, cell).toMatch(/\.$/);
    }
  }
});

test('the clauses that cells name exist', () => {
  for (const { state, event, outcomes } of cells) {
    for (const { clauses } of outcomes) {
      expect(clauses.length, name(state, event, undefined)).toBeGreaterThan(0);
      for (const clause of clauses) {
        const [, rfc, section] = /^RFC (\d+) §([\d.]+)$/.exec(clause) ?? [];
        expect([clause, citationProblem(Number(rfc), section ?? '')]).toEqual([clause, undefined]);
      }
    }
  }
});

test('cells and transitions agree: what moves in one moves in the other', () => {
  const moves = new Set(
    cells.flatMap(({ state, outcomes }) =>
      outcomes.filter(({ to }) => to !== state).map(({ to }) => `${state} > ${to}`),
    ),
  );
  for (const { from, to } of TRANSITIONS) {
    // Out of SYN-RECEIVED by a FIN alone: the ACK in the same segment leads through ESTABLISHED.
    expect([`${from} > ${to}`, moves.has(`${from} > ${to}`)]).toEqual([`${from} > ${to}`, true]);
  }
  // The calls cause what they are named for.
  for (const call of ['close', 'abort'] as const) {
    for (const state of STATES) {
      const to = nextState(state, call);
      const outcomes = CELLS[state][call].outcomes.filter((each) => each.to !== state);
      expect([state, call, to ?? 'stays']).toEqual([state, call, outcomes[0]?.to ?? 'stays']);
    }
  }
});
