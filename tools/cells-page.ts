/** docs/cells.md: the table of events and states (src/rules/cells.ts) for people, a section a state. */
import {
  CELLS,
  type Cell,
  ERROR_WORDS,
  EVENTS,
  type Event,
  FORMS,
  type Outcome,
  type Told,
} from '../src/rules/cells.ts';
import { STATES, type State } from '../src/rules/states.ts';

/** The page. */
export function cellsPage(): string {
  return `# Every event in every state

What RFC 9293 §3.10 says of each event (calls of the program, arriving segments, timeouts) in each of the eleven states of a connection: the outcome with its
clause, or why the event cannot happen there. Segments are told apart by what decides their fate: "RST elsewhere in the window" is a reset whose number is acceptable but not the next
one. Written by \`npm run docs\` from [src/rules/cells.ts](../src/rules/cells.ts); each outcome is proved by a ladder in
[test/conformance/cells](../test/conformance/cells).

## At a glance

The states that an event leads to; a dot where the state stays, nothing where the event cannot happen.

| | ${STATES.map((state) => `[${state}](#${state.toLowerCase()})`).join(' | ')} |
|---|${STATES.map(() => '---|').join('')}
${EVENTS.map((event) => `| ${event} | ${STATES.map((state) => glance(CELLS[state][event], state)).join(' | ')} |`).join('\n')}

What is sent is written as in the RFC:

${Object.entries(FORMS)
  .map(([form, text]) => `- ${form}: \`${text}\``)
  .join('\n')}

${STATES.map(section).join('\n\n')}
`;
}

const glance = ({ outcomes }: Cell, state: State): string =>
  [...new Set(outcomes.map(({ to }) => (to === state ? '·' : to)))].join(', ');

function section(state: State): string {
  const possible = EVENTS.filter((event) => CELLS[state][event].never === undefined);
  const reasons = new Map<string, Event[]>();
  for (const event of EVENTS) {
    const { never } = CELLS[state][event];
    if (never !== undefined) reasons.set(never, [...(reasons.get(never) ?? []), event]);
  }
  const rows = possible.flatMap((event) => CELLS[state][event].outcomes.map((outcome) => row(event, outcome, state)));
  const never = [...reasons].map(([reason, events]) => `- ${events.join('; ')}: ${reason}`);
  return `## ${state}

[Ladders](../test/conformance/cells/${state.toLowerCase()}.test.ts)

| event | outcome | state after | sent | the program is told | octets | clause |
|---|---|---|---|---|---|---|
${rows.join('\n')}
${never.length === 0 ? '' : `\nCannot happen:\n\n${never.join('\n')}`}`.trimEnd();
}

function row(event: Event, outcome: Outcome, state: State): string {
  const { when, says, departure, to, sends, told, data, clauses } = outcome;
  const cells = [
    when === undefined ? event : `${event}<br>*${when}*`,
    departure === undefined ? says : `${says} *Not as the RFC:* ${departure}`,
    to === state ? '·' : to,
    sends.join(', '),
    told.map(toldText).join(', '),
    data.join(', '),
    clauses.join('<br>'),
  ];
  return `| ${cells.join(' | ')} |`;
}

const toldText = (told: Told): string => {
  const words = (ERROR_WORDS as Readonly<Record<string, string | undefined>>)[told];
  return words === undefined ? told : `${told} (${words})`;
};
