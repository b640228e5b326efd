import { expect, test } from 'vitest';
import { isSynchronized, nextState, STATES, TRANSITIONS } from './states.ts';

test('a state and a cause lead to one state only', () => {
  const keys = TRANSITIONS.map(({ from, cause }) => `${from} ${cause}`);
  expect(new Set(keys).size).toBe(keys.length);
});

test('every state can be reached from CLOSED, and CLOSED from every state', () => {
  const reach = (start: string, backwards: boolean): Set<string> => {
    const seen = new Set([start]);
    for (let grown = true; grown; ) {
      grown = false;
      for (const { from, to } of TRANSITIONS) {
        const [here, there] = backwards ? [to, from] : [from, to];
        if (seen.has(here) && !seen.has(there)) {
          seen.add(there);
          grown = true;
        }
      }
    }
    return seen;
  };
  expect(reach('CLOSED', false)).toEqual(new Set(STATES));
  expect(reach('CLOSED', true)).toEqual(new Set(STATES));
});

test('the orderly close of figure 12', () => {
  expect(nextState('ESTABLISHED', 'close')).toBe('FIN-WAIT-1');
  expect(nextState('FIN-WAIT-1', 'receive ACK of FIN')).toBe('FIN-WAIT-2');
  expect(nextState('FIN-WAIT-2', 'receive FIN')).toBe('TIME-WAIT');
  expect(nextState('TIME-WAIT', 'time-wait timeout')).toBe('CLOSED');
  expect(nextState('TIME-WAIT', 'user timeout')).toBeUndefined();
  expect(isSynchronized('SYN-RECEIVED')).toBe(false);
  expect(isSynchronized('TIME-WAIT')).toBe(true);
});
